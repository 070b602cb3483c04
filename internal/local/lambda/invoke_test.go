package lambda_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/lambda"
)

func TestInvoke(t *testing.T) {
	t.Parallel()
	c := released(t, nil)
	out := must[*sdk.InvokeOutput](t)(c.Invoke(t.Context(), &sdk.InvokeInput{
		FunctionName: aws.String("echo"), Qualifier: aws.String("2"), Payload: []byte(`{"a":1}`),
		LogType: types.LogTypeTail, ClientContext: aws.String("e30="),
	}))
	if out.StatusCode != 200 || *out.ExecutedVersion != "2" || string(out.Payload) != "v2" || out.FunctionError != nil || *out.LogResult != base64.StdEncoding.EncodeToString([]byte("a line\n")) {
		t.Errorf("%+v", out)
	}
	if got := c.runner.last; string(got.Payload) != `{"a":1}` || got.ClientContext != "e30=" || got.ARN != "arn:aws:lambda:us-east-1:000000000000:function:echo:2" || len(got.RequestID) != 36 {
		t.Errorf("the runner is told %+v", got)
	}
	first := c.runner.last.RequestID
	direct := must[*sdk.InvokeOutput](t)(c.Invoke(t.Context(), &sdk.InvokeInput{FunctionName: aws.String("echo")}))
	if *direct.ExecutedVersion != "$LATEST" || direct.LogResult != nil || string(c.runner.last.Payload) != "{}" || c.runner.last.RequestID == first {
		t.Errorf("%+v of %+v", direct, c.runner.last)
	}
	if got := c.meter.measured; len(got) != 2 || got[0].Alias != "" || got[0].Version != "2" || got[1].Version != "$LATEST" {
		t.Errorf("measured %+v", got)
	}
	dry := must[*sdk.InvokeOutput](t)(c.Invoke(t.Context(), &sdk.InvokeInput{FunctionName: aws.String("echo"), InvocationType: types.InvocationTypeDryRun}))
	if dry.StatusCode != 204 || len(c.meter.measured) != 2 {
		t.Errorf("a dry run answers %d and is measured %d times", dry.StatusCode, len(c.meter.measured)-2)
	}
}

func TestInvokeFunctionError(t *testing.T) {
	t.Parallel()
	c := released(t, nil)
	c.runner.invoke = func(lambda.Version, lambda.Invocation) (lambda.Result, error) {
		return lambda.Result{Payload: []byte(`{"errorType":"E"}`), FunctionError: "Unhandled", Duration: time.Second}, nil
	}
	out := must[*sdk.InvokeOutput](t)(c.Invoke(t.Context(), &sdk.InvokeInput{FunctionName: aws.String("echo"), Qualifier: aws.String("live")}))
	if out.StatusCode != 200 || aws.ToString(out.FunctionError) != "Unhandled" || string(out.Payload) != `{"errorType":"E"}` {
		t.Errorf("%+v", out)
	}
	if got := c.meter.measured; len(got) != 1 || !got[0].Error || got[0].Duration != time.Second || got[0].Alias != "live" {
		t.Errorf("measured %+v", got)
	}
}

