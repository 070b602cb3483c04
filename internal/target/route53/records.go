package route53

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsroute53 "github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// anywhere is the country of the geolocation record for all who have none of their own.
const anywhere = "*"

// resourceTTL is the TTL of an alias to a load balancer, which nobody can change.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-choosing-alias-non-alias.html
const resourceTTL = time.Minute

// records are those that decide where traffic goes, as they were read.
type records struct {
	// groups are the weighted records: of the name itself, or of each branch of its tree. The first is for
	// everybody who has no branch of their own.
	groups []group
	// marker is nil when there is none.
	marker *types.ResourceRecordSet
	mark   mark
	// trouble is why they are nobody's that this release may touch; empty when they are its own, or not there.
	trouble, mend string
}

// A group is the weighted records of one name.
type group struct {
	name string
	// countries lead to it; nil for a name that is no tree.
	countries []string
	sets      []types.ResourceRecordSet
}

// exist reports whether any record of the name is there.
func (r records) exist() bool {
	return slices.ContainsFunc(r.groups, func(g group) bool { return len(g.sets) > 0 })
}

// ttl is for how long a resolver may keep what it was told.
func (r records) ttl() time.Duration {
	longest := time.Duration(0)
	for _, g := range r.groups {
		for _, set := range g.sets {
			longest = max(longest, ttlOf(set))
		}
	}
	return longest
}

// ttlOf is the TTL of one record.
func ttlOf(set types.ResourceRecordSet) time.Duration {
	if set.AliasTarget != nil {
		return resourceTTL
	}
	return time.Duration(aws.ToInt64(set.TTL)) * time.Second
}

// has reports whether a record leads to the version, with whatever weight.
func (r records) has(version string) bool {
	return slices.ContainsFunc(r.groups, func(g group) bool { return slices.Contains(g.versions(), version) })
}

// versions are the set identifiers of a group.
func (g group) versions() []string {
	all := make([]string, len(g.sets))
	for i, set := range g.sets {
		all[i] = aws.ToString(set.SetIdentifier)
	}
	return all
}

// read reads the records and the marker. Records that are nobody's business are not an error, but trouble.
func (t *Target) read(ctx context.Context) (records, error) {
	sets, marker, err := t.list(ctx, t.name)
	if err != nil {
		return records{}, err
	}
	present := records{groups: []group{{name: t.name, sets: sets}}, marker: marker}
	if slices.ContainsFunc(sets, func(set types.ResourceRecordSet) bool { return set.GeoLocation != nil }) {
		if err := t.readTree(ctx, &present, sets); err != nil {
			return records{}, err
		}
	}
	if present.trouble == "" {
		t.judgeOwner(&present)
	}
	return present, nil
}

// list reads the records of a name, and the marker when it comes behind them. Route 53 sorts by the reversed name, so that the
// marker is soon behind the name itself.
func (t *Target) list(ctx context.Context, name string) (sets []types.ResourceRecordSet, marker *types.ResourceRecordSet, err error) {
	kind := types.RRType(t.settings.Type)
	input := &awsroute53.ListResourceRecordSetsInput{
		HostedZoneId: aws.String(t.settings.HostedZone), StartRecordName: aws.String(name), StartRecordType: kind,
	}
	for {
		page, err := call.Do(ctx, "route53: read records of "+name, t.options.Records.ListResourceRecordSets, input)
		if err != nil {
			if call.Is[*types.NoSuchHostedZone](err) {
				err = release.Fail(release.KindRefused, "hosted zone %s does not exist", t.settings.HostedZone).Because(err)
			}
			return nil, nil, err
		}
		past := false
		for _, set := range page.ResourceRecordSets {
			switch found := absolute(aws.ToString(set.Name)); {
			case found == name && set.Type == kind:
				sets = append(sets, set)
			case found == t.marker && set.Type == types.RRTypeTxt:
				marker, past = &set, true
			default:
				past = past || name != t.name && found != name || reversed(found) > reversed(t.marker)
			}
		}
		if past || !page.IsTruncated {
			return sets, marker, nil
		}
		input.StartRecordName, input.StartRecordType, input.StartRecordIdentifier = page.NextRecordName, page.NextRecordType, page.NextRecordIdentifier
	}
}

