"""Errors: what gRPC says, and what becomes of it."""

from __future__ import annotations

import pickle

import pytest
from fakes import status_details

from vecstore import VecStoreError
from vecstore._convert.error import parse_retry_after, to_vecstore_error

URL = "http://localhost:1"


def convert(code: str, message: str, *trailers: tuple[str, str | bytes]) -> VecStoreError:
    return to_vecstore_error(code, message, trailers, URL)


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [
        ("UNAVAILABLE", "failed to connect to all addresses; last error: ... Connection refused", "UNREACHABLE"),
        ("UNAVAILABLE", "DNS resolution failed for nowhere.example:1", "UNREACHABLE"),
        ("UNAVAILABLE", "Socket closed", "CONNECTION_LOST"),
        ("UNAVAILABLE", "recvmsg:Connection reset by peer", "CONNECTION_LOST"),
        ("UNAVAILABLE", "GOAWAY received", "CONNECTION_LOST"),
        ("UNKNOWN", "Stream removed", "CONNECTION_LOST"),
        ("INTERNAL", "Received RST_STREAM with error code 2", "CONNECTION_LOST"),
        ("INTERNAL", "Internal error from Core", "CONNECTION_LOST"),
        ("CANCELLED", "Received RST_STREAM with error code 8", "CONNECTION_LOST"),
        (
            "UNAVAILABLE",
            "failed to connect to all addresses; last error: Ssl handshake failed: CERTIFICATE_VERIFY_FAILED",
            "TLS_FAILED",
        ),
        ("UNAVAILABLE", "Received http2 header with status: 503", "UNSPECIFIED"),
        ("CANCELLED", "the caller went away", "CANCELED"),
        ("DEADLINE_EXCEEDED", "Deadline Exceeded", "DEADLINE_EXCEEDED"),
        ("UNIMPLEMENTED", "unknown method", "NOT_IMPLEMENTED"),
        ("UNKNOWN", "", "UNSPECIFIED"),
        ("SOMETHING_NEW", "", "UNSPECIFIED"),
    ],
)
def test_a_status_without_a_reason_gets_one(code: str, message: str, expected: str) -> None:
    error = convert(code, message)
    assert error.reason == expected
    assert error.message


def test_the_server_s_own_reason_comes_first() -> None:
    details = status_details("DISK_FULL", free="0")
    error = convert("UNAVAILABLE", "Socket closed", ("grpc-status-details-bin", details), ("retry-after", "3"))
    assert (error.code, error.reason, error.message) == ("unavailable", "DISK_FULL", "Socket closed")
    assert (error.details, error.retry_after, error.retryable) == ({"free": "0"}, 3, True)


@pytest.mark.parametrize("details", [b"\xff\xff", b"", status_details("X", domain="other.example")])
def test_details_of_others_are_left_alone(details: bytes) -> None:
    error = convert("INTERNAL", "boom", ("grpc-status-details-bin", details))
    assert (error.code, error.reason, error.message) == ("internal", "UNSPECIFIED", "boom")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("2", 2),
        (" 0.5 ", 0.5),
        ("Thu, 01 Jan 1970 00:01:40 GMT", 40),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("soon", None),
        ("", None),
        ("-1", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    assert parse_retry_after(header, 60.0) == seconds


@pytest.mark.parametrize(
    ("code", "reason", "retry_after", "retryable"),
    [
        ("unavailable", "CONNECTION_LOST", None, True),
        ("unavailable", "STORE_STOPPED", None, False),
        ("unavailable", "TLS_FAILED", None, False),
        ("resource_exhausted", "QUOTA_EXCEEDED", None, False),
        ("resource_exhausted", "A_NEW_ONE", 1.0, True),
        ("resource_exhausted", "INDEX_BACKLOG", None, True),
        ("invalid_argument", "INVALID_ID", None, False),
    ],
)
def test_an_error_says_whether_repeating_may_help(code, reason, retry_after, retryable) -> None:
    assert VecStoreError(code, reason, "", retry_after=retry_after).retryable is retryable


def test_an_error_crosses_processes() -> None:
    error = VecStoreError("aborted", "VERSION_CONFLICT", "m", details={"a": "b"}, retry_after=1.5)
    copy = pickle.loads(pickle.dumps(error))
    assert (copy.code, copy.reason, copy.message, copy.details, copy.retry_after) == (
        "aborted",
        "VERSION_CONFLICT",
        "m",
        {"a": "b"},
        1.5,
    )
    assert str(copy) == "VERSION_CONFLICT (aborted): m"
