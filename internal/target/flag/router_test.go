package flag_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/appconfig"
	"github.com/aws/aws-sdk-go-v2/service/appconfig/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/engine"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
)

// The splits of a release by the ladder of people.
var (
	stable = release.Pure("1")
	canary = release.Pure("2")
	staff  = release.Split{Stable: "1", Canary: "2", Audience: "staff"}
	tenth  = release.Split{Stable: "1", Canary: "2", Audience: "tenth", Share: 10}
	half   = release.Split{Stable: "1", Canary: "2", Audience: "half", Share: 50}
	weight = release.Split{Stable: "1", Canary: "2", Audience: "half", Weight: 20}
)

// withCanary is a cloud in which version 2 exists.
func withCanary(t testing.TB, change ...func(*engine.Options)) *cloud {
	c := newCloud(t, change...)
	c.put("two")
	c.publish()
	return c
}

// shift makes a shift that must work.
func (c *cloud) shift(want release.Split, from ...release.Split) {
	c.t.Helper()
	got, err := c.target().Shift(context.Background(), want, mine(from...))
	must(c.t, err)
	if !got.Same(want) {
		c.t.Fatalf("shifted to %v, got %v", want, got)
	}
	c.expect(want)
}

// expect reads the split as another process does.
func (c *cloud) expect(want release.Split) {
	c.t.Helper()
	got, err := c.target().Split(context.Background())
	must(c.t, err)
	if !got.Same(want) {
		c.t.Errorf("the split is %v, want %v", got, want)
	}
}

func TestRungsReadBackAndShiftingTwiceIsOnce(t *testing.T) {
	t.Parallel()
	c := withCanary(t)
	from := stable
	for _, want := range []release.Split{staff, tenth, half, weight, canary, stable} {
		c.shift(want, from)
		before := c.writes()
		c.shift(want)
		if after := c.writes(); after != before {
			t.Errorf("shifting to %v again wrote %d times", want, after-before)
		}
		from = want
	}
	if content, _ := c.deployed(); content != flags {
		t.Errorf("in the end the flags are not what they were:\n%s", content)
	}
}

func TestTheFlagHasWhatCallersNeed(t *testing.T) {
	t.Parallel()
	c := withCanary(t)
	c.shift(tenth, stable)
	variant, attributes, err := c.engine.AppConfig.Evaluate("shop", "production", "flags", "newCheckout", map[string]any{"userId": "ada", "team": "us"})
	must(t, err)
	want := map[string]any{"enabled": true, "theme": "old & <plain>", "goldfinchVersion": "2", "goldfinchAddress": "echo:2", "goldfinchRelease": "r-1"}
	if variant != "canary" || fmt.Sprint(attributes) != fmt.Sprint(want) {
		t.Errorf("the staff get %s %v, want %v", variant, attributes, want)
	}
	content, description := c.deployed()
	for _, part := range []string{
		`"rule":"(or (eq $team \"us\") (split by::$userId pct::10 seed::\"r-1\"))"`,
		`{"name": "beta", "enabled": true, "attributeValues": {"theme": "beta"}, "rule": "(eq $plan \"beta\")"}`,
		`"other":       {"enabled":  true}`, `"theme": {"constraints": {"type": "string", "required": true}}`,
	} {
		if !strings.Contains(content, part) {
			t.Errorf("%s is not in\n%s", part, content)
		}
	}
	if description != "goldfinch-r-1-tenth" {
		t.Errorf("the deployment is described as %q", description)
	}
}

