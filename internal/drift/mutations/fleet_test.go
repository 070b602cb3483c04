package mutations_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	autoscalingtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/goldfinch-dev/goldfinch/internal/drift"
	"github.com/goldfinch-dev/goldfinch/internal/local/engine"
)

// imageOf is the image of a version.
func imageOf(version string) string { return fmt.Sprintf("ami-%017s", version) }

// foreign is the version of the launch template that nobody released, 1 the one that was there before, and released that of the release.
const (
	foreign  = "2"
	released = "3"
)

// furnishFleet makes what a service has before its first release: a load balancer that forwards to target group SERVICE-blue, the target groups
// SERVICE-green and SERVICE-foreign, a launch template of two versions, and a group of the first, unless that
// is to have no instances.
func furnishFleet(a *account, service string, size int32) {
	a.Helper()
	ctx := context.Background()
	tags := []types.Tag{{Key: aws.String("goldfinch:service"), Value: &service}}
	balancer, err := a.engine.LoadBalancing.CreateLoadBalancer(ctx, &elbv2.CreateLoadBalancerInput{Name: &service, Subnets: []string{"subnet-1", "subnet-2"}})
	a.must(err)
	for _, color := range []string{"blue", "green", "foreign"} {
		input := &elbv2.CreateTargetGroupInput{
			Name: aws.String(service + "-" + color), Protocol: types.ProtocolEnumHttp, Port: aws.Int32(80), VpcId: aws.String("vpc-1"), TargetType: types.TargetTypeEnumInstance,
			HealthCheckIntervalSeconds: aws.Int32(30), Tags: tags,
		}
		if color == "foreign" {
			input.Tags = nil
		}
		group, err := a.engine.LoadBalancing.CreateTargetGroup(ctx, input)
		a.must(err)
		_, err = a.engine.LoadBalancing.ModifyTargetGroupAttributes(ctx, &elbv2.ModifyTargetGroupAttributesInput{
			TargetGroupArn: group.TargetGroups[0].TargetGroupArn, Attributes: []types.TargetGroupAttribute{{Key: aws.String("deregistration_delay.timeout_seconds"), Value: aws.String("30")}},
		})
		a.must(err)
	}
	_, err = a.engine.LoadBalancing.CreateListener(ctx, &elbv2.CreateListenerInput{
		LoadBalancerArn: balancer.LoadBalancers[0].LoadBalancerArn, Protocol: types.ProtocolEnumHttp, Port: aws.Int32(80), Tags: tags,
		DefaultActions: []types.Action{a.forward(service + "-blue")},
	})
	a.must(err)
	for _, version := range []string{"1", foreign, released} {
		if slices.Contains(a.images(), imageOf(version)) {
			continue
		}
		a.must(a.engine.EC2.AddImage(ec2types.Image{
			ImageId: aws.String(imageOf(version)), Name: aws.String("image " + version), OwnerId: aws.String(engine.AccountID), State: ec2types.ImageStateAvailable,
			ImageLocation: aws.String("s3://images/" + version), Architecture: ec2types.ArchitectureValuesX8664, Public: aws.Bool(false), CreationDate: aws.String(morning.Format(time.RFC3339)),
		}))
	}
	template, err := a.engine.EC2.CreateLaunchTemplate(ctx, &ec2.CreateLaunchTemplateInput{
		LaunchTemplateName: &service, LaunchTemplateData: &ec2types.RequestLaunchTemplateData{ImageId: aws.String(imageOf("1")), InstanceType: ec2types.InstanceTypeT3Micro},
		TagSpecifications: []ec2types.TagSpecification{{ResourceType: ec2types.ResourceTypeLaunchTemplate, Tags: []ec2types.Tag{{Key: aws.String("goldfinch:service"), Value: aws.String(service)}}}},
	})
	a.must(err)
	_, err = a.engine.EC2.CreateLaunchTemplateVersion(ctx, &ec2.CreateLaunchTemplateVersionInput{
		LaunchTemplateId: template.LaunchTemplate.LaunchTemplateId, SourceVersion: aws.String("1"), LaunchTemplateData: &ec2types.RequestLaunchTemplateData{ImageId: aws.String(imageOf(foreign))},
	})
	a.must(err)
	if size > 0 {
		a.makeGroup(service, "1", size, map[string]string{"goldfinch:service": service}, a.targetGroup(service+"-blue"))
	}
}

