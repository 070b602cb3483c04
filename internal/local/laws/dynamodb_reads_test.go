package laws_test

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

const queryPage = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html"

// fill puts the events 01 to 05 and the notes 1 and 2 of one partition, in no
// order, and one of another partition.
func (w dynamodbWorld) fill(ctx context.Context) {
	for _, sk := range []string{"event#03", "note#2", "event#01", "event#05", "note#1", "event#04", "event#02"} {
		w.put(ctx, item("r", sk, attributes{"kind": text(sk[:4]), "n": number(sk[len(sk)-1:])}))
	}
	w.put(ctx, item("s", "event#09", attributes{"n": number("9")}))
}

// events asks for the events of the partition.
func (w dynamodbWorld) events(change func(*sdk.QueryInput)) *sdk.QueryInput {
	in := &sdk.QueryInput{
		TableName: &w.table, KeyConditionExpression: aws.String("pk = :p AND begins_with(sk, :s)"),
		ExpressionAttributeValues: attributes{":p": text("r"), ":s": text("event#")}, ConsistentRead: aws.Bool(true),
	}
	if change != nil {
		change(in)
	}
	return in
}

// sortKeys are those of items, in their order.
func sortKeys(items []attributes) []string {
	var keys []string
	for _, one := range items {
		keys = append(keys, one["sk"].(*types.AttributeValueMemberS).Value)
	}
	return keys
}

