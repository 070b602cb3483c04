package apigateway

import (
	"context"
	"maps"
	"math"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// A stage is what API Gateway has of it now.
type stage struct {
	deployment  string
	variables   map[string]string
	canary      *canary
	description string
	tags        map[string]string
	cached      bool
}

// A canary is a stage's canary settings.
type canary struct {
	deployment string
	percent    float64
	overrides  map[string]string
}

// readStage reads the stage.
func (t *Target) readStage(ctx context.Context) (stage, error) {
	output, err := call.Do(ctx, "apigateway: read "+t.stageName(), t.api.GetStage, &sdk.GetStageInput{
		RestApiId: aws.String(t.settings.RestAPI), StageName: aws.String(t.settings.Stage),
	})
	if isMissing(err) {
		return stage{}, t.stageMissing().Because(err)
	}
	if err != nil {
		return stage{}, err
	}
	read := stage{
		deployment: aws.ToString(output.DeploymentId), variables: output.Variables, description: aws.ToString(output.Description), tags: output.Tags, cached: output.CacheClusterEnabled,
	}
	if settings := output.CanarySettings; settings != nil {
		// One that was made without a deployment leads to the stage's own.
		read.canary = &canary{deployment: aws.ToString(settings.DeploymentId), percent: settings.PercentTraffic, overrides: settings.StageVariableOverrides}
		if read.canary.deployment == "" {
			read.canary.deployment = read.deployment
		}
	}
	return read, nil
}

// stageMissing says that there is no such stage.
func (t *Target) stageMissing() *release.Failure {
	return release.Fail(release.KindRefused, "there is no %s in this account and Region", t.stageName()).
		WithHint("deploy the API to that stage once, with the variable %s, or correct target.apigateway; HTTP APIs have no canary: use target lambda for the function behind one", t.settings.Variable)
}

// split is where the stage sends requests. A canary of 0 % gets none, and one that is no other than the stage makes no difference.
func (s stage) split() release.Split {
	split := release.Pure(s.deployment)
	if s.canary == nil || s.isSelf() {
		return split
	}
	if weight := math.Round(s.canary.percent*100) / 100; weight > 0 {
		split.Canary, split.Weight = s.canary.deployment, weight
	}
	return split
}

// isSelf reports whether the canary is what the stage is: so is one that a write has left whose canary was taken away right before.
func (s stage) isSelf() bool {
	if s.canary == nil || s.canary.deployment != s.deployment {
		return false
	}
	for name, value := range s.canary.overrides {
		if s.variables[name] != value {
			return false
		}
	}
	return true
}

// same reports whether both send requests to the same places, in the same way.
func (s stage) same(other stage) bool {
	if (s.canary == nil) != (other.canary == nil) || s.deployment != other.deployment || !maps.Equal(s.variables, other.variables) {
		return false
	}
	return s.canary == nil || s.canary.deployment == other.canary.deployment && s.canary.percent == other.canary.percent && maps.Equal(s.canary.overrides, other.canary.overrides)
}