// makeGroup makes a group of a version of the launch template that has the name up to the first dash.
func (a *account) makeGroup(name, version string, size int32, tags map[string]string, targetGroups ...string) {
	a.Helper()
	template, _, _ := strings.Cut(name, "-")
	input := &autoscaling.CreateAutoScalingGroupInput{
		AutoScalingGroupName: &name, MinSize: &size, MaxSize: aws.Int32(size + 2), DesiredCapacity: &size, VPCZoneIdentifier: aws.String("subnet-1,subnet-2"),
		LaunchTemplate: &autoscalingtypes.LaunchTemplateSpecification{LaunchTemplateName: &template, Version: &version},
	}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		input.Tags = append(input.Tags, autoscalingtypes.Tag{Key: &key, Value: aws.String(tags[key]), PropagateAtLaunch: aws.Bool(true), ResourceId: &name, ResourceType: aws.String("auto-scaling-group")})
	}
	for _, arn := range targetGroups {
		input.TrafficSources = append(input.TrafficSources, autoscalingtypes.TrafficSourceIdentifier{Identifier: &arn, Type: aws.String("elbv2")})
	}
	_, err := a.engine.AutoScaling.CreateAutoScalingGroup(context.Background(), input)
	a.must(err)
}

// images are the ids of all images.
func (a *account) images() []string {
	a.Helper()
	found, err := a.engine.EC2.DescribeImages(context.Background(), &ec2.DescribeImagesInput{Owners: []string{"self"}})
	a.must(err)
	var ids []string
	for _, image := range found.Images {
		ids = append(ids, *image.ImageId)
	}
	return ids
}

// targetGroup is the ARN of a target group.
func (a *account) targetGroup(name string) string {
	a.Helper()
	found, err := a.engine.LoadBalancing.DescribeTargetGroups(context.Background(), &elbv2.DescribeTargetGroupsInput{Names: []string{name}})
	a.must(err)
	return *found.TargetGroups[0].TargetGroupArn
}

// listener is the ARN of the users' listener of a service.
func (a *account) listener(service string) string {
	a.Helper()
	balancers, err := a.engine.LoadBalancing.DescribeLoadBalancers(context.Background(), &elbv2.DescribeLoadBalancersInput{Names: []string{service}})
	a.must(err)
	listeners, err := a.engine.LoadBalancing.DescribeListeners(context.Background(), &elbv2.DescribeListenersInput{LoadBalancerArn: balancers.LoadBalancers[0].LoadBalancerArn})
	a.must(err)
	return *listeners.Listeners[0].ListenerArn
}

// forward is an action that leads to target groups: NAME or NAME=WEIGHT.
func (a *account) forward(names ...string) types.Action {
	a.Helper()
	action := types.Action{Type: types.ActionTypeEnumForward, ForwardConfig: &types.ForwardActionConfig{}}
	for _, name := range names {
		weight := int32(1)
		name, text, weighted := strings.Cut(name, "=")
		if weighted {
			_, err := fmt.Sscan(text, &weight)
			a.must(err)
		}
		action.ForwardConfig.TargetGroups = append(action.ForwardConfig.TargetGroups, types.TargetGroupTuple{TargetGroupArn: aws.String(a.targetGroup(name)), Weight: &weight})
	}
	return action
}

// group reads a group.
func (a *account) group(name string) autoscalingtypes.AutoScalingGroup {
	a.Helper()
	found, err := a.engine.AutoScaling.DescribeAutoScalingGroups(context.Background(), &autoscaling.DescribeAutoScalingGroupsInput{AutoScalingGroupNames: []string{name}})
	a.must(err)
	if len(found.AutoScalingGroups) != 1 {
		a.Fatalf("there is no group %s", name)
	}
	return found.AutoScalingGroups[0]
}

// members are the ids of a group's instances.
func (a *account) members(group string) []string {
	a.Helper()
	var ids []string
	for _, instance := range a.group(group).Instances {
		ids = append(ids, *instance.InstanceId)
	}
	slices.Sort(ids)
	return ids
}

