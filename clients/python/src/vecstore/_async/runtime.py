"""Time, chance and tasks. This file and ``transport.py`` have a twin written by hand; all others here are translated."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Collection, Iterable
from typing import Generic, TypeVar, Union

T = TypeVar("T")

Event = asyncio.Event

#: What records may come from.
Source = Union[Iterable[T], AsyncIterable[T]]


class Runtime:
    """Where time and chance come from; tests have their own."""

    def now(self) -> float:
        """Seconds from any fixed point, never going back."""
        return time.monotonic()

    def chance(self) -> float:
        """Uniform in 0..1."""
        return random.random()

    async def sleep(self, seconds: float, ends: Event) -> None:
        """Waits, or until ``ends`` is set."""
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(ends.wait(), seconds)


async def iterate(source: Source[T]) -> AsyncIterator[T]:
    """The elements of a source, whatever it is."""
    if isinstance(source, AsyncIterable):
        async for element in source:
            yield element
    else:
        for element in source:
            yield element


class Task(Generic[T]):
    """A call that runs beside others."""

    def __init__(self, task: asyncio.Task[T]) -> None:
        self.task = task

    @property
    def done(self) -> bool:
        """Whether it has ended."""
        return self.task.done()

    def result(self) -> T:
        """What it returned.

        Raises:
            Exception: what it raised.
        """
        return self.task.result()


class Tasks:
    """Runs calls beside each other.

    Args:
        concurrency: How many at once; whoever starts them counts.
    """

    def __init__(self, concurrency: int) -> None:
        self._running: set[asyncio.Task[object]] = set()

    async def __aenter__(self) -> Tasks:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Ends what still runs, when the caller was canceled."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def start(self, call: Callable[[], Awaitable[T]]) -> Task[T]:
        """Starts a call."""

        async def run() -> T:
            return await call()

        task = asyncio.ensure_future(run())
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return Task(task)

    async def wait(self, tasks: Collection[Task[T]], *, all: bool) -> None:
        """Waits until one, or all, have ended."""
        when = asyncio.ALL_COMPLETED if all else asyncio.FIRST_COMPLETED
        await asyncio.wait([each.task for each in tasks], return_when=when)
