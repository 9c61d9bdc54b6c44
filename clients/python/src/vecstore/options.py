"""Options of a client, checked and with their defaults."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ._version import __version__
from .errors import invalid_argument

#: Where a server listens when nobody says otherwise.
ADDRESS_ABSENT = "localhost:8080"

#: Seconds of a call when nobody says otherwise; the server's own default.
TIMEOUT_ABSENT = 30.0

#: How the client names itself; the HTTP/2 library's own name follows.
USER_AGENT = f"vecstore-client-python/{__version__}"


@dataclass(frozen=True, slots=True)
class RetryOptions:
    """How often and how fast a call is repeated.

    Attributes:
        attempts: Attempts in all, 1 or more; 1 turns retries off. Default 3.
        backoff: Seconds; the first wait is at most this, each further one at most twice the one before. Default 0.1.
        backoff_max: Seconds; no wait is longer, save when the server asks for it by Retry-After. Default 5.

    Raises:
        VecStoreError: INVALID_ARGUMENT when a number is out of range.
    """

    attempts: int = 3
    backoff: float = 0.1
    backoff_max: float = 5.0

    def __post_init__(self) -> None:
        if isinstance(self.attempts, bool) or not isinstance(self.attempts, int) or self.attempts < 1:
            raise invalid_argument(f"retries.attempts is {self.attempts!r}; it must be an integer of 1 or more")
        for name in ("backoff", "backoff_max"):
            value = getattr(self, name)
            if not (isinstance(value, (int, float)) and 0 <= value < math.inf):
                raise invalid_argument(f"retries.{name} is {value!r}; it must be seconds, 0 or more")


@dataclass(frozen=True, slots=True)
class TlsOptions:
    """Certificates in PEM. They need an ``https://`` address.

    Attributes:
        ca: Authorities to trust instead of the well-known ones.
        cert: The client's certificate, where the server asks for one.
        key: The key of ``cert``. It is left out of ``repr``.

    Raises:
        VecStoreError: INVALID_ARGUMENT when only one of cert and key is given, or one is no PEM.
    """

    ca: str | bytes | None = None
    cert: str | bytes | None = None
    key: str | bytes | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if (self.cert is None) != (self.key is None):
            raise invalid_argument("tls.cert and tls.key go together; give both or none")
        for name in ("ca", "cert", "key"):
            pem = getattr(self, name)
            if pem is not None and b"-----BEGIN " not in to_bytes(pem):
                raise invalid_argument(f"tls.{name} is no PEM; give the text of the file, not its path")


@dataclass(frozen=True, slots=True)
class Settings:
    """Options with every default in place."""

    address: Address
    #: Empty: the server chooses.
    namespace: str
    timeout: float
    retry: RetryOptions
    #: Sent with every request; the key is among them, so it is left out of ``repr``.
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    tls: TlsOptions | None
    user_agent: str


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is.

    Attributes:
        target: ``host:port``.
        secure: Whether TLS is used.
        prefix: A path before that of each call, for servers behind one; empty, or beginning with a slash.
        url: For messages.
    """

    target: str
    secure: bool
    prefix: str
    url: str


def to_settings(
    address: str | None,
    *,
    api_key: str | None,
    namespace: str | None,
    timeout: float,
    retries: RetryOptions | None,
    headers: Mapping[str, str] | None,
    tls: TlsOptions | None,
    user_agent: str | None,
) -> Settings:
    """Puts the defaults in place.

    Raises:
        VecStoreError: INVALID_ARGUMENT when an option is out of range.
    """
    parsed = parse_address(address or os.environ.get("VECSTORE_URL") or ADDRESS_ABSENT)
    if tls is not None and not parsed.secure:
        raise invalid_argument(f"tls needs an https:// address; the address is {parsed.url}")
    return Settings(
        address=parsed,
        namespace=namespace or "",
        timeout=check_timeout(timeout),
        retry=retries if retries is not None else RetryOptions(attempts=1),
        headers=_to_headers(headers or {}, api_key or os.environ.get("VECSTORE_API_KEY")),
        tls=tls,
        user_agent=_check_header("user_agent", user_agent or USER_AGENT),
    )


def parse_address(address: str) -> Address:
    """Reads an address: ``host:port`` and ``http://`` mean clear text, ``https://`` TLS. A path is kept.

    Raises:
        VecStoreError: INVALID_ARGUMENT.
    """
    problem = f"the address is {address!r}; use host:port, http://host:port or https://host"
    if not isinstance(address, str) or re.search(r"\s", address):
        raise invalid_argument(problem)
    try:
        url = urlsplit(address if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*://", address) else f"http://{address}")
        port = url.port
    except ValueError:
        raise invalid_argument(problem) from None
    if url.scheme not in ("http", "https") or not url.hostname or url.query or url.fragment or "@" in url.netloc:
        raise invalid_argument(problem)
    secure = url.scheme == "https"
    host = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
    target = f"{host}:{port if port is not None else (443 if secure else 80)}"
    prefix = url.path.rstrip("/")
    return Address(target, secure, prefix, f"{url.scheme}://{target}{prefix}")


def check_timeout(timeout: float) -> float:
    """Checks a timeout, in seconds.

    Raises:
        VecStoreError: INVALID_ARGUMENT when it is not above 0; ``math.inf`` is no deadline.
    """
    if isinstance(timeout, (int, float)) and not isinstance(timeout, bool) and timeout > 0:
        return timeout
    raise invalid_argument(f"timeout is {timeout!r}; it must be seconds above 0, or math.inf")


def to_bytes(pem: str | bytes) -> bytes:
    """The bytes of a PEM."""
    return pem.encode() if isinstance(pem, str) else bytes(pem)


def _to_headers(headers: Mapping[str, str], api_key: str | None) -> tuple[tuple[str, str], ...]:
    named = {_check_name(name): _check_header(f"the header {name}", value) for name, value in headers.items()}
    if api_key is not None:
        named["x-api-key"] = _check_header("api_key", api_key)
    return tuple(named.items())


def _check_name(name: str) -> str:
    lower = name.lower()
    if re.fullmatch(r"[0-9a-z_.-]+", lower) and not lower.startswith("grpc-") and not lower.endswith("-bin"):
        return lower
    raise invalid_argument(f"a header is named {name!r}; use letters, digits, - _ . and no name of gRPC's own")


def _check_header(what: str, value: str) -> str:
    if isinstance(value, str) and value.isascii() and value.isprintable() and value == value.strip() and value:
        return value
    # The value may be a secret.
    raise invalid_argument(f"{what} must be printable ASCII without spaces at its ends")
