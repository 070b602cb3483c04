package flag_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/appconfig"
	"github.com/aws/aws-sdk-go-v2/service/appconfig/types"
	sdklambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/bundle"
	"github.com/goldfinch-dev/goldfinch/internal/local/cloudwatch"
	"github.com/goldfinch-dev/goldfinch/internal/local/engine"
	locallambda "github.com/goldfinch-dev/goldfinch/internal/local/lambda"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/flag"
	"github.com/goldfinch-dev/goldfinch/internal/target/lambda"
)

var morning = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// flags are the service's, as a person wrote them: those of other people must stay as they are.
const flags = `{
  "version": "1",
  "flags": {
    "newCheckout": {"name": "New checkout", "attributes": {"theme": {"constraints": {"type": "string", "required": true}}}},
    "other":       {"name": "Somebody else's"}
  },
  "values": {
    "other":       {"enabled":  true},
    "newCheckout": {"_variants": [
      {"name": "beta", "enabled": true, "attributeValues": {"theme": "beta"}, "rule": "(eq $plan \"beta\")"},
      {"name": "default", "enabled": false, "attributeValues": {"theme": "old & <plain>"}}
    ]}
  }
}`

// A cloud is the embedded engine on a virtual clock, with function echo, whose alias live leads to version 1, and a flag that is deployed.
type cloud struct {
	t      testing.TB
	clock  *clock.Virtual
	engine *engine.Engine
	// counts is where requests are counted: the engine's CloudWatch, or another.
	counts *cloudwatch.Service
	// application, environment and profile are ids.
	application, environment, profile string
	// broken is the share of requests that each version fails.
	broken map[string]float64

	mu        sync.Mutex
	calls     []string
	throttled bool
	before    map[string]func(context.Context) error
	after     map[string]func() error
}

// foreignKey marks the context of somebody else's calls, which are neither counted nor disturbed.
type foreignKey struct{}

func foreign() context.Context { return context.WithValue(context.Background(), foreignKey{}, true) }

func newCloud(t testing.TB, change ...func(*engine.Options)) *cloud {
	t.Helper()
	c := &cloud{t: t, clock: clock.NewVirtual(morning), broken: map[string]float64{}, before: map[string]func(context.Context) error{}, after: map[string]func() error{}}
	random := rand.New(rand.NewPCG(1, 2))
	ids := 0
	options := engine.Options{
		Clock: c.clock, Store: store.Memory(), Runner: instant{}, Go: func(run func()) { c.clock.AfterFunc(0, run) }, Random: random.Float64,
		NewID:   func() string { ids++; return fmt.Sprintf("00000000-0000-4000-8000-%012d", ids) },
		Entropy: rand.NewChaCha8([32]byte{}), SweepInterval: 5 * time.Minute, Resolution: time.Minute,
		Intercept: c.intercept,
	}
	for _, apply := range change {
		apply(&options)
	}
	var err error
	c.engine, err = engine.New(options)
	must(t, err)
	c.counts = c.engine.CloudWatch
	ctx := foreign()
	_, err = c.engine.Lambda.CreateFunction(ctx, &sdklambda.CreateFunctionInput{
		FunctionName: aws.String("echo"), Role: aws.String("arn:aws:iam::123456789012:role/echo"), Handler: aws.String("bootstrap"), Runtime: lambdatypes.RuntimeProvidedal2023,
		Code: &lambdatypes.FunctionCode{ZipFile: zipped(t, "one")}, Tags: map[string]string{lambda.TagService: "echo"},
	})
	must(t, err)
	c.publish()
	_, err = c.engine.Lambda.CreateAlias(ctx, &sdklambda.CreateAliasInput{FunctionName: aws.String("echo"), Name: aws.String("live"), FunctionVersion: aws.String("1")})
	must(t, err)
	c.flag()
	return c
}

