// The function that package runtime's tests run: it does what the event says.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type event struct {
	Do   string
	Text string
	Size int
}

func main() {
	switch os.Getenv("START") {
	case "stream":
		stream()
	case "report":
		post("init/error", http.Header{"Lambda-Runtime-Function-Error-Type": {"Runtime.NoConfig"}}, []byte(os.Getenv("REPORT")))
		os.Exit(1)
	case "slowly":
		fmt.Println("starting")
		time.Sleep(50 * time.Millisecond)
	}
	lambda.Start(handle)
}

func handle(ctx context.Context, e event) (any, error) {
	switch e.Do {
	case "print":
		fmt.Println(e.Text)
		fmt.Fprintln(os.Stderr, "to stderr")
		fmt.Print("no end")
	case "error":
		return nil, errors.New(e.Text)
	case "panic":
		panic(e.Text)
	case "exit":
		fmt.Println("last words")
		os.Exit(e.Size)
	case "sleep":
		time.Sleep(time.Duration(e.Size) * time.Millisecond)
	case "child":
		child := exec.Command("sleep", "600")
		child.Stdout = os.Stdout
		return nil, child.Start()
	case "dial":
		conn, err := net.Dial("tcp", e.Text)
		if err != nil {
			return nil, err
		}
		held = append(held, conn)
	case "big":
		return strings.Repeat("x", e.Size), nil
	case "pid":
		return os.Getpid(), nil
	case "environment":
		return os.Environ(), nil
	case "context":
		about, _ := lambdacontext.FromContext(ctx)
		deadline, _ := ctx.Deadline()
		return map[string]any{
			"requestID": about.AwsRequestID, "arn": about.InvokedFunctionArn,
			"client": about.ClientContext.Custom["who"], "left": time.Until(deadline).Seconds(),
			"trace": os.Getenv("_X_AMZN_TRACE_ID"), "directory": workingDirectory(),
		}, nil
	}
	return e, nil
}

// held keeps connections open until the process ends.
var held []net.Conn

func workingDirectory() string {
	directory, err := os.Getwd()
	if err != nil {
		return err.Error()
	}
	return directory
}

const runtimePath = "/2018-06-01/runtime/"

func post(path string, header http.Header, body []byte) int {
	request, err := http.NewRequest(http.MethodPost, "http://"+os.Getenv("AWS_LAMBDA_RUNTIME_API")+runtimePath+path, bytes.NewReader(body))
	if err != nil {
		panic(err)
	}
	request.Header = header
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		panic(err)
	}
	defer response.Body.Close()
	return response.StatusCode
}

// stream is a runtime of its own, which does what Go's never does.
func stream() {
	for {
		response, err := http.Get("http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + runtimePath + "invocation/next")
		if err != nil {
			os.Exit(1)
		}
		id := response.Header.Get("Lambda-Runtime-Aws-Request-Id")
		var e event
		if err := json.NewDecoder(response.Body).Decode(&e); err != nil {
			panic(err)
		}
		response.Body.Close()
		switch e.Do {
		case "bare error":
			post("invocation/"+id+"/error", http.Header{"Lambda-Runtime-Function-Error-Type": {"Custom.Bare"}}, nil)
		case "nameless error":
			post("invocation/"+id+"/error", nil, []byte(" "))
		case "wrong id":
			first := post("invocation/nobody/response", nil, []byte(`1`))
			second := post("invocation/nobody/error", nil, []byte(`1`))
			post("invocation/"+id+"/response", nil, fmt.Appendf(nil, "[%d,%d,%d]", first, second, post("exit", nil, nil)))
		case "twice":
			post("invocation/"+id+"/response", nil, []byte(`"first"`))
			post("invocation/"+id+"/response", nil, []byte(`"second"`))
		case "torn":
			torn(id)
		default:
			streamed(id, e.Text)
		}
	}
}

// streamed answers in pieces, with an error in the trailers when there is one.
func streamed(id, failure string) {
	body, out := io.Pipe()
	request, err := http.NewRequest(http.MethodPost, "http://"+os.Getenv("AWS_LAMBDA_RUNTIME_API")+runtimePath+"invocation/"+id+"/response", body)
	if err != nil {
		panic(err)
	}
	request.Header.Set("Lambda-Runtime-Function-Response-Mode", "streaming")
	request.Trailer = http.Header{"Lambda-Runtime-Function-Error-Type": nil, "Lambda-Runtime-Function-Error-Body": nil}
	go func() {
		io.WriteString(out, "one ")
		time.Sleep(10 * time.Millisecond)
		io.WriteString(out, "two")
		if failure != "" {
			request.Trailer.Set("Lambda-Runtime-Function-Error-Type", "Custom.Streamed")
			request.Trailer.Set("Lambda-Runtime-Function-Error-Body", strings.TrimSuffix(failure, "-"))
		}
		out.Close()
	}()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		panic(err)
	}
	response.Body.Close()
}

// torn breaks off in the middle of an answer.
func torn(id string) {
	conn, err := net.Dial("tcp", os.Getenv("AWS_LAMBDA_RUNTIME_API"))
	if err != nil {
		panic(err)
	}
	fmt.Fprintf(conn, "POST %sinvocation/%s/response HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf", runtimePath, id)
	conn.Close()
}
