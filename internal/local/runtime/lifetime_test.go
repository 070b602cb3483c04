package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	goruntime "runtime"
	"sync"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/local/lambda"
	"github.com/goldfinch-dev/goldfinch/internal/local/runtime"
)

// patience is how long a test waits for what should come at once.
const patience = 20 * time.Second

// eventually waits until done reports true.
func eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}

// A lifeline is a connection that a function holds until it dies.
type lifeline struct{ conn net.Conn }

// lifelines accepts them.
func lifelines(t testing.TB) (address string, next func() lifeline) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener.Addr().String(), func() lifeline {
		conn, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return lifeline{conn}
	}
}

// dead waits until the function is.
func (l lifeline) dead(t testing.TB) {
	t.Helper()
	l.conn.SetReadDeadline(time.Now().Add(patience))
	if _, err := l.conn.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the process still lives: %v", err)
	}
}

// alive reports whether the function lives after a moment.
func (l lifeline) alive() bool {
	l.conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	_, err := l.conn.Read(make([]byte, 1))
	return errors.Is(err, os.ErrDeadlineExceeded)
}

func TestOneProcessPerConcurrentRequest(t *testing.T) {
	t.Parallel()
	m, _ := manager(t, runtime.Options{})
	v := version(nil)
	first := pid(t, m, v)
	if again := pid(t, m, v); again != first {
		t.Errorf("a second process %d, while %d waits", again, first)
	}
	var requests sync.WaitGroup
	results := make([]lambda.Result, 4)
	for i := range results {
		requests.Go(func() { results[i], _ = tryInvoke(m, v, object{"do": "sleep", "size": 1500}) })
	}
	requests.Wait()
	started := 0
	for _, result := range results {
		if result.FunctionError != "" || result.Payload == nil {
			t.Errorf("answer %s", result.Payload)
		}
		if result.Init > 0 {
			started++
		}
	}
	if started != 3 {
		t.Errorf("%d processes were started for 4 requests beside one that waited", started)
	}
}

func TestConcurrencyIsThrottled(t *testing.T) {
	t.Parallel()
	m, recorded := manager(t, runtime.Options{MaxConcurrency: 2})
	one, other := version(map[string]string{"START": "slowly"}), version(map[string]string{"START": "slowly"})
	var requests sync.WaitGroup
	for _, v := range []lambda.Version{one, other} {
		requests.Go(func() {
			if _, err := tryInvoke(m, v, object{"do": "sleep", "size": 3000}); err != nil {
				t.Error(err)
			}
		})
	}
	eventually(t, "both are started", func() bool {
		recorded.mu.Lock()
		defer recorded.mu.Unlock()
		return len(recorded.lines) == 2
	})
	if _, err := tryInvoke(m, one, object{}); !errors.Is(err, lambda.ErrThrottled) {
		t.Errorf("a third request: %v", err)
	}
	requests.Wait()
	if _, err := tryInvoke(m, one, object{}); err != nil {
		t.Errorf("when they are done: %v", err)
	}
}

func TestIdleProcessesEnd(t *testing.T) {
	t.Parallel()
	m, _ := manager(t, runtime.Options{Idle: 200 * time.Millisecond})
	address, next := lifelines(t)
	v := version(nil)
	invoke(t, m, v, object{"do": "dial", "text": address})
	next().dead(t)
	if result := invoke(t, m, v, object{}); result.Init == 0 || result.FunctionError != "" {
		t.Errorf("after it: init %v, %s", result.Init, result.Payload)
	}
}

func TestProcessThatDiesWhileItWaitsIsReplaced(t *testing.T) {
	t.Parallel()
	m, _ := manager(t, runtime.Options{})
	v := version(nil)
	for range 5 {
		process, err := os.FindProcess(pid(t, m, v))
		if err != nil {
			t.Fatal(err)
		}
		if err := process.Kill(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "it is seen", func() bool {
			return invoke(t, m, v, object{}).FunctionError == ""
		})
	}
}

func TestForget(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	m, _ := manager(t, runtime.Options{Directory: directory})
	address, next := lifelines(t)
	v, kept := version(nil), version(nil)
	invoke(t, m, v, object{"do": "dial", "text": address})
	forgotten := next()
	invoke(t, m, kept, object{"do": "dial", "text": address})
	stays := next()

	m.Forget(v)
	m.Forget(v)
	m.Forget(version(nil)) // never invoked
	forgotten.dead(t)
	if !stays.alive() {
		t.Error("another version's process is dead too")
	}
	if left, err := os.ReadDir(directory); err != nil || len(left) != 1 {
		t.Errorf("folders: %v, %v", left, err)
	}
}

