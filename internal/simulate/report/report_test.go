package report_test

import (
	"bytes"
	"encoding/csv"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/chance"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/compare"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/rehearsal"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/report"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/scenario"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/world"
)

// flights are three that were rolled back and one that was promoted.
func flights() []rehearsal.Flight {
	back := func(number int, exposure, at float64) rehearsal.Flight {
		return rehearsal.Flight{Number: number, Outcome: release.RolledBack, Reason: "errors", Exposure: exposure, ExposureToEnd: exposure, Requests: 90, RolledBackAt: at, EndedAt: at, Verdicts: int(at)}
	}
	promoted := rehearsal.Flight{Number: 1, Outcome: release.Promoted, Reason: "settled", Exposure: 100, ExposureToEnd: 40, PromotedAt: 5, EndedAt: 10, Verdicts: 10}
	blind := back(3, 4, 6)
	blind.Inconclusive = true
	return []rehearsal.Flight{back(0, 3, 2), promoted, back(2, 7, 4), blind}
}

func TestResultOf(t *testing.T) {
	t.Parallel()
	r := report.ResultOf(flights(), 5)
	if r.RolledBack.Value != 0.75 || r.RolledBack.Count != 3 || r.RolledBackLimit != (chance.Share{Count: 3, Of: 4}).Upper(0.99) {
		t.Errorf("rolled back %+v, at most %v", r.RolledBack, r.RolledBackLimit)
	}
	if len(r.Outcomes) != 2 || r.Outcomes[0].Outcome != release.RolledBack || r.Outcomes[0].Example != "errors" || r.Outcomes[1].Share.Value != 0.25 {
		t.Errorf("outcomes %+v", r.Outcomes)
	}
	if r.Inconclusive.Count != 1 {
		t.Errorf("inconclusive %+v", r.Inconclusive)
	}
	if r.Exposure.Median.Value != 4 || r.Exposure.P95.Value != 100 || r.Exposure.Mean.Value != 28.5 || r.ExposureToEnd.P95.Value != 40 {
		t.Errorf("exposure %+v, to the end %+v", r.Exposure, r.ExposureToEnd)
	}
	// Periods are of five minutes.
	if r.MinutesToRollback.Median.Value != 20 || r.MinutesToPromotion.Median.Value != 25 || r.MinutesToEnd.Median.Value != 50 || r.Verdicts.Median.Value != 4 {
		t.Errorf("times %+v, %+v, %+v, verdicts %+v", r.MinutesToRollback, r.MinutesToPromotion, r.MinutesToEnd, r.Verdicts)
	}
	counted := 0
	for i, bin := range r.Histogram {
		counted += bin.Count
		if i > 0 && bin.From != r.Histogram[i-1].To {
			t.Errorf("bin %d begins at %v, the one before ends at %v", i, bin.From, r.Histogram[i-1].To)
		}
	}
	if counted != 4 || r.Histogram[0].Count != 2 || len(r.Histogram) > 41 {
		t.Errorf("histogram %+v", r.Histogram)
	}
}

func TestWhatNeverHappenedHasNoTime(t *testing.T) {
	t.Parallel()
	promoted := report.ResultOf(flights()[1:2], 1)
	if promoted.MinutesToRollback != nil || promoted.MinutesToEnd == nil || promoted.RolledBack.Count != 0 {
		t.Errorf("of a promoted release: %+v", promoted)
	}
	back := report.ResultOf(flights()[:1], 1)
	if back.MinutesToPromotion != nil || back.MinutesToEnd != nil || back.MinutesToRollback == nil {
		t.Errorf("of a release that was rolled back: %+v", back)
	}
}

// written is a document with its defaults.
func written(change func(*release.Document)) release.Document {
	document := release.Document{Service: "echo", Environment: "production", Target: release.Target{Lambda: &release.LambdaTarget{Function: "echo", Alias: "live"}}}
	if change != nil {
		change(&document)
	}
	return release.Default(document)
}

func TestWhatIsAssumedIsSaid(t *testing.T) {
	t.Parallel()
	s := scenario.Default()
	for _, fault := range []string{"errors:+2%", "onset:6m", "load:33%", "outage:+20%@3m-6m", "drift:x5@4m", "drift:x6@0m-15m", "wave:80%@10m", "bursts:~5", "noise:0.5", "delay:2"} {
		if err := s.Fault(fault); err != nil {
			t.Fatal(err)
		}
	}
	s.Metrics = append(s.Metrics, world.Metric{Name: scenario.ServerErrors, Base: 0.002, Bursts: &world.Bursts{Size: 3}})
	document := written(func(d *release.Document) { d.Analysis.Alarms = []string{"a", "b"} })
	want := []report.Assumption{
		{What: "traffic", Says: "500 requests every 1m"},
		{What: "errors", Says: "0.1 % of requests on both versions; the canary +2 points from 6m after the first shift on while it has at least 33 % of the traffic; both +20 points from 3m to 6m; both ×5 from 4m on; both rising to ×6 from 0s to 15m; both rising and falling by 80 % every 10m; 5 at a time on average; each version's share with noise of 0.5"},
		{What: "slow requests", Says: "0.5 % of requests on both versions"},
		{What: "server errors", Says: "0.2 % of requests on both versions; 3 at a time (the file does not compare them)"},
		{What: "metrics", Says: "complete 2m after the end of a period; the file waits 1m"},
		{What: "alarms", Says: "a, b: firing when 2 periods in a row have more than 0 errors of the alias"},
	}
	if diff := cmp.Diff(want, report.AssumedOf(document, s)); diff != "" {
		t.Errorf("assumed (-want +got):\n%s", diff)
	}
}

