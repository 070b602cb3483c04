package demo

import (
	"cmp"
	"math"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
)

// canary is the version that was on trial; empty when there was none.
func (r Release) canary() string {
	canary := ""
	for _, split := range r.Splits {
		canary = cmp.Or(split.Canary, canary)
	}
	return canary
}

// count takes the release's share of what users did and suffered. Its canary's answers have the signature.
func (r *Release) count(requests []request, signature string) {
	for _, made := range requests {
		onCanary := signature != "" && made.signature == signature
		r.Requests++
		r.Failed += one(made.failed)
		r.Slow += one(made.slow)
		r.CanaryRequests += one(onCanary)
		r.CanaryFailed += one(onCanary && made.failed)
		r.CanarySlow += one(onCanary && made.slow)
	}
}

func one(condition bool) int {
	if condition {
		return 1
	}
	return 0
}

// recount retells a release's timeline as the report has it: the splits as
// they were seen, and each verdict once for each metric that it compared.
func (r *Release) recount(timeline []ledger.Entry, began time.Time) {
	moved := false
	for _, entry := range timeline {
		at := round(entry.At.Sub(began).Seconds())
		switch entry.Kind {
		case ledger.EntrySplitIntended:
			moved = true
		case ledger.EntrySplitSeen:
			if moved && entry.Split != nil { // what stood before the release is not its doing
				r.Splits = append(r.Splits, Split{At: at, Stable: entry.Split.Stable, Canary: entry.Split.Canary, Weight: entry.Split.Weight})
			}
		case ledger.EntryVerdict:
			if entry.Verdict == nil {
				continue
			}
			for _, finding := range entry.Verdict.Findings {
				r.Verdicts = append(r.Verdicts, Verdict{
					At: at, Verdict: string(entry.Verdict.Decision), Metric: finding.Metric,
					Canary: finding.Canary, Stable: finding.Stable, Limit: finding.Limit,
					CanarySamples: finding.CanarySamples, StableSamples: finding.StableSamples, Reason: entry.Verdict.Reason,
				})
			}
		default:
		}
	}
}

// round keeps milliseconds.
func round(seconds float64) float64 { return math.Round(seconds*1000) / 1000 }
