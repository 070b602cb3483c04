package apigateway_test

import (
	"context"
	"regexp"
	"testing"
	"time"

	localcloudwatch "github.com/goldfinch-dev/goldfinch/internal/local/cloudwatch"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/targettest"
)

// TestContract holds the target to the laws of every target, on the local cloud.
func TestContract(t *testing.T) {
	t.Parallel()
	targettest.Run(t, func(t *testing.T) targettest.World {
		c := newCloud(t)
		made := map[string]string{}
		for i, content := range []string{"v2", "v3", "v4", "v5"} {
			id := c.deploy("r-"+content, content)
			made[content] = id
			if i < 3 {
				must(t, c.patch(replace("/variables/version", c.versionOf(id)), replace("/deploymentId", id)))
			}
		}
		// The stable deployment is v4's, and v5's is the foreign one.
		keepTwo := func(document *release.Document) { document.Target.APIGateway.KeepVersions = 2 }
		canary := c.deploy("r-1", "v6", keepTwo)
		c.mu.Lock()
		c.calls = nil
		c.mu.Unlock()
		return targettest.World{
			Target: c.target("r-1", "v6", keepTwo), Twin: c.target("r-1", "v6", keepTwo),
			Stable: made["v4"], Canary: canary, Foreign: made["v5"], Spare: []string{made["v2"], made["v3"]}, Missing: "zzzzzz",
			Move: func(_ context.Context, want release.Split) error {
				if err := c.patch(replace("/variables/version", c.versionOf(want.Stable)), replace("/deploymentId", want.Stable)); err != nil || want.IsPure() {
					return err
				}
				return c.patch(
					replace("/canarySettings/deploymentId", want.Canary), replace("/canarySettings/stageVariableOverrides/version", c.versionOf(want.Canary)),
					replace("/canarySettings/percentTraffic", release.Percent(want.Weight)))
			},
			Request: func(version string, at time.Time, requests, bad int) {
				c.cloudWatch.RecordCounts(localcloudwatch.Counts{
					Function: functionName, Version: c.versionOf(version), At: at, Invocations: requests, Errors: bad,
					Durations: []localcloudwatch.DurationCount{{Duration: time.Millisecond, Count: requests - bad}, {Duration: time.Minute, Count: bad}},
				})
			},
			Throttle: func() { c.throttled = true },
			Writes:   c.writes,
			Versions: c.deployments,
			Pass:     c.pass,
			Now:      c.clock.Now,
		}
	})
}

// versionOf is the function's version that a deployment leads to, as its description says.
func (c *cloud) versionOf(id string) string {
	c.t.Helper()
	found := versionPattern.FindStringSubmatch(c.described(id))
	if found == nil {
		return "1"
	}
	return found[1]
}

// versionPattern finds the function's version in a deployment's description.
var versionPattern = regexp.MustCompile(`echo version (\d+)`)
