package route53

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// An endpoint is where a stack is reached.
type endpoint struct {
	// name is a DNS name, or an address.
	name string
	// zone is its hosted zone, which makes the record an alias; empty for a record with a value.
	zone string
	// check is the id of its health check; empty when it has none.
	check string
}

// isAlias reports whether the record that leads to it is an alias.
func (e endpoint) isAlias() bool { return e.zone != "" }

// endpoint reads a stack's outputs; what they can't lead to is a KindRefused failure.
func (t *Target) endpoint(of stack) (endpoint, error) {
	outputs := t.settings.Outputs
	found := endpoint{name: of.outputs[outputs.Endpoint], zone: of.outputs[outputs.EndpointHostedZone], check: of.outputs[outputs.HealthCheck]}
	if found.name == "" {
		return endpoint{}, release.Fail(release.KindRefused, "stack %s has no output %s, so nothing can lead to it", of.name, outputs.Endpoint).
			WithHint("give the template an output of that name with its load balancer's DNS name, or name another in target.route53.outputs.endpoint")
	}
	address, err := netip.ParseAddr(found.name)
	switch kind := types.RRType(t.settings.Type); {
	case kind == types.RRTypeCname:
		found.zone = "" // the name alone is the record's value
	case found.isAlias():
	case err != nil || address.Is4() != (kind == types.RRTypeA):
		return endpoint{}, release.Fail(release.KindRefused, "stack %s has endpoint %s, which is no address for a record of type %s, and no output %s, which would make the record an alias", of.name, found.name, kind, outputs.EndpointHostedZone).
			WithHint("give the template that output, with the CanonicalHostedZoneID of its load balancer")
	}
	return found, nil
}

// String says where it leads, as leadsTo says it of a record.
func (e endpoint) String() string {
	if e.isAlias() {
		return withCheck(absolute(e.name), e.check)
	}
	return withCheck(e.name, e.check)
}

func withCheck(name, check string) string {
	if check == "" {
		return name + " without health check"
	}
	return name + " with health check " + check
}

// isOf reports whether a record leads to the endpoint.
func (e endpoint) isOf(set types.ResourceRecordSet) bool {
	switch {
	case aws.ToString(set.HealthCheckId) != e.check:
		return false
	case e.isAlias():
		return set.AliasTarget != nil && absolute(aws.ToString(set.AliasTarget.DNSName)) == absolute(e.name) && aws.ToString(set.AliasTarget.HostedZoneId) == e.zone
	default:
		return len(set.ResourceRecords) == 1 && absolute(aws.ToString(set.ResourceRecords[0].Value)) == absolute(e.name)
	}
}

// endpoints makes the records of one batch; it asks for each stack once.
type endpoints struct {
	target *Target
	known  map[string]endpoint
}

// record is the record of a version in a group: the one that is there, with another weight, or one that leads to the stack's endpoint.
//
// An alias does not evaluate the health of its target: the traffic goes where the weights say, and only a
// health check that the stack names itself changes that.
func (e endpoints) record(ctx context.Context, g group, version string, weight int64, anew bool) (types.ResourceRecordSet, error) {
	ttl := aws.Int64(int64(e.target.settings.TTL.Std() / time.Second))
	for _, set := range g.sets {
		if set.TTL != nil && !(anew && e.target.isTooLong(set)) {
			ttl = set.TTL // that of a name's records is one
		}
		if aws.ToString(set.SetIdentifier) == version && !anew {
			set.Weight = aws.Int64(weight)
			return set, nil
		}
	}
	at, known := e.known[version]
	if !known {
		var err error
		if at, err = e.target.endpointOf(ctx, version); err != nil {
			return types.ResourceRecordSet{}, err
		}
		e.known[version] = at
	}
	set := types.ResourceRecordSet{
		Name: aws.String(g.name), Type: types.RRType(e.target.settings.Type), SetIdentifier: aws.String(version), Weight: aws.Int64(weight),
	}
	if at.check != "" {
		set.HealthCheckId = aws.String(at.check)
	}
	if at.isAlias() {
		set.AliasTarget = &types.AliasTarget{DNSName: aws.String(absolute(at.name)), HostedZoneId: aws.String(at.zone)}
		return set, nil
	}
	set.TTL, set.ResourceRecords = ttl, []types.ResourceRecord{{Value: aws.String(at.name)}}
	return set, nil
}

// endpointOf is the endpoint of a version that is about to get traffic.
func (t *Target) endpointOf(ctx context.Context, version string) (endpoint, error) {
	found, exists, err := t.readStack(ctx, version)
	switch {
	case err != nil:
		return endpoint{}, err
	case !exists:
		return endpoint{}, release.Fail(release.KindUnhealthy, "stack %s does not exist any more, so traffic can't be moved to it", version)
	case !t.owns(found):
		return endpoint{}, release.Fail(release.KindConflict, "stack %s has no tag %s=%s, so traffic can't be moved to it", version, TagService, t.document.Service)
	case !found.isComplete():
		return endpoint{}, release.Fail(release.KindUnhealthy, "stack %s is %s (%s), so traffic can't be moved to it", version, found.status, found.reason)
	}
	at, err := t.endpoint(found)
	if err != nil {
		return endpoint{}, release.Fail(release.KindUnhealthy, "traffic can't be moved to stack %s", version).Because(err)
	}
	return at, nil
}

// leadsTo says where a record leads.
func leadsTo(set types.ResourceRecordSet) string {
	var values []string
	if set.AliasTarget != nil {
		values = append(values, aws.ToString(set.AliasTarget.DNSName))
	}
	for _, record := range set.ResourceRecords {
		values = append(values, aws.ToString(record.Value))
	}
	return withCheck(strings.Join(values, " "), aws.ToString(set.HealthCheckId))
}

// newTTL is the TTL of a new record that leads to the endpoint.
func (t *Target) newTTL(at endpoint) time.Duration {
	if at.isAlias() {
		return resourceTTL
	}
	return t.settings.TTL.Std()
}
