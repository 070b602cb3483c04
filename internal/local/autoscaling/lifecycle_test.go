package autoscaling_test

import (
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/google/go-cmp/cmp"
)

const (
	launching   = "autoscaling:EC2_INSTANCE_LAUNCHING"
	terminating = "autoscaling:EC2_INSTANCE_TERMINATING"
)

// hooked asks for a group with one hook.
func hooked(transition, result string) func(*sdk.CreateAutoScalingGroupInput) {
	return func(in *sdk.CreateAutoScalingGroupInput) {
		in.LifecycleHookSpecificationList = []types.LifecycleHookSpecification{{
			LifecycleHookName: name("hook"), LifecycleTransition: &transition, DefaultResult: &result, HeartbeatTimeout: aws.Int32(60), NotificationMetadata: name("m"),
		}}
	}
}

func TestALaunchWaitsForItsHook(t *testing.T) {
	t.Parallel()
	c := start(t).web(1, hooked(launching, "CONTINUE"))
	c.is("1 Pending:Wait v1")
	told := c.told("EC2 Instance-launch Lifecycle Action")
	if len(told) != 1 || told[0]["LifecycleHookName"] != "hook" || told[0]["LifecycleTransition"] != launching || told[0]["NotificationMetadata"] != "m" {
		t.Errorf("events %v", told)
	}
	if got := c.balancer.serving(blue); got != nil {
		t.Errorf("%v serve before the hook", got)
	}
	c.pass(59 * time.Second)
	c.is("1 Pending:Wait v1")
	must(c.RecordLifecycleActionHeartbeat(t.Context(), &sdk.RecordLifecycleActionHeartbeatInput{AutoScalingGroupName: name("web"), LifecycleHookName: name("hook"), InstanceId: &c.ids()[0]}))(t)
	c.pass(59 * time.Second)
	c.is("1 Pending:Wait v1")
	c.pass(time.Second)
	c.is("1 InService v1")
}

func TestAHookIsCompleted(t *testing.T) {
	t.Parallel()
	c := start(t).web(1, hooked(launching, "ABANDON"))
	first := c.ids()[0]
	complete := func(result string) error {
		token := c.told("EC2 Instance-launch Lifecycle Action")
		_, err := c.CompleteLifecycleAction(t.Context(), &sdk.CompleteLifecycleActionInput{
			AutoScalingGroupName: name("web"), LifecycleHookName: name("hook"), LifecycleActionResult: &result, LifecycleActionToken: name(token[len(token)-1]["LifecycleActionToken"].(string)),
		})
		return err
	}
	refused(t, complete("MAYBE"), "ValidationError", "MAYBE")
	if err := complete("ABANDON"); err != nil {
		t.Fatal(err)
	}
	c.pass(interval + boots)
	if c.ids()[0] == first {
		t.Error("an abandoned instance was kept")
	}
	c.is("1 Pending:Wait v1")
	if err := complete("CONTINUE"); err != nil {
		t.Fatal(err)
	}
	c.pass(0)
	c.is("1 InService v1")
	refused(t, complete("CONTINUE"), "ValidationError", "No active Lifecycle Action")
	_, err := c.RecordLifecycleActionHeartbeat(t.Context(), &sdk.RecordLifecycleActionHeartbeatInput{AutoScalingGroupName: name("web"), LifecycleHookName: name("hook"), InstanceId: &first})
	refused(t, err, "ValidationError", first)
}

func TestALaunchThatNobodyCompletesIsAbandoned(t *testing.T) {
	t.Parallel()
	c := start(t).web(1, hooked(launching, "ABANDON"))
	first := c.ids()[0]
	c.pass(2 * time.Minute)
	if slices.Contains(c.ids(), first) {
		t.Error("an instance that nobody wanted was kept")
	}
	must(c.DeleteLifecycleHook(t.Context(), &sdk.DeleteLifecycleHookInput{AutoScalingGroupName: name("web"), LifecycleHookName: name("hook")}))(t)
	c.pass(5 * time.Minute)
	c.is("1 InService v1")
	_, err := c.DeleteLifecycleHook(t.Context(), &sdk.DeleteLifecycleHookInput{AutoScalingGroupName: name("web"), LifecycleHookName: name("hook")})
	refused(t, err, "ValidationError", "hook")
}

