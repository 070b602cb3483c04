package trigger_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	sfntypes "github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/trigger"
)

const jobID = "11111111-abcd-1111-abcd-111111abcdef"

// jobEvent is what Lambda gets; only the id in it is believed.
func jobEvent(id string) string {
	return `{"CodePipeline.job":{"id":"` + id + `","accountId":"999999999999","data":{"actionConfiguration":{"configuration":{"UserParameters":"{\"release\":\"other.yaml\"}"}},` +
		`"artifactCredentials":{"accessKeyId":"AKIDEXAMPLE","secretAccessKey":"wJalrXUtnFEMI","sessionToken":"AQoDYXdzEPT"},"continuationToken":"{\"release\":\"forged\"}"}}}`
}

// job is a job as CodePipeline knows it.
func job(parameters string, change ...func(*types.JobData)) *types.JobDetails {
	data := &types.JobData{
		ActionConfiguration: &types.ActionConfiguration{Configuration: map[string]string{"FunctionName": "goldfinch-intake", "UserParameters": parameters}},
		InputArtifacts: []types.Artifact{{Name: aws.String("Build"), Location: &types.ArtifactLocation{
			Type: types.ArtifactLocationTypeS3, S3Location: &types.S3ArtifactLocation{BucketName: aws.String("pipeline-artifacts"), ObjectKey: aws.String("echo/Build/aBcD123")},
		}}},
		ArtifactCredentials: &types.AWSSessionCredentials{AccessKeyId: aws.String("AKIDEXAMPLE"), SecretAccessKey: aws.String("wJalrXUtnFEMI"), SessionToken: aws.String("AQoDYXdzEPT")},
		PipelineContext: &types.PipelineContext{
			PipelineName: aws.String("echo"), Stage: &types.StageContext{Name: aws.String("Release")},
			Action: &types.ActionContext{Name: aws.String("Goldfinch"), ActionExecutionId: aws.String("22222222-abcd-2222-abcd-222222abcdef")},
		},
	}
	for _, apply := range change {
		apply(data)
	}
	return &types.JobDetails{Id: aws.String(jobID), AccountId: aws.String(account), Data: data}
}

// continued gives a job the token of an earlier answer.
func continued(token string) func(*types.JobData) {
	return func(d *types.JobData) { d.ContinuationToken = aws.String(token) }
}

func TestAJobIsAnsweredUntilItsReleaseHasEnded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put("releases/echo/release.yaml", withoutArtifact)
	w.jobs.known[jobID] = job(`{"release":"releases/echo/release.yaml"}`)
	got := w.handle(jobEvent(jobID))
	want(t, got, trigger.Started, "action Goldfinch of stage Release ran")
	document := w.executions.input(t)
	if diff := cmp.Diff(release.Artifact{Package: "s3://pipeline-artifacts/echo/Build/aBcD123"}, document.Artifact); diff != "" || document.Request.By != "CodePipeline echo" {
		t.Errorf("asked by %s, artifact (-want +got):\n%s", document.Request.By, diff)
	}
	token := `{"release":"` + got.Release + `"}`
	answer := w.jobs.successes[0]
	if aws.ToString(answer.ContinuationToken) != token || aws.ToString(answer.ExecutionDetails.ExternalExecutionId) != got.Release || answer.OutputVariables != nil {
		t.Errorf("answered %+v", answer)
	}

	// The same event once more, after CodePipeline has the answer.
	w.jobs.putErr = &types.InvalidJobStateException{}
	want(t, w.handle(jobEvent(jobID)), trigger.Joined, got.Release)
	w.jobs.putErr = nil

	next := "33333333-abcd-3333-abcd-333333abcdef"
	w.jobs.known[next] = job(`{"release":"releases/echo/release.yaml"}`, continued(token))
	want(t, w.handle(jobEvent(next)), trigger.Joined, "is running")
	if answer := w.jobs.successes[2]; aws.ToString(answer.ContinuationToken) != token || aws.ToString(answer.JobId) != next {
		t.Errorf("answered %+v", answer)
	}

	execution := w.executions.found[executionPrefix+got.Release]
	execution.Status, execution.Output = sfntypes.ExecutionStatusSucceeded, aws.String(`{"outcome":"promoted","reason":"it was as good as version 1"}`)
	want(t, w.handle(jobEvent(next)), trigger.Joined, "is promoted: it was as good as version 1")
	last := w.jobs.successes[3]
	variables := map[string]string{"release": got.Release, "outcome": "promoted", "reason": "it was as good as version 1", "execution": executionPrefix + got.Release}
	if diff := cmp.Diff(variables, last.OutputVariables); diff != "" || last.ContinuationToken != nil || aws.ToInt32(last.ExecutionDetails.PercentComplete) != 100 {
		t.Errorf("answered %+v, variables (-want +got):\n%s", last, diff)
	}
	if len(w.executions.started) != 1 || len(w.jobs.failures) != 0 {
		t.Errorf("%d executions, failures %+v", len(w.executions.started), w.jobs.failures)
	}
}

