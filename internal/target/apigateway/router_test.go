package apigateway_test

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
)

// errLost is a call of which nobody knows whether it worked.
var errLost = errors.New("the connection broke")

func TestCanaryOfAStage(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	made := c.deploy("r-1", "v2")
	subject := c.target("r-1", "v2")
	if at := c.stage(); at.canary != nil || at.deployment != c.first {
		t.Fatalf("deploy left the stage at %+v", at)
	}
	tenPercent := release.Split{Stable: c.first, Canary: made, Weight: 10}
	got, err := subject.Shift(t.Context(), tenPercent, mine(release.Pure(c.first)))
	if err != nil || !got.Same(tenPercent) {
		t.Fatal(got, err)
	}
	want := &types.CanarySettings{DeploymentId: aws.String(made), PercentTraffic: 10, StageVariableOverrides: map[string]string{"version": "2"}}
	if at := c.stage(); !reflect.DeepEqual(at.canary, want) || at.deployment != c.first || at.variable != "1" {
		t.Errorf("a tenth is %+v, canary %+v", at, at.canary)
	}
	if _, err := subject.Shift(t.Context(), release.Pure(made), anything); err != nil {
		t.Fatal(err)
	}
	if at := c.stage(); !reflect.DeepEqual(at, stage{deployment: made, variable: "2", table: "orders"}) {
		t.Errorf("promotion left the stage at %+v", at)
	}
	// The deployment before is somebody else's; where it led to is in the description of ours.
	if _, err := subject.Shift(t.Context(), release.Pure(c.first), anything); err != nil {
		t.Fatal(err)
	}
	if at := c.stage(); !reflect.DeepEqual(at, stage{deployment: c.first, variable: "1", table: "orders"}) {
		t.Errorf("going back left the stage at %+v", at)
	}
	if subject.UnlockedFor() != 90*time.Second {
		t.Error(subject.UnlockedFor())
	}
}

// TestRollBackIsOneCall: whatever weight the canary has.
func TestRollBackIsOneCall(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	made := c.deploy("r-1", "v2")
	subject := c.target("r-1", "v2")
	_, err := subject.Shift(t.Context(), release.Split{Stable: c.first, Canary: made, Weight: 99.99}, anything)
	must(t, err)
	before := c.writes()
	_, err = subject.Shift(t.Context(), release.Pure(c.first), anything)
	must(t, err)
	if writes := c.writes() - before; writes != 1 || c.stage().canary != nil {
		t.Errorf("%d writes, %+v", writes, c.stage())
	}
}

// TestRollBackBesideSomebodyElse: a person who changes the stage's variable does not keep the canary there.
func TestRollBackBesideSomebodyElse(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	stable := c.deploy("r-1", "v2")
	_, err := c.target("r-1", "v2").Shift(t.Context(), release.Pure(stable), anything)
	must(t, err)
	made := c.deploy("r-2", "v3")
	subject := c.target("r-2", "v3")
	tenPercent := release.Split{Stable: stable, Canary: made, Weight: 10}
	_, err = subject.Shift(t.Context(), tenPercent, anything)
	must(t, err)
	must(t, c.patch(replace("/variables/version", "1")))

	// A canary that were to grow, or be promoted, is as it was.
	for _, want := range []release.Split{{Stable: stable, Canary: made, Weight: 50}, release.Pure(made)} {
		_, err = subject.Shift(t.Context(), want, mine(tenPercent))
		expectKind(t, err, release.KindConflict, `variable version of stage prod`, `to "1"`)
	}
	if at := c.stage(); at.canary == nil || at.canary.PercentTraffic != 10 {
		t.Fatalf("the canary is %+v", at.canary)
	}
	failed := errors.New("somebody else has the release")
	guard := mine(tenPercent)
	guard.Check = func(context.Context) error { return failed }
	if _, err := subject.Shift(t.Context(), release.Pure(stable), guard); !errors.Is(err, failed) || c.stage().canary == nil {
		t.Errorf("without the lease: %v, %+v", err, c.stage())
	}
	for range 2 { // twice is once
		split, err := subject.Shift(t.Context(), release.Pure(stable), mine(tenPercent))
		expectKind(t, err, release.KindConflict, `variable version of stage prod`, `to "1"`, "made for version 2")
		if at := c.stage(); !split.Same(release.Pure(stable)) || !reflect.DeepEqual(at, stage{deployment: stable, variable: "1", table: "orders"}) {
			t.Errorf("it reads as %v, and is %+v", split, at)
		}
	}
}

