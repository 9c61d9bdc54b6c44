package vecstore

import (
	"context"
	"iter"
	"strings"

	pb "github.com/vecstore/client-go/internal/gen/vecstore/v1"
)

// importWindow is how many messages of an import are on their way. They are kept until they are answered, so as to be sent again
// where the connection breaks off.
const importWindow = 4

// ImportOption changes how Import sends records.
type ImportOption interface{ applyToImport(options *importOptions) }

type importOptions struct {
	bulkOptions

	token        string
	progress     func(ImportReport)
	failure      func(ImportFailure)
	interruption func(Interruption)
}

type importOption func(*importOptions)

func (o importOption) applyToImport(options *importOptions) { o(options) }

// WithImportToken goes on with an import that broke off for good: the ResumeToken of its report, for the same namespace and mode.
// The records then begin behind its Rows. What was written and not answered is not counted twice.
func WithImportToken(token string) ImportOption {
	return importOption(func(o *importOptions) { o.token = token })
}

// WithImportProgress is told how far Import is, after each message that is on the server's disk, by the goroutine that called
// it; first with the token of the beginning.
func WithImportProgress(tell func(ImportReport)) ImportOption {
	return importOption(func(o *importOptions) { o.progress = tell })
}

// WithImportFailures is told of each record that was not written, by the goroutine that called Import.
func WithImportFailures(tell func(ImportFailure)) ImportOption {
	return importOption(func(o *importOptions) { o.failure = tell })
}

// WithImportInterruptions is told when the server is away or asks to wait, before each wait, and once when something got done
// again; by the goroutine that called Import.
func WithImportInterruptions(tell func(Interruption)) ImportOption {
	return importOption(func(o *importOptions) { o.interruption = tell })
}

// ImportReport says how far an import is, or was when it ended.
type ImportReport struct {
	// Rows were taken since it began, bad ones and those before a resumption too; of these, Imported were written and Failed were
	// bad.
	Rows, Imported, Failed uint64
	// ResumeToken goes on behind Rows.
	ResumeToken string
	// Sequence of the last write.
	Sequence uint64
	// Resumptions is how often the connection broke off or the server refused for a passing cause, and the import went on.
	Resumptions int
}

// ImportFailure is a record that was not written.
type ImportFailure struct {
	// Row is its position in the import; the first is 1.
	Row uint64
	// ID is empty when it could not be read.
	ID string
	// Reason is what to act on, Message for people.
	Reason  Reason
	Message string
}

// Import writes any number of records as one stream. A record that the server refuses is named and left out, and the others are
// written, where UpsertAll ends. Records makes a source of a slice, RecordSource of a sequence; Export of another namespace is a
// source as it is.
//
// When the connection breaks off, as over a restart of the server, the import goes on where it was, for as long as WithPatience
// says: nothing is lost, and nothing counts twice. That is off with retries. An error of the source is returned as it is, and so
// is a record that cannot be sent. The report is there with an error too. It has no deadline but the context's.
func (n *NamespaceHandle) Import(
	ctx context.Context, records iter.Seq2[Record, error], options ...ImportOption,
) (ImportReport, error) {
	o := importOptions{
		bulkOptions: newBulkOptions(), progress: func(ImportReport) {}, failure: func(ImportFailure) {},
		interruption: func(Interruption) {},
	}
	for _, option := range options {
		option.applyToImport(&o)
	}
	if err := o.check(); err != nil {
		return ImportReport{}, err
	}
	if err := checkText(o.token, "resume_token", ReasonInvalidPageToken); err != nil {
		return ImportReport{}, err
	}
	mode, err := toMode(o.mode)
	if err != nil {
		return ImportReport{}, err
	}
	ctx, release, failed := n.session.open(ctx, aLongWrite)
	if failed != nil {
		return ImportReport{}, failed
	}
	defer release()
	run := &importRun{
		handle: n, options: o, ctx: ctx, report: ImportReport{ResumeToken: o.token},
		first:        &pb.ImportRequest{Namespace: n.name, Mode: mode},
		reconnection: reconnection{policy: n.session.retry, patience: o.patience, tell: o.interruption},
	}
	err = run.all(records)
	return run.report, err
}

