package demo

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	autoscalingtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/engine"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// serviceTag opts a resource in: Goldfinch touches only what has it.
const serviceTag = "goldfinch:service"

// What people's own infrastructure is like.
const (
	// groupName is their Auto Scaling group, and templateName its launch template.
	groupName, templateName = "echo", "echo"
	network, subnets        = "vpc-1", "subnet-1,subnet-2"
	// size is how many instances there are of each version.
	size = 2
	// inLocalCloud says who knows the names of load balancers here.
	inLocalCloud = "only the local cloud in this process knows"
	// variantHeader is the header in which an instance's answers say which variant it is.
	variantHeader = "X-Variant"
)

// An estate is what people have who run instances: image pipelines, a load balancer, a group. The scenes of such targets share it.
type estate struct {
	stage *stage
	// pipelines are those that bake the versions, by label, and programs what their images run.
	pipelines, programs map[string]string
}

func (e *estate) engine() *engine.Engine { return e.stage.server.Engine }

func (e *estate) releasesFirst() bool { return false }

// signature is the version's label, which its instances put into every answer.
func (e *estate) signature(_ context.Context, of Release) (string, error) { return of.Version, nil }

// client makes users' requests, by the load balancers' names.
func (e *estate) client() *http.Client {
	return &http.Client{Timeout: patience, Transport: &http.Transport{DialContext: e.engine().Dial, MaxIdleConnsPerHost: 1000}}
}

// image is the artifact of a version: what its pipeline bakes.
func (e *estate) image(label string) release.Artifact {
	return release.Artifact{Image: &release.Image{Pipeline: e.pipelines[label]}}
}

// makeBalancer makes a load balancer.
func (e *estate) makeBalancer(ctx context.Context) (arn, name string, err error) {
	made, err := e.engine().LoadBalancing.CreateLoadBalancer(ctx, &elasticloadbalancingv2.CreateLoadBalancerInput{Name: aws.String(service), Subnets: []string{"subnet-1", "subnet-2"}})
	if err != nil {
		return "", "", fmt.Errorf("make load balancer %s: %w", service, err)
	}
	return aws.ToString(made.LoadBalancers[0].LoadBalancerArn), aws.ToString(made.LoadBalancers[0].DNSName), nil
}

// makeListener makes a listener of the service.
func (e *estate) makeListener(ctx context.Context, balancer string, port int32, action elbtypes.Action) (arn string, err error) {
	made, err := e.engine().LoadBalancing.CreateListener(ctx, &elasticloadbalancingv2.CreateListenerInput{
		LoadBalancerArn: &balancer, Protocol: elbtypes.ProtocolEnumHttp, Port: &port, DefaultActions: []elbtypes.Action{action}, Tags: balancerTags(),
	})
	if err != nil {
		return "", fmt.Errorf("make the listener on port %d: %w", port, err)
	}
	return aws.ToString(made.Listeners[0].ListenerArn), nil
}

// forward is the action that leads to a target group.
func forward(targetGroup string) elbtypes.Action {
	return elbtypes.Action{Type: elbtypes.ActionTypeEnumForward, TargetGroupArn: &targetGroup}
}

func balancerTags() []elbtypes.Tag {
	return []elbtypes.Tag{{Key: aws.String(serviceTag), Value: aws.String(service)}}
}

// makeTargetGroup makes a target group, which lets instances finish for a second.
func (e *estate) makeTargetGroup(ctx context.Context, name string) (arn string, err error) {
	balancing := e.engine().LoadBalancing
	made, err := balancing.CreateTargetGroup(ctx, &elasticloadbalancingv2.CreateTargetGroupInput{
		Name: &name, Protocol: elbtypes.ProtocolEnumHttp, Port: aws.Int32(80), VpcId: aws.String(network), TargetType: elbtypes.TargetTypeEnumInstance,
		HealthCheckPath: aws.String("/health"), HealthCheckIntervalSeconds: aws.Int32(5), HealthCheckTimeoutSeconds: aws.Int32(4), Tags: balancerTags(),
	})
	if err != nil {
		return "", fmt.Errorf("make target group %s: %w", name, err)
	}
	arn = aws.ToString(made.TargetGroups[0].TargetGroupArn)
	_, err = balancing.ModifyTargetGroupAttributes(ctx, &elasticloadbalancingv2.ModifyTargetGroupAttributesInput{
		TargetGroupArn: &arn, Attributes: []elbtypes.TargetGroupAttribute{{Key: aws.String("deregistration_delay.timeout_seconds"), Value: aws.String("1")}},
	})
	if err != nil {
		return "", fmt.Errorf("make target group %s: %w", name, err)
	}
	return arn, nil
}

