"""A pool of descriptors of the client's own.

The default pool is shared by a whole process, and holds a message of each name once: a program that has made messages
of the same schema itself, or loads another version of it, could not import the client. Here nothing is shared. Neither
is generated code that asks for a version of the protobuf runtime.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import (
    any_pb2,
    descriptor_pb2,
    descriptor_pool,
    duration_pb2,
    message_factory,
    struct_pb2,
    timestamp_pb2,
)
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper

POOL = descriptor_pool.DescriptorPool()

for _module in (descriptor_pb2, any_pb2, duration_pb2, timestamp_pb2):
    POOL.AddSerializedFile(_module.DESCRIPTOR.serialized_pb)


def _ordered_struct() -> bytes:
    """The file of Struct, whose map is declared as the list of entries that it is on the wire: so the keys keep their order."""
    file = descriptor_pb2.FileDescriptorProto.FromString(struct_pb2.DESCRIPTOR.serialized_pb)
    for each in file.message_type:
        for entry in each.nested_type:
            entry.ClearField("options")
    return file.SerializeToString()


POOL.AddSerializedFile(_ordered_struct())


def add_file(serialized: bytes) -> None:
    """Adds a FileDescriptorProto; the files that it imports are there already."""
    POOL.AddSerializedFile(serialized)


def message(name: str) -> Any:
    """The class of a message, by its full name."""
    return message_factory.GetMessageClass(POOL.FindMessageTypeByName(name))


def enum(name: str) -> Any:
    """An enum, by its full name."""
    return EnumTypeWrapper(POOL.FindEnumTypeByName(name))
