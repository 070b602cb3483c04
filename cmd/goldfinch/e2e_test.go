package main_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/local/bundle"
	"github.com/goldfinch-dev/goldfinch/internal/local/process"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
)

// patience is how long a test waits for something that must happen; a machine
// that does much else at once may take that long.
const patience = 90 * time.Second

// built is what the tests run: the command itself, and the faulty function's program.
var built struct{ command, faulty string }

// parallel is how many tests run at once. They wait for releases most of their
// time, so there may be more of them than processors.
const parallel = "10"

func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", parallel); err != nil {
		panic(err)
	}
	directory, err := os.MkdirTemp("", "goldfinch-e2e-")
	if err != nil {
		panic(err)
	}
	built.command = filepath.Join(directory, "goldfinch")
	built.faulty = filepath.Join(directory, "faulty")
	for output, source := range map[string]string{built.command: ".", built.faulty: "./testdata/faulty"} {
		build := exec.Command("go", "build", "-tags", "lambda.norpc", "-buildvcs=false", "-o", output, source)
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if said, err := build.CombinedOutput(); err != nil {
			panic(fmt.Sprintf("build %s: %v\n%s", source, err, said))
		}
	}
	code := m.Run()
	os.RemoveAll(directory)
	os.Exit(code)
}

// A place is a working directory of its own, whose local process has a port of its own.
type place struct {
	t         testing.TB
	directory string
	port      int
	// temporary is where what is killed leaves its temporary files; empty: where all do.
	temporary string
}

// newPlace makes an empty directory. Its local process, if one is started, ends with the test.
func newPlace(t testing.TB) *place {
	p := &place{t: t, directory: t.TempDir(), port: freePort(t), temporary: t.TempDir()}
	t.Cleanup(func() {
		stopped := p.run("local", "stop")
		if t.Failed() {
			log, err := os.ReadFile(p.path(".goldfinch", "local.log"))
			t.Logf("the local process's log, at most 4 KB (%v):\n%s", err, log[max(len(log)-4096, 0):])
		}
		if stopped.code != 0 {
			t.Errorf("local stop: %s", stopped)
		}
	})
	return p
}

var ports atomic.Int64

// freePort finds a port that nobody listens on and that the system gives to
// nobody who asks for any port, so that a process can have it again after its death.
func freePort(t testing.TB) int {
	t.Helper()
	const first, count = 20000, 12000
	for range count {
		port := first + (os.Getpid()*101+int(ports.Add(1)))%count
		if listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err == nil {
			listener.Close()
			return port
		}
	}
	t.Fatal("no port is free")
	return 0
}

func (p *place) path(names ...string) string {
	return filepath.Join(append([]string{p.directory}, names...)...)
}

func (p *place) write(name, content string) {
	p.t.Helper()
	if err := os.MkdirAll(filepath.Dir(p.path(name)), 0o700); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(p.path(name), []byte(content), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// A result is how a command ended.
type result struct {
	arguments      []string
	code           int
	stdout, stderr string
}

func (r result) String() string {
	return fmt.Sprintf("goldfinch %s: exit code %d\n%s%s", strings.Join(r.arguments, " "), r.code, r.stdout, r.stderr)
}

// command makes a command in the place, not yet started.
func (p *place) command(arguments ...string) *exec.Cmd {
	command := exec.Command(built.command, arguments...)
	command.Dir = p.directory
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "GOLDFINCH_") {
			command.Env = append(command.Env, variable)
		}
	}
	if p.temporary != "" {
		command.Env = append(command.Env, "TMPDIR="+p.temporary)
	}
	return command
}

// run runs the command to its end.
func (p *place) run(arguments ...string) result {
	p.t.Helper()
	return p.finish(p.command(arguments...))
}

func (p *place) finish(command *exec.Cmd) result {
	p.t.Helper()
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.t.Errorf("run %v: %v", command.Args, err)
	}
	return result{arguments: command.Args[1:], code: command.ProcessState.ExitCode(), stdout: stdout.String(), stderr: stderr.String()}
}

// must runs the command and demands an exit code.
func (p *place) must(code int, arguments ...string) result {
	p.t.Helper()
	r := p.run(arguments...)
	if r.code != code {
		p.t.Fatalf("exit code %d, want %d\n%s", r.code, code, r)
	}
	return r
}

