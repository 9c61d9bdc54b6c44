"""grpcio and connectrpc on the same calls: what decision 32 was made by.

Needs Python 3.11 or later, ``pip install connectrpc==0.13.0`` beside the client, and a running server::

    python bench/transports.py 127.0.0.1:8080
"""

from __future__ import annotations

import asyncio
import resource
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import numpy as np
from connectrpc.client import ConnectClient, ConnectClientSync
from connectrpc.compat import google_protobuf_binary_codec
from connectrpc.method import IdempotencyLevel, MethodInfo, StreamType
from connectrpc.protocol import ProtocolType
from pyqwest import Client, HTTPTransport, HTTPVersion, SyncClient, SyncHTTPTransport

from vecstore import VecStoreClient
from vecstore._gen import query_pb2, write_pb2

DIMENSION = 768
QUERIES = 1_000
BATCHES, BATCH = 40, 500
SERVICE = "vecstore.v1.VecStoreService"
METHODS = {
    "Query": (query_pb2.QueryRequest, query_pb2.QueryResponse),
    "Upsert": (write_pb2.UpsertRequest, write_pb2.UpsertResponse),
}

Call = Callable[[Any], Any]


def grpc_call(channel: Any, name: str) -> Call:
    request, response = METHODS[name]
    call = channel.unary_unary(
        f"/{SERVICE}/{name}", request_serializer=request.SerializeToString, response_deserializer=response.FromString
    )
    return lambda message: call(message, timeout=30)


def connect_call(client: Any, name: str) -> Call:
    request, response = METHODS[name]
    method = MethodInfo(
        name=name,
        service_name=SERVICE,
        input=request,
        output=response,
        idempotency_level=IdempotencyLevel.UNKNOWN,
        stream_type=StreamType.UNARY,
    )
    return lambda message: client.execute_unary(request=message, method=method)


def contestants(host: str, half: str) -> dict[str, Any]:
    """What makes a call of a name, by contestant."""
    options = [("grpc.compression_enabled_algorithms_bitset", 1)]
    channel = (grpc if half == "sync" else grpc.aio).insecure_channel(host, options=options)
    found: dict[str, Any] = {"grpcio": lambda name: grpc_call(channel, name)}
    for protocol, version in (("CONNECT", "HTTP1"), ("CONNECT", "HTTP2"), ("GRPC", "HTTP2")):
        http_version = getattr(HTTPVersion, version)
        http: Any = (
            SyncClient(SyncHTTPTransport(http_version=http_version))
            if half == "sync"
            else Client(HTTPTransport(http_version=http_version))
        )
        client = (ConnectClientSync if half == "sync" else ConnectClient)(
            f"http://{host}",
            codec=google_protobuf_binary_codec(),
            protocol=ProtocolType[protocol],
            accept_compression=[],
            send_compression=None,
            http_client=http,
        )
        found[f"connectrpc {protocol} {version}"] = lambda name, client=client: connect_call(client, name)
    return found


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def settle(value: Any) -> Any:
    return await value if isinstance(value, Awaitable) else value


async def latency(call: Call, requests: list[Any]) -> tuple[float, float]:
    """Median microseconds of a query, and microseconds of client CPU."""
    times = []
    start = cpu()
    for n in range(QUERIES):
        begin = time.perf_counter()
        await settle(call(requests[n % len(requests)]))
        times.append(time.perf_counter() - begin)
    return statistics.median(times) * 1e6, (cpu() - start) / QUERIES * 1e6


def bulk(call: Call, requests: list[Any]) -> float:
    """Records a second, four batches in flight."""
    begin = time.perf_counter()
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(call, requests))
    return len(requests) * BATCH / (time.perf_counter() - begin)


def upserts(namespace: str, matrix: Any) -> list[Any]:
    def batch(start: int) -> Any:
        request = write_pb2.UpsertRequest(namespace=namespace)
        for row in range(start, start + BATCH):
            request.records.add(id=f"{row}", vector_f32=matrix[row].tobytes())
        return request

    return [batch(start) for start in range(0, BATCHES * BATCH, BATCH)]


async def main(host: str) -> None:
    random = np.random.default_rng(1)
    matrix = random.standard_normal((BATCHES * BATCH, DIMENSION), dtype=np.float32)
    with VecStoreClient(host) as client:
        client.create_namespace("transports")
        ids = [f"{n}" for n in range(1_000)]
        client.namespace("transports").upsert(ids=ids, vectors=matrix[:1_000])
        requests = [
            query_pb2.QueryRequest(namespace="transports", vector_f32=vector.tobytes(), limit=10)
            for vector in matrix[:100]
        ]
        for half in ("sync", "async"):
            rounds: dict[str, list[tuple[float, float]]] = {}
            for _ in range(4):
                for name, make in contestants(host, half).items():
                    rounds.setdefault(name, []).append(await latency(make("Query"), requests))
            for name, measured in rounds.items():
                median, used = (statistics.median(column) for column in zip(*measured[1:], strict=True))
                print(f"{half:6} {name:26} p50 {median:5.0f} us   client CPU {used:5.0f} us a query")
        for name, make in contestants(host, "sync").items():
            client.create_namespace("bulk")
            print(f"bulk   {name:26} {bulk(make('Upsert'), upserts('bulk', matrix)):6.0f} records a second")
            client.delete_namespace("bulk")
        client.delete_namespace("transports")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
