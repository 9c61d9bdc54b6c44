"""A clock and a connection that tests say all about."""

from __future__ import annotations

from collections import deque
from typing import Any

import grpc

from vecstore._gen import error_details_pb2, status_pb2
from vecstore._sync.session import Session
from vecstore.options import RetryOptions, to_settings


class Failure(grpc.RpcError):
    """What gRPC raises when a call fails."""

    def __init__(
        self, code: str, message: str = "", *, reason: str | None = None, retry_after: str | None = None
    ) -> None:
        super().__init__()
        self._code = code
        self._message = message
        self._trailers = [] if retry_after is None else [("retry-after", retry_after)]
        if reason is not None:
            self._trailers.append(("grpc-status-details-bin", status_details(reason)))  # type: ignore[arg-type]

    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode[self._code]

    def details(self) -> str:
        return self._message

    def trailing_metadata(self) -> list[tuple[str, str]]:
        return self._trailers


def status_details(reason: str, domain: str = "vecstore", **metadata: str) -> bytes:
    info = error_details_pb2.ErrorInfo(reason=reason, domain=domain, metadata=metadata)
    status = status_pb2.Status()
    status.details.add(type_url="type.googleapis.com/google.rpc.ErrorInfo", value=info.SerializeToString())
    return status.SerializeToString()


class FakeRuntime:
    """Time passes when somebody sleeps, and chance is always the same."""

    def __init__(self, chance: float = 0.5) -> None:
        self.time = 1_000.0
        self.slept: list[float] = []
        self._chance = chance

    def now(self) -> float:
        return self.time

    def chance(self) -> float:
        return self._chance

    def sleep(self, seconds: float, ends: Any) -> None:
        self.slept.append(seconds)
        self.time += seconds


class FakeTransport:
    """Answers calls with what it was given, in order: messages are returned, and errors raised."""

    def __init__(self, *answers: Any, seconds: float = 0.0, runtime: FakeRuntime | None = None) -> None:
        self.answers = deque(answers)
        self.requests: list[Any] = []
        self.timeouts: list[float] = []
        self.headers: list[Any] = []
        self.closed = False
        self._seconds = seconds
        self._runtime = runtime

    def unary(self, method: Any, request: Any, timeout: float, headers: Any) -> Any:
        self.requests.append(request)
        self.timeouts.append(timeout)
        self.headers.append(headers)
        if self._runtime is not None:
            self._runtime.time += self._seconds
        return _answer(self.answers.popleft())

    def stream(self, method: Any, request: Any, timeout: float, headers: Any) -> FakeCall:
        self.requests.append(request)
        return FakeCall(self.answers.popleft())

    def close(self) -> None:
        self.closed = True


class FakeCall:
    def __init__(self, answers: list[Any]) -> None:
        self._answers = deque(answers)
        self.canceled = False

    def receive(self) -> Any:
        return _answer(self._answers.popleft()) if self._answers else None

    def cancel(self) -> None:
        self.canceled = True


def _answer(answer: Any) -> Any:
    if isinstance(answer, Exception):
        raise answer
    return answer


def session(transport: Any, runtime: Any, *, retries: RetryOptions | None = RetryOptions(), **options: Any) -> Session:
    """A session over fakes, with the options of a client."""
    absent = {"api_key": None, "namespace": None, "timeout": 30.0, "headers": None, "tls": None, "user_agent": None}
    settings = to_settings("localhost:1", retries=retries, **{**absent, **options})
    return Session(settings, transport, runtime)
