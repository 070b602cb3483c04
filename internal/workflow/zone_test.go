package workflow_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cfntypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder"
	imagetypes "github.com/aws/aws-sdk-go-v2/service/imagebuilder/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/goldfinch-dev/goldfinch/internal/local/engine"
	"github.com/goldfinch-dev/goldfinch/internal/local/intercept"
	localroute53 "github.com/goldfinch-dev/goldfinch/internal/local/route53"
)

// zoneRecord is the name that users look up.
const zoneRecord = "app.example.com"

// zoneTemplate is a user's template: an instance behind a load balancer.
const zoneTemplate = `
Parameters:
  ImageId: {Type: "AWS::EC2::Image::Id"}
  Release: {Type: String}
Resources:
  Template:
    Type: AWS::EC2::LaunchTemplate
    Properties: {LaunchTemplateData: {ImageId: !Ref ImageId, InstanceType: t3.micro}}
  Balancer:
    Type: AWS::ElasticLoadBalancingV2::LoadBalancer
    Properties: {Subnets: [subnet-1, subnet-2]}
  Targets:
    Type: AWS::ElasticLoadBalancingV2::TargetGroup
    Properties: {Port: 80, Protocol: HTTP, VpcId: vpc-1, HealthCheckIntervalSeconds: 30}
  Listener:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties: {LoadBalancerArn: !Ref Balancer, Port: 80, Protocol: HTTP, DefaultActions: [{Type: forward, TargetGroupArn: !Ref Targets}]}
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    DependsOn: Listener
    Properties:
      LaunchTemplate: {LaunchTemplateId: !Ref Template, Version: !GetAtt Template.LatestVersionNumber}
      MinSize: 1
      MaxSize: 1
      VPCZoneIdentifier: [subnet-1, subnet-2]
      TargetGroupARNs: [!Ref Targets]
Outputs:
  Endpoint: {Value: !GetAtt Balancer.DNSName}
  EndpointHostedZone: {Value: !GetAtt Balancer.CanonicalHostedZoneID}
  LoadBalancer: {Value: !GetAtt Balancer.LoadBalancerFullName}
`

// A zone is a user's hosted zone, with the records of one name, and stacks to which they lead.
type zone struct {
	world *world
	id    string
	// template is where the template of stacks is, image an AMI that is ready, pipeline makes another.
	template, image, pipeline string
	// images is how many there were before.
	images int
	// watched: users have come.
	watched bool
	// asked is until when resolvers may send users to a stack, by what the name servers have said.
	asked map[string]time.Time
	// condemned are the stacks whose deletion was noticed.
	condemned map[string]bool
	// dropped says which requests found nothing.
	dropped []string
}

// The names of the stacks before the release; it makes the only other one.
const (
	zoneStable  = "echo-production-r-1"
	zoneForeign = "foreign"
)

// newZone makes the scenario's world.
func newZone(t testing.TB, s scenario) *world {
	t.Helper()
	z := &zone{asked: map[string]time.Time{}, condemned: map[string]bool{}}
	w := newInfrastructureWorld(t, func(_ *world, options *engine.Options) {
		options.Intercept = z.watch(options.Intercept)
		options.Infrastructure.BuildDuration = time.Minute
		options.Poll = 20 * time.Second // looks that find nothing new cost the test more than they show
	})
	w.zone, z.world, w.named = z, w, z.named
	ctx, service := context.Background(), []types.Tag{{Key: aws.String("goldfinch:service"), Value: aws.String("echo")}}
	made, err := w.engine.Route53.CreateHostedZone(ctx, &route53.CreateHostedZoneInput{Name: aws.String("example.com"), CallerReference: aws.String("zone")})
	z.must(err)
	z.id = strings.TrimPrefix(*made.HostedZone.Id, "/hostedzone/")
	_, err = w.engine.Route53.ChangeTagsForResource(ctx, &route53.ChangeTagsForResourceInput{ResourceType: types.TagResourceTypeHostedzone, ResourceId: &z.id, AddTags: service})
	z.must(err)
	z.template = "s3://" + engine.Bucket + "/template.yaml"
	_, err = w.engine.S3.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String(engine.Bucket), Key: aws.String("template.yaml"), Body: bytes.NewReader([]byte(zoneTemplate))})
	z.must(err)
	z.image = "ami-00000000000000001"
	z.must(w.engine.EC2.AddImage(ec2types.Image{
		ImageId: &z.image, Name: aws.String("echo"), OwnerId: aws.String(engine.AccountID), State: ec2types.ImageStateAvailable,
		ImageLocation: aws.String("s3://images/echo"), Architecture: ec2types.ArchitectureValuesX8664, Public: aws.Bool(false), CreationDate: aws.String(morning.Format(time.RFC3339)),
	}))
	if s.name == "good" {
		z.build()
	}
	z.images = len(z.amis())
	if !s.first {
		z.stack(zoneStable, map[string]string{
			"goldfinch:service": "echo", "goldfinch:environment": "production", "goldfinch:release": "r-1",
			"goldfinch:record": z.id + "/app.example.com/A", "goldfinch:stack": zoneStable,
		})
		z.stack(zoneForeign, map[string]string{"goldfinch:service": "echo"})
		for !z.isUp(zoneStable) || !z.isUp(zoneForeign) {
			w.pass(10 * time.Second)
		}
		z.lead(zoneStable)
		z.mark()
	}
	z.populate(s)
	return w
}

