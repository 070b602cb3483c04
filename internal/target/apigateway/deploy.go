package apigateway

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"

	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// Bake puts the artifact on the function's $LATEST, which no stage leads to. A release that returns to a deployment has
// nothing to bake.
func (t *Target) Bake(ctx context.Context) (done bool, err error) {
	return t.function(t.document.Request.Version).Bake(ctx)
}

// Deploy publishes a version of the function, lets the stage invoke it, and makes a deployment of the API as it is now, which
// no stage leads to. A deployment that this release has made before is known by its description and not made again.
func (t *Target) Deploy(ctx context.Context, stable string) (version string, done bool, err error) {
	present, err := t.look(ctx)
	if err != nil {
		return "", false, err
	}
	if err := t.checkOwner(ctx, present.stage); err != nil {
		return "", false, err
	}
	asked := t.document.Request.Version
	returned := present.version(asked)
	if t.isReturn() && returned == "" {
		return "", false, t.versionMissing(present, asked)
	}
	published, ready, err := t.function(returned).Deploy(ctx, present.version(stable))
	if err != nil || !ready {
		return "", false, err
	}
	if err := t.allow(ctx, published); err != nil {
		return "", false, err
	}
	if t.isReturn() {
		return asked, true, nil
	}
	before := deployment{id: stable, version: present.version(stable)}
	// API Gateway has no token that would make one of two calls: look as shortly before it as can be.
	if present.deployments, err = t.readDeployments(ctx); err != nil {
		return "", false, err
	}
	if made, ok := present.of(t.release); ok {
		return made.id, true, nil
	}
	id, err := t.createDeployment(ctx, published, before)
	return id, err == nil, err
}

// createDeployment makes one deployment, which no stage leads to.
func (t *Target) createDeployment(ctx context.Context, version string, before deployment) (id string, err error) {
	output, err := call.Do(ctx, fmt.Sprintf("apigateway: deploy REST API %s to no stage", t.settings.RestAPI), t.api.CreateDeployment, &sdk.CreateDeploymentInput{
		RestApiId: aws.String(t.settings.RestAPI), Description: aws.String(t.marked(version, before)),
	})
	if err != nil {
		return "", slowedDown(err)
	}
	return aws.ToString(output.Id), nil
}