// makeGroup makes the launch template and the Auto Scaling group of v1, in a target group, and waits until its instances are healthy there.
func (e *estate) makeGroup(ctx context.Context, targetGroup string) error {
	ami, err := e.bake(ctx, first)
	if err != nil {
		return err
	}
	template, err := e.engine().EC2.CreateLaunchTemplate(ctx, &ec2.CreateLaunchTemplateInput{
		LaunchTemplateName: aws.String(templateName),
		LaunchTemplateData: &ec2types.RequestLaunchTemplateData{ImageId: &ami, InstanceType: ec2types.InstanceTypeT3Micro},
		TagSpecifications:  []ec2types.TagSpecification{{ResourceType: ec2types.ResourceTypeLaunchTemplate, Tags: []ec2types.Tag{{Key: aws.String(serviceTag), Value: aws.String(service)}}}},
	})
	if err != nil {
		return fmt.Errorf("make launch template %s: %w", templateName, err)
	}
	_, err = e.engine().AutoScaling.CreateAutoScalingGroup(ctx, &autoscaling.CreateAutoScalingGroupInput{
		AutoScalingGroupName: aws.String(groupName), MinSize: aws.Int32(1), MaxSize: aws.Int32(2 * size), DesiredCapacity: aws.Int32(size), VPCZoneIdentifier: aws.String(subnets),
		LaunchTemplate: &autoscalingtypes.LaunchTemplateSpecification{LaunchTemplateId: template.LaunchTemplate.LaunchTemplateId, Version: aws.String("1")},
		TrafficSources: []autoscalingtypes.TrafficSourceIdentifier{{Identifier: &targetGroup, Type: aws.String("elbv2")}},
		Tags: []autoscalingtypes.Tag{{
			Key: aws.String(serviceTag), Value: aws.String(service), PropagateAtLaunch: aws.Bool(true), ResourceId: aws.String(groupName), ResourceType: aws.String("auto-scaling-group"),
		}},
	})
	if err != nil {
		return fmt.Errorf("make group %s: %w", groupName, err)
	}
	return e.waitHealthy(ctx, targetGroup)
}

// waitHealthy waits until a target group has all instances of a version, healthy.
func (e *estate) waitHealthy(ctx context.Context, targetGroup string) error {
	return wait(ctx, "healthy instances", func() (bool, error) {
		targets, err := e.targets(ctx, targetGroup)
		if err != nil || len(targets) != size {
			return false, err
		}
		for _, state := range targets {
			if state != elbtypes.TargetHealthStateEnumHealthy {
				return false, nil
			}
		}
		return true, nil
	})
}

// targets are the instances in a target group, and how they are.
func (e *estate) targets(ctx context.Context, targetGroup string) (map[string]elbtypes.TargetHealthStateEnum, error) {
	found, err := e.engine().LoadBalancing.DescribeTargetHealth(ctx, &elasticloadbalancingv2.DescribeTargetHealthInput{TargetGroupArn: &targetGroup})
	if err != nil {
		return nil, fmt.Errorf("look into target group %s: %w", targetGroup, err)
	}
	targets := map[string]elbtypes.TargetHealthStateEnum{}
	for _, described := range found.TargetHealthDescriptions {
		targets[aws.ToString(described.Target.Id)] = described.TargetHealth.State
	}
	return targets, nil
}

