package apigateway_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/local/apigateway"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// expectRefusal wants an error of a code, in AWS's words.
func expectRefusal(t *testing.T, err error, code, words string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != code || !strings.Contains(api.ErrorMessage(), words) {
		t.Errorf("got %v, want %s: %s", err, code, words)
	}
}

func TestCanaryDeployment(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	canary := &types.DeploymentCanarySettings{PercentTraffic: 10, StageVariableOverrides: map[string]string{"version": "2"}}
	_, err := w.CreateDeployment(t.Context(), &sdk.CreateDeploymentInput{RestApiId: &w.id, StageName: aws.String("beta"), CanarySettings: canary})
	expectRefusal(t, err, "BadRequestException", "Stage beta must already be created before making a canary release deployment")
	_, err = w.CreateDeployment(t.Context(), &sdk.CreateDeploymentInput{RestApiId: &w.id, CanarySettings: canary})
	expectRefusal(t, err, "BadRequestException", "Stage name must be specified")
	_, err = w.CreateDeployment(t.Context(), &sdk.CreateDeploymentInput{RestApiId: &w.id, StageName: aws.String("prod"), CanarySettings: &types.DeploymentCanarySettings{PercentTraffic: 101}})
	expectRefusal(t, err, "BadRequestException", "between 0.0 and 100.0")

	made, err := w.CreateDeployment(t.Context(), &sdk.CreateDeploymentInput{RestApiId: &w.id, StageName: aws.String("prod"), CanarySettings: canary})
	must(t, err)
	want := &types.CanarySettings{DeploymentId: made.Id, PercentTraffic: 10, StageVariableOverrides: map[string]string{"version": "2"}}
	if stage := w.stage(t); *stage.DeploymentId != w.first || !reflect.DeepEqual(stage.CanarySettings, want) {
		t.Errorf("the stage is %+v", stage)
	}
	_, err = w.CreateDeployment(t.Context(), &sdk.CreateDeploymentInput{RestApiId: &w.id, StageName: aws.String("prod")})
	expectRefusal(t, err, "BadRequestException", "Non canary deployment not supported on stage prod because Canary is enabled. Provide CanarySettings in deploymentInput")
	for _, id := range []string{w.first, *made.Id} {
		_, err = w.DeleteDeployment(t.Context(), &sdk.DeleteDeploymentInput{RestApiId: &w.id, DeploymentId: &id})
		expectRefusal(t, err, "BadRequestException", "Active stages pointing to this deployment must be moved or deleted")
	}
	// The page's way to promote.
	_, err = w.patch(t, operation(types.OpReplace, "/canarySettings/percentTraffic", "0.0"),
		types.PatchOperation{Op: types.OpCopy, From: aws.String("/canarySettings/stageVariableOverrides"), Path: aws.String("/variables")},
		types.PatchOperation{Op: types.OpCopy, From: aws.String("/canarySettings/deploymentId"), Path: aws.String("/deploymentId")})
	must(t, err)
	if stage := w.stage(t); *stage.DeploymentId != *made.Id || stage.Variables["version"] != "2" || stage.Variables["table"] != "orders" || stage.CanarySettings == nil {
		t.Errorf("the promoted stage is %+v", stage)
	}
	_, err = w.patch(t, operation(types.OpRemove, "/canarySettings", ""))
	must(t, err)
	_, err = w.DeleteDeployment(t.Context(), &sdk.DeleteDeploymentInput{RestApiId: &w.id, DeploymentId: &w.first})
	must(t, err)
	_, err = w.GetDeployment(t.Context(), &sdk.GetDeploymentInput{RestApiId: &w.id, DeploymentId: &w.first})
	expectRefusal(t, err, "NotFoundException", "Invalid Deployment identifier specified")
}

