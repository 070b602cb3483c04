package apigateway_test

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// TestLateStep: a handler that writes a step when the canary was taken away already makes a canary that is no other than the
// stage. It gets no requests to speak of, and is taken away, too.
func TestLateStep(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	made := c.deploy("r-1", "v2")
	subject := c.target("r-1", "v2")
	must(t, c.patch(replace("/canarySettings/percentTraffic", "50.0")))
	if got, err := subject.Split(t.Context()); err != nil || got != release.Pure(c.first) {
		t.Errorf("the stage stands at %s, %v", got, err)
	}
	if found, err := c.target("r-2", "v3").Preflight(t.Context()); err != nil || len(found.Notes) == 0 {
		t.Errorf("the next release gets %v, %v", found.Notes, err)
	}
	if _, done, err := subject.Restore(t.Context(), c.first); err != nil || !done || c.stage().canary != nil {
		t.Errorf("after restoring there is canary %+v, done %t, %v", c.stage().canary, done, err)
	}
	must(t, c.patch(replace("/canarySettings/deploymentId", c.first), replace("/canarySettings/stageVariableOverrides/version", "2"), replace("/canarySettings/percentTraffic", "50.0")))
	if got, err := subject.Split(t.Context()); err != nil || got.IsPure() {
		t.Errorf("a canary with another version of the function is none: %s, %v, %s was made", got, err, made)
	}
}

// TestLatePromotion: a second promotion that comes when the first has taken the canary away leaves one without traffic.
func TestLatePromotion(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	made := c.deploy("r-1", "v2")
	subject := c.target("r-1", "v2")
	_, err := subject.Shift(t.Context(), release.Pure(made), anything)
	must(t, err)
	must(t, c.patch(replace("/canarySettings/percentTraffic", "0.0")))
	if _, done, err := subject.Retire(t.Context(), made, c.first); err != nil || !done || c.stage().canary != nil {
		t.Errorf("after retiring there is canary %+v, done %t, %v", c.stage().canary, done, err)
	}
}

// TestRestoreKeepsOneDeployment of those that a release made at once.
func TestRestoreKeepsOneDeployment(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	made := c.deploy("r-1", "v2")
	_, err := c.api.CreateDeployment(foreign(t), &sdk.CreateDeploymentInput{RestApiId: aws.String(c.id), Description: aws.String(c.described(made))})
	must(t, err)
	_, done, err := c.target("r-1", "v2").Restore(t.Context(), c.first)
	if err != nil || !done || len(c.deployments()) != 2 || !slices.Contains(c.deployments(), made) {
		t.Errorf("deployments %v are left, %s was the first; done %t, %v", c.deployments(), made, done, err)
	}
}
