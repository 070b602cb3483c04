package cloudformation_test

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/local/cloudformation"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// api are the methods of the SDK's client that the local one has, too.
type api interface {
	CreateStack(context.Context, *sdk.CreateStackInput, ...func(*sdk.Options)) (*sdk.CreateStackOutput, error)
	DescribeStacks(context.Context, *sdk.DescribeStacksInput, ...func(*sdk.Options)) (*sdk.DescribeStacksOutput, error)
	DescribeStackEvents(context.Context, *sdk.DescribeStackEventsInput, ...func(*sdk.Options)) (*sdk.DescribeStackEventsOutput, error)
	DescribeStackResources(context.Context, *sdk.DescribeStackResourcesInput, ...func(*sdk.Options)) (*sdk.DescribeStackResourcesOutput, error)
	DeleteStack(context.Context, *sdk.DeleteStackInput, ...func(*sdk.Options)) (*sdk.DeleteStackOutput, error)
	UpdateStack(context.Context, *sdk.UpdateStackInput, ...func(*sdk.Options)) (*sdk.UpdateStackOutput, error)
	ValidateTemplate(context.Context, *sdk.ValidateTemplateInput, ...func(*sdk.Options)) (*sdk.ValidateTemplateOutput, error)
	GetTemplate(context.Context, *sdk.GetTemplateInput, ...func(*sdk.Options)) (*sdk.GetTemplateOutput, error)
	DetectStackDrift(context.Context, *sdk.DetectStackDriftInput, ...func(*sdk.Options)) (*sdk.DetectStackDriftOutput, error)
	DescribeStackDriftDetectionStatus(context.Context, *sdk.DescribeStackDriftDetectionStatusInput, ...func(*sdk.Options)) (*sdk.DescribeStackDriftDetectionStatusOutput, error)
	DescribeStackResourceDrifts(context.Context, *sdk.DescribeStackResourceDriftsInput, ...func(*sdk.Options)) (*sdk.DescribeStackResourceDriftsOutput, error)
}

var (
	_ api = (*sdk.Client)(nil)
	_ api = (*cloudformation.Service)(nil)
)

func TestAWholeStackComesAndGoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	w.must(w.create("web-1", web, "ImageId", "ami-1", "Release", "r-1", "Audience", "yes"))
	if got := w.stack("web-1").StackStatus; got != types.StackStatusCreateInProgress {
		t.Errorf("a new stack is %s", got)
	}
	st := w.settle("web-1")
	if st.StackStatus != types.StackStatusCreateComplete {
		t.Fatalf("the stack is %s:\n%s", st.StackStatus, strings.Join(w.events("web-1"), "\n"))
	}
	ids := w.resources("web-1")
	outputs := map[string]string{}
	for _, o := range st.Outputs {
		outputs[*o.OutputKey] = *o.OutputValue
	}
	if !strings.HasPrefix(outputs["Endpoint"], "http://web-1-Balancer-") || outputs["Names"] != "b-123456789012-aws-amazonaws.com" || outputs["Audience"] != ids["Rule"] {
		t.Errorf("outputs %v", outputs)
	}
	var shown []string
	for _, p := range st.Parameters {
		shown = append(shown, *p.ParameterKey+"="+*p.ParameterValue)
	}
	if diff := cmp.Diff([]string{"Audience=yes", "ImageId=ami-1", "Release=r-1", "Secret=****", "Size=2", "Subnets=subnet-1, subnet-2"}, shown); diff != "" {
		t.Errorf("parameters (-want +got):\n%s", diff)
	}

	template := w.fleet.templates[ids["Template"]]
	data, err := base64.StdEncoding.DecodeString(*template.LaunchTemplateData.UserData)
	if err != nil || string(data) != "RELEASE=r-1 OF=web-1 KEEP=${HOME}\n" || *template.LaunchTemplateData.ImageId != "ami-1" {
		t.Errorf("launch template %+v with data %q, %v", template.LaunchTemplateData, data, err)
	}
	group := w.fleet.groups[ids["Group"]]
	if *group.MinSize != 2 || *group.MaxSize != 4 || *group.DefaultCooldown != 60 || *group.VPCZoneIdentifier != "subnet-1,subnet-2" || *group.LaunchTemplate.Version != "1" || *group.HealthCheckType != "EC2" {
		t.Errorf("group %+v", group)
	}
	tags := map[string]string{}
	for _, tag := range group.Tags {
		tags[*tag.Key] = *tag.Value
	}
	want := map[string]string{"release": "r-1", "team": "red"}
	if diff := cmp.Diff(want, tags); diff != "" {
		t.Errorf("tags of the group (-want +got):\n%s", diff)
	}
	own, err := w.balancing.DescribeTags(ctx, &elb.DescribeTagsInput{ResourceArns: []string{ids["Targets"]}})
	w.must(err)
	for _, tag := range own.TagDescriptions[0].Tags {
		if *tag.Key == "team" && *tag.Value != "blue" {
			t.Error("a stack's tag took the place of the resource's own")
		}
	}

	events := w.events("web-1")
	if events[0] != "web-1 CREATE_IN_PROGRESS User Initiated" || events[len(events)-1] != "web-1 CREATE_COMPLETE" {
		t.Errorf("events %q", events)
	}
	order := []string{}
	for _, e := range events {
		if name, ok := strings.CutSuffix(e, " CREATE_COMPLETE"); ok {
			order = append(order, name)
		}
	}
	if diff := cmp.Diff([]string{"Balancer", "Handle", "Targets", "Template", "Listener", "Rule", "Group", "web-1"}, order); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}

	w.delete("web-1")
	w.delete("web-1") // which changes nothing
	if got := w.settle(*st.StackId); got.StackStatus != types.StackStatusDeleteComplete || got.DeletionTime == nil {
		t.Errorf("the deleted stack is %s:\n%s", got.StackStatus, strings.Join(w.events(*st.StackId), "\n"))
	}
	if _, err := w.DescribeStacks(ctx, &sdk.DescribeStacksInput{StackName: aws.String("web-1")}); err == nil {
		t.Error("a deleted stack has a name")
	} else {
		refused(t, err, "ValidationError", "Stack with id web-1 does not exist")
	}
	w.empty()
	w.delete("web-1")
	w.must(w.create("web-1", web, "ImageId", "ami-1", "Release", "r-2"))
	if st := w.settle("web-1"); st.StackStatus != types.StackStatusCreateComplete || w.resources("web-1")["Rule"] != "" || len(st.Outputs) != 2 {
		t.Errorf("a stack of the same name, without an audience: %s, %v", st.StackStatus, w.resources("web-1"))
	}
	all, err := w.DescribeStacks(ctx, &sdk.DescribeStacksInput{})
	w.must(err)
	if len(all.Stacks) != 1 {
		t.Errorf("%d stacks", len(all.Stacks))
	}
}

// empty checks that nothing is left of stacks.
func (w *world) empty() {
	w.t.Helper()
	balancers, err := w.balancing.DescribeLoadBalancers(w.t.Context(), &elb.DescribeLoadBalancersInput{})
	w.must(err)
	groups, err := w.balancing.DescribeTargetGroups(w.t.Context(), &elb.DescribeTargetGroupsInput{})
	w.must(err)
	if left := len(balancers.LoadBalancers) + len(groups.TargetGroups) + len(w.fleet.groups) + len(w.fleet.templates); left > 0 {
		w.t.Errorf("%d resources are left", left)
	}
}