func TestPatches(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	other := w.deploy(t, "other")
	for name, test := range map[string]struct {
		operations []types.PatchOperation
		words      string
	}{
		"a percentage that is none":       {[]types.PatchOperation{operation(types.OpReplace, "/canarySettings/percentTraffic", "ten")}, "between 0.0 and 100.0"},
		"too many percent":                {[]types.PatchOperation{operation(types.OpReplace, "/canarySettings/percentTraffic", "100.1")}, "between 0.0 and 100.0"},
		"the page's other path":           {[]types.PatchOperation{operation(types.OpReplace, "/canary/percentTraffic", "10.0")}, "Invalid patch path /canary/percentTraffic"},
		"no canary to add to":             {[]types.PatchOperation{operation(types.OpAdd, "/canarySettings/percentTraffic", "10.0")}, "Invalid patch path"},
		"no canary to remove":             {[]types.PatchOperation{operation(types.OpRemove, "/canarySettings", "")}, "Invalid patch path"},
		"a part of it that can't go":      {[]types.PatchOperation{operation(types.OpReplace, "/canarySettings/percentTraffic", "10.0"), operation(types.OpRemove, "/canarySettings/percentTraffic", "")}, "Invalid patch path"},
		"no canary to copy":               {[]types.PatchOperation{{Op: types.OpCopy, From: aws.String("/canarySettings/deploymentId"), Path: aws.String("/deploymentId")}}, "Invalid patch path"},
		"no overrides to copy":            {[]types.PatchOperation{operation(types.OpReplace, "/canarySettings/percentTraffic", "10.0"), {Op: types.OpCopy, From: aws.String("/canarySettings/stageVariableOverrides"), Path: aws.String("/variables")}}, "Invalid patch path"},
		"an operation that there is not":  {[]types.PatchOperation{operation(types.OpTest, "/deploymentId", "x")}, "Invalid patch operation"},
		"a deployment that there is not":  {[]types.PatchOperation{operation(types.OpReplace, "/variables/version", "9"), operation(types.OpReplace, "/deploymentId", "x")}, "Invalid Deployment identifier"},
		"a canary of what there is not":   {[]types.PatchOperation{operation(types.OpReplace, "/canarySettings/deploymentId", "x")}, "Invalid Deployment identifier"},
		"something that moves no traffic": {[]types.PatchOperation{operation(types.OpReplace, "/cacheClusterEnabled", "true")}, "Invalid patch path"},
	} {
		_, err := w.patch(t, test.operations...)
		var api smithy.APIError
		if !errors.As(err, &api) || !strings.Contains(api.ErrorMessage(), test.words) {
			t.Errorf("%s: %v, want %s", name, err, test.words)
		}
	}
	if stage := w.stage(t); stage.CanarySettings != nil || stage.Variables["version"] != "1" {
		t.Errorf("a refused patch left the stage at %+v", stage)
	}
	// A canary that a patch makes leads to the stage's own deployment until another one is said.
	_, err := w.patch(t, operation(types.OpReplace, "/canarySettings/percentTraffic", "10.0"))
	must(t, err)
	if canary := w.stage(t).CanarySettings; *canary.DeploymentId != w.first || canary.PercentTraffic != 10 {
		t.Errorf("the canary is %+v", canary)
	}
	_, err = w.patch(t, operation(types.OpReplace, "/canarySettings/deploymentId", other), operation(types.OpReplace, "/canarySettings/useStageCache", "true"),
		operation(types.OpReplace, "/canarySettings/stageVariableOverrides/a/b", "x"))
	expectRefusal(t, err, "BadRequestException", "Invalid patch path") // a slash in a name is written ~1
	updated, err := w.patch(t, operation(types.OpReplace, "/canarySettings/deploymentId", other), operation(types.OpReplace, "/canarySettings/useStageCache", "true"),
		operation(types.OpReplace, "/canarySettings/stageVariableOverrides/version", "2"), operation(types.OpReplace, "/description", "canary"), operation(types.OpAdd, "/variables/new", "y"))
	must(t, err)
	if !updated.CanarySettings.UseStageCache || *updated.Description != "canary" || updated.Variables["new"] != "y" || *updated.CanarySettings.DeploymentId != other {
		t.Errorf("the stage is %+v", updated)
	}
	updated, err = w.patch(t, operation(types.OpRemove, "/canarySettings/stageVariableOverrides/version", ""), operation(types.OpRemove, "/variables/new", ""))
	if must(t, err); len(updated.CanarySettings.StageVariableOverrides) != 0 || updated.Variables["new"] != "" {
		t.Errorf("the stage is %+v", updated)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	ctx, nothing := t.Context(), aws.String("zzz")
	call := func(_ any, err error) error { return err }
	for name, test := range map[string]struct {
		err         error
		code, words string
	}{
		"an API without a name":       {call(w.CreateRestApi(ctx, &sdk.CreateRestApiInput{})), "BadRequestException", "name"},
		"an API that is cloned":       {call(w.CreateRestApi(ctx, &sdk.CreateRestApiInput{Name: nothing, CloneFrom: nothing})), "BadRequestException", "does not have"},
		"no API":                      {call(w.GetRestApi(ctx, &sdk.GetRestApiInput{RestApiId: nothing})), "NotFoundException", "Invalid API identifier"},
		"no API's stages":             {call(w.GetStages(ctx, &sdk.GetStagesInput{RestApiId: nothing})), "NotFoundException", "Invalid API identifier"},
		"no API's deployments":        {call(w.GetDeployments(ctx, &sdk.GetDeploymentsInput{RestApiId: nothing})), "NotFoundException", "Invalid API identifier"},
		"no API's resources":          {call(w.GetResources(ctx, &sdk.GetResourcesInput{RestApiId: nothing})), "NotFoundException", "Invalid API identifier"},
		"no stage":                    {call(w.GetStage(ctx, &sdk.GetStageInput{RestApiId: &w.id, StageName: nothing})), "NotFoundException", "Invalid stage identifier specified"},
		"no parent":                   {call(w.CreateResource(ctx, &sdk.CreateResourceInput{RestApiId: &w.id, ParentId: nothing, PathPart: nothing})), "NotFoundException", "Invalid Resource"},
		"a path of two parts":         {call(w.CreateResource(ctx, &sdk.CreateResourceInput{RestApiId: &w.id, ParentId: &w.root, PathPart: aws.String("a/b")})), "BadRequestException", "path part"},
		"a path that is there":        {call(w.CreateResource(ctx, &sdk.CreateResourceInput{RestApiId: &w.id, ParentId: &w.root, PathPart: aws.String("items")})), "ConflictException", "same parent"},
		"a method that is there":      {call(w.PutMethod(ctx, &sdk.PutMethodInput{RestApiId: &w.id, ResourceId: &w.root, HttpMethod: aws.String("GET"), AuthorizationType: aws.String("NONE")})), "ConflictException", "already exists"},
		"a method with an authoriser": {call(w.PutMethod(ctx, &sdk.PutMethodInput{RestApiId: &w.id, ResourceId: &w.root, HttpMethod: aws.String("PUT"), AuthorizationType: aws.String("AWS_IAM")})), "BadRequestException", "authorisation"},
		"no method":                   {call(w.PutIntegration(ctx, w.integration(w.root, "PUT", "1"))), "NotFoundException", "Invalid Method"},
		"a mock":                      {call(w.PutIntegration(ctx, &sdk.PutIntegrationInput{RestApiId: &w.id, ResourceId: &w.root, HttpMethod: aws.String("GET"), Type: types.IntegrationTypeMock})), "BadRequestException", "AWS_PROXY"},
		"no function": {call(w.PutIntegration(ctx, &sdk.PutIntegrationInput{
			RestApiId: &w.id, ResourceId: &w.root, HttpMethod: aws.String("GET"), Type: types.IntegrationTypeAwsProxy, IntegrationHttpMethod: aws.String("POST"), Uri: aws.String("https://example.com"),
		})), "BadRequestException", "Invalid ARN"},
		"too long a timeout": {call(w.PutIntegration(ctx, func() *sdk.PutIntegrationInput {
			in := w.integration(w.root, "GET", "1")
			in.TimeoutInMillis = aws.Int32(30_000)
			return in
		}())), "BadRequestException", "29000"},
		"variables of a stage that exists": {call(w.CreateDeployment(ctx, &sdk.CreateDeploymentInput{RestApiId: &w.id, StageName: aws.String("prod"), Variables: map[string]string{"a": "b"}})), "BadRequestException", "does not have"},
		"a cache":                          {call(w.CreateDeployment(ctx, &sdk.CreateDeploymentInput{RestApiId: &w.id, CacheClusterEnabled: aws.Bool(true)})), "BadRequestException", "does not have"},
		"a stage twice":                    {call(w.CreateStage(ctx, &sdk.CreateStageInput{RestApiId: &w.id, StageName: aws.String("prod"), DeploymentId: &w.first})), "ConflictException", "Stage already exists"},
		"a stage with a canary":            {call(w.CreateStage(ctx, &sdk.CreateStageInput{RestApiId: &w.id, StageName: nothing, DeploymentId: &w.first, CanarySettings: &types.CanarySettings{}})), "BadRequestException", "does not have"},
		"a stage of no deployment":         {call(w.CreateStage(ctx, &sdk.CreateStageInput{RestApiId: &w.id, StageName: nothing, DeploymentId: nothing})), "NotFoundException", "Invalid Deployment"},
		"tags of nothing":                  {call(w.TagResource(ctx, &sdk.TagResourceInput{ResourceArn: nothing})), "BadRequestException", "Invalid ARN"},
		"tags of no API":                   {call(w.TagResource(ctx, &sdk.TagResourceInput{ResourceArn: aws.String("arn:aws:apigateway:us-east-1::/restapis/zzz")})), "NotFoundException", "Invalid API"},
		"tags of no stage":                 {call(w.TagResource(ctx, &sdk.TagResourceInput{ResourceArn: aws.String("arn:aws:apigateway:us-east-1::/restapis/" + w.id + "/stages/zzz")})), "NotFoundException", "Invalid stage"},
		"a position that is none":          {call(w.GetDeployments(ctx, &sdk.GetDeploymentsInput{RestApiId: &w.id, Position: nothing})), "BadRequestException", "position"},
	} {
		t.Run(name, func(t *testing.T) { expectRefusal(t, test.err, test.code, test.words) })
	}
	empty, err := w.CreateRestApi(ctx, &sdk.CreateRestApiInput{Name: aws.String("empty")})
	must(t, err)
	_, err = w.CreateDeployment(ctx, &sdk.CreateDeploymentInput{RestApiId: empty.Id})
	expectRefusal(t, err, "BadRequestException", "doesn't contain any methods")
	_, err = w.PutMethod(ctx, &sdk.PutMethodInput{RestApiId: empty.Id, ResourceId: empty.RootResourceId, HttpMethod: aws.String("GET"), AuthorizationType: aws.String("NONE")})
	must(t, err)
	_, err = w.CreateDeployment(ctx, &sdk.CreateDeploymentInput{RestApiId: empty.Id})
	expectRefusal(t, err, "BadRequestException", "No integration defined for method")
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := w.GetRestApis(gone, &sdk.GetRestApisInput{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := apigateway.New(apigateway.Options{}); err == nil {
		t.Error("a service without a store was made")
	}
}

// TestTooManyAtOnce: one deployment in five seconds, and one change of a stage at a time.
func TestTooManyAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *apigateway.Options) { o.DeploymentInterval, o.Busy = 5*time.Second, time.Second })
	_, err := w.CreateDeployment(t.Context(), &sdk.CreateDeploymentInput{RestApiId: &w.id})
	var many *types.TooManyRequestsException
	if !errors.As(err, &many) || *many.RetryAfterSeconds != "5" {
		t.Errorf("got %v", err)
	}
	_, err = w.patch(t, operation(types.OpReplace, "/description", "x"))
	expectRefusal(t, err, "ConflictException", "try again later")
	w.clock.RunUntil(noon.Add(5 * time.Second))
	w.deploy(t, "second")
	_, err = w.patch(t, operation(types.OpReplace, "/description", "x"))
	must(t, err)
	w.clock.RunUntil(noon.Add(10 * time.Second))
	_, err = w.CreateDeployment(t.Context(), &sdk.CreateDeploymentInput{RestApiId: &w.id, StageName: aws.String("prod")})
	must(t, err)
	w.clock.RunUntil(noon.Add(15 * time.Second))
	_, err = w.patch(t, operation(types.OpReplace, "/description", "y"))
	must(t, err)
	_, err = w.CreateDeployment(t.Context(), &sdk.CreateDeploymentInput{RestApiId: &w.id, StageName: aws.String("prod")})
	expectRefusal(t, err, "ConflictException", "try again later")
}