// An instance that goes has no requests any more when its hook is asked.
func TestATerminationWaitsForRequestsAndThenForItsHook(t *testing.T) {
	t.Parallel()
	c := start(t).web(1, hooked(terminating, "CONTINUE"))
	must(c.SetDesiredCapacity(t.Context(), &sdk.SetDesiredCapacityInput{AutoScalingGroupName: name("web"), DesiredCapacity: aws.Int32(0)}))(t)
	c.pass(drains - interval)
	c.is("1 Terminating v1")
	c.pass(2 * interval)
	c.is("1 Terminating:Wait v1")
	c.pass(time.Minute)
	c.is()
	if got := c.told("EC2 Instance Terminate Successful"); len(got) != 1 {
		t.Errorf("events %v", got)
	}
}

func TestHooks(t *testing.T) {
	t.Parallel()
	c := start(t).web(0, nil)
	put := func(in sdk.PutLifecycleHookInput) error {
		in.AutoScalingGroupName = name("web")
		_, err := c.PutLifecycleHook(t.Context(), &in)
		return err
	}
	for _, in := range []sdk.PutLifecycleHookInput{
		{LifecycleHookName: name("one"), LifecycleTransition: name(launching)},
		{LifecycleHookName: name("one"), HeartbeatTimeout: aws.Int32(90)}, // what it doesn't say stays
		{LifecycleHookName: name("two"), LifecycleTransition: name(terminating), DefaultResult: name("CONTINUE")},
	} {
		if err := put(in); err != nil {
			t.Fatal(err)
		}
	}
	hooks := must(c.DescribeLifecycleHooks(t.Context(), &sdk.DescribeLifecycleHooksInput{AutoScalingGroupName: name("web"), LifecycleHookNames: []string{"one"}}))(t).LifecycleHooks
	if len(hooks) != 1 || *hooks[0].HeartbeatTimeout != 90 || *hooks[0].DefaultResult != "ABANDON" || *hooks[0].GlobalTimeout != 9000 {
		t.Errorf("hooks %+v", hooks)
	}
	for words, in := range map[string]sdk.PutLifecycleHookInput{
		"lifecycleHookName":    {},
		"Lifecycle transition": {LifecycleHookName: name("three")},
		"DefaultResult 'MAYBE": {LifecycleHookName: name("one"), DefaultResult: name("MAYBE")},
		"from 30 to 7200":      {LifecycleHookName: name("one"), HeartbeatTimeout: aws.Int32(7201)},
	} {
		refused(t, put(in), "ValidationError", words)
	}
	_, err := c.DescribeLifecycleHooks(t.Context(), &sdk.DescribeLifecycleHooksInput{AutoScalingGroupName: name("none")})
	refused(t, err, "ValidationError", "none")
}

