package ledger

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
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

// New returns the ledger in the table of that name. By now the ledger judges whether a lease has expired.
func New(api API, table string, now func() time.Time) *Ledger {
	return &Ledger{api: api, table: table, now: now}
}

// CreateTableInput describes the ledger's table of that name, billed per request.
func CreateTableInput(table string) *dynamodb.CreateTableInput {
	return &dynamodb.CreateTableInput{TableName: &table}
}

// A ServiceEnvironment is what one lock is taken on.
type ServiceEnvironment struct {
	Service     string `json:"service"`
	Environment string `json:"environment"`
}

// String is SERVICE/ENVIRONMENT.
func (s ServiceEnvironment) String() string { return s.Service + "/" + s.Environment }

// A NotFoundError says that the ledger has no release of that id.
type NotFoundError struct{ ID string }

func (e *NotFoundError) Error() string { return "there is no release " + e.ID }

// A HeldError says why a lease could not be acquired: another release holds it
// (Lease), or a person has locked the service (Person). It wraps a
// [release.Failure] of KindRefused.
type HeldError struct {
	Service     string
	Environment string
	// Lease is who holds it; nil when only a person keeps it.
	Lease *Lease
	// Person is who locked it; nil when only a release holds it.
	Person *PersonLock
	// Expired: the lease's time is over, and it was not given back. Its release
	// must be recovered; then TakeOver.
	Expired bool
}

func (e *HeldError) Error() string { return "held" }

// Create stores a new release, and returns it with its revision. The same id
// and execution again returns what is stored by now; another execution with
// that id is a KindRefused failure.
func (l *Ledger) Create(ctx context.Context, record Record) (Record, error) {
	return Record{}, errors.ErrUnsupported
}

// Release returns one release, or a *NotFoundError.
func (l *Ledger) Release(ctx context.Context, id string) (Record, error) {
	return Record{}, errors.ErrUnsupported
}

// Releases returns a service's releases in an environment, newest first; at most limit, or all when limit is 0.
func (l *Ledger) Releases(ctx context.Context, service, environment string, limit int) ([]Record, error) {
	return nil, errors.ErrUnsupported
}

// Services returns everything that was ever released, sorted by service and then environment.
func (l *Ledger) Services(ctx context.Context) ([]ServiceEnvironment, error) {
	return nil, errors.ErrUnsupported
}

// Timeline returns a release's entries in order. A release that does not exist has none.
func (l *Ledger) Timeline(ctx context.Context, id string) ([]Entry, error) {
	return nil, errors.ErrUnsupported
}

// Periods returns the periods of all of a release's EntryPeriods entries, oldest first.
func (l *Ledger) Periods(ctx context.Context, id string) ([]judge.Period, error) {
	return nil, errors.ErrUnsupported
}

// Stable returns a service's stable version; ok is false when none was ever promoted.
func (l *Ledger) Stable(ctx context.Context, service, environment string) (stable Stable, ok bool, err error) {
	return Stable{}, false, errors.ErrUnsupported
}

// Rejected reports whether the artifact of that SHA-256 was rolled back in this
// service and environment and not promoted since, by which release, and why.
func (l *Ledger) Rejected(ctx context.Context, service, environment, sha256 string) (releaseID, reason string, rejected bool, err error) {
	return "", "", false, errors.ErrUnsupported
}

// Holder returns the lease that is held, expired or not, and the person's lock; each is nil when there is none.
func (l *Ledger) Holder(ctx context.Context, service, environment string) (*Lease, *PersonLock, error) {
	return nil, nil, errors.ErrUnsupported
}

// Holders returns every lease that is held, expired or not, sorted by service and then environment.
func (l *Ledger) Holders(ctx context.Context) ([]Lease, error) {
	return nil, errors.ErrUnsupported
}

