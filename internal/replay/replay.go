package replay

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// A State is how a verdict comes out when its question is asked again.
type State string

// The states of a replayed verdict.
const (
	// Same: the verdict comes out again, byte for byte.
	Same State = "same"
	// Different: another one comes out, because the record is not what it was, or the judge is not.
	Different State = "different"
	// Unasked: recorded before questions were kept, so that it cannot be replayed.
	Unasked State = "unasked"
)

// A Report says whether a release's verdicts come out again.
type Report struct {
	Release     string          `json:"release"`
	Service     string          `json:"service"`
	Environment string          `json:"environment"`
	Outcome     release.Outcome `json:"outcome,omitempty"`
	// Same: every verdict came out again, byte for byte, and nothing is missing: no entry, and
	// no verdict of a release that was judged.
	Same bool `json:"same"`
	// Verdicts are all that were recorded, oldest first.
	Verdicts []Verdict `json:"verdicts"`
	// Missing are the sequences of entries that the timeline must have had, and has not.
	Missing []int64 `json:"missing,omitempty"`
	// Lost is how many verdicts the release was given that the timeline does not have.
	Lost int `json:"lost,omitempty"`
}

// A Verdict is one that was recorded, and how it comes out now.
type Verdict struct {
	// Sequence is that of its entry in the timeline.
	Sequence int64     `json:"sequence"`
	At       time.Time `json:"at"`
	// Recorded is what was decided.
	Recorded release.Decision `json:"recorded"`
	State    State            `json:"state"`
	// Difference is the first one, where State is "different".
	Difference *Difference `json:"difference,omitempty"`
}

// Replay asks every recorded question again, and compares the verdicts. It does no I/O.
func Replay(recording Recording) (Report, error) {
	record := recording.Record
	report := Report{
		Release: record.ID, Service: record.Service, Environment: record.Environment, Outcome: record.Outcome,
		Verdicts: []Verdict{}, Missing: recording.missing(),
	}
	report.Same = len(report.Missing) == 0
	for _, look := range recording.looks() {
		verdict, err := look.replay()
		if err != nil {
			return Report{}, fmt.Errorf("replay verdict %d of release %s: %w", look.entry.Sequence, record.ID, err)
		}
		report.Same = report.Same && verdict.State == Same
		report.Verdicts = append(report.Verdicts, verdict)
	}
	report.Lost = max(record.Ticks-len(report.Verdicts), 0)
	report.Same = report.Same && report.Lost == 0
	return report, nil
}

func (l look) replay() (Verdict, error) {
	verdict := Verdict{Sequence: l.entry.Sequence, At: l.entry.Verdict.At, Recorded: l.entry.Verdict.Decision, State: Unasked}
	if !l.asked {
		return verdict, nil
	}
	recorded, err := json.Marshal(l.entry.Verdict)
	if err != nil {
		return verdict, fmt.Errorf("write the recorded verdict: %w", err)
	}
	replayed, err := json.Marshal(judge.Judge(l.question))
	if err != nil {
		return verdict, fmt.Errorf("write the replayed verdict: %w", err)
	}
	verdict.State = Same
	if !bytes.Equal(recorded, replayed) {
		verdict.State, verdict.Difference = Different, difference(recorded, replayed)
	}
	return verdict, nil
}
