package route53_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	localroute53 "github.com/goldfinch-dev/goldfinch/internal/local/route53"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/targettest"
)

// tree is a cloud in which the name is a tree: Finland and Norway lead to north, Denmark to denmark, all others to everybody.
func tree(t testing.TB) *cloud {
	t.Helper()
	c := newCloud(t)
	c.stack(stableStack, "stable")
	c.stack(canaryStack, "r-1")
	var changes []types.Change
	for _, branch := range []string{"north", "denmark", "everybody"} {
		changes = append(changes, create(c.weighted(branch+".example.com", stableStack, 100)))
	}
	for country, branch := range map[string]string{"FI": "north", "NO": "north", "DK": "denmark", "*": "everybody"} {
		changes = append(changes, create(types.ResourceRecordSet{
			Name: aws.String(name), Type: types.RRTypeA, SetIdentifier: aws.String("to " + country), GeoLocation: &types.GeoLocation{CountryCode: aws.String(country)},
			AliasTarget: &types.AliasTarget{HostedZoneId: &c.zone, DNSName: aws.String(branch + ".example.com"), EvaluateTargetHealth: true},
		}))
	}
	value := fmt.Sprintf(`"goldfinch" "service=echo" "environment=production" "stable=%s" "serial=0" "since=2026-11-23T00:00:00Z"`, stableStack)
	changes = append(changes, create(types.ResourceRecordSet{Name: aws.String(markerName), Type: types.RRTypeTxt, TTL: aws.Int64(60), ResourceRecords: []types.ResourceRecord{{Value: &value}}}))
	must(t, c.change(changes...))
	c.pass(10 * time.Minute)
	return c
}

// ladder is two rungs: the north, then Denmark.
func ladder(document *release.Document) {
	document.Strategy.Audience = []release.Audience{
		{Name: "north", Match: release.Match{Country: []string{"FI", "NO"}}, Wait: release.Duration(time.Minute)},
		{Name: "denmark", Match: release.Match{Country: []string{"DK"}}, Wait: release.Duration(time.Minute)},
	}
}

func TestAudiencesByCountry(t *testing.T) {
	t.Parallel()
	c := tree(t)
	router := c.target(ladder)
	if _, err := router.Preflight(t.Context()); err != nil {
		t.Fatal(err)
	}
	north := release.Split{Stable: stableStack, Canary: canaryStack, Audience: "north"}
	denmark := release.Split{Stable: stableStack, Canary: canaryStack, Audience: "denmark"}
	and := release.Split{Stable: stableStack, Canary: canaryStack, Audience: "denmark", Weight: 10}
	guard := mine(stable, north, denmark, and, allToNew)
	receipts := 0
	guard.Receipt = func(string) { receipts++ }
	for i, step := range []struct {
		want release.Split
		// canary is the percent of each country's resolvers that have it.
		canary map[string]float64
	}{
		{north, map[string]float64{"FI": 100, "NO": 100, "DK": 0, "SE": 0}},
		{denmark, map[string]float64{"FI": 100, "NO": 100, "DK": 100, "SE": 0}},
		{and, map[string]float64{"FI": 100, "NO": 100, "DK": 100, "SE": 10, "JP": 10}},
		{allToNew, map[string]float64{"FI": 100, "DK": 100, "SE": 100}},
		{stable, map[string]float64{"FI": 0, "DK": 0, "SE": 0}},
		{and, map[string]float64{"FI": 100, "SE": 10}},
		{stable, map[string]float64{"FI": 0, "SE": 0}},
	} {
		got, err := router.Shift(t.Context(), step.want, guard)
		if err != nil || !got.Same(step.want) {
			t.Fatalf("shift to %v: %v, %v", step.want, got, err)
		}
		if read, err := c.target(ladder).Split(t.Context()); err != nil || !read.Same(step.want) {
			t.Errorf("shifted to %v, and read %v, %v", step.want, read, err)
		}
		if receipts != i+1 {
			t.Errorf("%d batches for %d shifts", receipts, i+1)
		}
		c.pass(10 * time.Minute)
		random := rand.New(rand.NewPCG(1, 2)).Float64
		for country, want := range step.canary {
			share := 0.0
			for range 1000 {
				answer, err := c.route53.NewResolver(localroute53.Network{Country: country, Random: random}).Lookup(t.Context(), name, types.RRTypeA)
				must(t, err)
				if answer.SetIdentifier == canaryStack {
					share += 0.1
				}
			}
			if difference := share - want; difference > 3 || difference < -3 {
				t.Errorf("%v: %.1f %% of %s have the canary, want %v", step.want, share, country, want)
			}
		}
	}
}

