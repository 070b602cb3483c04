package ec2

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// longestDeprecation is how far ahead an image may be deprecated.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_EnableImageDeprecation.html
const longestDeprecation = 10 // years

// ModifyImageAttribute is EC2's ModifyImageAttribute, for launchPermission and description.
func (s *Service) ModifyImageAttribute(ctx context.Context, in *sdk.ModifyImageAttributeInput, _ ...func(*sdk.Options)) (*sdk.ModifyImageAttributeOutput, error) {
	return change(ctx, s, "ModifyImageAttribute", in.DryRun, func() (*sdk.ModifyImageAttributeOutput, error) {
		image, err := s.ownImage(in.ImageId)
		if err != nil {
			return nil, err
		}
		next := *image
		switch attribute := aws.ToString(in.Attribute); {
		case in.Description != nil && (attribute == "" || attribute == "description"):
			next.Image.Description = in.Description.Value
		case attribute == "" || attribute == "launchPermission":
			if !image.DisabledAt.IsZero() {
				return nil, refuse("InvalidAMIID.Unavailable", "The image %s is disabled and can't be shared", *in.ImageId)
			}
			add, remove := asked(in)
			if len(add)+len(remove) == 0 {
				return nil, missing("launchPermission")
			}
			next.Permissions = permitted(image.Permissions, add, remove)
		default:
			return nil, unsupported("image attribute " + attribute + " that can be changed")
		}
		return &sdk.ModifyImageAttributeOutput{}, s.commit(entry{imageKey(*in.ImageId), &next})
	})
}

// asked are the permissions to add and to remove, in whichever of EC2's two ways they are given.
func asked(in *sdk.ModifyImageAttributeInput) (add, remove []types.LaunchPermission) {
	if in.LaunchPermission != nil {
		add, remove = in.LaunchPermission.Add, in.LaunchPermission.Remove
	}
	var listed []types.LaunchPermission
	for _, user := range in.UserIds {
		listed = append(listed, types.LaunchPermission{UserId: aws.String(user)})
	}
	for _, group := range in.UserGroups {
		listed = append(listed, types.LaunchPermission{Group: types.PermissionGroup(group)})
	}
	for _, arn := range in.OrganizationArns {
		listed = append(listed, types.LaunchPermission{OrganizationArn: aws.String(arn)})
	}
	for _, arn := range in.OrganizationalUnitArns {
		listed = append(listed, types.LaunchPermission{OrganizationalUnitArn: aws.String(arn)})
	}
	if in.OperationType == types.OperationTypeRemove {
		return add, append(remove, listed...)
	}
	return append(add, listed...), remove
}

func permitted(present, add, remove []types.LaunchPermission) []types.LaunchPermission {
	after := slices.DeleteFunc(slices.Clone(present), func(p types.LaunchPermission) bool { return slices.ContainsFunc(remove, same(p)) })
	for _, permission := range add {
		if !slices.ContainsFunc(after, same(permission)) {
			after = append(after, permission)
		}
	}
	return after
}

// same reports whether another permission is for the same.
func same(one types.LaunchPermission) func(types.LaunchPermission) bool {
	return func(other types.LaunchPermission) bool {
		return one.Group == other.Group && aws.ToString(one.UserId) == aws.ToString(other.UserId) &&
			aws.ToString(one.OrganizationArn) == aws.ToString(other.OrganizationArn) &&
			aws.ToString(one.OrganizationalUnitArn) == aws.ToString(other.OrganizationalUnitArn)
	}
}

