package laws_test

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
)

// The laws of single records and of those of one name.
var recordLaws = []law[route53World]{
	{
		name:   "weighted records of a name are told apart by their set identifiers",
		source: weightedValues + "#rrsets-values-weighted-set-id",
		hold: func(ctx context.Context, w route53World) {
			d := w.zone(ctx)
			must(d.try(creating(d.weighted("one", 0, "192.0.2.1")), creating(d.weighted("two", 255, "192.0.2.2"))))
			equal("weights", identifiers(d.records()), map[string]int64{"one": 0, "two": 255})
		},
	},
	{
		name:   "a weight is at most 255",
		source: recordSet + ": Weight, 0 to 255",
		hold: func(ctx context.Context, w route53World) {
			d := w.zone(ctx)
			_, err := d.try(creating(d.weighted("one", 256, "192.0.2.1")))
			refused(err, "InvalidInput")
		},
	},
	{
		name:   "weighted records share their name with no simple one",
		source: "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-values-weighted.html#rrsets-values-weighted-name",
		hold: func(ctx context.Context, w route53World) {
			d := w.zone(ctx)
			must(d.try(creating(d.weighted("one", 1, "192.0.2.1"))))
			notTaken(d.try(creating(d.record("app", "192.0.2.2"))))
		},
	},
	{
		name:   "weighted records of a name have one TTL",
		source: weightedValues + "#rrsets-values-weighted-ttl",
		hold: func(ctx context.Context, w route53World) {
			d := w.zone(ctx)
			short := d.weighted("two", 1, "192.0.2.2")
			short.TTL = aws.Int64(30)
			must(d.try(creating(d.weighted("one", 1, "192.0.2.1")), creating(short)))
			var ttls []int64
			for _, set := range d.records() {
				ttls = append(ttls, *set.TTL)
			}
			equal("TTLs", ttls, []int64{30, 30})
		},
	},
	{
		name:   "an alias to a load balancer has no TTL of its own",
		source: "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-choosing-alias-non-alias.html",
		hold: func(ctx context.Context, w route53World) {
			d := w.zone(ctx)
			must(d.try(creating(d.alias("app", "Z35SXDOTRQ7X7K", "lb.us-east-1.elb.amazonaws.com"))))
			set := d.records()[0]
			equal("target", *set.AliasTarget.HostedZoneId, "Z35SXDOTRQ7X7K")
			equal("TTL", aws.ToInt64(set.TTL), int64(0))
			equal("values", len(set.ResourceRecords), 0)
		},
	},
	{
		name:   "an alias to a name of the zone needs that name",
		source: route53Page + "API_AliasTarget.html: DNSName; InvalidChangeBatch",
		hold: func(ctx context.Context, w route53World) {
			d := w.zone(ctx)
			bare := (*d.id)[len("/hostedzone/"):]
			notTaken(d.try(creating(d.alias("app", bare, "nobody."+w.domain))))
		},
	},
	{
		name:   "a name that leads to another name has no other record",
		source: "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html#CNAMEFormat",
		hold: func(ctx context.Context, w route53World) {
			d := w.zone(ctx)
			must(d.try(creating(d.record("a", "192.0.2.1"))))
			set := d.record("a", "else.example.org")
			set.Type = types.RRTypeCname
			notTaken(d.try(creating(set)))
		},
	},
	{
		name:   "a location has one record of a name",
		source: recordSet + ": GeoLocation, \"You can't create two geolocation resource record sets that specify the same geographic location\"",
		hold: func(ctx context.Context, w route53World) {
			d := w.zone(ctx)
			finland := types.GeoLocation{CountryCode: aws.String("FI")}
			must(d.try(creating(d.at("one", finland)), creating(d.at("all", types.GeoLocation{CountryCode: aws.String("*")}))))
			notTaken(d.try(creating(d.at("two", finland))))
		},
	},
	{
		name:   "a location is a continent or a country",
		source: route53Page + "API_GeoLocation.html: ContinentCode, \"Constraint: Specifying ContinentCode with either CountryCode or SubdivisionCode returns an InvalidInput error\"",
		hold: func(ctx context.Context, w route53World) {
			d := w.zone(ctx)
			_, err := d.try(creating(d.at("one", types.GeoLocation{CountryCode: aws.String("FI"), ContinentCode: aws.String("EU")})))
			refused(err, "InvalidInput")
		},
	},
}

// check53 asks for a health check of an address.
func (w route53World) check53(ctx context.Context, reference, address string) (*sdk.CreateHealthCheckOutput, error) {
	return w.CreateHealthCheck(ctx, &sdk.CreateHealthCheckInput{CallerReference: &reference, HealthCheckConfig: &types.HealthCheckConfig{
		Type: types.HealthCheckTypeHttp, IPAddress: &address, Port: aws.Int32(80), ResourcePath: aws.String("/"), RequestInterval: aws.Int32(30), FailureThreshold: aws.Int32(3),
	}})
}

// The laws of health checks.
var healthCheckLaws = []law[route53World]{
	{
		name:   "a record has the health check that it names",
		source: recordSet + ": HealthCheckId",
		hold: func(ctx context.Context, w route53World) {
			d := w.zone(ctx)
			set := d.weighted("one", 1, "192.0.2.1")
			set.HealthCheckId = must(w.check53(ctx, w.domain, "192.0.2.1")).HealthCheck.Id
			must(d.try(creating(set)))
			equal("health check", *d.records()[0].HealthCheckId, *set.HealthCheckId)
		},
	},
	{
		name:   "a record can't name a health check that is not there",
		source: changeRecords + ": NoSuchHealthCheck",
		hold: func(ctx context.Context, w route53World) {
			d := w.zone(ctx)
			set := d.weighted("one", 1, "192.0.2.1")
			set.HealthCheckId = aws.String("00000000-0000-0000-0000-000000000000")
			_, err := d.try(creating(set))
			refused(err, "NoSuchHealthCheck")
		},
	},
	{
		name:   "the same reference with other settings is refused",
		source: createCheck + ": HealthCheckAlreadyExists",
		hold: func(ctx context.Context, w route53World) {
			must(w.check53(ctx, w.domain, "192.0.2.1"))
			_, err := w.check53(ctx, w.domain, "192.0.2.2")
			typed[*types.HealthCheckAlreadyExists](err)
		},
	},
	{
		name:   "a health check that was deleted is not found",
		source: route53Page + "API_GetHealthCheck.html: NoSuchHealthCheck",
		hold: func(ctx context.Context, w route53World) {
			made := must(w.check53(ctx, w.domain, "192.0.2.1")).HealthCheck
			must(w.DeleteHealthCheck(ctx, &sdk.DeleteHealthCheckInput{HealthCheckId: made.Id}))
			_, err := w.GetHealthCheck(ctx, &sdk.GetHealthCheckInput{HealthCheckId: made.Id})
			typed[*types.NoSuchHealthCheck](err)
		},
	},
}
