package asg_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleettest"
)

func instanceRefresh(d *release.Document) { d.Target.ASG.Mode = release.ModeInstanceRefresh }

// TestWeightsBecomeSharesOfWholeInstances: how small a share can be depends on how many instances there are.
func TestWeightsBecomeSharesOfWholeInstances(t *testing.T) {
	t.Parallel()
	for size, shares := range map[int]map[float64]float64{
		2: {0.1: 33.33, 10: 33.33, 50: 50, 90: 66.67}, 4: {1: 20, 30: 33.33, 50: 50, 80: 80}, 10: {1: 9.09, 20: 23.08, 50: 50, 99.9: 90.91},
	} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			t.Parallel()
			c := &cloud{Account: fleettest.New(t), images: map[string]string{}}
			c.images["2"], c.images["5"] = c.Image("2"), c.Image("5")
			c.Version(c.images["2"])
			c.Group(stableGroup, "2", size, fleettest.Made("r-0"), nil)
			c.Attach(stableGroup)
			made := c.target()
			meets, err := made.Meets(t.Context())
			must(t, err)
			for weight, want := range shares {
				if got := meets(weight); got != want {
					t.Errorf("%d instances: of %v%%, requests meet %v%%; want %v%%", size, weight, got, want)
				}
				if got := meets(meets(weight)); math.Abs(got-want) > 0.001 {
					t.Errorf("%d instances: of %v%%, requests meet %v%%", size, want, got)
				}
			}
			if len(c.Writes()) > 0 {
				t.Errorf("it wrote %v", c.Writes())
			}
		})
	}
}

// TestWhatRequestsMeetWasSaidBefore holds what is said beforehand against a shift.
func TestWhatRequestsMeetWasSaidBefore(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	meets, err := c.target().Meets(t.Context())
	must(t, err)
	version := c.deployed()
	want := release.Split{Stable: "2", Canary: version, Weight: 10}
	_, err = c.target().Shift(t.Context(), want, target.Guard{Mine: func(release.Split) bool { return true }})
	must(t, err)
	if got := c.settled(c.target(), want); got.Weight != meets(10) {
		t.Errorf("requests meet %v%%, and %v%% was said", got.Weight, meets(10))
	}
}

func TestForesee(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	foreseen, err := c.target().Foresee(t.Context())
	must(t, err)
	if takes := foreseen.There.Takes.Std(); takes <= 0 || takes > 5*time.Minute || foreseen.Back.Takes != foreseen.There.Takes ||
		!strings.Contains(foreseen.There.Why, "a health check, one every ") || foreseen.Prepared != "" || foreseen.Beside == "" {
		t.Errorf("groups: %+v", foreseen)
	}
	foreseen, err = c.target(func(d *release.Document) { d.Target.ASG.TargetGroup += "0" }).Foresee(t.Context())
	must(t, err)
	if foreseen.There.Takes != 0 || !strings.Contains(foreseen.There.Why, "a health check") {
		t.Errorf("without a target group: %+v", foreseen)
	}
	refreshed, err := c.target(instanceRefresh).Foresee(t.Context())
	must(t, err)
	if refreshed.There.Takes != 0 || !strings.Contains(refreshed.Back.Why, "as long as the way there") || !strings.Contains(refreshed.Prepared, "before users meet it") {
		t.Errorf("instance refresh: %+v", refreshed)
	}
	meets, err := c.target(instanceRefresh).Meets(t.Context())
	must(t, err)
	if got := meets(10); got != 25 {
		t.Errorf("of 4 instances, 10%% become %v%%", got)
	}
	meets, err = c.target(instanceRefresh, func(d *release.Document) { d.Target.ASG.Group = "nothing" }).Meets(t.Context())
	must(t, err)
	if got := meets(10); got != 10 {
		t.Errorf("of a group that is not there, 10%% become %v%%", got)
	}
}
