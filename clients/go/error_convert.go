package vecstore

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/encoding/protowire"
)

const (
	errorInfoType   = "google.rpc.ErrorInfo"
	errorInfoDomain = "vecstore"
	// Numbers of its fields, and of those of an entry of its metadata.
	reasonField, domainField, metadataField = 1, 2, 3
	keyField, valueField                    = 1, 2
)

// connectionError marks what the transport reported, so that a broken connection is never taken for an answer: Connect
// gives both the same codes.
type connectionError struct{ cause error }

func (e *connectionError) Error() string { return e.cause.Error() }
func (e *connectionError) Unwrap() error { return e.cause }

// toError turns whatever a call returned into an *Error.
//
// The order matters: a call that the caller ended fails in the transport with some consequence of that, and a broken
// connection arrives under codes such as aborted, which from a server means a version conflict.
func toError(ctx context.Context, err error, url string) *Error {
	if own, ok := asError(err); ok {
		return own
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return fromCause(ctx)
	}
	var answer *connect.Error
	if !errors.As(err, &answer) {
		answer = connect.NewError(connect.CodeUnknown, err)
	}
	if info, ok := findErrorInfo(answer); ok {
		return fromAnswer(ctx, answer, info)
	}
	if hasExpired(ctx) {
		return deadlineExceeded(err)
	}
	var broken *connectionError
	if errors.As(err, &broken) {
		return fromConnection(broken, url)
	}
	if answer.Code() == connect.CodeDeadlineExceeded {
		return deadlineExceeded(err)
	}
	return fromAnswer(ctx, answer, errorInfo{})
}

// hasExpired asks the clock too: the other side may notice a deadline before the context does.
func hasExpired(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	return ok && !time.Now().Before(deadline)
}

// fromCause says who ended the call: the caller, or Close.
func fromCause(ctx context.Context) *Error {
	cause := context.Cause(ctx)
	if own, ok := asError(cause); ok {
		return own
	}
	return canceled(cause)
}

func fromAnswer(ctx context.Context, answer *connect.Error, info errorInfo) *Error {
	code := Code(answer.Code().String())
	message := answer.Message()
	if message == "" {
		message = "the server answered " + string(code) + " without a message"
	}
	retryAfter := answer.Meta().Get("Retry-After")
	if retryAfter == "" {
		retryAfter = retryAfterOf(ctx)
	}
	return &Error{
		Code:       code,
		Reason:     reasonOf(code, info),
		Message:    message,
		Details:    info.metadata,
		RetryAfter: parseRetryAfter(retryAfter, time.Now()),
		cause:      answer,
	}
}

// reasonOf falls back to the reason of codes that have only one, for answers without an ErrorInfo.
func reasonOf(code Code, info errorInfo) Reason {
	switch {
	case info.reason != "":
		return info.reason
	case code == CodeCanceled:
		return ReasonCanceled
	case code == CodeUnimplemented:
		return ReasonNotImplemented
	default:
		return ReasonUnspecified
	}
}

func fromConnection(broken *connectionError, url string) *Error {
	reason, what := ReasonConnectionLost, "the connection to "+url+" broke off"
	var dialing *net.OpError
	switch {
	case isTLSFailure(broken):
		reason, what = ReasonTLSFailed, "no trusted connection to "+url
	case errors.As(broken, &dialing) && dialing.Op == "dial":
		reason, what = ReasonUnreachable, "cannot reach "+url
	}
	message := fmt.Sprintf("%s: %v", what, broken.cause)
	return &Error{Code: CodeUnavailable, Reason: reason, Message: message, cause: broken.cause}
}

func isTLSFailure(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		record       tls.RecordHeaderError
		alert        tls.AlertError
		authority    x509.UnknownAuthorityError
		hostname     x509.HostnameError
		invalid      x509.CertificateInvalidError
	)
	return errors.As(err, &verification) || errors.As(err, &record) || errors.As(err, &alert) ||
		errors.As(err, &authority) || errors.As(err, &hostname) || errors.As(err, &invalid) ||
		errors.Is(err, http.ErrSchemeMismatch) ||
		// What the other side says of our certificate has a type of its own, which crypto/tls keeps to itself.
		strings.Contains(err.Error(), "remote error: tls: ")
}

// parseRetryAfter reads a Retry-After header, seconds or a date; nil when there is none or it does not parse.
func parseRetryAfter(header string, now time.Time) *time.Duration {
	header = strings.TrimSpace(header)
	var wait time.Duration
	if seconds, err := strconv.ParseFloat(header, 64); err == nil {
		wait = time.Duration(seconds * float64(time.Second))
	} else if date, err := http.ParseTime(header); err == nil {
		wait = date.Sub(now)
	} else {
		return nil
	}
	wait = max(0, wait)
	return &wait
}

// errorInfo is a google.rpc.ErrorInfo: why, and the facts.
type errorInfo struct {
	reason   Reason
	domain   string
	metadata map[string]string
}

// findErrorInfo looks for the ErrorInfo of a vecstore server among the details of an answer.
func findErrorInfo(answer *connect.Error) (errorInfo, bool) {
	for _, detail := range answer.Details() {
		if detail.Type() != errorInfoType {
			continue
		}
		if info, ok := parseErrorInfo(detail.Bytes()); ok && info.domain == errorInfoDomain {
			return info, true
		}
	}
	return errorInfo{}, false
}

// parseErrorInfo reads the message by hand. A generated type would register a name that belongs to another package, and
// a program that links both would not start.
func parseErrorInfo(data []byte) (errorInfo, bool) {
	var info errorInfo
	ok := eachField(data, func(number protowire.Number, value []byte) {
		switch number {
		case reasonField:
			info.reason = Reason(value)
		case domainField:
			info.domain = string(value)
		case metadataField:
			if info.metadata == nil {
				info.metadata = map[string]string{}
			}
			key, text := parseEntry(value)
			info.metadata[key] = text
		default: // A field of a later version.
		}
	})
	return info, ok
}

// parseEntry reads an entry of a map of strings.
func parseEntry(data []byte) (key, text string) {
	eachField(data, func(number protowire.Number, value []byte) {
		switch number {
		case keyField:
			key = string(value)
		case valueField:
			text = string(value)
		default: // A field of a later version.
		}
	})
	return key, text
}

// eachField calls visit for every field that holds bytes, and reports whether data is a message.
func eachField(data []byte, visit func(protowire.Number, []byte)) bool {
	for len(data) > 0 {
		number, kind, size := protowire.ConsumeTag(data)
		if size < 0 {
			return false
		}
		data = data[size:]
		length := protowire.ConsumeFieldValue(number, kind, data)
		if length < 0 {
			return false
		}
		if kind == protowire.BytesType {
			value, _ := protowire.ConsumeBytes(data)
			visit(number, value)
		}
		data = data[length:]
	}
	return true
}
