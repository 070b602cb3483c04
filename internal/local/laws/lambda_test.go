package laws_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/lambda"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// lambdaAPI are the methods of Lambda that have laws.
type lambdaAPI interface {
	CreateFunction(context.Context, *sdk.CreateFunctionInput, ...func(*sdk.Options)) (*sdk.CreateFunctionOutput, error)
	GetFunction(context.Context, *sdk.GetFunctionInput, ...func(*sdk.Options)) (*sdk.GetFunctionOutput, error)
	GetFunctionConfiguration(context.Context, *sdk.GetFunctionConfigurationInput, ...func(*sdk.Options)) (*sdk.GetFunctionConfigurationOutput, error)
	UpdateFunctionCode(context.Context, *sdk.UpdateFunctionCodeInput, ...func(*sdk.Options)) (*sdk.UpdateFunctionCodeOutput, error)
	UpdateFunctionConfiguration(context.Context, *sdk.UpdateFunctionConfigurationInput, ...func(*sdk.Options)) (*sdk.UpdateFunctionConfigurationOutput, error)
	DeleteFunction(context.Context, *sdk.DeleteFunctionInput, ...func(*sdk.Options)) (*sdk.DeleteFunctionOutput, error)
	PublishVersion(context.Context, *sdk.PublishVersionInput, ...func(*sdk.Options)) (*sdk.PublishVersionOutput, error)
	ListVersionsByFunction(context.Context, *sdk.ListVersionsByFunctionInput, ...func(*sdk.Options)) (*sdk.ListVersionsByFunctionOutput, error)
	CreateAlias(context.Context, *sdk.CreateAliasInput, ...func(*sdk.Options)) (*sdk.CreateAliasOutput, error)
	GetAlias(context.Context, *sdk.GetAliasInput, ...func(*sdk.Options)) (*sdk.GetAliasOutput, error)
	UpdateAlias(context.Context, *sdk.UpdateAliasInput, ...func(*sdk.Options)) (*sdk.UpdateAliasOutput, error)
	DeleteAlias(context.Context, *sdk.DeleteAliasInput, ...func(*sdk.Options)) (*sdk.DeleteAliasOutput, error)
	ListAliases(context.Context, *sdk.ListAliasesInput, ...func(*sdk.Options)) (*sdk.ListAliasesOutput, error)
	Invoke(context.Context, *sdk.InvokeInput, ...func(*sdk.Options)) (*sdk.InvokeOutput, error)
	AddPermission(context.Context, *sdk.AddPermissionInput, ...func(*sdk.Options)) (*sdk.AddPermissionOutput, error)
	GetPolicy(context.Context, *sdk.GetPolicyInput, ...func(*sdk.Options)) (*sdk.GetPolicyOutput, error)
	TagResource(context.Context, *sdk.TagResourceInput, ...func(*sdk.Options)) (*sdk.TagResourceOutput, error)
	ListTags(context.Context, *sdk.ListTagsInput, ...func(*sdk.Options)) (*sdk.ListTagsOutput, error)
	CreateEventSourceMapping(context.Context, *sdk.CreateEventSourceMappingInput, ...func(*sdk.Options)) (*sdk.CreateEventSourceMappingOutput, error)
	ListEventSourceMappings(context.Context, *sdk.ListEventSourceMappingsInput, ...func(*sdk.Options)) (*sdk.ListEventSourceMappingsOutput, error)
	PutProvisionedConcurrencyConfig(context.Context, *sdk.PutProvisionedConcurrencyConfigInput, ...func(*sdk.Options)) (*sdk.PutProvisionedConcurrencyConfigOutput, error)
	GetProvisionedConcurrencyConfig(context.Context, *sdk.GetProvisionedConcurrencyConfigInput, ...func(*sdk.Options)) (*sdk.GetProvisionedConcurrencyConfigOutput, error)
}

// A lambdaWorld is a Lambda in which nobody has used the name yet.
type lambdaWorld struct {
	lambdaAPI
	name string
	// settle waits until what was asked for is done: an update, a publication.
	settle func()
	// source makes something that a function can be fed from, and returns its ARN.
	source func(ctx context.Context) string
}

// How long the local Lambda is busy, so that laws of busy functions can be tried.
const busyFor = time.Second

var lambdaSuite = suite[lambdaWorld]{
	service: "lambda",
	laws:    concat(functionLaws, versionLaws, revisionLaws, aliasLaws, weightLaws, provisionedLaws, callerLaws),
	local: func(t *testing.T, name string) lambdaWorld {
		virtual := clock.NewVirtual(time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC))
		service, err := lambda.New(lambda.Options{
			Clock: virtual, Store: store.Memory(), Runner: silent{}, Region: region, AccountID: accountID,
			UpdateDuration: busyFor, ActivateDuration: busyFor,
		})
		if err != nil {
			t.Fatal(err)
		}
		return lambdaWorld{
			lambdaAPI: service, name: name,
			settle: func() { virtual.RunUntil(virtual.Now().Add(2 * busyFor)) },
			source: func(context.Context) string { return sourceARN(name) },
		}
	},
	remote: func(_ *testing.T, to remote) lambdaWorld {
		client := sdk.New(sdk.Options{
			Region: region, BaseEndpoint: &to.url, Credentials: signedBy, Retryer: once(), HTTPClient: &http.Client{Transport: to.transport},
		})
		return lambdaWorld{
			lambdaAPI: client, name: to.name, settle: func() {},
			source: func(ctx context.Context) string { return to.queue(ctx, to.name).arn },
		}
	},
}

