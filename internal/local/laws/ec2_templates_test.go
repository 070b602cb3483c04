package laws_test

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

const (
	ec2Page         = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/"
	createVersion   = ec2Page + "API_CreateLaunchTemplateVersion.html"
	ec2Errors       = ec2Page + "errors-overview.html"
	idempotencyPage = "https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html"
)

// The laws of launch templates.
var templateLaws = []law[ec2World]{
	{
		name:   "a launch template begins with version 1",
		source: ec2Page + "API_CreateLaunchTemplate.html",
		hold: func(ctx context.Context, w ec2World) {
			made := must(w.CreateLaunchTemplate(ctx, &sdk.CreateLaunchTemplateInput{LaunchTemplateName: &w.name, ClientToken: &w.name, LaunchTemplateData: &types.RequestLaunchTemplateData{InstanceType: "t3.micro"}})).LaunchTemplate
			equal("numbers", []int64{*made.DefaultVersionNumber, *made.LatestVersionNumber}, []int64{1, 1})
			equal("versions", w.versions(ctx, *made.LaunchTemplateId), []int64{1})
		},
	},
	{
		name:   "a launch template's name is taken once",
		source: ec2Errors + ": InvalidLaunchTemplateName.AlreadyExistsException",
		hold: func(ctx context.Context, w ec2World) {
			w.template(ctx, "ami-00000001")
			_, err := w.CreateLaunchTemplate(ctx, &sdk.CreateLaunchTemplateInput{LaunchTemplateName: &w.name, ClientToken: aws.String("other"), LaunchTemplateData: &types.RequestLaunchTemplateData{InstanceType: "t3.micro"}})
			refusedAs(err, "InvalidLaunchTemplateName.AlreadyExistsException", 400)
		},
	},
	{
		name:   "a launch template that is gone is not found",
		source: ec2Errors + ": InvalidLaunchTemplateId.NotFound",
		hold: func(ctx context.Context, w ec2World) {
			id := w.template(ctx, "ami-00000001")
			must(w.DeleteLaunchTemplate(ctx, &sdk.DeleteLaunchTemplateInput{LaunchTemplateId: &id}))
			_, err := w.DescribeLaunchTemplateVersions(ctx, &sdk.DescribeLaunchTemplateVersionsInput{LaunchTemplateId: &id})
			refusedAs(err, "InvalidLaunchTemplateId.NotFound", 400)
		},
	},
	{
		name:   "a version has what its source has, except for what is asked",
		source: createVersion + ": SourceVersion",
		hold: func(ctx context.Context, w ec2World) {
			id := w.template(ctx, "ami-00000001")
			made := must(w.version(ctx, id, "ami-00000002", "t", aws.String("1")))
			equal("number", *made.VersionNumber, int64(2))
			equal("image", *made.LaunchTemplateData.ImageId, "ami-00000002")
			equal("type", made.LaunchTemplateData.InstanceType, types.InstanceTypeT3Micro)
		},
	},
	{
		name:   "a version without a source has only what is asked",
		source: createVersion + ": SourceVersion",
		hold: func(ctx context.Context, w ec2World) {
			id := w.template(ctx, "ami-00000001")
			equal("type", must(w.version(ctx, id, "ami-00000002", "t", nil)).LaunchTemplateData.InstanceType, types.InstanceType(""))
		},
	},
	{
		name:   "the same token makes one version",
		source: createVersion + ": ClientToken; " + idempotencyPage,
		hold: func(ctx context.Context, w ec2World) {
			id := w.template(ctx, "ami-00000001")
			must(w.version(ctx, id, "ami-00000002", "release", aws.String("1")))
			equal("number", *must(w.version(ctx, id, "ami-00000002", "release", aws.String("1"))).VersionNumber, int64(2))
		},
	},
	{
		name:   "the same token with other parameters is refused",
		source: idempotencyPage + "; " + ec2Errors + ": IdempotentParameterMismatch",
		hold: func(ctx context.Context, w ec2World) {
			id := w.template(ctx, "ami-00000001")
			must(w.version(ctx, id, "ami-00000002", "release", aws.String("1")))
			_, err := w.version(ctx, id, "ami-00000003", "release", aws.String("1"))
			refused(err, "IdempotentParameterMismatch")
		},
	},
	{
		name:   "the latest and the default version have names",
		source: ec2Page + "API_DescribeLaunchTemplateVersions.html: Versions",
		hold: func(ctx context.Context, w ec2World) {
			id := w.template(ctx, "ami-00000001")
			must(w.version(ctx, id, "ami-00000002", "a", nil))
			must(w.version(ctx, id, "ami-00000003", "b", nil))
			must(w.ModifyLaunchTemplate(ctx, &sdk.ModifyLaunchTemplateInput{LaunchTemplateId: &id, DefaultVersion: aws.String("2"), ClientToken: aws.String("c")}))
			equal("latest", w.versions(ctx, id, "$Latest"), []int64{3})
			equal("default", w.versions(ctx, id, "$Default"), []int64{2})
			equal("number", w.versions(ctx, id, "1"), []int64{1})
		},
	},
	{
		name:   "a version that is not there is not found",
		source: ec2Errors + ": InvalidLaunchTemplateId.VersionNotFound",
		hold: func(ctx context.Context, w ec2World) {
			id := w.template(ctx, "ami-00000001")
			_, err := w.DescribeLaunchTemplateVersions(ctx, &sdk.DescribeLaunchTemplateVersionsInput{LaunchTemplateId: &id, Versions: []string{"7"}})
			refused(err, "InvalidLaunchTemplateId.VersionNotFound")
		},
	},
	{
		name:   "versions are deleted, and the default one is not",
		source: ec2Page + "API_DeleteLaunchTemplateVersions.html",
		hold: func(ctx context.Context, w ec2World) {
			id := w.template(ctx, "ami-00000001")
			must(w.version(ctx, id, "ami-00000002", "a", nil))
			out := must(w.DeleteLaunchTemplateVersions(ctx, &sdk.DeleteLaunchTemplateVersionsInput{LaunchTemplateId: &id, Versions: []string{"1", "2"}}))
			equal("deleted", *out.SuccessfullyDeletedLaunchTemplateVersions[0].VersionNumber, int64(2))
			equal("kept", *out.UnsuccessfullyDeletedLaunchTemplateVersions[0].VersionNumber, int64(1))
		},
	},
	{
		name:   "a launch template is found by its tag",
		source: ec2Page + "API_DescribeLaunchTemplates.html: Filter",
		hold: func(ctx context.Context, w ec2World) {
			id := w.template(ctx, "ami-00000001")
			must(w.CreateTags(ctx, &sdk.CreateTagsInput{Resources: []string{id}, Tags: []types.Tag{{Key: aws.String("law"), Value: &w.name}}}))
			found := must(w.DescribeLaunchTemplates(ctx, &sdk.DescribeLaunchTemplatesInput{Filters: []types.Filter{{Name: aws.String("tag:law"), Values: []string{w.name}}}})).LaunchTemplates
			equal("templates", len(found), 1)
			equal("id", *found[0].LaunchTemplateId, id)
		},
	},
}
