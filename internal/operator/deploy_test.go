package operator_test

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/google/go-cmp/cmp"
	"github.com/oklog/ulid/v2"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

func TestUploadStoresContentUnderItsSum(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		sum := sha256.Sum256([]byte("zip"))
		name := hex.EncodeToString(sum[:])
		for range 2 {
			artifact, err := o.Upload(t.Context(), "build/echo.zip", read("zip"))
			if err != nil {
				t.Fatal(err)
			}
			want := release.Artifact{Package: "s3://packages-of-goldfinch/packages/" + name + ".zip", SHA256: name, VersionID: "object-version"}
			if diff := cmp.Diff(want, artifact); diff != "" {
				t.Errorf("artifact (-want +got):\n%s", diff)
			}
		}
		if len(w.inspected) != 2 || w.inspected[0] != "zip" {
			t.Errorf("inspected %q", w.inspected)
		}
		if got := string(w.artifacts["packages-of-goldfinch/packages/"+name+".zip"]); got != "zip" {
			t.Errorf("stored %q", got)
		}
	})
}

func TestATemplateIsStoredUnderItsSum(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		sum := sha256.Sum256([]byte("Resources: {}"))
		want := "packages-of-goldfinch/templates/" + hex.EncodeToString(sum[:]) + ".yaml"
		location, err := o.UploadTemplate(t.Context(), "stack.yaml", read("Resources: {}"))
		if err != nil || location != "s3://"+want {
			t.Errorf("stored at %q, %v", location, err)
		}
		if got := string(w.artifacts[want]); got != "Resources: {}" || len(w.inspected) > 0 {
			t.Errorf("stored %q; inspected as a package: %q", got, w.inspected)
		}
		_, err = o.UploadTemplate(t.Context(), "empty.yaml", read(""))
		wantInvalid(t, err, "empty.yaml", "empty")
	})
}

func TestUploadRefuses(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		_, err := o.Upload(t.Context(), "empty.zip", read(""))
		wantInvalid(t, err, "empty.zip", "empty")
		w.inspect = release.Fail(release.KindRefused, "it is for arm64").WithHint("GOARCH=amd64 go build")
		_, err = o.Upload(t.Context(), "arm.zip", read("zip"))
		wantFailure(t, err, release.KindRefused, "arm.zip", "it is for arm64", "GOARCH=amd64 go build")
		w.inspect, w.broken = nil, true
		_, err = o.Upload(t.Context(), "echo.zip", read("zip"))
		if err == nil || operator.ExitCode(err) != release.ExitError {
			t.Errorf("error %v has exit code %d", err, operator.ExitCode(err))
		}
	})
}

func TestDeployStartsAnExecutionNamedAfterTheRelease(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		started, err := o.Deploy(t.Context(), document())
		if err != nil {
			t.Fatal(err)
		}
		made, err := ulid.ParseStrict(started.ID)
		if err != nil || !ulid.Time(made.Time()).Equal(noon) {
			t.Errorf("id %s is not of noon: %v", started.ID, err)
		}
		in := w.executions.started[0]
		if aws.ToString(in.Name) != started.ID || aws.ToString(in.StateMachineArn) != stateMachine || started.Execution != executionPrefix+started.ID {
			t.Errorf("started %v for %+v", in, started)
		}
		if diff := cmp.Diff(release.Default(document()), w.executions.input(t)); diff != "" {
			t.Errorf("input (-want +got):\n%s", diff)
		}
		if len(started.Notes) == 0 || !strings.Contains(started.Notes[0], "5xx") && !strings.Contains(strings.Join(started.Notes, " "), "500") {
			t.Errorf("notes %q do not warn that nothing watches HTTP errors", started.Notes)
		}
		if len(w.prepared) != 1 {
			t.Errorf("prepared %d times", len(w.prepared))
		}
	})
}

