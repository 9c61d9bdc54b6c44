package vecstore

import (
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/vecstore/client-go/internal/gen/vecstore/v1"
)

// Filter is a filter over metadata as a tree; it says the same as a filter string. And, Or, Not and the methods of a Field
// make it, as does FilterFromJSON. A missing field makes every comparison false, and NotEqual and NotIn, which mean not Equal
// and not In, true.
//
// A value is a string, a number, a bool, nil or a time.Time, which compares with strings that parse as RFC 3339. Another
// one, and a path without names, is the error of the call that the filter is given to.
type Filter struct {
	message *pb.Filter
	err     error
}

// FilterOption narrows what a read or a query sees.
type FilterOption func(*filtered)

// WithFilter keeps records whose metadata match, at most 8 KiB of UTF-8, such as year >= 2020 AND kind = 'book'. An empty
// string is refused: leave the option out to mean every record.
func WithFilter(expression string) FilterOption {
	return func(f *filtered) { f.expression = &expression }
}

// WithFilterTree is WithFilter for a tree.
func WithFilterTree(filter Filter) FilterOption {
	return func(f *filtered) { f.tree = &filter }
}

func (o FilterOption) applyToQuery(options *queryOptions) { o(&options.filtered) }

// filtered is the filter of a request, as a string or a tree.
type filtered struct {
	expression *string
	tree       *Filter
}

// fields are those of every request that has a filter. Where both are given the server says that only one may be.
func (f filtered) fields() (string, *pb.Filter, error) {
	expression := ""
	if f.expression != nil {
		expression = *f.expression
		// On the wire an empty string is no filter. Who built one by mistake must not get, or delete, everything.
		if strings.TrimSpace(expression) == "" {
			return "", nil, refuse(ReasonInvalidFilter, "filter is empty; leave it out to mean every record")
		}
		if err := checkText(expression, "filter", ReasonInvalidFilter); err != nil {
			return "", nil, err
		}
	}
	if f.tree == nil {
		return expression, nil, nil
	}
	if f.tree.err != nil {
		return "", nil, f.tree.err
	}
	// The zero Filter travels as a filter that says nothing, which the server refuses.
	return expression, orEmpty(f.tree.message), nil
}

func orEmpty(filter *pb.Filter) *pb.Filter {
	if filter == nil {
		return &pb.Filter{}
	}
	return filter
}

// And is true when all operands are; it needs one or more.
func And(operands ...Filter) Filter {
	messages, err := operandsOf(operands)
	return Filter{&pb.Filter{Kind: &pb.Filter_AndFilter{AndFilter: &pb.AndFilter{Operands: messages}}}, err}
}

// Or is true when at least one operand is; it needs one or more.
func Or(operands ...Filter) Filter {
	messages, err := operandsOf(operands)
	return Filter{&pb.Filter{Kind: &pb.Filter_OrFilter{OrFilter: &pb.OrFilter{Operands: messages}}}, err}
}

// Not is true when its operand is false.
func Not(operand Filter) Filter {
	not := &pb.NotFilter{Operand: orEmpty(operand.message)}
	return Filter{&pb.Filter{Kind: &pb.Filter_NotFilter{NotFilter: not}}, operand.err}
}

func operandsOf(filters []Filter) ([]*pb.Filter, error) {
	messages := make([]*pb.Filter, len(filters))
	for at, filter := range filters {
		if filter.err != nil {
			return nil, filter.err
		}
		messages[at] = orEmpty(filter.message)
	}
	return messages, nil
}

// FieldPath names a field of the metadata by the names from the root.
type FieldPath []string

// Field names a field: author.name is Field("author", "name").
func Field(names ...string) FieldPath { return names }

// Equal compares; equality with an array is false, for which there is Contains.
func (f FieldPath) Equal(value any) Filter {
	return f.compare(pb.ComparisonOperator_COMPARISON_OPERATOR_EQUAL, value)
}

// NotEqual means not Equal, so a missing field satisfies it.
func (f FieldPath) NotEqual(value any) Filter {
	return f.compare(pb.ComparisonOperator_COMPARISON_OPERATOR_NOT_EQUAL, value)
}

// Greater compares; strings order by code point.
func (f FieldPath) Greater(value any) Filter {
	return f.compare(pb.ComparisonOperator_COMPARISON_OPERATOR_GREATER, value)
}

// GreaterOrEqual compares; strings order by code point.
func (f FieldPath) GreaterOrEqual(value any) Filter {
	return f.compare(pb.ComparisonOperator_COMPARISON_OPERATOR_GREATER_OR_EQUAL, value)
}

// Less compares; strings order by code point.
func (f FieldPath) Less(value any) Filter {
	return f.compare(pb.ComparisonOperator_COMPARISON_OPERATOR_LESS, value)
}

// LessOrEqual compares; strings order by code point.
func (f FieldPath) LessOrEqual(value any) Filter {
	return f.compare(pb.ComparisonOperator_COMPARISON_OPERATOR_LESS_OR_EQUAL, value)
}

