package replay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
)

// Format is what a recording says it is.
const Format = "goldfinch-recording/v1"

// A Recording is one release with everything that was recorded of it: all that is needed to
// judge it again.
type Recording struct {
	// Format is always "goldfinch-recording/v1".
	Format string `json:"format" jsonschema:"enum=goldfinch-recording/v1"`
	// Record is the release as far as it has come.
	Record ledger.Record `json:"record"`
	// LastEntry is the sequence of the last entry that the timeline had when the record was read.
	LastEntry int64 `json:"lastEntry"`
	// Entries are its timeline, oldest first. Entries expire, and the record does not.
	Entries []ledger.Entry `json:"entries"`
}

// Of makes a recording of a release and its timeline, oldest first, which must not have been read before
// the record was. What the timeline has come to since then is left out: the record knows nothing of it.
func Of(record ledger.Record, entries []ledger.Entry) Recording {
	known := []ledger.Entry{}
	for _, entry := range entries {
		if entry.Sequence <= record.LastEntry {
			known = append(known, entry)
		}
	}
	return Recording{Format: Format, Record: record, LastEntry: record.LastEntry, Entries: known}
}

// Read reads a recording from its JSON.
func Read(data []byte) (Recording, error) {
	const hint = "write one with: goldfinch replay RELEASE --export FILE"
	var recording Recording
	decoder := json.NewDecoder(bytes.NewReader(data))
	if err := decoder.Decode(&recording); err != nil {
		return Recording{}, fmt.Errorf("is no recording of a release: %w; %s", err, hint)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Recording{}, fmt.Errorf("is no recording of a release: something follows it; %s", hint)
	}
	switch {
	case recording.Format == "":
		return Recording{}, fmt.Errorf("is no recording of a release: it has no format; %s", hint)
	case recording.Format != Format:
		return Recording{}, fmt.Errorf("is of format %q, and this Goldfinch reads %q", recording.Format, Format)
	case recording.Record.ID == "":
		return Recording{}, fmt.Errorf("is no recording of a release: it has no record.id; %s", hint)
	}
	return recording, nil
}

// A look is one verdict with what was known when it was given.
type look struct {
	entry ledger.Entry
	// asked: the question was recorded, so that it can be asked again.
	asked    bool
	question judge.Question
}

// looks are the verdicts in the order in which they were given.
func (r Recording) looks() []look {
	var looks []look
	var periods []judge.Period
	for _, entry := range r.Entries {
		switch {
		case entry.Kind == ledger.EntryPeriods:
			periods = append(periods, entry.Periods...)
		case entry.Verdict == nil:
		case entry.Question == nil:
			looks = append(looks, look{entry: entry})
		default:
			question := entry.Question.Of(r.Record.Document, r.Record.Past, r.shifts(*entry.Question), periods[:len(periods):len(periods)])
			looks = append(looks, look{entry: entry, asked: true, question: question})
		}
	}
	return looks
}

// shifts are those that had been made when the question was asked.
func (r Recording) shifts(question judge.Question) []judge.Shift {
	made := r.Record.Shifts
	for len(made) > 0 && made[len(made)-1].At.After(question.Now) {
		made = made[:len(made)-1]
	}
	return made
}

// periods are all that were counted, oldest first.
func (r Recording) periods() []judge.Period {
	var periods []judge.Period
	for _, entry := range r.Entries {
		if entry.Kind == ledger.EntryPeriods {
			periods = append(periods, entry.Periods...)
		}
	}
	return periods
}

// missing are the sequences up to the last one that no entry has.
func (r Recording) missing() []int64 {
	var missing []int64
	next := int64(1)
	for _, entry := range r.Entries {
		for ; next < entry.Sequence; next++ {
			missing = append(missing, next)
		}
		next = entry.Sequence + 1
	}
	for ; next <= r.LastEntry; next++ {
		missing = append(missing, next)
	}
	return missing
}

// incomplete says what the timeline must have had, and has not; empty: nothing.
func (r Recording) incomplete() string {
	verdicts := len(r.looks())
	switch missing := r.missing(); {
	case len(missing) > 0:
		return fmt.Sprintf("%d of the %d entries of its timeline are missing", len(missing), len(r.Entries)+len(missing))
	case verdicts < r.Record.Ticks:
		return fmt.Sprintf("%d of its %d verdicts are missing", r.Record.Ticks-verdicts, r.Record.Ticks)
	case verdicts == 0 && !r.Record.CanaryBegan.IsZero():
		return "no verdict of its canary was recorded"
	default:
		return ""
	}
}
