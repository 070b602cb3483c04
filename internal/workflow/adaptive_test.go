package workflow_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// adaptive is the strategy that climbs on evidence.
func adaptive(d *release.Document) {
	d.Strategy.Adaptive = &release.AdaptiveStrategy{}
}

// busy is a world whose service has had so many requests a minute for two hours.
func busy(t *testing.T, users float64) *world {
	t.Helper()
	w := released(t)
	w.users = users
	w.pass(2 * time.Hour)
	return w
}

// weights are what the canary has had.
func weights(record ledger.Record) []float64 {
	var list []float64
	for _, shift := range record.Shifts {
		list = append(list, shift.Weight)
	}
	return list
}

// entries are what was recorded of a release.
func (w *world) entries(id string) []ledger.Entry {
	w.t.Helper()
	entries, err := w.engine.Ledger.Timeline(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return entries
}

// verdicts are the verdicts of a release.
func (w *world) verdicts(id string) []release.Verdict {
	w.t.Helper()
	var list []release.Verdict
	for _, entry := range w.entries(id) {
		if entry.Verdict != nil {
			list = append(list, *entry.Verdict)
		}
	}
	return list
}

func TestAnAdaptiveReleaseClimbsByItsTrafficAndIsPromotedOnEvidence(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		users float64
		says  string
		want  []float64
		// within is how long it may take; few requests take longer to be enough.
		within time.Duration
	}{
		{20, "20 requests a period: climbs 10 %, 33 %", []float64{10, 33, 100}, 22 * time.Minute},
		{500, "500 requests a period: climbs 2 %, 10 %, 33 %; version 1 keeps 20 % while it settles", []float64{2, 10, 33, 80, 100}, 12 * time.Minute},
		{5000, "5000 requests a period: climbs 0.2 %, 2 %, 10 %, 33 %; version 1 keeps 20 % while it settles", []float64{0.2, 2, 10, 33, 80, 100}, 13 * time.Minute},
	} {
		t.Run(fmt.Sprint(test.users), func(t *testing.T) {
			t.Parallel()
			w := busy(t, test.users)
			record := w.release(w.document("two", adaptive))
			if record.Outcome != release.Promoted {
				t.Fatalf("outcome %s: %s\n%s", record.Outcome, record.Reason, w.timeline(record.ID))
			}
			if !strings.Contains(w.timeline(record.ID), test.says) {
				t.Errorf("it was not said that with %s\n%s", test.says, w.timeline(record.ID))
			}
			if diff := cmp.Diff(test.want, weights(record)); diff != "" {
				t.Errorf("weights (-want +got):\n%s", diff)
			}
			if took := record.PromotedAt.Sub(record.CanaryBegan); took > test.within {
				t.Errorf("it took %s to promote a good release, want %s at most\n%s", took, test.within, w.timeline(record.ID))
			}
			for _, shift := range record.Shifts[1:] {
				if into := shift.At.Sub(shift.At.Truncate(time.Minute)); into > 2*time.Second {
					t.Errorf("the weight became %v%% %s after the period began, want right after", shift.Weight, into)
				}
			}
		})
	}
}

func TestAnAdaptiveRungEndsAsSoonAsTheCanaryIsProvenGood(t *testing.T) {
	t.Parallel()
	w := busy(t, 20000)
	record := w.release(w.document("two", adaptive))
	if record.Outcome != release.Promoted {
		t.Fatalf("outcome %s: %s\n%s", record.Outcome, record.Reason, w.timeline(record.ID))
	}
	last := slices.IndexFunc(record.Shifts, func(shift judge.Shift) bool { return shift.Weight == 33 })
	if took := record.PromotedAt.Sub(record.Shifts[last].At); took > 3*time.Minute {
		t.Errorf("the rung of 33%%, of 4 minutes, took %s; 6,600 good requests a minute prove more than enough\n%s", took, w.timeline(record.ID))
	}
	if !strings.Contains(w.timeline(record.ID), "proven good") {
		t.Errorf("no verdict says that the canary is proven good\n%s", w.timeline(record.ID))
	}
}

func TestABadAdaptiveReleaseNeverLeavesItsFirstRung(t *testing.T) {
	t.Parallel()
	w := busy(t, 500)
	w.broken["2"] = 0.5
	record := w.release(w.document("two", adaptive))
	if record.Outcome != release.RolledBack || !strings.Contains(record.Reason, "errors") {
		t.Fatalf("outcome %s: %s\n%s", record.Outcome, record.Reason, w.timeline(record.ID))
	}
	if diff := cmp.Diff([]float64{2}, weights(record)); diff != "" {
		t.Errorf("weights (-want +got):\n%s", diff)
	}
	if lasted := record.EndedAt.Sub(record.CanaryBegan); lasted > 3*time.Minute {
		t.Errorf("it took %s to find that half of all requests fail", lasted)
	}
}

