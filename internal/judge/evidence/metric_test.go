package evidence_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/goldfinch-dev/goldfinch/internal/judge/evidence"
)

// TestEvidenceIsAFunctionOfThePeriods: told the same, it says the same, to the last bit.
func TestEvidenceIsAFunctionOfThePeriods(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p, history := drawParameters(t), drawHistory(t)
		one, other := watch(p, history), watch(p, history)
		for _, m := range []*evidence.Metric{one, other} {
			m.BeginSettling(evidence.Past{Requests: 1000, Bad: 1})
			m.Settle(10, 1)
		}
		// Looking changes nothing.
		if first, again := describe(one), describe(one); first != again || first != describe(other) {
			t.Fatalf("first %s, then %s, elsewhere %s", first, again, describe(other))
		}
	})
}

// TestPeriodsWithoutTrafficSayNothing: a comparison needs both versions, promotion the canary.
func TestPeriodsWithoutTrafficSayNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p, history := drawParameters(t), drawHistory(t)
		bad := rapid.Float64Range(0, 100).Draw(t, "bad")
		m, silent := watch(p, history), watch(p, history)
		for _, quiet := range []evidence.Counts{{}, {StableRequests: 50, StableBad: bad}} {
			m.Watch(quiet)
			if describe(m) != describe(silent) {
				t.Fatalf("%+v: %s became %s", quiet, describe(silent), describe(m))
			}
		}
		m.Watch(evidence.Counts{CanaryRequests: 50, CanaryBad: bad})
		if m.LogRollback() != silent.LogRollback() {
			t.Fatal("the canary alone is evidence against itself")
		}
		if bad == 0 && m.LogPromotion(0) <= silent.LogPromotion(0) {
			t.Fatal("fifty good requests to the canary alone speak for nothing")
		}
	})
}

// TestEvidenceIsAlwaysANumber for any counts, huge, tiny, fractional, or more bad than all.
func TestEvidenceIsAlwaysANumber(t *testing.T) {
	t.Parallel()
	count := rapid.OneOf(rapid.Float64Range(0, 1e12), rapid.Float64Range(0, 1), rapid.SampledFrom([]float64{0, math.SmallestNonzeroFloat64, 0.1, 1, 1e12}))
	rapid.Check(t, func(t *rapid.T) {
		p := drawParameters(t)
		m := evidence.New(p, 0, margin, 0.2)
		draw := func() float64 { return count.Draw(t, "count") }
		numbers := func() []float64 {
			return []float64{m.LogRollback(), m.LogControlled(), m.LogPromotion(0), m.LogPromotion(1), m.LogPromotion(2), m.SettleLimit(), evidence.Total([]float64{0.6, 0.4}, []float64{m.LogRollback(), m.LogControlled()})}
		}
		check := func() {
			for _, x := range numbers() {
				if math.IsNaN(x) || math.IsInf(x, 0) {
					t.Fatalf("%v among %v", x, numbers())
				}
			}
		}
		for range rapid.IntRange(0, 5).Draw(t, "periods") {
			m.Watch(evidence.Counts{CanaryRequests: draw(), CanaryBad: draw(), StableRequests: draw(), StableBad: draw()})
			check()
		}
		m.BeginSettling(evidence.Past{Requests: draw(), Bad: draw()})
		check()
		for range rapid.IntRange(0, 5).Draw(t, "settling periods") {
			m.Settle(draw(), draw())
			check()
		}
	})
}

// TestFailuresSpeakAgainstTheirVersion: one more of the canary is more evidence, one more of stable less.
func TestFailuresSpeakAgainstTheirVersion(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p, history := drawParameters(t), drawHistory(t)
		counts := evidence.Counts{
			CanaryRequests: rapid.Float64Range(1, 100).Draw(t, "canary"), StableRequests: rapid.Float64Range(1, 100).Draw(t, "stable"),
			CanaryBad: rapid.Float64Range(0, 10).Draw(t, "canary bad"), StableBad: rapid.Float64Range(0, 10).Draw(t, "stable bad"),
		}
		after := func(canary, stable float64) *evidence.Metric {
			m, c := watch(p, history), counts
			c.CanaryBad += canary
			c.StableBad += stable
			m.Watch(c)
			return m
		}
		base, canary, stable := after(0, 0), after(1, 0), after(0, 1)
		// What is in reserve says nothing, and may be nearly all; hence no strict order.
		if canary.LogRollback() < base.LogRollback() || stable.LogRollback() > base.LogRollback() {
			t.Errorf("rollback evidence is %v, with a failure of the canary %v, of stable %v", base.LogRollback(), canary.LogRollback(), stable.LogRollback())
		}
		if canary.LogPromotion(0) >= base.LogPromotion(0) || stable.LogPromotion(0) <= base.LogPromotion(0) {
			t.Errorf("promotion evidence is %v, with a failure of the canary %v, of stable %v", base.LogPromotion(0), canary.LogPromotion(0), stable.LogPromotion(0))
		}
	})
}

