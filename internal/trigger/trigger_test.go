package trigger_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/trigger"
)

// id is what every release's id that an event makes looks like.
var id = regexp.MustCompile(`^(s3|ecr|codepipeline|codepipeline-job)-[A-Za-z0-9-]+_[0-9a-f]{20}$`)

func TestEventsBecomeTheSameDocument(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		event    func(w *world) string
		artifact release.Artifact
		request  release.Request
	}{
		"object": {
			event: func(w *world) string {
				w.put("releases/teams/echo/release.yaml", withoutArtifact)
				return objectCreated("releases/teams/echo/echo-v2.zip", w.put("releases/teams/echo/echo-v2.zip", "v2"))
			},
			artifact: release.Artifact{Package: "s3://" + bucket + "/releases/teams/echo/echo-v2.zip", VersionID: "VERSION"},
			request:  release.Request{By: "Amazon S3", Reason: "s3://" + bucket + "/releases/teams/echo/echo-v2.zip was stored as version VERSION", Label: "echo-v2"},
		},
		"object whose file names another package": {
			event: func(w *world) string {
				w.put("releases/echo/release.yaml", withoutArtifact+"artifact: {package: build/echo.zip, sha256: "+strings.Repeat("a", 64)+"}\nrequest: {label: two, reason: spring}\n")
				return objectCreated("releases/echo/echo.zip", w.put("releases/echo/echo.zip", "v2"))
			},
			artifact: release.Artifact{Package: "s3://" + bucket + "/releases/echo/echo.zip", VersionID: "VERSION"},
			request:  release.Request{By: "Amazon S3", Reason: "spring", Label: "two"},
		},
		"image": {
			event: func(w *world) string {
				w.put("images/teams/echo/release.yaml", withoutArtifact)
				return imagePushed("teams/echo", "v2")
			},
			artifact: release.Artifact{Container: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/teams/echo@" + digest},
			request:  release.Request{By: "Amazon ECR", Reason: "an image was pushed to repository teams/echo", Label: "v2"},
		},
		"pipeline": {
			event: func(w *world) string {
				w.put("pipelines/echo/release.yaml", withoutArtifact+"artifact: s3://builds/echo.zip\n")
				return pipelineChanged("echo", "12345678-1234-5678-abcd-12345678abcd", "SUCCEEDED")
			},
			artifact: release.Artifact{Package: "s3://builds/echo.zip"},
			request:  release.Request{By: "CodePipeline echo", Reason: "execution 12345678-1234-5678-abcd-12345678abcd succeeded"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			happened := test.event(w)
			got := w.handle(happened)
			want(t, got, trigger.Started, "of echo/production was started")
			document := w.executions.input(t)
			version := document.Artifact.VersionID
			test.artifact.VersionID = strings.ReplaceAll(test.artifact.VersionID, "VERSION", version)
			test.request.Reason = strings.ReplaceAll(test.request.Reason, "VERSION", version)
			expected := release.Default(release.Document{
				APIVersion: release.APIVersion, Service: "echo", Environment: "production", Artifact: test.artifact, Request: test.request,
				Target: release.Target{Lambda: &release.LambdaTarget{Function: "echo", Alias: "live"}},
			})
			if diff := cmp.Diff(expected, document); diff != "" {
				t.Errorf("document (-want +got):\n%s", diff)
			}
			if started := w.executions.started[0]; !id.MatchString(got.Release) || aws.ToString(started.Name) != got.Release || aws.ToString(started.StateMachineArn) != stateMachine {
				t.Errorf("started %s on %s as %s", got.Release, aws.ToString(started.StateMachineArn), aws.ToString(started.Name))
			}
			again := w.handle(happened)
			want(t, again, trigger.Joined, got.Release)
			if again.Release != got.Release || len(w.executions.started) != 1 {
				t.Errorf("the same event again is %+v, with %d executions", again, len(w.executions.started))
			}
		})
	}
}

func TestTheSameImageUnderAnotherTagIsTheSameRelease(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put("images/echo/release.yaml", withoutArtifact)
	first := w.handle(imagePushed("echo", "v2"))
	want(t, w.handle(imagePushed("echo", "latest")), trigger.Joined, first.Release)
	want(t, w.handle(imagePushed("echo", "")), trigger.Joined, first.Release)
}

