package vecstore

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/structpb"

	pb "github.com/vecstore/client-go/internal/gen/vecstore/v1"
)

// fromMessage makes a result of what the generated code reads.
func fromMessage(result *pb.QueryResult) Result {
	return Result{
		ID:          result.GetId(),
		Score:       result.GetScore(),
		Distance:    result.Distance,
		Version:     result.GetVersion(),
		Metadata:    fromMetadata(result.GetMetadata()),
		Vector:      result.GetVector(),
		Sparse:      fromSparse(result.GetSparse()),
		Text:        result.GetText(),
		Explanation: fromResultExplain(result.GetExplain()),
	}
}

// fillMessage sets some fields of a message to something.
func fillMessage(message protoreflect.Message, random *rand.Rand, depth int) {
	fields := message.Descriptor().Fields()
	for at := range fields.Len() {
		field := fields.Get(at)
		if depth == 0 && field.Message() != nil || random.IntN(4) == 0 {
			continue
		}
		switch {
		case field.IsMap():
			entries := message.Mutable(field).Map()
			for range random.IntN(4) {
				key := protoreflect.ValueOfString(randomText(random)).MapKey()
				value := entries.NewValue()
				fillMessage(value.Message(), random, depth-1)
				entries.Set(key, value)
			}
		case field.IsList():
			list := message.Mutable(field).List()
			for range random.IntN(5) {
				if field.Message() == nil {
					list.Append(randomScalar(field.Kind(), random))
					continue
				}
				element := list.AppendMutable()
				fillMessage(element.Message(), random, depth-1)
			}
		case field.Message() != nil:
			fillMessage(message.Mutable(field).Message(), random, depth-1)
		default:
			message.Set(field, randomScalar(field.Kind(), random))
		}
	}
}

func randomScalar(kind protoreflect.Kind, random *rand.Rand) protoreflect.Value {
	switch kind {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(randomText(random))
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64(random.NormFloat64())
	case protoreflect.FloatKind:
		return protoreflect.ValueOfFloat32(float32(random.NormFloat64()))
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(random.IntN(2) == 0)
	case protoreflect.Uint32Kind:
		return protoreflect.ValueOfUint32(random.Uint32())
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(0)
	default:
		return protoreflect.ValueOfUint64(random.Uint64())
	}
}

func randomText(random *rand.Rand) string {
	return strings.Repeat(string(rune('a'+random.IntN(26)))+"ü", random.IntN(3))
}

func TestAnswersAreReadAsTheGeneratedCodeReadsThem(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 7))
	batch, wantBatch := &pb.BatchQueryResponse{}, [][]Result{}
	for round := range 500 {
		message := &pb.QueryResponse{}
		fillMessage(message.ProtoReflect(), random, 6)
		data, err := proto.Marshal(message)
		if err != nil {
			t.Fatal(err)
		}
		// What a later version may add.
		data = protowire.AppendString(protowire.AppendTag(data, 99, protowire.BytesType), "new")
		data = protowire.AppendVarint(protowire.AppendTag(data, 1, protowire.VarintType), 1)
		var got queryAnswer
		if err := (wireCodec{}).Unmarshal(data, &got); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		var want []Result
		for _, result := range message.GetResults() {
			want = append(want, fromMessage(result))
		}
		if !reflect.DeepEqual(got.results, want) {
			t.Fatalf("round %d: got %+v, not %+v", round, got.results, want)
		}
		if !proto.Equal(got.stats, message.GetStats()) || !proto.Equal(got.explain, message.GetExplain()) {
			t.Fatalf("round %d: got %v and %v", round, got.stats, got.explain)
		}
		batch.Responses, wantBatch = append(batch.Responses, message), append(wantBatch, want)
	}
	data, err := proto.Marshal(batch)
	if err != nil {
		t.Fatal(err)
	}
	var got batchAnswer
	if err := (wireCodec{}).Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	for at, want := range wantBatch {
		if !reflect.DeepEqual(got.answers[at].results, want) {
			t.Fatalf("answer %d of the batch differs", at)
		}
	}
}

func TestNumbersMayComeOneByOne(t *testing.T) {
	t.Parallel()
	single := protowire.AppendFixed32(protowire.AppendTag(nil, 6, protowire.Fixed32Type), 0x3f800000)
	packed := protowire.AppendBytes(protowire.AppendTag(nil, 6, protowire.BytesType), []byte{0, 0, 0, 0xc0, 0, 0, 0x80, 0x3f})
	data := protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), append(single, packed...))
	var got queryAnswer
	if err := got.readWire(data); err != nil || !reflect.DeepEqual(got.results[0].Vector, []float32{1, -2, 1}) {
		t.Errorf("got %+v, %v", got.results, err)
	}
}

func TestWhatIsNoAnswerIsAnError(t *testing.T) {
	t.Parallel()
	deep := structpb.NewNullValue()
	for range maxNesting + 1 {
		deep = structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{deep}})
	}
	fields := map[string]*structpb.Value{"a": structpb.NewStringValue("b"), "list": deep.GetListValue().GetValues()[0]}
	message := &pb.QueryResponse{
		Results: []*pb.QueryResult{{Id: "a", Vector: []float32{1}, Metadata: &structpb.Struct{Fields: fields}}},
		Stats:   &pb.QueryStats{Candidates: 300},
	}
	whole, err := proto.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	errs := 0
	for size := range whole {
		var generated pb.QueryResponse
		var got queryAnswer
		wantError := proto.Unmarshal(whole[:size], &generated) != nil
		if err := got.readWire(whole[:size]); err == nil && wantError {
			t.Errorf("%d of %d bytes are read as %+v", size, len(whole), got)
		} else if err != nil {
			errs++
		}
	}
	if errs < len(whole)/2 {
		t.Errorf("%d of %d are errors", errs, len(whole))
	}
	message.Results[0].Metadata.Fields["list"] = structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{deep}})
	tooDeep, err := proto.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	var got queryAnswer
	if err := got.readWire(tooDeep); err == nil {
		t.Error("it was read although it nests too deep")
	}
	for _, message := range []any{"text", 1} {
		if err := (wireCodec{}).Unmarshal(nil, message); err == nil {
			t.Errorf("%T is a message", message)
		}
		if _, err := (wireCodec{}).Marshal(message); err == nil {
			t.Errorf("%T is a message", message)
		}
	}
}
