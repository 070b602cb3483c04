package lambda

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// UpdateFunctionCode gives $LATEST another package. The update is in progress
// for UpdateDuration, during which the code before it still runs.
func (s *Service) UpdateFunctionCode(ctx context.Context, input *lambda.UpdateFunctionCodeInput, _ ...func(*lambda.Options)) (*lambda.UpdateFunctionCodeOutput, error) {
	return serve(ctx, s, "UpdateFunctionCode", func(ctx context.Context) (*lambda.UpdateFunctionCodeOutput, error) {
		name, _, err := s.parse(input.FunctionName, nil)
		if err != nil {
			return nil, err
		}
		if s.books.function(name) == nil {
			return nil, functionNotFound(s.arn(name, ""))
		}
		code, err := s.fetch(ctx, *input)
		if err != nil {
			return nil, err
		}
		s.writing.Lock()
		defer s.writing.Unlock()
		config, err := s.updateCode(name, input, code)
		if err != nil {
			return nil, err
		}
		out := &lambda.UpdateFunctionCodeOutput{}
		assign(out, config)
		return out, nil
	})
}

func (s *Service) updateCode(name string, input *lambda.UpdateFunctionCodeInput, code deployment) (types.FunctionConfiguration, error) {
	f, err := s.updatable(name, input.RevisionId)
	if err != nil {
		return types.FunctionConfiguration{}, err
	}
	next := f.Latest
	wasImage, isImage := next.ImageURI != "", code.imageURI != ""
	if wasImage != isImage {
		return types.FunctionConfiguration{}, invalid("Please don't change the function's package type: it is %s", next.Config.PackageType)
	}
	code.apply(&next)
	if len(input.Architectures) > 0 {
		next.Config.Architectures = input.Architectures
	}
	sum, err := configurationSum(next.Config)
	if err != nil {
		return types.FunctionConfiguration{}, err
	}
	next.Config.ConfigSha256 = aws.String(sum)
	if input.DryRun {
		config := s.describe(name, f, 0)
		assign(&config, next.Config)
		return config, nil
	}
	if err := s.replaceLatest(name, f, next, code); err != nil {
		return types.FunctionConfiguration{}, err
	}
	if input.Publish {
		return s.publish(name, nil)
	}
	return s.describe(name, s.books.function(name), 0), nil
}

// UpdateFunctionConfiguration changes settings of $LATEST; like an update of
// code it is in progress for UpdateDuration.
func (s *Service) UpdateFunctionConfiguration(ctx context.Context, input *lambda.UpdateFunctionConfigurationInput, _ ...func(*lambda.Options)) (*lambda.UpdateFunctionConfigurationOutput, error) {
	return change(ctx, s, "UpdateFunctionConfiguration", func() (*lambda.UpdateFunctionConfigurationOutput, error) {
		name, _, err := s.parse(input.FunctionName, nil)
		if err != nil {
			return nil, err
		}
		f, err := s.updatable(name, input.RevisionId)
		if err != nil {
			return nil, err
		}
		next := f.Latest
		if err := configure(&next.Config, *input); err != nil {
			return nil, err
		}
		next.Config.FunctionName = aws.String(name) // the input may have an ARN
		if err := s.replaceLatest(name, f, next, deployment{}); err != nil {
			return nil, err
		}
		out := &lambda.UpdateFunctionConfigurationOutput{}
		assign(out, s.describe(name, s.books.function(name), 0))
		return out, nil
	})
}

// updatable returns the function when nothing is in progress and the revision,
// if one is given, is that of $LATEST.
func (s *Service) updatable(name string, revision *string) (*function, error) {
	f := s.books.function(name)
	if f == nil {
		return nil, functionNotFound(s.arn(name, ""))
	}
	if err := s.busy(name, f); err != nil {
		return nil, err
	}
	if revision != nil && *revision != f.Latest.Stamp.revision(s.now()) {
		return nil, staleRevision("GetFunction")
	}
	return f, nil
}

// replaceLatest makes next the new $LATEST, and lets go of the one before when
// the update is done.
func (s *Service) replaceLatest(name string, f *function, next snapshot, code deployment) error {
	replaced := f.Latest
	next.ID = s.identifier()
	next.Stamp = s.stamped(s.options.UpdateDuration)
	next.Config.LastModified = s.timestamp()
	record := f.functionRecord
	record.Latest, record.Previous, record.Creating = next, nil, false
	if s.options.UpdateDuration > 0 {
		record.Previous = &replaced
	}
	if err := s.commit(code.save, entry{functionKey(name), record}); err != nil {
		return err
	}
	if record.Previous == nil {
		s.release(name, replaced)
		return nil
	}
	s.settleLater(name, next)
	return nil
}

// settleLater forgets what ran before a $LATEST when its update is done.
func (s *Service) settleLater(name string, current snapshot) {
	s.afterwards(current.Stamp.Until.Sub(s.now()), func() {
		s.writing.Lock()
		defer s.writing.Unlock()
		if err := s.settle(name, current.ID); err != nil {
			s.options.Log.Warn("let go of replaced code", "function", name, "error", err)
		}
	})
}

// settle forgets what ran before $LATEST became the snapshot with that ID. The
// caller holds s.writing.
func (s *Service) settle(name, id string) error {
	f := s.books.function(name)
	if f == nil || f.Latest.ID != id || f.Previous == nil {
		return nil
	}
	record := f.functionRecord
	record.Previous = nil
	if err := s.commit(nil, entry{functionKey(name), record}); err != nil {
		return err
	}
	s.release(name, *f.Previous)
	return nil
}
