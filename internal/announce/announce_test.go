package announce_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/goldfinch-dev/goldfinch/internal/announce"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

func TestEveryEntryBecomesAnEventWithItsSentence(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	entries := w.release("r1")
	if failed := w.hand(w.stream); failed != "" {
		t.Fatalf("failed from %s on: %s", failed, w.log.String())
	}
	var want, got []announce.Change
	for _, entry := range entries {
		change := announce.Change{
			Release: "r1", Service: "echo", Environment: "production", Sequence: entry.Sequence, At: entry.At,
			Kind: entry.Kind, Actor: entry.Actor, Reason: entry.Text, Split: entry.Split, Verdict: entry.Verdict,
		}
		if entry.Kind == ledger.EntryOutcome {
			change.Outcome = release.RolledBack
		}
		want = append(want, change)
	}
	for _, entry := range w.taken {
		if *entry.Source != "goldfinch" || *entry.DetailType != "Goldfinch Release Changed" || *entry.EventBusName != "releases" {
			t.Errorf("entry %s %s on %s", *entry.Source, *entry.DetailType, *entry.EventBusName)
		}
		change := changeOf(t, entry)
		if !entry.Time.Equal(change.At) {
			t.Errorf("event %d is of %s, its entry of %s", change.Sequence, entry.Time, change.At)
		}
		got = append(got, change)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if strings.Contains(*w.taken[3].Detail, "periods\":") {
		t.Errorf("the judge's periods are in an event: %s", *w.taken[3].Detail)
	}
}

func TestAnEvaluationBecomesAnEvent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	want := ledger.Evaluation{
		Service: "echo", Environment: "production", ScheduledAt: morning, At: morning.Add(time.Second), Version: "7", Release: "r1",
		From: morning.Add(-time.Hour), To: morning, Reason: "too few requests", Verdict: release.Verdict{At: morning, Decision: release.Hold, Reason: "too few requests"},
	}
	for range 2 {
		if err := w.ledger.AddEvaluation(t.Context(), want); err != nil {
			t.Fatal(err)
		}
	}
	w.hand(w.stream)
	if len(w.taken) != 1 || *w.taken[0].DetailType != "Goldfinch Service Evaluated" || !w.taken[0].Time.Equal(want.At) {
		t.Fatalf("taken %+v", w.taken)
	}
	var got ledger.Evaluation
	if err := json.Unmarshal([]byte(*w.taken[0].Detail), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("detail (-want +got):\n%s", diff)
	}
}

func TestDriftBecomesAnEvent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	want := drift()
	if err := w.ledger.AddDrift(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	w.hand(w.stream)
	if len(w.taken) != 1 || *w.taken[0].DetailType != "Goldfinch Drift Detected" || !w.taken[0].Time.Equal(want.At) {
		t.Fatalf("taken %+v", w.taken)
	}
	var got ledger.DriftReport
	if err := json.Unmarshal([]byte(*w.taken[0].Detail), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("detail (-want +got):\n%s", diff)
	}
	kept, err := w.ledger.Drifts(t.Context(), "echo", "production", 0)
	if err != nil || len(kept) != 1 || !cmp.Equal(kept[0], want) {
		t.Errorf("kept %+v, %v", kept, err)
	}
}

// What DynamoDB expires after a year, and what changes beside the timeline, is no news.
func TestOnlyWhatIsNewIsAnnounced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.release("r1")
	others := slices.Clone(w.stream)
	for i, change := range others {
		if ledger.IsNews(sortKey(change)) {
			others[i].Old = change.New // as if it had been changed
			if i%2 == 0 {
				others[i].New = nil
			}
		}
	}
	if failed := w.hand(others); failed != "" || len(w.calls) != 0 || w.metrics.Len() != 0 || w.log.Len() != 0 {
		t.Errorf("failed %q, %d calls, metrics %q, log %q", failed, len(w.calls), w.metrics.String(), w.log.String())
	}
}

func TestAStreamThatComesTwiceGivesTheSameEventsAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	entries := w.release("r1")
	w.hand(w.stream)
	w.hand(w.stream)
	if len(w.taken) != 2*len(entries) {
		t.Fatalf("%d events of %d entries", len(w.taken), len(entries))
	}
	for i := range entries {
		if diff := cmp.Diff(*w.taken[i].Detail, *w.taken[i+len(entries)].Detail); diff != "" {
			t.Errorf("event %d differs the second time:\n%s", i, diff)
		}
	}
}