// TestRollBackBesideAnotherDeployment: API Gateway has no lock, so somebody may move the stage right before the canary is written.
func TestRollBackBesideAnotherDeployment(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	theirs := c.deploy("r-1", "v2")
	made := c.deploy("r-2", "v3")
	subject := c.target("r-2", "v3")
	c.next("apigateway:UpdateStage", func() error {
		return c.patch(replace("/deploymentId", theirs), replace("/variables/version", "2"))
	})
	tenPercent := release.Split{Stable: c.first, Canary: made, Weight: 10}
	_, err := subject.Shift(t.Context(), tenPercent, mine(release.Pure(c.first), tenPercent))
	expectKind(t, err, release.KindConflict, "moved by somebody else")
	// Another release's rollback leaves both alone.
	_, err = c.target("r-3", "v4").Shift(t.Context(), release.Pure(c.first), mine(release.Pure(c.first)))
	if expectKind(t, err, release.KindConflict, "moved by somebody else"); c.stage().canary == nil {
		t.Error("the canary is gone")
	}
	for range 2 { // twice is once
		_, err = subject.Shift(t.Context(), release.Pure(c.first), mine(release.Pure(c.first), tenPercent))
		expectKind(t, err, release.KindConflict, "moved by somebody else")
		if at := c.stage(); !reflect.DeepEqual(at, stage{deployment: theirs, variable: "2", table: "orders"}) {
			t.Errorf("it is at %+v", at)
		}
	}
}

// TestCrashWithinPromotion: the second of its two writes is lost.
func TestCrashWithinPromotion(t *testing.T) {
	t.Parallel()
	for name, finish := range map[string]func(*testing.T, *cloud, string){
		"shift again": func(t *testing.T, c *cloud, made string) {
			_, err := c.target("r-1", "v2").Shift(t.Context(), release.Pure(made), mine(release.Pure(made)))
			must(t, err)
		},
		"the next release": func(t *testing.T, c *cloud, made string) {
			next := c.target("r-2", "v3")
			found, err := next.Preflight(t.Context())
			must(t, err)
			if !found.Split.Same(release.Pure(made)) || len(found.Notes) != 1 {
				t.Errorf("preflight found %+v", found)
			}
			canary := c.deploy("r-2", "v3")
			for _, want := range []release.Split{{Stable: made, Canary: canary, Weight: 5}, release.Pure(made)} {
				_, err := next.Shift(t.Context(), want, anything)
				must(t, err)
			}
		},
		"restore": func(t *testing.T, c *cloud, made string) {
			_, done, err := c.target("r-1", "v2").Restore(t.Context(), c.first)
			if err != nil || !done {
				t.Error(done, err)
			}
		},
		"mend": func(t *testing.T, c *cloud, made string) {
			done, err := c.target("r-1", "v2").Mend(t.Context(), target.Released{Version: made}, target.Finding{Kind: target.FindingRouting}, anything)
			for ; err == nil && !done; done, err = c.target("r-1", "v2").Mend(t.Context(), target.Released{Version: made}, target.Finding{Kind: target.FindingRouting}, anything) {
			}
			must(t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			made := c.deploy("r-1", "v2")
			subject := c.target("r-1", "v2")
			_, err := subject.Shift(t.Context(), release.Split{Stable: c.first, Canary: made, Weight: 50}, anything)
			must(t, err)
			c.next("apigateway:UpdateStage", func() error { return nil })
			c.fail("apigateway:UpdateStage", errLost)
			if _, err := subject.Shift(t.Context(), release.Pure(made), anything); !errors.Is(err, errLost) {
				t.Fatal(err)
			}
			if at := c.stage(); at.canary == nil || at.canary.PercentTraffic != 0 {
				t.Fatalf("there is nothing left: %+v", at)
			}
			if split, err := subject.Split(t.Context()); err != nil || !split.Same(release.Pure(made)) {
				t.Errorf("it reads as %v, %v", split, err)
			}
			finish(t, c, made)
			if at := c.stage(); at.canary != nil || at.deployment != made || at.variable != "2" {
				t.Errorf("it ended with %+v", at)
			}
		})
	}
}

func TestShiftRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		before func(t *testing.T, c *cloud, made string)
		want   func(c *cloud, made string) release.Split
		kind   release.Kind
		parts  []string
	}{
		"an audience": {
			want: func(c *cloud, made string) release.Split {
				return release.Split{Stable: c.first, Canary: made, Audience: "staff"}
			},
			kind: release.KindRefused, parts: []string{"audience staff"},
		},
		"no stable version": {
			want: func(*cloud, string) release.Split { return release.Split{} },
			kind: release.KindDirty, parts: []string{"go back"},
		},
		"a deployment that does not exist": {
			want: func(c *cloud, _ string) release.Split {
				return release.Split{Stable: c.first, Canary: "zzzzzz", Weight: 5}
			},
			kind: release.KindRefused, parts: []string{"there is no deployment zzzzzz"},
		},
		"a deployment of which nobody knows where it leads": {
			before: func(t *testing.T, c *cloud, made string) {
				_, err := c.api.CreateDeployment(foreign(t), &sdk.CreateDeploymentInput{RestApiId: aws.String(c.id)})
				must(t, err)
			},
			want: func(c *cloud, made string) release.Split {
				for _, id := range c.deployments() {
					if id != c.first && id != made {
						return release.Pure(id)
					}
				}
				return release.Split{}
			},
			kind: release.KindRefused, parts: []string{"nothing says which version"},
		},
		"a pipeline that deployed meanwhile": {
			before: func(t *testing.T, c *cloud, made string) {
				_, err := c.api.CreateDeployment(foreign(t), &sdk.CreateDeploymentInput{RestApiId: aws.String(c.id), StageName: aws.String(stageName), Description: aws.String("orders-pipeline build 77")})
				must(t, err)
			},
			want: func(c *cloud, made string) release.Split {
				return release.Split{Stable: c.first, Canary: made, Weight: 5}
			},
			kind: release.KindConflict, parts: []string{"moved by somebody else", `was made at 2026-`, `is described as "orders-pipeline build 77"`, "CloudTrail's events UpdateStage and CreateDeployment say who", "bring the stage to the deployment that users should have"},
		},
		"a foreign canary at 0%": {
			before: func(t *testing.T, c *cloud, made string) {
				_, err := c.api.CreateDeployment(foreign(t), &sdk.CreateDeploymentInput{RestApiId: aws.String(c.id), StageName: aws.String(stageName), CanarySettings: &types.DeploymentCanarySettings{}})
				must(t, err)
			},
			want: func(c *cloud, made string) release.Split {
				return release.Split{Stable: c.first, Canary: made, Weight: 5}
			},
			kind: release.KindConflict, parts: []string{"somebody else's canary", "op=remove,path=/canarySettings"},
		},
		"a variable of another version": {
			before: func(t *testing.T, c *cloud, made string) {
				_, err := c.target("r-1", "v2").Shift(t.Context(), release.Pure(made), anything)
				must(t, err)
				must(t, c.patch(replace("/variables/version", "9")))
			},
			want: func(c *cloud, made string) release.Split { return release.Pure(made) },
			kind: release.KindConflict, parts: []string{`variable version`, `"9"`, "made for version 2"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			made := c.deploy("r-1", "v2")
			if test.before != nil {
				test.before(t, c, made)
			}
			before, writes := c.stage(), c.writes()
			_, err := c.target("r-1", "v2").Shift(t.Context(), test.want(c, made), mine(release.Pure(c.first), release.Pure(made)))
			if name == "a deployment of which nobody knows where it leads" {
				_, err = c.target("r-1", "v2").Shift(t.Context(), test.want(c, made), anything)
			}
			expectKind(t, err, test.kind, test.parts...)
			if after := c.stage(); !reflect.DeepEqual(before, after) || c.writes() != writes {
				t.Errorf("it was %+v, and is %+v after %d writes", before, after, c.writes()-writes)
			}
		})
	}
}

