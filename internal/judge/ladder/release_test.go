package ladder_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/goldfinch-dev/goldfinch/internal/judge/evidence"
	"github.com/goldfinch-dev/goldfinch/internal/judge/ladder"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// twoMetrics are errors and slow requests.
func twoMetrics() []ladder.MetricPlan {
	return []ladder.MetricPlan{{Parameters: evidence.Default(), Share: 0.6}, {Parameters: evidence.Default(), Share: 0.4}}
}

// climbing is a plan whose rungs may end on evidence.
func climbing() ladder.Plan {
	shares := []float64{0.1, 0.33}
	return ladder.Plan{
		Rules: ladder.Default(), Shares: shares, Lengths: []int{4, 4}, Margins: ladder.Margins(shares, 0.005),
		Metrics: twoMetrics(), Delay: 1, MinimumRequests: 30, Patience: 8,
	}
}

// fixed is a plan of one rung that lasts its time.
func fixed() ladder.Plan {
	rules := ladder.Default()
	rules.EvidenceEnds = false
	return ladder.Plan{Rules: rules, Shares: []float64{0.1}, Lengths: []int{5}, Metrics: twoMetrics(), Delay: 1, MinimumRequests: 30}
}

// clean is a period without a bad request, of which the canary gets its share.
func clean(requests, share float64) ladder.Period {
	return ladder.Period{Canary: requests * share, Stable: requests * (1 - share), Bad: make([]ladder.Bad, 2)}
}

// path plays a release in which period says what each period brings, and tells its
// decisions as "minute:decision", changes only, up to its end or for most periods.
func path(plan ladder.Plan, most int, period func(i int, share float64) ladder.Period) (string, ladder.Tick) {
	r, told, before, tick := ladder.Play(plan), "", release.Decision(""), ladder.Tick{}
	for i := range most {
		tick = r.Tick(period(i, r.Share()))
		if tick.Decision != before {
			told += fmt.Sprintf(" %d:%s", i, tick.Decision)
			before = tick.Decision
		}
		if over(plan, tick) {
			break
		}
	}
	return told, tick
}

// over reports whether a release has ended.
func over(plan ladder.Plan, tick ladder.Tick) bool {
	return tick.Decision == release.Rollback || tick.Decision == release.Complete || tick.Decision == release.Promote && plan.Settle == 0
}

func TestPaths(t *testing.T) {
	t.Parallel()
	traffic := func(requests float64) func(int, float64) ladder.Period {
		return func(_ int, share float64) ladder.Period { return clean(requests, share) }
	}
	settling := climbing()
	settling.Settle = 3
	heldBack := settling
	heldBack.Holdback = 0.05
	delayed := climbing()
	delayed.Delay = 2
	limited := fixed()
	limited.NoDataLength, limited.BlindLength = 3, 2
	passing := limited
	passing.NoDataPasses = true
	impatient := fixed()
	impatient.Patience = 6
	blind := func(_ int, _ float64) ladder.Period { return ladder.Period{Stable: 1000, Bad: make([]ladder.Bad, 2)} }
	for _, row := range []struct {
		name         string
		plan         ladder.Plan
		period       func(int, float64) ladder.Period
		want         string
		share        float64
		inconclusive bool
	}{
		{"good, on evidence", climbing(), traffic(10_000), " 0:continue 1:advance 2:promote", 1, false},
		{"good, by time", climbing(), traffic(200), " 0:continue 3:advance 4:continue 7:promote", 1, false},
		{"idle", climbing(), traffic(0), " 0:continue 3:hold 7:advance 8:continue 11:hold 15:promote", 1, false},
		{"settling", settling, traffic(200), " 0:continue 3:advance 4:continue 7:promote 8:continue 10:complete", 1, false},
		{"with holdback", heldBack, traffic(200), " 0:continue 3:advance 4:continue 7:promote 8:continue 10:complete", 0.95, false},
		{"what a rung had says nothing of the next", delayed, func(i int, share float64) ladder.Period {
			if i < 4 {
				return clean(1000, share)
			}
			return clean(0, share)
		}, " 0:continue 3:advance 4:continue 7:hold 11:promote", 1, false},
		{"fixed", fixed(), traffic(1000), " 0:continue 4:promote", 1, false},
		{"fixed, with proof from the first period", fixed(), traffic(1e6), " 0:continue 4:promote", 1, false},
		{"too few, for ever", fixed(), traffic(1), " 0:continue 4:hold", 0.1, false},
		{"too few, with a limit", limited, traffic(1), " 0:continue 4:hold 6:rollback", 0, true},
		{"too few, and it goes on", passing, traffic(1), " 0:continue 4:hold 6:promote", 1, false},
		{"too few, with patience", impatient, traffic(1), " 0:continue 4:hold 5:promote", 1, false},
		{"blind", limited, blind, " 0:continue 4:hold 5:rollback", 0, true},
		{"blind does not go on", passing, blind, " 0:continue 4:hold 5:rollback", 0, true},
		{"blind, for ever", climbing(), blind, " 0:continue 1:hold", 0.1, false},
		{"late, but enough after all", limited, func(i int, share float64) ladder.Period {
			if i < 5 {
				return clean(10, share)
			}
			return clean(1000, share)
		}, " 0:continue 4:hold 6:promote", 1, false},
		{"total failure", climbing(), func(_ int, share float64) ladder.Period {
			p := clean(500, share)
			p.Bad[0].Canary = p.Canary
			return p
		}, " 0:continue 1:rollback", 0, false},
		{"slow after promotion, with a control group", heldBack, func(i int, share float64) ladder.Period {
			p := clean(200, share)
			if i >= 8 {
				p.Bad[1].Canary = p.Canary / 2
			}
			return p
		}, " 0:continue 3:advance 4:continue 7:promote 8:continue 10:rollback", 0, false},
	} {
		got, last := path(row.plan, 40, row.period)
		if got != row.want || last.Share != row.share || last.Inconclusive != row.inconclusive {
			t.Errorf("%s:%s, share %v, inconclusive %v\nwant%s, share %v, inconclusive %v", row.name, got, last.Share, last.Inconclusive, row.want, row.share, row.inconclusive)
		}
	}
}

