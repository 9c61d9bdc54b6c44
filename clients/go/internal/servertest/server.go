// Package servertest runs a real server for tests: the built one of the repository that this module lies in.
package servertest

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// readyWithin is generous: the machine may have other work.
const readyWithin = time.Minute

// Server is a process of its own.
type Server struct {
	// Address is host:port.
	Address string

	data    string
	flags   []string
	command *exec.Cmd
	ended   chan struct{}
}

// errMissing is what a test is skipped for.
type errMissing string

func (e errMissing) Error() string { return string(e) }

// Start starts a server with an empty data directory on a free port of loopback, and stops it when the test ends. The test is
// skipped where there is no Node, or no built server.
func Start(tb testing.TB, flags ...string) *Server {
	tb.Helper()
	server, err := Launch(filepath.Join(tb.TempDir(), "data"), flags...)
	skipOrFail(tb, err)
	tb.Cleanup(server.Stop)
	return server
}

// Launch starts a server on a free port of loopback; Stop ends it. IsMissing tells why it could not.
func Launch(data string, flags ...string) (*Server, error) {
	server := &Server{data: data, flags: flags}
	return server, server.start("127.0.0.1:0")
}

// IsMissing reports whether an error says that there is no Node, or no built server.
func IsMissing(err error) bool {
	var missing errMissing
	return errors.As(err, &missing)
}

func skipOrFail(tb testing.TB, err error) {
	tb.Helper()
	switch {
	case IsMissing(err):
		tb.Skip(err)
	case err != nil:
		tb.Fatal(err)
	}
}

// Stop ends the process as Ctrl-C does.
func (s *Server) Stop() { s.end(os.Interrupt) }

// Kill ends the process as kill -9 does.
func (s *Server) Kill() { s.end(os.Kill) }

// Restart starts it again, on the same port and data directory.
func (s *Server) Restart(tb testing.TB) {
	tb.Helper()
	skipOrFail(tb, s.start(s.Address))
}

func (s *Server) end(signal os.Signal) {
	if err := s.command.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		panic(err)
	}
	<-s.ended
}

func (s *Server) start(listen string) error {
	node, script, err := command()
	if err != nil {
		return err
	}
	arguments := append([]string{script, "serve", "--listen", listen, "--data", s.data}, s.flags...)
	process := exec.Command(node, arguments...)
	process.Env = environment()
	process.Stderr = os.Stderr
	stdout, err := process.StdoutPipe()
	if err != nil {
		return err
	}
	if err := process.Start(); err != nil {
		return err
	}
	addresses, ended := make(chan string, 1), make(chan struct{})
	go func() {
		defer close(ended)
		readLog(bufio.NewScanner(stdout), addresses)
		_ = process.Wait()
	}()
	s.command, s.ended = process, ended
	select {
	case s.Address = <-addresses:
		return nil
	case <-ended:
		return errors.New("the server ended before it was ready")
	case <-time.After(readyWithin):
		s.end(os.Kill)
		return errors.New("the server was not ready within a minute")
	}
}

// readLog reads the log to its end, so that the process never blocks, and sends the address once it is ready.
func readLog(lines *bufio.Scanner, addresses chan<- string) {
	address := ""
	for lines.Scan() {
		var line struct {
			Message   string   `json:"msg"`
			Addresses []string `json:"addresses"`
		}
		if json.Unmarshal(lines.Bytes(), &line) != nil {
			continue
		}
		switch line.Message {
		case "listening":
			address = line.Addresses[0]
		case "ready":
			addresses <- address
		}
	}
}

// Node is the path of the program that runs servers. The test is skipped where there is none.
func Node(tb testing.TB) string {
	tb.Helper()
	node, _, err := command()
	skipOrFail(tb, err)
	return node
}

// Repository is the folder of the repository that this module lies in. The test is skipped where it lies in none, or the server
// is not built.
func Repository(tb testing.TB) string {
	tb.Helper()
	root, err := repository()
	skipOrFail(tb, err)
	return root
}

// command says how to run the built server: Node, and the script that is its command.
func command() (node, script string, err error) {
	root, err := repository()
	if err != nil {
		return "", "", err
	}
	if node = os.Getenv("VECSTORE_TEST_NODE"); node == "" {
		node = "node"
	}
	if node, err = exec.LookPath(node); err != nil {
		return "", "", errMissing("needs Node 20 or later, for a server to talk to")
	}
	return node, filepath.Join(root, "packages", "server", "bin", "vecstore.js"), nil
}

func repository() (string, error) {
	_, file, _, _ := runtime.Caller(0)
	root := filepath.Join(filepath.Dir(file), "..", "..", "..", "..")
	if _, err := os.Stat(filepath.Join(root, "packages", "server", "dist", "main.js")); err != nil {
		return "", errMissing("needs the built server of the repository of vecstore: npm ci && npm run build")
	}
	return root, nil
}

// environment is that of this process without the settings of a server.
func environment() []string {
	var kept []string
	for _, each := range os.Environ() {
		if !strings.HasPrefix(each, "VECSTORE_") {
			kept = append(kept, each)
		}
	}
	return kept
}
