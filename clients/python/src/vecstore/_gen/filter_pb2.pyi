# Generated from vecstore/v1/filter.proto by npm run gen. Do not edit.
import datetime

from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ComparisonOperator(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COMPARISON_OPERATOR_UNSPECIFIED: _ClassVar[ComparisonOperator]
    COMPARISON_OPERATOR_EQUAL: _ClassVar[ComparisonOperator]
    COMPARISON_OPERATOR_NOT_EQUAL: _ClassVar[ComparisonOperator]
    COMPARISON_OPERATOR_GREATER: _ClassVar[ComparisonOperator]
    COMPARISON_OPERATOR_GREATER_OR_EQUAL: _ClassVar[ComparisonOperator]
    COMPARISON_OPERATOR_LESS: _ClassVar[ComparisonOperator]
    COMPARISON_OPERATOR_LESS_OR_EQUAL: _ClassVar[ComparisonOperator]
COMPARISON_OPERATOR_UNSPECIFIED: ComparisonOperator
COMPARISON_OPERATOR_EQUAL: ComparisonOperator
COMPARISON_OPERATOR_NOT_EQUAL: ComparisonOperator
COMPARISON_OPERATOR_GREATER: ComparisonOperator
COMPARISON_OPERATOR_GREATER_OR_EQUAL: ComparisonOperator
COMPARISON_OPERATOR_LESS: ComparisonOperator
COMPARISON_OPERATOR_LESS_OR_EQUAL: ComparisonOperator

class Filter(_message.Message):
    __slots__ = ("and_filter", "or_filter", "not_filter", "compare_filter", "in_filter", "not_in_filter", "contains_filter", "starts_with_filter", "exists_filter", "is_null_filter", "between_filter")
    AND_FILTER_FIELD_NUMBER: _ClassVar[int]
    OR_FILTER_FIELD_NUMBER: _ClassVar[int]
    NOT_FILTER_FIELD_NUMBER: _ClassVar[int]
    COMPARE_FILTER_FIELD_NUMBER: _ClassVar[int]
    IN_FILTER_FIELD_NUMBER: _ClassVar[int]
    NOT_IN_FILTER_FIELD_NUMBER: _ClassVar[int]
    CONTAINS_FILTER_FIELD_NUMBER: _ClassVar[int]
    STARTS_WITH_FILTER_FIELD_NUMBER: _ClassVar[int]
    EXISTS_FILTER_FIELD_NUMBER: _ClassVar[int]
    IS_NULL_FILTER_FIELD_NUMBER: _ClassVar[int]
    BETWEEN_FILTER_FIELD_NUMBER: _ClassVar[int]
    and_filter: AndFilter
    or_filter: OrFilter
    not_filter: NotFilter
    compare_filter: CompareFilter
    in_filter: InFilter
    not_in_filter: NotInFilter
    contains_filter: ContainsFilter
    starts_with_filter: StartsWithFilter
    exists_filter: ExistsFilter
    is_null_filter: IsNullFilter
    between_filter: BetweenFilter
    def __init__(self, and_filter: _Optional[_Union[AndFilter, _Mapping]] = ..., or_filter: _Optional[_Union[OrFilter, _Mapping]] = ..., not_filter: _Optional[_Union[NotFilter, _Mapping]] = ..., compare_filter: _Optional[_Union[CompareFilter, _Mapping]] = ..., in_filter: _Optional[_Union[InFilter, _Mapping]] = ..., not_in_filter: _Optional[_Union[NotInFilter, _Mapping]] = ..., contains_filter: _Optional[_Union[ContainsFilter, _Mapping]] = ..., starts_with_filter: _Optional[_Union[StartsWithFilter, _Mapping]] = ..., exists_filter: _Optional[_Union[ExistsFilter, _Mapping]] = ..., is_null_filter: _Optional[_Union[IsNullFilter, _Mapping]] = ..., between_filter: _Optional[_Union[BetweenFilter, _Mapping]] = ...) -> None: ...

class AndFilter(_message.Message):
    __slots__ = ("operands",)
    OPERANDS_FIELD_NUMBER: _ClassVar[int]
    operands: _containers.RepeatedCompositeFieldContainer[Filter]
    def __init__(self, operands: _Optional[_Iterable[_Union[Filter, _Mapping]]] = ...) -> None: ...

class OrFilter(_message.Message):
    __slots__ = ("operands",)
    OPERANDS_FIELD_NUMBER: _ClassVar[int]
    operands: _containers.RepeatedCompositeFieldContainer[Filter]
    def __init__(self, operands: _Optional[_Iterable[_Union[Filter, _Mapping]]] = ...) -> None: ...

class NotFilter(_message.Message):
    __slots__ = ("operand",)
    OPERAND_FIELD_NUMBER: _ClassVar[int]
    operand: Filter
    def __init__(self, operand: _Optional[_Union[Filter, _Mapping]] = ...) -> None: ...

class CompareFilter(_message.Message):
    __slots__ = ("path", "operator", "value")
    PATH_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    path: _containers.RepeatedScalarFieldContainer[str]
    operator: ComparisonOperator
    value: FilterValue
    def __init__(self, path: _Optional[_Iterable[str]] = ..., operator: _Optional[_Union[ComparisonOperator, str]] = ..., value: _Optional[_Union[FilterValue, _Mapping]] = ...) -> None: ...

class InFilter(_message.Message):
    __slots__ = ("path", "values")
    PATH_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    path: _containers.RepeatedScalarFieldContainer[str]
    values: _containers.RepeatedCompositeFieldContainer[FilterValue]
    def __init__(self, path: _Optional[_Iterable[str]] = ..., values: _Optional[_Iterable[_Union[FilterValue, _Mapping]]] = ...) -> None: ...

class NotInFilter(_message.Message):
    __slots__ = ("path", "values")
    PATH_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    path: _containers.RepeatedScalarFieldContainer[str]
    values: _containers.RepeatedCompositeFieldContainer[FilterValue]
    def __init__(self, path: _Optional[_Iterable[str]] = ..., values: _Optional[_Iterable[_Union[FilterValue, _Mapping]]] = ...) -> None: ...

class ContainsFilter(_message.Message):
    __slots__ = ("path", "value")
    PATH_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    path: _containers.RepeatedScalarFieldContainer[str]
    value: FilterValue
    def __init__(self, path: _Optional[_Iterable[str]] = ..., value: _Optional[_Union[FilterValue, _Mapping]] = ...) -> None: ...

class StartsWithFilter(_message.Message):
    __slots__ = ("path", "prefix")
    PATH_FIELD_NUMBER: _ClassVar[int]
    PREFIX_FIELD_NUMBER: _ClassVar[int]
    path: _containers.RepeatedScalarFieldContainer[str]
    prefix: str
    def __init__(self, path: _Optional[_Iterable[str]] = ..., prefix: _Optional[str] = ...) -> None: ...

class ExistsFilter(_message.Message):
    __slots__ = ("path",)
    PATH_FIELD_NUMBER: _ClassVar[int]
    path: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, path: _Optional[_Iterable[str]] = ...) -> None: ...

