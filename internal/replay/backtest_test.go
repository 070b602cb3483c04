package replay_test

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
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/replay"
)

// policy reads a policy, of which the test gives what stands below analysis.
func policy(t *testing.T, analysis string) release.Policy {
	t.Helper()
	read, _, err := release.ReadPolicy([]byte("analysis: " + analysis + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// past judges the last releases of a world under a policy.
func past(t *testing.T, w *world, last int, under release.Policy) replay.Backtest {
	t.Helper()
	var result replay.Backtest
	ids, err := w.engine.Operator.Judged(t.Context(), operator.Filter{Service: "echo", Limit: last})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		result.Add(replay.Under(under, w.recording(operator.Reference{ID: id})))
	}
	return result
}

// otherwise are the versions that a policy would have decided otherwise, the newest first.
func otherwise(result replay.Backtest) []string {
	var versions []string
	for _, c := range result.Cases {
		if c.Otherwise != nil {
			versions = append(versions, c.Version)
		}
	}
	return versions
}

// TestALooserPolicyListsExactlyTheBadRelease runs good releases of several kinds with a bad one among them.
func TestALooserPolicyListsExactlyTheBadRelease(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.pass(2 * time.Hour)
	w.release()
	w.release(heldBack)
	w.broken["4"] = 0.02
	bad := w.release()
	w.release(adaptive)
	w.release(approved(release.OtherwisePromote))
	id := w.start()
	w.pass(3 * time.Minute)
	w.say(id, ledger.SignalAbort)
	w.finish(id)
	if bad.Record.Outcome != release.RolledBack {
		t.Fatalf("the bad release ended as %s: %s", bad.Record.Outcome, bad.Record.Reason)
	}

	looser := policy(t, "{metrics: {errors: {tolerance: 0.05}, latency: {}}}")
	result := past(t, w, 50, looser)
	if diff := cmp.Diff([]string{"4"}, otherwise(result)); diff != "" {
		t.Errorf("decided otherwise (-want +got):\n%s", diff)
	}
	if result.Otherwise != 1 || result.Decided != 5 || result.Unjudged != 0 {
		t.Errorf("%d otherwise, %d as before, %d unjudged", result.Otherwise, result.Decided, result.Unjudged)
	}
	c := result.Cases[slices.IndexFunc(result.Cases, func(c replay.Case) bool { return c.Otherwise != nil })]
	o := *c.Otherwise
	if c.Release != bad.Record.ID || c.Outcome != release.RolledBack || o.Recorded != release.Rollback || o.Decision == release.Rollback ||
		!o.At.Equal(bad.Record.Verdict.At) || o.RecordedReason != bad.Record.Reason || !strings.Contains(o.Reason, "errors: version 4 failed 2.0%") {
		t.Errorf("case %+v: %+v", c, o)
	}
	// 2 % of a tenth of 1,000 requests a minute; what more time would have cost is not recorded.
	if o.Cost.BadAfter != nil || o.Cost.BadPerPeriod == nil || *o.Cost.BadPerPeriod != 2 || !strings.Contains(o.Cost.Text, "2 bad requests in each 1m; the record ends there") {
		t.Errorf("cost %+v", o.Cost)
	}
	if last := past(t, w, 3, looser); len(last.Cases) != 3 || last.Otherwise != 0 {
		t.Errorf("of the last 3: %d cases, %d otherwise", len(last.Cases), last.Otherwise)
	}
}

// TestAStricterPolicySaysWhatWasServedAfterIt judges a release that was promoted although it is a little worse.
func TestAStricterPolicySaysWhatWasServedAfterIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.users, w.broken["2"] = 10000, 0.004
	recording := w.release(errorsOnly, func(d *release.Document) {
		d.Analysis.Metrics.Errors.Tolerance = new(0.01)
		d.Strategy.Steps = []release.Step{{Weight: 10, Wait: 10 * minute}}
	})
	if recording.Record.Outcome != release.Promoted {
		t.Fatalf("it ended as %s: %s", recording.Record.Outcome, recording.Record.Reason)
	}
	c := replay.Under(policy(t, "{metrics: {errors: {tolerance: 0.0002}}}"), recording)
	if c.Otherwise == nil || c.Otherwise.Decision != release.Rollback || c.Otherwise.Recorded != release.Continue {
		t.Fatalf("case %+v: %+v", c, c.Otherwise)
	}
	want, end := 0.0, time.Time{}
	for _, entry := range recording.Entries {
		for _, period := range entry.Periods {
			end = period.Start.Add(time.Minute)
			if !period.Start.Before(c.Otherwise.At) {
				want += period.Metrics[judge.MetricErrors].Canary.Bad
			}
		}
	}
	cost := c.Otherwise.Cost
	if cost.BadAfter == nil || *cost.BadAfter != want || want < 100 || !cost.CountedTo.Equal(end) || cost.BadPerPeriod != nil ||
		!strings.Contains(cost.Text, fmt.Sprintf("version 2 served %.0f bad requests after that, until", want)) {
		t.Errorf("cost %+v, want %v to %s", cost, want, end)
	}
}

// TestWhatAPolicyMayChangeChangesDecisions tries each key on a release that it decides otherwise.
func TestWhatAPolicyMayChangeChangesDecisions(t *testing.T) {
	t.Parallel()
	fails := func(share float64) func(w *world) { return func(w *world) { w.broken["2"] = share } }
	few := func(w *world) { w.users = 10 }
	slows := func(w *world) { w.slow["2"] = 0.5 }
	alarmed := func(w *world) { w.alarm(); w.broken["2"] = 0.2 }
	for name, test := range map[string]struct {
		world            func(w *world)
		document         func(*release.Document)
		policy           string
		recorded, wanted release.Decision
	}{
		"falseRollbackRate, stricter": {fails(0.02), nil, "{falseRollbackRate: 0.0001}", release.Rollback, release.Continue},
		"falseRollbackRate, looser":   {fails(0.02), nil, "{falseRollbackRate: 0.1}", release.Continue, release.Rollback},
		"tolerance":                   {fails(0.2), nil, "{metrics: {errors: {tolerance: 0.5}, latency: {}}}", release.Rollback, release.Continue},
		"burst":                       {fails(0.05), nil, "{metrics: {errors: {burst: 50}, latency: {}}}", release.Rollback, release.Continue},
		"a metric left out":           {slows, nil, "{metrics: {errors: {}}}", release.Rollback, release.Continue},
		"minimumSamples, fewer":       {few, nil, "{minimumSamples: 2}", release.Hold, release.Promote},
		"minimumSamples, more":        {nil, nil, "{minimumSamples: 100000}", release.Promote, release.Hold},
		"noData passes":               {few, nil, "{noData: {policy: pass}}", release.Hold, release.Promote},
		"noData rolls back":           {few, nil, "{noData: {policy: rollback}}", release.Hold, release.Rollback},
		"noData is waited for less":   {few, nil, "{noData: {limit: 6m}}", release.Hold, release.Rollback},
		"noData promotes at the limit": {
			few, lacking(release.NoDataHold, release.NoDataRollback), "{noData: {then: promote}}", release.Rollback, release.Promote,
		},
		"an alarm left out": {alarmed, func(d *release.Document) {
			watched(d)
			lateMetrics(d)
		}, "{alarms: []}", release.Rollback, release.Continue},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if test.world != nil {
				test.world(w)
			}
			var change []func(*release.Document)
			if test.document != nil {
				change = append(change, test.document)
			}
			c := replay.Under(policy(t, test.policy), w.release(change...))
			if c.Otherwise == nil {
				t.Fatalf("nothing is otherwise: %+v", c)
			}
			if c.Otherwise.Recorded != test.recorded || c.Otherwise.Decision != test.wanted {
				t.Errorf("%s became %s (%s), want %s and %s", c.Otherwise.Recorded, c.Otherwise.Decision, c.Otherwise.Reason, test.recorded, test.wanted)
			}
			if c.Otherwise.Reason == "" || c.Otherwise.Cost.Text == "" {
				t.Errorf("without a reason: %+v", c.Otherwise)
			}
		})
	}
}

