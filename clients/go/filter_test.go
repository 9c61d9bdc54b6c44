package vecstore

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
)

func TestTheJSONFormSaysWhatTheTreeSays(t *testing.T) {
	t.Parallel()
	moment := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	year := Field("year")
	for text, want := range map[string]Filter{
		`{"year": 2019}`:                                                year.Equal(2019),
		`{"year": null}`:                                                year.Equal(nil),
		`{"year": {"$eq": true}}`:                                       year.Equal(true),
		`{"year": {"$ne": "x"}}`:                                        year.NotEqual("x"),
		`{"year": {"$gt": 1, "$lte": 2}}`:                               And(year.Greater(1), year.LessOrEqual(2)),
		`{"year": {"$gte": 1}, "a.b": {"$lt": 1}}`:                      And(Field("a", "b").Less(1), year.GreaterOrEqual(1)),
		`{"year": {"$in": [1, "a", null]}}`:                             year.In(1, "a", nil),
		`{"year": {"$nin": [1]}}`:                                       year.NotIn(1),
		`{"year": {"$contains": "x"}}`:                                  year.Contains("x"),
		`{"year": {"$exists": true}}`:                                   year.Exists(),
		`{"year": {"$exists": false}}`:                                  Not(year.Exists()),
		`{"year": {"$not": {"$gt": 1}}}`:                                Not(year.Greater(1)),
		`{"$not": {"year": 1}}`:                                         Not(year.Equal(1)),
		`{"$and": [{"year": 1}, {"year": 2}]}`:                          And(year.Equal(1), year.Equal(2)),
		`{"$or": [{"year": 1}]}`:                                        Or(year.Equal(1)),
		`{"year": {"$timestamp": "2026-01-01T01:00:00+01:00"}}`:         year.Equal(moment),
		`{"year": {"$gt": {"$timestamp": "2026-01-01T00:00:00.000Z"}}}`: year.Greater(moment),
		"{\"`a.b`.c\": 1}":                                              Field("a.b", "c").Equal(1),
		"{\"`a``b\\\\n\\\\u0041\\\\u{1F981}`\": 1}":                     Field("a`b\nA🦁").Equal(1),
	} {
		var filter map[string]any
		if err := json.Unmarshal([]byte(text), &filter); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		got, err := FilterFromMap(filter)
		if err != nil || !proto.Equal(got.message, want.message) {
			t.Errorf("%s: got %v, %v", text, got.message, err)
		}
	}
}

func TestABadJSONFormIsRefusedByPath(t *testing.T) {
	t.Parallel()
	deep := map[string]any{"a": 1}
	for range maxNesting + 1 {
		deep = map[string]any{"$not": deep}
	}
	for text, want := range map[string]string{
		`{}`:           "filter is empty",
		`{"$xor": []}`: "filter.$xor is no operator",
		`{"$and": []}`: "filter.$and must be",
		`{"$and": [{"a": 1}, {"b": {"$gte": []}}]}`: "filter.$and[1].b.$gte must be",
		`{"a": [1]}`:                          "filter.a is an array",
		`{"a": {"b": 1}}`:                     "filter.a.b is no operator",
		`{"a": {"$in": 1}}`:                   "filter.a.$in must be",
		`{"a": {"$in": [1, {}]}}`:             "filter.a.$in[1] must be",
		`{"a": {"$exists": 1}}`:               "filter.a.$exists must be",
		`{"a": {"$timestamp": "soon"}}`:       "filter.a must be",
		`{"a": {"$timestamp": "2026-01-01"}}`: "filter.a must be",
		`{"a..b": 1}`:                         "filter.a..b is no path",
		`{"": 1}`:                             "filter. is no path",
		`{"$not": 1}`:                         "filter.$not must be",
	} {
		var filter map[string]any
		if err := json.Unmarshal([]byte(text), &filter); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		_, err := FilterFromMap(filter)
		refusal, ok := asError(err)
		if !ok || refusal.Reason != ReasonInvalidFilter || !strings.HasPrefix(refusal.Message, want) {
			t.Errorf("%s: got %v", text, err)
		}
	}
	if _, err := FilterFromMap(deep); !errors.Is(err, ReasonInvalidFilter) {
		t.Errorf("a deep one: got %v", err)
	}
}

func TestABadFilterIsTheErrorOfItsCall(t *testing.T) {
	t.Parallel()
	client := startFake(t).client(t)
	for name, option := range map[string]FilterOption{
		"empty":         WithFilter("  "),
		"no UTF-8":      WithFilter("a = '\xff'"),
		"a bad value":   WithFilterTree(Not(And(Field("a").Equal(1), Field("a").Equal([]int{1})))),
		"not a number":  WithFilterTree(Or(Field("a").Between(1, math.NaN()))),
		"a bad path":    WithFilterTree(Field("\xff").Exists()),
		"a bad prefix":  WithFilterTree(Field("a").StartsWith("\xff")),
		"a bad element": WithFilterTree(Field("a").In(1, struct{}{})),
	} {
		if _, err := client.Count(t.Context(), option); !errors.Is(err, ReasonInvalidFilter) {
			t.Errorf("%s: got %v", name, err)
		}
		if _, err := client.Query(t.Context(), []float32{1}, 1, option); !errors.Is(err, ReasonInvalidFilter) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
