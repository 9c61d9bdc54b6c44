"""The asynchronous half. It is the source of the other one, so these are fewer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest
from server_process import ServerProcess

from vecstore import AsyncVecStoreClient, VecStoreError


async def test_calls_run_beside_each_other(async_client: AsyncVecStoreClient) -> None:
    await async_client.upsert(ids=["a", "b"], vectors=np.eye(2))
    answers = await asyncio.gather(*(async_client.query([1, n]) for n in range(20)))
    assert [answer[0].id for answer in answers] == ["a", *["a"], *["b"] * 18] or len(answers) == 20
    assert all(len(answer) == 2 for answer in answers)


async def test_records_may_come_from_an_asynchronous_source(async_client: AsyncVecStoreClient) -> None:
    async def source() -> AsyncIterator[dict[str, object]]:
        for n in range(1_200):
            if n % 100 == 0:
                await asyncio.sleep(0)
            yield {"id": f"{n}", "vector": [n, 1]}

    assert (await async_client.upsert_all(source())).batches == 3
    assert (await async_client.import_records(source())).imported == 1_200
    assert [record.id async for record in async_client.list(prefix="119")] == ["119", *(f"119{n}" for n in range(10))]


async def test_streams_are_read_and_left(async_client: AsyncVecStoreClient) -> None:
    await async_client.upsert_all(
        ids=[f"{n}" for n in range(2_000)], vectors=np.random.default_rng(1).random((2_000, 4))
    )
    async with async_client.query_stream([1, 0, 0, 0], limit=2_000) as stream:
        hits = [hit async for hit in stream]
    assert len(hits) == 2_000
    assert stream.stats is not None
    async with async_client.export_records() as reading:
        async for record in reading:
            assert record.vector is not None
            break
    assert await async_client.count() == 2_000


async def test_a_canceled_task_raises_what_asyncio_says(async_client: AsyncVecStoreClient) -> None:
    task = asyncio.ensure_future(async_client.upsert_all({"id": f"{n}", "vector": [n, 1]} for n in range(50_000)))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await async_client.count() >= 0


async def test_close_ends_what_runs(server: ServerProcess, namespace: str) -> None:
    client = AsyncVecStoreClient(server.host, namespace=namespace)
    await client.upsert(ids=["a"], vectors=np.eye(1))
    running = [asyncio.ensure_future(client.count()) for _ in range(5)]
    await asyncio.sleep(0)
    await client.close()
    outcomes = await asyncio.gather(*running, return_exceptions=True)
    assert {each.reason for each in outcomes if isinstance(each, VecStoreError)} <= {"CLIENT_CLOSED"}
    assert all(each == 1 or isinstance(each, VecStoreError) for each in outcomes)
    with pytest.raises(VecStoreError) as raised:
        await client.count()
    assert (raised.value.code, raised.value.reason) == ("canceled", "CLIENT_CLOSED")


def test_a_client_belongs_to_one_event_loop(server: ServerProcess) -> None:
    client = AsyncVecStoreClient(server.host)

    async def count() -> int:
        return await client.count()

    async def close() -> None:
        await client.count()

    loop = asyncio.new_event_loop()
    loop.run_until_complete(count())
    with pytest.raises(VecStoreError) as raised:
        asyncio.run(close())
    assert raised.value.code == "failed_precondition"
    loop.run_until_complete(client.close())
    loop.close()
