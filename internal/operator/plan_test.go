package operator_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
)

const minute = release.Duration(time.Minute)

func TestPlanSaysStepByStepWhatWouldHappen(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		w.target.preflight.Split = release.Pure("7")
		w.target.history = traffic(1000)
		w.target.preflight.Notes = []string{"the memory changes from 128 to 256 MB"}
		asked := document()
		asked.Strategy.Steps = []release.Step{
			{Weight: 10, Wait: 5 * minute}, {Approve: &release.Approval{Timeout: 30 * minute}}, {Weight: 50, Wait: 10 * minute},
		}
		asked.Verify = []release.Check{{Payload: "ping"}, {Payload: "pong"}}
		preview, err := o.Plan(t.Context(), asked)
		if err != nil {
			t.Fatal(err)
		}
		want := []operator.PlannedStep{
			{Kind: operator.StepPrepare, What: "a new version is made of the artifact, deployed where no user reaches it, and tested by 2 checks"},
			{Kind: operator.StepWeight, What: "10% of traffic goes to the new version, which is watched for 5m", Weight: 10, Ends: 5 * minute},
			{Kind: operator.StepApprove, What: "a person approves within 30m, otherwise abort; the canary is watched meanwhile", Weight: 10, Starts: 5 * minute, Ends: 5 * minute},
			{Kind: operator.StepWeight, What: "50% of traffic goes to the new version, which is watched for 10m", Weight: 50, Starts: 5 * minute, Ends: 15 * minute},
			{Kind: operator.StepSettle, What: "all traffic goes to the new version, which is watched for 5m while the old one is kept", Weight: 100, Starts: 15 * minute, Ends: 20 * minute},
		}
		if diff := cmp.Diff(want, preview.Steps); diff != "" {
			t.Errorf("steps (-want +got):\n%s", diff)
		}
		if preview.ShortestToPromotion != 15*minute || preview.LongestToPromotion != 45*minute || preview.LongestToRollback < minute || preview.Ticks < 20 {
			t.Errorf("times %+v", preview)
		}
		if preview.Split != release.Pure("7") || len(preview.Refusals) != 0 || !strings.Contains(strings.Join(preview.Notes, "\n"), "128 to 256 MB") {
			t.Errorf("preview %+v", preview)
		}
		if len(w.executions.started) != 0 {
			t.Error("a plan started something")
		}
		if diff := cmp.Diff([]string{"7"}, w.target.looked); diff != "" {
			t.Errorf("whose history was read (-want +got):\n%s", diff)
		}
	})
}

func TestPlanOfAFirstReleaseHasNoCanary(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		for _, strategy := range []release.Strategy{{}, {Adaptive: &release.AdaptiveStrategy{}}, {Exposure: &release.ExposureStrategy{MaxFailedRequests: 50}}} {
			w.target.preflight.First = true
			asked := document()
			asked.Verify = []release.Check{{Payload: "ping"}}
			asked.Strategy = strategy
			preview, err := o.Plan(t.Context(), asked)
			if err != nil {
				t.Fatal(err)
			}
			if len(preview.Steps) != 2 || preview.Steps[1].What != "all traffic goes to the new version" || preview.Steps[1].Kind != operator.StepSettle || !preview.First || preview.ShortestToPromotion != 0 {
				t.Errorf("%+v: preview %+v", strategy, preview)
			}
			wantWords(t, preview.Steps[0].What, "1 check")
		}
	})
}