// build makes the pipeline.
func (z *zone) build() {
	ctx, builder, name := context.Background(), z.world.engine.ImageBuilder, aws.String("echo")
	component, err := builder.CreateComponent(ctx, &imagebuilder.CreateComponentInput{
		Name: name, SemanticVersion: aws.String("1.0.0"), Platform: imagetypes.PlatformLinux, ClientToken: aws.String("component"),
		Data: aws.String("name: x\nschemaVersion: 1.0\nphases: [{name: build, steps: [{name: a, action: S3Download, inputs: [{source: s3://releases/echo, destination: /opt}]}]}]\n"),
	})
	z.must(err)
	recipe, err := builder.CreateImageRecipe(ctx, &imagebuilder.CreateImageRecipeInput{
		Name: name, SemanticVersion: aws.String("1.0.0"), ParentImage: &z.image, ClientToken: aws.String("recipe"),
		Components: []imagetypes.ComponentConfiguration{{ComponentArn: component.ComponentBuildVersionArn}},
	})
	z.must(err)
	infrastructure, err := builder.CreateInfrastructureConfiguration(ctx, &imagebuilder.CreateInfrastructureConfigurationInput{
		Name: name, InstanceProfileName: aws.String("builder"), ClientToken: aws.String("infrastructure"),
	})
	z.must(err)
	pipeline, err := builder.CreateImagePipeline(ctx, &imagebuilder.CreateImagePipelineInput{
		Name: name, ImageRecipeArn: recipe.ImageRecipeArn, InfrastructureConfigurationArn: infrastructure.InfrastructureConfigurationArn,
		Tags: map[string]string{"goldfinch:service": "echo"}, ClientToken: aws.String("pipeline"),
	})
	z.must(err)
	z.pipeline = *pipeline.ImagePipelineArn
}

// stack begins a stack without Goldfinch.
func (z *zone) stack(name string, tags map[string]string) {
	input := &cloudformation.CreateStackInput{
		StackName: &name, TemplateBody: aws.String(zoneTemplate),
		Parameters: []cfntypes.Parameter{{ParameterKey: aws.String("ImageId"), ParameterValue: &z.image}, {ParameterKey: aws.String("Release"), ParameterValue: aws.String("before")}},
	}
	for key, value := range tags {
		input.Tags = append(input.Tags, cfntypes.Tag{Key: &key, Value: &value})
	}
	_, err := z.world.engine.CloudFormation.CreateStack(context.Background(), input)
	z.must(err)
}

// populate makes the scenario's users: from now on they come, and none may be sent to what is not there.
func (z *zone) populate(s scenario) {
	w := z.world
	w.pass(5 * time.Minute)
	_, canary := weighted{}.versions(s)
	w.broken[canary] = map[bool]float64{true: 0.2}[s.broken]
	if s.held {
		w.users, w.breaksAt = 100, map[string]float64{canary: 0.8}
		w.broken[canary] *= 5 // a small control group needs much to go by
	}
	w.infrastructure.answer = func(request *http.Request) int {
		if s.wrong && request.URL.Hostname() == z.outputs(z.stackOf(canary))["Endpoint"] {
			return http.StatusInternalServerError
		}
		return http.StatusOK
	}
	z.watched = true
	w.pass(w.clock.Now().Truncate(time.Minute).Add(time.Minute).Sub(w.clock.Now())) // requests are counted by whole minutes
	w.traffic(z.shares, func(version string, requests, broken int) {
		dimensions := map[string]string{"LoadBalancer": z.outputs(z.stackOf(version))["LoadBalancer"]}
		w.engine.CloudWatch.RecordMetric("AWS/ApplicationELB", dimensions, "RequestCount", float64(requests), w.clock.Now())
		if broken > 0 {
			w.engine.CloudWatch.RecordMetric("AWS/ApplicationELB", dimensions, "HTTPCode_Target_5XX_Count", float64(broken), w.clock.Now())
		}
	})
}