func TestInvokeRefuses(t *testing.T) {
	t.Parallel()
	c := released(t, nil)
	large := bytes.Repeat([]byte("1"), 6<<20+1)
	tests := map[string]struct {
		input  sdk.InvokeInput
		code   string
		status int
		words  string
	}{
		"function":           {sdk.InvokeInput{FunctionName: aws.String("other")}, "ResourceNotFoundException", 404, "function:other"},
		"version":            {sdk.InvokeInput{Qualifier: aws.String("9")}, "ResourceNotFoundException", 404, "function:echo:9"},
		"dry run":            {sdk.InvokeInput{Qualifier: aws.String("none"), InvocationType: types.InvocationTypeDryRun}, "ResourceNotFoundException", 404, "alias arn"},
		"no JSON":            {sdk.InvokeInput{Payload: []byte("{")}, "InvalidRequestContentException", 400, "json"},
		"too large":          {sdk.InvokeInput{Payload: large}, "RequestTooLargeException", 413, "6291456 bytes"},
		"too large an event": {sdk.InvokeInput{Payload: large[:1<<20+1], InvocationType: types.InvocationTypeEvent}, "RequestTooLargeException", 413, "1048576 bytes"},
		"invocation type":    {sdk.InvokeInput{InvocationType: "Later"}, "InvalidParameterValueException", 400, "Later"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if test.input.FunctionName == nil {
				test.input.FunctionName = aws.String("echo")
			}
			_, err := c.Invoke(t.Context(), &test.input)
			refused(t, err, test.code, test.status, test.words)
		})
	}
	if len(c.meter.measured) != 0 {
		t.Errorf("measured %+v", c.meter.measured)
	}
}

func TestInvokeThrottled(t *testing.T) {
	t.Parallel()
	c := released(t, nil)
	c.runner.invoke = func(lambda.Version, lambda.Invocation) (lambda.Result, error) {
		return lambda.Result{}, lambda.ErrThrottled
	}
	_, err := c.Run(t.Context(), "echo", "live", []byte("{}"))
	refused(t, err, "TooManyRequestsException", 429, "Rate Exceeded")
	if throttle, ok := errors.AsType[*types.TooManyRequestsException](err); !ok || throttle.Reason != types.ThrottleReasonConcurrentInvocationLimitExceeded {
		t.Errorf("error %v", err)
	}
	if got := c.meter.measured; len(got) != 1 || !got[0].Throttled || got[0].Error || got[0].Duration != 0 {
		t.Errorf("measured %+v", got)
	}
}

func TestInvokeGoesOnWithoutItsCaller(t *testing.T) {
	t.Parallel()
	ctx, leave := context.WithCancel(t.Context())
	left := &patient{leave: leave}
	c := released(t, func(o *lambda.Options) { o.Runner = left })
	if answer, err := c.Run(ctx, "echo", "live", []byte("{}")); err != nil || string(answer.Payload) != "done" {
		t.Errorf("%q, %v", answer.Payload, err)
	}
	if _, err := c.Run(ctx, "echo", "live", []byte("{}")); !errors.Is(err, context.Canceled) {
		t.Errorf("one that has not begun: %v", err)
	}
	if _, err := c.GetAlias(ctx, &sdk.GetAliasInput{FunctionName: aws.String("echo"), Name: aws.String("live")}); !errors.Is(err, context.Canceled) {
		t.Errorf("another call: %v", err)
	}
}

// patient is a runner whose caller goes away while it works.
type patient struct{ leave func() }

func (p *patient) Invoke(ctx context.Context, _ lambda.Version, _ lambda.Invocation) (lambda.Result, error) {
	p.leave()
	return lambda.Result{Payload: []byte("done")}, ctx.Err()
}

func (*patient) Forget(lambda.Version) {}

