package lambda_test

import (
	"context"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/lambda"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// idle is a Runner whose functions answer nothing.
type idle struct{}

func (idle) Invoke(context.Context, lambda.Version, lambda.Invocation) (lambda.Result, error) {
	return lambda.Result{}, nil
}

func (idle) Forget(lambda.Version) {}

func TestAliasesOfAllFunctions(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	service, err := lambda.New(lambda.Options{Store: store.Memory(), Runner: idle{}})
	if err != nil {
		t.Fatal(err)
	}
	if all := service.Aliases(); len(all) > 0 {
		t.Errorf("aliases are %v before there is one", all)
	}
	for _, function := range []string{"second", "first"} {
		if _, err := service.CreateFunction(ctx, &awslambda.CreateFunctionInput{
			FunctionName: &function, Role: aws.String("arn:aws:iam::000000000000:role/any"), Publish: true,
			Runtime: types.RuntimeProvidedal2023, Handler: aws.String("bootstrap"),
			Code: &types.FunctionCode{ZipFile: []byte(function)},
		}); err != nil {
			t.Fatal(err)
		}
		for _, alias := range []string{"live", "beta"} {
			if _, err := service.CreateAlias(ctx, &awslambda.CreateAliasInput{
				FunctionName: &function, Name: &alias, FunctionVersion: aws.String("1"),
			}); err != nil {
				t.Fatal(err)
			}
		}
	}
	want := []string{"first/beta", "first/live", "second/beta", "second/live"}
	if all := service.Aliases(); !slices.Equal(all, want) {
		t.Errorf("aliases are %v, want %v", all, want)
	}
}
