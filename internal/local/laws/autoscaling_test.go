package laws_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	ec2sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/autoscaling"
	"github.com/goldfinch-dev/goldfinch/internal/local/elasticloadbalancingv2"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// autoscalingAPI are the methods of Auto Scaling that have laws.
type autoscalingAPI interface {
	CreateAutoScalingGroup(context.Context, *sdk.CreateAutoScalingGroupInput, ...func(*sdk.Options)) (*sdk.CreateAutoScalingGroupOutput, error)
	UpdateAutoScalingGroup(context.Context, *sdk.UpdateAutoScalingGroupInput, ...func(*sdk.Options)) (*sdk.UpdateAutoScalingGroupOutput, error)
	DeleteAutoScalingGroup(context.Context, *sdk.DeleteAutoScalingGroupInput, ...func(*sdk.Options)) (*sdk.DeleteAutoScalingGroupOutput, error)
	DescribeAutoScalingGroups(context.Context, *sdk.DescribeAutoScalingGroupsInput, ...func(*sdk.Options)) (*sdk.DescribeAutoScalingGroupsOutput, error)
	SetDesiredCapacity(context.Context, *sdk.SetDesiredCapacityInput, ...func(*sdk.Options)) (*sdk.SetDesiredCapacityOutput, error)
	CreateOrUpdateTags(context.Context, *sdk.CreateOrUpdateTagsInput, ...func(*sdk.Options)) (*sdk.CreateOrUpdateTagsOutput, error)
	AttachTrafficSources(context.Context, *sdk.AttachTrafficSourcesInput, ...func(*sdk.Options)) (*sdk.AttachTrafficSourcesOutput, error)
	DescribeTrafficSources(context.Context, *sdk.DescribeTrafficSourcesInput, ...func(*sdk.Options)) (*sdk.DescribeTrafficSourcesOutput, error)
	AttachLoadBalancerTargetGroups(context.Context, *sdk.AttachLoadBalancerTargetGroupsInput, ...func(*sdk.Options)) (*sdk.AttachLoadBalancerTargetGroupsOutput, error)
	DetachLoadBalancerTargetGroups(context.Context, *sdk.DetachLoadBalancerTargetGroupsInput, ...func(*sdk.Options)) (*sdk.DetachLoadBalancerTargetGroupsOutput, error)
	PutLifecycleHook(context.Context, *sdk.PutLifecycleHookInput, ...func(*sdk.Options)) (*sdk.PutLifecycleHookOutput, error)
	DescribeLifecycleHooks(context.Context, *sdk.DescribeLifecycleHooksInput, ...func(*sdk.Options)) (*sdk.DescribeLifecycleHooksOutput, error)
	PutScalingPolicy(context.Context, *sdk.PutScalingPolicyInput, ...func(*sdk.Options)) (*sdk.PutScalingPolicyOutput, error)
	DescribePolicies(context.Context, *sdk.DescribePoliciesInput, ...func(*sdk.Options)) (*sdk.DescribePoliciesOutput, error)
	EnterStandby(context.Context, *sdk.EnterStandbyInput, ...func(*sdk.Options)) (*sdk.EnterStandbyOutput, error)
	SetInstanceProtection(context.Context, *sdk.SetInstanceProtectionInput, ...func(*sdk.Options)) (*sdk.SetInstanceProtectionOutput, error)
	SuspendProcesses(context.Context, *sdk.SuspendProcessesInput, ...func(*sdk.Options)) (*sdk.SuspendProcessesOutput, error)
	TerminateInstanceInAutoScalingGroup(context.Context, *sdk.TerminateInstanceInAutoScalingGroupInput, ...func(*sdk.Options)) (*sdk.TerminateInstanceInAutoScalingGroupOutput, error)
	StartInstanceRefresh(context.Context, *sdk.StartInstanceRefreshInput, ...func(*sdk.Options)) (*sdk.StartInstanceRefreshOutput, error)
	DescribeInstanceRefreshes(context.Context, *sdk.DescribeInstanceRefreshesInput, ...func(*sdk.Options)) (*sdk.DescribeInstanceRefreshesOutput, error)
	CancelInstanceRefresh(context.Context, *sdk.CancelInstanceRefreshInput, ...func(*sdk.Options)) (*sdk.CancelInstanceRefreshOutput, error)
	RollbackInstanceRefresh(context.Context, *sdk.RollbackInstanceRefreshInput, ...func(*sdk.Options)) (*sdk.RollbackInstanceRefreshOutput, error)
}

// An autoscalingWorld is an Auto Scaling in which nobody has used the name yet.
type autoscalingWorld struct {
	autoscalingAPI
	// machines is the EC2 beside it, and balancers the load balancing.
	machines  ec2API
	balancers loadBalancingWorld
	name      string
	// settle waits until instances have started or ended.
	settle func()
}