func TestInvokeEventRetries(t *testing.T) {
	t.Parallel()
	type attempt = time.Duration
	tests := map[string]struct {
		outcomes []error // nil is a function error, done is success
		want     []attempt
		givenUp  bool
	}{
		"success":           {[]error{errDone}, []attempt{0}, false},
		"two errors":        {[]error{nil, nil, errDone}, []attempt{0, time.Minute, 3 * time.Minute}, false},
		"three errors":      {[]error{nil, nil, nil}, []attempt{0, time.Minute, 3 * time.Minute}, true},
		"throttled":         {[]error{lambda.ErrThrottled, lambda.ErrThrottled, errDone}, []attempt{0, time.Second, 3 * time.Second}, false},
		"throttles, errors": {[]error{lambda.ErrThrottled, nil, errDone}, []attempt{0, time.Second, time.Second + time.Minute}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := released(t, nil)
			accepted := c.clock.Now()
			var attempts []attempt
			c.runner.invoke = func(lambda.Version, lambda.Invocation) (lambda.Result, error) {
				outcome := test.outcomes[len(attempts)]
				attempts = append(attempts, c.clock.Now().Sub(accepted))
				switch {
				case errors.Is(outcome, errDone):
					return lambda.Result{}, nil
				case outcome == nil:
					return lambda.Result{FunctionError: "Unhandled", Payload: []byte("no luck")}, nil
				}
				return lambda.Result{}, outcome
			}
			out := must[*sdk.InvokeOutput](t)(c.Invoke(t.Context(), &sdk.InvokeInput{FunctionName: aws.String("echo"), Qualifier: aws.String("live"), InvocationType: types.InvocationTypeEvent}))
			if out.StatusCode != 202 || len(attempts) != 0 {
				t.Errorf("status %d, %d attempts before it returned", out.StatusCode, len(attempts))
			}
			c.pass(time.Hour)
			if len(attempts) != len(test.want) {
				t.Fatalf("attempts at %v, want %v", attempts, test.want)
			}
			for i := range attempts {
				if attempts[i] != test.want[i] {
					t.Errorf("attempts at %v, want %v", attempts, test.want)
				}
			}
			if givenUp := strings.Contains(c.log.String(), "given up"); givenUp != test.givenUp {
				t.Errorf("log %q", c.log)
			}
		})
	}
}

var errDone = errors.New("done")

func TestInvokeEventIsGivenUpAfterSixHours(t *testing.T) {
	t.Parallel()
	c := released(t, nil)
	accepted, attempts := c.clock.Now(), 0
	var last time.Duration
	c.runner.invoke = func(lambda.Version, lambda.Invocation) (lambda.Result, error) {
		attempts++
		last = c.clock.Now().Sub(accepted)
		return lambda.Result{}, lambda.ErrThrottled
	}
	must[*sdk.InvokeOutput](t)(c.Invoke(t.Context(), &sdk.InvokeInput{FunctionName: aws.String("echo"), InvocationType: types.InvocationTypeEvent}))
	c.pass(24 * time.Hour)
	if last > 6*time.Hour || last < 5*time.Hour+50*time.Minute || attempts < 70 || attempts > 90 {
		t.Errorf("%d attempts, the last after %v", attempts, last)
	}
}

func TestCloseGivesUpWhatWaits(t *testing.T) {
	t.Parallel()
	c := released(t, nil)
	attempts := 0
	c.runner.invoke = func(lambda.Version, lambda.Invocation) (lambda.Result, error) {
		attempts++
		return lambda.Result{FunctionError: "Unhandled"}, nil
	}
	must[*sdk.InvokeOutput](t)(c.Invoke(t.Context(), &sdk.InvokeInput{FunctionName: aws.String("echo"), InvocationType: types.InvocationTypeEvent}))
	c.pass(time.Second)
	if err := c.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.pass(time.Hour)
	if attempts != 1 {
		t.Errorf("%d attempts", attempts)
	}
}

func TestCloseWaitsForWhatRuns(t *testing.T) {
	t.Parallel()
	started, end := make(chan struct{}), make(chan struct{})
	c := released(t, nil)
	c.runner.invoke = func(lambda.Version, lambda.Invocation) (lambda.Result, error) {
		close(started)
		<-end
		return lambda.Result{}, nil
	}
	must[*sdk.InvokeOutput](t)(c.Invoke(t.Context(), &sdk.InvokeInput{FunctionName: aws.String("echo"), InvocationType: types.InvocationTypeEvent}))
	go c.pass(time.Second)
	<-started
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Close(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("close while it runs: %v", err)
	}
	close(end)
	if err := c.Close(t.Context()); err != nil {
		t.Errorf("close when it has ended: %v", err)
	}
}
