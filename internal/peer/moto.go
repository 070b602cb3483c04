// Package peer starts programs that others wrote, for tests which hold our own
// parts to them: moto's server, which answers as AWS does and runs state machines,
// and Terraform, which has its own idea of what an account should be.
package peer

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// ready is how long a server may take to answer for the first time: it is
// Python, and starts while other tests compile.
const ready = 2 * time.Minute

// Moto is a running moto_server.
type Moto struct {
	// URL is where it answers, such as "http://127.0.0.1:41234".
	URL string
}

// MotoOptions say how a server is started.
type MotoOptions struct {
	// Callback, when not 0, is the port on this machine to which its state machine
	// sends what it asks of other services; otherwise it asks itself.
	Callback int
}

// StartMoto starts a server and ends it with the test. Its state machines are
// executed; one execution at a time, until [Moto.Reset].
// A server that can't be had fails the test.
func StartMoto(t testing.TB, options MotoOptions) *Moto {
	t.Helper()
	program, err := Tool("moto_server")
	if err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	callback := options.Callback
	if callback == 0 {
		callback = port
	}
	command := exec.Command(program, "-H", "127.0.0.1", "-p", strconv.Itoa(port))
	command.Env = append(os.Environ(), "MOTO_PORT="+strconv.Itoa(callback))
	output := &lines{}
	command.Stdout, command.Stderr = output, output
	if err := command.Start(); err != nil {
		t.Fatalf("start %s: %v", program, err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	t.Cleanup(func() {
		_ = command.Process.Kill()
		<-ended
	})
	m := &Moto{URL: fmt.Sprintf("http://127.0.0.1:%d", port)}
	ctx, cancel := context.WithTimeout(t.Context(), ready)
	defer cancel()
	for {
		err := m.configure(ctx)
		if err == nil {
			return m
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("%s ended at once: %v\n%s", program, err, output)
		case <-ctx.Done():
			t.Fatalf("%s did not answer within %s: %v\n%s", program, ready, err, output)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// Reset forgets everything that the server was told.
func (m *Moto) Reset(t testing.TB) {
	t.Helper()
	if err := m.post(t.Context(), "/moto-api/reset", ""); err != nil {
		t.Fatal(err)
	}
	if err := m.configure(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// configure makes the server execute state machines instead of only listing them.
func (m *Moto) configure(ctx context.Context) error {
	return m.post(ctx, "/moto-api/config", `{"stepfunctions":{"execute_state_machine":true}}`)
}

func (m *Moto) post(ctx context.Context, path, body string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, m.URL+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode >= 300 {
		return fmt.Errorf("POST %s%s: %s", m.URL, path, answer.Status)
	}
	return nil
}

// Tool finds a program that `make tools` provides: on the PATH, or where that put it.
func Tool(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	_, file, _, _ := runtime.Caller(0)
	path := filepath.Join(filepath.Dir(file), "..", "..", "build", "tools", "bin", name)
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("%s is neither on the PATH nor in build/tools/bin: run `make tools`", name)
	}
	return path, nil
}

// freePort is a port that nobody listened on a moment ago.
func freePort(t testing.TB) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

// lines keeps what a program printed, for when it fails.
type lines struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buffer.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buffer.String()
}
