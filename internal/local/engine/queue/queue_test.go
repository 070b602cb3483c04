// Package queue_test shows what it takes to add a kind of target: a package of it, and a line in the
// table of kinds. Its target is a message queue with two lists of consumers, of which each message reaches one.
package queue_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/local/engine"
	"github.com/goldfinch-dev/goldfinch/internal/local/lambda"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/wire"
)

// A broker is the cloud service that is released to: it knows consumers, and where messages go.
type broker struct {
	split     release.Split
	consumers []string
	// spoils is the share of messages that a version of consumers can't handle.
	spoils func(version string) float64
}

// share is the part of all messages that a version gets.
func (b *broker) share(version string) float64 {
	switch version {
	case "":
		return 0
	case b.split.Canary:
		return b.split.Weight / 100
	case b.split.Stable:
		return 1 - b.split.Weight/100
	default:
		return 0
	}
}

// A queue is the target: one release's view of the broker.
type queue struct {
	broker   *broker
	release  string
	document release.Document
}

var _ target.Target = queue{}

func (q queue) Split(context.Context) (release.Split, error) { return q.broker.split, nil }

func (q queue) Shift(ctx context.Context, want release.Split, guard target.Guard) (release.Split, error) {
	present := q.broker.split
	if present.Same(want) && !guard.Touch {
		return present, nil
	}
	if !present.Same(want) && !guard.Mine(present) {
		return present, release.Fail(release.KindConflict, "messages go to %s", present)
	}
	if err := guard.Check(ctx); err != nil {
		return present, err
	}
	q.broker.split = want
	return want, nil
}

func (q queue) Preflight(context.Context) (target.Preflight, error) {
	if settings, _ := q.document.Target.Custom.Settings.(map[string]any); settings["name"] != "orders" {
		return target.Preflight{}, release.Fail(release.KindRefused, "there is no queue %v", settings["name"])
	}
	return target.Preflight{Split: q.broker.split}, nil
}

func (q queue) Bake(context.Context) (bool, error) { return true, nil }

func (q queue) Deploy(context.Context, string) (string, bool, error) {
	version := "consumers-" + strings.ToLower(q.release)
	if !slices.Contains(q.broker.consumers, version) {
		q.broker.consumers = append(q.broker.consumers, version)
	}
	return version, true, nil
}

func (q queue) Verify(context.Context, string) error { return nil }

func (q queue) Usable(_ context.Context, version string) (bool, error) {
	return slices.Contains(q.broker.consumers, version), nil
}

func (q queue) Measure(_ context.Context, split release.Split, from, to time.Time, period time.Duration) ([]judge.Period, error) {
	count := func(version string) judge.Count {
		messages := 1000 * q.broker.share(version)
		return judge.Count{Requests: messages, Bad: messages * q.broker.spoils(version)}
	}
	var periods []judge.Period
	for at := from.Truncate(period); at.Before(to); at = at.Add(period) {
		if at.Before(from) {
			continue
		}
		pair := judge.Pair{Canary: count(split.Canary), Stable: count(split.Stable)}
		periods = append(periods, judge.Period{Start: at, Metrics: map[string]judge.Pair{judge.MetricErrors: pair}})
	}
	return periods, nil
}

func (q queue) History(_ context.Context, _ string, until time.Time, period time.Duration) (judge.History, error) {
	counts := make([]judge.Count, target.HistoryPeriods)
	return judge.History{Start: until.Truncate(period).Add(-target.HistoryPeriods * period), Periods: target.HistoryPeriods, Counts: map[string][]judge.Count{judge.MetricErrors: counts}}, nil
}

func (q queue) Alarms(context.Context, []string) ([]judge.Alarm, error) { return nil, nil }

func (q queue) Retire(_ context.Context, _, previous string) ([]string, bool, error) {
	kept := slices.DeleteFunc(slices.Clone(q.broker.consumers), func(version string) bool { return version == previous })
	if len(kept) == len(q.broker.consumers) {
		return nil, true, nil
	}
	q.broker.consumers = kept
	return []string{previous}, true, nil
}

