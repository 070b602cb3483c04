package ledger

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// API is what the ledger needs of DynamoDB, all parts together. The SDK's client satisfies it.
type API interface {
	ItemReader
	ItemLister
	ItemPutter
	ItemUpdater
	Transactor
}

// The parts of [API]: who uses less of the ledger needs fewer of them.
type (
	// ItemReader reads releases, locks, stable versions and tokens.
	ItemReader interface {
		GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	}
	// ItemLister reads timelines, signals, queues and the lists of services and held locks.
	ItemLister interface {
		Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
	}
	// ItemPutter adds signals.
	ItemPutter interface {
		PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	}
	// ItemUpdater renews leases outside of a change, and makes people's locks.
	ItemUpdater interface {
		UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	}
	// Transactor makes every change of a release, a lease or a queue.
	Transactor interface {
		TransactWriteItems(context.Context, *dynamodb.TransactWriteItemsInput, ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error)
	}
)

// A Ledger reads and writes one table. It keeps nothing in memory, and may be
// used from several goroutines at once.
type Ledger struct {
	api   API
	table string
	now   func() time.Time
	names names
}

// names are the placeholders that most calls need, made once and never changed.
type names struct{ held, renewed, written, consumed, value map[string]string }

// New returns the ledger in the table of that name. By now the ledger tells
// whether a lease has expired, and since when one is held.
func New(api API, table string, now func() time.Time) *Ledger {
	return &Ledger{api: api, table: table, now: now, names: names{
		held:     placeholders("owner", "fence", "active"),
		renewed:  placeholders("owner", "fence", "active", "until"),
		written:  placeholders("revision", "sequence"),
		consumed: placeholders("consumed"),
		value:    placeholders("value"),
	}}
}

// A ServiceEnvironment is what one lock is taken on.
type ServiceEnvironment struct {
	Service     string `json:"service"`
	Environment string `json:"environment"`
}

// String is SERVICE/ENVIRONMENT.
func (s ServiceEnvironment) String() string { return s.Service + "/" + s.Environment }
