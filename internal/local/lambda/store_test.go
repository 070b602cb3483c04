package lambda_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"pgregory.net/rapid"

	"github.com/goldfinch-dev/goldfinch/internal/local/lambda"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// reopened is the same cloud after its process died.
func (c *cloud) reopened() *cloud {
	c.t.Helper()
	again := *c
	var err error
	if again.Service, err = lambda.New(c.options()); err != nil {
		c.t.Fatal(err)
	}
	return &again
}

// A view is all that can be read of the function echo.
type view struct {
	Function    *sdk.GetFunctionOutput
	Versions    *sdk.ListVersionsByFunctionOutput
	Aliases     *sdk.ListAliasesOutput
	Policy      *sdk.GetPolicyOutput
	Provisioned *sdk.ListProvisionedConcurrencyConfigsOutput
	Mappings    *sdk.ListEventSourceMappingsOutput
}

func (c *cloud) view() view {
	c.t.Helper()
	name, ctx := aws.String("echo"), c.t.Context()
	policy, _ := c.GetPolicy(ctx, &sdk.GetPolicyInput{FunctionName: name}) // often there is none
	return view{
		must[*sdk.GetFunctionOutput](c.t)(c.GetFunction(ctx, &sdk.GetFunctionInput{FunctionName: name})),
		must[*sdk.ListVersionsByFunctionOutput](c.t)(c.ListVersionsByFunction(ctx, &sdk.ListVersionsByFunctionInput{FunctionName: name})),
		must[*sdk.ListAliasesOutput](c.t)(c.ListAliases(ctx, &sdk.ListAliasesInput{FunctionName: name})),
		policy,
		must[*sdk.ListProvisionedConcurrencyConfigsOutput](c.t)(c.ListProvisionedConcurrencyConfigs(ctx, &sdk.ListProvisionedConcurrencyConfigsInput{FunctionName: name})),
		must[*sdk.ListEventSourceMappingsOutput](c.t)(c.ListEventSourceMappings(ctx, &sdk.ListEventSourceMappingsInput{})),
	}
}

func TestStateSurvivesInAFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state")
	open := func() store.Store { return must[store.Store](t)(store.Open(path)) }
	kept := open()
	c := released(t, func(o *lambda.Options) { o.Store = kept })
	c.route("1", "2", 0.25)
	before := c.view()
	if err := kept.Close(); err != nil {
		t.Fatal(err)
	}
	c.store = open()
	defer c.store.Close()
	again := c.reopened()
	if after := again.view(); !reflect.DeepEqual(after, before) {
		t.Errorf("after\n%+v\nbefore\n%+v", after, before)
	}
	for version, want := range map[string]string{"1": "v1", "2": "v2", "": "v2"} {
		if got := must[lambda.Answer](t)(again.Run(t.Context(), "echo", version, []byte("{}"))); string(got.Payload) != want {
			t.Errorf("version %q answers %q, want %q", version, got.Payload, want)
		}
	}
}

func TestUpdateInProgressSurvives(t *testing.T) {
	t.Parallel()
	c := start(t, nil).echo()
	must[*sdk.UpdateFunctionCodeOutput](t)(c.UpdateFunctionCode(t.Context(), &sdk.UpdateFunctionCodeInput{FunctionName: aws.String("echo"), ZipFile: []byte("v2")}))
	if err := c.Close(t.Context()); err != nil { // as if the process were dead: nothing runs by itself
		t.Fatal(err)
	}
	again := c.reopened()
	if got := must[lambda.Answer](t)(again.Run(t.Context(), "echo", "", []byte("{}"))); string(got.Payload) != "v1" {
		t.Errorf("while it is in progress %q answers", got.Payload)
	}
	again.pass(2 * time.Second)
	if got := must[lambda.Answer](t)(again.Run(t.Context(), "echo", "", []byte("{}"))); string(got.Payload) != "v2" {
		t.Errorf("then %q answers", got.Payload)
	}
	if _, err := again.Download(t.Context(), "goldfinch-local:"+hash("v1")); err == nil {
		t.Error("the replaced package is still stored")
	}
}

func TestNothingChangesThatIsNotStored(t *testing.T) {
	t.Parallel()
	broken := &brokenStore{Store: store.Memory()}
	c := released(t, func(o *lambda.Options) { o.Store = broken })
	before := c.view()
	broken.err = errors.New("disk full")
	_, err := c.UpdateAlias(t.Context(), routing("2", "", 0))
	refused(t, err, "ServiceException", 500, "disk full")
	_, err = c.UpdateFunctionCode(t.Context(), &sdk.UpdateFunctionCodeInput{FunctionName: aws.String("echo"), ZipFile: []byte("v3")})
	refused(t, err, "ServiceException", 500, "disk full")
	_, err = c.DeleteFunction(t.Context(), &sdk.DeleteFunctionInput{FunctionName: aws.String("echo")})
	refused(t, err, "ServiceException", 500, "disk full")
	if after := c.view(); !reflect.DeepEqual(after, before) {
		t.Errorf("after\n%+v\nbefore\n%+v", after, before)
	}
}

// brokenStore saves nothing while err is set.
type brokenStore struct {
	store.Store
	err error
}

func (b *brokenStore) Save(changes ...store.Change) error {
	if b.err != nil {
		return b.err
	}
	return b.Store.Save(changes...)
}

