package route53_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/route53"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

func TestABatchIsTakenWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t, route53.Options{})
	before := w.records("example.com")
	w.change(create(weighted("one", 255, "192.0.2.1")))
	_, err := w.try(create(weighted("two", 1, "192.0.2.2")), remove(weighted("one", 254, "192.0.2.1")), remove(weighted("none", 1, "192.0.2.3")), create(weighted("one", 1, "192.0.2.1")))
	refused(t, err, "InvalidChangeBatch",
		"Tried to delete resource record set [name='app.example.com.', type='A', set identifier='one'] but the values provided do not match the current values",
		"set identifier='none'] but it was not found", "set identifier='one'] but it already exists")
	var invalid *types.InvalidChangeBatch
	if !errors.As(err, &invalid) || len(invalid.Messages) != 3 {
		t.Errorf("messages %+v, want one for each that is wrong", invalid)
	}
	after := w.records("example.com")
	if len(after) != len(before)+1 || *after[len(after)-1].SetIdentifier != "one" {
		t.Errorf("a part of the batch was made: %v", after)
	}
}

func TestDeleteMustRepeatEveryValue(t *testing.T) {
	t.Parallel()
	w := newWorld(t, route53.Options{})
	check, err := w.CreateHealthCheck(t.Context(), &sdk.CreateHealthCheckInput{CallerReference: aws.String("c"), HealthCheckConfig: &types.HealthCheckConfig{Type: types.HealthCheckTypeTcp, IPAddress: aws.String("192.0.2.1")}})
	if err != nil {
		t.Fatal(err)
	}
	right := weighted("one", 7, "192.0.2.1")
	right.HealthCheckId = check.HealthCheck.Id
	right.ResourceRecords = append(right.ResourceRecords, types.ResourceRecord{Value: aws.String("192.0.2.9")})
	w.change(create(right))
	for name, edit := range map[string]func(*types.ResourceRecordSet){
		"weight":  func(set *types.ResourceRecordSet) { set.Weight = aws.Int64(8) },
		"ttl":     func(set *types.ResourceRecordSet) { set.TTL = aws.Int64(61) },
		"value":   func(set *types.ResourceRecordSet) { set.ResourceRecords = set.ResourceRecords[:1] },
		"check":   func(set *types.ResourceRecordSet) { set.HealthCheckId = nil },
		"another": func(set *types.ResourceRecordSet) { set.SetIdentifier = aws.String("two") },
	} {
		wrong := right
		edit(&wrong)
		_, err := w.try(remove(wrong))
		if refused(t, err, "InvalidChangeBatch"); err == nil {
			t.Errorf("deleted with another %s", name)
		}
	}
	right.Name = aws.String("APP.example.com.") // is the same name
	right.ResourceRecords = []types.ResourceRecord{right.ResourceRecords[1], right.ResourceRecords[0]}
	w.change(remove(right))
}

