package conformance

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/vecstore/client-go/internal/servertest"
)

// harness is the servers and the proxies that all languages share.
type harness struct {
	Servers  map[string]string `json:"servers"`
	AdminKey string            `json:"admin_key"`
	Control  string            `json:"control"`
}

// startHarness starts the servers, until the test ends. The test is skipped where there are none.
func startHarness(tb testing.TB) (started *harness, folder string) {
	tb.Helper()
	folder = filepath.Join(servertest.Repository(tb), "test", "conformance")
	script := filepath.Join(folder, "harness.mjs")
	if _, err := os.Stat(script); err != nil {
		tb.Skip("needs the cases in test/conformance of the repository of vecstore")
	}
	command := exec.Command(servertest.Node(tb), script)
	command.Stderr = os.Stderr
	stdin, err := command.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := command.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = stdin.Close()
		_ = command.Wait()
	})
	lines := bufio.NewReader(stdout)
	line, err := lines.ReadBytes('\n')
	if err != nil {
		tb.Fatalf("the harness said nothing: %v", err)
	}
	started = &harness{}
	if err := json.Unmarshal(line, started); err != nil {
		tb.Fatalf("the harness said %q: %v", line, err)
	}
	return started, folder
}

// proxy makes faults in front of a server.
type proxy struct {
	ID  string `json:"id"`
	URL string `json:"url"`

	harness *harness
}

// seen is what came to a proxy.
type seen struct {
	Attempts float64 `json:"attempts"`
	Requests []any   `json:"requests"`
}

func (h *harness) openProxy(server string, faults any) (*proxy, error) {
	opened := &proxy{harness: h}
	err := h.ask(http.MethodPost, "/proxies", map[string]any{"server": server, "faults": faults}, opened)
	return opened, err
}

func (p *proxy) seen() (seen, error) {
	var of seen
	err := p.harness.ask(http.MethodGet, "/proxies/"+p.ID, nil, &of)
	return of, err
}

func (p *proxy) close() error {
	return p.harness.ask(http.MethodDelete, "/proxies/"+p.ID, nil, nil)
}

// ask calls the control. into may be nil.
func (h *harness) ask(method, path string, body, into any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequest(method, h.Control+path, bytes.NewReader(data))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("%s %s: %s %s", method, path, response.Status, answer)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(answer, into)
}
