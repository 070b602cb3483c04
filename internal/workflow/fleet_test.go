package workflow_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	autoscalingtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder"
	imagebuildertypes "github.com/aws/aws-sdk-go-v2/service/imagebuilder/types"

	localec2 "github.com/goldfinch-dev/goldfinch/internal/local/ec2"
	localelb "github.com/goldfinch-dev/goldfinch/internal/local/elasticloadbalancingv2"
	"github.com/goldfinch-dev/goldfinch/internal/local/engine"
	"github.com/goldfinch-dev/goldfinch/internal/local/intercept"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// A fleet is a user's own instances: a load balancer with a listener, target groups, a launch template, and Auto Scaling groups of its
// versions. Version 1 is stable, 2 is a foreigner's, 3 is of no group, and a release makes 4.
type fleet struct {
	world *world
	// balancer is the end of the load balancer's ARN, name its DNS name, listener the listener's ARN.
	balancer, name, listener string
	// targetGroups are ARNs by their names.
	targetGroups map[string]string
	template     string
	// images are those of versions.
	images map[string]string
	// pipeline bakes an image, the only one that may be baked; empty: none does.
	pipeline string
	// size is how many instances a group has that somebody made by hand; [fleetSize] unless a subject says otherwise.
	size int
	// least is how many healthy instances a target group that gets requests needs.
	least int
	// count counts requests of a version in a minute.
	count func(version string, at time.Time, requests, bad int)
	// watched: users have come, and dropped says what they met.
	watched bool
	dropped []string
}

// fleetSize is how many instances the stable version has in most fleets.
const fleetSize = 2

