package lambda

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// PublishVersion makes a version of $LATEST, which is pending for
// ActivateDuration; or returns the last one, when its code and configuration
// are equal.
func (s *Service) PublishVersion(ctx context.Context, input *lambda.PublishVersionInput, _ ...func(*lambda.Options)) (*lambda.PublishVersionOutput, error) {
	return change(ctx, s, "PublishVersion", func() (*lambda.PublishVersionOutput, error) {
		name, _, err := s.parse(input.FunctionName, nil)
		if err != nil {
			return nil, err
		}
		f, err := s.updatable(name, input.RevisionId)
		if err != nil {
			return nil, err
		}
		if have := *f.Latest.Config.CodeSha256; input.CodeSha256 != nil && *input.CodeSha256 != have {
			return nil, invalid("CodeSHA256 (%s) is different from current CodeSHA256 in $LATEST (%s). Please try again with the CodeSHA256 in $LATEST.", *input.CodeSha256, have)
		}
		config, err := s.publish(name, input.Description)
		if err != nil {
			return nil, err
		}
		out := &lambda.PublishVersionOutput{}
		assign(out, config)
		return out, nil
	})
}

// publish makes a version of $LATEST unless the last one is equal. The caller
// holds s.writing.
func (s *Service) publish(name string, description *string) (types.FunctionConfiguration, error) {
	f := s.books.function(name)
	if numbers := f.numbers(); len(numbers) > 0 {
		last := numbers[len(numbers)-1]
		config := f.versions[last].Config
		if *config.CodeSha256 == *f.Latest.Config.CodeSha256 && *config.ConfigSha256 == *f.Latest.Config.ConfigSha256 {
			return s.describe(name, f, last), nil
		}
	}
	number := f.Published + 1
	version := f.Latest
	version.ID = s.identifier()
	version.Stamp = s.stamped(s.options.ActivateDuration)
	if !f.Latest.Stamp.done(s.now()) { // UpdateFunctionCode with Publish
		version.Stamp.Until = f.Latest.Stamp.Until.Add(s.options.ActivateDuration)
	}
	version.Config.Version = aws.String(versionName(number))
	version.Config.LastModified = s.timestamp()
	if description != nil {
		version.Config.Description = description
	}
	record := f.functionRecord
	record.Published = number
	if err := s.commit(nil, entry{functionKey(name), record}, entry{versionKey(name, number), version}); err != nil {
		return types.FunctionConfiguration{}, err
	}
	return s.describe(name, s.books.function(name), number), nil
}

// ListVersionsByFunction lists $LATEST and then the published versions, oldest
// first, at most 50 at a time.
func (s *Service) ListVersionsByFunction(ctx context.Context, input *lambda.ListVersionsByFunctionInput, _ ...func(*lambda.Options)) (*lambda.ListVersionsByFunctionOutput, error) {
	return serve(ctx, s, "ListVersionsByFunction", func(context.Context) (*lambda.ListVersionsByFunctionOutput, error) {
		found, err := s.resolve(input.FunctionName, nil)
		if err != nil {
			return nil, err
		}
		all := append([]int{0}, found.function.numbers()...)
		numbers, next := page(all, func(number int) string { return fmt.Sprintf("%010d", number) }, input.Marker, input.MaxItems)
		out := &lambda.ListVersionsByFunctionOutput{NextMarker: next}
		for _, number := range numbers {
			config := s.describe(found.name, found.function, number)
			config.FunctionArn = aws.String(s.arn(found.name, versionName(number)))
			out.Versions = append(out.Versions, config)
		}
		return out, nil
	})
}
