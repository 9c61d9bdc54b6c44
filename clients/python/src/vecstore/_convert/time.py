"""Points in time."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from google.protobuf.timestamp_pb2 import Timestamp

from ..errors import invalid_argument

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)


def to_timestamp(value: object, target: Timestamp, name: str, reason: str = "INVALID_ARGUMENT") -> None:
    """Fills a timestamp.

    Raises:
        VecStoreError: with ``reason`` when it is no datetime, or one without a time zone.
    """
    if not isinstance(value, datetime) or value.tzinfo is None or value.utcoffset() is None:
        raise invalid_argument(f"{name} is {value!r}; it must be a datetime with a time zone", reason)
    seconds, microseconds = divmod((value - _EPOCH) // _MICROSECOND, 1_000_000)
    target.seconds = seconds
    target.nanos = microseconds * 1_000


def from_timestamp(timestamp: Timestamp) -> datetime:
    """The time in UTC, to the microsecond. An absent timestamp is the beginning of 1970."""
    return _EPOCH + timedelta(seconds=timestamp.seconds, microseconds=timestamp.nanos // 1_000)
