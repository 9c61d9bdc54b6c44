# Generated from vecstore/v1/transfer.proto by npm run gen. Do not edit.
# fmt: off
from . import error_pb2 as error_pb2  # noqa: F401
from . import filter_pb2 as filter_pb2  # noqa: F401
from . import record_pb2 as record_pb2  # noqa: F401
from .._pool import add_file, enum, message

add_file(b'\n\x1cvecstore/_gen/transfer.proto\x12\x0bvecstore.v1\x1a\x19vecstore/_gen/error.proto\x1a\x1avecstore/_gen/filter.proto\x1a\x1avecstore/_gen/record.proto"\xab\x01\n\rImportRequest\x12\x1c\n\tnamespace\x18\x01 \x01(\tR\tnamespace\x12-\n\x07records\x18\x02 \x03(\x0b2\x13.vecstore.v1.RecordR\x07records\x12*\n\x04mode\x18\x03 \x01(\x0e2\x16.vecstore.v1.WriteModeR\x04mode\x12!\n\x0cresume_token\x18\x04 \x01(\tR\x0bresumeToken"\xe9\x01\n\x0eImportResponse\x12\x12\n\x04rows\x18\x01 \x01(\x04R\x04rows\x12\x1a\n\x08imported\x18\x02 \x01(\x04R\x08imported\x12\x16\n\x06failed\x18\x03 \x01(\x04R\x06failed\x126\n\x08failures\x18\x04 \x03(\x0b2\x1a.vecstore.v1.ImportFailureR\x08failures\x12!\n\x0cresume_token\x18\x05 \x01(\tR\x0bresumeToken\x12\x1a\n\x08sequence\x18\x06 \x01(\x04R\x08sequence\x12\x18\n\x07unnamed\x18\x07 \x01(\x04R\x07unnamed"}\n\rImportFailure\x12\x10\n\x03row\x18\x01 \x01(\x04R\x03row\x12\x0e\n\x02id\x18\x02 \x01(\tR\x02id\x120\n\x06reason\x18\x03 \x01(\x0e2\x18.vecstore.v1.ErrorReasonR\x06reason\x12\x18\n\x07message\x18\x04 \x01(\tR\x07message"\xf1\x02\n\rExportRequest\x12\x1c\n\tnamespace\x18\x01 \x01(\tR\tnamespace\x12\x16\n\x06prefix\x18\x02 \x01(\tR\x06prefix\x12\x16\n\x06filter\x18\x03 \x01(\tR\x06filter\x122\n\nfilter_ast\x18\x04 \x01(\x0b2\x13.vecstore.v1.FilterR\tfilterAst\x12!\n\x0cresume_token\x18\x05 \x01(\tR\x0bresumeToken\x12.\n\x10include_metadata\x18\x06 \x01(\x08H\x00R\x0fincludeMetadata\x88\x01\x01\x12*\n\x0einclude_vector\x18\x07 \x01(\x08H\x01R\rincludeVector\x88\x01\x01\x12&\n\x0cinclude_text\x18\x08 \x01(\x08H\x02R\x0bincludeText\x88\x01\x01B\x13\n\x11_include_metadataB\x11\n\x0f_include_vectorB\x0f\n\r_include_text"~\n\x0eExportResponse\x12-\n\x07records\x18\x01 \x03(\x0b2\x13.vecstore.v1.RecordR\x07records\x12!\n\x0cresume_token\x18\x02 \x01(\tR\x0bresumeToken\x12\x1a\n\x08sequence\x18\x03 \x01(\x04R\x08sequenceb\x06proto3')

ImportRequest = message("vecstore.v1.ImportRequest")
ImportResponse = message("vecstore.v1.ImportResponse")
ImportFailure = message("vecstore.v1.ImportFailure")
ExportRequest = message("vecstore.v1.ExportRequest")
ExportResponse = message("vecstore.v1.ExportResponse")
