package autoscaling_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	ec2sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/autoscaling"
	"github.com/goldfinch-dev/goldfinch/internal/local/ec2"
	"github.com/goldfinch-dev/goldfinch/internal/local/eventbridge"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

var began = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

// How long things take in the tests' cloud.
const (
	boots    = 10 * time.Second
	drains   = 30 * time.Second
	interval = 5 * time.Second
)

// The target groups that there are.
const (
	blue  = "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/blue/1"
	green = "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/green/2"
)

// A runner runs nothing. A program of an image whose location is in ends stops as soon as it has started.
type runner struct {
	mu   sync.Mutex
	ends map[string]bool
}

func (r *runner) Start(_ context.Context, instance ec2.Instance) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ends[instance.Location] {
		return "", errors.New("exit status 1")
	}
	return "127.0.0.1:4000", nil
}

func (*runner) Stop(context.Context, string, time.Duration) {}

// A balancer has target groups whose targets are healthy unless a test says otherwise.
type balancer struct {
	clock *clock.Virtual

	mu sync.Mutex
	// targets are by target group and id; a draining one is there until drained.
	targets map[string]map[string]*target
	sick    map[string]bool
	calls   []string
	fail    error
}

type target struct{ drained time.Time }

func (b *balancer) call(what string) error {
	b.calls = append(b.calls, what)
	return b.fail
}

func (b *balancer) group(arn *string) (map[string]*target, error) {
	group := b.targets[*arn]
	if group == nil {
		return nil, &elbtypes.TargetGroupNotFoundException{}
	}
	return group, nil
}

func (b *balancer) RegisterTargets(_ context.Context, in *elb.RegisterTargetsInput, _ ...func(*elb.Options)) (*elb.RegisterTargetsOutput, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.call("register " + *in.Targets[0].Id); err != nil {
		return nil, err
	}
	group, err := b.group(in.TargetGroupArn)
	if err != nil {
		return nil, err
	}
	group[*in.Targets[0].Id] = &target{}
	return &elb.RegisterTargetsOutput{}, nil
}

func (b *balancer) DeregisterTargets(_ context.Context, in *elb.DeregisterTargetsInput, _ ...func(*elb.Options)) (*elb.DeregisterTargetsOutput, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.call("deregister " + *in.Targets[0].Id); err != nil {
		return nil, err
	}
	group, err := b.group(in.TargetGroupArn)
	if err != nil {
		return nil, err
	}
	if found := group[*in.Targets[0].Id]; found != nil {
		found.drained = b.clock.Now().Add(drains)
	}
	return &elb.DeregisterTargetsOutput{}, nil
}

func (b *balancer) DescribeTargetHealth(_ context.Context, in *elb.DescribeTargetHealthInput, _ ...func(*elb.Options)) (*elb.DescribeTargetHealthOutput, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	group, err := b.group(in.TargetGroupArn)
	if err != nil {
		return nil, err
	}
	out := &elb.DescribeTargetHealthOutput{}
	for id, found := range group {
		state := elbtypes.TargetHealthStateEnumHealthy
		switch {
		case !found.drained.IsZero() && !b.clock.Now().Before(found.drained):
			continue
		case !found.drained.IsZero():
			state = elbtypes.TargetHealthStateEnumDraining
		case b.sick[id]:
			state = elbtypes.TargetHealthStateEnumUnhealthy
		}
		out.TargetHealthDescriptions = append(out.TargetHealthDescriptions, elbtypes.TargetHealthDescription{
			Target: &elbtypes.TargetDescription{Id: &id}, TargetHealth: &elbtypes.TargetHealth{State: state},
		})
	}
	return out, nil
}

