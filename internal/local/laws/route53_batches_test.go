package laws_test

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
)

// notTaken ends a law unless a batch was refused for what it would do.
func notTaken(_ *types.ChangeInfo, err error) { refused(err, "InvalidChangeBatch") }

// The laws of batches: what makes a compare-and-set of them.
var batchLaws = []law[route53World]{
	{
		name:   "deleting and creating in one batch replaces a record",
		source: changeRecords,
		hold: func(ctx context.Context, w route53World) {
			d := w.zone(ctx)
			must(d.try(creating(d.weighted("one", 255, "192.0.2.1"))))
			must(d.try(deleting(d.weighted("one", 255, "192.0.2.1")), creating(d.weighted("one", 230, "192.0.2.1")), creating(d.weighted("two", 25, "192.0.2.2"))))
			equal("weights", identifiers(d.records()), map[string]int64{"one": 230, "two": 25})
		},
	},
	{
		name:   "a batch is taken whole or not at all",
		source: changeRecords + ": \"Change batches are considered transactional changes\"",
		hold: func(ctx context.Context, w route53World) {
			d := w.zone(ctx)
			must(d.try(creating(d.record("a", "192.0.2.1"))))
			_, err := d.try(creating(d.record("b", "192.0.2.1")), creating(d.record("a", "192.0.2.1")))
			refused(err, "InvalidChangeBatch")
			equal("number of records", len(d.records()), 1)
		},
	},
	{
		name:   "what exists is not created again",
		source: changeRecords + ": InvalidChangeBatch",
		hold: func(ctx context.Context, w route53World) {
			d := w.zone(ctx)
			must(d.try(creating(d.weighted("one", 1, "192.0.2.1"))))
			notTaken(d.try(creating(d.weighted("one", 1, "192.0.2.1"))))
		},
	},
	{
		name:   "what exists with other values is not created either",
		source: changeRecords + ": InvalidChangeBatch",
		hold: func(ctx context.Context, w route53World) {
			d := w.zone(ctx)
			must(d.try(creating(d.weighted("one", 1, "192.0.2.1"))))
			notTaken(d.try(creating(d.weighted("one", 2, "192.0.2.1"))))
		},
	},
	{
		name:   "a record that was deleted can be created again",
		source: changeRecords,
		hold: func(ctx context.Context, w route53World) {
			d := w.zone(ctx)
			one, two := d.weighted("one", 255, "192.0.2.1"), d.weighted("two", 25, "192.0.2.2")
			must(d.try(creating(one), creating(two)))
			must(d.try(deleting(two)))
			must(d.try(creating(two)))
		},
	},
	{
		name:   "deleting must repeat every value",
		source: changeRecords + ": DELETE, \"you must specify all the same values\"",
		hold: func(ctx context.Context, w route53World) {
			d := w.zone(ctx)
			must(d.try(creating(d.weighted("one", 255, "192.0.2.1"))))
			notTaken(d.try(deleting(d.weighted("one", 254, "192.0.2.1"))))
		},
	},
	{
		name:   "what is not there can't be deleted",
		source: changeRecords + ": InvalidChangeBatch",
		hold: func(ctx context.Context, w route53World) {
			d := w.zone(ctx)
			notTaken(d.try(deleting(d.record("a", "192.0.2.1"))))
		},
	},
	{
		name:   "a batch that is based on what was there before fails",
		source: changeRecords + ": DELETE, \"you must specify all the same values\"; \"Change batches are considered transactional changes\"",
		hold: func(ctx context.Context, w route53World) {
			d := w.zone(ctx)
			first, second := d.weighted("one", 255, "192.0.2.1"), d.weighted("one", 230, "192.0.2.1")
			must(d.try(creating(first)))
			must(d.try(deleting(first), creating(second)))
			notTaken(d.try(deleting(first), creating(d.weighted("one", 200, "192.0.2.1"))))
		},
	},
	{
		name:   "a batch that is refused says everything that is wrong with it",
		source: changeRecords + ": InvalidChangeBatch, \"Each error message indicates one error in the change batch\"",
		hold: func(ctx context.Context, w route53World) {
			d := w.zone(ctx)
			_, err := d.try(deleting(d.record("a", "192.0.2.1")), deleting(d.record("b", "192.0.2.1")))
			refused(err, "InvalidChangeBatch")
			for _, label := range []string{"a", "b"} {
				if !strings.Contains(err.Error(), label+"."+w.domain) {
					broke("%s is not in: %v", label, err)
				}
			}
		},
	},
	{
		name:   "upsert creates, and replaces whatever is there",
		source: changeRecords + ": UPSERT",
		hold: func(ctx context.Context, w route53World) {
			d := w.zone(ctx)
			must(d.try(upserting(d.weighted("one", 255, "192.0.2.1"))))
			must(d.try(upserting(d.weighted("one", 1, "192.0.2.1"))))
			equal("weights", identifiers(d.records()), map[string]int64{"one": 1})
		},
	},
	{
		name:   "deleting a set identifier leaves those of other names alone",
		source: recordSet + ": SetIdentifier, unique among those of one name and type",
		hold: func(ctx context.Context, w route53World) {
			d := w.zone(ctx)
			one, other := d.weighted("one", 1, "192.0.2.1"), d.weighted("one", 1, "192.0.2.1")
			other.Name = aws.String("other." + w.domain)
			must(d.try(creating(one), creating(other)))
			must(d.try(deleting(one)))
			equal("number of records", len(d.records()), 1)
		},
	},
	{
		name:   "a change is in sync after a while",
		source: route53Page + "API_GetChange.html",
		hold: func(ctx context.Context, w route53World) {
			d := w.zone(ctx)
			made := must(d.try(creating(d.record("a", "192.0.2.1"))))
			w.propagate()
			equal("status", must(w.GetChange(ctx, &sdk.GetChangeInput{Id: made.Id})).ChangeInfo.Status, types.ChangeStatusInsync)
		},
	},
	{
		name:   "a change that nobody made is not found",
		source: route53Page + "API_GetChange.html: NoSuchChange",
		hold: func(ctx context.Context, w route53World) {
			_, err := w.GetChange(ctx, &sdk.GetChangeInput{Id: aws.String("C0NOBODYMADETHIS")})
			typed[*types.NoSuchChange](err)
		},
	},
	{
		name:   "a change begins pending",
		source: route53Page + "API_ChangeInfo.html: \"PENDING indicates that this request has not yet been applied to all Amazon Route 53 DNS servers\"",
		hold: func(ctx context.Context, w route53World) {
			d := w.zone(ctx)
			equal("status", must(d.try(creating(d.record("a", "192.0.2.1")))).Status, types.ChangeStatusPending)
		},
	},
	{
		name:   "a zone takes only names of its own",
		source: changeRecords + ": InvalidChangeBatch",
		hold: func(ctx context.Context, w route53World) {
			d := w.zone(ctx)
			set := d.record("a", "192.0.2.1")
			set.Name = aws.String("a.example.org")
			notTaken(d.try(creating(set)))
		},
	},
}
