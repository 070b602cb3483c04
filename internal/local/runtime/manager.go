package runtime

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/local/lambda"
	"github.com/goldfinch-dev/goldfinch/internal/local/program"
)

// startsPerProcessor is how many processes of one version may start at a time, for each
// processor of the machine. In AWS each one starts on a machine of its own.
const startsPerProcessor = 2

// A Manager runs functions, each request in a process of its own, as AWS does.
// Its methods may be called from several goroutines at once.
type Manager struct {
	options Options

	mu     sync.Mutex
	pools  map[string]*pool // by the version's ID
	busy   int              // requests
	closed bool
	ending bool // no process may live any more
	alive  map[*process]struct{}
	// working counts requests; watching, the goroutines that wait for processes.
	working, watching sync.WaitGroup
}

var _ lambda.Runner = (*Manager)(nil)

// A pool is what there is of one version: its folder and its processes.
type pool struct {
	version lambda.Version

	// Guarded by the Manager's mu.
	idle      []*process // the newest is last
	busy      int        // requests
	forgotten bool

	// starting has room for the processes that may start at a time. More would
	// only take the processor from those that could answer already.
	starting chan struct{}
	// freed hands a process that has answered to a request that waits for one.
	freed chan *process

	unpacking sync.Mutex
	folder    string // empty until unpacked
}

// New returns a Manager without processes.
func New(options Options) (*Manager, error) {
	if options.Directory == "" {
		return nil, errors.New("run functions: a directory is required")
	}
	directory, err := filepath.Abs(options.Directory)
	if err != nil {
		return nil, fmt.Errorf("run functions: %w", err)
	}
	options.Directory = directory
	if err := os.MkdirAll(directory, 0o755); err != nil {
		return nil, fmt.Errorf("run functions: %w", err)
	}
	if err := empty(directory); err != nil {
		return nil, fmt.Errorf("run functions: remove what is left of a former process: %w", err)
	}
	return &Manager{options: options.withDefaults(), pools: map[string]*pool{}, alive: map[*process]struct{}{}}, nil
}

// empty removes what is in a directory.
func empty(directory string) error {
	entries, err := os.ReadDir(directory)
	for _, entry := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(directory, entry.Name())))
	}
	return err
}

// Invoke runs the version's bootstrap once, in a warm process if one waits. It
// does not end with ctx: what the function's timeout bounds runs to its end. A
// package that cannot run is a function error, as on AWS; an error is
// [lambda.ErrThrottled], or that the package cannot be read or the Manager is closed.
func (m *Manager) Invoke(_ context.Context, version lambda.Version, invocation lambda.Invocation) (lambda.Result, error) {
	p, err := m.enter(version)
	if err != nil {
		return lambda.Result{}, fmt.Errorf("invoke %s:%s: %w", version.Function, version.Number, err)
	}
	defer m.leave(p)
	result, err := m.invoke(p, invocation)
	if err != nil {
		return lambda.Result{}, fmt.Errorf("invoke %s:%s: %w", version.Function, version.Number, err)
	}
	return result, nil
}

func (m *Manager) invoke(p *pool, invocation lambda.Invocation) (lambda.Result, error) {
	for {
		if warm := m.warm(p); warm != nil {
			if result, began := m.work(p, warm, invocation); began {
				return result, nil
			}
			continue // it ended while it waited
		}
		if err := m.unpack(p); err != nil {
			if unusable, ok := errors.AsType[*program.UnusableError](err); ok {
				return failed("Runtime.InvalidEntrypoint", invocation.RequestID, unusable.Error()), nil
			}
			return lambda.Result{}, err
		}
		select {
		case warm := <-p.freed:
			if result, began := m.work(p, warm, invocation); began {
				return result, nil
			}
			continue
		case p.starting <- struct{}{}:
		}
		cold, init, failure := m.start(p, invocation.RequestID)
		<-p.starting
		if failure != nil {
			return *failure, nil
		}
		result, began := m.work(p, cold, invocation)
		if !began {
			result = failed("Runtime.ExitError", invocation.RequestID, cold.exitMessage())
		}
		result.Init = init
		return result, nil
	}
}

