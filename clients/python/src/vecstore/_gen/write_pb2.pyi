# Generated from vecstore/v1/write.proto by npm run gen. Do not edit.
from vecstore._gen import filter_pb2 as _filter_pb2
from vecstore._gen import record_pb2 as _record_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class UpsertRequest(_message.Message):
    __slots__ = ("namespace", "records", "mode", "idempotency_key")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    records: _containers.RepeatedCompositeFieldContainer[_record_pb2.Record]
    mode: _record_pb2.WriteMode
    idempotency_key: str
    def __init__(self, namespace: _Optional[str] = ..., records: _Optional[_Iterable[_Union[_record_pb2.Record, _Mapping]]] = ..., mode: _Optional[_Union[_record_pb2.WriteMode, str]] = ..., idempotency_key: _Optional[str] = ...) -> None: ...

class UpsertResponse(_message.Message):
    __slots__ = ("upserted", "inserted", "sequence", "versions")
    UPSERTED_FIELD_NUMBER: _ClassVar[int]
    INSERTED_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    upserted: int
    inserted: int
    sequence: int
    versions: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, upserted: _Optional[int] = ..., inserted: _Optional[int] = ..., sequence: _Optional[int] = ..., versions: _Optional[_Iterable[int]] = ...) -> None: ...

class UpdateRequest(_message.Message):
    __slots__ = ("namespace", "updates")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    UPDATES_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    updates: _containers.RepeatedCompositeFieldContainer[_record_pb2.RecordUpdate]
    def __init__(self, namespace: _Optional[str] = ..., updates: _Optional[_Iterable[_Union[_record_pb2.RecordUpdate, _Mapping]]] = ...) -> None: ...

class UpdateResponse(_message.Message):
    __slots__ = ("updated", "sequence", "versions")
    UPDATED_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    updated: int
    sequence: int
    versions: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, updated: _Optional[int] = ..., sequence: _Optional[int] = ..., versions: _Optional[_Iterable[int]] = ...) -> None: ...

class DeleteRequest(_message.Message):
    __slots__ = ("namespace", "ids", "filter", "filter_ast", "all")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    IDS_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    FILTER_AST_FIELD_NUMBER: _ClassVar[int]
    ALL_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    ids: _containers.RepeatedScalarFieldContainer[str]
    filter: str
    filter_ast: _filter_pb2.Filter
    all: bool
    def __init__(self, namespace: _Optional[str] = ..., ids: _Optional[_Iterable[str]] = ..., filter: _Optional[str] = ..., filter_ast: _Optional[_Union[_filter_pb2.Filter, _Mapping]] = ..., all: _Optional[bool] = ...) -> None: ...

class DeleteResponse(_message.Message):
    __slots__ = ("deleted", "sequence")
    DELETED_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    deleted: int
    sequence: int
    def __init__(self, deleted: _Optional[int] = ..., sequence: _Optional[int] = ...) -> None: ...

class SoftDeleteRequest(_message.Message):
    __slots__ = ("namespace", "ids", "filter", "filter_ast", "all")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    IDS_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    FILTER_AST_FIELD_NUMBER: _ClassVar[int]
    ALL_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    ids: _containers.RepeatedScalarFieldContainer[str]
    filter: str
    filter_ast: _filter_pb2.Filter
    all: bool
    def __init__(self, namespace: _Optional[str] = ..., ids: _Optional[_Iterable[str]] = ..., filter: _Optional[str] = ..., filter_ast: _Optional[_Union[_filter_pb2.Filter, _Mapping]] = ..., all: _Optional[bool] = ...) -> None: ...

class SoftDeleteResponse(_message.Message):
    __slots__ = ("soft_deleted", "sequence")
    SOFT_DELETED_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    soft_deleted: int
    sequence: int
    def __init__(self, soft_deleted: _Optional[int] = ..., sequence: _Optional[int] = ...) -> None: ...

class RestoreRequest(_message.Message):
    __slots__ = ("namespace", "ids", "filter", "filter_ast", "all")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    IDS_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    FILTER_AST_FIELD_NUMBER: _ClassVar[int]
    ALL_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    ids: _containers.RepeatedScalarFieldContainer[str]
    filter: str
    filter_ast: _filter_pb2.Filter
    all: bool
    def __init__(self, namespace: _Optional[str] = ..., ids: _Optional[_Iterable[str]] = ..., filter: _Optional[str] = ..., filter_ast: _Optional[_Union[_filter_pb2.Filter, _Mapping]] = ..., all: _Optional[bool] = ...) -> None: ...

class RestoreResponse(_message.Message):
    __slots__ = ("restored", "sequence")
    RESTORED_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    restored: int
    sequence: int
    def __init__(self, restored: _Optional[int] = ..., sequence: _Optional[int] = ...) -> None: ...
