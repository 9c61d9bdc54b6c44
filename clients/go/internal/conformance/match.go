package conformance

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"strings"
	"unicode/utf8"
)

// mismatch finds the first place where what came is not what was expected: a sentence with the path, empty when all matches.
func mismatch(expected, actual any, path string) string {
	switch expected := expected.(type) {
	case nil:
		if actual == nil {
			return ""
		}
	case []any:
		elements, ok := actual.([]any)
		if !ok || len(elements) != len(expected) {
			break
		}
		for at, each := range expected {
			if found := mismatch(each, elements[at], fmt.Sprintf("%s[%d]", path, at)); found != "" {
				return found
			}
		}
		return ""
	case map[string]any:
		if holds, isMatcher := match(expected, actual); isMatcher {
			if holds {
				return ""
			}
			break
		}
		object, ok := actual.(map[string]any)
		if !ok {
			break
		}
		for key, each := range expected {
			if found := mismatch(each, object[key], path+"."+key); found != "" {
				return found
			}
		}
		return ""
	default:
		if expected == actual {
			return ""
		}
	}
	return fmt.Sprintf("%s: expected %s, got %s", path, show(expected), show(actual))
}

func matches(expected, actual any) bool { return mismatch(expected, actual, "it") == "" }

// match asks a matcher, if the object is one.
func match(object map[string]any, actual any) (holds, isMatcher bool) {
	if len(object) != 1 {
		return false, false
	}
	number, isNumber := actual.(float64)
	text, isText := actual.(string)
	elements, isArray := actual.([]any)
	for name, argument := range object {
		switch name {
		case "$any":
			return actual != nil, true
		case "$exact":
			return reflect.DeepEqual(plain(argument), plain(actual)), true
		case "$approx":
			of := argument.([]any)
			return isNumber && math.Abs(number-of[0].(float64)) <= of[1].(float64), true
		case "$at_least":
			return isNumber && number >= argument.(float64), true
		case "$at_most":
			return isNumber && number <= argument.(float64), true
		case "$length":
			switch {
			case isArray:
				return matches(argument, float64(len(elements))), true
			case isText:
				return matches(argument, float64(utf8.RuneCountInString(text))), true
			}
			return false, true
		case "$regex":
			return isText && regexp.MustCompile(argument.(string)).MatchString(text), true
		case "$contains":
			for _, element := range elements {
				if matches(argument, element) {
					return true, true
				}
			}
			part, isPart := argument.(string)
			return isText && isPart && strings.Contains(text, part), true
		case "$not":
			return !matches(argument, actual), true
		}
	}
	return false, false
}

// plain makes 0 of -0, which JSON does not tell apart.
func plain(value any) any {
	switch value := value.(type) {
	case float64:
		return value + 0
	case []any:
		made := make([]any, len(value))
		for at, each := range value {
			made[at] = plain(each)
		}
		return made
	case map[string]any:
		made := make(map[string]any, len(value))
		for key, each := range value {
			made[key] = plain(each)
		}
		return made
	default:
		return value
	}
}

func show(value any) string {
	const most = 1000
	data, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	if len(data) > most {
		return string(data[:most]) + "..."
	}
	return string(data)
}