// Whatever is called in whatever order: a version never changes, an alias only
// ever names versions that exist, its revision guards it, and a process that
// starts anew sees the same.
func TestLawsOfTheBooks(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		c := released(t, nil)
		name, ctx := aws.String("echo"), t.Context()
		published := map[string]string{"1": *c.configuration("1").CodeSha256, "2": *c.configuration("2").CodeSha256}
		version := rapid.SampledFrom([]string{"1", "2", "3", "4", "5"})
		r.Repeat(map[string]func(*rapid.T){
			"update": func(r *rapid.T) {
				code := fmt.Sprint("code ", rapid.IntRange(1, 3).Draw(r, "code"))
				c.UpdateFunctionCode(ctx, &sdk.UpdateFunctionCodeInput{FunctionName: name, ZipFile: []byte(code)})
			},
			"configure": func(r *rapid.T) {
				seconds := rapid.Int32Range(1, 3).Draw(r, "timeout")
				c.UpdateFunctionConfiguration(ctx, &sdk.UpdateFunctionConfigurationInput{FunctionName: name, Timeout: &seconds})
			},
			"publish": func(r *rapid.T) {
				out, err := c.PublishVersion(ctx, &sdk.PublishVersionInput{FunctionName: name})
				if err != nil {
					return
				}
				if before, known := published[*out.Version]; known && before != *out.CodeSha256 {
					r.Fatalf("version %s was %s and is %s", *out.Version, before, *out.CodeSha256)
				}
				published[*out.Version] = *out.CodeSha256
			},
			"delete": func(r *rapid.T) {
				number := version.Draw(r, "version")
				c.DeleteFunction(ctx, &sdk.DeleteFunctionInput{FunctionName: name, Qualifier: &number})
			},
			"route": func(r *rapid.T) {
				before := c.alias()
				input := routing(version.Draw(r, "stable"), version.Draw(r, "canary"), 0.5)
				input.RevisionId = before.RevisionId
				stale := rapid.Bool().Draw(r, "stale")
				if stale {
					input.RevisionId = aws.String("stale")
				}
				_, err := c.UpdateAlias(ctx, input)
				if after := c.alias(); stale && err == nil || (*after.RevisionId != *before.RevisionId) != (err == nil) {
					r.Fatalf("stale %v, error %v, revision %s, then %s", stale, err, *before.RevisionId, *after.RevisionId)
				}
			},
			"permit": func(r *rapid.T) {
				id := rapid.StringMatching(`[a-z]`).Draw(r, "id")
				c.AddPermission(ctx, &sdk.AddPermissionInput{FunctionName: name, StatementId: &id, Principal: aws.String("*"), Action: aws.String("a")})
			},
			"provision": func(r *rapid.T) {
				qualifier := rapid.SampledFrom([]string{"live", "1", "2"}).Draw(r, "qualifier")
				c.PutProvisionedConcurrencyConfig(ctx, &sdk.PutProvisionedConcurrencyConfigInput{FunctionName: name, Qualifier: &qualifier, ProvisionedConcurrentExecutions: aws.Int32(1)})
			},
			"unprovision": func(r *rapid.T) {
				c.DeleteProvisionedConcurrencyConfig(ctx, &sdk.DeleteProvisionedConcurrencyConfigInput{FunctionName: name, Qualifier: aws.String("live")})
			},
			"map": func(r *rapid.T) {
				c.CreateEventSourceMapping(ctx, &sdk.CreateEventSourceMappingInput{FunctionName: name})
			},
			"wait": func(r *rapid.T) { c.pass(time.Duration(rapid.IntRange(1, 4).Draw(r, "seconds")) * time.Second) },
			"": func(r *rapid.T) {
				checkBooks(r, c, published)
			},
		})
	})
}

func checkBooks(r *rapid.T, c *cloud, published map[string]string) {
	seen := c.view()
	exists := map[string]types.FunctionConfiguration{}
	for _, version := range seen.Versions.Versions {
		exists[*version.Version] = version
		if code, ok := published[*version.Version]; ok && code != *version.CodeSha256 {
			r.Fatalf("version %s was %s and is %s", *version.Version, code, *version.CodeSha256)
		}
		if _, err := c.Download(c.t.Context(), "goldfinch-local:"+*version.CodeSha256); err != nil {
			r.Fatal(err)
		}
	}
	for _, alias := range seen.Aliases.Aliases {
		if _, ok := exists[*alias.FunctionVersion]; !ok {
			r.Fatalf("alias of version %s, which is deleted", *alias.FunctionVersion)
		}
		if alias.RoutingConfig == nil {
			continue
		}
		for version := range alias.RoutingConfig.AdditionalVersionWeights {
			if _, ok := exists[version]; !ok || version == *alias.FunctionVersion {
				r.Fatalf("alias of version %s gives a weight to %s", *alias.FunctionVersion, version)
			}
		}
		for _, config := range seen.Provisioned.ProvisionedConcurrencyConfigs {
			if *config.FunctionArn == *alias.AliasArn {
				r.Fatal("an alias with provisioned concurrency has a weight")
			}
		}
	}
	again := c.reopened()
	if now := again.view(); !reflect.DeepEqual(now, seen) {
		r.Fatalf("another process sees\n%+v\nand not\n%+v", now, seen)
	}
	if err := again.Close(c.t.Context()); err != nil {
		r.Fatal(err)
	}
}
