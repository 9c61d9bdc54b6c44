# Generated from vecstore/v1/read.proto by npm run gen. Do not edit.
# fmt: off
from . import filter_pb2 as filter_pb2  # noqa: F401
from . import record_pb2 as record_pb2  # noqa: F401
from .._pool import add_file, enum, message

add_file(b'\n\x18vecstore/_gen/read.proto\x12\x0bvecstore.v1\x1a\x1avecstore/_gen/filter.proto\x1a\x1avecstore/_gen/record.proto"\xf9\x01\n\nGetRequest\x12\x1c\n\tnamespace\x18\x01 \x01(\tR\tnamespace\x12\x10\n\x03ids\x18\x02 \x03(\tR\x03ids\x12.\n\x10include_metadata\x18\x03 \x01(\x08H\x00R\x0fincludeMetadata\x88\x01\x01\x12*\n\x0einclude_vector\x18\x04 \x01(\x08H\x01R\rincludeVector\x88\x01\x01\x12&\n\x0cinclude_text\x18\x05 \x01(\x08H\x02R\x0bincludeText\x88\x01\x01B\x13\n\x11_include_metadataB\x11\n\x0f_include_vectorB\x0f\n\r_include_text"V\n\x0bGetResponse\x12-\n\x07records\x18\x01 \x03(\x0b2\x13.vecstore.v1.RecordR\x07records\x12\x18\n\x07missing\x18\x02 \x03(\tR\x07missing"\x9b\x03\n\x0bListRequest\x12\x1c\n\tnamespace\x18\x01 \x01(\tR\tnamespace\x12\x16\n\x06prefix\x18\x02 \x01(\tR\x06prefix\x12\x16\n\x06filter\x18\x03 \x01(\tR\x06filter\x122\n\nfilter_ast\x18\x04 \x01(\x0b2\x13.vecstore.v1.FilterR\tfilterAst\x12 \n\tpage_size\x18\x05 \x01(\rH\x00R\x08pageSize\x88\x01\x01\x12\x1d\n\npage_token\x18\x06 \x01(\tR\tpageToken\x12.\n\x10include_metadata\x18\x07 \x01(\x08H\x01R\x0fincludeMetadata\x88\x01\x01\x12*\n\x0einclude_vector\x18\x08 \x01(\x08H\x02R\rincludeVector\x88\x01\x01\x12&\n\x0cinclude_text\x18\t \x01(\x08H\x03R\x0bincludeText\x88\x01\x01B\x0c\n\n_page_sizeB\x13\n\x11_include_metadataB\x11\n\x0f_include_vectorB\x0f\n\r_include_text"e\n\x0cListResponse\x12-\n\x07records\x18\x01 \x03(\x0b2\x13.vecstore.v1.RecordR\x07records\x12&\n\x0fnext_page_token\x18\x02 \x01(\tR\rnextPageToken"x\n\x0cCountRequest\x12\x1c\n\tnamespace\x18\x01 \x01(\tR\tnamespace\x12\x16\n\x06filter\x18\x02 \x01(\tR\x06filter\x122\n\nfilter_ast\x18\x03 \x01(\x0b2\x13.vecstore.v1.FilterR\tfilterAst"%\n\rCountResponse\x12\x14\n\x05count\x18\x01 \x01(\x04R\x05countb\x06proto3')

GetRequest = message("vecstore.v1.GetRequest")
GetResponse = message("vecstore.v1.GetResponse")
ListRequest = message("vecstore.v1.ListRequest")
ListResponse = message("vecstore.v1.ListResponse")
CountRequest = message("vecstore.v1.CountRequest")
CountResponse = message("vecstore.v1.CountResponse")
