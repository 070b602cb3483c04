package lambda

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// versions lists the published versions, oldest first.
func (t *Target) versions(ctx context.Context) ([]types.FunctionConfiguration, error) {
	var published []types.FunctionConfiguration
	input := &awslambda.ListVersionsByFunctionInput{FunctionName: aws.String(t.function)}
	for {
		page, err := call.Do(ctx, "lambda: list versions of function "+t.function, t.lambda.ListVersionsByFunction, input)
		if err != nil {
			return nil, err
		}
		for _, version := range page.Versions {
			if isPublished(aws.ToString(version.Version)) {
				published = append(published, version)
			}
		}
		if aws.ToString(page.NextMarker) == "" {
			break
		}
		input.Marker = page.NextMarker
	}
	slices.SortStableFunc(published, func(a, b types.FunctionConfiguration) int {
		return cmp.Compare(numberOf(aws.ToString(a.Version)), numberOf(aws.ToString(b.Version)))
	})
	return published, nil
}

// isPublished reports whether version is a number, which $LATEST is not.
func isPublished(version string) bool { return numberOf(version) > 0 }

// numberOf is a published version's number; 0 for anything else. AWS counts from
// 1 and never reuses a number.
func numberOf(version string) uint64 {
	number, err := strconv.ParseUint(version, 10, 64)
	if err != nil {
		return 0
	}
	return number
}

// referenced is the set of versions that any alias of the function points to.
func (t *Target) referenced(ctx context.Context) (map[string]bool, error) {
	found := map[string]bool{}
	input := &awslambda.ListAliasesInput{FunctionName: aws.String(t.function)}
	for {
		page, err := call.Do(ctx, "lambda: list aliases of function "+t.function, t.lambda.ListAliases, input)
		if err != nil {
			return nil, err
		}
		for _, a := range page.Aliases {
			found[aws.ToString(a.FunctionVersion)] = true
			if a.RoutingConfig == nil {
				continue
			}
			for version := range a.RoutingConfig.AdditionalVersionWeights {
				found[version] = true
			}
		}
		if aws.ToString(page.NextMarker) == "" {
			return found, nil
		}
		input.Marker = page.NextMarker
	}
}
