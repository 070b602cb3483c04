package fleet

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Notes says what a person should know of a group before it is cloned.
func (f *Fleet) Notes(ctx context.Context, group Group) ([]string, error) {
	policies, err := f.policies(ctx, group)
	if err != nil {
		return nil, err
	}
	notes := group.notes()
	for _, policy := range policies {
		if kind := aws.ToString(policy.PolicyType); kind == "TargetTrackingScaling" || kind == "PredictiveScaling" {
			continue
		}
		notes = append(notes, fmt.Sprintf("scaling policy %s of group %s is carried out by alarms that name it by its ARN; the new group's copy has another ARN, so give its alarms that action too, or use target tracking",
			aws.ToString(policy.PolicyName), group.Name))
	}
	return notes, nil
}

// notes are those that the group itself gives reason to.
func (g Group) notes() []string {
	var notes, others []string
	if checks := strings.Split(aws.ToString(g.described.HealthCheckType), ","); !slices.Contains(checks, "ELB") {
		notes = append(notes, fmt.Sprintf("group %s does not heed the load balancer's health checks (its health check type is %s), and neither will the new one: an instance that answers no request stays, unless EC2 finds it broken; ELB replaces it",
			g.Name, strings.Join(checks, ",")))
	}
	for _, instance := range g.Instances {
		if instance.Version != g.Version {
			others = append(others, fmt.Sprintf("%s of %s", instance.ID, cmp.Or(instance.Version, "none")))
		}
	}
	if len(others) > 0 {
		notes = append(notes, fmt.Sprintf("%d of %d instances of group %s are not of its version %s (%s), as after a change of its launch template, which is for later launches, or a cancelled instance refresh: "+
			"the new version is compared with all of them; goldfinch drift --fix replaces them", len(others), len(g.Instances), g.Name, g.Version, strings.Join(others, ", ")))
	}
	return notes
}
