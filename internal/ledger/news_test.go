package ledger_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// stringsOf are the attributes of an item that are strings, as the table's stream is read.
func stringsOf(item map[string]types.AttributeValue) map[string]string {
	attributes := map[string]string{}
	for name, value := range item {
		if text, ok := value.(*types.AttributeValueMemberS); ok {
			attributes[name] = text.Value
		}
	}
	return attributes
}

// full is a table that has an item of every kind.
func full(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	r, lease := begin(t, w, "r1")
	for _, id := range []string{"s1", "s2"} {
		if err := w.AddSignal(t.Context(), "r1", ledger.Signal{ID: id, Kind: ledger.SignalPause, At: start, By: "ann"}); err != nil {
			t.Fatal(err)
		}
	}
	r.GoingBackSince = start.Add(time.Second)
	r = must[ledger.Record](t)(w.Write(t.Context(), lease, start.Add(time.Hour), ledger.Change{
		Record: r, Consumed: []string{"s1", "never sent"}, Token: "token", Rejected: "sha", Stable: &ledger.Stable{Version: "6", Release: "r0"},
		Entries: []ledger.Entry{{At: start, Kind: ledger.EntryNote, Actor: "ann", Text: "a note"}},
	}))
	r.Outcome = release.RolledBack
	must[ledger.Record](t)(w.Write(t.Context(), lease, start.Add(time.Hour), ledger.Change{
		Record: r, Entries: []ledger.Entry{{At: start.Add(time.Minute), Kind: ledger.EntryOutcome, Actor: "Unlock", Text: "rolled-back: it failed"}},
	}))
	if err := w.LockByPerson(t.Context(), "echo", "production", ledger.PersonLock{By: "ann"}); err != nil {
		t.Fatal(err)
	}
	if err := w.AddEvaluation(t.Context(), evaluation(start)); err != nil {
		t.Fatal(err)
	}
	return w
}

// evaluation is one of echo in production.
func evaluation(scheduledAt time.Time) ledger.Evaluation {
	return ledger.Evaluation{
		Service: "echo", Environment: "production", ScheduledAt: scheduledAt, At: start, Version: "6", Release: "r0", From: start.Add(-time.Hour), To: start,
		Reason: "as yesterday", Verdict: release.Verdict{At: start, Decision: release.Continue, Reason: "as yesterday"},
	}
}

func TestTheStreamTellsOfEntriesAndEvaluations(t *testing.T) {
	t.Parallel()
	w := full(t)
	var lines []ledger.Line
	var evaluations []ledger.Evaluation
	for _, item := range w.content(t) {
		attributes := stringsOf(item)
		line, isLine, err := ledger.ReadLine(attributes)
		if err != nil {
			t.Fatal(err)
		}
		found, isEvaluation, err := ledger.ReadEvaluation(attributes)
		if err != nil {
			t.Fatal(err)
		}
		if ledger.IsNews(attributes["sk"]) != (isLine || isEvaluation) {
			t.Errorf("%s %s: news %v, line %v, evaluation %v", attributes["pk"], attributes["sk"], ledger.IsNews(attributes["sk"]), isLine, isEvaluation)
		}
		if isLine {
			lines = append(lines, line)
		}
		if isEvaluation {
			evaluations = append(evaluations, found)
		}
	}
	entries := must[[]ledger.Entry](t)(w.Timeline(t.Context(), "r1"))
	want := []ledger.Line{
		{Entry: entries[0], Release: "r1", Service: "echo", Environment: "production"},
		{Entry: entries[1], Release: "r1", Service: "echo", Environment: "production", Outcome: release.RolledBack, GoingBackSince: start.Add(time.Second)},
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]ledger.Evaluation{evaluation(start)}, evaluations); diff != "" {
		t.Errorf("evaluations (-want +got):\n%s", diff)
	}
}

