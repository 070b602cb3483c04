package asg_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	localcloudwatch "github.com/goldfinch-dev/goldfinch/internal/local/cloudwatch"
	"github.com/goldfinch-dev/goldfinch/internal/peer"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/asg"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleettest"
	"github.com/goldfinch-dev/goldfinch/internal/target/targettest"
)

// TestContractOnMoto holds the target to the laws of every target over the wire, on load balancing, Auto Scaling and EC2 that others wrote. What moto
// lacks, [fleettest.MotoScaling] and [fleettest.MotoMachines] say in other words; [TestMotoStillLacks] fails on the day it has it.
func TestContractOnMoto(t *testing.T) {
	t.Parallel()
	moto := peer.StartMoto(t, peer.MotoOptions{})
	var services atomic.Int32
	targettest.Run(t, func(t *testing.T) targettest.World {
		return newMotoCloud(t, moto, fmt.Sprintf("echo-%d", services.Add(1))).world()
	})
}

// TestMotoStillLacks calls what those adapters replace, and what instance refreshes need.
func TestMotoStillLacks(t *testing.T) {
	t.Parallel()
	moto := peer.StartMoto(t, peer.MotoOptions{})
	c := &motoCloud{t: t}
	c.connect(moto)
	name, ctx := aws.String("group"), t.Context()
	for operation, call := range map[string]func() error{
		"AttachTrafficSources": func() error {
			_, err := c.scaling.AttachTrafficSources(ctx, &autoscaling.AttachTrafficSourcesInput{AutoScalingGroupName: name, TrafficSources: []types.TrafficSourceIdentifier{{Identifier: name}}})
			return err
		},
		"DetachTrafficSources": func() error {
			_, err := c.scaling.DetachTrafficSources(ctx, &autoscaling.DetachTrafficSourcesInput{AutoScalingGroupName: name, TrafficSources: []types.TrafficSourceIdentifier{{Identifier: name}}})
			return err
		},
		"DescribeTrafficSources": func() error {
			_, err := c.scaling.DescribeTrafficSources(ctx, &autoscaling.DescribeTrafficSourcesInput{AutoScalingGroupName: name})
			return err
		},
		"DescribeNotificationConfigurations": func() error {
			_, err := c.scaling.DescribeNotificationConfigurations(ctx, &autoscaling.DescribeNotificationConfigurationsInput{})
			return err
		},
		"DescribeInstanceRefreshes": func() error {
			_, err := c.scaling.DescribeInstanceRefreshes(ctx, &autoscaling.DescribeInstanceRefreshesInput{AutoScalingGroupName: name})
			return err
		},
		"StartInstanceRefresh": func() error {
			_, err := c.scaling.StartInstanceRefresh(ctx, &autoscaling.StartInstanceRefreshInput{AutoScalingGroupName: name})
			return err
		},
		"DeleteLaunchTemplateVersions": func() error {
			_, err := c.machines.DeleteLaunchTemplateVersions(ctx, &ec2.DeleteLaunchTemplateVersionsInput{LaunchTemplateId: aws.String("lt-1"), Versions: []string{"1"}})
			return err
		},
	} {
		if err := call(); err == nil || !strings.Contains(err.Error(), "StatusCode: 501") && !strings.Contains(err.Error(), "has not been implemented") && !strings.Contains(err.Error(), "StatusCode: 500") {
			t.Errorf("%s: moto has it now, or says in another way that it has not: %v; take the adapter out", operation, err)
		}
	}
}

// A motoCloud is an account of moto's. All tests share it, so each has a service of its own.
type motoCloud struct {
	t       testing.TB
	service string

	elb      *elbv2.Client
	scaling  *autoscaling.Client
	machines *ec2.Client
	metrics  *localcloudwatch.Service

	targetGroup, template string
	subnets               string
	images                map[string]string

	mu    sync.Mutex
	calls []string
	first func() error
}

// connect makes the clients.
func (c *motoCloud) connect(moto *peer.Moto) {
	keys := credentials.NewStaticCredentialsProvider("test", "test", "")
	observe := []func(*middleware.Stack) error{func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("observe", c.observe), middleware.Before)
	}}
	once := func() aws.Retryer { return aws.NopRetryer{} }
	c.elb = elbv2.New(elbv2.Options{Region: "us-east-1", BaseEndpoint: aws.String(moto.URL), Credentials: keys, APIOptions: observe})
	c.scaling = autoscaling.New(autoscaling.Options{Region: "us-east-1", BaseEndpoint: aws.String(moto.URL), Credentials: keys, APIOptions: observe, Retryer: once()})
	c.machines = ec2.New(ec2.Options{Region: "us-east-1", BaseEndpoint: aws.String(moto.URL), Credentials: keys, APIOptions: observe, Retryer: once()})
}

