package alb_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/goldfinch-dev/goldfinch/internal/measured"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/alb"
)

// newService is a local account with the user's own group of version 1, of two instances, behind blue.
func newService(t testing.TB) *localAccount {
	t.Helper()
	l := newLocalAccount(t)
	l.furnish()
	l.group("1", "", 2, l.blue)
	return l
}

// testListener makes a listener for tests, of the service.
func (l *localAccount) testListener() string {
	l.t.Helper()
	return l.anotherListener(8080, types.Action{Type: types.ActionTypeEnumFixedResponse, FixedResponseConfig: &types.FixedResponseActionConfig{StatusCode: aws.String("404")}})
}

func (l *localAccount) anotherListener(port int32, action types.Action) string {
	l.t.Helper()
	balancers, err := l.balancer.DescribeLoadBalancers(foreign(l.t), &elbv2.DescribeLoadBalancersInput{})
	must(l.t, err)
	output, err := l.elb.CreateListener(foreign(l.t), &elbv2.CreateListenerInput{
		LoadBalancerArn: balancers.LoadBalancers[0].LoadBalancerArn, Protocol: types.ProtocolEnumHttp, Port: aws.Int32(port), DefaultActions: []types.Action{action},
	})
	must(l.t, err)
	arn := *output.Listeners[0].ListenerArn
	_, err = l.elb.AddTags(foreign(l.t), &elbv2.AddTagsInput{ResourceArns: []string{arn}, Tags: []types.Tag{{Key: aws.String("goldfinch:service"), Value: aws.String("echo")}}})
	must(l.t, err)
	return arn
}

// serve answers on this machine as a listener does.
func (l *localAccount) serve(listener string) *httptest.Server {
	server := httptest.NewServer(l.balancer.Handler(listener))
	l.t.Cleanup(server.Close)
	return server
}

// ownRules are the rules of a listener that somebody made, by priority.
func (l *localAccount) ownRules(listener string) []string {
	l.t.Helper()
	output, err := l.elb.DescribeRules(foreign(l.t), &elbv2.DescribeRulesInput{ListenerArn: aws.String(listener)})
	must(l.t, err)
	var rules []string
	for _, rule := range output.Rules {
		if !aws.ToBool(rule.IsDefault) {
			rules = append(rules, fmt.Sprintf("%s: %s", *rule.Priority, strings.ReplaceAll(weightsOf(rule.Actions), "echo-", "")))
		}
	}
	return rules
}

// weights are those of the users' default action.
func (l *localAccount) weights() string {
	l.t.Helper()
	output, err := l.elb.DescribeListeners(foreign(l.t), &elbv2.DescribeListenersInput{ListenerArns: []string{l.listener}})
	must(l.t, err)
	return strings.ReplaceAll(weightsOf(output.Listeners[0].DefaultActions), "echo-", "")
}

// describeGroup reads the group of a version.
func (l *localAccount) describeGroup(version string) (instances []string, minimum int32, exists bool) {
	l.t.Helper()
	output, err := l.groups.DescribeAutoScalingGroups(foreign(l.t), &autoscaling.DescribeAutoScalingGroupsInput{AutoScalingGroupNames: []string{"echo-production-" + version}})
	must(l.t, err)
	if len(output.AutoScalingGroups) == 0 || output.AutoScalingGroups[0].Status != nil { // a group that is being deleted has a status
		return nil, 0, false
	}
	for _, instance := range output.AutoScalingGroups[0].Instances {
		instances = append(instances, *instance.InstanceId)
	}
	return instances, *output.AutoScalingGroups[0].MinSize, true
}

// done runs a step of the workflow until it is done.
func (l *localAccount) done(t *testing.T, step func(context.Context) (bool, error), meanwhile func()) {
	t.Helper()
	for range 100 {
		done, err := step(foreign(t))
		must(t, err)
		meanwhile()
		if done {
			return
		}
		l.pass(15 * time.Second)
	}
	t.Fatal("it is never done")
}

