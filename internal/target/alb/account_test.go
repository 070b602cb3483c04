package alb_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	autoscalingtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/smithy-go"

	localautoscaling "github.com/goldfinch-dev/goldfinch/internal/local/autoscaling"
	localcloudwatch "github.com/goldfinch-dev/goldfinch/internal/local/cloudwatch"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/alb"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleet"
	"github.com/goldfinch-dev/goldfinch/internal/target/targettest"
)

// What tests call of the services beside what the target calls.
type (
	loadBalancing interface {
		alb.LoadBalancingAPI
		CreateLoadBalancer(context.Context, *elbv2.CreateLoadBalancerInput, ...func(*elbv2.Options)) (*elbv2.CreateLoadBalancerOutput, error)
		CreateListener(context.Context, *elbv2.CreateListenerInput, ...func(*elbv2.Options)) (*elbv2.CreateListenerOutput, error)
		CreateTargetGroup(context.Context, *elbv2.CreateTargetGroupInput, ...func(*elbv2.Options)) (*elbv2.CreateTargetGroupOutput, error)
		AddTags(context.Context, *elbv2.AddTagsInput, ...func(*elbv2.Options)) (*elbv2.AddTagsOutput, error)
		RegisterTargets(context.Context, *elbv2.RegisterTargetsInput, ...func(*elbv2.Options)) (*elbv2.RegisterTargetsOutput, error)
		ModifyTargetGroupAttributes(context.Context, *elbv2.ModifyTargetGroupAttributesInput, ...func(*elbv2.Options)) (*elbv2.ModifyTargetGroupAttributesOutput, error)
	}
	computing interface {
		alb.EC2API
		CreateLaunchTemplate(context.Context, *ec2.CreateLaunchTemplateInput, ...func(*ec2.Options)) (*ec2.CreateLaunchTemplateOutput, error)
	}
)

// An account is one with a service, on any cloud: a load balancer whose listener forwards to target group blue of the pair blue and green, and target group other;
// a launch template, and groups of its versions.
type account struct {
	t       testing.TB
	elb     loadBalancing
	scaling fleet.AutoScalingAPI
	ec2     computing
	metrics *localcloudwatch.Service
	// service is its name, and subnets are where it is.
	service string
	subnets []string
	vpc     string
	// image makes an image that is the account's own.
	image func(name string) string
	// pass lets time pass, and now tells it.
	pass func(time.Duration)
	now  func() time.Time
	// client makes the checks.
	listener, blue, green, other, template string
	images                                 map[string]string

	mu        sync.Mutex
	calls     []string
	throttled bool
}

// intercept records the target's calls, and refuses one when it is told to.
func (a *account) intercept(ctx context.Context, operation string, call func(context.Context) error) error {
	if ctx.Value(foreignKey{}) != nil || localautoscaling.Internal(ctx) {
		return call(ctx)
	}
	a.mu.Lock()
	a.calls = append(a.calls, operation)
	throttled := a.throttled
	a.throttled = false
	a.mu.Unlock()
	if throttled {
		return &smithy.GenericAPIError{Code: "Throttling", Message: "Rate exceeded"}
	}
	return call(ctx)
}

// writes lists the target's calls that change anything.
func (a *account) writes() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(a.calls), func(operation string) bool {
		_, name, _ := strings.Cut(operation, ":")
		return strings.HasPrefix(name, "Describe")
	})
}