func TestRules(t *testing.T) {
	t.Parallel()
	target := func(zone, name string) types.ResourceRecordSet {
		return alias(simple("other.example.com", ""), zone, name)
	}
	edit := func(set types.ResourceRecordSet, change func(*types.ResourceRecordSet)) types.ResourceRecordSet {
		change(&set)
		return set
	}
	cname := func(name string) types.ResourceRecordSet {
		return edit(simple(name, "else.example.net"), func(set *types.ResourceRecordSet) { set.Type = types.RRTypeCname })
	}
	for name, test := range map[string]struct {
		change types.Change
		code   string
	}{
		"weighted beside weighted":     {create(weighted("two", 0, "192.0.2.2")), ""},
		"simple beside weighted":       {create(simple("app.example.com", "192.0.2.2")), "InvalidChangeBatch"},
		"geolocation beside weighted":  {create(in(simple("app.example.com", "192.0.2.2"), "de", types.GeoLocation{CountryCode: aws.String("DE")})), "InvalidChangeBatch"},
		"upsert over another policy":   {upsert(simple("app.example.com", "192.0.2.2")), "InvalidChangeBatch"},
		"upsert of what isn't there":   {upsert(simple("new.example.com", "192.0.2.2")), ""},
		"weight and geolocation":       {create(in(weighted("two", 1, "192.0.2.2"), "de", types.GeoLocation{CountryCode: aws.String("DE")})), "InvalidInput"},
		"too heavy":                    {create(weighted("two", 256, "192.0.2.2")), "InvalidInput"},
		"lighter than nothing":         {create(weighted("two", -1, "192.0.2.2")), "InvalidInput"},
		"a long identifier":            {create(weighted(strings.Repeat("x", 129), 1, "192.0.2.2")), "InvalidInput"},
		"an identifier alone":          {create(edit(simple("new.example.com", "192.0.2.2"), func(set *types.ResourceRecordSet) { set.SetIdentifier = aws.String("two") })), "InvalidInput"},
		"a weight alone":               {create(edit(simple("new.example.com", "192.0.2.2"), func(set *types.ResourceRecordSet) { set.Weight = aws.Int64(1) })), "InvalidInput"},
		"no values":                    {create(edit(simple("new.example.com", "192.0.2.2"), func(set *types.ResourceRecordSet) { set.ResourceRecords = nil })), "InvalidInput"},
		"an alias with a TTL":          {create(edit(target(elsewhere, "lb.example.net"), func(set *types.ResourceRecordSet) { set.TTL = aws.Int64(60) })), "InvalidInput"},
		"a long TTL":                   {create(edit(simple("new.example.com", "192.0.2.2"), func(set *types.ResourceRecordSet) { set.TTL = aws.Int64(1 << 31) })), "InvalidInput"},
		"another zone's name":          {create(simple("app.example.org", "192.0.2.2")), "InvalidChangeBatch"},
		"no name":                      {create(simple("a..example.com", "192.0.2.2")), "InvalidChangeBatch"},
		"no address":                   {create(simple("new.example.com", "2001:db8::1")), "InvalidChangeBatch"},
		"a name beside addresses":      {create(cname("app.example.com")), "InvalidChangeBatch"},
		"a name for the zone itself":   {create(cname("example.com")), "InvalidChangeBatch"},
		"a name for a name":            {create(cname("new.example.com")), ""},
		"an alias to the zone's":       {create(target("this", "app.example.com")), ""},
		"an alias to nothing":          {create(target("this", "none.example.com")), "InvalidChangeBatch"},
		"an alias to elsewhere":        {create(target(elsewhere, "lb.example.net")), ""},
		"an unknown health check":      {create(edit(weighted("two", 1, "192.0.2.2"), func(set *types.ResourceRecordSet) { set.HealthCheckId = aws.String("none") })), "NoSuchHealthCheck"},
		"a continent and a country":    {create(in(simple("geo.example.com", "192.0.2.2"), "x", types.GeoLocation{ContinentCode: aws.String("EU"), CountryCode: aws.String("DE")})), "InvalidInput"},
		"a country that isn't":         {create(in(simple("geo.example.com", "192.0.2.2"), "x", types.GeoLocation{CountryCode: aws.String("XX")})), "InvalidInput"},
		"a continent that isn't":       {create(in(simple("geo.example.com", "192.0.2.2"), "x", types.GeoLocation{ContinentCode: aws.String("XX")})), "InvalidInput"},
		"a place without a country":    {create(in(simple("geo.example.com", "192.0.2.2"), "x", types.GeoLocation{SubdivisionCode: aws.String("WA")})), "InvalidInput"},
		"a place in a country without": {create(in(simple("geo.example.com", "192.0.2.2"), "x", types.GeoLocation{CountryCode: aws.String("DE"), SubdivisionCode: aws.String("BY")})), "InvalidInput"},
		"a place in the US":            {create(in(simple("geo.example.com", "192.0.2.2"), "x", types.GeoLocation{CountryCode: aws.String("US"), SubdivisionCode: aws.String("WA")})), ""},
		"failover, which isn't here":   {create(edit(weighted("two", 1, "192.0.2.2"), func(set *types.ResourceRecordSet) { set.Failover = types.ResourceRecordSetFailoverPrimary })), "InvalidInput"},
		"a type that isn't here":       {create(edit(simple("new.example.com", "x"), func(set *types.ResourceRecordSet) { set.Type = types.RRTypeDs })), "InvalidInput"},
		"an action that isn't":         {types.Change{Action: "REPLACE", ResourceRecordSet: &types.ResourceRecordSet{}}, "InvalidInput"},
		"a change of nothing":          {types.Change{Action: types.ChangeActionCreate}, "InvalidInput"},
		"more characters than a batch has": {upsert(edit(simple("new.example.com", ""), func(set *types.ResourceRecordSet) {
			set.Type, set.ResourceRecords = types.RRTypeTxt, []types.ResourceRecord{{Value: aws.String(strings.Repeat("x", 16_001))}}
		})), "InvalidChangeBatch"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, route53.Options{})
			w.change(create(weighted("one", 255, "192.0.2.1")))
			if set := test.change.ResourceRecordSet; set != nil && set.AliasTarget != nil && *set.AliasTarget.HostedZoneId == "this" {
				set.AliasTarget.HostedZoneId = &w.zone
			}
			_, err := w.try(test.change)
			if test.code == "" && err != nil {
				t.Error(err)
			} else if test.code != "" {
				refused(t, err, test.code)
			}
		})
	}
}