// instances are the images of those that are not terminated, by their ids.
func (e *estate) instances(ctx context.Context) (map[string]string, error) {
	found, err := e.engine().EC2.DescribeInstances(ctx, &ec2.DescribeInstancesInput{})
	if err != nil {
		return nil, fmt.Errorf("look for instances: %w", err)
	}
	instances := map[string]string{}
	for _, reservation := range found.Reservations {
		for _, instance := range reservation.Instances {
			if instance.State.Name != ec2types.InstanceStateNameTerminated {
				instances[aws.ToString(instance.InstanceId)] = aws.ToString(instance.ImageId)
			}
		}
	}
	return instances, nil
}

// runs reports whether an image has the version's program.
func (e *estate) runs(ctx context.Context, ami, label string) (bool, error) {
	found, err := e.engine().EC2.DescribeImages(ctx, &ec2.DescribeImagesInput{ImageIds: []string{ami}})
	if err != nil {
		return false, fmt.Errorf("look into image %s: %w", ami, err)
	}
	return len(found.Images) == 1 && aws.ToString(found.Images[0].ImageLocation) == e.programs[label], nil
}

// checkFleet makes sure that the target group has the version's instances alone, and that no others, no group without
// instances but people's own, and no version of the launch template is left.
func (e *estate) checkFleet(ctx context.Context, label, targetGroup string) error {
	targets, err := e.targets(ctx, targetGroup)
	if err != nil {
		return err
	}
	instances, err := e.instances(ctx)
	if err != nil {
		return err
	}
	for id, ami := range instances {
		runs, err := e.runs(ctx, ami, label)
		if err != nil {
			return err
		}
		if targets[id] != elbtypes.TargetHealthStateEnumHealthy || !runs {
			return fmt.Errorf("instance %s of image %s is left (in the target group it is %q)", id, ami, targets[id])
		}
	}
	if len(instances) != size || len(targets) != size {
		return fmt.Errorf("there are %d instances, and %d in the target group, not %d", len(instances), len(targets), size)
	}
	current, err := e.checkGroups(ctx)
	if err != nil {
		return err
	}
	return e.checkTemplate(ctx, current)
}

// checkGroups makes sure that there is no group beside people's own and the one that has the instances, whose launch template version it returns.
func (e *estate) checkGroups(ctx context.Context) (current string, err error) {
	found, err := e.engine().AutoScaling.DescribeAutoScalingGroups(ctx, &autoscaling.DescribeAutoScalingGroupsInput{})
	if err != nil {
		return "", fmt.Errorf("look for groups: %w", err)
	}
	for _, group := range found.AutoScalingGroups {
		name := aws.ToString(group.AutoScalingGroupName)
		switch {
		case len(group.Instances) == size && current == "":
			current = aws.ToString(group.LaunchTemplate.Version)
		case name != groupName || len(group.Instances) > 0:
			return "", fmt.Errorf("group %s is left, with %d instances", name, len(group.Instances))
		}
		held := slices.ContainsFunc(group.Tags, func(tag autoscalingtypes.TagDescription) bool { return aws.ToString(tag.Key) == "goldfinch:minimum" })
		if held && len(group.Instances) > 0 {
			return "", fmt.Errorf("group %s may still not shrink", name)
		}
	}
	return current, nil
}

// checkTemplate makes sure that the launch template has people's own version and the current one alone.
func (e *estate) checkTemplate(ctx context.Context, current string) error {
	found, err := e.engine().EC2.DescribeLaunchTemplateVersions(ctx, &ec2.DescribeLaunchTemplateVersionsInput{LaunchTemplateName: aws.String(templateName)})
	if err != nil {
		return fmt.Errorf("look for versions of the launch template: %w", err)
	}
	for _, version := range found.LaunchTemplateVersions {
		if number := fmt.Sprint(aws.ToInt64(version.VersionNumber)); number != "1" && number != current {
			return fmt.Errorf("version %s of launch template %s is left", number, templateName)
		}
	}
	return nil
}
