package process_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/local/process"
)

// start starts a local process, which ends with the test.
func start(t *testing.T, directory string) process.State {
	t.Helper()
	state, err := process.Start(t.Context(), directory, executable(t), asProcess, directory)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := process.Stop(context.Background(), directory); err != nil {
			t.Error(err)
		}
	})
	return state
}

// A process is started once, and stopped as often as one likes.
func TestStartAndStop(t *testing.T) {
	t.Parallel()
	directory := filepath.Join(t.TempDir(), "new")
	if err := process.Stop(t.Context(), directory); err != nil {
		t.Errorf("stop what does not run: %v", err)
	}
	first := start(t, directory)
	if first.PID == os.Getpid() || first.Port == 0 {
		t.Errorf("started %+v", first)
	}
	again, err := process.Start(t.Context(), directory, executable(t), asFailure, "not started at all")
	if err != nil || again.PID != first.PID {
		t.Errorf("started again: %+v, %v, want %+v", again, err, first)
	}
	if group, err := syscall.Getpgid(first.PID); err != nil || group != first.PID {
		t.Errorf("it is in group %d (%v), where a terminal's Ctrl-C reaches it", group, err)
	}
	if err := process.Stop(t.Context(), directory); err != nil {
		t.Fatal(err)
	}
	if _, running, err := process.Find(t.Context(), directory); running || err != nil {
		t.Errorf("it still runs (%v)", err)
	}
}

// What kill -9 leaves behind is not a process, and does not hinder the next one.
func TestFindAfterKill(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	first := start(t, directory)
	if err := syscall.Kill(first.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the process is gone", func() bool {
		state, running, err := process.Find(t.Context(), directory)
		if err != nil || state.PID != first.PID {
			t.Fatalf("found %+v, %v", state, err)
		}
		return !running
	})
	if err := process.Stop(t.Context(), directory); err != nil {
		t.Errorf("stop what was killed: %v", err)
	}
	if second := start(t, directory); second.PID == first.PID {
		t.Errorf("no other process was started: %+v", second)
	}
}

// Stop returns when the process has let go of everything, even if a request keeps it for a while.
func TestStopWaits(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	state := start(t, directory)
	request, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(state.Port)))
	if err != nil {
		t.Fatal(err)
	}
	defer request.Close()
	// The front door waits for a body that never comes whole.
	if _, err := io.WriteString(request, "POST /finch/live/ HTTP/1.1\r\nHost: finch\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := request.Read(make([]byte, 1)); err != nil { // it asks for the body: the request has begun
		t.Fatal(err)
	}
	if err := process.Stop(t.Context(), directory); err != nil {
		t.Fatal(err)
	}
	next, err := process.Listen(t.Context(), directory, state.Port, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatalf("the folder and the port are not free: %v", err)
	}
	next.Close()
}

// A process that does not come up says why.
func TestStartFails(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, directory, command, argument string
		says                               []string
	}{
		{"it ends at once", t.TempDir(), executable(t), "the reason", []string{"ended at once", "the reason", "local.log"}},
		{"there is no such program", t.TempDir(), filepath.Join(t.TempDir(), "absent"), "", []string{"start the local process", "absent"}},
		{"the folder is a file", file, executable(t), "", []string{"local.json", "not a directory"}},
		{"the log is a folder", folderInPlaceOf(t, "local.log"), executable(t), "", []string{"start the local process", "local.log"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := process.Start(t.Context(), test.directory, test.command, asFailure, test.argument)
			if err == nil {
				t.Fatal("no error")
			}
			for _, said := range test.says {
				if !strings.Contains(err.Error(), said) {
					t.Errorf("the error does not say %q: %v", said, err)
				}
			}
			if strings.Contains(err.Error(), "an earlier line") {
				t.Errorf("the error has more than the log's last line: %v", err)
			}
		})
	}
}

// Who is not the first to start the process gets the one that was, however long that takes to come up.
func TestStartFindsTheOneThatWasFaster(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	faster := listen(t, directory, nil)
	file, hidden := filepath.Join(directory, "local.json"), filepath.Join(directory, "not-yet")
	if err := os.Rename(file, hidden); err != nil { // it has the folder, and does not answer yet
		t.Fatal(err)
	}
	type started struct {
		state process.State
		err   error
	}
	results := make(chan started, 1)
	go func() {
		state, err := process.Start(t.Context(), directory, executable(t), asFailure, "the folder is taken")
		results <- started{state, err}
	}()
	eventually(t, "the slower one has ended", func() bool {
		log, err := os.ReadFile(filepath.Join(directory, "local.log"))
		var pid int
		if err != nil {
			return false
		}
		if _, err := fmt.Sscanf(string(log), "an earlier line by %d\n", &pid); err != nil {
			return false
		}
		return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
	})
	if err := os.Rename(hidden, file); err != nil {
		t.Fatal(err)
	}
	if got := <-results; got.err != nil || got.state.Token != faster.State.Token {
		t.Errorf("started %+v, %v", got.state, got.err)
	}
}

