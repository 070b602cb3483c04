package appconfig

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/appconfig"
	"github.com/aws/aws-sdk-go-v2/service/appconfig/types"
)

// predefined are AppConfig's own strategies
// (https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-creating-deployment-strategy-predefined.html).
func predefined() []strategy {
	return []strategy{
		{ID: "AppConfig.AllAtOnce", Name: "AppConfig.AllAtOnce", Duration: 0, Bake: 10, Growth: 100, Type: types.GrowthTypeLinear},
		{ID: "AppConfig.Linear50PercentEvery30Seconds", Name: "AppConfig.Linear50PercentEvery30Seconds", Duration: 1, Bake: 1, Growth: 50, Type: types.GrowthTypeLinear},
		{ID: "AppConfig.Canary10Percent20Minutes", Name: "AppConfig.Canary10Percent20Minutes", Duration: 20, Bake: 10, Growth: 10, Type: types.GrowthTypeExponential},
		{ID: "AppConfig.Linear20PercentEvery6Minutes", Name: "AppConfig.Linear20PercentEvery6Minutes", Duration: 30, Bake: 30, Growth: 20, Type: types.GrowthTypeLinear},
	}
}

// mostStrategies is how many an account may have of its own
// (https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_CreateDeploymentStrategy.html#API_CreateDeploymentStrategy_Errors).
const mostStrategies = 20

// longestMinutes is how long a deployment or its bake time lasts at most: a day.
const longestMinutes = 1440

// CreateDeploymentStrategy is AppConfig's CreateDeploymentStrategy. Two strategies may have one name.
func (s *Service) CreateDeploymentStrategy(ctx context.Context, in *sdk.CreateDeploymentStrategyInput, _ ...func(*sdk.Options)) (*sdk.CreateDeploymentStrategyOutput, error) {
	return serve(ctx, s, "CreateDeploymentStrategy", func() (*sdk.CreateDeploymentStrategyOutput, error) {
		if err := named(in.Name); err != nil {
			return nil, err
		}
		duration, growth, kind := aws.ToInt32(in.DeploymentDurationInMinutes), aws.ToFloat32(in.GrowthFactor), in.GrowthType
		if kind == "" {
			kind = types.GrowthTypeLinear
		}
		switch {
		case in.DeploymentDurationInMinutes == nil, in.GrowthFactor == nil:
			return nil, badRequest("DeploymentDurationInMinutes and GrowthFactor are required.")
		case duration < 0 || duration > longestMinutes, in.FinalBakeTimeInMinutes < 0 || in.FinalBakeTimeInMinutes > longestMinutes:
			return nil, badRequest("A deployment and its bake time take 0 to %d minutes.", longestMinutes)
		case growth < 1 || growth > 100:
			return nil, badRequest("GrowthFactor is 1 to 100 percent.")
		case !slices.Contains(kind.Values(), kind):
			return nil, badRequest("There is no growth type %q.", kind)
		case in.ReplicateTo != "" && in.ReplicateTo != types.ReplicateToNone:
			return nil, unsupported("replication")
		}
		if len(s.books.strategies) >= mostStrategies {
			return nil, exceeded(mostStrategies, "deployment strategies")
		}
		id, counted := s.newID()
		made := strategy{ID: id, Name: *in.Name, Description: aws.ToString(in.Description), Duration: duration, Bake: in.FinalBakeTimeInMinutes, Growth: growth, Type: kind}
		err := s.commit(counted, entry{"strategy/" + id, made}, entry{"tags/" + s.arn("deploymentstrategy/"+id), tags(in.Tags)})
		return &sdk.CreateDeploymentStrategyOutput{
			Id: &made.ID, Name: &made.Name, Description: optional(made.Description), DeploymentDurationInMinutes: made.Duration,
			FinalBakeTimeInMinutes: made.Bake, GrowthFactor: &made.Growth, GrowthType: made.Type, ReplicateTo: types.ReplicateToNone,
		}, err
	})
}

// ListDeploymentStrategies is AppConfig's ListDeploymentStrategies.
func (s *Service) ListDeploymentStrategies(ctx context.Context, in *sdk.ListDeploymentStrategiesInput, _ ...func(*sdk.Options)) (*sdk.ListDeploymentStrategiesOutput, error) {
	return serve(ctx, s, "ListDeploymentStrategies", func() (*sdk.ListDeploymentStrategiesOutput, error) {
		out := &sdk.ListDeploymentStrategiesOutput{}
		found, next, err := page(append(predefined(), below(s.books.strategies, "")...), in.MaxResults, in.NextToken)
		for _, one := range found {
			out.Items = append(out.Items, types.DeploymentStrategy{
				Id: &one.ID, Name: &one.Name, Description: optional(one.Description), DeploymentDurationInMinutes: one.Duration,
				FinalBakeTimeInMinutes: one.Bake, GrowthFactor: &one.Growth, GrowthType: one.Type, ReplicateTo: types.ReplicateToNone,
			})
		}
		out.NextToken = next
		return out, err
	})
}

func (s *Service) strategy(id *string) (strategy, error) {
	for _, one := range predefined() {
		if one.ID == aws.ToString(id) {
			return one, nil
		}
	}
	found, ok := s.books.strategies[aws.ToString(id)]
	if !ok {
		return strategy{}, notFound("Could not find deployment strategy %s", aws.ToString(id))
	}
	return found, nil
}