// newFleet makes a world with an empty fleet, whose listener forwards to the first of some target groups. Nobody knows of the second one, where
// a foreigner's instances are.
func newFleet(t testing.TB, targetGroups ...string) *world {
	t.Helper()
	f := &fleet{targetGroups: map[string]string{}, images: map[string]string{}, size: fleetSize, least: 1}
	w := newInfrastructureWorld(t, func(_ *world, options *engine.Options) {
		options.Intercept = f.watch(options.Intercept)
		options.Infrastructure.BootDuration = 4 * time.Second // less than one look of the workflow: looks are what schedules take their time for
	})
	w.fleet, f.world = f, w
	ctx := context.Background()
	balancer, err := w.engine.LoadBalancing.CreateLoadBalancer(ctx, &elbv2.CreateLoadBalancerInput{Name: aws.String("web"), Subnets: []string{"subnet-1", "subnet-2"}})
	f.must(err)
	f.name = *balancer.LoadBalancers[0].DNSName
	f.balancer = endOf(*balancer.LoadBalancers[0].LoadBalancerArn, "app/")
	for _, name := range targetGroups {
		made, err := w.engine.LoadBalancing.CreateTargetGroup(ctx, &elbv2.CreateTargetGroupInput{
			Name: &name, Protocol: elbtypes.ProtocolEnumHttp, Port: aws.Int32(80), VpcId: aws.String("vpc-1"), TargetType: elbtypes.TargetTypeEnumInstance,
			HealthCheckIntervalSeconds: aws.Int32(30), Tags: []elbtypes.Tag{{Key: aws.String("goldfinch:service"), Value: aws.String("echo")}},
		})
		f.must(err)
		f.targetGroups[name] = *made.TargetGroups[0].TargetGroupArn
		_, err = w.engine.LoadBalancing.ModifyTargetGroupAttributes(ctx, &elbv2.ModifyTargetGroupAttributesInput{
			TargetGroupArn: made.TargetGroups[0].TargetGroupArn, Attributes: []elbtypes.TargetGroupAttribute{{Key: aws.String("deregistration_delay.timeout_seconds"), Value: aws.String("10")}},
		})
		f.must(err)
	}
	listener, err := w.engine.LoadBalancing.CreateListener(ctx, &elbv2.CreateListenerInput{
		LoadBalancerArn: balancer.LoadBalancers[0].LoadBalancerArn, Protocol: elbtypes.ProtocolEnumHttp, Port: aws.Int32(80),
		DefaultActions: []elbtypes.Action{forwardTo(f.targetGroups[targetGroups[0]])},
		Tags:           []elbtypes.Tag{{Key: aws.String("goldfinch:service"), Value: aws.String("echo")}},
	})
	f.must(err)
	f.listener = *listener.Listeners[0].ListenerArn
	for _, version := range []string{stableVersion, foreignVersion, "3", canaryVersion} {
		f.images[version] = fmt.Sprintf("ami-%017s", version)
		f.must(w.engine.EC2.AddImage(ec2types.Image{
			ImageId: aws.String(f.images[version]), Name: aws.String("echo " + version), OwnerId: aws.String(engine.AccountID), State: ec2types.ImageStateAvailable,
			ImageLocation: aws.String("s3://images/" + version), Architecture: ec2types.ArchitectureValuesX8664, Public: aws.Bool(false), CreationDate: aws.String(morning.Format(time.RFC3339)),
		}))
	}
	template, err := w.engine.EC2.CreateLaunchTemplate(ctx, &ec2.CreateLaunchTemplateInput{
		LaunchTemplateName: aws.String("echo"), LaunchTemplateData: &ec2types.RequestLaunchTemplateData{ImageId: aws.String(f.images[stableVersion]), InstanceType: ec2types.InstanceTypeT3Micro},
		TagSpecifications: []ec2types.TagSpecification{{ResourceType: ec2types.ResourceTypeLaunchTemplate, Tags: []ec2types.Tag{{Key: aws.String("goldfinch:service"), Value: aws.String("echo")}}}},
	})
	f.must(err)
	f.template = *template.LaunchTemplate.LaunchTemplateId
	for _, version := range []string{foreignVersion, "3"} {
		_, err := w.engine.EC2.CreateLaunchTemplateVersion(ctx, &ec2.CreateLaunchTemplateVersionInput{
			LaunchTemplateId: &f.template, SourceVersion: aws.String(stableVersion), LaunchTemplateData: &ec2types.RequestLaunchTemplateData{ImageId: aws.String(f.images[version])},
		})
		f.must(err)
	}
	return w
}

// group makes a group of a version behind target groups. One that names a release was made by Goldfinch.
func (f *fleet) group(name, version, madeBy string, targetGroups ...string) {
	f.world.t.Helper()
	input := &autoscaling.CreateAutoScalingGroupInput{
		AutoScalingGroupName: &name, MinSize: aws.Int32(1), MaxSize: aws.Int32(int32(2 * f.size)), DesiredCapacity: aws.Int32(int32(f.size)), VPCZoneIdentifier: aws.String("subnet-1,subnet-2"),
		LaunchTemplate: &autoscalingtypes.LaunchTemplateSpecification{LaunchTemplateId: &f.template, Version: &version},
	}
	tags := map[string]string{"goldfinch:service": "echo"}
	if version != stableVersion || madeBy != "" { // a user's own group needs no more than the service
		tags["goldfinch:environment"] = "production"
	}
	if madeBy != "" {
		tags["goldfinch:release"] = madeBy
	}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		input.Tags = append(input.Tags, autoscalingtypes.Tag{
			Key: aws.String(key), Value: aws.String(tags[key]), PropagateAtLaunch: aws.Bool(true), ResourceId: &name, ResourceType: aws.String("auto-scaling-group"),
		})
	}
	for _, arn := range targetGroups {
		input.TrafficSources = append(input.TrafficSources, autoscalingtypes.TrafficSourceIdentifier{Identifier: &arn, Type: aws.String("elbv2")})
	}
	_, err := f.world.engine.AutoScaling.CreateAutoScalingGroup(context.Background(), input)
	f.must(err)
}

