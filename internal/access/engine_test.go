package access_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	sdklambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"github.com/goldfinch-dev/goldfinch/internal/access"
	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	localcloudwatch "github.com/goldfinch-dev/goldfinch/internal/local/cloudwatch"
	"github.com/goldfinch-dev/goldfinch/internal/local/engine"
	"github.com/goldfinch-dev/goldfinch/internal/local/lambda"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
	"github.com/goldfinch-dev/goldfinch/internal/measured"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	target "github.com/goldfinch-dev/goldfinch/internal/target/lambda"
)

// A world is the embedded engine on a virtual clock, that writes down which
// function calls what.
type world struct {
	t      *testing.T
	clock  *clock.Virtual
	engine *engine.Engine
	// calls are what each function has called, such as "lambda:UpdateAlias".
	calls map[string]map[string]bool
	// broken is the version that fails.
	broken string
	// entered, when set, is told of each handler before it runs.
	entered func(function string)
}

// functionKey marks the context of a handler with its function's name.
type functionKey struct{}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, clock: clock.NewVirtual(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)), calls: map[string]map[string]bool{}}
	ids := 0
	made, err := engine.New(engine.Options{
		Clock: w.clock, Store: store.Memory(), Runner: answering{}, Go: func(f func()) { w.clock.AfterFunc(0, f) },
		Random: rand.New(rand.NewPCG(1, 2)).Float64, Entropy: rand.NewChaCha8([32]byte{}),
		NewID:         func() string { ids++; return fmt.Sprintf("00000000-0000-4000-8000-%012d", ids) },
		SweepInterval: 53 * time.Second, UpdateDuration: 3 * time.Second, ActivateDuration: 3 * time.Second, Resolution: time.Minute,
		Invoke: func(ctx context.Context, function string, run func(context.Context) (any, error)) (any, error) {
			if w.entered != nil {
				w.entered(function)
			}
			return run(context.WithValue(ctx, functionKey{}, function))
		},
		Intercept: func(ctx context.Context, operation string, call func(context.Context) error) error {
			if function, ok := ctx.Value(functionKey{}).(string); ok {
				if w.calls[function] == nil {
					w.calls[function] = map[string]bool{}
				}
				w.calls[function][operation] = true
			}
			return call(ctx)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(made.Close)
	w.engine = made
	if err := made.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.traffic()
	return w
}

// answering stands for the code of the functions that are released.
type answering struct{}

func (answering) Invoke(context.Context, lambda.Version, lambda.Invocation) (lambda.Result, error) {
	return lambda.Result{Payload: []byte(`{"statusCode":200}`), Duration: 10 * time.Millisecond}, nil
}

func (answering) Forget(lambda.Version) {}

// traffic makes a thousand requests to each version of the alias in each minute.
func (w *world) traffic() {
	w.clock.AfterFunc(59*time.Second, func() {
		if split, err := w.engine.Lambda.GetAlias(w.t.Context(), &sdklambda.GetAliasInput{FunctionName: aws.String("echo"), Name: aws.String("live")}); err == nil {
			versions := []string{aws.ToString(split.FunctionVersion)}
			if split.RoutingConfig != nil {
				versions = slices.AppendSeq(versions, maps.Keys(split.RoutingConfig.AdditionalVersionWeights))
			}
			for _, version := range versions {
				counts := localcloudwatch.Counts{Function: "echo", Alias: "live", Version: version, At: w.clock.Now(), Invocations: 1000,
					Durations: []localcloudwatch.DurationCount{{Duration: 20 * time.Millisecond, Count: 1000}}}
				if version == w.broken {
					counts.Errors = 500
				}
				w.engine.CloudWatch.RecordCounts(counts)
			}
		}
		w.clock.AfterFunc(time.Second, w.traffic)
	})
}

// document is one with its defaults, that releases a package with that content.
func (w *world) document(content string, change ...func(*release.Document)) release.Document {
	w.t.Helper()
	key := "packages/" + content + ".zip"
	if _, err := w.engine.S3.PutObject(w.t.Context(), &s3.PutObjectInput{Bucket: aws.String(engine.Bucket), Key: &key, Body: strings.NewReader(content)}); err != nil {
		w.t.Fatal(err)
	}
	document := release.Document{
		APIVersion: release.APIVersion, Service: "echo", Environment: "production",
		Artifact: release.Artifact{Package: "s3://" + engine.Bucket + "/" + key},
		Target:   release.Target{Lambda: &release.LambdaTarget{Function: "echo", Alias: "live", RestoreLatest: true, KeepVersions: 2}},
	}
	for _, apply := range change {
		apply(&document)
	}
	return release.Default(document)
}

// start starts a release through the operator, and returns its id.
func (w *world) start(document release.Document) string {
	w.t.Helper()
	started, err := w.engine.Operator.Deploy(w.t.Context(), document)
	if err != nil {
		w.t.Fatal(err)
	}
	return started.ID
}

// finish lets time pass until a release has ended, for a day at most, and wants it to end so.
func (w *world) finish(id string, want release.Outcome) ledger.Record {
	w.t.Helper()
	limit := w.clock.Now().Add(24 * time.Hour)
	var record ledger.Record
	w.clock.Run(func() bool {
		record, _ = w.engine.Ledger.Release(w.t.Context(), id)
		return record.Ended() && w.engine.StepFunctions.Running(w.execution(id)) == nil || w.clock.Now().After(limit)
	})
	if record.Outcome != want {
		w.t.Fatalf("release %s ended %q, want %q: %s", id, record.Outcome, want, record.Reason)
	}
	w.clock.RunUntil(w.clock.Now().Add(5 * time.Minute)) // for what comes behind it
	return record
}

func (w *world) execution(id string) string {
	return strings.Replace(w.engine.StepFunctions.MachineARN(), ":stateMachine:", ":execution:", 1) + ":" + id
}

// stop ends a release's execution, as a person does in the console.
func (w *world) stop(id string) {
	w.t.Helper()
	if _, err := w.engine.StepFunctions.StopExecution(w.t.Context(), &sfn.StopExecutionInput{ExecutionArn: aws.String(w.execution(id))}); err != nil {
		w.t.Fatal(err)
	}
}

// alarm sets an alarm of the service.
func (w *world) alarm(state cloudwatchtypes.StateValue) {
	w.t.Helper()
	ctx := w.t.Context()
	_, err := w.engine.CloudWatch.PutMetricAlarm(ctx, &cloudwatch.PutMetricAlarmInput{
		AlarmName: aws.String("echo"), Namespace: aws.String("Custom"), MetricName: aws.String("Any"), Statistic: cloudwatchtypes.StatisticSum,
		Period: aws.Int32(60), EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(1), ComparisonOperator: cloudwatchtypes.ComparisonOperatorGreaterThanThreshold,
		TreatMissingData: aws.String("ignore"),
	})
	if err == nil {
		_, err = w.engine.CloudWatch.SetAlarmState(ctx, &cloudwatch.SetAlarmStateInput{AlarmName: aws.String("echo"), StateValue: state, StateReason: aws.String("a test")})
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// TestWhatFunctionsCallIsAllowed runs releases to each of their ends, and holds
// every call of every function to its policy.
func TestWhatFunctionsCallIsAllowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.finish(w.start(w.document("v1")), release.Promoted)
	w.finish(w.start(w.document("v2")), release.Promoted)
	w.finish(w.start(w.document("v3")), release.Promoted)

	w.broken = "4"
	w.finish(w.start(w.document("v4")), release.RolledBack)

	w.alarm(cloudwatchtypes.StateValueOk)
	alarmed := w.start(w.document("v5", func(d *release.Document) { d.Analysis.Alarms = []string{"echo"} }))
	w.clock.RunUntil(w.clock.Now().Add(150 * time.Second))
	w.alarm(cloudwatchtypes.StateValueAlarm)
	w.finish(alarmed, release.RolledBack)

	stopped := w.start(w.document("v6"))
	w.clock.RunUntil(w.clock.Now().Add(150 * time.Second))
	w.stop(stopped)
	w.finish(stopped, release.Aborted)

	made, declared := 0, 0
	for _, function := range access.Functions() {
		declared += len(access.Operations(function))
		for _, call := range slices.Sorted(maps.Keys(w.calls[function])) {
			service, operation, _ := strings.Cut(call, ":")
			if operation == "InvokeFunction" {
				operation = "Invoke" // the local cloud says it in IAM's words
			}
			if !access.Covers(function, service, operation) {
				t.Errorf("%s called %s, which its policy does not allow", function, call)
			}
			made++
		}
	}
	for _, function := range []string{"bake", "deploy", "evaluate", "intake", "observe", "promote", "retire", "rollback", "shift", "signal", "sweep", "verify"} {
		if len(w.calls[function]) == 0 {
			t.Errorf("%s called nothing", function)
		}
	}
	measured.Log(t, "least privilege: six releases on the local cloud made %d of the %d pairs of function and operation that policies allow, and no other", made, declared)
}

// TestANeighboursFunctionIsLeftAlone asks for releases of a function that is
// tagged for another service, and lets their executions die at each handler, so
// that the sweep or the next release brings them home.
func TestANeighboursFunctionIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.finish(w.start(w.document("v1")), release.Promoted) // the neighbour's own
	w.calls = map[string]map[string]bool{}
	before := w.describe()

	greedy := func(number int) string {
		document := w.document("greedy", func(d *release.Document) { d.Service = "greedy" })
		input, err := json.Marshal(document)
		if err != nil {
			t.Fatal(err)
		}
		id := fmt.Sprintf("greedy-%d", number)
		_, err = w.engine.StepFunctions.StartExecution(t.Context(), &sfn.StartExecutionInput{
			StateMachineArn: aws.String(w.engine.StepFunctions.MachineARN()), Name: &id, Input: aws.String(string(input)),
		})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	refused := w.finish(greedy(0), release.Refused)
	if !strings.Contains(refused.Reason, "tagged "+target.TagService+"=echo, so it does not belong to service greedy") {
		t.Errorf("refused because %s", refused.Reason)
	}
	for n := 1; ; n++ {
		runs, id := 0, ""
		w.entered = func(function string) {
			if function != "sweep" && function != "announce" {
				if runs++; runs == n {
					w.stop(id)
				}
			}
		}
		id = greedy(n)
		limit := w.clock.Now().Add(10 * time.Minute)
		w.clock.RunUntil(limit)
		w.entered = nil
		if runs < n {
			if n < 4 {
				t.Errorf("a refused release has only %d handlers", runs)
			}
			break
		}
	}
	if len(w.calls["sweep"]) == 0 {
		t.Error("nothing was swept")
	}
	for function, calls := range w.calls {
		for call := range calls {
			if service, operation, _ := strings.Cut(call, ":"); service == "lambda" && !strings.HasPrefix(operation, "Get") && !strings.HasPrefix(operation, "List") {
				t.Errorf("%s called %s", function, call)
			}
		}
	}
	if after := w.describe(); after != before {
		t.Errorf("the neighbour's function was %s, and is %s", before, after)
	}
}

// describe says which code and versions function echo has, and where its alias stands.
func (w *world) describe() string {
	w.t.Helper()
	ctx := w.t.Context()
	found, err := w.engine.Lambda.GetFunction(ctx, &sdklambda.GetFunctionInput{FunctionName: aws.String("echo")})
	if err != nil {
		w.t.Fatal(err)
	}
	versions, err := w.engine.Lambda.ListVersionsByFunction(ctx, &sdklambda.ListVersionsByFunctionInput{FunctionName: aws.String("echo")})
	if err != nil {
		w.t.Fatal(err)
	}
	alias, err := w.engine.Lambda.GetAlias(ctx, &sdklambda.GetAliasInput{FunctionName: aws.String("echo"), Name: aws.String("live")})
	if err != nil {
		w.t.Fatal(err)
	}
	return fmt.Sprintf("code %s, %d versions, alias on %s (revision %s)", aws.ToString(found.Configuration.CodeSha256), len(versions.Versions), aws.ToString(alias.FunctionVersion), aws.ToString(alias.RevisionId))
}
