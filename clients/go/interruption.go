package vecstore

import "time"

// Interruption is a time in which the connection of an import was lost, or the server refused for a cause that passes.
type Interruption struct {
	State InterruptionState
	// Err is why the last attempt failed.
	Err *Error
	// Attempts that failed since it began, 1 or more; Duration is the time since the first of them.
	Attempts int
	Duration time.Duration
	// Delay is the time until the next attempt; 0 when it is over.
	Delay time.Duration
}

// InterruptionState says where an interruption stands.
type InterruptionState string

// The states.
const (
	// InterruptionWaiting is told before each wait for another attempt.
	InterruptionWaiting InterruptionState = "waiting"
	// InterruptionOver is told once, when something got done again.
	InterruptionOver InterruptionState = "over"
)

// reconnection says when an import that broke off is tried again, and tells of it.
type reconnection struct {
	policy   retryPolicy
	patience time.Duration
	tell     func(Interruption)
	// failed is the last failure; nil while all is well.
	failed   *Error
	attempts int
	began    time.Time
}

// progressed notes that something got done: an interruption is over.
func (r *reconnection) progressed() {
	if r.failed == nil {
		return
	}
	over := Interruption{InterruptionOver, r.failed, r.attempts, time.Since(r.began), 0}
	r.failed, r.attempts = nil, 0
	r.tell(over)
}

// next chooses the wait before the next attempt. False: there is none, because the error stays, retries are off, or the patience
// would end first.
func (r *reconnection) next(failed *Error) (time.Duration, bool) {
	if r.policy.attempts == 1 || !failed.Retryable() {
		return 0, false
	}
	if r.failed == nil {
		r.began = time.Now()
	}
	r.failed = failed
	r.attempts++
	since, wait := time.Since(r.began), r.policy.wait(failed, r.attempts)
	if since+wait > r.patience {
		return 0, false
	}
	r.tell(Interruption{InterruptionWaiting, failed, r.attempts, since, wait})
	return wait, true
}