// declared is everything about the load balancer that people's own tools know, but for who owns the weights: the listener's default action.
func (l *localAccount) declared() string {
	l.t.Helper()
	listeners, err := l.elb.DescribeListeners(foreign(l.t), &elbv2.DescribeListenersInput{ListenerArns: []string{l.listener}})
	must(l.t, err)
	listener := listeners.Listeners[0]
	listener.DefaultActions = nil
	groups, err := l.elb.DescribeTargetGroups(foreign(l.t), &elbv2.DescribeTargetGroupsInput{TargetGroupArns: []string{l.blue, l.green}})
	must(l.t, err)
	pair := slices.Clone(groups.TargetGroups)
	for i := range pair {
		pair[i].LoadBalancerArns = nil // which is no setting: a target group is behind it when a rule leads there
	}
	tags, err := l.elb.DescribeTags(foreign(l.t), &elbv2.DescribeTagsInput{ResourceArns: []string{l.listener, l.blue, l.green}})
	must(l.t, err)
	all := []any{listener, pair, tags.TagDescriptions}
	for _, arn := range []string{l.blue, l.green} {
		attributes, err := l.elb.DescribeTargetGroupAttributes(foreign(l.t), &elbv2.DescribeTargetGroupAttributesInput{TargetGroupArn: aws.String(arn)})
		must(l.t, err)
		all = append(all, attributes.Attributes)
	}
	text, err := json.MarshalIndent(all, "", " ")
	must(l.t, err)
	return string(text)
}

// TestReleaseFailsNoRequest asks over real HTTP all the while a release is deployed, shifted, promoted and retired, and another one is taken back.
func TestReleaseFailsNoRequest(t *testing.T) {
	t.Parallel()
	l := newService(t)
	server := l.serve(l.listener)
	requests, versions := 0, map[string]int{}
	ask := func() {
		for range 20 {
			response, err := server.Client().Get(server.URL)
			must(t, err)
			body, err := io.ReadAll(response.Body)
			must(t, err)
			response.Body.Close()
			if requests++; response.StatusCode != http.StatusOK {
				t.Fatalf("request %d: status %d: %s", requests, response.StatusCode, body)
			}
			versions[string(body)]++
		}
	}
	declared := l.declared()
	stableVersion, finish := "1", func(target *alb.Target, current, previous string) {
		var all []string
		l.done(t, func(ctx context.Context) (bool, error) {
			retired, done, err := target.Retire(ctx, current, previous)
			all = append(all, retired...)
			return done, err
		}, ask)
		if !slices.Equal(all, []string{previous}) {
			t.Errorf("retired %v", all)
		}
	}
	for _, wanted := range []string{"2", "3"} { // the first is promoted into green, the second into blue
		target := l.target("r-"+wanted, l.image(wanted))
		found, err := target.Preflight(t.Context())
		if err != nil || !found.Split.Same(release.Pure(stableVersion)) {
			t.Fatal(found, err)
		}
		l.done(t, target.Bake, ask)
		l.done(t, func(ctx context.Context) (bool, error) {
			version, done, err := target.Deploy(ctx, stableVersion)
			if version != wanted {
				t.Fatalf("deployed version %s", version)
			}
			return done, err
		}, ask)
		if versions[wanted] != 0 {
			t.Fatalf("users reached version %s %d times before it was verified", wanted, versions[wanted])
		}
		must(t, target.Verify(t.Context(), wanted))
		intended := []release.Split{release.Pure(stableVersion)}
		for _, weight := range []float64{10, 50} {
			split := release.Split{Stable: stableVersion, Canary: wanted, Weight: weight}
			shift(t, target, split, intended...)
			intended = append(intended, split)
			ask()
		}
		shift(t, target, release.Pure(wanted), intended...)
		// Settling over, traffic may have to go back: the old group's health has been checked all the while.
		l.pass(5 * time.Minute)
		shift(t, target, release.Pure(stableVersion), append(intended, release.Pure(wanted))...)
		ask()
		shift(t, target, release.Pure(wanted), append(intended, release.Pure(wanted))...)
		before := versions[stableVersion]
		finish(target, wanted, stableVersion)
		if versions[stableVersion] != before {
			t.Errorf("version %s answered after the promotion", stableVersion)
		}
		stableVersion = wanted
		if rules := l.ownRules(l.listener); len(rules) != 0 {
			t.Errorf("rules are left: %v", rules)
		}
	}
	if got := l.declared(); got != declared {
		t.Errorf("what people's own tools declare was\n%s\nand is\n%s", declared, got)
	}
	if versions["2"] == 0 || versions["3"] == 0 {
		t.Errorf("answers by version: %v", versions)
	}
	if _, minimum, exists := l.describeGroup("3"); !exists || minimum != 1 {
		t.Errorf("the group of version 3: %t, minimum %d, want 1 again", exists, minimum)
	}
	if instances, _, exists := l.describeGroup("1"); !exists || len(instances) != 0 {
		t.Errorf("the user's own group: %t, %v; it is emptied and kept", exists, instances)
	}
	if _, _, exists := l.describeGroup("2"); exists {
		t.Error("the group of version 2 is left")
	}
	measured.Log(t, "alb: %d requests over real HTTP during two whole releases, none failed; by version: %v", requests, versions)
}

