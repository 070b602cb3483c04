package lambda

import (
	"context"
	"fmt"
	"math"

	"github.com/aws/aws-sdk-go-v2/aws"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// latest is the name of the version that is not immutable.
const latest = "$LATEST"

// An alias is what AWS has now. The zero alias does not exist.
type alias struct {
	split       release.Split
	revision    string
	description string
}

// exists reports whether there is an alias at all.
func (a alias) exists() bool { return a.revision != "" || a.split.Stable != "" }

// readAlias reads the alias; one that does not exist is the zero alias.
func (t *Target) readAlias(ctx context.Context) (alias, error) {
	output, err := call.Do(ctx, "lambda: read "+t.aliasName(), t.lambda.GetAlias, &awslambda.GetAliasInput{
		FunctionName: aws.String(t.function),
		Name:         aws.String(t.alias),
	})
	if isMissing(err) {
		return alias{}, nil
	}
	if err != nil {
		return alias{}, err
	}
	split, err := splitOf(aws.ToString(output.FunctionVersion), output.RoutingConfig)
	if err != nil {
		return alias{}, fmt.Errorf("lambda: read %s: %w", t.aliasName(), err)
	}
	return alias{split: split, revision: aws.ToString(output.RevisionId), description: aws.ToString(output.Description)}, nil
}

// aliasName says in an error which alias is meant, or what users call instead of one.
func (t *Target) aliasName() string {
	if t.alias == "" {
		return t.users
	}
	return "alias " + t.function + ":" + t.alias
}

// splitOf reads an alias's routing. AWS allows one additional version, see
// https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html ;
// one of weight 0 takes no traffic and is left out.
func splitOf(version string, routing *types.AliasRoutingConfiguration) (release.Split, error) {
	split := release.Pure(version)
	if routing == nil {
		return split, nil
	}
	if len(routing.AdditionalVersionWeights) > 1 {
		return release.Split{}, fmt.Errorf("it has weights for %d additional versions, where one is known to be allowed", len(routing.AdditionalVersionWeights))
	}
	for canary, fraction := range routing.AdditionalVersionWeights {
		if weight := percentOf(fraction); weight > 0 {
			split.Canary, split.Weight = canary, weight
		}
	}
	return split, nil
}

// routingOf writes an alias's routing. The map is never nil: the SDK leaves a nil
// map out of the request, and AWS then keeps the weights that it has.
func routingOf(split release.Split) *types.AliasRoutingConfiguration {
	weights := map[string]float64{}
	if !split.IsPure() {
		weights[split.Canary] = fractionOf(split.Weight)
	}
	return &types.AliasRoutingConfiguration{AdditionalVersionWeights: weights}
}

// percentOf turns AWS's fraction, 0–1, into percent with two decimals.
func percentOf(fraction float64) float64 { return math.Round(fraction*10_000) / 100 }

// fractionOf turns percent into AWS's fraction with four decimals.
func fractionOf(percent float64) float64 { return math.Round(percent*100) / 10_000 }
