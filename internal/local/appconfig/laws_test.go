package appconfig_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/appconfig"
	"github.com/aws/aws-sdk-go-v2/service/appconfig/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/appconfig"
)

const plain = `(eq $team "us")`

// TestLatestVersionNumberIsALock, and a number is not given twice.
func TestLatestVersionNumberIsALock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	latest := func(n int32) func(*sdk.CreateHostedConfigurationVersionInput) {
		return func(in *sdk.CreateHostedConfigurationVersionInput) { in.LatestVersionNumber = &n }
	}
	for n := range int32(2) {
		number, err := w.put(ruled(plain), latest(n))
		if err != nil || number != n+1 {
			t.Fatal(number, err)
		}
	}
	_, err := w.put(ruled(plain), latest(1))
	refused(t, err, "ConflictException", "latest version is 2")
	label := func(text string) func(*sdk.CreateHostedConfigurationVersionInput) {
		return func(in *sdk.CreateHostedConfigurationVersionInput) { in.VersionLabel = &text }
	}
	_, err = w.put(ruled(plain), label("12"))
	refused(t, err, "BadRequestException", "no digit")
	_, err = w.put(ruled(plain), label("v3"))
	w.must(err)
	_, err = w.put(ruled(plain), label("v3"))
	refused(t, err, "ConflictException", "label v3")
	_, err = w.put(ruled(plain), func(in *sdk.CreateHostedConfigurationVersionInput) { in.ContentType = aws.String("text/plain") })
	refused(t, err, "BadRequestException", "application/json")

	_, err = w.DeleteHostedConfigurationVersion(t.Context(), &sdk.DeleteHostedConfigurationVersionInput{ApplicationId: w.application, ConfigurationProfileId: w.profile, VersionNumber: aws.Int32(3)})
	w.must(err)
	_, err = w.GetHostedConfigurationVersion(t.Context(), &sdk.GetHostedConfigurationVersionInput{ApplicationId: w.application, ConfigurationProfileId: w.profile, VersionNumber: aws.Int32(3)})
	refused(t, err, "ResourceNotFoundException", "version 3")
	_, err = w.start("3", "AppConfig.AllAtOnce")
	refused(t, err, "ResourceNotFoundException", "version 3")
	if number, err := w.put(ruled(plain), label("v4")); err != nil || number != 4 {
		t.Errorf("the next version is %d, %v", number, err)
	}
	for filter, want := range map[string]int{"v4": 1, "v*": 1, "none": 0} {
		list, err := w.ListHostedConfigurationVersions(t.Context(), &sdk.ListHostedConfigurationVersionsInput{ApplicationId: w.application, ConfigurationProfileId: w.profile, VersionLabel: &filter})
		if err != nil || len(list.Items) != want {
			t.Errorf("label %s: %v, %v", filter, list, err)
		}
	}
	if _, err := w.start("v4", "AppConfig.AllAtOnce"); err != nil {
		t.Error(err)
	}
}

