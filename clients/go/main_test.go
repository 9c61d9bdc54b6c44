package vecstore_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/vecstore/client-go/internal/servertest"
)

// TestMain starts the server of the examples, which run in the order of their files, and each sees what those before it wrote.
func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	folder, err := os.MkdirTemp("", "vecstore-examples-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(folder)
	server, err := servertest.Launch(filepath.Join(folder, "data"))
	switch {
	case servertest.IsMissing(err):
		fmt.Fprintln(os.Stderr, "examples are left out:", err)
		if err := flag.Set("test.skip", "^Example"); err != nil {
			panic(err)
		}
	case err != nil:
		panic(err)
	default:
		defer server.Stop()
		address = server.Address
	}
	return m.Run()
}

// TestThePageShowsTheExamples: each block of Go in the page is the body of an example, which runs as a test.
func TestThePageShowsTheExamples(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join(servertest.Repository(t), "docs", "clients", "go.md"))
	if err != nil {
		t.Fatal(err)
	}
	var source strings.Builder
	for _, file := range []string{"example_records_test.go", "example_server_test.go"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		source.Write(text)
	}
	examples := map[string]string{}
	for _, match := range regexp.MustCompile(`(?ms)^func Example\w*\(\) \{\n(.*?)^\}`).FindAllStringSubmatch(source.String(), -1) {
		body, output, _ := strings.Cut(match[1], "\n\t// Output:")
		examples[strings.TrimSpace(strings.ReplaceAll("\n"+body, "\n\t", "\n"))] = outputOf(output)
	}
	block := regexp.MustCompile("(?ms)^```go\n(.*?)^```\n(?:\n```text output\n(.*?)^```)?")
	blocks := block.FindAllStringSubmatch(string(page), -1)
	if len(blocks) < 10 {
		t.Errorf("the page has %d blocks", len(blocks))
	}
	for _, block := range blocks {
		text := strings.TrimSpace(strings.ReplaceAll(block[1], `"localhost:8080"`, "address"))
		output, ok := examples[text]
		if !ok {
			t.Errorf("this block of the page is the body of no example:\n%s", text)
		}
		if strings.TrimSpace(block[2]) != output {
			t.Errorf("this block of the page prints %q, not %q:\n%s", output, block[2], text)
		}
	}
}

// outputOf is what the comment at the end of an example says that it prints.
func outputOf(comment string) string {
	return strings.TrimSpace(regexp.MustCompile(`(?m)^\s*// ?`).ReplaceAllString(comment, ""))
}