// decode reads the JSON that a command printed.
func decode[T any](t testing.TB, r result) T {
	t.Helper()
	var v T
	decoder := json.NewDecoder(strings.NewReader(r.stdout))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&v); err != nil {
		t.Fatalf("%v in what this printed:\n%s", err, r)
	}
	return v
}

// deploy releases a file and follows it to its end, which must have the exit code.
func (p *place) deploy(code int, file string, more ...string) operator.Status {
	p.t.Helper()
	arguments := append([]string{"deploy", file, "--local", "--output", "json", "--port", strconv.Itoa(p.port)}, more...)
	return decode[operator.Status](p.t, p.must(code, arguments...))
}

// start releases a file and does not follow it.
func (p *place) start(file string) operator.Started {
	p.t.Helper()
	return decode[operator.Started](p.t, p.must(0, "deploy", file, "--local", "--no-wait", "--output", "json", "--port", strconv.Itoa(p.port)))
}

func (p *place) status(reference string) operator.Status {
	p.t.Helper()
	return decode[operator.Status](p.t, p.must(0, "status", reference, "--local", "--output", "json"))
}

func (p *place) history(reference string) operator.History {
	p.t.Helper()
	return decode[operator.History](p.t, p.must(0, "history", reference, "--local", "--output", "json"))
}

// process is the place's local process, which must be running.
func (p *place) process() process.State {
	p.t.Helper()
	state, running, err := process.Find(context.Background(), p.path(".goldfinch"))
	if err != nil || !running {
		p.t.Fatalf("the local process does not run (%v)", err)
	}
	return state
}

// url is where the front door answers for a function's alias live.
func (p *place) url(function string) string {
	return fmt.Sprintf("http://127.0.0.1:%d/%s/live/", p.port, function)
}

// follow asks after a release until what is looked for is true.
func (p *place) follow(id string, found func(operator.History) bool) operator.History {
	p.t.Helper()
	asked := process.Operator(p.process())
	var last operator.History
	eventually(p.t, "release "+id+" comes so far", func() bool {
		history, err := asked.History(context.Background(), operator.Reference{ID: id})
		if err == nil {
			last = history
		}
		return err == nil && found(history)
	})
	return last
}

// eventually waits until the condition holds.
func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !condition(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", patience, what)
		}
	}
}

// A behaviour is what a faulty function does; see testdata/faulty.
type behaviour struct {
	Name     string  `json:"name"`
	Failures float64 `json:"failures,omitempty"`
	While    string  `json:"while,omitempty"`
}

// faulty writes the package of a function that behaves so.
func (p *place) faulty(file string, does behaviour) {
	p.t.Helper()
	program, err := os.ReadFile(built.faulty)
	if err != nil {
		p.t.Fatal(err)
	}
	description, err := json.Marshal(does)
	if err != nil {
		p.t.Fatal(err)
	}
	var packed bytes.Buffer
	archive := zip.NewWriter(&packed)
	for _, file := range []struct {
		name    string
		content []byte
	}{{bundle.Bootstrap, program}, {"behaviour.json", description}} {
		header := &zip.FileHeader{Name: file.name, Method: zip.Store}
		header.SetMode(0o755)
		to, err := archive.CreateHeader(header)
		if err == nil {
			_, err = to.Write(file.content)
		}
		if err != nil {
			p.t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		p.t.Fatal(err)
	}
	p.write(file, packed.String())
}

var echoes sync.Map // of a variant to its build

// echo writes the package of a variant of the example.
func (p *place) echo(file, variant string) {
	p.t.Helper()
	build, _ := echoes.LoadOrStore(variant, sync.OnceValues(func() ([]byte, error) {
		program, err := bundle.Compile(context.Background(), bundle.Program{
			Package: "github.com/goldfinch-dev/goldfinch/examples/echo", OS: runtime.GOOS, Arch: runtime.GOARCH,
			Variables: map[string]string{"main.variant": variant},
		})
		if err != nil {
			return nil, err
		}
		return bundle.Zip(program)
	}))
	packed, err := build.(func() ([]byte, error))()
	if err != nil {
		p.t.Fatal(err)
	}
	p.write(file, string(packed))
}

// fiveLines is a whole release document.
func fiveLines(service string) string {
	return fmt.Sprintf(`apiVersion: goldfinch/v1
service: %s
environment: production
artifact: ./bootstrap.zip
target: {lambda: {function: %[1]s, alias: live}}
`, service)
}