// TestRollBackAndRestore takes a release back, and leaves nothing of it.
func TestRollBackAndRestore(t *testing.T) {
	t.Parallel()
	l := newService(t)
	tests := l.testListener()
	withTests := func(d *release.Document) { d.Target.ALB.Test = &release.ALBTest{Listener: tests} }
	target := l.target("r-2", l.image("2"), withTests)
	l.deployed(t, target, "1")
	if got := l.ownRules(l.listener); !slices.Equal(got, []string{"50000: blue 1, green 1"}) {
		t.Errorf("the rules are %v", got)
	}
	if got := l.ownRules(tests); !slices.Equal(got, []string{"50000: green 1"}) {
		t.Errorf("the rules for tests are %v", got)
	}
	if _, minimum, _ := l.describeGroup("1"); minimum != 2 {
		t.Errorf("the stable group may shrink to %d while rollback needs it", minimum)
	}
	shift(t, target, tenToTwo, stable)
	note, done, err := target.Restore(t.Context(), "1")
	if err != nil || !done || !strings.Contains(note, "version 2 is kept") {
		t.Errorf("restored what has traffic: %q, %t, %v", note, done, err)
	}
	shift(t, target, stable, tenToTwo)
	for range 2 { // twice is once
		l.done(t, func(ctx context.Context) (bool, error) {
			_, done, err := l.target("r-2", l.images["1"], withTests).Restore(ctx, "1")
			return done, err
		}, func() {})
	}
	if _, _, exists := l.describeGroup("2"); exists {
		t.Error("the group of version 2 is left")
	}
	if rules := append(l.ownRules(l.listener), l.ownRules(tests)...); len(rules) != 0 {
		t.Errorf("rules are left: %v", rules)
	}
	if _, minimum, _ := l.describeGroup("1"); minimum != 1 {
		t.Errorf("the stable group's minimum is %d, want 1 again", minimum)
	}
	versions, err := l.machines.DescribeLaunchTemplateVersions(foreign(t), &ec2.DescribeLaunchTemplateVersionsInput{LaunchTemplateId: aws.String(l.template)})
	must(t, err)
	if len(versions.LaunchTemplateVersions) != 1 {
		t.Errorf("%d versions of the launch template are left", len(versions.LaunchTemplateVersions))
	}
	if note, done, err := target.Restore(t.Context(), ""); note != "" || !done || err != nil {
		t.Error(note, done, err)
	}
}

