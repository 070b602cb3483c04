package operator_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

func TestParseReference(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]operator.Reference{
		id(1):                  {ID: id(1)},
		strings.ToLower(id(1)): {ID: id(1)},
		"echo":                 {Service: "echo"},
		"echo/production":      {Service: "echo", Environment: "production"},
		triggered:              {ID: triggered},
	} {
		got, err := operator.ParseReference(text)
		if err != nil || got != want {
			t.Errorf("%q is %+v: %v", text, got, err)
		}
		if again, err := operator.ParseReference(got.String()); err != nil || again != got {
			t.Errorf("%q does not come back: %+v, %v", got, again, err)
		}
	}
	for _, text := range []string{"", "/", "echo/", "/production", "Echo", "a/b/c", "echo live", "_", "s3_a/b", "s3_" + strings.Repeat("a", 78)} {
		_, err := operator.ParseReference(text)
		wantInvalid(t, err, "neither")
	}
}

func TestStatusOfACanary(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		record := w.add(1, func(r *ledger.Record) {
			canarying(r)
			r.Document.Strategy.Steps = append(r.Document.Strategy.Steps, release.Step{Weight: 50, Wait: 10 * minute})
			r.Actual = release.Pure("1")
			r.Verdict = &release.Verdict{At: noon, Decision: release.Continue, Reason: "errors are as before", Findings: []release.Finding{{Metric: "errors", State: release.Healthy}}}
			r.Notes = []string{"an alarm was firing before"}
		})
		w.hold(record, noon.Add(2*time.Minute))
		got, err := o.Status(t.Context(), operator.Reference{Service: "echo"})
		if err != nil {
			t.Fatal(err)
		}
		split := release.Split{Stable: "1", Canary: "2", Weight: 10}
		want := operator.Status{
			ID: id(1), Service: "echo", Environment: "production", Version: "v2", Artifact: record.Document.Artifact,
			Phase: ledger.PhaseCanary, StartedBy: "alice", At: noon, CreatedAt: record.CreatedAt,
			Split: operator.Splits{Wanted: split, Actual: release.Pure("1")},
			Steps: []operator.Step{
				{Kind: operator.StepPrepare, State: operator.StepDone, Began: record.CreatedAt},
				{Kind: operator.StepWeight, Weight: 10, Lasts: 5 * minute, State: operator.StepNow, Began: noon.Add(-time.Minute), Ends: noon.Add(4 * time.Minute)},
				{Kind: operator.StepWeight, Weight: 50, Lasts: 10 * minute, State: operator.StepNext},
				{Kind: operator.StepSettle, Weight: 100, Lasts: 5 * minute, State: operator.StepNext},
			},
			Progress:   0.2,
			Checks:     record.Verdict.Findings,
			Verdict:    &operator.Verdict{At: noon, Decision: release.Continue, Reason: "errors are as before"},
			Awaiting:   &operator.Awaiting{What: "the end of the step", Since: noon.Add(-time.Minute), Until: noon.Add(4 * time.Minute), Command: "goldfinch promote " + id(1) + " --local"},
			Next:       &operator.Next{What: "version 2 gets 50% of traffic", At: noon.Add(4 * time.Minute)},
			RollbackTo: "1",
			Notes:      record.Notes,
			Holder:     &operator.Holder{Release: id(1), Since: record.CreatedAt, Until: noon.Add(2 * time.Minute)},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("status (-want +got):\n%s", diff)
		}
	})
}

