package appconfig_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/appconfig"
	"github.com/aws/aws-sdk-go-v2/service/appconfig/types"
	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/appconfig"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

var morning = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

const alarm = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:errors"

// A world is an AppConfig with an application, an environment and a profile.
type world struct {
	t       *testing.T
	clock   *clock.Virtual
	store   store.Store
	options appconfig.Options
	*appconfig.Service
	application, environment, profile *string
}

func newWorld(t *testing.T, change ...func(*appconfig.Options)) *world {
	t.Helper()
	w := &world{t: t, clock: clock.NewVirtual(morning), store: store.Memory()}
	w.options = appconfig.Options{Clock: w.clock, Store: w.store}
	for _, apply := range change {
		apply(&w.options)
	}
	w.open()
	ctx := t.Context()
	app, err := w.CreateApplication(ctx, &sdk.CreateApplicationInput{Name: aws.String("shop"), Description: aws.String("all of it")})
	w.must(err)
	env, err := w.CreateEnvironment(ctx, &sdk.CreateEnvironmentInput{ApplicationId: app.Id, Name: aws.String("production"), Monitors: []types.Monitor{{AlarmArn: aws.String(alarm)}}})
	w.must(err)
	profile, err := w.CreateConfigurationProfile(ctx, &sdk.CreateConfigurationProfileInput{
		ApplicationId: app.Id, Name: aws.String("flags"), Type: aws.String("AWS.AppConfig.FeatureFlags"), LocationUri: aws.String("hosted"), Tags: map[string]string{"team": "us"},
	})
	w.must(err)
	w.application, w.environment, w.profile = app.Id, env.Id, profile.Id
	return w
}

// open opens the service on what the store has.
func (w *world) open() {
	w.t.Helper()
	var err error
	w.Service, err = appconfig.New(w.options)
	w.must(err)
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// configuration is one of a flag with these variants.
func configuration(variants string) string {
	return fmt.Sprintf(`{"version":"1","flags":{"checkout":{"name":"Checkout","attributes":{"theme":{"constraints":{"type":"string"}},"size":{"constraints":{"type":"number"}}}}},"values":{"checkout":{"_variants":[%s]}}}`, variants)
}

// ruled is a configuration of a variant with a rule, and the default.
func ruled(rule string) string {
	return configuration(fmt.Sprintf(`{"name":"new","enabled":true,"attributeValues":{"theme":"dark"},"rule":%q},{"name":"default","enabled":false}`, rule))
}

// put makes a version.
func (w *world) put(content string, change ...func(*sdk.CreateHostedConfigurationVersionInput)) (int32, error) {
	in := &sdk.CreateHostedConfigurationVersionInput{ApplicationId: w.application, ConfigurationProfileId: w.profile, Content: []byte(content), ContentType: aws.String("application/json")}
	for _, apply := range change {
		apply(in)
	}
	out, err := w.CreateHostedConfigurationVersion(context.Background(), in)
	if err != nil {
		return 0, err
	}
	return out.VersionNumber, nil
}

// start starts a deployment.
func (w *world) start(version, strategy string) (int32, error) {
	out, err := w.StartDeployment(context.Background(), &sdk.StartDeploymentInput{
		ApplicationId: w.application, EnvironmentId: w.environment, ConfigurationProfileId: w.profile, ConfigurationVersion: &version, DeploymentStrategyId: &strategy,
		Description: aws.String("by hand"),
	})
	if err != nil {
		return 0, err
	}
	return out.DeploymentNumber, nil
}

// deployed puts and deploys a configuration, and waits until it is complete.
func (w *world) deployed(content string) {
	w.t.Helper()
	number, err := w.put(content)
	w.must(err)
	_, err = w.start(fmt.Sprint(number), "AppConfig.AllAtOnce")
	w.must(err)
	w.pass(11 * time.Minute)
}

func (w *world) get(number int32) *sdk.GetDeploymentOutput {
	w.t.Helper()
	out, err := w.GetDeployment(context.Background(), &sdk.GetDeploymentInput{ApplicationId: w.application, EnvironmentId: w.environment, DeploymentNumber: &number})
	w.must(err)
	return out
}

func (w *world) stop(number int32, revert bool) error {
	_, err := w.StopDeployment(context.Background(), &sdk.StopDeploymentInput{ApplicationId: w.application, EnvironmentId: w.environment, DeploymentNumber: &number, AllowRevert: &revert})
	return err
}

func (w *world) state() types.EnvironmentState {
	w.t.Helper()
	out, err := w.GetEnvironment(context.Background(), &sdk.GetEnvironmentInput{ApplicationId: w.application, EnvironmentId: w.environment})
	w.must(err)
	return out.State
}

func (w *world) pass(d time.Duration) { w.clock.RunUntil(w.clock.Now().Add(d)) }

// variant is what a user gets.
func (w *world) variant(user map[string]any) string {
	w.t.Helper()
	variant, _, err := w.Evaluate("shop", "production", "flags", "checkout", user)
	w.must(err)
	return variant
}

// refused wants an error of AWS's code whose text has a part.
func refused(t *testing.T, err error, code, part string) {
	t.Helper()
	var failure smithy.APIError
	if !errors.As(err, &failure) || failure.ErrorCode() != code || !strings.Contains(err.Error(), part) {
		t.Errorf("got %v, want %s with %q", err, code, part)
	}
}
