// Command calls makes one call of AWS in each way in which code can make one, and
// has others that nobody makes.
package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

type functions interface {
	CreateAlias(context.Context, *lambda.CreateAliasInput, ...func(*lambda.Options)) (*lambda.CreateAliasOutput, error)
	DeleteAlias(context.Context, *lambda.DeleteAliasInput, ...func(*lambda.Options)) (*lambda.DeleteAliasOutput, error)
	DeleteFunction(context.Context, *lambda.DeleteFunctionInput, ...func(*lambda.Options)) (*lambda.DeleteFunctionOutput, error)
	GetAlias(context.Context, *lambda.GetAliasInput, ...func(*lambda.Options)) (*lambda.GetAliasOutput, error)
	GetFunction(context.Context, *lambda.GetFunctionInput, ...func(*lambda.Options)) (*lambda.GetFunctionOutput, error)
	ListAliases(context.Context, *lambda.ListAliasesInput, ...func(*lambda.Options)) (*lambda.ListAliasesOutput, error)
	PublishVersion(context.Context, *lambda.PublishVersionInput, ...func(*lambda.Options)) (*lambda.PublishVersionOutput, error)
	UpdateAlias(context.Context, *lambda.UpdateAliasInput, ...func(*lambda.Options)) (*lambda.UpdateAliasOutput, error)
}

// target is called through an interface of its own.
type target interface{ shift(context.Context) error }

type alias struct{ api functions }

// shift calls a method of an interface in a field.
func (a alias) shift(ctx context.Context) error {
	_, err := a.api.UpdateAlias(ctx, &lambda.UpdateAliasInput{})
	return err
}

// remove is called by nobody.
func (a alias) remove(ctx context.Context) error {
	_, err := a.api.DeleteFunction(ctx, &lambda.DeleteFunctionInput{})
	return err
}

// both has target's method and another: a call through it reaches what has both, and one through target what has the first alone.
type both interface {
	target
	name() string
}

func (a alias) name() string { return "alias" }

type configuration struct{ client *lambda.Client }

func (c configuration) shift(ctx context.Context) error {
	_, err := c.client.UpdateFunctionConfiguration(ctx, &lambda.UpdateFunctionConfigurationInput{})
	return err
}

// printed is turned into any, so that whoever has it may call it.
type printed struct{ api functions }

func (p printed) String() string {
	_, err := p.api.ListAliases(context.Background(), &lambda.ListAliasesInput{})
	return fmt.Sprint(err)
}

// call calls what it is given.
func call[Input, Output, Option any](ctx context.Context, method func(context.Context, *Input, ...func(*Option)) (*Output, error), input *Input) error {
	_, err := method(ctx, input)
	return err
}

// unreachable is called by nobody.
func unreachable(ctx context.Context, api functions) error {
	return call(ctx, api.DeleteAlias, &lambda.DeleteAliasInput{})
}

func main() {
	ctx := context.Background()
	client := lambda.New(lambda.Options{})
	var api functions = client

	// Of the client itself.
	_, _ = client.GetAccountSettings(ctx, &lambda.GetAccountSettingsInput{})
	// Bound to its receiver, through a generic function.
	_ = call(ctx, api.GetFunction, &lambda.GetFunctionInput{})
	// Kept in a variable.
	publish := api.PublishVersion
	_, _ = publish(ctx, &lambda.PublishVersionInput{})
	// In a closure that a library calls.
	slices.SortFunc([]int{2, 1}, func(a, b int) int {
		_, _ = api.GetAlias(ctx, &lambda.GetAliasInput{})
		return a - b
	})
	// Deferred, and on another goroutine.
	defer func() { _ = alias{api}.shift(ctx) }()
	var named both = alias{api}
	_ = named.shift(ctx)
	for _, one := range []target{alias{api}, configuration{client}} {
		_ = one.shift(ctx)
	}
	go func() { _, _ = api.CreateAlias(ctx, &lambda.CreateAliasInput{}) }()
	fmt.Print(printed{api})

	// By a paginator, and in a transaction.
	table := dynamodb.New(dynamodb.Options{})
	_, _ = dynamodb.NewScanPaginator(table, &dynamodb.ScanInput{}).NextPage(ctx)
	_, _ = table.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{
		TransactItems: []types.TransactWriteItem{{ConditionCheck: &types.ConditionCheck{}}},
	})
}