// newPipeline makes the pipeline.
func (f *fleet) newPipeline() {
	ctx, builder, echo, token := context.Background(), f.world.engine.ImageBuilder, aws.String("echo"), aws.String("token")
	component, err := builder.CreateComponent(ctx, &imagebuilder.CreateComponentInput{
		Name: echo, SemanticVersion: aws.String("1.0.0"), Platform: imagebuildertypes.PlatformLinux, ClientToken: token,
		Data: aws.String("name: x\nschemaVersion: 1.0\nphases: [{name: build, steps: [{name: a, action: S3Download, inputs: [{source: s3://releases/echo, destination: /opt}]}]}]\n"),
	})
	f.must(err)
	recipe, err := builder.CreateImageRecipe(ctx, &imagebuilder.CreateImageRecipeInput{
		Name: echo, SemanticVersion: aws.String("1.0.0"), ParentImage: aws.String(f.images[stableVersion]), ClientToken: token,
		Components: []imagebuildertypes.ComponentConfiguration{{ComponentArn: component.ComponentBuildVersionArn}},
	})
	f.must(err)
	infrastructure, err := builder.CreateInfrastructureConfiguration(ctx, &imagebuilder.CreateInfrastructureConfigurationInput{
		Name: echo, InstanceProfileName: aws.String("builder"), ClientToken: token,
	})
	f.must(err)
	pipeline, err := builder.CreateImagePipeline(ctx, &imagebuilder.CreateImagePipelineInput{
		Name: echo, ImageRecipeArn: recipe.ImageRecipeArn, InfrastructureConfigurationArn: infrastructure.InfrastructureConfigurationArn, ClientToken: token,
		Tags: map[string]string{"goldfinch:service": "echo"},
	})
	f.must(err)
	f.pipeline = *pipeline.ImagePipelineArn
}

// populate makes the scenario's users: from now on they come, and none may meet nothing.
func (f *fleet) populate(s scenario) {
	w := f.world
	w.pass(3 * time.Minute)
	_, canary := grouped{}.versions(s)
	w.broken[canary] = map[bool]float64{true: 0.2}[s.broken]
	if s.held {
		w.users, w.breaksAt = 100, map[string]float64{canary: 0.6}
		w.broken[canary] *= 5 // a small control group needs much to go by
	}
	w.infrastructure.answer = func(request *http.Request) int {
		if s.wrong && f.asked(request).TemplateVersion == canary {
			return http.StatusInternalServerError
		}
		return http.StatusOK
	}
	f.watched = true
	f.traffic()
}

// traffic counts a minute's requests at the end of each minute, by where they go then.
func (f *fleet) traffic() {
	w := f.world
	w.clock.AfterFunc(time.Minute-time.Second, func() {
		for _, way := range f.ways() {
			users := w.users
			if !way.everybody {
				users = audienceUsers
			}
			for version, share := range way.shares {
				requests, broken := int(users*share+0.5), w.broken[version]
				if way.everybody && share < w.breaksAt[version] {
					broken = 0
				}
				f.count(version, w.clock.Now(), requests, int(float64(requests)*broken+0.5))
			}
		}
		w.clock.AfterFunc(time.Second, f.traffic)
	})
}

// audienceUsers is how many requests a minute an audience makes.
const audienceUsers = 200

// asked is the instance that answers a request: by its private address, or by the load balancer's rules.
func (f *fleet) asked(request *http.Request) localec2.Instance {
	running := f.world.infrastructure.instances
	if request.URL.Hostname() != f.name {
		for _, instance := range running {
			if instance.PrivateIP == request.URL.Hostname() {
				return instance
			}
		}
		return localec2.Instance{}
	}
	asking := localelb.Attributes{Method: request.Method, Host: request.Host, Path: request.URL.Path, Query: request.URL.Query(), Header: request.Header}
	id, _, _ := f.world.engine.LoadBalancing.Next(f.world.engine.LoadBalancing.Route(f.listener, asking, 0))
	return running[id]
}

