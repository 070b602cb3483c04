package vectors

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/goldfinch-dev/goldfinch/internal/judge/evidence"
	"github.com/goldfinch-dev/goldfinch/internal/judge/ladder"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// overflow is told when counts or parameters are beyond what a float64 holds.
const overflow = "gives no finite evidence"

// evidence plays the games of one metric: what is expected of them, and the first minute of a rollback.
func (r *reader) evidence(vector node, fields map[string]node, defaults settings) (expect, first []byte) {
	before := len(r.problems)
	s := r.changed(defaults, fields)
	margins := []float64{s.margin}
	if field, ok := fields["margins"]; ok {
		margins = r.numbers(field, 0)
	}
	minutes := r.minutes(vector, fields, []string{"nc", "xc", "ns", "xs"})
	if len(r.problems) > before {
		return nil, nil
	}
	metric := evidence.New(s.parameters, margins...)
	expect, first = []byte{'['}, []byte("null")
	for i, counts := range minutes {
		metric.Watch(evidence.Counts{CanaryRequests: counts[0], CanaryBad: counts[1], StableRequests: counts[2], StableBad: counts[3]})
		against := metric.LogRollback()
		if string(first) == "null" && against >= s.rules.Threshold() {
			first = strconv.AppendInt(nil, int64(i+1), 10)
		}
		promotion := make([]float64, len(margins))
		for j := range margins {
			promotion[j] = metric.LogPromotion(j)
		}
		if !finite(append(promotion, against)...) {
			r.refuse(fields["input"], fmt.Sprintf("minute %d %s", i, overflow), "use smaller counts or parameters")
			return nil, nil
		}
		expect = appendComma(expect)
		expect = appendFloat(append(expect, `{"logE":`...), against)
		expect = append(expect, `,"logP":[`...)
		for _, log := range promotion {
			expect = appendFloat(appendComma(expect), log)
		}
		expect = append(expect, `]}`...)
	}
	return append(expect, ']'), first
}

// release plays a release until it ends, or its input does.
func (r *reader) release(vector node, fields map[string]node, defaults settings) []byte {
	before := len(r.problems)
	s := r.changed(defaults, fields)
	plan := r.plan(vector, fields, s)
	keys := []string{"nc", "ns"}
	for i := range plan.Metrics {
		keys = append(keys, metrics[i:i+1]+"c", metrics[i:i+1]+"s")
	}
	minutes := r.minutes(vector, fields, keys)
	if len(r.problems) > before {
		return nil
	}
	played := ladder.Play(plan)
	expect := []byte{'['}
	for i, counts := range minutes {
		period := ladder.Period{Canary: counts[0], Stable: counts[1]}
		for pair := range slices.Chunk(counts[2:], 2) {
			period.Bad = append(period.Bad, ladder.Bad{Canary: pair[0], Stable: pair[1]})
		}
		tick := played.Tick(period)
		if !finite(tick.LogEvidence) || math.IsInf(tick.LogPromotion, 0) {
			r.refuse(fields["input"], fmt.Sprintf("minute %d %s", i, overflow), "use smaller counts or parameters")
			return nil
		}
		expect = appendTick(appendComma(expect), i, tick)
		if tick.Decision == release.Rollback || tick.Decision == release.Complete || tick.Decision == release.Promote && plan.Settle == 0 {
			break
		}
	}
	return append(expect, ']')
}

// plan is what a release is played by.
func (r *reader) plan(vector node, fields map[string]node, s settings) ladder.Plan {
	plan := ladder.Plan{Rules: s.rules, Delay: 1, MinimumRequests: s.minimum, Patience: 2 * s.length, Settle: s.settle}
	if field, ok := fields["D"]; ok {
		plan.Delay = r.whole(field, 0)
	}
	if field, ok := r.required(vector, fields, "ladder", "give the canary's shares, such as [0.1, 0.33]"); ok {
		for _, share := range r.list(field) {
			plan.Shares = append(plan.Shares, r.within(share, 0, 1))
			plan.Lengths = append(plan.Lengths, s.length)
		}
		if len(plan.Shares) == 0 {
			r.refuse(field, "has no share", "give the canary's shares, such as [0.1, 0.33]")
		}
	}
	plan.Margins = ladder.Margins(plan.Shares, s.margin)
	if field, ok := fields["stage_margins"]; ok {
		if plan.Margins = r.numbers(field, 0); len(plan.Margins) != len(plan.Shares) {
			r.refuse(field, fmt.Sprintf("has %d margins for %d shares", len(plan.Margins), len(plan.Shares)), "give one for each share of the ladder, or none at all")
		}
	}
	for i, weight := range s.weights {
		metric := ladder.MetricPlan{Parameters: s.parameters, Share: weight}
		if i < len(s.history) {
			metric.Past = s.history[i]
		}
		plan.Metrics = append(plan.Metrics, metric)
	}
	return plan
}

// appendTick writes what was decided at the end of a minute.
func appendTick(text []byte, minute int, tick ladder.Tick) []byte {
	decision := string(tick.Decision)
	if tick.Why == ladder.WhySettling {
		decision = "bake"
	}
	text = fmt.Appendf(text, `{"minute_ended":%d,"decision":%q,"logE_total":`, minute, decision)
	text = append(appendFloat(text, tick.LogEvidence), `,"logP_stage_min":`...)
	if math.IsNaN(tick.LogPromotion) {
		text = append(text, "null"...)
	} else {
		text = appendFloat(text, tick.LogPromotion)
	}
	// A weight is one of the input's, so it is written as people write it.
	text = strconv.AppendFloat(append(text, `,"weight_next":`...), tick.Share, 'g', -1, 64)
	return append(text, '}')
}

// dispersion estimates the burst factor.
func (r *reader) dispersion(vector node, fields map[string]node) []byte {
	before := len(r.problems)
	field, ok := r.required(vector, fields, "input", "give stable's bad counts")
	if !ok {
		return nil
	}
	counts := r.numbers(field, 0)
	if len(r.problems) > before {
		return nil
	}
	burst := evidence.Burst(counts)
	if !finite(burst) {
		r.refuse(field, "gives no finite burst factor", "use smaller counts")
		return nil
	}
	return appendFloat(nil, burst)
}

// minutes reads a vector's input.
func (r *reader) minutes(vector node, fields map[string]node, keys []string) [][]float64 {
	field, ok := r.required(vector, fields, "input", "give the counts of each minute")
	if !ok {
		return nil
	}
	var minutes [][]float64
	for _, minute := range r.list(field) {
		minutes = append(minutes, r.counts(minute, keys))
	}
	return minutes
}

func finite(numbers ...float64) bool {
	return !slices.ContainsFunc(numbers, func(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) })
}

// appendFloat writes 17 significant digits, which tell any two float64 apart. There is no negative zero.
func appendFloat(text []byte, x float64) []byte { return strconv.AppendFloat(text, x+0, 'g', 17, 64) }

// appendComma writes a comma between two elements.
func appendComma(text []byte) []byte {
	if text[len(text)-1] == '[' {
		return text
	}
	return append(text, ',')
}
