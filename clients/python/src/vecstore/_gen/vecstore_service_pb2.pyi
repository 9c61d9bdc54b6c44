# Generated from vecstore/v1/vecstore_service.proto by npm run gen. Do not edit.
from vecstore._gen import query_pb2 as _query_pb2
from vecstore._gen import read_pb2 as _read_pb2
from vecstore._gen import snapshot_pb2 as _snapshot_pb2
from vecstore._gen import stats_pb2 as _stats_pb2
from vecstore._gen import transfer_pb2 as _transfer_pb2
from vecstore._gen import write_pb2 as _write_pb2
from google.protobuf import descriptor as _descriptor
from typing import ClassVar as _ClassVar

DESCRIPTOR: _descriptor.FileDescriptor
