package lambda_test

import (
	"archive/zip"
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/goldfinch-dev/goldfinch/internal/peer"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/lambda"
)

// writers are the methods that change code, publish or delete, each as it is
// called in the middle of a release. Shift is held by its guard instead.
var writers = map[string]func(context.Context, *lambda.Target) error{
	"Bake":    func(ctx context.Context, t *lambda.Target) error { _, err := t.Bake(ctx); return err },
	"Deploy":  func(ctx context.Context, t *lambda.Target) error { _, _, err := t.Deploy(ctx, "1"); return err },
	"Retire":  func(ctx context.Context, t *lambda.Target) error { _, _, err := t.Retire(ctx, "", ""); return err },
	"Restore": func(ctx context.Context, t *lambda.Target) error { _, _, err := t.Restore(ctx, "1"); return err },
}

// TestNothingIsWrittenToANeighboursFunction gives the function to another service,
// or to none, in the middle of a release.
func TestNothingIsWrittenToANeighboursFunction(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		tags map[string]string
		part string
	}{
		"another service's": {map[string]string{lambda.TagService: "orders"}, "tagged goldfinch:service=orders, so it does not belong to service echo"},
		"nobody's":          {nil, "no tag goldfinch:service"},
		"the empty service": {map[string]string{lambda.TagService: ""}, "tagged goldfinch:service=, so it does not belong to service echo"},
		"almost its own":    {map[string]string{lambda.TagService: "Echo"}, "tagged goldfinch:service=Echo"},
	}
	for name, test := range tests {
		for method, write := range writers {
			t.Run(name+" "+method, func(t *testing.T) {
				t.Parallel()
				c := newCloud(t, durations{})
				if method == "Bake" {
					c.put("v3") // so that there is something to put
				} else {
					c.put("v2") // what this release put there
				}
				for _, more := range []string{"v1a", "v1b"} {
					_, err := c.lambda.UpdateFunctionConfiguration(foreign(t), &awslambda.UpdateFunctionConfigurationInput{FunctionName: aws.String(functionName), Description: aws.String(more)})
					must(t, err)
					c.released("production")
				}
				target := func() *lambda.Target {
					return c.target(keep(1), func(d *release.Document) { d.Target.Lambda.RestoreLatest = true })
				}
				tagged(test.tags)(c)
				expectKind(t, write(t.Context(), target()), release.KindRefused, test.part)
				if n := c.writes(); n != 0 {
					t.Errorf("wrote %d times: %q", n, c.calls)
				}
				tagged(map[string]string{lambda.TagService: "echo"})(c)
				must(t, write(t.Context(), target()))
				if c.writes() == 0 {
					t.Error("wrote nothing to its own function either")
				}
			})
		}
	}
}

// TestAFunctionThatIAMDoesNotShow is refused by what a person can do about it.
func TestAFunctionThatIAMDoesNotShow(t *testing.T) {
	t.Parallel()
	c := newCloud(t, durations{})
	c.fail("lambda:GetFunction", denied("lambda:GetFunction"))
	_, err := c.target().Preflight(t.Context())
	expectKind(t, err, release.KindRefused, "does not exist, or has no tag goldfinch:service", "lambda:GetFunction", "tag it goldfinch:service=echo")
}

