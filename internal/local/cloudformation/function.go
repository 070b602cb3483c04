package cloudformation

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// functions are AWS::Lambda::Function.
type functions struct{ lambda Lambda }

func (f functions) create(ctx context.Context, of request) (string, error) {
	tags := map[string]any{}
	for _, tag := range of.tagged(of.properties["Tags"], nil) {
		if members, ok := tag.(map[string]any); ok {
			tags[scalar(members["Key"])] = scalar(members["Value"])
		}
	}
	of.properties = of.with(map[string]any{"Tags": tags})
	input := &sdk.CreateFunctionInput{}
	if err := shape(input, of.named("FunctionName", 64)); err != nil {
		return "", err
	}
	_, err := f.lambda.CreateFunction(ctx, input)
	if of.again {
		err = unless(err, "ResourceConflictException")
	}
	return *input.FunctionName, err
}

func (f functions) look(ctx context.Context, name string) (seen, error) {
	out, err := f.lambda.GetFunction(ctx, &sdk.GetFunctionInput{FunctionName: &name})
	if err != nil {
		return seen{}, unless(err, "ResourceNotFoundException")
	}
	actual, _ := properties(*out.Configuration).(map[string]any)
	tags := []any{}
	for _, key := range slices.Sorted(maps.Keys(out.Tags)) {
		tags = append(tags, map[string]any{"Key": key, "Value": out.Tags[key]})
	}
	actual["Tags"] = tags
	return seen{
		exists: true, ready: out.Configuration.State != types.StatePending, waiting: "The function is still pending",
		attributes: map[string]string{"Arn": aws.ToString(out.Configuration.FunctionArn)}, properties: actual,
	}, nil
}

func (f functions) delete(ctx context.Context, name string) error {
	_, err := f.lambda.DeleteFunction(ctx, &sdk.DeleteFunctionInput{FunctionName: &name})
	return unless(err, "ResourceNotFoundException")
}

// aliases are AWS::Lambda::Alias. Their ids are their ARNs.
type aliases struct{ lambda Lambda }

func (a aliases) create(ctx context.Context, of request) (string, error) {
	input := &sdk.CreateAliasInput{}
	if err := shape(input, of.properties); err != nil {
		return "", err
	}
	out, err := a.lambda.CreateAlias(ctx, input)
	if code(err) == "ResourceConflictException" && of.again {
		found, err := a.lambda.GetAlias(ctx, &sdk.GetAliasInput{FunctionName: input.FunctionName, Name: input.Name})
		if err != nil {
			return "", err
		}
		return *found.AliasArn, nil
	}
	if err != nil {
		return "", err
	}
	return *out.AliasArn, nil
}

// aliasOf is the function and the name of an alias's ARN, arn:aws:lambda:REGION:ACCOUNT:function:FUNCTION:ALIAS.
func aliasOf(arn string) (function, name *string) {
	parts := strings.Split(arn, ":")
	return aws.String(parts[len(parts)-2]), aws.String(parts[len(parts)-1])
}

func (a aliases) look(ctx context.Context, arn string) (seen, error) {
	function, name := aliasOf(arn)
	out, err := a.lambda.GetAlias(ctx, &sdk.GetAliasInput{FunctionName: function, Name: name})
	if err != nil {
		return seen{}, unless(err, "ResourceNotFoundException")
	}
	actual, _ := properties(*out).(map[string]any)
	actual["FunctionName"] = *function
	return seen{exists: true, ready: true, attributes: map[string]string{"AliasArn": arn}, properties: actual}, nil
}

func (a aliases) delete(ctx context.Context, arn string) error {
	function, name := aliasOf(arn)
	_, err := a.lambda.DeleteAlias(ctx, &sdk.DeleteAliasInput{FunctionName: function, Name: name})
	return unless(err, "ResourceNotFoundException")
}
