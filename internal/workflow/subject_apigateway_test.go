package workflow_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	sdklambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/cloudwatch"
	"github.com/goldfinch-dev/goldfinch/internal/local/engine"
	"github.com/goldfinch-dev/goldfinch/internal/local/intercept"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// staged is the subject of a REST API's stage, and the function behind it.
//
// Deployment 1 is stable and leads to version 1 of the function; deployment 2 is older and leads to version 2, and somebody else moves
// the stage there; version 3 has no deployment; and the release makes version 4 and a deployment that leads there. Two of each are kept, so a
// release that is promoted deletes deployment 2 and version 2, unless those have traffic.
type staged struct{}

func (staged) name() string { return "apigateway" }

func (staged) scenarios() []scenario {
	scenarios := []scenario{
		{name: "good"}, {name: "broken", broken: true, since: "shift"}, {name: "wrong", wrong: true, since: "verify"},
		{name: "held", held: true, since: "promote"}, {name: "held, broken", held: true, broken: true, since: "promote"},
	}
	for i := range scenarios {
		scenarios[i].unrecorded = true
	}
	return scenarios
}

func (staged) schedules() int { return 1700 }

// sleep is shorter than a handler lives: without a lock, nothing but its death keeps one from writing.
func (staged) sleep() time.Duration { return handlerLife }

func (staged) versions(scenario) (stable, canary string) { return stableVersion, canaryVersion }

func (staged) creates(site) bool { return false }

// reads leaves out the rollback: what it reads last, it only reads to delete.
func (staged) reads(call site) bool {
	return call.operation == "apigateway:GetStage" && slices.Contains([]string{"bake", "shift", "evaluate", "promote", "retire"}, call.function)
}

// overwrites is the first of the two writes of a promotion: it sets the deployment and the version. All others say what is to be changed in the
// canary's settings, so that the next look finds what somebody else wrote.
func (staged) overwrites(next []site) bool {
	call := next[0]
	return call.function == "promote" && call.operation == "apigateway:UpdateStage" && last(next[1:], func(c site) bool { return c.run == call.run && c.operation == call.operation }) >= 0
}

func (staged) prepare(t testing.TB, s scenario) *world {
	return newGateway(t, s)
}

func (staged) document(w *world, s scenario) release.Document {
	return w.document("new", func(d *release.Document) {
		settle := release.Duration(2 * time.Minute)
		d.Strategy = release.Strategy{Steps: []release.Step{{Weight: 10, Wait: release.Duration(2 * time.Minute)}, {Weight: 50, Wait: release.Duration(time.Minute)}}, Settle: &settle}
		if s.held {
			holdback := 10.0
			d.Strategy = release.Strategy{Adaptive: &release.AdaptiveStrategy{Profile: release.ProfileFast}, Settle: &settle, Holdback: &holdback}
		}
		d.Target = release.Target{APIGateway: &release.APIGatewayTarget{RestAPI: w.gateway.api, Stage: gatewayStage, Function: "echo", KeepVersions: 2}}
		d.Verify = []release.Check{{Payload: map[string]any{"path": "/"}, Expect: map[string]any{"status": 200.0}}}
	})
}

// foreign names the deployment that a promoted release deletes, or, where that is gone, the stable one.
func (staged) foreign(w *world) (version string) {
	g := w.gateway
	for _, version := range []string{foreignVersion, stableVersion} {
		patches := []types.PatchOperation{replaced("/deploymentId", g.deployments[version]), replaced("/variables/version", version)}
		if g.stage().CanarySettings != nil {
			patches = append(patches, types.PatchOperation{Op: types.OpRemove, Path: aws.String("/canarySettings")})
		}
		_, err := w.engine.APIGateway.UpdateStage(context.Background(), &apigateway.UpdateStageInput{RestApiId: &g.api, StageName: aws.String(gatewayStage), PatchOperations: patches})
		if err == nil {
			return version
		}
	}
	w.t.Error("somebody else could not move the stage")
	return ""
}

func (staged) shares(w *world) map[string]float64 { return w.gateway.shares() }

// exists reports whether a deployment is there, and whether API Gateway may invoke what it leads to.
func (staged) exists(w *world, version string) bool {
	made := w.gateway.made()
	return len(made[version]) > 0 && w.gateway.isInvocable(version)
}

func (staged) left(w *world, version string) []string {
	return append(w.gateway.orphans(version), w.gateway.failed...)
}

func replaced(path, value string) types.PatchOperation {
	return types.PatchOperation{Op: types.OpReplace, Path: &path, Value: &value}
}

// gatewayStage is the stage that users call.
const gatewayStage = "prod"

// A gateway is a user's REST API.
type gateway struct {
	world *world
	// api is its id, deployments are the ids of those that there were before, by the version that they lead to.
	api         string
	deployments map[string]string
	// watched: users have come, and failed says which of their requests were not answered.
	watched bool
	failed  []string
}

