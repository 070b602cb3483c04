package route53_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cfntypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	awsroute53 "github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/goldfinch-dev/goldfinch/internal/peer"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/route53"
)

// template is a user's, without anything that costs time.
const template = `
Parameters:
  ImageId: {Type: String}
  Release: {Type: String}
  Address: {Type: String}
  URL: {Type: String}
Resources:
  Topic: {Type: "AWS::SNS::Topic", Properties: {DisplayName: !Ref ImageId}}
Outputs:
  Endpoint: {Value: !Ref Address}
  TestURL: {Value: !Ref URL}
  LoadBalancer: {Value: !Ref Release}
`

// validated is moto's CloudFormation, whose ValidateTemplate answers without the template's parameters.
type validated struct{ *cloudformation.Client }

func (validated) ValidateTemplate(context.Context, *cloudformation.ValidateTemplateInput, ...func(*cloudformation.Options)) (*cloudformation.ValidateTemplateOutput, error) {
	out := &cloudformation.ValidateTemplateOutput{}
	for _, name := range []string{"ImageId", "Release", "Address", "URL"} {
		out.Parameters = append(out.Parameters, cfntypes.TemplateParameter{ParameterKey: &name})
	}
	return out, nil
}

// TestOnMoto makes three releases over the wire: stacks from a template in S3, records, the marker, and the stacks that are retired. Two are promoted. Moto
// has no compare-and-set, and takes no record that was ever created before, so that a rollback can't be shown on it: see the exemptions in internal/local/laws.
func TestOnMoto(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	moto := peer.StartMoto(t, peer.MotoOptions{})
	answers := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(answers.Close)
	signed := credentials.NewStaticCredentialsProvider("test", "test", "")
	records := awsroute53.New(awsroute53.Options{Region: "us-east-1", BaseEndpoint: &moto.URL, Credentials: signed})
	stacks := validated{cloudformation.New(cloudformation.Options{Region: "us-east-1", BaseEndpoint: &moto.URL, Credentials: signed})}
	objects := s3.New(s3.Options{Region: "us-east-1", BaseEndpoint: &moto.URL, Credentials: signed, UsePathStyle: true})
	_, err := objects.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("templates")})
	must(t, err)
	_, err = objects.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("templates"), Key: aws.String("echo.yaml"), Body: strings.NewReader(template)})
	must(t, err)
	made, err := records.CreateHostedZone(ctx, &awsroute53.CreateHostedZoneInput{Name: aws.String("example.com"), CallerReference: aws.String("c")})
	must(t, err)
	zone := strings.TrimPrefix(*made.HostedZone.Id, "/hostedzone/")
	_, err = records.ChangeTagsForResource(ctx, &awsroute53.ChangeTagsForResourceInput{ResourceType: types.TagResourceTypeHostedzone, ResourceId: &zone, AddTags: []types.Tag{{Key: aws.String(route53.TagService), Value: aws.String("echo")}}})
	must(t, err)

	now := start
	releaseOf := func(id, address string) *route53.Target {
		document := release.Default(release.Document{
			APIVersion: release.APIVersion, Service: "echo", Environment: "production", Artifact: release.Artifact{AMI: image},
			Target: release.Target{Route53: &release.Route53Target{
				HostedZone: zone, Record: name, Template: "s3://templates/echo.yaml", Parameters: map[string]string{"Address": address, "URL": answers.URL},
			}},
		})
		return route53.New(route53.Options{
			Release: id, Document: document, Records: records, Stacks: stacks, Image: &images{}, Region: "us-east-1", Now: func() time.Time { return now },
			CloudWatch: cloudwatch.New(cloudwatch.Options{Region: "us-east-1", BaseEndpoint: &moto.URL, Credentials: signed}),
		})
	}
	deploy := func(router *route53.Target, stable string) string {
		t.Helper()
		if _, err := router.Preflight(ctx); err != nil {
			t.Fatal(err)
		}
		for range 10 {
			version, done, err := router.Deploy(ctx, stable)
			must(t, err)
			if done {
				must(t, router.Verify(ctx, version))
				return version
			}
		}
		t.Fatal("deploy is never done")
		return ""
	}

	first := releaseOf("R-1", "192.0.2.1")
	one := deploy(first, "")
	if got, err := first.Shift(ctx, release.Pure(one), mine(release.Split{})); err != nil || !got.Same(release.Pure(one)) {
		t.Fatal(got, err)
	}
	second := releaseOf("R-2", "192.0.2.2")
	two := deploy(second, one)
	ten, half := release.Split{Stable: one, Canary: two, Weight: 10}, release.Split{Stable: one, Canary: two, Weight: 50}
	guard := mine(release.Pure(one), ten, half)
	guard.Receipt = func(receipt string) {
		if at, _, err := second.Arrives(context.Background(), target.Shifted{At: now, Receipt: receipt}); err != nil || !at.Equal(now.Add(time.Minute)) {
			t.Errorf("arrives at %v, %v", at, err)
		}
	}
	for _, want := range []release.Split{ten, half, release.Pure(two)} {
		if got, err := second.Shift(ctx, want, guard); err != nil || !got.Same(want) {
			t.Fatal(got, err)
		}
		if read, err := releaseOf("R-3", "").Split(ctx); err != nil || !read.Same(want) {
			t.Errorf("shifted to %v, and read %v, %v", want, read, err)
		}
	}
	now = now.Add(time.Hour)
	for range 10 {
		_, done, err := second.Retire(ctx, two, one)
		must(t, err)
		if done {
			break
		}
	}
	third := releaseOf("R-3", "192.0.2.3")
	three := deploy(third, two)
	for range 10 {
		_, done, err := third.Restore(ctx, two)
		must(t, err)
		if done {
			break
		}
	}
	for version, want := range map[string]bool{one: false, two: true, three: false} {
		if usable, err := third.Usable(ctx, version); err != nil || usable != want {
			t.Errorf("stack %s is usable: %t, %v", version, usable, err)
		}
	}
	findings, err := third.Inspect(ctx, target.Released{Version: two, Artifact: release.Artifact{AMI: image}})
	if err != nil || len(findings) != 0 {
		t.Errorf("findings %+v, %v", findings, err)
	}
	listed, err := records.ListResourceRecordSets(ctx, &awsroute53.ListResourceRecordSetsInput{HostedZoneId: &zone})
	must(t, err)
	var left []string
	for _, set := range listed.ResourceRecordSets {
		left = append(left, string(set.Type)+" "+aws.ToString(set.SetIdentifier))
	}
	slices.Sort(left)
	if want := []string{"A echo-production-r-2", "NS ", "SOA ", "TXT "}; !slices.Equal(left, want) {
		t.Errorf("records %v are left, want %v", left, want)
	}
}
