package runtime

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/local/lambda"
	"github.com/goldfinch-dev/goldfinch/internal/local/program"
)

// initLimit is the least time that a function has to start, as on AWS; one
// whose timeout is longer has that: a start that takes too long is tried again
// as part of the first request there.
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
const initLimit = 10 * time.Second

// A process is one running bootstrap and the API that it talks to.
type process struct {
	version lambda.Version
	command *exec.Cmd
	server  *http.Server
	output  output

	next   chan *work    // to the process's next poll
	ready  chan struct{} // closed when it polls for the first time
	ended  chan struct{} // closed when it has exited and all it printed is read
	exited error         // why it ended; set before ended is closed

	// reaper ends it when it has waited too long; guarded by the Manager's mu.
	reaper *time.Timer

	mu        sync.Mutex
	polled    bool
	current   *work
	initError []byte
	gone      bool // its id may be another process's by now
}

// A work is one invocation on its way through a process.
type work struct {
	lambda.Invocation
	deadline time.Time
	// done is told the answer, once.
	done chan answer
}

type answer struct {
	payload []byte
	failed  bool
}

// start runs a new process until it asks for work. Init is how long that took; a
// failure is what its first request has to be told instead of an answer.
func (m *Manager) start(p *pool, requestID string) (started *process, init time.Duration, failure *lambda.Result) {
	began := time.Now()
	fail := func(kind, message string) (*process, time.Duration, *lambda.Result) {
		result := failed(kind, requestID, message)
		result.Init = time.Since(began)
		return nil, 0, &result
	}
	started, err := m.spawn(p)
	if err != nil {
		return fail("Runtime.InvalidEntrypoint", err.Error())
	}
	limit := time.NewTimer(max(initLimit, p.version.Timeout))
	defer limit.Stop()
	select {
	case <-started.ready:
		return started, time.Since(began), nil
	case <-limit.C:
		started.stop()
		<-started.ended
		return fail("Sandbox.Timedout", timedOut(max(initLimit, p.version.Timeout)))
	case <-started.ended:
		if reported := started.reportedInitError(); reported != nil {
			return nil, 0, &lambda.Result{Payload: reported, FunctionError: unhandled, Init: time.Since(began), Log: started.output.tail()}
		}
		return fail("Runtime.ExitError", started.exitMessage())
	}
}

// spawn starts the bootstrap with an API of its own.
func (m *Manager) spawn(p *pool) (*process, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &process{
		version: p.version,
		next:    make(chan *work),
		ready:   make(chan struct{}),
		ended:   make(chan struct{}),
	}
	s.server = &http.Server{Handler: s.api(), ErrorLog: silent()}
	if err := s.output.open(p.version, m.options); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	m.watching.Add(1)
	launched := make(chan error, 1)
	// The goroutine is a new one because on Linux the process dies with the thread
	// that started it, and the caller may have locked its thread and end it.
	go func() {
		defer m.watching.Done()
		defer close(s.ended)
		defer s.output.close()
		err := s.launch(func() *exec.Cmd { return m.command(p, s, listener.Addr().String()) })
		launched <- err
		if err != nil {
			listener.Close()
			return
		}
		m.live(s)
		s.serve(listener)
		m.dead(s)
	}()
	if err := <-launched; err != nil {
		<-s.ended
		return nil, err
	}
	return s, nil
}

func (m *Manager) command(p *pool, s *process, api string) *exec.Cmd {
	command := exec.Command(filepath.Join(p.folder, "bootstrap"))
	command.Dir = p.folder
	command.Env = environment(p.version, p.folder, m.options, api)
	command.Stdout, command.Stderr = s.output.stdout.writer, s.output.stderr.writer
	program.DieWithParent(command)
	return command
}

// launch starts the command. For a moment the file may count as being written:
// a process that was started while it was unpacked inherits its descriptor until
// it runs its own program (https://github.com/golang/go/issues/22315).
func (s *process) launch(command func() *exec.Cmd) error {
	for patience := time.Millisecond; ; patience *= 2 {
		s.command = command()
		err := s.command.Start()
		if !errors.Is(err, syscall.ETXTBSY) || patience > time.Second {
			return err
		}
		time.Sleep(patience)
	}
}

// serve answers the process until it has ended.
func (s *process) serve(listener net.Listener) {
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		s.server.Serve(listener) // always ends with an error: that it was closed
	}()
	s.exited = s.command.Wait()
	s.mu.Lock()
	program.Kill(s.command.Process) // what it has left behind in its group
	s.gone = true
	s.mu.Unlock()
	s.server.Close()
	<-closed
}

// work gives the process an invocation and waits for its answer, its end, or
// the timeout. It reports false when the process had ended before it took it.
func (s *process) work(invocation lambda.Invocation) (result lambda.Result, began bool) {
	start := time.Now()
	w := &work{Invocation: invocation, deadline: start.Add(s.version.Timeout), done: make(chan answer, 1)}
	timeout := time.NewTimer(s.version.Timeout)
	defer timeout.Stop()
	select {
	case s.next <- w:
		start = time.Now()
	case <-s.ended:
		return lambda.Result{}, false
	case <-timeout.C:
		return s.overdue(invocation), true
	}
	select {
	case given := <-w.done:
		result = s.answered(given)
	case <-timeout.C:
		return s.overdue(invocation), true
	case <-s.ended:
		select {
		case given := <-w.done: // its last act
			result = s.answered(given)
		default:
			result = failed("Runtime.ExitError", invocation.RequestID, s.exitMessage())
		}
	}
	result.Duration = time.Since(start)
	s.output.sync()
	result.Log = s.output.tail()
	return result, true
}

func (s *process) answered(given answer) lambda.Result {
	result := lambda.Result{Payload: given.payload}
	if given.failed {
		result.FunctionError = unhandled
	}
	return result
}

// overdue kills the process and says that it took too long.
func (s *process) overdue(invocation lambda.Invocation) lambda.Result {
	s.stop()
	<-s.ended
	result := failed("Sandbox.Timedout", invocation.RequestID, timedOut(s.version.Timeout))
	result.Duration = s.version.Timeout
	result.Log = s.output.tail()
	return result
}

// take makes an invocation the current one, as the process polls for it.
func (s *process) take(w *work) {
	s.mu.Lock()
	s.current = w
	s.mu.Unlock()
	s.output.begin(w.RequestID)
}

// finish returns the current invocation if it has that ID and was not answered yet.
func (s *process) finish(requestID string) *work {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.current
	if w == nil || w.RequestID != requestID {
		return nil
	}
	s.current = nil
	return w
}

// poll notes that the process asks for work: the first time, it has started.
func (s *process) poll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.polled {
		s.polled = true
		close(s.ready)
	}
}

func (s *process) reportInitError(payload []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.initError = payload
}

func (s *process) reportedInitError() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.initError
}

func (s *process) hasEnded() bool {
	select {
	case <-s.ended:
		return true
	default:
		return false
	}
}

// stop kills the process and what it has started. It does not wait for their end.
func (s *process) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.gone {
		program.Kill(s.command.Process)
	}
}

// exitMessage says how the process ended, in AWS's words.
func (s *process) exitMessage() string {
	if s.exited == nil {
		return "Runtime exited without providing a reason"
	}
	return fmt.Sprintf("Runtime exited with error: %s", s.command.ProcessState)
}
