package process

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/engine"
	"github.com/goldfinch-dev/goldfinch/internal/local/frontdoor"
	"github.com/goldfinch-dev/goldfinch/internal/local/instance"
	"github.com/goldfinch-dev/goldfinch/internal/local/runtime"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// How long Lambda takes, here, to update a function and to make a version active.
const (
	updateDuration   = 300 * time.Millisecond
	activateDuration = 300 * time.Millisecond
)

// poll is how often the workflow looks whether that is done.
const poll = time.Second

// How long an image takes, here, to be built, and name servers to hear of a change; and how often Auto Scaling and
// CloudFormation look after what does not tell them by itself.
const (
	buildDuration = 300 * time.Millisecond
	propagation   = time.Second
	lookAfter     = 200 * time.Millisecond
)

// shiftLimit bounds one shift of traffic here, where no call crosses a network.
const shiftLimit = 3 * time.Second

// shutdownTimeout is how long running requests may take to finish when the process ends.
const shutdownTimeout = 5 * time.Second

// A Server is the process's inside: an engine and the port at which it answers.
type Server struct {
	// Engine is the local cloud.
	Engine *engine.Engine
	// State says where it answers.
	State State

	directory string
	store     store.Store
	runtime   *runtime.Manager
	instances *instance.Runner
	opened    chan struct{} // closed once Engine is set
	http      *http.Server
	served    chan error
	alarms    *alarmFile
	closing   sync.Once
}

// Listen opens the folder, brings home what a former process left behind, and
// answers on the loopback port; 0 chooses a free one. Close ends it.
func Listen(ctx context.Context, directory string, port int, log *slog.Logger) (*Server, error) {
	directory, err := filepath.Abs(directory)
	if err != nil {
		return nil, fmt.Errorf("start the local process: %w", err)
	}
	s := &Server{directory: directory, served: make(chan error, 1), opened: make(chan struct{})}
	if err := s.open(ctx, port, log); err != nil {
		s.Close()
		return nil, fmt.Errorf("start the local process: %w", err)
	}
	return s, nil
}

func (s *Server) open(ctx context.Context, port int, log *slog.Logger) error {
	if err := os.MkdirAll(s.directory, 0o700); err != nil {
		return err
	}
	kept, err := store.Open(filepath.Join(s.directory, storeFile))
	if err != nil {
		return err
	}
	s.store = kept
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return fmt.Errorf("listen on port %d (choose another with --port): %w", port, err)
	}
	address := "http://" + listener.Addr().String()
	late := &lateMetrics{}
	s.runtime, err = runtime.New(runtime.Options{
		Directory: filepath.Join(s.directory, "functions"), Region: engine.Region, Endpoint: address, Log: log,
		Output: func(line runtime.Line) {
			log.Info("function", "name", line.Function, "version", line.Version, "request", line.RequestID, "line", line.Text)
		},
		Metric: late.record,
	})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	s.instances, err = instance.New(instance.Options{
		Directory: filepath.Join(s.directory, "instances"), Region: engine.Region, Endpoint: address, Log: log, Program: s.program,
		Output: func(id, line string) { log.Info("instance", "id", id, "line", line) },
		Metric: late.record,
	})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	s.Engine, err = engine.New(engine.Options{
		Clock: clock.Wall{}, Store: kept, Directory: filepath.Join(s.directory, "packages"), Runner: s.runtime,
		UpdateDuration: updateDuration, ActivateDuration: activateDuration, Poll: poll, ShiftLimit: shiftLimit, Log: log,
		Infrastructure: &engine.Infrastructure{Runner: s.instances, BuildDuration: buildDuration, Propagation: propagation, Interval: lookAfter},
	})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	close(s.opened)
	late.to.Store(s.Engine.CloudWatch)
	s.alarms = newAlarmFile(filepath.Join(s.directory, "alarms.yaml"), s.Engine.CloudWatch, log)
	if err := s.alarms.load(); err != nil {
		return errors.Join(err, listener.Close())
	}
	// Before anyone can ask for anything: traffic that a dead process left split goes back.
	if err := s.Engine.Start(ctx); err != nil {
		return errors.Join(err, listener.Close())
	}
	s.State = State{PID: os.Getpid(), Port: listener.Addr().(*net.TCPAddr).Port, Token: rand.Text(), Directory: s.directory, Since: time.Now().UTC()}
	s.http = &http.Server{Handler: s.handler(), ReadHeaderTimeout: 10 * time.Second}
	go func() { s.served <- s.http.Serve(listener) }()
	s.alarms.watch()
	return s.State.write()
}

// program reads the program of an image, "s3://bucket/key".
func (s *Server) program(ctx context.Context, location string) ([]byte, error) {
	bucket, key, ok := release.Artifact{Package: location}.S3()
	if !ok {
		return nil, fmt.Errorf("an image's location is s3://bucket/key, not %q", location)
	}
	select { // a group that was there before launches its instances as soon as it is opened
	case <-s.opened:
		return s.Engine.S3.Bytes(ctx, bucket, key, "")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// apis begins the paths of REST APIs: /-/restapis/API/STAGE/any/path.
const apis = "/-/restapis"

// APIs is where REST APIs are answered: at /API/STAGE/any/path below it.
func (s *Server) APIs() string { return s.State.Address() + apis }

// handler gives each path its owner: the operator, DynamoDB (which the SDK
// reaches by AWS_ENDPOINT_URL, at the root), REST APIs, and the functions.
func (s *Server) handler() http.Handler {
	operators := operator.Handler(s.Engine.Operator, s.State.Token)
	tables := s.Engine.DynamoDB.Handler()
	functions := frontdoor.New(s.Engine.Lambda)
	doors := http.StripPrefix(apis, s.Engine.APIGateway.Door())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/-/goldfinch/"):
			operators.ServeHTTP(w, r)
		case strings.HasPrefix(r.URL.Path, apis+"/"):
			doors.ServeHTTP(w, r)
		case strings.HasPrefix(r.Header.Get("X-Amz-Target"), "DynamoDB_"):
			tables.ServeHTTP(w, r)
		default:
			functions.ServeHTTP(w, r)
		}
	})
}

// Wait returns when the server has failed or ctx has ended.
func (s *Server) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-s.served:
		return fmt.Errorf("serve the front door: %w", err)
	}
}

// Close lets running requests finish, ends the function processes and lets go
// of the folder. local.json goes last: where it is gone, the next process can start.
// Closed again, it does nothing.
func (s *Server) Close() { s.closing.Do(s.close) }

func (s *Server) close() {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	if s.alarms != nil {
		s.alarms.close()
	}
	if s.http != nil {
		_ = s.http.Shutdown(ctx) // what has not finished by then is cut off, as by a crash
	}
	if s.Engine != nil {
		s.Engine.Close()
	}
	if s.instances != nil {
		s.instances.Close()
	}
	if s.runtime != nil {
		_ = s.runtime.Close(ctx)
	}
	if s.store != nil {
		_ = s.store.Close() // every change is durable already
	}
	if s.http != nil {
		s.State.remove()
	}
}