// TestAnOutageOfBothWhileSettling rolls back where there is no control group, and not where there is.
func TestAnOutageOfBothWhileSettling(t *testing.T) {
	t.Parallel()
	plan := climbing()
	plan.Settle = 10
	for i := range plan.Metrics {
		plan.Metrics[i].Past = evidence.Past{Requests: 1e6, Bad: 1000}
	}
	outage := func(i int, share float64) ladder.Period {
		p := clean(2000, share)
		if i >= 10 {
			p.Bad[0] = ladder.Bad{Canary: 0.2 * p.Canary, Stable: 0.2 * p.Stable}
		}
		return p
	}
	if got, last := path(plan, 40, outage); last.Decision != release.Rollback {
		t.Errorf("without a control group:%s", got)
	}
	plan.Holdback = 0.05
	if got, last := path(plan, 40, outage); last.Decision != release.Complete {
		t.Errorf("with one:%s", got)
	}
}

// TestPeriodsBeforePromotionStayControlled: what is finalised after it is still compared with stable,
// so an outage of both that ended with the promotion does not roll back.
func TestPeriodsBeforePromotionStayControlled(t *testing.T) {
	t.Parallel()
	plan := climbing()
	plan.Delay, plan.Settle = 3, 10
	for i := range plan.Metrics {
		plan.Metrics[i].Past = evidence.Past{Requests: 1e6, Bad: 1000}
	}
	for begin, want := range map[int]release.Decision{7: release.Complete, 9: release.Rollback} {
		got, last := path(plan, 40, func(i int, share float64) ladder.Period {
			p := clean(200, share)
			if i == begin || i == begin+1 {
				p.Bad[0] = ladder.Bad{Canary: 0.2 * p.Canary, Stable: 0.2 * p.Stable}
			}
			return p
		})
		if last.Decision != want || !strings.Contains(got, " 8:promote") {
			t.Errorf("an outage from %d, want %s in the end:%s", begin, want, got)
		}
	}
}

func drawPlan(t *rapid.T) ladder.Plan {
	plan := climbing()
	plan.Shares = ladder.Rungs(rapid.SampledFrom([]float64{5, 200, 500, 5000}).Draw(t, "requests"))
	plan.Lengths = nil
	for range plan.Shares {
		plan.Lengths = append(plan.Lengths, rapid.IntRange(1, 5).Draw(t, "length"))
	}
	plan.Margins = ladder.Margins(plan.Shares, 0.005)
	if plan.Rules.EvidenceEnds = rapid.Bool().Draw(t, "evidence ends"); !plan.Rules.EvidenceEnds {
		plan.Margins = nil
	}
	plan.Delay = rapid.IntRange(0, 3).Draw(t, "delay")
	plan.Patience = rapid.SampledFrom([]int{0, 8}).Draw(t, "patience")
	plan.NoDataLength = rapid.SampledFrom([]int{0, 1, 5}).Draw(t, "no data")
	plan.NoDataPasses = rapid.Bool().Draw(t, "no data passes")
	plan.BlindLength = rapid.SampledFrom([]int{0, 1, 5}).Draw(t, "blind")
	plan.Settle = rapid.IntRange(0, 5).Draw(t, "settle")
	plan.Holdback = rapid.SampledFrom([]float64{0, 0.05}).Draw(t, "holdback")
	return plan
}