func TestDeployIsStartedThoughTheAnswerWasLost(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		w.executions.startError = &types.ExecutionAlreadyExists{}
		started, err := o.Deploy(t.Context(), document())
		if err != nil || started.Execution != executionPrefix+started.ID {
			t.Errorf("started %+v: %v", started, err)
		}
		w.executions.startError = errBroken
		if _, err := o.Deploy(t.Context(), document()); operator.ExitCode(err) != release.ExitError {
			t.Errorf("error %v", err)
		}
	})
}

func TestDeployRefusesWhatIsWrong(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		local := document()
		local.Artifact = release.Artifact{Package: "build/echo.zip"}
		_, err := o.Deploy(t.Context(), local)
		wantInvalid(t, err, "build/echo.zip", "not been uploaded")

		wrong := document()
		wrong.Strategy.Steps = []release.Step{{Weight: 120, Wait: release.Duration(300e9)}}
		_, err = o.Deploy(t.Context(), wrong)
		wantInvalid(t, err, "strategy.steps[0].weight")

		long := document()
		long.Verify = []release.Check{{Payload: strings.Repeat("x", 300<<10)}}
		_, err = o.Deploy(t.Context(), long)
		wantInvalid(t, err, "verify")
		if len(w.executions.started) != 0 {
			t.Error("something was started")
		}
	})
}

func TestARejectedArtifactNeedsAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		w.ledger.rejected[strings.Repeat("a", 64)] = id(7)
		_, err := o.Deploy(t.Context(), document())
		wantFailure(t, err, release.KindRefused, id(7), "too many errors", "--again --reason")
		if code := operator.ExitCode(err); code != release.Refused.ExitCode() {
			t.Errorf("exit code %d", code)
		}
		again := document()
		again.Request.Again, again.Request.Reason = true, "the database is mended"
		if _, err := o.Deploy(t.Context(), again); err != nil {
			t.Fatal(err)
		}
		if got := w.executions.input(t).Request; got != again.Request {
			t.Errorf("request %+v", got)
		}
	})
}

func TestDeployFromTakesAProvenArtifactOnward(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		proven := w.add(1, promoted("", "4"))
		w.add(2, func(r *ledger.Record) { r.Outcome, r.Phase = release.RolledBack, ledger.PhaseEnded })
		w.add(3, canarying)

		onward := release.Document{Environment: "staging", Request: release.Request{By: "bob", From: id(1)}}
		started, err := o.Deploy(t.Context(), onward)
		if err != nil {
			t.Fatal(err)
		}
		want := proven.Document
		want.Environment = "staging"
		want.Request = release.Request{By: "bob", From: id(1), Label: "v2"}
		if diff := cmp.Diff(want, w.executions.input(t)); diff != "" || started.Environment != "staging" {
			t.Errorf("document (-want +got):\n%s", diff)
		}

		own := document()
		own.Environment, own.Artifact, own.Request.From = "staging", release.Artifact{}, id(1)
		own.Strategy.Canary = &release.CanaryStrategy{Weight: 25, Wait: release.Duration(600e9)}
		if _, err := o.Deploy(t.Context(), own); err != nil {
			t.Fatal(err)
		}
		got := w.executions.input(t)
		if got.Artifact != proven.Document.Artifact || got.Strategy.Steps[0].Weight != 25 {
			t.Errorf("the file's strategy or the release's artifact is lost: %+v", got)
		}

		for from, words := range map[string][]string{id(2): {"rolled-back", "only the artifact of a promoted release"}, id(3): {"still running"}} {
			onward.Request.From = from
			_, err := o.Deploy(t.Context(), onward)
			wantFailure(t, err, release.KindRefused, words...)
		}
		onward.Request.From = id(1)
		onward.Service = "other"
		_, err = o.Deploy(t.Context(), onward)
		wantInvalid(t, err, "of service echo, not of other")
		_, err = o.Deploy(t.Context(), release.Document{Request: release.Request{From: id(1)}})
		wantInvalid(t, err, "which environment")
		onward.Request.From = id(50)
		_, err = o.Deploy(t.Context(), onward)
		if err == nil || !strings.Contains(err.Error(), "there is no release "+id(50)) {
			t.Errorf("error %v", err)
		}
	})
}