func TestDeploy(t *testing.T) {
	t.Parallel()
	t.Run("a version that is not healthy is never done", func(t *testing.T) {
		t.Parallel()
		l := newService(t)
		l.programs.fail("2")
		target := l.target("r-2", l.image("2"))
		var failed error
		for range 200 {
			version, done, err := target.Deploy(t.Context(), "1")
			if failed = err; err != nil {
				break
			}
			if done || version != "2" {
				t.Fatalf("deployed %q, done %t", version, done)
			}
			l.pass(30 * time.Second)
		}
		if kind, _ := release.KindOf(failed); failed != nil && kind != release.KindUnhealthy {
			t.Fatal(failed)
		}
		expectKind(t, target.Verify(t.Context(), "2"), release.KindUnhealthy, "version 2 is not usable")
		if got := l.weights(); got != "blue 1" {
			t.Errorf("the users' action is %s", got)
		}
		for _, call := range l.writes() {
			if strings.HasPrefix(call, "elasticloadbalancing:Modify") {
				t.Errorf("deploy wrote what users meet: %s", call)
			}
		}
	})
	t.Run("health is checked in no rule that a request meets", func(t *testing.T) {
		t.Parallel()
		l := newService(t)
		l.deployed(t, l.target("r-2", l.image("2")), "1")
		server := l.serve(l.listener)
		for range 50 {
			response, err := server.Client().Get(server.URL)
			must(t, err)
			body, err := io.ReadAll(response.Body)
			must(t, err)
			response.Body.Close()
			if string(body) != "1" {
				t.Fatalf("a user reached %s", body)
			}
		}
	})
	t.Run("sticky targets want sticky rules, of Goldfinch's own too", func(t *testing.T) {
		t.Parallel()
		l := newService(t)
		_, err := l.elb.ModifyListener(foreign(t), &elbv2.ModifyListenerInput{ListenerArn: aws.String(l.listener), DefaultActions: []types.Action{sticky(forwardTo(l.blue))}})
		must(t, err)
		for _, arn := range []string{l.blue, l.green} {
			_, err := l.elb.ModifyTargetGroupAttributes(foreign(t), &elbv2.ModifyTargetGroupAttributesInput{TargetGroupArn: aws.String(arn), Attributes: []types.TargetGroupAttribute{
				{Key: aws.String("stickiness.enabled"), Value: aws.String("true")}, {Key: aws.String("stickiness.type"), Value: aws.String("lb_cookie")},
			}})
			must(t, err)
		}
		target := l.target("r-2", l.image("2"), ladder(beta))
		l.deployed(t, target, "1")
		for _, split := range []release.Split{forAudience(0, "beta", 50), tenToTwo, stable} {
			shift(t, target, split, stable, forAudience(0, "beta", 50), tenToTwo)
		}
	})
	t.Run("what an earlier release left is deleted first", func(t *testing.T) {
		t.Parallel()
		l := newService(t)
		l.version("2")
		l.group("2", "r-0", 1, l.green)
		if version := l.deployed(t, l.target("r-3", l.image("3")), "1"); version != "3" {
			t.Errorf("deployed %s", version)
		}
		if _, _, exists := l.describeGroup("2"); exists {
			t.Error("the group of version 2 is left")
		}
	})
	t.Run("a group of the user's is left alone", func(t *testing.T) {
		t.Parallel()
		l := newService(t)
		l.version("2")
		l.group("2", "", 1, l.green)
		_, _, err := l.target("r-3", l.image("3")).Deploy(t.Context(), "1")
		expectKind(t, err, release.KindConflict, "group echo-production-2", "must be idle")
	})
	t.Run("a stable version that was detached", func(t *testing.T) {
		t.Parallel()
		l := newService(t)
		_, _, err := l.target("r-3", l.image("3")).Deploy(t.Context(), "9")
		expectKind(t, err, release.KindConflict, "no Auto Scaling group of version 9")
	})
	t.Run("traffic that somebody moved meanwhile", func(t *testing.T) {
		t.Parallel()
		l := newService(t)
		must(t, l.move(map[string]string{"1": l.blue, "2": l.green}, tenToTwo))
		_, _, err := l.target("r-3", l.image("3")).Deploy(t.Context(), "1")
		expectKind(t, err, release.KindConflict, "moved by somebody else")
	})
	t.Run("the copy has the size of now", func(t *testing.T) {
		t.Parallel()
		l := newService(t)
		_, err := l.groups.UpdateAutoScalingGroup(foreign(t), &autoscaling.UpdateAutoScalingGroupInput{AutoScalingGroupName: aws.String("echo-production-1"), DesiredCapacity: aws.Int32(4)})
		must(t, err)
		l.pass(time.Minute)
		l.deployed(t, l.target("r-2", l.image("2")), "1")
		if instances, minimum, _ := l.describeGroup("2"); len(instances) != 4 || minimum != 4 {
			t.Errorf("%d instances, at least %d", len(instances), minimum)
		}
	})
	t.Run("a return to a version", func(t *testing.T) {
		t.Parallel()
		l := newService(t)
		l.version("2")
		target := l.target("r-4", "", func(d *release.Document) { d.Request.Version, d.Artifact = "2", release.Artifact{} })
		if found, err := target.Preflight(t.Context()); err != nil || !found.Split.Same(stable) {
			t.Fatal(found, err)
		}
		if version := l.deployed(t, target, "1"); version != "2" {
			t.Errorf("deployed %s", version)
		}
		shift(t, target, allToTwo, stable)
	})
	t.Run("the image is known to what takes it onward", func(t *testing.T) {
		t.Parallel()
		l := newService(t)
		ami := l.image("2")
		if artifact, err := l.target("r-2", ami).Baked(t.Context()); err != nil || artifact.AMI != ami {
			t.Error(artifact, err)
		}
	})
}

