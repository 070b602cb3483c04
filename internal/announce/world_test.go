package announce_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/announce"
	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

var morning = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

const account = "123456789012"

// A world is a ledger whose stream is announced on a bus that may refuse.
type world struct {
	t      *testing.T
	clock  *clock.Virtual
	ledger *ledger.Ledger
	// stream is every change of the ledger's table so far.
	stream []dynamodb.Change

	handler *announce.Handler
	// refuses, when set, says which entries the bus does not take; callFails which calls fail as a whole, from 1.
	refuses   func(announce.Change) bool
	callFails func(call int) bool
	// code is that of a refusal; empty is ThrottlingException. most, when set, is how many bytes a call may have.
	code    string
	most    int
	calls   []int // entries in each call
	taken   []types.PutEventsRequestEntry
	metrics bytes.Buffer
	log     bytes.Buffer
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, clock: clock.NewVirtual(morning)}
	table, err := dynamodb.New(dynamodb.Options{Clock: w.clock, Changed: func(changes []dynamodb.Change) { w.stream = append(w.stream, changes...) }})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := table.CreateTable(t.Context(), ledger.CreateTableInput("ledger")); err != nil {
		t.Fatal(err)
	}
	w.ledger = ledger.New(table, "ledger", w.clock.Now)
	w.handler = announce.New(announce.Options{Events: w, Bus: "releases", Metrics: &w.metrics, Log: slog.New(slog.NewTextHandler(&w.log, nil))})
	return w
}

// PutEvents is the bus.
func (w *world) PutEvents(_ context.Context, in *eventbridge.PutEventsInput, _ ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error) {
	w.calls = append(w.calls, len(in.Entries))
	if w.callFails != nil && w.callFails(len(w.calls)) {
		return nil, errors.New("the bus is away")
	}
	out := &eventbridge.PutEventsOutput{}
	size := sizeOf(in.Entries)
	if w.most > 0 && size >= w.most {
		return nil, &smithy.GenericAPIError{Code: "ValidationException", Message: "Total size of the entries in the request is over the limit."}
	}
	for _, entry := range in.Entries {
		if w.refuses != nil && w.refuses(changeOf(w.t, entry)) {
			out.FailedEntryCount++
			out.Entries = append(out.Entries, types.PutEventsResultEntry{ErrorCode: aws.String(cmp.Or(w.code, "ThrottlingException")), ErrorMessage: aws.String("slower")})
			continue
		}
		w.taken = append(w.taken, entry)
		out.Entries = append(out.Entries, types.PutEventsResultEntry{EventId: aws.String(fmt.Sprint(len(w.taken)))})
	}
	if len(in.Entries) == 0 || len(in.Entries) > 10 || size >= 1<<20 {
		w.t.Errorf("a call has %d entries of %d bytes", len(in.Entries), size)
	}
	return out, nil
}

// sizeOf is what entries count.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html
func sizeOf(entries []types.PutEventsRequestEntry) int {
	size := 0
	for _, entry := range entries {
		size += 14 + len(*entry.Source) + len(*entry.DetailType) + len(*entry.Detail)
	}
	return size
}

func changeOf(t *testing.T, entry types.PutEventsRequestEntry) announce.Change {
	t.Helper()
	var change announce.Change
	if err := json.Unmarshal([]byte(*entry.Detail), &change); err != nil {
		t.Fatal(err)
	}
	return change
}

// hand gives changes to the function and returns the number of the record from which they are to come again; empty: all were taken.
func (w *world) hand(changes []dynamodb.Change) string {
	w.t.Helper()
	batch, err := dynamodb.StreamEvent("eu-west-1", account, changes)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.handle(batch)
}

func (w *world) handle(batch []byte) string {
	w.t.Helper()
	out, err := w.handler.Handle(w.t.Context(), batch)
	if err != nil {
		w.t.Fatal(err)
	}
	answer, err := json.Marshal(out)
	if err != nil {
		w.t.Fatal(err)
	}
	var response events.DynamoDBEventResponse
	if err := json.Unmarshal(answer, &response); err != nil {
		w.t.Fatal(err)
	}
	if len(response.BatchItemFailures) > 1 || !strings.Contains(string(answer), `"batchItemFailures":[`) {
		w.t.Fatalf("the answer is %s", answer)
	}
	for _, failure := range response.BatchItemFailures {
		return failure.ItemIdentifier
	}
	return ""
}