// observe records the target's calls, and does what tests want done before them.
func (c *motoCloud) observe(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
	if fleettest.IsForeign(ctx) {
		return next.HandleInitialize(ctx, in)
	}
	c.mu.Lock()
	c.calls = append(c.calls, strings.ToLower(awsmiddleware.GetServiceID(ctx))+":"+middleware.GetOperationName(ctx))
	first := c.first
	c.first = nil
	c.mu.Unlock()
	if first != nil {
		if err := first(); err != nil {
			return middleware.InitializeOutput{}, middleware.Metadata{}, err
		}
	}
	return next.HandleInitialize(ctx, in)
}

func newMotoCloud(t testing.TB, moto *peer.Moto, service string) *motoCloud {
	t.Helper()
	c := &motoCloud{t: t, service: service, images: map[string]string{}}
	c.connect(moto)
	var err error
	c.metrics, err = localcloudwatch.New(localcloudwatch.Options{Clock: clock.Wall{}, Retention: 48 * time.Hour})
	must(t, err)
	ctx := fleettest.Foreign()
	subnets, err := c.machines.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{})
	must(t, err)
	c.subnets = *subnets.Subnets[0].SubnetId
	group, err := c.elb.CreateTargetGroup(ctx, &elbv2.CreateTargetGroupInput{
		Name: aws.String(service), Protocol: elbtypes.ProtocolEnumHttp, Port: aws.Int32(80), VpcId: subnets.Subnets[0].VpcId, TargetType: elbtypes.TargetTypeEnumInstance,
		Tags: tagged("goldfinch:service", service),
	})
	must(t, err)
	c.targetGroup = *group.TargetGroups[0].TargetGroupArn
	balancer, err := c.elb.CreateLoadBalancer(ctx, &elbv2.CreateLoadBalancerInput{Name: aws.String(service), Subnets: []string{*subnets.Subnets[0].SubnetId, *subnets.Subnets[1].SubnetId}})
	must(t, err)
	_, err = c.elb.CreateListener(ctx, &elbv2.CreateListenerInput{
		LoadBalancerArn: balancer.LoadBalancers[0].LoadBalancerArn, Protocol: elbtypes.ProtocolEnumHttp, Port: aws.Int32(80),
		DefaultActions: []elbtypes.Action{{Type: elbtypes.ActionTypeEnumForward, TargetGroupArn: aws.String(c.targetGroup)}},
	})
	must(t, err)
	for _, name := range []string{"1", "2", "3", "4", "5"} {
		image, err := c.machines.RegisterImage(ctx, &ec2.RegisterImageInput{Name: aws.String(service + "-" + name), RootDeviceName: aws.String("/dev/xvda"), Architecture: ec2types.ArchitectureValuesX8664})
		must(t, err)
		c.images[name] = *image.ImageId
	}
	data := func(name string) *ec2types.RequestLaunchTemplateData {
		return &ec2types.RequestLaunchTemplateData{ImageId: aws.String(c.images[name]), InstanceType: ec2types.InstanceTypeT3Micro}
	}
	template, err := c.machines.CreateLaunchTemplate(ctx, &ec2.CreateLaunchTemplateInput{
		LaunchTemplateName: aws.String(service), LaunchTemplateData: data("1"),
		TagSpecifications: []ec2types.TagSpecification{{ResourceType: ec2types.ResourceTypeLaunchTemplate, Tags: []ec2types.Tag{{Key: aws.String("goldfinch:service"), Value: aws.String(service)}}}},
	})
	must(t, err)
	c.template = *template.LaunchTemplate.LaunchTemplateId
	for _, name := range []string{"2", "3", "4"} {
		_, err := c.machines.CreateLaunchTemplateVersion(ctx, &ec2.CreateLaunchTemplateVersionInput{LaunchTemplateId: aws.String(c.template), LaunchTemplateData: data(name)})
		must(t, err)
	}
	c.group("2", 4, true)
	c.group("3", 0, true)
	c.group("4", 4, false)
	c.attach("2")
	_, done, err := c.target().Deploy(ctx, "2")
	if err != nil || !done {
		t.Fatalf("deployed %t, %v", done, err)
	}
	return c
}

func (c *motoCloud) name(version string) string {
	return c.service + "-" + fleettest.Environment + "-" + version
}