// A batch is announced in calls that EventBridge accepts.
func TestManyAndLargeEntriesGoInParts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	record, err := w.ledger.Create(t.Context(), ledger.Record{ID: "r1", Service: "echo", Environment: "production", Execution: "x", CreatedAt: morning})
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 390_000, 390_000, 390_000, 1} {
		entry := ledger.Entry{At: morning, Kind: ledger.EntryNote, Actor: "anna", Text: strings.Repeat("a", size)}
		if record, err = w.ledger.WriteUnlocked(t.Context(), ledger.Change{Record: record, Entries: []ledger.Entry{entry}}); err != nil {
			t.Fatal(err)
		}
	}
	if failed := w.hand(w.stream); failed != "" {
		t.Fatalf("failed from %s on", failed)
	}
	if diff := cmp.Diff([]int{10, 3, 2}, w.calls); diff != "" {
		t.Errorf("entries by call (-want +got):\n%s", diff)
	}
	if got := w.sequences(); !slices.IsSorted(got) || len(got) != 15 {
		t.Errorf("sequences %v", got)
	}
}

// Whatever EventBridge refuses, and however the stream is cut.
func TestNothingIsLostWhateverIsRefused(t *testing.T) {
	t.Parallel()
	template := newWorld(t)
	var entries []ledger.Entry
	for i := range 3 {
		entries = append(entries, template.release(fmt.Sprintf("r%d", i))...)
	}
	rapid.Check(t, func(rt *rapid.T) {
		w := &world{t: t}
		w.handler = announce.New(announce.Options{Events: w, Bus: "releases", Metrics: &w.metrics})
		w.refuses = func(announce.Change) bool { return rapid.IntRange(0, 3).Draw(rt, "refused") == 0 }
		w.callFails = func(int) bool { return rapid.IntRange(0, 4).Draw(rt, "call fails") == 0 }
		handed := 0
		for left := template.stream; len(left) > 0; handed++ {
			if handed == 50 {
				w.refuses, w.callFails = nil, nil
			}
			batch := left[:rapid.IntRange(1, len(left)).Draw(rt, "batch")]
			failed := w.hand(batch)
			if failed == "" {
				left = left[len(batch):]
				continue
			}
			at := slices.IndexFunc(batch, func(c dynamodb.Change) bool { return c.SequenceNumber() == failed })
			if at < 0 {
				rt.Fatalf("record %s is not in the batch", failed)
			}
			left = left[at:]
		}
		seen := map[string]bool{}
		for _, entry := range w.taken {
			change := changeOf(t, entry)
			seen[fmt.Sprint(change.Release, change.Sequence)] = true
		}
		if len(seen) != len(entries) {
			rt.Fatalf("%d of %d entries were announced", len(seen), len(entries))
		}
		// Metrics are written once for each entry, however often its event was put.
		if outcomes := strings.Count(w.metrics.String(), `"Releases":1`); outcomes != 3 {
			rt.Fatalf("%d outcomes were counted", outcomes)
		}
	})
}

func TestAnEntryThatIsRefusedHoldsBackWhatFollows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.release("r1")
	w.release("r2")
	w.refuses = func(change announce.Change) bool { return change.Release == "r1" && change.Sequence == 4 }
	failed := w.hand(w.stream)
	fourth := slices.IndexFunc(w.stream, func(c dynamodb.Change) bool { return sortKey(c) == "entry#000000000004" })
	if failed != w.stream[fourth].SequenceNumber() {
		t.Errorf("failed from %s on, want %s", failed, w.stream[fourth].SequenceNumber())
	}
	// Ten in the first call; the refused one alone twice more; nothing of the next call.
	if diff := cmp.Diff([]int{10, 1, 1}, w.calls); diff != "" {
		t.Errorf("entries by call (-want +got):\n%s", diff)
	}
	if strings.Contains(w.metrics.String(), "Verdicts") || !strings.Contains(w.metrics.String(), "CanaryWeight") {
		t.Errorf("metrics of what comes again were written:\n%s", w.metrics.String())
	}
	if !strings.Contains(w.log.String(), "ThrottlingException: slower") {
		t.Errorf("log %s", w.log.String())
	}
}

