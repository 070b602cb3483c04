package apigateway_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
)

// TestDrift changes things behind a release's back: each is found, and repaired if that takes no release.
func TestDrift(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(t *testing.T, c *cloud, made string)
		kind   target.FindingKind
		want   string
		got    string
	}{
		"nothing": {change: func(*testing.T, *cloud, string) {}},
		"another deployment": {
			change: func(t *testing.T, c *cloud, made string) {
				_, err := c.api.CreateDeployment(foreign(t), &sdk.CreateDeploymentInput{RestApiId: aws.String(c.id), StageName: aws.String(stageName)})
				must(t, err)
			},
			kind: target.FindingRouting, want: "with version 2", got: "deployment ",
		},
		"the deployment before": {
			change: func(t *testing.T, c *cloud, made string) {
				must(t, c.patch(replace("/deploymentId", c.first), replace("/variables/version", "1")))
			},
			kind: target.FindingRouting, want: "with version 2", got: "with version 1",
		},
		"the variable": {
			change: func(t *testing.T, c *cloud, made string) { must(t, c.patch(replace("/variables/version", "1"))) },
			kind:   target.FindingRouting, want: "with version 2", got: "with version 1",
		},
		"a canary": {
			change: func(t *testing.T, c *cloud, made string) {
				_, err := c.api.CreateDeployment(foreign(t), &sdk.CreateDeploymentInput{
					RestApiId: aws.String(c.id), StageName: aws.String(stageName),
					CanarySettings: &types.DeploymentCanarySettings{PercentTraffic: 20, StageVariableOverrides: map[string]string{"version": "1"}},
				})
				must(t, err)
			},
			kind: target.FindingRouting, want: "with version 2", got: "with version 1 at 20%",
		},
		"the deployment deleted": {
			change: func(t *testing.T, c *cloud, made string) {
				must(t, c.patch(replace("/deploymentId", c.first), replace("/variables/version", "1")))
				_, err := c.api.DeleteDeployment(foreign(t), &sdk.DeleteDeploymentInput{RestApiId: aws.String(c.id), DeploymentId: aws.String(made)})
				must(t, err)
			},
			kind: target.FindingVersion, want: "deployment ", got: "no such deployment",
		},
		"the version deleted": {
			change: func(t *testing.T, c *cloud, made string) {
				_, err := c.lambda.DeleteFunction(foreign(t), &awslambda.DeleteFunctionInput{FunctionName: aws.String(functionName), Qualifier: aws.String("2")})
				must(t, err)
			},
			kind: target.FindingVersion, want: "version 2", got: "no such version",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			made := c.deploy("r-1", "v2")
			subject := c.target("r-1", "v2")
			_, err := subject.Shift(t.Context(), release.Pure(made), anything)
			must(t, err)
			released := target.Released{Version: made, Artifact: c.document("v2").Artifact}
			test.change(t, c, made)
			findings, err := subject.Inspect(t.Context(), released)
			must(t, err)
			if test.kind == "" {
				if len(findings) != 0 {
					t.Errorf("found %+v", findings)
				}
				return
			}
			if len(findings) != 1 || findings[0].Kind != test.kind || !strings.Contains(findings[0].Want, test.want) || !strings.Contains(findings[0].Got, test.got) {
				t.Fatalf("found %+v", findings)
			}
			if test.kind == target.FindingVersion {
				_, err := subject.Mend(t.Context(), released, findings[0], anything)
				expectKind(t, err, release.KindRefused, "by a release")
				return
			}
			for done := false; !done; {
				if done, err = subject.Mend(t.Context(), released, findings[0], anything); err != nil {
					t.Fatal(err)
				}
			}
			if at := c.stage(); at != (stage{deployment: made, variable: "2", table: "orders"}) {
				t.Errorf("it was mended to %+v", at)
			}
		})
	}
}

// TestDriftOfCode: the version is not of the package that the ledger knows.
func TestDriftOfCode(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	made := c.deploy("r-1", "v2")
	subject := c.target("r-1", "v2")
	_, err := subject.Shift(t.Context(), release.Pure(made), anything)
	must(t, err)
	findings, err := subject.Inspect(t.Context(), target.Released{Version: made, Artifact: c.document("v3").Artifact})
	if err != nil || len(findings) != 1 || findings[0].Kind != target.FindingVersion || findings[0].Resource != "echo:2" || !strings.HasPrefix(findings[0].Want, "code ") {
		t.Errorf("found %+v, %v", findings, err)
	}
	findings, err = subject.Inspect(t.Context(), target.Released{Version: made, Artifact: release.Artifact{Container: "registry/echo@sha256:00"}})
	if err != nil || len(findings) != 1 || findings[0].Want != "image sha256:00" || findings[0].Got != "no image" {
		t.Errorf("found %+v, %v", findings, err)
	}
}

// TestMendAsksItsGuard: a lease that is lost, or a split that is somebody's, is left alone.
func TestMendAsksItsGuard(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	made := c.deploy("r-1", "v2")
	subject := c.target("r-1", "v2")
	before := c.stage()
	finding := target.Finding{Kind: target.FindingRouting}
	_, err := subject.Mend(t.Context(), target.Released{Version: made}, finding, mine())
	expectKind(t, err, release.KindConflict)
	lost := anything
	lost.Check = func(ctx context.Context) error { return errLost }
	if _, err := subject.Mend(t.Context(), target.Released{Version: made}, finding, lost); err != errLost {
		t.Error(err)
	}
	if after := c.stage(); after != before {
		t.Errorf("it was %+v, and is %+v", before, after)
	}
}
