package main_test

import (
	"strings"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/cmd/goldfinch/internal/demo"
	"github.com/goldfinch-dev/goldfinch/internal/measured"
)

// The demonstration does what it says, in the time that it promises, and
// reports it as documented. Nothing else of this package runs meanwhile.
func TestDemo(t *testing.T) {
	p := &place{t: t, directory: "."} // in a clone, where it finds the echo service and builds it
	began := time.Now()
	r := p.run("demo", "--output", "json")
	took := time.Since(began)
	if r.code != 0 {
		t.Fatalf("%s", r)
	}
	report := decode[demo.Report](t, r)
	if len(report.Releases) != 4 {
		t.Fatalf("%d releases\n%s", len(report.Releases), r)
	}
	for i, want := range []struct {
		version, outcome, metric string
	}{{"v1", "promoted", ""}, {"v2", "promoted", ""}, {"v3", "rolled-back", "rrors"}, {"v4", "rolled-back", "latency"}} {
		got := report.Releases[i]
		if got.Version != want.version || got.Outcome != want.outcome || got.ID == "" || got.Seconds <= 0 {
			t.Errorf("release %d is %+v, want %s to be %s", i+1, got, want.version, want.outcome)
		}
		checkSplits(t, got)
		checkVerdicts(t, got, want.metric)
		if i > 0 && (got.CanaryRequests == 0 || got.Requests <= got.CanaryRequests || got.CanaryFailed > got.Failed) {
			t.Errorf("%s: the requests don't add up: %+v", want.version, got)
		}
		// A machine that is too busy for 200 requests a second throttles a few, whoever answers.
		if others := got.Failed - got.CanaryFailed; others > got.Requests/100 {
			t.Errorf("%s: %d of %d requests failed that were not the canary's", want.version, others, got.Requests)
		}
		if (got.CanaryFailed > 0) != (want.version == "v3") {
			t.Errorf("%s: the canary failed %d requests", want.version, got.CanaryFailed)
		}
	}
	measured.Log(t, "%s in all, packing included", took.Round(time.Second))
	if limit := 90 * time.Second; took > limit {
		t.Errorf("it took %s, and should take %s at most", took, limit)
	}
}

// checkSplits checks where a release's traffic went.
func checkSplits(t *testing.T, r demo.Release) {
	t.Helper()
	last := r.Splits[len(r.Splits)-1]
	if last.Canary != "" || last.Weight != 0 {
		t.Errorf("%s: it ended with split traffic: %+v", r.Version, r.Splits)
	}
	if r.Version == "v1" {
		if len(r.Splits) != 1 {
			t.Errorf("v1: a first release has one split: %+v", r.Splits)
		}
		return
	}
	if len(r.Splits) != 2 || r.Splits[0].Canary == "" || r.Splits[0].Weight != 10 {
		t.Errorf("%s: not a canary of 10%% and then one version: %+v", r.Version, r.Splits)
	}
	if promoted := last.Stable == r.Splits[0].Canary; promoted != (r.Outcome == "promoted") {
		t.Errorf("%s: it is %s, and traffic is on %s", r.Version, r.Outcome, last.Stable)
	}
	for i := 1; i < len(r.Splits); i++ {
		if r.Splits[i].At < r.Splits[i-1].At || r.Splits[i].At > r.Seconds {
			t.Errorf("%s: times are out of order: %+v in %v s", r.Version, r.Splits, r.Seconds)
		}
	}
}

// checkVerdicts checks what the judge said: all that it needs to be believed,
// and of a version that went back, what was wrong with it.
func checkVerdicts(t *testing.T, r demo.Release, metric string) {
	t.Helper()
	if r.Version == "v1" {
		if len(r.Verdicts) != 0 {
			t.Errorf("v1: there was nothing to judge: %+v", r.Verdicts)
		}
		return
	}
	blamed := false
	for _, v := range r.Verdicts {
		if v.Metric == "" || v.Reason == "" || v.Canary < 0 || v.Canary > 1 || v.Stable < 0 || v.Stable > 1 {
			t.Errorf("%s: a verdict lacks something: %+v", r.Version, v)
		}
		// Going back needs no minimum of samples: three failures that stable does not share can be enough.
		if v.Verdict == "rollback" && strings.Contains(v.Metric, metric) && v.Canary > v.Limit && v.CanarySamples >= 3 && v.StableSamples >= 30 &&
			strings.Contains(v.Reason, "100 is enough") {
			blamed = true
		}
	}
	if len(r.Verdicts) == 0 || blamed != (r.Outcome == "rolled-back") {
		t.Errorf("%s: it is %s, and the verdicts are %+v", r.Version, r.Outcome, r.Verdicts)
	}
}