// The laws of reading.
var readLaws = []law[dynamodbWorld]{
	{
		name:   "what is not there is read as nothing",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html: if there is no matching item, there will be no Item element",
		hold: func(ctx context.Context, w dynamodbWorld) {
			sameItem("item", w.get(ctx, "a", "1"), nil)
		},
	},
	{
		name:   "a consistent read sees the write before it",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.ReadConsistency.html",
		hold: func(ctx context.Context, w dynamodbWorld) {
			for n := range 5 {
				want := item("a", "1", attributes{"n": number(fmt.Sprint(n))})
				w.put(ctx, want)
				sameItem("item", w.get(ctx, "a", "1"), want)
			}
		},
	},
	{
		name:   "a query with begins_with is in the order of the sort key",
		source: queryPage + ": results are always sorted by the sort key value",
		hold: func(ctx context.Context, w dynamodbWorld) {
			w.fill(ctx)
			out := must(w.Query(ctx, w.events(nil)))
			equal("items", sortKeys(out.Items), []string{"event#01", "event#02", "event#03", "event#04", "event#05"})
			equal("counts", []int32{out.Count, out.ScannedCount}, []int32{5, 5})
			if out.LastEvaluatedKey != nil {
				broke("a whole answer ends at %v", out.LastEvaluatedKey)
			}
		},
	},
	{
		name:   "a query can go backwards",
		source: queryPage + "#DDB-Query-request-ScanIndexForward",
		hold: func(ctx context.Context, w dynamodbWorld) {
			w.fill(ctx)
			out := must(w.Query(ctx, w.events(func(in *sdk.QueryInput) { in.ScanIndexForward, in.Limit = aws.Bool(false), aws.Int32(2) })))
			equal("items", sortKeys(out.Items), []string{"event#05", "event#04"})
		},
	},
	{
		name:   "a query's pages are all of it, once",
		source: queryPage + ": Limit, ExclusiveStartKey, LastEvaluatedKey",
		hold: func(ctx context.Context, w dynamodbWorld) {
			w.fill(ctx)
			var all []string
			in := w.events(func(in *sdk.QueryInput) { in.Limit = aws.Int32(2) })
			for pages := 1; ; pages++ {
				out := must(w.Query(ctx, in))
				all = append(all, sortKeys(out.Items)...)
				if out.LastEvaluatedKey == nil {
					equal("pages", pages, 3)
					break
				}
				sameItem("last key", out.LastEvaluatedKey, key("r", all[len(all)-1]))
				in.ExclusiveStartKey = out.LastEvaluatedKey
			}
			equal("items", all, []string{"event#01", "event#02", "event#03", "event#04", "event#05"})
		},
	},
	{
		name:   "a page that ends with the last item may have another after it",
		source: queryPage + ": LastEvaluatedKey: that it is there does not mean that there is more data",
		hold: func(ctx context.Context, w dynamodbWorld) {
			w.fill(ctx)
			in := w.events(func(in *sdk.QueryInput) { in.Limit = aws.Int32(5) })
			out := must(w.Query(ctx, in))
			equal("items", len(out.Items), 5)
			if out.LastEvaluatedKey == nil {
				return
			}
			in.ExclusiveStartKey = out.LastEvaluatedKey
			rest := must(w.Query(ctx, in))
			if len(rest.Items) != 0 || rest.LastEvaluatedKey != nil {
				broke("after the last item came %v", rest.Items)
			}
		},
	},
	{
		name:   "sort keys can be asked for between two, both included",
		source: queryPage + ": BETWEEN",
		hold: func(ctx context.Context, w dynamodbWorld) {
			w.fill(ctx)
			out := must(w.Query(ctx, &sdk.QueryInput{
				TableName: &w.table, KeyConditionExpression: aws.String("pk = :p AND sk BETWEEN :a AND :b"),
				ExpressionAttributeValues: attributes{":p": text("r"), ":a": text("event#02"), ":b": text("event#04")},
			}))
			equal("items", sortKeys(out.Items), []string{"event#02", "event#03", "event#04"})
		},
	},
	{
		name:   "a filter works after the limit",
		source: queryPage + "#DDB-Query-request-FilterExpression: applied after the items have already been read",
		hold: func(ctx context.Context, w dynamodbWorld) {
			w.fill(ctx)
			out := must(w.Query(ctx, w.events(func(in *sdk.QueryInput) {
				in.FilterExpression, in.Limit = aws.String("n > :n"), aws.Int32(3)
				in.ExpressionAttributeValues[":n"] = number("2")
			})))
			equal("items", sortKeys(out.Items), []string{"event#03"})
			equal("counts", []int32{out.Count, out.ScannedCount}, []int32{1, 3})
			sameItem("last key", out.LastEvaluatedKey, key("r", "event#03"))
		},
	},
	{
		name:   "a projection has what it names",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ProjectionExpressions.html",
		hold: func(ctx context.Context, w dynamodbWorld) {
			w.put(ctx, item("a", "1", attributes{"colour": text("red"), "status": text("new"), "size": number("3")}))
			out := must(w.GetItem(ctx, &sdk.GetItemInput{
				TableName: &w.table, Key: key("a", "1"), ProjectionExpression: aws.String("colour, #s, weight"), ExpressionAttributeNames: map[string]string{"#s": "status"},
			}))
			sameItem("item", out.Item, attributes{"colour": text("red"), "status": text("new")})
		},
	},
	{
		name:   "a count has no items",
		source: queryPage + "#DDB-Query-request-Select: COUNT",
		hold: func(ctx context.Context, w dynamodbWorld) {
			w.fill(ctx)
			out := must(w.Query(ctx, w.events(func(in *sdk.QueryInput) { in.Select = types.SelectCount })))
			equal("count", out.Count, int32(5))
			equal("items", len(out.Items), 0)
		},
	},
	{
		name:   "a query needs the whole partition key",
		source: queryPage + "#DDB-Query-request-KeyConditionExpression: the partition key equality test is required",
		hold: func(ctx context.Context, w dynamodbWorld) {
			_, err := w.Query(ctx, &sdk.QueryInput{
				TableName: &w.table, KeyConditionExpression: aws.String("begins_with(pk, :p)"), ExpressionAttributeValues: attributes{":p": text("r")},
			})
			refused(err, "ValidationException")
		},
	},
	{
		name:   "a scan sees each item once, filtered",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html",
		hold: func(ctx context.Context, w dynamodbWorld) {
			w.fill(ctx)
			out := must(w.Scan(ctx, &sdk.ScanInput{TableName: &w.table, FilterExpression: aws.String("attribute_exists(kind)")}))
			equal("counts", []int32{out.Count, out.ScannedCount}, []int32{7, 8})
		},
	},
	{
		name:   "an item whose time to live is over can be read until it is deleted",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ttl-expired-items.html",
		hold: func(ctx context.Context, w dynamodbWorld) {
			w.letExpire(ctx)
			over := item("a", "1", attributes{"expires": number("1700000000")})
			w.put(ctx, over)
			sameItem("item", w.get(ctx, "a", "1"), over)
		},
	},
	{
		name:   "a number comes back in its shortest form",
		source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html: leading and trailing zeroes are trimmed",
		hold: func(ctx context.Context, w dynamodbWorld) {
			w.put(ctx, item("a", "1", attributes{"n": number("007.500")}))
			sameItem("item", w.get(ctx, "a", "1"), item("a", "1", attributes{"n": number("7.5")}))
		},
	},
}
