package fleet

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// Astray reports whether a group was made for a version, and somebody has given it another one since.
func (f *Fleet) Astray(group Group, version string) bool {
	return group.Release != "" && !group.Deleting && f.owns(group) && group.Name == f.Name(version) && group.Version != version
}

// MendGroup gives a group that went astray its launch template version back, when that is what the finding says. Its instances are not touched: those that were
// launched from the other version are findings of their own. What else is different about a group is a KindRefused failure, because
// nobody knows what it should be but a release. Group may be the zero Group; check is called before the write, and nil is no check.
func (f *Fleet) MendGroup(ctx context.Context, group Group, released target.Released, finding target.Finding, check func(context.Context) error) (done bool, err error) {
	if !f.Astray(group, released.Version) || finding.Resource != group.ARN || finding.Want != templateVersion(released.Version) {
		return false, release.Fail(release.KindRefused, "%s is %s instead of %s, which only a release mends", finding.Resource, finding.Got, finding.Want).
			WithHint("release the version again")
	}
	if check != nil {
		if err := check(ctx); err != nil {
			return false, err
		}
	}
	like := inputOf(group, released.Version)
	_, err = call.Do(ctx, "autoscaling: give group "+group.Name+" "+templateVersion(released.Version)+" back", f.autoScaling.UpdateAutoScalingGroup, &autoscaling.UpdateAutoScalingGroupInput{
		AutoScalingGroupName: aws.String(group.Name), LaunchTemplate: like.LaunchTemplate, MixedInstancesPolicy: like.MixedInstancesPolicy,
	})
	return err == nil, err
}