// sourceARN names a queue.
func sourceARN(name string) string { return "arn:aws:sqs:" + region + ":" + accountID + ":" + name }

// silent runs functions that answer with nothing.
type silent struct{}

func (silent) Invoke(context.Context, lambda.Version, lambda.Invocation) (lambda.Result, error) {
	return lambda.Result{Payload: []byte(`""`)}, nil
}

func (silent) Forget(lambda.Version) {}

// concat joins the laws of several files.
func concat[W any](parts ...[]law[W]) []law[W] {
	var all []law[W]
	for _, part := range parts {
		all = append(all, part...)
	}
	return all
}

// packed is a deployment package with a program in it.
func packed(program string) []byte {
	var buffer bytes.Buffer
	archive := zip.NewWriter(&buffer)
	file := must(archive.Create("bootstrap"))
	must(file.Write([]byte(program)))
	if err := archive.Close(); err != nil {
		broke("%v", err)
	}
	return buffer.Bytes()
}

// sumOf is the CodeSha256 of that package.
func sumOf(program string) string {
	sum := sha256.Sum256(packed(program))
	return base64.StdEncoding.EncodeToString(sum[:])
}

func (w lambdaWorld) creation(program string) *sdk.CreateFunctionInput {
	return &sdk.CreateFunctionInput{
		FunctionName: &w.name, Role: aws.String(role), Handler: aws.String("bootstrap"), Runtime: types.RuntimeProvidedal2023,
		Code: &types.FunctionCode{ZipFile: packed(program)},
	}
}

// create makes the function and waits until it is there.
func (w lambdaWorld) create(ctx context.Context, program string) *sdk.CreateFunctionOutput {
	out := must(w.CreateFunction(ctx, w.creation(program)))
	w.settle()
	return out
}

func (w lambdaWorld) update(ctx context.Context, program string) *sdk.UpdateFunctionCodeOutput {
	out := must(w.UpdateFunctionCode(ctx, &sdk.UpdateFunctionCodeInput{FunctionName: &w.name, ZipFile: packed(program)}))
	w.settle()
	return out
}

// publish returns the version's number.
func (w lambdaWorld) publish(ctx context.Context) string {
	out := must(w.PublishVersion(ctx, &sdk.PublishVersionInput{FunctionName: &w.name}))
	w.settle()
	return *out.Version
}

// released is a function with the versions 1 and 2, and the alias live on 1.
func (w lambdaWorld) released(ctx context.Context) {
	w.create(ctx, "one")
	w.publish(ctx)
	w.update(ctx, "two")
	w.publish(ctx)
	w.alias(ctx, "1")
}

// alias makes the alias live.
func (w lambdaWorld) alias(ctx context.Context, version string) *sdk.CreateAliasOutput {
	return must(w.CreateAlias(ctx, &sdk.CreateAliasInput{FunctionName: &w.name, Name: aws.String("live"), FunctionVersion: &version}))
}

// live is the alias.
func (w lambdaWorld) live(ctx context.Context) *sdk.GetAliasOutput {
	return must(w.GetAlias(ctx, &sdk.GetAliasInput{FunctionName: &w.name, Name: aws.String("live")}))
}

// route points live at a version and gives others weights.
func (w lambdaWorld) route(ctx context.Context, version string, weights map[string]float64) (*sdk.UpdateAliasOutput, error) {
	return w.UpdateAlias(ctx, &sdk.UpdateAliasInput{
		FunctionName: &w.name, Name: aws.String("live"), FunctionVersion: &version,
		RoutingConfig: &types.AliasRoutingConfiguration{AdditionalVersionWeights: weights},
	})
}

// configuration is that of $LATEST, or of what the qualifier names.
func (w lambdaWorld) configuration(ctx context.Context, qualifier string) *sdk.GetFunctionConfigurationOutput {
	input := &sdk.GetFunctionConfigurationInput{FunctionName: &w.name}
	if qualifier != "" {
		input.Qualifier = &qualifier
	}
	return must(w.GetFunctionConfiguration(ctx, input))
}

// versions are the numbers that exist.
func (w lambdaWorld) versions(ctx context.Context) []string {
	var numbers []string
	for _, version := range must(w.ListVersionsByFunction(ctx, &sdk.ListVersionsByFunctionInput{FunctionName: &w.name})).Versions {
		numbers = append(numbers, *version.Version)
	}
	return numbers
}

// arn names the function, or with a qualifier a version or an alias of it.
func (w lambdaWorld) arn(qualifier string) string {
	arn := "arn:aws:lambda:" + region + ":" + accountID + ":function:" + w.name
	if qualifier != "" {
		arn += ":" + qualifier
	}
	return arn
}

// refusedAs ends a law unless the call failed with that error and status.
func refusedAs(err error, code string, status int) {
	refused(err, code)
	answered(err, status)
}

// weightsOf are an alias's additional weights; never nil.
func weightsOf(routing *types.AliasRoutingConfiguration) map[string]float64 {
	if routing == nil || routing.AdditionalVersionWeights == nil {
		return map[string]float64{}
	}
	return routing.AdditionalVersionWeights
}
