"""A server that is killed and started again while it is written to."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from server_process import ServerProcess

from vecstore import AsyncVecStoreClient, Columns, RetryOptions, VecStoreClient, VecStoreError

COUNT = 6_000
MATRIX = np.random.default_rng(7).standard_normal((COUNT, 16), dtype=np.float32)
COLUMNS = Columns([f"r{n:05}" for n in range(COUNT)], MATRIX)


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[ServerProcess]:
    process = ServerProcess(tmp_path / "data")
    yield process
    process.stop()


class Killer:
    """Kills the server once a run has got so far, and starts it again."""

    def __init__(self, server: ServerProcess, at: int) -> None:
        self._server = server
        self._at = at
        self._restart: threading.Thread | None = None
        self.told: list[Any] = []

    def __call__(self, progress: Any) -> None:
        self.told.append(progress)
        written = progress.rows if hasattr(progress, "rows") else progress.upserted
        if written >= self._at and self._restart is None:
            self._server.kill()
            self._restart = threading.Thread(target=self._server.start)
            self._restart.start()

    def join(self) -> None:
        assert self._restart is not None, "the run ended before the server was killed"
        self._restart.join()


def check_all_there_once(client: VecStoreClient) -> None:
    records = list(client.export_records())
    assert [record.id for record in records] == [f"r{n:05}" for n in range(COUNT)]
    assert np.stack([record.vector for record in records if record.vector is not None]).tobytes() == MATRIX.tobytes()


@pytest.mark.parametrize("mode", ["upsert", "insert_only"])
def test_an_import_goes_on_and_writes_every_record_once(mortal: ServerProcess, mode: Any) -> None:
    killer = Killer(mortal, 2_000)
    failures: list[Any] = []
    with VecStoreClient(mortal.host) as client:
        progress = client.import_records(
            COLUMNS, mode=mode, batch_size=250, on_progress=killer, on_failure=failures.append
        )
        killer.join()
        assert (progress.rows, progress.imported, progress.failed, failures) == (COUNT, COUNT, 0, [])
        assert progress.resumptions >= 1
        assert [each.rows for each in killer.told] == sorted(each.rows for each in killer.told)
        check_all_there_once(client)


def test_upsert_all_waits_and_writes_every_record_once(mortal: ServerProcess) -> None:
    killer = Killer(mortal, 2_000)
    with VecStoreClient(mortal.host) as client:
        progress = client.upsert_all(COLUMNS, batch_size=250, on_progress=killer)
        killer.join()
        assert (progress.upserted, progress.inserted, progress.committed) == (COUNT, COUNT, COUNT)
        assert progress.retries >= 1
        versions = {record.version for record in client.list(page_size=1_000)}
        assert len(versions) == COUNT // 250
        check_all_there_once(client)


async def test_the_asynchronous_half_goes_on_too(mortal: ServerProcess) -> None:
    async with AsyncVecStoreClient(mortal.host) as client:
        killer = Killer(mortal, 2_000)
        progress = await client.import_records(COLUMNS, batch_size=250, on_progress=killer)
        await asyncio.to_thread(killer.join)
        assert (progress.imported, progress.resumptions >= 1) == (COUNT, True)
        killer = Killer(mortal, 2_000)
        upserted = await client.upsert_all(COLUMNS, batch_size=250, on_progress=killer)
        await asyncio.to_thread(killer.join)
        assert (upserted.upserted, upserted.inserted, upserted.retries >= 1) == (COUNT, 0, True)
        assert await client.count() == COUNT


def test_without_retries_an_import_says_where_to_go_on(mortal: ServerProcess) -> None:
    killer = Killer(mortal, 2_000)
    with VecStoreClient(mortal.host, retries=None) as client, pytest.raises(VecStoreError) as raised:
        client.import_records(COLUMNS, batch_size=250, on_progress=killer)
    killer.join()
    assert raised.value.reason == "CONNECTION_LOST"
    rows = int(raised.value.details["rows"])
    assert rows >= 2_000
    with VecStoreClient(mortal.host) as client:
        rest = Columns([f"r{n:05}" for n in range(rows, COUNT)], MATRIX[rows:])
        progress = client.import_records(rest, resume_token=raised.value.details["resume_token"])
        assert (progress.rows, progress.imported) == (COUNT, COUNT)
        check_all_there_once(client)


def test_a_call_finds_a_server_that_came_back(mortal: ServerProcess) -> None:
    # The deadline is what bounds it: a busy machine takes long to start a server.
    retries = RetryOptions(attempts=10_000, backoff=0.05, backoff_max=0.1)
    with VecStoreClient(mortal.host, retries=retries, timeout=59) as client:
        client.upsert([{"id": "a", "vector": [1]}])
        mortal.kill()
        restart = threading.Thread(target=mortal.start)
        restart.start()
        assert client.count() == 1
        restart.join()


def test_patience_ends(mortal: ServerProcess) -> None:
    mortal.kill()
    with VecStoreClient(mortal.host) as client:
        for write in (client.upsert_all, client.import_records):
            with pytest.raises(VecStoreError) as raised:
                write([{"id": "a", "vector": [1]}], patience=0.3)
            assert raised.value.reason == "UNREACHABLE"
    mortal.start()
