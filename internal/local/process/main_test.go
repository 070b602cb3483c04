package process_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/goldfinch-dev/goldfinch/internal/local/process"
)

// What this test binary is, when it is not the tests: its first argument.
const (
	asProcess = "be-the-process" // the local process of a folder
	asFailure = "be-a-failure"   // a process that ends at once
	asSilence = "be-silent"      // a process that never answers
)

func TestMain(m *testing.M) {
	if os.Getenv("AWS_LAMBDA_RUNTIME_API") != "" {
		lambda.Start(function)
		return
	}
	if len(os.Args) == 3 {
		switch os.Args[1] {
		case asProcess:
			os.Exit(serve(os.Args[2]))
		case asFailure:
			fmt.Fprintf(os.Stderr, "an earlier line by %d\n%s\n\n", os.Getpid(), os.Args[2])
			os.Exit(1)
		case asSilence:
			time.Sleep(5 * time.Second)
			return
		}
	}
	os.Exit(m.Run())
}

// serve is the local process of a folder, until it is told to end.
func serve(directory string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	server, err := process.Listen(ctx, directory, 0, slog.New(slog.NewJSONHandler(os.Stderr, nil)))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer server.Close()
	if err := server.Wait(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// function answers a request, and prints a metric in CloudWatch's embedded format.
func function(context.Context, events.LambdaFunctionURLRequest) (events.LambdaFunctionURLResponse, error) {
	fmt.Printf(`{"_aws":{"Timestamp":%d,"CloudWatchMetrics":[{"Namespace":"Finch","Dimensions":[["Kind"]],"Metrics":[{"Name":"Songs"}]}]},"Kind":"gold","Songs":3}`+"\n",
		time.Now().UnixMilli())
	return events.LambdaFunctionURLResponse{StatusCode: 200, Body: "a song"}, nil
}

// functionPackage is the package of function: this binary.
func functionPackage(t *testing.T) *bytes.Reader {
	t.Helper()
	program, err := os.ReadFile(executable(t))
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	archive := zip.NewWriter(&packed)
	header := &zip.FileHeader{Name: "bootstrap", Method: zip.Store}
	header.SetMode(0o755)
	file, err := archive.CreateHeader(header)
	if err == nil {
		_, err = file.Write(program)
	}
	if err == nil {
		err = archive.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(packed.Bytes())
}

func executable(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// listen makes a server in a folder, which ends with the test.
func listen(t *testing.T, directory string, log *slog.Logger) *process.Server {
	t.Helper()
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	server, err := process.Listen(t.Context(), directory, 0, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server
}

// eventually waits until the condition holds.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !condition(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within a minute: %s", what)
		}
	}
}
