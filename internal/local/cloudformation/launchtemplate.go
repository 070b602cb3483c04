package cloudformation

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// launchTemplates are AWS::EC2::LaunchTemplate. Of their data no differences are
// found: who writes new versions leaves the one that the stack has made.
type launchTemplates struct{ ec2 EC2 }

func (l launchTemplates) create(ctx context.Context, of request) (string, error) {
	input := &ec2.CreateLaunchTemplateInput{}
	if err := shape(input, of.named("LaunchTemplateName", 128)); err != nil {
		return "", err
	}
	input.ClientToken = aws.String(of.token())
	own := types.TagSpecification{ResourceType: types.ResourceTypeLaunchTemplate}
	tags := of.tags()
	for _, specification := range input.TagSpecifications {
		for _, tag := range specification.Tags {
			tags[*tag.Key] = aws.ToString(tag.Value)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		own.Tags = append(own.Tags, types.Tag{Key: aws.String(key), Value: aws.String(tags[key])})
	}
	input.TagSpecifications = []types.TagSpecification{own}
	out, err := l.ec2.CreateLaunchTemplate(ctx, input)
	if err != nil {
		return "", err
	}
	return *out.LaunchTemplate.LaunchTemplateId, nil
}

func (l launchTemplates) look(ctx context.Context, id string) (seen, error) {
	out, err := l.ec2.DescribeLaunchTemplates(ctx, &ec2.DescribeLaunchTemplatesInput{LaunchTemplateIds: []string{id}})
	if err != nil || len(out.LaunchTemplates) == 0 {
		return seen{}, unless(err, "InvalidLaunchTemplateId.NotFound")
	}
	found := out.LaunchTemplates[0]
	return seen{
		exists: true, ready: true,
		attributes: map[string]string{
			"LaunchTemplateId":     id,
			"LatestVersionNumber":  strconv.FormatInt(aws.ToInt64(found.LatestVersionNumber), 10),
			"DefaultVersionNumber": strconv.FormatInt(aws.ToInt64(found.DefaultVersionNumber), 10),
		},
		properties: map[string]any{"LaunchTemplateName": aws.ToString(found.LaunchTemplateName)},
	}, nil
}

func (l launchTemplates) delete(ctx context.Context, id string) error {
	_, err := l.ec2.DeleteLaunchTemplate(ctx, &ec2.DeleteLaunchTemplateInput{LaunchTemplateId: &id})
	return unless(err, "InvalidLaunchTemplateId.NotFound")
}

// hasImage reports whether an AMI exists.
func (s *Service) hasImage(ctx context.Context, id string) (bool, error) {
	out, err := s.options.EC2.DescribeImages(ctx, &ec2.DescribeImagesInput{ImageIds: []string{id}})
	switch code(err) {
	case "InvalidAMIID.NotFound", "InvalidAMIID.Malformed":
		return false, nil
	}
	return err == nil && len(out.Images) > 0, err
}
