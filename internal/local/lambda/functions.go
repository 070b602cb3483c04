package lambda

import (
	"context"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// CreateFunction creates a function, which is pending for ActivateDuration.
func (s *Service) CreateFunction(ctx context.Context, input *lambda.CreateFunctionInput, _ ...func(*lambda.Options)) (*lambda.CreateFunctionOutput, error) {
	return serve(ctx, s, "CreateFunction", func(ctx context.Context) (*lambda.CreateFunctionOutput, error) {
		if input.Code == nil {
			return nil, invalid("Please provide a source for function code.")
		}
		code, err := s.fetch(ctx, *input.Code)
		if err != nil {
			return nil, err
		}
		s.writing.Lock()
		defer s.writing.Unlock()
		return s.createFunction(input, code)
	})
}

func (s *Service) createFunction(input *lambda.CreateFunctionInput, code deployment) (*lambda.CreateFunctionOutput, error) {
	name, _, err := s.parse(input.FunctionName, nil)
	if err != nil {
		return nil, err
	}
	if s.books.function(name) != nil {
		return nil, conflict("Function already exist: %s", name)
	}
	if code.imageURI == "" && (input.Runtime == "" || aws.ToString(input.Handler) == "") {
		return nil, invalid("Runtime and Handler are mandatory parameters for functions created with deployment packages.")
	}
	if aws.ToString(input.Role) == "" {
		return nil, invalid("The role defined for the function cannot be assumed by Lambda.")
	}
	created := snapshot{ID: s.identifier(), Config: defaults(name), Stamp: s.stamped(s.options.ActivateDuration)}
	if err := configure(&created.Config, *input); err != nil {
		return nil, err
	}
	created.Config.FunctionName = aws.String(name) // the input may have an ARN
	code.apply(&created)
	created.Config.LastModified = s.timestamp()
	record := functionRecord{Latest: created, Creating: true, Tags: input.Tags}
	if err := s.commit(code.save, entry{functionKey(name), record}); err != nil {
		return nil, err
	}
	config := s.describe(name, s.books.function(name), 0)
	if input.Publish {
		if config, err = s.publish(name, nil); err != nil {
			return nil, err
		}
	}
	out := &lambda.CreateFunctionOutput{}
	assign(out, config)
	return out, nil
}

// GetFunction returns a function's configuration, tags, and where its package is.
func (s *Service) GetFunction(ctx context.Context, input *lambda.GetFunctionInput, _ ...func(*lambda.Options)) (*lambda.GetFunctionOutput, error) {
	return serve(ctx, s, "GetFunction", func(context.Context) (*lambda.GetFunctionOutput, error) {
		found, err := s.resolve(input.FunctionName, input.Qualifier)
		if err != nil {
			return nil, err
		}
		config := s.describeNamed(found)
		location := &types.FunctionCodeLocation{RepositoryType: aws.String("S3"), Location: aws.String(locationPrefix + *config.CodeSha256)}
		if uri := found.snapshot().ImageURI; uri != "" {
			location = &types.FunctionCodeLocation{RepositoryType: aws.String("ECR"), ImageUri: aws.String(uri), ResolvedImageUri: aws.String(uri)}
		}
		return &lambda.GetFunctionOutput{Code: location, Configuration: &config, Tags: found.function.Tags}, nil
	})
}

// GetFunctionConfiguration returns the configuration of a function, or of the
// version that a qualifier stands for.
func (s *Service) GetFunctionConfiguration(ctx context.Context, input *lambda.GetFunctionConfigurationInput, _ ...func(*lambda.Options)) (*lambda.GetFunctionConfigurationOutput, error) {
	return serve(ctx, s, "GetFunctionConfiguration", func(context.Context) (*lambda.GetFunctionConfigurationOutput, error) {
		found, err := s.resolve(input.FunctionName, input.Qualifier)
		if err != nil {
			return nil, err
		}
		out := &lambda.GetFunctionConfigurationOutput{}
		assign(out, s.describeNamed(found))
		return out, nil
	})
}

// describeNamed is describe, with the ARN that the caller named.
func (s *Service) describeNamed(found named) types.FunctionConfiguration {
	config := s.describe(found.name, found.function, found.number)
	config.FunctionArn = aws.String(s.arn(found.name, found.qualifier))
	return config
}

// snapshot is the code and configuration that was named.
func (n named) snapshot() snapshot {
	if n.number == 0 {
		return n.function.Latest
	}
	return n.function.versions[n.number]
}

// DeleteFunction deletes a function, or with a qualifier one version of it that
// no alias invokes.
func (s *Service) DeleteFunction(ctx context.Context, input *lambda.DeleteFunctionInput, _ ...func(*lambda.Options)) (*lambda.DeleteFunctionOutput, error) {
	return change(ctx, s, "DeleteFunction", func() (*lambda.DeleteFunctionOutput, error) {
		found, err := s.resolve(input.FunctionName, input.Qualifier)
		if err != nil {
			return nil, err
		}
		if found.qualifier == "" {
			err = s.deleteFunction(found)
		} else {
			err = s.deleteVersion(found)
		}
		if err != nil {
			return nil, err
		}
		return &lambda.DeleteFunctionOutput{StatusCode: http.StatusNoContent}, nil
	})
}

func (s *Service) deleteFunction(found named) error {
	var entries []entry
	gone := []snapshot{found.function.Latest}
	for _, number := range found.function.numbers() {
		entries = append(entries, entry{key: versionKey(found.name, number)})
		gone = append(gone, found.function.versions[number])
	}
	for alias := range found.function.aliases {
		entries = append(entries, entry{key: aliasKey(found.name, alias)})
	}
	if err := s.commit(nil, append(entries, entry{key: functionKey(found.name)})...); err != nil {
		return err
	}
	s.release(found.name, gone...)
	return nil
}

func (s *Service) deleteVersion(found named) error {
	if found.alias != nil {
		return invalid("Deletion of aliases is not currently supported.")
	}
	if found.number == 0 {
		return invalid("$LATEST version cannot be deleted without deleting the function.")
	}
	if aliases := found.function.aliasesOf(versionName(found.number)); len(aliases) > 0 {
		return conflict("Unable to delete version because the following aliases reference it: %v", aliases)
	}
	entries := []entry{{key: versionKey(found.name, found.number)}}
	if record, changed := found.function.without(versionName(found.number)); changed {
		entries = append(entries, entry{functionKey(found.name), record})
	}
	if err := s.commit(nil, entries...); err != nil {
		return err
	}
	s.release(found.name, found.snapshot())
	return nil
}

// without is the record without what belongs to a qualifier that goes.
func (f *function) without(qualifier string) (record functionRecord, changed bool) {
	record = f.functionRecord
	_, hasProvisioned := record.Provisioned[qualifier]
	_, hasStatements := record.Statements[qualifier]
	record.Provisioned, record.Statements = clone(record.Provisioned), clone(record.Statements)
	delete(record.Provisioned, qualifier)
	delete(record.Statements, qualifier)
	return record, hasProvisioned || hasStatements
}
