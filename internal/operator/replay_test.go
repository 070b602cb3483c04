package operator_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/replay"
)

func TestRecordingHasTheRecordAndItsTimeline(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		record := w.add(1, func(r *ledger.Record) {
			canarying(r)
			r.Ticks, r.LastEntry = 1, 2
			r.Past = map[string]judge.Past{judge.MetricErrors: {Requests: 1000, Bad: 1, Periods: 60, Burst: 1}}
			r.Shifts = []judge.Shift{{At: noon, Weight: 10}}
		})
		entries := []ledger.Entry{
			{Sequence: 1, At: noon, Kind: ledger.EntryPeriods, Actor: "Evaluate", Text: "counted 1 periods", Periods: []judge.Period{{Start: noon, Metrics: map[string]judge.Pair{}}}},
			{Sequence: 2, At: noon, Kind: ledger.EntryVerdict, Actor: "Evaluate", Text: "continue", Verdict: &release.Verdict{At: noon, Decision: release.Continue},
				Question: &judge.Question{Now: noon, Stage: judge.StageCanary, Alarms: []judge.Alarm{{Name: "a", State: judge.AlarmOK}}}},
		}
		since := ledger.Entry{Sequence: 3, At: noon, Kind: ledger.EntryNote, Actor: "Evaluate", Text: "came when the record had been read"}
		w.ledger.entries[id(1)] = append(entries[:2:2], since)
		for _, reference := range []operator.Reference{{ID: id(1)}, {Service: "echo"}} {
			got, err := o.Recording(t.Context(), reference)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(replay.Of(record, entries), got, cmpopts.IgnoreFields(ledger.Record{}, "LastEntry")); diff != "" {
				t.Errorf("recording of %s (-want +got):\n%s", reference, diff)
			}
		}
		var missing *operator.NotFoundError
		if _, err := o.Recording(t.Context(), operator.Reference{Service: "nobody"}); !errors.As(err, &missing) {
			t.Errorf("of nobody: %v", err)
		}
		w.ledger.broken = true
		if _, err := o.Recording(t.Context(), operator.Reference{ID: id(1)}); err == nil {
			t.Error("a broken ledger has a recording")
		}
	})
}

// TestRecordingOfAnExecutionWithoutARecord is empty, and no error.
func TestRecordingOfAnExecutionWithoutARecord(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		started, err := o.Deploy(t.Context(), document())
		if err != nil {
			t.Fatal(err)
		}
		got, err := o.Recording(t.Context(), operator.Reference{ID: started.ID})
		if err != nil || got.Record.ID != started.ID || len(got.Entries) != 0 || got.Format != replay.Format {
			t.Errorf("%+v (%v)", got, err)
		}
	})
}

func TestJudgedNamesTheReleasesThatHadACanary(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		var judged []string
		for n := range 20 {
			switch {
			case n%4 == 0:
				w.add(n, func(r *ledger.Record) { canarying(r); promoted("1", "2")(r) })
				judged = append(judged, id(n))
			case n%4 == 1:
				w.add(n, promoted("1", "2")) // its first release, or one that was refused
			default:
				w.add(n, canarying)
			}
		}
		slices.Reverse(judged)
		for _, limit := range []int{1, 2, 4, 5, 50, 1000} {
			got, err := o.Judged(t.Context(), operator.Filter{Service: "echo", Limit: limit})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(judged[:min(limit, len(judged))], got); diff != "" {
				t.Errorf("of the last %d (-want +got):\n%s", limit, diff)
			}
		}
		for _, limit := range []int{-1, 0, 1001} {
			_, err := o.Judged(t.Context(), operator.Filter{Service: "echo", Limit: limit})
			wantInvalid(t, err, "1 to 1000")
		}
		w.add(30, func(r *ledger.Record) { r.Environment = "staging" })
		_, err := o.Judged(t.Context(), operator.Filter{Service: "echo", Limit: 5})
		wantInvalid(t, err, "several environments")
		got, err := o.Judged(t.Context(), operator.Filter{Service: "echo", Environment: "staging", Limit: 5})
		if err != nil || len(got) != 0 {
			t.Errorf("of one that never had a canary: %v (%v)", got, err)
		}
		var missing *operator.NotFoundError
		for _, filter := range []operator.Filter{{Service: "nobody", Limit: 5}, {Service: "echo", Environment: "nowhere", Limit: 5}} {
			if _, err := o.Judged(t.Context(), filter); !errors.As(err, &missing) {
				t.Errorf("%+v: %v", filter, err)
			}
		}
		w.ledger.broken = true
		if _, err := o.Judged(t.Context(), operator.Filter{Service: "echo", Environment: "production", Limit: 5}); err == nil {
			t.Error("a broken ledger names releases")
		}
	})
}