// TestPlanSaysWhatTheTargetMakesOfIt: weights that it can give, what its shifts take, and what it costs.
func TestPlanSaysWhatTheTargetMakesOfIt(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		w.target.preflight.Split, w.target.history = release.Pure("7"), traffic(1000)
		w.target.least = 2
		w.target.foreseen = target.Foresight{
			There: target.Passage{Takes: 2 * minute, Why: "until all have heard"}, Back: target.Passage{Takes: 3 * minute, Why: "until all have heard again"},
			Prepared: "nothing is tested before", Beside: "a second stack",
		}
		asked := document()
		asked.Strategy.Steps = []release.Step{{Weight: 0.1, Wait: 5 * minute}, {Weight: 50, Wait: 10 * minute}}
		preview, err := o.Plan(t.Context(), asked)
		if err != nil {
			t.Fatal(err)
		}
		want := []operator.PlannedStep{
			{Kind: operator.StepPrepare, What: "nothing is tested before"},
			{Kind: operator.StepWeight, What: "2% of traffic (the nearest to 0.1% that the target can give) goes to the new version, which is watched for 5m", Weight: 2, Asked: 0.1, Ends: 7 * minute},
			{Kind: operator.StepWeight, What: "50% of traffic goes to the new version, which is watched for 10m", Weight: 50, Starts: 7 * minute, Ends: 19 * minute},
			{Kind: operator.StepSettle, What: "all traffic goes to the new version, which is watched for 5m while the old one is kept", Weight: 100, Starts: 19 * minute, Ends: 26 * minute},
		}
		if diff := cmp.Diff(want, preview.Steps); diff != "" {
			t.Errorf("steps (-want +got):\n%s", diff)
		}
		if preview.ShortestToPromotion != 21*minute || preview.LongestToPromotion != 21*minute || preview.LongestToRollback < 6*minute || preview.Back.Why != "until all have heard again" {
			t.Errorf("times %+v", preview)
		}
		if preview.Forecast == nil || preview.Forecast.Steps[0].Weight != 2 || preview.Forecast.Time.Shortest != preview.ShortestToPromotion {
			t.Errorf("the forecast is of something else: %+v", preview.Forecast)
		}
		if len(preview.Charges) != 1 {
			t.Fatalf("charges %q", preview.Charges)
		}
		wantWords(t, preview.Charges[0], "a second stack, for about ")
		w.target.foreseenErr = errBroken
		preview, err = o.Plan(t.Context(), asked)
		if err != nil {
			t.Fatal(err)
		}
		wantWords(t, strings.Join(preview.Notes, "\n"), "can't be foreseen", errBroken.Error())
	})
}

func TestPlanNamesAudiences(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		w.target.preflight.Split, w.target.history = release.Pure("7"), traffic(1000)
		flag := release.FlagMatch{Application: "shop", Environment: "production", Profile: "flags", Flag: "checkout", Variant: "canary", Key: "$userId"}
		staff := flag
		staff.Rule = `(eq $staff "yes")`
		asked := document()
		asked.Strategy.Audience = []release.Audience{
			{Name: "staff", Match: release.Match{Flag: &staff}, Wait: 10 * minute}, {Name: "some", Match: release.Match{Flag: &flag}, Share: 20, Wait: 30 * minute},
		}
		asked.Strategy.Steps = []release.Step{{Weight: 10, Wait: 5 * minute}}
		preview, err := o.Plan(t.Context(), asked)
		if err != nil {
			t.Fatal(err)
		}
		want := []operator.PlannedStep{
			{Kind: operator.StepWeight, What: `audience staff (flag checkout of flags: (eq $staff "yes")) gets the new version, which is watched for 10m`, Audience: "staff", Ends: 10 * minute},
			{Kind: operator.StepWeight, What: "20% of audience some (flag checkout of flags, whoever they are) gets the new version, and staff as before, which is watched for 30m", Audience: "some", Share: 20, Starts: 10 * minute, Ends: 40 * minute},
			{Kind: operator.StepWeight, What: "10% of traffic goes to the new version, beside what its audience sends, which is watched for 5m", Weight: 10, Audience: "some", Starts: 40 * minute, Ends: 45 * minute},
		}
		if diff := cmp.Diff(want, preview.Steps[1:4]); diff != "" {
			t.Errorf("steps (-want +got):\n%s", diff)
		}
		if likely := preview.Forecast.Time.Likely; likely < preview.ShortestToPromotion {
			t.Errorf("likely to promotion after %s, at least %s", likely, preview.ShortestToPromotion)
		}
	})
}