func TestAFailedStackRollsBack(t *testing.T) {
	t.Parallel()
	good := []string{"ImageId", "ami-1", "Release", "r-1"}
	for name, test := range map[string]struct {
		change func(*world, *sdk.CreateStackInput)
		status types.StackStatus
		event  string
		left   bool
	}{
		"a group that is refused": {
			func(w *world, _ *sdk.CreateStackInput) {
				w.fleet.refuses = failure("ValidationError", "You must use a valid launch template.")
			},
			types.StackStatusRollbackComplete, "Group CREATE_FAILED You must use a valid launch template.", false,
		},
		"instances that never come": {
			func(w *world, _ *sdk.CreateStackInput) { w.fleet.boot = 24 * time.Hour },
			types.StackStatusRollbackComplete, "Group CREATE_FAILED Group did not stabilize. {current/minSize/desiredCapacity} group size is {0/2/2}.", false,
		},
		"a stack that takes too long": {
			func(w *world, in *sdk.CreateStackInput) {
				w.fleet.boot, in.TimeoutInMinutes = 24*time.Hour, aws.Int32(1)
			},
			types.StackStatusRollbackComplete, "broken ROLLBACK_IN_PROGRESS Stack creation time exceeded the specified timeout Rollback requested by user.", false,
		},
		"an image that is gone": {
			func(_ *world, in *sdk.CreateStackInput) { in.Parameters[0].ParameterValue = aws.String("ami-2") },
			types.StackStatusRollbackComplete, "broken ROLLBACK_IN_PROGRESS Parameter validation failed: parameter value ami-2 for parameter name ImageId does not exist. Rollback requested by user.", false,
		},
		"images that nobody can look for": {
			func(_ *world, in *sdk.CreateStackInput) { in.Parameters[0].ParameterValue = aws.String("ami-broken") },
			types.StackStatusRollbackComplete, "broken ROLLBACK_IN_PROGRESS no answer Rollback requested by user.", false,
		},
		"no rollback": {
			func(w *world, in *sdk.CreateStackInput) {
				w.fleet.refuses, in.DisableRollback = failure("ValidationError", "no"), aws.Bool(true)
			},
			types.StackStatusCreateFailed, "broken CREATE_FAILED The following resource(s) failed to create: [Group].", true,
		},
		"deletion": {
			func(w *world, in *sdk.CreateStackInput) {
				w.fleet.refuses, in.OnFailure = failure("ValidationError", "no"), types.OnFailureDelete
			},
			types.StackStatusDeleteComplete, "broken DELETE_COMPLETE", false,
		},
		"an unknown type": {
			func(_ *world, in *sdk.CreateStackInput) {
				in.TemplateBody = aws.String(strings.Replace(web, "AWS::CloudFormation::WaitConditionHandle", "AWS::S3::Bucket", 1))
			},
			types.StackStatusRollbackComplete, "Handle CREATE_FAILED Unrecognized resource type: the local CloudFormation does not make AWS::S3::Bucket", false,
		},
		"an unknown property": {
			func(_ *world, in *sdk.CreateStackInput) {
				in.TemplateBody = aws.String(strings.Replace(web, "VpcId: vpc-1", "VpcIdent: vpc-1", 1))
			},
			types.StackStatusRollbackComplete, "Targets CREATE_FAILED Encountered unsupported property VpcIdent", false,
		},
		"a property of a wrong type": {
			func(_ *world, in *sdk.CreateStackInput) {
				in.TemplateBody = aws.String(strings.Replace(web, "HealthCheckIntervalSeconds: 10", "HealthCheckIntervalSeconds: often", 1))
			},
			types.StackStatusRollbackComplete, "Targets CREATE_FAILED Value of property /HealthCheckIntervalSeconds has the wrong type: often", false,
		},
		"an unknown attribute": {
			func(_ *world, in *sdk.CreateStackInput) {
				in.TemplateBody = aws.String(strings.Replace(web, "Template.LatestVersionNumber", "Template.Newest", 1))
			},
			types.StackStatusRollbackComplete, "Group CREATE_FAILED Template error: resource Template does not support attribute type Newest in Fn::GetAtt", false,
		},
		"an output that cannot be": {
			func(_ *world, in *sdk.CreateStackInput) {
				in.TemplateBody = aws.String(strings.Replace(web, "Balancer.DNSName", "Balancer.Weather", 1))
			},
			types.StackStatusRollbackComplete, "broken ROLLBACK_IN_PROGRESS Template error: resource Balancer does not support attribute type Weather in Fn::GetAtt Rollback requested by user.", false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			input := createInput("broken", web, good...)
			test.change(w, input)
			out, err := w.CreateStack(t.Context(), input)
			w.must(err)
			if st := w.settle(*out.StackId); st.StackStatus != test.status {
				t.Errorf("the stack is %s, want %s", st.StackStatus, test.status)
			}
			if events := w.events(*out.StackId); !strings.Contains(strings.Join(events, "\n")+"\n", test.event+"\n") {
				t.Errorf("no event %q in\n%s", test.event, strings.Join(events, "\n"))
			}
			if !test.left {
				w.empty()
				return
			}
			w.delete("broken")
			w.settle(*out.StackId)
			w.empty()
		})
	}
}

func TestWhatIsRetainedStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.create("kept", `{"Resources":{"Targets":{"Type":"AWS::ElasticLoadBalancingV2::TargetGroup","DeletionPolicy":"Retain","Properties":{"Name":"mine","Port":80,"Protocol":"HTTP","VpcId":"vpc-1"}}}}`))
	st := w.settle("kept")
	w.delete("kept")
	w.settle(*st.StackId)
	events := w.events(*st.StackId)
	if _, err := w.balancing.DescribeTargetGroups(t.Context(), &elb.DescribeTargetGroupsInput{Names: []string{"mine"}}); err != nil || events[len(events)-2] != "Targets DELETE_SKIPPED" {
		t.Errorf("%v, events %q", err, events)
	}
}

func TestAResourceThatIsInUseFailsTheDeletion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	w.must(w.create("web", web, "ImageId", "ami-1", "Release", "r-1"))
	st := w.settle("web")
	subnets := []string{"subnet-1", "subnet-2"}
	group := w.resources("web")["Targets"]
	other, err := w.balancing.CreateRule(ctx, &elb.CreateRuleInput{
		ListenerArn: aws.String(w.foreignListener(subnets)), Priority: aws.Int32(1), Actions: []elbtypes.Action{{Type: elbtypes.ActionTypeEnumForward, TargetGroupArn: &group}},
		Conditions: []elbtypes.RuleCondition{{Field: aws.String("path-pattern"), Values: []string{"/"}}},
	})
	if err == nil {
		t.Fatalf("rule %v", other)
	}
	// A group belongs to one load balancer: the stack's own, until its listener is gone.
	w.delete("web")
	for len(w.fleet.groups) > 0 {
		w.clock.Step()
	}
	for err != nil {
		w.clock.Step()
		_, err = w.balancing.CreateRule(ctx, &elb.CreateRuleInput{
			ListenerArn: aws.String(w.foreignListener(subnets)), Priority: aws.Int32(1), Actions: []elbtypes.Action{{Type: elbtypes.ActionTypeEnumForward, TargetGroupArn: &group}},
			Conditions: []elbtypes.RuleCondition{{Field: aws.String("path-pattern"), Values: []string{"/"}}},
		})
	}
	failed := w.settle(*st.StackId)
	if failed.StackStatus != types.StackStatusDeleteFailed || *failed.StackStatusReason != "The following resource(s) failed to delete: [Targets]. " {
		t.Errorf("the stack is %s: %s", failed.StackStatus, aws.ToString(failed.StackStatusReason))
	}
	balancers, err := w.balancing.DescribeLoadBalancers(ctx, &elb.DescribeLoadBalancersInput{Names: []string{"foreign"}})
	w.must(err)
	_, err = w.balancing.DeleteLoadBalancer(ctx, &elb.DeleteLoadBalancerInput{LoadBalancerArn: balancers.LoadBalancers[0].LoadBalancerArn})
	w.must(err)
	w.delete("web")
	if got := w.settle(*st.StackId); got.StackStatus != types.StackStatusDeleteComplete {
		t.Errorf("the second deletion left the stack %s", got.StackStatus)
	}
	w.empty()
}

// foreignListener is one of a load balancer that no stack has made.
func (w *world) foreignListener(subnets []string) string {
	w.t.Helper()
	balancer, err := w.balancing.CreateLoadBalancer(w.t.Context(), &elb.CreateLoadBalancerInput{Name: aws.String("foreign"), Subnets: subnets})
	w.must(err)
	listener, err := w.balancing.CreateListener(w.t.Context(), &elb.CreateListenerInput{
		LoadBalancerArn: balancer.LoadBalancers[0].LoadBalancerArn, Port: aws.Int32(80), Protocol: elbtypes.ProtocolEnumHttp,
		DefaultActions: []elbtypes.Action{{Type: elbtypes.ActionTypeEnumFixedResponse, FixedResponseConfig: &elbtypes.FixedResponseActionConfig{StatusCode: aws.String("404")}}},
	})
	w.must(err)
	return *listener.Listeners[0].ListenerArn
}