func folderInPlaceOf(t *testing.T, name string) string {
	t.Helper()
	directory := t.TempDir()
	if err := os.Mkdir(filepath.Join(directory, name), 0o700); err != nil {
		t.Fatal(err)
	}
	return directory
}

// Who does not want to wait for a process need not.
func TestStartAndStopEndWithTheirContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := process.Start(ctx, t.TempDir(), executable(t), asSilence, ""); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("start: %v", err)
	}
}

// A state file that cannot be read is not taken for no process.
func TestFindRefusesABrokenFile(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(directory string) error{
		"not JSON": func(directory string) error {
			return os.WriteFile(filepath.Join(directory, "local.json"), []byte("{"), 0o600)
		},
		"a folder": func(directory string) error { return os.Mkdir(filepath.Join(directory, "local.json"), 0o700) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			directory := t.TempDir()
			if err := spoil(directory); err != nil {
				t.Fatal(err)
			}
			_, _, findErr := process.Find(t.Context(), directory)
			_, startErr := process.Start(t.Context(), directory, executable(t), asProcess, directory)
			for what, err := range map[string]error{"find": findErr, "start": startErr, "stop": process.Stop(t.Context(), directory)} {
				if err == nil || !strings.Contains(err.Error(), "local.json") {
					t.Errorf("%s: %v", what, err)
				}
			}
		})
	}
}

// leave writes the state file of a process of that id that answers at that address.
func leave(t *testing.T, directory string, pid int, address string) {
	t.Helper()
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	state := fmt.Sprintf(`{"pid": %d, "port": %s, "token": "t", "directory": %q, "since": "2026-01-01T00:00:00Z"}`, pid, port, directory)
	if err := os.WriteFile(filepath.Join(directory, "local.json"), []byte(state), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Nobody is asked for a process that is gone, whoever has its port now.
func TestFindDoesNotAskForTheDead(t *testing.T) {
	t.Parallel()
	dead := exec.Command(executable(t), asFailure, "")
	if err := dead.Run(); err == nil {
		t.Fatal("it did not fail")
	}
	var asked atomic.Bool
	stranger := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Store(true) }))
	t.Cleanup(stranger.Close)
	directory := t.TempDir()
	leave(t, directory, dead.Process.Pid, stranger.Listener.Addr().String())
	if _, running, err := process.Find(t.Context(), directory); running || err != nil || asked.Load() {
		t.Errorf("running: %v, %v, asked: %v", running, err, asked.Load())
	}
}

// A process that lives and does not answer is busy, not absent: no other is started beside it.
func TestABusyProcessIsNotAbsent(t *testing.T) {
	t.Parallel()
	busy, err := net.Listen("tcp", "127.0.0.1:0") // it connects, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { busy.Close() })
	directory := t.TempDir()
	leave(t, directory, os.Getpid(), busy.Addr().String())
	_, running, findErr := process.Find(t.Context(), directory)
	if running || findErr == nil || !strings.Contains(findErr.Error(), fmt.Sprintf("process %d is busy", os.Getpid())) {
		t.Errorf("running: %v, %v", running, findErr)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := process.Find(ctx, directory); !errors.Is(err, context.Canceled) {
		t.Errorf("nobody waits any more: %v", err)
	}
	if _, err := process.Start(ctx, directory, executable(t), asProcess, directory); !errors.Is(err, context.Canceled) {
		t.Errorf("another one was started beside it: %v", err)
	}
}

// Somebody else's process on the same port is not this folder's.
func TestFindKnowsItsOwn(t *testing.T) {
	t.Parallel()
	other := listen(t, t.TempDir(), nil)
	directory := t.TempDir()
	stale := fmt.Sprintf(`{"pid": %d, "port": %d, "token": "of a former process", "directory": %q, "since": "2026-01-01T00:00:00Z"}`,
		other.State.PID, other.State.Port, directory)
	if err := os.WriteFile(filepath.Join(directory, "local.json"), []byte(stale), 0o600); err != nil {
		t.Fatal(err)
	}
	if state, running, err := process.Find(t.Context(), directory); running || err != nil || state.Port != other.State.Port {
		t.Errorf("found %+v, running: %v, %v", state, running, err)
	}
	if err := process.Stop(t.Context(), directory); err != nil { // it would end this very process
		t.Error(err)
	}
}