// What EventBridge will never take is passed over: it must not keep everything behind it from being announced.
func TestWhatIsRefusedForGoodIsPassedOver(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"InvalidArgument", "MalformedDetail", "RedactionFailure"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.release("r1")
			w.refuses = func(change announce.Change) bool { return change.Sequence == 6 }
			w.code = code
			if failed := w.hand(w.stream); failed != "" {
				t.Errorf("failed from %s on", failed)
			}
			if diff := cmp.Diff([]int64{1, 2, 3, 4, 5, 7, 8, 9}, w.sequences()); diff != "" {
				t.Errorf("sequences (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]int{9}, w.calls); diff != "" {
				t.Errorf("entries by call (-want +got):\n%s", diff)
			}
			w.checkPassedOver(1, code+": slower")
			// What happened has happened, whether or not it could be said.
			if !strings.Contains(w.metrics.String(), `"Verdicts":1`) {
				t.Errorf("the verdict was not counted:\n%s", w.metrics.String())
			}
		})
	}
}

// checkPassedOver wants so many entries that were logged and counted as refused, and why.
func (w *world) checkPassedOver(want int, why string) {
	w.t.Helper()
	if counted := strings.Count(w.metrics.String(), `"AnnouncementsRefused":1`); counted != want {
		w.t.Errorf("%d were counted, want %d:\n%s", counted, want, w.metrics.String())
	}
	if logged := strings.Count(w.log.String(), "level=ERROR"); logged != want || !strings.Contains(w.log.String(), why) {
		w.t.Errorf("log %s", w.log.String())
	}
	for line := range lines(w.metrics.String()) {
		checkMetricLine(w.t, line)
	}
}

// What people can mend comes again, so that nothing is lost by the time they have.
func TestWhatPeopleCanMendComesAgain(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"AccessDeniedException", "NotAuthorizedForSourceException", "NotAuthorizedForDetailTypeException", "ResourceNotFoundException", "InvalidAccountIdException", "InternalFailure", "ServiceUnavailable", "SomethingNew"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.release("r1")
			w.refuses = func(change announce.Change) bool { return change.Sequence == 1 }
			w.code = code
			failed := w.hand(w.stream)
			at := slices.IndexFunc(w.stream, func(c dynamodb.Change) bool { return c.SequenceNumber() == failed })
			if at < 0 || sortKey(w.stream[at]) != "entry#000000000001" {
				t.Fatalf("failed from %q on", failed)
			}
			if strings.Contains(w.metrics.String(), "AnnouncementsRefused") {
				t.Errorf("metrics %s", w.metrics.String())
			}
			w.refuses = nil
			if failed := w.hand(w.stream[at:]); failed != "" || !slices.Contains(w.sequences(), 1) {
				t.Errorf("failed from %q on; announced are %v", failed, w.sequences())
			}
		})
	}
}

// A Region whose limit is lower than the documented one refuses whole calls: then it is each entry's own size that counts.
func TestACallThatIsInvalidGoesEntryByEntry(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	record, err := w.ledger.Create(t.Context(), ledger.Record{ID: "r1", Service: "echo", Environment: "production", Execution: "x", CreatedAt: morning})
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{1, 200_000, 300_000, 1, 200_000} {
		entry := ledger.Entry{At: morning, Kind: ledger.EntryNote, Actor: "anna", Text: strings.Repeat("a", size)}
		if record, err = w.ledger.WriteUnlocked(t.Context(), ledger.Change{Record: record, Entries: []ledger.Entry{entry}}); err != nil {
			t.Fatal(err)
		}
	}
	w.most = 256 << 10
	if failed := w.hand(w.stream); failed != "" {
		t.Errorf("failed from %s on", failed)
	}
	if diff := cmp.Diff([]int64{1, 2, 4, 5}, w.sequences()); diff != "" {
		t.Errorf("sequences (-want +got):\n%s", diff)
	}
	w.checkPassedOver(1, "Total size of the entries")
	t.Run("and stops where the bus is away", func(t *testing.T) {
		w.callFails = func(call int) bool { return call == 10 } // all five, and then the third of them alone
		failed := w.hand(w.stream)
		at := slices.IndexFunc(w.stream, func(c dynamodb.Change) bool { return c.SequenceNumber() == failed })
		if at < 0 || sortKey(w.stream[at]) != "entry#000000000003" {
			t.Errorf("failed from %q on, calls %v", failed, w.calls)
		}
	})
}

func TestACallThatFailsComesAgainAsAWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.release("r1")
	w.release("r2")
	w.callFails = func(call int) bool { return call == 2 }
	failed := w.hand(w.stream)
	if got := w.sequences(); len(got) != 10 {
		t.Fatalf("%v were taken", got)
	}
	at := slices.IndexFunc(w.stream, func(c dynamodb.Change) bool { return c.SequenceNumber() == failed })
	if failed = w.hand(w.stream[at:]); failed != "" {
		t.Fatalf("failed from %s on", failed)
	}
	if diff := cmp.Diff([]int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9}, w.sequences()); diff != "" {
		t.Errorf("sequences (-want +got):\n%s", diff)
	}
}

