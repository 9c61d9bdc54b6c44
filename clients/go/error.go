package vecstore

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Code is a status code of the Connect protocol. As an error it serves errors.Is:
//
//	errors.Is(err, vecstore.CodeNotFound)
type Code string //nolint:errname // It is a code; that it is an error too serves errors.Is, as with syscall.Errno.

// The status codes.
const (
	CodeCanceled           Code = "canceled"
	CodeUnknown            Code = "unknown"
	CodeInvalidArgument    Code = "invalid_argument"
	CodeDeadlineExceeded   Code = "deadline_exceeded"
	CodeNotFound           Code = "not_found"
	CodeAlreadyExists      Code = "already_exists"
	CodePermissionDenied   Code = "permission_denied"
	CodeResourceExhausted  Code = "resource_exhausted"
	CodeFailedPrecondition Code = "failed_precondition"
	CodeAborted            Code = "aborted"
	CodeOutOfRange         Code = "out_of_range"
	CodeUnimplemented      Code = "unimplemented"
	CodeInternal           Code = "internal"
	CodeUnavailable        Code = "unavailable"
	CodeDataLoss           Code = "data_loss"
	CodeUnauthenticated    Code = "unauthenticated"
)

// Error returns the code.
func (c Code) Error() string { return "vecstore: " + string(c) }

// Reason is what a caller can act on, one name each, the same in every language. As an error it serves errors.Is:
//
//	errors.Is(err, vecstore.ReasonVersionConflict)
//
// A newer server may send a name that is not listed: act on the code then.
type Reason string //nolint:errname // As Code.

// Error returns the reason.
func (r Reason) Error() string { return "vecstore: " + string(r) }

// Error is the error of every method. Find it with errors.As, or ask for its cause with errors.Is and a [Reason], a [Code],
// context.Canceled or context.DeadlineExceeded.
type Error struct {
	// Code is Connect's status code.
	Code Code
	// Reason is the cause, one name for each thing a caller can act on.
	Reason Reason
	// Message is for people: what was got, what is allowed, what to do.
	Message string
	// Details are facts that belong to the error, as the server sent them. May be nil.
	Details map[string]string
	// RetryAfter is how long the server asks to wait, 0 or more; nil when it does not say.
	RetryAfter *time.Duration

	cause error
}

// Error returns the reason and the message.
func (e *Error) Error() string { return "vecstore: " + string(e.Reason) + ": " + e.Message }

// Unwrap returns what the transport or the context reported. May be nil.
func (e *Error) Unwrap() error { return e.cause }

// Is reports whether target is the error's Reason or Code, or the error of the context that ended the call.
func (e *Error) Is(target error) bool {
	switch target {
	case e.Reason, e.Code:
		return true
	case context.Canceled:
		return e.Reason == ReasonCanceled
	case context.DeadlineExceeded:
		return e.Code == CodeDeadlineExceeded
	}
	return false
}

// Retryable reports whether the same request may succeed later. It does not say that repeating a write is safe.
func (e *Error) Retryable() bool {
	switch e.Code {
	case CodeUnavailable:
		// These two only a person can remove.
		return e.Reason != ReasonStoreStopped && e.Reason != ReasonTLSFailed
	case CodeResourceExhausted:
		return e.RetryAfter != nil || passesByItself(e.Reason)
	default:
		return false
	}
}

// passesByItself names refusals of a busy server that pass, also when no Retry-After comes along.
func passesByItself(reason Reason) bool {
	return reason == ReasonIndexBacklog || reason == ReasonRateLimited || reason == ReasonConcurrencyLimited
}

// refuse makes the error of an argument that the client itself refuses, in the server's words: what was got, what is
// allowed, what to do.
func refuse(reason Reason, format string, args ...any) *Error {
	return &Error{Code: CodeInvalidArgument, Reason: reason, Message: fmt.Sprintf(format, args...)}
}

// within says where in a request a refusal belongs: its message begins with the path of a field.
func within(place string, err error) error {
	refusal, ok := asError(err)
	if !ok {
		return err
	}
	placed := *refusal
	placed.Message = place + "." + refusal.Message
	return &placed
}

func deadlineExceeded(cause error) *Error {
	return &Error{
		Code:    CodeDeadlineExceeded,
		Reason:  ReasonDeadlineExceeded,
		Message: "the deadline passed; allow more time by the context or WithTimeout, or ask for less. A write may have happened",
		cause:   cause,
	}
}

func canceled(cause error) *Error {
	return &Error{Code: CodeCanceled, Reason: ReasonCanceled, Message: "the call was canceled", cause: cause}
}

func clientClosed() *Error {
	return &Error{Code: CodeCanceled, Reason: ReasonClientClosed, Message: "the client is closed; make a new one"}
}

// asError finds the *Error in err.
func asError(err error) (*Error, bool) {
	var found *Error
	ok := errors.As(err, &found)
	return found, ok
}
