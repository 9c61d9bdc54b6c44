"""Calls with their deadlines, retries and errors."""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import grpc
from google.protobuf.message import Message

from .._convert.error import to_vecstore_error
from .._methods import Method
from .._retry import RetryScope, retry_delay
from .._tracing import CallSpan, begin_span
from ..errors import VecStoreError, client_closed, deadline_exceeded
from ..options import Settings, check_timeout
from .runtime import Event, Runtime
from .transport import StreamCall, Transport

I = TypeVar("I", bound=Message)
O = TypeVar("O", bound=Message)


class Session:
    """Carries calls over one connection. All handles of a client share it."""

    def __init__(self, settings: Settings, transport: Transport, runtime: Runtime) -> None:
        self.settings = settings
        self.runtime = runtime
        self._transport = transport
        self._closed = False
        self._waits: set[Event] = set()

    async def call(
        self,
        method: Method[I, O],
        request: I,
        timeout: float | None = None,
        *,
        repeatable: bool | None = None,
        long: bool = False,
        attempts: int | None = None,
    ) -> O:
        """Calls a method.

        Args:
            timeout: Seconds for the whole call; None: the client's.
            repeatable: Whether an attempt may be repeated although it may have been carried out. None: reads are.
            long: Whether the server bounds the call by idleness, so that the client's own timeout does not apply.
            attempts: Attempts in all. None: the client's.

        Raises:
            VecStoreError: when it fails.
        """
        scope = self._scope(method, timeout, repeatable, long, attempts)
        span = begin_span(method.name)
        headers = self._headers(span)
        tries = 1
        try:
            while True:
                try:
                    return await self._transport.unary(method, request, self._remaining(scope), headers)
                except grpc.RpcError as failed:
                    error = self.to_error(failed)
                await self._wait_or_raise(error, tries, scope)
                tries += 1
        except VecStoreError as error:
            if span is not None:
                span.fail(error.reason)
            raise
        finally:
            if span is not None:
                span.end()

    async def stream(
        self, method: Method[I, O], request: I, timeout: float | None, *, repeatable: bool
    ) -> AsyncGenerator[O, None]:
        """Calls a method that answers with a stream. It is repeated only until the first message has come.

        Raises:
            VecStoreError: when it fails.
        """
        scope = self._scope(method, timeout, repeatable, True, None)
        span = begin_span(method.name)
        call: StreamCall[I, O] | None = None
        tries = 1
        try:
            while True:
                try:
                    call = self._transport.stream(method, request, self._remaining(scope), self._headers(span))
                    message = await call.receive()
                    break
                except grpc.RpcError as failed:
                    error = self.to_error(failed)
                await self._wait_or_raise(error, tries, scope)
                tries += 1
            while message is not None:
                yield message
                try:
                    message = await call.receive()
                except grpc.RpcError as failed:
                    # What gRPC raised says the same, on thirty lines.
                    raise self.to_error(failed) from None
        except VecStoreError as error:
            if span is not None:
                span.fail(error.reason)
            raise
        finally:
            if call is not None:
                call.cancel()
            if span is not None:
                span.end()

    @asynccontextmanager
    async def duplex(self, method: Method[I, O], timeout: float | None) -> AsyncIterator[StreamCall[I, O]]:
        """Calls a method that streams in both directions, once. There is no deadline unless the caller names one.

        Raises:
            VecStoreError: when it fails.
        """
        scope = self._scope(method, timeout, False, True, 1)
        span = begin_span(method.name)
        call: StreamCall[I, O] | None = None
        try:
            call = self._transport.duplex(method, self._remaining(scope), self._headers(span))
            yield call
        except grpc.RpcError as failed:
            error = self.to_error(failed)
            if span is not None:
                span.fail(error.reason)
            raise error from None
        finally:
            if call is not None:
                call.cancel()
            if span is not None:
                span.end()

    async def sleep(self, seconds: float, ends: Event) -> None:
        """Waits until the time is over or ``ends`` is set.

        Raises:
            VecStoreError: CLIENT_CLOSED when the client was closed meanwhile.
        """
        self._waits.add(ends)
        try:
            await self.runtime.sleep(seconds, ends)
        finally:
            self._waits.discard(ends)
        self._check_open()

    async def close(self) -> None:
        """Ends the calls that run with CLIENT_CLOSED, refuses new ones and closes the connection."""
        self._closed = True
        for each in tuple(self._waits):
            each.set()
        await self._transport.close()

    def to_error(self, failed: grpc.RpcError) -> VecStoreError:
        """What a call failed with."""
        if self._closed:
            return client_closed()
        status: Any = failed
        return to_vecstore_error(
            status.code().name, status.details() or "", status.trailing_metadata() or (), self.settings.address.url
        )

    async def _wait_or_raise(self, error: VecStoreError, tries: int, scope: RetryScope) -> None:
        delay = retry_delay(error, tries, scope, self.runtime.now(), self.runtime.chance())
        if delay is None:
            raise error
        await self.sleep(delay, Event())

    def _scope(
        self, method: Method[I, O], timeout: float | None, repeatable: bool | None, long: bool, attempts: int | None
    ) -> RetryScope:
        self._check_open()
        policy = self.settings.retry
        absent = math.inf if long else self.settings.timeout
        seconds = absent if timeout is None else check_timeout(timeout)
        return RetryScope(
            policy,
            policy.attempts if attempts is None else attempts,
            method.is_read if repeatable is None else repeatable,
            self.runtime.now() + seconds,
        )

    def _remaining(self, scope: RetryScope) -> float:
        """Seconds that are left of a call."""
        left = scope.deadline - self.runtime.now()
        if left <= 0:
            raise deadline_exceeded()
        return left

    def _headers(self, span: CallSpan | None) -> tuple[tuple[str, str], ...]:
        return self.settings.headers if span is None else self.settings.headers + span.headers

    def _check_open(self) -> None:
        if self._closed:
            raise client_closed()
