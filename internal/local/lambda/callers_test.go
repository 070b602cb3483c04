package lambda_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/local/lambda"
)

func TestPermissions(t *testing.T) {
	t.Parallel()
	c := released(t, nil)
	name := aws.String("echo")
	policy := func(qualifier *string) (*sdk.GetPolicyOutput, error) {
		return c.GetPolicy(t.Context(), &sdk.GetPolicyInput{FunctionName: name, Qualifier: qualifier})
	}
	permit := func(id string, qualifier *string, principal string) (*sdk.AddPermissionOutput, error) {
		return c.AddPermission(t.Context(), &sdk.AddPermissionInput{
			FunctionName: name, Qualifier: qualifier, StatementId: &id, Principal: &principal,
			Action: aws.String("lambda:InvokeFunction"), SourceArn: aws.String("arn:source"), SourceAccount: aws.String("1"),
		})
	}
	_, err := policy(nil)
	refused(t, err, "ResourceNotFoundException", 404, "does not exist")

	for _, test := range []struct {
		id        string
		qualifier *string
		principal string
		want      string
		revision  func() string
	}{
		{"whole", nil, "events.amazonaws.com", `{"Service":"events.amazonaws.com"}`, func() string { return *c.configuration("").RevisionId }},
		{"alias", aws.String("live"), "arn:aws:iam::1:root", `{"AWS":"arn:aws:iam::1:root"}`, func() string { return *c.alias().RevisionId }},
		{"version", aws.String("2"), "*", `"*"`, func() string { return *c.configuration("2").RevisionId }},
	} {
		before := test.revision()
		must[*sdk.AddPermissionOutput](t)(permit(test.id, test.qualifier, test.principal))
		got := must[*sdk.GetPolicyOutput](t)(policy(test.qualifier))
		var document struct {
			Version   string
			Statement []struct {
				Sid, Effect, Action, Resource string
				Principal                     json.RawMessage
				Condition                     map[string]map[string]string
			}
		}
		if err := json.Unmarshal([]byte(*got.Policy), &document); err != nil || len(document.Statement) != 1 {
			t.Fatalf("%s: %v", *got.Policy, err)
		}
		s := document.Statement[0]
		if s.Sid != test.id || s.Effect != "Allow" || s.Action != "lambda:InvokeFunction" || string(s.Principal) != test.want ||
			s.Condition["ArnLike"]["AWS:SourceArn"] != "arn:source" || s.Condition["StringEquals"]["AWS:SourceAccount"] != "1" {
			t.Errorf("%s", *got.Policy)
		}
		if want := strings.TrimSuffix("arn:aws:lambda:us-east-1:000000000000:function:echo:"+aws.ToString(test.qualifier), ":"); s.Resource != want {
			t.Errorf("resource %s, want %s", s.Resource, want)
		}
		if after := test.revision(); after == before || after != *got.RevisionId {
			t.Errorf("%s: revision %s, then %s, the policy's %s", test.id, before, after, *got.RevisionId)
		}
	}
	_, err = permit("whole", nil, "*")
	refused(t, err, "ResourceConflictException", 409, "statement id (whole)")
	must[*sdk.AddPermissionOutput](t)(permit("second", nil, "*"))
	_, err = c.AddPermission(t.Context(), &sdk.AddPermissionInput{FunctionName: name, StatementId: aws.String("third"), Principal: aws.String("*"), Action: aws.String("lambda:*"), RevisionId: aws.String("stale")})
	refused(t, err, "PreconditionFailedException", 412, "Call the GetPolicy API")

	// What belongs to an alias goes with it.
	must[*sdk.DeleteAliasOutput](t)(c.DeleteAlias(t.Context(), &sdk.DeleteAliasInput{FunctionName: name, Name: aws.String("live")}))
	must[*sdk.CreateAliasOutput](t)(c.CreateAlias(t.Context(), &sdk.CreateAliasInput{FunctionName: name, Name: aws.String("live"), FunctionVersion: aws.String("1")}))
	_, err = policy(aws.String("live"))
	refused(t, err, "ResourceNotFoundException", 404, "does not exist")
}

