package conformance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	vecstore "github.com/vecstore/client-go"
)

const (
	eventually      = 10 * time.Second
	eventuallyPause = 20 * time.Millisecond
)

var runs atomic.Int64

// Run carries out every case over every protocol.
func Run(t *testing.T, protocols ...vecstore.Protocol) {
	t.Helper()
	harness, folder := startHarness(t)
	cases, expectedFailures := readCases(t, folder)
	// One group, so that the harness ends after its parallel tests.
	t.Run("cases", func(t *testing.T) {
		for _, one := range cases {
			for _, protocol := range protocols {
				if len(one.Protocols) > 0 && !slices.Contains(one.Protocols, string(protocol)) {
					continue
				}
				name := fmt.Sprintf("%s [%s]", one.Name, protocol)
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					err := runCase(t.Context(), &one, protocol, harness)
					switch isExpected := slices.Contains(expectedFailures, one.Name) || slices.Contains(expectedFailures, name); {
					case isExpected && err == nil:
						t.Error("it passes: take it out of expected-failures.json")
					case !isExpected && err != nil:
						t.Errorf("%s: %v", one.file, err)
					}
				})
			}
		}
	})
}

// caseRun is one case over one protocol.
type caseRun struct {
	scope

	of       *testCase
	protocol vecstore.Protocol
	harness  *harness
	proxy    *proxy
	clients  []openClient
}

// openClient is one client, and what tells it from the others of the case.
type openClient struct {
	url     string
	key     any
	options map[string]any
	client  *vecstore.Client
}

func runCase(ctx context.Context, of *testCase, protocol vecstore.Protocol, harness *harness) (err error) {
	r := &caseRun{of: of, protocol: protocol, harness: harness}
	r.name, r.saved = fmt.Sprintf("c%d-%s", runs.Add(1), protocol), map[string]any{}
	defer func() {
		if failed := r.end(context.WithoutCancel(ctx)); err == nil {
			err = failed
		}
	}()
	if err := r.begin(ctx); err != nil {
		return err
	}
	for position := range of.Steps {
		step := &of.Steps[position]
		deadline := time.Now().Add(eventually)
		for {
			err := r.check(ctx, step)
			if err == nil {
				break
			}
			if !step.Patient || time.Now().After(deadline) {
				return fmt.Errorf("steps[%d], %s: %w", position, step.Do, err)
			}
			time.Sleep(eventuallyPause)
		}
	}
	return nil
}

func (r *caseRun) begin(ctx context.Context) (err error) {
	if r.of.Namespace.value != false {
		with := map[string]any{"name": r.namespace("main")}
		given, _ := r.value(r.of.Namespace.value).(map[string]any)
		maps.Copy(with, given)
		if err := r.administer(ctx, "create_namespace", with); err != nil {
			return err
		}
	}
	if r.of.Faults != nil {
		r.proxy, err = r.harness.openProxy(r.of.Server, r.value(r.of.Faults))
	}
	return err
}

func (r *caseRun) end(ctx context.Context) (err error) {
	for _, open := range r.clients {
		_ = open.client.Close()
	}
	if r.proxy != nil {
		err = r.proxy.close()
	}
	if r.of.Server == "nowhere" {
		return err
	}
	for label := range r.of.labels {
		failed := r.administer(ctx, "delete_namespace", map[string]any{"name": r.namespace(label)})
		if failed != nil && !errors.Is(failed, vecstore.ReasonNamespaceNotFound) {
			err = failed
		}
	}
	return err
}

// check carries out a step, and says what differs from what it expects.
func (r *caseRun) check(ctx context.Context, step *step) error {
	var before seen
	if r.proxy != nil {
		var err error
		if before, err = r.proxy.seen(); err != nil {
			return err
		}
	}
	result, failed, err := r.perform(ctx, step)
	if err != nil {
		return err
	}
	if step.Save != "" {
		r.saved[step.Save] = result
		if failed != nil {
			r.saved[step.Save] = fromError(failed)
		}
	}
	if problem := r.compare(step, result, failed); problem != "" {
		return errors.New(problem)
	}
	return r.compareSeen(step, before.Attempts)
}

func (r *caseRun) compare(step *step, result any, failed *vecstore.Error) string {
	switch {
	case failed != nil && step.Error == nil:
		return fmt.Sprintf("it failed: %s", show(fromError(failed)))
	case failed != nil:
		if problem := mismatch(r.value(step.Error), fromError(failed), "the error"); problem != "" {
			return problem + "; " + failed.Error()
		}
		return ""
	case step.Error != nil:
		return fmt.Sprintf("it did not fail; it gave %s", show(result))
	case step.Expect == nil:
		return ""
	default:
		return mismatch(r.value(step.Expect), result, "the result")
	}
}

func (r *caseRun) compareSeen(step *step, attemptsBefore float64) error {
	if step.Attempts == nil && step.Sent == nil {
		return nil
	}
	if r.proxy == nil {
		return errors.New("attempts and sent need faults")
	}
	now, err := r.proxy.seen()
	if err != nil {
		return err
	}
	if step.Attempts != nil && now.Attempts-attemptsBefore != *step.Attempts {
		return fmt.Errorf("there were %v attempts, not %v", now.Attempts-attemptsBefore, *step.Attempts)
	}
	if step.Sent == nil {
		return nil
	}
	if len(now.Requests) == 0 {
		return errors.New("nothing was sent")
	}
	if problem := mismatch(r.value(step.Sent), now.Requests[len(now.Requests)-1], "what was sent"); problem != "" {
		return errors.New(problem)
	}
	return nil
}