// TestADeploymentGoesOnWithTheClock: predefined strategies, one at a time in an environment.
func TestADeploymentGoesOnWithTheClock(t *testing.T) {
	t.Parallel()
	type look struct {
		after   time.Duration
		state   types.DeploymentState
		percent float32
	}
	for strategy, looks := range map[string][]look{
		"AppConfig.AllAtOnce":                     {{0, "BAKING", 100}, {9 * time.Minute, "BAKING", 100}, {10 * time.Minute, "COMPLETE", 100}},
		"AppConfig.Linear50PercentEvery30Seconds": {{0, "DEPLOYING", 50}, {30 * time.Second, "DEPLOYING", 100}, {time.Minute, "BAKING", 100}, {2 * time.Minute, "COMPLETE", 100}},
		"AppConfig.Canary10Percent20Minutes":      {{0, "DEPLOYING", 10}, {7 * time.Minute, "DEPLOYING", 20}, {13 * time.Minute, "DEPLOYING", 40}, {20 * time.Minute, "BAKING", 100}, {30 * time.Minute, "COMPLETE", 100}},
		"AppConfig.Linear20PercentEvery6Minutes":  {{0, "DEPLOYING", 20}, {12 * time.Minute, "DEPLOYING", 60}, {30 * time.Minute, "BAKING", 100}, {time.Hour, "COMPLETE", 100}},
	} {
		t.Run(strategy, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			_, err := w.put(ruled(plain))
			w.must(err)
			if state := w.state(); state != types.EnvironmentStateReadyForDeployment {
				t.Error(state)
			}
			number, err := w.start("1", strategy)
			w.must(err)
			began := w.clock.Now()
			for _, want := range looks {
				w.clock.RunUntil(began.Add(want.after))
				got := w.get(number)
				if got.State != want.state || *got.PercentageComplete != want.percent {
					t.Errorf("after %s it is %s, %v%%, want %s, %v%%", want.after, got.State, *got.PercentageComplete, want.state, want.percent)
				}
				state := w.state()
				_, err := w.start("1", strategy)
				if want.state == types.DeploymentStateComplete {
					if state != types.EnvironmentStateReadyForDeployment || err != nil {
						t.Errorf("after %s the environment is %s, and takes the next deployment with %v", want.after, state, err)
					}
					continue
				}
				refused(t, err, "ConflictException", "deployment 1 in progress")
				if state != types.EnvironmentStateDeploying {
					t.Errorf("after %s the environment is %s", want.after, state)
				}
			}
			if log := w.get(number).EventLog; len(log) != 3 || log[0].EventType != types.DeploymentEventTypeDeploymentCompleted {
				t.Errorf("the log is %+v", log)
			}
		})
	}
}

func TestStopAndRevert(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.deployed(ruled(plain))
	if got := w.variant(map[string]any{"team": "them"}); got != "default" {
		t.Fatal(got)
	}
	_, err := w.put(ruled(`(eq $team "them")`))
	w.must(err)
	second, err := w.start("2", "AppConfig.AllAtOnce")
	w.must(err)
	w.pass(time.Minute)
	if got := w.variant(map[string]any{"team": "them"}); got != "new" {
		t.Error(got)
	}
	refused(t, w.stop(second, false), "BadRequestException", "BAKING")
	w.must(w.stop(second, true))
	if got := w.get(second); got.State != types.DeploymentStateRolledBack || w.state() != types.EnvironmentStateRolledBack {
		t.Errorf("stopped, it is %s, and the environment %s", got.State, w.state())
	}
	if got := w.variant(map[string]any{"team": "them"}); got != "default" {
		t.Errorf("rolled back, they get %s", got)
	}
	refused(t, w.stop(second, true), "BadRequestException", "ROLLED_BACK")

	third, err := w.start("2", "AppConfig.AllAtOnce")
	w.must(err)
	w.pass(11 * time.Minute)
	refused(t, w.stop(third, false), "BadRequestException", "AllowRevert")
	refused(t, w.stop(1, true), "BadRequestException", "not the latest")
	w.must(w.stop(third, true))
	if got := w.get(third); got.State != types.DeploymentStateReverted || w.state() != types.EnvironmentStateReverted || w.variant(map[string]any{"team": "them"}) != "default" {
		t.Errorf("reverted, it is %s, and the environment %s", got.State, w.state())
	}
	slow, err := w.start("2", "AppConfig.Linear20PercentEvery6Minutes")
	w.must(err)
	w.must(w.stop(slow, false))
	if got := w.get(slow); got.State != types.DeploymentStateRolledBack {
		t.Errorf("stopped while it was deployed, it is %s", got.State)
	}
	fourth, err := w.start("2", "AppConfig.AllAtOnce")
	w.must(err)
	w.pass(73 * time.Hour)
	refused(t, w.stop(fourth, true), "BadRequestException", "72 hours")
}