// TestStakes compares single bets with stakes that were worked out by hand: what a failure
// of the canary pays, and one of stable costs, at 10 requests to 90.
func TestStakes(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ ratio, stake, loss float64 }{
		{1.5, 0.311688, 0.038095}, {2.5, 0.996047, 0.121739}, {5, 2.279221, 0.278571}, {15, 4.738636, 0.579167}, {200, 7.786429, 0.951675},
	} {
		p := evidence.Default()
		p.Bets, p.Reserve, p.Tolerance = []evidence.Bet{{Ratio: row.ratio, Share: 1}}, 0, 0
		pays := watch(p, []evidence.Counts{{CanaryRequests: 10, CanaryBad: 1, StableRequests: 90}}).LogRollback()
		costs := watch(p, []evidence.Counts{{CanaryRequests: 10, StableRequests: 90, StableBad: 1}}).LogRollback()
		if got := math.Expm1(pays); math.Abs(got-row.stake) > 1e-6 {
			t.Errorf("ratio %v: a failure of the canary pays %v, want %v", row.ratio, got, row.stake)
		}
		if got := -math.Expm1(costs); math.Abs(got-row.loss) > 1e-6 {
			t.Errorf("ratio %v: a failure of stable costs %v, want %v", row.ratio, got, row.loss)
		}
		p.Tolerance = 0.01
		taxed := watch(p, []evidence.Counts{{CanaryRequests: 10, CanaryBad: 1, StableRequests: 90}}).LogRollback()
		if rent := pays - taxed; math.Abs(rent-0.01*10*row.stake) > 1e-5 {
			t.Errorf("ratio %v: ten requests pay the rent %v", row.ratio, rent)
		}
	}
}

// TestWhatFailuresMean: how much evidence unexplained failures of the canary are, over both
// metrics: the smaller its share, the louder each speaks. 100 roll back.
func TestWhatFailuresMean(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		share, requests float64 // of the canary
		worth           []float64
	}{
		{0.002, 2, []float64{23.7, 2787}},
		{0.02, 2, []float64{8.3, 241}},
		{0.10, 10, []float64{3.0, 18, 137}},
		{0.33, 10, []float64{1.6, 3.1, 6.9, 17, 44, 117}},
	} {
		for i, want := range row.worth {
			errors := watch(evidence.Default(), []evidence.Counts{{
				CanaryRequests: row.requests, CanaryBad: float64(i + 1), StableRequests: row.requests/row.share - row.requests,
			}})
			slow := watch(evidence.Default(), nil)
			total := math.Exp(evidence.Total([]float64{0.6, 0.4}, []float64{errors.LogRollback(), slow.LogRollback()}))
			if math.Abs(total/want-1) > 0.015 {
				t.Errorf("share %v: %d failures are worth %v, want about %v", row.share, i+1, total, want)
			}
		}
	}
}

// TestTheExampleOfTheDocumentation reckons the table of docs/judge.md: a canary at 10 % that
// fails one request in 50, a stable version that fails one in 1,000.
func TestTheExampleOfTheDocumentation(t *testing.T) {
	t.Parallel()
	errors, slow := watch(evidence.Default(), nil), watch(evidence.Default(), nil)
	for i, row := range []struct{ canary, canaryBad, stable, stableBad, errors, all float64 }{
		{50, 1, 450, 0, 4.2, 2.7}, {47, 0, 451, 1, 1.3, 0.94}, {55, 2, 447, 0, 22, 13}, {49, 1, 462, 0, 130, 78}, {50, 1, 440, 1, 181, 109},
	} {
		errors.Watch(evidence.Counts{CanaryRequests: row.canary, CanaryBad: row.canaryBad, StableRequests: row.stable, StableBad: row.stableBad})
		slow.Watch(evidence.Counts{CanaryRequests: row.canary, StableRequests: row.stable, StableBad: 2})
		all := evidence.Total([]float64{0.6, 0.4}, []float64{errors.LogRollback(), slow.LogRollback()})
		for _, figure := range []struct{ got, want float64 }{{errors.LogRollback(), row.errors}, {all, row.all}} {
			if math.Abs(math.Exp(figure.got)/figure.want-1) > 0.015 {
				t.Errorf("after minute %d the evidence is %v, and the page says %v", i+1, math.Exp(figure.got), figure.want)
			}
		}
	}
}

