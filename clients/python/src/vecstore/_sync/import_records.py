# Made from _async/import_records.py by scripts/unasync.py. Do not edit.
"""Sends records as one stream, and goes on by itself where the connection breaks."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Callable
from typing import Any, Literal, NamedTuple

from .._batches import Batcher, InvalidRecordError
from .._convert.enums import WRITE_MODES
from .._convert.text import to_utf8_safe
from .._convert.transfer import from_import_failure, from_import_response
from .._gen import transfer_pb2 as pb
from .._methods import IMPORT
from .._retry import backoff_delay
from ..errors import VecStoreError, invalid_argument
from ..models.transfer import ImportFailure, ImportProgress, Interruption
from ..models.write import WriteMode
from .runtime import Event, Source, iterate
from .session import Session
from .transport import StreamCall

#: Messages that are sent before the answer to the first of them has come.
_WINDOW = 4

_PATIENCE_ABSENT = 300.0

ImportCall = StreamCall[pb.ImportRequest, pb.ImportResponse]


class ImportOptions(NamedTuple):
    """Options of an import."""

    namespace: str
    mode: WriteMode | None
    batch_size: int | None
    resume_token: str | None
    timeout: float | None
    patience: float | None
    on_progress: Callable[[ImportProgress], object] | None
    on_failure: Callable[[ImportFailure], object] | None
    on_interruption: Callable[[Interruption], object] | None


def import_records(session: Session, records: Source[Any], options: ImportOptions) -> ImportProgress:
    """Sends records as one stream and reports what becomes of them.

    Raises:
        VecStoreError: when the import cannot go on; its details hold ``rows`` and ``resume_token``.
        Exception: whatever ``records``, ``on_progress``, ``on_failure`` or ``on_interruption`` raise.
    """
    return _Import(session, options, to_requests(records, options)).run()


def to_requests(records: Source[Any], options: ImportOptions) -> Iterator[pb.ImportRequest]:
    """The messages of a source."""
    batcher: Batcher[pb.ImportRequest] = Batcher(pb.ImportRequest, options.batch_size, max_bytes=None, unique_ids=False)
    for record in iterate(records):
        for batch in batcher.add(record):
            yield batch.request
    for batch in batcher.rest():
        yield batch.request


class _Import:
    def __init__(self, session: Session, options: ImportOptions, requests: Iterator[pb.ImportRequest]) -> None:
        self._session = session
        self._options = options
        self._requests = requests
        self._mode = WRITE_MODES.number("upsert" if options.mode is None else options.mode, "mode")
        self._patience = _PATIENCE_ABSENT if options.patience is None else options.patience
        if not self._patience >= 0:
            raise invalid_argument(f"patience is {self._patience!r}; it must be seconds, 0 or more")
        self._token = to_utf8_safe(options.resume_token or "", "resume_token", "INVALID_PAGE_TOKEN")
        # Sent, or to be sent again, and not answered yet.
        self._unanswered: deque[pb.ImportRequest] = deque()
        self._exhausted = False
        self._resumptions = 0
        self._progress: ImportProgress | None = None
        # Of the interruption: the last failure, how many there were, and when the first of them was. None: all is well.
        self._error: VecStoreError | None = None
        self._attempts = 0
        self._began = 0.0

    def run(self) -> ImportProgress:
        """Sends everything, over as many connections as it takes."""
        while True:
            try:
                with self._session.duplex(IMPORT, self._options.timeout) as call:
                    return self._over(call)
            except InvalidRecordError as invalid:
                raise self._with_position(invalid.error) from None
            except VecStoreError as error:
                delay = self._delay_after(error)
                if delay is None:
                    raise self._with_position(error) from None
                self._error = error
                self._tell("waiting", error, delay)
            self._session.sleep(delay, Event())
            self._resumptions += 1

    def _delay_after(self, error: VecStoreError) -> float | None:
        """Seconds until the next attempt; None when there is none."""
        runtime = self._session.runtime
        if not self._goes_on(error):
            return None
        if self._error is None:
            self._began, self._attempts = runtime.now(), 0
        self._attempts += 1
        delay = backoff_delay(error, self._attempts, self._session.settings.retry, runtime.chance())
        return None if runtime.now() + delay >= self._began + self._patience else delay

    def _progressed(self) -> None:
        """Notes that something got done: an interruption is over."""
        error, self._error = self._error, None
        if error is not None:
            self._tell("over", error, 0.0)

    def _tell(self, state: Literal["waiting", "over"], error: VecStoreError, delay: float) -> None:
        if self._options.on_interruption is not None:
            duration = self._session.runtime.now() - self._began
            self._options.on_interruption(Interruption(state, error, self._attempts, duration, delay))

    def _goes_on(self, error: VecStoreError) -> bool:
        # A deadline of the caller's own is for the whole import.
        return error.retryable and self._session.settings.retry.attempts > 1 and self._options.timeout is None

    def _over(self, call: ImportCall) -> ImportProgress:
        """Sends what is left over one connection."""
        # Its answer is a token, so that nothing is lost when the connection breaks in the first batch.
        beginning = pb.ImportRequest(namespace=self._options.namespace, mode=self._mode, resume_token=self._token)
        call.send(beginning)
        answer = call.receive()
        # No progress while records wait for their answers: else a connection that breaks at the same record each time would be made for
        # ever.
        progress = self._take(answer, is_progress=not self._unanswered)
        for request in self._unanswered:
            call.send(request)
        while self._fill(call):
            progress = self._take(call.receive(), is_progress=True)
            self._unanswered.popleft()
        call.finish()
        while call.receive() is not None:
            pass
        return progress

    def _fill(self, call: ImportCall) -> bool:
        """Sends until enough is under way; whether anything is."""
        while len(self._unanswered) < _WINDOW and not self._exhausted:
            request = next(self._requests, None)
            if request is None:
                self._exhausted = True
            else:
                self._unanswered.append(request)
                call.send(request)
        return bool(self._unanswered)

    def _take(self, response: pb.ImportResponse | None, *, is_progress: bool) -> ImportProgress:
        if response is None:
            raise VecStoreError("unavailable", "CONNECTION_LOST", "the import ended before all of it was answered")
        progress = self._progress = from_import_response(response, self._resumptions)
        self._token = response.resume_token
        if is_progress:
            self._progressed()
        for failure in response.failures:
            if self._options.on_failure is not None:
                self._options.on_failure(from_import_failure(failure))
        if self._options.on_progress is not None:
            self._options.on_progress(progress)
        return progress

    def _with_position(self, error: VecStoreError) -> VecStoreError:
        rows = 0 if self._progress is None else self._progress.rows
        details = {**error.details, "rows": str(rows), "resume_token": self._token}
        return VecStoreError(error.code, error.reason, error.message, details=details, retry_after=error.retry_after)
