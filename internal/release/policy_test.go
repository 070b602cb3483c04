package release_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// TestMistakesInPolicies has one file for each group of mistakes, with what is said of it beside it.
func TestMistakesInPolicies(t *testing.T) {
	t.Parallel()
	for _, file := range glob(t, "testdata/policy/*.yaml") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			_, _, err := release.ReadPolicy(readFile(t, file))
			if err == nil {
				t.Fatal("the file is taken for right")
			}
			compareGolden(t, strings.TrimSuffix(file, ".yaml")+".txt", err.Error()+"\n")
		})
	}
}

func TestAPolicyThatForgivesMuchIsWarnedOf(t *testing.T) {
	t.Parallel()
	_, warnings, err := release.ReadPolicy([]byte("analysis:\n  metrics: {errors: {tolerance: 0.2}}\n"))
	if err != nil || len(warnings) != 1 || warnings[0].Path != "analysis.metrics.errors.tolerance" || warnings[0].Line != 2 {
		t.Errorf("warnings %v (%v)", warnings, err)
	}
}

// TestAPolicyChangesWhatItNames applies each key to what was recorded.
func TestAPolicyChangesWhatItNames(t *testing.T) {
	t.Parallel()
	recorded := release.Default(release.Document{Analysis: release.Analysis{
		Alarms: []string{"a"}, MinimumSamples: new(50),
		Metrics: &release.Metrics{
			Errors:       &release.ErrorMetric{Threshold: release.Threshold{Ratio: new(1.2)}},
			Latency:      &release.LatencyMetric{SlowerThan: release.Duration(2 * time.Second)},
			ServerErrors: &release.ServiceMetric{Namespace: "Echo", Name: "Failures"},
		},
	}}).Analysis
	for policy, change := range map[string]func(*release.Analysis){
		"{minimumSamples: 10}":      func(a *release.Analysis) { a.MinimumSamples = new(10) },
		"{falseRollbackRate: 0.05}": func(a *release.Analysis) { a.FalseRollbackRate = new(0.05) },
		"{alarms: []}":              func(a *release.Analysis) { a.Alarms = []string{} },
		"{alarms: [b, c]}":          func(a *release.Analysis) { a.Alarms = []string{"b", "c"} },
		"{noData: {policy: pass}}":  func(a *release.Analysis) { a.NoData.Policy = release.NoDataPass },
		"{noData: {limit: 5m, then: promote}}": func(a *release.Analysis) {
			a.NoData.Limit, a.NoData.Then = release.Duration(5*time.Minute), release.NoDataPromote
		},
		"{metrics: {}}":                 func(a *release.Analysis) { a.Metrics = &release.Metrics{} },
		"{metrics: {serverErrors: {}}}": func(a *release.Analysis) { a.Metrics = &release.Metrics{ServerErrors: a.Metrics.ServerErrors} },
		"{metrics: {errors: {tolerance: 0.01}, latency: {burst: 3}}}": func(a *release.Analysis) {
			errors, latency := *a.Metrics.Errors, *a.Metrics.Latency
			errors.Tolerance, latency.Burst = new(0.01), new(3.0)
			a.Metrics = &release.Metrics{Errors: &errors, Latency: &latency}
		},
		"{metrics: {latency: {slowerThan: 3s}, serverErrors: {namespace: A, name: B, ratio: 1.3}}}": func(a *release.Analysis) {
			latency, service := *a.Metrics.Latency, *a.Metrics.ServerErrors
			latency.SlowerThan = release.Duration(3 * time.Second)
			service.Namespace, service.Name, service.Ratio = "A", "B", new(1.3)
			a.Metrics = &release.Metrics{Latency: &latency, ServerErrors: &service}
		},
	} {
		read, _, err := release.ReadPolicy([]byte("apiVersion: goldfinch/v1\nanalysis: " + policy + "\n"))
		if err != nil {
			t.Errorf("%s: %v", policy, err)
			continue
		}
		if err := validateAgainstSchema(t, release.PolicySchema(), []byte("analysis: "+policy+"\n")); err != nil {
			t.Errorf("%s: the schema refuses it: %v", policy, err)
		}
		want := recorded
		change(&want)
		if diff := cmp.Diff(want, read.Apply(recorded)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", policy, diff)
		}
	}
	if diff := cmp.Diff(recorded, release.Policy{}.Apply(recorded)); diff != "" {
		t.Errorf("an empty policy changes something (-want +got):\n%s", diff)
	}
}

// TestAPolicyFillsInWhatWasNotRecorded names metrics that the recorded analysis has not.
func TestAPolicyFillsInWhatWasNotRecorded(t *testing.T) {
	t.Parallel()
	read, _, err := release.ReadPolicy([]byte("analysis: {metrics: {errors: {}, latency: {}, serverErrors: {namespace: A, name: B}}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := release.Default(release.Document{Analysis: release.Analysis{Metrics: &release.Metrics{
		Errors: &release.ErrorMetric{}, Latency: &release.LatencyMetric{}, ServerErrors: &release.ServiceMetric{Namespace: "A", Name: "B"},
	}}}).Analysis.Metrics
	if diff := cmp.Diff(want, read.Apply(release.Analysis{}).Metrics); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSchemaOfPoliciesRefusesWhatCannotChange(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"meaning", "list", "missing", "counted"} {
		if err := validateAgainstSchema(t, release.PolicySchema(), readFile(t, "testdata/policy/"+name+".yaml")); err == nil {
			t.Errorf("the schema accepts %s.yaml", name)
		}
	}
}
