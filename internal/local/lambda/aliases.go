package lambda

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// CreateAlias creates an alias.
func (s *Service) CreateAlias(ctx context.Context, input *lambda.CreateAliasInput, _ ...func(*lambda.Options)) (*lambda.CreateAliasOutput, error) {
	return change(ctx, s, "CreateAlias", func() (*lambda.CreateAliasOutput, error) {
		found, err := s.resolve(input.FunctionName, nil)
		if err != nil {
			return nil, err
		}
		name := aws.ToString(input.Name)
		if !aliasName.MatchString(name) || digits.MatchString(name) {
			return nil, invalid("%q is not an alias's name: letters, digits, '-' and '_', and not digits alone", name)
		}
		if _, exists := found.function.aliases[name]; exists {
			return nil, conflict("Alias already exists: %s", s.arn(found.name, name))
		}
		alias := aliasRecord{Name: name, Description: input.Description, Version: aws.ToString(input.FunctionVersion), Weights: weights(input.RoutingConfig)}
		if err := s.writeAlias(found, alias); err != nil {
			return nil, err
		}
		out := &lambda.CreateAliasOutput{}
		assign(out, s.describeAlias(found.name, name))
		return out, nil
	})
}

// GetAlias returns an alias.
func (s *Service) GetAlias(ctx context.Context, input *lambda.GetAliasInput, _ ...func(*lambda.Options)) (*lambda.GetAliasOutput, error) {
	return serve(ctx, s, "GetAlias", func(context.Context) (*lambda.GetAliasOutput, error) {
		found, err := s.alias(input.FunctionName, input.Name)
		if err != nil {
			return nil, err
		}
		out := &lambda.GetAliasOutput{}
		assign(out, s.describeAlias(found.name, found.qualifier))
		return out, nil
	})
}

// UpdateAlias changes an alias in one step. What the input leaves out stays;
// an empty map of weights takes the weight away, a nil map is not sent by the
// SDK and so leaves it.
func (s *Service) UpdateAlias(ctx context.Context, input *lambda.UpdateAliasInput, _ ...func(*lambda.Options)) (*lambda.UpdateAliasOutput, error) {
	return change(ctx, s, "UpdateAlias", func() (*lambda.UpdateAliasOutput, error) {
		found, err := s.alias(input.FunctionName, input.Name)
		if err != nil {
			return nil, err
		}
		alias := *found.alias
		if input.RevisionId != nil && *input.RevisionId != alias.Revision {
			return nil, staleRevision("GetAlias")
		}
		if input.Description != nil {
			alias.Description = input.Description
		}
		if input.FunctionVersion != nil {
			alias.Version = *input.FunctionVersion
		}
		if want := weights(input.RoutingConfig); want != nil {
			alias.Weights = want
		}
		if err := s.writeAlias(found, alias); err != nil {
			return nil, err
		}
		out := &lambda.UpdateAliasOutput{}
		assign(out, s.describeAlias(found.name, alias.Name))
		return out, nil
	})
}

// DeleteAlias deletes an alias; one that does not exist is deleted already.
func (s *Service) DeleteAlias(ctx context.Context, input *lambda.DeleteAliasInput, _ ...func(*lambda.Options)) (*lambda.DeleteAliasOutput, error) {
	return change(ctx, s, "DeleteAlias", func() (*lambda.DeleteAliasOutput, error) {
		found, err := s.resolve(input.FunctionName, nil)
		if err != nil {
			return nil, err
		}
		name := aws.ToString(input.Name)
		if _, exists := found.function.aliases[name]; !exists {
			return &lambda.DeleteAliasOutput{}, nil
		}
		entries := []entry{{key: aliasKey(found.name, name)}}
		if record, changed := found.function.without(name); changed {
			entries = append(entries, entry{functionKey(found.name), record})
		}
		return &lambda.DeleteAliasOutput{}, s.commit(nil, entries...)
	})
}

// ListAliases lists a function's aliases by name, at most 50 at a time; with a
// version, those that invoke it.
func (s *Service) ListAliases(ctx context.Context, input *lambda.ListAliasesInput, _ ...func(*lambda.Options)) (*lambda.ListAliasesOutput, error) {
	return serve(ctx, s, "ListAliases", func(context.Context) (*lambda.ListAliasesOutput, error) {
		found, err := s.resolve(input.FunctionName, nil)
		if err != nil {
			return nil, err
		}
		all := slices.Sorted(maps.Keys(found.function.aliases))
		if input.FunctionVersion != nil {
			all = found.function.aliasesOf(*input.FunctionVersion)
		}
		names, next := page(all, func(name string) string { return name }, input.Marker, input.MaxItems)
		out := &lambda.ListAliasesOutput{NextMarker: next}
		for _, name := range names {
			out.Aliases = append(out.Aliases, s.aliasConfiguration(found.name, found.function.aliases[name]))
		}
		return out, nil
	})
}