func TestVerify(t *testing.T) {
	t.Parallel()
	answers := func(version float64) func(*release.Document) {
		return func(d *release.Document) {
			d.Verify = []release.Check{{Name: "says its version", Payload: map[string]any{"path": "/"}, Expect: map[string]any{"body": version}}}
		}
	}
	tests := map[string]func(l *localAccount) (listener string, test *release.ALBTest){
		"over a listener": func(l *localAccount) (string, *release.ALBTest) {
			listener := l.testListener()
			return listener, &release.ALBTest{Listener: listener}
		},
		"over a header": func(l *localAccount) (string, *release.ALBTest) {
			return l.listener, &release.ALBTest{Header: "X-Test", Value: "secret"}
		},
	}
	for name, way := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newService(t)
			listener, test := way(l)
			test.URL = l.serve(listener).URL
			byTest := func(d *release.Document) { d.Target.ALB.Test = test }
			target := l.target("r-2", l.image("2"), byTest, answers(2))
			l.deployed(t, target, "1")
			must(t, target.Verify(t.Context(), "2"))
			expectKind(t, l.target("r-2", "", byTest, answers(7)).Verify(t.Context(), "2"), release.KindUnhealthy, "says its version", "7")
			users := l.serve(l.listener)
			response, err := users.Client().Get(users.URL)
			must(t, err)
			body, err := io.ReadAll(response.Body)
			must(t, err)
			response.Body.Close()
			if string(body) != "1" {
				t.Errorf("a user reached %s", body)
			}
			for _, rule := range l.rulesToDelete(listener) {
				_, err := l.elb.DeleteRule(foreign(t), &elbv2.DeleteRuleInput{RuleArn: aws.String(rule)})
				must(t, err)
			}
			expectKind(t, target.Verify(t.Context(), "2"), release.KindTransient, "was gone")
			must(t, target.Verify(t.Context(), "2"))
		})
	}
	t.Run("at the load balancer's own address", func(t *testing.T) {
		t.Parallel()
		l := newService(t)
		listener := l.testListener()
		target := l.target("r-2", l.image("2"), func(d *release.Document) { d.Target.ALB.Test = &release.ALBTest{Listener: listener} })
		l.deployed(t, target, "1")
		err := target.Verify(t.Context(), "2")
		expectKind(t, err, release.KindUnhealthy, ":8080", "no answer")
	})
	t.Run("of a version of an earlier try", func(t *testing.T) {
		t.Parallel()
		l := newService(t)
		listener := l.testListener()
		byTest := func(d *release.Document) { d.Target.ALB.Test = &release.ALBTest{Listener: listener} }
		l.deployed(t, l.target("r-2", l.image("2"), byTest), "1")
		l.deployed(t, l.target("r-3", l.image("3"), byTest), "1") // the first one was never cleaned up
		if got := l.ownRules(listener); len(got) != 1 {
			t.Errorf("the rules for tests are %v", got)
		}
	})
}

