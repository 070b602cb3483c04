package ec2_test

import (
	"context"

	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/goldfinch-dev/goldfinch/internal/local/ec2"
)

// api are the methods of the SDK's client that the local one has, too.
type api interface {
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
	DisableImageDeprecation(context.Context, *sdk.DisableImageDeprecationInput, ...func(*sdk.Options)) (*sdk.DisableImageDeprecationOutput, error)
	DisableImage(context.Context, *sdk.DisableImageInput, ...func(*sdk.Options)) (*sdk.DisableImageOutput, error)
	EnableImage(context.Context, *sdk.EnableImageInput, ...func(*sdk.Options)) (*sdk.EnableImageOutput, error)
	DescribeSnapshots(context.Context, *sdk.DescribeSnapshotsInput, ...func(*sdk.Options)) (*sdk.DescribeSnapshotsOutput, error)
	DeleteSnapshot(context.Context, *sdk.DeleteSnapshotInput, ...func(*sdk.Options)) (*sdk.DeleteSnapshotOutput, error)
	CreateTags(context.Context, *sdk.CreateTagsInput, ...func(*sdk.Options)) (*sdk.CreateTagsOutput, error)
	DeleteTags(context.Context, *sdk.DeleteTagsInput, ...func(*sdk.Options)) (*sdk.DeleteTagsOutput, error)
	DescribeTags(context.Context, *sdk.DescribeTagsInput, ...func(*sdk.Options)) (*sdk.DescribeTagsOutput, error)
	RunInstances(context.Context, *sdk.RunInstancesInput, ...func(*sdk.Options)) (*sdk.RunInstancesOutput, error)
	DescribeInstances(context.Context, *sdk.DescribeInstancesInput, ...func(*sdk.Options)) (*sdk.DescribeInstancesOutput, error)
	DescribeInstanceStatus(context.Context, *sdk.DescribeInstanceStatusInput, ...func(*sdk.Options)) (*sdk.DescribeInstanceStatusOutput, error)
	TerminateInstances(context.Context, *sdk.TerminateInstancesInput, ...func(*sdk.Options)) (*sdk.TerminateInstancesOutput, error)
}

var (
	_ api = (*sdk.Client)(nil)
	_ api = (*ec2.Service)(nil)
)
