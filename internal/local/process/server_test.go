package process_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/goldfinch-dev/goldfinch/internal/local/process"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// One port serves operators, DynamoDB and functions; what functions print and
// measure arrives where it belongs.
func TestOnePortServesAll(t *testing.T) {
	t.Parallel()
	log := &lines{}
	server := listen(t, t.TempDir(), slog.New(slog.NewJSONHandler(log, nil)))
	operators := process.Operator(server.State)

	artifact, err := operators.Upload(t.Context(), "finch.zip", functionPackage(t))
	if err != nil {
		t.Fatal(err)
	}
	started, err := operators.Deploy(t.Context(), release.Document{
		APIVersion: release.APIVersion, Service: "finch", Environment: "test", Artifact: artifact,
		Target: release.Target{Lambda: &release.LambdaTarget{Function: "finch", Alias: "live"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the release ends", func() bool {
		status, err := operators.Status(t.Context(), operator.Reference{ID: started.ID})
		if err != nil {
			t.Fatal(err)
		}
		if status.Ended() && status.Outcome != release.Promoted {
			t.Fatalf("the release is %s: %s", status.Outcome, status.Reason)
		}
		return status.Ended()
	})

	if status, body := get(t, server.State.Address()+"/finch/live/"); status != http.StatusOK || body != "a song" {
		t.Errorf("the function answers %d, %q", status, body)
	}
	if status, _ := get(t, server.State.Address()+"/sparrow/live/"); status != http.StatusNotFound {
		t.Errorf("a function that does not exist answers %d", status)
	}
	if status, body := get(t, server.APIs()+"/nothing/prod/"); status != http.StatusForbidden || !strings.Contains(body, "Forbidden") {
		t.Errorf("a REST API that does not exist answers %d, %q", status, body)
	}
	metrics, err := server.Engine.CloudWatch.ListMetrics(t.Context(), &cloudwatch.ListMetricsInput{Namespace: aws.String("Finch")})
	if err != nil || len(metrics.Metrics) != 1 {
		t.Errorf("CloudWatch has not the function's metric: %+v, %v", metrics, err)
	}
	eventually(t, "the log has what the function printed", func() bool { return strings.Contains(log.String(), `\"Songs\":3`) })

	tables := dynamodb.New(dynamodb.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(server.State.Address()),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
		}),
	})
	if found, err := tables.ListTables(t.Context(), &dynamodb.ListTablesInput{}); err != nil || len(found.TableNames) != 1 {
		t.Errorf("DynamoDB has not the ledger's table alone: %+v, %v", found, err)
	}
	stranger := server.State
	stranger.Token = "guessed"
	if _, err := process.Operator(stranger).List(t.Context(), operator.Filter{}); err == nil {
		t.Error("an operator without the token was let in")
	}
}

// lines is a log that may be read while it is written.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(content)
}

// The state file is private, true while the server runs, and gone afterwards.
func TestStateFile(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	server := listen(t, directory, nil)
	found, err := os.Stat(filepath.Join(directory, "local.json"))
	if err != nil {
		t.Fatal(err)
	}
	if found.Mode().Perm() != 0o600 {
		t.Errorf("the file with the token has mode %v", found.Mode())
	}
	state, running, err := process.Find(t.Context(), directory)
	if err != nil || !running || state.PID != os.Getpid() || state.Port != server.State.Port || state.Token != server.State.Token || !state.Since.Equal(server.State.Since) {
		t.Errorf("found %+v (running: %v, %v), want %+v", state, running, err, server.State)
	}
	server.Close()
	if _, err := os.Stat(filepath.Join(directory, "local.json")); !os.IsNotExist(err) {
		t.Errorf("the file is still there: %v", err)
	}
	listen(t, directory, nil) // the folder is free
}

