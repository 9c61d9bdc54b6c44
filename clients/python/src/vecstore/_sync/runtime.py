"""Time, chance and tasks, by threads. The twin of ``_async/runtime.py``."""

from __future__ import annotations

import concurrent.futures
import random
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")

Event = threading.Event

#: What records may come from.
Source = Iterable[T]


class Runtime:
    """Where time and chance come from; tests have their own."""

    def now(self) -> float:
        """Seconds from any fixed point, never going back."""
        return time.monotonic()

    def chance(self) -> float:
        """Uniform in 0..1."""
        return random.random()

    def sleep(self, seconds: float, ends: Event) -> None:
        """Waits, or until ``ends`` is set."""
        ends.wait(seconds)


def iterate(source: Source[T]) -> Iterator[T]:
    """The elements of a source."""
    return iter(source)


class Task(Generic[T]):
    """A call that runs beside others."""

    def __init__(self, task: concurrent.futures.Future[T]) -> None:
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
    """Runs calls beside each other, in threads.

    Args:
        concurrency: How many at once.
    """

    def __init__(self, concurrency: int) -> None:
        self._threads = concurrent.futures.ThreadPoolExecutor(concurrency, "vecstore")

    def __enter__(self) -> Tasks:
        return self

    def __exit__(self, *_: object) -> None:
        """Waits for what still runs: a thread cannot be ended."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def start(self, call: Callable[[], T]) -> Task[T]:
        """Starts a call."""
        return Task(self._threads.submit(call))

    def wait(self, tasks: Collection[Task[T]], *, all: bool) -> None:
        """Waits until one, or all, have ended."""
        when = concurrent.futures.ALL_COMPLETED if all else concurrent.futures.FIRST_COMPLETED
        concurrent.futures.wait([each.task for each in tasks], return_when=when)
