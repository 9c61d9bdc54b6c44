package vecstore

import (
	"context"
	"crypto/rand"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"time"
)

// UpsertAllOption changes how UpsertAll writes.
type UpsertAllOption interface {
	applyToUpsertAll(options *upsertAllOptions)
}

type upsertAllOptions struct {
	bulkOptions

	concurrency int
	key         *string
	progress    func(UpsertReport)
}

type upsertAllOption func(*upsertAllOptions)

func (o upsertAllOption) applyToUpsertAll(options *upsertAllOptions) { o(options) }

func (o IdempotencyKeyOption) applyToUpsertAll(options *upsertAllOptions) {
	options.key = Ptr(string(o))
}

// WithConcurrency sets how many batches are in flight at once, 1 or more. Default 4.
func WithConcurrency(batches int) UpsertAllOption {
	return upsertAllOption(func(o *upsertAllOptions) { o.concurrency = batches })
}

// WithUpsertProgress is told how far UpsertAll is, after batches that were written, by the goroutine that called it.
func WithUpsertProgress(tell func(UpsertReport)) UpsertAllOption {
	return upsertAllOption(func(o *upsertAllOptions) { o.progress = tell })
}

// UpsertReport says how far UpsertAll is, or was when it ended.
type UpsertReport struct {
	// Upserted is the number of records written, in whatever order their batches ended; of these, Inserted ids were not there
	// before.
	Upserted, Inserted int
	// Committed is the number of records from the start of the input that are all written: where to go on after a failure.
	Committed int
	// Batches were written. Retries is how often one was sent again, because the server refused it for a passing cause, or the
	// connection broke off.
	Batches, Retries int
	// Sequence is the largest of a batch.
	Sequence uint64
	// Failures are the batches that failed for good, in the order of the input.
	Failures []BatchFailure
}

// BatchFailure is a batch that was not written, or of which that is not known.
type BatchFailure struct {
	// First and Last are the positions of its records in the input, from 0.
	First, Last int
	Err         error
}

// UpsertAll writes any number of records in batches, several at a time, and waits whenever the server asks for it. Records makes
// a source of a slice, RecordSource of a sequence; List and Export of another namespace are sources as they are.
//
// Batches start in the order of the input, and the last record of an id wins, but only a batch is atomic. A batch has an
// idempotency key, so it is repeated until its outcome is known, also over a restart of the server. The first that fails for good
// ends the run, as does an error of the source, which is returned as it is. The report is there with an error too.
func (n *NamespaceHandle) UpsertAll(
	ctx context.Context, records iter.Seq2[Record, error], options ...UpsertAllOption,
) (UpsertReport, error) {
	o := upsertAllOptions{bulkOptions: newBulkOptions(), concurrency: defaultConcurrency, progress: func(UpsertReport) {}}
	for _, option := range options {
		option.applyToUpsertAll(&o)
	}
	if err := o.check(); err != nil {
		return UpsertReport{}, err
	}
	if o.key == nil {
		o.key = Ptr(rand.Text())
	}
	stopping, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	run := &upsertRun{
		handle: n, options: o, stopping: stopping, stop: stop,
		inFlight: map[int]*batch{}, written: map[int]int{},
		outcomes: make(chan outcome, o.concurrency),
	}
	err := run.all(ctx, records)
	if err == nil && len(run.report.Failures) > 0 {
		err = run.failure()
	}
	return run.report, err
}

func (o *upsertAllOptions) check() error {
	if o.concurrency < 1 {
		return refuse(ReasonInvalidArgument, "the concurrency is %d; it must be 1 or more", o.concurrency)
	}
	if o.key != nil {
		if err := checkText(*o.key, "idempotency_key", ReasonInvalidArgument); err != nil {
			return err
		}
	}
	return o.bulkOptions.check()
}

// upsertRun is one UpsertAll. The goroutine that called it alone touches it; those of the batches send it their outcomes.
type upsertRun struct {
	handle  *NamespaceHandle
	options upsertAllOptions
	report  UpsertReport
	// stopping ends the waits of the other batches once one has failed.
	stopping context.Context //nolint:containedctx // The run is the call.
	stop     context.CancelFunc
	inFlight map[int]*batch
	// written has the sizes of batches that were written while an earlier one was not, by number.
	written       map[int]int
	nextCommitted int
	outcomes      chan outcome
}

type outcome struct {
	batch   *batch
	result  UpsertResult
	retries int
	err     error
}

