package route53_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	localroute53 "github.com/goldfinch-dev/goldfinch/internal/local/route53"
	"github.com/goldfinch-dev/goldfinch/internal/measured"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
)

func TestArrives(t *testing.T) {
	t.Parallel()
	c := withStable(t)
	c.stack(canaryStack, "r-1")
	router := c.target()
	receipt := ""
	guard := mine(stable)
	guard.Receipt = func(id string) { receipt = id }
	_, err := router.Shift(t.Context(), tenToNew, guard)
	must(t, err)
	shifted := target.Shifted{Split: tenToNew, At: c.clock.Now(), Receipt: receipt}
	ask := func(shifted target.Shifted, want time.Time) {
		t.Helper()
		at, got, err := router.Arrives(t.Context(), shifted)
		if err != nil || !at.Equal(want) || !got.Same(tenToNew) {
			t.Errorf("arrives at %v with %v, %v; want %v", at, got, err, want)
		}
	}
	ask(shifted, time.Time{})
	c.pass(propagation - 1)
	ask(shifted, time.Time{})
	c.pass(1)
	ask(shifted, c.clock.Now().Add(time.Minute))
	later := shifted.At.Add(2 * time.Minute) // a minute until all name servers know, and the TTL
	shifted.Receipt = ""
	ask(shifted, later)
	shifted.Receipt = "/change/CLOST"
	ask(shifted, later)
	c.throttled = true
	_, _, err = router.Arrives(t.Context(), shifted)
	expectKind(t, err, release.KindTransient)
}

// Two hundred resolvers look up the name every few seconds, each at its own pace, while a release runs. Once a shift has arrived, no
// resolver gives an answer from before it; at no time does a look-up fail.
func TestTwoHundredResolvers(t *testing.T) {
	t.Parallel()
	for name, endpoint := range map[string]func(string) map[string]string{"addresses": addresses, "aliases": aliases} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			c.endpoint = endpoint
			c.begin()
			c.stack(canaryStack, "r-1")
			rehearse(t, c)
		})
	}
}

// An asker is a resolver and what it was told last.
type asker struct {
	resolver *localroute53.Resolver
	told     string
}

func rehearse(t *testing.T, c *cloud) {
	random := rand.New(rand.NewPCG(53, 1))
	askers := make([]*asker, 200)
	lookups, failures := 0, 0
	for i := range askers {
		a := &asker{resolver: c.route53.NewResolver(localroute53.Network{Random: random.Float64})}
		askers[i] = a
		var ask func()
		ask = func() {
			lookups++
			answer, err := a.resolver.Lookup(t.Context(), name, types.RRTypeA)
			if err != nil {
				failures++
			}
			a.told = answer.SetIdentifier
			c.clock.AfterFunc(time.Duration(1+random.IntN(9_000))*time.Millisecond, ask)
		}
		c.clock.AfterFunc(time.Duration(random.IntN(9_000))*time.Millisecond, ask)
	}
	c.pass(5 * time.Minute)
	router := c.target()
	half := release.Split{Stable: stableStack, Canary: canaryStack, Weight: 50}
	for _, want := range []release.Split{tenToNew, half, allToNew, stable, tenToNew, stable} {
		receipt := ""
		guard := mine(stable, tenToNew, half, allToNew)
		guard.Receipt = func(id string) { receipt = id }
		_, err := router.Shift(t.Context(), want, guard)
		must(t, err)
		shifted := target.Shifted{Split: want, At: c.clock.Now(), Receipt: receipt}
		var at time.Time
		for at.IsZero() {
			c.pass(10 * time.Second)
			at, _, err = router.Arrives(t.Context(), shifted)
			must(t, err)
		}
		c.clock.RunUntil(at.Add(10 * time.Second)) // each has asked again
		share := told(askers, want, t)
		if !want.IsPure() {
			// On average over ten minutes of TTLs: one moment of 200 resolvers has a standard deviation of 2 to 4 percent.
			const moments = 10
			sum := share
			for range moments - 1 {
				c.pass(time.Minute)
				sum += told(askers, want, t)
			}
			share = sum / moments
			if math.Abs(share-want.Weight) > 4 {
				t.Errorf("%v %% of the resolvers have the canary in %v", share, want)
			}
		}
		if want.IsPure() {
			measured.Log(t, "%s: true for all of %d resolvers %s after the shift", want, len(askers), at.Sub(shifted.At))
			continue
		}
		measured.Log(t, "%s: true for all of %d resolvers %s after the shift; the canary has %.1f %% of them", want, len(askers), at.Sub(shifted.At), share)
	}
	if failures > 0 {
		t.Errorf("%d of %d look-ups failed", failures, lookups)
	}
	measured.Log(t, "%d look-ups, %d of them failed", lookups, failures)
}

// told is the percent of the resolvers that have the canary; of a version that should have nothing none has.
func told(askers []*asker, want release.Split, t *testing.T) float64 {
	t.Helper()
	count := map[string]int{}
	for _, a := range askers {
		count[a.told]++
	}
	for version := range count {
		if version != want.Stable && version != want.Canary {
			t.Errorf("%d resolvers still give version %s after %v has arrived", count[version], version, want)
		}
	}
	return 100 * float64(count[want.Canary]) / float64(len(askers))
}
