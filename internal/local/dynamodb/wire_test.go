package dynamodb_test

import (
	"bytes"
	"context"
	"errors"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	local "github.com/goldfinch-dev/goldfinch/internal/local/dynamodb"
	"github.com/goldfinch-dev/goldfinch/internal/local/intercept"
)

// wireClient is a real SDK client of a service.
func wireClient(t *testing.T, service *local.Service) *dynamodb.Client {
	t.Helper()
	server := httptest.NewServer(service.Handler())
	t.Cleanup(server.Close)
	return dynamodb.New(dynamodb.Options{
		Region:       "us-east-1",
		BaseEndpoint: aws.String(server.URL),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
		}),
		RetryMaxAttempts: 1,
	})
}

func TestWireKeepsEveryTypeOfValue(t *testing.T) {
	t.Parallel()
	client := wireClient(t, newService(t, local.Options{}))
	createTable(t, client)
	item := map[string]types.AttributeValue{
		"pk": text("a"), "sk": text("b"),
		"S": text("é\"\n"), "N": number("-1.5"), "B": &types.AttributeValueMemberB{Value: []byte{0, 255}},
		"BOOL": &types.AttributeValueMemberBOOL{}, "NULL": &types.AttributeValueMemberNULL{Value: true},
		"SS": &types.AttributeValueMemberSS{Value: []string{"a", "b"}}, "NS": &types.AttributeValueMemberNS{Value: []string{"1", "2"}},
		"BS": &types.AttributeValueMemberBS{Value: [][]byte{{1}, {2}}},
		"L":  &types.AttributeValueMemberL{Value: []types.AttributeValue{text("x"), &types.AttributeValueMemberL{Value: []types.AttributeValue{}}}},
		"M":  &types.AttributeValueMemberM{Value: map[string]types.AttributeValue{"empty": text(""), "m": &types.AttributeValueMemberM{Value: map[string]types.AttributeValue{}}}},
	}
	if _, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String(tableName), Item: item}); err != nil {
		t.Fatal(err)
	}
	out, err := client.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: aws.String(tableName), Key: itemKey("a", "b"), ConsistentRead: aws.Bool(true)})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(item, out.Item, ignoreUnexported); diff != "" {
		t.Errorf("item (-put +got):\n%s", diff)
	}
}

func TestWireErrorsAreTheSDKsTypes(t *testing.T) {
	t.Parallel()
	client := wireClient(t, newService(t, local.Options{}))
	createTable(t, client)
	put(t, client, item("a", "b", "n", number("1")))

	_, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{
		TableName: aws.String(tableName), Item: item("a", "b"), ConditionExpression: aws.String("attribute_not_exists(pk)"),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	var condition *types.ConditionalCheckFailedException
	if !errors.As(err, &condition) {
		t.Fatalf("got %v", err)
	}
	if diff := cmp.Diff(item("a", "b", "n", number("1")), condition.Item, ignoreUnexported); diff != "" {
		t.Errorf("item (-want +got):\n%s", diff)
	}

	_, err = client.TransactWriteItems(t.Context(), &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
		{Put: &types.Put{TableName: aws.String(tableName), Item: item("a", "c")}},
		{ConditionCheck: &types.ConditionCheck{TableName: aws.String(tableName), Key: itemKey("a", "b"), ConditionExpression: aws.String("n = :two"),
			ExpressionAttributeValues: map[string]types.AttributeValue{":two": number("2")}, ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld}},
	}})
	var cancelled *types.TransactionCanceledException
	if !errors.As(err, &cancelled) {
		t.Fatalf("got %v", err)
	}
	want := []types.CancellationReason{
		{Code: aws.String("None")},
		{Code: aws.String("ConditionalCheckFailed"), Message: aws.String("The conditional request failed"), Item: item("a", "b", "n", number("1"))},
	}
	if diff := cmp.Diff(want, cancelled.CancellationReasons, ignoreUnexported); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}

	_, err = client.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: aws.String("another"), Key: itemKey("a", "b")})
	var missing *types.ResourceNotFoundException
	if !errors.As(err, &missing) {
		t.Errorf("got %v", err)
	}
	_, err = client.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: aws.String(tableName), Key: map[string]types.AttributeValue{"pk": text("a")}})
	var refusal smithy.APIError
	if !errors.As(err, &refusal) || refusal.ErrorCode() != "ValidationException" || refusal.ErrorMessage() != "The provided key element does not match the schema" {
		t.Errorf("got %v", err)
	}
}

func TestWireWaitsForATable(t *testing.T) {
	t.Parallel()
	client := wireClient(t, newService(t, local.Options{}))
	createTable(t, client)
	if err := dynamodb.NewTableExistsWaiter(client).Wait(t.Context(), &dynamodb.DescribeTableInput{TableName: aws.String(tableName)}, time.Minute); err != nil {
		t.Fatal(err)
	}
	out, err := client.DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: aws.String(tableName)})
	if err != nil {
		t.Fatal(err)
	}
	if created := aws.ToTime(out.Table.CreationDateTime); !created.Equal(start) {
		t.Errorf("created at %v, want %v", created, start)
	}
	if _, err := client.DeleteTable(t.Context(), &dynamodb.DeleteTableInput{TableName: aws.String(tableName)}); err != nil {
		t.Fatal(err)
	}
	if err := dynamodb.NewTableNotExistsWaiter(client).Wait(t.Context(), &dynamodb.DescribeTableInput{TableName: aws.String(tableName)}, time.Minute); err != nil {
		t.Fatal(err)
	}
}