// all reads the source and starts its batches; it returns the source's error.
func (r *upsertRun) all(ctx context.Context, records iter.Seq2[Record, error]) error {
	defer func() {
		for len(r.inFlight) > 0 {
			r.take(<-r.outcomes)
		}
	}()
	for batch, err := range batches(records, r.options.batchSize, true) {
		if err != nil {
			return err
		}
		if !r.admit(batch) {
			return nil
		}
		r.inFlight[batch.number] = batch
		go func() {
			result, retries, err := r.write(ctx, batch)
			r.outcomes <- outcome{batch, result, retries, err}
		}()
	}
	return nil
}

// admit waits until there is room for a batch and none in flight shares an id with it. False: one has failed.
func (r *upsertRun) admit(next *batch) bool {
	for {
		for drained := false; !drained; {
			select {
			case each := <-r.outcomes:
				r.take(each)
			default:
				drained = true
			}
		}
		switch {
		case len(r.report.Failures) > 0:
			return false
		case len(r.inFlight) < r.options.concurrency && !r.hasRival(next):
			return true
		}
		r.take(<-r.outcomes)
	}
}

func (r *upsertRun) hasRival(next *batch) bool {
	for _, other := range r.inFlight {
		if next.sharesID(other) {
			return true
		}
	}
	return false
}

// take enters an outcome into the report.
func (r *upsertRun) take(each outcome) {
	delete(r.inFlight, each.batch.number)
	r.report.Retries += each.retries
	size := len(each.batch.records)
	if each.err != nil {
		r.stop()
		failure := BatchFailure{each.batch.first, each.batch.first + size - 1, each.err}
		r.report.Failures = append(r.report.Failures, failure)
		slices.SortFunc(r.report.Failures, func(a, b BatchFailure) int { return a.First - b.First })
		return
	}
	r.written[each.batch.number] = size
	for {
		committed, ok := r.written[r.nextCommitted]
		if !ok {
			break
		}
		delete(r.written, r.nextCommitted)
		r.nextCommitted++
		r.report.Committed += committed
	}
	r.report.Upserted += each.result.Upserted
	r.report.Inserted += each.result.Inserted
	r.report.Batches++
	r.report.Sequence = max(r.report.Sequence, each.result.Sequence)
	r.options.progress(r.report)
}

// write sends a batch until its outcome is known: its key makes that safe also when a connection broke off.
func (r *upsertRun) write(ctx context.Context, batch *batch) (UpsertResult, int, error) {
	options := upsertOptions{r.options.mode, Ptr(*r.options.key + "/" + strconv.Itoa(batch.number))}
	end := time.Now().Add(r.options.patience)
	for retries := 0; ; retries++ {
		result, err := r.attempt(ctx, batch, options)
		failed, ok := asError(err)
		if err == nil || !ok || !isWorthRepeating(failed) || ctx.Err() != nil || r.stopping.Err() != nil {
			return result, retries, err
		}
		wait := r.handle.session.retry.wait(failed, retries+1)
		if time.Now().Add(wait).After(end) {
			return result, retries, err
		}
		if !r.sleep(ctx, wait) {
			if ctx.Err() != nil {
				err = ended(ctx)
			}
			return result, retries, err
		}
	}
}

// attempt sends a batch once, bounded by the client's timeout even where the whole run has a deadline.
func (r *upsertRun) attempt(ctx context.Context, batch *batch, options upsertOptions) (UpsertResult, error) {
	if timeout := r.handle.session.timeout; timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	return r.handle.upsert(ctx, batch.records, options, once)
}

// sleep waits, and reports whether it was left to the end.
func (r *upsertRun) sleep(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
	case <-r.stopping.Done():
	}
	return false
}

func isWorthRepeating(err *Error) bool {
	return err.Retryable() || err.Reason == ReasonDeadlineExceeded
}

// failure is the error of the first batch that failed, with how far the run came.
func (r *upsertRun) failure() error {
	first := r.report.Failures[0]
	failed, ok := asError(first.Err)
	if !ok {
		return first.Err
	}
	placed := *failed
	placed.Message = fmt.Sprintf("batch of the records %d to %d: %s", first.First, first.Last, failed.Message)
	placed.Details = maps.Clone(failed.Details)
	if placed.Details == nil {
		placed.Details = map[string]string{}
	}
	placed.Details["committed"] = strconv.Itoa(r.report.Committed)
	placed.Details["upserted"] = strconv.Itoa(r.report.Upserted)
	placed.cause = failed
	return &placed
}
