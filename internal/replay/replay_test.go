package replay_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/replay"
)

const minute = release.Duration(time.Minute)

// What documents say in these tests.
func adaptive(d *release.Document) { d.Strategy.Adaptive = &release.AdaptiveStrategy{} }
func heldBack(d *release.Document) { d.Strategy.Holdback = new(10.0) }
func watched(d *release.Document)  { d.Analysis.Alarms = []string{errorAlarm} }
func errorsOnly(d *release.Document) {
	d.Analysis.Metrics = &release.Metrics{Errors: &release.ErrorMetric{}}
}
func lateMetrics(d *release.Document) { d.Analysis.Delay = new(3) }

// approved waits for a person after the canary, and otherwise does what is said.
func approved(otherwise string) func(*release.Document) {
	return func(d *release.Document) {
		d.Strategy.Steps = []release.Step{{Weight: 10, Wait: 3 * minute}, {Approve: &release.Approval{Timeout: 20 * minute, Otherwise: otherwise}}, {Weight: 50, Wait: 2 * minute}}
	}
}

// lacking is a policy for missing data.
func lacking(policy, then string) func(*release.Document) {
	return func(d *release.Document) {
		d.Analysis.NoData = release.NoData{Policy: policy, Limit: 8 * minute, Then: then}
	}
}

// A scene is a release that ends somehow.
type scene struct {
	name string
	play func(w *world) replay.Recording
	want release.Outcome
	// decisions are some that must be among the verdicts.
	decisions []release.Decision
}

