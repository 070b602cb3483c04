package trigger_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	pipelinetypes "github.com/aws/aws-sdk-go-v2/service/codepipeline/types"
	sdks3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/s3"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/trigger"
)

const (
	account         = "123456789012"
	region          = "eu-west-1"
	bucket          = "goldfinch-123456789012-eu-west-1"
	stateMachine    = "arn:aws:states:eu-west-1:123456789012:stateMachine:goldfinch:live"
	executionPrefix = "arn:aws:states:eu-west-1:123456789012:execution:goldfinch:"
	digest          = "sha256:7f5b2640fe6fb4f46592dfd3410c4a79dac4f89e4782432e0378abcd1234abcd"
)

// withoutArtifact is a release file that leaves the artifact to the event.
const withoutArtifact = `
apiVersion: goldfinch/v1
service: echo
environment: production
target: {lambda: {function: echo, alias: live}}
`

// A world is what a handler has around it.
type world struct {
	t          testing.TB
	objects    *s3.Service
	executions *executions
	jobs       *jobs
	options    trigger.Options
}

func newWorld(t testing.TB) *world {
	t.Helper()
	objects, err := s3.New(s3.Options{Clock: clock.NewVirtual(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC))})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, objects: objects, executions: &executions{found: map[string]*sfn.DescribeExecutionOutput{}}, jobs: &jobs{known: map[string]*pipelinetypes.JobDetails{}}}
	w.options = trigger.Options{Executions: w.executions, Artifacts: objects, Jobs: w.jobs, StateMachine: stateMachine, Bucket: bucket}
	w.put("README", "so that there is a bucket")
	return w
}

// put stores an object of the artifact bucket and returns its version.
func (w *world) put(key, content string) string {
	w.t.Helper()
	out, err := w.objects.PutObject(context.Background(), &sdks3.PutObjectInput{Bucket: aws.String(bucket), Key: aws.String(key), Body: strings.NewReader(content)})
	if err != nil {
		w.t.Fatal(err)
	}
	return aws.ToString(out.VersionId)
}

// handle answers an event without an error.
func (w *world) handle(event string) trigger.Result {
	w.t.Helper()
	result, err := trigger.New(w.options).Handle(context.Background(), json.RawMessage(event))
	if err != nil {
		w.t.Fatal(err)
	}
	return result
}

// want fails the test unless the result is of that outcome and its reason has all of words.
func want(t *testing.T, got trigger.Result, outcome trigger.Outcome, words ...string) {
	t.Helper()
	if got.Result != outcome || (got.Release != "") != (outcome == trigger.Started || outcome == trigger.Joined) {
		t.Errorf("result %+v, want %s", got, outcome)
	}
	for _, word := range words {
		if !strings.Contains(got.Reason, word) {
			t.Errorf("reason %q does not say %q", got.Reason, word)
		}
	}
}

// event is an EventBridge event of the own account and region.
func event(source, detailType string, detail any) string {
	text, err := json.Marshal(map[string]any{
		"version": "0", "id": "1", "source": source, "detail-type": detailType,
		"account": account, "region": region, "time": "2026-03-02T08:00:00Z", "detail": detail,
	})
	if err != nil {
		panic(err)
	}
	return string(text)
}

func objectCreated(key, version string) string {
	return event("aws.s3", "Object Created", map[string]any{
		"bucket": map[string]any{"name": bucket}, "object": map[string]any{"key": key, "version-id": version, "size": 5},
	})
}

func imagePushed(repository, tag string) string {
	return event("aws.ecr", "ECR Image Action", map[string]any{
		"result": "SUCCESS", "action-type": "PUSH", "repository-name": repository, "image-digest": digest, "image-tag": tag,
	})
}

func pipelineChanged(name string, execution any, state string) string {
	return event("aws.codepipeline", "CodePipeline Pipeline Execution State Change", map[string]any{"pipeline": name, "execution-id": execution, "state": state})
}

// executions are Step Functions'.
type executions struct {
	found   map[string]*sfn.DescribeExecutionOutput
	started []*sfn.StartExecutionInput
	// describeErr and startErr are what the calls answer instead.
	describeErr, startErr error
}

func (e *executions) DescribeExecution(_ context.Context, in *sfn.DescribeExecutionInput, _ ...func(*sfn.Options)) (*sfn.DescribeExecutionOutput, error) {
	if e.describeErr != nil {
		return nil, e.describeErr
	}
	if found := e.found[aws.ToString(in.ExecutionArn)]; found != nil {
		return found, nil
	}
	return nil, &types.ExecutionDoesNotExist{}
}

func (e *executions) StartExecution(_ context.Context, in *sfn.StartExecutionInput, _ ...func(*sfn.Options)) (*sfn.StartExecutionOutput, error) {
	if e.startErr != nil {
		return nil, e.startErr
	}
	e.started = append(e.started, in)
	arn := executionPrefix + aws.ToString(in.Name)
	e.found[arn] = &sfn.DescribeExecutionOutput{ExecutionArn: aws.String(arn), Status: types.ExecutionStatusRunning, Input: in.Input}
	return &sfn.StartExecutionOutput{ExecutionArn: aws.String(arn)}, nil
}

// input is the document of the only execution that was started.
func (e *executions) input(t *testing.T) release.Document {
	t.Helper()
	if len(e.started) != 1 {
		t.Fatalf("%d executions were started", len(e.started))
	}
	document, _, err := release.Read([]byte(aws.ToString(e.started[0].Input)))
	if err != nil {
		t.Fatal(err)
	}
	return document
}

// jobs are CodePipeline's.
type jobs struct {
	known     map[string]*pipelinetypes.JobDetails
	successes []*codepipeline.PutJobSuccessResultInput
	failures  []*codepipeline.PutJobFailureResultInput
	// getErr and putErr are what the calls answer instead.
	getErr, putErr error
}

func (j *jobs) GetJobDetails(_ context.Context, in *codepipeline.GetJobDetailsInput, _ ...func(*codepipeline.Options)) (*codepipeline.GetJobDetailsOutput, error) {
	if j.getErr != nil {
		return nil, j.getErr
	}
	if details := j.known[aws.ToString(in.JobId)]; details != nil {
		return &codepipeline.GetJobDetailsOutput{JobDetails: details}, nil
	}
	return nil, &pipelinetypes.JobNotFoundException{}
}

func (j *jobs) PutJobSuccessResult(_ context.Context, in *codepipeline.PutJobSuccessResultInput, _ ...func(*codepipeline.Options)) (*codepipeline.PutJobSuccessResultOutput, error) {
	j.successes = append(j.successes, in)
	return &codepipeline.PutJobSuccessResultOutput{}, j.putErr
}

func (j *jobs) PutJobFailureResult(_ context.Context, in *codepipeline.PutJobFailureResultInput, _ ...func(*codepipeline.Options)) (*codepipeline.PutJobFailureResultOutput, error) {
	j.failures = append(j.failures, in)
	return &codepipeline.PutJobFailureResultOutput{}, j.putErr
}

var errBroken = errors.New("the cloud is broken")
