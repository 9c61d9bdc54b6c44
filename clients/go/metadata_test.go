package vecstore

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestMetadataComeBackAsJSONHasThem(t *testing.T) {
	t.Parallel()
	type kind string
	year := 2019
	metadata := map[string]any{
		"": "empty key", "none": nil, "yes": true, "text": "räume", "number": 1.5, "whole": 7, "small": int8(-3),
		"unsigned": uint16(9),
		"float":    float32(0.5), "kind": kind("book"), "pointer": &year, "nil pointer": (*int)(nil), "json": json.Number("12.25"),
		"list": []any{1, "a", nil}, "texts": []string{"a", "b"}, "array": [2]int{1, 2},
		"nested":  map[string]any{"a": map[string]string{"b": "c"}},
		"largest": int64(maxExactInteger), "empty list": []any{}, "empty object": map[string]any{},
	}
	message, err := toMetadata(metadata, "metadata")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"": "empty key", "none": nil, "yes": true, "text": "räume", "number": 1.5, "whole": 7.0, "small": -3.0, "unsigned": 9.0,
		"float": 0.5, "kind": "book", "pointer": 2019.0, "nil pointer": nil, "json": 12.25,
		"list": []any{1.0, "a", nil}, "texts": []any{"a", "b"}, "array": []any{1.0, 2.0},
		"nested":  map[string]any{"a": map[string]any{"b": "c"}},
		"largest": float64(maxExactInteger), "empty list": []any{}, "empty object": map[string]any{},
	}
	if got := fromMetadata(message); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
	if none, err := toMetadata(nil, "metadata"); none != nil || err != nil {
		t.Errorf("none became %v, %v", none, err)
	}
	if got := fromMetadata(nil); got != nil {
		t.Errorf("none became %v", got)
	}
}

func TestMetadataThatJSONCannotHoldAreRefusedByPath(t *testing.T) {
	t.Parallel()
	loop := map[string]any{}
	loop["a"] = loop
	list := make([]any, 1)
	list[0] = list
	for path, value := range map[string]any{
		"metadata.x ":         math.NaN(),
		"metadata.x[1] ":      []any{1, math.Inf(-1)},
		"metadata.x.y[0].z ":  map[string]any{"y": []any{map[string]any{"z": time.Now()}}},
		"metadata.x[2] ":      []string{"a", "b", "\xff"},
		"metadata.x has ":     map[string]any{"\xff": 1},
		"metadata.x is ":      int64(maxExactInteger + 1),
		"metadata.x.b ":       map[string]uint64{"b": math.MaxUint64},
		"metadata.x is of ":   make(chan int),
		"metadata.x is of t":  map[int]string{1: "a"},
		"metadata.x.a.a.a":    loop,
		"metadata.x[0][0][0]": list,
		"metadata.x is the":   json.Number("many"),
	} {
		_, err := toMetadata(map[string]any{"x": value}, "metadata")
		refusal, ok := asError(err)
		if !ok || refusal.Reason != ReasonInvalidMetadata || !strings.HasPrefix(refusal.Message, path) {
			t.Errorf("%s: got %v", path, err)
		}
	}
}

func TestVectorsTravelBitForBit(t *testing.T) {
	t.Parallel()
	vector := []float32{0, float32(math.Copysign(0, -1)), 1, -2.5, math.SmallestNonzeroFloat32, math.MaxFloat32, float32(math.Pi)}
	data, err := toVectorBytes(vector)
	if err != nil || len(data) != 4*len(vector) {
		t.Fatalf("got %v, %v", data, err)
	}
	vector[2] = 9
	got := fromVector(nil, data)
	vector[2] = 1
	for at, number := range vector {
		if math.Float32bits(got[at]) != math.Float32bits(number) {
			t.Errorf("number %d came back as %v", at, got[at])
		}
	}
	if data, err := toVectorBytes(nil); data != nil || err != nil {
		t.Errorf("none became %v, %v", data, err)
	}
	if _, err := toVectorBytes([]float32{}); !errors.Is(err, ReasonInvalidVector) {
		t.Errorf("an empty one: got %v", err)
	}
	sparse := &SparseVector{Indices: []uint32{1}, Values: []float32{1, 2}}
	if _, err := toSparse(sparse, "sparse"); !errors.Is(err, ReasonInvalidVector) {
		t.Errorf("more values than indices: got %v", err)
	}
}

func TestRecordsAreRefusedByPath(t *testing.T) {
	t.Parallel()
	year10000 := time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
	for want, record := range map[string]Record{
		"records[1].id is ":         {ID: "\xff"},
		"records[1].vector is ":     {ID: "a", Vector: []float32{}},
		"records[1].sparse has ":    {ID: "a", Sparse: &SparseVector{Indices: []uint32{1}}},
		"records[1].text is ":       {ID: "a", Text: "\xff"},
		"records[1].metadata.x is ": {ID: "a", Metadata: map[string]any{"x": math.NaN()}},
		"records[1].expires_at is ": {ID: "a", ExpiresAt: year10000},
	} {
		_, err := toRecords([]Record{{ID: "good"}, record})
		refusal, ok := asError(err)
		if !ok || refusal.Code != CodeInvalidArgument || !strings.HasPrefix(refusal.Message, want) {
			t.Errorf("%s: got %v", want, err)
		}
	}
}
