# Generated from vecstore/v1/namespace.proto by npm run gen. Do not edit.
# fmt: off
from .._pool import add_file, enum, message

add_file(b'\n\x1dvecstore/_gen/namespace.proto\x12\x0bvecstore.v1\x1a\x1fgoogle/protobuf/timestamp.proto"\xec\x03\n\tNamespace\x12\x12\n\x04name\x18\x01 \x01(\tR\x04name\x124\n\x06status\x18\x02 \x01(\x0e2\x1c.vecstore.v1.NamespaceStatusR\x06status\x124\n\x06config\x18\x03 \x01(\x0b2\x1c.vecstore.v1.NamespaceConfigR\x06config\x12+\n\x06quotas\x18\x04 \x01(\x0b2\x13.vecstore.v1.QuotasR\x06quotas\x12 \n\x0bdescription\x18\x05 \x01(\tR\x0bdescription\x12:\n\x06labels\x18\x06 \x03(\x0b2".vecstore.v1.Namespace.LabelsEntryR\x06labels\x129\n\ncreated_at\x18\x07 \x01(\x0b2\x1a.google.protobuf.TimestampR\tcreatedAt\x129\n\nupdated_at\x18\x08 \x01(\x0b2\x1a.google.protobuf.TimestampR\tupdatedAt\x12#\n\rcache_answers\x18\t \x01(\x08R\x0ccacheAnswers\x1a9\n\x0bLabelsEntry\x12\x10\n\x03key\x18\x01 \x01(\tR\x03key\x12\x14\n\x05value\x18\x02 \x01(\tR\x05value:\x028\x01"\xf9\x02\n\x0fNamespaceConfig\x12!\n\tdimension\x18\x01 \x01(\rH\x00R\tdimension\x88\x01\x01\x12+\n\x06metric\x18\x02 \x01(\x0e2\x13.vecstore.v1.MetricR\x06metric\x12\x11\n\x01m\x18\x03 \x01(\rH\x01R\x01m\x88\x01\x01\x12,\n\x0fef_construction\x18\x04 \x01(\rH\x02R\x0eefConstruction\x88\x01\x01\x12 \n\tef_search\x18\x05 \x01(\rH\x03R\x08efSearch\x88\x01\x01\x12=\n\x0cquantization\x18\x06 \x01(\x0e2\x19.vecstore.v1.QuantizationR\x0cquantization\x12>\n\rtext_analyzer\x18\x07 \x01(\x0e2\x19.vecstore.v1.TextAnalyzerR\x0ctextAnalyzerB\x0c\n\n_dimensionB\x04\n\x02_mB\x12\n\x10_ef_constructionB\x0c\n\n_ef_search"\x93\x04\n\x06Quotas\x12$\n\x0bmax_vectors\x18\x01 \x01(\x04H\x00R\nmaxVectors\x88\x01\x01\x12\x1c\n\x07max_qps\x18\x02 \x01(\x01H\x01R\x06maxQps\x88\x01\x01\x12/\n\x11max_storage_bytes\x18\x03 \x01(\x04H\x02R\x0fmaxStorageBytes\x88\x01\x01\x12,\n\x0fmax_connections\x18\x04 \x01(\rH\x03R\x0emaxConnections\x88\x01\x01\x129\n\x16max_concurrent_queries\x18\x05 \x01(\rH\x04R\x14maxConcurrentQueries\x88\x01\x01\x12(\n\rmax_dimension\x18\x06 \x01(\rH\x05R\x0cmaxDimension\x88\x01\x01\x126\n\x15max_results_per_query\x18\x07 \x01(\rH\x06R\x12maxResultsPerQuery\x88\x01\x01\x12)\n\x0emax_batch_size\x18\x08 \x01(\rH\x07R\x0cmaxBatchSize\x88\x01\x01B\x0e\n\x0c_max_vectorsB\n\n\x08_max_qpsB\x14\n\x12_max_storage_bytesB\x12\n\x10_max_connectionsB\x19\n\x17_max_concurrent_queriesB\x10\n\x0e_max_dimensionB\x18\n\x16_max_results_per_queryB\x11\n\x0f_max_batch_size"\xc5\x04\n\x05Usage\x12!\n\x0cvector_count\x18\x01 \x01(\x04R\x0bvectorCount\x12\x1f\n\x0bcurrent_qps\x18\x02 \x01(\x01R\ncurrentQps\x12#\n\rstorage_bytes\x18\x03 \x01(\x04R\x0cstorageBytes\x12%\n\x0esnapshot_bytes\x18\x04 \x01(\x04R\rsnapshotBytes\x12-\n\x12active_connections\x18\x05 \x01(\rR\x11activeConnections\x12-\n\x12concurrent_queries\x18\x06 \x01(\rR\x11concurrentQueries\x12#\n\rqueries_total\x18\x07 \x01(\x04R\x0cqueriesTotal\x12!\n\x0cwrites_total\x18\x08 \x01(\x04R\x0bwritesTotal\x12%\n\x0erefusals_total\x18\t \x01(\x04R\rrefusalsTotal\x12%\n\x0erequests_total\x18\n \x01(\x04R\rrequestsTotal\x12$\n\x0ebytes_in_total\x18\x0b \x01(\x04R\x0cbytesInTotal\x12&\n\x0fbytes_out_total\x18\x0c \x01(\x04R\rbytesOutTotal\x120\n\x14vector_seconds_total\x18\r \x01(\x04R\x12vectorSecondsTotal\x128\n\x18vector_milliseconds_rest\x18\x0e \x01(\rR\x16vectorMillisecondsRest"\xb3\x02\n\x0eNamespaceUsage\x12\x12\n\x04name\x18\x01 \x01(\tR\x04name\x124\n\x06status\x18\x02 \x01(\x0e2\x1c.vecstore.v1.NamespaceStatusR\x06status\x12+\n\x06quotas\x18\x03 \x01(\x0b2\x13.vecstore.v1.QuotasR\x06quotas\x12(\n\x05usage\x18\x04 \x01(\x0b2\x12.vecstore.v1.UsageR\x05usage\x12?\n\rcounted_since\x18\x05 \x01(\x0b2\x1a.google.protobuf.TimestampR\x0ccountedSince\x12?\n\rcounted_until\x18\x06 \x01(\x0b2\x1a.google.protobuf.TimestampR\x0ccountedUntil*Y\n\x06Metric\x12\x16\n\x12METRIC_UNSPECIFIED\x10\x00\x12\x11\n\rMETRIC_COSINE\x10\x01\x12\x0e\n\nMETRIC_DOT\x10\x02\x12\x14\n\x10METRIC_EUCLIDEAN\x10\x03*s\n\x0cQuantization\x12\x1c\n\x18QUANTIZATION_UNSPECIFIED\x10\x00\x12\x15\n\x11QUANTIZATION_INT8\x10\x01\x12\x15\n\x11QUANTIZATION_NONE\x10\x02\x12\x17\n\x13QUANTIZATION_BINARY\x10\x03*d\n\x0cTextAnalyzer\x12\x1d\n\x19TEXT_ANALYZER_UNSPECIFIED\x10\x00\x12\x1a\n\x16TEXT_ANALYZER_STANDARD\x10\x01\x12\x19\n\x15TEXT_ANALYZER_ENGLISH\x10\x02*\xb7\x01\n\x0fNamespaceStatus\x12 \n\x1cNAMESPACE_STATUS_UNSPECIFIED\x10\x00\x12\x1b\n\x17NAMESPACE_STATUS_ACTIVE\x10\x01\x12\x1e\n\x1aNAMESPACE_STATUS_READ_ONLY\x10\x02\x12\x1e\n\x1aNAMESPACE_STATUS_SUSPENDED\x10\x03\x12%\n!NAMESPACE_STATUS_PENDING_DELETION\x10\x04b\x06proto3')

