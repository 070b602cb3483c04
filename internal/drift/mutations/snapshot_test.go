package mutations_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
)

// A snapshot is everything that an account has, a line for each thing, in order: what AWS's own APIs say of it, but for what changes by itself.
type snapshot []string

// add adds a thing.
func (s *snapshot) add(what string, thing any) {
	text, err := json.Marshal(thing)
	if err != nil {
		panic(err)
	}
	*s = append(*s, what+" "+volatile.ReplaceAllString(string(text), "$1:0"))
}

// volatile is what changes with every write, or with time.
var volatile = regexp.MustCompile(`("RevisionId"|"LastModified"|"LastUpdatedDate"|"StateUpdatedTime"|"LastUpdatedTime"):("[^"]*"|null)`)

// renamed is what another instance, and another marker of the same meaning, has of its own.
var renamed = regexp.MustCompile(`i-[0-9a-f]{17}|serial=\d+|since=[0-9TZ:-]+|stable=\d+ canary=\d* weight=\d+ at=\d+|goldfinch release \S+|"AvailabilityZone":"us-east-1[ab]"`)

// alike is the snapshot with what another instance has of its own left out.
func (s snapshot) alike() snapshot {
	var lines snapshot
	for _, line := range s {
		lines = append(lines, renamed.ReplaceAllString(line, "-"))
	}
	slices.Sort(lines)
	return lines
}

// differences are the lines that only one of two snapshots has: - before, + after.
func differences(before, after snapshot) string {
	counts := map[string]int{}
	for _, line := range before {
		counts[line]--
	}
	for _, line := range after {
		counts[line]++
	}
	var found []string
	for line, n := range counts {
		if n != 0 {
			found = append(found, map[bool]string{true: "- ", false: "+ "}[n < 0]+line)
		}
	}
	slices.SortFunc(found, func(a, b string) int { return strings.Compare(a[2:], b[2:]) })
	return strings.Join(found, "\n")
}

// running are the ids of all instances.
func (a *account) running() []string {
	a.Helper()
	var ids []string
	for _, instance := range a.machines() {
		ids = append(ids, *instance.InstanceId)
	}
	slices.Sort(ids)
	return ids
}

// machines are all instances that are not ended.
func (a *account) machines() []ec2types.Instance {
	a.Helper()
	output, err := a.engine.EC2.DescribeInstances(context.Background(), &ec2.DescribeInstancesInput{})
	a.must(err)
	var instances []ec2types.Instance
	for _, reservation := range output.Reservations {
		for _, instance := range reservation.Instances {
			if name := instance.State.Name; name == ec2types.InstanceStateNameRunning || name == ec2types.InstanceStateNamePending {
				instances = append(instances, instance)
			}
		}
	}
	return instances
}

// snapshot looks at everything.
func (a *account) snapshot() snapshot {
	a.Helper()
	var s snapshot
	a.addFunctions(&s)
	a.addAPIs(&s)
	a.addBalancers(&s)
	a.addFleets(&s)
	a.addZones(&s)
	a.addStacks(&s)
	for _, place := range a.services() {
		stable, _, err := a.engine.Ledger.Stable(context.Background(), place.Service, place.Environment)
		a.must(err)
		holder, person, err := a.engine.Ledger.Holder(context.Background(), place.Service, place.Environment)
		a.must(err)
		s.add("ledger", []any{stable, holder, person})
	}
	slices.Sort(s)
	return s
}

func (a *account) addFunctions(s *snapshot) {
	ctx, service := context.Background(), a.engine.Lambda
	for _, function := range a.functions {
		name := aws.String(function)
		described, err := service.GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: name})
		if _, missing := errors.AsType[*lambdatypes.ResourceNotFoundException](err); missing {
			continue
		}
		a.must(err)
		s.add("function", []any{described.Configuration, described.Tags})
		versions, err := service.ListVersionsByFunction(ctx, &lambda.ListVersionsByFunctionInput{FunctionName: name})
		a.must(err)
		for _, version := range versions.Versions {
			s.add("version", version)
		}
		aliases, err := service.ListAliases(ctx, &lambda.ListAliasesInput{FunctionName: name})
		a.must(err)
		for _, alias := range aliases.Aliases {
			if alias.RoutingConfig != nil && len(alias.RoutingConfig.AdditionalVersionWeights) == 0 {
				alias.RoutingConfig = nil
			}
			s.add("alias", alias)
		}
	}
}

func (a *account) addAPIs(s *snapshot) {
	ctx, service := context.Background(), a.engine.APIGateway
	apis, err := service.GetRestApis(ctx, &apigateway.GetRestApisInput{})
	a.must(err)
	for _, api := range apis.Items {
		s.add("api", api)
		stages, err := service.GetStages(ctx, &apigateway.GetStagesInput{RestApiId: api.Id})
		a.must(err)
		for _, stage := range stages.Item {
			s.add("stage", stage)
		}
		deployments, err := service.GetDeployments(ctx, &apigateway.GetDeploymentsInput{RestApiId: api.Id})
		a.must(err)
		for _, deployment := range deployments.Items {
			s.add("deployment", deployment)
		}
	}
}

