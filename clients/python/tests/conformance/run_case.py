"""Carries out one case with one half of the client."""

from __future__ import annotations

import asyncio
import itertools
import time
from typing import Any

from vecstore import AsyncVecStoreClient, VecStoreClient, VecStoreError

from .convert import error_to_json, to_arguments, to_options
from .harness import Harness, Proxy
from .match import mismatch
from .operations import Operation, perform, settle
from .values import labels_in, to_value

_EVENTUALLY_SECONDS = 10
_PAUSE_SECONDS = 0.02

_CLIENTS: dict[str, Any] = {"sync": VecStoreClient, "async": AsyncVecStoreClient}
_runs = itertools.count()


class CaseRun:
    def __init__(self, case: dict[str, Any], half: str, harness: Harness) -> None:
        self.saved: dict[str, Any] = {}
        self._case = case
        self._half = half
        self._harness = harness
        self._name = f"py{next(_runs)}-{half}"
        self._clients: list[tuple[Any, Any]] = []
        self._proxy: Proxy | None = None
        self._server: str = case.get("server", "open")

    def namespace(self, label: str) -> str:
        return f"{self._name}-{label}"

    async def run(self) -> None:
        """Carries out the steps.

        Raises:
            AssertionError: which names the step and what differs.
        """
        try:
            await self._begin()
            for position, step in enumerate(self._case["steps"]):
                problem = await self._check(step)
                assert problem is None, f"steps[{position}], {step['do']}: {problem}"
        finally:
            await self._end()

    async def _begin(self) -> None:
        namespace = self._case.get("namespace", {})
        if namespace is not False:
            await self._administer("create_namespace", name=self.namespace("main"), **to_value(namespace, self))
        if "faults" in self._case:
            self._proxy = self._harness.open_proxy(self._server, to_value(self._case["faults"], self))

    async def _end(self) -> None:
        for _, client in self._clients:
            await settle(client.close())
        if self._proxy is not None:
            self._proxy.close()
        if self._server == "nowhere":
            return
        for label in {"main"} | labels_in(self._case):
            try:
                await self._administer("delete_namespace", name=self.namespace(label))
            except VecStoreError as error:
                if error.reason != "NAMESPACE_NOT_FOUND":
                    raise

    async def _check(self, step: dict[str, Any]) -> str | None:
        deadline = time.monotonic() + _EVENTUALLY_SECONDS
        while True:
            problem = await self._check_once(step)
            if problem is None or not step.get("eventually") or time.monotonic() > deadline:
                return problem
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _check_once(self, step: dict[str, Any]) -> str | None:
        before = self._proxy.seen()["attempts"] if self._proxy is not None else 0
        error: Any = None
        result: Any = None
        try:
            result = await self._perform(step)
        except VecStoreError as raised:
            error = error_to_json(raised)
        except asyncio.CancelledError:
            # How a task of Python says that it was canceled.
            error = error_to_json(VecStoreError("canceled", "CANCELED", "the task was canceled"))
        if "save" in step:
            self.saved[step["save"]] = result if error is None else error
        return self._compare(step, result, error) or self._compare_seen(step, before)

    def _compare(self, step: dict[str, Any], result: Any, error: Any) -> str | None:
        if error is not None:
            if "error" not in step:
                return f"it failed: {error}"
            return mismatch(to_value(step["error"], self), error, "the error")
        if "error" in step:
            return f"it did not fail; it gave {result}"
        return mismatch(to_value(step.get("expect", {}), self), result, "the result")

    def _compare_seen(self, step: dict[str, Any], before: int) -> str | None:
        if "attempts" not in step and "sent" not in step:
            return None
        assert self._proxy is not None, "attempts and sent need faults"
        seen = self._proxy.seen()
        if "attempts" in step and seen["attempts"] - before != step["attempts"]:
            return f"the attempts: expected {step['attempts']}, got {seen['attempts'] - before}"
        if "sent" not in step:
            return None
        return mismatch(to_value(step["sent"], self), (seen["requests"] or [None])[-1], "what was sent")

    async def _perform(self, step: dict[str, Any]) -> Any:
        cancel = step.get("cancel")
        if cancel is None:
            return await perform(step["do"], self._operation(step, lambda: None))
        items = 0

        def on_item() -> None:
            nonlocal items
            items += 1
            if items == cancel.get("after_items"):
                task.cancel()

        task = asyncio.ensure_future(perform(step["do"], self._operation(step, on_item)))
        if cancel.get("after_ms") == 0:
            task.cancel()
        elif "after_ms" in cancel:
            asyncio.get_running_loop().call_later(cancel["after_ms"] / 1_000, task.cancel)
        return await task

    def _operation(self, step: dict[str, Any], on_item: Any) -> Operation:
        namespace = to_value(step.get("namespace", {"$namespace": "main"}), self)
        client = self._client(step)
        handle = client if namespace is None else client.namespace(namespace)
        args = to_arguments(to_value(step.get("with", {}), self))
        if "timeout_ms" in step:
            args["timeout"] = step["timeout_ms"] / 1_000
        return Operation(client, handle, args, step.get("take"), on_item)

    def _client(self, step: dict[str, Any]) -> Any:
        options = {**self._case.get("client", {}), **step.get("client", {})}
        through = self._proxy is not None and not step.get("direct")
        url = self._proxy.url if self._proxy is not None and through else self._harness.servers[self._server]
        identity = (url, self._key(step), options)
        for known, client in self._clients:
            if known == identity:
                return client
        client = _CLIENTS[self._half](url, api_key=identity[1], **to_options(options))
        self._clients.append((identity, client))
        return client

    def _key(self, step: dict[str, Any]) -> str | None:
        own = self._harness.admin_key if self._server == "keyed" else None
        if "key" not in step:
            return own
        key = to_value(step["key"], self)
        return self._harness.admin_key if key == "admin" else key

    async def _administer(self, operation: str, **args: Any) -> None:
        """Calls the server itself, with a client that nothing of the case touches."""
        key = self._harness.admin_key if self._server == "keyed" else None
        client = _CLIENTS[self._half](self._harness.servers[self._server], api_key=key)
        try:
            await perform(operation, Operation(client, client, to_arguments(args), None, lambda: None))
        finally:
            await settle(client.close())