func TestForgetLetsRequestsFinish(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	m, recorded := manager(t, runtime.Options{Directory: directory})
	v := version(map[string]string{"START": "slowly"})
	var request sync.WaitGroup
	request.Go(func() {
		if result, err := tryInvoke(m, v, object{"do": "sleep", "size": 500}); err != nil || result.FunctionError != "" {
			t.Errorf("%s, %v", result.Payload, err)
		}
	})
	eventually(t, "it is started", func() bool {
		recorded.mu.Lock()
		defer recorded.mu.Unlock()
		return len(recorded.lines) == 1
	})
	m.Forget(v)
	request.Wait()
	if left, err := os.ReadDir(directory); err != nil || len(left) != 0 {
		t.Errorf("folders: %v, %v", left, err)
	}
}

func TestCloseEndsEverything(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	m, _ := manager(t, runtime.Options{Directory: directory})
	address, next := lifelines(t)
	v := version(nil)
	invoke(t, m, v, object{"do": "dial", "text": address})
	waiting := next()

	var request sync.WaitGroup
	invoke(t, m, v, object{"do": "child"})
	request.Go(func() {
		result, err := tryInvoke(m, v, object{"do": "sleep", "size": 300})
		if !errors.Is(err, lambda.ErrThrottled) && (err != nil || result.FunctionError != "") {
			t.Errorf("a request that ran was cut: %s, %v", result.Payload, err)
		}
	})
	request.Wait()
	if err := m.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	waiting.dead(t)
	if left, err := os.ReadDir(directory); err != nil || len(left) != 0 {
		t.Errorf("folders: %v, %v", left, err)
	}
}

func TestCloseCutsRequestsShort(t *testing.T) {
	t.Parallel()
	m, recorded := manager(t, runtime.Options{})
	v := version(map[string]string{"START": "slowly"})
	v.Timeout = 10 * time.Minute
	result := make(chan lambda.Result, 1)
	go func() {
		got, _ := tryInvoke(m, v, object{"do": "sleep", "size": 600000})
		result <- got
	}()
	eventually(t, "it is started", func() bool {
		recorded.mu.Lock()
		defer recorded.mu.Unlock()
		return len(recorded.lines) == 1
	})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := m.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("close: %v", err)
	}
	if got := decode[failure](t, <-result); got.ErrorType != "Runtime.ExitError" {
		t.Errorf("the request: %+v", got)
	}
}

// becomeParent starts a function that holds a connection to address, and waits
// to be killed.
func becomeParent(address string) {
	content, err := os.ReadFile(os.Getenv(parent + "_FUNCTION"))
	if err == nil {
		var m *runtime.Manager
		if m, err = runtime.New(runtime.Options{Directory: os.Getenv(parent + "_DIRECTORY")}); err == nil {
			_, err = tryInvoke(m, packaged(content, nil), object{"do": "dial", "text": address})
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("ready")
	select {}
}

func TestFunctionsDieWithTheirParent(t *testing.T) {
	t.Parallel()
	if goruntime.GOOS != "linux" {
		t.Log("elsewhere a function dies at its next call of the Runtime API, which this one does not make in time")
		return
	}
	address, next := lifelines(t)
	path := t.TempDir() + "/package.zip"
	if err := os.WriteFile(path, function, 0o600); err != nil {
		t.Fatal(err)
	}
	self := exec.Command(os.Args[0])
	self.Env = append(os.Environ(), parent+"="+address, parent+"_FUNCTION="+path, parent+"_DIRECTORY="+t.TempDir())
	self.Stderr = os.Stderr
	output, err := self.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := self.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(output, make([]byte, len("ready\n"))); err != nil {
		t.Fatal(err)
	}
	held := next()
	if !held.alive() {
		t.Fatal("the function is dead before its parent")
	}
	if err := self.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	self.Wait()
	held.dead(t)
}

// It runs alone: tests that call t.Parallel wait until it is done.
func TestNothingLeaks(t *testing.T) {
	descriptors := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			return 0 // not on Linux
		}
		return len(entries)
	}
	cycle := func() {
		m, err := runtime.New(runtime.Options{Directory: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		v, ephemeral := version(nil), version(nil)
		for _, event := range []object{{}, {"do": "panic"}, {"do": "exit"}, {"do": "child"}, {"do": "error"}} {
			invoke(t, m, v, event)
		}
		invoke(t, m, packaged(archive(t, script("exit 1")), nil), object{})
		invoke(t, m, packaged(archive(t, file{"bootstrap", 0o755, "#!/no/such/shell\n"}), nil), object{})
		invoke(t, m, ephemeral, object{})
		m.Forget(ephemeral)
		if err := m.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	cycle() // what the first use opens for good
	goroutines, files := goruntime.NumGoroutine(), descriptors()
	for range 3 {
		cycle()
	}
	eventually(t, "goroutines and descriptors are as before", func() bool {
		return goruntime.NumGoroutine() <= goroutines && descriptors() <= files
	})
}
