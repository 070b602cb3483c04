package announce_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/announce"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

var update = flag.Bool("update", false, "rewrite the golden files and the schemas")

// golden compares text with a file, or rewrites that.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; make it with -update", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; -update rewrites it):\n%s", path, diff)
	}
}

// drift is a report of two differences.
func drift() ledger.DriftReport {
	return ledger.DriftReport{
		Service: "echo", Environment: "production", At: morning, Version: "7", Release: "r1", Reason: "traffic of echo/production is elsewhere",
		Findings: []ledger.Drifted{
			{Kind: "routing", Resource: "traffic", Want: "version 7 at 100%", Got: "version 6 at 100%", Done: "reported"},
			{Kind: "instance", Resource: "i-0123456789abcdef0", Want: "as released", Got: "changed in place", Principal: "jane", Since: morning, Done: "mending"},
		},
	}
}

// The golden file has each line that the function prints for a release that goes back, and an evaluation.
func TestMetricsAreLinesInTheEmbeddedMetricFormat(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.release("r1")
	if err := w.ledger.AddEvaluation(t.Context(), ledger.Evaluation{Service: "echo", Environment: "production", ScheduledAt: morning, At: morning, Version: "7", Verdict: release.Verdict{Decision: release.Hold}}); err != nil {
		t.Fatal(err)
	}
	if err := w.ledger.AddDrift(t.Context(), drift()); err != nil {
		t.Fatal(err)
	}
	w.hand(w.stream)
	golden(t, filepath.Join("testdata", "metrics.golden"), w.metrics.String())
	for line := range lines(w.metrics.String()) {
		checkMetricLine(t, line)
	}
}

func TestWhoWantsNoMetricsGetsEventsAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.handler = announce.New(announce.Options{Events: w, Bus: "releases"})
	w.release("r1")
	if again := w.hand(w.stream); again != "" || len(w.taken) == 0 {
		t.Errorf("%d events were taken, and record %q is to come again", len(w.taken), again)
	}
}

// checkMetricLine holds a line to CloudWatch's specification.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
func checkMetricLine(t *testing.T, line string) {
	t.Helper()
	var members map[string]any
	var root struct {
		AWS struct {
			Timestamp         int64
			CloudWatchMetrics []struct {
				Namespace  string
				Dimensions [][]string
				Metrics    []struct{ Name, Unit string }
			}
		} `json:"_aws"`
	}
	if err := json.Unmarshal([]byte(line), &members); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	if err := json.Unmarshal([]byte(line), &root); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	if root.AWS.Timestamp < morning.UnixMilli() || len(root.AWS.CloudWatchMetrics) != 1 {
		t.Fatalf("metadata %+v", root.AWS)
	}
	metrics := root.AWS.CloudWatchMetrics[0]
	if metrics.Namespace != "Goldfinch" || len(metrics.Metrics) == 0 || metrics.Dimensions == nil {
		t.Errorf("metrics %+v", metrics)
	}
	for _, set := range metrics.Dimensions {
		for _, name := range set {
			if text, ok := members[name].(string); !ok || text == "" {
				t.Errorf("%s: dimension %s is %v", line, name, members[name])
			}
		}
	}
	for _, metric := range metrics.Metrics {
		if _, ok := members[metric.Name].(float64); !ok {
			t.Errorf("%s: metric %s is %v", line, metric.Name, members[metric.Name])
		}
	}
}

func TestOnlyARollbackTakesTimeToRollBack(t *testing.T) {
	t.Parallel()
	for outcome, want := range map[release.Outcome]bool{release.RolledBack: true, release.Aborted: true, release.Promoted: false, release.Refused: false, release.FailedDirty: false} {
		t.Run(string(outcome), func(t *testing.T) {
			t.Parallel()
			for since, has := range map[bool]bool{true: want, false: false} {
				w := newWorld(t)
				record, err := w.ledger.Create(t.Context(), ledger.Record{ID: "r1", Service: "echo", Environment: "production", Execution: "x", CreatedAt: morning})
				if err != nil {
					t.Fatal(err)
				}
				record.Outcome = outcome
				if since {
					record.GoingBackSince = morning
				}
				entry := ledger.Entry{At: morning.Add(2500 * time.Millisecond), Kind: ledger.EntryOutcome, Actor: "Unlock", Text: string(outcome)}
				if _, err := w.ledger.WriteUnlocked(t.Context(), ledger.Change{Record: record, Entries: []ledger.Entry{entry}}); err != nil {
					t.Fatal(err)
				}
				w.hand(w.stream)
				var took any
				for line := range lines(w.metrics.String()) {
					var members map[string]any
					if err := json.Unmarshal([]byte(line), &members); err != nil {
						t.Fatal(err)
					}
					if value, ok := members["SecondsToRollback"]; ok {
						took = value
					}
				}
				if has && took != 2.5 || !has && took != nil {
					t.Errorf("going back %v took %v", since, took)
				}
			}
		})
	}
}
