package vecstore

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/types/known/structpb"
)

const (
	// maxNesting stops a value that holds itself; the server's limit of 16 levels is far below.
	maxNesting = 100
	// maxExactInteger is the largest integer up to which a double holds all.
	maxExactInteger = 1 << 53
)

// toMetadata copies metadata into its message. What JSON cannot hold is refused by its path, such as
// records[3].metadata.tags[0]; nil is none.
func toMetadata(metadata map[string]any, name string) (*structpb.Struct, error) {
	if metadata == nil {
		return nil, nil //nolint:nilnil // No metadata are no message.
	}
	return toStruct(metadata, name, 1)
}

func toStruct(object map[string]any, path string, depth int) (*structpb.Struct, error) {
	if depth > maxNesting {
		return nil, refuse(ReasonInvalidMetadata, "%s nests too deep; at most 16 levels are allowed", path)
	}
	fields := make(map[string]*structpb.Value, len(object))
	for key, each := range object {
		if !utf8.ValidString(key) {
			return nil, refuse(ReasonInvalidMetadata, "%s has the key %q, which is no UTF-8; correct it", path, key)
		}
		value, err := toValue(each, memberPath{path, key}, depth)
		if err != nil {
			return nil, err
		}
		fields[key] = value
	}
	return &structpb.Struct{Fields: fields}, nil
}

// path names a part of metadata; the text is made only when something is wrong there.
type path interface{ String() string }

type memberPath struct{ of, key string }

func (p memberPath) String() string { return p.of + "." + p.key }

type elementPath struct {
	of    path
	index int
}

func (p elementPath) String() string { return fmt.Sprintf("%v[%d]", p.of, p.index) }

// toValue copies one value; the common types do without reflection.
//
//nolint:cyclop // One case for each kind of value.
func toValue(value any, at path, depth int) (*structpb.Value, error) {
	switch value := value.(type) {
	case nil:
		return structpb.NewNullValue(), nil
	case bool:
		return structpb.NewBoolValue(value), nil
	case string:
		return toStringValue(value, at)
	case float64:
		return toNumberValue(value, at)
	case int:
		return toIntegerValue(int64(value), at)
	case map[string]any:
		object, err := toStruct(value, at.String(), depth+1)
		return structpb.NewStructValue(object), err
	case []any:
		return toListValue(len(value), func(index int) any { return value[index] }, at, depth)
	case json.Number:
		number, err := value.Float64()
		if err != nil {
			return nil, refuse(ReasonInvalidMetadata, "%v is the number %q, which does not parse", at, value)
		}
		return toNumberValue(number, at)
	case time.Time:
		return nil, refuse(ReasonInvalidMetadata, "%v is a time.Time; use Format(time.RFC3339)", at)
	default:
		return reflectValue(reflect.ValueOf(value), at, depth)
	}
}

// reflectValue copies values of named types, and of slices and maps of anything.
//
//nolint:cyclop // One case for each kind of value.
func reflectValue(value reflect.Value, at path, depth int) (*structpb.Value, error) {
	switch {
	case value.Kind() == reflect.Bool:
		return structpb.NewBoolValue(value.Bool()), nil
	case value.Kind() == reflect.String:
		return toStringValue(value.String(), at)
	case value.CanInt():
		return toIntegerValue(value.Int(), at)
	case value.CanUint():
		if value.Uint() > maxExactInteger {
			return nil, refuseInteger(value.Uint(), at)
		}
		return toNumberValue(float64(value.Uint()), at)
	case value.CanFloat():
		return toNumberValue(value.Float(), at)
	case value.Kind() == reflect.Slice || value.Kind() == reflect.Array:
		return toListValue(value.Len(), func(index int) any { return value.Index(index).Interface() }, at, depth)
	case value.Kind() == reflect.Map && value.Type().Key().Kind() == reflect.String:
		object := make(map[string]any, value.Len())
		for entries := value.MapRange(); entries.Next(); {
			object[entries.Key().String()] = entries.Value().Interface()
		}
		return toValue(object, at, depth)
	case value.Kind() == reflect.Pointer && value.IsNil():
		return structpb.NewNullValue(), nil
	case value.Kind() == reflect.Pointer:
		return toValue(value.Elem().Interface(), at, depth+1)
	}
	return nil, refuse(ReasonInvalidMetadata, "%v is of type %v; metadata hold what JSON holds", at, value.Type())
}

func toListValue(length int, element func(int) any, at path, depth int) (*structpb.Value, error) {
	if depth > maxNesting {
		return nil, refuse(ReasonInvalidMetadata, "%v nests too deep; at most 16 levels are allowed", at)
	}
	values := make([]*structpb.Value, length)
	for index := range values {
		value, err := toValue(element(index), elementPath{at, index}, depth+1)
		if err != nil {
			return nil, err
		}
		values[index] = value
	}
	return structpb.NewListValue(&structpb.ListValue{Values: values}), nil
}

func toStringValue(value string, at path) (*structpb.Value, error) {
	if !utf8.ValidString(value) {
		return nil, refuse(ReasonInvalidMetadata, "%v is no UTF-8; correct the text, or encode bytes as base64", at)
	}
	return structpb.NewStringValue(value), nil
}

func toNumberValue(value float64, at path) (*structpb.Value, error) {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return nil, refuse(ReasonInvalidMetadata, "%v is %v; metadata hold what JSON holds", at, value)
	}
	return structpb.NewNumberValue(value), nil
}

func toIntegerValue(value int64, at path) (*structpb.Value, error) {
	if value > maxExactInteger || value < -maxExactInteger {
		return nil, refuseInteger(value, at)
	}
	return structpb.NewNumberValue(float64(value)), nil
}

// refuseInteger refuses an integer that would come back as another one.
func refuseInteger(value any, at path) error {
	return refuse(ReasonInvalidMetadata, "%v is %v; numbers are exact up to 2^53 only, so store it as a string", at, value)
}

// fromMetadata makes the map of a message: nil, bool, float64, string, []any and map[string]any. nil when there is none.
func fromMetadata(metadata *structpb.Struct) map[string]any {
	if metadata == nil {
		return nil
	}
	return metadata.AsMap()
}