func drawPeriod(t *rapid.T) ladder.Period {
	count := rapid.OneOf(rapid.Just(0.0), rapid.Float64Range(0, 100), rapid.Float64Range(0, 10_000))
	p := ladder.Period{Canary: count.Draw(t, "canary"), Stable: count.Draw(t, "stable"), Bad: make([]ladder.Bad, 2)}
	rate := rapid.SampledFrom([]float64{0, 0, 0.001, 0.01, 0.1, 1})
	for i := range p.Bad {
		p.Bad[i] = ladder.Bad{Canary: p.Canary * rate.Draw(t, "canary's rate"), Stable: p.Stable * rate.Draw(t, "stable's rate")}
	}
	return p
}

// TestLawsOfTheLadder hold for any plan and any traffic: evidence of 1/α always ends a
// release and nothing advances over it; shares go up rung by rung, skipping none; what is held or
// continued stays; settling comes after the last rung, and ends; the same periods have the same ticks.
func TestLawsOfTheLadder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		plan := drawPlan(t)
		periods := rapid.SliceOfN(rapid.Custom(drawPeriod), 1, 40).Draw(t, "periods")
		one, other := ladder.Play(plan), ladder.Play(plan)
		rung, promoted := 0, -1
		for i, period := range periods {
			before, settling := one.Share(), one.Settling()
			tick := one.Tick(period)
			if again := other.Tick(period); fmt.Sprint(again) != fmt.Sprint(tick) {
				t.Fatalf("%d: first %+v, then %+v", i, tick, again)
			}
			if tick.Share != one.Share() {
				t.Fatalf("%d: the tick says %v, the release %v", i, tick.Share, one.Share())
			}
			if guilty := tick.LogEvidence >= plan.Rules.Threshold(); guilty != (tick.Decision == release.Rollback && !tick.Inconclusive) {
				t.Fatalf("%d: %s at the evidence %v", i, tick.Decision, math.Exp(tick.LogEvidence))
			}
			want := before
			switch tick.Decision {
			case release.Advance:
				rung++
				want = plan.Shares[rung]
				if want <= before {
					t.Fatalf("%d: from %v to %v", i, before, want)
				}
			case release.Promote:
				if rung != len(plan.Shares)-1 {
					t.Fatalf("%d: promoted from rung %d of %d", i, rung, len(plan.Shares))
				}
				promoted, want = i, 1
				if plan.Settle > 0 {
					want = 1 - plan.Holdback
				}
			case release.Rollback:
				want = 0
			case release.Complete:
				if !settling || i-promoted != plan.Settle {
					t.Fatalf("%d: complete, promoted at %d", i, promoted)
				}
			}
			if tick.Share != want {
				t.Fatalf("%d: %s makes the share %v of %v, want %v", i, tick.Decision, tick.Share, before, want)
			}
			if settling && (tick.Decision == release.Advance || tick.Decision == release.Promote || tick.Decision == release.Hold) {
				t.Fatalf("%d: %s while settling", i, tick.Decision)
			}
			if over(plan, tick) {
				return
			}
			if promoted >= 0 && i-promoted > plan.Settle {
				t.Fatalf("%d: promoted at %d, and still settling", i, promoted)
			}
		}
	})
}

// TestGoodReleasesEnd: without failures, and with any traffic, a release that knows patience
// reaches everything within twice the lengths of its rungs.
func TestGoodReleasesEnd(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		plan := drawPlan(t)
		plan.NoDataLength, plan.BlindLength, plan.Patience = 0, 0, 8
		requests := rapid.SliceOfN(rapid.Float64Range(0, 10_000), 60, 60).Draw(t, "requests")
		longest := plan.Delay
		for _, length := range plan.Lengths {
			longest += max(length, plan.Patience)
		}
		r := ladder.Play(plan)
		for i, n := range requests {
			tick := r.Tick(clean(n, r.Share()))
			if tick.Decision == release.Rollback {
				t.Fatalf("%d: a good release is rolled back", i)
			}
			if tick.Decision == release.Promote {
				if i >= longest {
					t.Fatalf("promoted after %d periods, want %d at most", i+1, longest)
				}
				return
			}
		}
		t.Fatal("never promoted")
	})
}
