package workflow_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/workflow"
)

// A swept is what the function sweep answered and logged.
type swept struct {
	releases []workflow.Swept
	err      error
	log      string
}

// sweep runs the function, as a handler. No time passes.
func (w *world) sweep() swept {
	var log bytes.Buffer
	w.engine.Workflow.Log = slog.New(slog.NewJSONHandler(&log, nil))
	handler := workflow.Boundary(slog.New(slog.DiscardHandler), "sweep", w.engine.Workflow.SweepOn)
	out, err := handler(context.WithValue(context.Background(), handlerKey{}, "sweep"), json.RawMessage(`{}`))
	releases, _ := out.([]workflow.Swept)
	return swept{releases, err, log.String()}
}

// stop ends a release's execution.
func (w *world) stop(id string) {
	w.t.Helper()
	arn := w.arn(id)
	if _, err := w.engine.StepFunctions.StopExecution(context.Background(), &sfn.StopExecutionInput{ExecutionArn: &arn}); err != nil {
		w.t.Fatal(err)
	}
}

// dying has a release of echo in each of two environments, with a canary, whose executions were stopped just now.
func dying(t *testing.T) (w *world, production, alpha string) {
	t.Helper()
	w = released(t)
	inAlpha := func(d *release.Document) { d.Environment, d.Target.Lambda.Alias = "alpha", "alpha" }
	if record := w.release(w.document("zero", inAlpha)); record.Outcome != release.Promoted {
		t.Fatalf("the first release in alpha: %s: %s", record.Outcome, record.Reason)
	}
	production = w.start(w.document("two"))
	w.pass(time.Minute) // both put their code on the same function
	alpha = w.start(w.document("three", inAlpha))
	w.pass(time.Minute)
	w.stop(production)
	w.stop(alpha)
	return w, production, alpha
}

func TestOneReleaseThatCannotBeBroughtHomeFailsNoSweep(t *testing.T) {
	t.Parallel()
	w, production, alpha := dying(t)
	targets := w.engine.Workflow.Targets
	w.engine.Workflow.Targets = func(document release.Document, id string) (target.Target, error) {
		if id == production {
			return nil, release.Fail(release.KindRefused, "the document's target is of no known kind")
		}
		return targets(document, id)
	}
	got := w.sweep()
	if got.err != nil || len(got.releases) != 1 || got.releases[0].Release != alpha {
		t.Errorf("swept %+v (%v)", got.releases, got.err)
	}
	if !strings.Contains(got.log, `"release":"`+production+`","error":"bring home release `+production+`: the document's target is of no known kind"`) {
		t.Errorf("log %s", got.log)
	}
	if unit, amount := sweepFailures(t, got.log); unit != "Count" || amount != 1 {
		t.Errorf("counted %v %s:\n%s", amount, unit, got.log)
	}
	// Who starts the local cloud hears of it.
	if _, err := w.engine.Workflow.SweepAlone(context.Background()); err == nil || !strings.Contains(err.Error(), "bring home release "+production) {
		t.Errorf("the sweep alone: %v", err)
	}

	w.engine.Workflow.Targets = targets
	w.pass(2 * time.Minute) // the lease of the sweep that failed
	if record := w.record(production); record.Outcome != release.Aborted {
		t.Errorf("outcome %q: %s", record.Outcome, record.Reason)
	}
	if got := w.sweep(); got.err != nil || len(got.releases) != 0 || got.log != "" {
		t.Errorf("swept %+v (%v), log %s", got.releases, got.err, got.log)
	}
}

