"""Makes the messages of the client from descriptors: ``python scripts/generate.py DESCRIPTORS OUT``.

DESCRIPTORS is a FileDescriptorSet of ``proto/`` and ``third_party/``, as ``buf build`` writes it; OUT is a folder that
stands for the repository. ``npm run gen`` calls this. What is written:

- ``vecstore/_gen/NAME_pb2.py`` and ``.pyi`` for each schema file,
- ``vecstore/proto/``, the schema itself, for those who make messages of their own.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet

REPOSITORY = Path(__file__).resolve().parents[3]
PACKAGE = Path("clients/python/src/vecstore")

#: Other projects' schemas that errors are made of.
FOREIGN = ("google/rpc/error_details.proto", "google/rpc/status.proto")

#: Fields that are declared as repeated bytes, which is what they are on the wire. Of a packed run of floats NumPy reads the bytes where
#: they are, and no float object is made; a sender may split the run. The metadata of a hit become a dict when somebody asks for them.
BYTES_FIELDS = {"vecstore.v1.Record.vector", "vecstore.v1.QueryResult.vector", "vecstore.v1.QueryResult.metadata"}

#: A file that only those fields may have needed.
STRUCT = "google/protobuf/struct.proto"
STRUCT_TYPES = {".google.protobuf.Struct", ".google.protobuf.NullValue"}

HEADER = "# Generated from {source} by npm run gen. Do not edit.\n"


def main(descriptors: Path, out: Path) -> None:
    wanted = select(FileDescriptorSet.FromString(descriptors.read_bytes()))
    folder = out / PACKAGE / "_gen"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "__init__.py").write_text('"""Messages of the schema, made by npm run gen."""\n')
    for file in wanted.file:
        if not file.name.startswith("google/protobuf/"):
            (folder / f"{Path(file.name).stem}_pb2.py").write_text(module(file))
    write_stubs(wanted, folder)
    copy_schema(out / PACKAGE / "proto")


def select(all_files: FileDescriptorSet) -> FileDescriptorSet:
    """The files of the public schema and what they import, renamed to where their modules are."""
    wanted = FileDescriptorSet()
    for file in all_files.file:
        if file.name.startswith(("vecstore/v1/", "google/protobuf/")) or file.name in FOREIGN:
            wanted.file.append(adapt(file))
    return wanted


def adapt(file: FileDescriptorProto) -> FileDescriptorProto:
    adapted = FileDescriptorProto()
    adapted.CopyFrom(file)
    adapted.ClearField("source_code_info")
    adapted.name = module_path(file.name)
    for message in adapted.message_type:
        for field in message.field:
            if f"{adapted.package}.{message.name}.{field.name}" in BYTES_FIELDS:
                field.type = FieldDescriptorProto.TYPE_BYTES
                field.label = FieldDescriptorProto.LABEL_REPEATED
                field.ClearField("type_name")
    used = {field.type_name for message in adapted.message_type for field in message.field}
    unused = set() if used & STRUCT_TYPES else {STRUCT}
    del adapted.dependency[:]
    adapted.dependency.extend(module_path(name) for name in file.dependency if name not in unused)
    return adapted


def module_path(name: str) -> str:
    return name if name.startswith("google/protobuf/") else f"vecstore/_gen/{Path(name).name}"


def module(file: FileDescriptorProto) -> str:
    """The module of one file: its descriptor, and a class for each message."""
    dependencies = sorted({Path(name).stem for name in file.dependency if name.startswith("vecstore/_gen/")})
    lines = [HEADER.format(source=source_of(file)), "# fmt: off\n"]
    lines += [f"from . import {name}_pb2 as {name}_pb2  # noqa: F401\n" for name in dependencies]
    lines += [
        "from .._pool import add_file, enum, message\n\n",
        f"add_file({file.SerializeToString(deterministic=True)!r})\n\n",
    ]
    lines += [f'{each.name} = message("{file.package}.{each.name}")\n' for each in file.message_type]
    lines += [f'{each.name} = enum("{file.package}.{each.name}")\n' for each in file.enum_type]
    for each in file.enum_type:
        lines += [f"{value.name} = {value.number}\n" for value in each.value]
    return "".join(lines)


def source_of(file: FileDescriptorProto) -> str:
    return f"{file.package.replace('.', '/')}/{Path(file.name).name}"


def write_stubs(files: FileDescriptorSet, folder: Path) -> None:
    """The types of the same modules, by protoc's own generator."""
    with tempfile.TemporaryDirectory() as scratch:
        descriptors = Path(scratch, "descriptors.binpb")
        descriptors.write_bytes(files.SerializeToString(deterministic=True))
        names = [file.name for file in files.file if not file.name.startswith("google/protobuf/")]
        command = [
            sys.executable,
            "-m",
            "grpc_tools.protoc",
            f"--descriptor_set_in={descriptors}",
            f"--pyi_out={scratch}",
        ]
        subprocess.run([*command, *names], check=True)
        for stub in Path(scratch, "vecstore/_gen").iterdir():
            source = next(
                source_of(file) for file in files.file if Path(file.name).stem == stub.stem.removesuffix("_pb2")
            )
            (folder / stub.name).write_text(HEADER.format(source=source) + stub.read_text())


def copy_schema(folder: Path) -> None:
    for path in sorted(Path(REPOSITORY, "proto/vecstore/v1").glob("*.proto")):
        target = folder / "vecstore/v1" / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
