package mutations_test

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/goldfinch-dev/goldfinch/internal/local/engine"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// siteTemplate is the user's own template of a whole stack.
const siteTemplate = `AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  ImageId: {Type: "AWS::EC2::Image::Id"}
  Release: {Type: String}
  HealthCheckId: {Type: String}
Resources:
  Template:
    Type: AWS::EC2::LaunchTemplate
    Properties: {LaunchTemplateData: {ImageId: !Ref ImageId, InstanceType: t3.micro}}
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    DependsOn: Listener
    Properties:
      LaunchTemplate: {LaunchTemplateId: !Ref Template, Version: !GetAtt Template.LatestVersionNumber}
      MinSize: "2"
      MaxSize: "4"
      VPCZoneIdentifier: [subnet-1, subnet-2]
      TargetGroupARNs: [!Ref Targets]
  Balancer:
    Type: AWS::ElasticLoadBalancingV2::LoadBalancer
    Properties: {Subnets: [subnet-1, subnet-2]}
  Targets:
    Type: AWS::ElasticLoadBalancingV2::TargetGroup
    Properties: {Port: 80, Protocol: HTTP, VpcId: vpc-1}
  Listener:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties: {LoadBalancerArn: !Ref Balancer, Port: 80, Protocol: HTTP, DefaultActions: [{Type: forward, TargetGroupArn: !Ref Targets}]}
Outputs:
  Endpoint: {Value: !GetAtt Balancer.DNSName}
  EndpointHostedZone: {Value: !GetAtt Balancer.CanonicalHostedZoneID}
  LoadBalancer: {Value: !GetAtt Balancer.LoadBalancerFullName}
  HealthCheck: {Value: !Ref HealthCheckId}
`

const siteName = "www.example.com"

// furnishSite releases a stack of service site, to which alias records lead; furnishNames one to which records with a TTL lead.
func furnishSite(a *account)  { furnishZone(a, release.RecordA) }
func furnishNames(a *account) { furnishZone(a, release.RecordCNAME) }

func furnishZone(a *account, kind string) {
	a.Helper()
	furnishFleet(a, "other", 0) // for its images, and as somebody else's
	ctx, service := context.Background(), a.engine.Route53
	zone, err := service.CreateHostedZone(ctx, &route53.CreateHostedZoneInput{Name: aws.String("example.com"), CallerReference: aws.String("c")})
	a.must(err)
	id := strings.TrimPrefix(*zone.HostedZone.Id, "/hostedzone/")
	_, err = service.ChangeTagsForResource(ctx, &route53.ChangeTagsForResourceInput{
		ResourceType: types.TagResourceTypeHostedzone, ResourceId: &id, AddTags: []types.Tag{{Key: aws.String("goldfinch:service"), Value: aws.String("site")}},
	})
	a.must(err)
	check, err := service.CreateHealthCheck(ctx, &route53.CreateHealthCheckInput{
		CallerReference: aws.String("h"), HealthCheckConfig: &types.HealthCheckConfig{Type: types.HealthCheckTypeHttp, FullyQualifiedDomainName: aws.String("site.example.com"), Port: aws.Int32(80)},
	})
	a.must(err)
	_, err = a.engine.S3.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String(engine.Bucket), Key: aws.String("site.yaml"), Body: strings.NewReader(siteTemplate)})
	a.must(err)
	a.promote(document("site", release.Artifact{AMI: imageOf(released)}, release.Target{Route53: &release.Route53Target{
		HostedZone: id, Record: siteName, Type: kind, Template: "s3://" + engine.Bucket + "/site.yaml", Parameters: map[string]string{"HealthCheckId": *check.HealthCheck.Id},
	}}))
}

// zone is the id of the hosted zone.
func (a *account) zone() *string {
	a.Helper()
	zones, err := a.engine.Route53.ListHostedZones(context.Background(), &route53.ListHostedZonesInput{})
	a.must(err)
	return aws.String(strings.TrimPrefix(*zones.HostedZones[0].Id, "/hostedzone/"))
}

// records are those of a name, or of the marker beside it.
func (a *account) records(marker bool) []types.ResourceRecordSet {
	a.Helper()
	sets, err := a.engine.Route53.ListResourceRecordSets(context.Background(), &route53.ListResourceRecordSetsInput{HostedZoneId: a.zone()})
	a.must(err)
	return slices.DeleteFunc(sets.ResourceRecordSets, func(set types.ResourceRecordSet) bool {
		return !strings.HasSuffix(*set.Name, siteName+".") || strings.HasPrefix(*set.Name, "_goldfinch-") != marker
	})
}

// rewrite changes the users' record; a change of nil deletes it.
func rewrite(a *account, marker bool, change func(*types.ResourceRecordSet)) {
	a.Helper()
	set := a.records(marker)[0]
	batch := []types.Change{{Action: types.ChangeActionDelete, ResourceRecordSet: &set}}
	if change != nil {
		other := set
		change(&other)
		batch = append(batch, types.Change{Action: types.ChangeActionCreate, ResourceRecordSet: &other})
	}
	a.changeRecords(batch...)
}

func (a *account) changeRecords(batch ...types.Change) {
	a.Helper()
	_, err := a.engine.Route53.ChangeResourceRecordSets(context.Background(), &route53.ChangeResourceRecordSetsInput{HostedZoneId: a.zone(), ChangeBatch: &types.ChangeBatch{Changes: batch}})
	a.must(err)
}

// another adds a record beside the users'.
func another(a *account, identifier string, weight int64) {
	a.Helper()
	set := a.records(false)[0]
	set.SetIdentifier, set.Weight = &identifier, &weight
	set.AliasTarget = &types.AliasTarget{DNSName: aws.String("elsewhere.us-east-1.elb.amazonaws.com."), HostedZoneId: set.AliasTarget.HostedZoneId}
	a.changeRecords(types.Change{Action: types.ChangeActionCreate, ResourceRecordSet: &set})
}