// TestStatusSaysWhatIsAwaitedAndNext goes through every place where a release can stand.
func TestStatusSaysWhatIsAwaitedAndNext(t *testing.T) {
	approval := release.Step{Approve: &release.Approval{Timeout: 60 * minute, Otherwise: release.OtherwiseAbort}}
	for name, c := range map[string]struct {
		change               func(*ledger.Record)
		awaits, until, next  string
		command              string
		step                 operator.StepKind
		progress             float64
		noAwaiting, noNextAt bool
	}{
		"created":   {change: func(r *ledger.Record) {}, step: operator.StepPrepare, noAwaiting: true, next: "the new version gets 10% of traffic", noNextAt: true},
		"deploying": {change: func(r *ledger.Record) { r.Phase = ledger.PhaseDeploying }, step: operator.StepPrepare, progress: 0.5, noAwaiting: true, next: "the new version gets 10% of traffic", noNextAt: true},
		"baking, said by the workflow": {change: func(r *ledger.Record) {
			r.Phase, r.Awaiting, r.WaitingUntil = ledger.PhaseBaking, "Lambda to take the code", noon.Add(time.Hour)
		}, step: operator.StepPrepare, progress: 0.2, awaits: "Lambda to take the code", until: "13:00", next: "gets 10%", noNextAt: true},
		"queued": {change: func(r *ledger.Record) { r.Phase = ledger.PhaseQueued }, step: operator.StepPrepare, awaits: "its turn in the queue of echo/production", until: "10:21", next: "begins when the lock is free", noNextAt: true},
		"last canary step": {change: canarying, step: operator.StepWeight, progress: 0.2, awaits: "the end of the step", until: "12:04", command: "promote",
			next: "version 2 gets all traffic"},
		"overtime": {change: func(r *ledger.Record) { canarying(r); r.StepBegan = noon.Add(-time.Hour) }, step: operator.StepWeight, progress: 1,
			awaits: "the end of the step", until: "11:05", command: "promote", next: "gets all traffic"},
		"before an approval": {change: func(r *ledger.Record) {
			canarying(r)
			r.Document.Strategy.Steps = append(r.Document.Strategy.Steps, approval)
		}, step: operator.StepWeight, progress: 0.2, awaits: "the end of the step", until: "12:04", command: "promote", next: "a person is asked"},
		"approval": {change: func(r *ledger.Record) {
			canarying(r)
			r.Document.Strategy.Steps, r.Step, r.StepBegan = append(r.Document.Strategy.Steps, approval), 1, noon.Add(-15*time.Minute)
		}, step: operator.StepApprove, progress: 0.25, awaits: "a person's approval", until: "12:45", command: "approve", next: "goes back to version 1, because nobody approved"},
		"approved": {change: func(r *ledger.Record) {
			canarying(r)
			r.Document.Strategy.Steps, r.Step, r.Approved = append(r.Document.Strategy.Steps, approval), 1, true
		}, step: operator.StepApprove, progress: 1.0 / 60, noAwaiting: true, next: "version 2 gets all traffic"},
		"paused": {change: func(r *ledger.Record) { canarying(r); r.Paused = true }, step: operator.StepWeight, progress: 0.2,
			awaits: "a person to resume", until: "10:21", command: "resume", next: "because the release has lasted too long"},
		"holding": {change: func(r *ledger.Record) {
			canarying(r)
			r.HoldingSince = noon.Add(-10 * time.Minute)
		}, step: operator.StepWeight, progress: 0.2, awaits: "enough requests to judge by", until: "12:20", command: "promote", next: "inconclusive"},
		"holding, as the judge says": {change: func(r *ledger.Record) {
			canarying(r)
			r.HoldingSince, r.Awaiting, r.WaitingUntil = noon.Add(-10*time.Minute), "a suspicion about errors to clear", noon.Add(-4*time.Minute)
		}, step: operator.StepWeight, progress: 0.2, awaits: "a suspicion about errors", until: "11:56", command: "promote", next: "inconclusive"},
		"holding, then promote": {change: func(r *ledger.Record) {
			canarying(r)
			r.HoldingSince, r.Document.Analysis.NoData.Then = noon.Add(-10*time.Minute), release.NoDataPromote
		}, step: operator.StepWeight, progress: 0.2, awaits: "enough requests", until: "12:20", command: "promote", next: "version 2 gets all traffic"},
		"promoting": {change: func(r *ledger.Record) { canarying(r); r.Phase = ledger.PhasePromoting }, step: operator.StepSettle, noAwaiting: true,
			next: "becomes the stable version", noNextAt: true},
		"settling": {change: func(r *ledger.Record) {
			canarying(r)
			r.Phase, r.PromotedAt = ledger.PhaseSettling, noon.Add(-time.Minute)
		}, step: operator.StepSettle, progress: 0.2, awaits: "the end of settling", until: "12:04", next: "version 2 becomes the stable version"},
		"holding while settling": {change: func(r *ledger.Record) {
			canarying(r)
			r.Phase, r.PromotedAt = ledger.PhaseSettling, noon.Add(-10*time.Minute)
			r.HoldingSince, r.Document.Analysis.NoData.Then = noon.Add(-5*time.Minute), release.NoDataPromote
		}, step: operator.StepSettle, progress: 1, awaits: "enough requests", until: "12:25", next: "version 2 becomes the stable version"},
		"rolling back": {change: func(r *ledger.Record) { canarying(r); r.Phase = ledger.PhaseRollingBack }, noAwaiting: true,
			next: "all traffic goes to version 1", noNextAt: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.add(1, c.change)
			got, err := w.service.Status(t.Context(), operator.Reference{ID: id(1)})
			if err != nil {
				t.Fatal(err)
			}
			if (got.Awaiting == nil) != c.noAwaiting {
				t.Fatalf("awaiting %+v", got.Awaiting)
			}
			if got.Awaiting != nil {
				wantWords(t, got.Awaiting.What, c.awaits)
				wantWords(t, got.Awaiting.Until.Format("15:04"), c.until)
				if c.command != "" {
					wantWords(t, got.Awaiting.Command, "goldfinch "+c.command+" "+id(1))
				} else if got.Awaiting.Command != "" {
					t.Errorf("%q unblocks nothing", got.Awaiting.Command)
				}
			}
			if got.Next == nil || got.Next.At.IsZero() != c.noNextAt {
				t.Fatalf("next %+v", got.Next)
			}
			wantWords(t, got.Next.What, c.next)
			if diff := got.Progress - c.progress; diff > 1e-9 || diff < -1e-9 {
				t.Errorf("progress %v, want %v", got.Progress, c.progress)
			}
			for _, step := range got.Steps {
				if step.State == operator.StepNow && step.Kind != c.step {
					t.Errorf("the present step is %s", step.Kind)
				}
			}
		})
	}
}