func TestPlacesAreOneRecordEach(t *testing.T) {
	t.Parallel()
	w := newWorld(t, route53.Options{})
	germany := types.GeoLocation{CountryCode: aws.String("DE")}
	w.change(create(in(simple("geo.example.com", "192.0.2.1"), "one", germany)))
	_, err := w.try(create(in(simple("geo.example.com", "192.0.2.2"), "two", germany)))
	refused(t, err, "InvalidChangeBatch", "same location")
}

func TestAnAliasKeepsItsTarget(t *testing.T) {
	t.Parallel()
	w := newWorld(t, route53.Options{})
	target := simple("target.example.com", "192.0.2.1")
	w.change(create(alias(simple("other.example.com", ""), w.zone, "target.example.com")), create(target))
	_, err := w.try(remove(target))
	refused(t, err, "InvalidChangeBatch", "target was not found")
}

func TestAWeightedGroupHasOneTTL(t *testing.T) {
	t.Parallel()
	w := newWorld(t, route53.Options{})
	two := weighted("two", 1, "192.0.2.2")
	two.TTL = aws.Int64(30)
	w.change(create(weighted("one", 255, "192.0.2.1")), create(two))
	for _, set := range w.records("app.example.com") {
		if *set.TTL != 30 {
			t.Errorf("%s has a TTL of %d, want that of the last change", *set.SetIdentifier, *set.TTL)
		}
	}
	_, err := w.try(remove(weighted("one", 255, "192.0.2.1")))
	refused(t, err, "InvalidChangeBatch", "do not match")
}

func TestAChangeIsPendingUntilItHasPropagated(t *testing.T) {
	t.Parallel()
	w := newWorld(t, route53.Options{Propagation: time.Minute, Busy: 2 * time.Second})
	w.pass(time.Hour)
	info := w.change(create(simple("a.example.com", "192.0.2.1")))
	if _, err := w.try(create(simple("b.example.com", "192.0.2.1"))); err == nil {
		t.Error("a zone that is busy took a change")
	} else {
		refused(t, err, "PriorRequestNotComplete")
	}
	for _, step := range []struct {
		wait time.Duration
		want types.ChangeStatus
	}{{0, types.ChangeStatusPending}, {time.Minute - 1, types.ChangeStatusPending}, {1, types.ChangeStatusInsync}} {
		w.pass(step.wait)
		out, err := w.GetChange(t.Context(), &sdk.GetChangeInput{Id: info.Id})
		if err != nil || out.ChangeInfo.Status != step.want {
			t.Errorf("change %+v, %v; want %s", out, err, step.want)
		}
	}
	w.change(create(simple("b.example.com", "192.0.2.1")))
	_, err := w.GetChange(t.Context(), &sdk.GetChangeInput{Id: aws.String("/change/none")})
	refused(t, err, "NoSuchChange")
}

