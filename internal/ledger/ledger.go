package ledger

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// API is what the ledger needs of DynamoDB. The SDK's client satisfies it.
type API interface {
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
	TransactWriteItems(context.Context, *dynamodb.TransactWriteItemsInput, ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error)
}

// A Ledger reads and writes one table. It keeps nothing in memory, and may be
// used from several goroutines at once.
type Ledger struct {
	api   API
	table string
	now   func() time.Time
}

// New returns the ledger in the table of that name. By now the ledger tells
// whether a lease has expired, and since when one is held.
func New(api API, table string, now func() time.Time) *Ledger {
	return &Ledger{api: api, table: table, now: now}
}

// A ServiceEnvironment is what one lock is taken on.
type ServiceEnvironment struct {
	Service     string `json:"service"`
	Environment string `json:"environment"`
}

// String is SERVICE/ENVIRONMENT.
func (s ServiceEnvironment) String() string { return s.Service + "/" + s.Environment }
