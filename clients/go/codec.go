package vecstore

import (
	"fmt"

	"google.golang.org/protobuf/proto"
)

// wireCodec is Connect's own codec for protobuf, save that answers which read themselves do: what most calls answer is made of
// many small parts, and a message in between would double them.
type wireCodec struct{}

// selfReading is what wireCodec hands the bytes of an answer. They are Connect's, and used again.
type selfReading interface{ readWire(data []byte) error }

// malformed is the error of bytes that are no message.
type malformed string

func (m malformed) Error() string { return string(m) }

func (wireCodec) Name() string { return "proto" }

func (c wireCodec) Marshal(message any) ([]byte, error) { return c.MarshalAppend(nil, message) }

// MarshalAppend lets Connect use its buffers again.
func (wireCodec) MarshalAppend(to []byte, message any) ([]byte, error) {
	typed, ok := message.(proto.Message)
	if !ok {
		return nil, malformed(fmt.Sprintf("%T is no message", message))
	}
	return proto.MarshalOptions{}.MarshalAppend(to, typed)
}

func (wireCodec) Unmarshal(data []byte, message any) error {
	switch typed := message.(type) {
	case selfReading:
		return typed.readWire(data)
	case proto.Message:
		return proto.Unmarshal(data, typed)
	default:
		return malformed(fmt.Sprintf("%T is no message", message))
	}
}
