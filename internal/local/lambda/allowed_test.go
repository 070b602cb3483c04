package lambda_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/goldfinch-dev/goldfinch/internal/local/lambda"
)

// TestAllows: a policy is that of exactly one qualifier, also after a restart.
func TestAllows(t *testing.T) {
	t.Parallel()
	c := released(t, nil)
	const api, other = "arn:aws:execute-api:eu-west-1:1:abc/prod/GET/a/b", "arn:aws:execute-api:eu-west-1:1:abc/beta/GET/a/b"
	permit := func(qualifier, id, action, principal, source string) {
		t.Helper()
		in := &sdk.AddPermissionInput{FunctionName: aws.String("echo"), Qualifier: &qualifier, StatementId: &id, Action: &action, Principal: &principal}
		if source != "" {
			in.SourceArn = &source
		}
		must[*sdk.AddPermissionOutput](t)(c.AddPermission(t.Context(), in))
	}
	permit("1", "api", "lambda:InvokeFunction", "apigateway.amazonaws.com", "arn:aws:execute-api:eu-west-1:1:abc/prod/*")
	permit("1", "exact", "lambda:*", "sns.amazonaws.com", "arn:aws:sns:eu-west-1:1:topic")
	permit("2", "reader", "lambda:GetFunction", "apigateway.amazonaws.com", "")
	permit("live", "all", "lambda:InvokeFunction", "*", "arn:*:execute-api:*/prod/*/b")
	again := must[*lambda.Service](t)(lambda.New(c.options()))
	for _, service := range []*lambda.Service{c.Service, again} {
		for _, test := range []struct {
			function, qualifier, principal, source string
			want                                   bool
		}{
			{"echo", "1", "apigateway.amazonaws.com", api, true},
			{"echo", "1", "apigateway.amazonaws.com", other, false},
			{"echo", "1", "events.amazonaws.com", api, false},
			{"echo", "1", "sns.amazonaws.com", "arn:aws:sns:eu-west-1:1:topic", true},
			{"echo", "1", "sns.amazonaws.com", "arn:aws:sns:eu-west-1:1:topics", false},
			{"echo", "2", "apigateway.amazonaws.com", api, false},
			{"echo", "live", "apigateway.amazonaws.com", api, true},
			{"echo", "live", "apigateway.amazonaws.com", api + "/c", false},
			{"echo", "live", "apigateway.amazonaws.com", other, false},
			{"echo", "", "apigateway.amazonaws.com", api, false},
			{"orders", "1", "apigateway.amazonaws.com", api, false},
		} {
			if got := service.Allows(test.function, test.qualifier, test.principal, test.source); got != test.want {
				t.Errorf("%+v: %t", test, got)
			}
		}
	}
}

func TestRemovePermission(t *testing.T) {
	t.Parallel()
	c := released(t, nil)
	for _, id := range []string{"a", "b"} {
		must[*sdk.AddPermissionOutput](t)(c.AddPermission(t.Context(), &sdk.AddPermissionInput{
			FunctionName: aws.String("echo"), Qualifier: aws.String("1"), StatementId: &id, Action: aws.String("lambda:InvokeFunction"), Principal: aws.String(id + ".amazonaws.com"),
		}))
	}
	remove := func(qualifier, id string, revision *string) error {
		_, err := c.RemovePermission(t.Context(), &sdk.RemovePermissionInput{FunctionName: aws.String("echo"), Qualifier: &qualifier, StatementId: &id, RevisionId: revision})
		return err
	}
	refused(t, remove("1", "a", aws.String("another")), "PreconditionFailedException", 412, "Revision Id")
	refused(t, remove("9", "a", nil), "ResourceNotFoundException", 404, "")
	if err := remove("1", "a", nil); err != nil {
		t.Fatal(err)
	}
	refused(t, remove("1", "a", nil), "ResourceNotFoundException", 404, "Statement a is not found")
	if c.Allows("echo", "1", "a.amazonaws.com", "") || !c.Allows("echo", "1", "b.amazonaws.com", "") {
		t.Error("the wrong statement is gone")
	}
}