var autoscalingSuite = suite[autoscalingWorld]{
	service: "autoscaling",
	laws:    concat(scalingLaws, refreshLaws),
	local: func(t *testing.T, name string) autoscalingWorld {
		virtual := clock.NewVirtual(time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC))
		machines := localEC2(t, virtual)
		balancers, err := elasticloadbalancingv2.New(elasticloadbalancingv2.Options{
			Clock: virtual, Store: store.Memory(), Region: region, AccountID: accountID,
			Probe: func(context.Context, string, elasticloadbalancingv2.Check) error { return nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		service, err := autoscaling.New(autoscaling.Options{
			Clock: virtual, Store: store.Memory(), Instances: machines, TargetGroups: balancers, Region: region, AccountID: accountID,
		})
		if err != nil {
			t.Fatal(err)
		}
		return autoscalingWorld{
			autoscalingAPI: service, machines: machines, name: short(name),
			balancers: loadBalancingWorld{loadBalancingAPI: balancers, name: short(name), subnets: func(context.Context) (string, []string) { return "vpc-1", nil }},
			settle:    func() { virtual.RunUntil(virtual.Now().Add(10 * time.Minute)) },
		}
	},
	remote: func(t *testing.T, to remote) autoscalingWorld {
		client := sdk.New(sdk.Options{
			Region: region, BaseEndpoint: &to.url, Credentials: signedBy, Retryer: once(), HTTPClient: &http.Client{Transport: to.transport},
		})
		return autoscalingWorld{
			autoscalingAPI: client, machines: to.ec2(), name: short(to.name), balancers: loadBalancingSuite.remote(t, to), settle: func() {},
		}
	},
}

// template makes a launch template of two versions, and returns its id.
func (w autoscalingWorld) template(ctx context.Context) string {
	images := ec2World{ec2API: w.machines, name: w.name}
	template := images.template(ctx, images.image(ctx, "-1"))
	must(images.version(ctx, template, images.image(ctx, "-2"), "t", aws.String("1")))
	return template
}

// creation asks for a group of the template's version 1.
func (w autoscalingWorld) creation(template string, size int32) *sdk.CreateAutoScalingGroupInput {
	return &sdk.CreateAutoScalingGroupInput{
		AutoScalingGroupName: &w.name, MinSize: aws.Int32(0), MaxSize: aws.Int32(4), DesiredCapacity: &size, AvailabilityZones: []string{region + "a"}, LaunchTemplate: versionOf(template, "1"),
		Tags: []types.Tag{{Key: aws.String("law"), Value: &w.name, PropagateAtLaunch: aws.Bool(true), ResourceId: &w.name, ResourceType: aws.String("auto-scaling-group")}},
	}
}

func versionOf(template, version string) *types.LaunchTemplateSpecification {
	return &types.LaunchTemplateSpecification{LaunchTemplateId: &template, Version: &version}
}

// group makes a group, waits until its instances are in service, and returns the launch template.
func (w autoscalingWorld) group(ctx context.Context, size int32) (template string) {
	template = w.template(ctx)
	must(w.CreateAutoScalingGroup(ctx, w.creation(template, size)))
	w.settle()
	return template
}

// described is the group.
func (w autoscalingWorld) described(ctx context.Context) types.AutoScalingGroup {
	groups := must(w.DescribeAutoScalingGroups(ctx, &sdk.DescribeAutoScalingGroupsInput{AutoScalingGroupNames: []string{w.name}})).AutoScalingGroups
	equal("groups", len(groups), 1)
	return groups[0]
}

// instances are the group's, each by its state and its template's version, such as "InService 1".
func (w autoscalingWorld) instances(ctx context.Context) []string {
	all := []string{}
	for _, instance := range w.described(ctx).Instances {
		all = append(all, string(instance.LifecycleState)+" "+aws.ToString(instance.LaunchTemplate.Version))
	}
	return all
}

// tagsOfInstance are those that the group's first instance has, except for those of its launch template.
func (w autoscalingWorld) tagsOfInstance(ctx context.Context) map[string]string {
	id := *w.described(ctx).Instances[0].InstanceId
	tags := tagsOf(must(w.machines.DescribeInstances(ctx, &ec2sdk.DescribeInstancesInput{Filters: []ec2types.Filter{{Name: aws.String("instance-id"), Values: []string{id}}}})).Reservations[0].Instances[0].Tags)
	for key := range tags {
		if strings.HasPrefix(key, "aws:ec2launchtemplate:") {
			delete(tags, key)
		}
	}
	return tags
}
