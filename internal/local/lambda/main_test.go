package lambda_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/lambda"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// A cloud is a service with all that stands around it.
type cloud struct {
	*lambda.Service
	t      testing.TB
	clock  *clock.Virtual
	store  store.Store
	runner *runner
	meter  *meter
	log    *strings.Builder
}

// runner answers with the name of the version; a test may put another function in.
type runner struct {
	mu        sync.Mutex
	invoke    func(lambda.Version, lambda.Invocation) (lambda.Result, error)
	forgotten []string
	last      lambda.Invocation
}

func (r *runner) Invoke(_ context.Context, version lambda.Version, invocation lambda.Invocation) (lambda.Result, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last = invocation
	if r.invoke != nil {
		return r.invoke(version, invocation)
	}
	content, err := version.Package()
	return lambda.Result{Payload: content, Duration: 5 * time.Millisecond, Log: []byte("a line\n")}, err
}

func (r *runner) Forget(version lambda.Version) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forgotten = append(r.forgotten, version.Number+" "+version.CodeSHA256)
}

type meter struct{ measured []lambda.Measurement }

func (m *meter) Record(_ context.Context, measurement lambda.Measurement) {
	m.measured = append(m.measured, measurement)
}

var began = time.Date(2030, 1, 2, 3, 4, 5, 678e6, time.UTC)

// start returns a cloud without functions; change may set options.
func start(t testing.TB, change func(*lambda.Options)) *cloud {
	t.Helper()
	c := &cloud{t: t, clock: clock.NewVirtual(began), store: store.Memory(), runner: &runner{}, meter: &meter{}, log: &strings.Builder{}}
	options := c.options()
	if change != nil {
		change(&options)
	}
	var err error
	if c.Service, err = lambda.New(options); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *cloud) options() lambda.Options {
	return lambda.Options{
		Clock: c.clock, Store: c.store, Runner: c.runner, Meter: c.meter,
		UpdateDuration: 2 * time.Second, ActivateDuration: 3 * time.Second,
		Log: slog.New(slog.NewTextHandler(c.log, nil)),
	}
}

// pass lets virtual time pass.
func (c *cloud) pass(d time.Duration) { c.clock.RunUntil(c.clock.Now().Add(d)) }

// must ends the test on an error.
func must[T any](t testing.TB) func(T, error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// hash is the CodeSha256 of a package.
func hash(code string) string {
	sum := sha256.Sum256([]byte(code))
	return base64.StdEncoding.EncodeToString(sum[:])
}

const role = "arn:aws:iam::000000000000:role/echo"

func creation(name, code string) *sdk.CreateFunctionInput {
	return &sdk.CreateFunctionInput{
		FunctionName: aws.String(name), Role: aws.String(role), Handler: aws.String("bootstrap"),
		Runtime: types.RuntimeProvidedal2023, Code: &types.FunctionCode{ZipFile: []byte(code)},
	}
}

// echo creates the function echo, of code v1, and waits until it is active.
func (c *cloud) echo() *cloud {
	c.t.Helper()
	must[*sdk.CreateFunctionOutput](c.t)(c.CreateFunction(c.t.Context(), creation("echo", "v1")))
	c.pass(3 * time.Second)
	return c
}

// update gives echo other code and waits until that is done.
func (c *cloud) update(code string) *sdk.UpdateFunctionCodeOutput {
	c.t.Helper()
	out := must[*sdk.UpdateFunctionCodeOutput](c.t)(c.UpdateFunctionCode(c.t.Context(), &sdk.UpdateFunctionCodeInput{FunctionName: aws.String("echo"), ZipFile: []byte(code)}))
	c.pass(2 * time.Second)
	return out
}

// publish publishes echo and waits until the version is active.
func (c *cloud) publish() string {
	c.t.Helper()
	out := must[*sdk.PublishVersionOutput](c.t)(c.PublishVersion(c.t.Context(), &sdk.PublishVersionInput{FunctionName: aws.String("echo")}))
	c.pass(3 * time.Second)
	return *out.Version
}

// released is echo with versions 1 and 2, and the alias live on 1.
func released(t testing.TB, change func(*lambda.Options)) *cloud {
	t.Helper()
	c := start(t, change).echo()
	c.publish()
	c.update("v2")
	c.publish()
	must[*sdk.CreateAliasOutput](t)(c.CreateAlias(t.Context(), &sdk.CreateAliasInput{FunctionName: aws.String("echo"), Name: aws.String("live"), FunctionVersion: aws.String("1")}))
	return c
}

// route points live at stable, and gives canary a weight unless it is empty.
func (c *cloud) route(stable, canary string, weight float64) {
	c.t.Helper()
	must[*sdk.UpdateAliasOutput](c.t)(c.UpdateAlias(c.t.Context(), routing(stable, canary, weight)))
}

func routing(stable, canary string, weight float64) *sdk.UpdateAliasInput {
	weights := map[string]float64{}
	if canary != "" {
		weights[canary] = weight
	}
	return &sdk.UpdateAliasInput{
		FunctionName: aws.String("echo"), Name: aws.String("live"), FunctionVersion: aws.String(stable),
		RoutingConfig: &types.AliasRoutingConfiguration{AdditionalVersionWeights: weights},
	}
}

func (c *cloud) alias() *sdk.GetAliasOutput {
	c.t.Helper()
	return must[*sdk.GetAliasOutput](c.t)(c.GetAlias(c.t.Context(), &sdk.GetAliasInput{FunctionName: aws.String("echo"), Name: aws.String("live")}))
}

func (c *cloud) configuration(qualifier string) *sdk.GetFunctionConfigurationOutput {
	c.t.Helper()
	input := &sdk.GetFunctionConfigurationInput{FunctionName: aws.String("echo")}
	if qualifier != "" {
		input.Qualifier = aws.String(qualifier)
	}
	return must[*sdk.GetFunctionConfigurationOutput](c.t)(c.GetFunctionConfiguration(c.t.Context(), input))
}

// refused checks that an error is AWS's, with that code, HTTP status and words.
func refused(t testing.TB, err error, code string, status int, words string) {
	t.Helper()
	failure, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		t.Fatalf("error %v, want %s", err, code)
	}
	if failure.ErrorCode() != code || !strings.Contains(failure.ErrorMessage(), words) {
		t.Errorf("error %v, want %s: …%s…", err, code, words)
	}
	if response, ok := errors.AsType[*awshttp.ResponseError](err); !ok || response.HTTPStatusCode() != status {
		t.Errorf("error %v, want HTTP status %d", err, status)
	}
}
