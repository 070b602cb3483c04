package lambda

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// CreateEventSourceMapping notes that a source invokes what is named. Nothing
// is ever read from the source.
func (s *Service) CreateEventSourceMapping(ctx context.Context, input *lambda.CreateEventSourceMappingInput, _ ...func(*lambda.Options)) (*lambda.CreateEventSourceMappingOutput, error) {
	return change(ctx, s, "CreateEventSourceMapping", func() (*lambda.CreateEventSourceMappingOutput, error) {
		found, err := s.resolve(input.FunctionName, nil)
		if err != nil {
			return nil, err
		}
		mapping := types.EventSourceMappingConfiguration{}
		assign(&mapping, *input)
		mapping.FunctionArn = aws.String(s.arn(found.name, found.qualifier))
		mapping.UUID = aws.String(s.identifier())
		mapping.EventSourceMappingArn = aws.String("arn:aws:lambda:" + s.options.Region + ":" + s.options.AccountID + ":event-source-mapping:" + *mapping.UUID)
		mapping.LastModified = aws.Time(s.now())
		mapping.State = aws.String("Enabled")
		if input.Enabled != nil && !*input.Enabled {
			mapping.State = aws.String("Disabled")
		}
		if err := s.commit(nil, entry{"mapping/" + *mapping.UUID, mapping}); err != nil {
			return nil, err
		}
		out := &lambda.CreateEventSourceMappingOutput{}
		assign(out, mapping)
		return out, nil
	})
}

// ListEventSourceMappings lists them, at most 50 at a time: all, those of a
// source, or those of exactly the function, version or alias that is named.
func (s *Service) ListEventSourceMappings(ctx context.Context, input *lambda.ListEventSourceMappingsInput, _ ...func(*lambda.Options)) (*lambda.ListEventSourceMappingsOutput, error) {
	return serve(ctx, s, "ListEventSourceMappings", func(context.Context) (*lambda.ListEventSourceMappingsOutput, error) {
		var arn string
		if input.FunctionName != nil {
			function, qualifier, err := s.parse(input.FunctionName, nil)
			if err != nil {
				return nil, err
			}
			arn = s.arn(function, qualifier)
		}
		var matching []types.EventSourceMappingConfiguration
		for _, mapping := range s.books.allMappings() {
			if arn != "" && *mapping.FunctionArn != arn {
				continue
			}
			if input.EventSourceArn != nil && aws.ToString(mapping.EventSourceArn) != *input.EventSourceArn {
				continue
			}
			matching = append(matching, mapping)
		}
		mappings, next := page(matching, func(m types.EventSourceMappingConfiguration) string { return *m.UUID }, input.Marker, input.MaxItems)
		return &lambda.ListEventSourceMappingsOutput{EventSourceMappings: mappings, NextMarker: next}, nil
	})
}
