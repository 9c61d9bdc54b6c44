# Generated from vecstore/v1/api_key_service.proto by npm run gen. Do not edit.
# fmt: off
from .._pool import add_file, enum, message

add_file(b'\n#vecstore/_gen/api_key_service.proto\x12\x0bvecstore.v1\x1a\x1fgoogle/protobuf/timestamp.proto"\xf7\x02\n\x06ApiKey\x12\x0e\n\x02id\x18\x01 \x01(\tR\x02id\x12\x12\n\x04name\x18\x02 \x01(\tR\x04name\x12\x16\n\x06prefix\x18\x03 \x01(\tR\x06prefix\x12%\n\x04role\x18\x04 \x01(\x0e2\x11.vecstore.v1.RoleR\x04role\x12\x1e\n\nnamespaces\x18\x05 \x03(\tR\nnamespaces\x129\n\ncreated_at\x18\x06 \x01(\x0b2\x1a.google.protobuf.TimestampR\tcreatedAt\x129\n\nexpires_at\x18\x07 \x01(\x0b2\x1a.google.protobuf.TimestampR\texpiresAt\x129\n\nrevoked_at\x18\x08 \x01(\x0b2\x1a.google.protobuf.TimestampR\trevokedAt\x129\n\nrotated_at\x18\t \x01(\x0b2\x1a.google.protobuf.TimestampR\trotatedAt"\xab\x01\n\x13CreateApiKeyRequest\x12\x12\n\x04name\x18\x01 \x01(\tR\x04name\x12%\n\x04role\x18\x02 \x01(\x0e2\x11.vecstore.v1.RoleR\x04role\x12\x1e\n\nnamespaces\x18\x03 \x03(\tR\nnamespaces\x129\n\nexpires_at\x18\x04 \x01(\x0b2\x1a.google.protobuf.TimestampR\texpiresAt"V\n\x14CreateApiKeyResponse\x12\x10\n\x03key\x18\x01 \x01(\tR\x03key\x12,\n\x07api_key\x18\x02 \x01(\x0b2\x13.vecstore.v1.ApiKeyR\x06apiKey"\x8c\x01\n\x12ListApiKeysRequest\x12 \n\tpage_size\x18\x01 \x01(\rH\x00R\x08pageSize\x88\x01\x01\x12\x1d\n\npage_token\x18\x02 \x01(\tR\tpageToken\x12\'\n\x0finclude_revoked\x18\x03 \x01(\x08R\x0eincludeRevokedB\x0c\n\n_page_size"m\n\x13ListApiKeysResponse\x12.\n\x08api_keys\x18\x01 \x03(\x0b2\x13.vecstore.v1.ApiKeyR\x07apiKeys\x12&\n\x0fnext_page_token\x18\x02 \x01(\tR\rnextPageToken"%\n\x13RevokeApiKeyRequest\x12\x0e\n\x02id\x18\x01 \x01(\tR\x02id"\x16\n\x14RevokeApiKeyResponse"%\n\x13RotateApiKeyRequest\x12\x0e\n\x02id\x18\x01 \x01(\tR\x02id"V\n\x14RotateApiKeyResponse\x12\x10\n\x03key\x18\x01 \x01(\tR\x03key\x12,\n\x07api_key\x18\x02 \x01(\x0b2\x13.vecstore.v1.ApiKeyR\x06apiKey*p\n\x04Role\x12\x14\n\x10ROLE_UNSPECIFIED\x10\x00\x12\x0f\n\x0bROLE_READER\x10\x01\x12\x0f\n\x0bROLE_WRITER\x10\x02\x12\x0e\n\nROLE_OWNER\x10\x03\x12\x0e\n\nROLE_ADMIN\x10\x04\x12\x10\n\x0cROLE_METRICS\x10\x052\xea\x02\n\rApiKeyService\x12S\n\x0cCreateApiKey\x12 .vecstore.v1.CreateApiKeyRequest\x1a!.vecstore.v1.CreateApiKeyResponse\x12U\n\x0bListApiKeys\x12\x1f.vecstore.v1.ListApiKeysRequest\x1a .vecstore.v1.ListApiKeysResponse"\x03\x90\x02\x01\x12X\n\x0cRevokeApiKey\x12 .vecstore.v1.RevokeApiKeyRequest\x1a!.vecstore.v1.RevokeApiKeyResponse"\x03\x90\x02\x02\x12S\n\x0cRotateApiKey\x12 .vecstore.v1.RotateApiKeyRequest\x1a!.vecstore.v1.RotateApiKeyResponseb\x06proto3')

ApiKey = message("vecstore.v1.ApiKey")
CreateApiKeyRequest = message("vecstore.v1.CreateApiKeyRequest")
CreateApiKeyResponse = message("vecstore.v1.CreateApiKeyResponse")
ListApiKeysRequest = message("vecstore.v1.ListApiKeysRequest")
ListApiKeysResponse = message("vecstore.v1.ListApiKeysResponse")
RevokeApiKeyRequest = message("vecstore.v1.RevokeApiKeyRequest")
RevokeApiKeyResponse = message("vecstore.v1.RevokeApiKeyResponse")
RotateApiKeyRequest = message("vecstore.v1.RotateApiKeyRequest")
RotateApiKeyResponse = message("vecstore.v1.RotateApiKeyResponse")
Role = enum("vecstore.v1.Role")
ROLE_UNSPECIFIED = 0
ROLE_READER = 1
ROLE_WRITER = 2
ROLE_OWNER = 3
ROLE_ADMIN = 4
ROLE_METRICS = 5
