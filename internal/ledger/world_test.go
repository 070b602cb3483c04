package ledger_test

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	local "github.com/goldfinch-dev/goldfinch/internal/local/dynamodb"
	"github.com/goldfinch-dev/goldfinch/internal/local/intercept"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

const tableName = "ledger"

var start = time.Date(2026, 1, 2, 3, 4, 5, 123456789, time.UTC)

// A world is a ledger on a DynamoDB of its own, with its clock.
type world struct {
	*ledger.Ledger
	clock *clock.Virtual
	cloud *local.Service
	// fault stands around every call while it is not nil.
	fault intercept.Func
}

// failer is what both *testing.T and *rapid.T are.
type failer interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
	Context() context.Context
}

func newWorld(t failer) *world {
	t.Helper()
	w := &world{clock: clock.NewVirtual(start)}
	cloud, err := local.New(local.Options{Clock: w.clock, Intercept: func(ctx context.Context, operation string, call func(context.Context) error) error {
		if w.fault == nil {
			return call(ctx)
		}
		return w.fault(ctx, operation, call)
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cloud.CreateTable(t.Context(), ledger.CreateTableInput(tableName)); err != nil {
		t.Fatal(err)
	}
	w.cloud = cloud
	w.Ledger = ledger.New(cloud, tableName, w.clock.Now)
	return w
}

// overTheWire makes the world's ledger use the SDK's client.
func (w *world) overTheWire(t *testing.T) *world {
	t.Helper()
	server := httptest.NewServer(w.cloud.Handler())
	t.Cleanup(server.Close)
	client := dynamodb.New(dynamodb.Options{
		Region:       "us-east-1",
		BaseEndpoint: aws.String(server.URL),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
		}),
	})
	w.Ledger = ledger.New(client, tableName, w.clock.Now)
	return w
}

// everyWay runs test on a ledger in process, and on one that speaks over the wire.
func everyWay(t *testing.T, test func(t *testing.T, w *world)) {
	t.Parallel()
	t.Run("in process", func(t *testing.T) {
		t.Parallel()
		test(t, newWorld(t))
	})
	t.Run("over the wire", func(t *testing.T) {
		t.Parallel()
		test(t, newWorld(t).overTheWire(t))
	})
}

// content is everything that the table holds.
func (w *world) content(t failer) []map[string]types.AttributeValue {
	t.Helper()
	out, err := w.cloud.Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String(tableName)})
	if err != nil {
		t.Fatal(err)
	}
	return out.Items
}

// must returns a method's result, and fails the test on an error.
func must[V any](t failer) func(V, error) V {
	return func(value V, err error) V {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// record is a new release of echo in production.
func record(id string) ledger.Record {
	return ledger.Record{
		ID: id, Service: "echo", Environment: "production", Execution: "execution of " + id,
		CreatedAt: start, Phase: ledger.PhaseCreated,
		Document: release.Document{Service: "echo", Environment: "production", Artifact: release.Artifact{Package: "echo.zip"}},
	}
}

// claim asks for the lease of echo in production, for a minute from start.
func claim(id string) ledger.Lease {
	return ledger.Lease{Service: "echo", Environment: "production", Owner: "execution of " + id, Release: id, Until: start.Add(time.Minute)}
}

func wantKind(t failer, err error, want release.Kind) {
	t.Helper()
	if kind, ok := release.KindOf(err); !ok || kind != want {
		t.Fatalf("got error %v of kind %q, want %q", err, kind, want)
	}
}