// A way is a rule of the listener by which users' requests go.
type way struct {
	// everybody: it is the default one.
	everybody bool
	// weights are those of target groups, above 0; shares those of versions, by the healthy instances there.
	weights map[string]float64
	shares  map[string]float64
}

// nothing is the version of requests that find no healthy instance.
const nothing = "none"

// ways are all ways of users' requests: not those of checks.
func (f *fleet) ways() []way {
	found, err := f.world.engine.LoadBalancing.DescribeRules(context.Background(), &elbv2.DescribeRulesInput{ListenerArn: &f.listener})
	f.must(err)
	var ways []way
	for _, rule := range found.Rules {
		if !aws.ToBool(rule.IsDefault) && !slices.ContainsFunc(rule.Conditions, isAudience) {
			continue
		}
		one := way{everybody: aws.ToBool(rule.IsDefault), weights: map[string]float64{}, shares: map[string]float64{}}
		sum := 0.0
		for _, action := range rule.Actions {
			for _, tuple := range action.ForwardConfig.TargetGroups {
				if weight := float64(*tuple.Weight); weight > 0 {
					one.weights[*tuple.TargetGroupArn] = weight
					sum += weight
				}
			}
		}
		for arn, weight := range one.weights {
			healthy := f.healthy(arn)
			if len(healthy) == 0 {
				one.shares[nothing] += weight / sum
			}
			counts := map[string]int{}
			for _, id := range healthy {
				counts[f.world.infrastructure.instances[id].TemplateVersion]++
			}
			for version, n := range counts {
				one.shares[version] += weight / sum * float64(n) / float64(len(healthy))
			}
		}
		ways = append(ways, one)
	}
	return ways
}

// audienceHeader is by which a ladder's rung tells its people.
const audienceHeader = "X-Team"

func isAudience(condition elbtypes.RuleCondition) bool {
	return condition.HttpHeaderConfig != nil && aws.ToString(condition.HttpHeaderConfig.HttpHeaderName) == audienceHeader
}

// targets are what is in a target group.
func (f *fleet) targets(targetGroup string) []elbtypes.TargetHealthDescription {
	found, err := f.world.engine.LoadBalancing.DescribeTargetHealth(context.Background(), &elbv2.DescribeTargetHealthInput{TargetGroupArn: &targetGroup})
	f.must(err)
	return found.TargetHealthDescriptions
}

// healthy are the instances of a target group that get requests.
func (f *fleet) healthy(targetGroup string) []string {
	var ids []string
	for _, one := range f.targets(targetGroup) {
		if one.TargetHealth.State == elbtypes.TargetHealthStateEnumHealthy {
			ids = append(ids, *one.Target.Id)
		}
	}
	return ids
}

// shares is where everybody's traffic goes.
func (f *fleet) shares() map[string]float64 {
	for _, one := range f.ways() {
		if one.everybody {
			return one.shares
		}
	}
	return nil
}

// watch stands around each call, and looks what requests meet after each that may take something away from them.
func (f *fleet) watch(stands intercept.Func) intercept.Func {
	return func(ctx context.Context, operation string, call func(context.Context) error) error {
		return stands(ctx, operation, func(ctx context.Context) error {
			err := call(ctx)
			if f.watched && f.takesAway(operation) {
				f.look(operation)
			}
			return err
		})
	}
}

func (f *fleet) takesAway(operation string) bool {
	switch operation {
	case "ec2:TerminateInstances", "elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:ModifyListener", "elasticloadbalancing:ModifyRule", "elasticloadbalancing:CreateRule":
		return true
	default:
		return false
	}
}

