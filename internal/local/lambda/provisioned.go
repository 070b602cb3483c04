package lambda

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// provisioned is the provisioned concurrency of a version or an alias. It is
// bookkeeping only: no process is started for it.
// https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
type provisioned struct {
	Requested    int32
	ReadyAt      time.Time
	LastModified *string
}

// PutProvisionedConcurrencyConfig sets the provisioned concurrency of a version
// or of an alias without weights; it is being allocated for ActivateDuration.
func (s *Service) PutProvisionedConcurrencyConfig(ctx context.Context, input *lambda.PutProvisionedConcurrencyConfigInput, _ ...func(*lambda.Options)) (*lambda.PutProvisionedConcurrencyConfigOutput, error) {
	return change(ctx, s, "PutProvisionedConcurrencyConfig", func() (*lambda.PutProvisionedConcurrencyConfigOutput, error) {
		found, err := s.provisionable(input.FunctionName, input.Qualifier)
		if err != nil {
			return nil, err
		}
		if aws.ToInt32(input.ProvisionedConcurrentExecutions) < 1 {
			return nil, invalid("ProvisionedConcurrentExecutions must be at least 1")
		}
		if err := found.freeForProvisioned(); err != nil {
			return nil, err
		}
		config := provisioned{
			Requested:    *input.ProvisionedConcurrentExecutions,
			ReadyAt:      s.now().Add(s.options.ActivateDuration),
			LastModified: s.timestamp(),
		}
		record := found.function.functionRecord
		record.Provisioned = clone(record.Provisioned)
		record.Provisioned[found.qualifier] = config
		if err := s.commit(nil, entry{functionKey(found.name), record}); err != nil {
			return nil, err
		}
		out := &lambda.PutProvisionedConcurrencyConfigOutput{}
		assign(out, s.describeProvisioned(found.name, found.qualifier, config))
		return out, nil
	})
}

// GetProvisionedConcurrencyConfig returns what was set on that very qualifier.
func (s *Service) GetProvisionedConcurrencyConfig(ctx context.Context, input *lambda.GetProvisionedConcurrencyConfigInput, _ ...func(*lambda.Options)) (*lambda.GetProvisionedConcurrencyConfigOutput, error) {
	return serve(ctx, s, "GetProvisionedConcurrencyConfig", func(context.Context) (*lambda.GetProvisionedConcurrencyConfigOutput, error) {
		found, err := s.provisionable(input.FunctionName, input.Qualifier)
		if err != nil {
			return nil, err
		}
		config, ok := found.function.Provisioned[found.qualifier]
		if !ok {
			return nil, provisionedNotFound()
		}
		out := &lambda.GetProvisionedConcurrencyConfigOutput{}
		assign(out, s.describeProvisioned(found.name, found.qualifier, config))
		return out, nil
	})
}

// ListProvisionedConcurrencyConfigs lists those of a function, by qualifier, at
// most 50 at a time.
func (s *Service) ListProvisionedConcurrencyConfigs(ctx context.Context, input *lambda.ListProvisionedConcurrencyConfigsInput, _ ...func(*lambda.Options)) (*lambda.ListProvisionedConcurrencyConfigsOutput, error) {
	return serve(ctx, s, "ListProvisionedConcurrencyConfigs", func(context.Context) (*lambda.ListProvisionedConcurrencyConfigsOutput, error) {
		found, err := s.resolve(input.FunctionName, nil)
		if err != nil {
			return nil, err
		}
		all := slices.Sorted(maps.Keys(found.function.Provisioned))
		qualifiers, next := page(all, func(qualifier string) string { return qualifier }, input.Marker, input.MaxItems)
		out := &lambda.ListProvisionedConcurrencyConfigsOutput{NextMarker: next}
		for _, qualifier := range qualifiers {
			item := s.describeProvisioned(found.name, qualifier, found.function.Provisioned[qualifier])
			out.ProvisionedConcurrencyConfigs = append(out.ProvisionedConcurrencyConfigs, item)
		}
		return out, nil
	})
}

