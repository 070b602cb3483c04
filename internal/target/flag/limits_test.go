package flag_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/appconfig"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
	"github.com/goldfinch-dev/goldfinch/internal/target/flag"
)

// numbered joins so many of a pattern by commas.
func numbered(n int, pattern string) string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(pattern, i+1)
	}
	return strings.Join(all, ",")
}

// A flag that has all that AppConfig allows has no room for Goldfinch's variant, or for its attributes.
func TestPreflightWantsRoomInTheFlag(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		from, to string
		parts    []string
	}{
		"as many variants as there can be": {
			`"_variants": [`, `"_variants": [` + numbered(30, `{"name": "v%d", "enabled": true, "attributeValues": {"theme": "x"}, "rule": "(eq $a 1)"}`) + `,`,
			[]string{"has 32 variants", "no more than 32", "take one out"},
		},
		"one more variant": {`"_variants": [`, `"_variants": [` + numbered(29, `{"name": "v%d", "enabled": true, "attributeValues": {"theme": "x"}, "rule": "(eq $a 1)"}`) + `,`, nil},
		"attributes that leave no room for three": {
			`"attributes": {`, `"attributes": {` + numbered(22, `"a%d": {"constraints": {"type": "string"}}`) + `,`,
			[]string{"has 23 attributes", "no more than 25", "adds 3"},
		},
		"three attributes more": {`"attributes": {`, `"attributes": {` + numbered(21, `"a%d": {"constraints": {"type": "string"}}`) + `,`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := withCanary(t)
			c.atOnce(strings.Replace(flags, test.from, test.to, 1))
			if test.parts != nil {
				_, err := c.target().Preflight(t.Context())
				expectKind(t, err, release.KindRefused, test.parts...)
				return
			}
			c.shift(staff, stable) // just so many are accepted
		})
	}
}

// AppConfig rolls back what is deployed while an alarm of the environment's fires; whether it does when that fired before is not documented.
func TestPreflightWantsTheMonitoredAlarmsToBeQuiet(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	_, err := c.counts.PutMetricAlarm(t.Context(), &cloudwatch.PutMetricAlarmInput{
		AlarmName: aws.String("errors"), Namespace: aws.String("AWS/Lambda"), MetricName: aws.String("Errors"), Statistic: cloudwatchtypes.StatisticSum,
		Dimensions: []cloudwatchtypes.Dimension{{Name: aws.String("FunctionName"), Value: aws.String("echo")}},
		Period:     aws.Int32(60), EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(1), ComparisonOperator: cloudwatchtypes.ComparisonOperatorGreaterThanThreshold,
	})
	must(t, err)
	if _, err := c.target().Preflight(t.Context()); err != nil {
		t.Errorf("before it fires: %v", err)
	}
	_, err = c.counts.SetAlarmState(t.Context(), &cloudwatch.SetAlarmStateInput{AlarmName: aws.String("errors"), StateValue: cloudwatchtypes.StateValueAlarm, StateReason: aws.String("too many")})
	must(t, err)
	_, err = c.target().Preflight(t.Context())
	expectKind(t, err, release.KindRefused, "alarm errors, which environment production monitors, is in ALARM", "wait until it is OK")
}

// The rule of the longest ladder that a document may have fits into a variant.
func TestTheLongestLadderFitsIntoARule(t *testing.T) {
	t.Parallel()
	c := withCanary(t)
	people := func(d *release.Document) {
		d.Strategy.Audience = nil
		for n := range 10 {
			rule := fmt.Sprintf(`(eq $team "%d`, n)
			rule += strings.Repeat("x", 1024-len(rule)-2) + `")`
			d.Strategy.Audience = append(d.Strategy.Audience, release.Audience{
				Name: fmt.Sprintf("people-%d", n), Match: match(rule, "$"+strings.Repeat("k", 64)), Share: 33.33, Wait: release.Duration(time.Minute),
			})
		}
	}
	last := release.Split{Stable: "1", Canary: "2", Audience: "people-9", Share: 33.33}
	if got, err := c.target(people).Shift(t.Context(), last, mine(stable)); err != nil || !got.Same(last) {
		t.Errorf("%v, %v", got, err)
	}
}