// What cannot be served is refused with the reason, and lets go of everything.
func TestListenRefuses(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { taken.Close() })
	for _, test := range []struct {
		name  string
		port  int
		spoil func(t *testing.T, directory string) (mend func())
		says  []string
	}{
		{"a port that is taken", taken.Addr().(*net.TCPAddr).Port, func(*testing.T, string) func() { return func() {} }, []string{"--port", "address already in use"}},
		{"a folder that is taken", 0, func(t *testing.T, directory string) func() { return listen(t, directory, nil).Close }, []string{"another process has it open"}},
		{"alarms that are wrong", 0, spoilFile("alarms.yaml", "alarms: [{AlarmName: 7x, Perod: 1}]"), []string{"alarms.yaml:1:", "Perod"}},
		{"a state that is broken", 0, spoilFile("state.db", strings.Repeat("no database", 10000)), []string{"state.db"}},
		{"a file in the place of packages", 0, spoilFile("packages", ""), []string{"packages"}},
		{"a file in the place of functions", 0, spoilFile("functions", ""), []string{"functions"}},
		{"a folder in the place of the state file", 0, spoilFile(filepath.Join("local.json", "x"), ""), []string{"local.json"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			directory := t.TempDir()
			mend := test.spoil(t, directory)
			_, err := process.Listen(t.Context(), directory, test.port, slog.New(slog.DiscardHandler))
			if err == nil {
				t.Fatal("it was not refused")
			}
			for _, said := range test.says {
				if !strings.Contains(err.Error(), said) {
					t.Errorf("the error does not say %q: %v", said, err)
				}
			}
			mend()
			listen(t, directory, nil)
		})
	}
}

// spoilFile puts content where the server does not expect it.
func spoilFile(name, content string) func(*testing.T, string) func() {
	return func(t *testing.T, directory string) func() {
		t.Helper()
		path := filepath.Join(directory, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return func() {
			first := strings.Split(name, string(filepath.Separator))[0]
			if err := os.RemoveAll(filepath.Join(directory, first)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// A file in the place of the folder is refused too.
func TestListenNeedsAFolder(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := process.Listen(t.Context(), file, 0, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("it was not refused")
	}
}

// A server that is cut off from its port says so.
func TestWaitTellsOfTheEnd(t *testing.T) {
	t.Parallel()
	server := listen(t, t.TempDir(), nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := server.Wait(ctx); err != nil {
		t.Errorf("told to end: %v", err)
	}
	server.Close()
	if err := server.Wait(t.Context()); err == nil {
		t.Error("closed: no error")
	}
}

// alarms.yaml is read again whenever it changes; mistakes change nothing and are logged.
func TestAlarmsFollowTheirFile(t *testing.T) {
	t.Parallel()
	const good = `alarms:
  - AlarmName: NAME
    Namespace: AWS/Lambda
    MetricName: Errors
    Statistic: Sum
    Period: 60
    EvaluationPeriods: 1
    Threshold: 1
    ComparisonOperator: GreaterThanThreshold
`
	directory := t.TempDir()
	write := func(content string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(directory, "alarms.yaml"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	log := &lines{}
	server := listen(t, directory, slog.New(slog.NewJSONHandler(log, nil)))
	names := func() string {
		found, err := server.Engine.CloudWatch.DescribeAlarms(t.Context(), &cloudwatch.DescribeAlarmsInput{})
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, alarm := range found.MetricAlarms {
			names = append(names, *alarm.AlarmName)
		}
		return strings.Join(names, " ")
	}
	write(strings.Replace(good, "NAME", "first", 1))
	eventually(t, "the first alarm is there", func() bool { return names() == "first" })
	write(strings.Replace(good, "Period", "Perod", 1))
	eventually(t, "the mistake is logged", func() bool { return strings.Contains(log.String(), "Perod") })
	if names() != "first" {
		t.Errorf("a mistake changed the alarms to %q", names())
	}
	write(strings.Replace(good, "NAME", "second", 1))
	eventually(t, "the second alarm is there alone", func() bool { return names() == "second" })
}