// DescribeImageAttribute is EC2's DescribeImageAttribute, for launchPermission and description.
func (s *Service) DescribeImageAttribute(ctx context.Context, in *sdk.DescribeImageAttributeInput, _ ...func(*sdk.Options)) (*sdk.DescribeImageAttributeOutput, error) {
	return look(ctx, s, "DescribeImageAttribute", in.DryRun, func() (*sdk.DescribeImageAttributeOutput, error) {
		image, err := s.ownImage(in.ImageId)
		if err != nil {
			return nil, err
		}
		out := &sdk.DescribeImageAttributeOutput{ImageId: in.ImageId}
		switch in.Attribute {
		case types.ImageAttributeNameLaunchPermission:
			out.LaunchPermissions = image.Permissions
		case types.ImageAttributeNameDescription:
			out.Description = &types.AttributeValue{Value: image.Image.Description}
		default:
			return nil, unsupported("image attribute " + string(in.Attribute))
		}
		return out, nil
	})
}

// EnableImageDeprecation is EC2's EnableImageDeprecation. What names the image goes on as before.
func (s *Service) EnableImageDeprecation(ctx context.Context, in *sdk.EnableImageDeprecationInput, _ ...func(*sdk.Options)) (*sdk.EnableImageDeprecationOutput, error) {
	return change(ctx, s, "EnableImageDeprecation", in.DryRun, func() (*sdk.EnableImageDeprecationOutput, error) {
		image, err := s.ownImage(in.ImageId)
		if err != nil {
			return nil, err
		}
		if in.DeprecateAt == nil {
			return nil, missing("DeprecateAt")
		}
		at := in.DeprecateAt.UTC().Round(time.Minute)
		if now := s.now(); at.Before(now.Truncate(time.Minute)) || at.After(now.AddDate(longestDeprecation, 0, 0)) {
			return nil, invalid("The deprecation date %s must be neither in the past nor more than %d years ahead", at.Format(time.RFC3339), longestDeprecation)
		}
		next := *image
		next.DeprecateAt = at
		return &sdk.EnableImageDeprecationOutput{Return: aws.Bool(true)}, s.commit(entry{imageKey(*in.ImageId), &next})
	})
}

// DisableImageDeprecation is EC2's DisableImageDeprecation.
func (s *Service) DisableImageDeprecation(ctx context.Context, in *sdk.DisableImageDeprecationInput, _ ...func(*sdk.Options)) (*sdk.DisableImageDeprecationOutput, error) {
	return change(ctx, s, "DisableImageDeprecation", in.DryRun, func() (*sdk.DisableImageDeprecationOutput, error) {
		image, err := s.ownImage(in.ImageId)
		if err != nil {
			return nil, err
		}
		next := *image
		next.DeprecateAt = time.Time{}
		return &sdk.DisableImageDeprecationOutput{Return: aws.Bool(true)}, s.commit(entry{imageKey(*in.ImageId), &next})
	})
}

// DisableImage is EC2's DisableImage: nothing is launched from the image any more, and nobody else has permission to.
func (s *Service) DisableImage(ctx context.Context, in *sdk.DisableImageInput, _ ...func(*sdk.Options)) (*sdk.DisableImageOutput, error) {
	return change(ctx, s, "DisableImage", in.DryRun, func() (*sdk.DisableImageOutput, error) {
		image, err := s.ownImage(in.ImageId)
		if err != nil {
			return nil, err
		}
		next := *image
		next.DisabledAt, next.Permissions = s.now(), nil
		return &sdk.DisableImageOutput{Return: aws.Bool(true)}, s.commit(entry{imageKey(*in.ImageId), &next})
	})
}

// EnableImage is EC2's EnableImage. The permissions that DisableImage took away stay away.
func (s *Service) EnableImage(ctx context.Context, in *sdk.EnableImageInput, _ ...func(*sdk.Options)) (*sdk.EnableImageOutput, error) {
	return change(ctx, s, "EnableImage", in.DryRun, func() (*sdk.EnableImageOutput, error) {
		image, err := s.ownImage(in.ImageId)
		if err != nil {
			return nil, err
		}
		next := *image
		next.DisabledAt = time.Time{}
		return &sdk.EnableImageOutput{Return: aws.Bool(true)}, s.commit(entry{imageKey(*in.ImageId), &next})
	})
}