// enter makes a request one of those that run, if there may be one more.
func (m *Manager) enter(version lambda.Version) (*pool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, errors.New("functions run no more: the process is shutting down")
	}
	if m.busy >= m.options.MaxConcurrency {
		return nil, lambda.ErrThrottled
	}
	p := m.pools[version.ID]
	if p == nil {
		p = &pool{version: version, starting: make(chan struct{}, startsPerProcessor*runtime.GOMAXPROCS(0)), freed: make(chan *process)}
		m.pools[version.ID] = p
	}
	m.busy++
	p.busy++
	m.working.Add(1)
	return p, nil
}

func (m *Manager) leave(p *pool) {
	m.mu.Lock()
	m.busy--
	p.busy--
	remove := m.drained(p)
	m.mu.Unlock()
	if remove {
		m.remove(p)
	}
	m.working.Done()
}

// drained reports whether nobody needs the pool any more, and takes it out. The
// caller holds mu and then calls remove.
func (m *Manager) drained(p *pool) bool {
	if !p.forgotten || p.busy > 0 || m.pools[p.version.ID] != p {
		return false
	}
	delete(m.pools, p.version.ID)
	return true
}

// remove ends the processes of a pool that was taken out, and removes its folder.
func (m *Manager) remove(p *pool) {
	for _, waiting := range p.idle {
		waiting.stop()
	}
	if p.folder == "" {
		return
	}
	if err := os.RemoveAll(p.folder); err != nil {
		m.options.Log.Warn("remove package", "folder", p.folder, "error", err)
	}
}

// warm takes the process that waits since the shortest time, or nil.
func (m *Manager) warm(p *pool) *process {
	m.mu.Lock()
	defer m.mu.Unlock()
	for len(p.idle) > 0 {
		last := len(p.idle) - 1
		waiting := p.idle[last]
		p.idle = p.idle[:last]
		waiting.reaper.Stop()
		if !waiting.hasEnded() {
			return waiting
		}
	}
	return nil
}

// work has a process answer an invocation, and lets it wait for the next one if
// it still lives. It reports false when the process ended before it began.
func (m *Manager) work(p *pool, with *process, invocation lambda.Invocation) (result lambda.Result, began bool) {
	result, began = with.work(invocation)
	if with.hasEnded() {
		return result, began
	}
	select {
	case p.freed <- with:
		return result, began
	default:
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	with.reaper = time.AfterFunc(m.options.Idle, func() { m.reap(p, with) })
	p.idle = append(p.idle, with)
	return result, began
}

// reap ends a process that has waited too long.
func (m *Manager) reap(p *pool, waiting *process) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, candidate := range p.idle {
		if candidate == waiting {
			p.idle = append(p.idle[:i], p.idle[i+1:]...)
			waiting.stop()
			return
		}
	}
}

// Forget ends the version's processes when they have finished and removes its
// folder. A version that was never invoked needs no forgetting.
func (m *Manager) Forget(version lambda.Version) {
	m.mu.Lock()
	p := m.pools[version.ID]
	if p == nil {
		m.mu.Unlock()
		return
	}
	p.forgotten = true
	remove := m.drained(p)
	m.mu.Unlock()
	if remove {
		m.remove(p)
	}
}

// Close waits for running requests until ctx is done, then ends every process
// and removes what was unpacked. Its error is that of ctx, when requests had to
// be cut short, or of the removal.
func (m *Manager) Close(ctx context.Context) error {
	m.mu.Lock()
	m.closed = true
	m.mu.Unlock()
	finished := make(chan struct{})
	go func() {
		m.working.Wait()
		close(finished)
	}()
	var cut error
	select {
	case <-finished:
	case <-ctx.Done():
		cut = ctx.Err()
	}
	m.endAll()
	<-finished
	m.watching.Wait()
	return errors.Join(cut, empty(m.options.Directory))
}

// endAll kills every process, and each that is still to start.
func (m *Manager) endAll() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ending = true
	for p := range m.alive {
		if p.reaper != nil {
			p.reaper.Stop()
		}
		p.stop()
	}
}

// live notes a process that has started.
func (m *Manager) live(p *process) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.alive[p] = struct{}{}
	if m.ending {
		p.stop()
	}
	m.options.Log.Debug("function process started", "function", p.version.Function, "version", p.version.Number, "pid", p.command.Process.Pid)
}

// dead notes a process that has ended.
func (m *Manager) dead(p *process) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.alive, p)
	m.options.Log.Debug("function process ended", "function", p.version.Function, "version", p.version.Number, "pid", p.command.Process.Pid, "exit", p.command.ProcessState.String())
}