// DeleteProvisionedConcurrencyConfig takes it away; where none is, nothing happens.
func (s *Service) DeleteProvisionedConcurrencyConfig(ctx context.Context, input *lambda.DeleteProvisionedConcurrencyConfigInput, _ ...func(*lambda.Options)) (*lambda.DeleteProvisionedConcurrencyConfigOutput, error) {
	return change(ctx, s, "DeleteProvisionedConcurrencyConfig", func() (*lambda.DeleteProvisionedConcurrencyConfigOutput, error) {
		found, err := s.provisionable(input.FunctionName, input.Qualifier)
		if err != nil {
			return nil, err
		}
		record := found.function.functionRecord
		record.Provisioned = clone(record.Provisioned)
		delete(record.Provisioned, found.qualifier)
		return &lambda.DeleteProvisionedConcurrencyConfigOutput{}, s.commit(nil, entry{functionKey(found.name), record})
	})
}

func (s *Service) provisionable(name, qualifier *string) (named, error) {
	found, err := s.resolve(name, qualifier)
	if err == nil && found.alias == nil && found.number == 0 {
		err = invalid("Provisioned Concurrency Configs cannot be applied to unpublished function versions.")
	}
	return found, err
}

// freeForProvisioned checks that the version gets no second configuration: it
// may have one, its own or that of one alias.
func (n named) freeForProvisioned() error {
	if n.alias != nil && len(n.alias.Weights) > 0 {
		return invalid("Alias with weights can not be used with Provisioned Concurrency")
	}
	version := versionName(n.number)
	if _, own := n.function.Provisioned[version]; own && n.alias != nil {
		return conflict("Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version")
	}
	for _, name := range n.function.aliasesOf(version) {
		if _, taken := n.function.Provisioned[name]; taken && name != n.qualifier {
			return conflict("Version is pointed by a Provisioned Concurrency alias")
		}
	}
	return nil
}

// moveProvisioned checks an alias that has provisioned concurrency, and begins
// to allocate it anew when the alias moves to another version.
func (s *Service) moveProvisioned(found named, alias aliasRecord) (record functionRecord, moved bool, err error) {
	record = found.function.functionRecord
	config, ok := record.Provisioned[alias.Name]
	if !ok {
		return record, false, nil
	}
	if found.number, err = found.function.number(alias.Version); err != nil || found.number == 0 {
		return record, false, invalid("Provisioned Concurrency Configs cannot be applied to unpublished function versions.")
	}
	before := found.function.aliases[alias.Name]
	found.alias, found.qualifier = &alias, alias.Name
	if err := found.freeForProvisioned(); err != nil || before.Version == alias.Version {
		return record, false, err
	}
	config.ReadyAt = s.now().Add(s.options.ActivateDuration)
	record.Provisioned = clone(record.Provisioned)
	record.Provisioned[alias.Name] = config
	return record, true, nil
}

func (s *Service) describeProvisioned(name, qualifier string, config provisioned) types.ProvisionedConcurrencyConfigListItem {
	item := types.ProvisionedConcurrencyConfigListItem{
		AllocatedProvisionedConcurrentExecutions: aws.Int32(0),
		AvailableProvisionedConcurrentExecutions: aws.Int32(0),
		FunctionArn:                              aws.String(s.arn(name, qualifier)),
		LastModified:                             config.LastModified,
		RequestedProvisionedConcurrentExecutions: aws.Int32(config.Requested),
		Status:                                   types.ProvisionedConcurrencyStatusEnumInProgress,
	}
	if !s.now().Before(config.ReadyAt) {
		item.AllocatedProvisionedConcurrentExecutions = aws.Int32(config.Requested)
		item.AvailableProvisionedConcurrentExecutions = aws.Int32(config.Requested)
		item.Status = types.ProvisionedConcurrencyStatusEnumReady
	}
	return item
}
