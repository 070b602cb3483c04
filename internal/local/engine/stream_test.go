package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/local/engine"
	"github.com/goldfinch-dev/goldfinch/internal/local/eventbridge"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// A change is the detail of a "Goldfinch Release Changed" event, as a receiver reads it.
type change struct {
	Release  string          `json:"release"`
	Sequence int64           `json:"sequence"`
	Kind     string          `json:"kind"`
	Reason   string          `json:"reason"`
	Outcome  release.Outcome `json:"outcome"`
}

// listen returns the changes that arrive on the bus from now on.
func (s *simulation) listen() *[]change {
	var heard []change
	s.engine.Bus.Rule("listener", eventbridge.Pattern{Source: []string{"goldfinch"}, DetailType: []string{"Goldfinch Release Changed"}}, func(_ context.Context, event eventbridge.Event) error {
		var one change
		if err := json.Unmarshal(event.Detail, &one); err != nil {
			s.t.Errorf("event %s: %v", event.Detail, err)
		}
		heard = append(heard, one)
		return nil
	})
	return &heard
}

// history is what the command line prints of a release, a sentence an entry.
func (s *simulation) history(id string) []string {
	s.t.Helper()
	history, err := s.engine.Operator.History(s.t.Context(), operator.Reference{ID: id})
	if err != nil {
		s.t.Fatal(err)
	}
	var sentences []string
	for _, entry := range history.Entries {
		sentences = append(sentences, fmt.Sprintf("%d %s: %s", entry.Sequence, entry.Kind, entry.Text))
	}
	return sentences
}

// sentences are those of the changes of one release.
func sentences(heard []change, id string) []string {
	var all []string
	for _, one := range heard {
		if one.Release == id {
			all = append(all, fmt.Sprintf("%d %s: %s", one.Sequence, one.Kind, one.Reason))
		}
	}
	return all
}

// ending is a way in which a release ends.
type ending struct {
	outcome release.Outcome
	// run runs a release in a world in which version 1 is stable.
	run func(*simulation) ledger.Record
}

var endings = []ending{
	{release.Promoted, func(s *simulation) ledger.Record { return s.release(s.document("two")) }},
	{release.RolledBack, func(s *simulation) ledger.Record {
		s.broken["2"] = 0.2
		return s.release(s.document("two"))
	}},
	{release.Aborted, func(s *simulation) ledger.Record {
		id := s.start(s.document("two"))
		s.pass(90 * time.Second)
		if _, err := s.engine.Operator.Signal(s.t.Context(), operator.Reference{ID: id}, ledger.Signal{Kind: ledger.SignalAbort, By: "anna", Reason: "wrong build"}); err != nil {
			s.t.Fatal(err)
		}
		return s.finish(id)
	}},
	{release.Refused, func(s *simulation) ledger.Record { return s.release(s.document("one")) }},
	{release.FailedDirty, func(s *simulation) ledger.Record {
		id := s.start(s.document("two"))
		s.pass(90 * time.Second)
		s.foreign()
		return s.finish(id)
	}},
}

func TestEveryChangeOfAReleaseArrivesOnTheBusWithItsSentence(t *testing.T) {
	t.Parallel()
	for _, ending := range endings {
		t.Run(string(ending.outcome), func(t *testing.T) {
			t.Parallel()
			s := simulate(t)
			heard := s.listen()
			s.release(s.document("one"))
			record := ending.run(s)
			if record.Outcome != ending.outcome {
				t.Fatalf("the release ended as %s: %s", record.Outcome, record.Reason)
			}
			if diff := cmp.Diff(s.history(record.ID), sentences(*heard, record.ID)); diff != "" {
				t.Errorf("sentences on the bus (-history +bus):\n%s", diff)
			}
			last := (*heard)[len(*heard)-1]
			if last.Outcome != ending.outcome || last.Reason != string(record.Outcome)+": "+record.Reason {
				t.Errorf("the last event says %s: %s", last.Outcome, last.Reason)
			}
			if metric := fmt.Sprintf(`"Outcome":"%s","Releases":1,`, ending.outcome); strings.Count(s.metrics.String(), metric) == 0 {
				t.Errorf("no metric has %s:\n%s", metric, s.metrics.String())
			}
		})
	}
}

