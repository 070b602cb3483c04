package mutations_test

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	autoscalingtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// furnishASG releases version 3 of service jobs, which has three instances.
func furnishASG(a *account) {
	a.Helper()
	furnishFleet(a, "jobs", 3)
	a.pass(3 * time.Minute)
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

// registerLoner registers an instance that is of no group.
func registerLoner(a *account) {
	a.Helper()
	runOne(a)
	register(a, "jobs-blue", a.loner())
}

const releasedJobs = "jobs-" + environment + "-" + released

var ofASG = append([]mutation{
	{
		name: "another group of the service is attached", resource: "targetgroup/jobs-blue", kind: routing, want: "version 3 at 100%", got: "version 2 at",
		prepare: func(a *account) {
			a.makeGroup("jobs-old", foreign, 1, map[string]string{"goldfinch:service": "jobs", "goldfinch:environment": environment})
		},
		mutate: func(a *account) { attach(a, "jobs-old") },
		calls:  "autoscaling:CreateOrUpdateTags, elasticloadbalancing:AddTags, autoscaling:DetachTrafficSources, elasticloadbalancing:DeregisterTargets, elasticloadbalancing:AddTags, autoscaling:DeleteTags",
	},
	{
		name: "a group of nobody's is attached", resource: "i-", kind: instance, want: "an instance of version 3", got: "by hand",
		prepare: func(a *account) { a.makeGroup("jobs-foreign", foreign, 1, nil) },
		mutate:  func(a *account) { attach(a, "jobs-foreign") },
		calls:   "elasticloadbalancing:DeregisterTargets",
		theirs:  func(a *account) { detach(a, "jobs-foreign") },
	},
	{
		name: "the group is detached", resource: "targetgroup/jobs-blue", kind: routing, want: "version 3 at 100%", got: "no version",
		mutate: func(a *account) { detach(a, releasedJobs) },
		calls:  "autoscaling:CreateOrUpdateTags, elasticloadbalancing:AddTags, autoscaling:AttachTrafficSources, elasticloadbalancing:RegisterTargets, elasticloadbalancing:AddTags, autoscaling:DeleteTags",
	},
	{
		name: "an instance is taken out of the target group", resource: "targetgroup/jobs-blue", kind: routing, want: "version 3 at 100%", got: "instances: 2 of 3",
		mutate: func(a *account) { takeOut(a, "jobs") },
		calls:  "elasticloadbalancing:RegisterTargets",
	},
}, ofFleet("jobs")...)

// furnishRefresh releases version 3 of service jobs by AWS's own rolling update of its group.
func furnishRefresh(a *account) {
	a.Helper()
	furnishFleet(a, "jobs", 3)
	a.pass(3 * time.Minute)
	a.promote(document("jobs", release.Artifact{AMI: imageOf(released)}, release.Target{ASG: &release.ASGTarget{
		Group: "jobs", TargetGroup: a.targetGroup("jobs-blue"), Mode: release.ModeInstanceRefresh,
	}}))
}

var ofRefresh = []mutation{
	{
		name: "the group's launch template version is changed", resource: ":autoScalingGroupName/jobs", kind: version, want: "launch template version 3", got: "launch template version 2",
		mutate: func(a *account) { relaunch(a, "jobs", foreign) },
		also:   []string{"routing targetgroup/jobs-blue"},
		calls:  "autoscaling:CreateOrUpdateTags, autoscaling:StartInstanceRefresh, autoscaling:CreateOrUpdateTags",
	},
	{
		name: "somebody refreshes the instances to another version", resource: "targetgroup/jobs-blue", kind: routing, want: "version 3 at 100%", got: "version 2",
		mutate: func(a *account) {
			_, err := a.engine.AutoScaling.StartInstanceRefresh(context.Background(), &autoscaling.StartInstanceRefreshInput{
				AutoScalingGroupName: aws.String("jobs"),
				DesiredConfiguration: &autoscalingtypes.DesiredConfiguration{LaunchTemplate: &autoscalingtypes.LaunchTemplateSpecification{LaunchTemplateName: aws.String("jobs"), Version: aws.String(foreign)}},
				Preferences:          &autoscalingtypes.RefreshPreferences{MinHealthyPercentage: aws.Int32(100), MaxHealthyPercentage: aws.Int32(110)},
			})
			a.must(err)
		},
		also:  []string{"version :autoScalingGroupName/jobs", "instance i-", "instance i-", "instance i-"},
		calls: "autoscaling:CreateOrUpdateTags, autoscaling:StartInstanceRefresh, autoscaling:CreateOrUpdateTags", replaced: 3,
	},
	{
		name: "somebody had a shell on an instance", resource: "i-", kind: instance, want: "nobody changed", got: "tainted: StartSession by", principal: "jane",
		mutate: func(a *account) {
			a.event("ssm.amazonaws.com", "StartSession", `{"target":"`+a.members("jobs")[0]+`"}`, `{"sessionId":"jane-0a1b"}`)
		},
		calls: terminate, replaced: 1,
	},
}