func TestCallsAreThrottled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, route53.Options{RequestsPerSecond: 5})
	get := func() error {
		_, err := w.GetHostedZone(t.Context(), &sdk.GetHostedZoneInput{Id: &w.zone})
		return err
	}
	for range 4 { // the zone's creation was the first
		if err := get(); err != nil {
			t.Fatal(err)
		}
	}
	refused(t, get(), "Throttling")
	w.pass(time.Second)
	if err := get(); err != nil {
		t.Error(err)
	}
}

func TestBatchesThatAreNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, route53.Options{})
	_, err := w.try()
	refused(t, err, "InvalidInput")
	_, err = w.ChangeResourceRecordSets(t.Context(), &sdk.ChangeResourceRecordSetsInput{HostedZoneId: &w.zone, ChangeBatch: &types.ChangeBatch{
		Comment: aws.String(strings.Repeat("x", 257)), Changes: []types.Change{create(simple("a.example.com", "192.0.2.1"))},
	}})
	refused(t, err, "InvalidInput")
	_, err = w.ChangeResourceRecordSets(t.Context(), &sdk.ChangeResourceRecordSetsInput{HostedZoneId: aws.String("ZNONE")})
	refused(t, err, "NoSuchHostedZone")
	many := make([]types.Change, 101)
	for i := range many {
		many[i] = create(weighted(strings.Repeat("x", i+1), 1, "192.0.2.1"))
	}
	_, err = w.try(many...)
	refused(t, err, "InvalidChangeBatch", "100")
	w.change(many[:100]...)
}

func TestStateSurvives(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state.db")
	kept, err := store.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, route53.Options{Store: kept, Propagation: time.Minute})
	check, err := w.CreateHealthCheck(t.Context(), &sdk.CreateHealthCheckInput{CallerReference: aws.String("c"), HealthCheckConfig: &types.HealthCheckConfig{Type: types.HealthCheckTypeTcp, IPAddress: aws.String("192.0.2.1")}})
	if err != nil {
		t.Fatal(err)
	}
	sick := weighted("sick", 255, "192.0.2.1")
	sick.HealthCheckId = check.HealthCheck.Id
	w.change(create(sick), create(weighted("well", 1, "192.0.2.2")))
	if err := w.SetHealth(*check.HealthCheck.Id, false); err != nil {
		t.Fatal(err)
	}
	w.pass(30 * time.Second)
	if err := kept.Close(); err != nil {
		t.Fatal(err)
	}
	if kept, err = store.Open(path); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { kept.Close() })
	again, err := route53.New(route53.Options{Clock: w.clock, Store: kept})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := again.NewResolver(route53.Network{}).Lookup(t.Context(), "app.example.com", types.RRTypeA); !errors.Is(err, route53.ErrNoAnswer) {
		t.Errorf("error %v: the change has propagated by a restart", err)
	}
	w.pass(30 * time.Second)
	answer, err := again.NewResolver(route53.Network{}).Lookup(t.Context(), "app.example.com", types.RRTypeA)
	if err != nil || answer.SetIdentifier != "well" {
		t.Errorf("answer %+v, %v", answer, err)
	}
}

func TestAStoreIsRequired(t *testing.T) {
	t.Parallel()
	if _, err := route53.New(route53.Options{}); err == nil {
		t.Error("no error")
	}
	broken := store.Memory()
	if err := broken.Save(store.Change{Bucket: "route53", Key: "zone/Z", Value: []byte("{")}); err != nil {
		t.Fatal(err)
	}
	if _, err := route53.New(route53.Options{Store: broken}); err == nil {
		t.Error("a record that can't be read was taken")
	}
}

func TestACallThatWasGivenUpDoesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, route53.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.ListHostedZones(ctx, &sdk.ListHostedZonesInput{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if _, err := w.NewResolver(route53.Network{}).Lookup(ctx, "example.com", types.RRTypeNs); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
