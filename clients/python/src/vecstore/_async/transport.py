"""Calls over a channel of grpc.aio. This file has a twin written by hand."""

from __future__ import annotations

import asyncio
from typing import Any, Generic, TypeVar

import grpc
import grpc.aio
from google.protobuf.message import Message

from .._channel import channel_options, credentials, wire_timeout
from .._methods import Method
from ..errors import VecStoreError, client_closed
from ..options import Settings

I = TypeVar("I", bound=Message)
O = TypeVar("O", bound=Message)

Headers = tuple[tuple[str, str], ...]


class Transport:
    """One connection. It is made with the first call, because it belongs to the event loop that runs then."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._channel: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._calls: dict[Any, Any] = {}
        self._closed = False

    async def unary(self, method: Method[I, O], request: I, timeout: float, headers: Headers) -> O:
        """Calls a method.

        Raises:
            grpc.RpcError: when it fails.
        """
        call = self._callable(method, "unary_unary")(request, timeout=wire_timeout(timeout), metadata=headers)
        try:
            return await call  # type: ignore[no-any-return]
        except asyncio.CancelledError:
            raise self._canceled() from None

    def stream(self, method: Method[I, O], request: I, timeout: float, headers: Headers) -> StreamCall[I, O]:
        """Calls a method that answers with a stream."""
        call = self._callable(method, "unary_stream")(request, timeout=wire_timeout(timeout), metadata=headers)
        return StreamCall(call, self)

    def duplex(self, method: Method[I, O], timeout: float, headers: Headers) -> StreamCall[I, O]:
        """Calls a method that streams in both directions."""
        call = self._callable(method, "stream_stream")(timeout=wire_timeout(timeout), metadata=headers)
        return StreamCall(call, self)

    async def close(self) -> None:
        """Ends all calls and closes the connection."""
        self._closed = True
        if self._channel is not None:
            await self._channel.close()

    def _canceled(self) -> BaseException:
        """What a canceled call raises: `close` cancels calls in the same way as a canceled task."""
        return client_closed() if self._closed and not _is_canceling() else asyncio.CancelledError()

    def _callable(self, method: Method[I, O], kind: str) -> Any:
        if self._loop is not asyncio.get_running_loop():
            self._open()
        made = self._calls.get(method)
        if made is None:
            made = self._calls[method] = getattr(self._channel, kind)(
                f"{self._settings.address.prefix}/{method.name}",
                request_serializer=method.request.SerializeToString,
                response_deserializer=method.response.FromString,
            )
        return made

    def _open(self) -> None:
        if self._loop is not None:
            message = "the client was used in another event loop; make one client for each loop"
            raise VecStoreError("failed_precondition", "UNSPECIFIED", message)
        self._loop = asyncio.get_running_loop()
        options = channel_options(self._settings)
        target = self._settings.address.target
        secret = credentials(self._settings)
        self._channel = (
            grpc.aio.insecure_channel(target, options=options)
            if secret is None
            else grpc.aio.secure_channel(target, secret, options=options)
        )


class StreamCall(Generic[I, O]):
    """A call that streams."""

    def __init__(self, call: Any, transport: Transport) -> None:
        self._call = call
        self._transport = transport

    async def send(self, message: I) -> None:
        """Sends a message; it waits while the server does not take more.

        Raises:
            grpc.RpcError: when the call has failed.
        """
        try:
            await self._call.write(message)
        except asyncio.CancelledError:
            raise self._transport._canceled() from None
        except asyncio.InvalidStateError:
            # The call has ended; reading says why.
            pass

    async def finish(self) -> None:
        """Says that no more is sent."""
        await self._call.done_writing()

    async def receive(self) -> O | None:
        """The next message; None at the end.

        Raises:
            grpc.RpcError: when the call has failed.
        """
        try:
            message = await self._call.read()
        except asyncio.CancelledError:
            raise self._transport._canceled() from None
        return None if message is grpc.aio.EOF else message

    def cancel(self) -> None:
        """Ends the call; nothing happens when it has ended."""
        self._call.cancel()


def _is_canceling() -> bool:
    # Before Python 3.11 a task does not know.
    task = asyncio.current_task()
    canceling = getattr(task, "cancelling", None)
    return bool(canceling is not None and canceling() > 0)
