"""What reads by id and lists give."""

from __future__ import annotations

from dataclasses import dataclass

from .record import StoredRecord


@dataclass(frozen=True, slots=True)
class GetResult:
    """The records found, in the order asked, and the ids that are not there."""

    records: list[StoredRecord]
    missing: list[str]


@dataclass(frozen=True, slots=True)
class ListPage:
    """Records by ascending id, compared as UTF-8 bytes.

    Attributes:
        records: At most ``page_size``.
        next_page_token: None on the last page.
    """

    records: list[StoredRecord]
    next_page_token: str | None
