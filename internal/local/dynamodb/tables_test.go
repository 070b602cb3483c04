package dynamodb_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	local "github.com/goldfinch-dev/goldfinch/internal/local/dynamodb"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

func TestTablesAreMadeDescribedListedAndDeleted(t *testing.T) {
	t.Parallel()
	s := newService(t, local.Options{})
	for _, name := range []string{"ccc", "aaa", "bbb"} {
		if _, err := s.CreateTable(t.Context(), tableInput(name, "S", "N")); err != nil {
			t.Fatal(err)
		}
	}
	_, err := s.CreateTable(t.Context(), tableInput("aaa", "S", ""))
	if got := refusal(t, err); got != "ResourceInUseException: Table already exists: aaa" {
		t.Error(got)
	}
	if _, err := s.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("aaa"), Item: attributes("pk", text("a"), "sk", number("1"))}); err != nil {
		t.Fatal(err)
	}
	out, err := s.DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: aws.String("arn:aws:dynamodb:us-east-1:000000000000:table/aaa")})
	if err != nil {
		t.Fatal(err)
	}
	d := out.Table
	got := fmt.Sprint(*d.TableName, d.TableStatus, *d.ItemCount, *d.TableSizeBytes, d.BillingModeSummary.BillingMode,
		len(d.KeySchema), *d.KeySchema[0].AttributeName, d.KeySchema[0].KeyType, *d.KeySchema[1].AttributeName, d.KeySchema[1].KeyType, d.AttributeDefinitions[1].AttributeType)
	if want := fmt.Sprint("aaa", "ACTIVE", 1, 2+1+2+2, "PAY_PER_REQUEST", 2, "pk", "HASH", "sk", "RANGE", "N"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	var pages [][]string
	in := &dynamodb.ListTablesInput{Limit: aws.Int32(2)}
	for {
		out, err := s.ListTables(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, out.TableNames)
		if in.ExclusiveStartTableName = out.LastEvaluatedTableName; in.ExclusiveStartTableName == nil {
			break
		}
	}
	if diff := cmp.Diff([][]string{{"aaa", "bbb"}, {"ccc"}}, pages); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
	_, err = s.ListTables(t.Context(), &dynamodb.ListTablesInput{Limit: aws.Int32(101)})
	if got := refusal(t, err); !strings.Contains(got, "between 1 and 100") {
		t.Error(got)
	}
	deleted, err := s.DeleteTable(t.Context(), &dynamodb.DeleteTableInput{TableName: aws.String("aaa")})
	if err != nil || deleted.TableDescription.TableStatus != types.TableStatusDeleting {
		t.Errorf("%+v, %v", deleted, err)
	}
	const gone = "ResourceNotFoundException: Requested resource not found: Table: aaa not found"
	_, err = s.DeleteTable(t.Context(), &dynamodb.DeleteTableInput{TableName: aws.String("aaa")})
	if got := refusal(t, err); got != gone {
		t.Error(got)
	}
	_, err = s.DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: aws.String("aaa")})
	if got := refusal(t, err); got != gone {
		t.Error(got)
	}
}

