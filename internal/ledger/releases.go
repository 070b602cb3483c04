package ledger

import (
	"context"
	"fmt"
	"strings"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// A state is what a write must know of the record that is stored.
type state struct {
	// revision is the record's.
	revision int64
	// sequence is that of the last entry.
	sequence int64
	// change is the digest of the change that was written last; empty since Create.
	change string
}

// Create stores a new release at the end of its service's queue, and returns it with its revision. The same id
// and execution again returns what is stored by now; another execution with
// that id is a KindRefused failure.
func (l *Ledger) Create(ctx context.Context, record Record) (Record, error) {
	record, err := l.create(ctx, record)
	if err != nil {
		return Record{}, fmt.Errorf("create release %s: %w", record.ID, err)
	}
	return record, nil
}

func (l *Ledger) create(ctx context.Context, record Record) (Record, error) {
	if record.ID == "" || record.Service == "" || record.Environment == "" {
		return record, fmt.Errorf("a release needs an id, a service and an environment")
	}
	of := ServiceEnvironment{record.Service, record.Environment}
	record.Revision = 1
	value, err := encode(record)
	if err != nil {
		return record, fmt.Errorf("encode the record: %w", err)
	}
	index := of.indexKey(record.CreatedAt, record.ID).item()
	index["release"] = text(record.ID)
	place := of.queueKey(record.ID).item()
	place["at"] = text(record.CreatedAt.UTC().Format(sortableTime))
	lost, err := l.transact(ctx, "",
		l.putAction(recordItem(record, value, ""), "attribute_not_exists(pk)"),
		l.putAction(index, ""),
		l.putAction(place, ""),
		l.putAction(of.servicesKey().item(), ""),
	)
	if err != nil || lost == nil {
		return record, err
	}
	existing, err := l.record(ctx, record.ID)
	if err != nil {
		return record, err
	}
	if existing.Execution != record.Execution {
		return record, release.Fail(release.KindRefused, "the id %s belongs to another release, of %s/%s by execution %s",
			record.ID, existing.Service, existing.Environment, existing.Execution).WithHint("give the release another id")
	}
	return existing, nil
}

// recordItem is the item that keeps a record of that value, written by the change of that digest.
func recordItem(record Record, value, change string) item {
	out := valued(recordKey(record.ID), value)
	out["revision"] = number(record.Revision)
	out["sequence"] = number(record.LastEntry)
	out["change"] = text(change)
	return out
}

// record reads a record, or is a *NotFoundError.
func (l *Ledger) record(ctx context.Context, id string) (Record, error) {
	found, err := l.get(ctx, recordKey(id))
	if err != nil {
		return Record{}, err
	}
	if found == nil {
		return Record{}, &NotFoundError{ID: id}
	}
	out, err := valueOf[Record](found)
	if err != nil {
		return Record{}, err
	}
	out.LastEntry, err = sequenceOf(id, found)
	return out, err
}

// sequenceOf reads the sequence of the last entry out of a record's item.
func sequenceOf(id string, from item) (int64, error) {
	sequence, err := integerOf(from["sequence"])
	if err != nil {
		return 0, fmt.Errorf("decode %s: %w", recordKey(id), err)
	}
	return sequence, nil
}

// state reads the state of a record, and not the record, or is a *NotFoundError.
func (l *Ledger) state(ctx context.Context, id string) (state, error) {
	found, err := l.get(ctx, recordKey(id), "revision", "sequence", "change")
	if err != nil {
		return state{}, err
	}
	if found == nil {
		return state{}, &NotFoundError{ID: id}
	}
	out := state{change: stringOf(found["change"])}
	if out.revision, err = integerOf(found["revision"]); err != nil {
		return state{}, fmt.Errorf("decode %s: %w", recordKey(id), err)
	}
	out.sequence, err = sequenceOf(id, found)
	return out, err
}

// Release returns one release, or a *NotFoundError.
func (l *Ledger) Release(ctx context.Context, id string) (Record, error) {
	found, err := l.record(ctx, id)
	return found, wrap(err, "read release %s", id)
}

// Releases returns a service's releases in an environment, newest first; at most limit, or all when limit is 0.
func (l *Ledger) Releases(ctx context.Context, service, environment string, limit int) ([]Record, error) {
	of := ServiceEnvironment{service, environment}
	index, err := l.list(ctx, listing{partition: of.partition(), prefix: indexPrefix, backward: true, limit: limit})
	if err != nil {
		return nil, fmt.Errorf("list releases of %s: %w", of, err)
	}
	records := make([]Record, 0, len(index))
	for _, i := range index {
		record, err := l.Release(ctx, stringOf(i["release"]))
		if err != nil {
			return nil, fmt.Errorf("list releases of %s: %w", of, err)
		}
		records = append(records, record)
	}
	return records, nil
}

// Services returns everything that was ever released, sorted by service and then environment.
func (l *Ledger) Services(ctx context.Context) ([]ServiceEnvironment, error) {
	return l.places(ctx, "list services", servicesPartition)
}

// places reads a partition whose sort keys are SERVICE/ENVIRONMENT.
func (l *Ledger) places(ctx context.Context, doing, partition string) ([]ServiceEnvironment, error) {
	items, err := l.list(ctx, listing{partition: partition})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	out := make([]ServiceEnvironment, 0, len(items))
	for _, i := range items {
		service, environment, _ := strings.Cut(keyOf(i).sort, "/")
		out = append(out, ServiceEnvironment{service, environment})
	}
	return out, nil
}

// Timeline returns a release's entries in order. A release that does not exist has none.
func (l *Ledger) Timeline(ctx context.Context, id string) ([]Entry, error) {
	items, err := l.list(ctx, listing{partition: releasePartition(id), prefix: entryPrefix})
	if err != nil {
		return nil, fmt.Errorf("read timeline of release %s: %w", id, err)
	}
	entries, err := valuesOf[Entry](items)
	if err != nil {
		return nil, fmt.Errorf("read timeline of release %s: %w", id, err)
	}
	return entries, nil
}

// Periods returns the periods of all of a release's EntryPeriods entries, in the order in which they were written: oldest first.
func (l *Ledger) Periods(ctx context.Context, id string) ([]judge.Period, error) {
	items, err := l.list(ctx, listing{partition: releasePartition(id), prefix: entryPrefix, containing: periodsMember})
	if err != nil {
		return nil, fmt.Errorf("read periods of release %s: %w", id, err)
	}
	entries, err := valuesOf[Entry](items)
	if err != nil {
		return nil, fmt.Errorf("read periods of release %s: %w", id, err)
	}
	var periods []judge.Period
	for _, entry := range entries {
		if entry.Kind == EntryPeriods {
			periods = append(periods, entry.Periods...)
		}
	}
	return periods, nil
}

// periodsMember is in the JSON of every EntryPeriods entry, and of no other: in a
// text of JSON, quotation marks come behind backslashes. It saves DynamoDB sending the rest.
const periodsMember = `"kind":"` + string(EntryPeriods) + `"`
