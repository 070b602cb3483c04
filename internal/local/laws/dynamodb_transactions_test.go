package laws_test

import (
	"context"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

const transactionPage = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html"

// transact makes all the actions or none; a nil token is left to the SDK.
func (w dynamodbWorld) transact(ctx context.Context, token *string, actions ...types.TransactWriteItem) error {
	_, err := w.TransactWriteItems(ctx, &sdk.TransactWriteItemsInput{TransactItems: actions, ClientRequestToken: token})
	return err
}

func (w dynamodbWorld) putting(item attributes) types.TransactWriteItem {
	return types.TransactWriteItem{Put: &types.Put{TableName: &w.table, Item: item}}
}

// puttingOnce puts an item that must not be there, and shows it when it is.
func (w dynamodbWorld) puttingOnce(item attributes) types.TransactWriteItem {
	return types.TransactWriteItem{Put: &types.Put{
		TableName: &w.table, Item: item, ConditionExpression: aws.String("attribute_not_exists(pk)"),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}}
}

func (w dynamodbWorld) checking(pk, sk string) types.TransactWriteItem {
	return types.TransactWriteItem{ConditionCheck: &types.ConditionCheck{
		TableName: &w.table, Key: key(pk, sk), ConditionExpression: aws.String("attribute_exists(pk)"),
	}}
}

func (w dynamodbWorld) counting(pk, sk string) types.TransactWriteItem {
	return types.TransactWriteItem{Update: &types.Update{
		TableName: &w.table, Key: key(pk, sk), UpdateExpression: aws.String("SET n = if_not_exists(n, :zero) + :one"),
		ExpressionAttributeValues: attributes{":zero": number("0"), ":one": number("1")},
	}}
}

// reasons are the codes of why a transaction was cancelled.
func reasons(err error) []string {
	var codes []string
	for _, reason := range typed[*types.TransactionCanceledException](err).CancellationReasons {
		codes = append(codes, aws.ToString(reason.Code))
	}
	return codes
}

// The laws of transactions. No peer is excused from those that have conditions.
var transactionLaws = []law[dynamodbWorld]{
	{
		name:   "a transaction makes all its writes",
		source: transactionPage,
		strict: true,
		hold: func(ctx context.Context, w dynamodbWorld) {
			w.put(ctx, key("old", "1"))
			w.put(ctx, key("there", "1"))
			err := w.transact(ctx, nil,
				w.puttingOnce(key("new", "1")), w.counting("count", "1"), w.checking("there", "1"),
				types.TransactWriteItem{Delete: &types.Delete{TableName: &w.table, Key: key("old", "1")}},
			)
			if err != nil {
				broke("%v", err)
			}
			sameItem("new", w.get(ctx, "new", "1"), key("new", "1"))
			sameItem("count", w.get(ctx, "count", "1"), item("count", "1", attributes{"n": number("1")}))
			sameItem("old", w.get(ctx, "old", "1"), nil)
		},
	},
	{
		name:   "a transaction with a failed condition makes none of its writes",
		source: transactionPage + ": the actions are completed atomically so that either all of them succeed, or all of them fail",
		strict: true,
		hold: func(ctx context.Context, w dynamodbWorld) {
			w.put(ctx, key("there", "1"))
			reasons(w.transact(ctx, nil, w.putting(key("new", "1")), w.puttingOnce(key("there", "1")), w.counting("count", "1")))
			sameItem("new", w.get(ctx, "new", "1"), nil)
			sameItem("count", w.get(ctx, "count", "1"), nil)
		},
	},
	{
		name:   "a cancelled transaction has a reason for each action, in order",
		source: "model 2012-08-10: TransactionCanceledException.CancellationReasons, ordered as the items of the request",
		strict: true,
		hold: func(ctx context.Context, w dynamodbWorld) {
			w.put(ctx, key("there", "1"))
			err := w.transact(ctx, nil, w.counting("count", "1"), w.puttingOnce(key("there", "1")), w.putting(key("new", "1")), w.checking("absent", "1"))
			equal("reasons", reasons(err), []string{"None", "ConditionalCheckFailed", "None", "ConditionalCheckFailed"})
		},
	},
	{
		name:   "a reason shows the item that is there, if asked",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CancellationReason.html",
		strict: true,
		hold: func(ctx context.Context, w dynamodbWorld) {
			there := item("there", "1", attributes{"owner": text("first")})
			w.put(ctx, there)
			err := w.transact(ctx, nil, w.puttingOnce(item("there", "1", attributes{"owner": text("second")})), w.putting(key("new", "1")))
			cancelled := typed[*types.TransactionCanceledException](err)
			sameItem("first reason", cancelled.CancellationReasons[0].Item, there)
			sameItem("second reason", cancelled.CancellationReasons[1].Item, nil)
		},
	},
	{
		name:   "a check alone guards other writes",
		source: transactionPage + ": ConditionCheck",
		strict: true,
		hold: func(ctx context.Context, w dynamodbWorld) {
			equal("reasons", reasons(w.transact(ctx, nil, w.checking("lock", "1"), w.putting(key("new", "1")))), []string{"ConditionalCheckFailed", "None"})
			w.put(ctx, key("lock", "1"))
			if err := w.transact(ctx, nil, w.checking("lock", "1"), w.putting(key("new", "1"))); err != nil {
				broke("%v", err)
			}
			sameItem("new", w.get(ctx, "new", "1"), key("new", "1"))
			sameItem("lock", w.get(ctx, "lock", "1"), key("lock", "1"))
		},
	},
	{
		name:   "a transaction names no item twice",
		source: transactionPage + ": two or more actions on the same item → ValidationException",
		strict: true,
		hold: func(ctx context.Context, w dynamodbWorld) {
			w.put(ctx, key("a", "1"))
			refused(w.transact(ctx, nil, w.checking("a", "1"), w.counting("a", "1")), "ValidationException")
			sameItem("item", w.get(ctx, "a", "1"), key("a", "1"))
		},
	},
	{
		name:   "a transaction has at most 100 actions",
		source: transactionPage + ": up to 100 action requests",
		hold: func(ctx context.Context, w dynamodbWorld) {
			actions := make([]types.TransactWriteItem, 101)
			for i := range actions {
				actions[i] = w.putting(key("a", strconv.Itoa(i)))
			}
			refused(w.transact(ctx, nil, actions...), "ValidationException")
			if err := w.transact(ctx, nil, actions[:100]...); err != nil {
				broke("100 were refused: %v", err)
			}
		},
	},
	{
		name:   "the same token is the same transaction",
		source: transactionPage + "#DDB-TransactWriteItems-request-ClientRequestToken: idempotent for 10 minutes",
		hold: func(ctx context.Context, w dynamodbWorld) {
			for range 3 {
				if err := w.transact(ctx, aws.String("release-1"), w.counting("count", "1")); err != nil {
					broke("%v", err)
				}
			}
			sameItem("count", w.get(ctx, "count", "1"), item("count", "1", attributes{"n": number("1")}))
		},
	},
	{
		name:   "the same token for another transaction is refused",
		source: transactionPage + "#DDB-TransactWriteItems-request-ClientRequestToken: IdempotentParameterMismatchException",
		hold: func(ctx context.Context, w dynamodbWorld) {
			if err := w.transact(ctx, aws.String("release-2"), w.counting("count", "1")); err != nil {
				broke("%v", err)
			}
			typed[*types.IdempotentParameterMismatchException](w.transact(ctx, aws.String("release-2"), w.counting("other", "1")))
		},
	},
	{
		name:   "a cancelled transaction leaves its token free",
		source: transactionPage + "#DDB-TransactWriteItems-request-ClientRequestToken: after the first request that uses it is completed",
		hold: func(ctx context.Context, w dynamodbWorld) {
			token := aws.String("release-3")
			reasons(w.transact(ctx, token, w.checking("lock", "1"), w.counting("count", "1")))
			w.put(ctx, key("lock", "1"))
			if err := w.transact(ctx, token, w.checking("lock", "1"), w.counting("count", "1")); err != nil {
				broke("%v", err)
			}
			sameItem("count", w.get(ctx, "count", "1"), item("count", "1", attributes{"n": number("1")}))
		},
	},
	{
		name:   "a transaction reads items in the order of the request",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactGetItems.html: Responses, ordered; a missing item is an empty response",
		hold: func(ctx context.Context, w dynamodbWorld) {
			w.put(ctx, key("a", "1"))
			w.put(ctx, key("b", "1"))
			var gets []types.TransactGetItem
			for _, pk := range []string{"b", "absent", "a"} {
				gets = append(gets, types.TransactGetItem{Get: &types.Get{TableName: &w.table, Key: key(pk, "1")}})
			}
			responses := must(w.TransactGetItems(ctx, &sdk.TransactGetItemsInput{TransactItems: gets})).Responses
			equal("responses", len(responses), 3)
			for i, want := range []attributes{key("b", "1"), nil, key("a", "1")} {
				sameItem(fmt.Sprint("response ", i), responses[i].Item, want)
			}
		},
	},
}
