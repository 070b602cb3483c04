package flag_test

import (
	"context"
	"encoding/json"
	goflag "flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/appconfig"
	"github.com/aws/aws-sdk-go-v2/service/appconfig/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/engine"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/flag"
	"github.com/goldfinch-dev/goldfinch/internal/target/lambda"
)

var update = goflag.Bool("update", false, "write the golden files anew")

// TestWire compares the requests that the SDK's own client sends with a golden file: moto has no environments, deployments and
// strategies. It is the local AppConfig that answers.
func TestWire(t *testing.T) {
	t.Parallel()
	c := withCanary(t)
	server := &wire{cloud: c}
	address := httptest.NewServer(server)
	t.Cleanup(address.Close)
	client := appconfig.New(appconfig.Options{
		Region: engine.Region, BaseEndpoint: &address.URL, HTTPClient: address.Client(), RetryMaxAttempts: 1,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
		}),
	})
	document := c.document("two")
	subject := flag.New(flag.Options{
		Target:   lambda.New(lambda.Options{Release: "r-1", Document: flag.Beneath(document, "r-1"), Lambda: c.engine.Lambda, CloudWatch: c.counts, S3: c.engine.S3, Now: c.clock.Now}),
		Document: document, Release: "r-1", AppConfig: client, Identity: account{}, Region: engine.Region,
	})
	server.chapter("preflight")
	_, err := subject.Preflight(t.Context())
	must(t, err)
	from := stable
	for _, want := range []release.Split{staff, tenth, stable} {
		server.chapter("shift to " + want.String())
		got, err := subject.Shift(t.Context(), want, mine(from, want))
		if err != nil || !got.Same(want) {
			t.Fatal(got, err)
		}
		c.pass(time.Minute)
		from = want
	}
	server.chapter("shift, and home while it is deployed")
	_, err = subject.Shift(t.Context(), staff, mine(stable))
	must(t, err)
	c.deploy(strings.Fields(c.hosted()[0])[0], "AppConfig.AllAtOnce")
	_, err = subject.Shift(t.Context(), stable, mine(staff, stable))
	must(t, err)
	server.chapter("restore")
	_, _, err = subject.Restore(t.Context(), "1")
	must(t, err)

	path := filepath.Join("testdata", "wire.golden")
	if *update {
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		must(t, os.WriteFile(path, []byte(server.story.String()), 0o644))
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if server.story.String() != string(want) {
		t.Errorf("got\n%s\nwant\n%s", &server.story, want)
	}
}

// wire answers AppConfig's HTTP API by the local AppConfig, and writes down what it is asked
// (https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_Operations.html).
type wire struct {
	cloud *cloud
	story strings.Builder
}

func (w *wire) chapter(title string) { fmt.Fprintf(&w.story, "# %s\n", title) }

func (w *wire) ServeHTTP(answer http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		http.Error(answer, err.Error(), http.StatusBadRequest)
		return
	}
	fmt.Fprintf(&w.story, "%s %s", request.Method, request.URL.RequestURI())
	for _, name := range slices.Sorted(maps.Keys(request.Header)) {
		if slices.Contains([]string{"Description", "Latest-Version-Number", "Versionlabel", "Content-Type", "Allow-Revert"}, name) {
			fmt.Fprintf(&w.story, "\n  %s: %s", name, request.Header.Get(name))
		}
	}
	fmt.Fprintln(&w.story)
	if len(body) > 0 {
		fmt.Fprintf(&w.story, "  %s\n", strings.ReplaceAll(strings.TrimSpace(string(body)), "\n", "\n  "))
	}
	out, err := w.answer(request, body)
	switch {
	case err != nil:
		w.fail(answer, err)
	case isContent(out):
		content := out.(*appconfig.GetHostedConfigurationVersionOutput)
		w.content(answer, content.VersionNumber, content.Content)
	case isMade(out):
		content := out.(*appconfig.CreateHostedConfigurationVersionOutput)
		w.content(answer, content.VersionNumber, content.Content)
	default:
		answer.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(answer).Encode(out); err != nil {
			http.Error(answer, err.Error(), http.StatusInternalServerError)
		}
	}
}

func isContent(out any) bool {
	_, ok := out.(*appconfig.GetHostedConfigurationVersionOutput)
	return ok
}
func isMade(out any) bool {
	_, ok := out.(*appconfig.CreateHostedConfigurationVersionOutput)
	return ok
}

func (w *wire) content(answer http.ResponseWriter, number int32, content []byte) {
	answer.Header().Set("Content-Type", "application/json")
	answer.Header().Set("Version-Number", strconv.Itoa(int(number)))
	_, _ = answer.Write(content) // the client sees what is missing
}