// flag makes the application with its flags, and deploys them.
func (c *cloud) flag() {
	c.t.Helper()
	ctx, api := foreign(), c.engine.AppConfig
	application, err := api.CreateApplication(ctx, &appconfig.CreateApplicationInput{Name: aws.String("shop"), Tags: map[string]string{flag.TagService: "echo"}})
	must(c.t, err)
	environment, err := api.CreateEnvironment(ctx, &appconfig.CreateEnvironmentInput{
		ApplicationId: application.Id, Name: aws.String("production"), Tags: map[string]string{flag.TagService: "echo"}, Monitors: []types.Monitor{{AlarmArn: aws.String("arn:aws:cloudwatch:us-east-1:123456789012:alarm:errors")}},
	})
	must(c.t, err)
	profile, err := api.CreateConfigurationProfile(ctx, &appconfig.CreateConfigurationProfileInput{
		ApplicationId: application.Id, Name: aws.String("flags"), Type: aws.String("AWS.AppConfig.FeatureFlags"), LocationUri: aws.String("hosted"),
		Tags: map[string]string{flag.TagService: "echo"},
	})
	must(c.t, err)
	c.application, c.environment, c.profile = *application.Id, *environment.Id, *profile.Id
	c.edit(flags)
	c.deploy("1", "AppConfig.AllAtOnce")
	c.pass(11 * time.Minute)
}

// edit makes a hosted version, as a person does, and deploy deploys one.
func (c *cloud) edit(content string) (number int32) {
	c.t.Helper()
	made, err := c.engine.AppConfig.CreateHostedConfigurationVersion(foreign(), &appconfig.CreateHostedConfigurationVersionInput{
		ApplicationId: &c.application, ConfigurationProfileId: &c.profile, Content: []byte(content), ContentType: aws.String("application/json"),
	})
	must(c.t, err)
	return made.VersionNumber
}

func (c *cloud) deploy(version, strategy string) (number int32) {
	c.t.Helper()
	made, err := c.engine.AppConfig.StartDeployment(foreign(), &appconfig.StartDeploymentInput{
		ApplicationId: &c.application, EnvironmentId: &c.environment, ConfigurationProfileId: &c.profile, ConfigurationVersion: &version, DeploymentStrategyId: &strategy,
	})
	must(c.t, err)
	return made.DeploymentNumber
}

// atOnce deploys an edited version, and waits until it is everywhere.
func (c *cloud) atOnce(content string) {
	c.t.Helper()
	c.deploy(fmt.Sprint(c.edit(content)), "AppConfig.AllAtOnce")
	c.pass(11 * time.Minute)
}

// deployed is the content of the youngest deployment, and what it is described as.
func (c *cloud) deployed() (content, description string) {
	c.t.Helper()
	ctx, api := foreign(), c.engine.AppConfig
	list, err := api.ListDeployments(ctx, &appconfig.ListDeploymentsInput{ApplicationId: &c.application, EnvironmentId: &c.environment})
	must(c.t, err)
	for _, one := range list.Items {
		if one.State == types.DeploymentStateRolledBack || one.State == types.DeploymentStateReverted {
			continue
		}
		whole, err := api.GetDeployment(ctx, &appconfig.GetDeploymentInput{ApplicationId: &c.application, EnvironmentId: &c.environment, DeploymentNumber: &one.DeploymentNumber})
		must(c.t, err)
		var number int32
		_, err = fmt.Sscan(*whole.ConfigurationVersion, &number)
		must(c.t, err)
		version, err := api.GetHostedConfigurationVersion(ctx, &appconfig.GetHostedConfigurationVersionInput{ApplicationId: &c.application, ConfigurationProfileId: &c.profile, VersionNumber: &number})
		must(c.t, err)
		return string(version.Content), aws.ToString(whole.Description)
	}
	return "", ""
}

// hosted lists the descriptions of the hosted versions, the youngest first.
func (c *cloud) hosted() []string {
	c.t.Helper()
	list, err := c.engine.AppConfig.ListHostedConfigurationVersions(foreign(), &appconfig.ListHostedConfigurationVersionsInput{ApplicationId: &c.application, ConfigurationProfileId: &c.profile})
	must(c.t, err)
	var found []string
	for _, one := range list.Items {
		found = append(found, fmt.Sprintf("%d %s", one.VersionNumber, aws.ToString(one.Description)))
	}
	return found
}