// TestAShiftThatDiedIsTakenUp between its calls, and after each of them.
func TestAShiftThatDiedIsTakenUp(t *testing.T) {
	t.Parallel()
	died := errors.New("the process died")
	for _, test := range []struct {
		name, operation string
		lost            bool
	}{
		{"before it made a version", "appconfig:CreateHostedConfigurationVersion", false},
		{"after it made a version", "appconfig:CreateHostedConfigurationVersion", true},
		{"before it deployed", "appconfig:StartDeployment", false},
		{"after it deployed", "appconfig:StartDeployment", true},
		{"after it made a strategy", "appconfig:CreateDeploymentStrategy", true},
	} {
		for _, then := range []release.Split{staff, stable} {
			t.Run(test.name+", and then "+then.String(), func(t *testing.T) {
				t.Parallel()
				c := withCanary(t)
				if test.lost {
					c.lose(test.operation, died)
				} else {
					c.next(test.operation, func(context.Context) error { return died })
				}
				if _, err := c.target().Shift(t.Context(), staff, mine(stable)); !errors.Is(err, died) {
					t.Fatal(err)
				}
				c.shift(then, stable, staff)
				if then == staff {
					if hosted := c.hosted(); len(hosted) != 2 {
						t.Errorf("there are versions %v, want one more than before", hosted)
					}
				}
				if content, _ := c.deployed(); then == stable && content != flags {
					t.Errorf("rolled back, the flags are\n%s", content)
				}
				for _, one := range c.hosted() {
					if then == stable && test.operation == "appconfig:CreateHostedConfigurationVersion" && strings.HasSuffix(one, "-staff") {
						t.Errorf("version %s was made, never deployed, and is left", one)
					}
				}
			})
		}
	}
}

// TestARollbackOvertakesAShift that has made its version and is about to deploy it.
func TestARollbackOvertakesAShift(t *testing.T) {
	t.Parallel()
	c := withCanary(t)
	lost := errors.New("the lease is lost")
	rolledBack := false
	c.next("appconfig:StartDeployment", func(context.Context) error {
		rolledBack = true
		_, err := c.target().Shift(foreign(), stable, mine(stable, staff))
		return err
	})
	late := mine(stable, staff)
	late.Check = func(context.Context) error {
		if rolledBack {
			return lost
		}
		return nil
	}
	if _, err := c.target().Shift(t.Context(), staff, late); !errors.Is(err, lost) {
		t.Errorf("the late shift ended with %v", err)
	}
	c.expect(stable)
	if content, _ := c.deployed(); content != flags {
		t.Errorf("the flags are\n%s", content)
	}
}

func TestAFailedCheckPreventsEveryWrite(t *testing.T) {
	t.Parallel()
	lost := errors.New("the lease is lost")
	for n := range 3 { // before the strategy, the version, the deployment
		c := withCanary(t)
		guard := mine(stable)
		checks := 0
		guard.Check = func(context.Context) error {
			if checks++; checks > n {
				return lost
			}
			return nil
		}
		before := c.writes()
		if _, err := c.target().Shift(t.Context(), staff, guard); !errors.Is(err, lost) {
			t.Errorf("check %d: %v", n, err)
		}
		if wrote := c.writes() - before; wrote != n {
			t.Errorf("%d writes after %d checks", wrote, n)
		}
		c.expect(stable)
	}
}

func TestAForeignFlagIsLeftAlone(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(string) string{
		"another rule": func(s string) string { return strings.Replace(s, `(eq $team \"us\")`, `(eq $team \"ours\")`, 1) },
		"not enabled": func(s string) string {
			return strings.Replace(s, `"canary","enabled":true`, `"canary","enabled":false`, 1)
		},
		"taken out": func(string) string { return flags },
		"another's": func(s string) string {
			return strings.Replace(s, `"goldfinchRelease":"r-1"`, `"goldfinchRelease":"r-0"`, 1)
		},
		"no such thing": func(s string) string {
			return strings.Replace(s, `"goldfinchVersion":"2"`, `"goldfinchVersion":"7"`, 1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := withCanary(t)
			c.shift(staff, stable)
			c.pass(time.Minute)
			content, _ := c.deployed()
			changed := edit(content)
			if name != "taken out" && changed == content {
				t.Fatal("nothing was edited")
			}
			c.atOnce(changed)
			before := c.writes()
			_, err := c.target().Shift(t.Context(), tenth, mine(staff, tenth))
			expectKind(t, err, release.KindConflict, "was changed by somebody else", "newCheckout")
			if c.writes() != before {
				t.Error("something was written over it")
			}
			if now, _ := c.deployed(); now != changed {
				t.Errorf("there is\n%s", now)
			}
		})
	}
}

