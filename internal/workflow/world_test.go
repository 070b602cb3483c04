package workflow_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	sdklambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"github.com/goldfinch-dev/goldfinch/internal/asl"
	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/local/cloudwatch"
	"github.com/goldfinch-dev/goldfinch/internal/local/engine"
	"github.com/goldfinch-dev/goldfinch/internal/local/lambda"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

var morning = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// A world is the embedded engine on a virtual clock: the real definition, the
// real handlers and the local cloud, with code and users that are made up.
type world struct {
	t      testing.TB
	clock  *clock.Virtual
	engine *engine.Engine

	// users is how many requests a minute the alias gets.
	users float64
	// late is how long CloudWatch takes to know of requests.
	late time.Duration
	// broken is the share of requests that each version fails.
	broken map[string]float64
	// breaksAt is the share of all traffic from which on a version is broken; others always are.
	breaksAt map[string]float64
	// answer is what the function says to a direct invocation.
	answer func(version string) string

	// distant is the cloud that releases change, where that is another than the engine's own.
	distant *distant
	// infrastructure is what there is beside functions and APIs; nil: none of it.
	infrastructure *infrastructure
	// fleet is a user's own instances, where releases change those.
	fleet *fleet
	// gateway is a user's REST API, where releases change its stage.
	gateway *gateway
	// zone is a user's hosted zone, where releases change its records.
	zone *zone
	// named is what a test calls a version; nil: what the cloud does.
	named func(version string) string

	// inPlace: handlers run on the clock's own goroutine, as in a simulation, and can't pause.
	inPlace bool
	// current is the fiber that runs now; all others stand still.
	current *fiber
	// events counts the newest execution's history.
	events int
	// path is the states that the newest execution has entered.
	path []string
	// handler, when set, stands around each run of a handler.
	handler func(ctx context.Context, function string, run func(context.Context) (any, error)) (any, error)
	// entered, when set, is told of each state that is entered.
	entered func(*asl.Execution)
	// call, when set, stands around each call that a handler makes.
	call func(ctx context.Context, operation string, call func(context.Context) error) error
	// otherCall, when set, stands around each call of anybody else: the state machine itself, people, users.
	otherCall func(ctx context.Context, operation string, call func(context.Context) error) error
}

// handlerKey marks the context of a handler with its function's name.
type handlerKey struct{}

// newWorld makes a world of functions; change says what else there is in its cloud.
func newWorld(t testing.TB, change ...func(*world, *engine.Options)) *world {
	t.Helper()
	w := &world{t: t, clock: clock.NewVirtual(morning), users: 1000, broken: map[string]float64{}}
	random := rand.New(rand.NewPCG(1, 2))
	ids := 0
	options := engine.Options{
		Clock:  w.clock,
		Store:  store.Memory(),
		Runner: code{w},
		Go:     func(f func()) { w.clock.AfterFunc(0, func() { w.begin(f) }) },
		Random: random.Float64,
		NewID: func() string {
			ids++
			return fmt.Sprintf("00000000-0000-4000-8000-%012d", ids)
		},
		Entropy: rand.NewChaCha8([32]byte{}),
		// Never at the same moment as a tick, so that what comes first is no accident.
		SweepInterval:    53*time.Second + 7*time.Millisecond,
		UpdateDuration:   3 * time.Second,
		ActivateDuration: 3 * time.Second,
		Resolution:       time.Minute,
		Invoke: func(ctx context.Context, function string, run func(context.Context) (any, error)) (any, error) {
			ctx = context.WithValue(ctx, handlerKey{}, function)
			if w.handler == nil {
				return run(ctx)
			}
			return w.handler(ctx, function, run)
		},
		Intercept: w.intercept,
		EventSink: func(execution *asl.Execution, event asl.Event) {
			w.events++
			if strings.HasSuffix(event.Type, "StateEntered") {
				w.path = append(w.path, event.State)
				if w.entered != nil {
					w.entered(execution)
				}
			}
		},
	}
	for _, apply := range change {
		apply(w, &options)
	}
	made, err := engine.New(options)
	if err != nil {
		t.Fatal(err)
	}
	w.engine = made
	if err := made.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.traffic(w.alias, w.invoked)
	return w
}