// furnish makes everything but the groups, and version 1 of the launch template.
func (a *account) furnish() {
	a.t.Helper()
	ctx := foreign(a.t)
	balancer, err := a.elb.CreateLoadBalancer(ctx, &elbv2.CreateLoadBalancerInput{Name: aws.String(a.service), Subnets: a.subnets})
	must(a.t, err)
	arn := balancer.LoadBalancers[0].LoadBalancerArn
	for name, into := range map[string]*string{"blue": &a.blue, "green": &a.green, "other": &a.other} {
		output, err := a.elb.CreateTargetGroup(ctx, &elbv2.CreateTargetGroupInput{
			Name: aws.String(a.service + "-" + name), Protocol: types.ProtocolEnumHttp, Port: aws.Int32(80), VpcId: aws.String(a.vpc), TargetType: types.TargetTypeEnumInstance,
			HealthCheckIntervalSeconds: aws.Int32(10),
		})
		must(a.t, err)
		*into = *output.TargetGroups[0].TargetGroupArn
	}
	listener, err := a.elb.CreateListener(ctx, &elbv2.CreateListenerInput{
		LoadBalancerArn: arn, Protocol: types.ProtocolEnumHttp, Port: aws.Int32(80), DefaultActions: []types.Action{forwardTo(a.blue)},
	})
	must(a.t, err)
	a.listener = *listener.Listeners[0].ListenerArn
	_, err = a.elb.AddTags(ctx, &elbv2.AddTagsInput{ResourceArns: []string{a.listener, a.blue, a.green}, Tags: []types.Tag{{Key: aws.String(fleet.TagService), Value: aws.String(a.service)}}})
	must(a.t, err)
	a.images = map[string]string{"1": a.image("1")}
	template, err := a.ec2.CreateLaunchTemplate(ctx, &ec2.CreateLaunchTemplateInput{
		LaunchTemplateName: aws.String(a.service), LaunchTemplateData: &ec2types.RequestLaunchTemplateData{ImageId: aws.String(a.images["1"]), InstanceType: ec2types.InstanceTypeT3Micro},
		TagSpecifications: []ec2types.TagSpecification{{ResourceType: ec2types.ResourceTypeLaunchTemplate, Tags: []ec2types.Tag{{Key: aws.String(fleet.TagService), Value: aws.String(a.service)}}}},
	})
	must(a.t, err)
	a.template = *template.LaunchTemplate.LaunchTemplateId
}

// version makes another version of the launch template, with an image of its own, as an earlier release did.
func (a *account) version(number string) {
	a.t.Helper()
	a.images[number] = a.image(number)
	output, err := a.ec2.CreateLaunchTemplateVersion(foreign(a.t), &ec2.CreateLaunchTemplateVersionInput{
		LaunchTemplateId: aws.String(a.template), SourceVersion: aws.String("1"), VersionDescription: aws.String("goldfinch release r-0-" + number),
		LaunchTemplateData: &ec2types.RequestLaunchTemplateData{ImageId: aws.String(a.images[number])},
	})
	must(a.t, err)
	if got := fmt.Sprint(*output.LaunchTemplateVersion.VersionNumber); got != number {
		a.t.Fatalf("made version %s, want %s", got, number)
	}
}

// group makes a group of a version, with size instances, behind target groups. One with a release was made by Goldfinch.
func (a *account) group(version, made string, size int32, targetGroups ...string) {
	a.t.Helper()
	name := a.service + "-production-" + version
	tags := map[string]string{fleet.TagService: a.service}
	if made != "" {
		tags[fleet.TagRelease] = made
	}
	if made != "" || slices.Contains(targetGroups, a.other) { // a user's own group behind the pair needs no more than the service
		tags[fleet.TagEnvironment] = "production"
	}
	input := &autoscaling.CreateAutoScalingGroupInput{
		AutoScalingGroupName: aws.String(name), MinSize: aws.Int32(1), MaxSize: aws.Int32(10), DesiredCapacity: aws.Int32(size), VPCZoneIdentifier: aws.String(strings.Join(a.subnets, ",")),
		LaunchTemplate: &autoscalingtypes.LaunchTemplateSpecification{LaunchTemplateId: aws.String(a.template), Version: aws.String(version)},
	}
	for _, arn := range targetGroups {
		input.TrafficSources = append(input.TrafficSources, autoscalingtypes.TrafficSourceIdentifier{Identifier: aws.String(arn), Type: aws.String("elbv2")})
	}
	for key, value := range tags {
		input.Tags = append(input.Tags, autoscalingtypes.Tag{Key: aws.String(key), Value: aws.String(value), PropagateAtLaunch: aws.Bool(true), ResourceId: aws.String(name), ResourceType: aws.String("auto-scaling-group")})
	}
	_, err := a.scaling.CreateAutoScalingGroup(foreign(a.t), input)
	must(a.t, err)
	a.pass(2 * time.Minute)
}

// versions are those that have instances.
func (a *account) versions() []string {
	a.t.Helper()
	output, err := a.scaling.DescribeAutoScalingGroups(foreign(a.t), &autoscaling.DescribeAutoScalingGroupsInput{
		Filters: []autoscalingtypes.Filter{{Name: aws.String("tag:" + fleet.TagService), Values: []string{a.service}}},
	})
	must(a.t, err)
	var versions []string
	for _, group := range output.AutoScalingGroups {
		if aws.ToInt32(group.DesiredCapacity) > 0 {
			versions = append(versions, aws.ToString(group.LaunchTemplate.Version))
		}
	}
	return versions
}

