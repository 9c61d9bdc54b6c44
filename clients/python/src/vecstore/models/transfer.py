"""Progress of imports, and what interrupts them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..errors import VecStoreError


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """How far an import is.

    Attributes:
        rows: Records taken since it began, bad ones and those before a resumption too.
        imported: Of these, how many were written.
        failed: Of these, how many were bad.
        resume_token: Goes on behind ``rows``.
        sequence: Namespace sequence of the last write.
        resumptions: Times that the connection broke off and the import went on by itself.
    """

    rows: int
    imported: int
    failed: int
    resume_token: str
    sequence: int
    resumptions: int = 0


@dataclass(frozen=True, slots=True)
class Interruption:
    """A time in which the connection of an import was lost, or the server refused for a cause that passes.

    Attributes:
        state: ``waiting``, before each wait for another attempt; ``over``, once, when something got done again.
        error: Why the last attempt failed.
        attempts: How many failed since it began, 1 or more.
        duration: Seconds since the first of them.
        delay: Seconds until the next attempt; 0 when it is over.
    """

    state: Literal["waiting", "over"]
    error: VecStoreError
    attempts: int
    duration: float
    delay: float


@dataclass(frozen=True, slots=True)
class ImportFailure:
    """A record that was not written.

    Attributes:
        row: Position in the import; the first is 1.
        id: Its id; empty when it could not be read.
        reason: What to act on.
        message: For people.
    """

    row: int
    id: str
    reason: str
    message: str