func TestTablesThatAreRefused(t *testing.T) {
	t.Parallel()
	s := newService(t, local.Options{})
	tests := []struct {
		name  string
		spoil func(*dynamodb.CreateTableInput)
		want  string
	}{
		{"short name", func(in *dynamodb.CreateTableInput) { in.TableName = aws.String("ab") }, "at least 3 characters"},
		{"bad name", func(in *dynamodb.CreateTableInput) { in.TableName = aws.String("a b c") }, `got "a b c"`},
		{"no name", func(in *dynamodb.CreateTableInput) { in.TableName = nil }, "at least 3 characters"},
		{"no key", func(in *dynamodb.CreateTableInput) { in.KeySchema = nil }, "Invalid KeySchema"},
		{"no partition key", func(in *dynamodb.CreateTableInput) { in.KeySchema = in.KeySchema[1:] }, "Invalid KeySchema"},
		{"two partition keys", func(in *dynamodb.CreateTableInput) { in.KeySchema[1].KeyType = types.KeyTypeHash }, "Invalid KeySchema"},
		{"key not defined", func(in *dynamodb.CreateTableInput) { in.AttributeDefinitions = in.AttributeDefinitions[:1] }, "Keys: [sk], AttributeDefinitions: [pk]"},
		{"key of no scalar type", func(in *dynamodb.CreateTableInput) { in.AttributeDefinitions[0].AttributeType = "BOOL" }, "Keys: [pk]"},
		{"more definitions", func(in *dynamodb.CreateTableInput) { in.KeySchema = in.KeySchema[:1] }, "does not exactly match"},
		{"global index", func(in *dynamodb.CreateTableInput) { in.GlobalSecondaryIndexes = make([]types.GlobalSecondaryIndex, 1) }, "GlobalSecondaryIndexes is not supported"},
		{"local index", func(in *dynamodb.CreateTableInput) { in.LocalSecondaryIndexes = make([]types.LocalSecondaryIndex, 1) }, "LocalSecondaryIndexes is not supported"},
		{"stream", func(in *dynamodb.CreateTableInput) {
			in.StreamSpecification = &types.StreamSpecification{StreamEnabled: aws.Bool(true)}
		}, "StreamSpecification is not supported"},
		{"provisioned without throughput", func(in *dynamodb.CreateTableInput) { in.BillingMode = "" }, "No provisioned throughput"},
		{"on demand with throughput", func(in *dynamodb.CreateTableInput) { in.ProvisionedThroughput = &types.ProvisionedThroughput{} }, "PAY_PER_REQUEST"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			in := tableInput("table", "S", "S")
			test.spoil(in)
			_, err := s.CreateTable(t.Context(), in)
			if got := refusal(t, err); !strings.HasPrefix(got, "ValidationException: ") || !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	in := tableInput("provisioned", "B", "")
	in.BillingMode = ""
	in.ProvisionedThroughput = &types.ProvisionedThroughput{ReadCapacityUnits: aws.Int64(1), WriteCapacityUnits: aws.Int64(2)}
	in.DeletionProtectionEnabled = aws.Bool(true)
	out, err := s.CreateTable(t.Context(), in)
	if err != nil || *out.TableDescription.ProvisionedThroughput.WriteCapacityUnits != 2 {
		t.Errorf("%+v, %v", out, err)
	}
	_, err = s.DeleteTable(t.Context(), &dynamodb.DeleteTableInput{TableName: aws.String("provisioned")})
	if got := refusal(t, err); !strings.Contains(got, "protected against deletion") {
		t.Error(got)
	}
}

func TestEverythingSurvivesARestart(t *testing.T) {
	t.Parallel()
	kept, err := store.Open(filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { kept.Close() })
	before := newService(t, local.Options{Store: kept})
	createTable(t, before)
	if _, err := before.CreateTable(t.Context(), tableInput("deleted", "S", "")); err != nil {
		t.Fatal(err)
	}
	if _, err := before.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("deleted"), Item: attributes("pk", text("x"))}); err != nil {
		t.Fatal(err)
	}
	for _, i := range []map[string]types.AttributeValue{item("a", "b1", "n", number("1")), item("ab", "1"), item("a", "gone")} {
		put(t, before, i)
	}
	if _, err := before.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{TableName: aws.String(tableName), Key: itemKey("a", "b1"),
		UpdateExpression: aws.String("ADD n :one"), ExpressionAttributeValues: attributes(":one", number("1"))}); err != nil {
		t.Fatal(err)
	}
	if _, err := before.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: aws.String(tableName), Key: itemKey("a", "gone")}); err != nil {
		t.Fatal(err)
	}
	if _, err := before.DeleteTable(t.Context(), &dynamodb.DeleteTableInput{TableName: aws.String("deleted")}); err != nil {
		t.Fatal(err)
	}
	after := newService(t, local.Options{Store: kept})
	if diff := cmp.Diff(scanAll(t, before), scanAll(t, after), ignoreUnexported); diff != "" {
		t.Errorf("items (-before +after):\n%s", diff)
	}
	if len(scanAll(t, after)) != 2 {
		t.Errorf("items: %v", scanAll(t, after))
	}
	if _, err := after.CreateTable(t.Context(), tableInput("deleted", "S", "")); err != nil {
		t.Fatal(err)
	}
	if out, err := newService(t, local.Options{Store: kept}).Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String("deleted")}); err != nil || out.Count != 0 {
		t.Errorf("the new table has the old one's items: %+v, %v", out, err)
	}
}

func scanAll(t testing.TB, s *local.Service) []map[string]types.AttributeValue {
	t.Helper()
	out, err := s.Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String(tableName)})
	if err != nil {
		t.Fatal(err)
	}
	return out.Items
}

// A brokenStore keeps nothing, or gives back what it never got.
type brokenStore struct {
	store.Store
	saveErr error
	content map[string]string
}

func (b *brokenStore) Save(...store.Change) error { return b.saveErr }