// sequences are those of the events that the bus has taken, in order.
func (w *world) sequences() []int64 {
	w.t.Helper()
	var got []int64
	for _, entry := range w.taken {
		got = append(got, changeOf(w.t, entry).Sequence)
	}
	return got
}

// release writes a release that goes back, entry by entry, with all kinds of entries.
func (w *world) release(id string) []ledger.Entry {
	w.t.Helper()
	ctx := w.t.Context()
	record, err := w.ledger.Create(ctx, ledger.Record{ID: id, Service: "echo", Environment: "production", Execution: "execution of " + id, CreatedAt: w.clock.Now()})
	if err != nil {
		w.t.Fatal(err)
	}
	lease, err := w.ledger.Acquire(ctx, ledger.Lease{Service: "echo", Environment: "production", Owner: record.Execution, Release: id, Until: w.clock.Now().Add(time.Hour)})
	if err != nil {
		w.t.Fatal(err)
	}
	canary, stable := release.Split{Stable: "6", Canary: "7", Weight: 10}, release.Pure("6")
	verdict := &release.Verdict{At: w.clock.Now(), Decision: release.Rollback, Outcome: release.RolledBack, Reason: "errors: version 7 failed", Findings: []release.Finding{
		{Metric: "errors", Canary: 0.25, Stable: 0.005, Limit: 0.015, CanarySamples: 40, StableSamples: 360, State: release.Breach, Reason: "errors: version 7 failed"},
		{Metric: "latency", Canary: 0.5, CanarySamples: 40, State: release.NoDataYet, Reason: "latency: too few requests"},
		{Metric: "alarm late", Canary: 0.25, CanarySamples: 40, State: release.Healthy, Reason: "alarm late was already firing; judging by difference"},
	}}
	for _, entry := range []ledger.Entry{
		{Kind: ledger.EntryPhase, Actor: "Shift", Text: "the canary begins"},
		{Kind: ledger.EntrySplitIntended, Actor: "Shift", Split: &canary, Text: "wants traffic on version 6 at 90%, version 7 at 10%"},
		{Kind: ledger.EntrySplitSeen, Actor: "Shift", Split: &canary, Text: "traffic is on version 6 at 90%, version 7 at 10%"},
		{Kind: ledger.EntryPeriods, Actor: "Evaluate", Periods: []judge.Period{{Start: morning}}, Text: "counted 1 periods"},
		{Kind: ledger.EntryActor, Actor: "anna", Text: "pause: lunch"},
		{Kind: ledger.EntryVerdict, Actor: "Evaluate", Verdict: verdict, Text: "rollback: errors: version 7 failed"},
		{Kind: ledger.EntrySplitSeen, Actor: "Rollback", Split: &stable, Text: "traffic is on version 6 at 100%"},
		{Kind: ledger.EntryNote, Actor: "Rollback", Text: "$LATEST keeps the new code"},
		{Kind: ledger.EntryOutcome, Actor: "Unlock", Text: "rolled-back: errors: version 7 failed"},
	} {
		entry.At = w.clock.Now()
		change := ledger.Change{Record: record, Entries: []ledger.Entry{entry}}
		if entry.Kind == ledger.EntryVerdict {
			change.Record.GoingBackSince = w.clock.Now()
		}
		if entry.Kind == ledger.EntryOutcome {
			change.Record.Outcome, change.Free = release.RolledBack, true
		}
		if record, err = w.ledger.Write(ctx, lease, w.clock.Now().Add(time.Hour), change); err != nil {
			w.t.Fatal(err)
		}
		w.clock.RunUntil(w.clock.Now().Add(1500 * time.Millisecond))
	}
	entries, err := w.ledger.Timeline(ctx, id)
	if err != nil {
		w.t.Fatal(err)
	}
	return entries
}

// lines are those of a text, without their ends.
func lines(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for line := range strings.Lines(text) {
			if !yield(strings.TrimSuffix(line, "\n")) {
				return
			}
		}
	}
}
