package lambda

import (
	"context"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// TagResource adds tags to a function, which its ARN names.
func (s *Service) TagResource(ctx context.Context, input *lambda.TagResourceInput, _ ...func(*lambda.Options)) (*lambda.TagResourceOutput, error) {
	return change(ctx, s, "TagResource", func() (*lambda.TagResourceOutput, error) {
		found, err := s.tagged(input.Resource)
		if err != nil {
			return nil, err
		}
		record := found.function.functionRecord
		record.Tags = clone(record.Tags)
		maps.Copy(record.Tags, input.Tags)
		return &lambda.TagResourceOutput{}, s.commit(nil, entry{functionKey(found.name), record})
	})
}

// ListTags returns a function's tags.
func (s *Service) ListTags(ctx context.Context, input *lambda.ListTagsInput, _ ...func(*lambda.Options)) (*lambda.ListTagsOutput, error) {
	return serve(ctx, s, "ListTags", func(context.Context) (*lambda.ListTagsOutput, error) {
		found, err := s.tagged(input.Resource)
		if err != nil {
			return nil, err
		}
		return &lambda.ListTagsOutput{Tags: clone(found.function.Tags)}, nil
	})
}

// tagged finds the function of an ARN: only whole functions have tags.
func (s *Service) tagged(resource *string) (named, error) {
	found, err := s.resolve(resource, nil)
	if err == nil && found.qualifier != "" {
		err = invalid("Tags on function aliases and versions are not supported. Please specify a function ARN: %s", aws.ToString(resource))
	}
	return found, err
}
