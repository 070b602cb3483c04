package laws_test

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// The laws of machine images.
var imageLaws = []law[ec2World]{
	{
		name:   "an image's name is taken once",
		source: ec2Errors + ": InvalidAMIName.Duplicate",
		hold: func(ctx context.Context, w ec2World) {
			w.image(ctx, "")
			_, err := w.RegisterImage(ctx, w.imageInput(""))
			refused(err, "InvalidAMIName.Duplicate")
		},
	},
	{
		name:   "an image is found by its owner and its tags",
		source: ec2Page + "API_DescribeImages.html: Filter, Owner",
		hold: func(ctx context.Context, w ec2World) {
			id := w.image(ctx, "")
			must(w.CreateTags(ctx, &sdk.CreateTagsInput{Resources: []string{id}, Tags: []types.Tag{{Key: aws.String("law"), Value: &w.name}}}))
			find := func(value string) []types.Image {
				return must(w.DescribeImages(ctx, &sdk.DescribeImagesInput{Owners: []string{"self"}, Filters: []types.Filter{{Name: aws.String("tag:law"), Values: []string{value}}}})).Images
			}
			equal("images", len(find(w.name)), 1)
			equal("id", *find(w.name)[0].ImageId, id)
			equal("images of another", len(find("another")), 0)
		},
	},
	{
		name:   "an image that is deregistered is not found",
		source: ec2Errors + ": InvalidAMIID.NotFound",
		hold: func(ctx context.Context, w ec2World) {
			id := w.image(ctx, "")
			must(w.DeregisterImage(ctx, &sdk.DeregisterImageInput{ImageId: &id}))
			_, err := w.DescribeImages(ctx, &sdk.DescribeImagesInput{ImageIds: []string{id}})
			refused(err, "InvalidAMIID.NotFound")
		},
	},
	{
		name:   "an image is shared with accounts, and taken back",
		source: ec2Page + "API_ModifyImageAttribute.html: LaunchPermission",
		hold: func(ctx context.Context, w ec2World) {
			id := w.image(ctx, "")
			permissions := func() []string {
				users := []string{}
				for _, permission := range must(w.DescribeImageAttribute(ctx, &sdk.DescribeImageAttributeInput{ImageId: &id, Attribute: types.ImageAttributeNameLaunchPermission})).LaunchPermissions {
					users = append(users, *permission.UserId)
				}
				return users
			}
			one := []types.LaunchPermission{{UserId: aws.String("111122223333")}}
			must(w.ModifyImageAttribute(ctx, &sdk.ModifyImageAttributeInput{ImageId: &id, LaunchPermission: &types.LaunchPermissionModifications{Add: one}}))
			equal("accounts", permissions(), []string{"111122223333"})
			must(w.ModifyImageAttribute(ctx, &sdk.ModifyImageAttributeInput{ImageId: &id, LaunchPermission: &types.LaunchPermissionModifications{Remove: one}}))
			equal("accounts afterwards", permissions(), []string{})
		},
	},
	{
		name:   "a deprecated image is still its owner's",
		source: ec2Page + "API_EnableImageDeprecation.html",
		hold: func(ctx context.Context, w ec2World) {
			id := w.image(ctx, "")
			must(w.EnableImageDeprecation(ctx, &sdk.EnableImageDeprecationInput{ImageId: &id, DeprecateAt: aws.Time(w.now.Add(time.Hour).Truncate(time.Minute))}))
			images := must(w.DescribeImages(ctx, &sdk.DescribeImagesInput{Filters: []types.Filter{{Name: aws.String("name"), Values: []string{w.name}}}})).Images
			equal("images", len(images), 1)
			equal("deprecated", images[0].DeprecationTime != nil, true)
		},
	},
	{
		name:   "nothing is launched from a disabled image",
		source: ec2Page + "API_DisableImage.html",
		hold: func(ctx context.Context, w ec2World) {
			id := w.image(ctx, "")
			w.template(ctx, id)
			must(w.DisableImage(ctx, &sdk.DisableImageInput{ImageId: &id}))
			_, err := w.RunInstances(ctx, &sdk.RunInstancesInput{
				MinCount: aws.Int32(1), MaxCount: aws.Int32(1), ClientToken: &w.name, LaunchTemplate: &types.LaunchTemplateSpecification{LaunchTemplateName: &w.name},
			})
			refused(err, "InvalidAMIID.Unavailable")
		},
	},
}