// A name that is a tree obeys the laws of every target, whether or not a release has an audience.
func TestContractOfATree(t *testing.T) {
	t.Parallel()
	targettest.Run(t, func(t *testing.T) targettest.World {
		c := tree(t)
		w := c.world()
		w.Target, w.Twin = c.target(ladder), c.target()
		w.Move = func(_ context.Context, want release.Split) error {
			for _, branch := range []string{"north", "denmark", "everybody"} {
				var changes []types.Change
				for _, set := range c.sets(branch+".example.com", types.RRTypeA) {
					changes = append(changes, remove(set))
				}
				for version, weight := range map[string]float64{want.Stable: 100 - want.Weight, want.Canary: want.Weight} {
					if version != "" {
						changes = append(changes, create(c.weighted(branch+".example.com", version, int64(weight))))
					}
				}
				if err := c.change(changes...); err != nil {
					return err
				}
			}
			return nil
		}
		return w
	})
}

func TestBranchesThatDiffer(t *testing.T) {
	t.Parallel()
	c := tree(t)
	old := c.weighted("denmark.example.com", stableStack, 100)
	must(t, c.change(remove(old), create(c.weighted("denmark.example.com", foreignStack, 100))))
	for _, router := range []*splitter{{c.target(ladder)}, {c.target()}} {
		split, err := router.Split(t.Context())
		if err != nil || !strings.Contains(split.Canary, foreignStack) || split.IsPure() && split.Same(stable) && split.Canary == "" {
			t.Errorf("split %v, %v", split, err)
		}
		_, err = router.Shift(t.Context(), stable, mine(tenToNew))
		expectKind(t, err, release.KindConflict, foreignStack)
	}
}

func TestAudiencesThatDNSCannotTellApart(t *testing.T) {
	t.Parallel()
	c := tree(t)
	router := c.target(ladder, func(document *release.Document) {
		document.Strategy.Audience = append(document.Strategy.Audience, release.Audience{Name: "staff", Match: release.Match{Flag: &release.FlagMatch{}}})
	})
	for _, want := range []release.Split{
		{Stable: stableStack, Canary: canaryStack, Audience: "staff"}, {Stable: stableStack, Canary: canaryStack, Audience: "nobody"}, {Stable: stableStack, Canary: canaryStack, Audience: "north", Share: 50},
	} {
		_, err := router.Shift(t.Context(), want, mine(stable))
		expectKind(t, err, release.KindRefused, "country alone")
	}
	if c.written() != 0 {
		t.Errorf("wrote %d times", c.written())
	}
}

// A splitter is a target as a router.
type splitter struct{ target.Router }

