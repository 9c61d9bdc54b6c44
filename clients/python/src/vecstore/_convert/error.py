"""Turns what a call failed with into a VecStoreError."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from email.utils import parsedate_to_datetime

from google.protobuf.message import DecodeError

from .._gen import error_details_pb2 as details_pb
from .._gen import status_pb2 as status_pb
from ..errors import ERROR_CODES, ErrorCode, VecStoreError, deadline_exceeded

#: Codes by the names of gRPC, which spells one of them its own way.
_CODES: dict[str, ErrorCode] = {**{code.upper(): code for code in ERROR_CODES}, "CANCELLED": "canceled"}

#: Reasons of codes that have only one; for answers that come without an ErrorInfo.
_REASONS = {"canceled": "CANCELED", "unimplemented": "NOT_IMPLEMENTED"}

#: gRPC says in words only why there is no connection. These are its words, and those of the system and of the TLS library.
_TLS_FAILED = re.compile(
    r"handshake failed|certificate|CERT_|SSL_ERROR|TSI_|peer name|security handshaker", re.IGNORECASE
)
_UNREACHABLE = re.compile(
    r"failed to connect|connection refused|name resolution|dns resolution|no route to host|network is unreachable"
    r"|connect.*timed? ?out|domain name not found|hostname|empty address list",
    re.IGNORECASE,
)
#: A proxy or another server answered, by HTTP.
_ANSWERED = re.compile(r"http2 header with status|:status|content-type", re.IGNORECASE)
#: A stream that broke under a code which from a server means something else. The last is how grpc.aio says that it could not send.
_LOST = re.compile(
    r"RST_STREAM|Stream removed|Stream closed|Socket closed|GOAWAY|connection reset|^Internal error from Core$",
    re.IGNORECASE,
)

#: The metadata that come after an answer.
Trailers = Iterable[tuple[str, "str | bytes"]]


def to_vecstore_error(code: str, message: str, trailers: Trailers, url: str) -> VecStoreError:
    """Turns the status of a call into an error.

    Args:
        code: Name of the gRPC status, such as INVALID_ARGUMENT.
        message: Text of the status.
        trailers: What came with it.
        url: For messages.
    """
    # Pair by pair: of older versions of grpc.aio they are a mapping to lists.
    found = {key: value for key, value in trailers}  # noqa: C416
    info = _error_info(found.get("grpc-status-details-bin"))
    if info is None:
        local = _from_connection(code, message, url)
        if local is not None:
            return local
    if info is None and _ANSWERED.search(message):
        message = f"{message}; {url} does not answer as a vecstore server does: check the address, and whether it needs https://"
    known = _code(code)
    return VecStoreError(
        known,
        info.reason if info is not None else _REASONS.get(known, "UNSPECIFIED"),
        message or f"the server answered {known} without a message",
        details=info.metadata if info is not None else None,
        retry_after=parse_retry_after(found.get("retry-after"), time.time()),
    )


def parse_retry_after(header: str | bytes | None, now: float) -> float | None:
    """Reads a Retry-After header: seconds, or a date.

    Args:
        now: Seconds since 1970.

    Returns:
        Seconds, 0 or more; None when there is no such header or it does not parse.
    """
    if not isinstance(header, str) or not header.strip():
        return None
    if re.fullmatch(r"\s*\d+(\.\d+)?\s*", header):
        return float(header)
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - now)
    except (TypeError, ValueError):
        return None


def _code(name: str) -> ErrorCode:
    return _CODES.get(name, "unknown")


def _error_info(status: str | bytes | None) -> details_pb.ErrorInfo | None:
    if not isinstance(status, bytes):
        return None
    try:
        for detail in status_pb.Status.FromString(status).details:
            if detail.type_url.endswith("/google.rpc.ErrorInfo"):
                info = details_pb.ErrorInfo.FromString(detail.value)
                if info.domain == "vecstore":
                    return info
    except DecodeError:
        # Not from a vecstore server: the status itself is all there is.
        pass
    return None


def _from_connection(code: str, message: str, url: str) -> VecStoreError | None:
    if code == "DEADLINE_EXCEEDED":
        return deadline_exceeded()
    if code in ("INTERNAL", "UNKNOWN", "CANCELLED") and _LOST.search(message):
        return _unavailable("CONNECTION_LOST", f"the connection to {url} broke off: {message}")
    if code != "UNAVAILABLE" or _ANSWERED.search(message):
        return None
    if _TLS_FAILED.search(message):
        return _unavailable("TLS_FAILED", f"no trusted connection to {url}: {message}")
    if _UNREACHABLE.search(message):
        return _unavailable("UNREACHABLE", f"cannot reach {url}: {message}")
    return _unavailable("CONNECTION_LOST", f"the connection to {url} broke off: {message}")


def _unavailable(reason: str, message: str) -> VecStoreError:
    return VecStoreError("unavailable", reason, message)