var scenes = []scene{
	{"promoted", func(w *world) replay.Recording { return w.release() }, release.Promoted, []release.Decision{release.Continue, release.Promote, release.Complete}},
	{"rolled back for errors", func(w *world) replay.Recording {
		w.broken["2"] = 0.2
		return w.release()
	}, release.RolledBack, []release.Decision{release.Rollback}},
	{"rolled back for slowness, while it settles", func(w *world) replay.Recording {
		w.pass(2 * time.Hour)
		id := w.start()
		w.pass(7 * time.Minute)
		w.slow["2"] = 0.3
		return w.finish(id)
	}, release.RolledBack, []release.Decision{release.Promote, release.Rollback}},
	{"rolled back by an alarm", func(w *world) replay.Recording {
		w.alarm()
		id := w.start(watched, lateMetrics)
		w.pass(90 * time.Second)
		w.broken["2"] = 0.2
		return w.finish(id)
	}, release.RolledBack, []release.Decision{release.Rollback}},
	{"an alarm that was firing before", func(w *world) replay.Recording {
		w.alarm()
		w.broken["1"] = 0.2
		w.pass(10 * time.Minute)
		return w.release(watched)
	}, release.Promoted, []release.Decision{release.Complete}},
	{"aborted", func(w *world) replay.Recording {
		id := w.start()
		w.pass(3 * time.Minute)
		w.say(id, ledger.SignalAbort)
		return w.finish(id)
	}, release.Aborted, []release.Decision{release.Rollback}},
	{"approved", func(w *world) replay.Recording {
		id := w.start(approved(release.OtherwiseAbort))
		w.pass(8 * time.Minute)
		w.say(id, ledger.SignalApprove)
		return w.finish(id)
	}, release.Promoted, []release.Decision{release.Advance, release.Promote, release.Complete}},
	{"rejected", func(w *world) replay.Recording {
		id := w.start(approved(release.OtherwiseAbort))
		w.pass(8 * time.Minute)
		w.say(id, ledger.SignalReject)
		return w.finish(id)
	}, release.Aborted, []release.Decision{release.Rollback}},
	{"not approved in time", func(w *world) replay.Recording { return w.release(approved(release.OtherwiseAbort)) }, release.Aborted, []release.Decision{release.Rollback}},
	{"not approved in time, and goes on", func(w *world) replay.Recording { return w.release(approved(release.OtherwisePromote)) }, release.Promoted, []release.Decision{release.Complete}},
	{"paused, and promoted by a person", func(w *world) replay.Recording {
		id := w.start()
		w.pass(2 * time.Minute)
		w.say(id, ledger.SignalPause)
		w.pass(20 * time.Minute)
		w.say(id, ledger.SignalPromoteFull)
		return w.finish(id)
	}, release.Promoted, []release.Decision{release.Hold, release.Promote}},
	{"held for data that comes", func(w *world) replay.Recording {
		w.users = 10
		id := w.start()
		w.pass(10 * time.Minute)
		w.users = 1000
		return w.finish(id)
	}, release.Promoted, []release.Decision{release.Hold, release.Complete}},
	{"held for data that doesn't come", func(w *world) replay.Recording {
		w.users = 10
		return w.release(lacking(release.NoDataHold, release.NoDataRollback))
	}, release.RolledBack, []release.Decision{release.Hold, release.Rollback}},
	{"held for data, and goes on", func(w *world) replay.Recording {
		w.users = 10
		return w.release(lacking(release.NoDataHold, release.NoDataPromote))
	}, release.Promoted, []release.Decision{release.Hold, release.Complete}},
	{"adaptive", func(w *world) replay.Recording {
		w.pass(2 * time.Hour)
		return w.release(adaptive)
	}, release.Promoted, []release.Decision{release.Advance, release.Promote, release.Complete}},
	{"adaptive, held on suspicion", func(w *world) replay.Recording {
		w.users = 100
		w.pass(2 * time.Hour)
		id := w.start(adaptive)
		w.pass(time.Minute)
		w.broken["2"] = 0.1
		w.pass(time.Minute)
		w.broken["2"] = 0
		return w.finish(id)
	}, release.Promoted, []release.Decision{release.Hold, release.Complete}},
	{"adaptive, rolled back", func(w *world) replay.Recording {
		w.users = 500
		w.pass(2 * time.Hour)
		w.broken["2"] = 0.5
		return w.release(adaptive, lateMetrics)
	}, release.RolledBack, []release.Decision{release.Rollback}},
	{"with a holdback", func(w *world) replay.Recording { return w.release(heldBack) }, release.Promoted, []release.Decision{release.Complete}},
	{"bad with a holdback", func(w *world) replay.Recording {
		id := w.start(heldBack)
		w.pass(8 * time.Minute)
		w.broken["2"] = 0.1
		return w.finish(id)
	}, release.RolledBack, []release.Decision{release.Rollback}},
	{"metrics come late", func(w *world) replay.Recording {
		w.late = 150 * time.Second
		return w.release(lateMetrics, errorsOnly)
	}, release.Promoted, []release.Decision{release.Complete}},
	{"too long", func(w *world) replay.Recording {
		id := w.start(func(d *release.Document) {
			d.Timeouts = release.Timeouts{Bake: 5 * minute, Deploy: 5 * minute, Release: 30 * minute}
		})
		w.pass(2 * time.Minute)
		w.say(id, ledger.SignalPause)
		return w.finish(id)
	}, release.RolledBack, []release.Decision{release.Hold, release.Rollback}},
	{"superseded", func(w *world) replay.Recording {
		id := w.start()
		w.pass(2 * time.Minute)
		w.start(func(d *release.Document) { d.Strategy.OnNewRelease = release.SupersedeOldRelease })
		return w.finish(id)
	}, release.Aborted, []release.Decision{release.Rollback}},
	{"a return to the version before", func(w *world) replay.Recording {
		w.release()
		started, err := w.engine.Operator.Rollback(context.Background(), operator.RollbackRequest{Reference: operator.Reference{Service: "echo"}, By: "anna", Reason: "a bug"})
		if err != nil {
			w.t.Fatal(err)
		}
		return w.finish(operator.Reference{ID: started.ID})
	}, release.Promoted, nil},
}

// TestEveryVerdictComesOutAgain replays real releases of every kind from a file.
func TestEveryVerdictComesOutAgain(t *testing.T) {
	t.Parallel()
	for _, scene := range scenes {
		t.Run(scene.name, func(t *testing.T) {
			t.Parallel()
			recording := scene.play(newWorld(t))
			if recording.Record.Outcome != scene.want {
				t.Fatalf("outcome %s: %s", recording.Record.Outcome, recording.Record.Reason)
			}
			report := replayed(t, recording)
			if !report.Same {
				t.Errorf("it comes out otherwise: %s", told(report))
			}
			for _, decision := range scene.decisions {
				if !slices.ContainsFunc(report.Verdicts, func(v replay.Verdict) bool { return v.Recorded == decision }) {
					t.Errorf("no verdict says %s: %s", decision, told(report))
				}
			}
			// An unchanged policy decides nothing otherwise.
			if c := replay.Under(release.Policy{}, recording); c.Otherwise != nil || c.Unjudged != "" || c.Outcome != scene.want {
				t.Errorf("under its own policy: %+v %+v", c, c.Otherwise)
			}
		})
	}
}

