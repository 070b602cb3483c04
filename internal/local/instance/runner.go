package instance

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/local/ec2"
	"github.com/goldfinch-dev/goldfinch/internal/local/program"
)

const (
	// startLimit is how long a program may take until it answers at its port.
	startLimit = 30 * time.Second
	// startPoll is how often that is tried.
	startPoll = 20 * time.Millisecond
	// longestLine is where a line without an end is cut.
	longestLine = 256 << 10
)

// Options make a [Runner]. Directory and Program are required.
type Options struct {
	// Directory is where programs are unpacked, a folder for each. It is created when absent.
	Directory string
	// Program reads the package at an image's location, "s3://bucket/key".
	Program func(ctx context.Context, location string) ([]byte, error)
	// Region is what programs find in AWS_REGION, and Endpoint in AWS_ENDPOINT_URL; empty sets nothing.
	Region, Endpoint string
	// Output is told each line that an instance prints; nil ignores them.
	// Metric is told each value of each line in CloudWatch's embedded metric format, once for each
	// dimension set of the line; nil ignores them. Both are called from several goroutines at once.
	Output func(instanceID, line string)
	Metric func(namespace string, dimensions map[string]string, name string, value float64, at time.Time)
	// Log is told of programs that start and end; nil is silent.
	Log *slog.Logger
}

// A Runner runs programs. Its methods may be called from several goroutines at once.
type Runner struct {
	options Options

	unpacking sync.Mutex
	mu        sync.Mutex
	running   map[string]*process
}

var _ ec2.Runner = (*Runner)(nil)

