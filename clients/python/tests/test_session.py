"""Retries, waits and deadlines of calls."""

from __future__ import annotations

import math
import socket
import threading

import pytest
from fakes import Failure, FakeRuntime, FakeTransport, session

from vecstore import RetryOptions, VecStoreClient, VecStoreError
from vecstore._gen import read_pb2, transfer_pb2, write_pb2
from vecstore._methods import COUNT, DELETE, EXPORT, UPSERT
from vecstore._retry import RetryScope, backoff_delay, retry_delay

REQUEST = read_pb2.CountRequest()
ANSWER = read_pb2.CountResponse(count=7)
BUSY = ("RESOURCE_EXHAUSTED", "busy")


def test_a_read_is_repeated_with_waits_that_grow() -> None:
    runtime = FakeRuntime()
    transport = FakeTransport(Failure("UNAVAILABLE", "Socket closed"), Failure("UNAVAILABLE", "Socket closed"), ANSWER)
    assert session(transport, runtime).call(COUNT, REQUEST).count == 7
    assert runtime.slept == [0.05, 0.1]
    assert transport.timeouts == [30.0, pytest.approx(29.95), pytest.approx(29.85)]


def test_attempts_end() -> None:
    failures = [Failure("UNAVAILABLE", "Socket closed") for _ in range(9)]
    transport = FakeTransport(*failures)
    with pytest.raises(VecStoreError) as raised:
        session(transport, FakeRuntime(), retries=RetryOptions(attempts=4)).call(COUNT, REQUEST)
    assert raised.value.reason == "CONNECTION_LOST"
    assert len(transport.requests) == 4


def test_without_retries_the_first_failure_counts() -> None:
    transport = FakeTransport(Failure("UNAVAILABLE", "Socket closed"), ANSWER)
    with pytest.raises(VecStoreError):
        session(transport, FakeRuntime(), retries=None).call(COUNT, REQUEST)


@pytest.mark.parametrize(
    ("failure", "repeated"),
    [
        (Failure("UNAVAILABLE", "Socket closed"), False),
        (Failure("UNAVAILABLE", "failed to connect to all addresses"), True),
        (Failure(*BUSY, reason="INDEX_BACKLOG"), True),
        (Failure(*BUSY, reason="RATE_LIMITED"), True),
        (Failure(*BUSY, reason="CONCURRENCY_LIMITED"), True),
        (Failure(*BUSY, reason="CONNECTIONS_LIMITED", retry_after="0"), True),
        (Failure(*BUSY, reason="NAMESPACE_FULL"), False),
        (Failure("UNAVAILABLE", "", reason="STARTING"), True),
        (Failure("UNAVAILABLE", "", reason="DRAINING"), False),
        (Failure("ABORTED", "", reason="VERSION_CONFLICT"), False),
        (Failure("DEADLINE_EXCEEDED"), False),
    ],
)
def test_a_write_without_a_key_is_repeated_only_when_it_never_began(failure: Failure, repeated: bool) -> None:
    transport = FakeTransport(failure, write_pb2.DeleteResponse(deleted=1))
    call = session(transport, FakeRuntime())
    if repeated:
        assert call.call(DELETE, write_pb2.DeleteRequest()).deleted == 1
    else:
        with pytest.raises(VecStoreError):
            call.call(DELETE, write_pb2.DeleteRequest())


def test_a_write_with_a_key_is_repeated_like_a_read() -> None:
    transport = FakeTransport(Failure("UNAVAILABLE", "Socket closed"), write_pb2.UpsertResponse(upserted=1))
    request = write_pb2.UpsertRequest(idempotency_key="k")
    assert session(transport, FakeRuntime()).call(UPSERT, request, repeatable=True).upserted == 1
    assert transport.requests == [request, request]


def test_no_wait_is_shorter_than_retry_after() -> None:
    runtime = FakeRuntime()
    transport = FakeTransport(Failure(*BUSY, reason="RATE_LIMITED", retry_after="2"), ANSWER)
    session(transport, runtime).call(COUNT, REQUEST)
    assert runtime.slept == [2.05]


def test_a_wait_that_would_pass_the_deadline_is_not_begun() -> None:
    runtime = FakeRuntime()
    transport = FakeTransport(Failure(*BUSY, reason="RATE_LIMITED", retry_after="2"), ANSWER)
    with pytest.raises(VecStoreError) as raised:
        session(transport, runtime).call(COUNT, REQUEST, 2)
    assert (raised.value.reason, raised.value.retry_after, runtime.slept) == ("RATE_LIMITED", 2, [])


