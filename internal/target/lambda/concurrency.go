package lambda

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// concurrency reads the provisioned concurrency of a version or an alias; nil
// when it has none. One configured on an alias shows there, and not on the
// version that it points to.
func (t *Target) concurrency(ctx context.Context, qualifier string) (*awslambda.GetProvisionedConcurrencyConfigOutput, error) {
	output, err := call(ctx, "lambda: read provisioned concurrency of "+t.versionName(qualifier), t.lambda.GetProvisionedConcurrencyConfig,
		&awslambda.GetProvisionedConcurrencyConfigInput{FunctionName: aws.String(t.function), Qualifier: aws.String(qualifier)})
	if is[*types.ProvisionedConcurrencyConfigNotFoundException](err) {
		return nil, nil
	}
	return output, err
}

// copyConcurrency gives version the provisioned concurrency that is configured
// on stable, and says whether it is ready. Provisioned concurrency belongs on
// versions, because AWS does not let an alias that has it be weighted; see
// https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html .
func (t *Target) copyConcurrency(ctx context.Context, stable, version string) (done bool, err error) {
	if stable == "" {
		return true, nil
	}
	model, err := t.concurrency(ctx, stable)
	if err != nil || model == nil {
		return err == nil, err
	}
	present, err := t.concurrency(ctx, version)
	if err != nil {
		return false, err
	}
	wanted := aws.ToInt32(model.RequestedProvisionedConcurrentExecutions)
	if present == nil || aws.ToInt32(present.RequestedProvisionedConcurrentExecutions) != wanted {
		_, err := call(ctx, fmt.Sprintf("lambda: give %s provisioned concurrency of %d", t.versionName(version), wanted), t.lambda.PutProvisionedConcurrencyConfig,
			&awslambda.PutProvisionedConcurrencyConfigInput{
				FunctionName:                    aws.String(t.function),
				Qualifier:                       aws.String(version),
				ProvisionedConcurrentExecutions: aws.Int32(wanted),
			})
		if isBusy(err) {
			err = nil
		}
		return false, err
	}
	if present.Status == types.ProvisionedConcurrencyStatusEnumFailed {
		return false, release.Fail(release.KindUnhealthy, "provisioned concurrency of %d for %s failed: %s", wanted, t.versionName(version), aws.ToString(present.StatusReason))
	}
	return present.Status == types.ProvisionedConcurrencyStatusEnumReady, nil
}

// freeConcurrency takes the provisioned concurrency, which is paid for by the
// hour, from every version that Goldfinch published and no alias points to.
func (t *Target) freeConcurrency(ctx context.Context, versions []types.FunctionConfiguration, referenced map[string]bool) error {
	idle := map[string]bool{}
	for _, version := range versions {
		number := aws.ToString(version.Version)
		idle[number] = !referenced[number] && strings.HasPrefix(aws.ToString(version.Description), markPrefix)
	}
	input := &awslambda.ListProvisionedConcurrencyConfigsInput{FunctionName: aws.String(t.function)}
	var paid []string
	for {
		page, err := call(ctx, "lambda: list provisioned concurrency of function "+t.function, t.lambda.ListProvisionedConcurrencyConfigs, input)
		if err != nil {
			return err
		}
		for _, config := range page.ProvisionedConcurrencyConfigs {
			if qualifier := qualifierOf(aws.ToString(config.FunctionArn)); idle[qualifier] {
				paid = append(paid, qualifier)
			}
		}
		if aws.ToString(page.NextMarker) == "" {
			break
		}
		input.Marker = page.NextMarker
	}
	for _, version := range paid {
		_, err := call(ctx, "lambda: free provisioned concurrency of "+t.versionName(version), t.lambda.DeleteProvisionedConcurrencyConfig,
			&awslambda.DeleteProvisionedConcurrencyConfigInput{FunctionName: aws.String(t.function), Qualifier: aws.String(version)})
		if err != nil && !isMissing(err) && !isBusy(err) {
			return err
		}
	}
	return nil
}

// qualifierOf is the version or alias that a function's ARN names; empty when it
// names neither. The ARN is
// arn:aws:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER].
func qualifierOf(arn string) string {
	parts := strings.SplitN(arn, ":", 8)
	if len(parts) < 8 {
		return ""
	}
	return parts[7]
}
