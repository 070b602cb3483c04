package ledger

import (
	"fmt"
	"strings"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// A Line is an entry of a release's timeline with what a reader must know who
// has only that: the items of the table's stream come one by one.
type Line struct {
	Entry
	// Release, Service and Environment say whose entry it is.
	Release, Service, Environment string
	// Outcome is how the release ended; empty unless Kind is EntryOutcome.
	Outcome release.Outcome
	// GoingBackSince is the record's, when Kind is EntryOutcome.
	GoingBackSince time.Time
}

// The attributes of an entry's item beside its key and its value.
const (
	serviceAttribute        = "service"
	environmentAttribute    = "environment"
	outcomeAttribute        = "outcome"
	goingBackSinceAttribute = "goingBackSince"
)

// lineItem adds to the item of an entry of that kind what [ReadLine] needs beside the entry.
func lineItem(record Record, kind EntryKind, line item) item {
	line[serviceAttribute], line[environmentAttribute] = text(record.Service), text(record.Environment)
	if kind == EntryOutcome {
		line[outcomeAttribute] = text(string(record.Outcome))
		if !record.GoingBackSince.IsZero() {
			line[goingBackSinceAttribute] = timeText(record.GoingBackSince)
		}
	}
	return line
}

// ReadLine decodes an item that keeps an entry of a timeline. Its attributes are
// those that are strings, keys included, as the table's stream shows them. ok is
// false for an item of another kind.
func ReadLine(attributes map[string]string) (line Line, ok bool, err error) {
	id, ok := cutPrefixes(attributes, releasePartition(""), entryPrefix)
	if !ok {
		return Line{}, false, nil
	}
	line = Line{
		Release: id, Service: attributes[serviceAttribute], Environment: attributes[environmentAttribute],
		Outcome: release.Outcome(attributes[outcomeAttribute]),
	}
	if line.Entry, err = readAttributes[Entry](attributes); err != nil {
		return Line{}, true, err
	}
	if since := attributes[goingBackSinceAttribute]; since != "" {
		if line.GoingBackSince, err = time.Parse(time.RFC3339Nano, since); err != nil {
			return Line{}, true, fmt.Errorf("decode an entry of release %s: %w", id, err)
		}
	}
	if line.Service == "" || line.Environment == "" || line.Sequence < 1 || line.Kind == EntryOutcome && line.Outcome == "" {
		return Line{}, true, fmt.Errorf("decode an entry of release %s: it lacks its service, its environment, its sequence or its outcome", id)
	}
	return line, true, nil
}

// readAttributes reads the value of an item of those attributes.
func readAttributes[V any](attributes map[string]string) (V, error) {
	return read[V](key{attributes["pk"], attributes["sk"]}, attributes["value"])
}

// cutPrefixes returns what follows the beginning of an item's partition key, and
// reports whether both keys begin so.
func cutPrefixes(from map[string]string, partition, sort string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(from["pk"], partition)
	return rest, ok && strings.HasPrefix(from["sk"], sort)
}