// The laws of instances and tags.
var instanceLaws = []law[ec2World]{
	{
		name:   "an instance has what its launch template says",
		source: ec2Page + "API_RunInstances.html: LaunchTemplate; https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html: aws:ec2launchtemplate",
		hold: func(ctx context.Context, w ec2World) {
			image := w.image(ctx, "")
			template := w.template(ctx, image)
			launched := must(w.RunInstances(ctx, &sdk.RunInstancesInput{
				MinCount: aws.Int32(1), MaxCount: aws.Int32(1), ClientToken: &w.name, LaunchTemplate: &types.LaunchTemplateSpecification{LaunchTemplateId: &template, Version: aws.String("1")},
			})).Instances[0]
			equal("image", *launched.ImageId, image)
			equal("type", launched.InstanceType, types.InstanceTypeT3Micro)
			equal("tags", tagsOf(launched.Tags), map[string]string{"aws:ec2launchtemplate:id": template, "aws:ec2launchtemplate:version": "1"})
		},
	},
	{
		name:   "an instance that is terminated is told for a while",
		source: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/terminating-instances.html",
		hold: func(ctx context.Context, w ec2World) {
			id := w.run(ctx)
			w.settle()
			equal("state", w.state(ctx, id), types.InstanceStateNameRunning)
			ended := must(w.TerminateInstances(ctx, &sdk.TerminateInstancesInput{InstanceIds: []string{id}})).TerminatingInstances[0]
			equal("change", []types.InstanceStateName{ended.PreviousState.Name, ended.CurrentState.Name}, []types.InstanceStateName{types.InstanceStateNameRunning, types.InstanceStateNameShuttingDown})
			w.settle()
			equal("state", w.state(ctx, id), types.InstanceStateNameTerminated)
		},
	},
	{
		name:   "the same token launches once",
		source: idempotencyPage,
		hold: func(ctx context.Context, w ec2World) {
			image := w.image(ctx, "")
			in := &sdk.RunInstancesInput{ImageId: &image, MinCount: aws.Int32(1), MaxCount: aws.Int32(1), ClientToken: &w.name}
			must(w.RunInstances(ctx, in))
			must(w.RunInstances(ctx, in))
			launched := 0
			for _, reservation := range must(w.DescribeInstances(ctx, &sdk.DescribeInstancesInput{Filters: []types.Filter{{Name: aws.String("client-token"), Values: []string{w.name}}}})).Reservations {
				launched += len(reservation.Instances)
			}
			equal("instances", launched, 1)
		},
	},
	{
		name:   "an instance that never was is not found",
		source: ec2Errors + ": InvalidInstanceID.NotFound",
		hold: func(ctx context.Context, w ec2World) {
			_, err := w.DescribeInstances(ctx, &sdk.DescribeInstancesInput{InstanceIds: []string{"i-00000000000000001"}})
			refused(err, "InvalidInstanceID.NotFound")
		},
	},
	{
		name:   "tags that begin with aws: are AWS's",
		source: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions",
		hold: func(ctx context.Context, w ec2World) {
			id := w.run(ctx)
			_, err := w.CreateTags(ctx, &sdk.CreateTagsInput{Resources: []string{id}, Tags: []types.Tag{{Key: aws.String("aws:autoscaling:groupName"), Value: aws.String("forged")}}})
			refused(err, "InvalidParameterValue")
		},
	},
	{
		name:   "a tag is deleted by its key, or only with its value",
		source: ec2Page + "API_DeleteTags.html: Tag",
		hold: func(ctx context.Context, w ec2World) {
			id := w.run(ctx)
			tag := func(key, value string) types.Tag { return types.Tag{Key: &key, Value: &value} }
			must(w.CreateTags(ctx, &sdk.CreateTagsInput{Resources: []string{id}, Tags: []types.Tag{tag("a", "1"), tag("b", "2")}}))
			must(w.DeleteTags(ctx, &sdk.DeleteTagsInput{Resources: []string{id}, Tags: []types.Tag{{Key: aws.String("a")}}}))
			must(w.DeleteTags(ctx, &sdk.DeleteTagsInput{Resources: []string{id}, Tags: []types.Tag{tag("b", "3")}}))
			left := map[string]string{}
			for _, found := range must(w.DescribeTags(ctx, &sdk.DescribeTagsInput{Filters: []types.Filter{{Name: aws.String("resource-id"), Values: []string{id}}}})).Tags {
				left[*found.Key] = *found.Value
			}
			equal("tags", left, map[string]string{"b": "2"})
		},
	},
}

// run launches one instance of a new image.
func (w ec2World) run(ctx context.Context) string {
	image := w.image(ctx, "")
	return *must(w.RunInstances(ctx, &sdk.RunInstancesInput{ImageId: &image, MinCount: aws.Int32(1), MaxCount: aws.Int32(1), ClientToken: &w.name})).Instances[0].InstanceId
}

func (w ec2World) state(ctx context.Context, id string) types.InstanceStateName {
	return must(w.DescribeInstances(ctx, &sdk.DescribeInstancesInput{InstanceIds: []string{id}})).Reservations[0].Instances[0].State.Name
}

func tagsOf(tags []types.Tag) map[string]string {
	all := map[string]string{}
	for _, tag := range tags {
		all[*tag.Key] = *tag.Value
	}
	return all
}
