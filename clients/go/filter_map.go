package vecstore

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// FilterFromMap turns the JSON form of a filter, such as {"year": {"$gte": 2020}, "author.name": "Ada"}, into a Filter.
//
// Several keys of one object, and several operators of one field, must all hold. The operators are $eq, $ne, $gt, $gte, $lt,
// $lte, $in, $nin, $contains, $exists and $not; beside fields stand $and, $or and $not. A name that holds a dot goes in
// backticks, which are doubled inside. A time is {"$timestamp": "2026-01-01T00:00:00Z"}, or a time.Time. What is wrong is
// ReasonInvalidFilter with the path of the part, such as filter.$and[1].year.$gte.
func FilterFromMap(filter map[string]any) (Filter, error) {
	return readFilter(filter, "filter", 1)
}

func readFilter(value any, at string, depth int) (Filter, error) {
	return readAll(value, at, depth, func(key string, entry any, at string) (Filter, error) {
		switch {
		case key == "$and":
			operands, err := readOperands(entry, at, depth)
			return And(operands...), err
		case key == "$or":
			operands, err := readOperands(entry, at, depth)
			return Or(operands...), err
		case key == "$not":
			operand, err := readFilter(entry, at, depth+1)
			return Not(operand), err
		case strings.HasPrefix(key, "$"):
			return Filter{}, badFilter(at, "is no operator; use $and, $or, $not or a field")
		}
		path, err := readPath(key, at)
		if err != nil {
			return Filter{}, err
		}
		return readField(path, entry, at, depth)
	})
}

// readAll reads every entry of an object; more than one make an And.
func readAll(
	value any, at string, depth int, read func(key string, entry any, at string) (Filter, error),
) (Filter, error) {
	if depth > maxNesting {
		return Filter{}, badFilter(at, "nests too deep; at most 32 levels are allowed")
	}
	object, ok := value.(map[string]any)
	if !ok {
		return Filter{}, badFilter(at, "must be an object")
	}
	if len(object) == 0 {
		return Filter{}, badFilter(at, "is empty; to match every record, leave the filter out")
	}
	var operands []Filter
	for _, key := range slices.Sorted(maps.Keys(object)) {
		operand, err := read(key, object[key], at+"."+key)
		if err != nil {
			return Filter{}, err
		}
		operands = append(operands, operand)
	}
	if len(operands) == 1 {
		return operands[0], nil
	}
	return And(operands...), nil
}

func readOperands(value any, at string, depth int) ([]Filter, error) {
	elements, ok := value.([]any)
	if !ok || len(elements) == 0 {
		return nil, badFilter(at, "must be an array of at least one filter")
	}
	operands := make([]Filter, len(elements))
	for index, element := range elements {
		var err error
		if operands[index], err = readFilter(element, fmt.Sprintf("%s[%d]", at, index), depth+1); err != nil {
			return nil, err
		}
	}
	return operands, nil
}

func readField(path FieldPath, value any, at string, depth int) (Filter, error) {
	switch value := value.(type) {
	case []any:
		return Filter{}, badFilter(at, "is an array; use $in for one of several values, $contains for an element")
	case map[string]any:
		if _, isTime := value["$timestamp"]; isTime {
			break
		}
		return readAll(value, at, depth, func(key string, entry any, at string) (Filter, error) {
			if key != "$not" {
				return readOperator(path, key, entry, at)
			}
			operand, err := readField(path, entry, at, depth+1)
			return Not(operand), err
		})
	}
	return readComparison(path.Equal, value, at)
}

func readOperator(path FieldPath, operator string, value any, at string) (Filter, error) {
	comparisons := map[string]func(any) Filter{
		"$eq": path.Equal, "$ne": path.NotEqual, "$gt": path.Greater, "$gte": path.GreaterOrEqual,
		"$lt": path.Less, "$lte": path.LessOrEqual, "$contains": path.Contains,
	}
	if compare, ok := comparisons[operator]; ok {
		return readComparison(compare, value, at)
	}
	switch operator {
	case "$in":
		values, err := readOperandValues(value, at)
		return path.In(values...), err
	case "$nin":
		values, err := readOperandValues(value, at)
		return path.NotIn(values...), err
	case "$exists":
		switch value {
		case true:
			return path.Exists(), nil
		case false:
			return Not(path.Exists()), nil
		}
		return Filter{}, badFilter(at, "must be true or false")
	}
	return Filter{}, badFilter(at, "is no operator; a field inside a field is written with a dot, as in author.name")
}

func readComparison(compare func(any) Filter, value any, at string) (Filter, error) {
	operand, err := readOperandValue(value, at)
	if err != nil {
		return Filter{}, err
	}
	filter := compare(operand)
	return filter, filter.err
}

func readOperandValues(value any, at string) ([]any, error) {
	elements, ok := value.([]any)
	if !ok {
		return nil, badFilter(at, "must be an array of values")
	}
	values := make([]any, len(elements))
	for index, element := range elements {
		var err error
		if values[index], err = readOperandValue(element, fmt.Sprintf("%s[%d]", at, index)); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// readOperandValue reads a scalar; what else it is, the filter refuses itself.
func readOperandValue(value any, at string) (any, error) {
	object, isObject := value.(map[string]any)
	_, isArray := value.([]any)
	if !isObject && !isArray {
		return value, nil
	}
	text, isText := object["$timestamp"].(string)
	moment, err := time.Parse(time.RFC3339Nano, text)
	if len(object) != 1 || !isText || err != nil {
		return nil, badFilter(at, `must be a string, number, boolean, null or {"$timestamp": "2026-01-01T00:00:00Z"}`)
	}
	return moment, nil
}

// escapes of a name in backticks: the backtick itself is doubled, or after a backslash; the others are JSON's.
const escapes = "``|\\\\u([0-9a-f]{4})|\\\\u\\{((?:10|0?[0-9a-f])?[0-9a-f]{1,4})\\}|\\\\([nrtbf/\\\\'\"`])"

var (
	escape   = regexp.MustCompile("(?i)" + escapes)
	pathName = regexp.MustCompile("(?i)`(?:[^`\\\\]|" + escapes + ")*`|[^.`][^.]*")
)

// readPath splits a key at its dots; a name in backticks may hold anything.
func readPath(key, at string) (FieldPath, error) {
	names := pathName.FindAllString(key, -1)
	if key == "" || strings.Join(names, ".") != key {
		return nil, badFilter(at, "is no path; names are joined by dots, odd ones in backticks")
	}
	for index, name := range names {
		if strings.HasPrefix(name, "`") {
			names[index] = escape.ReplaceAllStringFunc(name[1:len(name)-1], unescape)
		}
	}
	return names, nil
}

func unescape(whole string) string {
	if whole == "``" {
		return "`"
	}
	groups := escape.FindStringSubmatch(whole)
	if digits := groups[1] + groups[2]; digits != "" {
		code, _ := strconv.ParseInt(digits, 16, 32) // The pattern has digits only.
		return string(rune(code))
	}
	switch groups[3] {
	case "n":
		return "\n"
	case "r":
		return "\r"
	case "t":
		return "\t"
	case "b":
		return "\b"
	case "f":
		return "\f"
	default:
		return groups[3]
	}
}

func badFilter(at, problem string) error {
	return refuse(ReasonInvalidFilter, "%s %s", at, problem)
}
