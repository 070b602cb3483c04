package route53_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/route53"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

var start = time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC)

// elsewhere is the hosted zone of AWS's load balancers, which the local Route 53 hasn't.
const elsewhere = "Z35SXDOTRQ7X7K"

// A world is a zone, example.com, on a virtual clock.
type world struct {
	*route53.Service
	t     *testing.T
	clock *clock.Virtual
	zone  string
}

func newWorld(t *testing.T, options route53.Options) *world {
	t.Helper()
	virtual := clock.NewVirtual(start)
	options.Clock = virtual
	if options.Store == nil {
		options.Store = store.Memory()
	}
	service, err := route53.New(options)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{Service: service, t: t, clock: virtual}
	made, err := service.CreateHostedZone(t.Context(), &sdk.CreateHostedZoneInput{Name: aws.String("Example.com"), CallerReference: aws.String("once")})
	if err != nil {
		t.Fatal(err)
	}
	w.zone = *made.HostedZone.Id
	return w
}

// pass lets time pass.
func (w *world) pass(d time.Duration) { w.clock.RunUntil(w.clock.Now().Add(d)) }

// try makes one batch.
func (w *world) try(changes ...types.Change) (*types.ChangeInfo, error) {
	out, err := w.ChangeResourceRecordSets(w.t.Context(), &sdk.ChangeResourceRecordSetsInput{HostedZoneId: &w.zone, ChangeBatch: &types.ChangeBatch{Changes: changes}})
	if err != nil {
		return nil, err
	}
	return out.ChangeInfo, nil
}

// change makes one batch that is taken.
func (w *world) change(changes ...types.Change) *types.ChangeInfo {
	w.t.Helper()
	info, err := w.try(changes...)
	if err != nil {
		w.t.Fatal(err)
	}
	return info
}

// records are what is listed, from a name on.
func (w *world) records(from string) []types.ResourceRecordSet {
	w.t.Helper()
	out, err := w.ListResourceRecordSets(w.t.Context(), &sdk.ListResourceRecordSetsInput{HostedZoneId: &w.zone, StartRecordName: &from})
	if err != nil {
		w.t.Fatal(err)
	}
	return out.ResourceRecordSets
}

// simple is a record with one address.
func simple(name, address string) types.ResourceRecordSet {
	return types.ResourceRecordSet{Name: &name, Type: types.RRTypeA, TTL: aws.Int64(60), ResourceRecords: []types.ResourceRecord{{Value: &address}}}
}

// weighted is a record of app.example.com.
func weighted(id string, weight int64, address string) types.ResourceRecordSet {
	set := simple("app.example.com", address)
	set.SetIdentifier, set.Weight = &id, &weight
	return set
}

// in is a record for a place.
func in(set types.ResourceRecordSet, id string, place types.GeoLocation) types.ResourceRecordSet {
	set.SetIdentifier, set.GeoLocation = &id, &place
	return set
}

// alias makes a record an alias.
func alias(set types.ResourceRecordSet, zone, name string) types.ResourceRecordSet {
	set.TTL, set.ResourceRecords = nil, nil
	set.AliasTarget = &types.AliasTarget{HostedZoneId: &zone, DNSName: &name, EvaluateTargetHealth: true}
	return set
}

func create(set types.ResourceRecordSet) types.Change {
	return types.Change{Action: types.ChangeActionCreate, ResourceRecordSet: &set}
}

func remove(set types.ResourceRecordSet) types.Change {
	return types.Change{Action: types.ChangeActionDelete, ResourceRecordSet: &set}
}

func upsert(set types.ResourceRecordSet) types.Change {
	return types.Change{Action: types.ChangeActionUpsert, ResourceRecordSet: &set}
}

// refused wants AWS's error code, and all parts in its text.
func refused(t *testing.T, err error, code string, parts ...string) {
	t.Helper()
	var failure smithy.APIError
	if !errors.As(err, &failure) || failure.ErrorCode() != code {
		t.Errorf("error %v, want %s", err, code)
		return
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in: %v", part, err)
		}
	}
}
