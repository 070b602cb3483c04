package ec2

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// DescribeImages is EC2's DescribeImages: what this account may see. Images that are disabled, and deprecated ones of others, are
// only told on request. An image that is named and doesn't exist is an error.
func (s *Service) DescribeImages(ctx context.Context, in *sdk.DescribeImagesInput, _ ...func(*sdk.Options)) (*sdk.DescribeImagesOutput, error) {
	return look(ctx, s, "DescribeImages", in.DryRun, func() (*sdk.DescribeImagesOutput, error) {
		for _, id := range in.ImageIds {
			if _, err := s.image(id); err != nil {
				return nil, err
			}
		}
		now := s.now()
		var seen []types.Image
		for _, image := range sorted(s.books.images) {
			if now.Before(image.VisibleAt) || !s.wanted(image, in) || !s.executable(image, in.ExecutableUsers) {
				continue
			}
			own := *image.Image.OwnerId == s.options.AccountID
			if !image.DisabledAt.IsZero() && !aws.ToBool(in.IncludeDisabled) || image.deprecated(now) && !own && !aws.ToBool(in.IncludeDeprecated) {
				continue
			}
			seen = append(seen, image.told(now))
		}
		passed, err := filtered(seen, in.Filters, imageAttributes)
		if err != nil {
			return nil, err
		}
		images, next, err := page(passed, in.NextToken, in.MaxResults)
		return &sdk.DescribeImagesOutput{Images: images, NextToken: next}, err
	})
}

// wanted reports whether an image has one of the ids and one of the owners that were asked for.
func (s *Service) wanted(image *imageRecord, in *sdk.DescribeImagesInput) bool {
	if len(in.ImageIds) > 0 && !slices.Contains(in.ImageIds, *image.Image.ImageId) {
		return false
	}
	return len(in.Owners) == 0 || slices.ContainsFunc(in.Owners, func(owner string) bool {
		return owner == *image.Image.OwnerId || owner == "self" && *image.Image.OwnerId == s.options.AccountID
	})
}

// executable reports whether an image is one that the users may launch: "all", "self" or accounts.
func (s *Service) executable(image *imageRecord, users []string) bool {
	return len(users) == 0 || slices.ContainsFunc(users, func(user string) bool {
		if user == "self" {
			user = s.options.AccountID
		}
		return slices.ContainsFunc(image.Permissions, func(p types.LaunchPermission) bool {
			return aws.ToString(p.UserId) == user || user == "all" && p.Group == types.PermissionGroupAll
		})
	})
}

func imageAttributes(image types.Image) attributes {
	return attributes{tags: image.Tags, values: map[string][]string{
		"name": one(image.Name), "description": one(image.Description), "image-id": one(image.ImageId), "owner-id": one(image.OwnerId),
		"state": one(&image.State), "architecture": one(&image.Architecture), "creation-date": one(image.CreationDate),
		"image-type": one(&image.ImageType), "root-device-type": one(&image.RootDeviceType), "virtualization-type": one(&image.VirtualizationType),
	}}
}