func (w *wire) fail(answer http.ResponseWriter, err error) {
	http.Error(answer, err.Error(), http.StatusInternalServerError)
}

// answer is the local AppConfig's answer.
func (w *wire) answer(request *http.Request, body []byte) (any, error) {
	ctx, api := request.Context(), w.cloud.engine.AppConfig
	parts := strings.Split(strings.Trim(request.URL.Path, "/"), "/")
	part := func(n int) *string {
		if n < len(parts) {
			return &parts[n]
		}
		return aws.String("")
	}
	number := func(n int) *int32 {
		value, _ := strconv.ParseInt(*part(n), 10, 32)
		return aws.Int32(int32(value))
	}
	var shape []string
	for n, one := range parts {
		if n%2 == 0 {
			shape = append(shape, one)
		}
	}
	if len(parts)%2 == 0 {
		shape = append(shape, "*")
	}
	switch request.Method + " " + strings.Join(shape, " ") {
	case "GET applications":
		return api.ListApplications(ctx, &appconfig.ListApplicationsInput{})
	case "GET applications environments":
		return api.ListEnvironments(ctx, &appconfig.ListEnvironmentsInput{ApplicationId: part(1)})
	case "GET applications configurationprofiles":
		return api.ListConfigurationProfiles(ctx, &appconfig.ListConfigurationProfilesInput{ApplicationId: part(1)})
	case "GET applications environments deployments":
		return api.ListDeployments(ctx, &appconfig.ListDeploymentsInput{ApplicationId: part(1), EnvironmentId: part(3)})
	case "GET applications environments deployments *":
		return api.GetDeployment(ctx, &appconfig.GetDeploymentInput{ApplicationId: part(1), EnvironmentId: part(3), DeploymentNumber: number(5)})
	case "DELETE applications environments deployments *":
		return api.StopDeployment(ctx, &appconfig.StopDeploymentInput{ApplicationId: part(1), EnvironmentId: part(3), DeploymentNumber: number(5), AllowRevert: aws.Bool(request.Header.Get("Allow-Revert") == "true")})
	case "POST applications environments deployments":
		in := &appconfig.StartDeploymentInput{}
		if err := json.Unmarshal(body, in); err != nil {
			return nil, err
		}
		in.ApplicationId, in.EnvironmentId = part(1), part(3)
		return api.StartDeployment(ctx, in)
	case "GET applications configurationprofiles hostedconfigurationversions":
		return api.ListHostedConfigurationVersions(ctx, &appconfig.ListHostedConfigurationVersionsInput{ApplicationId: part(1), ConfigurationProfileId: part(3)})
	case "GET applications configurationprofiles hostedconfigurationversions *":
		return api.GetHostedConfigurationVersion(ctx, &appconfig.GetHostedConfigurationVersionInput{ApplicationId: part(1), ConfigurationProfileId: part(3), VersionNumber: number(5)})
	case "DELETE applications configurationprofiles hostedconfigurationversions *":
		return api.DeleteHostedConfigurationVersion(ctx, &appconfig.DeleteHostedConfigurationVersionInput{ApplicationId: part(1), ConfigurationProfileId: part(3), VersionNumber: number(5)})
	case "POST applications configurationprofiles hostedconfigurationversions":
		latest, err := strconv.ParseInt(request.Header.Get("Latest-Version-Number"), 10, 32)
		if err != nil {
			return nil, err
		}
		return api.CreateHostedConfigurationVersion(ctx, &appconfig.CreateHostedConfigurationVersionInput{
			ApplicationId: part(1), ConfigurationProfileId: part(3), Content: body, ContentType: aws.String(request.Header.Get("Content-Type")),
			Description: aws.String(request.Header.Get("Description")), LatestVersionNumber: aws.Int32(int32(latest)),
		})
	case "GET deploymentstrategies":
		return api.ListDeploymentStrategies(ctx, &appconfig.ListDeploymentStrategiesInput{})
	case "POST deploymentstrategies":
		in := &appconfig.CreateDeploymentStrategyInput{}
		if err := json.Unmarshal(body, in); err != nil {
			return nil, err
		}
		return api.CreateDeploymentStrategy(ctx, in)
	}
	if arn, ok := strings.CutPrefix(request.URL.Path, "/tags/"); ok {
		return api.ListTagsForResource(ctx, &appconfig.ListTagsForResourceInput{ResourceArn: &arn})
	}
	return nil, &types.ResourceNotFoundException{Message: aws.String(request.Method + " " + request.URL.Path)}
}
