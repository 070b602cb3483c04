package eventbridge_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/eventbridge"
)

var start = time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC)

// open makes a bus on a virtual clock, which delivers in place.
func open(change func(*eventbridge.Options)) (*eventbridge.Bus, *clock.Virtual) {
	v := clock.NewVirtual(start)
	options := eventbridge.Options{Clock: v, Region: "eu-west-1", AccountID: "123456789012", Go: func(f func()) { f() }}
	if change != nil {
		change(&options)
	}
	return eventbridge.New(options), v
}

func TestRulesGetWhatTheirPatternWants(t *testing.T) {
	t.Parallel()
	b, _ := open(nil)
	var got []string
	rule := func(name string, pattern eventbridge.Pattern) {
		b.Rule(name, pattern, func(_ context.Context, e eventbridge.Event) error {
			got = append(got, name+" "+e.DetailType)
			return nil
		})
	}
	rule("all", eventbridge.Pattern{})
	rule("source", eventbridge.Pattern{Source: []string{"x", "a"}})
	rule("type", eventbridge.Pattern{DetailType: []string{"two"}})
	rule("both", eventbridge.Pattern{Source: []string{"a"}, DetailType: []string{"two"}})
	rule("match", eventbridge.Pattern{Match: func(e eventbridge.Event) bool { return string(e.Detail) == "{}" }})
	b.Publish(t.Context(), eventbridge.Event{Source: "a", DetailType: "one", Detail: json.RawMessage("{}")})
	b.Publish(t.Context(), eventbridge.Event{Source: "b", DetailType: "two"})
	b.Publish(t.Context(), eventbridge.Event{Source: "a", DetailType: "two"})
	want := []string{"all one", "source one", "match one", "all two", "type two", "all two", "source two", "type two", "both two"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("deliveries (-want +got):\n%s", diff)
	}
}