func TestOneInstanceIsTerminated(t *testing.T) {
	t.Parallel()
	for decrement, want := range map[bool]int{true: 1, false: 2} {
		c := start(t).web(2, func(in *sdk.CreateAutoScalingGroupInput) { in.MinSize = aws.Int32(1) })
		victim := c.ids()[0]
		out := must(c.TerminateInstanceInAutoScalingGroup(t.Context(), &sdk.TerminateInstanceInAutoScalingGroupInput{InstanceId: &victim, ShouldDecrementDesiredCapacity: &decrement}))(t)
		if *out.Activity.Description != "Terminating EC2 instance: "+victim || out.Activity.StatusCode != types.ScalingActivityStatusCodeInProgress {
			t.Errorf("activity %+v", out.Activity)
		}
		again := must(c.TerminateInstanceInAutoScalingGroup(t.Context(), &sdk.TerminateInstanceInAutoScalingGroupInput{InstanceId: &victim, ShouldDecrementDesiredCapacity: &decrement}))(t)
		if *again.Activity.ActivityId != *out.Activity.ActivityId {
			t.Error("terminating twice is not once")
		}
		c.pass(time.Minute)
		if ids := c.ids(); slices.Contains(ids, victim) || len(ids) != want || len(c.balancer.serving(blue)) != want {
			t.Errorf("decrement %v: instances %v", decrement, ids)
		}
		if decrement {
			_, err := c.TerminateInstanceInAutoScalingGroup(t.Context(), &sdk.TerminateInstanceInAutoScalingGroupInput{InstanceId: &c.ids()[0], ShouldDecrementDesiredCapacity: &decrement})
			refused(t, err, "ValidationError", "min size")
		}
		_, err := c.TerminateInstanceInAutoScalingGroup(t.Context(), &sdk.TerminateInstanceInAutoScalingGroupInput{InstanceId: &victim, ShouldDecrementDesiredCapacity: &decrement})
		refused(t, err, "ValidationError", "Instance Id not found")
		_, err = c.TerminateInstanceInAutoScalingGroup(t.Context(), &sdk.TerminateInstanceInAutoScalingGroupInput{InstanceId: &victim})
		refused(t, err, "ValidationError", "shouldDecrement")
	}
}

func TestStandby(t *testing.T) {
	t.Parallel()
	c := start(t).web(2, nil)
	id := c.ids()[:1]
	enter := func(decrement *bool) error {
		_, err := c.EnterStandby(t.Context(), &sdk.EnterStandbyInput{AutoScalingGroupName: name("web"), InstanceIds: id, ShouldDecrementDesiredCapacity: decrement})
		return err
	}
	refused(t, enter(nil), "ValidationError", "shouldDecrement")
	if err := enter(aws.Bool(false)); err != nil {
		t.Fatal(err)
	}
	c.pass(0)
	c.is("1 EnteringStandby v1", "1 InService v1", "1 Pending v1") // it is replaced
	c.pass(time.Minute)
	c.is("1 Standby v1", "2 InService v1")
	refused(t, enter(aws.Bool(true)), "ValidationError", "not in InService")
	if slices.Contains(c.balancer.serving(blue), id[0]) {
		t.Error("an instance in standby serves")
	}
	must(c.ExitStandby(t.Context(), &sdk.ExitStandbyInput{AutoScalingGroupName: name("web"), InstanceIds: id}))(t)
	c.pass(time.Minute)
	c.is("3 InService v1")
	if *c.group().DesiredCapacity != 3 || !slices.Contains(c.balancer.serving(blue), id[0]) {
		t.Errorf("desired %d, serving %v", *c.group().DesiredCapacity, c.balancer.serving(blue))
	}
	_, err := c.ExitStandby(t.Context(), &sdk.ExitStandbyInput{AutoScalingGroupName: name("web"), InstanceIds: id})
	refused(t, err, "ValidationError", "not in Standby")
	_, err = c.ExitStandby(t.Context(), &sdk.ExitStandbyInput{AutoScalingGroupName: name("web"), InstanceIds: []string{"i-0"}})
	refused(t, err, "ValidationError", "i-0")
	_, err = c.EnterStandby(t.Context(), &sdk.EnterStandbyInput{AutoScalingGroupName: name("web"), InstanceIds: []string{"i-0"}, ShouldDecrementDesiredCapacity: aws.Bool(true)})
	refused(t, err, "ValidationError", "i-0")
}

