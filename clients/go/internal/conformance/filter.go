package conformance

import (
	"time"

	vecstore "github.com/vecstore/client-go"
)

// filterOf makes a filter of the tree that README.md describes.
func filterOf(tree arguments) vecstore.Filter {
	field := vecstore.Field(tree.texts("path")...)
	switch kind := tree.text("kind"); kind {
	case "and":
		return vecstore.And(operandsOf(tree)...)
	case "or":
		return vecstore.Or(operandsOf(tree)...)
	case "not":
		return vecstore.Not(filterOf(tree.object("operand")))
	case "compare":
		compare := map[string]func(any) vecstore.Filter{
			"=": field.Equal, "!=": field.NotEqual, ">": field.Greater, ">=": field.GreaterOrEqual,
			"<": field.Less, "<=": field.LessOrEqual,
		}[tree.text("operator")]
		return compare(operandOf(tree["value"]))
	case "in":
		return field.In(valuesOf(tree)...)
	case "not_in":
		return field.NotIn(valuesOf(tree)...)
	case "contains":
		return field.Contains(operandOf(tree["value"]))
	case "starts_with":
		return field.StartsWith(tree.text("prefix"))
	case "exists":
		return field.Exists()
	case "is_null":
		return field.IsNull()
	case "between":
		return field.Between(operandOf(tree["low"]), operandOf(tree["high"]))
	default:
		panic("there is no filter of the kind " + kind)
	}
}

func operandsOf(tree arguments) []vecstore.Filter {
	objects := tree.objects("operands")
	operands := make([]vecstore.Filter, len(objects))
	for at, object := range objects {
		operands[at] = filterOf(object)
	}
	return operands
}

func valuesOf(tree arguments) []any {
	values := or(take[[]any](tree, "values"), nil)
	for at, value := range values {
		values[at] = operandOf(value)
	}
	return values
}

// operandOf is a scalar, or a time.
func operandOf(value any) any {
	if of, ok := value.(map[string]any); ok {
		return time.UnixMilli(int64(of["timestamp_ms"].(float64)))
	}
	return value
}