Namespace = message("vecstore.v1.Namespace")
NamespaceConfig = message("vecstore.v1.NamespaceConfig")
Quotas = message("vecstore.v1.Quotas")
Usage = message("vecstore.v1.Usage")
NamespaceUsage = message("vecstore.v1.NamespaceUsage")
Metric = enum("vecstore.v1.Metric")
Quantization = enum("vecstore.v1.Quantization")
TextAnalyzer = enum("vecstore.v1.TextAnalyzer")
NamespaceStatus = enum("vecstore.v1.NamespaceStatus")
METRIC_UNSPECIFIED = 0
METRIC_COSINE = 1
METRIC_DOT = 2
METRIC_EUCLIDEAN = 3
QUANTIZATION_UNSPECIFIED = 0
QUANTIZATION_INT8 = 1
QUANTIZATION_NONE = 2
QUANTIZATION_BINARY = 3
TEXT_ANALYZER_UNSPECIFIED = 0
TEXT_ANALYZER_STANDARD = 1
TEXT_ANALYZER_ENGLISH = 2
NAMESPACE_STATUS_UNSPECIFIED = 0
NAMESPACE_STATUS_ACTIVE = 1
NAMESPACE_STATUS_READ_ONLY = 2
NAMESPACE_STATUS_SUSPENDED = 3
NAMESPACE_STATUS_PENDING_DELETION = 4