// TestConflictIsLookedAtAgain: API Gateway answers 409 when two write at once.
func TestConflictIsLookedAtAgain(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	made := c.deploy("r-1", "v2")
	raced := &types.ConflictException{Message: aws.String("Unable to complete operation due to concurrent modification. Please try again later.")}
	c.fail("apigateway:UpdateStage", raced)
	tenPercent := release.Split{Stable: c.first, Canary: made, Weight: 10}
	if got, err := c.target("r-1", "v2").Shift(t.Context(), tenPercent, anything); err != nil || !got.Same(tenPercent) {
		t.Error(got, err)
	}
	for range 8 {
		c.fail("apigateway:UpdateStage", raced)
	}
	_, err := c.target("r-1", "v2").Shift(t.Context(), release.Pure(made), anything)
	expectKind(t, err, release.KindTransient, "changed 8 times")
	// And what is written right after us is seen.
	c2 := newCloud(t)
	made = c2.deploy("r-1", "v2")
	c2.next("apigateway:UpdateStage", func() error { return c2.patch(replace("/variables/table", "customers")) })
	_, err = c2.target("r-1", "v2").Shift(t.Context(), release.Split{Stable: c2.first, Canary: made, Weight: 10}, anything)
	if must(t, err); c2.stage().table != "customers" {
		t.Errorf("the foreign variable was lost: %+v", c2.stage())
	}
}

// TestStageMissing: the id of an HTTP API is none of a REST API, and its only stage may have a name that a REST API's could have.
func TestStageMissing(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	httpAPI := c.target("r-1", "v2", func(d *release.Document) { d.Target.APIGateway.RestAPI = "h1t2t3p4a5" })
	_, err := httpAPI.Preflight(t.Context())
	expectKind(t, err, release.KindRefused, "of REST API h1t2t3p4a5 in this account and Region", "HTTP APIs have no canary: use target lambda for the function behind one")
	subject := c.target("r-1", "v2", func(d *release.Document) { d.Target.APIGateway.Stage = "beta" })
	_, err = subject.Split(t.Context())
	expectKind(t, err, release.KindRefused, "there is no stage beta", "HTTP APIs have no canary", "use target lambda")
	_, err = subject.Preflight(t.Context())
	expectKind(t, err, release.KindRefused, "there is no stage beta")
}

// TestPipelineMeanwhile: what deploys the API while a canary is on gets AWS's refusal, and the canary's deployment says why.
func TestPipelineMeanwhile(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	made := c.deploy("r-1", "v2")
	_, err := c.target("r-1", "v2").Shift(t.Context(), release.Split{Stable: c.first, Canary: made, Weight: 10}, anything)
	must(t, err)
	_, err = c.api.CreateDeployment(foreign(t), &sdk.CreateDeploymentInput{RestApiId: aws.String(c.id), StageName: aws.String(stageName)})
	var refused *types.BadRequestException
	if !errors.As(err, &refused) || refused.ErrorMessage() != "Non canary deployment not supported on stage prod because Canary is enabled. Provide CanarySettings in deploymentInput" {
		t.Error(err)
	}
	want := "goldfinch release r-1: echo version 2 (before: deployment " + c.first + " with version 1); see: goldfinch status echo/production"
	if got := c.described(*c.stage().canary.DeploymentId); got != want {
		t.Errorf("the canary says %q, want %q", got, want)
	}
}
