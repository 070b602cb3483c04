package image

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// needed are the ids of the images that something in this account and region names.
func (b *Baker) needed(ctx context.Context) (map[string]bool, error) {
	needed := map[string]bool{}
	for _, look := range []func(context.Context, map[string]bool) error{b.byTemplates, b.byInstances, b.byGroups} {
		if err := look(ctx, needed); err != nil {
			return nil, err
		}
	}
	return needed, nil
}

// byTemplates notes the images of every version of every launch template. Aliases of a parameter are resolved.
func (b *Baker) byTemplates(ctx context.Context, needed map[string]bool) error {
	return pages(func(token *string) (*string, error) {
		output, err := call.Do(ctx, "ec2: list launch templates", b.options.EC2.DescribeLaunchTemplates, &ec2.DescribeLaunchTemplatesInput{NextToken: token})
		if err != nil {
			return nil, err
		}
		for _, template := range output.LaunchTemplates {
			if err := b.byVersions(ctx, template.LaunchTemplateId, needed); err != nil {
				return nil, err
			}
		}
		return output.NextToken, nil
	})
}

func (b *Baker) byVersions(ctx context.Context, template *string, needed map[string]bool) error {
	return pages(func(token *string) (*string, error) {
		output, err := call.Do(ctx, "ec2: list versions of launch template "+aws.ToString(template), b.options.EC2.DescribeLaunchTemplateVersions,
			&ec2.DescribeLaunchTemplateVersionsInput{LaunchTemplateId: template, ResolveAlias: aws.Bool(true), NextToken: token})
		if err != nil {
			if strings.HasPrefix(call.Code(err), "InvalidLaunchTemplateId.") {
				return nil, nil // deleted meanwhile
			}
			return nil, err
		}
		for _, version := range output.LaunchTemplateVersions {
			if version.LaunchTemplateData != nil {
				needed[aws.ToString(version.LaunchTemplateData.ImageId)] = true
			}
		}
		return output.NextToken, nil
	})
}

// byInstances notes the images of instances that are not terminated.
func (b *Baker) byInstances(ctx context.Context, needed map[string]bool) error {
	states := types.Filter{Name: aws.String("instance-state-name"), Values: []string{"pending", "running", "shutting-down", "stopping", "stopped"}}
	return pages(func(token *string) (*string, error) {
		output, err := call.Do(ctx, "ec2: list instances", b.options.EC2.DescribeInstances, &ec2.DescribeInstancesInput{Filters: []types.Filter{states}, NextToken: token})
		if err != nil {
			return nil, err
		}
		for _, reservation := range output.Reservations {
			for _, instance := range reservation.Instances {
				needed[aws.ToString(instance.ImageId)] = true
			}
		}
		return output.NextToken, nil
	})
}

// byGroups notes the images that Auto Scaling groups name by themselves: those of launch configurations, and of what
// a mixed instances policy overrides. All others are a launch template's.
func (b *Baker) byGroups(ctx context.Context, needed map[string]bool) error {
	if b.options.AutoScaling == nil {
		return release.Fail(release.KindRefused, "images can't be collected without looking at Auto Scaling groups")
	}
	var names []string
	err := pages(func(token *string) (*string, error) {
		output, err := call.Do(ctx, "autoscaling: list groups", b.options.AutoScaling.DescribeAutoScalingGroups, &autoscaling.DescribeAutoScalingGroupsInput{NextToken: token})
		if err != nil {
			return nil, err
		}
		for _, group := range output.AutoScalingGroups {
			if group.LaunchConfigurationName != nil {
				names = append(names, *group.LaunchConfigurationName)
			}
			if mixed := group.MixedInstancesPolicy; mixed != nil && mixed.LaunchTemplate != nil {
				for _, override := range mixed.LaunchTemplate.Overrides {
					needed[aws.ToString(override.ImageId)] = true
				}
			}
		}
		return output.NextToken, nil
	})
	if err != nil || len(names) == 0 {
		return err
	}
	return pages(func(token *string) (*string, error) {
		output, err := call.Do(ctx, "autoscaling: read launch configurations", b.options.AutoScaling.DescribeLaunchConfigurations,
			&autoscaling.DescribeLaunchConfigurationsInput{LaunchConfigurationNames: names, NextToken: token})
		if err != nil {
			return nil, err
		}
		for _, configuration := range output.LaunchConfigurations {
			needed[aws.ToString(configuration.ImageId)] = true
		}
		return output.NextToken, nil
	})
}

// pages asks until there is no further page.
func pages(ask func(token *string) (next *string, err error)) error {
	var token *string
	for {
		next, err := ask(token)
		if err != nil || aws.ToString(next) == "" {
			return err
		}
		token = next
	}
}