func replayed(t *testing.T, recording replay.Recording) replay.Report {
	t.Helper()
	report, err := replay.Replay(recording)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// told lists a report's verdicts.
func told(report replay.Report) string {
	var lines strings.Builder
	for _, verdict := range report.Verdicts {
		fmt.Fprintf(&lines, "\n%d %s %s %s", verdict.Sequence, verdict.At.Format(time.TimeOnly), verdict.Recorded, verdict.State)
		if verdict.Difference != nil {
			fmt.Fprintf(&lines, " %+v", *verdict.Difference)
		}
	}
	return lines.String()
}

// TestAReleaseThatRunsIsReplayedAsFarAsItHasCome replays at every minute.
func TestAReleaseThatRunsIsReplayedAsFarAsItHasCome(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.start()
	for range 12 {
		w.pass(time.Minute)
		if report := replayed(t, w.recording(id)); !report.Same {
			t.Fatalf("it comes out otherwise: %s", told(report))
		}
	}
}

// TestWhatWasTamperedWithIsFound changes one thing of a recording, each in another place.
func TestWhatWasTamperedWithIsFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.broken["1"], w.broken["2"] = 0.001, 0.01
	good := w.release()
	verdicts := len(replayed(t, good).Verdicts)
	if verdicts < 5 {
		t.Fatalf("there are %d verdicts", verdicts)
	}
	entry := func(r replay.Recording, kind ledger.EntryKind) *ledger.Entry {
		return &r.Entries[slices.IndexFunc(r.Entries, func(e ledger.Entry) bool { return e.Kind == kind })]
	}
	for name, test := range map[string]struct {
		change func(r *replay.Recording)
		path   string
	}{
		"fewer failures": {func(r *replay.Recording) {
			metrics := entry(*r, ledger.EntryPeriods).Periods[0].Metrics
			pair := metrics[judge.MetricErrors]
			pair.Stable.Bad++
			metrics[judge.MetricErrors] = pair
		}, "reason"},
		"another decision": {func(r *replay.Recording) { entry(*r, ledger.EntryVerdict).Verdict.Decision = release.Advance }, "verdict"},
		"another reason":   {func(r *replay.Recording) { entry(*r, ledger.EntryVerdict).Verdict.Reason += " " }, "reason"},
		"the last digit of evidence": {func(r *replay.Recording) {
			e := entry(*r, ledger.EntryVerdict).Verdict.Evidence
			e.Log = math.Nextafter(e.Log, math.Inf(1))
		}, "evidence.log"},
		"a finding more": {func(r *replay.Recording) {
			v := entry(*r, ledger.EntryVerdict).Verdict
			v.Findings = append(v.Findings, release.Finding{Metric: "throttles"})
		}, "findings[2].metric"},
		"a finding less": {func(r *replay.Recording) {
			v := entry(*r, ledger.EntryVerdict).Verdict
			v.Findings = v.Findings[:1]
		}, "findings[1].metric"},
		"an outcome":       {func(r *replay.Recording) { entry(*r, ledger.EntryVerdict).Verdict.Outcome = release.Aborted }, "outcome"},
		"no evidence":      {func(r *replay.Recording) { entry(*r, ledger.EntryVerdict).Verdict.Evidence = nil }, "evidence.log"},
		"another question": {func(r *replay.Recording) { entry(*r, ledger.EntryVerdict).Question.Weight = 20 }, "reason"},
		"a higher tolerance": {func(r *replay.Recording) {
			r.Record.Document.Analysis.Metrics.Errors.Tolerance = new(0.3)
		}, ""},
		"another time": {func(r *replay.Recording) {
			v := entry(*r, ledger.EntryVerdict).Verdict
			v.At = v.At.Add(time.Nanosecond)
		}, "at"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			recording := copied(t, good)
			test.change(&recording)
			report := replayed(t, copied(t, recording))
			i := slices.IndexFunc(report.Verdicts, func(v replay.Verdict) bool { return v.State == replay.Different })
			if report.Same || i < 0 || len(report.Verdicts) != verdicts {
				t.Fatalf("nothing was found: %s", told(report))
			}
			difference := report.Verdicts[i].Difference
			if difference == nil || difference.Recorded == difference.Replayed || test.path != "" && difference.Path != test.path {
				t.Errorf("found %+v, want it at %s", difference, test.path)
			}
		})
	}
	t.Run("an entry less", func(t *testing.T) {
		t.Parallel()
		recording := copied(t, good)
		i := slices.IndexFunc(recording.Entries, func(e ledger.Entry) bool { return e.Verdict != nil })
		gone := recording.Entries[i].Sequence
		recording.Entries = slices.Delete(recording.Entries, i, i+1)
		report := replayed(t, recording)
		if report.Same || !slices.Equal(report.Missing, []int64{gone}) {
			t.Errorf("missing %v, want %d", report.Missing, gone)
		}
	})
}

