package elasticloadbalancingv2

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// Limits of tags: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_AddTags.html
// and …/API_DescribeTags.html.
const (
	maxTags       = 50
	maxTagQueries = 20
)

// AddTags adds tags, or changes their values.
func (s *Service) AddTags(ctx context.Context, input *sdk.AddTagsInput, _ ...func(*sdk.Options)) (*sdk.AddTagsOutput, error) {
	return change(ctx, s, "AddTags", func() (*sdk.AddTagsOutput, error) {
		added, err := tagMap(input.Tags)
		if err != nil {
			return nil, err
		}
		return &sdk.AddTagsOutput{}, s.retag(input.ResourceArns, func(tags map[string]string) { maps.Copy(tags, added) })
	})
}

// RemoveTags removes tags; one that isn't there is removed already.
func (s *Service) RemoveTags(ctx context.Context, input *sdk.RemoveTagsInput, _ ...func(*sdk.Options)) (*sdk.RemoveTagsOutput, error) {
	return change(ctx, s, "RemoveTags", func() (*sdk.RemoveTagsOutput, error) {
		return &sdk.RemoveTagsOutput{}, s.retag(input.ResourceArns, func(tags map[string]string) {
			for _, key := range input.TagKeys {
				delete(tags, key)
			}
		})
	})
}

// DescribeTags returns the tags of at most 20 resources.
func (s *Service) DescribeTags(ctx context.Context, input *sdk.DescribeTagsInput, _ ...func(*sdk.Options)) (*sdk.DescribeTagsOutput, error) {
	return serve(ctx, s, "DescribeTags", func() (*sdk.DescribeTagsOutput, error) {
		if len(input.ResourceArns) > maxTagQueries {
			return nil, invalid("At most %d resources can be described at once, not %d", maxTagQueries, len(input.ResourceArns))
		}
		out := &sdk.DescribeTagsOutput{}
		for _, arn := range input.ResourceArns {
			tags, _, err := s.books.tagged(arn)
			if err != nil {
				return nil, err
			}
			out.TagDescriptions = append(out.TagDescriptions, types.TagDescription{ResourceArn: aws.String(arn), Tags: tagList(tags)})
		}
		return out, nil
	})
}

// retag changes the tags of each resource, of all or of none.
func (s *Service) retag(arns []string, alter func(map[string]string)) error {
	var entries []entry
	for _, arn := range arns {
		tags, with, err := s.books.tagged(arn)
		if err != nil {
			return err
		}
		next := map[string]string{}
		maps.Copy(next, tags)
		alter(next)
		if err := checkTags(next); err != nil {
			return err
		}
		entries = append(entries, with(next))
	}
	return s.commit(entries...)
}

// tagged finds the tags of a resource, and how to write it with others.
func (b *books) tagged(arn string) (tags map[string]string, with func(map[string]string) entry, err error) {
	if found := b.loadBalancers[arn]; found != nil {
		next := *found
		return found.Tags, func(tags map[string]string) entry { next.Tags = tags; return next.entry() }, nil
	}
	if found := b.targetGroups[arn]; found != nil {
		next := *found
		return found.Tags, func(tags map[string]string) entry { next.Tags = tags; return next.entry() }, nil
	}
	if found := b.listeners[arn]; found != nil {
		next := *found
		return found.Tags, func(tags map[string]string) entry { next.Tags = tags; return next.entry() }, nil
	}
	if found := b.rules[arn]; found != nil {
		next := *found
		return found.Tags, func(tags map[string]string) entry { next.Tags = tags; return next.entry() }, nil
	}
	return nil, nil, missing(arn)
}

// tagMap reads the tags of an input.
func tagMap(tags []types.Tag) (map[string]string, error) {
	read := map[string]string{}
	for _, tag := range tags {
		key := aws.ToString(tag.Key)
		if _, twice := read[key]; twice {
			return nil, refuse(&types.DuplicateTagKeysException{Message: sprintf("Tag key '%s' was provided multiple times", []any{key})})
		}
		read[key] = aws.ToString(tag.Value)
	}
	return read, checkTags(read)
}

func checkTags(tags map[string]string) error {
	if len(tags) > maxTags {
		return refuse(&types.TooManyTagsException{Message: sprintf("The maximum number of tags is %d, not %d", []any{maxTags, len(tags)})})
	}
	for key, value := range tags {
		if key == "" || len(key) > 128 || len(value) > 256 {
			return invalid("Tag '%s' has a key that is not 1 to 128 or a value that is not 0 to 256 characters long", key)
		}
	}
	return nil
}

func tagList(tags map[string]string) []types.Tag {
	list := make([]types.Tag, 0, len(tags))
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, types.Tag{Key: aws.String(key), Value: aws.String(tags[key])})
	}
	return list
}
