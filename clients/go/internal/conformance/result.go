package conformance

import (
	"math"
	"reflect"
	"strings"
	"time"
	"unicode"

	vecstore "github.com/vecstore/client-go"
)

// otherNames are those of operations.json where they do not follow from Go's.
var otherNames = map[string]string{
	"Explanation":      "explain",
	"LastCheckpointAt": "last_checkpoint",
	"Distances":        "estimated_distance_computations",
	"MinDistances":     "min_distance_computations",
	"MaxDistances":     "max_distance_computations",
}

// absentWhenZero are fields whose zero value stands for what is not there.
var absentWhenZero = map[string]bool{
	"Text": true, "Dimension": true, "EfSearch": true, "NextToken": true, "Vector": true, "Metadata": true,
}

// toJSON turns what the client gives into what JSON has, by the names of operations.json.
func toJSON(value any) any { return fromReflected(reflect.ValueOf(value)) }

func fromReflected(value reflect.Value) any {
	switch value.Kind() {
	case reflect.Invalid:
		return nil
	case reflect.Pointer, reflect.Interface:
		if value.IsNil() {
			return nil
		}
		return fromReflected(value.Elem())
	case reflect.Struct:
		return fromStruct(value)
	case reflect.Map:
		object := map[string]any{}
		for entries := value.MapRange(); entries.Next(); {
			object[entries.Key().String()] = fromReflected(entries.Value())
		}
		return object
	case reflect.Slice:
		elements := make([]any, value.Len())
		for at := range elements {
			elements[at] = fromReflected(value.Index(at))
		}
		return elements
	case reflect.String:
		return value.String()
	case reflect.Bool:
		return value.Bool()
	}
	switch {
	case value.CanFloat():
		return value.Float()
	case value.CanUint():
		return float64(value.Uint())
	default:
		return float64(value.Int())
	}
}

func fromStruct(value reflect.Value) any {
	object := map[string]any{}
	for at := range value.NumField() {
		field := value.Type().Field(at)
		name, ok := otherNames[field.Name]
		if !ok {
			name = toSnake(field.Name)
		}
		switch each := value.Field(at).Interface().(type) {
		case time.Time:
			if !each.IsZero() {
				object[name+"_ms"] = float64(each.Unix())*1000 + float64(each.Nanosecond())/float64(time.Millisecond)
			}
		case time.Duration:
			object[name+"_ms"] = float64(each) / float64(time.Millisecond)
		default:
			if _, isError := each.(error); isError && value.Field(at).Kind() != reflect.String {
				continue // What failed is the error of the call.
			}
			if !absentWhenZero[field.Name] || !value.Field(at).IsZero() {
				object[name] = fromReflected(value.Field(at))
			}
		}
	}
	return object
}

// toSnake makes vector_count of VectorCount, and ids of IDs.
func toSnake(name string) string {
	var snake strings.Builder
	before := 'A'
	for _, letter := range name {
		if unicode.IsUpper(letter) && unicode.IsLower(before) {
			snake.WriteByte('_')
		}
		snake.WriteRune(unicode.ToLower(letter))
		before = letter
	}
	return snake.String()
}

func fromError(err *vecstore.Error) map[string]any {
	details := map[string]any{}
	for name, fact := range err.Details {
		details[name] = fact
	}
	object := map[string]any{
		"code": string(err.Code), "reason": string(err.Reason), "message": err.Message, "details": details,
		"retryable": err.Retryable(),
	}
	if err.RetryAfter != nil {
		object["retry_after_ms"] = math.Round(float64(*err.RetryAfter) / float64(time.Millisecond))
	}
	return object
}