// relaunch gives a group another version of its launch template.
func relaunch(a *account, group, version string) {
	a.Helper()
	template := a.group(group).LaunchTemplate.LaunchTemplateId
	_, err := a.engine.AutoScaling.UpdateAutoScalingGroup(context.Background(), &autoscaling.UpdateAutoScalingGroupInput{
		AutoScalingGroupName: &group, LaunchTemplate: &autoscalingtypes.LaunchTemplateSpecification{LaunchTemplateId: template, Version: &version},
	})
	a.must(err)
}

// replaceOne ends one instance of a group, which then starts another.
func replaceOne(a *account, group string) {
	a.Helper()
	_, err := a.engine.AutoScaling.TerminateInstanceInAutoScalingGroup(context.Background(), &autoscaling.TerminateInstanceInAutoScalingGroupInput{
		InstanceId: aws.String(a.members(group)[0]), ShouldDecrementDesiredCapacity: aws.Bool(false),
	})
	a.must(err)
	a.pass(settling)
}

// runOne starts an instance that is of no group.
func runOne(a *account) {
	a.Helper()
	_, err := a.engine.EC2.RunInstances(context.Background(), &ec2.RunInstancesInput{ImageId: aws.String(imageOf(foreign)), MinCount: aws.Int32(1), MaxCount: aws.Int32(1), InstanceType: ec2types.InstanceTypeT3Micro})
	a.must(err)
	a.pass(time.Minute)
}

// loner is the instance that is of no group.
func (a *account) loner() string {
	a.Helper()
	for _, machine := range a.machines() {
		if !slices.ContainsFunc(machine.Tags, func(tag ec2types.Tag) bool { return *tag.Key == "aws:autoscaling:groupName" }) {
			return *machine.InstanceId
		}
	}
	a.Fatal("every instance is of a group")
	return ""
}

// register puts an instance into a target group by hand.
func register(a *account, targetGroup, id string) {
	a.Helper()
	_, err := a.engine.LoadBalancing.RegisterTargets(context.Background(), &elbv2.RegisterTargetsInput{
		TargetGroupArn: aws.String(a.targetGroup(targetGroup)), Targets: []types.TargetDescription{{Id: &id}},
	})
	a.must(err)
}

// tag tags an instance.
func tag(a *account, id, key, value string) {
	a.Helper()
	_, err := a.engine.EC2.CreateTags(context.Background(), &ec2.CreateTagsInput{Resources: []string{id}, Tags: []ec2types.Tag{{Key: &key, Value: &value}}})
	a.must(err)
}

// terminate are the calls by which an instance is replaced: the floor is 90 % of three instances, so there is one more for the time.
const terminate = "autoscaling:CreateOrUpdateTags, autoscaling:UpdateAutoScalingGroup, autoscaling:TerminateInstanceInAutoScalingGroup, autoscaling:DeleteTags"

// takeOut takes an instance of the released version out of its target group.
func takeOut(a *account, service string) {
	a.Helper()
	_, err := a.engine.LoadBalancing.DeregisterTargets(context.Background(), &elbv2.DeregisterTargetsInput{
		TargetGroupArn: aws.String(a.targetGroup(service + "-" + a.color(service))), Targets: []types.TargetDescription{{Id: aws.String(a.members(service + "-" + environment + "-" + released)[0])}},
	})
	a.must(err)
}

