package lambda

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// concurrency reads the provisioned concurrency of a version or an alias; nil
// when it has none. One configured on an alias shows there, and not on the
// version that it points to.
func (t *Target) concurrency(ctx context.Context, qualifier string) (*awslambda.GetProvisionedConcurrencyConfigOutput, error) {
	output, err := call.Do(ctx, "lambda: read provisioned concurrency of "+t.versionName(qualifier), t.lambda.GetProvisionedConcurrencyConfig,
		&awslambda.GetProvisionedConcurrencyConfigInput{FunctionName: aws.String(t.function), Qualifier: aws.String(qualifier)})
	if call.Is[*types.ProvisionedConcurrencyConfigNotFoundException](err) {
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
		_, err := call.Do(ctx, fmt.Sprintf("lambda: give %s provisioned concurrency of %d", t.versionName(version), wanted), t.lambda.PutProvisionedConcurrencyConfig,
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
// hour, from every version that may be freed, no alias points to and nobody is
// led to otherwise. Busy are those that AWS is still changing, and that keep
// theirs for that.
func (t *Target) freeConcurrency(ctx context.Context, may func(types.FunctionConfiguration) bool, led Led) (busy []string, err error) {
	paid, err := t.provisioned(ctx)
	if err != nil || len(paid) == 0 {
		return nil, err
	}
	versions, err := t.versions(ctx)
	if err != nil {
		return nil, err
	}
	referenced, err := t.referenced(ctx)
	if err != nil {
		return nil, err
	}
	for _, version := range versions {
		number := aws.ToString(version.Version)
		if !paid[number] || referenced[number] || !may(version) {
			continue
		}
		if needed, err := led(ctx, number); err != nil {
			return busy, err
		} else if needed {
			continue
		}
		_, err := call.Do(ctx, "lambda: free provisioned concurrency of "+t.versionName(number), t.lambda.DeleteProvisionedConcurrencyConfig,
			&awslambda.DeleteProvisionedConcurrencyConfigInput{FunctionName: aws.String(t.function), Qualifier: aws.String(number)})
		switch {
		case isBusy(err):
			busy = append(busy, number)
		case err != nil && !isMissing(err):
			return busy, err
		}
	}
	return busy, nil
}

// provisioned is the set of versions and aliases that have provisioned concurrency.
func (t *Target) provisioned(ctx context.Context) (map[string]bool, error) {
	found := map[string]bool{}
	input := &awslambda.ListProvisionedConcurrencyConfigsInput{FunctionName: aws.String(t.function)}
	for {
		page, err := call.Do(ctx, "lambda: list provisioned concurrency of function "+t.function, t.lambda.ListProvisionedConcurrencyConfigs, input)
		if err != nil {
			return nil, err
		}
		for _, config := range page.ProvisionedConcurrencyConfigs {
			found[qualifierOf(aws.ToString(config.FunctionArn))] = true
		}
		if aws.ToString(page.NextMarker) == "" {
			return found, nil
		}
		input.Marker = page.NextMarker
	}
}

// isReleased reports whether the version is the one that this release published,
// or, of those of its service and environment, the one that it returned to.
func (t *Target) isReleased(version types.FunctionConfiguration) bool {
	if t.isReturn() {
		return t.isOurs(version) && aws.ToString(version.Version) == t.document.Request.Version
	}
	return aws.ToString(version.Description) == t.mark()
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
