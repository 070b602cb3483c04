package apigateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/peer"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/apigateway"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestWire compares the requests that the SDK's own client sends with a golden file: of the canary, which no other emulator has. It is
// the local API Gateway that answers.
func TestWire(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	server := &wire{cloud: c}
	address := httptest.NewServer(server)
	t.Cleanup(address.Close)
	subject := c.over(client(address.URL), "r-1", "v2")

	server.chapter("preflight")
	_, err := subject.Preflight(t.Context())
	must(t, err)
	_, err = subject.Bake(t.Context())
	must(t, err)
	server.chapter("deploy")
	made, done, err := subject.Deploy(t.Context(), c.first)
	if err != nil || !done {
		t.Fatal(done, err)
	}
	for _, want := range []release.Split{
		{Stable: c.first, Canary: made, Weight: 0.07}, {Stable: c.first, Canary: made, Weight: 25}, release.Pure(c.first),
		{Stable: c.first, Canary: made, Weight: 50}, release.Pure(made), release.Pure(c.first),
	} {
		server.chapter("shift to " + want.String())
		if got, err := subject.Shift(t.Context(), want, anything); err != nil || !got.Same(want) {
			t.Error(got, err)
		}
	}
	server.chapter("restore")
	_, done, err = subject.Restore(t.Context(), c.first)
	if err != nil || !done {
		t.Error(done, err)
	}
	server.chapter("retire")
	_, done, err = subject.Retire(t.Context(), c.first, made)
	if err != nil || !done {
		t.Error(done, err)
	}
	story := strings.NewReplacer(c.id, "API", c.first, "FIRST", made, "MADE").Replace(server.story())
	path := filepath.Join("testdata", "wire.golden")
	if *update {
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		must(t, os.WriteFile(path, []byte(story), 0o644))
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if story != string(want) {
		t.Errorf("got\n%s\nwant\n%s", story, want)
	}
}

// TestMoto does on moto, over the wire, what moto has of it: everything but the canary. Its UpdateStage takes
// /canarySettings/deploymentId for the stage's own deployment, so its place is taken by the golden requests of TestWire.
func TestMoto(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	moto := client(peer.StartMoto(t, peer.MotoOptions{}).URL)
	api, err := moto.CreateRestApi(t.Context(), &sdk.CreateRestApiInput{Name: aws.String("echo"), Tags: map[string]string{apigateway.TagService: "echo"}})
	must(t, err)
	resources, err := moto.GetResources(t.Context(), &sdk.GetResourcesInput{RestApiId: api.Id})
	must(t, err)
	proxy, err := moto.CreateResource(t.Context(), &sdk.CreateResourceInput{RestApiId: api.Id, ParentId: resources.Items[0].Id, PathPart: aws.String("{proxy+}")})
	must(t, err)
	_, err = moto.PutMethod(t.Context(), &sdk.PutMethodInput{RestApiId: api.Id, ResourceId: proxy.Id, HttpMethod: aws.String("GET"), AuthorizationType: aws.String("NONE")})
	must(t, err)
	_, err = moto.PutIntegration(t.Context(), &sdk.PutIntegrationInput{
		RestApiId: api.Id, ResourceId: proxy.Id, HttpMethod: aws.String("GET"), Type: types.IntegrationTypeAwsProxy, IntegrationHttpMethod: aws.String("POST"),
		Uri: aws.String("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:echo:${stageVariables.version}/invocations"),
	})
	must(t, err)
	first, err := moto.CreateDeployment(t.Context(), &sdk.CreateDeploymentInput{RestApiId: api.Id, StageName: aws.String(stageName), Variables: map[string]string{"version": "1", "table": "orders"}})
	must(t, err)
	c.id, c.first = *api.Id, *first.Id

	subject := c.over(moto, "r-1", "v2")
	found, err := subject.Preflight(t.Context())
	if err != nil || !found.Split.Same(release.Pure(c.first)) {
		t.Fatalf("preflight found %+v, %v", found, err)
	}
	_, err = subject.Bake(t.Context())
	must(t, err)
	made := ""
	for range 2 {
		version, done, err := subject.Deploy(t.Context(), c.first)
		if err != nil || !done || made != "" && made != version {
			t.Fatal(made, version, done, err)
		}
		made = version
	}
	for _, want := range []release.Split{release.Pure(made), release.Pure(c.first)} {
		if got, err := subject.Shift(t.Context(), want, anything); err != nil || !got.Same(want) {
			t.Fatal(got, err)
		}
		at, err := moto.GetStage(t.Context(), &sdk.GetStageInput{RestApiId: api.Id, StageName: aws.String(stageName)})
		if version := map[string]string{made: "2", c.first: "1"}[want.Stable]; err != nil || at.Variables["version"] != version || at.Variables["table"] != "orders" {
			t.Errorf("at %v, the variables are %v, %v", want, at.Variables, err)
		}
	}
	if err := subject.Verify(t.Context(), made); err != nil {
		t.Error(err)
	}
	if usable, err := subject.Usable(t.Context(), "zzzzzz"); err != nil || usable {
		t.Error(usable, err)
	}
	if _, err := c.over(moto, "r-1", "v2", func(d *release.Document) { d.Target.APIGateway.Stage = "beta" }).Split(t.Context()); err == nil {
		t.Error("a stage that does not exist has a split")
	} else {
		expectKind(t, err, release.KindRefused)
	}
	if retired, done, err := subject.Retire(t.Context(), c.first, ""); err != nil || !done || len(retired) != 0 {
		t.Error(retired, done, err)
	}
}

// TestMotoHasNoCanary: the day moto's UpdateStage makes a canary, TestMoto can shift to one.
func TestMotoHasNoCanary(t *testing.T) {
	t.Parallel()
	moto := client(peer.StartMoto(t, peer.MotoOptions{}).URL)
	api, err := moto.CreateRestApi(t.Context(), &sdk.CreateRestApiInput{Name: aws.String("echo")})
	must(t, err)
	root, err := moto.GetResources(t.Context(), &sdk.GetResourcesInput{RestApiId: api.Id})
	must(t, err)
	_, err = moto.PutMethod(t.Context(), &sdk.PutMethodInput{RestApiId: api.Id, ResourceId: root.Items[0].Id, HttpMethod: aws.String("GET"), AuthorizationType: aws.String("NONE")})
	must(t, err)
	_, err = moto.PutIntegration(t.Context(), &sdk.PutIntegrationInput{RestApiId: api.Id, ResourceId: root.Items[0].Id, HttpMethod: aws.String("GET"), Type: types.IntegrationTypeMock})
	must(t, err)
	stable, err := moto.CreateDeployment(t.Context(), &sdk.CreateDeploymentInput{RestApiId: api.Id, StageName: aws.String(stageName)})
	must(t, err)
	canary, err := moto.CreateDeployment(t.Context(), &sdk.CreateDeploymentInput{RestApiId: api.Id})
	must(t, err)
	_, err = moto.UpdateStage(t.Context(), &sdk.UpdateStageInput{RestApiId: api.Id, StageName: aws.String(stageName), PatchOperations: []types.PatchOperation{
		replace("/canarySettings/deploymentId", *canary.Id), replace("/canarySettings/percentTraffic", "10.0"),
	}})
	must(t, err)
	at, err := moto.GetStage(t.Context(), &sdk.GetStageInput{RestApiId: api.Id, StageName: aws.String(stageName)})
	must(t, err)
	if at.CanarySettings != nil && *at.DeploymentId == *stable.Id {
		t.Errorf("the stage has a canary: %+v", at.CanarySettings)
	}
}

// over is the target whose API Gateway is behind a client.
func (c *cloud) over(api apigateway.API, id, content string, changes ...func(*release.Document)) *apigateway.Target {
	document := c.document(content)
	for _, change := range changes {
		change(&document)
	}
	return apigateway.New(apigateway.Options{Release: id, Document: document, Now: c.clock.Now, APIGateway: api, Lambda: c.lambda, CloudWatch: c.cloudWatch, S3: c.s3})
}

func client(address string) *sdk.Client {
	return sdk.New(sdk.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(address),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "nobody", SecretAccessKey: "nothing"}, nil
		}),
	})
}