// TestWhatIsMissingIsNotTheSame loses parts of a timeline whose record stays: what can't be seen is neither the
// same nor as before.
func TestWhatIsMissingIsNotTheSame(t *testing.T) {
	t.Parallel()
	whole := newWorld(t).release()
	for name, test := range map[string]struct {
		lose func(*replay.Recording)
		lost bool
		says string
	}{
		"all of it":                  {func(r *replay.Recording) { r.Entries = nil }, true, "entries of its timeline are missing"},
		"its end":                    {func(r *replay.Recording) { r.Entries = r.Entries[:len(r.Entries)/2] }, true, "entries of its timeline are missing"},
		"its last entry":             {func(r *replay.Recording) { r.Entries = r.Entries[:len(r.Entries)-1] }, false, "1 of the"},
		"its beginning":              {func(r *replay.Recording) { r.Entries = r.Entries[3:] }, false, "3 of the"},
		"all of it, and that it was": {func(r *replay.Recording) { r.Entries, r.LastEntry = nil, 0 }, true, "verdicts are missing"},
		"all of it, and that it was judged": {func(r *replay.Recording) {
			r.Entries, r.LastEntry, r.Record.Ticks = nil, 0, 0
		}, false, "no verdict of its canary"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			recording := copied(t, whole)
			test.lose(&recording)
			recording = copied(t, recording)
			report := replayed(t, recording)
			if report.Same && recording.Record.Ticks > 0 || test.lost && report.Lost == 0 {
				t.Errorf("same %t, %d lost, %d missing", report.Same, report.Lost, len(report.Missing))
			}
			var result replay.Backtest
			result.Add(replay.Under(release.Policy{}, recording))
			if result.Unjudged != 1 || !strings.Contains(result.Cases[0].Unjudged, test.says) {
				t.Errorf("under a policy: %+v, want %q", result.Cases[0], test.says)
			}
		})
	}
}

// TestReleasesWithoutQuestionsAreSaidToBeSo replays what an older Goldfinch recorded.
func TestReleasesWithoutQuestionsAreSaidToBeSo(t *testing.T) {
	t.Parallel()
	recording := newWorld(t).release()
	for i := range recording.Entries {
		recording.Entries[i].Question = nil
	}
	report := replayed(t, recording)
	if report.Same || len(report.Verdicts) == 0 {
		t.Errorf("%d verdicts, same %t", len(report.Verdicts), report.Same)
	}
	for _, verdict := range report.Verdicts {
		if verdict.State != replay.Unasked {
			t.Errorf("verdict %d is %s", verdict.Sequence, verdict.State)
		}
	}
	if c := replay.Under(release.Policy{}, recording); !strings.Contains(c.Unjudged, "before questions were kept") {
		t.Errorf("under a policy: %+v", c)
	}
}

func TestAFirstReleaseHasNothingToReplay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	recording := w.recording(operator.Reference{Service: "echo"})
	if report := replayed(t, recording); !report.Same || len(report.Verdicts) != 0 || report.Release != recording.Record.ID {
		t.Errorf("%+v", report)
	}
}

func TestFilesThatAreNoRecordings(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]string{
		``:                                     "EOF",
		`[]`:                                   "cannot unmarshal array",
		`{}`:                                   "it has no format",
		`{"format":"goldfinch-recording/v2"}`:  `is of format "goldfinch-recording/v2", and this Goldfinch reads "goldfinch-recording/v1"`,
		`{"format":"goldfinch-recording/v1"}`:  "it has no record.id",
		`{"format":"goldfinch-recording/v1"}{`: "something follows it",
	} {
		if _, err := replay.Read([]byte(data)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", data, err, want)
		}
	}
}