// newGateway makes the scenario's world.
func newGateway(t testing.TB, s scenario) *world {
	t.Helper()
	g := &gateway{deployments: map[string]string{}}
	w := newWorld(t, func(_ *world, options *engine.Options) { options.Intercept = g.watch(options.Intercept) })
	w.gateway, g.world = g, w
	w.named = g.named
	g.function()
	g.rest()
	g.populate(s)
	return w
}

// function makes the function, and its versions 1 to 3.
func (g *gateway) function() {
	w := g.world
	bucket, key, _ := w.document("one").Artifact.S3()
	_, err := w.engine.Lambda.CreateFunction(context.Background(), &sdklambda.CreateFunctionInput{
		FunctionName: aws.String("echo"), Role: aws.String("arn:aws:iam::" + engine.AccountID + ":role/echo"), Handler: aws.String("bootstrap"), Runtime: lambdatypes.RuntimeProvidedal2023,
		Code: &lambdatypes.FunctionCode{S3Bucket: &bucket, S3Key: &key}, Tags: map[string]string{"goldfinch:service": "echo"}, Publish: true,
	})
	g.must(err)
	w.pass(10 * time.Second)
	w.publish("somebody else's")
	w.publish("old")
	g.permit(stableVersion, "users")
}

// permit lets API Gateway invoke a version, by a statement of that name.
func (g *gateway) permit(version, statement string) {
	_, err := g.world.engine.Lambda.AddPermission(context.Background(), &sdklambda.AddPermissionInput{
		FunctionName: aws.String("echo"), Qualifier: &version, StatementId: &statement, Action: aws.String("lambda:InvokeFunction"), Principal: aws.String("apigateway.amazonaws.com"),
	})
	g.must(err)
}

// rest makes the API, whose two deployments are of releases before, and its stage.
func (g *gateway) rest() {
	ctx, service := context.Background(), g.world.engine.APIGateway
	made, err := service.CreateRestApi(ctx, &apigateway.CreateRestApiInput{Name: aws.String("echo"), Tags: map[string]string{"goldfinch:service": "echo"}})
	g.must(err)
	g.api = *made.Id
	g.permit(foreignVersion, "goldfinch-"+g.api+"-"+gatewayStage)
	resource, err := service.CreateResource(ctx, &apigateway.CreateResourceInput{RestApiId: made.Id, ParentId: made.RootResourceId, PathPart: aws.String("{proxy+}")})
	g.must(err)
	_, err = service.PutMethod(ctx, &apigateway.PutMethodInput{RestApiId: made.Id, ResourceId: resource.Id, HttpMethod: aws.String("ANY"), AuthorizationType: aws.String("NONE")})
	g.must(err)
	_, err = service.PutIntegration(ctx, &apigateway.PutIntegrationInput{
		RestApiId: made.Id, ResourceId: resource.Id, HttpMethod: aws.String("ANY"), Type: types.IntegrationTypeAwsProxy, IntegrationHttpMethod: aws.String("POST"),
		Uri: aws.String("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:" + engine.AccountID + ":function:echo:${stageVariables.version}/invocations"),
	})
	g.must(err)
	before := "first with version 3"
	for _, version := range []string{foreignVersion, stableVersion} {
		deployed, err := service.CreateDeployment(ctx, &apigateway.CreateDeploymentInput{
			RestApiId: made.Id, StageName: aws.String("test"),
			Description: aws.String(fmt.Sprintf("goldfinch release r-%s: echo version %s (before: deployment %s); see: goldfinch status echo/production", version, version, before)),
		})
		g.must(err)
		g.deployments[version] = *deployed.Id
		before = *deployed.Id + " with version " + version
		g.world.pass(10 * time.Second)
	}
	_, err = service.CreateStage(ctx, &apigateway.CreateStageInput{
		RestApiId: made.Id, StageName: aws.String(gatewayStage), DeploymentId: aws.String(g.deployments[stableVersion]), Variables: map[string]string{"version": stableVersion},
	})
	g.must(err)
}

// populate makes the scenario's users: from now on they come, and none may meet an error of API Gateway.
func (g *gateway) populate(s scenario) {
	w := g.world
	_, canary := staged{}.versions(s)
	w.broken[canary] = map[bool]float64{true: 0.2}[s.broken]
	if s.held {
		w.users, w.breaksAt = 100, map[string]float64{canary: 0.8}
		w.broken[canary] *= 5 // a small control group needs much to go by
	}
	w.answer = func(version string) string {
		if s.wrong && version == canary {
			return `{"statusCode":500}`
		}
		return `{"statusCode":200}`
	}
	g.watched = true
	w.pass(w.clock.Now().Truncate(time.Minute).Add(time.Minute).Sub(w.clock.Now())) // requests are counted by whole minutes
	w.traffic(g.shares, func(version string, requests, broken int) {
		w.engine.CloudWatch.RecordCounts(cloudwatch.Counts{
			Function: "echo", Version: version, At: w.clock.Now(), Invocations: requests, Errors: broken,
			Durations: []cloudwatch.DurationCount{{Duration: 20 * time.Millisecond, Count: requests}},
		})
	})
}

