package laws_test

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

const updatePage = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html"

// The laws of updates.
var updateLaws = []law[dynamodbWorld]{
	{
		name:   "an update creates what is not there",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html: adds a new item if it does not already exist",
		hold: func(ctx context.Context, w dynamodbWorld) {
			must(w.UpdateItem(ctx, &sdk.UpdateItemInput{
				TableName: &w.table, Key: key("a", "1"), UpdateExpression: aws.String("SET colour = :c"), ExpressionAttributeValues: attributes{":c": text("red")},
			}))
			sameItem("item", w.get(ctx, "a", "1"), item("a", "1", attributes{"colour": text("red")}))
		},
	},
	{
		name:   "a counter counts from what is there",
		source: updatePage + "#Expressions.UpdateExpressions.SET.IncrementAndDecrement",
		hold: func(ctx context.Context, w dynamodbWorld) {
			for _, want := range []string{"1", "2"} {
				out := must(w.UpdateItem(ctx, &sdk.UpdateItemInput{
					TableName: &w.table, Key: key("a", "1"), UpdateExpression: aws.String("SET fence = if_not_exists(fence, :zero) + :one"),
					ExpressionAttributeValues: attributes{":zero": number("0"), ":one": number("1")}, ReturnValues: types.ReturnValueUpdatedNew,
				}))
				sameItem("updated", out.Attributes, attributes{"fence": number(want)})
			}
		},
	},
	{
		name:   "REMOVE takes attributes away, and of one that is not there nothing",
		source: updatePage + "#Expressions.UpdateExpressions.REMOVE",
		hold: func(ctx context.Context, w dynamodbWorld) {
			w.put(ctx, item("a", "1", attributes{"colour": text("red"), "size": number("3")}))
			must(w.UpdateItem(ctx, &sdk.UpdateItemInput{TableName: &w.table, Key: key("a", "1"), UpdateExpression: aws.String("REMOVE colour, weight")}))
			sameItem("item", w.get(ctx, "a", "1"), item("a", "1", attributes{"size": number("3")}))
		},
	},
	{
		name:   "a list is appended to",
		source: updatePage + "#Expressions.UpdateExpressions.SET.UpdatingListElements",
		hold: func(ctx context.Context, w dynamodbWorld) {
			list := func(words ...string) types.AttributeValue {
				l := &types.AttributeValueMemberL{}
				for _, word := range words {
					l.Value = append(l.Value, text(word))
				}
				return l
			}
			w.put(ctx, item("a", "1", attributes{"notes": list("one")}))
			must(w.UpdateItem(ctx, &sdk.UpdateItemInput{
				TableName: &w.table, Key: key("a", "1"), UpdateExpression: aws.String("SET notes = list_append(notes, :more)"),
				ExpressionAttributeValues: attributes{":more": list("two")},
			}))
			sameItem("item", w.get(ctx, "a", "1"), item("a", "1", attributes{"notes": list("one", "two")}))
		},
	},
	{
		name:   "all of an update sees the item as it was",
		source: updatePage + ": the right-hand sides are evaluated before any of the actions are performed",
		hold: func(ctx context.Context, w dynamodbWorld) {
			w.put(ctx, item("a", "1", attributes{"stable": number("1"), "canary": number("2")}))
			must(w.UpdateItem(ctx, &sdk.UpdateItemInput{
				TableName: &w.table, Key: key("a", "1"), UpdateExpression: aws.String("SET stable = canary, canary = stable"),
			}))
			sameItem("item", w.get(ctx, "a", "1"), item("a", "1", attributes{"stable": number("2"), "canary": number("1")}))
		},
	},
	{
		name:   "the key cannot be updated",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html",
		hold: func(ctx context.Context, w dynamodbWorld) {
			w.put(ctx, key("a", "1"))
			_, err := w.UpdateItem(ctx, &sdk.UpdateItemInput{
				TableName: &w.table, Key: key("a", "1"), UpdateExpression: aws.String("SET sk = :s"), ExpressionAttributeValues: attributes{":s": text("2")},
			})
			refused(err, "ValidationException")
		},
	},
	{
		name:   "a write returns the item as it was, or as it is",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html#DDB-UpdateItem-request-ReturnValues",
		hold: func(ctx context.Context, w dynamodbWorld) {
			was, is := item("a", "1", attributes{"n": number("1")}), item("a", "1", attributes{"n": number("2")})
			w.put(ctx, was)
			update := func(to string, values types.ReturnValue) attributes {
				return must(w.UpdateItem(ctx, &sdk.UpdateItemInput{
					TableName: &w.table, Key: key("a", "1"), UpdateExpression: aws.String("SET n = :n"), ExpressionAttributeValues: attributes{":n": number(to)}, ReturnValues: values,
				})).Attributes
			}
			sameItem("ALL_OLD", update("2", types.ReturnValueAllOld), was)
			sameItem("ALL_NEW", update("2", types.ReturnValueAllNew), is)
			deleted := must(w.DeleteItem(ctx, &sdk.DeleteItemInput{TableName: &w.table, Key: key("a", "1"), ReturnValues: types.ReturnValueAllOld}))
			sameItem("deleted", deleted.Attributes, is)
		},
	},
}
