package apigateway

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// A function's policy is kept for each qualifier apart: that a stage may invoke version 6 does not let it invoke version 7
// (https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html). So every version that a release makes gets a
// statement of its own, which goes with the version when that is deleted.

// principal is API Gateway's name in policies.
const principal = "apigateway.amazonaws.com"

// longestStatementID is AWS's limit
// (https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html).
const longestStatementID = 100

// statementID is how the statement for this stage is called, in the policies of all versions.
func (t *Target) statementID() string {
	id := "goldfinch-" + t.settings.RestAPI + "-" + t.settings.Stage
	if len(id) > longestStatementID {
		id = fmt.Sprintf("goldfinch-%x", sha256.Sum256([]byte(id)))
	}
	return id
}

// isAllowed reports whether a version's policy has any statement that lets API Gateway invoke it. For which API it is, it does not compare.
func (t *Target) isAllowed(ctx context.Context, version string) (bool, error) {
	what := fmt.Sprintf("lambda: read the policy of function %s:%s", t.settings.Function, version)
	output, err := call.Do(ctx, what, t.lambda.GetPolicy, &awslambda.GetPolicyInput{FunctionName: aws.String(t.settings.Function), Qualifier: aws.String(version)})
	if isFunctionMissing(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var policy struct {
		Statement []struct {
			Effect    string
			Principal any
			Action    any
		}
	}
	if err := json.Unmarshal([]byte(aws.ToString(output.Policy)), &policy); err != nil {
		return false, fmt.Errorf("%s: %w", what, err)
	}
	for _, statement := range policy.Statement {
		service, _ := statement.Principal.(map[string]any)
		if statement.Effect == "Allow" && (statement.Principal == "*" || has(service["Service"], principal)) &&
			(has(statement.Action, "lambda:InvokeFunction") || has(statement.Action, "lambda:*")) {
			return true, nil
		}
	}
	return false, nil
}

// has reports whether a policy's value, one or several, has a text.
func has(value any, text string) bool {
	if list, ok := value.([]any); ok {
		for _, one := range list {
			if one == text {
				return true
			}
		}
	}
	return value == text
}

// allow lets the stage invoke a version. It is done once: a statement has a name.
func (t *Target) allow(ctx context.Context, version string) error {
	allowed, err := t.isAllowed(ctx, version)
	if err != nil || allowed {
		return err
	}
	described, found, err := t.function("").Describe(ctx, version)
	if err != nil {
		return err
	}
	parsed, err := arn.Parse(aws.ToString(described.FunctionArn))
	if !found || err != nil {
		return release.Fail(release.KindUnhealthy, "version %s of function %s is gone", version, t.settings.Function)
	}
	source := arn.ARN{
		Partition: parsed.Partition, Service: "execute-api", Region: parsed.Region, AccountID: parsed.AccountID,
		Resource: t.settings.RestAPI + "/" + t.settings.Stage + "/*",
	}
	_, err = call.Do(ctx, fmt.Sprintf("lambda: let %s invoke function %s:%s", t.stageName(), t.settings.Function, version), t.lambda.AddPermission, &awslambda.AddPermissionInput{
		FunctionName: aws.String(t.settings.Function), Qualifier: aws.String(version), StatementId: aws.String(t.statementID()),
		Action: aws.String("lambda:InvokeFunction"), Principal: aws.String(principal), SourceArn: aws.String(source.String()),
	})
	if isPresent(err) {
		return nil
	}
	return err
}

// forbid takes back what allow gave.
func (t *Target) forbid(ctx context.Context, version string) error {
	_, err := call.Do(ctx, fmt.Sprintf("lambda: let %s not invoke function %s:%s any more", t.stageName(), t.settings.Function, version), t.lambda.RemovePermission, &awslambda.RemovePermissionInput{
		FunctionName: aws.String(t.settings.Function), Qualifier: aws.String(version), StatementId: aws.String(t.statementID()),
	})
	if isFunctionMissing(err) {
		return nil
	}
	return err
}