func TestAJobFailsAsItsReleaseEnds(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		execution sfn.DescribeExecutionOutput
		want      string
	}{
		"rolled back": {
			sfn.DescribeExecutionOutput{Status: sfntypes.ExecutionStatusFailed, Error: aws.String("rolled-back"), Cause: aws.String("alarm echo-errors fired")},
			"release echo_1 is rolled-back: alarm echo-errors fired",
		},
		"stopped":   {sfn.DescribeExecutionOutput{Status: sfntypes.ExecutionStatusAborted}, "release echo_1 has no execution any more (ABORTED); the sweep brings its traffic home"},
		"timed out": {sfn.DescribeExecutionOutput{Status: sfntypes.ExecutionStatusTimedOut}, "(TIMED_OUT)"},
		"a long reason": {
			sfn.DescribeExecutionOutput{Status: sfntypes.ExecutionStatusFailed, Error: aws.String("refused"), Cause: aws.String(strings.Repeat("é", 5000))},
			"is refused: é",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.executions.found[executionPrefix+"echo_1"] = &test.execution
			w.jobs.known[jobID] = job("", continued(`{"release":"echo_1"}`))
			got := w.handle(jobEvent(jobID))
			want(t, got, trigger.Joined)
			if len(w.jobs.failures) != 1 || len(w.jobs.successes) != 0 {
				t.Fatalf("failures %+v, successes %+v", w.jobs.failures, w.jobs.successes)
			}
			details := w.jobs.failures[0].FailureDetails
			if message := aws.ToString(details.Message); !strings.Contains(message, test.want) || len(message) > 5000 || details.Type != types.FailureTypeJobFailed || aws.ToString(details.ExternalExecutionId) != "echo_1" {
				t.Errorf("answered %s, %s of %s", details.Type, message, aws.ToString(details.ExternalExecutionId))
			}
		})
	}
}

func TestAReasonThatIsMissingIsNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.executions.found[executionPrefix+"echo_1"] = &sfn.DescribeExecutionOutput{Status: sfntypes.ExecutionStatusSucceeded}
	w.jobs.known[jobID] = job("", continued(`{"release":"echo_1"}`))
	want(t, w.handle(jobEvent(jobID)), trigger.Joined, "is promoted: the execution succeeded")
}

func TestAJobMayBeAWholeDocument(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.jobs.known[jobID] = job(`{"apiVersion":"goldfinch/v1","service":"echo","environment":"production","artifact":{"container":"registry/echo@` + digest + `"},` +
		`"target":{"lambda":{"function":"echo","alias":"live"}},"request":{"label":"v2"}}`)
	want(t, w.handle(jobEvent(jobID)), trigger.Started)
	document := w.executions.input(t)
	if document.Artifact.Container != "registry/echo@"+digest || document.Artifact.Package != "" || document.Request.Label != "v2" {
		t.Errorf("document %+v", document)
	}
}

// A stage that a person retries runs its action again: that is another release.
func TestEachRunOfAnActionIsOneRelease(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put("releases/echo.yaml", withoutArtifact)
	ids := map[string]bool{}
	for _, change := range []func(*types.JobData){
		func(*types.JobData) {},
		func(d *types.JobData) { d.PipelineContext.Action.ActionExecutionId = aws.String("another") },
		func(d *types.JobData) { d.PipelineContext.Action.ActionExecutionId = nil },
		func(d *types.JobData) { d.PipelineContext.Action, d.PipelineContext.Stage = nil, nil },
	} {
		w.jobs.known[jobID] = job(`{"release":"releases/echo.yaml"}`, change)
		got := w.handle(jobEvent(jobID))
		want(t, got, trigger.Started)
		ids[got.Release] = true
	}
	if len(ids) != 4 {
		t.Errorf("ids %v", ids)
	}
}

