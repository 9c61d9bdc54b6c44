"""What tests share."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from server_process import ServerProcess

from vecstore import AsyncVecStoreClient, VecStoreClient

_numbers = itertools.count()


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VECSTORE_URL", "VECSTORE_API_KEY", "http_proxy", "HTTP_PROXY", "grpc_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    process = ServerProcess(tmp_path_factory.mktemp("server") / "data")
    yield process
    process.stop()


@pytest.fixture
def namespace(server: ServerProcess) -> str:
    """A namespace of the test's own."""
    name = f"test-{next(_numbers)}"
    with VecStoreClient(server.host) as client:
        client.create_namespace(name)
    return name


@pytest.fixture
def client(server: ServerProcess, namespace: str) -> Iterator[VecStoreClient]:
    with VecStoreClient(server.host, namespace=namespace) as client:
        yield client


@pytest_asyncio.fixture
async def async_client(server: ServerProcess, namespace: str) -> AsyncIterator[AsyncVecStoreClient]:
    async with AsyncVecStoreClient(server.host, namespace=namespace) as client:
        yield client