// New returns a runner that runs nothing yet.
func New(options Options) (*Runner, error) {
	if options.Directory == "" || options.Program == nil {
		return nil, errors.New("make a runner of instances: it needs a directory and programs")
	}
	if err := os.MkdirAll(options.Directory, 0o700); err != nil {
		return nil, fmt.Errorf("make a runner of instances: %w", err)
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	return &Runner{options: options, running: map[string]*process{}}, nil
}

// A process is the running program of an instance.
type process struct {
	command *exec.Cmd
	ended   chan struct{} // closed when it has ended and all it printed is read
	exited  error         // why; set before ended is closed

	mu       sync.Mutex
	stopping bool // somebody wants it to end
	gone     bool // its id may be another process's by now
}

// Start starts the instance's program, and returns where it answers once it does.
func (r *Runner) Start(ctx context.Context, instance ec2.Instance) (address string, err error) {
	folder, err := r.unpack(ctx, instance.Location)
	if err != nil {
		return "", fmt.Errorf("start instance %s of %s: %w", instance.ID, instance.ImageID, err)
	}
	port, err := freePort()
	if err != nil {
		return "", fmt.Errorf("start instance %s: %w", instance.ID, err)
	}
	started, err := r.launch(instance, folder, port)
	if err != nil {
		return "", fmt.Errorf("start instance %s of %s: %w", instance.ID, instance.ImageID, err)
	}
	address = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	if err := answers(ctx, address, started); err != nil {
		started.kill()
		<-started.ended
		return "", fmt.Errorf("start instance %s of %s: %w", instance.ID, instance.ImageID, err)
	}
	r.mu.Lock()
	r.running[instance.ID] = started
	r.mu.Unlock()
	r.options.Log.Info("instance started", "instance", instance.ID, "image", instance.ImageID, "group", instance.Group, "address", address)
	go r.watch(instance, started)
	return address, nil
}

// watch tells of a program that ends although nobody wanted that.
func (r *Runner) watch(instance ec2.Instance, watched *process) {
	<-watched.ended
	r.mu.Lock()
	if r.running[instance.ID] == watched {
		delete(r.running, instance.ID)
	}
	r.mu.Unlock()
	watched.mu.Lock()
	wanted := watched.stopping
	watched.mu.Unlock()
	r.options.Log.Info("instance ended", "instance", instance.ID, "wanted", wanted, "state", watched.command.ProcessState.String())
	if !wanted && instance.Ended != nil {
		instance.Ended("its program ended: " + watched.command.ProcessState.String())
	}
}

// Stop asks the program to end by SIGTERM, ends it after the grace, and returns when it has ended, or ctx is done.
func (r *Runner) Stop(ctx context.Context, id string, grace time.Duration) {
	r.mu.Lock()
	stopped := r.running[id]
	r.mu.Unlock()
	if stopped == nil {
		return
	}
	stopped.ask()
	patience := time.NewTimer(grace)
	defer patience.Stop()
	select {
	case <-stopped.ended:
		return
	case <-patience.C:
	case <-ctx.Done():
	}
	stopped.kill()
	select {
	case <-stopped.ended:
	case <-ctx.Done():
	}
}

// Close ends every program at once.
func (r *Runner) Close() {
	r.mu.Lock()
	var all []*process
	for _, one := range r.running {
		all = append(all, one)
	}
	r.mu.Unlock()
	for _, one := range all {
		one.kill()
	}
	for _, one := range all {
		<-one.ended
	}
}

// unpack puts the package at a location into a folder that is named by what it contains, unless it is there already.
func (r *Runner) unpack(ctx context.Context, location string) (folder string, err error) {
	content, err := r.options.Program(ctx, location)
	if err != nil {
		return "", fmt.Errorf("read its program at %s: %w", location, err)
	}
	sum := sha256.Sum256(content)
	folder = filepath.Join(r.options.Directory, hex.EncodeToString(sum[:12]))
	r.unpacking.Lock()
	defer r.unpacking.Unlock()
	if _, err := os.Stat(folder); err == nil {
		return folder, nil
	}
	// A folder that has its name is whole.
	building, err := os.MkdirTemp(r.options.Directory, "unpacking-")
	if err != nil {
		return "", err
	}
	if err := program.Unpack(content, building); err != nil {
		return "", errors.Join(err, os.RemoveAll(building))
	}
	if err := os.Rename(building, folder); err != nil {
		return "", errors.Join(err, os.RemoveAll(building))
	}
	return folder, nil
}

// launch starts the program.
func (r *Runner) launch(instance ec2.Instance, folder string, port int) (*process, error) {
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	p := &process{ended: make(chan struct{})}
	launched := make(chan error, 1)
	// On Linux the process dies with the thread that started it, and the caller may have locked its own and end it.
	go func() {
		defer close(p.ended)
		read := make(chan struct{})
		go func() {
			defer close(read)
			r.read(instance.ID, reader)
		}()
		err := p.start(func() *exec.Cmd { return r.command(instance, folder, port, writer) })
		writer.Close()
		launched <- err
		if err == nil {
			p.exited = p.command.Wait()
			p.mu.Lock()
			program.Kill(p.command.Process) // what it has left behind in its group
			p.gone = true
			p.mu.Unlock()
		}
		<-read
	}()
	if err := <-launched; err != nil {
		<-p.ended
		return nil, err
	}
	return p, nil
}

// start starts the command. For a moment the file may count as being written: a process that was started while it was
// unpacked inherits its descriptor until it runs its own program (https://github.com/golang/go/issues/22315).
func (p *process) start(command func() *exec.Cmd) error {
	for patience := time.Millisecond; ; patience *= 2 {
		p.command = command()
		err := p.command.Start()
		if !errors.Is(err, syscall.ETXTBSY) || patience > time.Second {
			return err
		}
		time.Sleep(patience)
	}
}

func (r *Runner) command(instance ec2.Instance, folder string, port int, output *os.File) *exec.Cmd {
	command := exec.Command(filepath.Join(folder, "bootstrap"))
	command.Dir = folder
	command.Env = r.environment(instance, port)
	command.Stdout, command.Stderr = output, output
	program.DieWithParent(command)
	return command
}

// environment is what the program finds in its environment, and no more: nothing of this process's own.
func (r *Runner) environment(instance ec2.Instance, port int) []string {
	variables := []string{
		"HOST=127.0.0.1", "PORT=" + strconv.Itoa(port), "INSTANCE_ID=" + instance.ID, "IMAGE_ID=" + instance.ImageID,
		"PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir(), "TZ=UTC",
		"AWS_ACCESS_KEY_ID=local", "AWS_SECRET_ACCESS_KEY=local", "AWS_EC2_METADATA_DISABLED=true",
	}
	for name, value := range map[string]string{
		"AUTO_SCALING_GROUP_NAME": instance.Group, "LAUNCH_TEMPLATE_VERSION": instance.TemplateVersion,
		"AWS_REGION": r.options.Region, "AWS_ENDPOINT_URL": r.options.Endpoint,
	} {
		if value != "" {
			variables = append(variables, name+"="+value)
		}
	}
	return variables
}

// read hands on what a program prints, line by line.
func (r *Runner) read(instanceID string, from io.ReadCloser) {
	defer from.Close()
	lines := bufio.NewReaderSize(from, longestLine)
	for {
		line, err := lines.ReadSlice('\n')
		if len(line) > 0 {
			r.line(instanceID, line)
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return
		}
	}
}

func (r *Runner) line(instanceID string, line []byte) {
	for len(line) > 0 && (line[len(line)-1] == '\n' || line[len(line)-1] == '\r') {
		line = line[:len(line)-1]
	}
	if r.options.Metric != nil {
		program.EmbeddedMetrics(line, time.Now().UTC(), r.options.Metric)
	}
	if r.options.Output != nil {
		r.options.Output(instanceID, string(line))
	}
}

// ask asks the process to end.
func (p *process) ask() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopping = true
	if !p.gone {
		_ = p.command.Process.Signal(syscall.SIGTERM) // the only error is that it has ended, which is what is wanted
	}
}

// kill ends the process and what it has started, without waiting for that.
func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopping = true
	if !p.gone {
		program.Kill(p.command.Process)
	}
}

// answers waits until somebody answers at the address.
func answers(ctx context.Context, address string, started *process) error {
	limit := time.NewTimer(startLimit)
	defer limit.Stop()
	dialer := net.Dialer{Timeout: time.Second}
	for {
		connection, err := dialer.DialContext(ctx, "tcp", address)
		if err == nil {
			return connection.Close()
		}
		select {
		case <-started.ended:
			return fmt.Errorf("its program ended before it answered: %s", started.command.ProcessState)
		case <-limit.C:
			return fmt.Errorf("its program does not answer at %s within %s: it must listen on the port that PORT names", address, startLimit)
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(startPoll):
		}
	}
}

// freePort is a port that nobody listens on now.
func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	port := listener.Addr().(*net.TCPAddr).Port
	return port, listener.Close()
}