// intercept stands around each call of the local cloud.
func (w *world) intercept(ctx context.Context, operation string, call func(context.Context) error) error {
	stands := w.call
	if ctx.Value(handlerKey{}) == nil {
		stands = w.otherCall
	}
	if stands == nil || ctx.Value(nestedKey{}) != nil {
		return call(ctx)
	}
	return stands(ctx, operation, func(ctx context.Context) error { return call(context.WithValue(ctx, nestedKey{}, true)) })
}

// nestedKey marks the context of the calls that a service of the cloud makes of others to answer one: nobody dies between those.
type nestedKey struct{}

// code stands for the functions' code.
type code struct{ world *world }

func (c code) Invoke(_ context.Context, version lambda.Version, _ lambda.Invocation) (lambda.Result, error) {
	answer := `{"statusCode":200}`
	if c.world.answer != nil {
		answer = c.world.answer(version.Number)
	}
	return lambda.Result{Payload: []byte(answer), Duration: 10 * time.Millisecond}, nil
}

func (code) Forget(lambda.Version) {}

// traffic makes a minute's requests at the end of each minute, split as shares says then, and has each version's counted.
func (w *world) traffic(shares func() map[string]float64, count func(version string, requests, broken int)) {
	w.clock.AfterFunc(time.Minute-time.Second, func() {
		for version, share := range shares() {
			requests, broken := int(w.users*share+0.5), w.broken[version]
			if share < w.breaksAt[version] {
				broken = 0
			}
			count(version, requests, int(float64(requests)*broken+0.5))
		}
		w.clock.AfterFunc(time.Second, func() { w.traffic(shares, count) })
	})
}

// invoked counts requests that have come by the alias.
func (w *world) invoked(version string, requests, broken int) {
	counts := cloudwatch.Counts{
		Function: "echo", Alias: "live", Version: version, At: w.clock.Now(),
		Invocations: requests, Errors: broken,
		Durations: []cloudwatch.DurationCount{{Duration: 20 * time.Millisecond, Count: requests}},
	}
	if w.late == 0 {
		w.engine.CloudWatch.RecordCounts(counts)
		return
	}
	w.clock.AfterFunc(w.late, func() { w.engine.CloudWatch.RecordCounts(counts) })
}

// alias is where traffic really goes, version by version; nothing before the first release.
func (w *world) alias() map[string]float64 {
	found, err := w.engine.Lambda.GetAlias(context.Background(), &sdklambda.GetAliasInput{FunctionName: aws.String("echo"), Name: aws.String("live")})
	if err != nil {
		return nil
	}
	shares := map[string]float64{aws.ToString(found.FunctionVersion): 1}
	if found.RoutingConfig != nil {
		for version, weight := range found.RoutingConfig.AdditionalVersionWeights {
			shares[version] = weight
			shares[aws.ToString(found.FunctionVersion)] -= weight
		}
	}
	return shares
}

// document is the five-key document for a package that contains text, which
// change may change.
func (w *world) document(text string, change ...func(*release.Document)) release.Document {
	w.t.Helper()
	var packed bytes.Buffer
	archive := zip.NewWriter(&packed)
	file, err := archive.Create("bootstrap")
	if err == nil {
		_, err = file.Write([]byte(text))
	}
	if err == nil {
		err = archive.Close()
	}
	if err != nil {
		w.t.Fatal(err)
	}
	hash := sha256.Sum256(packed.Bytes())
	key := hex.EncodeToString(hash[:]) + ".zip"
	if _, err := w.engine.S3.PutObject(context.Background(), &s3.PutObjectInput{Bucket: aws.String(engine.Bucket), Key: &key, Body: bytes.NewReader(packed.Bytes())}); err != nil {
		w.t.Fatal(err)
	}
	document := release.Document{
		APIVersion: release.APIVersion, Service: "echo", Environment: "production",
		Artifact: release.Artifact{Package: "s3://" + engine.Bucket + "/" + key, SHA256: hex.EncodeToString(hash[:])},
		Target:   release.Target{Lambda: &release.LambdaTarget{Function: "echo", Alias: "live"}},
	}
	for _, apply := range change {
		apply(&document)
	}
	return release.Default(document)
}

// start starts a release and returns its id, without letting time pass.
func (w *world) start(document release.Document) string {
	w.t.Helper()
	w.path, w.events = nil, 0
	started, err := w.engine.Operator.Deploy(context.Background(), document)
	if err != nil {
		w.t.Fatal(err)
	}
	return started.ID
}

// release runs a release to its end and returns its record.
func (w *world) release(document release.Document) ledger.Record {
	w.t.Helper()
	return w.finish(w.start(document))
}