// look notes requests that find too few instances, or whose instance is gone before it has answered.
func (f *fleet) look(after string) {
	drop := func(format string, arguments ...any) {
		f.dropped = append(f.dropped, fmt.Sprintf("%s, after %s: ", f.world.clock.Now().Format("15:04:05"), after)+fmt.Sprintf(format, arguments...))
	}
	if after == "ec2:TerminateInstances" {
		for name, arn := range f.targetGroups {
			for _, one := range f.targets(arn) {
				if state := f.world.engine.EC2.States([]string{*one.Target.Id})[*one.Target.Id]; state != ec2types.InstanceStateNameRunning {
					drop("instance %s is %s, and it is %s in target group %s", *one.Target.Id, state, one.TargetHealth.State, name)
				}
			}
		}
		return
	}
	for _, one := range f.ways() {
		for arn := range one.weights {
			if healthy := f.healthy(arn); len(healthy) < f.least {
				drop("target group %s gets requests, and has %d healthy instances", endOf(arn, "targetgroup/"), len(healthy))
			}
		}
	}
}

// orphans are what nobody needs when all traffic is on that version, and what is not as it was found.
func (f *fleet) orphans(version string) []string {
	ctx, e := context.Background(), f.world.engine
	var left []string
	say := func(format string, arguments ...any) { left = append(left, fmt.Sprintf(format, arguments...)) }
	groups, err := e.AutoScaling.DescribeAutoScalingGroups(ctx, &autoscaling.DescribeAutoScalingGroupsInput{})
	f.must(err)
	needed := map[string]string{}
	for _, group := range groups.AutoScalingGroups {
		tags := map[string]string{}
		for _, tag := range group.Tags {
			tags[*tag.Key] = *tag.Value
		}
		used := *group.LaunchTemplate.Version
		switch _, made := tags["goldfinch:release"]; {
		case used == version || used == foreignVersion:
			for _, instance := range group.Instances {
				needed[*instance.InstanceId] = used
			}
			if minimum, held := tags["goldfinch:minimum"]; held || *group.MinSize != 1 || int(*group.DesiredCapacity) != f.size {
				say("group %s has %d instances, at least %d, and is held at %q", *group.AutoScalingGroupName, *group.DesiredCapacity, *group.MinSize, minimum)
			}
		case made || len(group.Instances) > 0 || *group.MaxSize > 0 || len(group.TrafficSources) > 0:
			say("group %s with %d instances", *group.AutoScalingGroupName, len(group.Instances))
		}
	}
	for id, instance := range f.world.infrastructure.instances {
		if needed[id] == "" {
			say("instance %s of version %s", id, instance.TemplateVersion)
		}
	}
	for name, arn := range f.targetGroups {
		for _, one := range f.targets(arn) {
			if id := *one.Target.Id; needed[id] != version && (needed[id] != foreignVersion || name != foreignTargetGroup) || one.TargetHealth.State == elbtypes.TargetHealthStateEnumDraining {
				say("instance %s in target group %s (%s)", id, name, one.TargetHealth.State)
			}
		}
	}
	rules, err := e.LoadBalancing.DescribeRules(ctx, &elbv2.DescribeRulesInput{ListenerArn: &f.listener})
	f.must(err)
	for _, rule := range rules.Rules {
		if !aws.ToBool(rule.IsDefault) {
			say("the rule of priority %s", *rule.Priority)
		}
	}
	versions, err := e.EC2.DescribeLaunchTemplateVersions(ctx, &ec2.DescribeLaunchTemplateVersionsInput{LaunchTemplateId: &f.template})
	f.must(err)
	for _, one := range versions.LaunchTemplateVersions {
		if number := strconv.FormatInt(*one.VersionNumber, 10); number > "3" && number != version {
			say("version %s of the launch template", number)
		}
	}
	images, err := e.EC2.DescribeImages(ctx, &ec2.DescribeImagesInput{Owners: []string{"self"}})
	f.must(err)
	most := len(f.images)
	if f.pipeline != "" {
		most++
	}
	if n := len(images.Images) - most; n > 0 {
		say("%d images too many", n)
	}
	slices.Sort(left)
	return append(left, f.dropped...)
}

