package workflow_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdklambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/local/eventbridge"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/workflow"
)

func TestTheEndIsAnnouncedOnTheBusAndToTopics(t *testing.T) {
	w := released(t)
	var heard []workflow.Event
	w.engine.Bus.Rule("test", eventbridge.Pattern{Source: []string{"goldfinch"}, DetailType: []string{"Goldfinch Release Ended"}}, func(_ context.Context, event eventbridge.Event) error {
		var detail workflow.Event
		err := json.Unmarshal(event.Detail, &detail)
		heard = append(heard, detail)
		return err
	})
	w.broken["2"] = 0.2
	topic := "arn:aws:sns:us-east-1:000000000000:releases"
	record := w.release(w.document("two", func(d *release.Document) { d.Notify = []release.Notification{{Topic: topic}} }))
	want := []workflow.Event{{
		Release: record.ID, Service: "echo", Environment: "production",
		Outcome: release.RolledBack, Reason: record.Reason, Stable: "1", Canary: "2",
	}}
	if diff := cmp.Diff(want, heard); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	messages := w.engine.SNS.Messages()
	if len(messages) != 1 || messages[0].Topic != topic || messages[0].Body != record.Reason || messages[0].Subject != "rolled-back: echo in production" {
		t.Errorf("messages %+v", messages)
	}
}

func TestAfterPromotionARollbackReturnsWithoutSteps(t *testing.T) {
	w := released(t)
	if record := w.release(w.document("two")); record.Outcome != release.Promoted {
		t.Fatalf("outcome %s: %s", record.Outcome, record.Reason)
	}
	began := w.clock.Now()
	started, err := w.engine.Operator.Rollback(context.Background(), operator.RollbackRequest{
		Reference: operator.Reference{Service: "echo", Environment: "production"}, By: "anna", Reason: "customers complain",
	})
	if err != nil {
		t.Fatal(err)
	}
	record := w.finish(started.ID)
	if record.Outcome != release.Promoted || record.Canary != "1" || record.Before.Stable != "2" {
		t.Errorf("outcome %s: %s\n%s", record.Outcome, record.Reason, w.timeline(record.ID))
	}
	if took := record.PromotedAt.Sub(began); took > 15*time.Second {
		t.Errorf("traffic was back after %s", took)
	}
	if diff := cmp.Diff(map[string]float64{"1": 1}, w.alias()); diff != "" {
		t.Errorf("alias (-want +got):\n%s", diff)
	}
}

func TestOldVersionsAreRetiredButNeverOneInUse(t *testing.T) {
	w := newWorld(t)
	for _, text := range []string{"one", "two", "three", "four", "five"} {
		record := w.release(w.document(text, func(d *release.Document) { d.Target.Lambda.KeepVersions = 2 }))
		if record.Outcome != release.Promoted {
			t.Fatalf("%s: %s: %s", text, record.Outcome, record.Reason)
		}
	}
	out, err := w.engine.Lambda.ListVersionsByFunction(context.Background(), &sdklambda.ListVersionsByFunctionInput{FunctionName: aws.String("echo")})
	if err != nil {
		t.Fatal(err)
	}
	var versions []string
	for _, version := range out.Versions {
		versions = append(versions, aws.ToString(version.Version))
	}
	if diff := cmp.Diff([]string{"$LATEST", "4", "5"}, versions); diff != "" {
		t.Errorf("versions (-want +got):\n%s", diff)
	}
}

func TestARollbackSaysWhatLatestHas(t *testing.T) {
	for _, restore := range []bool{false, true} {
		w := released(t)
		w.broken["2"] = 0.2
		record := w.release(w.document("two", func(d *release.Document) { d.Target.Lambda.RestoreLatest = restore }))
		want := map[bool]string{false: "keeps the code that was rolled back", true: "is back on $LATEST"}[restore]
		if notes := strings.Join(record.Notes, "\n"); !strings.Contains(notes, want) {
			t.Errorf("restoreLatest %t: notes %q", restore, notes)
		}
	}
}

func TestAStoppedExecutionIsSweptAtOnce(t *testing.T) {
	w := released(t)
	id := w.start(w.document("two"))
	w.pass(2*time.Minute + 30*time.Second)
	if _, err := w.engine.StepFunctions.StopExecution(context.Background(), &sfn.StopExecutionInput{ExecutionArn: aws.String(w.arn(id))}); err != nil {
		t.Fatal(err)
	}
	w.pass(time.Second)
	record := w.record(id)
	if record.Outcome != release.Aborted {
		t.Errorf("outcome %q: %s\n%s", record.Outcome, record.Reason, w.timeline(id))
	}
	if diff := cmp.Diff(map[string]float64{"1": 1}, w.alias()); diff != "" {
		t.Errorf("alias (-want +got):\n%s", diff)
	}
}

func TestAReleaseThatTakesTooLongGoesBack(t *testing.T) {
	w := released(t)
	id := w.start(w.document("two", func(d *release.Document) {
		d.Timeouts.Release = release.Duration(2 * time.Hour)
		d.Timeouts.Bake = release.Duration(10 * time.Minute)
	}))
	w.pass(time.Minute)
	w.signal(id, ledger.SignalPause, "and forgotten")
	record := w.finish(id)
	if record.Outcome != release.RolledBack || !strings.Contains(record.Reason, "timeouts.release") {
		t.Errorf("outcome %s: %s", record.Outcome, record.Reason)
	}
	if took := record.EndedAt.Sub(record.CreatedAt); took > 2*time.Hour+5*time.Minute {
		t.Errorf("it took %s", took)
	}
}