// Acquire takes the lease that claim describes: its Service, Environment,
// Owner, Release and Until. It succeeds when the lease is free and no person
// has locked the service, and returns the lease with its new fence. The same
// owner, release and service again gets the same fence, since and a renewed
// Until, even when the lease had expired meanwhile or a person has locked the
// service. Anything else is a *HeldError; an expired lease of another owner too, with
// Expired set.
//
// Owner names one actor: two that call themselves the same share the lease.
func (l *Ledger) Acquire(ctx context.Context, claim Lease) (Lease, error) {
	return Lease{}, errors.ErrUnsupported
}

// TakeOver hands the lease dead (by its owner and fence) on to claim, whose
// Owner, Release and Until count, with a new fence. A person's lock does not
// hinder it. When dead is not what is held any more, it is a KindConflict failure.
func (l *Ledger) TakeOver(ctx context.Context, dead, claim Lease) (Lease, error) {
	return Lease{}, errors.ErrUnsupported
}

// Check returns nil while lease is the one held (by its owner and fence), even
// past its Until; else a KindConflict failure.
func (l *Ledger) Check(ctx context.Context, lease Lease) error { return errors.ErrUnsupported }

// Free gives exactly that lease back. It is a KindConflict failure when somebody else holds it by now.
func (l *Ledger) Free(ctx context.Context, lease Lease) error { return errors.ErrUnsupported }

// Write makes change in one transaction, renews lease until then (or gives it
// back when change.Free is set), and returns the record with its new revision.
//
// It is a KindConflict failure when lease is lost, and a KindTransient one when
// the stored record's revision is not change.Record.Revision, unless it is exactly this
// change that was written: then it succeeds again. DynamoDB allows 100
// actions in a transaction, so a change of more than about 90 entries
// and consumed signals is an error.
func (l *Ledger) Write(ctx context.Context, lease Lease, until time.Time, change Change) (Record, error) {
	return Record{}, errors.ErrUnsupported
}

// WriteUnlocked is Write for a release that holds no lease: it is queued, or is
// refused before it gets one. change.Free must not be set.
func (l *Ledger) WriteUnlocked(ctx context.Context, change Change) (Record, error) {
	return Record{}, errors.ErrUnsupported
}

// AddSignal sends a signal to a release. One with the same ID again is the same
// signal, even when it was consumed meanwhile.
func (l *Ledger) AddSignal(ctx context.Context, releaseID string, signal Signal) error {
	return errors.ErrUnsupported
}

// Signals returns the signals that no change has consumed, ordered by At and then ID.
func (l *Ledger) Signals(ctx context.Context, releaseID string) ([]Signal, error) {
	return nil, errors.ErrUnsupported
}

// Token returns the task token that was written last, "" when there was none.
func (l *Ledger) Token(ctx context.Context, releaseID string) (string, error) {
	return "", errors.ErrUnsupported
}

// LockByPerson keeps every new release of a service out of an environment. A
// release that holds the lease goes on. When another person has locked it, it
// is a *HeldError; the same person again changes nothing.
func (l *Ledger) LockByPerson(ctx context.Context, service, environment string, lock PersonLock) error {
	return errors.ErrUnsupported
}

// UnlockByPerson removes a person's lock, whoever's it is. Without one it does nothing.
func (l *Ledger) UnlockByPerson(ctx context.Context, service, environment string) error {
	return errors.ErrUnsupported
}

// Enqueue puts a release at the end of a service's queue. One that is in it keeps its place.
func (l *Ledger) Enqueue(ctx context.Context, service, environment, releaseID string, at time.Time) error {
	return errors.ErrUnsupported
}

// Dequeue takes a release out of a service's queue. One that is not in it is no error.
func (l *Ledger) Dequeue(ctx context.Context, service, environment, releaseID string) error {
	return errors.ErrUnsupported
}

// Queue returns the ids of the releases that wait, the longest waiting first.
func (l *Ledger) Queue(ctx context.Context, service, environment string) ([]string, error) {
	return nil, errors.ErrUnsupported
}