// readTree reads the branches that geolocation aliases lead to.
func (t *Target) readTree(ctx context.Context, present *records, top []types.ResourceRecordSet) error {
	present.groups = nil
	for _, set := range top {
		alias := set.AliasTarget
		if alias == nil || aws.ToString(alias.HostedZoneId) != t.settings.HostedZone || set.GeoLocation == nil {
			present.trouble = fmt.Sprintf("%s chooses by location, and its record %s does not lead to weighted records of the same zone", t.about(), aws.ToString(set.SetIdentifier))
			present.mend = "make every record of that name a geolocation alias to a name of its own, which has weighted records"
			return nil
		}
		name := absolute(aws.ToString(alias.DNSName))
		at := slices.IndexFunc(present.groups, func(g group) bool { return g.name == name })
		if at < 0 {
			sets, _, err := t.list(ctx, name)
			if err != nil {
				return err
			}
			at = len(present.groups)
			present.groups = append(present.groups, group{name: name, sets: sets})
		}
		present.groups[at].countries = append(present.groups[at].countries, placeOf(set.GeoLocation))
	}
	base := slices.IndexFunc(present.groups, func(g group) bool { return slices.Contains(g.countries, anywhere) })
	if base < 0 {
		present.trouble = fmt.Sprintf("%s has no record for the default location, so that some users would get no answer", t.about())
		present.mend = "make a geolocation alias with CountryCode *"
		return nil
	}
	present.groups[0], present.groups[base] = present.groups[base], present.groups[0]
	return nil
}

// placeOf is a country's code, and something that is none for a larger or a smaller place.
func placeOf(location *types.GeoLocation) string {
	switch {
	case location.ContinentCode != nil:
		return "continent " + *location.ContinentCode
	case location.SubdivisionCode != nil:
		return aws.ToString(location.CountryCode) + "-" + *location.SubdivisionCode
	default:
		return aws.ToString(location.CountryCode)
	}
}

// judgeOwner finds out whether the records are this service's.
func (t *Target) judgeOwner(present *records) {
	for _, g := range present.groups {
		for _, set := range g.sets {
			if set.Weight == nil || set.SetIdentifier == nil {
				present.trouble = fmt.Sprintf("%s %s has records that are not weighted, and those don't mix with weighted ones", g.name, t.settings.Type)
				present.mend = "replace them with one weighted record, whose set identifier is the name of the stack that it leads to"
				return
			}
		}
	}
	owned := false
	if present.marker != nil {
		present.mark, owned = readMark(*present.marker)
	}
	switch {
	case present.marker == nil && present.exist():
		present.trouble = fmt.Sprintf("%s is there already, and nobody has given it to Goldfinch", t.about())
		present.mend = fmt.Sprintf(`if it leads to stack STACK, make it weighted with set identifier STACK, tag the stack %s=%s, and create a TXT record %s with TTL %d and value %s`,
			TagService, t.document.Service, t.marker, markerTTL, mark{service: t.document.Service, environment: t.document.Environment, stable: "STACK", since: t.options.Now().Truncate(time.Second)})
	case present.marker != nil && !owned:
		present.trouble = fmt.Sprintf("the record %s can't be read", t.marker)
		present.mend = "put back what it said, which CloudTrail's event ChangeResourceRecordSets has"
	case owned && (present.mark.service != t.document.Service || present.mark.environment != t.document.Environment):
		present.trouble = fmt.Sprintf("%s belongs to service %s in environment %s", t.about(), present.mark.service, present.mark.environment)
		present.mend = "name that service and environment in the document, or another record"
	}
}

// refused is the KindRefused failure of records that are in trouble; nil when they are not.
func (r records) refused() error {
	if r.trouble == "" {
		return nil
	}
	return release.Fail(release.KindRefused, "%s", r.trouble).WithHint("%s", r.mend)
}

// names joins the versions of records that are not what they should be.
func names(versions []string) string { return strings.Join(versions, "+") }