// alias finds an alias by its name.
func (s *Service) alias(function, alias *string) (named, error) {
	found, err := s.resolve(function, nil)
	if err != nil {
		return named{}, err
	}
	record, ok := found.function.aliases[aws.ToString(alias)]
	if !ok {
		return named{}, aliasNotFound(s.arn(found.name, aws.ToString(alias)))
	}
	found.alias, found.qualifier = &record, record.Name
	return found, nil
}

// aliasesOf are the names of the aliases that invoke a version, in order.
func (f *function) aliasesOf(version string) []string {
	var names []string
	for name, alias := range f.aliases {
		if _, weighted := alias.Weights[version]; weighted || alias.Version == version {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (s *Service) describeAlias(function, name string) types.AliasConfiguration {
	return s.aliasConfiguration(function, s.books.function(function).aliases[name])
}

func (s *Service) aliasConfiguration(function string, alias aliasRecord) types.AliasConfiguration {
	config := types.AliasConfiguration{
		AliasArn:        aws.String(s.arn(function, alias.Name)),
		Description:     alias.Description,
		FunctionVersion: aws.String(alias.Version),
		Name:            aws.String(alias.Name),
		RevisionId:      aws.String(alias.Revision),
	}
	if len(alias.Weights) > 0 {
		config.RoutingConfig = &types.AliasRoutingConfiguration{AdditionalVersionWeights: maps.Clone(alias.Weights)}
	}
	return config
}

// weights are those that the SDK would send: nil when it sends none.
func weights(routing *types.AliasRoutingConfiguration) map[string]float64 {
	if routing == nil {
		return nil
	}
	return routing.AdditionalVersionWeights
}

// writeAlias checks an alias by AWS's rules and stores it under a new revision.
// https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
func (s *Service) writeAlias(found named, alias aliasRecord) error {
	main, err := s.aliasTarget(found, alias.Version)
	if err != nil {
		return err
	}
	if len(alias.Weights) > 1 {
		return invalid("Number of items in AdditionalVersionWeights cannot be greater than 1")
	}
	for version, weight := range alias.Weights {
		if err := s.validWeight(found, alias, main, version, weight); err != nil {
			return err
		}
	}
	record, moved, err := s.moveProvisioned(found, alias)
	if err != nil {
		return err
	}
	alias.Revision = s.identifier()
	entries := []entry{{aliasKey(found.name, alias.Name), alias}}
	if moved {
		entries = append(entries, entry{functionKey(found.name), record})
	}
	return s.commit(nil, entries...)
}

// aliasTarget is the configuration of a version that an alias is to invoke.
func (s *Service) aliasTarget(found named, version string) (types.FunctionConfiguration, error) {
	if version == "" {
		return types.FunctionConfiguration{}, invalid("An alias needs a function version.")
	}
	number, err := found.function.number(version)
	if err != nil {
		return types.FunctionConfiguration{}, functionNotFound(s.arn(found.name, version))
	}
	found.number = number
	return found.snapshot().Config, nil
}

func (s *Service) validWeight(found named, alias aliasRecord, main types.FunctionConfiguration, version string, weight float64) error {
	if alias.Version == latest || version == latest {
		return invalid("$LATEST is not supported for an alias pointing to more than 1 version")
	}
	second, err := s.aliasTarget(found, version)
	switch {
	case err != nil:
		return err
	case !(weight >= 0 && weight <= 1):
		return invalid("Invalid routing weight %v for version %s: it must be between 0.0 and 1.0", weight, version)
	case version == alias.Version:
		return invalid("Invalid function version %s. Function version %s is already included in routing configuration.", version, version)
	case aws.ToString(main.Role) != aws.ToString(second.Role):
		return invalid("The versions %s and %s must have the same execution role to share an alias", alias.Version, version)
	case deadLetterTarget(main) != deadLetterTarget(second):
		return invalid("The versions %s and %s must have the same dead-letter configuration to share an alias", alias.Version, version)
	}
	return nil
}

func deadLetterTarget(config types.FunctionConfiguration) string {
	if config.DeadLetterConfig == nil {
		return ""
	}
	return aws.ToString(config.DeadLetterConfig.TargetArn)
}