// target returns the target of a release of an image.
func (a *account) target(releaseID, ami string, changes ...func(*release.Document)) *alb.Target {
	document := release.Document{
		APIVersion: release.APIVersion, Service: a.service, Environment: "production", Artifact: release.Artifact{AMI: ami},
		Target:   release.Target{ALB: &release.ALBTarget{Listener: a.listener, TargetGroups: []string{a.blue, a.green}}},
		Analysis: release.Analysis{Metrics: &release.Metrics{Errors: &release.ErrorMetric{}, Latency: &release.LatencyMetric{SlowerThan: release.Duration(1500 * time.Millisecond)}}},
	}
	for _, change := range changes {
		change(&document)
	}
	return alb.New(alb.Options{
		Release: releaseID, Document: release.Default(document), Region: "us-east-1",
		LoadBalancing: a.elb, AutoScaling: a.scaling, EC2: a.ec2, CloudWatch: a.metrics, Now: a.now,
	})
}

// deployed is what Deploy returns when it is done.
func (a *account) deployed(t testing.TB, target *alb.Target, stable string) string {
	t.Helper()
	for range 60 {
		version, done, err := target.Deploy(foreign(t), stable)
		must(t, err)
		if done {
			return version
		}
		a.pass(30 * time.Second)
	}
	t.Fatal("deploy is never done")
	return ""
}

// move is a foreigner's change of traffic to versions whose target groups are known.
func (a *account) move(behind map[string]string, want release.Split) error {
	action := forwardTo(behind[want.Stable])
	if !want.IsPure() {
		action = weighted(behind[want.Stable], int32(100-want.Weight), behind[want.Canary], int32(want.Weight))
	}
	_, err := a.elb.ModifyListener(foreign(a.t), &elbv2.ModifyListenerInput{ListenerArn: aws.String(a.listener), DefaultActions: []types.Action{action}})
	return err
}

// count makes requests of a target group, as CloudWatch counts them.
func (a *account) count(targetGroup string, at time.Time, requests, bad int) {
	dimensions := map[string]string{
		"TargetGroup":  targetGroup[strings.Index(targetGroup, "targetgroup/"):],
		"LoadBalancer": strings.Join(strings.Split(a.listener[strings.Index(a.listener, "app/"):], "/")[:3], "/"),
	}
	const namespace = "AWS/ApplicationELB"
	a.metrics.RecordMetric(namespace, dimensions, "RequestCount", float64(requests), at)
	if refused := bad / 2; bad > 0 { // half of them are not even answered
		a.metrics.RecordMetric(namespace, dimensions, "HTTPCode_Target_5XX_Count", float64(bad-refused), at)
		a.metrics.RecordMetric(namespace, dimensions, "TargetConnectionErrorCount", float64(refused), at)
	}
	for i := range requests {
		seconds := 0.2
		if i < bad {
			seconds = 2
		}
		a.metrics.RecordMetric(namespace, dimensions, "TargetResponseTime", seconds, at)
	}
}

// world is an account in which version 1 is an old one, 2 is stable, 3 is a foreigner's, and a release has made 4.
func (a *account) world() targettest.World {
	a.t.Helper()
	a.furnish()
	a.version("2")
	a.group("2", "r-0", 2, a.blue)
	a.version("3")
	a.group("3", "", 1, a.other)
	_, err := a.elb.CreateRule(foreign(a.t), &elbv2.CreateRuleInput{
		ListenerArn: aws.String(a.listener), Priority: aws.Int32(1), Actions: []types.Action{forwardTo(a.other)},
		Conditions: []types.RuleCondition{{Field: aws.String("path-pattern"), PathPatternConfig: &types.PathPatternConditionConfig{Values: []string{"/other"}}}},
	})
	must(a.t, err)
	ami := a.image("4")
	first := a.target("r-1", ami)
	if version := a.deployed(a.t, first, "2"); version != "4" {
		a.t.Fatalf("deployed version %s", version)
	}
	a.group("1", "r-0", 1)
	behind := map[string]string{"2": a.blue, "3": a.other, "4": a.green}
	return targettest.World{
		Target: first, Twin: a.target("r-1", ami),
		Stable: "2", Canary: "4", Foreign: "3", Spare: []string{"1"}, Missing: "99",
		Move:     func(_ context.Context, want release.Split) error { return a.move(behind, want) },
		Request:  func(version string, at time.Time, requests, bad int) { a.count(behind[version], at, requests, bad) },
		Writes:   func() int { return len(a.writes()) },
		Versions: a.versions,
		Throttle: func() { a.mu.Lock(); a.throttled = true; a.mu.Unlock() },
		Pass:     a.pass,
		Now:      a.now,
		Costly:   true,
	}
}

var _ target.Target = (*alb.Target)(nil)