// stage is the stage that users call.
func (g *gateway) stage() *apigateway.GetStageOutput {
	found, err := g.world.engine.APIGateway.GetStage(context.Background(), &apigateway.GetStageInput{RestApiId: &g.api, StageName: aws.String(gatewayStage)})
	g.must(err)
	return found
}

// made are the ids of all deployments, by the version that each was made for.
func (g *gateway) made() map[string][]string {
	found, err := g.world.engine.APIGateway.GetDeployments(context.Background(), &apigateway.GetDeploymentsInput{RestApiId: &g.api, Limit: aws.Int32(500)})
	g.must(err)
	made := map[string][]string{}
	for _, one := range found.Items {
		_, after, _ := strings.Cut(aws.ToString(one.Description), ": echo version ")
		version, _, _ := strings.Cut(after, " ")
		made[version] = append(made[version], *one.Id)
	}
	return made
}

// named is a deployment by the version that it was made for; its id when it is gone.
func (g *gateway) named(id string) string {
	for version, ids := range g.made() {
		if slices.Contains(ids, id) {
			return version
		}
	}
	return id
}

// shares is where requests go. A deployment that is invoked with another version than its own has none of the test's names.
func (g *gateway) shares() map[string]float64 {
	stage := g.stage()
	name := func(deployment, version string) string {
		if named := g.named(deployment); named != version {
			return fmt.Sprintf("of deployment %s with version %s", named, version)
		}
		return version
	}
	canary := 0.0
	shares := map[string]float64{}
	if settings := stage.CanarySettings; settings != nil && settings.PercentTraffic > 0 {
		canary = settings.PercentTraffic / 100
		version, overridden := settings.StageVariableOverrides["version"]
		if !overridden {
			version = stage.Variables["version"]
		}
		shares[name(aws.ToString(settings.DeploymentId), version)] += canary
	}
	shares[name(*stage.DeploymentId, stage.Variables["version"])] += 1 - canary
	return shares
}

// isInvocable reports whether API Gateway may invoke a version of the function, and it exists.
func (g *gateway) isInvocable(version string) bool {
	return g.world.engine.Lambda.Allows("echo", version, "apigateway.amazonaws.com", "arn:aws:execute-api:us-east-1:"+engine.AccountID+":"+g.api+"/"+gatewayStage+"/GET/")
}

// watch stands around each call, and looks what requests meet after each that changes anything.
func (g *gateway) watch(stands intercept.Func) intercept.Func {
	return func(ctx context.Context, operation string, call func(context.Context) error) error {
		return stands(ctx, operation, func(ctx context.Context) error {
			err := call(ctx)
			if g.watched && slices.Contains([]string{"apigateway:UpdateStage", "apigateway:DeleteDeployment", "lambda:DeleteFunction", "lambda:RemovePermission"}, operation) {
				g.look(operation)
			}
			return err
		})
	}
}

// look notes requests that API Gateway can't answer.
func (g *gateway) look(after string) {
	for version, share := range g.shares() {
		if share > 0 && !g.isInvocable(version) {
			g.failed = append(g.failed, fmt.Sprintf("%s, after %s: requests %s are not answered", g.world.clock.Now().Format("15:04:05"), after, version))
		}
	}
}

// orphans are what nobody needs when all traffic is on that version.
func (g *gateway) orphans(version string) []string {
	var left []string
	say := func(format string, arguments ...any) { left = append(left, fmt.Sprintf(format, arguments...)) }
	if settings := g.stage().CanarySettings; settings != nil {
		say("canary settings of deployment %s at %v%%", g.named(aws.ToString(settings.DeploymentId)), settings.PercentTraffic)
	}
	made := g.made()
	for of, ids := range made {
		if len(ids) > 1 {
			say("%d deployments of version %s", len(ids), of)
		}
	}
	found, err := g.world.engine.Lambda.ListVersionsByFunction(context.Background(), &sdklambda.ListVersionsByFunctionInput{FunctionName: aws.String("echo")})
	g.must(err)
	published := len(found.Versions) - 1 // $LATEST is none
	if promoted := version == canaryVersion; promoted && (len(made[foreignVersion]) > 0 || g.isInvocable(foreignVersion) || published > 3) {
		say("deployments %v and %d versions, of which two are kept", made, published)
	}
	if version != canaryVersion && g.isInvocable(canaryVersion) {
		say("a permission to invoke version %s", canaryVersion)
	}
	if published > 4 || len(made) > 3 {
		say("deployments %v and %d versions: more than one release makes", made, published)
	}
	slices.Sort(left)
	return left
}

func (g *gateway) must(err error) {
	if err != nil {
		g.world.t.Error(err)
		panic(err)
	}
}
