package route53

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfntypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
)

// Inspect compares the records with the released version, and its stack with what it was made of.
func (t *Target) Inspect(ctx context.Context, released target.Released) ([]target.Finding, error) {
	present, err := t.read(ctx)
	if err != nil {
		return nil, err
	}
	found, exists, err := t.readStack(ctx, released.Version)
	if err != nil {
		return nil, err
	}
	findings := t.inspectStack(found, exists, released)
	routing := func(resource, want, got string) {
		findings = append(findings, target.Finding{Kind: target.FindingRouting, Resource: resource, Want: want, Got: got})
	}
	want := release.Pure(released.Version)
	switch split := t.split(present); {
	case present.trouble != "":
		routing(t.name, want.String(), present.trouble)
		return findings, nil
	case !split.Same(want):
		routing(t.name, want.String(), split.String())
		return findings, nil
	case !t.isExactly(present, want):
		routing(t.name, want.String(), "records of weight 0 beside it, which have traffic when it is unhealthy")
	}
	if stands := present.mark.stable; stands != released.Version {
		routing(t.marker, "stable version "+released.Version, "stable version "+stands)
	}
	at, err := t.endpoint(found)
	for _, g := range present.groups {
		for _, set := range g.sets {
			if aws.ToString(set.SetIdentifier) != released.Version {
				continue
			}
			if exists && err == nil && !at.isOf(set) {
				routing(g.name, "the endpoint of stack "+released.Version+", "+at.String(), leadsTo(set))
			}
			if weight := aws.ToInt64(set.Weight); want.Same(g.split(released.Version)) && weight != whole {
				routing(g.name, fmt.Sprintf("weight %d", whole), fmt.Sprintf("weight %d", weight))
			}
			if t.isTooLong(set) {
				routing(g.name, fmt.Sprintf("a TTL of %s, with which a rollback takes at most %s", t.settings.TTL, t.settings.MaxRollback), fmt.Sprintf("a TTL of %s", ttlOf(set)))
			}
		}
	}
	return findings, nil
}

// isTooLong reports whether resolvers keep a record for so long that a rollback would take longer than the document allows.
func (t *Target) isTooLong(set types.ResourceRecordSet) bool {
	return propagation+ttlOf(set) > t.settings.MaxRollback.Std()
}

// inspectStack compares the stack of the released version with what it was made of.
func (t *Target) inspectStack(found stack, exists bool, released target.Released) (findings []target.Finding) {
	version := func(want, got string) {
		findings = append(findings, target.Finding{Kind: target.FindingVersion, Resource: "stack " + released.Version, Want: want, Got: got})
	}
	if !exists {
		version("a stack that is complete", "none")
		return findings
	}
	if !found.isComplete() {
		version("a stack that is complete", string(found.status))
	}
	if ami := found.parameters[t.settings.ImageParameter]; released.Artifact.AMI != "" && ami != released.Artifact.AMI {
		version(released.Artifact.AMI, ami)
	}
	if found.drift == cfntypes.StackDriftStatusDrifted {
		version("resources as the template has them", "resources that were changed, as CloudFormation's last drift detection found")
	}
	return findings
}

// Mend makes the records lead to the released version alone, at its stack's endpoint, with a TTL that the document allows. What is different about the stack itself takes a release.
func (t *Target) Mend(ctx context.Context, released target.Released, finding target.Finding, guard target.Guard) (done bool, err error) {
	if finding.Kind != target.FindingRouting {
		return false, release.Fail(release.KindRefused, "%s can't be mended without a release: it should have %s, and has %s", finding.Resource, finding.Want, finding.Got).
			WithHint("release the artifact again")
	}
	_, err = t.shift(ctx, release.Pure(released.Version), guard, true)
	return err == nil, err
}