// ofFleet are the mutations of the group of a service's released version, and of its instances.
func ofFleet(service string) []mutation {
	group := service + "-" + environment + "-" + released
	return []mutation{
		{
			name: "somebody had a shell on an instance", resource: "i-", kind: instance, want: "nobody changed", got: "tainted: StartSession by", principal: "arn:aws:sts::123456789012:assumed-role/people/jane",
			mutate: func(a *account) {
				a.event("ssm.amazonaws.com", "StartSession", `{"target":"`+a.members(group)[0]+`"}`, `{"sessionId":"jane-0a1b"}`)
			},
			calls: terminate, replaced: 1,
		},
		{
			name: "a command was sent by tags", resource: "i-", kind: instance, want: "nobody changed", got: "tainted: SendCommand by", principal: "jane",
			mutate: func(a *account) {
				a.event("ssm.amazonaws.com", "SendCommand", `{"targets":[{"key":"tag:team","values":["red"]}]}`, `{"command":{"instanceIds":["`+a.members(group)[1]+`"]}}`)
			},
			calls: terminate, replaced: 1,
		},
		{
			name: "an attribute of an instance is changed", resource: "i-", kind: instance, want: "nobody changed", got: "tainted: ModifyInstanceAttribute by", principal: "jane",
			mutate: func(a *account) {
				a.event("ec2.amazonaws.com", "ModifyInstanceAttribute", `{"instanceId":"`+a.members(group)[2]+`","userData":"<sensitiveDataRemoved>"}`, `{"_return":true}`)
			},
			calls: terminate, replaced: 1,
		},
		{
			name: "a tool taints an instance", resource: "i-", kind: instance, want: "nobody changed", got: "tainted: rootkit found",
			mutate: func(a *account) { tag(a, a.members(group)[0], drift.TagTainted, "rootkit found") },
			calls:  terminate, replaced: 1,
		},
		{
			name: "an instance of another image was launched into the group", resource: "i-", kind: instance, want: imageOf(released), got: imageOf(foreign),
			mutate: func(a *account) { relaunch(a, group, foreign); replaceOne(a, group); relaunch(a, group, released) },
			calls:  terminate, replaced: 1,
		},
		{
			name: "an instance of another launch template version and the same image was launched into the group", resource: "i-", kind: instance, want: "launch template version " + released, got: "launch template version 4",
			prepare: func(a *account) {
				_, err := a.engine.EC2.CreateLaunchTemplateVersion(context.Background(), &ec2.CreateLaunchTemplateVersionInput{
					LaunchTemplateName: &service, SourceVersion: aws.String(released), LaunchTemplateData: &ec2types.RequestLaunchTemplateData{UserData: aws.String("aGVsbG8=")},
				})
				a.must(err)
			},
			mutate: func(a *account) { relaunch(a, group, "4"); replaceOne(a, group); relaunch(a, group, released) },
			calls:  terminate, replaced: 1,
		},
		{
			name: "the group's launch template version is changed", resource: group, kind: version, want: "launch template version " + released, got: "launch template version " + foreign,
			mutate: func(a *account) { relaunch(a, group, foreign) },
			calls:  "autoscaling:UpdateAutoScalingGroup",
		},
		{
			name: "an instance is registered by hand", resource: "i-", kind: instance, got: "by hand",
			prepare: runOne,
			mutate:  func(a *account) { register(a, service+"-"+a.color(service), a.loner()) },
			calls:   "elasticloadbalancing:DeregisterTargets",
		},
		{
			name: "the group is scaled to nothing", resource: group, kind: version, want: "a group with instances", got: "desired capacity 0",
			mutate: func(a *account) {
				_, err := a.engine.AutoScaling.UpdateAutoScalingGroup(context.Background(), &autoscaling.UpdateAutoScalingGroupInput{
					AutoScalingGroupName: &group, MinSize: aws.Int32(0), MaxSize: aws.Int32(0), DesiredCapacity: aws.Int32(0),
				})
				a.must(err)
			},
			left: "only a release mends",
		},
		{
			name: "the group does not replace what fails", resource: group, kind: version, want: "replaces what fails", got: "suspended processes ReplaceUnhealthy",
			mutate: func(a *account) {
				_, err := a.engine.AutoScaling.SuspendProcesses(context.Background(), &autoscaling.SuspendProcessesInput{AutoScalingGroupName: &group, ScalingProcesses: []string{"ReplaceUnhealthy"}})
				a.must(err)
			},
			left: "only a release mends",
		},
		{
			name: "the group is deleted", kind: version, want: "group of version " + released, got: "none",
			mutate: func(a *account) {
				_, err := a.engine.AutoScaling.DeleteAutoScalingGroup(context.Background(), &autoscaling.DeleteAutoScalingGroupInput{AutoScalingGroupName: &group, ForceDelete: aws.Bool(true)})
				a.must(err)
			},
			also: []string{"routing :"}, left: "only a release mends",
		},
	}
}

// color is that of the target group that users of a service reach.
func (a *account) color(service string) string {
	a.Helper()
	group := a.group(service + "-" + environment + "-" + released)
	arns := group.TargetGroupARNs
	for _, source := range group.TrafficSources {
		arns = append(arns, *source.Identifier)
	}
	for _, color := range []string{"blue", "green"} {
		if slices.Contains(arns, a.targetGroup(service+"-"+color)) {
			return color
		}
	}
	a.Fatalf("group %s is in no target group", *group.AutoScalingGroupName)
	return ""
}