// TestAForeignFlagDoesNotHoldTheWeights: what is the release's own goes home all the same.
func TestAForeignFlagDoesNotHoldTheWeights(t *testing.T) {
	t.Parallel()
	c := withCanary(t)
	c.shift(staff, stable)
	with := release.Split{Stable: "1", Canary: "2", Audience: "half", Weight: 50}
	c.shift(with, staff)
	c.pass(time.Minute)
	content, _ := c.deployed()
	c.atOnce(strings.Replace(content, "pct::50", "pct::60", 1))
	_, err := c.target().Shift(t.Context(), stable, mine(with, stable))
	expectKind(t, err, release.KindConflict, "pct::60")
	if shares := c.alias(); shares["1"] != 1 {
		t.Errorf("the alias is at %v", shares)
	}
}

// TestOthersDeploymentsAreKept: of another flag of the profile, in the midst of the release.
func TestOthersDeploymentsAreKept(t *testing.T) {
	t.Parallel()
	c := withCanary(t)
	c.shift(staff, stable)
	c.pass(time.Minute)
	content, _ := c.deployed()
	c.atOnce(strings.Replace(content, `"other":       {"enabled":  true}`, `"other":       {"enabled":  false}`, 1))
	c.expect(staff)
	c.shift(tenth, staff)
	c.pass(time.Minute)
	c.shift(stable, tenth, stable)
	if content, _ := c.deployed(); content != strings.Replace(flags, `"other":       {"enabled":  true}`, `"other":       {"enabled":  false}`, 1) {
		t.Errorf("left is\n%s", content)
	}
}

func TestAnotherDeploymentIsWaitedFor(t *testing.T) {
	t.Parallel()
	c := withCanary(t)
	c.deploy("1", "AppConfig.AllAtOnce")
	_, err := c.target().Shift(t.Context(), staff, mine(stable))
	expectKind(t, err, release.KindTransient, "environment production has deployment 2 of configuration profile flags in progress (BAKING)")
	c.pass(11 * time.Minute)
	c.shift(staff, stable)
	c.pass(time.Minute)

	// One that begins between the look and the write.
	c.next("appconfig:StartDeployment", func(context.Context) error { c.deploy("1", "AppConfig.AllAtOnce"); return nil })
	_, err = c.target().Shift(t.Context(), tenth, mine(staff))
	expectKind(t, err, release.KindTransient)
}

// TestAnotherVersionBetweenReadAndWrite: the optimistic lock makes the shift look again.
func TestAnotherVersionBetweenReadAndWrite(t *testing.T) {
	t.Parallel()
	c := withCanary(t)
	c.next("appconfig:CreateHostedConfigurationVersion", func(context.Context) error { c.edit(flags); return nil })
	c.shift(staff, stable)
	if got := c.count("appconfig:CreateHostedConfigurationVersion"); got != 2 {
		t.Errorf("%d versions were tried", got)
	}
	c.next("appconfig:CreateHostedConfigurationVersion", func(context.Context) error { c.atOnce(flags); return nil })
	_, err := c.target().Shift(t.Context(), tenth, mine(staff))
	expectKind(t, err, release.KindConflict)
}

// TestARollbackStopsItsOwnDeployment, which is still in progress.
func TestARollbackStopsItsOwnDeployment(t *testing.T) {
	t.Parallel()
	for name, from := range map[string]release.Split{"the first rung": staff, "a later rung": tenth} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := withCanary(t)
			c.shift(staff, stable)
			c.pass(time.Minute)
			if from.Same(tenth) {
				c.shift(tenth, staff)
				c.pass(time.Minute)
			}
			c.deploy(strings.Fields(c.hosted()[0])[0], "AppConfig.AllAtOnce") // as slowly as the account's owner wants it
			c.shift(stable, from, stable)
			if c.count("appconfig:StopDeployment") != 1 {
				t.Errorf("%d deployments were stopped", c.count("appconfig:StopDeployment"))
			}
			if content, _ := c.deployed(); content != flags {
				t.Errorf("the flags are\n%s", content)
			}
		})
	}
}

func TestThrottledByAppConfig(t *testing.T) {
	t.Parallel()
	c := withCanary(t)
	for _, operation := range []string{"appconfig:ListDeployments", "appconfig:CreateHostedConfigurationVersion", "appconfig:StartDeployment"} {
		c.next(operation, func(context.Context) error { return &types.InternalServerException{} })
		_, err := c.target().Shift(t.Context(), staff, mine(stable))
		if err == nil {
			t.Fatalf("%s: no error", operation)
		}
	}
	c.shift(staff, stable)
}

