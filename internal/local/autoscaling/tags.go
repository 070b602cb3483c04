package autoscaling

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
)

// resourceType is the only kind of resource that has tags.
const resourceType = "auto-scaling-group"

// tag gives the group tags, in the place of those of the same keys.
func (g *group) tag(tags []types.Tag) error {
	g.Config.Tags = slices.Clone(g.Config.Tags)
	for _, tag := range tags {
		key := aws.ToString(tag.Key)
		if key == "" || len(key) > 128 || len(aws.ToString(tag.Value)) > 256 || strings.HasPrefix(key, "aws:") {
			return validation("Tag key '%s' must have 1 to 128 characters and not begin with aws:, and its value at most 256", key)
		}
		described := types.TagDescription{
			Key: tag.Key, Value: either(tag.Value, aws.String("")), PropagateAtLaunch: either(tag.PropagateAtLaunch, aws.Bool(false)),
			ResourceId: g.Config.AutoScalingGroupName, ResourceType: aws.String(resourceType),
		}
		at := slices.IndexFunc(g.Config.Tags, func(present types.TagDescription) bool { return *present.Key == key })
		if at < 0 {
			g.Config.Tags = append(g.Config.Tags, described)
		} else {
			g.Config.Tags[at] = described
		}
	}
	slices.SortFunc(g.Config.Tags, func(a, b types.TagDescription) int { return cmp.Compare(*a.Key, *b.Key) })
	return nil
}

// CreateOrUpdateTags is Auto Scaling's CreateOrUpdateTags. Instances that are there already get none of them.
func (s *Service) CreateOrUpdateTags(ctx context.Context, in *sdk.CreateOrUpdateTagsInput, _ ...func(*sdk.Options)) (*sdk.CreateOrUpdateTagsOutput, error) {
	return serve(ctx, s, "CreateOrUpdateTags", func(context.Context) (*sdk.CreateOrUpdateTagsOutput, error) {
		return &sdk.CreateOrUpdateTagsOutput{}, s.retag(in.Tags, func(g *group, tag types.Tag) error { return g.tag([]types.Tag{tag}) })
	})
}

// DeleteTags is Auto Scaling's DeleteTags; a tag that isn't there is no error.
func (s *Service) DeleteTags(ctx context.Context, in *sdk.DeleteTagsInput, _ ...func(*sdk.Options)) (*sdk.DeleteTagsOutput, error) {
	return serve(ctx, s, "DeleteTags", func(context.Context) (*sdk.DeleteTagsOutput, error) {
		return &sdk.DeleteTagsOutput{}, s.retag(in.Tags, func(g *group, tag types.Tag) error {
			g.Config.Tags = slices.DeleteFunc(slices.Clone(g.Config.Tags), func(present types.TagDescription) bool {
				return *present.Key == aws.ToString(tag.Key) && (tag.Value == nil || *tag.Value == *present.Value)
			})
			return nil
		})
	})
}

// retag changes the tags of groups, which the tags name.
func (s *Service) retag(tags []types.Tag, apply func(*group, types.Tag) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, tag := range tags {
		if aws.ToString(tag.ResourceType) != resourceType {
			return validation("Resource type '%s' must be %s", aws.ToString(tag.ResourceType), resourceType)
		}
		present, err := s.group(tag.ResourceId)
		if err != nil {
			return err
		}
		next := present.clone()
		if err := apply(next, tag); err != nil {
			return err
		}
		if err := s.commit(next); err != nil {
			return err
		}
	}
	return nil
}

// DescribeTags is Auto Scaling's DescribeTags. Its filters are auto-scaling-group, key, value and propagate-at-launch.
func (s *Service) DescribeTags(ctx context.Context, in *sdk.DescribeTagsInput, _ ...func(*sdk.Options)) (*sdk.DescribeTagsOutput, error) {
	return look(ctx, s, "DescribeTags", func() (*sdk.DescribeTagsOutput, error) {
		var all []types.TagDescription
		for _, g := range s.sortedGroups() {
			for _, tag := range g.Config.Tags {
				ok, err := passesTag(tag, in.Filters)
				if err != nil {
					return nil, err
				}
				if ok {
					all = append(all, tag)
				}
			}
		}
		tags, next, err := page(all, in.NextToken, in.MaxRecords)
		return &sdk.DescribeTagsOutput{Tags: tags, NextToken: next}, err
	})
}

func passesTag(tag types.TagDescription, filters []types.Filter) (bool, error) {
	for _, filter := range filters {
		var value string
		switch aws.ToString(filter.Name) {
		case "auto-scaling-group":
			value = *tag.ResourceId
		case "key":
			value = *tag.Key
		case "value":
			value = *tag.Value
		case "propagate-at-launch":
			value = "false"
			if *tag.PropagateAtLaunch {
				value = "true"
			}
		default:
			return false, validation("Filter type %s is not correct. Allowed Filter types are: auto-scaling-group key value propagate-at-launch", aws.ToString(filter.Name))
		}
		if !slices.Contains(filter.Values, value) {
			return false, nil
		}
	}
	return true, nil
}

// passes reports whether the group has the tags that filters ask for.
func (g *group) passes(filters []types.Filter) (bool, error) {
	for _, filter := range filters {
		name := aws.ToString(filter.Name)
		key, byKey := strings.CutPrefix(name, "tag:")
		if !byKey && name != "tag-key" && name != "tag-value" {
			return false, validation("Filter type %s is not correct. Allowed Filter types are: tag-key tag-value tag:<key>", name)
		}
		if !slices.ContainsFunc(g.Config.Tags, func(tag types.TagDescription) bool {
			switch {
			case byKey:
				return *tag.Key == key && slices.Contains(filter.Values, *tag.Value)
			case name == "tag-key":
				return slices.Contains(filter.Values, *tag.Key)
			default:
				return slices.Contains(filter.Values, *tag.Value)
			}
		}) {
			return false, nil
		}
	}
	return true, nil
}
