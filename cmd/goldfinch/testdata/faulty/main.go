// Command faulty is a function for tests, whose behaviour is a file of its package.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

// A behaviour is what behaviour.json says.
type behaviour struct {
	// Name is answered with every request.
	Name string `json:"name"`
	// Failures is the share of requests that fail, 0–1, exactly, in each process.
	Failures float64 `json:"failures"`
	// While, when not empty, is a file: requests fail only while there is one.
	While string `json:"while"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	data, err := os.ReadFile(filepath.Join(os.Getenv("LAMBDA_TASK_ROOT"), "behaviour.json"))
	if err != nil {
		return err
	}
	var b behaviour
	if err := json.Unmarshal(data, &b); err != nil {
		return err
	}
	// Whoever can connect knows that this process still lives.
	life, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	var requests atomic.Int64
	lambda.Start(func(context.Context, events.LambdaFunctionURLRequest) (events.LambdaFunctionURLResponse, error) {
		if b.fails(requests.Add(1)) {
			return events.LambdaFunctionURLResponse{}, errors.New("broken on purpose")
		}
		return events.LambdaFunctionURLResponse{
			StatusCode: 200,
			Headers:    map[string]string{"x-name": b.Name, "x-alive-at": life.Addr().String()},
			Body:       b.Name,
		}, nil
	})
	return nil
}

// fails reports whether the process's request of that number, from 1, fails.
func (b behaviour) fails(number int64) bool {
	if b.While != "" {
		if _, err := os.Stat(b.While); err != nil {
			return false
		}
	}
	return int64(float64(number)*b.Failures) != int64(float64(number-1)*b.Failures)
}
