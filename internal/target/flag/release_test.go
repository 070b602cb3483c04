package flag_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/measured"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// audienceSize is how many users each test has; one of fifty is on the staff.
const audienceSize = 500

func user(n int) map[string]any {
	team := "them"
	if n%50 == 0 {
		team = "us"
	}
	return map[string]any{"userId": fmt.Sprintf("user-%d", n), "team": team}
}

// An audience is the users of a service. Every minute each makes one request, where the flag tells its caller; the others' go to the alias,
// which sends each user's to the version that the weights say, drawn by the user.
type audience struct {
	cloud *cloud
	// last is the version that each user met last, and flips how often that changed from one to another.
	last  map[int]string
	flips int
	// met are the users of each version in the last minute.
	met map[string]int
}

func (c *cloud) audience() *audience {
	a := &audience{cloud: c, last: map[int]string{}}
	a.live()
	return a
}

func (a *audience) live() {
	c := a.cloud
	c.clock.AfterFunc(time.Minute-time.Second, func() {
		a.met = map[string]int{}
		direct, led := map[string]int{}, map[string]int{}
		shares := c.alias()
		for n := range audienceSize {
			version := c.evaluated(user(n))
			if version != "" {
				direct[version]++
			} else {
				version = drawn(shares, n)
				led[version]++
			}
			if before := a.last[n]; before != "" && before != version {
				a.flips++
			}
			a.last[n] = version
			a.met[version]++
		}
		for alias, counts := range map[string]map[string]int{"live": led, "": direct} {
			for version, requests := range counts {
				c.request(alias, version, c.clock.Now(), requests, int(float64(requests)*c.broken[version]+0.5))
			}
		}
		c.clock.AfterFunc(time.Second, a.live)
	})
}

// drawn is the version of the n-th user: the greatest version number has the first of them.
func drawn(shares map[string]float64, n int) string {
	canary := ""
	for version := range shares {
		canary = max(canary, version)
	}
	if float64(n%100) < shares[canary]*100 {
		return canary
	}
	for version := range shares {
		if version != canary {
			return version
		}
	}
	return canary
}

// start starts a release; finish lets time pass until it has ended, three days at most.
func (c *cloud) start(document release.Document) string {
	c.t.Helper()
	must(c.t, c.engine.Start(foreign()))
	started, err := c.engine.Operator.Deploy(foreign(), document)
	must(c.t, err)
	return started.ID
}

func (c *cloud) finish(id string) ledger.Record {
	c.t.Helper()
	limit := c.clock.Now().Add(72 * time.Hour)
	arn := strings.Replace(c.engine.StepFunctions.MachineARN(), ":stateMachine:", ":execution:", 1) + ":" + id
	c.clock.Run(func() bool { return c.clock.Now().After(limit) || c.engine.StepFunctions.Running(arn) == nil })
	c.pass(time.Minute)
	record, err := c.engine.Ledger.Release(foreign(), id)
	must(c.t, err)
	return record
}

// seen are the splits of a release's timeline.
func (c *cloud) seen(id string) []string {
	c.t.Helper()
	entries, err := c.engine.Ledger.Timeline(foreign(), id)
	must(c.t, err)
	var splits []string
	for _, entry := range entries {
		if entry.Kind == ledger.EntrySplitSeen {
			splits = append(splits, entry.Split.String())
		}
	}
	return splits
}

func TestAReleaseByAFlagIsPromotedAndNobodyFlips(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	users := c.audience()
	c.pass(10 * time.Minute)
	id := c.start(c.document("two"))
	record := c.finish(id)
	if record.Outcome != release.Promoted {
		t.Fatalf("outcome %s: %s\n%s", record.Outcome, record.Reason, strings.Join(c.seen(id), "\n"))
	}
	want := []string{
		"version 1 at 100%",
		"version 1 at 100%, version 2 at 0% and for audience staff",
		"version 1 at 100%, version 2 at 0% and for 10% of audience tenth",
		"version 1 at 100%, version 2 at 0% and for 50% of audience half",
		"version 2 at 100%",
	}
	if got := c.seen(id); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("splits were\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	c.pass(2 * time.Minute)
	if users.met["2"] != audienceSize {
		t.Errorf("in the end users meet %v", users.met)
	}
	if users.flips != audienceSize {
		t.Errorf("%d users changed their version %d times, want once each", audienceSize, users.flips)
	}
	if content, description := c.deployed(); content != flags || !strings.HasSuffix(description, "-off") {
		t.Errorf("%s is deployed:\n%s", description, content)
	}
	measured.Log(t, "flips of %d users over a ladder of 3 flag rungs and a promotion: %d, each to the new version, 0 back", audienceSize, users.flips)
}

func TestABadReleaseByAFlagIsRolledBackWithTheStaffAlone(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.broken["2"] = 1
	users := c.audience()
	c.pass(10 * time.Minute)
	id := c.start(c.document("two", func(d *release.Document) { // so that a rung can't pass for lack of requests
		for i := range d.Strategy.Audience {
			d.Strategy.Audience[i].Wait = release.Duration(10 * time.Minute)
		}
	}))
	record := c.finish(id)
	if record.Outcome != release.RolledBack {
		t.Fatalf("outcome %s: %s\n%s", record.Outcome, record.Reason, strings.Join(c.seen(id), "\n"))
	}
	c.pass(2 * time.Minute)
	if users.met["1"] != audienceSize {
		t.Errorf("in the end users meet %v", users.met)
	}
	if staff := audienceSize / 50; users.flips != 2*staff {
		t.Errorf("there were %d flips, want two of each of the %d people on the staff", users.flips, staff)
	}
	if content, _ := c.deployed(); content != flags {
		t.Errorf("the flag is not what it was:\n%s", content)
	}
	for _, version := range c.hosted() {
		if strings.HasSuffix(version, "-staff") {
			t.Errorf("version %s is left", version)
		}
	}
}

func TestWeightsBehindAFlag(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	users := c.audience()
	c.pass(10 * time.Minute)
	id := c.start(c.document("two", func(d *release.Document) {
		d.Strategy.Audience = people()[:1]
		d.Strategy.Steps = []release.Step{{Weight: 10, Wait: release.Duration(2 * time.Minute)}, {Weight: 50, Wait: release.Duration(2 * time.Minute)}}
	}))
	record := c.finish(id)
	if record.Outcome != release.Promoted {
		t.Fatalf("outcome %s: %s\n%s", record.Outcome, record.Reason, strings.Join(c.seen(id), "\n"))
	}
	want := "version 1 at 50%, version 2 at 50% and for audience staff"
	if got := strings.Join(c.seen(id), "\n"); !strings.Contains(got, want) {
		t.Errorf("%q is not among the splits:\n%s", want, got)
	}
	if users.flips != audienceSize {
		t.Errorf("there were %d flips of %d users", users.flips, audienceSize)
	}
}
