# Made from _async/reads.py by scripts/unasync.py. Do not edit.
"""Reading records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .. import _methods as methods
from .._convert.filter import set_filter
from .._convert.number import to_uint32
from .._convert.record import from_record
from .._convert.text import to_id, to_utf8_safe
from .._gen import read_pb2 as pb
from .._gen import transfer_pb2 as transfer_pb
from ..errors import invalid_argument
from ..filters import FilterInput
from ..models.read import GetResult, ListPage
from ..models.record import StoredRecord
from .base import Base
from .streams import ExportStream


class Reads(Base):
    """Reads by id, lists, counts and exports."""

    def get(
        self,
        ids: Sequence[str],
        *,
        include_metadata: bool | None = None,
        include_vector: bool | None = None,
        include_text: bool | None = None,
        timeout: float | None = None,
    ) -> GetResult:
        """Reads records by id, 1..1,000 of them.

        Args:
            ids: In any order; those that are not there are named in ``missing``.
            include_metadata: Default True.
            include_vector: Vectors, dense and sparse. Default False.
            include_text: Default False.
            timeout: Seconds for the whole call. Default: the client's.

        Raises:
            VecStoreError: such as INVALID_ID.
        """
        if isinstance(ids, str):
            raise invalid_argument(f"ids is the string {ids!r}; it must be a list of ids", "INVALID_ID")
        request = pb.GetRequest(
            namespace=self._namespace,
            ids=[to_id(each, f"ids[{position}]") for position, each in enumerate(ids)],
            include_metadata=include_metadata,
            include_vector=include_vector,
            include_text=include_text,
        )
        response = self._session.call(methods.GET, request, timeout)
        return GetResult([from_record(record) for record in response.records], [*response.missing])

    def list(
        self,
        *,
        prefix: str | None = None,
        filter: FilterInput | None = None,
        page_size: int | None = None,
        include_metadata: bool | None = None,
        include_vector: bool | None = None,
        include_text: bool | None = None,
        timeout: float | None = None,
    ) -> Iterator[StoredRecord]:
        """Reads every record that matches, by ascending id, fetching pages as the loop goes on.

        The arguments are those of ``list_page``; the timeout is for each page.
        """
        token: str | None = None
        while True:
            page = self.list_page(
                prefix=prefix,
                filter=filter,
                page_size=page_size,
                page_token=token,
                include_metadata=include_metadata,
                include_vector=include_vector,
                include_text=include_text,
                timeout=timeout,
            )
            for record in page.records:
                yield record
            token = page.next_page_token
            if token is None:
                return

    def list_page(
        self,
        *,
        prefix: str | None = None,
        filter: FilterInput | None = None,
        page_size: int | None = None,
        page_token: str | None = None,
        include_metadata: bool | None = None,
        include_vector: bool | None = None,
        include_text: bool | None = None,
        timeout: float | None = None,
    ) -> ListPage:
        """Reads one page of records by ascending id.

        Args:
            prefix: Only ids that begin with this.
            filter: Only records whose metadata match.
            page_size: 1..1,000. Default 100.
            page_token: From the previous page; bound to the same prefix and filter.
            include_metadata: Default True.
            include_vector: Vectors, dense and sparse. Default False.
            include_text: Default False.
            timeout: Seconds for the whole call. Default: the client's.

        Raises:
            VecStoreError: such as INVALID_FILTER, INVALID_PAGE_TOKEN.
        """
        request = pb.ListRequest(
            namespace=self._namespace,
            prefix=None if prefix is None else to_id(prefix, "prefix"),
            page_size=None if page_size is None else to_uint32(page_size, "page_size"),
            page_token=None if page_token is None else to_utf8_safe(page_token, "page_token", "INVALID_PAGE_TOKEN"),
            include_metadata=include_metadata,
            include_vector=include_vector,
            include_text=include_text,
        )
        set_filter(request, filter)
        response = self._session.call(methods.LIST, request, timeout)
        return ListPage([from_record(record) for record in response.records], response.next_page_token or None)

    def count(self, *, filter: FilterInput | None = None, timeout: float | None = None) -> int:
        """Counts records exactly.

        Raises:
            VecStoreError: such as INVALID_FILTER.
        """
        request = pb.CountRequest(namespace=self._namespace)
        set_filter(request, filter)
        return (self._session.call(methods.COUNT, request, timeout)).count

    def export_records(
        self,
        *,
        prefix: str | None = None,
        filter: FilterInput | None = None,
        resume_token: str | None = None,
        include_metadata: bool | None = None,
        include_vector: bool | None = None,
        include_text: bool | None = None,
        timeout: float | None = None,
    ) -> ExportStream:
        """Reads every record that matches, whole, by ascending id, as they are when the loop begins.

        Args:
            prefix: Only ids that begin with this.
            filter: Only records whose metadata match.
            resume_token: Of an export that broke off, to go on after it; with the same prefix and filter.
            include_metadata: Default True.
            include_vector: Vectors, dense and sparse. Default True.
            include_text: Default True.
            timeout: Seconds for the whole export. Default: none.
        """
        request = transfer_pb.ExportRequest(
            namespace=self._namespace,
            prefix=None if prefix is None else to_id(prefix, "prefix"),
            resume_token=None if resume_token is None else to_utf8_safe(resume_token, "resume_token"),
            include_metadata=include_metadata,
            include_vector=include_vector,
            include_text=include_text,
        )
        set_filter(request, filter)
        messages = self._session.stream(methods.EXPORT, request, timeout, repeatable=True)
        return ExportStream(messages, resume_token)
