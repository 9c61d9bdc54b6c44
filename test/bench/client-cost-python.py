"""Called by client-cost-python.mjs: the client and bare grpcio take turns on the same server, with the same payload."""

from __future__ import annotations

import argparse
import asyncio
import platform
import resource
import statistics
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import numpy as np
from vecstore import AsyncVecStoreClient, VecStoreClient
from vecstore._gen import query_pb2, write_pb2

SERVICE = "/vecstore.v1.VecStoreService"
#: What the client sets too: nobody compresses.
OPTIONS = [("grpc.compression_enabled_algorithms_bitset", 1)]
METADATA = {"kind": "book", "year": 2019, "title": "some title", "price": 9.5, "sold": True}
BATCH = 500
IN_FLIGHT = 4


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def bare_query(channel: Any) -> Any:
    request, response = query_pb2.QueryRequest, query_pb2.QueryResponse
    return channel.unary_unary(
        f"{SERVICE}/Query", request_serializer=request.SerializeToString, response_deserializer=response.FromString
    )


def message(vector: Any, include_vector: bool) -> Any:
    return query_pb2.QueryRequest(
        namespace="queries", vector_f32=vector.tobytes(), limit=10, include_vector=include_vector
    )


class Rounds:
    """Microseconds of client CPU and of time for each query, by contestant."""

    def __init__(self, vectors: Any, queries: int) -> None:
        self.vectors = vectors
        self.queries = queries
        self.results: dict[str, list[tuple[float, float]]] = {}

    def sync(self, name: str, call: Callable[[Any], Any]) -> None:
        start, begin = cpu(), time.perf_counter()
        for n in range(self.queries):
            call(self.vectors[n % len(self.vectors)])
        self.note(name, start, begin)

    async def asynchronous(self, name: str, call: Callable[[Any], Awaitable[Any]]) -> None:
        start, begin = cpu(), time.perf_counter()
        for n in range(self.queries):
            await call(self.vectors[n % len(self.vectors)])
        self.note(name, start, begin)

    def note(self, name: str, start: float, begin: float) -> None:
        used, passed = cpu() - start, time.perf_counter() - begin
        self.results.setdefault(name, []).append((used / self.queries * 1e6, passed / self.queries * 1e6))

    def print(self) -> None:
        print(f"{'':24} client CPU, us a query    time, us a query   (medians of the rounds)")
        for name, rounds in self.results.items():
            used, passed = (statistics.median(column) for column in zip(*rounds, strict=True))
            print(f"{name:24} {used:22.0f} {passed:19.0f}")
        for half in ("sync", "async"):
            for what in ("", " with vectors"):
                pairs = zip(self.results[f"vecstore {half}{what}"], self.results[f"grpcio {half}{what}"], strict=True)
                ratio = statistics.median(ours[0] / bare[0] for ours, bare in pairs)
                print(f"vecstore / grpcio, {half}{what}: {ratio:.2f} times the client CPU")


async def queries(host: str, vectors: Any, arguments: argparse.Namespace) -> None:
    rounds = Rounds(vectors, arguments.queries)
    client = VecStoreClient(host, namespace="queries")
    channel = grpc.insecure_channel(host, options=OPTIONS)
    bare = bare_query(channel)
    async_client = AsyncVecStoreClient(host, namespace="queries")
    async_channel = grpc.aio.insecure_channel(host, options=OPTIONS)
    async_bare = bare_query(async_channel)
    # The first round warms up.
    for _ in range(arguments.rounds + 1):
        for what, included in (("", False), (" with vectors", True)):
            rounds.sync(f"grpcio sync{what}", lambda v, w=included: bare(message(v, w), timeout=30))
            rounds.sync(f"vecstore sync{what}", lambda v, w=included: client.query(v, limit=10, include_vector=w))
            await rounds.asynchronous(f"grpcio async{what}", lambda v, w=included: async_bare(message(v, w), timeout=30))
            await rounds.asynchronous(
                f"vecstore async{what}", lambda v, w=included: async_client.query(v, limit=10, include_vector=w)
            )
    for each in rounds.results.values():
        del each[0]
    rounds.print()
    client.close()
    channel.close()
    await async_client.close()
    await async_channel.close()


