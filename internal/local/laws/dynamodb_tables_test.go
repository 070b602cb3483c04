package laws_test

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// The laws of tables and of what an item must be.
var tableLaws = []law[dynamodbWorld]{
	{
		name:   "a table is described with its key",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTable.html",
		hold: func(ctx context.Context, w dynamodbWorld) {
			have := must(w.DescribeTable(ctx, &sdk.DescribeTableInput{TableName: &w.table})).Table
			equal("name and status", []string{*have.TableName, string(have.TableStatus)}, []string{w.table, "ACTIVE"})
			equal("key", []string{*have.KeySchema[0].AttributeName, *have.KeySchema[1].AttributeName}, []string{"pk", "sk"})
		},
	},
	{
		name:   "a table's name is taken once",
		source: "model 2012-08-10: CreateTable → ResourceInUseException",
		hold: func(ctx context.Context, w dynamodbWorld) {
			_, err := w.CreateTable(ctx, w.creation())
			typed[*types.ResourceInUseException](err)
		},
	},
	{
		name:   "an unknown table is not found",
		source: "model 2012-08-10: ResourceNotFoundException",
		hold: func(ctx context.Context, w dynamodbWorld) {
			_, err := w.PutItem(ctx, &sdk.PutItemInput{TableName: aws.String("nobody"), Item: key("a", "1")})
			typed[*types.ResourceNotFoundException](err)
			_, err = w.DescribeTable(ctx, &sdk.DescribeTableInput{TableName: aws.String("nobody")})
			typed[*types.ResourceNotFoundException](err)
		},
	},
	{
		name:   "an item without its whole key is refused",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html: you must provide all of the attributes for the primary key",
		hold: func(ctx context.Context, w dynamodbWorld) {
			_, err := w.PutItem(ctx, &sdk.PutItemInput{TableName: &w.table, Item: attributes{"pk": text("a")}})
			refused(err, "ValidationException")
			_, err = w.GetItem(ctx, &sdk.GetItemInput{TableName: &w.table, Key: attributes{"pk": text("a")}})
			refused(err, "ValidationException")
		},
	},
	{
		name:   "a key of another type is refused",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html: the data types must match those of the schema",
		hold: func(ctx context.Context, w dynamodbWorld) {
			_, err := w.PutItem(ctx, &sdk.PutItemInput{TableName: &w.table, Item: attributes{"pk": text("a"), "sk": number("1")}})
			refused(err, "ValidationException")
		},
	},
	{
		name:   "a key is never empty",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html: key attributes cannot be empty",
		hold: func(ctx context.Context, w dynamodbWorld) {
			_, err := w.PutItem(ctx, &sdk.PutItemInput{TableName: &w.table, Item: key("", "1")})
			refused(err, "ValidationException")
		},
	},
	{
		name:   "a reserved word needs a name with #",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html",
		hold: func(ctx context.Context, w dynamodbWorld) {
			_, err := w.UpdateItem(ctx, &sdk.UpdateItemInput{
				TableName: &w.table, Key: key("a", "1"), UpdateExpression: aws.String("SET status = :s"), ExpressionAttributeValues: attributes{":s": text("x")},
			})
			refused(err, "ValidationException")
		},
	},
	{
		name:   "a value that no expression uses is refused",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ExpressionAttributeValues.html",
		hold: func(ctx context.Context, w dynamodbWorld) {
			_, err := w.UpdateItem(ctx, &sdk.UpdateItemInput{
				TableName: &w.table, Key: key("a", "1"), UpdateExpression: aws.String("SET colour = :c"),
				ExpressionAttributeValues: attributes{":c": text("red"), ":unused": text("x")},
			})
			refused(err, "ValidationException")
		},
	},
}