// group makes the group of a version, as a release of Goldfinch or as somebody else.
func (c *motoCloud) group(version string, size int32, made bool) {
	c.t.Helper()
	tags := map[string]string{"goldfinch:service": c.service, "goldfinch:environment": fleettest.Environment}
	if made {
		tags["goldfinch:release"] = "r-0"
	}
	input := &autoscaling.CreateAutoScalingGroupInput{
		AutoScalingGroupName: aws.String(c.name(version)), MinSize: aws.Int32(0), MaxSize: aws.Int32(9), DesiredCapacity: aws.Int32(size), VPCZoneIdentifier: aws.String(c.subnets),
		LaunchTemplate: &types.LaunchTemplateSpecification{LaunchTemplateId: aws.String(c.template), Version: aws.String(version)},
	}
	for key, value := range tags {
		input.Tags = append(input.Tags, types.Tag{Key: aws.String(key), Value: aws.String(value), PropagateAtLaunch: aws.Bool(false), ResourceId: aws.String(c.name(version)), ResourceType: aws.String("auto-scaling-group")})
	}
	_, err := c.scaling.CreateAutoScalingGroup(fleettest.Foreign(), input)
	must(c.t, err)
}

func (c *motoCloud) attach(version string) {
	c.t.Helper()
	_, err := c.scaling.AttachLoadBalancerTargetGroups(fleettest.Foreign(), &autoscaling.AttachLoadBalancerTargetGroupsInput{AutoScalingGroupName: aws.String(c.name(version)), TargetGroupARNs: []string{c.targetGroup}})
	must(c.t, err)
}

// described lists the service's groups.
func (c *motoCloud) described() []types.AutoScalingGroup {
	c.t.Helper()
	output, err := c.scaling.DescribeAutoScalingGroups(fleettest.Foreign(), &autoscaling.DescribeAutoScalingGroupsInput{
		Filters: []types.Filter{{Name: aws.String("tag:goldfinch:service"), Values: []string{c.service}}},
	})
	must(c.t, err)
	return output.AutoScalingGroups
}

// move makes a foreigner's change, as [cloud.move] does.
func (c *motoCloud) move(want release.Split) {
	c.t.Helper()
	if want.IsPure() {
		c.attach(want.Stable)
		_, err := c.scaling.DetachLoadBalancerTargetGroups(fleettest.Foreign(), &autoscaling.DetachLoadBalancerTargetGroupsInput{AutoScalingGroupName: aws.String(c.name("2")), TargetGroupARNs: []string{c.targetGroup}})
		must(c.t, err)
		return
	}
	for _, group := range c.described() {
		if *group.AutoScalingGroupName == c.name(want.Canary) {
			_, err := c.elb.RegisterTargets(fleettest.Foreign(), &elbv2.RegisterTargetsInput{TargetGroupArn: aws.String(c.targetGroup), Targets: []elbtypes.TargetDescription{{Id: group.Instances[0].InstanceId}}})
			must(c.t, err)
		}
	}
}

func (c *motoCloud) target() *asg.Target {
	return asg.New(asg.Options{
		Release: "r-1", Region: "us-east-1", LoadBalancing: c.elb, AutoScaling: fleettest.MotoScaling{Client: c.scaling}, EC2: fleettest.MotoMachines{Client: c.machines}, CloudWatch: c.metrics,
		Client: &http.Client{Transport: everywhere{}},
		Document: release.Default(release.Document{
			APIVersion: release.APIVersion, Service: c.service, Environment: fleettest.Environment, Artifact: release.Artifact{AMI: c.images["5"]},
			Target: release.Target{ASG: &release.ASGTarget{Group: c.name("2"), TargetGroup: c.targetGroup}},
		}),
	})
}

func (c *motoCloud) world() targettest.World {
	return targettest.World{
		Target: c.target(), Twin: c.target(),
		Stable: "2", Canary: "5", Foreign: "4", Spare: []string{"3"}, Missing: "99",
		Move: func(_ context.Context, want release.Split) error { c.move(want); return nil },
		Request: func(version string, at time.Time, requests, bad int) {
			countIn(c.metrics, "AutoScalingGroupName", c.name(version), at, requests, bad)
		},
		Writes: func() int {
			c.mu.Lock()
			defer c.mu.Unlock()
			return len(slices.DeleteFunc(slices.Clone(c.calls), func(operation string) bool { return strings.Contains(operation, ":Describe") }))
		},
		Versions: func() []string {
			var versions []string
			for _, group := range c.described() {
				versions = append(versions, *group.LaunchTemplate.Version)
			}
			slices.Sort(versions)
			return versions
		},
		Throttle: func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.first = func() error { return &types.ResourceContentionFault{} }
		},
		Costly: true,
	}
}

// everywhere answers for instances that have no program.
type everywhere struct{}

func (everywhere) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader("hello"))}, nil
}