// TestListsAndStore: what was made is there after a restart, page by page.
func TestListsAndStore(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for range 4 {
		w.deploy(t, "more")
	}
	_, err := w.patch(t, operation(types.OpReplace, "/canarySettings/percentTraffic", "12.5"))
	must(t, err)
	for _, arn := range []string{w.id, w.id + "/stages/prod"} {
		_, err := w.TagResource(t.Context(), &sdk.TagResourceInput{ResourceArn: aws.String("arn:aws:apigateway:us-east-1::/restapis/" + arn), Tags: map[string]string{"b": "2"}})
		must(t, err)
	}
	_, err = w.CreateStage(t.Context(), &sdk.CreateStageInput{RestApiId: &w.id, StageName: aws.String("beta"), DeploymentId: &w.first})
	must(t, err)
	again, err := apigateway.New(apigateway.Options{Clock: w.clock, Store: w.store})
	must(t, err)
	found := 0
	for in := (&sdk.GetDeploymentsInput{RestApiId: &w.id, Limit: aws.Int32(2)}); ; {
		page, err := again.GetDeployments(t.Context(), in)
		must(t, err)
		if found += len(page.Items); page.Position == nil {
			break
		}
		in.Position = page.Position
	}
	apis, err := again.GetRestApis(t.Context(), &sdk.GetRestApisInput{})
	must(t, err)
	resources, err := again.GetResources(t.Context(), &sdk.GetResourcesInput{RestApiId: &w.id, Embed: []string{"methods"}})
	must(t, err)
	stages, err := again.GetStages(t.Context(), &sdk.GetStagesInput{RestApiId: &w.id})
	must(t, err)
	api, err := again.GetRestApi(t.Context(), &sdk.GetRestApiInput{RestApiId: &w.id})
	must(t, err)
	if found != 5 || len(apis.Items) != 1 || len(resources.Items) != 3 || len(stages.Item) != 2 || !reflect.DeepEqual(api.Tags, map[string]string{"a": "1", "b": "2"}) || *api.RootResourceId != w.root {
		t.Errorf("%d deployments, %d APIs, %d resources, stages %+v, tags %v", found, len(apis.Items), len(resources.Items), stages.Item, api.Tags)
	}
	if prod := stages.Item[1]; prod.CanarySettings.PercentTraffic != 12.5 || prod.Tags["b"] != "2" || !prod.CreatedDate.Equal(noon) {
		t.Errorf("the stage is %+v", prod)
	}
	for _, key := range []string{"stage/a/b", "else/a"} {
		broken := store.Memory()
		must(t, broken.Save(store.Change{Bucket: "apigateway", Key: key, Value: []byte("{")}))
		if _, err := apigateway.New(apigateway.Options{Store: broken}); err == nil {
			t.Errorf("a broken record %s was loaded", key)
		}
	}
}