// TestWishesStayWhatTheyWere: whatever the policy, who went back went back, and who went on did.
func TestWishesStayWhatTheyWere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.start()
	w.pass(2 * time.Minute)
	w.say(id, ledger.SignalPromoteFull)
	forward := w.finish(id)
	id = w.start()
	w.pass(2 * time.Minute)
	w.say(id, ledger.SignalAbort)
	back := w.finish(id)
	for _, recording := range []replay.Recording{forward, back} {
		c := replay.Under(policy(t, "{falseRollbackRate: 0.0001, metrics: {}}"), recording)
		if c.Otherwise != nil || c.Unjudged != "" {
			t.Errorf("%s: %+v %+v", recording.Record.Outcome, c, c.Otherwise)
		}
	}
}

func TestWhatWasNotRecordedCannotBeJudged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	whole := w.release(watchedService)
	w.release()
	errors := w.release(errorsOnly)
	slow := w.release(func(d *release.Document) {
		d.Analysis.Metrics = &release.Metrics{Latency: &release.LatencyMetric{SlowerThan: minute}}
	})
	for name, test := range map[string]struct {
		recording replay.Recording
		policy    string
		want      string
	}{
		"latency":                {errors, "{metrics: {latency: {}}}", "latency was not recorded"},
		"errors":                 {slow, "{metrics: {errors: {}}}", "errors were not recorded"},
		"another limit":          {slow, "{metrics: {latency: {slowerThan: 1s}}}", "slower than 1s were not recorded, only those slower than 1m"},
		"serverErrors":           {errors, "{metrics: {serverErrors: {namespace: Echo, name: Failures}}}", "serverErrors were not recorded"},
		"other serverErrors":     {whole, "{metrics: {serverErrors: {name: Others}}}", "metric Others of Echo was not recorded, only Failures of Echo"},
		"an alarm":               {errors, "{alarms: [echo-errors]}", "alarm echo-errors was not recorded"},
		"the same limit":         {slow, "{metrics: {latency: {slowerThan: 1m}}}", ""},
		"the same serverErrors":  {whole, "{metrics: {serverErrors: {ratio: 1.2}}}", ""},
		"what stays as recorded": {errors, "{minimumSamples: 20}", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := replay.Under(policy(t, test.policy), test.recording)
			if test.want == "" && c.Unjudged != "" || !strings.Contains(c.Unjudged, test.want) {
				t.Errorf("unjudged: %q, want %q", c.Unjudged, test.want)
			}
			var result replay.Backtest
			result.Add(c)
			if (result.Unjudged == 1) != (test.want != "") {
				t.Errorf("%+v", result)
			}
		})
	}
}