// serving are the targets that get requests.
func (b *balancer) serving(arn string) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var ids []string
	for id, found := range b.targets[arn] {
		if found.drained.IsZero() {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// alarms are CloudWatch's, by name.
type alarms map[string]cloudwatchtypes.StateValue

func (a alarms) DescribeAlarms(_ context.Context, in *cloudwatch.DescribeAlarmsInput, _ ...func(*cloudwatch.Options)) (*cloudwatch.DescribeAlarmsOutput, error) {
	out := &cloudwatch.DescribeAlarmsOutput{}
	for _, name := range in.AlarmNames {
		switch state, known := a[name]; {
		case !known:
		case strings.HasPrefix(name, "composite"):
			out.CompositeAlarms = append(out.CompositeAlarms, cloudwatchtypes.CompositeAlarm{AlarmName: &name, StateValue: state})
		default:
			out.MetricAlarms = append(out.MetricAlarms, cloudwatchtypes.MetricAlarm{AlarmName: &name, StateValue: state})
		}
	}
	return out, nil
}

// A cloud is a service with all that stands around it.
type cloud struct {
	*autoscaling.Service
	t        *testing.T
	clock    *clock.Virtual
	store    store.Store
	ec2      *ec2.Service
	runner   *runner
	balancer *balancer
	alarms   alarms
	events   []eventbridge.Event
	// templateID has the versions 1 (image v1), 2 (v2) and 3 (v3).
	templateID string
}

func start(t *testing.T) *cloud {
	t.Helper()
	virtual := clock.NewVirtual(began)
	c := &cloud{
		t: t, clock: virtual, store: store.Memory(), runner: &runner{ends: map[string]bool{}}, alarms: alarms{},
		balancer: &balancer{clock: virtual, targets: map[string]map[string]*target{blue: {}, green: {}}, sick: map[string]bool{}},
	}
	c.open()
	for i, name := range []string{"v1", "v2", "v3"} {
		image := must(c.ec2.RegisterImage(t.Context(), &ec2sdk.RegisterImageInput{Name: aws.String("image-" + name), ImageLocation: aws.String("s3://images/" + name)}))(t).ImageId
		data := &ec2types.RequestLaunchTemplateData{ImageId: image, InstanceType: "t3.micro"}
		if i == 0 {
			c.templateID = *must(c.ec2.CreateLaunchTemplate(t.Context(), &ec2sdk.CreateLaunchTemplateInput{LaunchTemplateName: aws.String("web"), LaunchTemplateData: data}))(t).LaunchTemplate.LaunchTemplateId
			continue
		}
		must(c.ec2.CreateLaunchTemplateVersion(t.Context(), &ec2sdk.CreateLaunchTemplateVersionInput{LaunchTemplateId: &c.templateID, LaunchTemplateData: data}))(t)
	}
	return c
}

// open opens the services on the store, as after a restart.
func (c *cloud) open() {
	c.t.Helper()
	c.ec2 = must(ec2.New(ec2.Options{Clock: c.clock, Store: c.store, Runner: c.runner, BootDuration: boots}))(c.t)
	c.Service = must(autoscaling.New(autoscaling.Options{
		Clock: c.clock, Store: c.store, Instances: c.ec2, TargetGroups: c.balancer, Alarms: c.alarms, Interval: interval,
		Events: func(e eventbridge.Event) { c.events = append(c.events, e) },
	}))(c.t)
}

// pass lets virtual time pass.
func (c *cloud) pass(d time.Duration) { c.clock.RunUntil(c.clock.Now().Add(d)) }

// must ends the test on an error.
func must[T any](value T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// refused checks that an error is AWS's, with that code and words.
func refused(t testing.TB, err error, code, words string) {
	t.Helper()
	failure, ok := errors.AsType[smithy.APIError](err)
	if !ok || failure.ErrorCode() != code || !strings.Contains(failure.ErrorMessage(), words) {
		t.Errorf("error %v, want %s: …%s…", err, code, words)
	}
}

func name(text string) *string { return &text }

// version is a specification of the launch template's version.
func (c *cloud) version(version string) *types.LaunchTemplateSpecification {
	return &types.LaunchTemplateSpecification{LaunchTemplateId: &c.templateID, Version: &version}
}

// creation asks for the group web of version 1, in the target group blue.
func (c *cloud) creation(size int32, change func(*sdk.CreateAutoScalingGroupInput)) *sdk.CreateAutoScalingGroupInput {
	in := &sdk.CreateAutoScalingGroupInput{
		AutoScalingGroupName: name("web"), MinSize: aws.Int32(0), MaxSize: aws.Int32(10), DesiredCapacity: &size, LaunchTemplate: c.version("1"),
		VPCZoneIdentifier: aws.String("subnet-1,subnet-2"), TargetGroupARNs: []string{blue}, HealthCheckType: aws.String("ELB"), HealthCheckGracePeriod: aws.Int32(60),
		Tags: []types.Tag{{Key: name("goldfinch:service"), Value: name("web"), PropagateAtLaunch: aws.Bool(true)}},
	}
	if change != nil {
		change(in)
	}
	return in
}

// web makes the group, and waits until its instances are in service.
func (c *cloud) web(size int32, change func(*sdk.CreateAutoScalingGroupInput)) *cloud {
	c.t.Helper()
	must(c.CreateAutoScalingGroup(c.t.Context(), c.creation(size, change)))(c.t)
	c.pass(boots)
	return c
}

// group describes the group web.
func (c *cloud) group() types.AutoScalingGroup {
	c.t.Helper()
	found := must(c.DescribeAutoScalingGroups(c.t.Context(), &sdk.DescribeAutoScalingGroupsInput{AutoScalingGroupNames: []string{"web"}}))(c.t).AutoScalingGroups
	if len(found) != 1 {
		c.t.Fatalf("%d groups web", len(found))
	}
	return found[0]
}

// gone reports whether the group web is.
func (c *cloud) gone() bool {
	c.t.Helper()
	return len(must(c.DescribeAutoScalingGroups(c.t.Context(), &sdk.DescribeAutoScalingGroupsInput{}))(c.t).AutoScalingGroups) == 0
}

// states counts the group's instances: "2 InService v1" and the like, in order.
func (c *cloud) states() []string {
	c.t.Helper()
	counts := map[string]int{}
	for _, instance := range c.group().Instances {
		counts[fmt.Sprintf("%s v%s", instance.LifecycleState, *instance.LaunchTemplate.Version)]++
	}
	var all []string
	for what, count := range counts {
		all = append(all, fmt.Sprintf("%d %s", count, what))
	}
	slices.Sort(all)
	return all
}

// is checks what states says.
func (c *cloud) is(want ...string) {
	c.t.Helper()
	if got := c.states(); !slices.Equal(got, want) {
		c.t.Errorf("after %v the group has %q, want %q", c.clock.Now().Sub(began), got, want)
	}
}

// ids are the group's instances.
func (c *cloud) ids() []string {
	c.t.Helper()
	var ids []string
	for _, instance := range c.group().Instances {
		ids = append(ids, *instance.InstanceId)
	}
	return ids
}

// told are the events of a kind.
func (c *cloud) told(kind string) []map[string]any {
	c.t.Helper()
	var all []map[string]any
	for _, e := range c.events {
		if e.DetailType == kind {
			var detail map[string]any
			if err := json.Unmarshal(e.Detail, &detail); err != nil {
				c.t.Fatal(err)
			}
			all = append(all, detail)
		}
	}
	return all
}
