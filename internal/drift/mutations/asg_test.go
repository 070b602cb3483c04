package mutations_test

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	autoscalingtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// furnishASG releases version 3 of service jobs, which has three instances.
func furnishASG(a *account) {
	a.Helper()
	furnishFleet(a, "jobs", 3)
	a.promote(document("jobs", release.Artifact{AMI: imageOf(released)}, release.Target{ASG: &release.ASGTarget{Group: "jobs", TargetGroup: a.targetGroup("jobs-blue")}}))
}

// attach attaches a group to the users' target group.
func attach(a *account, group string) {
	a.Helper()
	_, err := a.engine.AutoScaling.AttachTrafficSources(context.Background(), &autoscaling.AttachTrafficSourcesInput{
		AutoScalingGroupName: &group, TrafficSources: []autoscalingtypes.TrafficSourceIdentifier{{Identifier: aws.String(a.targetGroup("jobs-blue")), Type: aws.String("elbv2")}},
	})
	a.must(err)
}

const releasedJobs = "jobs-" + environment + "-" + released

var ofASG = append([]mutation{
	{
		name: "another group of the service is attached", resource: "targetgroup/jobs-blue", kind: routing, want: "version 3 at 100%", got: "version 2 at",
		prepare: func(a *account) {
			a.makeGroup("jobs-old", foreign, 1, "jobs")
			_, err := a.engine.AutoScaling.CreateOrUpdateTags(context.Background(), &autoscaling.CreateOrUpdateTagsInput{Tags: []autoscalingtypes.Tag{{
				Key: aws.String("goldfinch:environment"), Value: aws.String(environment), ResourceId: aws.String("jobs-old"), ResourceType: aws.String("auto-scaling-group"), PropagateAtLaunch: aws.Bool(true),
			}}})
			a.must(err)
		},
		mutate: func(a *account) { attach(a, "jobs-old") },
		calls:  "",
	},
	{
		name: "a group of nobody's is attached", resource: "i-", kind: instance, want: "an instance of version 3", got: "by hand",
		prepare: func(a *account) { a.makeGroup("jobs-foreign", foreign, 1, "") },
		mutate:  func(a *account) { attach(a, "jobs-foreign") },
		calls:   "elasticloadbalancing:DeregisterTargets",
	},
	{
		name: "the group is detached", resource: "targetgroup/jobs-blue", kind: routing, want: "version 3 at 100%", got: "no version",
		mutate: func(a *account) {
			_, err := a.engine.AutoScaling.DetachTrafficSources(context.Background(), &autoscaling.DetachTrafficSourcesInput{
				AutoScalingGroupName: aws.String(releasedJobs), TrafficSources: []autoscalingtypes.TrafficSourceIdentifier{{Identifier: aws.String(a.targetGroup("jobs-blue")), Type: aws.String("elbv2")}},
			})
			a.must(err)
		},
		calls: "",
	},
	{
		name: "an instance is taken out of the target group", resource: "i-", kind: instance, want: "registered", got: "not registered",
		mutate: func(a *account) {
			_, err := a.engine.LoadBalancing.DeregisterTargets(context.Background(), &elbv2.DeregisterTargetsInput{
				TargetGroupArn: aws.String(a.targetGroup("jobs-blue")), Targets: []types.TargetDescription{{Id: aws.String(a.members(releasedJobs)[0])}},
			})
			a.must(err)
		},
		calls: "", replaced: 1,
	},
}, ofFleet("jobs")...)