// match is the flag of a rung.
func match(rule, key string) release.Match {
	return release.Match{Flag: &release.FlagMatch{Application: "shop", Environment: "production", Profile: "flags", Flag: "newCheckout", Variant: "canary", Rule: rule, Key: key}}
}

// people is the ladder of most tests: the staff, a tenth of everybody, half of everybody.
func people() []release.Audience {
	wait := release.Duration(2 * time.Minute)
	return []release.Audience{
		{Name: "staff", Match: match(`(eq $team "us")`, ""), Wait: wait},
		{Name: "tenth", Match: match("", "$userId"), Share: 10, Wait: wait},
		{Name: "half", Match: match("", "$userId"), Share: 50, Wait: wait},
	}
}

// document is one of a package that contains text.
func (c *cloud) document(text string, change ...func(*release.Document)) release.Document {
	c.t.Helper()
	packed := zipped(c.t, text)
	hash := sha256.Sum256(packed)
	key := hex.EncodeToString(hash[:]) + ".zip"
	_, err := c.engine.S3.PutObject(foreign(), &s3.PutObjectInput{Bucket: aws.String(engine.Bucket), Key: &key, Body: bytes.NewReader(packed)})
	must(c.t, err)
	settle := release.Duration(2 * time.Minute)
	document := release.Document{
		APIVersion: release.APIVersion, Service: "echo", Environment: "production",
		Artifact: release.Artifact{Package: "s3://" + engine.Bucket + "/" + key, SHA256: hex.EncodeToString(hash[:])},
		Target:   release.Target{Lambda: &release.LambdaTarget{Function: "echo", Alias: "live"}},
		Strategy: release.Strategy{Audience: people(), Settle: &settle},
	}
	for _, apply := range change {
		apply(&document)
	}
	return release.Default(document)
}

// target is that of release r-1, as wire makes it.
func (c *cloud) target(change ...func(*release.Document)) target.Target {
	return c.of("r-1", c.document("two", change...))
}

func (c *cloud) of(id string, document release.Document) target.Target {
	return flag.New(flag.Options{
		Target: lambda.New(lambda.Options{
			Release: id, Document: flag.Beneath(document, id), Lambda: c.engine.Lambda, CloudWatch: c.counts, S3: c.engine.S3, Now: c.clock.Now, Download: c.engine.Lambda.Download,
		}),
		Document: document, Release: id, AppConfig: c.engine.AppConfig, Identity: account{}, Region: engine.Region,
	})
}

// account is that of the local cloud.
type account struct{}

func (account) GetCallerIdentity(context.Context, *sts.GetCallerIdentityInput, ...func(*sts.Options)) (*sts.GetCallerIdentityOutput, error) {
	return &sts.GetCallerIdentityOutput{Account: aws.String(engine.AccountID), Arn: aws.String("arn:aws:sts::" + engine.AccountID + ":assumed-role/goldfinch/x")}, nil
}

// put gives $LATEST a package, and publish publishes it, as a release of long ago has.
func (c *cloud) put(text string) {
	c.t.Helper()
	_, err := c.engine.Lambda.UpdateFunctionCode(foreign(), &sdklambda.UpdateFunctionCodeInput{FunctionName: aws.String("echo"), ZipFile: zipped(c.t, text)})
	must(c.t, err)
}

func (c *cloud) publish() {
	c.t.Helper()
	_, err := c.engine.Lambda.PublishVersion(foreign(), &sdklambda.PublishVersionInput{FunctionName: aws.String("echo"), Description: aws.String("goldfinch release r-0 of echo/production")})
	must(c.t, err)
}

// move moves the alias, as a foreigner does.
func (c *cloud) move(want release.Split) error {
	weights := map[string]float64{}
	if !want.IsPure() {
		weights[want.Canary] = want.Weight / 100
	}
	_, err := c.engine.Lambda.UpdateAlias(foreign(), &sdklambda.UpdateAliasInput{
		FunctionName: aws.String("echo"), Name: aws.String("live"), FunctionVersion: aws.String(want.Stable),
		RoutingConfig: &lambdatypes.AliasRoutingConfiguration{AdditionalVersionWeights: weights},
	})
	return err
}