func TestEvaluationsAreKeptOnceAndReadLatestFirst(t *testing.T) {
	everyWay(t, func(t *testing.T, w *world) {
		for _, after := range []time.Duration{time.Hour, 0, 2 * time.Hour, 0} {
			again := evaluation(start.Add(after))
			again.At = w.clock.Now()
			if err := w.AddEvaluation(t.Context(), again); err != nil {
				t.Fatal(err)
			}
			w.clock.RunUntil(w.clock.Now().Add(time.Second))
		}
		var got []time.Duration
		for _, kept := range must[[]ledger.Evaluation](t)(w.Evaluations(t.Context(), "echo", "production", 0)) {
			got = append(got, kept.ScheduledAt.Sub(start), kept.At.Sub(start))
		}
		want := []time.Duration{2 * time.Hour, 2 * time.Second, time.Hour, 0, 0, time.Second}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("evaluations (-want +got):\n%s", diff)
		}
		if !must[bool](t)(w.Evaluated(t.Context(), "echo", "production", start.Add(time.Hour))) || must[bool](t)(w.Evaluated(t.Context(), "echo", "production", start.Add(time.Minute))) {
			t.Error("it is not known which evaluations there are")
		}
		if must[bool](t)(w.Evaluated(t.Context(), "echo", "alpha", start)) {
			t.Error("an evaluation counts for another environment")
		}
	})
}

// Only history expires, and none of it before the longest release has ended.
func TestOnlyHistoryExpires(t *testing.T) {
	t.Parallel()
	w := full(t)
	seen := map[string]bool{}
	for _, item := range w.content(t) {
		attributes := stringsOf(item)
		kind, _, _ := strings.Cut(attributes["sk"], "#")
		if partition, _, _ := strings.Cut(attributes["pk"], "#"); partition != "release" && partition != "service" {
			kind = partition
		}
		seen[kind] = true
		expires, ok := item[ledger.ExpiresAttribute].(*types.AttributeValueMemberN)
		history := map[string]bool{"entry": true, "signal": true, "token": true, "evaluation": true}
		if ok != history[kind] {
			t.Errorf("%s %s expires: %v", attributes["pk"], attributes["sk"], ok)
		}
		if !ok {
			continue
		}
		if at, err := strconv.ParseInt(expires.Value, 10, 64); err != nil || at != start.Add(ledger.Retention).Unix() {
			t.Errorf("%s %s expires at %s (%v)", attributes["pk"], attributes["sk"], expires.Value, err)
		}
	}
	for _, kind := range []string{"lock", "stable", "rejected", "queue", "release", "record", "entry", "signal", "token", "active", "services", "evaluation"} {
		if !seen[kind] {
			t.Errorf("the table has no item of kind %s, so that this test says nothing of it", kind)
		}
	}
}

// A release can't run for longer than an execution of Step Functions lives, and a document can't ask for more.
func TestNothingOfAReleaseThatRunsExpires(t *testing.T) {
	t.Parallel()
	const longestExecution = 366 * 24 * time.Hour
	if ledger.Retention <= longestExecution {
		t.Errorf("history is kept for %s, and an execution may run for %s", ledger.Retention, longestExecution)
	}
	document := func(days int) []byte {
		return []byte("apiVersion: goldfinch/v1\nservice: echo\nenvironment: production\nartifact: s3://bucket/echo.zip\ntarget: {lambda: {function: echo, alias: live}}\ntimeouts: {release: " + strconv.Itoa(days*24) + "h}\n")
	}
	if _, _, err := release.Read(document(300)); err != nil {
		t.Fatalf("a document that this test takes for the longest is refused: %v", err)
	}
	for _, days := range []int{301, int(ledger.Retention / (24 * time.Hour))} {
		if _, _, err := release.Read(document(days)); err == nil {
			t.Errorf("a release may run for %d days", days)
		}
	}
}

func TestWhatExpiresLastsFromItsLastWriting(t *testing.T) {
	t.Parallel()
	w := full(t)
	r := must[ledger.Record](t)(w.Release(t.Context(), "r1"))
	w.clock.RunUntil(start.Add(24 * time.Hour))
	must[ledger.Record](t)(w.WriteUnlocked(t.Context(), ledger.Change{Record: r, Consumed: []string{"s2"}, Token: "another"}))
	var got []string
	for _, item := range w.content(t) {
		if expires, ok := item[ledger.ExpiresAttribute].(*types.AttributeValueMemberN); ok && expires.Value == strconv.FormatInt(start.Add(24*time.Hour+ledger.Retention).Unix(), 10) {
			got = append(got, stringsOf(item)["sk"])
		}
	}
	if diff := cmp.Diff([]string{"signal#s2", "token"}, got); diff != "" {
		t.Errorf("written anew (-want +got):\n%s", diff)
	}
}