// sweepFailures reads the metric off the log, which must be one line that the page of metrics describes.
func sweepFailures(t *testing.T, log string) (unit string, amount float64) {
	t.Helper()
	for line := range strings.Lines(log) {
		var message struct {
			SweepFailures float64
			AWS           struct {
				CloudWatchMetrics []struct {
					Namespace  string
					Dimensions [][]string
					Metrics    []struct{ Name, Unit string }
				}
			} `json:"_aws"`
		}
		if err := json.Unmarshal([]byte(line), &message); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		for _, directive := range message.AWS.CloudWatchMetrics {
			metric := directive.Metrics[0]
			if unit != "" || metric.Name != "SweepFailures" || directive.Namespace != "Goldfinch" || fmt.Sprint(directive.Dimensions) != "[[]]" {
				t.Errorf("line %s", line)
			}
			unit, amount = metric.Unit, message.SweepFailures
		}
	}
	page, err := os.ReadFile("../../docs/events.md")
	if err != nil {
		t.Fatal(err)
	}
	if row := "| `SweepFailures` | " + unit + " | none |"; !strings.Contains(string(page), row) {
		t.Errorf("the page lacks a row that begins %s", row)
	}
	return unit, amount
}

// Between a sweep's look and its taking over, the holder may renew its lease, or another sweep may be faster.
func TestAHolderThatLivesAfterAllIsNoFailure(t *testing.T) {
	t.Parallel()
	for name, meanwhile := range map[string]func(*world) error{
		"renewed": func(w *world) error {
			leases, err := w.engine.Ledger.Holders(context.Background())
			if err != nil {
				return err
			}
			lease := leases[0]
			lease.Until = lease.Until.Add(time.Minute)
			_, err = w.engine.Ledger.Acquire(context.Background(), lease)
			return err
		},
		"swept": func(w *world) error {
			_, err := w.engine.Workflow.Sweep(context.Background())
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := released(t)
			id := w.start(w.document("two"))
			w.pass(150 * time.Second)
			w.stop(id)
			done := false
			w.call = func(ctx context.Context, operation string, call func(context.Context) error) error {
				if !done && operation == "dynamodb:TransactWriteItems" {
					done = true
					if err := meanwhile(w); err != nil {
						t.Error(err)
					}
				}
				return call(ctx)
			}
			got := w.sweep()
			if !done || got.err != nil || len(got.releases) != 0 || got.log != "" {
				t.Errorf("swept %+v (%v), log %s", got.releases, got.err, got.log)
			}
			w.call = nil
			w.pass(2 * time.Minute)
			if record := w.record(id); record.Outcome != release.Aborted {
				t.Errorf("outcome %q: %s", record.Outcome, record.Reason)
			}
		})
	}
}

func TestASweepThatCannotLookAtAllFails(t *testing.T) {
	t.Parallel()
	w, production, alpha := dying(t)
	broken := map[string]bool{"dynamodb:Query": true}
	w.call = func(ctx context.Context, operation string, call func(context.Context) error) error {
		if broken[operation] {
			return errBroken
		}
		return call(ctx)
	}
	if got := w.sweep(); got.err == nil || len(got.releases) != 0 {
		t.Errorf("swept %+v", got.releases)
	}
	// It can look, and no more.
	broken = map[string]bool{"states:DescribeExecution": true}
	got := w.sweep()
	if _, amount := sweepFailures(t, got.log); got.err != nil || amount != 2 || !strings.Contains(got.log, production) || !strings.Contains(got.log, alpha) {
		t.Errorf("%v, log %s", got.err, got.log)
	}
	// Who sweeps by hand hears of it.
	_, err := w.engine.Workflow.Sweep(context.WithValue(context.Background(), handlerKey{}, "doctor"))
	if err == nil || !strings.Contains(err.Error(), "bring home release "+production) || !strings.Contains(err.Error(), "bring home release "+alpha) {
		t.Errorf("the sweep by hand: %v", err)
	}
}

// A queue that can't be tidied keeps no release from being brought home.
func TestAQueueThatCannotBeReadFailsNoSweep(t *testing.T) {
	t.Parallel()
	w, _, _ := dying(t)
	queries := 0
	w.call = func(ctx context.Context, operation string, call func(context.Context) error) error {
		if operation == "dynamodb:Query" {
			if queries++; queries > 3 { // the holders, and what people said to each
				return errBroken
			}
		}
		return call(ctx)
	}
	got := w.sweep()
	if _, amount := sweepFailures(t, got.log); got.err != nil || len(got.releases) != 2 || amount != 1 {
		t.Errorf("swept %+v (%v), log %s", got.releases, got.err, got.log)
	}
}