// A wire is the local API Gateway over HTTP, as far as the target calls it, and writes down what it is asked.
type wire struct {
	cloud *cloud
	mu    sync.Mutex
	lines []string
}

// chapter begins a new part of the story.
func (w *wire) chapter(title string) { w.write("-- " + title + " --") }

func (w *wire) write(line string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lines = append(w.lines, line)
}

func (w *wire) story() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.lines, "\n") + "\n"
}

func (w *wire) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.write(strings.TrimSpace(r.Method + " " + r.URL.RequestURI() + " " + string(body)))
	answer, err := w.answer(r, body)
	var api smithy.APIError
	if errors.As(err, &api) {
		out.Header().Set("X-Amzn-Errortype", api.ErrorCode())
		http.Error(out, `{"message":"`+api.ErrorMessage()+`"}`, http.StatusBadRequest)
		return
	}
	if err != nil {
		http.Error(out, err.Error(), http.StatusInternalServerError)
		return
	}
	_ = json.NewEncoder(out).Encode(answer)
}

// answer calls the local API Gateway, and writes what it says as AWS does.
func (w *wire) answer(r *http.Request, body []byte) (any, error) {
	ctx, api := r.Context(), w.cloud.api
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/restapis/"), "/")
	id, kind, last := &parts[0], "", ""
	if len(parts) > 1 {
		kind, last = parts[1], parts[len(parts)-1]
	}
	var in struct {
		Description     *string `json:"description"`
		PatchOperations []struct{ Op, Path, Value, From string }
	}
	if len(body) > 0 {
		if err := json.Unmarshal(body, &in); err != nil {
			return nil, err
		}
	}
	switch r.Method + " " + kind {
	case "GET ":
		found, err := api.GetRestApi(ctx, &sdk.GetRestApiInput{RestApiId: id})
		if err != nil {
			return nil, err
		}
		return map[string]any{"id": found.Id, "tags": found.Tags}, nil
	case "GET resources":
		found, err := api.GetResources(ctx, &sdk.GetResourcesInput{RestApiId: id, Embed: r.URL.Query()["embed"]})
		if err != nil {
			return nil, err
		}
		var items []any
		for _, item := range found.Items {
			methods := map[string]any{}
			for name, method := range item.ResourceMethods {
				methods[name] = map[string]any{"methodIntegration": map[string]any{"uri": method.MethodIntegration.Uri}}
			}
			items = append(items, map[string]any{"id": item.Id, "path": item.Path, "resourceMethods": methods})
		}
		return map[string]any{"item": items}, nil
	case "GET deployments":
		found, err := api.GetDeployments(ctx, &sdk.GetDeploymentsInput{RestApiId: id})
		if err != nil {
			return nil, err
		}
		var items []any
		for _, item := range found.Items {
			items = append(items, map[string]any{"id": item.Id, "description": item.Description, "createdDate": item.CreatedDate.Unix()})
		}
		return map[string]any{"item": items}, nil
	case "POST deployments":
		made, err := api.CreateDeployment(ctx, &sdk.CreateDeploymentInput{RestApiId: id, Description: in.Description})
		if err != nil {
			return nil, err
		}
		return map[string]any{"id": made.Id}, nil
	case "GET stages":
		if len(parts) == 2 {
			found, err := api.GetStages(ctx, &sdk.GetStagesInput{RestApiId: id})
			if err != nil {
				return nil, err
			}
			var items []any
			for _, item := range found.Item {
				items = append(items, stageJSON(item.DeploymentId, item.Variables, item.CanarySettings))
			}
			return map[string]any{"item": items}, nil
		}
		found, err := api.GetStage(ctx, &sdk.GetStageInput{RestApiId: id, StageName: &last})
		if err != nil {
			return nil, err
		}
		return stageJSON(found.DeploymentId, found.Variables, found.CanarySettings), nil
	case "PATCH stages":
		var operations []types.PatchOperation
		for _, one := range in.PatchOperations {
			operations = append(operations, types.PatchOperation{Op: types.Op(one.Op), Path: &one.Path, Value: &one.Value, From: &one.From})
		}
		changed, err := api.UpdateStage(ctx, &sdk.UpdateStageInput{RestApiId: id, StageName: &last, PatchOperations: operations})
		if err != nil {
			return nil, err
		}
		return stageJSON(changed.DeploymentId, changed.Variables, changed.CanarySettings), nil
	default:
		return nil, errors.New("nobody answers " + r.Method + " " + r.URL.Path)
	}
}

func stageJSON(deployment *string, variables map[string]string, canary *types.CanarySettings) map[string]any {
	stage := map[string]any{"deploymentId": deployment, "variables": variables}
	if canary != nil {
		stage["canarySettings"] = map[string]any{"deploymentId": canary.DeploymentId, "percentTraffic": canary.PercentTraffic, "stageVariableOverrides": canary.StageVariableOverrides}
	}
	return stage
}