func TestSuspicionHoldsARungAndThinsOut(t *testing.T) {
	t.Parallel()
	w := busy(t, 100)
	id := w.start(w.document("two", adaptive))
	w.pass(time.Minute)
	w.broken["2"] = 0.1 // one of ten requests, in one minute
	w.pass(time.Minute)
	w.broken["2"] = 0
	record := w.finish(id)
	if record.Outcome != release.Promoted {
		t.Fatalf("outcome %s: %s\n%s", record.Outcome, record.Reason, w.timeline(id))
	}
	held := 0
	for _, verdict := range w.verdicts(id) {
		if verdict.Decision == release.Hold {
			held++
			if verdict.Evidence == nil || verdict.Evidence.Log < math.Log(2) || verdict.Evidence.Log >= verdict.Evidence.LogThreshold {
				t.Errorf("held on evidence %+v: %s", verdict.Evidence, verdict.Reason)
			}
		}
	}
	if rung := record.Shifts[1].At.Sub(record.Shifts[0].At); held == 0 || rung <= 4*time.Minute {
		t.Errorf("one unexplained failure held the first rung %d times, and it lasted %s\n%s", held, rung, w.timeline(id))
	}
}

func TestALateFaultIsFoundHoweverLongTheCanaryWasHealthy(t *testing.T) {
	t.Parallel()
	w := released(t)
	id := w.start(w.document("two", func(d *release.Document) {
		d.Strategy.Steps = []release.Step{{Weight: 10, Wait: release.Duration(20 * time.Hour)}}
	}))
	w.pass(15 * time.Hour)
	w.broken["2"] = 0.05 // of 90,000 requests that were good until now, and 100 more each minute
	broke := w.clock.Now()
	record := w.finish(id)
	if record.Outcome != release.RolledBack {
		t.Fatalf("outcome %s: %s\n%s", record.Outcome, record.Reason, w.timeline(id))
	}
	tick := release.NewPlan(record.Document).LongestTick.Std()
	if took := record.EndedAt.Sub(broke); took > 2*tick+3*time.Minute {
		t.Errorf("it took %s to find the fault; ticks are %s long by then", took, tick)
	}
}

func TestMetricsThatComeLateAreWaitedFor(t *testing.T) {
	t.Parallel()
	for outcome, broken := range map[release.Outcome]float64{release.Promoted: 0, release.RolledBack: 0.3} {
		t.Run(string(outcome), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.late = 150 * time.Second
			w.release(w.document("one"))
			w.users = 500
			w.pass(2 * time.Hour)
			w.broken["2"] = broken
			record := w.release(w.document("two", adaptive, func(d *release.Document) {
				delay := 3
				d.Analysis.Delay = &delay
			}))
			if record.Outcome != outcome {
				t.Fatalf("outcome %s: %s\n%s", record.Outcome, record.Reason, w.timeline(record.ID))
			}
			periods, err := w.engine.Ledger.Periods(t.Context(), record.ID)
			if err != nil {
				t.Fatal(err)
			}
			for i, period := range periods {
				if i > 0 && !period.Start.Equal(periods[i-1].Start.Add(time.Minute)) {
					t.Errorf("after the period of %s comes that of %s", periods[i-1].Start, period.Start)
				}
				pair := period.Metrics["errors"]
				if total := pair.Canary.Requests + pair.Stable.Requests; total != 500 {
					t.Errorf("in the period of %s %v requests were counted, want 500", period.Start, total)
				}
			}
		})
	}
}

func TestAnAdaptiveReleaseThatIsPausedForADayHasFewTicks(t *testing.T) {
	t.Parallel()
	w := busy(t, 20)
	id := w.start(w.document("two", adaptive))
	w.pass(time.Minute)
	w.signal(id, ledger.SignalPause, "")
	record := w.finish(id)
	if record.Outcome != release.RolledBack || !strings.Contains(record.Reason, "timeouts.release") {
		t.Errorf("outcome %s: %s", record.Outcome, record.Reason)
	}
	if record.Ticks > release.MostTicks {
		t.Errorf("%d ticks, at most %d are allowed", record.Ticks, release.MostTicks)
	}
}

// A long pause uses up long ticks only: what goes on after it is watched as closely as before.
func TestAReleaseThatGoesOnAfterALongPauseIsWatchedAsClosely(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*release.Document){
		"adaptive": adaptive,
		"fixed": func(d *release.Document) {
			d.Strategy.Steps = []release.Step{{Weight: 10, Wait: minutes(60)}, {Weight: 20, Wait: minutes(20)}}
		},
	} {
		for _, paused := range []time.Duration{90 * time.Minute, 20 * time.Hour} {
			t.Run(fmt.Sprint(name, " ", paused), func(t *testing.T) {
				t.Parallel()
				w := busy(t, 500)
				id := w.start(w.document("two", change))
				w.pass(30 * time.Second)
				w.signal(id, ledger.SignalPause, "")
				w.pass(paused)
				w.signal(id, ledger.SignalResume, "")
				w.pass(90 * time.Second)
				w.broken["2"] = 1
				broke := w.clock.Now()
				record := w.finish(id)
				if record.Outcome != release.RolledBack || strings.Contains(record.Reason, "inconclusive") {
					t.Fatalf("outcome %s: %s\n%s", record.Outcome, record.Reason, w.timeline(id))
				}
				if took, most := record.EndedAt.Sub(broke), release.NewPlan(record.Document).LongestToRollback.Std(); took > most {
					t.Errorf("it took %s to go back, the plan says %s at most\n%s", took, most, w.timeline(id))
				}
			})
		}
	}
}

func minutes(count int) release.Duration {
	return release.Duration(count) * release.Duration(time.Minute)
}
