"""Calls over a channel of grpc. The twin of ``_async/transport.py``."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from typing import Any, Generic, TypeVar

import grpc
from google.protobuf.message import Message

from .._channel import channel_options, credentials, wire_timeout
from .._methods import Method
from ..options import Settings

I = TypeVar("I", bound=Message)
O = TypeVar("O", bound=Message)

Headers = tuple[tuple[str, str], ...]


class Transport:
    """One connection, made when the first call needs it."""

    def __init__(self, settings: Settings) -> None:
        options = channel_options(settings)
        target = settings.address.target
        secret = credentials(settings)
        self._prefix = settings.address.prefix
        self._channel: Any = (
            grpc.insecure_channel(target, options=options)
            if secret is None
            else grpc.secure_channel(target, secret, options=options)
        )
        self._calls: dict[Any, Any] = {}

    def unary(self, method: Method[I, O], request: I, timeout: float, headers: Headers) -> O:
        """Calls a method.

        Raises:
            grpc.RpcError: when it fails.
        """
        call = self._callable(method, "unary_unary")
        return call(request, timeout=wire_timeout(timeout), metadata=headers)  # type: ignore[no-any-return]

    def stream(self, method: Method[I, O], request: I, timeout: float, headers: Headers) -> StreamCall[I, O]:
        """Calls a method that answers with a stream."""
        call = self._callable(method, "unary_stream")(request, timeout=wire_timeout(timeout), metadata=headers)
        return StreamCall(call, None)

    def duplex(self, method: Method[I, O], timeout: float, headers: Headers) -> StreamCall[I, O]:
        """Calls a method that streams in both directions."""
        outbox: queue.SimpleQueue[I | None] = queue.SimpleQueue()
        messages = iter(outbox.get, None)
        call = self._callable(method, "stream_stream")(messages, timeout=wire_timeout(timeout), metadata=headers)
        return StreamCall(call, outbox)

    def close(self) -> None:
        """Ends all calls and closes the connection."""
        self._channel.close()

    def _callable(self, method: Method[I, O], kind: str) -> Any:
        made = self._calls.get(method)
        if made is None:
            made = self._calls[method] = getattr(self._channel, kind)(
                f"{self._prefix}/{method.name}",
                request_serializer=method.request.SerializeToString,
                response_deserializer=method.response.FromString,
            )
        return made


class StreamCall(Generic[I, O]):
    """A call that streams.

    Args:
        outbox: Messages that a thread of gRPC takes and sends; None ends it.
    """

    def __init__(self, call: Any, outbox: queue.SimpleQueue[I | None] | None) -> None:
        self._call = call
        self._answers: Iterator[O] = call
        self._outbox = outbox

    def send(self, message: I) -> None:
        """Sends a message; whoever sends waits for answers now and then."""
        assert self._outbox is not None
        self._outbox.put(message)

    def finish(self) -> None:
        """Says that no more is sent."""
        assert self._outbox is not None
        self._outbox.put(None)

    def receive(self) -> O | None:
        """The next message; None at the end.

        Raises:
            grpc.RpcError: when the call has failed.
        """
        return next(self._answers, None)

    def cancel(self) -> None:
        """Ends the call; nothing happens when it has ended."""
        self._call.cancel()
        if self._outbox is not None:
            # Or the thread would wait for messages for ever.
            self._outbox.put(None)
