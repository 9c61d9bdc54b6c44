"""TLS: own authorities, certificates of clients, and what fails."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from server_process import REPOSITORY, ServerProcess

from vecstore import AsyncVecStoreClient, RetryOptions, TlsOptions, VecStoreClient, VecStoreError

FOLDER = REPOSITORY / "packages/client-js/src/testing/tls"
#: Signed by itself, for localhost.
CERT, KEY = (FOLDER / "cert.pem").read_text(), (FOLDER / "key.pem").read_bytes()
FILES = ("--tls-cert", str(FOLDER / "cert.pem"), "--tls-key", str(FOLDER / "key.pem"))


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    process = ServerProcess(tmp_path_factory.mktemp("tls") / "data", *FILES)
    yield process
    process.stop()


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """It asks for a client's certificate."""
    ca = ("--tls-client-ca", str(FOLDER / "cert.pem"))
    process = ServerProcess(tmp_path_factory.mktemp("mtls") / "data", *FILES, *ca)
    yield process
    process.stop()


def failure(address: str, tls: TlsOptions | None = None) -> VecStoreError:
    with VecStoreClient(address, tls=tls, retries=None, timeout=20) as client, pytest.raises(VecStoreError) as raised:
        client.count()
    return raised.value


def test_an_own_authority_is_trusted(secure: ServerProcess) -> None:
    with VecStoreClient(f"https://{secure.host}", tls=TlsOptions(ca=CERT)) as client:
        assert client.count() == 0


async def test_the_asynchronous_half_has_tls_too(secure: ServerProcess) -> None:
    async with AsyncVecStoreClient(f"https://{secure.host}", tls=TlsOptions(ca=CERT.encode())) as client:
        assert await client.count() == 0


def test_a_certificate_that_nobody_trusts_is_refused_and_not_tried_again(secure: ServerProcess) -> None:
    error = failure(f"https://{secure.host}")
    assert (error.code, error.reason, error.retryable) == ("unavailable", "TLS_FAILED", False)


def test_tls_against_clear_text_fails(server: ServerProcess) -> None:
    # A server that goes away during a handshake looks the same, so it is worth another try.
    assert failure(f"https://{server.host}", TlsOptions(ca=CERT)).reason == "UNREACHABLE"


def test_clear_text_against_tls_says_what_may_be_wrong(secure: ServerProcess) -> None:
    error = failure(secure.host)
    assert (error.code, error.reason) == ("internal", "UNSPECIFIED")
    assert "https://" in error.message


def test_a_client_shows_its_certificate(closed: ServerProcess) -> None:
    with VecStoreClient(f"https://{closed.host}", tls=TlsOptions(ca=CERT, cert=CERT, key=KEY)) as client:
        assert client.count() == 0


def test_a_client_without_the_certificate_that_is_asked_for_is_refused(closed: ServerProcess) -> None:
    error = failure(f"https://{closed.host}", TlsOptions(ca=CERT))
    assert (error.code, error.reason) == ("unavailable", "TLS_FAILED")


def test_a_key_that_is_none_is_refused(closed: ServerProcess) -> None:
    broken = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
    error = failure(f"https://{closed.host}", TlsOptions(ca=CERT, cert=CERT, key=broken))
    # Older versions of grpcio say only that no connection was made.
    assert (error.code, error.reason in ("TLS_FAILED", "UNREACHABLE")) == ("unavailable", True)


def test_retries_are_not_spent_on_what_does_not_pass(secure: ServerProcess) -> None:
    with (
        VecStoreClient(f"https://{secure.host}", retries=RetryOptions(attempts=1_000, backoff=10)) as client,
        pytest.raises(VecStoreError) as raised,
    ):
        client.count()
    assert raised.value.reason == "TLS_FAILED"
