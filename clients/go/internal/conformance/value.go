package conformance

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// scope holds what values are made of that depend on the run.
type scope struct {
	name  string
	saved map[string]any
}

func (s *scope) namespace(label string) string { return s.name + "-" + label }

// value makes every value that stands in some JSON, from the inside out.
func (s *scope) value(json any) any {
	switch json := json.(type) {
	case []any:
		made := make([]any, len(json))
		for at, each := range json {
			made[at] = s.value(each)
		}
		return made
	case map[string]any:
		made := make(map[string]any, len(json))
		for key, each := range json {
			made[key] = s.value(each)
		}
		if len(json) == 1 {
			for key, argument := range made {
				if value, ok := s.make(key, argument); ok {
					return value
				}
			}
		}
		return made
	default:
		return json
	}
}

// make makes a value by its name; false where that is none.
func (s *scope) make(name string, argument any) (any, bool) {
	switch name {
	case "$namespace":
		return s.namespace(argument.(string)), true
	case "$saved":
		return s.read(argument.(string)), true
	case "$repeat":
		of := argument.([]any)
		return strings.Repeat(of[0].(string), int(of[1].(float64))), true
	case "$fill":
		of := argument.([]any)
		filled := make([]any, int(of[1].(float64)))
		for at := range filled {
			filled[at] = of[0]
		}
		return filled, true
	case "$range":
		numbers := make([]any, int(argument.(float64)))
		for at := range numbers {
			numbers[at] = float64(at)
		}
		return numbers, true
	case "$concat":
		return concat(argument.([]any)), true
	case "$nest":
		of := argument.([]any)
		nested := of[2]
		for range int(of[1].(float64)) {
			nested = map[string]any{of[0].(string): nested}
		}
		return nested, true
	case "$f32":
		rounded := make([]any, len(argument.([]any)))
		for at, number := range argument.([]any) {
			rounded[at] = float64(float32(number.(float64)))
		}
		return rounded, true
	case "$vector":
		of := argument.(map[string]any)
		return vectorOf(of, 0), true
	case "$ids":
		return idsOf(argument.(map[string]any)), true
	case "$records":
		return recordsOf(argument.(map[string]any)), true
	case "$now_ms":
		return float64(time.Now().UnixMilli()) + argument.(float64), true
	case "$number":
		return numberOf(argument.(string)), true
	}
	return nil, false
}

// read finds a part of what was saved: keys and positions, joined by dots.
func (s *scope) read(path string) any {
	names := strings.Split(path, ".")
	value, ok := s.saved[names[0]]
	if !ok {
		panic("nothing was saved as " + names[0])
	}
	for _, name := range names[1:] {
		switch of := value.(type) {
		case map[string]any:
			value = of[name]
		case []any:
			at, err := strconv.Atoi(name)
			if err != nil || at >= len(of) {
				panic("there is no " + path)
			}
			value = of[at]
		default:
			panic("there is no " + path)
		}
	}
	return value
}

func concat(parts []any) any {
	var text strings.Builder
	var all []any
	allText := true
	for _, part := range parts {
		switch part := part.(type) {
		case string:
			text.WriteString(part)
			all = append(all, part)
		case []any:
			allText = false
			all = append(all, part...)
		default:
			allText = false
			all = append(all, part)
		}
	}
	if allText {
		return text.String()
	}
	return all
}

// vectorOf makes the numbers of a seed, exact in float32.
func vectorOf(of map[string]any, more int) []any {
	const multiplier, modulus = 16807, 2147483647
	x := int64(of["seed"].(float64)) + int64(more)
	vector := make([]any, int(of["dimension"].(float64)))
	for at := range vector {
		x = x * multiplier % modulus
		vector[at] = float64(x%2001-1000) / 1024
	}
	return vector
}

func idsOf(of map[string]any) []any {
	ids := make([]any, int(of["count"].(float64)))
	for at := range ids {
		ids[at] = fmt.Sprintf("%s%06d", of["prefix"], startOf(of)+at)
	}
	return ids
}

func recordsOf(of map[string]any) []any {
	records := idsOf(of)
	for at, id := range records {
		position := startOf(of) + at
		records[at] = map[string]any{
			"id": id, "vector": vectorOf(of, position), "metadata": map[string]any{"n": float64(position)},
		}
	}
	return records
}

func startOf(of map[string]any) int {
	start, _ := of["start"].(float64)
	return int(start)
}

func numberOf(name string) float64 {
	switch name {
	case "NaN":
		return math.NaN()
	case "Infinity":
		return math.Inf(1)
	case "-Infinity":
		return math.Inf(-1)
	case "-0":
		return math.Copysign(0, -1)
	}
	panic("there is no number " + name)
}

// labelsIn finds the labels of the namespaces that stand in some JSON.
func labelsIn(json any, labels map[string]bool) {
	switch json := json.(type) {
	case []any:
		for _, each := range json {
			labelsIn(each, labels)
		}
	case map[string]any:
		if label, ok := json["$namespace"].(string); ok {
			labels[label] = true
		}
		for _, each := range json {
			labelsIn(each, labels)
		}
	}
}
