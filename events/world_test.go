// Package events_test feeds the samples of this folder to the real handlers, on
// the local cloud and a virtual clock.
package events_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"flag"
	"io"
	"log/slog"
	mathrand "math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	pipelinetypes "github.com/aws/aws-sdk-go-v2/service/codepipeline/types"
	sdklambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"github.com/goldfinch-dev/goldfinch/internal/asl"
	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/local/cloudwatch"
	localec2 "github.com/goldfinch-dev/goldfinch/internal/local/ec2"
	"github.com/goldfinch-dev/goldfinch/internal/local/engine"
	"github.com/goldfinch-dev/goldfinch/internal/local/lambda"
	"github.com/goldfinch-dev/goldfinch/internal/local/stepfunctions"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/trigger"
	"github.com/goldfinch-dev/goldfinch/internal/wire"
)

var update = flag.Bool("update", false, "write what the samples did as what they shall do")

var morning = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// What the samples say, where the local cloud has names of its own.
const (
	sampleBucket  = "goldfinch-123456789012-us-east-1"
	sampleAccount = "123456789012"
	// newestVersion and oldVersion are of the package that the samples name.
	newestVersion = "IYV3p45BT0ac8hjHg1houSdS1a.Mro8e"
	oldVersion    = "L4kqtJlcpXroDTDmpUMLUo2Nq7Zr1B9x"
	packageKey    = "releases/echo/echo-v2.zip"

	pipelineBucket = "codepipeline-us-east-1-0123456789"
	pipelineKey    = "echo/Build/aBcD123"
)

