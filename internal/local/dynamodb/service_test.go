package dynamodb_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	local "github.com/goldfinch-dev/goldfinch/internal/local/dynamodb"
)

const tableName = "things"

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// ignoreUnexported lets cmp compare the SDK's types.
var ignoreUnexported = cmpopts.IgnoreUnexported(
	types.AttributeValueMemberS{}, types.AttributeValueMemberN{}, types.AttributeValueMemberB{},
	types.AttributeValueMemberSS{}, types.AttributeValueMemberNS{}, types.AttributeValueMemberBS{},
	types.AttributeValueMemberM{}, types.AttributeValueMemberL{}, types.AttributeValueMemberBOOL{},
	types.AttributeValueMemberNULL{}, types.CancellationReason{}, types.KeysAndAttributes{},
)

func newService(t testing.TB, options local.Options) *local.Service {
	t.Helper()
	if options.Clock == nil {
		options.Clock = clock.NewVirtual(start)
	}
	service, err := local.New(options)
	if err != nil {
		t.Fatal(err)
	}
	return service
}

// A client is the SDK's or the service itself.
type client interface {
	CreateTable(context.Context, *dynamodb.CreateTableInput, ...func(*dynamodb.Options)) (*dynamodb.CreateTableOutput, error)
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
}

// createTable creates the table with a partition key pk and a sort key sk, both strings.
func createTable(t testing.TB, c client) {
	t.Helper()
	if _, err := c.CreateTable(t.Context(), tableInput(tableName, types.ScalarAttributeTypeS, types.ScalarAttributeTypeS)); err != nil {
		t.Fatal(err)
	}
}

// tableInput describes a table with keys of those types; it has no sort key when sort is empty.
func tableInput(name string, partition, sort types.ScalarAttributeType) *dynamodb.CreateTableInput {
	in := &dynamodb.CreateTableInput{
		TableName:            aws.String(name),
		BillingMode:          types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("pk"), AttributeType: partition}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("pk"), KeyType: types.KeyTypeHash}},
	}
	if sort != "" {
		in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{AttributeName: aws.String("sk"), AttributeType: sort})
		in.KeySchema = append(in.KeySchema, types.KeySchemaElement{AttributeName: aws.String("sk"), KeyType: types.KeyTypeRange})
	}
	return in
}

func put(t testing.TB, c client, item map[string]types.AttributeValue) {
	t.Helper()
	if _, err := c.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String(tableName), Item: item}); err != nil {
		t.Fatal(err)
	}
}

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func number(s string) types.AttributeValue { return &types.AttributeValueMemberN{Value: s} }

// members makes a map of names and values by turns.
func members(namesAndValues ...any) types.AttributeValue {
	return &types.AttributeValueMemberM{Value: attributes(namesAndValues...)}
}

func attributes(namesAndValues ...any) map[string]types.AttributeValue {
	out := map[string]types.AttributeValue{}
	for i := 0; i < len(namesAndValues); i += 2 {
		out[namesAndValues[i].(string)] = namesAndValues[i+1].(types.AttributeValue)
	}
	return out
}

func itemKey(pk, sk string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{"pk": text(pk), "sk": text(sk)}
}

// item makes an item of its key and then names and values by turns.
func item(pk, sk string, namesAndValues ...any) map[string]types.AttributeValue {
	out := attributes(namesAndValues...)
	out["pk"], out["sk"] = text(pk), text(sk)
	return out
}

// refusal is CODE: MESSAGE of an error of DynamoDB's; "" when err is nil.
func refusal(t testing.TB, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var refused smithy.APIError
	if !errors.As(err, &refused) {
		t.Fatalf("not DynamoDB's error: %v", err)
	}
	return fmt.Sprintf("%s: %s", refused.ErrorCode(), refused.ErrorMessage())
}