func TestOtherWorldsAreSaid(t *testing.T) {
	t.Parallel()
	for says, change := range map[string]func(*scenario.Scenario, *release.Document){
		"800 requests every 1m on average, 60 % more or less with the hour, most at 20:00; the release begins at 18:00": func(s *scenario.Scenario, _ *release.Document) {
			s.Traffic = world.Traffic{Daily: &world.Daily{Mean: 800, Amplitude: 0.6, PeakHour: 20, StartHour: 18}}
		},
		"2000 requests every 1m on average, as 2 given periods say": func(s *scenario.Scenario, _ *release.Document) {
			s.Traffic = world.Traffic{List: []float64{1000, 3000}}
		},
		"complete at the end of each period": func(s *scenario.Scenario, _ *release.Document) { s.Delay = 0 },
		"the file names none":                func(*scenario.Scenario, *release.Document) {},
		"the file names none, so none is dead": func(s *scenario.Scenario, _ *release.Document) {
			s.DeadAlarm = true
		},
		"x: never firing": func(s *scenario.Scenario, d *release.Document) {
			s.DeadAlarm, d.Analysis.Alarms = true, []string{"x"}
		},
	} {
		s, document := scenario.Default(), written(nil)
		change(&s, &document)
		found := false
		for _, assumption := range report.AssumedOf(document, s) {
			found = found || assumption.Says == says
		}
		if !found {
			t.Errorf("%q is not said: %+v", says, report.AssumedOf(document, s))
		}
	}
}

func TestStrategiesAreSaid(t *testing.T) {
	t.Parallel()
	held, none := 20.0, release.Duration(0)
	for says, strategy := range map[string]release.Strategy{
		"10 % for 5m, settles for 5m":                                      {},
		"climbs by its traffic, settles for 10m":                           {Adaptive: &release.AdaptiveStrategy{}},
		"climbs by its traffic, fast, settles for 10m with 20 % held back": {Adaptive: &release.AdaptiveStrategy{Profile: release.ProfileFast}, Holdback: &held},
		"steps for at most 50 failed requests, settles for 5m":             {Exposure: &release.ExposureStrategy{MaxFailedRequests: 50}},
		"1 % for 1m, approval":                                             {Steps: []release.Step{{Weight: 1, Wait: release.Duration(time.Minute)}, {Approve: &release.Approval{}}}, Settle: &none},
	} {
		if got := report.StrategyWords(written(func(d *release.Document) { d.Strategy = strategy })); got != says {
			t.Errorf("%q, want %q", got, says)
		}
	}
}

// whole is a report with everything.
func whole() report.Report {
	promotion := math.Log(3)
	s := scenario.Default()
	bad := func(errors, slow float64) map[string]float64 {
		return map[string]float64{"errors": errors, "slow": slow}
	}
	spread := compare.Spread{Median: compare.Figure{Value: 7}, P95: compare.Figure{Value: 16}, Mean: compare.Figure{Value: 8.5, Interval: chance.Interval{Low: 8, High: 9}}}
	return report.Report{
		Service: "echo", Environment: "production", Scenario: s, Period: release.Duration(time.Minute), Watched: 30, Releases: 4,
		Strategies: []report.Strategy{{Name: "this file", Result: report.ResultOf(flights(), 1)}},
		Trace: &report.Trace{Flight: flights()[0], Minutes: []rehearsal.Minute{
			{Period: 0, Weight: 2, Canary: rehearsal.Traffic{Requests: 10, Bad: bad(1, 0)}, Stable: rehearsal.Traffic{Requests: 490, Bad: bad(0, 2)}, Verdict: &release.Verdict{
				Decision: release.Continue, Reason: "watching", Evidence: &release.Evidence{Log: math.Log(2.5), LogThreshold: math.Log(100), LogPromotion: &promotion, LogPromotionThreshold: math.Log(20)},
			}},
			{Period: 1, Weight: 2, Canary: rehearsal.Traffic{Requests: 1000, Bad: bad(2, 0)}, Stable: rehearsal.Traffic{Requests: 490, Bad: bad(0, 2)}, Verdict: &release.Verdict{
				Decision: release.Rollback, Reason: "errors", Evidence: &release.Evidence{Log: 400, LogThreshold: math.Log(100)},
			}},
			{Period: 2, Stable: rehearsal.Traffic{Requests: 500}},
		}},
		Comparison: &compare.Table{Releases: 4, Rows: []compare.Row{
			{Policy: "kayenta", Result: compare.Result{RolledBack: compare.ShareOf(chance.Share{Count: 1, Of: 4}), Promoted: compare.ShareOf(chance.Share{Count: 3, Of: 4}), Exposure: spread, MinutesToPromotion: &spread}},
		}},
	}
}