// foreignTargetGroup is that of the foreigner's instances.
const foreignTargetGroup = "foreign"

// named is the name of a version's group; empty when it has none.
func (f *fleet) named(version string) string {
	groups, err := f.world.engine.AutoScaling.DescribeAutoScalingGroups(context.Background(), &autoscaling.DescribeAutoScalingGroupsInput{})
	f.must(err)
	for _, group := range groups.AutoScalingGroups {
		if *group.LaunchTemplate.Version == version {
			return *group.AutoScalingGroupName
		}
	}
	return ""
}

// exists reports whether a version has a group with instances.
func (f *fleet) exists(version string) bool {
	groups, err := f.world.engine.AutoScaling.DescribeAutoScalingGroups(context.Background(), &autoscaling.DescribeAutoScalingGroupsInput{})
	f.must(err)
	return slices.ContainsFunc(groups.AutoScalingGroups, func(group autoscalingtypes.AutoScalingGroup) bool {
		return *group.LaunchTemplate.Version == version && len(group.Instances) > 0
	})
}

// empty takes all instances of a version away, as somebody does who needs it no more.
func (f *fleet) empty(version string) {
	name := f.named(version)
	_, err := f.world.engine.AutoScaling.UpdateAutoScalingGroup(context.Background(), &autoscaling.UpdateAutoScalingGroupInput{AutoScalingGroupName: &name, MinSize: aws.Int32(0), DesiredCapacity: aws.Int32(0)})
	f.must(err)
}

func (f *fleet) must(err error) {
	if err != nil {
		f.world.t.Error(err)
		panic(err)
	}
}

// forwardTo is the action that forwards everything to one target group.
func forwardTo(targetGroup string) elbtypes.Action {
	return elbtypes.Action{Type: elbtypes.ActionTypeEnumForward, ForwardConfig: &elbtypes.ForwardActionConfig{
		TargetGroups: []elbtypes.TargetGroupTuple{{TargetGroupArn: &targetGroup, Weight: aws.Int32(1)}},
	}}
}

// endOf is an ARN from a part of it on.
func endOf(arn, from string) string { return arn[strings.Index(arn, from):] }

// grouped is what the subjects of instances have in common.
type grouped struct{}

func (grouped) versions(scenario) (stable, canary string) { return stableVersion, canaryVersion }

func (grouped) creates(site) bool { return false }

// sleep is shorter than a handler lives: without a lock, nothing but its death keeps one from writing.
func (grouped) sleep() time.Duration { return handlerLife }

func (grouped) shares(w *world) map[string]float64     { return w.fleet.shares() }
func (grouped) exists(w *world, version string) bool   { return w.fleet.exists(version) }
func (grouped) left(w *world, version string) []string { return w.fleet.orphans(version) }

// document is that of a release of image 4 to a target.
func (grouped) document(w *world, s scenario, on release.Target) release.Document {
	settle := release.Duration(2 * time.Minute)
	document := release.Document{
		APIVersion: release.APIVersion, Service: "echo", Environment: "production",
		Artifact: release.Artifact{AMI: w.fleet.images[canaryVersion]}, Target: on,
		Strategy: release.Strategy{Steps: []release.Step{{Weight: 10, Wait: release.Duration(2 * time.Minute)}, {Weight: 50, Wait: release.Duration(time.Minute)}}, Settle: &settle},
	}
	if w.fleet.pipeline != "" {
		document.Artifact = release.Artifact{Image: &release.Image{Pipeline: w.fleet.pipeline, Commit: "4f9f86d"}}
	}
	if s.held {
		holdback := 10.0
		document.Strategy = release.Strategy{Adaptive: &release.AdaptiveStrategy{Profile: release.ProfileFast}, Settle: &settle, Holdback: &holdback}
	}
	return document
}
