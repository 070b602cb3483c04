package route53

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
)

// mostTagChanges is how many tags one call adds, and how many it removes.
const mostTagChanges = 10

// ChangeTagsForResource is Route 53's ChangeTagsForResource.
func (s *Service) ChangeTagsForResource(ctx context.Context, in *sdk.ChangeTagsForResourceInput, _ ...func(*sdk.Options)) (*sdk.ChangeTagsForResourceOutput, error) {
	return serve(ctx, s, "ChangeTagsForResource", func() (*sdk.ChangeTagsForResourceOutput, error) {
		key, err := s.tagged(in.ResourceType, in.ResourceId)
		if err != nil {
			return nil, err
		}
		if len(in.AddTags)+len(in.RemoveTagKeys) == 0 || len(in.AddTags) > mostTagChanges || len(in.RemoveTagKeys) > mostTagChanges {
			return nil, invalidInput("A call adds 1 to %d tags, or removes as many.", mostTagChanges)
		}
		tags := maps.Clone(s.books.tags[key])
		if tags == nil {
			tags = map[string]string{}
		}
		for _, tag := range in.AddTags {
			tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
		}
		for _, name := range in.RemoveTagKeys {
			delete(tags, name)
		}
		return &sdk.ChangeTagsForResourceOutput{}, s.commit(entry{"tags/" + key, tags})
	})
}

// ListTagsForResource is Route 53's ListTagsForResource.
func (s *Service) ListTagsForResource(ctx context.Context, in *sdk.ListTagsForResourceInput, _ ...func(*sdk.Options)) (*sdk.ListTagsForResourceOutput, error) {
	return serve(ctx, s, "ListTagsForResource", func() (*sdk.ListTagsForResourceOutput, error) {
		key, err := s.tagged(in.ResourceType, in.ResourceId)
		if err != nil {
			return nil, err
		}
		set := &types.ResourceTagSet{ResourceType: in.ResourceType, ResourceId: in.ResourceId, Tags: []types.Tag{}}
		tags := s.books.tags[key]
		for _, name := range slices.Sorted(maps.Keys(tags)) {
			set.Tags = append(set.Tags, types.Tag{Key: aws.String(name), Value: aws.String(tags[name])})
		}
		return &sdk.ListTagsForResourceOutput{ResourceTagSet: set}, nil
	})
}

// tagged is the key of the tags of a resource that exists. The caller holds s.mu.
func (s *Service) tagged(kind types.TagResourceType, id *string) (string, error) {
	var err error
	switch kind {
	case types.TagResourceTypeHostedzone:
		_, err = s.zone(id)
	case types.TagResourceTypeHealthcheck:
		_, err = s.check(id)
	default:
		err = invalidInput("There is no resource type %q.", kind)
	}
	return tagsKey(kind, bare(aws.ToString(id))), err
}

func tagsKey(kind types.TagResourceType, id string) string { return string(kind) + "/" + id }
