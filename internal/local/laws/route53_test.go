package laws_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/route53"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// route53API are the methods of Route 53 that have laws.
type route53API interface {
	CreateHostedZone(context.Context, *sdk.CreateHostedZoneInput, ...func(*sdk.Options)) (*sdk.CreateHostedZoneOutput, error)
	GetHostedZone(context.Context, *sdk.GetHostedZoneInput, ...func(*sdk.Options)) (*sdk.GetHostedZoneOutput, error)
	ListHostedZones(context.Context, *sdk.ListHostedZonesInput, ...func(*sdk.Options)) (*sdk.ListHostedZonesOutput, error)
	ChangeResourceRecordSets(context.Context, *sdk.ChangeResourceRecordSetsInput, ...func(*sdk.Options)) (*sdk.ChangeResourceRecordSetsOutput, error)
	ListResourceRecordSets(context.Context, *sdk.ListResourceRecordSetsInput, ...func(*sdk.Options)) (*sdk.ListResourceRecordSetsOutput, error)
	GetChange(context.Context, *sdk.GetChangeInput, ...func(*sdk.Options)) (*sdk.GetChangeOutput, error)
	CreateHealthCheck(context.Context, *sdk.CreateHealthCheckInput, ...func(*sdk.Options)) (*sdk.CreateHealthCheckOutput, error)
	GetHealthCheck(context.Context, *sdk.GetHealthCheckInput, ...func(*sdk.Options)) (*sdk.GetHealthCheckOutput, error)
	DeleteHealthCheck(context.Context, *sdk.DeleteHealthCheckInput, ...func(*sdk.Options)) (*sdk.DeleteHealthCheckOutput, error)
	ChangeTagsForResource(context.Context, *sdk.ChangeTagsForResourceInput, ...func(*sdk.Options)) (*sdk.ChangeTagsForResourceOutput, error)
	ListTagsForResource(context.Context, *sdk.ListTagsForResourceInput, ...func(*sdk.Options)) (*sdk.ListTagsForResourceOutput, error)
}

// A route53World is a Route 53 in which nobody has a zone of the domain yet.
type route53World struct {
	route53API
	// domain is the law's own.
	domain string
	// propagate waits until what was changed is known everywhere.
	propagate func()
}

// How long a change is on its way on the local Route 53.
const propagation = time.Minute

var route53Suite = suite[route53World]{
	service: "route53",
	laws:    concat(zoneLaws, batchLaws, recordLaws, healthCheckLaws),
	local: func(t *testing.T, name string) route53World {
		virtual := clock.NewVirtual(time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC))
		service, err := route53.New(route53.Options{Clock: virtual, Store: store.Memory(), Propagation: propagation})
		if err != nil {
			t.Fatal(err)
		}
		return route53World{
			route53API: service, domain: name + ".example.com",
			propagate: func() { virtual.RunUntil(virtual.Now().Add(propagation)) },
		}
	},
	remote: func(_ *testing.T, to remote) route53World {
		client := sdk.New(sdk.Options{
			Region: region, BaseEndpoint: &to.url, Credentials: signedBy, Retryer: once(), HTTPClient: &http.Client{Transport: to.transport},
		})
		return route53World{route53API: client, domain: to.name + ".example.com", propagate: func() {}}
	},
}

// A domain53 is a law's zone.
type domain53 struct {
	route53World
	ctx context.Context
	id  *string
}

// zone makes the law's zone.
func (w route53World) zone(ctx context.Context) domain53 {
	made := must(w.CreateHostedZone(ctx, &sdk.CreateHostedZoneInput{Name: &w.domain, CallerReference: &w.domain}))
	return domain53{w, ctx, made.HostedZone.Id}
}

// try makes one batch.
func (d domain53) try(changes ...types.Change) (*types.ChangeInfo, error) {
	out, err := d.ChangeResourceRecordSets(d.ctx, &sdk.ChangeResourceRecordSetsInput{HostedZoneId: d.id, ChangeBatch: &types.ChangeBatch{Changes: changes}})
	if err != nil {
		return nil, err
	}
	return out.ChangeInfo, nil
}

// records are the zone's, but for those that it began with, by name, type and set identifier.
func (d domain53) records() []types.ResourceRecordSet {
	var sets []types.ResourceRecordSet
	for _, set := range must(d.ListResourceRecordSets(d.ctx, &sdk.ListResourceRecordSetsInput{HostedZoneId: d.id})).ResourceRecordSets {
		if set.Type != types.RRTypeNs && set.Type != types.RRTypeSoa {
			sets = append(sets, set)
		}
	}
	return sets
}

// record is one with an address.
func (d domain53) record(label, address string) types.ResourceRecordSet {
	return types.ResourceRecordSet{Name: aws.String(label + "." + d.domain), Type: types.RRTypeA, TTL: aws.Int64(60), ResourceRecords: []types.ResourceRecord{{Value: &address}}}
}

// weighted is a record of the label app.
func (d domain53) weighted(id string, weight int64, address string) types.ResourceRecordSet {
	set := d.record("app", address)
	set.SetIdentifier, set.Weight = &id, &weight
	return set
}

// at is a record of the label geo.
func (d domain53) at(id string, place types.GeoLocation) types.ResourceRecordSet {
	set := d.record("geo", "192.0.2.1")
	set.SetIdentifier, set.GeoLocation = &id, &place
	return set
}

// alias is a record that leads to another name.
func (d domain53) alias(label, zone, name string) types.ResourceRecordSet {
	set := d.record(label, "")
	set.TTL, set.ResourceRecords = nil, nil
	set.AliasTarget = &types.AliasTarget{HostedZoneId: &zone, DNSName: &name}
	return set
}

func creating(set types.ResourceRecordSet) types.Change {
	return types.Change{Action: types.ChangeActionCreate, ResourceRecordSet: &set}
}

func deleting(set types.ResourceRecordSet) types.Change {
	return types.Change{Action: types.ChangeActionDelete, ResourceRecordSet: &set}
}

func upserting(set types.ResourceRecordSet) types.Change {
	return types.Change{Action: types.ChangeActionUpsert, ResourceRecordSet: &set}
}

// identifiers are those of sets, with the weights.
func identifiers(sets []types.ResourceRecordSet) map[string]int64 {
	all := map[string]int64{}
	for _, set := range sets {
		all[aws.ToString(set.SetIdentifier)] = aws.ToInt64(set.Weight)
	}
	return all
}
