// Package flagtest has a feature flag for the tests of targets behind one: flag newCheckout in profile flags of application shop,
// deployed to environment production of the local AppConfig, and service echo's to change.
package flagtest

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/appconfig"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	localappconfig "github.com/goldfinch-dev/goldfinch/internal/local/appconfig"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/flag"
)

const flags = `{"version":"1","flags":{"newCheckout":{"name":"New checkout"}},"values":{"newCheckout":{"_variants":[{"name":"default","enabled":false}]}}}`

// A Shop is the application.
type Shop struct {
	t testing.TB
	*localappconfig.Service
}

// New makes the application, and deploys the flag.
func New(t testing.TB, now *clock.Virtual) *Shop {
	t.Helper()
	ctx := context.Background()
	tags := map[string]string{flag.TagService: "echo"}
	service, err := localappconfig.New(localappconfig.Options{Clock: now, Store: store.Memory()})
	must(t, err)
	application, err := service.CreateApplication(ctx, &appconfig.CreateApplicationInput{Name: aws.String("shop"), Tags: tags})
	must(t, err)
	environment, err := service.CreateEnvironment(ctx, &appconfig.CreateEnvironmentInput{ApplicationId: application.Id, Name: aws.String("production"), Tags: tags})
	must(t, err)
	profile, err := service.CreateConfigurationProfile(ctx, &appconfig.CreateConfigurationProfileInput{
		ApplicationId: application.Id, Name: aws.String("flags"), Type: aws.String("AWS.AppConfig.FeatureFlags"), LocationUri: aws.String("hosted"), Tags: tags,
	})
	must(t, err)
	_, err = service.CreateHostedConfigurationVersion(ctx, &appconfig.CreateHostedConfigurationVersionInput{
		ApplicationId: application.Id, ConfigurationProfileId: profile.Id, Content: []byte(flags), ContentType: aws.String("application/json"),
	})
	must(t, err)
	_, err = service.StartDeployment(ctx, &appconfig.StartDeploymentInput{
		ApplicationId: application.Id, EnvironmentId: environment.Id, ConfigurationProfileId: profile.Id, ConfigurationVersion: aws.String("1"),
		DeploymentStrategyId: aws.String("AppConfig.AllAtOnce"),
	})
	must(t, err)
	now.RunUntil(now.Now().Add(11 * time.Minute))
	return &Shop{t: t, Service: service}
}

// Rung is a rung of those for whom a rule of the flag is true, or of a share of everybody when there is no rule.
func Rung(name, rule string, share float64) release.Audience {
	match := &release.FlagMatch{Application: "shop", Environment: "production", Profile: "flags", Flag: "newCheckout", Variant: "canary", Rule: rule, Key: "$userId"}
	return release.Audience{Name: name, Match: release.Match{Flag: match}, Share: share, Wait: release.Duration(time.Minute)}
}

// Behind is a target behind the flag; it was made for what [flag.Beneath] returns of the document.
func (s *Shop) Behind(inner target.Target, document release.Document, releaseID string) target.Target {
	return flag.New(flag.Options{Target: inner, Document: document, Release: releaseID, AppConfig: s.Service, Identity: account{}, Region: "us-east-1"})
}

// Address is what the flag tells a user's caller; empty when the user is not told of the canary.
func (s *Shop) Address(user map[string]any) string {
	s.t.Helper()
	_, attributes, err := s.Evaluate("shop", "production", "flags", "newCheckout", user)
	must(s.t, err)
	address, _ := attributes["goldfinchAddress"].(string)
	return address
}

type account struct{}

func (account) GetCallerIdentity(context.Context, *sts.GetCallerIdentityInput, ...func(*sts.Options)) (*sts.GetCallerIdentityOutput, error) {
	return &sts.GetCallerIdentityOutput{Account: aws.String("000000000000"), Arn: aws.String("arn:aws:iam::000000000000:root")}, nil
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
