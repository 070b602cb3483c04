package flag_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/appconfig"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/flag"
)

// change changes the match of every rung.
func change(how func(*release.FlagMatch)) func(*release.Document) {
	return func(d *release.Document) {
		for i := range d.Strategy.Audience {
			how(d.Strategy.Audience[i].Match.Flag)
		}
	}
}

func TestPreflightRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		before func(*cloud)
		change func(*release.Document)
		parts  []string
	}{
		{"no application", nil, change(func(m *release.FlagMatch) { m.Application = "none" }), []string{"has no application none here", "create it"}},
		{"no environment", nil, change(func(m *release.FlagMatch) { m.Environment = "none" }), []string{"environment none of application shop"}},
		{"no profile", nil, change(func(m *release.FlagMatch) { m.Profile = "none" }), []string{"configuration profile none of application shop"}},
		{"no flag", nil, change(func(m *release.FlagMatch) { m.Flag = "none" }), []string{"version 1 of configuration profile flags, which is deployed, has no flag none"}},
		{"a basic flag", nil, change(func(m *release.FlagMatch) { m.Flag = "other" }), []string{"flag other is a basic one", "default variant"}},
		{"the variant is a person's", nil, change(func(m *release.FlagMatch) { m.Variant = "beta" }), []string{`has variant beta of flag newCheckout with rule (eq $plan "beta") already`}},
		{"two flags", nil, func(d *release.Document) { d.Strategy.Audience[1].Match.Flag.Flag = "other" }, []string{"strategy.audience[1]: audience tenth is told by another flag"}},
		{"another service's", func(c *cloud) { c.tag(c.profileARN(), "billing") }, nil, []string{"tagged goldfinch:service=billing", "service echo"}},
		{"nobody's", func(c *cloud) {
			for _, resource := range []string{c.applicationARN(), c.environmentARN(), c.profileARN()} {
				c.tag(resource, "")
			}
		}, nil, []string{
			"application shop has no tag goldfinch:service", "environment production has no tag", "configuration profile flags has no tag",
			"aws appconfig tag-resource --resource-arn arn:aws:appconfig:us-east-1:000000000000:application/",
		}},
		{"a deployment in progress", func(c *cloud) { c.deploy("1", "AppConfig.AllAtOnce") }, nil, []string{"environment production is DEPLOYING"}},
		{"what another release left", func(c *cloud) {
			_, err := c.of("r-0", c.document("two")).Shift(foreign(), staff, mine(stable))
			must(c.t, err)
		}, nil, []string{"which release r-0 made"}},
		{"both", nil, func(d *release.Document) {
			d.Target.Lambda.Alias = "none"
			d.Strategy.Audience[0].Match.Flag.Flag = "none"
		}, []string{"has no flag none", "audience[1]"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			if test.before != nil {
				test.before(c)
			}
			var changes []func(*release.Document)
			if test.change != nil {
				changes = append(changes, test.change)
			}
			before := c.writes()
			_, err := c.target(changes...).Preflight(t.Context())
			expectKind(t, err, release.KindRefused, test.parts...)
			if c.writes() != before {
				t.Error("preflight wrote something")
			}
		})
	}
}

func TestPreflightNotes(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.edit(flags)
	found, err := c.target().Preflight(t.Context())
	must(t, err)
	notes := strings.Join(found.Notes, "\n")
	for _, part := range []string{"monitors 1 alarms", "version 2 of configuration profile flags is not deployed", "within 45s"} {
		if !strings.Contains(notes, part) {
			t.Errorf("%q is not in the notes:\n%s", part, notes)
		}
	}
}

func TestPreflightWantsADeployedFlag(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	number := int32(1)
	_, err := c.engine.AppConfig.StopDeployment(foreign(), &appconfig.StopDeploymentInput{ApplicationId: &c.application, EnvironmentId: &c.environment, DeploymentNumber: &number, AllowRevert: &[]bool{true}[0]})
	must(t, err)
	_, err = c.target().Preflight(t.Context())
	expectKind(t, err, release.KindRefused, "no version of configuration profile flags is deployed to environment production")
}

