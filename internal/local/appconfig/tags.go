package appconfig

import (
	"context"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/appconfig"
)

// TagResource is AppConfig's TagResource.
func (s *Service) TagResource(ctx context.Context, in *sdk.TagResourceInput, _ ...func(*sdk.Options)) (*sdk.TagResourceOutput, error) {
	return serve(ctx, s, "TagResource", func() (*sdk.TagResourceOutput, error) {
		found, err := s.tagged(in.ResourceArn)
		if err != nil {
			return nil, err
		}
		all := tags(found)
		maps.Copy(all, in.Tags)
		return &sdk.TagResourceOutput{}, s.commit(entry{"tags/" + *in.ResourceArn, all})
	})
}

// UntagResource is AppConfig's UntagResource.
func (s *Service) UntagResource(ctx context.Context, in *sdk.UntagResourceInput, _ ...func(*sdk.Options)) (*sdk.UntagResourceOutput, error) {
	return serve(ctx, s, "UntagResource", func() (*sdk.UntagResourceOutput, error) {
		found, err := s.tagged(in.ResourceArn)
		if err != nil {
			return nil, err
		}
		all := tags(found)
		for _, key := range in.TagKeys {
			delete(all, key)
		}
		return &sdk.UntagResourceOutput{}, s.commit(entry{"tags/" + *in.ResourceArn, all})
	})
}

// ListTagsForResource is AppConfig's ListTagsForResource.
func (s *Service) ListTagsForResource(ctx context.Context, in *sdk.ListTagsForResourceInput, _ ...func(*sdk.Options)) (*sdk.ListTagsForResourceOutput, error) {
	return serve(ctx, s, "ListTagsForResource", func() (*sdk.ListTagsForResourceOutput, error) {
		found, err := s.tagged(in.ResourceArn)
		return &sdk.ListTagsForResourceOutput{Tags: found}, err
	})
}

// tagged are the tags of a resource that exists.
func (s *Service) tagged(arn *string) (map[string]string, error) {
	found, ok := s.books.tags[aws.ToString(arn)]
	if !ok {
		return nil, notFound("Could not find resource %s", aws.ToString(arn))
	}
	return found, nil
}

// tags is a copy that is not nil.
func tags(given map[string]string) map[string]string {
	all := map[string]string{}
	maps.Copy(all, given)
	return all
}