func TestProtectedInstancesStay(t *testing.T) {
	t.Parallel()
	c := start(t).web(2, func(in *sdk.CreateAutoScalingGroupInput) { in.NewInstancesProtectedFromScaleIn = aws.Bool(true) })
	must(c.SetDesiredCapacity(t.Context(), &sdk.SetDesiredCapacityInput{AutoScalingGroupName: name("web"), DesiredCapacity: aws.Int32(0)}))(t)
	c.pass(time.Minute)
	c.is("2 InService v1")
	must(c.SetInstanceProtection(t.Context(), &sdk.SetInstanceProtectionInput{AutoScalingGroupName: name("web"), InstanceIds: c.ids()[:1], ProtectedFromScaleIn: aws.Bool(false)}))(t)
	c.pass(time.Minute)
	c.is("1 InService v1")
	_, err := c.SetInstanceProtection(t.Context(), &sdk.SetInstanceProtectionInput{AutoScalingGroupName: name("web"), InstanceIds: []string{"i-0"}, ProtectedFromScaleIn: aws.Bool(false)})
	refused(t, err, "ValidationError", "i-0")
	_, err = c.SetInstanceProtection(t.Context(), &sdk.SetInstanceProtectionInput{AutoScalingGroupName: name("web")})
	refused(t, err, "ValidationError", "protectedFromScaleIn")
}

func TestSuspendedProcesses(t *testing.T) {
	t.Parallel()
	c := start(t).web(1, nil)
	suspend := func(names ...string) {
		must(c.SuspendProcesses(t.Context(), &sdk.SuspendProcessesInput{AutoScalingGroupName: name("web"), ScalingProcesses: names}))(t)
	}
	resume := func(names ...string) {
		must(c.ResumeProcesses(t.Context(), &sdk.ResumeProcessesInput{AutoScalingGroupName: name("web"), ScalingProcesses: names}))(t)
		c.pass(time.Minute)
	}
	set := func(desired int32) {
		must(c.SetDesiredCapacity(t.Context(), &sdk.SetDesiredCapacityInput{AutoScalingGroupName: name("web"), DesiredCapacity: &desired}))(t)
		c.pass(time.Minute)
	}
	suspend("Launch", "AddToLoadBalancer")
	suspend("Launch") // twice is once
	if got := c.group().SuspendedProcesses; len(got) != 2 {
		t.Errorf("suspended %+v", got)
	}
	set(2)
	c.is("1 InService v1")
	resume("Launch")
	c.is("2 InService v1")
	if got := c.balancer.serving(blue); len(got) != 1 {
		t.Errorf("%v serve", got)
	}
	resume("AddToLoadBalancer")
	if got := c.balancer.serving(blue); len(got) != 2 {
		t.Errorf("%v serve", got)
	}
	suspend() // all
	set(1)
	c.is("2 InService v1")
	c.balancer.sick[c.ids()[0]] = true
	must(c.refresh("2", preferences(nil)))(t)
	c.pass(time.Hour)
	c.is("2 InService v1")
	c.status(types.InstanceRefreshStatusPending, 0)
	resume()
	c.pass(10 * time.Minute)
	c.is("1 InService v2")
	_, err := c.SuspendProcesses(t.Context(), &sdk.SuspendProcessesInput{AutoScalingGroupName: name("web"), ScalingProcesses: []string{"Lunch"}})
	refused(t, err, "ValidationError", "Lunch")
	_, err = c.ResumeProcesses(t.Context(), &sdk.ResumeProcessesInput{AutoScalingGroupName: name("web"), ScalingProcesses: []string{"Lunch"}})
	refused(t, err, "ValidationError", "Lunch")
}