func TestARuleThatAppConfigRefuses(t *testing.T) {
	t.Parallel()
	c := withCanary(t)
	_, err := c.target(func(d *release.Document) { d.Strategy.Audience[0].Match = match("(equals $team 1)", "") }).Shift(t.Context(), staff, mine(stable))
	expectKind(t, err, release.KindUnhealthy, "match.flag.rule", `no operator "equals"`)
}

func TestArrives(t *testing.T) {
	t.Parallel()
	c := withCanary(t)
	c.shift(staff, stable)
	lagging := c.target().(target.Lagging)
	shifted := target.Shifted{Split: staff, At: c.clock.Now()}
	at, got, err := lagging.Arrives(t.Context(), shifted)
	must(t, err)
	if want := c.clock.Now().Add(45 * time.Second); !at.Equal(want) || !got.Same(staff) {
		t.Errorf("arrives at %v with %v, want %v", at, got, want)
	}
	c.pass(time.Hour)
	if again, _, err := lagging.Arrives(t.Context(), shifted); err != nil || !again.Equal(at) {
		t.Errorf("an hour later it arrives at %v, %v", again, err)
	}
	number := int32(2)
	_, err = c.engine.AppConfig.StopDeployment(foreign(), &appconfig.StopDeploymentInput{ApplicationId: &c.application, EnvironmentId: &c.environment, DeploymentNumber: &number, AllowRevert: aws.Bool(true)})
	must(t, err)
	_, got, err = lagging.Arrives(t.Context(), shifted)
	expectKind(t, err, release.KindUnhealthy, "deployment 2 of configuration profile flags to environment production is REVERTED")
	if !got.Same(stable) {
		t.Errorf("requests meet %v", got)
	}
}

// TestArrivesWhileDeploying: a deployment in progress has not arrived.
func TestArrivesWhileDeploying(t *testing.T) {
	t.Parallel()
	c := withCanary(t)
	c.shift(staff, stable)
	c.pass(time.Minute)
	c.deploy(strings.Fields(c.hosted()[0])[0], "AppConfig.Linear50PercentEvery30Seconds")
	lagging := c.target().(target.Lagging)
	shifted := target.Shifted{Split: staff, At: c.clock.Now()}
	if at, _, err := lagging.Arrives(t.Context(), shifted); err != nil || !at.IsZero() {
		t.Errorf("arrives at %v, %v", at, err)
	}
	c.pass(time.Minute)
	if at, _, err := lagging.Arrives(t.Context(), shifted); err != nil || !at.Equal(c.clock.Now().Add(45*time.Second)) {
		t.Errorf("arrives at %v, %v", at, err)
	}
	if _, _, err := lagging.Arrives(t.Context(), target.Shifted{Split: tenth, At: c.clock.Now()}); err != nil {
		t.Errorf("what has not been deployed yet: %v", err)
	}
}

func TestMeasureCountsBothWays(t *testing.T) {
	t.Parallel()
	c := withCanary(t)
	from := c.clock.Now().Truncate(time.Minute)
	c.request("live", "1", from, 90, 1)
	c.request("live", "2", from, 5, 2)
	c.request("", "2", from, 7, 3)
	c.pass(2 * time.Minute)
	periods, err := c.target().Measure(t.Context(), staff, from, from.Add(time.Minute), time.Minute)
	must(t, err)
	pair := periods[0].Metrics["errors"]
	if pair.Stable.Requests != 90 || pair.Canary.Requests != 12 || pair.Canary.Bad != 5 {
		t.Errorf("counted %+v", pair)
	}
}

func TestTidyKeepsOnlyWhatIsDeployed(t *testing.T) {
	t.Parallel()
	c := withCanary(t)
	for _, step := range [][]release.Split{{staff, stable}, {tenth, staff}, {canary, tenth}} {
		c.shift(step[0], step[1])
		c.pass(time.Minute)
	}
	for range 2 {
		_, done, err := c.target().Retire(t.Context(), "2", "1")
		if err != nil || !done {
			t.Fatal(done, err)
		}
	}
	if hosted := c.hosted(); !slices.Equal(hosted, []string{"4 goldfinch-r-1-off", "1 "}) {
		t.Errorf("there are versions %v", hosted)
	}
	_, done, err := c.target().Restore(t.Context(), "1")
	if err != nil || !done {
		t.Error(done, err)
	}
}