// stacks are all stacks that are not deleted.
func (z *zone) stacks() []cfntypes.Stack {
	found, err := z.world.engine.CloudFormation.DescribeStacks(context.Background(), &cloudformation.DescribeStacksInput{})
	z.must(err)
	return slices.DeleteFunc(slices.Clone(found.Stacks), func(one cfntypes.Stack) bool { return one.StackStatus == cfntypes.StackStatusDeleteComplete })
}

// named is a stack by the test's name for its version.
func (z *zone) named(stack string) string {
	switch stack {
	case zoneStable:
		return stableVersion
	case zoneForeign:
		return foreignVersion
	default:
		return canaryVersion
	}
}

// stackOf is the stack of a version; empty when it is gone.
func (z *zone) stackOf(version string) string {
	for _, one := range z.stacks() {
		if z.named(*one.StackName) == version {
			return *one.StackName
		}
	}
	return ""
}

// outputs are those of a stack; none of one that is gone.
func (z *zone) outputs(stack string) map[string]string {
	outputs := map[string]string{}
	for _, one := range z.stacks() {
		for _, output := range one.Outputs {
			if *one.StackName == stack {
				outputs[*output.OutputKey] = *output.OutputValue
			}
		}
	}
	return outputs
}

// isUp reports whether a stack is complete, and its instance is healthy.
func (z *zone) isUp(stack string) bool {
	complete := slices.ContainsFunc(z.stacks(), func(one cfntypes.Stack) bool {
		return *one.StackName == stack && one.StackStatus == cfntypes.StackStatusCreateComplete
	})
	return complete && len(z.instances(stack)) == 1
}

// instances are those of a stack that run.
func (z *zone) instances(stack string) []string {
	var ids []string
	for id, instance := range z.world.infrastructure.instances {
		if strings.HasPrefix(instance.Group, stack+"-Group-") {
			ids = append(ids, id)
		}
	}
	return ids
}

// sets are the records of the name.
func (z *zone) sets() (sets []types.ResourceRecordSet, marker string) {
	found, err := z.world.engine.Route53.ListResourceRecordSets(context.Background(), &route53.ListResourceRecordSetsInput{HostedZoneId: &z.id})
	z.must(err)
	for _, set := range found.ResourceRecordSets {
		switch *set.Name {
		case zoneRecord + ".":
			sets = append(sets, set)
		case "_goldfinch-a." + zoneRecord + ".":
			marker = *set.ResourceRecords[0].Value
		}
	}
	return sets, marker
}

// shares is where the records send users.
func (z *zone) shares() map[string]float64 {
	sets, _ := z.sets()
	sum := 0.0
	for _, set := range sets {
		sum += float64(*set.Weight)
	}
	shares := map[string]float64{}
	for _, set := range sets {
		version := z.named(*set.SetIdentifier)
		if endpoint := z.outputs(*set.SetIdentifier)["Endpoint"]; endpoint == "" || localroute53.Name(endpoint) != *set.AliasTarget.DNSName {
			version += ", which leads to " + *set.AliasTarget.DNSName
		}
		shares[version] += float64(*set.Weight) / sum
	}
	return shares
}

// change changes records, as somebody else does.
func (z *zone) change(changes ...types.Change) {
	_, err := z.world.engine.Route53.ChangeResourceRecordSets(context.Background(), &route53.ChangeResourceRecordSetsInput{HostedZoneId: &z.id, ChangeBatch: &types.ChangeBatch{Changes: changes}})
	z.must(err)
}

// lead gives a stack all traffic, as somebody else does: he knows of no marker.
func (z *zone) lead(stack string) {
	var changes []types.Change
	sets, _ := z.sets()
	for _, set := range sets {
		changes = append(changes, types.Change{Action: types.ChangeActionDelete, ResourceRecordSet: &set})
	}
	outputs := z.outputs(stack)
	z.change(append(changes, types.Change{Action: types.ChangeActionCreate, ResourceRecordSet: &types.ResourceRecordSet{
		Name: aws.String(zoneRecord), Type: types.RRTypeA, SetIdentifier: &stack, Weight: aws.Int64(255),
		AliasTarget: &types.AliasTarget{DNSName: aws.String(outputs["Endpoint"]), HostedZoneId: aws.String(outputs["EndpointHostedZone"])},
	}})...)
}

// mark gives the records to Goldfinch.
func (z *zone) mark() {
	z.change(types.Change{Action: types.ChangeActionCreate, ResourceRecordSet: &types.ResourceRecordSet{
		Name: aws.String("_goldfinch-a." + zoneRecord), Type: types.RRTypeTxt, TTL: aws.Int64(60), ResourceRecords: []types.ResourceRecord{{
			Value: aws.String(fmt.Sprintf(`"goldfinch" "service=echo" "environment=production" "stable=%s" "serial=0" "since=%s"`, zoneStable, z.world.clock.Now().Format(time.RFC3339))),
		}},
	}})
}

