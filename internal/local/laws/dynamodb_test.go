package laws_test

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb"
)

// dynamodbAPI are the methods of DynamoDB that have laws.
type dynamodbAPI interface {
	CreateTable(context.Context, *sdk.CreateTableInput, ...func(*sdk.Options)) (*sdk.CreateTableOutput, error)
	DescribeTable(context.Context, *sdk.DescribeTableInput, ...func(*sdk.Options)) (*sdk.DescribeTableOutput, error)
	GetItem(context.Context, *sdk.GetItemInput, ...func(*sdk.Options)) (*sdk.GetItemOutput, error)
	PutItem(context.Context, *sdk.PutItemInput, ...func(*sdk.Options)) (*sdk.PutItemOutput, error)
	UpdateItem(context.Context, *sdk.UpdateItemInput, ...func(*sdk.Options)) (*sdk.UpdateItemOutput, error)
	DeleteItem(context.Context, *sdk.DeleteItemInput, ...func(*sdk.Options)) (*sdk.DeleteItemOutput, error)
	Query(context.Context, *sdk.QueryInput, ...func(*sdk.Options)) (*sdk.QueryOutput, error)
	Scan(context.Context, *sdk.ScanInput, ...func(*sdk.Options)) (*sdk.ScanOutput, error)
	TransactWriteItems(context.Context, *sdk.TransactWriteItemsInput, ...func(*sdk.Options)) (*sdk.TransactWriteItemsOutput, error)
	TransactGetItems(context.Context, *sdk.TransactGetItemsInput, ...func(*sdk.Options)) (*sdk.TransactGetItemsOutput, error)
}

// A dynamodbWorld has an empty table, whose items have the key pk, sk, both strings.
type dynamodbWorld struct {
	dynamodbAPI
	table string
	// letExpire sets the table's time to live to the attribute "expires".
	letExpire func(ctx context.Context)
}

var dynamodbSuite = suite[dynamodbWorld]{
	service: "dynamodb",
	laws:    concat(tableLaws, conditionLaws, updateLaws, transactionLaws, readLaws),
	local: func(t *testing.T, name string) dynamodbWorld {
		service := localDynamoDB(t)
		return withTable(t, dynamodbWorld{dynamodbAPI: service, table: name})
	},
	wire: func(t *testing.T, name string) dynamodbWorld {
		server := httptest.NewServer(localDynamoDB(t).Handler())
		t.Cleanup(server.Close)
		return withTable(t, dynamodbWorld{dynamodbAPI: dynamodbClient(server.URL, http.DefaultTransport), table: name})
	},
	remote: func(t *testing.T, to remote) dynamodbWorld {
		client := dynamodbClient(to.url, to.transport)
		return withTable(t, dynamodbWorld{dynamodbAPI: client, table: to.name, letExpire: func(ctx context.Context) {
			must(client.UpdateTimeToLive(ctx, &sdk.UpdateTimeToLiveInput{
				TableName: &to.name, TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: aws.String("expires"), Enabled: aws.Bool(true)},
			}))
		}})
	},
}

func localDynamoDB(t *testing.T) *dynamodb.Service {
	t.Helper()
	service, err := dynamodb.New(dynamodb.Options{Clock: clock.NewVirtual(time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC))})
	if err != nil {
		t.Fatal(err)
	}
	return service
}

func dynamodbClient(url string, transport http.RoundTripper) *sdk.Client {
	return sdk.New(sdk.Options{
		Region: region, BaseEndpoint: &url, Credentials: signedBy, Retryer: once(), HTTPClient: &http.Client{Transport: transport},
	})
}

// withTable creates the world's table. The local service deletes no expired
// items and so needs not be told of them.
func withTable(t *testing.T, w dynamodbWorld) dynamodbWorld {
	t.Helper()
	if w.letExpire == nil {
		w.letExpire = func(context.Context) {}
	}
	if _, err := w.CreateTable(t.Context(), w.creation()); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w dynamodbWorld) creation() *sdk.CreateTableInput {
	return &sdk.CreateTableInput{
		TableName: &w.table, BillingMode: types.BillingModePayPerRequest,
		KeySchema: []types.KeySchemaElement{
			{AttributeName: aws.String("pk"), KeyType: types.KeyTypeHash},
			{AttributeName: aws.String("sk"), KeyType: types.KeyTypeRange},
		},
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: aws.String("pk"), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: aws.String("sk"), AttributeType: types.ScalarAttributeTypeS},
		},
	}
}

// attributes are an item, or a part of one.
type attributes = map[string]types.AttributeValue

func text(s string) types.AttributeValue   { return &types.AttributeValueMemberS{Value: s} }
func number(n string) types.AttributeValue { return &types.AttributeValueMemberN{Value: n} }

func key(pk, sk string) attributes { return attributes{"pk": text(pk), "sk": text(sk)} }

// item is a key with other attributes.
func item(pk, sk string, more attributes) attributes {
	all := key(pk, sk)
	maps.Copy(all, more)
	return all
}

// put writes an item without a condition.
func (w dynamodbWorld) put(ctx context.Context, item attributes) {
	must(w.PutItem(ctx, &sdk.PutItemInput{TableName: &w.table, Item: item}))
}

// get reads an item; empty when there is none.
func (w dynamodbWorld) get(ctx context.Context, pk, sk string) attributes {
	return must(w.GetItem(ctx, &sdk.GetItemInput{TableName: &w.table, Key: key(pk, sk), ConsistentRead: aws.Bool(true)})).Item
}

// sameItem ends a law when an item is not the wanted one. No item and an empty one are the same.
func sameItem(what string, got, want attributes) {
	if diff := cmp.Diff(want, got, sdkTypes, cmpopts.EquateEmpty()); diff != "" {
		broke("%s (-want +got):\n%s", what, diff)
	}
}

// sdkTypes lets cmp compare the SDK's types.
var sdkTypes = cmpopts.IgnoreUnexported(
	types.AttributeValueMemberS{}, types.AttributeValueMemberN{}, types.AttributeValueMemberL{}, types.AttributeValueMemberM{},
	types.AttributeValueMemberBOOL{}, types.AttributeValueMemberNULL{}, types.AttributeValueMemberSS{},
)

// conditionFailed returns the error of a condition that did not hold.
func conditionFailed(err error) *types.ConditionalCheckFailedException {
	return typed[*types.ConditionalCheckFailedException](err)
}
