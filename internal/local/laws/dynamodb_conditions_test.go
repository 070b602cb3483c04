package laws_test

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

const conditionPage = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ConditionExpressions.html"

// once puts an item that must not be there.
func (w dynamodbWorld) putOnce(ctx context.Context, item attributes, show types.ReturnValuesOnConditionCheckFailure) error {
	_, err := w.PutItem(ctx, &sdk.PutItemInput{
		TableName: &w.table, Item: item, ConditionExpression: aws.String("attribute_not_exists(pk)"), ReturnValuesOnConditionCheckFailure: show,
	})
	return err
}

// The laws of writes under a condition, on which the ledger's locks and leases
// stand. No peer is excused from them.
var conditionLaws = []law[dynamodbWorld]{
	{
		name:   "of two who put what must not be there only one does",
		source: conditionPage + "#Expressions.ConditionExpressions.PreventingOverwrites",
		strict: true,
		hold: func(ctx context.Context, w dynamodbWorld) {
			if err := w.putOnce(ctx, item("a", "1", attributes{"owner": text("first")}), ""); err != nil {
				broke("the first was refused: %v", err)
			}
			conditionFailed(w.putOnce(ctx, item("a", "1", attributes{"owner": text("second")}), ""))
			sameItem("item", w.get(ctx, "a", "1"), item("a", "1", attributes{"owner": text("first")}))
		},
	},
	{
		name:   "a failed condition shows the item that is there, if asked",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html#DDB-PutItem-request-ReturnValuesOnConditionCheckFailure",
		strict: true,
		hold: func(ctx context.Context, w dynamodbWorld) {
			there := item("a", "1", attributes{"owner": text("first")})
			w.put(ctx, there)
			err := w.putOnce(ctx, item("a", "1", attributes{"owner": text("second")}), types.ReturnValuesOnConditionCheckFailureAllOld)
			sameItem("put", conditionFailed(err).Item, there)
			_, err = w.UpdateItem(ctx, &sdk.UpdateItemInput{
				TableName: &w.table, Key: key("a", "1"), UpdateExpression: aws.String("SET fence = :f"), ConditionExpression: aws.String("fence = :f"),
				ExpressionAttributeValues: attributes{":f": number("2")}, ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
			})
			sameItem("update", conditionFailed(err).Item, there)
			_, err = w.DeleteItem(ctx, &sdk.DeleteItemInput{
				TableName: &w.table, Key: key("a", "1"), ConditionExpression: aws.String("attribute_exists(fence)"),
				ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
			})
			sameItem("delete", conditionFailed(err).Item, there)
		},
	},
	{
		name:   "a failed condition shows nothing unless asked",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html#DDB-PutItem-request-ReturnValuesOnConditionCheckFailure",
		strict: true,
		hold: func(ctx context.Context, w dynamodbWorld) {
			w.put(ctx, key("a", "1"))
			sameItem("item of the error", conditionFailed(w.putOnce(ctx, key("a", "1"), "")).Item, nil)
		},
	},
	{
		name:   "an update whose condition fails changes nothing",
		source: conditionPage,
		strict: true,
		hold: func(ctx context.Context, w dynamodbWorld) {
			there := item("a", "1", attributes{"fence": number("1"), "owner": text("first")})
			w.put(ctx, there)
			_, err := w.UpdateItem(ctx, &sdk.UpdateItemInput{
				TableName: &w.table, Key: key("a", "1"), UpdateExpression: aws.String("SET #o = :o, fence = fence + :one"), ConditionExpression: aws.String("fence = :f"),
				ExpressionAttributeNames: map[string]string{"#o": "owner"}, ExpressionAttributeValues: attributes{":o": text("second"), ":one": number("1"), ":f": number("7")},
			})
			conditionFailed(err)
			sameItem("item", w.get(ctx, "a", "1"), there)
		},
	},
	{
		name:   "an update whose condition fails creates nothing",
		source: conditionPage,
		strict: true,
		hold: func(ctx context.Context, w dynamodbWorld) {
			_, err := w.UpdateItem(ctx, &sdk.UpdateItemInput{
				TableName: &w.table, Key: key("a", "1"), UpdateExpression: aws.String("SET colour = :c"), ConditionExpression: aws.String("attribute_exists(pk)"),
				ExpressionAttributeValues: attributes{":c": text("red")},
			})
			conditionFailed(err)
			sameItem("item", w.get(ctx, "a", "1"), nil)
		},
	},
	{
		name:   "a lock is taken when it is free, expired or one's own",
		source: conditionPage + ": OR, <, =",
		strict: true,
		hold: func(ctx context.Context, w dynamodbWorld) {
			take := func(owner, now, until string) error {
				_, err := w.UpdateItem(ctx, &sdk.UpdateItemInput{
					TableName: &w.table, Key: key("lock", "1"),
					UpdateExpression:    aws.String("SET #o = :me, expires = :until, fence = if_not_exists(fence, :zero) + :one"),
					ConditionExpression: aws.String("attribute_not_exists(pk) OR expires < :now OR #o = :me"),
					ExpressionAttributeNames: map[string]string{
						"#o": "owner",
					},
					ExpressionAttributeValues: attributes{":me": text(owner), ":until": number(until), ":now": number(now), ":zero": number("0"), ":one": number("1")},
				})
				return err
			}
			for _, try := range []struct {
				owner, now, until string
				taken             bool
			}{{"a", "100", "200", true}, {"b", "150", "250", false}, {"a", "150", "250", true}, {"b", "250", "350", false}, {"b", "251", "351", true}} {
				if err := take(try.owner, try.now, try.until); try.taken && err != nil {
					broke("%s was refused at %s: %v", try.owner, try.now, err)
				} else if !try.taken {
					conditionFailed(err)
				}
			}
			sameItem("lock", w.get(ctx, "lock", "1"), item("lock", "1", attributes{"owner": text("b"), "expires": number("351"), "fence": number("3")}))
		},
	},
	{
		name:   "a delete whose condition fails deletes nothing",
		source: conditionPage,
		strict: true,
		hold: func(ctx context.Context, w dynamodbWorld) {
			w.put(ctx, item("a", "1", attributes{"owner": text("first")}))
			remove := func(owner string) error {
				_, err := w.DeleteItem(ctx, &sdk.DeleteItemInput{
					TableName: &w.table, Key: key("a", "1"), ConditionExpression: aws.String("#o = :me"),
					ExpressionAttributeNames: map[string]string{"#o": "owner"}, ExpressionAttributeValues: attributes{":me": text(owner)},
				})
				return err
			}
			conditionFailed(remove("second"))
			if len(w.get(ctx, "a", "1")) == 0 {
				broke("the item is gone")
			}
			if err := remove("first"); err != nil {
				broke("the owner was refused: %v", err)
			}
			sameItem("item", w.get(ctx, "a", "1"), nil)
		},
	},
	{
		name:   "a delete of nothing fails only with a condition",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteItem.html: DeleteItem is an idempotent operation",
		strict: true,
		hold: func(ctx context.Context, w dynamodbWorld) {
			must(w.DeleteItem(ctx, &sdk.DeleteItemInput{TableName: &w.table, Key: key("a", "1")}))
			_, err := w.DeleteItem(ctx, &sdk.DeleteItemInput{TableName: &w.table, Key: key("a", "1"), ConditionExpression: aws.String("attribute_exists(pk)")})
			conditionFailed(err)
		},
	},
	{
		name:   "what is not there is neither less nor equal",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html",
		strict: true,
		hold: func(ctx context.Context, w dynamodbWorld) {
			w.put(ctx, key("a", "1"))
			for _, condition := range []string{"expires < :n", "expires = :n", "expires > :n"} {
				_, err := w.PutItem(ctx, &sdk.PutItemInput{
					TableName: &w.table, Item: key("a", "1"), ConditionExpression: &condition, ExpressionAttributeValues: attributes{":n": number("5")},
				})
				conditionFailed(err)
			}
		},
	},
	{
		name:   "numbers are compared as numbers",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html#HowItWorks.DataTypes.Number",
		strict: true,
		hold: func(ctx context.Context, w dynamodbWorld) {
			w.put(ctx, item("a", "1", attributes{"n": number("9")}))
			guarded := func(condition, value string) error {
				_, err := w.PutItem(ctx, &sdk.PutItemInput{
					TableName: &w.table, Item: item("a", "1", attributes{"n": number("9")}), ConditionExpression: &condition,
					ExpressionAttributeValues: attributes{":n": number(value)},
				})
				return err
			}
			if err := guarded("n < :n", "10"); err != nil {
				broke("9 is not below 10: %v", err)
			}
			if err := guarded("n = :n", "9.0"); err != nil {
				broke("9 is not 9.0: %v", err)
			}
			conditionFailed(guarded("n > :n", "10"))
		},
	},
}