// A service that dies at any moment and starts again makes and deletes everything once.
func TestAStackSurvivesRestartsBetweenAnyTwoSteps(t *testing.T) {
	t.Parallel()
	for _, lose := range []bool{false, true} {
		w := newWorld(t)
		restart := func() {
			w.Close()
			w.start(func(o *cloudformation.Options) {
				if lose { // every resource's creation loses its answer once
					o.Store = &forgetful{Store: w.store}
				}
			})
		}
		restart()
		w.must(w.create("web", web, "ImageId", "ami-1", "Release", "r-1", "Audience", "yes"))
		id := *w.stack("web").StackId
		for strings.HasSuffix(string(w.stack(id).StackStatus), "_IN_PROGRESS") {
			w.clock.RunUntil(w.clock.Now().Add(time.Second))
			restart()
		}
		if got := w.stack(id); got.StackStatus != types.StackStatusCreateComplete {
			t.Fatalf("the stack is %s:\n%s", got.StackStatus, strings.Join(w.events(id), "\n"))
		}
		if len(w.fleet.groups) != 1 || len(w.fleet.templates) != 1 {
			t.Errorf("%d groups, %d launch templates", len(w.fleet.groups), len(w.fleet.templates))
		}
		w.delete("web")
		for strings.HasSuffix(string(w.stack(id).StackStatus), "_IN_PROGRESS") {
			w.clock.RunUntil(w.clock.Now().Add(time.Second))
			restart()
		}
		w.empty()
	}
}

// A forgetful store loses every third change of a stack: whoever saved is told so.
type forgetful struct {
	store.Store
	saved int
}

func (f *forgetful) Save(changes ...store.Change) error {
	if f.saved++; f.saved%3 == 2 {
		return io.ErrShortWrite
	}
	return f.Store.Save(changes...)
}

func TestADeletionMayOvertakeACreation(t *testing.T) {
	t.Parallel()
	for steps := range 14 {
		w := newWorld(t)
		w.must(w.create("web", web, "ImageId", "ami-1", "Release", "r-1", "Audience", "yes"))
		id := *w.stack("web").StackId
		w.clock.RunUntil(w.clock.Now().Add(time.Duration(steps) * 2 * time.Second))
		w.delete("web")
		if got := w.settle(id); got.StackStatus != types.StackStatusDeleteComplete {
			t.Errorf("after %d steps: %s", steps, got.StackStatus)
		}
		w.empty()
	}
}

func TestTokensAndNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	input := createInput("web", web, "ImageId", "ami-1", "Release", "r-1")
	input.ClientRequestToken, input.EnableTerminationProtection, input.RoleARN = aws.String("token"), aws.Bool(true), aws.String("arn:aws:iam::123456789012:role/cfn")
	first, err := w.CreateStack(ctx, input)
	w.must(err)
	again, err := w.CreateStack(ctx, input)
	w.must(err)
	if *again.StackId != *first.StackId {
		t.Error("the same token made two stacks")
	}
	other := createInput("other", web, "ImageId", "ami-1", "Release", "r-1")
	other.ClientRequestToken = input.ClientRequestToken
	_, err = w.CreateStack(ctx, other)
	refused(t, err, "TokenAlreadyExistsException", "token")
	refused(t, w.create("web", web, "ImageId", "ami-1", "Release", "r-1"), "AlreadyExistsException", "Stack [web] already exists")
	_, err = w.DeleteStack(ctx, &sdk.DeleteStackInput{StackName: aws.String("web")})
	refused(t, err, "ValidationError", "TerminationProtection")
	if st := w.stack("web"); *st.RoleARN != "arn:aws:iam::123456789012:role/cfn" || !*st.EnableTerminationProtection {
		t.Errorf("stack %+v", st)
	}
}

func TestDriftIsFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	w.must(w.create("web", web, "ImageId", "ami-1", "Release", "r-1", "Audience", "yes"))
	_, err := w.DetectStackDrift(ctx, &sdk.DetectStackDriftInput{StackName: aws.String("web")})
	refused(t, err, "ValidationError", "CREATE_IN_PROGRESS")
	w.settle("web")
	none, err := w.DescribeStackResourceDrifts(ctx, &sdk.DescribeStackResourceDriftsInput{StackName: aws.String("web")})
	w.must(err)
	if len(none.StackResourceDrifts) != 0 || w.stack("web").DriftInformation.StackDriftStatus != types.StackDriftStatusNotChecked {
		t.Errorf("before any detection: %v", none.StackResourceDrifts)
	}
	detect := func() (*sdk.DescribeStackDriftDetectionStatusOutput, map[string][]string) {
		t.Helper()
		begun, err := w.DetectStackDrift(ctx, &sdk.DetectStackDriftInput{StackName: aws.String("web")})
		w.must(err)
		status, err := w.DescribeStackDriftDetectionStatus(ctx, &sdk.DescribeStackDriftDetectionStatusInput{StackDriftDetectionId: begun.StackDriftDetectionId})
		w.must(err)
		drifts, err := w.DescribeStackResourceDrifts(ctx, &sdk.DescribeStackResourceDriftsInput{
			StackName: aws.String("web"), StackResourceDriftStatusFilters: []types.StackResourceDriftStatus{types.StackResourceDriftStatusModified, types.StackResourceDriftStatusDeleted},
		})
		w.must(err)
		found := map[string][]string{}
		for _, d := range drifts.StackResourceDrifts {
			lines := []string{string(d.StackResourceDriftStatus)}
			for _, p := range d.PropertyDifferences {
				lines = append(lines, *p.PropertyPath+" "+string(p.DifferenceType)+" "+*p.ExpectedValue+" → "+*p.ActualValue)
			}
			found[*d.LogicalResourceId] = lines
		}
		return status, found
	}
	status, found := detect()
	if status.StackDriftStatus != types.StackDriftStatusInSync || status.DetectionStatus != types.StackDriftDetectionStatusDetectionComplete || len(found) != 0 {
		t.Fatalf("a new stack drifts: %s, %v", status.StackDriftStatus, found)
	}
	ids := w.resources("web")
	w.fleet.groups[ids["Group"]].MinSize = aws.Int32(1)
	w.fleet.groups[ids["Group"]].TargetGroupARNs = append(w.fleet.groups[ids["Group"]].TargetGroupARNs, "zzz")
	_, err = w.balancing.DeleteRule(ctx, &elb.DeleteRuleInput{RuleArn: aws.String(ids["Rule"])})
	w.must(err)
	_, err = w.balancing.ModifyTargetGroupAttributes(ctx, &elb.ModifyTargetGroupAttributesInput{TargetGroupArn: aws.String(ids["Targets"]), Attributes: []elbtypes.TargetGroupAttribute{
		{Key: aws.String("deregistration_delay.timeout_seconds"), Value: aws.String("60")}, {Key: aws.String("stickiness.enabled"), Value: aws.String("true")},
	}})
	w.must(err)
	_, err = w.balancing.ModifyListener(ctx, &elb.ModifyListenerInput{ListenerArn: aws.String(ids["Listener"]), DefaultActions: []elbtypes.Action{
		{Type: elbtypes.ActionTypeEnumFixedResponse, FixedResponseConfig: &elbtypes.FixedResponseActionConfig{StatusCode: aws.String("404")}},
	}})
	w.must(err)
	status, found = detect()
	want := map[string][]string{
		"Group":    {"MODIFIED", "/MinSize NOT_EQUAL 2 → 1", "/TargetGroupARNs/1 ADD null → zzz"},
		"Listener": {"MODIFIED", "/DefaultActions/0/TargetGroupArn REMOVE " + ids["Targets"] + " → null", "/DefaultActions/0/Type NOT_EQUAL forward → fixed-response"},
		"Rule":     {"DELETED"},
		"Targets":  {"MODIFIED", "/TargetGroupAttributes/deregistration_delay.timeout_seconds/Value NOT_EQUAL 30 → 60"},
	}
	if diff := cmp.Diff(want, found); diff != "" || status.StackDriftStatus != types.StackDriftStatusDrifted || *status.DriftedStackResourceCount != 4 {
		t.Errorf("%s, %d drifted (-want +got):\n%s", status.StackDriftStatus, *status.DriftedStackResourceCount, diff)
	}
	w.fleet.groups[ids["Group"]].TargetGroupARNs = nil
	if _, found = detect(); found["Group"][2] != "/TargetGroupARNs REMOVE [\""+ids["Targets"]+"\"] → null" {
		t.Errorf("group %q", found["Group"])
	}
	one, err := w.DescribeStackResources(ctx, &sdk.DescribeStackResourcesInput{StackName: aws.String("web"), LogicalResourceId: aws.String("Rule")})
	w.must(err)
	if got := one.StackResources[0].DriftInformation.StackResourceDriftStatus; got != types.StackResourceDriftStatusDeleted {
		t.Errorf("the rule is %s", got)
	}
	_, err = w.DescribeStackDriftDetectionStatus(ctx, &sdk.DescribeStackDriftDetectionStatusInput{StackDriftDetectionId: aws.String("x")})
	refused(t, err, "ValidationError", "does not exist")
}

func TestTemplatesAreRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	out, err := w.ValidateTemplate(ctx, &sdk.ValidateTemplateInput{TemplateURL: aws.String("https://templates.example/web.yaml")})
	w.must(err)
	var names []string
	for _, p := range out.Parameters {
		names = append(names, *p.ParameterKey+"="+aws.ToString(p.DefaultValue))
	}
	if diff := cmp.Diff([]string{"Audience=no", "ImageId=", "Release=", "Secret=hush", "Size=2", "Subnets=subnet-1, subnet-2"}, names); diff != "" || *out.Description != "a web service" {
		t.Errorf("%v (-want +got):\n%s", aws.ToString(out.Description), diff)
	}
	w.must(w.create("web", web, "ImageId", "ami-1", "Release", "r-1"))
	read, err := w.GetTemplate(ctx, &sdk.GetTemplateInput{StackName: aws.String("web")})
	w.must(err)
	if *read.TemplateBody != web {
		t.Error("the template is another")
	}
	for _, id := range []string{"web", "nobody"} {
		_, err = w.UpdateStack(ctx, &sdk.UpdateStackInput{StackName: &id, UsePreviousTemplate: aws.Bool(true)})
		refused(t, err, "ValidationError", map[string]string{"web": "No updates are to be performed.", "nobody": "does not exist"}[id])
	}
	_, err = w.UpdateStack(ctx, &sdk.UpdateStackInput{StackName: aws.String("web"), UsePreviousTemplate: aws.Bool(true), Parameters: []types.Parameter{{ParameterKey: aws.String("Size"), ParameterValue: aws.String("3")}}})
	refused(t, err, "ValidationError", "no updates of stacks")
}

func TestConditionsAndFunctions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.create("f", `
Parameters:
  A: {Type: String, Default: x}
  L: {Type: CommaDelimitedList, Default: "1, 2"}
Conditions:
  Yes: !Equals [!Ref A, x]
  No: !Not [{Condition: "Yes"}]
  Both: !And [!Condition "Yes", !Condition "No"]
Resources:
  H: {Type: "AWS::CloudFormation::WaitConditionHandle", Metadata: {a: 1}}
  Never: {Type: "AWS::CloudFormation::WaitConditionHandle", Condition: Both}
Outputs:
  Joined: {Value: !Join ["|", !Ref L]}
  Variable: {Value: !Sub ["${V}-${AWS::Region}", {V: !If ["No", a, b]}]}
  Id: {Value: !Ref "AWS::StackId"}
  Flag: {Value: true}
  Not: {Value: 1.10, Condition: "No"}
  Number: {Value: 1.10}
`))
	st := w.settle("f")
	got := map[string]string{}
	for _, o := range st.Outputs {
		got[*o.OutputKey] = *o.OutputValue
	}
	if diff := cmp.Diff(map[string]string{"Joined": "1|2", "Variable": "b-us-east-1", "Id": *st.StackId, "Flag": "true", "Number": "1.10"}, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", st.StackStatus, diff)
	}
	w.delete("f")
	w.settle(*st.StackId)
}

func TestCallsCanBeIntercepted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *cloudformation.Options) {
		o.Template = nil
		o.Intercept = func(ctx context.Context, operation string, call func(context.Context) error) error {
			if operation == "cloudformation:DescribeStacks" {
				return io.ErrUnexpectedEOF
			}
			return call(ctx)
		}
	})
	if _, err := w.DescribeStacks(t.Context(), &sdk.DescribeStacksInput{}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
	_, err := w.ValidateTemplate(t.Context(), &sdk.ValidateTemplateInput{TemplateURL: aws.String("https://x")})
	refused(t, err, "ValidationError", "templates by URL")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.GetTemplate(ended, &sdk.GetTemplateInput{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := cloudformation.New(cloudformation.Options{}); err == nil {
		t.Error("a service needs others")
	}
	w.must(w.store.Save(store.Change{Bucket: "cloudformation", Key: "x", Value: []byte("{")}))
	if _, err := cloudformation.New(cloudformation.Options{Store: w.store, EC2: w.fleet, AutoScaling: w.fleet, LoadBalancing: w.balancing}); err == nil {
		t.Error("a broken record was read")
	}
}
