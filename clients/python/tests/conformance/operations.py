"""The operations of cases, on either half of the client."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from .convert import to_json, to_quotas


@dataclass(frozen=True)
class Operation:
    """One operation: the client, a handle on the namespace, the arguments in the client's names.

    Attributes:
        take: Leave a stream after so many items; None: at its end.
        on_item: Told of each item of a stream.
    """

    client: Any
    handle: Any
    args: dict[str, Any]
    take: int | None
    on_item: Callable[[], None]


async def settle(value: Any) -> Any:
    """What a call of either half gives."""
    return await value if isinstance(value, Awaitable) else value


async def read(stream: Any, of: Operation) -> list[Any]:
    """Reads a stream, to its end or as far as the step says."""
    items: list[Any] = []
    if isinstance(stream, AsyncIterable):
        async for item in stream:
            items.append(item)
            of.on_item()
            if of.take is not None and len(items) >= of.take:
                break
        close = getattr(stream, "aclose", None)
        if close is not None:
            await close()
    else:
        for item in stream:
            items.append(item)
            of.on_item()
            if of.take is not None and len(items) >= of.take:
                break
        stream.close()
    return items


async def perform(name: str, of: Operation) -> Any:
    """Carries out an operation; gives its result as JSON."""
    special = SPECIAL.get(name)
    if special is not None:
        return to_json(await special(of))
    target = of.client if name in OF_CLIENT else of.handle
    return to_json(await settle(getattr(target, name)(**of.args))) or {}


async def _query(of: Operation) -> Any:
    return _results(await settle(of.handle.query(**of.args)))


async def _query_stream(of: Operation) -> Any:
    stream = of.handle.query_stream(**of.args)
    return {"results": to_json(await read(stream, of)), "stats": to_json(stream.stats)}


async def _batch_query(of: Operation) -> Any:
    return {"responses": [_results(answer) for answer in await settle(of.handle.batch_query(**of.args))]}


async def _list(of: Operation) -> Any:
    return {"records": to_json(await read(of.handle.list(**of.args), of))}


async def _export(of: Operation) -> Any:
    stream = of.handle.export_records(**of.args)
    return {"records": to_json(await read(stream, of)), "resume_token": stream.resume_token}


async def _import(of: Operation) -> Any:
    failures: list[Any] = []
    progress = await settle(of.handle.import_records(**of.args, on_failure=failures.append))
    return {**to_json(progress), "failures": to_json(failures)}


async def _count(of: Operation) -> Any:
    return {"count": await settle(of.handle.count(**of.args))}


async def _download(of: Operation) -> Any:
    chunks = await read(of.handle.download_snapshot(**of.args), of)
    last = chunks[-1]
    sums = {"bytes": sum(len(chunk.data) for chunk in chunks), "chunks": len(chunks)}
    return {"snapshot": to_json(last.snapshot), "total_bytes": last.total_bytes, "crc32": last.crc32, **sums}


async def _create_namespace(of: Operation) -> Any:
    args = {**of.args, "quotas": to_quotas(of.args.get("quotas"))}
    return to_json(await settle(of.client.create_namespace(**args)))


async def _export_usage(of: Operation) -> Any:
    return {"usages": to_json(await read(of.client.export_usage(**of.args), replace(of, take=None)))}


def _listed(method: str, key: str) -> Callable[[Operation], Awaitable[Any]]:
    async def call(of: Operation) -> Any:
        target = of.client if method in OF_CLIENT else of.handle
        return {key: to_json(await settle(getattr(target, method)(**of.args)))}

    return call


def _results(answer: Any) -> Any:
    return {"results": to_json(list(answer)), "stats": to_json(answer.stats), "explain": to_json(answer.explain)}


OF_CLIENT = {
    "create_namespace",
    "get_namespace",
    "list_namespaces",
    "update_namespace",
    "delete_namespace",
    "get_namespace_usage",
    "get_aggregate_stats",
    "create_api_key",
    "list_api_keys",
    "revoke_api_key",
    "rotate_api_key",
    "close",
}

SPECIAL: dict[str, Callable[[Operation], Awaitable[Any]]] = {
    "query": _query,
    "query_stream": _query_stream,
    "batch_query": _batch_query,
    "list": _list,
    "export": _export,
    "import": _import,
    "count": _count,
    "download_snapshot": _download,
    "create_namespace": _create_namespace,
    "export_usage": _export_usage,
    "list_namespaces": _listed("list_namespaces", "namespaces"),
    "list_snapshots": _listed("list_snapshots", "snapshots"),
    "list_api_keys": _listed("list_api_keys", "api_keys"),
}