// perform makes the call of a step. err is not the client's.
func (r *caseRun) perform(ctx context.Context, step *step) (result any, failed *vecstore.Error, err error) {
	if step.TimeoutMs != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(*step.TimeoutMs*float64(time.Millisecond)))
		defer cancel()
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	with, _ := r.value(step.With).(map[string]any)
	client, err := r.client(step)
	if err != nil {
		return nil, nil, err
	}
	of := &call{
		arguments: newArguments(with), client: client, handle: r.handle(client, step), take: step.Take, onItem: func() {},
	}
	if step.Cancel != nil {
		items := 0
		of.onItem = func() {
			if items++; items == step.Cancel.AfterItems {
				cancel()
			}
		}
		if after := step.Cancel.AfterMs; after != nil && *after == 0 {
			cancel()
		} else if after != nil {
			timer := time.AfterFunc(time.Duration(*after*float64(time.Millisecond)), cancel)
			defer timer.Stop()
		}
	}
	result, err = of.perform(ctx, step.Do)
	if errors.As(err, &failed) {
		return nil, failed, nil
	}
	return result, nil, err
}

func (r *caseRun) handle(client *vecstore.Client, step *step) *vecstore.NamespaceHandle {
	if !step.Namespace.given {
		return client.Namespace(r.namespace("main"))
	}
	if name, ok := r.value(step.Namespace.value).(string); ok {
		return client.Namespace(name)
	}
	return &client.NamespaceHandle
}

// client finds the client of a step, or opens it.
func (r *caseRun) client(step *step) (*vecstore.Client, error) {
	url := r.harness.Servers[r.of.Server]
	if r.proxy != nil && !step.Direct {
		url = r.proxy.URL
	}
	options := map[string]any{}
	for _, given := range []map[string]any{r.of.Client, step.Client} {
		maps.Copy(options, given)
	}
	key := r.keyOf(step)
	for _, open := range r.clients {
		if open.url == url && open.key == key && reflect.DeepEqual(open.options, options) {
			return open.client, nil
		}
	}
	client, err := r.open(url, key, options)
	if err == nil {
		r.clients = append(r.clients, openClient{url, key, options, client})
	}
	return client, err
}

func (r *caseRun) keyOf(step *step) any {
	if !step.Key.given {
		return r.ownKey()
	}
	if key := r.value(step.Key.value); key != "admin" {
		return key
	}
	return r.harness.AdminKey
}

func (r *caseRun) ownKey() any {
	if r.of.Server == "keyed" {
		return r.harness.AdminKey
	}
	return nil
}

func (r *caseRun) open(url string, key any, given map[string]any) (*vecstore.Client, error) {
	var of clientOptions
	data, err := json.Marshal(given)
	if err == nil {
		err = json.Unmarshal(data, &of)
	}
	if err != nil {
		return nil, err
	}
	options := []vecstore.Option{vecstore.WithProtocol(r.protocol)}
	if secret, ok := key.(string); ok {
		options = append(options, vecstore.WithAPIKey(secret))
	}
	if of.TimeoutMs != nil {
		options = append(options, vecstore.WithTimeout(time.Duration(*of.TimeoutMs*float64(time.Millisecond))))
	}
	for name, value := range of.Headers {
		options = append(options, vecstore.WithHeader(name, value))
	}
	if of.UserAgent != nil {
		options = append(options, vecstore.WithUserAgent(*of.UserAgent))
	}
	if of.Retries != nil {
		retries, err := retriesOf(of.Retries)
		if err != nil {
			return nil, err
		}
		options = append(options, retries...)
	}
	return vecstore.NewClient(url, options...), nil
}

func retriesOf(retries json.RawMessage) (options []vecstore.Option, err error) {
	if string(retries) == "false" {
		return []vecstore.Option{vecstore.WithAttempts(1)}, nil
	}
	of := struct {
		Attempts     int     `json:"attempts"`
		BackoffMs    float64 `json:"backoff_ms"`
		BackoffMsMax float64 `json:"backoff_ms_max"`
	}{3, 100, 5000}
	err = json.Unmarshal(retries, &of)
	toDuration := func(milliseconds float64) time.Duration {
		return time.Duration(milliseconds * float64(time.Millisecond))
	}
	backoff := vecstore.WithBackoff(toDuration(of.BackoffMs), toDuration(of.BackoffMsMax))
	return []vecstore.Option{vecstore.WithAttempts(of.Attempts), backoff}, err
}

// administer calls the server itself, with a client that nothing of the case touches.
func (r *caseRun) administer(ctx context.Context, operation string, with map[string]any) error {
	client, err := r.open(r.harness.Servers[r.of.Server], r.ownKey(), nil)
	if err != nil {
		return err
	}
	defer client.Close()
	of := &call{arguments: newArguments(with), client: client, handle: &client.NamespaceHandle, onItem: func() {}}
	_, err = of.perform(ctx, operation)
	return err
}