// finish lets time pass until the release has ended and everything behind it is quiet, for three days at most.
func (w *world) finish(id string) ledger.Record {
	w.t.Helper()
	limit := w.clock.Now().Add(72 * time.Hour)
	w.clock.Run(func() bool { return w.clock.Now().After(limit) || w.quiet(id) })
	return w.record(id)
}

// quiet reports whether the release has ended, its lock is free and its execution is over.
func (w *world) quiet(id string) bool {
	if w.engine.StepFunctions.Running(w.arn(id)) != nil {
		return false
	}
	record, err := w.engine.Ledger.Release(context.Background(), id)
	if err != nil || !record.Ended() {
		return false
	}
	holder, _, err := w.engine.Ledger.Holder(context.Background(), record.Service, record.Environment)
	return err == nil && (holder == nil || holder.Release != id)
}

// arn is the ARN of a release's execution.
func (w *world) arn(id string) string {
	return strings.Replace(w.engine.StepFunctions.MachineARN(), ":stateMachine:", ":execution:", 1) + ":" + id
}

func (w *world) record(id string) ledger.Record {
	w.t.Helper()
	record, err := w.engine.Ledger.Release(context.Background(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return record
}

// pass lets time pass.
func (w *world) pass(d time.Duration) { w.clock.RunUntil(w.clock.Now().Add(d)) }

// execution describes the execution of a release.
func (w *world) execution(record ledger.Record) *sfn.DescribeExecutionOutput {
	w.t.Helper()
	out, err := w.engine.StepFunctions.DescribeExecution(context.Background(), &sfn.DescribeExecutionInput{ExecutionArn: &record.Execution})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// rewrite changes the value that an item of the ledger keeps, behind its back; change nil deletes the item.
func (w *world) rewrite(partition, sort string, change func(value string) string) {
	w.t.Helper()
	ctx, table := context.Background(), aws.String(engine.Table)
	key := map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: partition}, "sk": &types.AttributeValueMemberS{Value: sort}}
	if change == nil {
		if _, err := w.engine.DynamoDB.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: table, Key: key}); err != nil {
			w.t.Fatal(err)
		}
		return
	}
	found, err := w.engine.DynamoDB.GetItem(ctx, &dynamodb.GetItemInput{TableName: table, Key: key})
	if err != nil || found.Item["value"] == nil {
		w.t.Fatalf("the ledger has no value of %s %s (%v)", partition, sort, err)
	}
	value := found.Item["value"].(*types.AttributeValueMemberS).Value
	found.Item["value"] = &types.AttributeValueMemberS{Value: change(value)}
	if _, err := w.engine.DynamoDB.PutItem(ctx, &dynamodb.PutItemInput{TableName: table, Item: found.Item}); err != nil {
		w.t.Fatal(err)
	}
}

// timeline is what was recorded of a release, a line an entry.
func (w *world) timeline(id string) string {
	w.t.Helper()
	entries, err := w.engine.Ledger.Timeline(context.Background(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	var lines bytes.Buffer
	for _, entry := range entries {
		fmt.Fprintf(&lines, "%s %-14s %-10s %s\n", entry.At.Format("15:04:05"), entry.Kind, entry.Actor, entry.Text)
	}
	return lines.String()
}

// A fiber is a handler on a goroutine of its own, of which only one runs at a time.
type fiber struct{ paused, resumed, done chan struct{} }

// begin runs a handler or a delivery.
func (w *world) begin(f func()) {
	if w.inPlace {
		f()
		return
	}
	w.run(f)
}

// run runs f until it ends or pauses.
func (w *world) run(f func()) {
	made := &fiber{paused: make(chan struct{}), resumed: make(chan struct{}), done: make(chan struct{})}
	w.follow(made, func() {
		go func() {
			defer close(made.done)
			f()
		}()
	})
}

// follow lets a fiber go on, and waits until it ends or pauses.
func (w *world) follow(f *fiber, goOn func()) {
	before := w.current
	w.current = f // before it runs, because it asks who it is
	goOn()
	select {
	case <-f.done:
	case <-f.paused:
	}
	w.current = before
}

// pause stops the handler that calls it for d, while everything else goes on.
func (w *world) pause(d time.Duration) {
	f := w.current
	w.clock.AfterFunc(d, func() {
		w.follow(f, func() { f.resumed <- struct{}{} })
	})
	f.paused <- struct{}{}
	<-f.resumed
}

func asJSON(t testing.TB, value any) string {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