// TestASmallHoldbackIsAPoorWitness: how many clean failures are enough, by the share that stable keeps.
func TestASmallHoldbackIsAPoorWitness(t *testing.T) {
	t.Parallel()
	for held, want := range map[float64]int{0.05: 128, 0.20: 30, 0.33: 17} {
		needed := 0
		for evidenceOf := 0.0; evidenceOf < 100; {
			needed++
			m := watch(evidence.Default(), []evidence.Counts{{CanaryRequests: 1000 * (1 - held), CanaryBad: float64(needed), StableRequests: 1000 * held}})
			evidenceOf = 0.6 * math.Exp(m.LogRollback())
		}
		if needed != want {
			t.Errorf("with %v on stable %d failures are enough, and docs/judge.md says about %d", held, needed, want)
		}
	}
}

// TestSettlingKeepsTheEvidence: the capital of the comparison is what settling bets with.
func TestSettlingKeepsTheEvidence(t *testing.T) {
	t.Parallel()
	m := watch(evidence.Default(), []evidence.Counts{{CanaryRequests: 10, CanaryBad: 1, StableRequests: 90}})
	controlled := m.LogRollback()
	if m.SettleLimit() != 0 {
		t.Error("there is a limit for settling before it")
	}
	m.BeginSettling(evidence.Past{Requests: 100_000, Bad: 100})
	if got := m.LogRollback(); math.Abs(got-controlled) > 1e-12 {
		t.Errorf("settling begins with %v, want %v", got, controlled)
	}
	// A period of the comparison that comes late still counts.
	m.Watch(evidence.Counts{CanaryRequests: 10, CanaryBad: 1, StableRequests: 90})
	if m.LogControlled() <= controlled {
		t.Error("a period that is finalised late does not count")
	}
	controlled = m.LogControlled()
	m.Settle(100, 50)
	if m.LogControlled() != controlled || m.LogRollback() <= controlled {
		t.Errorf("half of 100 requests failed: %v became %v", controlled, m.LogRollback())
	}
}

func TestSettleLimit(t *testing.T) {
	t.Parallel()
	stable := []evidence.Counts{{CanaryRequests: 10, StableRequests: 1000, StableBad: 40}}
	l := math.Log(1000)
	for name, row := range map[string]struct {
		past   evidence.Past
		during []evidence.Counts
		want   float64
	}{
		"without a past anything may be healthy":   {evidence.Past{}, nil, 1.1*1 + 0.0002},
		"the past bounds it":                       {evidence.Past{Requests: 72000, Bad: 72}, nil, 1.1*3*(72+l+math.Sqrt(144*l))/72000 + 0.0002},
		"a past without failures is a rule of six": {evidence.Past{Requests: 72000}, nil, 1.1*3*l/72000 + 0.0002},
		"a release with more failures raises it":   {evidence.Past{Requests: 72000, Bad: 72}, stable, 1.1*2*0.04 + 0.0002},
		"never above what can be":                  {evidence.Past{Requests: 100, Bad: 90}, nil, 1.1*1 + 0.0002},
	} {
		m := watch(evidence.Default(), row.during)
		m.BeginSettling(row.past)
		if got := m.SettleLimit(); math.Abs(got-row.want) > 1e-12 {
			t.Errorf("%s: the limit is %v, want %v", name, got, row.want)
		}
	}
}

func TestTotal(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		logs := rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 1, 5).Draw(t, "logs")
		shares := make([]float64, len(logs))
		for i := range shares {
			shares[i] = 1 / float64(len(logs))
		}
		total, highest, lowest := evidence.Total(shares, logs), math.Inf(-1), math.Inf(1)
		for _, log := range logs {
			highest, lowest = max(highest, log), min(lowest, log)
		}
		if total > highest+1e-6 || total < lowest-1e-6 || total < highest+math.Log(shares[0])-1e-6 {
			t.Fatalf("the average of %v is %v", logs, total)
		}
		// What has no share has no say.
		if with := evidence.Total(append(shares, 0), append(logs, 1e9)); with != total {
			t.Fatalf("a share of 0 makes %v of %v", with, total)
		}
	})
	if got := evidence.Total([]float64{0.6, 0.4}, []float64{-3.5, -3.5}); math.Abs(got+3.5) > 1e-12 {
		t.Errorf("the average of equal evidence is %v", got)
	}
	if got := evidence.Total([]float64{0.6, 0.4}, []float64{math.Inf(-1), math.Inf(-1)}); !math.IsInf(got, -1) {
		t.Errorf("the average of no capital is %v", got)
	}
}