// zoneMemory is how long after a change users may still be sent to where the records led before: until the name servers hear of it, and
// then for as long as a resolver keeps an alias.
const zoneMemory = 30*time.Second + time.Minute

// watch stands around each call, and looks what becomes of users that are sent to a stack.
func (z *zone) watch(stands intercept.Func) intercept.Func {
	return func(ctx context.Context, operation string, call func(context.Context) error) error {
		return stands(ctx, operation, func(ctx context.Context) error {
			if z.watched && operation == "route53:ChangeResourceRecordSets" {
				sets, _ := z.sets()
				for _, set := range sets {
					z.asked[*set.SetIdentifier] = z.world.clock.Now().Add(zoneMemory)
				}
			}
			err := call(ctx)
			if z.watched && operation == "cloudformation:DeleteStack" {
				z.look()
			}
			return err
		})
	}
}

// look notes users that are sent to a stack whose deletion has begun.
func (z *zone) look() {
	now := z.world.clock.Now()
	sets, _ := z.sets()
	for _, one := range z.stacks() {
		name := *one.StackName
		if one.StackStatus != cfntypes.StackStatusDeleteInProgress || z.condemned[name] {
			continue
		}
		z.condemned[name] = true
		if until := z.asked[name]; now.Before(until) {
			z.dropped = append(z.dropped, fmt.Sprintf("%s: stack %s is deleted, and resolvers send users there until %s", now.Format("15:04:05"), name, until.Format("15:04:05")))
		}
		if slices.ContainsFunc(sets, func(set types.ResourceRecordSet) bool { return *set.SetIdentifier == name }) {
			z.dropped = append(z.dropped, fmt.Sprintf("%s: stack %s is deleted, and a record leads there", now.Format("15:04:05"), name))
		}
	}
}

// amis are all images of this account.
func (z *zone) amis() []ec2types.Image {
	found, err := z.world.engine.EC2.DescribeImages(context.Background(), &ec2.DescribeImagesInput{Owners: []string{"self"}})
	z.must(err)
	return found.Images
}

// orphans are what nobody needs when all traffic is on that version, and what is not as it should be.
func (z *zone) orphans(version string) []string {
	var left []string
	say := func(format string, arguments ...any) { left = append(left, fmt.Sprintf(format, arguments...)) }
	needed := 0
	for _, one := range z.stacks() {
		if name := z.named(*one.StackName); name == version || name == foreignVersion {
			needed++
			continue
		}
		say("stack %s is %s", *one.StackName, one.StackStatus)
	}
	for what, count := range z.resources() {
		if count != needed {
			say("%d %s for %d stacks", count, what, needed)
		}
	}
	switch sets, marker := z.sets(); {
	case version == "" && (len(sets) > 0 || marker != ""):
		say("%d records, and marker %s", len(sets), marker)
	case version != "" && !strings.Contains(marker, `"stable=`+z.stackOf(version)+`"`):
		say("marker %s", marker)
	}
	if version != "" {
		resolver := z.world.engine.Route53.NewResolver(localroute53.Network{})
		answer, err := resolver.Lookup(context.Background(), zoneRecord, types.RRTypeA)
		if err != nil || answer.SetIdentifier != z.stackOf(version) {
			say("resolvers send users to stack %s (%v)", answer.SetIdentifier, err)
		}
	}
	if n := len(z.amis()) - z.images; n > 1 {
		say("%d images of equal inputs", n)
	}
	slices.Sort(left)
	return left
}

// resources counts what stacks are made of, one of each.
func (z *zone) resources() map[string]int {
	ctx, e := context.Background(), z.world.engine
	balancers, err := e.LoadBalancing.DescribeLoadBalancers(ctx, &elbv2.DescribeLoadBalancersInput{})
	z.must(err)
	targets, err := e.LoadBalancing.DescribeTargetGroups(ctx, &elbv2.DescribeTargetGroupsInput{})
	z.must(err)
	groups, err := e.AutoScaling.DescribeAutoScalingGroups(ctx, &autoscaling.DescribeAutoScalingGroupsInput{})
	z.must(err)
	templates, err := e.EC2.DescribeLaunchTemplates(ctx, &ec2.DescribeLaunchTemplatesInput{})
	z.must(err)
	return map[string]int{
		"load balancers": len(balancers.LoadBalancers), "target groups": len(targets.TargetGroups), "groups": len(groups.AutoScalingGroups),
		"launch templates": len(templates.LaunchTemplates), "instances": len(z.world.infrastructure.instances),
	}
}

func (z *zone) must(err error) {
	if err != nil {
		z.world.t.Error(err)
		panic(err)
	}
}