func TestWireEveryOperation(t *testing.T) {
	t.Parallel()
	client := wireClient(t, newService(t, local.Options{}))
	createTable(t, client)
	put(t, client, item("a", "1"))
	if out, err := client.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
		TableName: aws.String(tableName), Key: itemKey("a", "1"), UpdateExpression: aws.String("SET n = :one"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":one": number("1")}, ReturnValues: types.ReturnValueUpdatedNew,
	}); err != nil || !cmp.Equal(out.Attributes, map[string]types.AttributeValue{"n": number("1")}, ignoreUnexported) {
		t.Errorf("UpdateItem: %v, %v", out, err)
	}
	if out, err := client.Query(t.Context(), &dynamodb.QueryInput{
		TableName: aws.String(tableName), KeyConditionExpression: aws.String("pk = :a"), ExpressionAttributeValues: map[string]types.AttributeValue{":a": text("a")}, Limit: aws.Int32(1),
	}); err != nil || out.Count != 1 || out.LastEvaluatedKey == nil {
		t.Errorf("Query: %+v, %v", out, err)
	}
	if out, err := client.Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String(tableName)}); err != nil || len(out.Items) != 1 {
		t.Errorf("Scan: %+v, %v", out, err)
	}
	if _, err := client.BatchWriteItem(t.Context(), &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{
		tableName: {{PutRequest: &types.PutRequest{Item: item("a", "2")}}, {DeleteRequest: &types.DeleteRequest{Key: itemKey("a", "3")}}},
	}}); err != nil {
		t.Error(err)
	}
	if out, err := client.BatchGetItem(t.Context(), &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{
		tableName: {Keys: []map[string]types.AttributeValue{itemKey("a", "1"), itemKey("a", "2")}},
	}}); err != nil || len(out.Responses[tableName]) != 2 {
		t.Errorf("BatchGetItem: %+v, %v", out, err)
	}
	if out, err := client.TransactGetItems(t.Context(), &dynamodb.TransactGetItemsInput{TransactItems: []types.TransactGetItem{
		{Get: &types.Get{TableName: aws.String(tableName), Key: itemKey("a", "2")}}, {Get: &types.Get{TableName: aws.String(tableName), Key: itemKey("a", "9")}},
	}}); err != nil || len(out.Responses) != 2 || out.Responses[0].Item == nil || out.Responses[1].Item != nil {
		t.Errorf("TransactGetItems: %+v, %v", out, err)
	}
	if _, err := client.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: aws.String(tableName), Key: itemKey("a", "2")}); err != nil {
		t.Error(err)
	}
	if out, err := client.ListTables(t.Context(), &dynamodb.ListTablesInput{}); err != nil || !cmp.Equal(out.TableNames, []string{tableName}) {
		t.Errorf("ListTables: %+v, %v", out, err)
	}
}

func TestWireFaultsAreTriedAgain(t *testing.T) {
	t.Parallel()
	calls := 0
	var fail intercept.Func = func(ctx context.Context, operation string, call func(context.Context) error) error {
		if calls++; calls == 1 {
			return errors.New("the network broke")
		}
		return call(ctx)
	}
	service := newService(t, local.Options{Intercept: fail})
	client := wireClient(t, service)
	if _, err := client.ListTables(t.Context(), &dynamodb.ListTablesInput{}, func(o *dynamodb.Options) { o.RetryMaxAttempts = 2 }); err != nil || calls != 2 {
		t.Errorf("%d calls, %v", calls, err)
	}
}

func TestWireRefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	service := newService(t, local.Options{})
	server := httptest.NewServer(service.Handler())
	t.Cleanup(server.Close)
	tests := []struct {
		name, method, target, body string
		want                       string
	}{
		{"another operation", "POST", "DynamoDB_20120810.ExecuteStatement", "{}", "com.amazon.coral.service#UnknownOperationException"},
		{"another service", "POST", "Lambda.PutItem", "{}", "com.amazon.coral.service#UnknownOperationException"},
		{"no POST", "GET", "DynamoDB_20120810.ListTables", "{}", "com.amazon.coral.service#UnknownOperationException"},
		{"no JSON", "POST", "DynamoDB_20120810.ListTables", "{", "com.amazon.coral.service#SerializationException"},
		{"wrong type", "POST", "DynamoDB_20120810.GetItem", `{"Key":{"pk":"a"}}`, "com.amazon.coral.service#SerializationException"},
		{"unknown type of value", "POST", "DynamoDB_20120810.GetItem", `{"Key":{"pk":{"X":"a"}}}`, "com.amazon.coral.service#SerializationException"},
		{"two types of value", "POST", "DynamoDB_20120810.GetItem", `{"Key":{"pk":{"S":"a","N":"1"}}}`, "com.amazon.coral.validate#ValidationException"},
		{"too large", "POST", "DynamoDB_20120810.GetItem", strings.Repeat(" ", 16<<20+1), "com.amazon.coral.service#RequestEntityTooLarge"},
		{"no table", "POST", "DynamoDB_20120810.DescribeTable", `{"TableName":"none"}`, "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			request, err := http.NewRequestWithContext(t.Context(), test.method, server.URL, strings.NewReader(test.body))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("X-Amz-Target", test.target)
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			if err != nil {
				t.Fatal(err)
			}
			if response.StatusCode != http.StatusBadRequest || !bytes.Contains(body, []byte(`"__type":"`+test.want+`"`)) {
				t.Errorf("got %d: %s", response.StatusCode, body)
			}
			if want := strconv.FormatUint(uint64(crc32.ChecksumIEEE(body)), 10); response.Header.Get("X-Amz-Crc32") != want {
				t.Errorf("checksum %s, want %s", response.Header.Get("X-Amz-Crc32"), want)
			}
		})
	}
}
