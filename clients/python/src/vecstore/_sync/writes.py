# Made from _async/writes.py by scripts/unasync.py. Do not edit.
"""Writing records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy.typing as npt

from .. import _methods as methods
from .._convert.write import from_update, from_upsert, set_target, to_update, to_upsert
from .._gen import write_pb2 as pb
from .._idempotency import random_key
from ..columns import Columns
from ..errors import invalid_argument
from ..filters import FilterInput
from ..models.record import RecordInput
from ..models.transfer import ImportFailure, ImportProgress, Interruption
from ..models.write import AffectedResult, RecordUpdate, UpdateResult, UpsertAllProgress, UpsertResult, WriteMode
from .base import Base
from .import_records import ImportOptions, import_records
from .runtime import Source
from .upsert_all import UpsertAllOptions, upsert_all


class Writes(Base):
    """Upserts, updates, deletes and imports."""

    def upsert(
        self,
        records: Iterable[RecordInput] | Columns | None = None,
        *,
        ids: Sequence[str] | npt.NDArray[Any] | None = None,
        vectors: npt.NDArray[Any] | Sequence[Sequence[float]] | None = None,
        metadata: Sequence[Mapping[str, Any] | None] | None = None,
        texts: Sequence[str | None] | None = None,
        mode: WriteMode | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> UpsertResult:
        """Writes records in one atomic batch: all or none. Give records, or ids with their vectors, metadata and texts.

        Args:
            records: 1..1,000 (a server may allow up to 10,000) of different ids; vectors are copied.
            ids: In the place of records: an id for each row of the other columns.
            vectors: f32[ids, dimension].
            metadata: A dict or None for each id.
            texts: A text or None for each id.
            mode: What to do with ids that exist. Default ``upsert``.
            idempotency_key: 1..128 bytes. A second write with the same key within 24 hours returns the first one's outcome.
                Default: a random key when retries are on, so that a repeated attempt cannot write twice; none when they are off.
            timeout: Seconds for the whole call. Default: the client's.

        Raises:
            VecStoreError: such as DIMENSION_MISMATCH, DUPLICATE_ID, BATCH_TOO_LARGE, VERSION_CONFLICT.
        """
        retries = self._session.settings.retry.attempts > 1
        key = random_key() if idempotency_key is None and retries else idempotency_key
        given = _choose(records, ids, vectors, metadata, texts)
        request = to_upsert(given, namespace=self._namespace, mode=mode, idempotency_key=key)
        return from_upsert(self._session.call(methods.UPSERT, request, timeout, repeatable=key is not None))

    def upsert_all(
        self,
        records: Source[RecordInput] | Columns | None = None,
        *,
        ids: Sequence[str] | npt.NDArray[Any] | None = None,
        vectors: npt.NDArray[Any] | Sequence[Sequence[float]] | None = None,
        metadata: Sequence[Mapping[str, Any] | None] | None = None,
        texts: Sequence[str | None] | None = None,
        mode: WriteMode | None = None,
        batch_size: int | None = None,
        batch_bytes: int | None = None,
        concurrency: int | None = None,
        timeout: float | None = None,
        patience: float | None = None,
        idempotency_key: str | None = None,
        on_progress: Callable[[UpsertAllProgress], object] | None = None,
    ) -> UpsertAllProgress:
        """Writes any number of records in batches, several at a time, waiting whenever the server asks for it.

        Batches start in the order of the input and the last record of an id wins, but only a batch is atomic. A server that
        is away or restarts meanwhile is waited for. A batch that fails for good ends the run; those before it are finished first, so of
        several the first one's error is raised, and it says in ``details["committed"]`` how many records from the start are all written.

        Args:
            records: Records from a list, a generator, or Columns.
            ids: In the place of records: an id for each row of the other columns.
            vectors: f32[ids, dimension].
            metadata: A dict or None for each id.
            texts: A text or None for each id.
            mode: What to do with ids that exist. Default ``upsert``.
            batch_size: Records of a batch, 1 or more; the server's limit is 1,000 unless it is raised. Default 500.
            batch_bytes: Bytes of a batch as it travels, 1 or more; a larger record goes alone. Default 8 MiB, of the 32 MiB that a
                server allows.
            concurrency: Batches in flight at once, 1 or more. Default 4.
            timeout: Seconds for one attempt of one batch. Default: the client's.
            patience: Seconds that one batch is repeated for while it fails for a passing cause. Default 300.
            idempotency_key: Prefix of the batches' keys, at most 100 bytes. Give the same one, and the same records and batch size,
                to repeat a run that broke off: batches that were written are answered and not written again. Default: random.
            on_progress: Told after each batch that was written.

        Returns:
            The last progress.

        Raises:
            VecStoreError: of the batch that failed.
        """
        options = UpsertAllOptions(
            self._namespace, mode, batch_size, batch_bytes, concurrency, timeout, patience, idempotency_key, on_progress
        )
        return upsert_all(self._session, _choose(records, ids, vectors, metadata, texts), options)

    def import_records(
        self,
        records: Source[RecordInput] | Columns,
        *,
        mode: WriteMode | None = None,
        batch_size: int | None = None,
        resume_token: str | None = None,
        timeout: float | None = None,
        patience: float | None = None,
        on_progress: Callable[[ImportProgress], object] | None = None,
        on_failure: Callable[[ImportFailure], object] | None = None,
        on_interruption: Callable[[Interruption], object] | None = None,
    ) -> ImportProgress:
        """Writes any number of records as one stream. A bad record is named and left out, and the others are written.

        Where the connection breaks, or the server restarts, the import goes on by itself: every record is written once, and
        ``resumptions`` says how often that happened. It does not when retries are off or a timeout is given.

        Args:
            records: Records from a list, a generator, or Columns.
            mode: What to do with ids that exist. Default ``upsert``.
            batch_size: Records of a message, 1 or more; the server's limit is 1,000 unless it is raised. Default 500.
            resume_token: Of the last progress of an import that broke off, for the same namespace and mode; the records then begin
                behind its ``rows``. What was written and not answered is not counted twice.
            timeout: Seconds for the whole import. Default: none.
            patience: Seconds that a server which is away is waited for while nothing gets done, 0 or more. Default 300.
            on_progress: Told how far it is, after each message that is on the server's disk; first with the token of the beginning.
            on_failure: Told of each record that was not written.
            on_interruption: Told when the server is away or asks to wait, before each wait, and once when something got done again.

        Returns:
            The last progress.

        Raises:
            VecStoreError: when the import cannot go on; its details hold ``rows`` and ``resume_token``.
        """
        options = ImportOptions(
            self._namespace,
            mode,
            batch_size,
            resume_token,
            timeout,
            patience,
            on_progress,
            on_failure,
            on_interruption,
        )
        return import_records(self._session, records, options)

    def update(self, updates: Iterable[RecordUpdate], *, timeout: float | None = None) -> UpdateResult:
        """Changes metadata, text or expiry of records that exist, all or none; vectors are kept.

        Args:
            updates: Such as ``{"id": "a", "merge_metadata": {"year": 2020, "draft": None}}``; None removes.
            timeout: Seconds for the whole call. Default: the client's.

        Raises:
            VecStoreError: such as RECORD_NOT_FOUND, VERSION_CONFLICT.
        """
        request = to_update(updates, self._namespace)
        return from_update(self._session.call(methods.UPDATE, request, timeout))

    def delete(
        self,
        ids: Sequence[str] | None = None,
        *,
        filter: FilterInput | None = None,
        all: bool = False,
        timeout: float | None = None,
    ) -> AffectedResult:
        """Removes records for good. What is not there is not an error. By filter it is not atomic across many records.

        Give exactly one of ids, filter and ``all=True``.

        Raises:
            VecStoreError: such as MISSING_TARGET, INVALID_FILTER.
        """
        request = pb.DeleteRequest(namespace=self._namespace)
        set_target(request, ids, filter, all)
        response = self._session.call(methods.DELETE, request, timeout)
        return AffectedResult(response.deleted, response.sequence)

    def soft_delete(
        self,
        ids: Sequence[str] | None = None,
        *,
        filter: FilterInput | None = None,
        all: bool = False,
        timeout: float | None = None,
    ) -> AffectedResult:
        """Hides records until ``restore`` or ``delete``. The target is that of ``delete``."""
        request = pb.SoftDeleteRequest(namespace=self._namespace)
        set_target(request, ids, filter, all)
        response = self._session.call(methods.SOFT_DELETE, request, timeout)
        return AffectedResult(response.soft_deleted, response.sequence)

    def restore(
        self,
        ids: Sequence[str] | None = None,
        *,
        filter: FilterInput | None = None,
        all: bool = False,
        timeout: float | None = None,
    ) -> AffectedResult:
        """Brings hidden records back. The target is that of ``delete``, among the hidden records."""
        request = pb.RestoreRequest(namespace=self._namespace)
        set_target(request, ids, filter, all)
        response = self._session.call(methods.RESTORE, request, timeout)
        return AffectedResult(response.restored, response.sequence)


def _choose(
    records: Any,
    ids: Sequence[str] | npt.NDArray[Any] | None,
    vectors: npt.NDArray[Any] | Sequence[Sequence[float]] | None,
    metadata: Sequence[Mapping[str, Any] | None] | None,
    texts: Sequence[str | None] | None,
) -> Any:
    """The records, or the columns that were given in their place."""
    if records is None and ids is not None:
        return Columns(ids, vectors, metadata=metadata, texts=texts)
    if records is None or any(column is not None for column in (ids, vectors, metadata, texts)):
        raise invalid_argument("give records, or ids with vectors, metadata or texts, and not both")
    return records