func TestStatusOfTheQueueNamesWhoIsInTheWay(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		running := w.add(1, canarying)
		w.add(2, func(r *ledger.Record) { r.Phase = ledger.PhaseQueued })
		w.hold(running, noon.Add(time.Hour))
		got, err := o.Status(t.Context(), operator.Reference{ID: id(2)})
		if err != nil {
			t.Fatal(err)
		}
		wantWords(t, got.Awaiting.What+got.Awaiting.Command, "release "+id(1), "goldfinch abort "+id(1))
		delete(w.ledger.leases, "echo/production")
		w.ledger.persons["echo/production"] = &ledger.PersonLock{By: "carol", Reason: "audit", Since: noon}
		if got, err = o.Status(t.Context(), operator.Reference{ID: id(2)}); err != nil {
			t.Fatal(err)
		}
		wantWords(t, got.Awaiting.What+got.Awaiting.Command, "carol to unlock echo/production", "goldfinch unlock echo/production")
		if got.Holder == nil || got.Holder.By != "carol" || got.Holder.Reason != "audit" {
			t.Errorf("holder %+v", got.Holder)
		}
	})
}

func TestStatusOfEndedReleases(t *testing.T) {
	for name, c := range map[string]struct {
		change     func(*ledger.Record)
		states     string
		rollbackTo string
	}{
		"promoted":    {promoted("1", "2"), "done done done", "1"},
		"rolled back": {func(r *ledger.Record) { canarying(r); r.Phase, r.Outcome = ledger.PhaseEnded, release.RolledBack }, "done skipped skipped", ""},
		"refused":     {func(r *ledger.Record) { r.Phase, r.Outcome = ledger.PhaseEnded, release.Refused }, "skipped skipped skipped", ""},
		"dirty after promotion": {func(r *ledger.Record) {
			canarying(r)
			r.PromotedAt, r.Phase, r.Outcome = noon, ledger.PhaseEnded, release.FailedDirty
		}, "done done skipped", ""},
		"first": {func(r *ledger.Record) { promoted("", "1")(r); r.First = true }, "done done", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.add(1, c.change)
			got, err := w.service.Status(t.Context(), operator.Reference{ID: id(1)})
			if err != nil {
				t.Fatal(err)
			}
			var states []string
			for _, step := range got.Steps {
				states = append(states, string(step.State))
			}
			if strings.Join(states, " ") != c.states || got.RollbackTo != c.rollbackTo {
				t.Errorf("steps %q, rollback to %q", states, got.RollbackTo)
			}
			if got.Progress != 1 || got.Awaiting != nil || got.Next != nil || !got.Ended() {
				t.Errorf("an ended release goes on: %+v", got)
			}
		})
	}
}