func sortKey(change dynamodb.Change) string {
	return change.Key["sk"].(*types.AttributeValueMemberS).Value
}

// What can't be understood is passed over with a line in the log, and keeps nothing from being announced.
func TestMalformedRecordsArePassedOver(t *testing.T) {
	t.Parallel()
	for name, record := range map[string]string{
		"no object":             `7`,
		"of other types":        `{"eventName":5}`,
		"keys that are objects": `{"eventName":"INSERT","dynamodb":{"SequenceNumber":"1","NewImage":{"pk":{"S":7}}}}`,
		"no value":              `{"eventName":"INSERT","dynamodb":{"SequenceNumber":"1","NewImage":{"pk":{"S":"release#r"},"sk":{"S":"entry#000000000001"}}}}`,
		"a value of another":    `{"eventName":"INSERT","dynamodb":{"SequenceNumber":"1","NewImage":{"pk":{"S":"release#r"},"sk":{"S":"entry#000000000001"},"value":{"S":"[]"}}}}`,
		"whose is it":           `{"eventName":"INSERT","dynamodb":{"SequenceNumber":"1","NewImage":{"pk":{"S":"release#r"},"sk":{"S":"entry#000000000001"},"value":{"S":"{\"sequence\":1}"}}}}`,
		"no sequence":           `{"eventName":"INSERT","dynamodb":{"SequenceNumber":"1","NewImage":{"pk":{"S":"release#r"},"sk":{"S":"entry#000000000001"},"value":{"S":"{}"},"service":{"S":"a"},"environment":{"S":"b"}}}}`,
		"a time that is none":   `{"eventName":"INSERT","dynamodb":{"SequenceNumber":"1","NewImage":{"pk":{"S":"release#r"},"sk":{"S":"entry#000000000001"},"value":{"S":"{\"sequence\":1}"},"service":{"S":"a"},"environment":{"S":"b"},"goingBackSince":{"S":"soon"}}}}`,
		"an empty evaluation":   `{"eventName":"INSERT","dynamodb":{"SequenceNumber":"1","NewImage":{"pk":{"S":"service#a/b"},"sk":{"S":"evaluation#1"},"value":{"S":"{}"}}}}`,
		"a broken evaluation":   `{"eventName":"INSERT","dynamodb":{"SequenceNumber":"1","NewImage":{"pk":{"S":"service#a/b"},"sk":{"S":"evaluation#1"},"value":{"S":"{"}}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			entries := w.release("r1")
			batch, err := dynamodb.StreamEvent("eu-west-1", account, w.stream)
			if err != nil {
				t.Fatal(err)
			}
			batch = []byte(strings.Replace(string(batch), `{"Records":[`, `{"Records":[`+record+`,`, 1))
			if failed := w.handle(batch); failed != "" {
				t.Errorf("failed from %s on", failed)
			}
			if len(w.taken) != len(entries) {
				t.Errorf("%d of %d entries were announced", len(w.taken), len(entries))
			}
			if !strings.Contains(w.log.String(), "level=ERROR") || strings.Count(w.log.String(), "\n") != 1 {
				t.Errorf("log %q", w.log.String())
			}
		})
	}
}

func TestWhatIsNoBatchIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, payload := range []string{``, `null`, `7`, `{}`, `{"Records":{}}`, `{"state":"Evaluate"}`} {
		_, err := w.handler.Handle(t.Context(), json.RawMessage(payload))
		if kind, _ := release.KindOf(err); kind != release.KindRefused {
			t.Errorf("%q: %v", payload, err)
		}
	}
	if failed := w.handle([]byte(`{"Records":[]}`)); failed != "" {
		t.Errorf("an empty batch failed: %s", failed)
	}
}

// A metric that can't be written is an error, so that the batch comes again.
func TestALogThatFailsIsAnError(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.release("r1")
	handler := announce.New(announce.Options{Events: w, Bus: "releases", Metrics: broken{}})
	batch, err := dynamodb.StreamEvent("eu-west-1", account, w.stream)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := handler.Handle(t.Context(), batch); !errors.Is(err, errBroken) {
		t.Errorf("got %v", err)
	}
}

type broken struct{}

var errBroken = errors.New("standard output is closed")

func (broken) Write([]byte) (int, error) { return 0, errBroken }