func TestTheRegistryOfAPartition(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.options.StateMachine = strings.Replace(stateMachine, "arn:aws:", "arn:aws-cn:", 1)
	w.put("images/echo/release.yaml", withoutArtifact)
	want(t, w.handle(imagePushed("echo", "v2")), trigger.Started)
	if got := w.executions.input(t).Artifact.Container; !strings.HasPrefix(got, "123456789012.dkr.ecr.eu-west-1.amazonaws.com.cn/echo@") {
		t.Errorf("container %s", got)
	}
}

func TestOnlyTheNewestVersionOfAPackageIsReleased(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const key = "releases/echo/echo.zip"
	w.put("releases/echo/release.yaml", withoutArtifact)
	old, newest := w.put(key, "one"), w.put(key, "two")
	want(t, w.handle(objectCreated(key, newest)), trigger.Started)
	want(t, w.handle(objectCreated(key, old)), trigger.Ignored, "superseded by version", newest)
	if len(w.executions.started) != 1 {
		t.Errorf("%d executions", len(w.executions.started))
	}
}

// Another delivery of the same event may be faster between the look and the start.
func TestAReleaseThatAnotherDeliveryStartedIsJoined(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put("images/echo/release.yaml", withoutArtifact)
	w.executions.startErr = &types.ExecutionAlreadyExists{}
	want(t, w.handle(imagePushed("echo", "v2")), trigger.Joined)
}

func TestIdsFitAnExecutionsName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	long := strings.Repeat("very-long_", 9)
	w.put("pipelines/"+long+"/release.yaml", withoutArtifact+"artifact: s3://builds/echo.zip\n")
	got := w.handle(pipelineChanged(long, json.Number("12345"), "SUCCEEDED"))
	want(t, got, trigger.Started)
	if len(got.Release) > 80 || !id.MatchString(got.Release) {
		t.Errorf("id %s has %d characters", got.Release, len(got.Release))
	}
}

// What a retry may mend is an error, so that the event is retried and kept.
func TestWhatARetryMayMendIsAnError(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		arrange func(*world)
		want    string
	}{
		"no state machine":           {func(w *world) { w.options.StateMachine = "" }, "ARN"},
		"not a state machine":        {func(w *world) { w.options.StateMachine = executionPrefix + "a" }, "not the ARN of a state machine"},
		"S3 fails":                   {func(w *world) { w.options.Artifacts = failingArtifacts{} }, "releases/echo/echo.zip: the cloud is broken"},
		"S3 fails later":             {func(w *world) { w.options.Artifacts = failingArtifacts{w.objects} }, "release.yaml: the cloud is broken"},
		"the file can't be read out": {func(w *world) { w.options.Artifacts = cutOffArtifacts{w.objects} }, "release.yaml: the cloud is broken"},
		"Step Functions can't look":  {func(w *world) { w.executions.describeErr = errBroken }, "look up the execution of release s3-echo_"},
		"Step Functions can't start": {func(w *world) { w.executions.startErr = errBroken }, "of echo/production: the cloud is broken"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.put("releases/echo/release.yaml", withoutArtifact)
			version := w.put("releases/echo/echo.zip", "v2")
			test.arrange(w)
			result, err := trigger.New(w.options).Handle(t.Context(), json.RawMessage(objectCreated("releases/echo/echo.zip", version)))
			if err == nil || !strings.Contains(err.Error(), test.want) || result != (trigger.Result{}) {
				t.Errorf("result %+v, error %v, want one that says %q", result, err, test.want)
			}
		})
	}
	for _, event := range []string{imagePushed("echo", "v2"), pipelineChanged("echo", "1", "SUCCEEDED")} {
		w := newWorld(t)
		w.options.Artifacts = failingArtifacts{w.objects}
		if result, err := trigger.New(w.options).Handle(t.Context(), json.RawMessage(event)); err == nil {
			t.Errorf("without S3, %s is %+v", event, result)
		}
	}
}