// importRun is one Import. The goroutine that called it alone touches it; one for each stream reads the answers.
type importRun struct {
	handle  *NamespaceHandle
	options importOptions
	ctx     context.Context //nolint:containedctx // The run is the call.
	report  ImportReport
	first   *pb.ImportRequest
	// pending are messages without an answer, in order, of which the first sent are on their way.
	pending []*pb.ImportRequest
	sent    int
	stream  *importStream

	reconnection reconnection
}

// all sends everything, and waits for the answers.
func (r *importRun) all(records iter.Seq2[Record, error]) error {
	defer func() { r.stream.close() }()
	if failed := r.connect(); failed != nil {
		if failed = r.resume(failed); failed != nil {
			return failed
		}
	}
	for batch, err := range batches(records, r.options.batchSize, false) {
		if err != nil {
			return err
		}
		for len(r.pending) >= importWindow {
			if failed := r.await(); failed != nil {
				return failed
			}
		}
		r.pending = append(r.pending, &pb.ImportRequest{Records: batch.records})
		r.send()
		if failed := r.takeArrived(); failed != nil {
			return failed
		}
	}
	for len(r.pending) > 0 {
		if failed := r.await(); failed != nil {
			return failed
		}
	}
	r.stream.finish(r.ctx)
	return nil
}

// connect opens a stream behind the last token, and waits for the answer to its beginning, which is a token: so nothing is lost
// where it breaks in the first batch.
func (r *importRun) connect() *Error {
	r.stream.close()
	r.stream, r.sent = openImport(r.ctx, r.handle.session), 0
	r.first.ResumeToken = r.report.ResumeToken
	r.stream.send(r.first)
	answer, failed := r.stream.receive(r.ctx)
	if failed != nil {
		return failed
	}
	// No progress while records wait for their answers: else a connection that breaks at the same record each time would be made
	// for ever.
	if len(r.pending) == 0 {
		r.reconnection.progressed()
	}
	r.take(answer)
	r.send()
	return nil
}

// send puts on the way what is not. An error of the stream comes with its answers.
func (r *importRun) send() {
	for r.sent < len(r.pending) && r.stream.send(r.pending[r.sent]) {
		r.sent++
	}
}

// await waits for one answer, or for the import to go on.
func (r *importRun) await() *Error {
	answer, failed := r.stream.receive(r.ctx)
	if failed != nil {
		return r.resume(failed)
	}
	r.takeNext(answer)
	return nil
}

// takeArrived takes the answers that are there.
func (r *importRun) takeArrived() *Error {
	for len(r.pending) > 0 && r.stream.hasArrived() {
		if failed := r.await(); failed != nil {
			return failed
		}
	}
	return nil
}

// takeNext takes the answer to the first message that has none.
func (r *importRun) takeNext(answer *pb.ImportResponse) {
	r.pending[0] = nil
	r.pending = r.pending[1:]
	r.sent--
	r.reconnection.progressed()
	r.take(answer)
}

func (r *importRun) take(answer *pb.ImportResponse) {
	r.report.Rows = answer.GetRows()
	r.report.Imported = answer.GetImported()
	r.report.Failed = answer.GetFailed()
	r.report.ResumeToken = answer.GetResumeToken()
	r.report.Sequence = answer.GetSequence()
	for _, failure := range answer.GetFailures() {
		reason := Reason(strings.TrimPrefix(failure.GetReason().String(), "ERROR_REASON_"))
		r.options.failure(ImportFailure{failure.GetRow(), failure.GetId(), reason, failure.GetMessage()})
	}
	r.options.progress(r.report)
}

// resume goes on behind the last answer, until the patience ends. It returns the error that ends the import.
func (r *importRun) resume(failed *Error) *Error {
	for {
		wait, ok := r.reconnection.next(failed)
		if !ok {
			return failed
		}
		if ended := sleep(r.ctx, wait); ended != nil {
			return ended
		}
		r.report.Resumptions++
		if failed = r.connect(); failed == nil {
			return nil
		}
	}
}
