package route53

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// bucket holds the books. Its keys are zone/ID, change/ID, check/ID and
// tags/TYPE/ID; its values are the records below, as JSON.
const bucket = "route53"

// A zone is a hosted zone with its records.
type zone struct {
	ID        string
	Name      string
	Reference string
	Comment   string
	// Records are what the API says.
	Records recordSets
	// Served are what the name servers answer by, and from when on: the first is in
	// force, and those behind it will be.
	Served []edition
	// ChangedAt is when the last batch came.
	ChangedAt time.Time
}

// An edition is the records from a time on.
type edition struct {
	From    time.Time
	Records recordSets
}

// serving are the records that the name servers know at a time.
func (z *zone) serving(now time.Time) recordSets {
	var records recordSets
	for _, edition := range z.Served {
		if !edition.From.After(now) {
			records = edition.Records
		}
	}
	return records
}

// publish adds an edition, and forgets those that are no longer in force.
func (z *zone) publish(now, from time.Time, records recordSets) {
	editions := []edition{{From: now, Records: z.serving(now)}}
	for _, edition := range z.Served {
		if edition.From.After(now) {
			editions = append(editions, edition)
		}
	}
	z.Served = append(editions, edition{From: from, Records: records})
	z.Records = records
}

// A change is a batch that was taken.
type change struct {
	ID          string
	Comment     string
	SubmittedAt time.Time
	InSyncAt    time.Time
}

// A healthCheck is one with its state.
type healthCheck struct {
	ID        string
	Reference string
	Config    types.HealthCheckConfig
	// Failing is what its checkers see; a new check sees no failure.
	Failing bool
}

// books are all records, in memory. Nothing in them is changed: a record is replaced.
type books struct {
	zones   map[string]zone
	changes map[string]change
	checks  map[string]healthCheck
	tags    map[string]map[string]string
}

func newBooks() books {
	return books{
		zones: map[string]zone{}, changes: map[string]change{}, checks: map[string]healthCheck{}, tags: map[string]map[string]string{},
	}
}

// enter puts one record, as it was stored, into the books; a nil value takes it out.
func (b *books) enter(key string, value []byte) error {
	kind, id, _ := strings.Cut(key, "/")
	switch kind {
	case "zone":
		return enterInto(b.zones, id, value)
	case "change":
		return enterInto(b.changes, id, value)
	case "check":
		return enterInto(b.checks, id, value)
	case "tags":
		return enterInto(b.tags, id, value)
	default:
		return fmt.Errorf("record %s: unknown kind %q", key, kind)
	}
}

func enterInto[V any](records map[string]V, id string, value []byte) error {
	if value == nil {
		delete(records, id)
		return nil
	}
	var record V
	if err := json.Unmarshal(value, &record); err != nil {
		return fmt.Errorf("record %s: %w", id, err)
	}
	records[id] = record
	return nil
}

// An entry is one record to write; a nil record deletes it.
type entry struct {
	key    string
	record any
}

// commit stores the entries at once, and then puts them into the books. The caller holds s.mu.
func (s *Service) commit(entries ...entry) error {
	changes := make([]store.Change, len(entries))
	for i, e := range entries {
		changes[i] = store.Change{Bucket: bucket, Key: e.key}
		if e.record == nil {
			continue
		}
		value, err := json.Marshal(e.record)
		if err != nil {
			return internal(fmt.Errorf("encode %s: %w", e.key, err))
		}
		changes[i].Value = value
	}
	if err := s.options.Store.Save(changes...); err != nil {
		return internal(fmt.Errorf("store: %w", err))
	}
	for _, c := range changes {
		if err := s.books.enter(c.Key, c.Value); err != nil {
			return internal(err)
		}
	}
	return nil
}
