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

// Start starts a server with an empty data directory on a free port of loopback, and stops it when the test ends. The test is
// skipped where there is no Node, or no built server.
func Start(tb testing.TB, flags ...string) *Server {
	tb.Helper()
	server := &Server{data: filepath.Join(tb.TempDir(), "data"), flags: flags}
	server.start(tb, "127.0.0.1:0")
	tb.Cleanup(func() { server.end(os.Interrupt) })
	return server
}

// Kill ends the process as kill -9 does.
func (s *Server) Kill() { s.end(os.Kill) }

// Restart starts it again, on the same port and data directory.
func (s *Server) Restart(tb testing.TB) {
	tb.Helper()
	s.start(tb, s.Address)
}

func (s *Server) end(signal os.Signal) {
	if err := s.command.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		panic(err)
	}
	<-s.ended
}

func (s *Server) start(tb testing.TB, listen string) {
	tb.Helper()
	node, script := Command(tb)
	arguments := append([]string{script, "serve", "--listen", listen, "--data", s.data}, s.flags...)
	command := exec.Command(node, arguments...)
	command.Env = environment()
	command.Stderr = os.Stderr
	stdout, err := command.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := command.Start(); err != nil {
		tb.Fatal(err)
	}
	addresses, ended := make(chan string, 1), make(chan struct{})
	go func() {
		defer close(ended)
		readLog(bufio.NewScanner(stdout), addresses)
		_ = command.Wait()
	}()
	s.command, s.ended = command, ended
	select {
	case s.Address = <-addresses:
	case <-ended:
		tb.Fatal("the server ended before it was ready")
	case <-time.After(readyWithin):
		s.end(os.Kill)
		tb.Fatalf("the server was not ready within %v", readyWithin)
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

// Command says how to run the built server: Node, and the script that is its command.
func Command(tb testing.TB) (node, script string) {
	tb.Helper()
	script = filepath.Join(Repository(tb), "packages", "server", "bin", "vecstore.js")
	if node = os.Getenv("VECSTORE_TEST_NODE"); node == "" {
		node = "node"
	}
	path, err := exec.LookPath(node)
	if err != nil {
		tb.Skip("needs Node 20 or later, for a server to talk to")
	}
	return path, script
}

// Repository is the folder of the repository that this module lies in. The test is skipped where it lies in none, or the server
// is not built.
func Repository(tb testing.TB) string {
	tb.Helper()
	_, file, _, _ := runtime.Caller(0)
	root := filepath.Join(filepath.Dir(file), "..", "..", "..", "..")
	if _, err := os.Stat(filepath.Join(root, "packages", "server", "dist", "main.js")); err != nil {
		tb.Skip("needs the built server of the repository of vecstore, for a server to talk to: npm ci && npm run build")
	}
	return root
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