// Services may share an application and its environments: whose the flag is says its profile.
func TestServicesShareAnApplication(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.tag(c.applicationARN(), "everybody")
	c.tag(c.environmentARN(), "everybody")
	_, err := c.target().Preflight(t.Context())
	must(t, err)
}

// tag changes the tag of a resource; empty takes it off.
func (c *cloud) tag(resource, service string) {
	c.t.Helper()
	_, err := c.engine.AppConfig.UntagResource(foreign(), &appconfig.UntagResourceInput{ResourceArn: &resource, TagKeys: []string{flag.TagService}})
	must(c.t, err)
	if service != "" {
		_, err = c.engine.AppConfig.TagResource(foreign(), &appconfig.TagResourceInput{ResourceArn: &resource, Tags: map[string]string{flag.TagService: service}})
		must(c.t, err)
	}
}

func (c *cloud) applicationARN() string {
	return "arn:aws:appconfig:us-east-1:000000000000:application/" + c.application
}
func (c *cloud) environmentARN() string { return c.applicationARN() + "/environment/" + c.environment }
func (c *cloud) profileARN() string     { return c.applicationARN() + "/configurationprofile/" + c.profile }

// A nameless target can do everything, but nobody can reach one of its versions.
type nameless struct{ target.Target }

func (nameless) UnlockedFor() time.Duration { return time.Minute }

type inspected struct{ nameless }

func (inspected) Inspect(context.Context, target.Released) ([]target.Finding, error) { return nil, nil }
func (inspected) Mend(context.Context, target.Released, target.Finding, target.Guard) (bool, error) {
	return true, nil
}

// A bare target can do what every one can.
type bare struct{ target.Target }

type onlyInspected struct {
	target.Target
	target.Inspector
}

func TestATargetBehindAFlagCanWhatItCanWithoutOne(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	document := c.document("two")
	behind := func(inner target.Target) target.Target {
		return flag.New(flag.Options{Target: inner, Document: document, Release: "r-1", AppConfig: c.engine.AppConfig, Identity: account{}, Region: "us-east-1"})
	}
	plain := bare{c.target()}
	for _, test := range []struct {
		inner               target.Target
		unlocked, inspector bool
	}{{plain, false, false}, {nameless{plain}, true, false}, {inspected{nameless{plain}}, true, true}, {onlyInspected{plain, inspected{}}, false, true}} {
		made := behind(test.inner)
		_, unlocked := made.(target.Unlocked)
		_, inspector := made.(target.Inspector)
		if unlocked != test.unlocked || inspector != test.inspector {
			t.Errorf("%T: unlocked %t, inspector %t", test.inner, unlocked, inspector)
		}
	}
	_, err := behind(nameless{plain}).Preflight(t.Context())
	expectKind(t, err, release.KindRefused, "nobody can reach one version of target lambda")
	if artifact, err := behind(plain).(target.Baking).Baked(t.Context()); err != nil || artifact.Package != document.Artifact.Package {
		t.Error(artifact, err)
	}
}

func TestNeeded(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	for name, test := range map[string]struct {
		change func(*release.Document)
		want   bool
	}{
		"a flag":           {func(*release.Document) {}, true},
		"a return":         {func(d *release.Document) { d.Request.Version = "1" }, false},
		"another's target": {func(d *release.Document) { d.Target = release.Target{Custom: &release.CustomTarget{Kind: "sixth"}} }, false},
		"no audience":      {func(d *release.Document) { d.Strategy.Audience = nil }, false},
		"a header, no flag": {func(d *release.Document) {
			d.Strategy.Audience[0].Match = release.Match{Country: []string{"DE"}}
			d.Strategy.Audience = d.Strategy.Audience[:1]
		}, false},
	} {
		if got := flag.Needed(c.document("two", test.change)); got != test.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