// watchedService compares a metric that the service counts itself.
func watchedService(d *release.Document) {
	d.Analysis.Metrics = &release.Metrics{Errors: &release.ErrorMetric{}, ServerErrors: &release.ServiceMetric{Namespace: "Echo", Name: "Failures"}}
	d.Analysis.NoData.Policy = release.NoDataPass
}

// TestWhatDoesNotComeOutAgainIsNotHeldAgainstAPolicy: a record that its own policy no longer explains says nothing of another.
func TestWhatDoesNotComeOutAgainIsNotHeldAgainstAPolicy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	recording := w.release()
	for _, entry := range recording.Entries {
		for _, period := range entry.Periods {
			pair := period.Metrics[judge.MetricErrors]
			pair.Canary.Bad = math.Floor(pair.Canary.Requests / 2)
			period.Metrics[judge.MetricErrors] = pair
		}
	}
	c := replay.Under(policy(t, "{falseRollbackRate: 0.05}"), recording)
	if c.Otherwise != nil || !strings.Contains(c.Unjudged, "does not come out again") {
		t.Errorf("%+v", c)
	}
}

// TestAPolicyHoldsByItsOwnClock: a release that was held on suspicion would have waited for data instead, and not for ever.
func TestAPolicyHoldsByItsOwnClock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.broken["1"], w.broken["2"] = 0.001, 0.01
	recording := w.release()
	c := replay.Under(policy(t, "{minimumSamples: 100000, noData: {limit: 2m}, metrics: {errors: {tolerance: 0.5}, latency: {}}}"), recording)
	if c.Otherwise == nil || c.Otherwise.Recorded != release.Hold || c.Otherwise.Decision != release.Rollback || !strings.Contains(c.Otherwise.Reason, "inconclusive: held for 2m") {
		t.Fatalf("case %+v: %+v", c, c.Otherwise)
	}
	if held := c.Otherwise.At.Sub(recording.Record.CanaryBegan); held < 7*time.Minute || held > 8*time.Minute {
		t.Errorf("held until %s after the canary began, want its 5m and 2m more", held)
	}
}

// TestHoldingIsNoOtherTrafficThanContinuing: nobody notices whether a canary that stays is held.
func TestHoldingIsNoOtherTrafficThanContinuing(t *testing.T) {
	t.Parallel()
	recording := newWorld(t).release()
	for _, entry := range recording.Entries {
		if entry.Verdict != nil && entry.Verdict.Decision == release.Continue {
			entry.Verdict.Decision = release.Hold
		}
	}
	if c := replay.Under(policy(t, "{falseRollbackRate: 0.005}"), recording); c.Otherwise != nil || c.Unjudged != "" {
		t.Errorf("%+v %+v", c, c.Otherwise)
	}
}