func (b *brokenStore) Load(bucket string, each func(string, []byte) error) error {
	if v, ok := b.content[bucket]; ok {
		return each("key", []byte(v))
	}
	return nil
}

func TestNothingIsAcknowledgedThatWasNotSaved(t *testing.T) {
	t.Parallel()
	broken := &brokenStore{}
	s := newService(t, local.Options{Store: broken})
	createTable(t, s)
	put(t, s, item("a", "1", "n", number("1")))
	broken.saveErr = errors.New("the disk is full")
	ctx := t.Context()
	calls := map[string]func() error{
		"CreateTable": func() error { _, err := s.CreateTable(ctx, tableInput("another", "S", "")); return err },
		"DeleteTable": func() error {
			_, err := s.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: aws.String(tableName)})
			return err
		},
		"PutItem": func() error {
			_, err := s.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String(tableName), Item: item("a", "2")})
			return err
		},
		"DeleteItem": func() error {
			_, err := s.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: aws.String(tableName), Key: itemKey("a", "1")})
			return err
		},
		"UpdateItem": func() error {
			_, err := s.UpdateItem(ctx, &dynamodb.UpdateItemInput{TableName: aws.String(tableName), Key: itemKey("a", "1"), UpdateExpression: aws.String("REMOVE n")})
			return err
		},
		"TransactWriteItems": func() error {
			_, err := s.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{ClientRequestToken: aws.String("t"), TransactItems: []types.TransactWriteItem{
				{Put: &types.Put{TableName: aws.String(tableName), Item: item("a", "2")}}}})
			return err
		},
		"BatchWriteItem": func() error {
			_, err := s.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{tableName: {{PutRequest: &types.PutRequest{Item: item("a", "2")}}}}})
			return err
		},
	}
	for name, call := range calls {
		if err := call(); !errors.Is(err, broken.saveErr) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if diff := cmp.Diff([]map[string]types.AttributeValue{item("a", "1", "n", number("1"))}, scanAll(t, s), ignoreUnexported); diff != "" {
		t.Errorf("items (-want +got):\n%s", diff)
	}
	if out, err := s.ListTables(ctx, &dynamodb.ListTablesInput{}); err != nil || len(out.TableNames) != 1 {
		t.Errorf("%v, %v", out, err)
	}
}

func TestAStoreOfSomethingElseIsRefused(t *testing.T) {
	t.Parallel()
	const table = `{"name":"key","key":{"partition":{"name":"pk","type":"S"}}}`
	for _, content := range []map[string]string{
		{"dynamodb/tables": "?"},
		{"dynamodb/tables": table, "dynamodb/items/key": "?"},
		{"dynamodb/tables": table, "dynamodb/items/key": `{"other":{"S":"x"}}`},
	} {
		if _, err := local.New(local.Options{Store: &brokenStore{content: content}}); err == nil {
			t.Errorf("%v was loaded", content)
		}
	}
}

func TestEveryCallIsIntercepted(t *testing.T) {
	t.Parallel()
	var operations []string
	s := newService(t, local.Options{Intercept: func(ctx context.Context, operation string, call func(context.Context) error) error {
		operations = append(operations, operation)
		return call(ctx)
	}})
	createTable(t, s)
	ctx := t.Context()
	name := aws.String(tableName)
	// What they answer does not matter here.
	s.PutItem(ctx, nil)
	s.GetItem(ctx, nil)
	s.UpdateItem(ctx, nil)
	s.DeleteItem(ctx, nil)
	s.Query(ctx, nil)
	s.Scan(ctx, nil)
	s.BatchGetItem(ctx, nil)
	s.BatchWriteItem(ctx, nil)
	s.TransactGetItems(ctx, nil)
	s.TransactWriteItems(ctx, nil)
	s.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: name})
	s.ListTables(ctx, nil)
	s.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: name})
	want := []string{"CreateTable", "PutItem", "GetItem", "UpdateItem", "DeleteItem", "Query", "Scan", "BatchGetItem", "BatchWriteItem",
		"TransactGetItems", "TransactWriteItems", "DescribeTable", "ListTables", "DeleteTable"}
	for i := range want {
		want[i] = "dynamodb:" + want[i]
	}
	if diff := cmp.Diff(want, operations); diff != "" {
		t.Errorf("operations (-want +got):\n%s", diff)
	}
}

func TestACancelledCallDoesNothing(t *testing.T) {
	t.Parallel()
	s := newService(t, local.Options{})
	createTable(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String(tableName), Item: item("a", "1")})
	if !errors.Is(err, context.Canceled) || len(scanAll(t, s)) != 0 {
		t.Errorf("got %v", err)
	}
}