def bare_bulk(host: str, batches: list[bytes]) -> None:
    """The least that a client can do: bytes that are serialized already, as many in flight, and waits where the server asks."""
    channel = grpc.insecure_channel(host, options=OPTIONS)
    upsert = channel.unary_unary(f"{SERVICE}/Upsert")

    def send(serialized: bytes) -> None:
        while True:
            try:
                upsert(serialized, timeout=30)
                return
            except grpc.RpcError as error:
                after = dict(error.trailing_metadata()).get("retry-after")
                if error.code() is not grpc.StatusCode.RESOURCE_EXHAUSTED:
                    raise
                time.sleep(float(after or 0.1))

    with ThreadPoolExecutor(IN_FLIGHT) as threads:
        list(threads.map(send, batches))
    channel.close()


def serialized_batches(namespace: str, ids: list[str], matrix: Any) -> list[bytes]:
    batches = []
    for start in range(0, len(ids), BATCH):
        request = write_pb2.UpsertRequest(namespace=namespace)
        for row in range(start, min(start + BATCH, len(ids))):
            request.records.add(id=ids[row], vector_f32=matrix[row].tobytes())
        batches.append(request.SerializeToString())
    return batches


def bulk(host: str, matrix: Any, rounds: int) -> None:
    ids = [f"{n:07}" for n in range(len(matrix))]
    results: dict[str, list[tuple[float, float]]] = {}
    with VecStoreClient(host) as client:
        for number in range(rounds):
            for name in ("grpcio", "vecstore"):
                namespace = f"bulk-{name}-{number}"
                client.create_namespace(namespace)
                batches = serialized_batches(namespace, ids, matrix) if name == "grpcio" else []
                start, begin = cpu(), time.perf_counter()
                if name == "grpcio":
                    bare_bulk(host, batches)
                else:
                    client.namespace(namespace).upsert_all(ids=ids, vectors=matrix, batch_size=BATCH)
                results.setdefault(name, []).append((len(ids) / (time.perf_counter() - begin), cpu() - start))
                assert client.namespace(namespace).count() == len(ids)
                client.delete_namespace(namespace, timeout=60)
    for name, runs in results.items():
        print(f"{name:10} records a second: {', '.join(f'{rate:.0f}' for rate, _ in runs)}; client CPU, s: ", end="")
        print(", ".join(f"{used:.1f}" for _, used in runs))
    share = statistics.median(rate for rate, _ in results["vecstore"]) / statistics.median(
        rate for rate, _ in results["grpcio"]
    )
    print(f"vecstore upsert_all: {share:.0%} of what the server takes from bare grpcio that sends ready bytes")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("host")
    for name in ("queries", "rounds", "records", "dimension"):
        parser.add_argument(f"--{name}", type=int)
    arguments = parser.parse_args()
    random = np.random.default_rng(1)
    print(f"Python {platform.python_version()}, grpcio {grpc.__version__}, NumPy {np.__version__}")
    with VecStoreClient(arguments.host) as client:
        client.create_namespace("queries")
        vectors = random.standard_normal((2_000, arguments.dimension), dtype=np.float32)
        ids = [f"{n}" for n in range(len(vectors))]
        client.namespace("queries").upsert_all(ids=ids, vectors=vectors, metadata=[METADATA] * len(vectors))
    asyncio.run(queries(arguments.host, vectors[:200], arguments))
    if arguments.records > 0:
        bulk(arguments.host, random.standard_normal((arguments.records, arguments.dimension), dtype=np.float32), 2)


if __name__ == "__main__":
    main()