// rulesToDelete are those on a listener that lead to one target group.
func (l *localAccount) rulesToDelete(listener string) []string {
	l.t.Helper()
	output, err := l.elb.DescribeRules(foreign(l.t), &elbv2.DescribeRulesInput{ListenerArn: aws.String(listener)})
	must(l.t, err)
	var arns []string
	for _, rule := range output.Rules {
		if !aws.ToBool(rule.IsDefault) && weightsOf(rule.Actions) == "echo-green 1" {
			arns = append(arns, *rule.RuleArn)
		}
	}
	return arns
}

// TestUsable is less than deploy waits for: traffic must be able to go back to what is there, healthy or not.
func TestUsable(t *testing.T) {
	t.Parallel()
	l := newService(t)
	target := l.target("r-2", l.image("2"))
	usable := func(want bool, when string) {
		t.Helper()
		if got, err := target.Usable(t.Context(), "1"); err != nil || got != want {
			t.Errorf("%s: usable %t, %v", when, got, err)
		}
	}
	terminate := func(id string) {
		_, err := l.groups.TerminateInstanceInAutoScalingGroup(foreign(t), &autoscaling.TerminateInstanceInAutoScalingGroupInput{InstanceId: aws.String(id), ShouldDecrementDesiredCapacity: aws.Bool(false)})
		must(t, err)
	}
	usable(true, "at first")
	instances, _, _ := l.describeGroup("1")
	terminate(instances[0])
	usable(true, "while one is replaced")
	for _, id := range instances[1:] {
		terminate(id)
	}
	_, err := target.Usable(t.Context(), "1")
	expectKind(t, err, release.KindUnhealthy, "no instance of group echo-production-1 is in target group") // which passes
	l.pass(5 * time.Minute)
	usable(true, "afterwards")
	l.programs.fail("1")
	l.pass(2 * time.Minute)
	usable(true, "when all are unhealthy")
	expectKind(t, target.Verify(t.Context(), "1"), release.KindUnhealthy, "version 1 is not usable")
	_, err = l.groups.UpdateAutoScalingGroup(foreign(t), &autoscaling.UpdateAutoScalingGroupInput{AutoScalingGroupName: aws.String("echo-production-1"), MinSize: aws.Int32(0), DesiredCapacity: aws.Int32(0)})
	must(t, err)
	usable(false, "when somebody has emptied its group")
}

