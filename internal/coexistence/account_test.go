package coexistence_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cloudformationtypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	awsroute53 "github.com/aws/aws-sdk-go-v2/service/route53"
	route53types "github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/goldfinch-dev/goldfinch/internal/peer"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/alb"
	"github.com/goldfinch-dev/goldfinch/internal/target/asg"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleettest"
	"github.com/goldfinch-dev/goldfinch/internal/target/image"
	"github.com/goldfinch-dev/goldfinch/internal/target/lambda"
	"github.com/goldfinch-dev/goldfinch/internal/target/route53"
)

const region = "us-east-1"

// An account is one of moto's, over the wire.
type account struct {
	t   *testing.T
	url string

	elb      *elbv2.Client
	scaling  fleettest.MotoScaling
	machines fleettest.MotoMachines
	metrics  *cloudwatch.Client
	function motoFunctions
	objects  *s3.Client
	records  *awsroute53.Client
	stacks   validated

	vpc, zone string
	subnets   []string
	// later is how much time the targets believe to have passed.
	later time.Duration
}

// stackTemplate is a user's stack of target route53, without anything that costs time.
const stackTemplate = `
Parameters:
  ImageId: {Type: String}
  Release: {Type: String}
Resources:
  Topic: {Type: "AWS::SNS::Topic", Properties: {DisplayName: !Ref ImageId}}
Outputs:
  Endpoint: {Value: 192.0.2.1}
  LoadBalancer: {Value: !Ref Release}
`

// validated is moto's CloudFormation, whose ValidateTemplate answers without the template's parameters.
type validated struct{ *cloudformation.Client }

func (validated) ValidateTemplate(context.Context, *cloudformation.ValidateTemplateInput, ...func(*cloudformation.Options)) (*cloudformation.ValidateTemplateOutput, error) {
	return &cloudformation.ValidateTemplateOutput{Parameters: []cloudformationtypes.TemplateParameter{{ParameterKey: aws.String("ImageId")}, {ParameterKey: aws.String("Release")}}}, nil
}

// motoFunctions is moto's Lambda, which knows no provisioned concurrency.
type motoFunctions struct{ *awslambda.Client }

func (motoFunctions) GetProvisionedConcurrencyConfig(context.Context, *awslambda.GetProvisionedConcurrencyConfigInput, ...func(*awslambda.Options)) (*awslambda.GetProvisionedConcurrencyConfigOutput, error) {
	return nil, &lambdatypes.ProvisionedConcurrencyConfigNotFoundException{}
}

func (motoFunctions) ListProvisionedConcurrencyConfigs(context.Context, *awslambda.ListProvisionedConcurrencyConfigsInput, ...func(*awslambda.Options)) (*awslambda.ListProvisionedConcurrencyConfigsOutput, error) {
	return &awslambda.ListProvisionedConcurrencyConfigsOutput{}, nil
}

func newAccount(t *testing.T) *account {
	t.Helper()
	a := &account{t: t, url: peer.StartMoto(t, peer.MotoOptions{}).URL}
	configuration := aws.Config{Region: region, BaseEndpoint: &a.url, Credentials: credentials.NewStaticCredentialsProvider("test", "test", "")}
	a.elb = elbv2.NewFromConfig(configuration)
	a.scaling = fleettest.MotoScaling{Client: autoscaling.NewFromConfig(configuration)}
	a.machines = fleettest.MotoMachines{Client: ec2.NewFromConfig(configuration)}
	a.metrics = cloudwatch.NewFromConfig(configuration)
	a.function = motoFunctions{awslambda.NewFromConfig(configuration)}
	a.objects = s3.NewFromConfig(configuration, func(o *s3.Options) { o.UsePathStyle = true })
	a.records = awsroute53.NewFromConfig(configuration)
	a.stacks = validated{cloudformation.NewFromConfig(configuration)}

	ctx := t.Context()
	subnets, err := a.machines.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{})
	must(t, err)
	a.vpc = *subnets.Subnets[0].VpcId
	for _, subnet := range subnets.Subnets[:2] {
		a.subnets = append(a.subnets, *subnet.SubnetId)
	}
	_, err = a.objects.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("packages")})
	must(t, err)
	for key, content := range map[string][]byte{"echo.yaml": []byte(stackTemplate), "second.zip": packed(t, "second")} {
		_, err = a.objects.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("packages"), Key: &key, Body: bytes.NewReader(content)})
		must(t, err)
	}
	zone, err := a.records.CreateHostedZone(ctx, &awsroute53.CreateHostedZoneInput{
		Name: aws.String("example.com"), CallerReference: aws.String("test"), HostedZoneConfig: &route53types.HostedZoneConfig{Comment: aws.String("Managed by Terraform")},
	})
	must(t, err)
	a.zone = strings.TrimPrefix(*zone.HostedZone.Id, "/hostedzone/")
	_, err = a.records.ChangeTagsForResource(ctx, &awsroute53.ChangeTagsForResourceInput{
		ResourceType: route53types.TagResourceTypeHostedzone, ResourceId: &a.zone, AddTags: []route53types.Tag{{Key: aws.String(route53.TagService), Value: aws.String("echo")}},
	})
	must(t, err)
	return a
}