// TestQuotas: how large a configuration is, how many a profile has, and how many strategies an account.
func TestQuotas(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *appconfig.Options) { o.LargestContent, o.MostVersions = 1000, 2 })
	_, err := w.put(ruled(`(eq $team "` + strings.Repeat("x", 1000) + `")`))
	refused(t, err, "PayloadTooLargeException", "more than 1000")
	for range 2 {
		_, err := w.put(ruled(plain))
		w.must(err)
	}
	_, err = w.put(ruled(plain))
	refused(t, err, "ServiceQuotaExceededException", "limit of 2 versions")
	strategy := func() error {
		_, err := w.CreateDeploymentStrategy(t.Context(), &sdk.CreateDeploymentStrategyInput{Name: aws.String("quick"), DeploymentDurationInMinutes: aws.Int32(0), GrowthFactor: aws.Float32(100)})
		return err
	}
	for range 20 {
		w.must(strategy())
	}
	refused(t, strategy(), "ServiceQuotaExceededException", "limit of 20 deployment strategies")
}

func TestAMonitoredAlarmRollsBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.deployed(ruled(plain))
	if rolledBack, err := w.RaiseAlarm(alarm); rolledBack || err != nil {
		t.Error("nothing was in progress")
	}
	number, err := w.start("1", "AppConfig.AllAtOnce")
	w.must(err)
	if rolledBack, err := w.RaiseAlarm("another"); rolledBack || err != nil {
		t.Error("nobody monitors it")
	}
	if rolledBack, err := w.RaiseAlarm(alarm); !rolledBack || err != nil {
		t.Error(rolledBack, err)
	}
	got := w.get(number)
	if got.State != types.DeploymentStateRolledBack || got.EventLog[1].TriggeredBy != types.TriggeredByCloudwatchAlarm {
		t.Errorf("it is %s: %+v", got.State, got.EventLog)
	}
}

// TestAgentsHearLater, by as much as they poll; a service started anew knows everything.
func TestAgentsHearLaterAndEverythingIsStored(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *appconfig.Options) { o.Poll, o.DeployDuration = 45*time.Second, 5*time.Second })
	w.deployed(ruled(plain))
	_, err := w.put(ruled(`(eq $team "them")`))
	w.must(err)
	strategy, err := w.CreateDeploymentStrategy(t.Context(), &sdk.CreateDeploymentStrategyInput{Name: aws.String("quick"), DeploymentDurationInMinutes: aws.Int32(0), GrowthFactor: aws.Float32(100)})
	w.must(err)
	number, err := w.start("2", *strategy.Id)
	w.must(err)
	if got := w.get(number).State; got != types.DeploymentStateDeploying {
		t.Error(got)
	}
	w.pass(49 * time.Second)
	if got := w.variant(map[string]any{"team": "them"}); got != "default" {
		t.Errorf("49 s later they get %s", got)
	}
	w.open()
	w.pass(time.Second)
	if got := w.variant(map[string]any{"team": "them"}); got != "new" {
		t.Errorf("50 s later they get %s", got)
	}
	if got := w.get(number); got.State != types.DeploymentStateComplete || !got.CompletedAt.Equal(w.clock.Now().Add(-45*time.Second)) {
		t.Errorf("it is %s, %v", got.State, got.CompletedAt)
	}
	made, err := w.CreateApplication(t.Context(), &sdk.CreateApplicationInput{Name: aws.String("other")})
	if err != nil || *made.Id == *w.application {
		t.Error(made, err)
	}
}

