package laws_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/eventbridge"
)

// eventbridgeAPI are the methods of EventBridge that have laws.
type eventbridgeAPI interface {
	PutEvents(context.Context, *sdk.PutEventsInput, ...func(*sdk.Options)) (*sdk.PutEventsOutput, error)
}

// An eventbridgeWorld is a default bus on which nobody uses the name as a source.
type eventbridgeWorld struct {
	eventbridgeAPI
	moment
	name string
	// rule sends the events of the name's source and one of the types, or of any
	// type, to a target; received takes what has come there.
	rule func(ctx context.Context, suffix string, detailTypes ...string) (received func(context.Context) []eventbridge.Event)
	// brokenRule sends all events of the name's source to a target that fails.
	brokenRule func(ctx context.Context)
}

var eventbridgeSuite = suite[eventbridgeWorld]{
	service: "eventbridge",
	laws:    concat(entryLaws, deliveryLaws),
	local: func(t *testing.T, name string) eventbridgeWorld {
		virtual := clock.NewVirtual(time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC))
		bus := eventbridge.New(eventbridge.Options{Clock: virtual, Region: region, AccountID: accountID})
		t.Cleanup(bus.Close)
		return eventbridgeWorld{
			eventbridgeAPI: bus, moment: moment{now: virtual.Now()}, name: name,
			rule: func(_ context.Context, suffix string, detailTypes ...string) func(context.Context) []eventbridge.Event {
				return localTarget(t, bus, suffix, eventbridge.Pattern{Source: []string{name}, DetailType: detailTypes})
			},
			brokenRule: func(context.Context) {
				bus.Rule("broken", eventbridge.Pattern{Source: []string{name}}, func(context.Context, eventbridge.Event) error { return errors.New("broken") })
			},
		}
	},
	remote: func(_ *testing.T, to remote) eventbridgeWorld {
		client := sdk.New(sdk.Options{
			Region: region, BaseEndpoint: &to.url, Credentials: signedBy, Retryer: once(), HTTPClient: &http.Client{Transport: to.transport},
		})
		w := eventbridgeWorld{eventbridgeAPI: client, moment: to.moment, name: to.name}
		w.rule = func(ctx context.Context, suffix string, detailTypes ...string) func(context.Context) []eventbridge.Event {
			queue := to.queue(ctx, w.name+"-"+suffix)
			w.remoteRule(ctx, client, suffix, queue.arn, detailTypes)
			return func(ctx context.Context) []eventbridge.Event { return eventsOf(queue.receive(ctx)) }
		}
		w.brokenRule = func(ctx context.Context) {
			w.remoteRule(ctx, client, "broken", "arn:aws:lambda:"+region+":"+accountID+":function:nobody", nil)
		}
		return w
	},
}

// localTarget is a rule's target in this process. Deliveries are made in the
// background, so received waits for those of the events that were put.
func localTarget(t *testing.T, bus *eventbridge.Bus, name string, pattern eventbridge.Pattern) func(context.Context) []eventbridge.Event {
	t.Helper()
	var mu sync.Mutex
	var got []eventbridge.Event
	bus.Rule(name, pattern, func(_ context.Context, e eventbridge.Event) error {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, e)
		return nil
	})
	return func(context.Context) []eventbridge.Event {
		bus.Close() // waits for what is on its way
		mu.Lock()
		defer mu.Unlock()
		return got
	}
}

// remoteRule makes a rule over the wire.
func (w eventbridgeWorld) remoteRule(ctx context.Context, client *sdk.Client, suffix, target string, detailTypes []string) {
	pattern := map[string]any{"source": []string{w.name}}
	if len(detailTypes) > 0 {
		pattern["detail-type"] = detailTypes
	}
	rule := w.name + "-" + suffix
	must(client.PutRule(ctx, &sdk.PutRuleInput{Name: &rule, EventPattern: aws.String(string(must(json.Marshal(pattern))))}))
	must(client.PutTargets(ctx, &sdk.PutTargetsInput{Rule: &rule, Targets: []types.Target{{Id: aws.String("target"), Arn: &target}}}))
}

func eventsOf(bodies []string) []eventbridge.Event {
	var events []eventbridge.Event
	for _, body := range bodies {
		var e eventbridge.Event
		if err := json.Unmarshal([]byte(body), &e); err != nil {
			broke("event %s: %v", body, err)
		}
		events = append(events, e)
	}
	return events
}

// entry is a good entry.
func (w eventbridgeWorld) entry(detailType, detail string) types.PutEventsRequestEntry {
	return types.PutEventsRequestEntry{Source: &w.name, DetailType: &detailType, Detail: &detail}
}

func (w eventbridgeWorld) put(ctx context.Context, entries ...types.PutEventsRequestEntry) *sdk.PutEventsOutput {
	return must(w.PutEvents(ctx, &sdk.PutEventsInput{Entries: entries}))
}
