package laws_test

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/eventbridge"
)

const (
	putEventsPage = "https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html"
	entryPage     = "https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html"
	resultPage    = "https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html"
)

// codes are what became of entries: "" for one that was taken.
func codes(out *sdk.PutEventsOutput) []string {
	all := make([]string, len(out.Entries))
	for i, entry := range out.Entries {
		all[i] = aws.ToString(entry.ErrorCode)
		if taken := aws.ToString(entry.EventId) != ""; taken != (all[i] == "") {
			broke("entry %d has id %q and error code %q", i, aws.ToString(entry.EventId), all[i])
		}
	}
	return all
}

// The laws of the entries of PutEvents.
var entryLaws = []law[eventbridgeWorld]{
	{
		name:   "each entry that is taken has an id of its own",
		source: putEventsPage,
		hold: func(ctx context.Context, w eventbridgeWorld) {
			out := w.put(ctx, w.entry("One", `{}`), w.entry("Two", `{}`))
			equal("codes", codes(out), []string{"", ""})
			equal("failed", out.FailedEntryCount, int32(0))
			if *out.Entries[0].EventId == *out.Entries[1].EventId {
				broke("both have the id %s", *out.Entries[0].EventId)
			}
		},
	},
	{
		name:   "a bad entry fails beside good ones, in its place",
		source: entryPage + ": EventBridge fails that entry; " + resultPage + ": InvalidArgument, MalformedDetail",
		hold: func(ctx context.Context, w eventbridgeWorld) {
			noSource, noType, noDetail := w.entry("T", `{}`), w.entry("T", `{}`), w.entry("T", `{}`)
			noSource.Source, noType.DetailType, noDetail.Detail = nil, nil, nil
			out := w.put(ctx, w.entry("T", `{}`), noSource, noType, noDetail, w.entry("T", `{"a":`), w.entry("T", `{}`))
			equal("codes", codes(out), []string{"", "InvalidArgument", "InvalidArgument", "InvalidArgument", "MalformedDetail", ""})
			equal("failed", out.FailedEntryCount, int32(4))
		},
	},
	{
		name:   "a detail is a JSON object",
		source: entryPage + ": Detail, a valid JSON object; " + resultPage + ": MalformedDetail",
		hold: func(ctx context.Context, w eventbridgeWorld) {
			equal("codes", codes(w.put(ctx, w.entry("T", `{}`), w.entry("T", `[1]`))), []string{"", "MalformedDetail"})
		},
	},
	{
		name:   "sources that begin with aws. are AWS's",
		source: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html: source; " + resultPage + ": NotAuthorizedForSourceException",
		hold: func(ctx context.Context, w eventbridgeWorld) {
			forged := w.entry("CloudWatch Alarm State Change", `{}`)
			forged.Source = aws.String("aws.cloudwatch")
			equal("codes", codes(w.put(ctx, forged)), []string{"NotAuthorizedForSourceException"})
		},
	},
	{
		name:   "a call has at most ten entries",
		source: putEventsPage + "#eventbridge-PutEvents-request-Entries: at most 10; ValidationException",
		hold: func(ctx context.Context, w eventbridgeWorld) {
			entries := slices.Repeat([]types.PutEventsRequestEntry{w.entry("T", `{}`)}, 11)
			_, err := w.PutEvents(ctx, &sdk.PutEventsInput{Entries: entries})
			refused(err, "ValidationException")
			equal("taken", len(codes(w.put(ctx, entries[:10]...))), 10)
		},
	},
	{
		name:   "a call has at least one entry",
		source: putEventsPage + "#eventbridge-PutEvents-request-Entries: at least 1; ValidationException",
		hold: func(ctx context.Context, w eventbridgeWorld) {
			_, err := w.PutEvents(ctx, &sdk.PutEventsInput{Entries: []types.PutEventsRequestEntry{}})
			refused(err, "ValidationException")
		},
	},
}

// detailTypes are those of events, in order: deliveries have none.
func detailTypes(events []eventbridge.Event) []string {
	var all []string
	for _, e := range events {
		all = append(all, e.DetailType)
	}
	slices.Sort(all)
	return all
}

// The laws of rules and of what reaches their targets.
var deliveryLaws = []law[eventbridgeWorld]{
	{
		name:   "an event arrives in its envelope",
		source: "https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html",
		hold: func(ctx context.Context, w eventbridgeWorld) {
			received := w.rule(ctx, "all")
			entry := w.entry("Release", `{"id":"r-1"}`)
			entry.Resources = []string{"arn:aws:lambda:us-east-1:123456789012:function:echo"}
			id := *w.put(ctx, entry).Entries[0].EventId
			events := received(ctx)
			equal("events", len(events), 1)
			e := events[0]
			equal("envelope", []string{e.Version, e.ID, e.DetailType, e.Source, e.Region}, []string{"0", id, "Release", w.name, region})
			equal("resources", e.Resources, entry.Resources)
		},
	},
	{
		name:   "an event says whose account it is from",
		source: "https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html: account",
		hold: func(ctx context.Context, w eventbridgeWorld) {
			received := w.rule(ctx, "all")
			w.put(ctx, w.entry("Release", `{}`))
			events := received(ctx)
			equal("events", len(events), 1)
			equal("account", events[0].AccountID, accountID)
		},
	},
	{
		name:   "an event arrives with its time, in whole seconds",
		source: "https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html: time",
		hold: func(ctx context.Context, w eventbridgeWorld) {
			received := w.rule(ctx, "all")
			entry := w.entry("Release", `{}`)
			entry.Time = aws.Time(w.now.Add(-time.Hour).Truncate(time.Second))
			w.put(ctx, entry)
			events := received(ctx)
			equal("events", len(events), 1)
			equal("time", events[0].Time, *entry.Time)
		},
	},
	{
		name:   "a rule takes the types that it names, and no others",
		source: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html",
		hold: func(ctx context.Context, w eventbridgeWorld) {
			received := w.rule(ctx, "some", "One", "Three")
			w.put(ctx, w.entry("One", `{}`), w.entry("Two", `{}`), w.entry("Three", `{}`))
			equal("types", detailTypes(received(ctx)), []string{"One", "Three"})
		},
	},
	{
		name:   "a rule takes events of the source that it names, and no others",
		source: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html",
		hold: func(ctx context.Context, w eventbridgeWorld) {
			received := w.rule(ctx, "all")
			other := w.entry("Two", `{}`)
			other.Source = aws.String(w.name + ".other")
			w.put(ctx, w.entry("One", `{}`), other)
			equal("types", detailTypes(received(ctx)), []string{"One"})
		},
	},
	{
		name:   "what a target does is nothing to who puts an event",
		source: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html: an event that is not delivered is retried; PutEvents has taken it",
		hold: func(ctx context.Context, w eventbridgeWorld) {
			w.brokenRule(ctx)
			equal("codes", codes(w.put(ctx, w.entry("One", `{}`))), []string{""})
		},
	},
}