func TestTheEnvelopeIsFilledIn(t *testing.T) {
	t.Parallel()
	b, v := open(nil)
	v.RunUntil(start.Add(1500 * time.Millisecond))
	var got eventbridge.Event
	b.Rule("r", eventbridge.Pattern{}, func(_ context.Context, e eventbridge.Event) error { got = e; return nil })
	id := b.Publish(t.Context(), eventbridge.Event{Source: "s", DetailType: "t", Detail: json.RawMessage(`{"a":1}`)})
	if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(id) {
		t.Errorf("id %q is no UUID", id)
	}
	text, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"version":"0","id":"` + id + `","detail-type":"t","source":"s","account":"123456789012",` +
		`"time":"2026-11-23T01:30:01Z","region":"eu-west-1","resources":[],"detail":{"a":1}}`
	if string(text) != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
}

func TestAFailingTargetIsTriedAgain(t *testing.T) {
	t.Parallel()
	b, v := open(nil)
	var at []string
	var ids []string
	b.Rule("weak", eventbridge.Pattern{}, func(_ context.Context, e eventbridge.Event) error {
		at = append(at, v.Now().Sub(start).String())
		ids = append(ids, e.ID)
		if len(at) < 4 {
			return errors.New("not now")
		}
		return nil
	})
	b.Publish(t.Context(), eventbridge.Event{})
	v.Run(nil)
	if diff := cmp.Diff([]string{"0s", "1s", "3s", "7s"}, at); diff != "" {
		t.Errorf("attempts (-want +got):\n%s", diff)
	}
	if slices.Sort(ids); len(slices.Compact(ids)) != 1 {
		t.Errorf("the repeated event has ids %v", ids)
	}
	var seen []string
	for _, d := range b.Deliveries() {
		seen = append(seen, fmt.Sprintf("%s %d at %v: %v", d.Rule, d.Attempt, d.At.Sub(start), d.Err))
	}
	want := []string{"weak 1 at 0s: not now", "weak 2 at 1s: not now", "weak 3 at 3s: not now", "weak 4 at 7s: <nil>"}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("deliveries (-want +got):\n%s", diff)
	}
	if dead := b.DeadLetters(); len(dead) != 0 {
		t.Errorf("dead letters %v", dead)
	}
}

func TestAnEventThatNobodyTakesIsADeadLetter(t *testing.T) {
	t.Parallel()
	b, v := open(nil)
	refusal := errors.New("never")
	attempts := 0
	b.Rule("dead", eventbridge.Pattern{}, func(context.Context, eventbridge.Event) error { attempts++; return refusal })
	id := b.Publish(t.Context(), eventbridge.Event{})
	v.Run(nil)
	dead := b.DeadLetters()
	if len(dead) != 1 || dead[0].Event.ID != id || dead[0].Attempts != attempts || !errors.Is(dead[0].Err, refusal) || dead[0].Rule != "dead" {
		t.Fatalf("dead letters %+v after %d attempts", dead, attempts)
	}
	// 1+2+4+8+16+32 s, and then a minute three times.
	if want := start.Add(63*time.Second + 3*time.Minute); attempts != 10 || !dead[0].At.Equal(want) {
		t.Errorf("given up after %d attempts at %v, want 10 at %v", attempts, dead[0].At, want)
	}
}

func TestCloseDropsRetries(t *testing.T) {
	t.Parallel()
	b, v := open(nil)
	attempts := 0
	b.Rule("r", eventbridge.Pattern{}, func(context.Context, eventbridge.Event) error { attempts++; return errors.New("no") })
	b.Publish(t.Context(), eventbridge.Event{})
	b.Close()
	b.Publish(t.Context(), eventbridge.Event{})
	if v.Step() || attempts != 1 {
		t.Errorf("%d attempts, want 1", attempts)
	}
}

// Deliveries run beside each other, do not end with their publisher, and are cancelled by Close.
func TestDeliveriesInTheBackground(t *testing.T) {
	t.Parallel()
	b := eventbridge.New(eventbridge.Options{Clock: clock.Wall{}})
	type key struct{}
	var both sync.WaitGroup
	both.Add(2)
	ended := make(chan error, 2)
	for range 2 {
		b.Rule("r", eventbridge.Pattern{}, func(ctx context.Context, _ eventbridge.Event) error {
			both.Done()
			both.Wait() // until the other one is here, too
			if ctx.Value(key{}) != "kept" {
				t.Error("the context's values are gone")
			}
			<-ctx.Done()
			ended <- ctx.Err()
			return ctx.Err()
		})
	}
	ctx, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "kept"))
	b.Publish(ctx, eventbridge.Event{})
	cancel()
	both.Wait()
	if len(ended) != 0 {
		t.Error("a delivery ended with its publisher")
	}
	b.Close()
	if len(ended) != 2 {
		t.Errorf("Close waited for %d deliveries, want 2", len(ended))
	}
}

func TestOldDeliveriesAreForgotten(t *testing.T) {
	t.Parallel()
	b, _ := open(nil)
	b.Rule("r", eventbridge.Pattern{}, func(context.Context, eventbridge.Event) error { return nil })
	for i := range 1005 {
		b.Publish(t.Context(), eventbridge.Event{ID: fmt.Sprint(i)})
	}
	got := b.Deliveries()
	if len(got) != 1000 || got[0].Event.ID != "5" || got[999].Event.ID != "1004" {
		t.Errorf("%d deliveries, from %s to %s", len(got), got[0].Event.ID, got[len(got)-1].Event.ID)
	}
}

func entry(change func(*types.PutEventsRequestEntry)) types.PutEventsRequestEntry {
	e := types.PutEventsRequestEntry{Source: aws.String("goldfinch"), DetailType: aws.String("Release"), Detail: aws.String(`{"id":"r-1"}`)}
	if change != nil {
		change(&e)
	}
	return e
}

func TestPutEvents(t *testing.T) {
	t.Parallel()
	count := 0
	b, _ := open(func(o *eventbridge.Options) { o.NewID = func() string { count++; return fmt.Sprint("e-", count) } })
	var got []string
	b.Rule("r", eventbridge.Pattern{Source: []string{"goldfinch"}}, func(_ context.Context, e eventbridge.Event) error {
		got = append(got, fmt.Sprint(e.ID, " ", e.DetailType, " ", string(e.Detail), " ", e.Resources, " ", e.Time.Unix()))
		return nil
	})
	at := start.Add(-time.Hour)
	out, err := b.PutEvents(t.Context(), &sdk.PutEventsInput{Entries: []types.PutEventsRequestEntry{
		entry(func(e *types.PutEventsRequestEntry) { e.Resources, e.Time = []string{"arn"}, aws.Time(at) }),
		entry(func(e *types.PutEventsRequestEntry) { e.Source = nil }),
		entry(func(e *types.PutEventsRequestEntry) { e.Source = aws.String("aws.states") }),
		entry(func(e *types.PutEventsRequestEntry) { e.DetailType = nil }),
		entry(func(e *types.PutEventsRequestEntry) { e.Detail = nil }),
		entry(func(e *types.PutEventsRequestEntry) { e.Detail = aws.String("[1]") }),
		entry(func(e *types.PutEventsRequestEntry) { e.Detail = aws.String("null") }),
		entry(func(e *types.PutEventsRequestEntry) { e.EventBusName = aws.String("other") }),
		entry(func(e *types.PutEventsRequestEntry) { e.EventBusName = aws.String("default") }),
	}})
	if err != nil {
		t.Fatal(err)
	}
	var results []string
	for _, r := range out.Entries {
		results = append(results, aws.ToString(r.EventId)+aws.ToString(r.ErrorCode))
		if r.ErrorCode != nil && aws.ToString(r.ErrorMessage) == "" {
			t.Errorf("%s says nothing", *r.ErrorCode)
		}
	}
	wantResults := []string{
		"e-1", "InvalidArgument", "NotAuthorizedForSourceException", "InvalidArgument", "InvalidArgument",
		"MalformedDetail", "MalformedDetail", "ResourceNotFoundException", "e-2",
	}
	if diff := cmp.Diff(wantResults, results); diff != "" || out.FailedEntryCount != 7 {
		t.Errorf("%d failed; results (-want +got):\n%s", out.FailedEntryCount, diff)
	}
	want := []string{
		fmt.Sprintf(`e-1 Release {"id":"r-1"} [arn] %d`, at.Unix()),
		fmt.Sprintf(`e-2 Release {"id":"r-1"} [] %d`, start.Unix()),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("delivered (-want +got):\n%s", diff)
	}
}

func TestPutEventsRefusesTheWholeCall(t *testing.T) {
	t.Parallel()
	b, _ := open(nil)
	big := aws.String(`{"a":"` + strings.Repeat("x", 1<<19) + `"}`)
	for name, entries := range map[string][]types.PutEventsRequestEntry{
		"no entries": nil,
		"11 entries": make([]types.PutEventsRequestEntry, 11),
		"1 MiB": {
			entry(func(e *types.PutEventsRequestEntry) { e.Detail = big }),
			entry(func(e *types.PutEventsRequestEntry) { e.Detail, e.Resources = big, []string{"arn"} }),
		},
	} {
		_, err := b.PutEvents(t.Context(), &sdk.PutEventsInput{Entries: entries})
		var api smithy.APIError
		if !errors.As(err, &api) || api.ErrorCode() != "ValidationException" {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestPutEventsIsIntercepted(t *testing.T) {
	t.Parallel()
	refusal := errors.New("refused by the test")
	b, _ := open(func(o *eventbridge.Options) {
		o.Intercept = func(_ context.Context, operation string, _ func(context.Context) error) error {
			return fmt.Errorf("%s: %w", operation, refusal)
		}
	})
	if _, err := b.PutEvents(t.Context(), &sdk.PutEventsInput{}); !errors.Is(err, refusal) || !strings.HasPrefix(err.Error(), "events:PutEvents") {
		t.Errorf("error %v", err)
	}
}