func TestPolicies(t *testing.T) {
	t.Parallel()
	c := start(t).web(4, nil)
	put := func(in sdk.PutScalingPolicyInput) (*sdk.PutScalingPolicyOutput, error) {
		in.AutoScalingGroupName = name("web")
		return c.PutScalingPolicy(t.Context(), &in)
	}
	tracking := sdk.PutScalingPolicyInput{PolicyName: name("cpu"), PolicyType: name("TargetTrackingScaling"), TargetTrackingConfiguration: &types.TargetTrackingConfiguration{TargetValue: aws.Float64(50)}}
	first := *must(put(tracking))(t).PolicyARN
	if again := *must(put(tracking))(t).PolicyARN; again != first {
		t.Errorf("put twice it has the ARNs %s and %s", first, again)
	}
	for policy, test := range map[string]struct {
		kind string
		by   int32
		want int32
	}{
		"more": {"ChangeInCapacity", 2, 6}, "less": {"ChangeInCapacity", -9, 0}, "exact": {"ExactCapacity", 3, 3},
		"half": {"PercentChangeInCapacity", -50, 2}, "tenth more": {"PercentChangeInCapacity", 10, 5}, "tenth less": {"PercentChangeInCapacity", -10, 3},
	} {
		must(put(sdk.PutScalingPolicyInput{PolicyName: &policy, AdjustmentType: &test.kind, ScalingAdjustment: &test.by}))(t)
		must(c.SetDesiredCapacity(t.Context(), &sdk.SetDesiredCapacityInput{AutoScalingGroupName: name("web"), DesiredCapacity: aws.Int32(4)}))(t)
		must(c.ExecutePolicy(t.Context(), &sdk.ExecutePolicyInput{AutoScalingGroupName: name("web"), PolicyName: &policy}))(t)
		if got := *c.group().DesiredCapacity; got != test.want {
			t.Errorf("%s: %d instances, want %d", policy, got, test.want)
		}
	}
	describe := func(in sdk.DescribePoliciesInput) int {
		return len(must(c.DescribePolicies(t.Context(), &in))(t).ScalingPolicies)
	}
	for want, in := range map[int]sdk.DescribePoliciesInput{7: {AutoScalingGroupName: name("web")}, 1: {PolicyTypes: []string{"TargetTrackingScaling"}}, 2: {PolicyNames: []string{first, "half"}}, 0: {AutoScalingGroupName: name("none")}} {
		if got := describe(in); got != want {
			t.Errorf("%+v: %d policies, want %d", in, got, want)
		}
	}
	for words, in := range map[string]sdk.PutScalingPolicyInput{
		"policyName":                     {},
		"AdjustmentType and Scaling":     {PolicyName: name("p")},
		"StepAdjustments":                {PolicyName: name("p"), PolicyType: name("StepScaling")},
		"TargetTrackingConfiguration":    {PolicyName: name("p"), PolicyType: name("TargetTrackingScaling")},
		"PredictiveScalingConfiguration": {PolicyName: name("p"), PolicyType: name("PredictiveScaling")},
		"is not valid":                   {PolicyName: name("p"), PolicyType: name("Guess")},
	} {
		_, err := put(in)
		refused(t, err, "ValidationError", words)
	}
	_, err := c.ExecutePolicy(t.Context(), &sdk.ExecutePolicyInput{AutoScalingGroupName: name("web"), PolicyName: name("cpu")})
	refused(t, err, "ValidationError", "TargetTrackingScaling")
	must(put(sdk.PutScalingPolicyInput{PolicyName: name("odd"), AdjustmentType: name("Guess"), ScalingAdjustment: aws.Int32(1)}))(t)
	_, err = c.ExecutePolicy(t.Context(), &sdk.ExecutePolicyInput{AutoScalingGroupName: name("web"), PolicyName: name("odd")})
	refused(t, err, "ValidationError", "Guess")
	must(c.DeletePolicy(t.Context(), &sdk.DeletePolicyInput{AutoScalingGroupName: name("web"), PolicyName: name("cpu")}))(t)
	for _, call := range []func() error{
		func() error {
			_, err := c.DeletePolicy(t.Context(), &sdk.DeletePolicyInput{AutoScalingGroupName: name("web"), PolicyName: name("cpu")})
			return err
		},
		func() error {
			_, err := c.ExecutePolicy(t.Context(), &sdk.ExecutePolicyInput{AutoScalingGroupName: name("web"), PolicyName: name("cpu")})
			return err
		},
	} {
		refused(t, call(), "ValidationError", "cpu")
	}
}

