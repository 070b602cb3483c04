package ec2

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// maximumTags is how many tags a resource may have.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html
const maximumTags = 50

// reserved begins the keys of tags that only services of AWS may write.
const reserved = "aws:"

// CreateTags is EC2's CreateTags, for all resources or none.
func (s *Service) CreateTags(ctx context.Context, in *sdk.CreateTagsInput, _ ...func(*sdk.Options)) (*sdk.CreateTagsOutput, error) {
	return change(ctx, s, "CreateTags", in.DryRun, func() (*sdk.CreateTagsOutput, error) {
		if err := checkTags(in.Tags); err != nil {
			return nil, err
		}
		return &sdk.CreateTagsOutput{}, s.retag(in.Resources, func(tags []types.Tag) []types.Tag { return withTags(tags, in.Tags) })
	})
}

// DeleteTags is EC2's DeleteTags: a tag without a value is deleted whatever its
// value is, and no tags are all tags.
func (s *Service) DeleteTags(ctx context.Context, in *sdk.DeleteTagsInput, _ ...func(*sdk.Options)) (*sdk.DeleteTagsOutput, error) {
	return change(ctx, s, "DeleteTags", in.DryRun, func() (*sdk.DeleteTagsOutput, error) {
		if err := checkKeys(in.Tags); err != nil {
			return nil, err
		}
		return &sdk.DeleteTagsOutput{}, s.retag(in.Resources, func(tags []types.Tag) []types.Tag {
			return slices.DeleteFunc(slices.Clone(tags), func(present types.Tag) bool {
				if len(in.Tags) == 0 {
					return !strings.HasPrefix(*present.Key, reserved)
				}
				return slices.ContainsFunc(in.Tags, func(tag types.Tag) bool {
					return *tag.Key == *present.Key && (tag.Value == nil || *tag.Value == aws.ToString(present.Value))
				})
			})
		})
	})
}

// DescribeTags is EC2's DescribeTags. Its filters are key, value, resource-id, resource-type and tag:KEY.
func (s *Service) DescribeTags(ctx context.Context, in *sdk.DescribeTagsInput, _ ...func(*sdk.Options)) (*sdk.DescribeTagsOutput, error) {
	return look(ctx, s, "DescribeTags", in.DryRun, func() (*sdk.DescribeTagsOutput, error) {
		all, err := filtered(s.allTags(), in.Filters, func(tag types.TagDescription) attributes {
			return attributes{
				values: map[string][]string{
					"key": one(tag.Key), "value": one(tag.Value), "resource-id": one(tag.ResourceId), "resource-type": one(&tag.ResourceType),
				},
				tags: []types.Tag{{Key: tag.Key, Value: tag.Value}},
			}
		})
		if err != nil {
			return nil, err
		}
		tags, next, err := page(all, in.NextToken, in.MaxResults)
		return &sdk.DescribeTagsOutput{Tags: tags, NextToken: next}, err
	})
}

// allTags are the tags of everything, in the order of the ids of what has them.
func (s *Service) allTags() []types.TagDescription {
	var all []types.TagDescription
	add := func(id *string, kind types.ResourceType, tags []types.Tag) {
		for _, tag := range tags {
			all = append(all, types.TagDescription{Key: tag.Key, Value: tag.Value, ResourceId: id, ResourceType: kind})
		}
	}
	for _, image := range sorted(s.books.images) {
		add(image.Image.ImageId, types.ResourceTypeImage, image.Image.Tags)
	}
	for _, instance := range sorted(s.books.instances) {
		add(instance.Instance.InstanceId, types.ResourceTypeInstance, instance.Instance.Tags)
	}
	for _, template := range sorted(s.books.templates) {
		add(template.Template.LaunchTemplateId, types.ResourceTypeLaunchTemplate, template.Template.Tags)
	}
	for _, snapshot := range sorted(s.books.snapshots) {
		add(snapshot.SnapshotId, types.ResourceTypeSnapshot, snapshot.Tags)
	}
	return all
}

// retag changes the tags of resources.
func (s *Service) retag(resources []string, tagged func([]types.Tag) []types.Tag) error {
	if len(resources) == 0 {
		return missing("resourceIdSet")
	}
	var entries []entry
	for _, id := range resources {
		kind, _, _ := strings.Cut(id, "-")
		var e entry
		var tags []types.Tag
		switch kind {
		case "ami":
			image, err := s.image(id)
			if err != nil {
				return err
			}
			next := *image
			next.Image.Tags = tagged(image.Image.Tags)
			e, tags = entry{imageKey(id), &next}, next.Image.Tags
		case "i":
			instance, err := s.instance(id)
			if err != nil {
				return err
			}
			next := *instance
			next.Instance.Tags = tagged(instance.Instance.Tags)
			e, tags = entry{instanceKey(id), &next}, next.Instance.Tags
		case "lt":
			template, err := s.template(&id, nil)
			if err != nil {
				return err
			}
			next := *template
			next.Template.Tags = tagged(template.Template.Tags)
			e, tags = entry{templateKey(id), &next}, next.Template.Tags
		case "snap":
			snapshot, err := s.snapshot(id)
			if err != nil {
				return err
			}
			next := *snapshot
			next.Tags = tagged(snapshot.Tags)
			e, tags = entry{snapshotKey(id), &next}, next.Tags
		default:
			return refuse("InvalidID", "The ID '%s' is not valid", id)
		}
		if len(tags) > maximumTags {
			return refuse("TagLimitExceeded", "The maximum number of Tags for a resource has been reached.")
		}
		entries = append(entries, e)
	}
	return s.commit(entries...)
}

// withTags are tags with others added, or put in the place of those of the same key.
func withTags(tags, others []types.Tag) []types.Tag {
	tags = slices.Clone(tags)
	for _, other := range others {
		at := slices.IndexFunc(tags, func(tag types.Tag) bool { return *tag.Key == *other.Key })
		if at < 0 {
			tags = append(tags, other)
		} else {
			tags[at] = other
		}
	}
	slices.SortFunc(tags, func(a, b types.Tag) int { return strings.Compare(*a.Key, *b.Key) })
	return tags
}

// checkTags refuses tags that nobody but AWS may give, or that nothing can have.
func checkTags(tags []types.Tag) error {
	if len(tags) == 0 {
		return missing("Tags")
	}
	return checkKeys(tags)
}

func checkKeys(tags []types.Tag) error {
	for _, tag := range tags {
		switch key, value := aws.ToString(tag.Key), aws.ToString(tag.Value); {
		case key == "" || len(key) > 128:
			return invalid("Tag key '%s' is invalid: it must have 1 to 128 characters", key)
		case len(value) > 256:
			return invalid("Tag value of '%s' exceeds the maximum length of 256 characters", key)
		case strings.HasPrefix(strings.ToLower(key), reserved):
			return invalid("Tag keys starting with 'aws:' are reserved for internal use")
		}
	}
	return nil
}

// specified are the tags that a request gives to a kind of resource; any other kind than those it may name is refused.
func specified(specifications []types.TagSpecification, trusted bool, kind types.ResourceType, others ...types.ResourceType) ([]types.Tag, error) {
	var tags []types.Tag
	for _, specification := range specifications {
		if specification.ResourceType != kind && !slices.Contains(others, specification.ResourceType) {
			return nil, invalid("'%s' is not a valid taggable resource type for this operation.", specification.ResourceType)
		}
		if !trusted {
			if err := checkKeys(specification.Tags); err != nil {
				return nil, err
			}
		}
		if specification.ResourceType == kind {
			tags = withTags(tags, specification.Tags)
		}
	}
	return tags, nil
}
