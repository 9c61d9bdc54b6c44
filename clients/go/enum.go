package vecstore

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// unknown stands for what a newer server says and this client does not know.
const unknown = "unknown"

// fromEnum makes the public name of a value of the schema: METRIC_COSINE is cosine.
func fromEnum(value protoreflect.Enum, prefix string) string {
	described := value.Descriptor().Values().ByNumber(value.Number())
	if described == nil || value.Number() == 0 {
		return unknown
	}
	return strings.ToLower(strings.TrimPrefix(string(described.Name()), prefix))
}

// toEnum finds the value of a public name; an empty name is the default of the schema.
func toEnum[E protoreflect.Enum](name string, prefix, field string, reason Reason) (E, error) {
	var zero E
	if name == "" {
		return zero, nil
	}
	values := zero.Descriptor().Values()
	allowed := make([]string, 0, values.Len())
	for at := range values.Len() {
		value := values.Get(at)
		public := strings.ToLower(strings.TrimPrefix(string(value.Name()), prefix))
		if value.Number() == 0 {
			continue
		}
		if public == name {
			return zero.Type().New(value.Number()).(E), nil //nolint:forcetypeassert // It is of the same type.
		}
		allowed = append(allowed, public)
	}
	return zero, refuse(reason, "%s is %q; use one of %s", field, clip(name), strings.Join(allowed, ", "))
}
