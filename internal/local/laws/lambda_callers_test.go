package laws_test

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// A policy is what GetPolicy writes.
type policy struct {
	Version   string
	Statement []struct {
		Sid, Effect, Action, Resource string
		Principal                     map[string]string
		Condition                     map[string]map[string]string
	}
}

func (w lambdaWorld) permission(statement string) *sdk.AddPermissionInput {
	return &sdk.AddPermissionInput{
		FunctionName: &w.name, StatementId: &statement, Action: aws.String("lambda:InvokeFunction"),
		Principal: aws.String("events.amazonaws.com"), SourceArn: aws.String("arn:aws:events:us-east-1:123456789012:rule/tick"),
	}
}

func (w lambdaWorld) policy(ctx context.Context, qualifier *string) policy {
	out := must(w.GetPolicy(ctx, &sdk.GetPolicyInput{FunctionName: &w.name, Qualifier: qualifier}))
	var have policy
	if err := json.Unmarshal([]byte(*out.Policy), &have); err != nil {
		broke("policy %s: %v", *out.Policy, err)
	}
	if aws.ToString(out.RevisionId) == "" {
		broke("the policy has no revision")
	}
	return have
}

// The laws of who may call a function, and of what feeds it.
var callerLaws = []law[lambdaWorld]{
	{
		name:   "what has no policy says so",
		source: "model 2015-03-31: GetPolicy → ResourceNotFoundException, HTTP 404",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.create(ctx, "one")
			_, err := w.GetPolicy(ctx, &sdk.GetPolicyInput{FunctionName: &w.name})
			typed[*types.ResourceNotFoundException](err)
			answered(err, http.StatusNotFound)
		},
	},
	{
		name:   "a policy is a JSON document of the statements that were added",
		source: "https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.create(ctx, "one")
			must(w.AddPermission(ctx, w.permission("tick")))
			have := w.policy(ctx, nil)
			if have.Version != "2012-10-17" || len(have.Statement) != 1 {
				broke("policy %+v", have)
			}
			one := have.Statement[0]
			equal("statement", []string{one.Sid, one.Effect, one.Action, one.Resource, one.Principal["Service"], one.Condition["ArnLike"]["AWS:SourceArn"]},
				[]string{"tick", "Allow", "lambda:InvokeFunction", w.arn(""), "events.amazonaws.com", "arn:aws:events:us-east-1:123456789012:rule/tick"})
		},
	},
	{
		name:   "a permission of an alias names the alias",
		source: "https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html#lambda-AddPermission-request-Qualifier",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			input := w.permission("tick")
			input.Qualifier = aws.String("live")
			must(w.AddPermission(ctx, input))
			equal("resource", w.policy(ctx, aws.String("live")).Statement[0].Resource, w.arn("live"))
		},
	},
	{
		name:   "the policy of an alias is not the function's",
		source: "https://docs.aws.amazon.com/lambda/latest/api/API_GetPolicy.html: for a function, version, or alias",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			must(w.AddPermission(ctx, w.permission("tick")))
			_, err := w.GetPolicy(ctx, &sdk.GetPolicyInput{FunctionName: &w.name, Qualifier: aws.String("live")})
			refusedAs(err, "ResourceNotFoundException", http.StatusNotFound)
		},
	},
	{
		name:   "a statement's id is taken once",
		source: "model 2015-03-31: AddPermission → ResourceConflictException, HTTP 409",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.create(ctx, "one")
			must(w.AddPermission(ctx, w.permission("tick")))
			_, err := w.AddPermission(ctx, w.permission("tick"))
			typed[*types.ResourceConflictException](err)
			answered(err, http.StatusConflict)
		},
	},
	{
		name:   "a function without event sources has none",
		source: "https://docs.aws.amazon.com/lambda/latest/api/API_ListEventSourceMappings.html",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.create(ctx, "one")
			out := must(w.ListEventSourceMappings(ctx, &sdk.ListEventSourceMappingsInput{FunctionName: &w.name}))
			equal("mappings", len(out.EventSourceMappings), 0)
		},
	},
	{
		name:   "an event source is listed with the function that it feeds",
		source: "https://docs.aws.amazon.com/lambda/latest/api/API_ListEventSourceMappings.html",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.create(ctx, "one")
			source := w.source(ctx)
			created := must(w.CreateEventSourceMapping(ctx, &sdk.CreateEventSourceMappingInput{FunctionName: &w.name, EventSourceArn: &source, BatchSize: aws.Int32(5)}))
			out := must(w.ListEventSourceMappings(ctx, &sdk.ListEventSourceMappingsInput{FunctionName: &w.name}))
			equal("mappings", len(out.EventSourceMappings), 1)
			one := out.EventSourceMappings[0]
			equal("mapping", []string{*one.UUID, *one.EventSourceArn, *one.FunctionArn, *one.State}, []string{*created.UUID, source, w.arn(""), "Enabled"})
		},
	},
	{
		name:   "an event source of an alias is listed under the alias",
		source: "https://docs.aws.amazon.com/lambda/latest/api/API_ListEventSourceMappings.html, name formats: version or alias ARN",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			source := w.source(ctx)
			must(w.CreateEventSourceMapping(ctx, &sdk.CreateEventSourceMappingInput{FunctionName: aws.String(w.name + ":live"), EventSourceArn: &source}))
			out := must(w.ListEventSourceMappings(ctx, &sdk.ListEventSourceMappingsInput{FunctionName: aws.String(w.arn("live"))}))
			equal("mappings", len(out.EventSourceMappings), 1)
			equal("function", *out.EventSourceMappings[0].FunctionArn, w.arn("live"))
		},
	},
}
