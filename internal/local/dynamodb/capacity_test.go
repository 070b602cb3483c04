package dynamodb_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	local "github.com/goldfinch-dev/goldfinch/internal/local/dynamodb"
)

func TestConsumedCapacityIsWhatDynamoDBCharges(t *testing.T) {
	t.Parallel()
	var used local.Capacity
	service := newService(t, local.Options{Consumed: func(c local.Capacity) { used.Read, used.Write = used.Read+c.Read, used.Write+c.Write }})
	createTable(t, service)
	ctx, name := t.Context(), aws.String(tableName)
	large := strings.Repeat("x", 4000)
	for _, test := range []struct {
		does string
		do   func(context.Context) error
		want local.Capacity
	}{
		{"puts 4 KB", func(ctx context.Context) error {
			_, err := service.PutItem(ctx, &dynamodb.PutItemInput{TableName: name, Item: thing("1", large)})
			return err
		}, local.Capacity{Write: 4}},
		{"puts little in place of it", func(ctx context.Context) error {
			_, err := service.PutItem(ctx, &dynamodb.PutItemInput{TableName: name, Item: thing("1", "y")})
			return err
		}, local.Capacity{Write: 4}},
		{"puts more than 4 KB", func(ctx context.Context) error {
			_, err := service.PutItem(ctx, &dynamodb.PutItemInput{TableName: name, Item: thing("2", large+large)})
			return err
		}, local.Capacity{Write: 8}},
		{"gets it", func(ctx context.Context) error {
			_, err := service.GetItem(ctx, &dynamodb.GetItemInput{TableName: name, Key: thingKey("2")})
			return err
		}, local.Capacity{Read: 2}},
		{"gets nothing", func(ctx context.Context) error {
			_, err := service.GetItem(ctx, &dynamodb.GetItemInput{TableName: name, Key: thingKey("9")})
			return err
		}, local.Capacity{Read: 1}},
		{"fails a condition", func(ctx context.Context) error {
			_, err := service.PutItem(ctx, &dynamodb.PutItemInput{TableName: name, Item: thing("2", "z"), ConditionExpression: aws.String("attribute_not_exists(pk)")})
			var failed *types.ConditionalCheckFailedException
			if errors.As(err, &failed) {
				return nil
			}
			return fmt.Errorf("the condition held (%w)", err)
		}, local.Capacity{Write: 8}},
		{"queries both, and filters both out", func(ctx context.Context) error {
			_, err := service.Query(ctx, &dynamodb.QueryInput{
				TableName: name, KeyConditionExpression: aws.String("pk = :pk"), FilterExpression: aws.String("attribute_exists(absent)"),
				ExpressionAttributeValues: map[string]types.AttributeValue{":pk": text("a")},
			})
			return err
		}, local.Capacity{Read: 2}},
		{"scans", func(ctx context.Context) error {
			_, err := service.Scan(ctx, &dynamodb.ScanInput{TableName: name})
			return err
		}, local.Capacity{Read: 2}},
		{"transacts", func(ctx context.Context) error {
			_, err := service.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
				{Put: &types.Put{TableName: name, Item: thing("3", "new")}},
				{Delete: &types.Delete{TableName: name, Key: thingKey("2")}},
			}})
			return err
		}, local.Capacity{Write: 2 * (1 + 8)}},
		{"reads in a transaction", func(ctx context.Context) error {
			_, err := service.TransactGetItems(ctx, &dynamodb.TransactGetItemsInput{TransactItems: []types.TransactGetItem{{Get: &types.Get{TableName: name, Key: thingKey("3")}}}})
			return err
		}, local.Capacity{Read: 2}},
	} {
		used = local.Capacity{}
		if err := test.do(ctx); err != nil {
			t.Fatalf("%s: %v", test.does, err)
		}
		if used != test.want {
			t.Errorf("%s: takes %+v, want %+v", test.does, used, test.want)
		}
	}
}