// packed is a package of one file.
func packed(t testing.TB, content string) []byte {
	t.Helper()
	var archive bytes.Buffer
	writer := zip.NewWriter(&archive)
	file, err := writer.Create("bootstrap")
	must(t, err)
	_, err = file.Write([]byte(content))
	must(t, err)
	must(t, writer.Close())
	return archive.Bytes()
}

// image makes one that is the account's own, and returns its id.
func (a *account) image(name string) string {
	a.t.Helper()
	made, err := a.machines.RegisterImage(a.t.Context(), &ec2.RegisterImageInput{Name: aws.String("echo-" + name), RootDeviceName: aws.String("/dev/xvda"), Architecture: ec2types.ArchitectureValuesX8664})
	must(a.t, err)
	return *made.ImageId
}

// now tells the time.
func (a *account) now() time.Time { return time.Now().Add(a.later) }

// forget lets the time pass in which resolvers forget a record.
func (a *account) forget() { a.later += time.Hour }

// document is a release's, of a service.
func document(service string, artifact release.Artifact, of release.Target) release.Document {
	return release.Default(release.Document{APIVersion: release.APIVersion, Service: service, Environment: "production", Artifact: artifact, Target: of})
}

func (a *account) alb(outputs map[string]string) *service {
	return &service{name: "alb", stable: "1", target: alb.New(alb.Options{
		Release: "r-1", Region: region, LoadBalancing: a.elb, AutoScaling: a.scaling, EC2: a.machines, CloudWatch: a.metrics, Now: a.now,
		Document: document("echo", release.Artifact{AMI: a.image("alb")}, release.Target{ALB: &release.ALBTarget{
			Listener: outputs["alb_listener"], Rule: outputs["alb_rule"], TargetGroups: []string{outputs["alb_blue"], outputs["alb_green"]},
		}}),
	})}
}

func (a *account) asg(outputs map[string]string) *service {
	return &service{name: "asg", stable: "1", target: asg.New(asg.Options{
		Release: "r-1", Region: region, LoadBalancing: a.elb, AutoScaling: a.scaling, EC2: a.machines, CloudWatch: a.metrics, Now: a.now,
		Document: document("orders", release.Artifact{AMI: a.image("asg")}, release.Target{ASG: &release.ASGTarget{Group: "orders", TargetGroup: outputs["asg_target_group"]}}),
	})}
}

func (a *account) lambda() *service {
	sum := sha256.Sum256(packed(a.t, "second"))
	return &service{name: "lambda", stable: "1", target: lambda.New(lambda.Options{
		Release: "r-1", Lambda: a.function, CloudWatch: a.metrics, S3: a.objects, Now: a.now,
		Document: document("echo", release.Artifact{Package: "s3://packages/second.zip", SHA256: hex.EncodeToString(sum[:])}, release.Target{Lambda: &release.LambdaTarget{Function: "echo", Alias: "live"}}),
	})}
}

// firstRecord is the stack of a release that made the record.
func (a *account) firstRecord() string {
	a.t.Helper()
	first := a.record("r-0")
	first.deploy(a.t)
	first.shift(a.t, 100)
	return first.canary
}

func (a *account) route53(stable string) *service {
	second := a.record("r-1")
	second.stable = stable
	return second
}

// record is a release of the record.
func (a *account) record(id string) *service {
	a.t.Helper()
	said := document("echo", release.Artifact{AMI: a.image("route53-" + id)}, release.Target{Route53: &release.Route53Target{HostedZone: a.zone, Record: "app.example.com", Template: "s3://packages/echo.yaml"}})
	return &service{name: "route53", target: route53.New(route53.Options{
		Release: id, Document: said, Records: a.records, Stacks: a.stacks, CloudWatch: a.metrics, Region: region, Now: a.now,
		Image: image.New(image.Options{Release: id, Document: said, EC2: a.machines, Region: region, Now: a.now}),
	})}
}