// alias is the share of each version.
func (c *cloud) alias() map[string]float64 {
	found, err := c.engine.Lambda.GetAlias(foreign(), &sdklambda.GetAliasInput{FunctionName: aws.String("echo"), Name: aws.String("live")})
	must(c.t, err)
	shares := map[string]float64{*found.FunctionVersion: 1}
	if found.RoutingConfig != nil {
		for version, weight := range found.RoutingConfig.AdditionalVersionWeights {
			shares[version] = weight
			shares[*found.FunctionVersion] -= weight
		}
	}
	return shares
}

// request counts requests of a version: through the alias, or by its address when that is empty.
func (c *cloud) request(alias, version string, at time.Time, requests, bad int) {
	c.counts.RecordCounts(cloudwatch.Counts{
		Function: "echo", Alias: alias, Version: version, At: at, Invocations: requests, Errors: bad,
		Durations: []cloudwatch.DurationCount{{Duration: time.Millisecond, Count: requests - bad}, {Duration: time.Minute, Count: bad}},
	})
}

func (c *cloud) pass(d time.Duration) { c.clock.RunUntil(c.clock.Now().Add(d)) }

// intercept counts and disturbs the target's calls; others pass.
func (c *cloud) intercept(ctx context.Context, operation string, call func(context.Context) error) error {
	if ctx.Value(foreignKey{}) != nil {
		return call(ctx)
	}
	c.mu.Lock()
	c.calls = append(c.calls, operation)
	before, after := c.before[operation], c.after[operation]
	delete(c.before, operation)
	delete(c.after, operation)
	throttled := c.throttled
	c.throttled = false
	c.mu.Unlock()
	if throttled {
		return &lambdatypes.TooManyRequestsException{Message: aws.String("Rate Exceeded.")}
	}
	if before != nil {
		if err := before(ctx); err != nil {
			return err
		}
	}
	if err := call(ctx); err != nil || after == nil {
		return err
	}
	return after()
}

// next runs f right before the next call of an operation, and lose fails that call after it took effect.
func (c *cloud) next(operation string, f func(context.Context) error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.before[operation] = f
}

func (c *cloud) lose(operation string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.after[operation] = func() error { return err }
}

// writes counts the target's calls so far that change anything.
func (c *cloud) writes() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, call := range c.calls {
		_, operation, _ := strings.Cut(call, ":")
		if !strings.HasPrefix(operation, "Get") && !strings.HasPrefix(operation, "List") && !strings.HasPrefix(operation, "Head") && !strings.HasPrefix(operation, "Describe") && operation != "Invoke" {
			n++
		}
	}
	return n
}

func (c *cloud) count(operation string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, call := range c.calls {
		if call == operation {
			n++
		}
	}
	return n
}

// instant stands for the function's code.
type instant struct{}

func (instant) Invoke(context.Context, locallambda.Version, locallambda.Invocation) (locallambda.Result, error) {
	return locallambda.Result{Payload: []byte(`{"statusCode":200}`), Duration: 10 * time.Millisecond}, nil
}

func (instant) Forget(locallambda.Version) {}

// mine is the guard of a release that intends the splits.
func mine(splits ...release.Split) target.Guard {
	return target.Guard{Mine: func(split release.Split) bool {
		for _, one := range splits {
			if one.Same(split) {
				return true
			}
		}
		return false
	}}
}

func expectKind(t *testing.T, err error, want release.Kind, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %s", want)
	}
	if kind, _ := release.KindOf(err); kind != want {
		t.Errorf("kind %q, want %q: %v", kind, want, err)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in: %v", part, err)
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func zipped(t testing.TB, text string) []byte {
	t.Helper()
	packed, err := bundle.Zip([]byte(text))
	must(t, err)
	return packed
}

// evaluated is the version that a user is told of; empty when of none.
func (c *cloud) evaluated(user map[string]any) string {
	c.t.Helper()
	_, attributes, err := c.engine.AppConfig.Evaluate("shop", "production", "flags", "newCheckout", user)
	must(c.t, err)
	version, _ := attributes["goldfinchVersion"].(string)
	return version
}