func TestEventSourceMappings(t *testing.T) {
	t.Parallel()
	c := released(t, nil)
	create := func(function, source string, enabled *bool) *sdk.CreateEventSourceMappingOutput {
		t.Helper()
		return must[*sdk.CreateEventSourceMappingOutput](t)(c.CreateEventSourceMapping(t.Context(), &sdk.CreateEventSourceMappingInput{
			FunctionName: &function, EventSourceArn: &source, BatchSize: aws.Int32(7), Enabled: enabled,
		}))
	}
	list := func(function, source *string) []types.EventSourceMappingConfiguration {
		t.Helper()
		return must[*sdk.ListEventSourceMappingsOutput](t)(c.ListEventSourceMappings(t.Context(), &sdk.ListEventSourceMappingsInput{FunctionName: function, EventSourceArn: source})).EventSourceMappings
	}
	whole := create("echo", "arn:queue", nil)
	if *whole.State != "Enabled" || *whole.BatchSize != 7 || *whole.FunctionArn != "arn:aws:lambda:us-east-1:000000000000:function:echo" || *whole.UUID == "" {
		t.Errorf("%+v", whole)
	}
	if alias := create("echo:live", "arn:stream", aws.Bool(false)); *alias.State != "Disabled" || !strings.HasSuffix(*alias.FunctionArn, ":echo:live") {
		t.Errorf("%+v", alias)
	}
	if got := list(nil, nil); len(got) != 2 {
		t.Errorf("all: %+v", got)
	}
	if got := list(aws.String("echo"), nil); len(got) != 1 || *got[0].UUID != *whole.UUID || *got[0].EventSourceArn != "arn:queue" {
		t.Errorf("of the function: %+v", got)
	}
	if got := list(nil, aws.String("arn:stream")); len(got) != 1 || *got[0].BatchSize != 7 {
		t.Errorf("of the stream: %+v", got)
	}
	_, err := c.CreateEventSourceMapping(t.Context(), &sdk.CreateEventSourceMappingInput{FunctionName: aws.String("other")})
	refused(t, err, "ResourceNotFoundException", 404, "function:other")
	_, err = c.ListEventSourceMappings(t.Context(), &sdk.ListEventSourceMappingsInput{FunctionName: aws.String("o t h e r")})
	refused(t, err, "InvalidParameterValueException", 400, "o t h e r")
}

func TestTags(t *testing.T) {
	t.Parallel()
	c := released(t, nil)
	arn := aws.String("arn:aws:lambda:us-east-1:000000000000:function:echo")
	for _, tags := range []map[string]string{{"a": "1", "b": "1"}, {"b": "2"}} {
		must[*sdk.TagResourceOutput](t)(c.TagResource(t.Context(), &sdk.TagResourceInput{Resource: arn, Tags: tags}))
	}
	got := must[*sdk.ListTagsOutput](t)(c.ListTags(t.Context(), &sdk.ListTagsInput{Resource: arn})).Tags
	if !maps.Equal(got, map[string]string{"a": "1", "b": "2"}) {
		t.Errorf("tags %v", got)
	}
	_, err := c.TagResource(t.Context(), &sdk.TagResourceInput{Resource: aws.String(*arn + ":live")})
	refused(t, err, "InvalidParameterValueException", 400, "not supported")
	_, err = c.ListTags(t.Context(), &sdk.ListTagsInput{Resource: aws.String(*arn + "s")})
	refused(t, err, "ResourceNotFoundException", 404, "function:echos")
}

