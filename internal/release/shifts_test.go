package release_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

func TestShiftsOfACoarseTarget(t *testing.T) {
	t.Parallel()
	tens := release.Shifts{Nearest: func(weight float64) float64 { return max(10*math.Round(weight/10), 10) }}
	for weight, want := range map[float64]float64{0: 0, 1: 10, 26: 30, 100: 100} {
		if got := tens.Meets(weight); got != want {
			t.Errorf("of %v%%, requests meet %v%%; want %v%%", weight, got, want)
		}
	}
	if exact := (release.Shifts{}).Meets(0.39); exact != 0.39 {
		t.Errorf("0.39%% became %v%%", exact)
	}
	steps := []release.Step{{Audience: "staff"}, {Weight: 0.1}, {Weight: 2}, {Approve: &release.Approval{}}, {Weight: 33}}
	want := []release.Step{{Audience: "staff"}, {Weight: 10}, {Approve: &release.Approval{}}, {Weight: 30}}
	if diff := cmp.Diff(want, tens.Rising(steps)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want = []release.Step{{Audience: "staff"}, {Weight: 10}, {Weight: 10}, {Approve: &release.Approval{}}, {Weight: 30}}
	if diff := cmp.Diff(want, tens.Met(steps)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLagIsWhatTheDocumentSays(t *testing.T) {
	t.Parallel()
	if lag := (release.Target{Route53: &release.Route53Target{TTL: release.Duration(30 * time.Second)}}).Lag(); lag != 90*time.Second {
		t.Errorf("records of 30s lag for %s", lag)
	}
	if lag := (release.Target{ALB: &release.ALBTarget{}}).Lag(); lag != 0 {
		t.Errorf("a load balancer lags for %s", lag)
	}
}

// TestATimeoutHasRoomForWhatShiftsTake: 100 minutes are enough for a load balancer, and not for records that take four more.
func TestATimeoutHasRoomForWhatShiftsTake(t *testing.T) {
	t.Parallel()
	const head = "apiVersion: goldfinch/v1\nservice: echo\nenvironment: production\nartifact: {ami: ami-0123456789abcdef0}\ntimeouts: {release: 100m}\ntarget: "
	if _, _, err := release.Read([]byte(head + "{alb: {listener: '" + loadBalancing + "listener/app/echo/50dc6c495c0c9188/f2f7dc8efc522ab2', targetGroups: ['" + blueARN + "', '" + greenARN + "']}}")); err != nil {
		t.Error(err)
	}
	_, _, err := release.Read([]byte(head + "{route53: {hostedZone: Z0123456789ABCDEFGHIJ, record: app.example.com, template: stack.yaml}}"))
	if err == nil || !strings.Contains(err.Error(), "the plan may take 1h44m (bake 1h, deploy 30m, steps 9m,") {
		t.Errorf("got %v", err)
	}
}

func TestMatchSaysWhoIsMeant(t *testing.T) {
	t.Parallel()
	for want, match := range map[string]release.Match{
		"header X-Staff: yes":                         {Header: &release.NamedValues{Name: "X-Staff", Values: []string{"yes"}}},
		"cookie plan: paying or trial":                {Cookie: &release.NamedValues{Name: "plan", Values: []string{"paying", "trial"}}},
		"query beta: 1":                               {Query: &release.NamedValues{Name: "beta", Values: []string{"1"}}},
		"path /a/* or /b/*":                           {Path: []string{"/a/*", "/b/*"}},
		"source 203.0.113.0/24":                       {Source: []string{"203.0.113.0/24"}},
		"country DK or DE":                            {Country: []string{"DK", "DE"}},
		`flag checkout of flags: (eq $plan "paying")`: {Flag: &release.FlagMatch{Profile: "flags", Flag: "checkout", Rule: `(eq $plan "paying")`}},
		"flag checkout of flags, whoever they are":    {Flag: &release.FlagMatch{Profile: "flags", Flag: "checkout", Key: "$userId"}},
		"nobody": {},
	} {
		if got := match.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
