package release_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

func TestDefaultOfFiveKeys(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(release.Default(fiveKeys()))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"apiVersion":"goldfinch/v1","service":"echo","environment":"production","artifact":{"package":"build/echo.zip"},` +
		`"target":{"lambda":{"function":"echo","alias":"live","keepVersions":10,"unqualifiedCallers":"refuse"}},` +
		`"strategy":{"steps":[{"weight":10,"wait":"5m"}],"settle":"5m","holdback":0,"onNewRelease":"reject"},` +
		`"analysis":{"period":"1m","delay":1,"falseRollbackRate":0.01,` +
		`"metrics":{"errors":{"tolerance":0.0002,"ratio":1.1},"latency":{"slowerThan":"1s","tolerance":0.0002,"ratio":1.1}},` +
		`"minimumSamples":30,"noData":{"policy":"hold","limit":"30m","then":"rollback"}},` +
		`"timeouts":{"bake":"1h","deploy":"30m","release":"24h"},` +
		`"drift":{"routing":"report","instances":"report","atOnce":1,"healthyPercent":90,"repeats":3}}`
	if difference := cmp.Diff(want, string(got)); difference != "" {
		t.Error(difference)
	}
}

func TestDefaultWritesShorthandsOut(t *testing.T) {
	t.Parallel()
	minute := release.Duration(time.Minute)
	for name, test := range map[string]struct{ given, want release.Strategy }{
		"canary": {
			release.Strategy{Canary: &release.CanaryStrategy{Weight: 25, Wait: minute}},
			release.Strategy{Steps: []release.Step{{Weight: 25, Wait: minute}}},
		},
		"linear": {
			release.Strategy{Linear: &release.LinearStrategy{Weight: 33.33, Every: minute}},
			release.Strategy{Steps: []release.Step{{Weight: 33.33, Wait: minute}, {Weight: 66.66, Wait: minute}, {Weight: 99.99, Wait: minute}}},
		},
		"linear that divides 100": {
			release.Strategy{Linear: &release.LinearStrategy{Weight: 50, Every: minute}},
			release.Strategy{Steps: []release.Step{{Weight: 50, Wait: minute}}},
		},
		"linear of too many steps stays": {
			release.Strategy{Linear: &release.LinearStrategy{Weight: 0.5, Every: minute}},
			release.Strategy{Linear: &release.LinearStrategy{Weight: 0.5, Every: minute}},
		},
		"linear of no weight stays": {
			release.Strategy{Linear: &release.LinearStrategy{Every: minute}},
			release.Strategy{Linear: &release.LinearStrategy{Every: minute}},
		},
		"two forms stay": {
			release.Strategy{Canary: &release.CanaryStrategy{Weight: 25, Wait: minute}, Linear: &release.LinearStrategy{Weight: 50, Every: minute}},
			release.Strategy{Canary: &release.CanaryStrategy{Weight: 25, Wait: minute}, Linear: &release.LinearStrategy{Weight: 50, Every: minute}},
		},
		"approval": {
			release.Strategy{Steps: []release.Step{{Approve: &release.Approval{}}}},
			release.Strategy{Steps: []release.Step{{Approve: &release.Approval{Timeout: 60 * minute, Otherwise: release.OtherwiseAbort}}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			document := fiveKeys()
			document.Strategy = test.given
			got := release.Default(document).Strategy
			test.want.Settle, test.want.Holdback, test.want.OnNewRelease = new(5*minute), new(0.0), release.RejectNewRelease
			if difference := cmp.Diff(test.want, got); difference != "" {
				t.Error(difference)
			}
		})
	}
}

func TestDefaultKeepsWhatIsSaid(t *testing.T) {
	t.Parallel()
	document := fiveKeys()
	document.Artifact.SHA256 = strings.Repeat("AB", 32)
	document.Strategy.Settle = new(release.Duration(0))
	document.Analysis.Delay = new(0)
	document.Analysis.Metrics = &release.Metrics{Errors: &release.ErrorMetric{Threshold: release.Threshold{Tolerance: new(0.0)}}}
	document.Verify = []release.Check{{Name: "hello"}, {}}
	got := release.Default(document)
	if *got.Strategy.Settle != 0 || *got.Analysis.Delay != 0 || *got.Analysis.Metrics.Errors.Tolerance != 0 {
		t.Error("a zero that was given was replaced")
	}
	if got.Analysis.Metrics.Latency != nil {
		t.Error("a metric that was not listed is compared")
	}
	if got.Artifact.SHA256 != strings.Repeat("ab", 32) {
		t.Errorf("the hash is %s, want lower case", got.Artifact.SHA256)
	}
	if got.Verify[0].Name != "hello" || got.Verify[1].Name != "check 2" {
		t.Errorf("checks are named %q and %q", got.Verify[0].Name, got.Verify[1].Name)
	}
}

func TestDefaultWaitIsWholePeriods(t *testing.T) {
	t.Parallel()
	for period, want := range map[time.Duration]time.Duration{
		time.Second: 5 * time.Minute, 7 * time.Second: 301 * time.Second, 10 * time.Minute: 10 * time.Minute, -time.Second: 5 * time.Minute,
	} {
		document := fiveKeys()
		document.Analysis.Period = release.Duration(period)
		if got := release.Default(document).Strategy.Steps[0].Wait.Std(); got != want {
			t.Errorf("with a period of %s the default wait is %s, want %s", period, got, want)
		}
	}
}

// TestDefaultsLastUntilMetricsCome: with long periods and late metrics, too, there is time to
// count a period of a step and one of settling before the release is given up.
func TestDefaultsLastUntilMetricsCome(t *testing.T) {
	t.Parallel()
	for _, period := range []time.Duration{time.Second, 7 * time.Second, time.Minute, 5 * time.Minute, 7 * time.Minute, 15 * time.Minute, 25 * time.Minute, time.Hour} {
		for delay := range 16 {
			for name, strategy := range map[string]release.Strategy{"fixed": {}, "adaptive": {Adaptive: &release.AdaptiveStrategy{Profile: release.ProfileCareful}}} {
				document := fiveKeys()
				document.Strategy, document.Analysis.Period, document.Analysis.Delay = strategy, release.Duration(period), &delay
				complete := release.Default(document)
				if _, err := release.Validate(document, nil); err != nil {
					t.Errorf("%s, %s, delay %d: %v", name, period, delay, err)
				}
				counted := time.Duration(delay+2) * period
				settle, limit := complete.Strategy.Settle.Std(), complete.Analysis.NoData.Limit.Std()
				if settle < counted || settle < 5*time.Minute && name == "fixed" || settle%period != 0 {
					t.Errorf("%s, %s, delay %d: it settles for %s, and %s pass until a period is counted", name, period, delay, settle, counted)
				}
				if limit <= counted || limit < 30*time.Minute {
					t.Errorf("%s, %s, delay %d: it is held for %s, and %s pass until a period is counted", name, period, delay, limit, counted)
				}
				plan, timeouts := release.NewPlan(complete), complete.Timeouts
				all := plan.LongestToPromotion.Std() + counted + settle + timeouts.Bake.Std() + timeouts.Deploy.Std()
				if timeouts.Release.Std() < all || timeouts.Release.Std() < 24*time.Hour {
					t.Errorf("%s, %s, delay %d: it may take %s, and times out after %s", name, period, delay, all, timeouts.Release)
				}
			}
		}
	}
}

// TestDefaultOfAdaptive fills in what an adaptive strategy has otherwise, in periods.
func TestDefaultOfAdaptive(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		given   release.AdaptiveStrategy
		profile string
		samples int
	}{
		{release.AdaptiveStrategy{}, release.ProfileDefault, 30},
		{release.AdaptiveStrategy{Profile: release.ProfileCareful}, release.ProfileCareful, 30},
		{release.AdaptiveStrategy{Profile: release.ProfileFast}, release.ProfileFast, 10},
	} {
		document := fiveKeys()
		document.Analysis.Period = release.Duration(10 * time.Second)
		document.Strategy.Adaptive = &test.given
		given := test.given
		got := release.Default(document)
		want := release.Strategy{
			Adaptive: &release.AdaptiveStrategy{Profile: test.profile}, Settle: new(release.Duration(100 * time.Second)),
			OnNewRelease: release.RejectNewRelease, // Holdback is live traffic's to decide
		}
		if difference := cmp.Diff(want, got.Strategy); difference != "" {
			t.Errorf("%+v:\n%s", given, difference)
		}
		if *got.Analysis.MinimumSamples != test.samples {
			t.Errorf("%+v: minimumSamples is %d, want %d", given, *got.Analysis.MinimumSamples, test.samples)
		}
		if test.given != given {
			t.Errorf("%+v: Default changed its argument to %+v", given, test.given)
		}
	}
}

// TestStepsThatTrafficDecided is about documents of the ledger: strategies with the steps that they got when the canary began.
func TestStepsThatTrafficDecided(t *testing.T) {
	t.Parallel()
	for name, strategy := range map[string]release.Strategy{
		"adaptive": {Adaptive: &release.AdaptiveStrategy{Profile: release.ProfileFast}},
		"exposure": {Exposure: &release.ExposureStrategy{MaxFailedRequests: 50}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			document := fiveKeys()
			document.Strategy = strategy
			asked := release.Default(document)
			if _, err := release.Validate(asked, nil); err != nil {
				t.Errorf("without steps: %v", err)
			}
			begun := asked
			begun.Strategy.Steps = []release.Step{{Weight: 10, Wait: minutes(2)}, {Weight: 33, Wait: minutes(2)}}
			if difference := cmp.Diff(begun, release.Default(begun)); difference != "" {
				t.Errorf("Default changed the document:\n%s", difference)
			}
			want := "strategy: steps and " + name + " exclude each other; give one of them"
			if _, err := release.Validate(begun, nil); err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}

func TestDefaultLaws(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		document := drawDocument(t)
		before, err := json.Marshal(document)
		if err != nil {
			t.Fatal(err)
		}
		once := release.Default(document)
		after, err := json.Marshal(document)
		if err != nil {
			t.Fatal(err)
		}
		if difference := cmp.Diff(string(before), string(after)); difference != "" {
			t.Errorf("Default changed its argument:\n%s", difference)
		}
		if difference := cmp.Diff(once, release.Default(once)); difference != "" {
			t.Errorf("Default changed what it had made:\n%s", difference)
		}
		for _, checked := range []release.Document{document, once} {
			if _, err := release.Validate(checked, nil); err != nil {
				t.Errorf("a valid document is refused: %v", err)
			}
		}
		// What the ledger stores comes back the same.
		data, err := json.Marshal(once)
		if err != nil {
			t.Fatal(err)
		}
		var stored release.Document
		if err := json.Unmarshal(data, &stored); err != nil {
			t.Fatal(err)
		}
		if difference := cmp.Diff(once, stored); difference != "" {
			t.Errorf("JSON changed the document:\n%s", difference)
		}
		asYAML, err := yaml.JSONToYAML(data)
		if err != nil {
			t.Fatal(err)
		}
		for form, data := range map[string][]byte{"JSON": data, "YAML": asYAML, "JSON without defaults": before} {
			read, _, err := release.Read(data)
			if err != nil {
				t.Fatalf("a written document is refused, as %s: %v", form, err)
			}
			if difference := cmp.Diff(once, read); difference != "" {
				t.Errorf("Read changed the document, as %s:\n%s", form, difference)
			}
		}
	})
}

// TestDefaultPutsTheAudienceBeforeAllSteps, or instead of them.
func TestDefaultPutsTheAudienceBeforeAllSteps(t *testing.T) {
	t.Parallel()
	staff := release.Audience{Name: "staff", Match: release.Match{Path: []string{"/staff/*"}}, Wait: minutes(5)}
	some := release.Audience{Name: "some", Match: release.Match{Path: []string{"/some/*"}}, Share: 25, Wait: minutes(10)}
	rungs := []release.Step{{Wait: minutes(5), Audience: "staff"}, {Wait: minutes(10), Audience: "some", Share: 25}}
	approval := release.Step{Approve: &release.Approval{Timeout: minutes(60), Otherwise: release.OtherwiseAbort}}
	for name, test := range map[string]struct {
		given release.Strategy
		want  []release.Step
	}{
		"instead of percentages": {release.Strategy{}, rungs},
		"before steps": {
			release.Strategy{Steps: []release.Step{{Approve: &release.Approval{}}, {Weight: 10, Wait: minutes(1)}}},
			append(slices.Clone(rungs), approval, release.Step{Weight: 10, Wait: minutes(1), Audience: "some"}),
		},
		"before a canary": {
			release.Strategy{Canary: &release.CanaryStrategy{Weight: 5, Wait: minutes(1)}},
			append(slices.Clone(rungs), release.Step{Weight: 5, Wait: minutes(1), Audience: "some"}),
		},
		"before equal steps": {
			release.Strategy{Linear: &release.LinearStrategy{Weight: 50, Every: minutes(1)}},
			append(slices.Clone(rungs), release.Step{Weight: 50, Wait: minutes(1), Audience: "some"}),
		},
		"not before what traffic decides": {release.Strategy{Adaptive: &release.AdaptiveStrategy{}}, nil},
	} {
		document := fiveKeys()
		document.Strategy = test.given
		document.Strategy.Audience = []release.Audience{staff, some}
		got := release.Default(document)
		if difference := cmp.Diff(test.want, got.Strategy.Steps); difference != "" {
			t.Errorf("%s:\n%s", name, difference)
		}
		if got.Strategy.Audience[0].Share != 100 || document.Strategy.Audience[0].Share != 0 {
			t.Errorf("%s: a rung without a share is %v, and its document's %v", name, got.Strategy.Audience[0].Share, document.Strategy.Audience[0].Share)
		}
	}
}

// TestDefaultOfTargets fills in what each kind of target leaves out.
func TestDefaultOfTargets(t *testing.T) {
	t.Parallel()
	document := fiveKeys()
	document.Target = release.Target{
		ALB: &release.ALBTarget{}, ASG: &release.ASGTarget{}, Route53: &release.Route53Target{}, APIGateway: &release.APIGatewayTarget{},
	}
	want := release.Target{
		ALB: &release.ALBTarget{AudiencePriority: 1000},
		ASG: &release.ASGTarget{Mode: release.ModeGroups, Metrics: release.GroupMetrics{
			Namespace: "Goldfinch/Instances", Requests: "Requests", Errors: "Errors", Duration: "Duration",
		}},
		Route53: &release.Route53Target{
			Type: release.RecordA, TTL: minutes(1), MaxRollback: minutes(5), ImageParameter: "ImageId", ReleaseParameter: "Release",
			Outputs: release.StackOutputs{Endpoint: "Endpoint", EndpointHostedZone: "EndpointHostedZone", HealthCheck: "HealthCheck", LoadBalancer: "LoadBalancer", TestURL: "TestURL"},
		},
		APIGateway: &release.APIGatewayTarget{Variable: "version", KeepVersions: 10},
	}
	if difference := cmp.Diff(want, release.Default(document).Target); difference != "" {
		t.Error(difference)
	}
	if document.Target.ALB.AudiencePriority != 0 || document.Target.Route53.Outputs.Endpoint != "" {
		t.Error("Default changed its argument")
	}
}
