package replay

import (
	"fmt"
	"strconv"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// A Cost is what a decision would have meant for users, as far as the record tells. A request
// that is bad by several metrics counts once: of each period, the metric with most bad requests counts.
type Cost struct {
	// BadAfter is how many bad requests the canary served after a look at which the policy goes
	// back and the release did not, in the periods that began after it. Stable would have failed some of them, too.
	BadAfter *float64 `json:"badAfter,omitempty"`
	// BadPerPeriod is how many bad requests a period the canary served at the weight that
	// the policy leaves it, where the release went back; how long it would have gone on is not recorded.
	BadPerPeriod *float64 `json:"badPerPeriod,omitempty"`
	// CountedTo is where the release's counts end.
	CountedTo time.Time `json:"countedTo,omitzero"`
	// Text says it in one sentence.
	Text string `json:"text"`
}

// cost is what it would have meant to decide otherwise than was recorded.
func (r Recording) cost(question judge.Question, recorded, decision release.Decision) Cost {
	var cost Cost
	version, periods, metrics := r.Record.Canary, r.periods(), judge.Compared(question.Analysis)
	length := question.Analysis.Period
	if len(periods) > 0 {
		cost.CountedTo = periods[len(periods)-1].Start.Add(length.Std())
	}
	switch {
	case decision == release.Rollback:
		after := since(periods, question.Now)
		served := bad(after, metrics)
		cost.BadAfter = &served
		if len(after) == 0 {
			cost.Text = fmt.Sprintf("nothing was counted of version %s after that", version)
			break
		}
		cost.Text = fmt.Sprintf("version %s served %s bad requests after that, until %s, where its counts end",
			version, number(served), clockTime(cost.CountedTo))
	case recorded == release.Rollback && leadsTo(decision) == release.Continue:
		cost.Text = fmt.Sprintf("version %s would have stayed at %s%%; the record ends there", version, release.Percent(question.Weight))
		if at := since(question.Periods, weightSince(question)); len(at) > 0 {
			rate := bad(at, metrics) / float64(len(at))
			cost.BadPerPeriod = &rate
			cost.Text = fmt.Sprintf("version %s would have stayed at %s%%, where it served %s bad requests in each %s; the record ends there",
				version, release.Percent(question.Weight), number(rate), length)
		}
	case recorded == release.Rollback:
		cost.Text = fmt.Sprintf("version %s would have gone on; the record ends there", version)
	default:
		cost.Text = "from there on traffic would have been another, of which nothing is recorded"
	}
	return cost
}

// weightSince is since when the canary had the weight that it had when the question was asked, from the next whole period on.
func weightSince(question judge.Question) time.Time {
	if len(question.Shifts) == 0 {
		return question.CanaryBegan
	}
	return question.Shifts[len(question.Shifts)-1].At
}

// since are the periods that began at began or later.
func since(periods []judge.Period, began time.Time) []judge.Period {
	for i, period := range periods {
		if !period.Start.Before(began) {
			return periods[i:]
		}
	}
	return nil
}

// bad is how many bad requests the canary served in periods, by those metrics.
func bad(periods []judge.Period, metrics []string) float64 {
	sum := 0.0
	for _, period := range periods {
		most := 0.0
		for _, metric := range metrics {
			canary := period.Metrics[metric].Canary
			most = max(most, min(canary.Bad, canary.Requests))
		}
		sum += most
	}
	return sum
}

// number writes a count, which trimmed counts make fractional, with one decimal where it is small.
func number(count float64) string {
	if count >= 10 || count == float64(int(count)) {
		return strconv.FormatFloat(count, 'f', 0, 64)
	}
	return strconv.FormatFloat(count, 'f', 1, 64)
}

func clockTime(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
