# Generated from vecstore/v1/filter.proto by npm run gen. Do not edit.
# fmt: off
from .._pool import add_file, enum, message

add_file(b'\n\x1avecstore/_gen/filter.proto\x12\x0bvecstore.v1\x1a\x1cgoogle/protobuf/struct.proto\x1a\x1fgoogle/protobuf/timestamp.proto"\xd4\x05\n\x06Filter\x127\n\nand_filter\x18\x01 \x01(\x0b2\x16.vecstore.v1.AndFilterH\x00R\tandFilter\x124\n\tor_filter\x18\x02 \x01(\x0b2\x15.vecstore.v1.OrFilterH\x00R\x08orFilter\x127\n\nnot_filter\x18\x03 \x01(\x0b2\x16.vecstore.v1.NotFilterH\x00R\tnotFilter\x12C\n\x0ecompare_filter\x18\x04 \x01(\x0b2\x1a.vecstore.v1.CompareFilterH\x00R\rcompareFilter\x124\n\tin_filter\x18\x05 \x01(\x0b2\x15.vecstore.v1.InFilterH\x00R\x08inFilter\x12>\n\rnot_in_filter\x18\x06 \x01(\x0b2\x18.vecstore.v1.NotInFilterH\x00R\x0bnotInFilter\x12F\n\x0fcontains_filter\x18\x07 \x01(\x0b2\x1b.vecstore.v1.ContainsFilterH\x00R\x0econtainsFilter\x12M\n\x12starts_with_filter\x18\x08 \x01(\x0b2\x1d.vecstore.v1.StartsWithFilterH\x00R\x10startsWithFilter\x12@\n\rexists_filter\x18\t \x01(\x0b2\x19.vecstore.v1.ExistsFilterH\x00R\x0cexistsFilter\x12A\n\x0eis_null_filter\x18\n \x01(\x0b2\x19.vecstore.v1.IsNullFilterH\x00R\x0cisNullFilter\x12C\n\x0ebetween_filter\x18\x0b \x01(\x0b2\x1a.vecstore.v1.BetweenFilterH\x00R\rbetweenFilterB\x06\n\x04kind"<\n\tAndFilter\x12/\n\x08operands\x18\x01 \x03(\x0b2\x13.vecstore.v1.FilterR\x08operands";\n\x08OrFilter\x12/\n\x08operands\x18\x01 \x03(\x0b2\x13.vecstore.v1.FilterR\x08operands":\n\tNotFilter\x12-\n\x07operand\x18\x01 \x01(\x0b2\x13.vecstore.v1.FilterR\x07operand"\x90\x01\n\rCompareFilter\x12\x12\n\x04path\x18\x01 \x03(\tR\x04path\x12;\n\x08operator\x18\x02 \x01(\x0e2\x1f.vecstore.v1.ComparisonOperatorR\x08operator\x12.\n\x05value\x18\x03 \x01(\x0b2\x18.vecstore.v1.FilterValueR\x05value"P\n\x08InFilter\x12\x12\n\x04path\x18\x01 \x03(\tR\x04path\x120\n\x06values\x18\x02 \x03(\x0b2\x18.vecstore.v1.FilterValueR\x06values"S\n\x0bNotInFilter\x12\x12\n\x04path\x18\x01 \x03(\tR\x04path\x120\n\x06values\x18\x02 \x03(\x0b2\x18.vecstore.v1.FilterValueR\x06values"T\n\x0eContainsFilter\x12\x12\n\x04path\x18\x01 \x03(\tR\x04path\x12.\n\x05value\x18\x02 \x01(\x0b2\x18.vecstore.v1.FilterValueR\x05value">\n\x10StartsWithFilter\x12\x12\n\x04path\x18\x01 \x03(\tR\x04path\x12\x16\n\x06prefix\x18\x02 \x01(\tR\x06prefix""\n\x0cExistsFilter\x12\x12\n\x04path\x18\x01 \x03(\tR\x04path""\n\x0cIsNullFilter\x12\x12\n\x04path\x18\x01 \x03(\tR\x04path"}\n\rBetweenFilter\x12\x12\n\x04path\x18\x01 \x03(\tR\x04path\x12*\n\x03low\x18\x02 \x01(\x0b2\x18.vecstore.v1.FilterValueR\x03low\x12,\n\x04high\x18\x03 \x01(\x0b2\x18.vecstore.v1.FilterValueR\x04high"\x85\x02\n\x0bFilterValue\x12#\n\x0cstring_value\x18\x01 \x01(\tH\x00R\x0bstringValue\x12#\n\x0cnumber_value\x18\x02 \x01(\x01H\x00R\x0bnumberValue\x12\x1f\n\nbool_value\x18\x03 \x01(\x08H\x00R\tboolValue\x12;\n\nnull_value\x18\x04 \x01(\x0e2\x1a.google.protobuf.NullValueH\x00R\tnullValue\x12E\n\x0ftimestamp_value\x18\x05 \x01(\x0b2\x1a.google.protobuf.TimestampH\x00R\x0etimestampValueB\x07\n\x05value*\x8b\x02\n\x12ComparisonOperator\x12#\n\x1fCOMPARISON_OPERATOR_UNSPECIFIED\x10\x00\x12\x1d\n\x19COMPARISON_OPERATOR_EQUAL\x10\x01\x12!\n\x1dCOMPARISON_OPERATOR_NOT_EQUAL\x10\x02\x12\x1f\n\x1bCOMPARISON_OPERATOR_GREATER\x10\x03\x12(\n$COMPARISON_OPERATOR_GREATER_OR_EQUAL\x10\x04\x12\x1c\n\x18COMPARISON_OPERATOR_LESS\x10\x05\x12%\n!COMPARISON_OPERATOR_LESS_OR_EQUAL\x10\x06b\x06proto3')

Filter = message("vecstore.v1.Filter")
AndFilter = message("vecstore.v1.AndFilter")
OrFilter = message("vecstore.v1.OrFilter")
NotFilter = message("vecstore.v1.NotFilter")
CompareFilter = message("vecstore.v1.CompareFilter")
InFilter = message("vecstore.v1.InFilter")
NotInFilter = message("vecstore.v1.NotInFilter")
ContainsFilter = message("vecstore.v1.ContainsFilter")
StartsWithFilter = message("vecstore.v1.StartsWithFilter")
ExistsFilter = message("vecstore.v1.ExistsFilter")
IsNullFilter = message("vecstore.v1.IsNullFilter")
BetweenFilter = message("vecstore.v1.BetweenFilter")
FilterValue = message("vecstore.v1.FilterValue")
ComparisonOperator = enum("vecstore.v1.ComparisonOperator")
COMPARISON_OPERATOR_UNSPECIFIED = 0
COMPARISON_OPERATOR_EQUAL = 1
COMPARISON_OPERATOR_NOT_EQUAL = 2
COMPARISON_OPERATOR_GREATER = 3
COMPARISON_OPERATOR_GREATER_OR_EQUAL = 4
COMPARISON_OPERATOR_LESS = 5
COMPARISON_OPERATOR_LESS_OR_EQUAL = 6