// stack is the name of the released stack.
func (a *account) stack() *string {
	a.Helper()
	stacks, err := a.engine.CloudFormation.DescribeStacks(context.Background(), &cloudformation.DescribeStacksInput{})
	a.must(err)
	for _, stack := range stacks.Stacks {
		if strings.HasPrefix(*stack.StackName, "site-") {
			return stack.StackName
		}
	}
	a.Fatal("there is no stack")
	return nil
}

// change is the call that changes records.
const change = "route53:ChangeResourceRecordSets"

var ofRoute53 = []mutation{
	{
		name: "a record is added", resource: siteName, kind: routing, want: "site-production-", got: "version elsewhere at",
		mutate: func(a *account) { another(a, "elsewhere", 50) }, calls: change,
	},
	{
		name: "a record of weight 0 is added", resource: siteName, kind: routing, want: "site-production-", got: "records of weight 0 beside it",
		mutate: func(a *account) { another(a, "elsewhere", 0) }, calls: change,
	},
	{
		name: "the record has another identifier", resource: siteName, kind: routing, want: "site-production-", got: "version elsewhere at 100%",
		mutate: func(a *account) {
			rewrite(a, false, func(set *types.ResourceRecordSet) { set.SetIdentifier = aws.String("elsewhere") })
		},
		calls: change,
	},
	{
		name: "the record's weight is changed", resource: siteName, kind: routing, want: "weight 100", got: "weight 0",
		mutate: func(a *account) {
			rewrite(a, false, func(set *types.ResourceRecordSet) { set.Weight = aws.Int64(0) })
		},
		calls: change,
	},
	{
		name: "the record leads elsewhere", resource: siteName, kind: routing, want: "the endpoint of stack site-production-", got: "elsewhere.us-east-1.elb.amazonaws.com",
		mutate: func(a *account) {
			rewrite(a, false, func(set *types.ResourceRecordSet) {
				set.AliasTarget = &types.AliasTarget{DNSName: aws.String("elsewhere.us-east-1.elb.amazonaws.com."), HostedZoneId: set.AliasTarget.HostedZoneId}
			})
		},
		calls: change,
	},
	{
		name: "the record's health check is taken away", resource: siteName, kind: routing, want: "with health check ", got: "without health check",
		mutate: func(a *account) {
			rewrite(a, false, func(set *types.ResourceRecordSet) { set.HealthCheckId = nil })
		},
		calls: change,
	},
	{
		name: "the record is deleted", resource: siteName, kind: routing, want: "site-production-", got: "no version",
		mutate: func(a *account) { rewrite(a, false, nil) }, calls: change,
	},
	{
		name: "the marker names another stable version", resource: siteName, kind: routing, want: "stable version site-production-", got: "stable version elsewhere",
		mutate: func(a *account) {
			rewrite(a, true, func(set *types.ResourceRecordSet) {
				value := strings.Replace(*set.ResourceRecords[0].Value, "stable=site-", "stable=elsewhere-", 1)
				set.ResourceRecords = []types.ResourceRecord{{Value: &value}}
			})
		},
		calls: change,
	},
	{
		name: "the marker is deleted", resource: siteName, kind: routing, want: "site-production-", got: "nobody has given it to Goldfinch",
		mutate: func(a *account) { rewrite(a, true, nil) }, left: "nobody has given it to Goldfinch",
	},
	{
		name: "the stack's resources are changed", resource: "stack site-production-", kind: version, want: "as the template has them", got: "changed",
		mutate: func(a *account) {
			ctx := context.Background()
			groups, err := a.engine.AutoScaling.DescribeAutoScalingGroups(ctx, &autoscaling.DescribeAutoScalingGroupsInput{})
			a.must(err)
			for _, group := range groups.AutoScalingGroups {
				if strings.HasPrefix(*group.AutoScalingGroupName, "site-") {
					_, err = a.engine.AutoScaling.UpdateAutoScalingGroup(ctx, &autoscaling.UpdateAutoScalingGroupInput{AutoScalingGroupName: group.AutoScalingGroupName, MaxSize: aws.Int32(9)})
					a.must(err)
				}
			}
			_, err = a.engine.CloudFormation.DetectStackDrift(ctx, &cloudformation.DetectStackDriftInput{StackName: a.stack()})
			a.must(err)
		},
		left: "without a release",
	},
	{
		name: "the stack is deleted", resource: "stack site-production-", kind: version, want: "a stack that is complete", got: "none",
		mutate: func(a *account) {
			_, err := a.engine.CloudFormation.DeleteStack(context.Background(), &cloudformation.DeleteStackInput{StackName: a.stack()})
			a.must(err)
		},
		left: "without a release",
	},
}

var ofNames = []mutation{
	{
		name: "the record's TTL is so long that a rollback takes too long", resource: siteName, kind: routing, want: "a TTL of 1m", got: "a TTL of 1h0m0s",
		mutate: func(a *account) {
			rewrite(a, false, func(set *types.ResourceRecordSet) { set.TTL = aws.Int64(3600) })
		},
		calls: change,
	},
	{
		name: "the record leads elsewhere, by a value", resource: siteName, kind: routing, want: "the endpoint of stack site-production-", got: "elsewhere.example.net with health check",
		mutate: func(a *account) {
			rewrite(a, false, func(set *types.ResourceRecordSet) {
				set.ResourceRecords = []types.ResourceRecord{{Value: aws.String("elsewhere.example.net")}}
			})
		},
		calls: change,
	},
}