func TestInspectAndMend(t *testing.T) {
	t.Parallel()
	type service struct {
		*localAccount
		target   *alb.Target
		released target.Released
	}
	begin := func(t *testing.T) service {
		l := newService(t)
		l.version("2")
		l.group("2", "r-0", 1, l.green)
		return service{l, l.target("r-0", l.images["1"], ladder(staff)), target.Released{Version: "1", Artifact: release.Artifact{AMI: l.images["1"]}}}
	}
	anybody := target.Guard{Mine: func(release.Split) bool { return true }, Check: func(context.Context) error { return nil }}
	tests := map[string]struct {
		mutate func(t *testing.T, s service)
		kind   target.FindingKind
		texts  []string
		mends  bool
	}{
		"weights": {
			func(t *testing.T, s service) { must(t, s.move(map[string]string{"1": s.blue, "2": s.green}, tenToTwo)) },
			target.FindingRouting, []string{"version 1 at 100%", "version 2 at 10%"}, true,
		},
		"another target group": {
			func(t *testing.T, s service) { must(t, s.move(map[string]string{"9": s.other}, release.Pure("9"))) },
			target.FindingRouting, []string{"of target group echo-other"}, true,
		},
		"three target groups": {
			func(t *testing.T, s service) {
				_, err := s.elb.ModifyListener(foreign(t), &elbv2.ModifyListenerInput{ListenerArn: aws.String(s.listener), DefaultActions: []types.Action{forwardTo(s.blue, s.green, s.other)}})
				must(t, err)
			},
			target.FindingRouting, []string{"66.67%"}, true,
		},
		"a rule for an audience": {
			func(t *testing.T, s service) {
				_, err := s.target.Shift(foreign(t), forAudience(0, "staff", 0), anybody)
				must(t, err)
			},
			target.FindingRouting, []string{"audience staff"}, true,
		},
		"a target that nobody knows": {
			func(t *testing.T, s service) {
				output, err := s.machines.RunInstances(foreign(t), &ec2.RunInstancesInput{ImageId: aws.String(s.images["2"]), MinCount: aws.Int32(1), MaxCount: aws.Int32(1), InstanceType: ec2types.InstanceTypeT3Micro})
				must(t, err)
				s.pass(time.Minute)
				_, err = s.elb.RegisterTargets(foreign(t), &elbv2.RegisterTargetsInput{TargetGroupArn: aws.String(s.blue), Targets: []types.TargetDescription{{Id: output.Instances[0].InstanceId}}})
				must(t, err)
			},
			target.FindingInstance, []string{"registered in target group echo-blue by hand", "group echo-production-1"}, true,
		},
		"an instance that was changed in place": {
			func(t *testing.T, s service) {
				instances, _, _ := s.describeGroup("1")
				_, err := s.machines.CreateTags(foreign(t), &ec2.CreateTagsInput{Resources: instances[:1], Tags: []ec2types.Tag{{Key: aws.String("goldfinch:tainted"), Value: aws.String("a shell session")}}})
				must(t, err)
			},
			target.FindingInstance, []string{"a shell session"}, true,
		},
		"a group that is detached": {
			func(t *testing.T, s service) {
				_, err := s.groups.DetachLoadBalancerTargetGroups(foreign(t), &autoscaling.DetachLoadBalancerTargetGroupsInput{AutoScalingGroupName: aws.String("echo-production-1"), TargetGroupARNs: []string{s.blue}})
				must(t, err)
			},
			target.FindingVersion, []string{"a group of version 1", "none behind"}, false,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := begin(t)
			findings, err := s.target.Inspect(t.Context(), s.released)
			if err != nil || len(findings) != 0 {
				t.Fatalf("nothing happened, and there are %+v, %v", findings, err)
			}
			test.mutate(t, s)
			findings, err = s.target.Inspect(t.Context(), s.released)
			must(t, err)
			at := slices.IndexFunc(findings, func(f target.Finding) bool { return f.Kind == test.kind })
			if at < 0 {
				t.Fatalf("found %+v", findings)
			}
			for _, text := range test.texts {
				if got := fmt.Sprintf("%+v", findings[at]); !strings.Contains(got, text) {
					t.Errorf("%s does not say %q", got, text)
				}
			}
			if !test.mends {
				_, err := s.target.Mend(t.Context(), s.released, findings[at], anybody)
				expectKind(t, err, release.KindRefused, "only a release mends")
				return
			}
			s.done(t, func(ctx context.Context) (bool, error) { return s.target.Mend(ctx, s.released, findings[at], anybody) }, func() {})
			for range 40 { // what is taken out answers its last requests, and what replaces it starts
				s.pass(15 * time.Second)
			}
			if findings, err = s.target.Inspect(t.Context(), s.released); err != nil || len(findings) != 0 {
				t.Errorf("after it was mended there are %+v, %v", findings, err)
			}
		})
	}
}