func (q queue) Restore(context.Context, string) (string, bool, error) {
	own := "consumers-" + strings.ToLower(q.release)
	q.broker.consumers = slices.DeleteFunc(slices.Clone(q.broker.consumers), func(version string) bool { return version == own })
	return "", true, nil
}

var morning = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// functions are none.
type functions struct{}

func (functions) Invoke(context.Context, lambda.Version, lambda.Invocation) (lambda.Result, error) {
	return lambda.Result{}, fmt.Errorf("there is no function")
}

func (functions) Forget(lambda.Version) {}

// A world is the local cloud with a broker beside it.
type world struct {
	t      *testing.T
	clock  *clock.Virtual
	engine *engine.Engine
	broker *broker
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, clock: clock.NewVirtual(morning), broker: &broker{split: release.Pure("consumers-0"), consumers: []string{"consumers-0"}, spoils: func(string) float64 { return 0 }}}
	made, err := engine.New(engine.Options{
		Clock: w.clock, Store: store.Memory(), Runner: functions{}, Go: func(run func()) { w.clock.AfterFunc(0, run) },
		SweepInterval: 5 * time.Minute, Resolution: time.Minute, Entropy: rand.NewChaCha8([32]byte{}),
		Custom: map[string]wire.Constructor{"queue": w.construct}, // the line
	})
	if err != nil {
		t.Fatal(err)
	}
	w.engine = made
	if err := made.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) construct(_ wire.Clients, document release.Document, releaseID string, _ wire.Now) target.Target {
	return queue{broker: w.broker, release: releaseID, document: document}
}

// release runs a release to its end.
func (w *world) release(kind string, settings any, commit string) ledger.Record {
	w.t.Helper()
	started, err := w.engine.Operator.Deploy(w.t.Context(), release.Default(release.Document{
		APIVersion: release.APIVersion, Service: "orders", Environment: "production",
		Artifact: release.Artifact{Container: "example.test/orders@sha256:" + strings.Repeat(commit, 64)},
		Target:   release.Target{Custom: &release.CustomTarget{Kind: kind, Settings: settings}},
		Analysis: release.Analysis{Metrics: &release.Metrics{Errors: &release.ErrorMetric{}}},
	}))
	if err != nil {
		w.t.Fatal(err)
	}
	ended := func() bool {
		record, err := w.engine.Ledger.Release(w.t.Context(), started.ID)
		return err == nil && record.Ended()
	}
	limit := w.clock.Now().Add(48 * time.Hour)
	w.clock.Run(func() bool { return ended() || w.clock.Now().After(limit) })
	record, err := w.engine.Ledger.Release(w.t.Context(), started.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return record
}

func TestASixthTargetIsAPackageAndALine(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	orders := map[string]any{"name": "orders"}
	good := w.release("queue", orders, "a")
	if good.Outcome != release.Promoted || !w.broker.split.Same(release.Pure(good.Canary)) {
		t.Fatalf("%s: %s; messages go to %s", good.Outcome, good.Reason, w.broker.split)
	}
	if !slices.Equal(w.broker.consumers, []string{good.Canary}) {
		t.Errorf("consumers %v are left, want those of the release alone", w.broker.consumers)
	}
	w.broker.spoils = func(version string) float64 { // whatever comes next
		return map[bool]float64{true: 0.2}[version != good.Canary]
	}
	bad := w.release("queue", orders, "b")
	if bad.Outcome != release.RolledBack || !w.broker.split.Same(release.Pure(good.Canary)) || !slices.Equal(w.broker.consumers, []string{good.Canary}) {
		t.Errorf("%s: %s; messages go to %s, of %v", bad.Outcome, bad.Reason, w.broker.split, w.broker.consumers)
	}
	if other := w.release("queue", map[string]any{"name": "payments"}, "c"); other.Outcome != release.Refused || !strings.Contains(other.Reason, "there is no queue payments") {
		t.Errorf("a queue that does not exist: %s: %s", other.Outcome, other.Reason)
	}
	if unknown := w.release("topic", nil, "d"); unknown.Outcome != release.Refused || !strings.Contains(unknown.Reason, "the known kinds are: alb") {
		t.Errorf("an unknown kind: %s: %s", unknown.Outcome, unknown.Reason)
	}
}