func TestTagsOfGroups(t *testing.T) {
	t.Parallel()
	c := start(t).web(0, nil)
	tag := func(key, value string) types.Tag {
		return types.Tag{Key: &key, Value: &value, ResourceId: name("web"), ResourceType: name("auto-scaling-group")}
	}
	must(c.CreateOrUpdateTags(t.Context(), &sdk.CreateOrUpdateTagsInput{Tags: []types.Tag{tag("goldfinch:service", "api"), tag("release", "r1"), tag("old", "x")}}))(t)
	must(c.DeleteTags(t.Context(), &sdk.DeleteTagsInput{Tags: []types.Tag{tag("old", "x"), tag("release", "another")}}))(t)
	filters := func(filterName string, values ...string) []types.Filter {
		return []types.Filter{{Name: &filterName, Values: values}}
	}
	for title, in := range map[string]*sdk.DescribeAutoScalingGroupsInput{
		"tag": {Filters: filters("tag:release", "r1")}, "key": {Filters: filters("tag-key", "release")}, "value": {Filters: filters("tag-value", "api")},
		"both": {AutoScalingGroupNames: []string{"web", "none"}, Filters: append(filters("tag:release", "r1"), filters("tag-key", "goldfinch:service")...), IncludeInstances: aws.Bool(false)},
	} {
		if got := must(c.DescribeAutoScalingGroups(t.Context(), in))(t).AutoScalingGroups; len(got) != 1 {
			t.Errorf("%s: %d groups", title, len(got))
		}
	}
	if got := must(c.DescribeAutoScalingGroups(t.Context(), &sdk.DescribeAutoScalingGroupsInput{Filters: filters("tag:release", "r2")}))(t).AutoScalingGroups; len(got) != 0 {
		t.Errorf("%d groups of another release", len(got))
	}
	var got []string
	for _, found := range must(c.DescribeTags(t.Context(), &sdk.DescribeTagsInput{Filters: append(filters("auto-scaling-group", "web"), filters("propagate-at-launch", "false")...)}))(t).Tags {
		got = append(got, *found.Key+"="+*found.Value)
	}
	if diff := cmp.Diff([]string{"goldfinch:service=api", "release=r1"}, got); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
	if got := must(c.DescribeTags(t.Context(), &sdk.DescribeTagsInput{Filters: append(filters("key", "release"), filters("value", "r1")...)}))(t).Tags; len(got) != 1 {
		t.Errorf("tags %+v", got)
	}
	_, err := c.DescribeTags(t.Context(), &sdk.DescribeTagsInput{Filters: filters("colour", "red")})
	refused(t, err, "ValidationError", "colour")
	_, err = c.DescribeAutoScalingGroups(t.Context(), &sdk.DescribeAutoScalingGroupsInput{Filters: filters("colour", "red")})
	refused(t, err, "ValidationError", "colour")
	wrong := tag("k", "v")
	wrong.ResourceType = name("instance")
	_, err = c.CreateOrUpdateTags(t.Context(), &sdk.CreateOrUpdateTagsInput{Tags: []types.Tag{wrong}})
	refused(t, err, "ValidationError", "instance")
	_, err = c.CreateOrUpdateTags(t.Context(), &sdk.CreateOrUpdateTagsInput{Tags: []types.Tag{tag("aws:k", "v")}})
	refused(t, err, "ValidationError", "aws:k")
	wrong = tag("k", "v")
	wrong.ResourceId = name("none")
	_, err = c.DeleteTags(t.Context(), &sdk.DeleteTagsInput{Tags: []types.Tag{wrong}})
	refused(t, err, "ValidationError", "none")
	_, err = c.DescribeScalingActivities(t.Context(), &sdk.DescribeScalingActivitiesInput{IncludeDeletedGroups: aws.Bool(true)})
	refused(t, err, "ValidationError", "deleted groups")
}
