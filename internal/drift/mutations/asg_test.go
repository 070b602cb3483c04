package mutations_test

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	autoscalingtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

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

// detach takes a group out of the users' target group.
func detach(a *account, group string) {
	a.Helper()
	_, err := a.engine.AutoScaling.DetachTrafficSources(context.Background(), &autoscaling.DetachTrafficSourcesInput{
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
		calls:  "autoscaling:CreateOrUpdateTags, elasticloadbalancing:AddTags, autoscaling:DetachTrafficSources, elasticloadbalancing:DeregisterTargets, elasticloadbalancing:AddTags, autoscaling:DeleteTags",
	},
	{
		name: "a group of nobody's is attached", resource: "i-", kind: instance, want: "an instance of version 3", got: "by hand",
		prepare: func(a *account) { a.makeGroup("jobs-foreign", foreign, 1, "") },
		mutate:  func(a *account) { attach(a, "jobs-foreign") },
		calls:   "elasticloadbalancing:DeregisterTargets",
		theirs:  func(a *account) { detach(a, "jobs-foreign") },
	},
	{
		name: "the group is detached", resource: "targetgroup/jobs-blue", kind: routing, want: "version 3 at 100%", got: "no version",
		mutate: func(a *account) { detach(a, releasedJobs) },
		calls:  "autoscaling:CreateOrUpdateTags, elasticloadbalancing:AddTags, autoscaling:AttachTrafficSources, elasticloadbalancing:AddTags, autoscaling:DeleteTags",
	},
}, ofFleet("jobs")...)
