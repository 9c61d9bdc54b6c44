# Generated from vecstore/v1/transfer.proto by npm run gen. Do not edit.
from vecstore._gen import error_pb2 as _error_pb2
from vecstore._gen import filter_pb2 as _filter_pb2
from vecstore._gen import record_pb2 as _record_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ImportRequest(_message.Message):
    __slots__ = ("namespace", "records", "mode", "resume_token")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    records: _containers.RepeatedCompositeFieldContainer[_record_pb2.Record]
    mode: _record_pb2.WriteMode
    resume_token: str
    def __init__(self, namespace: _Optional[str] = ..., records: _Optional[_Iterable[_Union[_record_pb2.Record, _Mapping]]] = ..., mode: _Optional[_Union[_record_pb2.WriteMode, str]] = ..., resume_token: _Optional[str] = ...) -> None: ...

class ImportResponse(_message.Message):
    __slots__ = ("rows", "imported", "failed", "failures", "resume_token", "sequence", "unnamed")
    ROWS_FIELD_NUMBER: _ClassVar[int]
    IMPORTED_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    FAILURES_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    UNNAMED_FIELD_NUMBER: _ClassVar[int]
    rows: int
    imported: int
    failed: int
    failures: _containers.RepeatedCompositeFieldContainer[ImportFailure]
    resume_token: str
    sequence: int
    unnamed: int
    def __init__(self, rows: _Optional[int] = ..., imported: _Optional[int] = ..., failed: _Optional[int] = ..., failures: _Optional[_Iterable[_Union[ImportFailure, _Mapping]]] = ..., resume_token: _Optional[str] = ..., sequence: _Optional[int] = ..., unnamed: _Optional[int] = ...) -> None: ...

class ImportFailure(_message.Message):
    __slots__ = ("row", "id", "reason", "message")
    ROW_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    row: int
    id: str
    reason: _error_pb2.ErrorReason
    message: str
    def __init__(self, row: _Optional[int] = ..., id: _Optional[str] = ..., reason: _Optional[_Union[_error_pb2.ErrorReason, str]] = ..., message: _Optional[str] = ...) -> None: ...

class ExportRequest(_message.Message):
    __slots__ = ("namespace", "prefix", "filter", "filter_ast", "resume_token", "include_metadata", "include_vector", "include_text")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    PREFIX_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    FILTER_AST_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_METADATA_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_VECTOR_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_TEXT_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    prefix: str
    filter: str
    filter_ast: _filter_pb2.Filter
    resume_token: str
    include_metadata: bool
    include_vector: bool
    include_text: bool
    def __init__(self, namespace: _Optional[str] = ..., prefix: _Optional[str] = ..., filter: _Optional[str] = ..., filter_ast: _Optional[_Union[_filter_pb2.Filter, _Mapping]] = ..., resume_token: _Optional[str] = ..., include_metadata: _Optional[bool] = ..., include_vector: _Optional[bool] = ..., include_text: _Optional[bool] = ...) -> None: ...

class ExportResponse(_message.Message):
    __slots__ = ("records", "resume_token", "sequence")
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    records: _containers.RepeatedCompositeFieldContainer[_record_pb2.Record]
    resume_token: str
    sequence: int
    def __init__(self, records: _Optional[_Iterable[_Union[_record_pb2.Record, _Mapping]]] = ..., resume_token: _Optional[str] = ..., sequence: _Optional[int] = ...) -> None: ...