// Unannounced, a release ends as it does otherwise, and nobody hears of it.
func TestNothingIsAnnouncedWhereNobodyListens(t *testing.T) {
	t.Parallel()
	s := simulate(t, func(o *engine.Options) { o.Unannounced = true })
	heard := s.listen()
	record := s.release(s.document("one"))
	if record.Outcome != release.Promoted {
		t.Errorf("the release ended as %s: %s", record.Outcome, record.Reason)
	}
	if len(*heard) != 0 || s.metrics.Len() != 0 {
		t.Errorf("heard %v and counted %q", *heard, s.metrics.String())
	}
}

// A function that dies, a bus that is away: the same changes come again until all have arrived.
func TestNoChangeIsLostWhenTheBusFails(t *testing.T) {
	t.Parallel()
	s := simulate(t)
	heard := s.listen()
	calls, died := 0, 0
	s.call = func(ctx context.Context, operation string, call func(context.Context) error) error {
		if operation != "events:PutEvents" || ctx.Value(functionKey{}) != "announce" {
			return call(ctx)
		}
		switch calls++; calls % 4 {
		case 1:
			return errors.New("the bus is away")
		case 2:
			died++
			err := call(ctx)
			panic(fmt.Sprintf("died after the call (%v)", err))
		default:
			return call(ctx)
		}
	}
	first := s.release(s.document("one"))
	record := s.release(s.document("two"))
	for _, id := range []string{first.ID, record.ID} {
		said := sentences(*heard, id)
		var once []string
		for _, sentence := range said {
			if !slices.Contains(once, sentence) {
				once = append(once, sentence)
			}
		}
		if diff := cmp.Diff(s.history(id), once); diff != "" {
			t.Errorf("sentences on the bus (-history +bus):\n%s", diff)
		}
		if len(once) == len(said) {
			t.Errorf("nothing of release %s came twice, so that this test says little", id)
		}
	}
	if died == 0 {
		t.Error("the function never died")
	}
	if outcomes := strings.Count(s.metrics.String(), `"Releases":1`); outcomes != 2 {
		t.Errorf("%d outcomes were counted", outcomes)
	}
}

// What nobody takes for a day is gone, as in DynamoDB; what comes after it arrives.
func TestAStreamForgetsAfterADay(t *testing.T) {
	t.Parallel()
	s := simulate(t)
	heard := s.listen()
	away := true
	s.call = func(ctx context.Context, operation string, call func(context.Context) error) error {
		if away && ctx.Value(functionKey{}) == "announce" {
			return errors.New("the bus is away")
		}
		return call(ctx)
	}
	forgotten := s.release(s.document("one"))
	s.pass(25 * time.Hour)
	away = false
	record := s.release(s.document("two"))
	if got := sentences(*heard, forgotten.ID); got != nil {
		t.Errorf("heard %q", got)
	}
	if diff := cmp.Diff(s.history(record.ID), sentences(*heard, record.ID)); diff != "" {
		t.Errorf("sentences on the bus (-history +bus):\n%s", diff)
	}
}

// Time to roll back counts from the first word against the release to its outcome.
func TestTheTimeToRollBackIsMeasured(t *testing.T) {
	t.Parallel()
	s := simulate(t)
	s.release(s.document("one"))
	id := s.start(s.document("two"))
	s.pass(90 * time.Second)
	s.call = func(ctx context.Context, operation string, call func(context.Context) error) error {
		if operation == "lambda:UpdateAlias" {
			s.clock.RunUntil(s.clock.Now().Add(1500 * time.Millisecond)) // a call that takes its time
		}
		return call(ctx)
	}
	if _, err := s.engine.Operator.Signal(t.Context(), operator.Reference{ID: id}, ledger.Signal{Kind: ledger.SignalAbort, By: "anna"}); err != nil {
		t.Fatal(err)
	}
	if record := s.finish(id); record.Outcome != release.Aborted {
		t.Fatalf("%s: %s", record.Outcome, record.Reason)
	}
	if !strings.Contains(s.metrics.String(), `"SecondsToRollback":1.5,`) {
		t.Errorf("metrics:\n%s", s.metrics.String())
	}
	if _, weight, ok := strings.Cut(s.metrics.String(), `"CanaryWeight":10,`); !ok || !strings.Contains(weight, `"CanaryWeight":0,`) {
		t.Errorf("the canary's weight was not measured up and down:\n%s", s.metrics.String())
	}
}
