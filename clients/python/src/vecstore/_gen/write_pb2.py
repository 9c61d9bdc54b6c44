# Generated from vecstore/v1/write.proto by npm run gen. Do not edit.
# fmt: off
from . import filter_pb2 as filter_pb2  # noqa: F401
from . import record_pb2 as record_pb2  # noqa: F401
from .._pool import add_file, enum, message

add_file(b'\n\x19vecstore/_gen/write.proto\x12\x0bvecstore.v1\x1a\x1avecstore/_gen/filter.proto\x1a\x1avecstore/_gen/record.proto"\xb1\x01\n\rUpsertRequest\x12\x1c\n\tnamespace\x18\x01 \x01(\tR\tnamespace\x12-\n\x07records\x18\x02 \x03(\x0b2\x13.vecstore.v1.RecordR\x07records\x12*\n\x04mode\x18\x03 \x01(\x0e2\x16.vecstore.v1.WriteModeR\x04mode\x12\'\n\x0fidempotency_key\x18\x04 \x01(\tR\x0eidempotencyKey"\x80\x01\n\x0eUpsertResponse\x12\x1a\n\x08upserted\x18\x01 \x01(\rR\x08upserted\x12\x1a\n\x08inserted\x18\x02 \x01(\rR\x08inserted\x12\x1a\n\x08sequence\x18\x03 \x01(\x04R\x08sequence\x12\x1a\n\x08versions\x18\x04 \x03(\x04R\x08versions"b\n\rUpdateRequest\x12\x1c\n\tnamespace\x18\x01 \x01(\tR\tnamespace\x123\n\x07updates\x18\x02 \x03(\x0b2\x19.vecstore.v1.RecordUpdateR\x07updates"b\n\x0eUpdateResponse\x12\x18\n\x07updated\x18\x01 \x01(\rR\x07updated\x12\x1a\n\x08sequence\x18\x02 \x01(\x04R\x08sequence\x12\x1a\n\x08versions\x18\x03 \x03(\x04R\x08versions"\x9d\x01\n\rDeleteRequest\x12\x1c\n\tnamespace\x18\x01 \x01(\tR\tnamespace\x12\x10\n\x03ids\x18\x02 \x03(\tR\x03ids\x12\x16\n\x06filter\x18\x03 \x01(\tR\x06filter\x122\n\nfilter_ast\x18\x04 \x01(\x0b2\x13.vecstore.v1.FilterR\tfilterAst\x12\x10\n\x03all\x18\x05 \x01(\x08R\x03all"F\n\x0eDeleteResponse\x12\x18\n\x07deleted\x18\x01 \x01(\x04R\x07deleted\x12\x1a\n\x08sequence\x18\x02 \x01(\x04R\x08sequence"\xa1\x01\n\x11SoftDeleteRequest\x12\x1c\n\tnamespace\x18\x01 \x01(\tR\tnamespace\x12\x10\n\x03ids\x18\x02 \x03(\tR\x03ids\x12\x16\n\x06filter\x18\x03 \x01(\tR\x06filter\x122\n\nfilter_ast\x18\x04 \x01(\x0b2\x13.vecstore.v1.FilterR\tfilterAst\x12\x10\n\x03all\x18\x05 \x01(\x08R\x03all"S\n\x12SoftDeleteResponse\x12!\n\x0csoft_deleted\x18\x01 \x01(\x04R\x0bsoftDeleted\x12\x1a\n\x08sequence\x18\x02 \x01(\x04R\x08sequence"\x9e\x01\n\x0eRestoreRequest\x12\x1c\n\tnamespace\x18\x01 \x01(\tR\tnamespace\x12\x10\n\x03ids\x18\x02 \x03(\tR\x03ids\x12\x16\n\x06filter\x18\x03 \x01(\tR\x06filter\x122\n\nfilter_ast\x18\x04 \x01(\x0b2\x13.vecstore.v1.FilterR\tfilterAst\x12\x10\n\x03all\x18\x05 \x01(\x08R\x03all"I\n\x0fRestoreResponse\x12\x1a\n\x08restored\x18\x01 \x01(\x04R\x08restored\x12\x1a\n\x08sequence\x18\x02 \x01(\x04R\x08sequenceb\x06proto3')

UpsertRequest = message("vecstore.v1.UpsertRequest")
UpsertResponse = message("vecstore.v1.UpsertResponse")
UpdateRequest = message("vecstore.v1.UpdateRequest")
UpdateResponse = message("vecstore.v1.UpdateResponse")
DeleteRequest = message("vecstore.v1.DeleteRequest")
DeleteResponse = message("vecstore.v1.DeleteResponse")
SoftDeleteRequest = message("vecstore.v1.SoftDeleteRequest")
SoftDeleteResponse = message("vecstore.v1.SoftDeleteResponse")
RestoreRequest = message("vecstore.v1.RestoreRequest")
RestoreResponse = message("vecstore.v1.RestoreResponse")
