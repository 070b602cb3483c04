package laws_test

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
)

const (
	route53Page    = "https://docs.aws.amazon.com/Route53/latest/APIReference/"
	listRecords    = route53Page + "API_ListResourceRecordSets.html"
	changeRecords  = route53Page + "API_ChangeResourceRecordSets.html"
	recordSet      = route53Page + "API_ResourceRecordSet.html"
	createCheck    = route53Page + "API_CreateHealthCheck.html"
	weightedValues = "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-values-weighted.html"
)

// The laws of hosted zones and of what is listed of them.
var zoneLaws = []law[route53World]{
	{
		name:   "a zone begins with its name servers and its authority",
		source: "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/SOA-NSrecords.html",
		hold: func(ctx context.Context, w route53World) {
			d := w.zone(ctx)
			var kinds []types.RRType
			for _, set := range must(w.ListResourceRecordSets(ctx, &sdk.ListResourceRecordSetsInput{HostedZoneId: d.id})).ResourceRecordSets {
				equal("name", *set.Name, w.domain+".")
				kinds = append(kinds, set.Type)
			}
			equal("types", kinds, []types.RRType{types.RRTypeNs, types.RRTypeSoa})
		},
	},
	{
		name:   "a zone is found by its id, with and without a prefix",
		source: route53Page + "API_GetHostedZone.html",
		hold: func(ctx context.Context, w route53World) {
			d := w.zone(ctx)
			equal("name", *must(w.GetHostedZone(ctx, &sdk.GetHostedZoneInput{Id: d.id})).HostedZone.Name, w.domain+".")
			bare := (*d.id)[len("/hostedzone/"):]
			equal("name", *must(w.GetHostedZone(ctx, &sdk.GetHostedZoneInput{Id: &bare})).HostedZone.Name, w.domain+".")
		},
	},
	{
		name:   "what is not there is not found",
		source: route53Page + "API_GetHostedZone.html: NoSuchHostedZone",
		hold: func(ctx context.Context, w route53World) {
			_, err := w.GetHostedZone(ctx, &sdk.GetHostedZoneInput{Id: aws.String("Z0NOBODYMADETHIS")})
			typed[*types.NoSuchHostedZone](err)
		},
	},
	{
		name:   "a caller reference makes one zone",
		source: route53Page + "API_CreateHostedZone.html: HostedZoneAlreadyExists",
		hold: func(ctx context.Context, w route53World) {
			w.zone(ctx)
			_, err := w.CreateHostedZone(ctx, &sdk.CreateHostedZoneInput{Name: &w.domain, CallerReference: &w.domain})
			typed[*types.HostedZoneAlreadyExists](err)
		},
	},
	{
		name:   "tags are added, replaced and removed",
		source: route53Page + "API_ChangeTagsForResource.html",
		hold: func(ctx context.Context, w route53World) {
			d := w.zone(ctx)
			bare := (*d.id)[len("/hostedzone/"):]
			tag := func(key, value string) types.Tag { return types.Tag{Key: &key, Value: &value} }
			change := func(removed []string, added ...types.Tag) {
				must(w.ChangeTagsForResource(ctx, &sdk.ChangeTagsForResourceInput{ResourceType: types.TagResourceTypeHostedzone, ResourceId: &bare, AddTags: added, RemoveTagKeys: removed}))
			}
			change(nil, tag("a", "1"), tag("b", "1"))
			change([]string{"b"}, tag("a", "2"))
			tags := must(w.ListTagsForResource(ctx, &sdk.ListTagsForResourceInput{ResourceType: types.TagResourceTypeHostedzone, ResourceId: &bare})).ResourceTagSet.Tags
			equal("number of tags", len(tags), 1)
			equal("tag", *tags[0].Key+"="+*tags[0].Value, "a=2")
		},
	},
	{
		name:   "records are listed by their reversed names",
		source: listRecords + ": \"sorts results first by DNS name with the labels reversed\"",
		hold: func(ctx context.Context, w route53World) {
			d := w.zone(ctx)
			must(d.try(creating(d.record("b", "192.0.2.1")), creating(d.record("z.a", "192.0.2.1")), creating(d.record("a", "192.0.2.1"))))
			var names []string
			for _, set := range d.records() {
				names = append(names, (*set.Name)[:len(*set.Name)-len(w.domain)-2])
			}
			equal("names", names, []string{"a", "z.a", "b"})
		},
	},
	{
		name:   "records are listed from a name and type on",
		source: listRecords + ": StartRecordName, StartRecordType",
		hold: func(ctx context.Context, w route53World) {
			d := w.zone(ctx)
			must(d.try(creating(d.record("a", "192.0.2.1")), creating(d.record("b", "192.0.2.1"))))
			start := "b." + w.domain
			sets := must(w.ListResourceRecordSets(ctx, &sdk.ListResourceRecordSetsInput{HostedZoneId: d.id, StartRecordName: &start, StartRecordType: types.RRTypeA})).ResourceRecordSets
			equal("number of records", len(sets), 1)
			equal("name", *sets[0].Name, start+".")
		},
	},
	{
		name:   "records are listed by pages, which begin where the last one says",
		source: listRecords + ": MaxItems, IsTruncated, NextRecordName, NextRecordType, NextRecordIdentifier",
		hold: func(ctx context.Context, w route53World) {
			d := w.zone(ctx)
			must(d.try(creating(d.weighted("one", 1, "192.0.2.1")), creating(d.weighted("two", 2, "192.0.2.2"))))
			start := "app." + w.domain
			first := must(w.ListResourceRecordSets(ctx, &sdk.ListResourceRecordSetsInput{HostedZoneId: d.id, StartRecordName: &start, StartRecordType: types.RRTypeA, MaxItems: aws.Int32(1)}))
			equal("truncated", first.IsTruncated, true)
			equal("first", identifiers(first.ResourceRecordSets), map[string]int64{"one": 1})
			second := must(w.ListResourceRecordSets(ctx, &sdk.ListResourceRecordSetsInput{HostedZoneId: d.id, StartRecordName: first.NextRecordName, StartRecordType: first.NextRecordType, StartRecordIdentifier: first.NextRecordIdentifier}))
			equal("second", identifiers(second.ResourceRecordSets), map[string]int64{"two": 2})
		},
	},
	{
		name:   "a type without a name is no place to begin",
		source: listRecords + ": \"Constraint: Specifying type without specifying name returns an InvalidInput error\"",
		hold: func(ctx context.Context, w route53World) {
			d := w.zone(ctx)
			_, err := w.ListResourceRecordSets(ctx, &sdk.ListResourceRecordSetsInput{HostedZoneId: d.id, StartRecordType: types.RRTypeA})
			refused(err, "InvalidInput")
		},
	},
}
