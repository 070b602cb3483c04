package apigateway

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"

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

// isAllowed reports whether a version's policy has any statement that lets API Gateway invoke it on behalf of the stage.
func (t *Target) isAllowed(ctx context.Context, version string) (bool, error) {
	statements, err := t.policy(ctx, version)
	return slices.ContainsFunc(statements, func(one statement) bool {
		return one.letsIn(principal) && one.isAbout(t.settings.RestAPI, t.settings.Stage)
	}), err
}

// isOthers reports whether a version's policy has any statement but this stage's: another stage, or somebody else, may invoke it.
func (t *Target) isOthers(ctx context.Context, version string) (bool, error) {
	statements, err := t.policy(ctx, version)
	return slices.ContainsFunc(statements, func(one statement) bool { return one.Sid != t.statementID() }), err
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