// A job without a release fails at once, so that nobody waits for its timeout.
func TestAJobThatNamesNoReleaseFails(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		job  *types.JobDetails
		want string
	}{
		"no parameters":           {job(""), "has no UserParameters"},
		"no configuration":        {job("", func(d *types.JobData) { d.ActionConfiguration = nil }), "has no UserParameters"},
		"not JSON and no YAML":    {job(`{"release":`), "UserParameters:1:"},
		"no such file":            {job(`{"release":"releases/none.yaml"}`), "there is no s3://" + bucket + "/releases/none.yaml"},
		"a key with tricks":       {job(`{"release":"../secrets/release.yaml"}`), `"../secrets/release.yaml" has a part`},
		"a key anywhere":          {job(`{"release":"README"}`), `"README", which UserParameters names, is not below one of releases/, images/, pipelines/`},
		"file that is wrong":      {job(`{"release":"releases/wrong.yaml"}`), "s3://" + bucket + "/releases/wrong.yaml:1:1:"},
		"no artifact at all":      {job(`{"release":"releases/echo.yaml"}`, func(d *types.JobData) { d.InputArtifacts = nil }), "artifact: is missing"},
		"artifact without place":  {job(`{"release":"releases/echo.yaml"}`, func(d *types.JobData) { d.InputArtifacts[0].Location = nil }), "artifact: is missing"},
		"package not in S3":       {job(`{"release":"pipelines/local.yaml"}`), "is not in S3"},
		"return to a version":     {job(`{"release":"images/return.yaml"}`), "request.version and request.from are for people"},
		"token that is not ours":  {job("", continued(`{"deployment":"d-1"}`)), "names no release"},
		"token that is not JSON":  {job("", continued("next")), "names no release"},
		"token with a forged ARN": {job("", continued(`{"release":"other:execution"}`)), "names no release"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.put("releases/echo.yaml", withoutArtifact)
			w.put("releases/wrong.yaml", "a release file")
			w.put("pipelines/local.yaml", withoutArtifact+"artifact: build/echo.zip\n")
			w.put("images/return.yaml", withoutArtifact+"request: {version: \"3\"}\n")
			w.jobs.known[jobID] = test.job
			want(t, w.handle(jobEvent(jobID)), trigger.Refused, test.want)
			if len(w.jobs.failures) != 1 || len(w.executions.started) != 0 {
				t.Fatalf("failures %+v, executions %+v", w.jobs.failures, w.executions.started)
			}
			if details := w.jobs.failures[0].FailureDetails; details.Type != types.FailureTypeConfigurationError || !strings.Contains(aws.ToString(details.Message), test.want) {
				t.Errorf("answered %s %q", details.Type, aws.ToString(details.Message))
			}
		})
	}
}

// A job that is not ours is refused without an answer.
func TestAForgedJobIsNotAnswered(t *testing.T) {
	t.Parallel()
	foreign := job(`{"release":"releases/echo.yaml"}`)
	foreign.AccountId = aws.String("999999999999")
	for name, test := range map[string]struct {
		event   string
		arrange func(*jobs)
		want    string
	}{
		"unknown job":        {jobEvent(jobID), func(*jobs) {}, "CodePipeline knows no job"},
		"id that is none":    {jobEvent("x"), func(j *jobs) { j.getErr = &smithy.GenericAPIError{Code: "ValidationException"} }, "CodePipeline knows no job"},
		"no id":              {`{"CodePipeline.job":{}}`, func(*jobs) {}, "is not the id of a job"},
		"null":               {`{"CodePipeline.job":null}`, func(*jobs) {}, "is not the id of a job"},
		"id of a wrong type": {`{"CodePipeline.job":{"id":7}}`, func(*jobs) {}, "does not have the form"},
		"another account's":  {jobEvent(jobID), func(j *jobs) { j.known[jobID] = foreign }, `is of account "999999999999"`},
		"job without data":   {jobEvent(jobID), func(j *jobs) { j.known[jobID] = &types.JobDetails{} }, "says nothing of job"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			test.arrange(w.jobs)
			want(t, w.handle(test.event), trigger.Refused, test.want)
			if len(w.jobs.failures)+len(w.jobs.successes)+len(w.executions.started) != 0 {
				t.Errorf("answered %+v %+v", w.jobs.failures, w.jobs.successes)
			}
		})
	}
}

func TestAJobIsRetriedWhenCodePipelineOrStepFunctionsFail(t *testing.T) {
	t.Parallel()
	for name, arrange := range map[string]func(*world){
		"the job can't be read":        func(w *world) { w.jobs.getErr = errBroken },
		"the job can't be continued":   func(w *world) { w.jobs.putErr = errBroken },
		"the job can't be failed":      func(w *world) { w.jobs.known[jobID], w.jobs.putErr = job(""), errBroken },
		"the file can't be read":       func(w *world) { w.options.Artifacts = failingArtifacts{} },
		"the release can't be started": func(w *world) { w.executions.startErr = errBroken },
		"the release can't be described": func(w *world) {
			w.jobs.known[jobID], w.executions.describeErr = job("", continued(`{"release":"e_1"}`)), errBroken
		},
		"the execution is not visible so far": func(w *world) { w.jobs.known[jobID] = job("", continued(`{"release":"e_1"}`)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.put("releases/echo.yaml", withoutArtifact)
			w.jobs.known[jobID] = job(`{"release":"releases/echo.yaml"}`)
			arrange(w)
			result, err := trigger.New(w.options).Handle(t.Context(), json.RawMessage(jobEvent(jobID)))
			if err == nil {
				t.Fatalf("result %+v", result)
			}
			for _, secret := range []string{"AKIDEXAMPLE", "wJalrXUtnFEMI", "AQoDYXdzEPT"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error tells a credential: %v", err)
				}
			}
		})
	}
}
