package instance_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/local/ec2"
	"github.com/goldfinch-dev/goldfinch/internal/local/instance"
)

// TestMain is the program of the instances when it is started as one: the same binary.
func TestMain(m *testing.M) {
	if os.Getenv("INSTANCE_ID") == "" {
		os.Exit(m.Run())
	}
	serve()
}

func serve() {
	switch os.Getenv("IMAGE_ID") {
	case "ami-ends":
		os.Exit(3)
	case "ami-stubborn":
		signal.Ignore(syscall.SIGTERM)
	}
	fmt.Println(`{"_aws":{"Timestamp":1767225600000,"CloudWatchMetrics":[{"Namespace":"Test","Dimensions":[["AutoScalingGroupName"]],"Metrics":[{"Name":"Started"}]}]},"AutoScalingGroupName":"` + os.Getenv("AUTO_SCALING_GROUP_NAME") + `","Started":1}`)
	http.HandleFunc("/environment", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Join(os.Environ(), "\n")) })
	http.HandleFunc("/end", func(http.ResponseWriter, *http.Request) { os.Exit(4) })
	if err := http.ListenAndServe(os.Getenv("HOST")+":"+os.Getenv("PORT"), nil); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// A stage is a runner whose programs are this test's binary.
type stage struct {
	*instance.Runner
	mu      sync.Mutex
	lines   []string
	metrics []string
	ended   chan string
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{ended: make(chan string, 10)}
	var err error
	s.Runner, err = instance.New(instance.Options{
		Directory: t.TempDir(), Region: "us-east-1", Endpoint: "http://127.0.0.1:1",
		Program: func(_ context.Context, location string) ([]byte, error) {
			switch location {
			case "s3://images/missing.zip":
				return nil, errors.New("no such key")
			case "s3://images/text.zip":
				return []byte("text"), nil
			default:
				return packed()
			}
		},
		Output: func(id, line string) { s.mu.Lock(); defer s.mu.Unlock(); s.lines = append(s.lines, id+": "+line) },
		Metric: func(namespace string, dimensions map[string]string, name string, value float64, _ time.Time) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.metrics = append(s.metrics, fmt.Sprint(namespace, " ", name, " ", value, " ", dimensions["AutoScalingGroupName"]))
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// packed is this test's binary as a package, made once.
var packed = sync.OnceValues(func() ([]byte, error) {
	binary, err := os.ReadFile(os.Args[0])
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	header := &zip.FileHeader{Name: "bootstrap", Method: zip.Store}
	header.SetMode(0o755)
	file, err := archive.CreateHeader(header)
	if err != nil {
		return nil, err
	}
	if _, err := file.Write(binary); err != nil {
		return nil, err
	}
	if err := archive.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
})

func (s *stage) start(t *testing.T, id, image string) (address string) {
	t.Helper()
	address, err := s.Start(t.Context(), ec2.Instance{
		ID: id, ImageID: image, Location: "s3://images/echo.zip", Group: "echo-7", TemplateVersion: "7", Ended: func(reason string) { s.ended <- reason },
	})
	if err != nil {
		t.Fatal(err)
	}
	return address
}

func get(t *testing.T, url string) (string, error) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return string(body), err
}

func TestAnInstanceIsAProcess(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	first, second := s.start(t, "i-1", "ami-1"), s.start(t, "i-2", "ami-1")
	if first == second {
		t.Fatalf("both answer at %s", first)
	}
	environment, err := get(t, "http://"+first+"/environment")
	if err != nil {
		t.Fatal(err)
	}
	for _, variable := range []string{"INSTANCE_ID=i-1", "IMAGE_ID=ami-1", "AUTO_SCALING_GROUP_NAME=echo-7", "LAUNCH_TEMPLATE_VERSION=7", "AWS_REGION=us-east-1", "AWS_ENDPOINT_URL=http://127.0.0.1:1"} {
		if !strings.Contains(environment+"\n", variable+"\n") {
			t.Errorf("the environment lacks %s: %s", variable, environment)
		}
	}
	if strings.Contains(environment, "HOME=") {
		t.Errorf("the environment has this process's own: %s", environment)
	}
	s.Stop(t.Context(), "i-1", time.Minute)
	if _, err := get(t, "http://"+first+"/environment"); err == nil {
		t.Error("it answers although it was stopped")
	}
	if _, err := get(t, "http://"+second+"/environment"); err != nil {
		t.Errorf("the other one: %v", err)
	}
	s.Stop(t.Context(), "i-1", time.Minute) // again, and of one that never was, is nothing
	s.Stop(t.Context(), "i-9", time.Minute)
	s.Close()
	if _, err := get(t, "http://"+second+"/environment"); err == nil {
		t.Error("it answers although all were ended")
	}
	select {
	case reason := <-s.ended:
		t.Errorf("who wanted an end was told of it: %s", reason)
	default:
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.metrics) != 2 || s.metrics[0] != "Test Started 1 echo-7" || len(s.lines) != 2 || !strings.HasPrefix(s.lines[0], "i-") {
		t.Errorf("metrics %q, lines %q", s.metrics, s.lines)
	}
}

func TestAProgramThatEndsIsTold(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	address := s.start(t, "i-1", "ami-1")
	_, _ = get(t, "http://"+address+"/end") // it gives no answer
	if reason := <-s.ended; !strings.Contains(reason, "exit status 4") {
		t.Errorf("told %q", reason)
	}
}

func TestAStubbornProgramIsEnded(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	address := s.start(t, "i-1", "ami-stubborn")
	s.Stop(t.Context(), "i-1", 10*time.Millisecond)
	if _, err := get(t, "http://"+address+"/environment"); err == nil {
		t.Error("it answers")
	}
	address = s.start(t, "i-2", "ami-stubborn")
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	s.Stop(cancelled, "i-2", time.Hour) // who waits no longer ends it at once
	s.Close()
	if _, err := get(t, "http://"+address+"/environment"); err == nil {
		t.Error("it answers")
	}
}

func TestWhatCantStart(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for name, test := range map[string]struct{ image, location, want string }{
		"ends at once":    {"ami-ends", "s3://images/echo.zip", "ended before it answered: exit status 3"},
		"no such program": {"ami-1", "s3://images/missing.zip", "no such key"},
		"not a program":   {"ami-1", "s3://images/text.zip", "not a zip file"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.Start(t.Context(), ec2.Instance{ID: "i-1", ImageID: test.image, Location: test.location})
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "i-1") {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
	if _, err := instance.New(instance.Options{}); err == nil {
		t.Error("a runner without anything was made")
	}
}
