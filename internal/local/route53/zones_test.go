package route53_test

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/local/route53"
)

func TestZones(t *testing.T) {
	t.Parallel()
	w := newWorld(t, route53.Options{})
	got, err := w.GetHostedZone(t.Context(), &sdk.GetHostedZoneInput{Id: &w.zone})
	if err != nil || *got.HostedZone.Name != "example.com." || *got.HostedZone.ResourceRecordSetCount != 2 {
		t.Errorf("zone %+v, %v", got, err)
	}
	for reference, in := range map[string]*sdk.CreateHostedZoneInput{
		"HostedZoneAlreadyExists": {Name: aws.String("example.org"), CallerReference: aws.String("once")},
		"InvalidDomainName":       {Name: aws.String("not a name"), CallerReference: aws.String("b")},
		"InvalidInput":            {Name: aws.String("example.org")},
	} {
		_, err := w.CreateHostedZone(t.Context(), in)
		refused(t, err, reference)
	}
	for _, in := range []*sdk.CreateHostedZoneInput{
		{Name: aws.String("example.org"), CallerReference: aws.String("d"), VPC: &types.VPC{}},
		{Name: aws.String("example.org"), CallerReference: aws.String("d"), DelegationSetId: aws.String("N1")},
	} {
		_, err := w.CreateHostedZone(t.Context(), in)
		refused(t, err, "InvalidInput", "does not have")
	}
	_, err = w.GetHostedZone(t.Context(), &sdk.GetHostedZoneInput{Id: aws.String("ZNONE")})
	refused(t, err, "NoSuchHostedZone")
	_, err = w.ListHostedZones(t.Context(), &sdk.ListHostedZonesInput{DelegationSetId: aws.String("N1")})
	refused(t, err, "InvalidInput")
}

func TestZonesAreListedByPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, route53.Options{})
	for i := range 4 {
		if _, err := w.CreateHostedZone(t.Context(), &sdk.CreateHostedZoneInput{
			Name: aws.String(fmt.Sprintf("example%d.org", i)), CallerReference: aws.String(fmt.Sprint(i)), HostedZoneConfig: &types.HostedZoneConfig{Comment: aws.String("c")},
		}); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]bool{}
	pages := 0
	for more, marker := true, (*string)(nil); more; pages++ {
		out, err := w.ListHostedZones(t.Context(), &sdk.ListHostedZonesInput{MaxItems: aws.Int32(2), Marker: marker})
		if err != nil {
			t.Fatal(err)
		}
		for _, zone := range out.HostedZones {
			seen[*zone.Name] = true
		}
		more, marker = out.IsTruncated, out.NextMarker
	}
	if len(seen) != 5 || pages != 3 {
		t.Errorf("%d pages with %v", pages, seen)
	}
}

func TestRecordsAreListedInOrderByPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, route53.Options{})
	aaaa := simple("b.example.com", "2001:db8::1")
	aaaa.Type = types.RRTypeAaaa
	w.change(create(aaaa), create(simple("b.example.com", "192.0.2.1")), create(simple("x.a.example.com", "192.0.2.1")), create(weighted("two", 1, "192.0.2.2")),
		create(weighted("one", 1, "192.0.2.1")), create(simple("*.example.com", "192.0.2.1")), create(simple("a.example.com", "192.0.2.1")))
	want := []string{"example.com. NS ", "example.com. SOA ", `\052.example.com. A `, "a.example.com. A ", "x.a.example.com. A ", "app.example.com. A one", "app.example.com. A two", "b.example.com. A ", "b.example.com. AAAA "}
	var got []string
	in := &sdk.ListResourceRecordSetsInput{HostedZoneId: &w.zone, MaxItems: aws.Int32(2)}
	for {
		out, err := w.ListResourceRecordSets(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		for _, set := range out.ResourceRecordSets {
			got = append(got, fmt.Sprintf("%s %s %s", *set.Name, set.Type, aws.ToString(set.SetIdentifier)))
		}
		if !out.IsTruncated {
			break
		}
		in.StartRecordName, in.StartRecordType, in.StartRecordIdentifier = out.NextRecordName, out.NextRecordType, out.NextRecordIdentifier
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	_, err := w.ListResourceRecordSets(t.Context(), &sdk.ListResourceRecordSetsInput{HostedZoneId: &w.zone, StartRecordType: types.RRTypeA})
	refused(t, err, "InvalidInput")
	_, err = w.ListResourceRecordSets(t.Context(), &sdk.ListResourceRecordSetsInput{HostedZoneId: aws.String("ZNONE")})
	refused(t, err, "NoSuchHostedZone")
}

func TestHealthChecks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, route53.Options{})
	config := func() *types.HealthCheckConfig {
		return &types.HealthCheckConfig{Type: types.HealthCheckTypeHttp, FullyQualifiedDomainName: aws.String("one.example.com")}
	}
	in := &sdk.CreateHealthCheckInput{CallerReference: aws.String("one"), HealthCheckConfig: config()}
	first, err := w.CreateHealthCheck(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	second, err := w.CreateHealthCheck(t.Context(), in)
	if err != nil || *second.HealthCheck.Id != *first.HealthCheck.Id {
		t.Errorf("the same reference made %+v, %v", second, err)
	}
	other := config()
	other.Type = types.HealthCheckTypeHttps
	_, err = w.CreateHealthCheck(t.Context(), &sdk.CreateHealthCheckInput{CallerReference: aws.String("one"), HealthCheckConfig: other})
	refused(t, err, "HealthCheckAlreadyExists")
	for _, bad := range []*sdk.CreateHealthCheckInput{
		{HealthCheckConfig: config()},
		{CallerReference: aws.String("x"), HealthCheckConfig: &types.HealthCheckConfig{Type: types.HealthCheckTypeHttp}},
		{CallerReference: aws.String("x"), HealthCheckConfig: &types.HealthCheckConfig{Type: types.HealthCheckTypeCalculated}},
	} {
		_, err := w.CreateHealthCheck(t.Context(), bad)
		refused(t, err, "InvalidInput")
	}
	id := first.HealthCheck.Id
	got, err := w.GetHealthCheck(t.Context(), &sdk.GetHealthCheckInput{HealthCheckId: id})
	if err != nil || *got.HealthCheck.CallerReference != "one" {
		t.Errorf("check %+v, %v", got, err)
	}
	for _, want := range []struct {
		healthy bool
		word    string
	}{{true, "Success"}, {false, "Failure"}} {
		if err := w.SetHealth(*id, want.healthy); err != nil {
			t.Fatal(err)
		}
		out, err := w.GetHealthCheckStatus(t.Context(), &sdk.GetHealthCheckStatusInput{HealthCheckId: id})
		if err != nil || (*out.HealthCheckObservations[0].StatusReport.Status)[:7] != want.word {
			t.Errorf("status %+v, %v", out, err)
		}
	}
	if _, err := w.DeleteHealthCheck(t.Context(), &sdk.DeleteHealthCheckInput{HealthCheckId: id}); err != nil {
		t.Error(err)
	}
	_, err = w.GetHealthCheck(t.Context(), &sdk.GetHealthCheckInput{HealthCheckId: id})
	refused(t, err, "NoSuchHealthCheck")
	_, err = w.GetHealthCheckStatus(t.Context(), &sdk.GetHealthCheckStatusInput{HealthCheckId: id})
	refused(t, err, "NoSuchHealthCheck")
	_, err = w.DeleteHealthCheck(t.Context(), &sdk.DeleteHealthCheckInput{HealthCheckId: id})
	refused(t, err, "NoSuchHealthCheck")
	refused(t, w.SetHealth(*id, true), "NoSuchHealthCheck")
}

func TestTags(t *testing.T) {
	t.Parallel()
	w := newWorld(t, route53.Options{})
	change := func(in *sdk.ChangeTagsForResourceInput) error {
		in.ResourceType, in.ResourceId = types.TagResourceTypeHostedzone, &w.zone
		_, err := w.ChangeTagsForResource(t.Context(), in)
		return err
	}
	tag := func(key, value string) types.Tag { return types.Tag{Key: &key, Value: &value} }
	for _, in := range []*sdk.ChangeTagsForResourceInput{
		{AddTags: []types.Tag{tag("b", "1"), tag("a", "1")}}, {AddTags: []types.Tag{tag("a", "2"), tag("c", "3")}, RemoveTagKeys: []string{"b"}},
	} {
		if err := change(in); err != nil {
			t.Fatal(err)
		}
	}
	out, err := w.ListTagsForResource(t.Context(), &sdk.ListTagsForResourceInput{ResourceType: types.TagResourceTypeHostedzone, ResourceId: &w.zone})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, tag := range out.ResourceTagSet.Tags {
		got = append(got, *tag.Key+"="+*tag.Value)
	}
	if diff := cmp.Diff([]string{"a=2", "c=3"}, got); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
	refused(t, change(&sdk.ChangeTagsForResourceInput{}), "InvalidInput")
	for kind, code := range map[types.TagResourceType]string{types.TagResourceTypeHostedzone: "NoSuchHostedZone", types.TagResourceTypeHealthcheck: "NoSuchHealthCheck", "other": "InvalidInput"} {
		_, err := w.ListTagsForResource(t.Context(), &sdk.ListTagsForResourceInput{ResourceType: kind, ResourceId: aws.String("none")})
		refused(t, err, code)
		_, err = w.ChangeTagsForResource(t.Context(), &sdk.ChangeTagsForResourceInput{ResourceType: kind, ResourceId: aws.String("none")})
		refused(t, err, code)
	}
}
