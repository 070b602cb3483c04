package laws_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/ec2"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// ec2API are the methods of EC2 that have laws.
type ec2API interface {
	CreateLaunchTemplate(context.Context, *sdk.CreateLaunchTemplateInput, ...func(*sdk.Options)) (*sdk.CreateLaunchTemplateOutput, error)
	CreateLaunchTemplateVersion(context.Context, *sdk.CreateLaunchTemplateVersionInput, ...func(*sdk.Options)) (*sdk.CreateLaunchTemplateVersionOutput, error)
	DescribeLaunchTemplates(context.Context, *sdk.DescribeLaunchTemplatesInput, ...func(*sdk.Options)) (*sdk.DescribeLaunchTemplatesOutput, error)
	DescribeLaunchTemplateVersions(context.Context, *sdk.DescribeLaunchTemplateVersionsInput, ...func(*sdk.Options)) (*sdk.DescribeLaunchTemplateVersionsOutput, error)
	ModifyLaunchTemplate(context.Context, *sdk.ModifyLaunchTemplateInput, ...func(*sdk.Options)) (*sdk.ModifyLaunchTemplateOutput, error)
	DeleteLaunchTemplateVersions(context.Context, *sdk.DeleteLaunchTemplateVersionsInput, ...func(*sdk.Options)) (*sdk.DeleteLaunchTemplateVersionsOutput, error)
	DeleteLaunchTemplate(context.Context, *sdk.DeleteLaunchTemplateInput, ...func(*sdk.Options)) (*sdk.DeleteLaunchTemplateOutput, error)
	RegisterImage(context.Context, *sdk.RegisterImageInput, ...func(*sdk.Options)) (*sdk.RegisterImageOutput, error)
	DescribeImages(context.Context, *sdk.DescribeImagesInput, ...func(*sdk.Options)) (*sdk.DescribeImagesOutput, error)
	DeregisterImage(context.Context, *sdk.DeregisterImageInput, ...func(*sdk.Options)) (*sdk.DeregisterImageOutput, error)
	ModifyImageAttribute(context.Context, *sdk.ModifyImageAttributeInput, ...func(*sdk.Options)) (*sdk.ModifyImageAttributeOutput, error)
	DescribeImageAttribute(context.Context, *sdk.DescribeImageAttributeInput, ...func(*sdk.Options)) (*sdk.DescribeImageAttributeOutput, error)
	EnableImageDeprecation(context.Context, *sdk.EnableImageDeprecationInput, ...func(*sdk.Options)) (*sdk.EnableImageDeprecationOutput, error)
	DisableImage(context.Context, *sdk.DisableImageInput, ...func(*sdk.Options)) (*sdk.DisableImageOutput, error)
	CreateTags(context.Context, *sdk.CreateTagsInput, ...func(*sdk.Options)) (*sdk.CreateTagsOutput, error)
	DeleteTags(context.Context, *sdk.DeleteTagsInput, ...func(*sdk.Options)) (*sdk.DeleteTagsOutput, error)
	DescribeTags(context.Context, *sdk.DescribeTagsInput, ...func(*sdk.Options)) (*sdk.DescribeTagsOutput, error)
	RunInstances(context.Context, *sdk.RunInstancesInput, ...func(*sdk.Options)) (*sdk.RunInstancesOutput, error)
	DescribeInstances(context.Context, *sdk.DescribeInstancesInput, ...func(*sdk.Options)) (*sdk.DescribeInstancesOutput, error)
	TerminateInstances(context.Context, *sdk.TerminateInstancesInput, ...func(*sdk.Options)) (*sdk.TerminateInstancesOutput, error)
}

// An ec2World is an EC2 in which nobody has used the name yet.
type ec2World struct {
	ec2API
	moment
	name string
	// settle waits until instances have started or ended.
	settle func()
}

// idle runs the programs of instances: none.
type idle struct{}

func (idle) Start(context.Context, ec2.Instance) (string, error) { return "", nil }

func (idle) Stop(context.Context, string, time.Duration) {}

var ec2Suite = suite[ec2World]{
	service: "ec2",
	laws:    concat(templateLaws, imageLaws, instanceLaws),
	local: func(t *testing.T, name string) ec2World {
		virtual := clock.NewVirtual(time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC))
		return ec2World{
			ec2API: localEC2(t, virtual), name: name, moment: moment{now: virtual.Now()},
			settle: func() { virtual.RunUntil(virtual.Now().Add(time.Minute)) },
		}
	},
	remote: func(_ *testing.T, to remote) ec2World {
		return ec2World{ec2API: to.ec2(), name: to.name, moment: to.moment, settle: func() {}}
	},
}

func localEC2(t *testing.T, virtual *clock.Virtual) *ec2.Service {
	t.Helper()
	service, err := ec2.New(ec2.Options{Clock: virtual, Store: store.Memory(), Runner: idle{}, Region: region, AccountID: accountID, BootDuration: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return service
}

// ec2 is the SDK's client.
func (r remote) ec2() *sdk.Client {
	return sdk.New(sdk.Options{
		Region: region, BaseEndpoint: &r.url, Credentials: signedBy, Retryer: once(), HTTPClient: &http.Client{Transport: r.transport},
	})
}

// image registers an image, and returns its id.
func (w ec2World) image(ctx context.Context, suffix string) string {
	return *must(w.RegisterImage(ctx, w.imageInput(suffix))).ImageId
}

func (w ec2World) imageInput(suffix string) *sdk.RegisterImageInput {
	return &sdk.RegisterImageInput{Name: aws.String(w.name + suffix), ImageLocation: aws.String("s3://images/" + w.name + suffix)}
}

// template makes a launch template, and returns its id. Its client token is its name: the SDK would make another one each time.
func (w ec2World) template(ctx context.Context, image string) string {
	return *must(w.CreateLaunchTemplate(ctx, &sdk.CreateLaunchTemplateInput{
		LaunchTemplateName: &w.name, ClientToken: &w.name, LaunchTemplateData: &types.RequestLaunchTemplateData{ImageId: &image, InstanceType: types.InstanceTypeT3Micro},
	})).LaunchTemplate.LaunchTemplateId
}

// version asks for a version with another image; source may be nil.
func (w ec2World) version(ctx context.Context, template, image, token string, source *string) (*types.LaunchTemplateVersion, error) {
	out, err := w.CreateLaunchTemplateVersion(ctx, &sdk.CreateLaunchTemplateVersionInput{
		LaunchTemplateId: &template, SourceVersion: source, ClientToken: &token, LaunchTemplateData: &types.RequestLaunchTemplateData{ImageId: &image},
	})
	if err != nil {
		return nil, err
	}
	return out.LaunchTemplateVersion, nil
}

// versions are the numbers of a template's versions that the names mean.
func (w ec2World) versions(ctx context.Context, template string, names ...string) []int64 {
	var numbers []int64
	for _, version := range must(w.DescribeLaunchTemplateVersions(ctx, &sdk.DescribeLaunchTemplateVersionsInput{LaunchTemplateId: &template, Versions: names})).LaunchTemplateVersions {
		numbers = append(numbers, *version.VersionNumber)
	}
	return numbers
}
