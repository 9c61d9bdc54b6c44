package vecstore

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"time"
)

// retryPolicy says how often and how fast a call is repeated.
type retryPolicy struct {
	// attempts is their number in all, 1 or more.
	attempts int
	// backoff bounds the first wait; each further bound is twice the one before, up to maxBackoff.
	backoff, maxBackoff time.Duration
}

const (
	defaultAttempts   = 3
	defaultBackoff    = 100 * time.Millisecond
	defaultMaxBackoff = 5 * time.Second
)

// wait chooses a wait after a number of tries: random up to a bound that doubles with each, and never less than the
// server asks for.
func (p retryPolicy) wait(err *Error, tries int) time.Duration {
	bound := min(float64(p.maxBackoff), math.Ldexp(float64(p.backoff), tries-1))
	chance := time.Duration(rand.Float64() * bound) //nolint:gosec // It spreads waits, and keeps no secret.
	if err.RetryAfter == nil {
		return chance
	}
	// Chance comes on top of Retry-After, or all callers that were refused together would come back together.
	return *err.RetryAfter + chance
}

// retry runs attempt until it succeeds, may not be repeated, or the attempts or the time are used up.
//
// A call that is not repeatable is repeated only where it never began. Such are writes without an idempotency key.
func (p retryPolicy) retry(ctx context.Context, repeatable bool, attempt func() *Error) *Error {
	for tries := 1; ; tries++ {
		err := attempt()
		if err == nil || !err.Retryable() || tries >= p.attempts || !repeatable && !neverBegan(err.Reason) {
			return err
		}
		wait := p.wait(err, tries)
		// A wait that ends past the deadline would only hide the cause behind DEADLINE_EXCEEDED.
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= wait {
			return err
		}
		if ended := sleep(ctx, wait); ended != nil {
			return ended
		}
	}
}

// neverBegan names causes that a server gives before it begins the work, or that kept the request from leaving.
func neverBegan(reason Reason) bool {
	switch reason {
	case ReasonUnreachable, ReasonIndexBacklog, ReasonRateLimited, ReasonConcurrencyLimited, ReasonConnectionsLimited,
		ReasonStarting:
		return true
	default:
		return false
	}
}

// sleep waits, and returns the cause as soon as the context ends.
func sleep(ctx context.Context, duration time.Duration) *Error {
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ended(ctx)
	}
}

// ended makes the error of a context that ended.
func ended(ctx context.Context) *Error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return deadlineExceeded(ctx.Err())
	}
	return fromCause(ctx)
}