func TestTables(t *testing.T) {
	t.Parallel()
	r := whole()
	strategies := r.StrategyTable()
	rows := map[string]string{}
	for _, row := range strategies.Rows {
		rows[row[0]] = row[1]
	}
	for name, want := range map[string]string{
		"  of them for want of data": "25% (0.631%–80.6%)", "bad requests within 30m: 95th percentile": "100 (7–100)",
		"promoted": "25% (0.631%–80.6%)", "rolled-back": "75% (19.4%–99.4%)", "rolled back falsely": "at most 99.7% (99% sure)",
		"bad requests within 30m: median": "4 (3–100)", "minutes to rollback: 95th percentile": "6 (4–6)", "minutes until promoted for good: mean": "10 (10–10)",
	} {
		if rows[name] != want {
			t.Errorf("%s: %q, want %q", name, rows[name], want)
		}
	}
	wantTrace := report.Table{
		Head: []string{"from", "new", "requests new/old", "errors new/old", "slow requests new/old", "evidence", "proof", "verdict", ""},
		Rows: [][]string{
			{"+0s", "2%", "10/490", "1/0", "0/2", "2.5 of 100", "3 of 20", "continue", ""},
			{"+1m", "2%", "1000/490", "2/0", "0/2", "over a million of 100", "", "rollback", "errors"},
			{"+2m", "0%", "0/500", "0/0", "0/0", "", "", "", ""},
		},
	}
	if diff := cmp.Diff(wantTrace, r.TraceTable()); diff != "" {
		t.Errorf("trace (-want +got):\n%s", diff)
	}
	wantPolicies := [][]string{{"kayenta", "25% (0.631%–80.6%)", "75% (19.4%–99.4%)", "7", "16", "8.5 (8–9)", "never", "7"}}
	if diff := cmp.Diff(wantPolicies, r.ComparisonTable().Rows); diff != "" {
		t.Errorf("comparison (-want +got):\n%s", diff)
	}
	if head := strategies.Upper().Head; head[1] != "THIS FILE" {
		t.Errorf("head %q", head)
	}
}

func TestCSV(t *testing.T) {
	t.Parallel()
	r := whole()
	for name, test := range map[string]struct {
		write func(*bytes.Buffer) error
		want  [][]string
	}{
		"trace": {func(b *bytes.Buffer) error { return r.TraceCSV(b) }, [][]string{
			{"period", "weight", "canary_requests", "stable_requests", "canary_errors", "stable_errors", "canary_slow", "stable_slow", "log_evidence", "log_threshold", "log_promotion", "log_promotion_threshold", "verdict", "reason"},
			{"0", "2", "10", "490", "1", "0", "0", "2", "0.916291", "4.60517", "1.09861", "2.99573", "continue", "watching"},
			{"1", "2", "1000", "490", "2", "0", "0", "2", "400", "4.60517", "", "", "rollback", "errors"},
			{"2", "0", "0", "500", "0", "0", "0", "0", "", "", "", "", "", ""},
		}},
		"flights": {func(b *bytes.Buffer) error { return report.FlightsCSV(b, flights()[:2]) }, [][]string{
			{"release", "outcome", "bad_requests", "bad_requests_to_end", "canary_requests", "rolled_back_at", "promoted_at", "ended_at", "verdicts", "reason"},
			{"0", "rolled-back", "3", "3", "90", "2", "", "2", "2", "errors"},
			{"1", "promoted", "100", "40", "0", "", "5", "10", "10", "settled"},
		}},
		"comparison": {func(b *bytes.Buffer) error { return r.ComparisonCSV(b) }, [][]string{
			{"policy", "rolled_back", "rolled_back_low", "rolled_back_high", "promoted", "bad_median", "bad_p95", "bad_mean", "rollback_minutes_median", "promotion_minutes_median"},
			{"kayenta", "0.25", "0.00630946", "0.80588", "0.75", "7", "16", "8.5", "", "7"},
		}},
	} {
		var body bytes.Buffer
		if err := test.write(&body); err != nil {
			t.Fatal(err)
		}
		got, err := csv.NewReader(&body).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

var errFull = csv.ErrQuote

func TestWhatCannotBeWrittenIsAnError(t *testing.T) {
	t.Parallel()
	if err := report.FlightsCSV(full{}, flights()); err == nil || !strings.Contains(err.Error(), "write the result") {
		t.Errorf("error %v", err)
	}
}
