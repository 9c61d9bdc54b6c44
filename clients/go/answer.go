package vecstore

import (
	"encoding/binary"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	pb "github.com/vecstore/client-go/internal/gen/vecstore/v1"
)

// queryAnswer is a QueryResponse, or a QueryStreamResponse, which has the same fields: 1 results, 2 stats, 3 explain.
// answer_test.go compares it with what the generated code reads.
type queryAnswer struct {
	results []Result
	stats   *pb.QueryStats
	explain *pb.QueryExplain
}

// batchAnswer is a BatchQueryResponse: 1 responses.
type batchAnswer struct{ answers []queryAnswer }

func (a *queryAnswer) readWire(data []byte) error {
	return a.read(data, &answerReader{keys: map[string]string{}})
}

func (a *batchAnswer) readWire(data []byte) error {
	reader := &answerReader{keys: map[string]string{}}
	for len(data) > 0 {
		var field wireField
		var err error
		if field, data, err = nextField(data); err != nil {
			return err
		}
		if field.is(1, protowire.BytesType) {
			var answer queryAnswer
			if err := answer.read(field.bytes, reader); err != nil {
				return err
			}
			a.answers = append(a.answers, answer)
		}
	}
	return nil
}

//nolint:mnd // These are numbers of fields.
func (a *queryAnswer) read(data []byte, reader *answerReader) error {
	for len(data) > 0 {
		var field wireField
		var err error
		if field, data, err = nextField(data); err != nil {
			return err
		}
		switch {
		case field.is(1, protowire.BytesType):
			var result Result
			result, err = reader.result(field.bytes)
			a.results = append(a.results, result)
		case field.is(2, protowire.BytesType):
			a.stats = &pb.QueryStats{}
			err = proto.Unmarshal(field.bytes, a.stats)
		case field.is(3, protowire.BytesType):
			a.explain = &pb.QueryExplain{}
			err = proto.Unmarshal(field.bytes, a.explain)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// wireField is one field of a message: its value as bits, or as bytes.
type wireField struct {
	number protowire.Number
	kind   protowire.Type
	bits   uint64
	bytes  []byte
}

// is reports whether it is the field of a number. Under another type it is none that this client knows, as protobuf has it.
func (f wireField) is(number protowire.Number, kind protowire.Type) bool {
	return f.number == number && f.kind == kind
}

// nextField reads one field, and returns what comes behind it.
func nextField(data []byte) (wireField, []byte, error) {
	number, kind, size := protowire.ConsumeTag(data)
	if size < 0 {
		return wireField{}, nil, protowire.ParseError(size)
	}
	data = data[size:]
	field := wireField{number: number, kind: kind}
	switch kind {
	case protowire.VarintType:
		field.bits, size = protowire.ConsumeVarint(data)
	case protowire.Fixed32Type:
		var bits uint32
		bits, size = protowire.ConsumeFixed32(data)
		field.bits = uint64(bits)
	case protowire.Fixed64Type:
		field.bits, size = protowire.ConsumeFixed64(data)
	case protowire.BytesType:
		field.bytes, size = protowire.ConsumeBytes(data)
	default:
		size = protowire.ConsumeFieldValue(number, kind, data)
	}
	if size < 0 {
		return wireField{}, nil, protowire.ParseError(size)
	}
	return field, data[size:], nil
}

// answerReader reads the parts of one answer.
type answerReader struct {
	// keys of metadata, which most results share: each is made once.
	keys  map[string]string
	depth int
}

//nolint:cyclop,mnd // One case for each field of QueryResult, by its number.
func (r *answerReader) result(data []byte) (result Result, err error) {
	for len(data) > 0 {
		var field wireField
		if field, data, err = nextField(data); err != nil {
			return result, err
		}
		switch {
		case field.is(1, protowire.BytesType):
			result.ID = string(field.bytes)
		case field.is(2, protowire.Fixed64Type):
			result.Score = math.Float64frombits(field.bits)
		case field.is(3, protowire.Fixed64Type):
			result.Distance = Ptr(math.Float64frombits(field.bits))
		case field.is(4, protowire.VarintType):
			result.Version = field.bits
		case field.is(5, protowire.BytesType):
			result.Metadata, err = r.object(field.bytes)
		case field.is(6, protowire.BytesType):
			result.Vector, err = appendPacked(result.Vector, field.bytes)
		case field.is(6, protowire.Fixed32Type):
			result.Vector = append(result.Vector, math.Float32frombits(uint32(field.bits))) //nolint:gosec // They are 32 bits.
		case field.is(7, protowire.BytesType):
			result.Text = string(field.bytes)
		case field.is(8, protowire.BytesType):
			explain := &pb.QueryResultExplain{}
			err = proto.Unmarshal(field.bytes, explain)
			result.Explanation = fromResultExplain(explain)
		case field.is(9, protowire.BytesType):
			sparse := &pb.SparseVector{}
			err = proto.Unmarshal(field.bytes, sparse)
			result.Sparse = fromSparse(sparse)
		}
		if err != nil {
			return result, err
		}
	}
	return result, nil
}

// appendPacked appends a run of numbers.
func appendPacked(vector []float32, data []byte) ([]float32, error) {
	if len(data)%float32Bytes != 0 {
		return nil, malformed("a run of float32 ends in the middle of one")
	}
	if vector == nil {
		vector = make([]float32, 0, len(data)/float32Bytes)
	}
	for ; len(data) > 0; data = data[float32Bytes:] {
		vector = append(vector, math.Float32frombits(binary.LittleEndian.Uint32(data)))
	}
	return vector, nil
}

// object reads a google.protobuf.Struct: 1 fields, each with 1 key and 2 value.
func (r *answerReader) object(data []byte) (map[string]any, error) {
	object := map[string]any{}
	for len(data) > 0 {
		var field wireField
		var err error
		if field, data, err = nextField(data); err != nil {
			return nil, err
		}
		if !field.is(1, protowire.BytesType) {
			continue
		}
		key, value, err := r.entry(field.bytes)
		if err != nil {
			return nil, err
		}
		object[key] = value
	}
	return object, nil
}

//nolint:mnd // These are numbers of fields.
func (r *answerReader) entry(data []byte) (key string, value any, err error) {
	for len(data) > 0 {
		var field wireField
		if field, data, err = nextField(data); err != nil {
			return "", nil, err
		}
		switch {
		case field.is(1, protowire.BytesType):
			key = r.key(field.bytes)
		case field.is(2, protowire.BytesType):
			if value, err = r.value(field.bytes); err != nil {
				return "", nil, err
			}
		}
	}
	return key, value, nil
}

func (r *answerReader) key(data []byte) string {
	if key, ok := r.keys[string(data)]; ok {
		return key
	}
	key := string(data)
	r.keys[key] = key
	return key
}

// value reads a google.protobuf.Value: 1 null, 2 number, 3 string, 4 bool, 5 struct, 6 list.
//
//nolint:cyclop,mnd // One case for each field, by its number.
func (r *answerReader) value(data []byte) (value any, err error) {
	if r.depth++; r.depth > maxNesting {
		return nil, malformed("metadata nest too deep")
	}
	defer func() { r.depth-- }()
	for len(data) > 0 {
		var field wireField
		if field, data, err = nextField(data); err != nil {
			return nil, err
		}
		switch {
		case field.is(1, protowire.VarintType):
			value = nil
		case field.is(2, protowire.Fixed64Type):
			value = math.Float64frombits(field.bits)
		case field.is(3, protowire.BytesType):
			value = string(field.bytes)
		case field.is(4, protowire.VarintType):
			value = field.bits != 0
		case field.is(5, protowire.BytesType):
			value, err = r.object(field.bytes)
		case field.is(6, protowire.BytesType):
			value, err = r.list(field.bytes)
		}
		if err != nil {
			return nil, err
		}
	}
	return value, nil
}

// list reads a google.protobuf.ListValue: 1 values.
func (r *answerReader) list(data []byte) (list []any, err error) {
	list = []any{}
	for len(data) > 0 {
		var field wireField
		if field, data, err = nextField(data); err != nil {
			return nil, err
		}
		if !field.is(1, protowire.BytesType) {
			continue
		}
		value, err := r.value(field.bytes)
		if err != nil {
			return nil, err
		}
		list = append(list, value)
	}
	return list, nil
}
