# Generated from vecstore/v1/snapshot.proto by npm run gen. Do not edit.
# fmt: off
from .._pool import add_file, enum, message

add_file(b'\n\x1cvecstore/_gen/snapshot.proto\x12\x0bvecstore.v1\x1a\x1fgoogle/protobuf/timestamp.proto"\xcc\x01\n\x08Snapshot\x12\x12\n\x04name\x18\x01 \x01(\tR\x04name\x12\x1c\n\tnamespace\x18\x02 \x01(\tR\tnamespace\x129\n\ncreated_at\x18\x03 \x01(\x0b2\x1a.google.protobuf.TimestampR\tcreatedAt\x12\x1a\n\x08sequence\x18\x04 \x01(\x04R\x08sequence\x12!\n\x0cvector_count\x18\x05 \x01(\x04R\x0bvectorCount\x12\x14\n\x05bytes\x18\x06 \x01(\x04R\x05bytes"I\n\x15CreateSnapshotRequest\x12\x1c\n\tnamespace\x18\x01 \x01(\tR\tnamespace\x12\x12\n\x04name\x18\x02 \x01(\tR\x04name"K\n\x16CreateSnapshotResponse\x121\n\x08snapshot\x18\x01 \x01(\x0b2\x15.vecstore.v1.SnapshotR\x08snapshot"\x83\x01\n\x14ListSnapshotsRequest\x12\x1c\n\tnamespace\x18\x01 \x01(\tR\tnamespace\x12 \n\tpage_size\x18\x02 \x01(\rH\x00R\x08pageSize\x88\x01\x01\x12\x1d\n\npage_token\x18\x03 \x01(\tR\tpageTokenB\x0c\n\n_page_size"t\n\x15ListSnapshotsResponse\x123\n\tsnapshots\x18\x01 \x03(\x0b2\x15.vecstore.v1.SnapshotR\tsnapshots\x12&\n\x0fnext_page_token\x18\x02 \x01(\tR\rnextPageToken"u\n\x16RestoreSnapshotRequest\x12\x1c\n\tnamespace\x18\x01 \x01(\tR\tnamespace\x12\x12\n\x04name\x18\x02 \x01(\tR\x04name\x12)\n\x10target_namespace\x18\x03 \x01(\tR\x0ftargetNamespace"\x98\x01\n\x17RestoreSnapshotResponse\x12\x1c\n\tnamespace\x18\x01 \x01(\tR\tnamespace\x12\x1a\n\x08sequence\x18\x02 \x01(\x04R\x08sequence\x12 \n\x0bincarnation\x18\x03 \x01(\x04R\x0bincarnation\x12!\n\x0cvector_count\x18\x04 \x01(\x04R\x0bvectorCount"I\n\x15DeleteSnapshotRequest\x12\x1c\n\tnamespace\x18\x01 \x01(\tR\tnamespace\x12\x12\n\x04name\x18\x02 \x01(\tR\x04name"\x18\n\x16DeleteSnapshotResponse"c\n\x17DownloadSnapshotRequest\x12\x1c\n\tnamespace\x18\x01 \x01(\tR\tnamespace\x12\x12\n\x04name\x18\x02 \x01(\tR\x04name\x12\x16\n\x06offset\x18\x03 \x01(\x04R\x06offset"\x98\x01\n\x18DownloadSnapshotResponse\x121\n\x08snapshot\x18\x01 \x01(\x0b2\x15.vecstore.v1.SnapshotR\x08snapshot\x12\x1f\n\x0btotal_bytes\x18\x02 \x01(\x04R\ntotalBytes\x12\x12\n\x04data\x18\x03 \x01(\x0cR\x04data\x12\x14\n\x05crc32\x18\x04 \x01(\x07R\x05crc32b\x06proto3')

Snapshot = message("vecstore.v1.Snapshot")
CreateSnapshotRequest = message("vecstore.v1.CreateSnapshotRequest")
CreateSnapshotResponse = message("vecstore.v1.CreateSnapshotResponse")
ListSnapshotsRequest = message("vecstore.v1.ListSnapshotsRequest")
ListSnapshotsResponse = message("vecstore.v1.ListSnapshotsResponse")
RestoreSnapshotRequest = message("vecstore.v1.RestoreSnapshotRequest")
RestoreSnapshotResponse = message("vecstore.v1.RestoreSnapshotResponse")
DeleteSnapshotRequest = message("vecstore.v1.DeleteSnapshotRequest")
DeleteSnapshotResponse = message("vecstore.v1.DeleteSnapshotResponse")
DownloadSnapshotRequest = message("vecstore.v1.DownloadSnapshotRequest")
DownloadSnapshotResponse = message("vecstore.v1.DownloadSnapshotResponse")
