package main_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/goldfinch-dev/goldfinch/cmd/goldfinch/internal/demo"
	"github.com/goldfinch-dev/goldfinch/internal/measured"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// The demonstration does what it says on every target, and reports it as documented: a good version is promoted and
// two bad ones are taken back under real requests, of which none fails but by a bad version itself. In the end it
// looks itself whether anything is left. Two run at once, and nothing else of this package meanwhile.
func TestDemo(t *testing.T) {
	for _, target := range release.TargetKinds() {
		t.Run(target, func(t *testing.T) {
			t.Parallel()
			demonstrate(t, target)
		})
	}
}

func demonstrate(t *testing.T, target string) {
	p := &place{t: t, directory: "."} // in a clone, where it finds the echo service and builds it
	began := time.Now()
	r := p.run("demo", "--target", target, "--output", "json")
	took := time.Since(began)
	if r.code != 0 {
		t.Fatalf("%s", r)
	}
	checkSchema(t, r.stdout)
	report := decode[demo.Report](t, r)
	acts := []act{{"v2", "promoted", ""}, {"v3", "rolled-back", "rrors"}, {"v4", "rolled-back", "latency"}}
	if target == "lambda" { // the one that has a first release
		acts = append([]act{{"v1", "promoted", ""}}, acts...)
	}
	if len(report.Releases) != len(acts) {
		t.Fatalf("%d releases, not %d\n%s", len(report.Releases), len(acts), r)
	}
	requests, others := 0, 0
	for i, want := range acts {
		got := report.Releases[i]
		want.check(t, got)
		checkSplits(t, got)
		checkVerdicts(t, got, want.metric)
		requests += got.Requests
		others += got.Failed - got.CanaryFailed
	}
	if others > 0 || t.Failed() {
		t.Errorf("%d requests failed that no bad version answered:\n%s", others, r)
	}
	measured.Log(t, "target %s: %s in all, packing included; %d requests, of which %d failed by a shift or a promotion", target, took.Round(time.Second), requests, others)
}

// An act is a release of the demonstration, how it must end, and for which metric.
type act struct{ version, outcome, metric string }

// check checks how a release ended, and what users met of it.
func (a act) check(t *testing.T, got demo.Release) {
	t.Helper()
	if got.Version != a.version || got.Outcome != a.outcome || got.ID == "" || got.Seconds <= 0 {
		t.Errorf("%+v; want %s to be %s", got, a.version, a.outcome)
	}
	if a.version != "v1" && (got.CanaryRequests == 0 || got.Requests <= got.CanaryRequests || got.CanaryFailed > got.Failed || got.CanarySlow > got.Slow) {
		t.Errorf("%s: the requests don't add up: %+v", a.version, got)
	}
	if (got.CanaryFailed > 0) != (a.version == "v3") {
		t.Errorf("%s: the canary failed %d requests", a.version, got.CanaryFailed)
	}
	if a.version == "v4" && got.CanarySlow < got.CanaryRequests*9/10 {
		t.Errorf("v4: of %d requests, %d were slow", got.CanaryRequests, got.CanarySlow)
	}
}

// checkSchema holds the report to what is documented of it.
func checkSchema(t *testing.T, report string) {
	t.Helper()
	const name = "demo.schema.json"
	data, err := os.ReadFile(filepath.Join("../../docs", name))
	if err != nil {
		t.Fatal(err)
	}
	documented, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(name, documented); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile(name)
	if err != nil {
		t.Fatal(err)
	}
	printed, err := jsonschema.UnmarshalJSON(strings.NewReader(report))
	if err != nil {
		t.Fatalf("the report is no JSON: %v\n%s", err, report)
	}
	if err := schema.Validate(printed); err != nil {
		t.Errorf("the report is not as documented: %v\n%s", err, report)
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
	if first := r.Splits[0]; len(r.Splits) != 2 || first.Canary == "" || first.Weight < 10 || first.Weight >= 50 {
		t.Errorf("%s: not a canary of a part and then one version: %+v", r.Version, r.Splits)
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

// A good version that somebody aborts while users meet it fails no request either: traffic is home, on v1, and the
// demonstration finds nothing left of it.
func TestDemoAborted(t *testing.T) {
	for _, target := range release.TargetKinds() {
		t.Run(target, func(t *testing.T) {
			t.Parallel()
			abort(t, target)
		})
	}
}

func abort(t *testing.T, target string) {
	script := []demo.Act{{Label: "v2", Want: release.Aborted, Says: "a good version, aborted", Abort: true}}
	if target == "lambda" {
		script = append([]demo.Act{{Label: "v1", Want: release.Promoted, Says: "the first release"}}, script...)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	var told bytes.Buffer
	report, err := demo.Run(ctx, demo.Options{Target: target, Script: script, Progress: &told})
	if err != nil || len(report.Releases) != len(script) {
		t.Fatalf("%d releases, %v\n%s", len(report.Releases), err, &told)
	}
	got := report.Releases[len(script)-1]
	checkSplits(t, got)
	if got.Failed > 0 || got.CanaryRequests == 0 || got.Requests <= got.CanaryRequests {
		t.Errorf("of %d requests, %d of them to the canary, %d failed\n%s", got.Requests, got.CanaryRequests, got.Failed, &told)
	}
	measured.Log(t, "target %s: aborted after %d requests to the canary of %d; %d failed", target, got.CanaryRequests, got.Requests, got.Failed)
}