def test_the_deadline_is_for_all_attempts() -> None:
    runtime = FakeRuntime()
    transport = FakeTransport(*[Failure("UNAVAILABLE", "Socket closed")] * 3, seconds=0.9, runtime=runtime)
    with pytest.raises(VecStoreError) as raised:
        session(transport, runtime).call(COUNT, REQUEST, 1)
    assert raised.value.reason == "CONNECTION_LOST"
    assert transport.timeouts == [1, pytest.approx(0.05)]


def test_long_calls_have_no_deadline_unless_one_is_given() -> None:
    transport = FakeTransport(ANSWER, ANSWER, ANSWER)
    call = session(transport, FakeRuntime(), timeout=5)
    call.call(COUNT, REQUEST, long=True)
    call.call(COUNT, REQUEST, 3, long=True)
    call.call(COUNT, REQUEST, math.inf)
    assert transport.timeouts == [math.inf, 3, math.inf]


@pytest.mark.parametrize("timeout", [0, -1, math.nan, "5", True])
def test_a_timeout_that_is_none_is_refused(timeout: float) -> None:
    with pytest.raises(VecStoreError) as raised:
        session(FakeTransport(), FakeRuntime()).call(COUNT, REQUEST, timeout)
    assert raised.value.reason == "INVALID_ARGUMENT"


def test_a_stream_is_repeated_until_its_first_message() -> None:
    lost = Failure("UNAVAILABLE", "Socket closed")
    one = transfer_pb2.ExportResponse(resume_token="one")
    transport = FakeTransport([lost], [one, lost])
    stream = session(transport, FakeRuntime()).stream(EXPORT, transfer_pb2.ExportRequest(), None, repeatable=True)
    assert next(stream) == one
    with pytest.raises(VecStoreError) as raised:
        next(stream)
    assert raised.value.reason == "CONNECTION_LOST"
    assert len(transport.requests) == 2


def test_a_closed_session_refuses_and_ends_waits() -> None:
    runtime = FakeRuntime()
    transport = FakeTransport(Failure("UNAVAILABLE", "Socket closed"), ANSWER)
    call = session(transport, runtime)
    runtime.sleep = lambda seconds, ends: call.close()  # type: ignore[method-assign]
    for _ in range(2):
        with pytest.raises(VecStoreError) as raised:
            call.call(COUNT, REQUEST)
        assert (raised.value.code, raised.value.reason) == ("canceled", "CLIENT_CLOSED")
    assert (transport.closed, len(transport.requests)) == (True, 1)


def test_the_key_and_headers_go_with_every_call() -> None:
    transport = FakeTransport(ANSWER)
    session(transport, FakeRuntime(), api_key="secret", headers={"X-Team": "a"}).call(COUNT, REQUEST)
    assert transport.headers == [(("x-team", "a"), ("x-api-key", "secret"))]


@pytest.mark.parametrize(("tries", "bound"), [(1, 0.1), (2, 0.2), (6, 3.2), (7, 5.0), (5_000, 5.0)])
def test_waits_are_random_below_a_bound_that_doubles(tries: int, bound: float) -> None:
    error = VecStoreError("unavailable", "CONNECTION_LOST", "")
    assert [backoff_delay(error, tries, RetryOptions(), chance) for chance in (0.0, 0.5, 1.0)] == [0, bound / 2, bound]


def test_errors_that_do_not_pass_are_not_repeated() -> None:
    scope = RetryScope(RetryOptions(), 3, True, math.inf)
    for code, reason in (
        ("invalid_argument", "INVALID_ID"),
        ("unavailable", "STORE_STOPPED"),
        ("internal", "INTERNAL"),
    ):
        assert retry_delay(VecStoreError(code, reason, ""), 1, scope, 0, 0) is None  # type: ignore[arg-type]


def test_close_ends_a_call_that_nobody_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = VecStoreClient(f"127.0.0.1:{silent.getsockname()[1]}", timeout=50)
        failed: list[VecStoreError] = []

        def count() -> None:
            with pytest.raises(VecStoreError) as raised:
                client.count()
            failed.append(raised.value)

        calling = threading.Thread(target=count)
        calling.start()
        # The connection is there, and the call waits for the server's first word.
        connection, _ = silent.accept()
        client.close()
        calling.join(20)
        connection.close()
    assert [(error.code, error.reason) for error in failed] == [("canceled", "CLIENT_CLOSED")]
