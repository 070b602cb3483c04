package rehearsal

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// A Flight is what became of one release. Times are in periods after its first shift; 0 means never.
type Flight struct {
	// Number is which flight it is, from 0.
	Number  int             `json:"number"`
	Outcome release.Outcome `json:"outcome"`
	Reason  string          `json:"reason"`
	// Inconclusive: it was rolled back for want of data, not because of it.
	Inconclusive bool `json:"inconclusive,omitempty"`
	// Exposure is how many bad requests the canary served within the periods that are watched, of
	// the metric in which it is worse, or the first one; ExposureToEnd, until the release ended.
	Exposure      float64 `json:"exposure"`
	ExposureToEnd float64 `json:"exposureToEnd"`
	// Requests is how many the canary served within the periods that are watched.
	Requests float64 `json:"requests"`
	// RolledBackAt is when traffic was back on stable, PromotedAt when the canary had the share with
	// which it settles, and EndedAt when the release was over.
	RolledBackAt float64 `json:"rolledBackAt,omitempty"`
	PromotedAt   float64 `json:"promotedAt,omitempty"`
	EndedAt      float64 `json:"endedAt"`
	// Verdicts is how often the judge looked.
	Verdicts int `json:"verdicts"`
}

// inconclusive is how the reason of a release begins that was rolled back for want of data.
const inconclusive = "inconclusive: "

// Fly makes the flight of that number. Its error is no outcome: the rehearsal itself failed.
func (r *Rehearsal) Fly(ctx context.Context, number int) (Flight, error) {
	return r.fly(ctx, number, r.dayOf(number))
}

func (r *Rehearsal) fly(ctx context.Context, number int, past *day) (Flight, error) {
	t, err := r.play(ctx, number, past)
	if err != nil {
		return Flight{}, fmt.Errorf("rehearse release %d: %w", number, err)
	}
	return t.result(ctx)
}

// result says what became of the release.
func (t *theatre) result(ctx context.Context) (Flight, error) {
	record, err := t.engine.Ledger.Release(ctx, t.release)
	if err != nil {
		return Flight{}, fmt.Errorf("rehearse release %d: %w", t.number, err)
	}
	if !record.Ended() {
		return Flight{}, fmt.Errorf("rehearse release %d: its execution is over, and the release is still %s", t.number, record.Phase)
	}
	flight := Flight{
		Number: t.number, Outcome: record.Outcome, Reason: record.Reason, Verdicts: record.Ticks,
		Inconclusive: record.Outcome == release.RolledBack && strings.HasPrefix(record.Reason, inconclusive),
		RolledBackAt: t.after(t.back), PromotedAt: t.after(record.PromotedAt), EndedAt: t.after(record.EndedAt),
	}
	tested := t.settings.Scenario.Tested()
	for i, period := range t.periods {
		bad := period.Bad[tested].Canary
		if i < t.settings.Periods {
			flight.Exposure += bad
			flight.Requests += period.Canary
		}
		if t.began.Add(time.Duration(i) * t.period).Before(record.EndedAt) {
			flight.ExposureToEnd += bad
		}
	}
	return flight, nil
}

// after is how many periods after the first shift a time is; 0 for none.
func (t *theatre) after(at time.Time) float64 {
	if at.IsZero() || t.shifted.IsZero() {
		return 0
	}
	return float64(at.Sub(t.shifted)) / float64(t.period)
}

// timeline is everything that was recorded of the release.
func (t *theatre) timeline(ctx context.Context) ([]ledger.Entry, error) {
	entries, err := t.engine.Ledger.Timeline(ctx, t.release)
	if err != nil {
		return nil, fmt.Errorf("rehearse release %d: %w", t.number, err)
	}
	return entries, nil
}
