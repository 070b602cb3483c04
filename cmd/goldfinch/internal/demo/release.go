package demo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// pollInterval is how often the demonstration asks how a release stands.
const pollInterval = 100 * time.Millisecond

// metBefore is for how long users have met a canary before somebody aborts it.
const metBefore = time.Second

// release puts one version of the echo service in, and follows it to its end.
func (s *stage) release(ctx context.Context, act Act, began time.Time) (Release, error) {
	document, err := s.scene.document(ctx, act.Label)
	if err != nil {
		return Release{}, err
	}
	started, err := s.operator.Deploy(ctx, complete(document, act.Label))
	if err != nil {
		return Release{}, err
	}
	status, err := s.follow(ctx, started.ID, act, began)
	if err != nil {
		return Release{}, err
	}
	history, err := s.operator.History(ctx, operator.Reference{ID: started.ID})
	if err != nil {
		return Release{}, err
	}
	done := Release{ID: started.ID, Version: act.Label, Outcome: string(status.Outcome), Seconds: round(status.EndedAt.Sub(began).Seconds()), Splits: []Split{}, Verdicts: []Verdict{}}
	done.recount(history.Entries, began)
	return done, nil
}

// upload stores the version's package.
func (s *stage) upload(ctx context.Context, label string) (release.Artifact, error) {
	return s.operator.Upload(ctx, "echo-"+label+".zip", s.packages[label])
}

// complete is the whole of a release's document: everything as by default, but in seconds instead of minutes.
func complete(document release.Document, label string) release.Document {
	document.APIVersion, document.Service, document.Environment = release.APIVersion, service, environment
	document.Request = release.Request{By: "demo", Label: label}
	document.Analysis.Period = release.Duration(time.Second)
	settle := release.Duration(5 * time.Second)
	document.Strategy.Settle = &settle
	if document.Strategy.Steps == nil {
		document.Strategy.Steps = steps(10)
	}
	return release.Default(document)
}

// steps is one step, which lasts long enough to have the judge's minimum of requests.
func steps(weight float64) []release.Step {
	return []release.Step{{Weight: weight, Wait: release.Duration(5 * time.Second)}}
}

// metrics are what every target compares: function errors or statuses of 5xx, and slow requests.
func metrics() *release.Metrics {
	tolerance := 0.01
	// On a busy machine a good version is slow now and then; v4 is slow every time.
	sometimes := 0.2
	return &release.Metrics{
		Errors:  &release.ErrorMetric{Threshold: release.Threshold{Tolerance: &tolerance}},
		Latency: &release.LatencyMetric{SlowerThan: release.Duration(slow), Threshold: release.Threshold{Tolerance: &sometimes}},
	}
}

// follow says what happens to a release as it happens, until it has ended. Where the act says so, it aborts the release.
func (s *stage) follow(ctx context.Context, id string, act Act, began time.Time) (operator.Status, error) {
	reference := operator.Reference{ID: id}
	said := 0
	aborts := act.Abort
	for {
		status, err := s.operator.Status(ctx, reference)
		if err != nil {
			var missing *operator.NotFoundError
			if !errors.As(err, &missing) { // it is not in the ledger before its first state has run
				return operator.Status{}, err
			}
		}
		ended := err == nil && status.Ended()
		if err == nil {
			history, err := s.operator.History(ctx, reference)
			if err != nil {
				return operator.Status{}, err
			}
			for ; said < len(history.Entries); said++ {
				if entry := history.Entries[said]; entry.Kind != ledger.EntryPeriods {
					s.say("   %5.1fs  %s", entry.At.Sub(began).Seconds(), entry.Text)
				}
			}
			if aborts && hasMet(history.Entries, time.Now()) {
				aborts = false
				if _, err := s.operator.Signal(ctx, reference, ledger.Signal{Kind: ledger.SignalAbort, By: "demo", Reason: "somebody had second thoughts"}); err != nil {
					return operator.Status{}, fmt.Errorf("abort release %s: %w", id, err)
				}
			}
		}
		if ended {
			return status, nil
		}
		select {
		case <-ctx.Done():
			return operator.Status{}, ctx.Err()
		case <-time.After(pollInterval):
		}
	}
}

// hasMet reports whether users have met the canary for a while.
func hasMet(entries []ledger.Entry, now time.Time) bool {
	return slices.ContainsFunc(entries, func(entry ledger.Entry) bool {
		return entry.Kind == ledger.EntrySplitSeen && entry.Split != nil && !entry.Split.IsPure() && now.Sub(entry.At) >= metBefore
	})
}
