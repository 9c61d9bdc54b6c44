// Package conformance runs the cases that the clients of all languages share: test/conformance of the repository, whose README
// says what they are.
package conformance

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// clientOptions are those of a client, as the cases name them.
type clientOptions struct {
	TimeoutMs *float64          `json:"timeout_ms"`
	Retries   json.RawMessage   `json:"retries"`
	Headers   map[string]string `json:"headers"`
	UserAgent *string           `json:"user_agent"`
}

// step is one thing that a caller does, and what comes of it.
type step struct {
	Do        string         `json:"do"`
	With      map[string]any `json:"with"`
	Expect    any            `json:"expect"`
	Error     any            `json:"error"`
	Namespace optional       `json:"namespace"`
	Key       optional       `json:"key"`
	Client    map[string]any `json:"client"`
	TimeoutMs *float64       `json:"timeout_ms"`
	Cancel    *cancellation  `json:"cancel"`
	Take      int            `json:"take"`
	Direct    bool           `json:"direct"`
	Attempts  *float64       `json:"attempts"`
	Sent      any            `json:"sent"`
	Save      string         `json:"save"`
	Patient   bool           `json:"eventually"`
}

type cancellation struct {
	AfterMs    *float64 `json:"after_ms"`
	AfterItems int      `json:"after_items"`
}

// optional tells null from what is not there.
type optional struct {
	given bool
	value any
}

func (o *optional) UnmarshalJSON(data []byte) error {
	o.given = true
	return json.Unmarshal(data, &o.value)
}

// testCase is a case, as README.md specifies it.
type testCase struct {
	Name      string         `json:"name"`
	Steps     []step         `json:"steps"`
	Server    string         `json:"server"`
	Namespace optional       `json:"namespace"`
	Client    map[string]any `json:"client"`
	Protocols []string       `json:"protocols"`
	Faults    []any          `json:"faults"`

	file   string
	labels map[string]bool
}

// readCases reads every case file, and which cases are known to fail.
func readCases(tb testing.TB, folder string) (cases []testCase, expectedFailures []string) {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "cases", "*.json"))
	if err != nil || len(files) == 0 {
		tb.Fatalf("there are no cases in %s: %v", folder, err)
	}
	slices.Sort(files)
	for _, file := range files {
		var content struct {
			Cases []json.RawMessage `json:"cases"`
		}
		readJSON(tb, file, &content)
		for _, raw := range content.Cases {
			one := testCase{Server: "open", file: filepath.Base(file), labels: map[string]bool{"main": true}}
			var all any
			parse(tb, file, raw, &one)
			parse(tb, file, raw, &all)
			labelsIn(all, one.labels)
			cases = append(cases, one)
		}
	}
	var failures map[string][]string
	readJSON(tb, filepath.Join(folder, "expected-failures.json"), &failures)
	return cases, failures["go"]
}

func readJSON(tb testing.TB, file string, into any) {
	tb.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	parse(tb, file, data, into)
}

func parse(tb testing.TB, file string, data []byte, into any) {
	tb.Helper()
	if err := json.Unmarshal(data, into); err != nil {
		tb.Fatalf("%s: %v", file, err)
	}
}