func (f FieldPath) compare(operator pb.ComparisonOperator, value any) Filter {
	wire, err := f.operand(value)
	compare := &pb.CompareFilter{Path: f, Operator: operator, Value: wire}
	return Filter{&pb.Filter{Kind: &pb.Filter_CompareFilter{CompareFilter: compare}}, err}
}

// In is true when the field equals one of the values; it needs one or more.
func (f FieldPath) In(values ...any) Filter {
	wire, err := f.operandList(values)
	return Filter{&pb.Filter{Kind: &pb.Filter_InFilter{InFilter: &pb.InFilter{Path: f, Values: wire}}}, err}
}

// NotIn is true when the field equals none of the values, or is missing; it needs one or more.
func (f FieldPath) NotIn(values ...any) Filter {
	wire, err := f.operandList(values)
	return Filter{&pb.Filter{Kind: &pb.Filter_NotInFilter{NotInFilter: &pb.NotInFilter{Path: f, Values: wire}}}, err}
}

// Contains is true when a string has the value as a part, or an array has it as an element.
func (f FieldPath) Contains(value any) Filter {
	wire, err := f.operand(value)
	contains := &pb.ContainsFilter{Path: f, Value: wire}
	return Filter{&pb.Filter{Kind: &pb.Filter_ContainsFilter{ContainsFilter: contains}}, err}
}

// StartsWith is true for strings that begin with the prefix, by code point.
func (f FieldPath) StartsWith(prefix string) Filter {
	err := firstError(f.check(), checkText(prefix, "filter.prefix", ReasonInvalidFilter))
	starts := &pb.StartsWithFilter{Path: f, Prefix: prefix}
	return Filter{&pb.Filter{Kind: &pb.Filter_StartsWithFilter{StartsWithFilter: starts}}, err}
}

// Exists is true when the field is there, be it null.
func (f FieldPath) Exists() Filter {
	return Filter{&pb.Filter{Kind: &pb.Filter_ExistsFilter{ExistsFilter: &pb.ExistsFilter{Path: f}}}, f.check()}
}

// IsNull is true when the field is there and null.
func (f FieldPath) IsNull() Filter {
	return Filter{&pb.Filter{Kind: &pb.Filter_IsNullFilter{IsNullFilter: &pb.IsNullFilter{Path: f}}}, f.check()}
}

// Between is true from low to high, both included.
func (f FieldPath) Between(low, high any) Filter {
	from, errLow := f.operand(low)
	to, errHigh := f.operand(high)
	between := &pb.BetweenFilter{Path: f, Low: from, High: to}
	return Filter{&pb.Filter{Kind: &pb.Filter_BetweenFilter{BetweenFilter: between}}, firstError(errLow, errHigh)}
}

func (f FieldPath) check() error {
	for _, name := range f {
		if err := checkText(name, "filter.path", ReasonInvalidFilter); err != nil {
			return err
		}
	}
	return nil
}

func (f FieldPath) operand(value any) (*pb.FilterValue, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	return toFilterValue(value)
}

func (f FieldPath) operandList(values []any) ([]*pb.FilterValue, error) {
	wire := make([]*pb.FilterValue, len(values))
	for at, value := range values {
		var err error
		if wire[at], err = f.operand(value); err != nil {
			return nil, err
		}
	}
	return wire, f.check()
}

// toFilterValue converts as metadata are, and times besides.
func toFilterValue(value any) (*pb.FilterValue, error) {
	if moment, ok := value.(time.Time); ok {
		timestamp := timestamppb.New(moment)
		if !timestamp.IsValid() {
			return nil, refuse(ReasonInvalidFilter, "filter.value is %v; it must be within the years 1..9999", moment)
		}
		return &pb.FilterValue{Value: &pb.FilterValue_TimestampValue{TimestampValue: timestamp}}, nil
	}
	scalar, err := toValue(value, memberPath{"filter", "value"}, 1)
	if err != nil {
		refusal, _ := asError(err)
		return nil, refuse(ReasonInvalidFilter, "%s", refusal.Message)
	}
	switch scalar := scalar.GetKind().(type) {
	case *structpb.Value_StringValue:
		return &pb.FilterValue{Value: &pb.FilterValue_StringValue{StringValue: scalar.StringValue}}, nil
	case *structpb.Value_NumberValue:
		return &pb.FilterValue{Value: &pb.FilterValue_NumberValue{NumberValue: scalar.NumberValue}}, nil
	case *structpb.Value_BoolValue:
		return &pb.FilterValue{Value: &pb.FilterValue_BoolValue{BoolValue: scalar.BoolValue}}, nil
	case *structpb.Value_NullValue:
		return &pb.FilterValue{Value: &pb.FilterValue_NullValue{NullValue: structpb.NullValue_NULL_VALUE}}, nil
	default:
		return nil, refuse(ReasonInvalidFilter,
			"filter.value is of type %T; use a string, a number, a bool, nil or a time.Time", value)
	}
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