func (a *account) addBalancers(s *snapshot) {
	ctx, service := context.Background(), a.engine.LoadBalancing
	var arns []string
	balancers, err := service.DescribeLoadBalancers(ctx, &elbv2.DescribeLoadBalancersInput{})
	a.must(err)
	for _, balancer := range balancers.LoadBalancers {
		arns = append(arns, *balancer.LoadBalancerArn)
		s.add("load balancer", balancer)
		listeners, err := service.DescribeListeners(ctx, &elbv2.DescribeListenersInput{LoadBalancerArn: balancer.LoadBalancerArn})
		a.must(err)
		for _, listener := range listeners.Listeners {
			arns = append(arns, *listener.ListenerArn)
			s.add("listener", listener)
			rules, err := service.DescribeRules(ctx, &elbv2.DescribeRulesInput{ListenerArn: listener.ListenerArn})
			a.must(err)
			for _, rule := range rules.Rules {
				arns = append(arns, *rule.RuleArn)
				s.add("rule", rule)
			}
		}
	}
	groups, err := service.DescribeTargetGroups(ctx, &elbv2.DescribeTargetGroupsInput{})
	a.must(err)
	for _, group := range groups.TargetGroups {
		arns = append(arns, *group.TargetGroupArn)
		s.add("target group", group)
		attributes, err := service.DescribeTargetGroupAttributes(ctx, &elbv2.DescribeTargetGroupAttributesInput{TargetGroupArn: group.TargetGroupArn})
		a.must(err)
		s.add("attributes of "+*group.TargetGroupName, attributes.Attributes)
		health, err := service.DescribeTargetHealth(ctx, &elbv2.DescribeTargetHealthInput{TargetGroupArn: group.TargetGroupArn})
		a.must(err)
		for _, target := range health.TargetHealthDescriptions {
			s.add("target of "+*group.TargetGroupName, target)
		}
	}
	for _, arn := range arns {
		tags, err := service.DescribeTags(ctx, &elbv2.DescribeTagsInput{ResourceArns: []string{arn}})
		a.must(err)
		s.add("tags", tags.TagDescriptions)
	}
}

func (a *account) addFleets(s *snapshot) {
	ctx := context.Background()
	groups, err := a.engine.AutoScaling.DescribeAutoScalingGroups(ctx, &autoscaling.DescribeAutoScalingGroupsInput{})
	a.must(err)
	for _, group := range groups.AutoScalingGroups {
		for _, instance := range group.Instances {
			s.add("member of "+*group.AutoScalingGroupName, []any{instance.InstanceId, instance.LifecycleState, instance.HealthStatus, instance.LaunchTemplate, instance.ProtectedFromScaleIn})
		}
		group.Instances = nil
		if len(group.TargetGroupARNs) == 0 {
			group.TargetGroupARNs = nil
		}
		s.add("group", group)
	}
	for _, instance := range a.machines() {
		s.add("instance", []any{instance.InstanceId, instance.ImageId, instance.InstanceType, instance.State, instance.Tags})
	}
	templates, err := a.engine.EC2.DescribeLaunchTemplates(ctx, &ec2.DescribeLaunchTemplatesInput{})
	a.must(err)
	for _, template := range templates.LaunchTemplates {
		s.add("launch template", template)
		versions, err := a.engine.EC2.DescribeLaunchTemplateVersions(ctx, &ec2.DescribeLaunchTemplateVersionsInput{LaunchTemplateId: template.LaunchTemplateId})
		a.must(err)
		s.add("versions of launch template", versions.LaunchTemplateVersions)
	}
	images, err := a.engine.EC2.DescribeImages(ctx, &ec2.DescribeImagesInput{Owners: []string{"self"}})
	a.must(err)
	for _, image := range images.Images {
		s.add("image", image)
	}
}

func (a *account) addZones(s *snapshot) {
	ctx, service := context.Background(), a.engine.Route53
	zones, err := service.ListHostedZones(ctx, &route53.ListHostedZonesInput{})
	a.must(err)
	for _, zone := range zones.HostedZones {
		s.add("zone", zone.Name)
		sets, err := service.ListResourceRecordSets(ctx, &route53.ListResourceRecordSetsInput{HostedZoneId: aws.String(strings.TrimPrefix(*zone.Id, "/hostedzone/"))})
		a.must(err)
		for _, set := range sets.ResourceRecordSets {
			s.add(fmt.Sprintf("record %s", *set.Name), set)
		}
	}
}

func (a *account) addStacks(s *snapshot) {
	stacks, err := a.engine.CloudFormation.DescribeStacks(context.Background(), &cloudformation.DescribeStacksInput{})
	a.must(err)
	for _, stack := range stacks.Stacks {
		s.add("stack", []any{stack.StackName, stack.StackStatus, stack.Parameters, stack.Outputs, stack.Tags})
	}
}