// Each operation passes the interceptor once, under its name in IAM, and its
// errors are wrapped as the SDK's.
func TestOperationsAreIntercepted(t *testing.T) {
	t.Parallel()
	var seen []string
	fault := errors.New("fault")
	fail := false
	c := released(t, func(o *lambda.Options) {
		o.Intercept = func(ctx context.Context, operation string, call func(context.Context) error) error {
			seen = append(seen, operation)
			if fail {
				return fault
			}
			return call(ctx)
		}
	})
	name, ctx := aws.String("none"), t.Context()
	calls := map[string]func() error{
		"lambda:CreateFunction": func() error { _, err := c.CreateFunction(ctx, creation("echo", "v1")); return err },
		"lambda:GetFunction": func() error {
			_, err := c.GetFunction(ctx, &sdk.GetFunctionInput{FunctionName: name})
			return err
		},
		"lambda:GetFunctionConfiguration": func() error {
			_, err := c.GetFunctionConfiguration(ctx, &sdk.GetFunctionConfigurationInput{FunctionName: name})
			return err
		},
		"lambda:UpdateFunctionCode": func() error {
			_, err := c.UpdateFunctionCode(ctx, &sdk.UpdateFunctionCodeInput{FunctionName: name})
			return err
		},
		"lambda:UpdateFunctionConfiguration": func() error {
			_, err := c.UpdateFunctionConfiguration(ctx, &sdk.UpdateFunctionConfigurationInput{FunctionName: name})
			return err
		},
		"lambda:PublishVersion": func() error {
			_, err := c.PublishVersion(ctx, &sdk.PublishVersionInput{FunctionName: name})
			return err
		},
		"lambda:ListVersionsByFunction": func() error {
			_, err := c.ListVersionsByFunction(ctx, &sdk.ListVersionsByFunctionInput{FunctionName: name})
			return err
		},
		"lambda:DeleteFunction": func() error {
			_, err := c.DeleteFunction(ctx, &sdk.DeleteFunctionInput{FunctionName: name})
			return err
		},
		"lambda:CreateAlias": func() error {
			_, err := c.CreateAlias(ctx, &sdk.CreateAliasInput{FunctionName: name})
			return err
		},
		"lambda:GetAlias":    func() error { _, err := c.GetAlias(ctx, &sdk.GetAliasInput{FunctionName: name}); return err },
		"lambda:UpdateAlias": func() error { _, err := c.UpdateAlias(ctx, &sdk.UpdateAliasInput{FunctionName: name}); return err },
		"lambda:DeleteAlias": func() error {
			_, err := c.DeleteAlias(ctx, &sdk.DeleteAliasInput{FunctionName: name})
			return err
		},
		"lambda:ListAliases": func() error {
			_, err := c.ListAliases(ctx, &sdk.ListAliasesInput{FunctionName: name})
			return err
		},
		"lambda:InvokeFunction": func() error { _, err := c.Invoke(ctx, &sdk.InvokeInput{FunctionName: name}); return err },
		"lambda:GetPolicy":      func() error { _, err := c.GetPolicy(ctx, &sdk.GetPolicyInput{FunctionName: name}); return err },
		"lambda:AddPermission": func() error {
			_, err := c.AddPermission(ctx, &sdk.AddPermissionInput{FunctionName: name})
			return err
		},
		"lambda:ListEventSourceMappings": func() error {
			_, err := c.ListEventSourceMappings(ctx, &sdk.ListEventSourceMappingsInput{FunctionName: aws.String("a b")})
			return err
		},
		"lambda:CreateEventSourceMapping": func() error {
			_, err := c.CreateEventSourceMapping(ctx, &sdk.CreateEventSourceMappingInput{FunctionName: name})
			return err
		},
		"lambda:PutProvisionedConcurrencyConfig": func() error {
			_, err := c.PutProvisionedConcurrencyConfig(ctx, &sdk.PutProvisionedConcurrencyConfigInput{FunctionName: name})
			return err
		},
		"lambda:GetProvisionedConcurrencyConfig": func() error {
			_, err := c.GetProvisionedConcurrencyConfig(ctx, &sdk.GetProvisionedConcurrencyConfigInput{FunctionName: name})
			return err
		},
		"lambda:ListProvisionedConcurrencyConfigs": func() error {
			_, err := c.ListProvisionedConcurrencyConfigs(ctx, &sdk.ListProvisionedConcurrencyConfigsInput{FunctionName: name})
			return err
		},
		"lambda:DeleteProvisionedConcurrencyConfig": func() error {
			_, err := c.DeleteProvisionedConcurrencyConfig(ctx, &sdk.DeleteProvisionedConcurrencyConfigInput{FunctionName: name})
			return err
		},
		"lambda:TagResource": func() error { _, err := c.TagResource(ctx, &sdk.TagResourceInput{Resource: name}); return err },
		"lambda:ListTags":    func() error { _, err := c.ListTags(ctx, &sdk.ListTagsInput{Resource: name}); return err },
	}
	for operation, call := range calls {
		fail, seen = true, nil
		if err := call(); !errors.Is(err, fault) || !slices.Equal(seen, []string{operation}) {
			t.Errorf("%s: error %v, intercepted %q", operation, err, seen)
		}
		fail = false
		err := call()
		if wrapped, ok := errors.AsType[*smithy.OperationError](err); !ok || wrapped.ServiceID != "Lambda" {
			t.Errorf("%s: error %v is not the SDK's", operation, err)
		}
		if api, ok := errors.AsType[smithy.APIError](err); !ok || api.ErrorFault() != smithy.FaultClient {
			t.Errorf("%s: error %v is not the service's", operation, err)
		}
	}
	seen = nil
	if _, err := c.Run(ctx, "echo", "live", []byte("{}")); err != nil || len(seen) != 0 {
		t.Errorf("user traffic is intercepted: %q, %v", seen, err)
	}
}

func TestARNsHaveRegionAndAccount(t *testing.T) {
	t.Parallel()
	c := released(t, func(o *lambda.Options) { o.Region, o.AccountID = "eu-central-1", "123456789012" })
	if got, want := *c.alias().AliasArn, fmt.Sprintf("arn:aws:lambda:%s:%s:function:echo:live", "eu-central-1", "123456789012"); got != want {
		t.Errorf("ARN %s, want %s", got, want)
	}
}