func TestTreesThatCannotBeReleasedThrough(t *testing.T) {
	t.Parallel()
	top := func(c *cloud, country string) types.ResourceRecordSet {
		for _, set := range c.sets(name, types.RRTypeA) {
			if *set.SetIdentifier == "to "+country {
				return set
			}
		}
		c.t.Fatal(country)
		return types.ResourceRecordSet{}
	}
	for label, test := range map[string]struct {
		change func(c *cloud) []types.Change
		edit   func(*release.Document)
		says   string
	}{
		"no default": {func(c *cloud) []types.Change { return []types.Change{remove(top(c, "*"))} }, ladder, "no record for the default location"},
		"a leaf above": {func(c *cloud) []types.Change {
			set := top(c, "DK")
			leaf := set
			leaf.AliasTarget = &types.AliasTarget{HostedZoneId: aws.String(balancers), DNSName: aws.String("lb.example.net")}
			return []types.Change{remove(set), create(leaf)}
		}, ladder, "does not lead to weighted records of the same zone"},
		"a country without a branch": {func(c *cloud) []types.Change { return []types.Change{remove(top(c, "NO"))} }, ladder, "country NO, which has no branch of its own"},
		"a country of everybody's branch": {func(c *cloud) []types.Change {
			set := top(c, "DK")
			other := set
			other.AliasTarget = top(c, "*").AliasTarget
			return []types.Change{remove(set), create(other)}
		}, ladder, "country DK, which has no branch of its own"},
		"rungs that share a branch": {func(c *cloud) []types.Change {
			set := top(c, "DK")
			other := set
			other.AliasTarget = top(c, "FI").AliasTarget
			return []types.Change{remove(set), create(other)}
		}, ladder, "share the branch north.example.com."},
	} {
		t.Run(label, func(t *testing.T) {
			t.Parallel()
			c := tree(t)
			must(t, c.change(test.change(c)...))
			_, err := c.target(test.edit).Preflight(t.Context())
			expectKind(t, err, release.KindRefused, test.says)
		})
	}
	t.Run("no tree", func(t *testing.T) {
		t.Parallel()
		_, err := withStable(t).target(ladder).Preflight(t.Context())
		expectKind(t, err, release.KindRefused, "country FI, which has no branch of its own")
	})
	t.Run("more values than a batch has room for", func(t *testing.T) {
		t.Parallel()
		countries := strings.Fields("* AD AE AF AG AL AM AO AR AT AU AZ BA BB BD BE BF BG BH BI BJ BN BO BR BS BT BW BY BZ CA CD CF CG CH CI CL CM CN CO CR CU CV CY CZ DE DJ DK DM DO DZ EC EE EG ER ES ET FI FJ FM FR GA GB GD GE GH GM GN GQ GR GT GW GY HN HR HT HU ID IE IL IN IQ IR IS IT JM JO JP KE KG KH KI KM KN KP KR KW KZ LA LB")
		for length, says := range map[int]string{70: "", 90: "values of their records, 35640 characters"} {
			c := newCloud(t)
			c.stack(stableStack, "stable")
			c.endpoint = func(string) map[string]string {
				return map[string]string{"Endpoint": strings.Repeat("x", 40) + "." + strings.Repeat("y", length-61) + ".elb.amazonaws.com.x"}
			}
			value := fmt.Sprintf(`"goldfinch" "service=echo" "environment=production" "stable=%s" "serial=0" "since=2026-11-23T00:00:00Z"`, stableStack)
			must(t, c.change(create(types.ResourceRecordSet{
				Name: aws.String("_goldfinch-cname.app.example.com"), Type: types.RRTypeTxt, TTL: aws.Int64(60), ResourceRecords: []types.ResourceRecord{{Value: &value}},
			})))
			for n, country := range countries[:99] {
				branch, end := fmt.Sprintf("branch-%d.example.com", n), c.endpoint("")["Endpoint"]
				must(t, c.change(
					create(types.ResourceRecordSet{
						Name: &branch, Type: types.RRTypeCname, SetIdentifier: aws.String(stableStack), Weight: aws.Int64(100), TTL: aws.Int64(60), ResourceRecords: []types.ResourceRecord{{Value: &end}},
					}),
					create(types.ResourceRecordSet{
						Name: aws.String(name), Type: types.RRTypeCname, SetIdentifier: aws.String("to " + country), GeoLocation: &types.GeoLocation{CountryCode: &country},
						AliasTarget: &types.AliasTarget{HostedZoneId: &c.zone, DNSName: &branch, EvaluateTargetHealth: true},
					}),
				))
			}
			c.pass(10 * time.Minute)
			router := c.target(func(document *release.Document) { document.Target.Route53.Type = "CNAME" })
			_, err := router.Preflight(t.Context())
			if says != "" {
				expectKind(t, err, release.KindRefused, says, "make fewer branches")
				continue
			}
			must(t, err)
			c.stack(canaryStack, "r-1")
			_, err = router.Shift(t.Context(), tenToNew, mine(stable))
			must(t, err)
			_, err = router.Shift(t.Context(), stable, mine(tenToNew))
			must(t, err)
		}
	})
	t.Run("a branch for more", func(t *testing.T) {
		t.Parallel()
		c := tree(t)
		more := top(c, "FI")
		more.SetIdentifier, more.GeoLocation = aws.String("to Europe"), &types.GeoLocation{ContinentCode: aws.String("EU")}
		us := top(c, "FI")
		us.SetIdentifier, us.GeoLocation = aws.String("to WA"), &types.GeoLocation{CountryCode: aws.String("US"), SubdivisionCode: aws.String("WA")}
		must(t, c.change(create(more), create(us)))
		found, err := c.target(ladder).Preflight(t.Context())
		notes := strings.Join(found.Notes, " ")
		if err != nil || !strings.Contains(notes, "also that of continent EU") || !strings.Contains(notes, "also that of US-WA") {
			t.Errorf("preflight %+v, %v", found, err)
		}
	})
}
