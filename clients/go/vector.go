package vecstore

import (
	"encoding/binary"
	"math"
	"slices"

	pb "github.com/vecstore/client-go/internal/gen/vecstore/v1"
)

const float32Bytes = 4

// SparseVector is a vector given by its non-zero components, at most 1,024 of them.
type SparseVector struct {
	// Indices are the components, strictly ascending.
	Indices []uint32
	// Values are finite and not zero, in the order of Indices.
	Values []float32
}

// toVectorBytes copies a vector into the bytes that travel: 4 x dimension bytes, little-endian f32. nil is none.
//
// A copy, so that a source of records may fill the same slice again, and every attempt sends the same bytes.
func toVectorBytes(vector []float32) ([]byte, error) {
	if vector == nil {
		return nil, nil
	}
	if len(vector) == 0 {
		return nil, refuse(ReasonInvalidVector, "vector is empty; it must have at least one number, or be nil for none")
	}
	data := make([]byte, float32Bytes*len(vector))
	for at, value := range vector {
		binary.LittleEndian.PutUint32(data[float32Bytes*at:], math.Float32bits(value))
	}
	return data, nil
}

// fromVector reads the vector of an answer: numbers, or the same as bytes; nil when there is none.
func fromVector(values []float32, data []byte) []float32 {
	if len(data) == 0 {
		return values
	}
	vector := make([]float32, len(data)/float32Bytes)
	for at := range vector {
		vector[at] = math.Float32frombits(binary.LittleEndian.Uint32(data[float32Bytes*at:]))
	}
	return vector
}

func toSparse(sparse *SparseVector, name string) (*pb.SparseVector, error) {
	if sparse == nil {
		return nil, nil //nolint:nilnil // No sparse vector is no message.
	}
	if len(sparse.Indices) != len(sparse.Values) {
		return nil, refuse(ReasonInvalidVector, "%s has %d indices and %d values; give one value for each index",
			name, len(sparse.Indices), len(sparse.Values))
	}
	// Copied, as dense vectors are.
	return &pb.SparseVector{Indices: slices.Clone(sparse.Indices), Values: slices.Clone(sparse.Values)}, nil
}

func fromSparse(sparse *pb.SparseVector) *SparseVector {
	if sparse == nil {
		return nil
	}
	return &SparseVector{Indices: sparse.GetIndices(), Values: sparse.GetValues()}
}
