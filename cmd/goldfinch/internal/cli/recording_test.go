package cli_test

import (
	"context"
	"errors"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/replay"
)

// Scenarios of recordings.
const (
	tampered = "tampered" // somebody has made a bad release's counts better
	aged     = "aged"     // it was recorded before questions were kept
	expired  = "expired"  // its record is older than any entry is kept
)

func (s *scripted) Recording(_ context.Context, reference operator.Reference) (replay.Recording, error) {
	if reference.Service == "nobody" {
		return replay.Recording{}, &operator.NotFoundError{Message: "nobody has never been released"}
	}
	if err := s.call("recording", reference); err != nil {
		return replay.Recording{}, err
	}
	if reference.ID == olderID {
		return recording(olderID, 0), nil
	}
	recorded := recording(releaseID, 20)
	switch s.scenario {
	case clean:
		recorded = replay.Of(ledger.Record{ID: releaseID, Service: "echo", Environment: "production"}, nil)
	case expired:
		recorded.Entries = nil
	case tampered:
		recorded.Entries[2].Periods = recording(releaseID, 1).Entries[2].Periods
		recorded.Entries = recorded.Entries[1:]
	case aged:
		for i := range recorded.Entries {
			recorded.Entries[i].Question = nil
		}
	}
	return recorded, nil
}

func (s *scripted) Judged(_ context.Context, filter operator.Filter) ([]string, error) {
	if s.scenario == broken {
		return nil, errors.New("list the releases of echo/production: connection refused")
	}
	if s.scenario == clean {
		return []string{}, s.call("judged", filter)
	}
	return []string{releaseID, olderID}, s.call("judged", filter)
}

// recording is a release whose canary fails so many of a hundred requests in its second minute,
// with the verdicts that the judge gave.
func recording(id string, failed float64) replay.Recording {
	record := ledger.Record{
		ID: id, Service: "echo", Environment: "production", Canary: "2", Before: release.Pure("1"), Phase: ledger.PhaseEnded,
		CreatedAt: noon.Add(-time.Minute), CanaryBegan: noon, Outcome: release.Promoted,
		Document: release.Default(release.Document{APIVersion: release.APIVersion, Service: "echo", Environment: "production"}),
		Shifts:   []judge.Shift{{At: noon, Weight: 10}},
		Ticks:    2, LastEntry: 4,
	}
	var entries []ledger.Entry
	var periods []judge.Period
	for i, bad := range []float64{0, failed} {
		now := noon.Add(time.Duration(i+2) * time.Minute)
		pair := judge.Pair{Canary: judge.Count{Requests: 100, Bad: bad}, Stable: judge.Count{Requests: 900, Bad: 1}}
		fresh := []judge.Period{{Start: noon.Add(time.Duration(i) * time.Minute), Metrics: map[string]judge.Pair{
			judge.MetricErrors:  pair,
			judge.MetricLatency: {Canary: judge.Count{Requests: 100}, Stable: judge.Count{Requests: 900}},
		}}}
		periods = append(periods, fresh...)
		question := judge.Question{
			Now: now, Canary: "2", Stable: "1", Stage: judge.StageCanary, Steps: 1, Weight: 10,
			Began: noon, Lasts: release.Duration(5 * time.Minute), CanaryBegan: noon,
		}.Of(record.Document, nil, record.Shifts, periods)
		verdict := judge.Judge(question)
		if verdict.Decision == release.Rollback {
			record.Outcome = verdict.Outcome
		}
		entries = append(entries,
			ledger.Entry{Sequence: int64(2*i + 1), At: now, Kind: ledger.EntryPeriods, Actor: "Evaluate", Text: "counted 1 periods", Periods: fresh},
			ledger.Entry{Sequence: int64(2*i + 2), At: now, Kind: ledger.EntryVerdict, Actor: "Evaluate", Text: verdict.Reason, Verdict: &verdict, Question: &question})
	}
	return replay.Of(record, entries)
}