// What AppConfig has no room for says so; versions of earlier rungs, which nobody needs, are deleted to make some.
func TestNoRoomInAppConfig(t *testing.T) {
	t.Parallel()
	t.Run("too large", func(t *testing.T) {
		t.Parallel()
		c := withCanary(t)
		c.atOnce(strings.Replace(flags, "{", "{"+strings.Repeat(" ", 2<<20-len(flags)), 1))
		_, err := c.target().Shift(t.Context(), staff, mine(stable))
		expectKind(t, err, release.KindUnhealthy, "no room for another version of configuration profile flags", "PayloadTooLarge", "Service Quotas")
	})
	t.Run("too many versions", func(t *testing.T) {
		t.Parallel()
		c := withCanary(t)
		for len(c.hosted()) < 50 {
			c.edit(flags)
		}
		c.shift(staff, stable)
		c.pass(time.Minute)
		c.shift(tenth, staff, stable)
		c.pass(time.Minute)
		for range 100 - 52 {
			c.edit(flags)
		}
		c.shift(stable, tenth, staff)
		if content, _ := c.deployed(); content != flags {
			t.Errorf("the flags are\n%s", content)
		}
		c.pass(time.Minute)
		_, err := c.target().Shift(t.Context(), staff, mine(stable))
		must(t, err)
	})
	t.Run("too many versions of others", func(t *testing.T) {
		t.Parallel()
		c := withCanary(t)
		for range 99 {
			c.edit(flags)
		}
		_, err := c.target().Shift(t.Context(), staff, mine(stable))
		expectKind(t, err, release.KindUnhealthy, "delete versions that nobody needs")
	})
	t.Run("too many strategies", func(t *testing.T) {
		t.Parallel()
		c := withCanary(t)
		for range 20 {
			_, err := c.engine.AppConfig.CreateDeploymentStrategy(foreign(), &appconfig.CreateDeploymentStrategyInput{Name: aws.String("theirs"), DeploymentDurationInMinutes: aws.Int32(0), GrowthFactor: aws.Float32(100)})
			must(t, err)
		}
		_, err := c.target().Shift(t.Context(), staff, mine(stable))
		expectKind(t, err, release.KindUnhealthy, "no room for deployment strategy Goldfinch.AtOnce", "delete a strategy that nobody uses")
	})
}

// A strategy of our name that somebody has made otherwise would tell a share of the agents, not of the users, and bake: it is not taken.
func TestAStrategyOfOurNameThatIsSlow(t *testing.T) {
	t.Parallel()
	for _, theirs := range []appconfig.CreateDeploymentStrategyInput{
		{DeploymentDurationInMinutes: aws.Int32(30), GrowthFactor: aws.Float32(10)},
		{DeploymentDurationInMinutes: aws.Int32(0), GrowthFactor: aws.Float32(100), FinalBakeTimeInMinutes: 10},
	} {
		c := withCanary(t)
		theirs.Name = aws.String("Goldfinch.AtOnce")
		_, err := c.engine.AppConfig.CreateDeploymentStrategy(foreign(), &theirs)
		must(t, err)
		c.shift(staff, stable)
		c.pass(time.Second)
		c.shift(stable, staff)
		if content, _ := c.deployed(); content != flags {
			t.Errorf("a second later the flags are\n%s", content)
		}
	}
}

// An alarm that the environment monitors takes back a deployment in progress: whoever waits for it to arrive hears that, and the flag reads as it was.
func TestAMonitoredAlarmTakesTheFlagBack(t *testing.T) {
	t.Parallel()
	c := withCanary(t)
	c.shift(staff, stable)
	c.pass(time.Minute)
	_, err := c.target().Shift(t.Context(), tenth, mine(staff))
	must(t, err)
	c.pass(time.Second)
	c.deploy(strings.Fields(c.hosted()[0])[0], "AppConfig.AllAtOnce") // somebody deploys it once more, and it bakes
	rolledBack, err := c.engine.AppConfig.RaiseAlarm("arn:aws:cloudwatch:us-east-1:123456789012:alarm:errors")
	if err != nil || !rolledBack {
		t.Fatal(rolledBack, err)
	}
	_, got, err := c.target().(target.Lagging).Arrives(t.Context(), target.Shifted{Split: staff, At: c.clock.Now()})
	expectKind(t, err, release.KindUnhealthy, "is ROLLED_BACK", "an alarm that the environment monitors, or a person")
	if !got.Same(tenth) {
		t.Errorf("requests meet %v", got)
	}
	c.shift(stable, tenth, staff)
}

// A list of alarms that can't be read is a call that failed, or a reason to refuse when it is denied.
func TestMonitoredAlarmsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for code, kind := range map[string]release.Kind{"AccessDeniedException": release.KindRefused, "ThrottlingException": release.KindTransient} {
		c := newCloud(t)
		document := c.document("two")
		subject := flag.New(flag.Options{
			Target: alarmless{c.target(), code}, Document: document, Release: "r-1", AppConfig: c.engine.AppConfig, Identity: account{}, Region: "us-east-1",
		})
		_, err := subject.Preflight(t.Context())
		expectKind(t, err, kind, code)
	}
}

// An alarmless target may not read alarms, or not now.
type alarmless struct {
	target.Target
	code string
}

func (a alarmless) Alarms(context.Context, []string) ([]judge.Alarm, error) {
	return nil, call.Classify("cloudwatch: read alarms", &smithy.GenericAPIError{Code: a.code, Message: "no"})
}

func (a alarmless) Address(context.Context, string) (string, error) { return "echo:2", nil }