// TestANeighboursFunctionOverTheWire is the same on a Lambda that somebody else wrote.
func TestANeighboursFunctionOverTheWire(t *testing.T) {
	t.Parallel()
	moto := peer.StartMoto(t, peer.MotoOptions{})
	client := awslambda.New(awslambda.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(moto.URL), Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
	createRole(t, moto)
	for function, service := range map[string]string{"echo": "echo", "orders": "orders"} {
		_, err := client.CreateFunction(t.Context(), &awslambda.CreateFunctionInput{
			FunctionName: aws.String(function), Role: aws.String("arn:aws:iam::123456789012:role/echo"), Handler: aws.String("bootstrap"), Runtime: types.RuntimeProvidedal2023,
			Code: &types.FunctionCode{ZipFile: packed(t, "v1")}, Tags: map[string]string{lambda.TagService: service}, Publish: true,
		})
		must(t, err)
		_, err = client.CreateAlias(t.Context(), &awslambda.CreateAliasInput{FunctionName: aws.String(function), Name: aws.String(aliasName), FunctionVersion: aws.String("1")})
		must(t, err)
	}
	c := newCloud(t, durations{})
	c.cloudWatch.alarms = noAlarms
	on := func(function string) *lambda.Target {
		document := c.document("v2")
		document.Target.Lambda.Function, document.Target.Lambda.RestoreLatest = function, true
		return lambda.New(lambda.Options{Release: "r-1", Document: document, Lambda: unprovisioned{client}, CloudWatch: c.cloudWatch, S3: c.s3, Now: c.clock.Now})
	}
	before := describe(t, client, "orders")
	_, err := on("orders").Preflight(t.Context())
	expectKind(t, err, release.KindRefused, "tagged goldfinch:service=orders, so it does not belong to service echo")
	for name, write := range writers {
		if err := write(t.Context(), on("orders")); err == nil {
			t.Errorf("%s of a neighbour's function succeeded", name)
		} else {
			expectKind(t, err, release.KindRefused, "does not belong to service echo")
		}
	}
	if after := describe(t, client, "orders"); after != before {
		t.Errorf("the neighbour's function was %s, and is %s", before, after)
	}
	if _, err := on("echo").Preflight(t.Context()); err != nil {
		t.Errorf("its own function: %v", err)
	}
}

// unprovisioned answers for moto that nothing has provisioned concurrency: moto
// does not know these operations.
type unprovisioned struct{ *awslambda.Client }

func (unprovisioned) GetProvisionedConcurrencyConfig(context.Context, *awslambda.GetProvisionedConcurrencyConfigInput, ...func(*awslambda.Options)) (*awslambda.GetProvisionedConcurrencyConfigOutput, error) {
	return nil, &types.ProvisionedConcurrencyConfigNotFoundException{}
}

func (unprovisioned) ListProvisionedConcurrencyConfigs(context.Context, *awslambda.ListProvisionedConcurrencyConfigsInput, ...func(*awslambda.Options)) (*awslambda.ListProvisionedConcurrencyConfigsOutput, error) {
	return &awslambda.ListProvisionedConcurrencyConfigsOutput{}, nil
}

// createRole makes the functions' role, without which moto makes no function.
func createRole(t *testing.T, moto *peer.Moto) {
	t.Helper()
	form := url.Values{"Action": {"CreateRole"}, "Version": {"2010-05-08"}, "RoleName": {"echo"}, "AssumeRolePolicyDocument": {"{}"}}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, moto.URL, strings.NewReader(form.Encode()))
	must(t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	// By the scope of the signature, moto knows which service is meant.
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0")
	answer, err := http.DefaultClient.Do(request)
	must(t, err)
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("create the functions' role: %s", answer.Status)
	}
}

// describe names code and versions of a function, and where its alias stands.
func describe(t *testing.T, client *awslambda.Client, function string) string {
	t.Helper()
	found, err := client.GetFunction(t.Context(), &awslambda.GetFunctionInput{FunctionName: aws.String(function)})
	must(t, err)
	versions, err := client.ListVersionsByFunction(t.Context(), &awslambda.ListVersionsByFunctionInput{FunctionName: aws.String(function)})
	must(t, err)
	alias, err := client.GetAlias(t.Context(), &awslambda.GetAliasInput{FunctionName: aws.String(function), Name: aws.String(aliasName)})
	must(t, err)
	described := "code " + aws.ToString(found.Configuration.CodeSha256) + ", alias on " + aws.ToString(alias.FunctionVersion) + ", versions"
	for _, version := range versions.Versions {
		described += " " + aws.ToString(version.Version)
	}
	return described
}

// packed is a package with one file.
func packed(t *testing.T, content string) []byte {
	t.Helper()
	var buffer bytes.Buffer
	writer := zip.NewWriter(&buffer)
	file, err := writer.Create("bootstrap")
	must(t, err)
	_, err = file.Write([]byte(content))
	must(t, err)
	must(t, writer.Close())
	return buffer.Bytes()
}
