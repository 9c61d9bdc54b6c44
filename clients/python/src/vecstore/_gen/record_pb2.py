# Generated from vecstore/v1/record.proto by npm run gen. Do not edit.
# fmt: off
from .._pool import add_file, enum, message

add_file(b'\n\x1avecstore/_gen/record.proto\x12\x0bvecstore.v1\x1a\x1cgoogle/protobuf/struct.proto\x1a\x1fgoogle/protobuf/timestamp.proto"\xe1\x02\n\x06Record\x12\x0e\n\x02id\x18\x01 \x01(\tR\x02id\x12\x16\n\x06vector\x18\x02 \x03(\x0cR\x06vector\x12\x1d\n\nvector_f32\x18\x03 \x01(\x0cR\tvectorF32\x121\n\x06sparse\x18\x04 \x01(\x0b2\x19.vecstore.v1.SparseVectorR\x06sparse\x12\x17\n\x04text\x18\x05 \x01(\tH\x00R\x04text\x88\x01\x01\x123\n\x08metadata\x18\x06 \x01(\x0b2\x17.google.protobuf.StructR\x08metadata\x129\n\nexpires_at\x18\x07 \x01(\x0b2\x1a.google.protobuf.TimestampR\texpiresAt\x12\x18\n\x07version\x18\x08 \x01(\x04R\x07version\x12"\n\nif_version\x18\t \x01(\x04H\x01R\tifVersion\x88\x01\x01B\x07\n\x05_textB\r\n\x0b_if_version"@\n\x0cSparseVector\x12\x18\n\x07indices\x18\x01 \x03(\rR\x07indices\x12\x16\n\x06values\x18\x02 \x03(\x02R\x06values"\xfb\x02\n\x0cRecordUpdate\x12\x0e\n\x02id\x18\x01 \x01(\tR\x02id\x12>\n\x0emerge_metadata\x18\x02 \x01(\x0b2\x17.google.protobuf.StructR\rmergeMetadata\x12B\n\x10replace_metadata\x18\x03 \x01(\x0b2\x17.google.protobuf.StructR\x0freplaceMetadata\x12\x17\n\x04text\x18\x04 \x01(\tH\x00R\x04text\x88\x01\x01\x12\x1d\n\nclear_text\x18\x05 \x01(\x08R\tclearText\x129\n\nexpires_at\x18\x06 \x01(\x0b2\x1a.google.protobuf.TimestampR\texpiresAt\x12(\n\x10clear_expires_at\x18\x07 \x01(\x08R\x0eclearExpiresAt\x12"\n\nif_version\x18\x08 \x01(\x04H\x01R\tifVersion\x88\x01\x01B\x07\n\x05_textB\r\n\x0b_if_version*v\n\tWriteMode\x12\x1a\n\x16WRITE_MODE_UNSPECIFIED\x10\x00\x12\x15\n\x11WRITE_MODE_UPSERT\x10\x01\x12\x1a\n\x16WRITE_MODE_INSERT_ONLY\x10\x02\x12\x1a\n\x16WRITE_MODE_UPDATE_ONLY\x10\x03b\x06proto3')

Record = message("vecstore.v1.Record")
SparseVector = message("vecstore.v1.SparseVector")
RecordUpdate = message("vecstore.v1.RecordUpdate")
WriteMode = enum("vecstore.v1.WriteMode")
WRITE_MODE_UNSPECIFIED = 0
WRITE_MODE_UPSERT = 1
WRITE_MODE_INSERT_ONLY = 2
WRITE_MODE_UPDATE_ONLY = 3
