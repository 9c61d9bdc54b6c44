package vecstore

import (
	"math"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// Ptr returns a pointer to value, for fields that may be absent: vecstore.Ptr("text").
func Ptr[T any](value T) *T { return &value }

// checkText refuses what UTF-8 cannot hold; the wire format would refuse it too, without saying where it is.
func checkText(text, name string, reason Reason) error {
	if utf8.ValidString(text) {
		return nil
	}
	return refuse(reason, "%s is %q, which is no UTF-8; correct it", name, clip(text))
}

// clip keeps a message short.
func clip(text string) string {
	const most = 64
	if len(text) > most {
		return text[:most] + "..."
	}
	return text
}

// toUint32 checks that a number fits an unsigned 32-bit field; the server knows the narrower range. nil stays nil.
func toUint32(value *int, name string) (*uint32, error) {
	if value == nil {
		return nil, nil //nolint:nilnil // An absent number is an absent field.
	}
	if *value < 0 || *value > math.MaxUint32 {
		return nil, refuse(ReasonLimitOutOfRange, "%s is %d; it must be 0..4,294,967,295", name, *value)
	}
	return Ptr(uint32(*value)), nil
}

// toTimestamp turns a time into its message; the zero time is none.
func toTimestamp(moment time.Time, name string) (*timestamppb.Timestamp, error) {
	if moment.IsZero() {
		return nil, nil //nolint:nilnil // No time is no message.
	}
	timestamp := timestamppb.New(moment)
	if !timestamp.IsValid() {
		return nil, refuse(ReasonInvalidArgument, "%s is %v; it must be within the years 1..9999", name, moment)
	}
	return timestamp, nil
}

// fromTimestamp turns a message into a time; none is the zero time.
func fromTimestamp(timestamp *timestamppb.Timestamp) time.Time {
	if timestamp == nil {
		return time.Time{}
	}
	return timestamp.AsTime()
}
