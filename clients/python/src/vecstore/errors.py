"""The one error that the client raises on purpose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

#: Status codes of the Connect protocol.
ErrorCode = Literal[
    "canceled",
    "unknown",
    "invalid_argument",
    "deadline_exceeded",
    "not_found",
    "already_exists",
    "permission_denied",
    "resource_exhausted",
    "failed_precondition",
    "aborted",
    "out_of_range",
    "unimplemented",
    "internal",
    "unavailable",
    "data_loss",
    "unauthenticated",
]

#: Every code, in the order of ``ErrorCode``.
ERROR_CODES: tuple[ErrorCode, ...] = get_args(ErrorCode)

#: Causes that only a client can see. ``UNREACHABLE``: no connection was made, so the request never left.
#: ``CONNECTION_LOST``: it broke off, and a write may or may not have happened. ``TLS_FAILED``: the certificate was refused.
#: ``CLIENT_CLOSED``: ``close()`` was called. ``UNSPECIFIED``: the answer names no reason, as when a proxy made it; act on
#: the code.
CLIENT_REASONS = ("UNREACHABLE", "CONNECTION_LOST", "TLS_FAILED", "CLIENT_CLOSED", "UNSPECIFIED")

#: Refusals of a busy server that pass by themselves, also when no Retry-After comes along.
_PASSING_REFUSALS = frozenset({"INDEX_BACKLOG", "RATE_LIMITED", "CONCURRENCY_LIMITED"})

#: Unavailable for a cause that only a person can remove.
_LASTING_OUTAGES = frozenset({"STORE_STOPPED", "TLS_FAILED"})


class VecStoreError(Exception):
    """What went wrong, to act on by ``reason``.

    Attributes:
        code: Connect's status code, such as ``invalid_argument``.
        reason: The cause, one name for each thing a caller can act on, such as ``DIMENSION_MISMATCH``: those of the schema's
            ``ErrorReason``, and ``CLIENT_REASONS``. A newer server may send others; act on the code then.
        message: For people: what was got, what is allowed, what to do.
        details: Facts that belong to the error, as the server sent them.
        retry_after: Seconds that the server asks to wait; None when it does not say.
        retryable: Whether the same request may succeed later. It does not say that repeating a write is safe.
    """

    code: ErrorCode
    reason: str
    message: str
    details: Mapping[str, str]
    retry_after: float | None

    def __init__(
        self,
        code: ErrorCode,
        reason: str,
        message: str,
        *,
        details: Mapping[str, str] | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(code, reason, message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = dict(details or {})
        self.retry_after = retry_after

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed later."""
        if self.code == "unavailable":
            return self.reason not in _LASTING_OUTAGES
        if self.code != "resource_exhausted":
            return False
        return self.retry_after is not None or self.reason in _PASSING_REFUSALS

    def __str__(self) -> str:
        return f"{self.reason} ({self.code}): {self.message}"

    def __reduce__(self) -> tuple[object, ...]:
        # An exception crosses a process pool by its arguments, and the two keyword arguments would be left behind.
        return (_rebuild, (self.code, self.reason, self.message, dict(self.details), self.retry_after))


def _rebuild(
    code: ErrorCode, reason: str, message: str, details: dict[str, str], retry_after: float | None
) -> VecStoreError:
    return VecStoreError(code, reason, message, details=details, retry_after=retry_after)


def invalid_argument(message: str, reason: str = "INVALID_ARGUMENT") -> VecStoreError:
    """The error of an argument that the client itself refuses, in the server's words.

    Args:
        message: What was got, what is allowed, what to do.
        reason: A reason of the code ``invalid_argument``.
    """
    return VecStoreError("invalid_argument", reason, message)


def deadline_exceeded() -> VecStoreError:
    """The error of a call whose time ran out."""
    message = "the deadline passed; allow more time with timeout, or ask for less. A write may have happened"
    return VecStoreError("deadline_exceeded", "DEADLINE_EXCEEDED", message)


def client_closed() -> VecStoreError:
    """The error of a call that ``close()`` ended, or that came after it."""
    return VecStoreError("canceled", "CLIENT_CLOSED", "the client is closed; make a new one")