func TestPlanOnlySaysWhatDeployWouldPrepare(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		w.missing = "there is no function echo yet: it would be made"
		w.target.err = release.Fail(release.KindRefused, "the function echo does not exist")
		preview, err := o.Plan(t.Context(), document())
		if err != nil {
			t.Fatal(err)
		}
		if !preview.First || len(preview.Steps) != 2 || len(preview.Refusals) != 0 {
			t.Errorf("preview %+v", preview)
		}
		wantWords(t, strings.Join(preview.Notes, "\n"), w.missing)
		w.missing, w.missingErr = "", release.Fail(release.KindRefused, "it cannot be made")
		preview, err = o.Plan(t.Context(), document())
		if err != nil || len(preview.Refusals) != 1 {
			t.Fatalf("preview %+v: %v", preview, err)
		}
		wantWords(t, preview.Refusals[0], "it cannot be made")
		w.missingErr = errBroken
		if _, err := o.Plan(t.Context(), document()); err == nil {
			t.Error("a broken cloud lacks nothing")
		}
		if len(w.prepared) != 0 {
			t.Errorf("a plan prepared %+v", w.prepared)
		}
	})
}

func TestPlanOfAReturnMakesNoVersion(t *testing.T) {
	each(t, func(t *testing.T, _ *world, o operator.Operator) {
		asked := document()
		asked.Request.Version = "3"
		preview, err := o.Plan(t.Context(), asked)
		if err != nil {
			t.Fatal(err)
		}
		if len(preview.Steps) != 2 {
			t.Errorf("steps %+v", preview.Steps)
		}
		wantWords(t, preview.Steps[0].What, "version 3, which was stable before")
	})
}

func TestPlanSaysWhatWouldRefuse(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		running := w.add(1, canarying)
		w.hold(running, noon.Add(time.Hour))
		w.ledger.rejected[strings.Repeat("a", 64)] = id(9)
		w.target.err = release.Fail(release.KindRefused, "the function echo does not exist").WithHint("create it")
		preview, err := o.Plan(t.Context(), document())
		if err != nil {
			t.Fatal(err)
		}
		if len(preview.Refusals) != 3 {
			t.Fatalf("refusals %q", preview.Refusals)
		}
		wantWords(t, strings.Join(preview.Refusals, "\n"), id(9), "goldfinch abort "+id(1)+" --local", "does not exist; create it")
		if preview.Holder == nil || preview.Holder.Release != id(1) {
			t.Errorf("holder %+v", preview.Holder)
		}
		w.target.err = errBroken
		if _, err := o.Plan(t.Context(), document()); err == nil {
			t.Error("a broken cloud is no refusal")
		}
	})
}

func TestPlanSaysWhoIsInTheWay(t *testing.T) {
	for name, c := range map[string]struct {
		onNewRelease string
		person       bool
		notes, no    string
	}{
		"queue":     {onNewRelease: release.QueueNewRelease, notes: "would wait for it"},
		"supersede": {onNewRelease: release.SupersedeOldRelease, notes: "would take its place"},
		"reject":    {onNewRelease: release.RejectNewRelease, no: "is running; to stop it"},
		"person":    {person: true, no: "carol has locked echo/production since 2026-03-04 11:00 UTC (audit); to unlock it: goldfinch unlock echo/production --local"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			if c.person {
				w.ledger.persons["echo/production"] = &ledger.PersonLock{By: "carol", Reason: "audit", Since: noon.Add(-time.Hour)}
			} else {
				w.hold(w.add(1, canarying), noon.Add(time.Hour))
			}
			asked := document()
			asked.Strategy.OnNewRelease = c.onNewRelease
			preview, err := w.service.Plan(t.Context(), asked)
			if err != nil {
				t.Fatal(err)
			}
			wantWords(t, strings.Join(preview.Notes, "\n"), c.notes)
			wantWords(t, strings.Join(preview.Refusals, "\n"), c.no)
			if (c.no == "") != (len(preview.Refusals) == 0) {
				t.Errorf("refusals %q", preview.Refusals)
			}
		})
	}
}

func TestPlanFromAnUnprovenReleaseIsRefused(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		w.add(1, canarying)
		preview, err := o.Plan(t.Context(), release.Document{Environment: "staging", Request: release.Request{From: id(1)}})
		if err != nil || len(preview.Refusals) != 1 || preview.Environment != "staging" {
			t.Fatalf("preview %+v: %v", preview, err)
		}
		wantWords(t, preview.Refusals[0], "still running")
		_, err = o.Plan(t.Context(), release.Document{})
		wantInvalid(t, err, "apiVersion")
	})
}