func TestStatusBeforeTheLedgerKnowsTheRelease(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		started, err := o.Deploy(t.Context(), document())
		if err != nil {
			t.Fatal(err)
		}
		got, err := o.Status(t.Context(), operator.Reference{ID: started.ID})
		if err != nil || got.Phase != ledger.PhaseCreated || got.Service != "echo" || got.Ended() {
			t.Fatalf("status %+v: %v", got, err)
		}
		execution := w.executions.byARN[started.Execution]
		execution.StopDate = aws.Time(noon.Add(time.Second))
		for cause, want := range map[string]string{
			`{"errorMessage":"echo is not a function","errorType":"Refused"}`: "echo is not a function",
			"stopped by carol": "stopped by carol",
			"":                 "the execution ended as FAILED before it wrote anything",
		} {
			execution.Status, execution.Cause = types.ExecutionStatusFailed, aws.String(cause)
			got, err := o.Status(t.Context(), operator.Reference{ID: started.ID})
			if err != nil || got.Outcome != release.Refused || got.Reason != want {
				t.Errorf("status %+v: %v", got, err)
			}
		}
		execution.Input = aws.String("{")
		if got, err := o.Status(t.Context(), operator.Reference{ID: started.ID}); err != nil || got.Outcome != release.Refused || got.Service != "" {
			t.Errorf("with an input that is no document: status %+v: %v", got, err)
		}
	})
}

func TestStatusOfADeadReleaseNamesTheSweep(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		record := w.add(1, canarying)
		w.hold(record, noon.Add(-time.Minute))
		got, err := o.Status(t.Context(), operator.Reference{ID: id(1)})
		if err != nil || strings.Contains(got.Awaiting.What, "dead") || !got.Holder.Expired {
			t.Fatalf("a live one is called dead: %+v, %v", got, err)
		}
		w.kill(record)
		got, err = o.Status(t.Context(), operator.Reference{ID: id(1)})
		if err != nil {
			t.Fatal(err)
		}
		wantWords(t, got.Awaiting.What+got.Awaiting.Command, "the sweep", "dead", "goldfinch unlock echo/production --local")
	})
}

func TestReferencesThatNameNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		w.add(1, nil)
		w.add(2, func(r *ledger.Record) { r.Environment = "staging" })
		_, err := o.Status(t.Context(), operator.Reference{Service: "echo"})
		wantInvalid(t, err, "echo/production, echo/staging")
		for _, reference := range []operator.Reference{{ID: id(9)}, {Service: "other"}, {Service: "other", Environment: "production"}} {
			_, err := o.History(t.Context(), reference)
			if err == nil || operator.ExitCode(err) != release.ExitUsage {
				t.Errorf("%s: error %v", reference, err)
			}
			wantWords(t, err.Error(), reference.String())
		}
	})
}

func TestList(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		w.add(1, promoted("", "1"))
		w.add(2, func(r *ledger.Record) { r.Environment = "staging" })
		w.add(3, canarying)
		for name, c := range map[string]struct {
			filter operator.Filter
			want   []string
		}{
			"all":         {operator.Filter{}, []string{id(3), id(2), id(1)}},
			"limit":       {operator.Filter{Limit: 2}, []string{id(3), id(2)}},
			"running":     {operator.Filter{Service: "echo", Environment: "production", Running: true}, []string{id(3)}},
			"environment": {operator.Filter{Environment: "staging"}, []string{id(2)}},
			"none":        {operator.Filter{Service: "other"}, nil},
		} {
			list, err := o.List(t.Context(), c.filter)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, status := range list {
				got = append(got, status.ID)
			}
			if diff := cmp.Diff(c.want, got); diff != "" || list == nil {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
		_, err := o.List(t.Context(), operator.Filter{Limit: 101})
		wantInvalid(t, err, "1 to 100")
	})
}

func TestHistory(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		w.add(1, canarying)
		history, err := o.History(t.Context(), operator.Reference{ID: id(1)})
		if err != nil || history.Entries == nil {
			t.Fatalf("history %+v: %v", history, err)
		}
		split := release.Pure("1")
		w.ledger.entries[id(1)] = []ledger.Entry{{Sequence: 1, At: noon, Kind: ledger.EntrySplitSeen, Actor: "Lock", Text: "version 1 at 100%", Split: &split}}
		if history, err = o.History(t.Context(), operator.Reference{ID: id(1)}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(w.ledger.entries[id(1)], history.Entries); diff != "" || history.Status.ID != id(1) {
			t.Errorf("entries (-want +got):\n%s", diff)
		}
	})
}