func TestListsHavePages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 3 {
		_, err := w.put(ruled(plain))
		w.must(err)
	}
	var seen []int32
	var token *string
	for {
		list, err := w.ListHostedConfigurationVersions(t.Context(), &sdk.ListHostedConfigurationVersionsInput{ApplicationId: w.application, ConfigurationProfileId: w.profile, MaxResults: aws.Int32(2), NextToken: token})
		w.must(err)
		for _, one := range list.Items {
			seen = append(seen, one.VersionNumber)
		}
		if token = list.NextToken; token == nil {
			break
		}
	}
	if fmt.Sprint(seen) != "[3 2 1]" {
		t.Errorf("the versions are %v", seen)
	}
	_, err := w.ListApplications(t.Context(), &sdk.ListApplicationsInput{NextToken: aws.String("x")})
	refused(t, err, "BadRequestException", "NextToken")
	_, err = w.ListApplications(t.Context(), &sdk.ListApplicationsInput{MaxResults: aws.Int32(51)})
	refused(t, err, "BadRequestException", "MaxResults")
	applications, err := w.ListApplications(t.Context(), &sdk.ListApplicationsInput{})
	if err != nil || len(applications.Items) != 1 || *applications.Items[0].Description != "all of it" {
		t.Error(applications, err)
	}
	environments, err := w.ListEnvironments(t.Context(), &sdk.ListEnvironmentsInput{ApplicationId: w.application})
	if err != nil || len(environments.Items) != 1 || len(environments.Items[0].Monitors) != 1 {
		t.Error(environments, err)
	}
	profiles, err := w.ListConfigurationProfiles(t.Context(), &sdk.ListConfigurationProfilesInput{ApplicationId: w.application})
	if err != nil || len(profiles.Items) != 1 || *profiles.Items[0].Type != "AWS.AppConfig.FeatureFlags" {
		t.Error(profiles, err)
	}
	if freeform, err := w.ListConfigurationProfiles(t.Context(), &sdk.ListConfigurationProfilesInput{ApplicationId: w.application, Type: aws.String("AWS.Freeform")}); err != nil || len(freeform.Items) != 0 {
		t.Error(freeform, err)
	}
	strategies, err := w.ListDeploymentStrategies(t.Context(), &sdk.ListDeploymentStrategiesInput{})
	if err != nil || len(strategies.Items) != 4 {
		t.Error(strategies, err)
	}
	_, err = w.start("1", "AppConfig.AllAtOnce")
	w.must(err)
	deployments, err := w.ListDeployments(t.Context(), &sdk.ListDeploymentsInput{ApplicationId: w.application, EnvironmentId: w.environment})
	if err != nil || len(deployments.Items) != 1 || *deployments.Items[0].ConfigurationName != "flags" {
		t.Error(deployments, err)
	}
}

func TestTags(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	arn := aws.String("arn:aws:appconfig:us-east-1:000000000000:application/" + *w.application + "/configurationprofile/" + *w.profile)
	_, err := w.TagResource(t.Context(), &sdk.TagResourceInput{ResourceArn: arn, Tags: map[string]string{"a": "b"}})
	w.must(err)
	_, err = w.UntagResource(t.Context(), &sdk.UntagResourceInput{ResourceArn: arn, TagKeys: []string{"team"}})
	w.must(err)
	if tags, err := w.ListTagsForResource(t.Context(), &sdk.ListTagsForResourceInput{ResourceArn: arn}); err != nil || fmt.Sprint(tags.Tags) != "map[a:b]" {
		t.Error(tags, err)
	}
	for _, call := range []func() error{
		func() error {
			_, err := w.TagResource(t.Context(), &sdk.TagResourceInput{ResourceArn: aws.String("x")})
			return err
		},
		func() error {
			_, err := w.UntagResource(t.Context(), &sdk.UntagResourceInput{ResourceArn: aws.String("x")})
			return err
		},
		func() error {
			_, err := w.ListTagsForResource(t.Context(), &sdk.ListTagsForResourceInput{ResourceArn: aws.String("x")})
			return err
		},
	} {
		refused(t, call(), "ResourceNotFoundException", "resource x")
	}
}

func TestWhatIsNotThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, none := t.Context(), aws.String("none")
	for what, call := range map[string]func() error{
		"application": func() error {
			_, err := w.CreateEnvironment(ctx, &sdk.CreateEnvironmentInput{ApplicationId: none, Name: none})
			return err
		},
		"application none": func() error {
			_, err := w.ListEnvironments(ctx, &sdk.ListEnvironmentsInput{ApplicationId: none})
			return err
		},
		"environment none": func() error {
			_, err := w.GetEnvironment(ctx, &sdk.GetEnvironmentInput{ApplicationId: w.application, EnvironmentId: none})
			return err
		},
		"configuration profile none": func() error {
			_, err := w.ListHostedConfigurationVersions(ctx, &sdk.ListHostedConfigurationVersionsInput{ApplicationId: w.application, ConfigurationProfileId: none})
			return err
		},
		"deployment strategy none": func() error { _, err := w.start("1", "none"); return err },
		"deployment 7":             func() error { return w.stop(7, false) },
		"version 9": func() error {
			_, err := w.DeleteHostedConfigurationVersion(ctx, &sdk.DeleteHostedConfigurationVersionInput{ApplicationId: w.application, ConfigurationProfileId: w.profile, VersionNumber: aws.Int32(9)})
			return err
		},
		"deployed configuration": func() error { _, _, err := w.Evaluate("shop", "production", "flags", "checkout", nil); return err },
	} {
		refused(t, call(), "ResourceNotFoundException", what)
	}
	w.deployed(ruled(plain))
	_, _, err := w.Evaluate("shop", "production", "flags", "none", nil)
	refused(t, err, "ResourceNotFoundException", "flag none")
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := w.ListApplications(cancelled, &sdk.ListApplicationsInput{}); err == nil {
		t.Error("a cancelled call was answered")
	}
}

func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	profile := func(change func(*sdk.CreateConfigurationProfileInput)) error {
		in := &sdk.CreateConfigurationProfileInput{ApplicationId: w.application, Name: aws.String("more"), Type: aws.String("AWS.AppConfig.FeatureFlags"), LocationUri: aws.String("hosted")}
		change(in)
		_, err := w.CreateConfigurationProfile(ctx, in)
		return err
	}
	strategy := func(change func(*sdk.CreateDeploymentStrategyInput)) error {
		in := &sdk.CreateDeploymentStrategyInput{Name: aws.String("quick"), DeploymentDurationInMinutes: aws.Int32(0), GrowthFactor: aws.Float32(100)}
		change(in)
		_, err := w.CreateDeploymentStrategy(ctx, in)
		return err
	}
	for part, err := range map[string]error{
		"another type":         profile(func(in *sdk.CreateConfigurationProfileInput) { in.Type = aws.String("AWS.Freeform") }),
		"must be hosted":       profile(func(in *sdk.CreateConfigurationProfileInput) { in.LocationUri = aws.String("s3://x") }),
		"validators":           profile(func(in *sdk.CreateConfigurationProfileInput) { in.Validators = []types.Validator{{}} }),
		"1 to 64 characters":   profile(func(in *sdk.CreateConfigurationProfileInput) { in.Name = nil }),
		"are required":         strategy(func(in *sdk.CreateDeploymentStrategyInput) { in.GrowthFactor = nil }),
		"0 to 1440 minutes":    strategy(func(in *sdk.CreateDeploymentStrategyInput) { in.FinalBakeTimeInMinutes = 1441 }),
		"1 to 100 percent":     strategy(func(in *sdk.CreateDeploymentStrategyInput) { in.GrowthFactor = aws.Float32(0.5) }),
		"no growth type":       strategy(func(in *sdk.CreateDeploymentStrategyInput) { in.GrowthType = "WILD" }),
		"not have replication": strategy(func(in *sdk.CreateDeploymentStrategyInput) { in.ReplicateTo = types.ReplicateToSsmDocument }),
	} {
		refused(t, err, "BadRequestException", part)
	}
	_, err := w.CreateApplication(ctx, &sdk.CreateApplicationInput{})
	refused(t, err, "BadRequestException", "name")
	_, err = w.CreateEnvironment(ctx, &sdk.CreateEnvironmentInput{ApplicationId: w.application, Name: aws.String("x"), Monitors: make([]types.Monitor, 6)})
	refused(t, err, "BadRequestException", "5 monitors")
	_, err = w.put(ruled(plain))
	w.must(err)
	_, err = w.StartDeployment(ctx, &sdk.StartDeploymentInput{
		ApplicationId: w.application, EnvironmentId: w.environment, ConfigurationProfileId: w.profile, ConfigurationVersion: aws.String("1"), DeploymentStrategyId: aws.String("AppConfig.AllAtOnce"),
		KmsKeyIdentifier: aws.String("k"),
	})
	refused(t, err, "BadRequestException", "keys")
	if _, err := appconfig.New(appconfig.Options{}); err == nil {
		t.Error("a service without a store")
	}
}
