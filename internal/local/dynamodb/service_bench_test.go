package dynamodb_test

import (
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	local "github.com/goldfinch-dev/goldfinch/internal/local/dynamodb"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

func BenchmarkGetItem(b *testing.B) {
	s := newService(b, local.Options{})
	createTable(b, s)
	put(b, s, item("a", "1", "n", number("1"), "value", text("some text")))
	in := &dynamodb.GetItemInput{TableName: aws.String(tableName), Key: itemKey("a", "1")}
	for b.Loop() {
		if _, err := s.GetItem(b.Context(), in); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPutItem(b *testing.B) {
	b.Run("without a store", func(b *testing.B) { benchmarkPutItem(b, nil) })
	b.Run("with a store in memory", func(b *testing.B) { benchmarkPutItem(b, store.Memory()) })
}

func benchmarkPutItem(b *testing.B, kept store.Store) {
	s := newService(b, local.Options{Store: kept})
	createTable(b, s)
	n := 0
	for b.Loop() {
		n++
		in := &dynamodb.PutItemInput{TableName: aws.String(tableName), Item: item("a", strconv.Itoa(n%1000), "n", number("1"), "value", text("some text"))}
		if _, err := s.PutItem(b.Context(), in); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUpdateItemWithCondition(b *testing.B) {
	s := newService(b, local.Options{})
	createTable(b, s)
	put(b, s, item("a", "1", "n", number("1"), "owner", text("me")))
	in := &dynamodb.UpdateItemInput{TableName: aws.String(tableName), Key: itemKey("a", "1"), UpdateExpression: aws.String("SET n = n + :one"), ConditionExpression: aws.String("#owner = :me AND attribute_exists(pk)"),
		ExpressionAttributeNames: map[string]string{"#owner": "owner"}, ExpressionAttributeValues: attributes(":one", number("1"), ":me", text("me"))}
	for b.Loop() {
		if _, err := s.UpdateItem(b.Context(), in); err != nil {
			b.Fatal(err)
		}
	}
}