class IsNullFilter(_message.Message):
    __slots__ = ("path",)
    PATH_FIELD_NUMBER: _ClassVar[int]
    path: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, path: _Optional[_Iterable[str]] = ...) -> None: ...

class BetweenFilter(_message.Message):
    __slots__ = ("path", "low", "high")
    PATH_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    path: _containers.RepeatedScalarFieldContainer[str]
    low: FilterValue
    high: FilterValue
    def __init__(self, path: _Optional[_Iterable[str]] = ..., low: _Optional[_Union[FilterValue, _Mapping]] = ..., high: _Optional[_Union[FilterValue, _Mapping]] = ...) -> None: ...

class FilterValue(_message.Message):
    __slots__ = ("string_value", "number_value", "bool_value", "null_value", "timestamp_value")
    STRING_VALUE_FIELD_NUMBER: _ClassVar[int]
    NUMBER_VALUE_FIELD_NUMBER: _ClassVar[int]
    BOOL_VALUE_FIELD_NUMBER: _ClassVar[int]
    NULL_VALUE_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMP_VALUE_FIELD_NUMBER: _ClassVar[int]
    string_value: str
    number_value: float
    bool_value: bool
    null_value: _struct_pb2.NullValue
    timestamp_value: _timestamp_pb2.Timestamp
    def __init__(self, string_value: _Optional[str] = ..., number_value: _Optional[float] = ..., bool_value: _Optional[bool] = ..., null_value: _Optional[_Union[_struct_pb2.NullValue, str]] = ..., timestamp_value: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