// A world is an installation with everything that the samples speak of.
type world struct {
	t         *testing.T
	clock     *clock.Virtual
	engine    *engine.Engine
	functions map[string]wire.Function
	jobs      *jobs
	instances *localec2.Service
	log       *bytes.Buffer
	// states are those that were entered, each once and in the order of the first time.
	states []string
	// local turns what a sample says into what the local cloud says, sample turns it back.
	local, sample *strings.Replacer
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, clock: clock.NewVirtual(morning), log: &bytes.Buffer{}, jobs: &jobs{known: map[string]*pipelinetypes.JobDetails{}}}
	log := slog.New(slog.NewJSONHandler(w.log, nil))
	made, err := engine.New(engine.Options{
		Clock: w.clock, Store: store.Memory(), Runner: code{}, Log: log,
		Go:      func(f func()) { w.clock.AfterFunc(0, f) },
		Random:  mathrand.New(mathrand.NewPCG(1, 2)).Float64,
		Entropy: mathrand.NewChaCha8([32]byte{}),
		// Never at the same moment as a tick, so that what comes first is no accident.
		SweepInterval: 53*time.Second + 7*time.Millisecond,
		Resolution:    time.Minute,
		EventSink: func(_ *asl.Execution, event asl.Event) {
			if strings.HasSuffix(event.Type, "StateEntered") && !slices.Contains(w.states, event.State) {
				w.states = append(w.states, event.State)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.engine = made
	if w.instances, err = localec2.New(localec2.Options{Clock: w.clock, Store: store.Memory(), Runner: nobody{}, AccountID: engine.AccountID}); err != nil {
		t.Fatal(err)
	}
	clients := wire.Clients{
		DynamoDB: made.DynamoDB, Lambda: made.Lambda, CloudWatch: made.CloudWatch, S3: made.S3, EventBridge: made.Bus,
		StepFunctions: aliased{made.StepFunctions}, CodePipeline: w.jobs, EC2: w.instances,
	}
	settings := wire.Settings{Table: engine.Table, Bucket: engine.Bucket, StateMachine: made.StepFunctions.MachineARN() + alias, EventBus: "default"}
	w.functions = wire.Functions(made.Workflow, wire.Triggers(clients, settings), wire.Announcer(clients, settings, io.Discard, log), wire.Detector(clients, settings, w.clock.Now, rand.Text, log))
	if err := made.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.furnish()
	w.traffic()
	return w
}

// furnish makes what the samples name.
func (w *world) furnish() {
	w.t.Helper()
	for key, file := range map[string]string{
		"releases/echo/release.yaml":          "release files/echo.yaml",
		"releases/echo-pipeline/release.yaml": "release files/echo.yaml",
		"releases/broken/release.yaml":        "release files/broken.yaml",
		"releases/returning/release.yaml":     "release files/returning.yaml",
		"pipelines/echo-nightly/release.yaml": "release files/nightly.yaml",
		"images/teams/picture/release.yaml":   "release files/picture.yaml",
	} {
		text, err := os.ReadFile("testdata/" + file)
		if err != nil {
			w.t.Fatal(err)
		}
		w.put(engine.Bucket, key, []byte(strings.ReplaceAll(string(text), sampleBucket, engine.Bucket)))
	}
	versions := []string{}
	for key, version := range map[string]string{
		"releases/lonely/echo.zip": "lonely.T8Zq3kVn1", "releases/broken/echo.zip": "broken.T8Zq3kVn1", "releases/returning/echo.zip": "returning.T8Zq3kVn1",
	} {
		versions = append(versions, version, w.put(engine.Bucket, key, packed(w.t, key)))
	}
	w.put(pipelineBucket, pipelineKey, packed(w.t, "made by the pipeline"))
	w.put(engine.Bucket, "pipelines/echo-nightly/echo.zip", packed(w.t, "made at night"))
	old := w.put(engine.Bucket, packageKey, packed(w.t, "two, with a mistake"))
	newest := w.put(engine.Bucket, packageKey, packed(w.t, "two"))
	versions = append(versions, sampleInstance, w.instance(map[string]string{"goldfinch:service": "echo"}), strangeInstance, w.instance(nil))
	w.local = strings.NewReplacer(append(versions, sampleBucket, engine.Bucket, sampleAccount, engine.AccountID, newestVersion, newest, oldVersion, old)...)
	w.sample = strings.NewReplacer("s3://"+engine.Bucket+"/", "s3://"+sampleBucket+"/", "bucket "+engine.Bucket, "bucket "+sampleBucket,
		engine.AccountID, sampleAccount, newest, newestVersion, old, oldVersion, versions[len(versions)-3], sampleInstance, versions[len(versions)-1], strangeInstance)
	w.jobs.know("11111111-abcd-1111-abcd-111111abcdef", engine.AccountID, `{"release":"releases/echo-pipeline/release.yaml"}`, "")
	w.jobs.know("44444444-abcd-4444-abcd-444444abcdef", "210987654321", `{"release":"releases/echo-pipeline/release.yaml"}`, "")
	w.jobs.know("55555555-abcd-5555-abcd-555555abcdef", engine.AccountID, "", "")
	_, err := w.engine.Lambda.CreateFunction(context.Background(), &sdklambda.CreateFunctionInput{
		FunctionName: aws.String("picture"), Role: aws.String("arn:aws:iam::000000000000:role/picture"), PackageType: lambdatypes.PackageTypeImage,
		Code: &lambdatypes.FunctionCode{ImageUri: aws.String("000000000000.dkr.ecr.us-east-1.amazonaws.com/teams/picture@sha256:" + strings.Repeat("0", 64))},
		Tags: map[string]string{"goldfinch:service": "picture"},
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// put stores an object and returns its version.
func (w *world) put(bucket, key string, content []byte) string {
	w.t.Helper()
	out, err := w.engine.S3.PutObject(context.Background(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(content)})
	if err != nil {
		w.t.Fatal(err)
	}
	return aws.ToString(out.VersionId)
}

// packed is a function package with that text in it.
func packed(t *testing.T, text string) []byte {
	t.Helper()
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	file, err := archive.Create("bootstrap")
	if err == nil {
		_, err = file.Write([]byte(text))
	}
	if err == nil {
		err = archive.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// released makes version 1 of echo, and forgets how.
func (w *world) released() {
	w.t.Helper()
	key := "packages/one.zip"
	w.put(engine.Bucket, key, packed(w.t, "one"))
	started, err := w.engine.Operator.Deploy(context.Background(), w.echo(release.Artifact{Package: "s3://" + engine.Bucket + "/" + key}))
	if err != nil {
		w.t.Fatal(err)
	}
	if record := w.finish(started.ID); record.Outcome != release.Promoted {
		w.t.Fatalf("the first release ended as %s: %s", record.Outcome, record.Reason)
	}
	w.states = nil
}

// running has a release of echo, called echo-release as in the samples, at its
// canary, and watching the alarm echo-errors.
func (w *world) running() string {
	w.t.Helper()
	w.watchErrors()
	const id = "echo-release"
	document := w.echo(release.Artifact{Package: "s3://" + engine.Bucket + "/" + packageKey})
	document.Analysis.Alarms = []string{"echo-errors"}
	w.execute(id, asJSON(w.t, document))
	limit := w.clock.Now().Add(time.Hour)
	w.clock.Run(func() bool {
		record, err := w.engine.Ledger.Release(context.Background(), id)
		return w.clock.Now().After(limit) || err == nil && record.Ticks > 0
	})
	if record := w.record(id); record.Phase != ledger.PhaseCanary {
		w.t.Fatalf("release %s is %s: %s", id, record.Phase, record.Reason)
	}
	return id
}

func (w *world) echo(artifact release.Artifact) release.Document {
	return release.Default(release.Document{
		APIVersion: release.APIVersion, Service: "echo", Environment: "production", Artifact: artifact,
		Target: release.Target{Lambda: &release.LambdaTarget{Function: "echo", Alias: "live"}},
	})
}

// execute starts an execution as its console and CodePipeline's StepFunctions action do.
func (w *world) execute(name, input string) {
	w.t.Helper()
	_, err := w.engine.StepFunctions.StartExecution(context.Background(), &sfn.StartExecutionInput{
		StateMachineArn: aws.String(w.engine.StepFunctions.MachineARN()), Name: &name, Input: &input,
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// finish lets time pass until the release has ended and its execution is over.
func (w *world) finish(id string) ledger.Record {
	w.t.Helper()
	limit := w.clock.Now().Add(24 * time.Hour)
	w.clock.Run(func() bool {
		record, err := w.engine.Ledger.Release(context.Background(), id)
		return w.clock.Now().After(limit) || err == nil && record.Ended() && w.engine.StepFunctions.Running(record.Execution) == nil
	})
	return w.record(id)
}

func (w *world) record(id string) ledger.Record {
	w.t.Helper()
	record, err := w.engine.Ledger.Release(context.Background(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return record
}

// traffic makes the requests of each minute at its end, none of which fails.
func (w *world) traffic() {
	w.clock.AfterFunc(time.Minute-time.Second, func() {
		found, err := w.engine.Lambda.GetAlias(context.Background(), &sdklambda.GetAliasInput{FunctionName: aws.String("echo"), Name: aws.String("live")})
		if err == nil {
			rest := 1000
			if found.RoutingConfig != nil {
				for version, weight := range found.RoutingConfig.AdditionalVersionWeights {
					rest -= int(1000 * weight)
					w.serve(version, int(1000*weight))
				}
			}
			w.serve(aws.ToString(found.FunctionVersion), rest)
		}
		w.clock.AfterFunc(time.Second, w.traffic)
	})
}

func (w *world) serve(version string, requests int) {
	w.engine.CloudWatch.RecordCounts(cloudwatch.Counts{
		Function: "echo", Alias: "live", Version: version, At: w.clock.Now(), Invocations: requests,
		Durations: []cloudwatch.DurationCount{{Duration: 20 * time.Millisecond, Count: requests}},
	})
}

// invoke gives a sample to a function, and reads its answer into out.
func (w *world) invoke(function, payload string, out any) error {
	w.t.Helper()
	answer, err := w.functions[function](context.Background(), json.RawMessage(w.local.Replace(payload)))
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(w.sample.Replace(asJSON(w.t, answer))), out); err != nil {
		w.t.Fatal(err)
	}
	return nil
}

// happen gives a sample to the intake function, which must answer it.
func (w *world) happen(payload string) trigger.Result {
	w.t.Helper()
	var result trigger.Result
	if err := w.invoke("intake", payload, &result); err != nil {
		w.t.Fatal(err)
	}
	return result
}

// read is a sample.
func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func asJSON(t *testing.T, value any) string {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// code stands for the functions' code.
type code struct{}

func (code) Invoke(context.Context, lambda.Version, lambda.Invocation) (lambda.Result, error) {
	return lambda.Result{Payload: []byte(`{"statusCode":200}`), Duration: 10 * time.Millisecond}, nil
}

func (code) Forget(lambda.Version) {}

// alias is the alias on which releases start in AWS. The local machine has none.
const alias = ":live"

// aliased is a state machine with an alias: it starts on that, and on nothing else.
type aliased struct{ *stepfunctions.Service }

func (a aliased) StartExecution(ctx context.Context, in *sfn.StartExecutionInput, options ...func(*sfn.Options)) (*sfn.StartExecutionOutput, error) {
	machine, ok := strings.CutSuffix(aws.ToString(in.StateMachineArn), alias)
	if !ok {
		machine = "started without the alias: " + machine
	}
	local := *in
	local.StateMachineArn = &machine
	return a.Service.StartExecution(ctx, &local, options...)
}

// jobs are CodePipeline's.
type jobs struct {
	known     map[string]*pipelinetypes.JobDetails
	successes []*codepipeline.PutJobSuccessResultInput
	failures  []*codepipeline.PutJobFailureResultInput
}

// know makes a job with the pipeline's build as its input.
func (j *jobs) know(id, account, parameters, token string) {
	data := &pipelinetypes.JobData{
		ActionConfiguration: &pipelinetypes.ActionConfiguration{Configuration: map[string]string{"FunctionName": "goldfinch-intake", "UserParameters": parameters}},
		InputArtifacts: []pipelinetypes.Artifact{{Name: aws.String("Build"), Location: &pipelinetypes.ArtifactLocation{
			Type: pipelinetypes.ArtifactLocationTypeS3, S3Location: &pipelinetypes.S3ArtifactLocation{BucketName: aws.String(pipelineBucket), ObjectKey: aws.String(pipelineKey)},
		}}},
		PipelineContext: &pipelinetypes.PipelineContext{
			PipelineName: aws.String("echo"), Stage: &pipelinetypes.StageContext{Name: aws.String("Release")},
			Action: &pipelinetypes.ActionContext{Name: aws.String("Goldfinch"), ActionExecutionId: aws.String("77777777-abcd-7777-abcd-777777abcdef")},
		},
	}
	if token != "" {
		data.ContinuationToken = &token
	}
	j.known[id] = &pipelinetypes.JobDetails{Id: &id, AccountId: &account, Data: data}
}

func (j *jobs) GetJobDetails(_ context.Context, in *codepipeline.GetJobDetailsInput, _ ...func(*codepipeline.Options)) (*codepipeline.GetJobDetailsOutput, error) {
	if details := j.known[aws.ToString(in.JobId)]; details != nil {
		return &codepipeline.GetJobDetailsOutput{JobDetails: details}, nil
	}
	return nil, &pipelinetypes.JobNotFoundException{}
}

func (j *jobs) PutJobSuccessResult(_ context.Context, in *codepipeline.PutJobSuccessResultInput, _ ...func(*codepipeline.Options)) (*codepipeline.PutJobSuccessResultOutput, error) {
	j.successes = append(j.successes, in)
	return &codepipeline.PutJobSuccessResultOutput{}, nil
}

func (j *jobs) PutJobFailureResult(_ context.Context, in *codepipeline.PutJobFailureResultInput, _ ...func(*codepipeline.Options)) (*codepipeline.PutJobFailureResultOutput, error) {
	j.failures = append(j.failures, in)
	return &codepipeline.PutJobFailureResultOutput{}, nil
}
