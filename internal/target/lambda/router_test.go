package lambda_test

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
)

var (
	stable    = release.Pure("1")
	tenToTwo  = release.Split{Stable: "1", Canary: "2", Weight: 10}
	allToTwo  = release.Pure("2")
	errBroken = errors.New("the connection broke")
)

// twoVersions is a cloud with versions 1 and 2, and all traffic on 1.
func twoVersions(t *testing.T) *cloud {
	c := newCloud(t, durations{})
	c.put("v2")
	c.publish()
	return c
}

// deleteAlias deletes the alias, as a foreigner does.
func (c *cloud) deleteAlias() {
	_, err := c.lambda.DeleteAlias(foreign(c.t), &awslambda.DeleteAliasInput{FunctionName: aws.String(functionName), Name: aws.String(aliasName)})
	must(c.t, err)
}

func TestSplit(t *testing.T) {
	t.Parallel()
	t.Run("an alias that does not exist is the zero split", func(t *testing.T) {
		t.Parallel()
		c := newCloud(t, durations{})
		c.deleteAlias()
		got, err := c.target().Split(t.Context())
		if err != nil || got != (release.Split{}) {
			t.Errorf("got %+v, %v", got, err)
		}
	})
	t.Run("a function that does not exist is refused", func(t *testing.T) {
		t.Parallel()
		c := newCloud(t, durations{})
		_, err := c.target(func(d *release.Document) { d.Target.Lambda.Function = "nobody" }).Split(t.Context())
		expectKind(t, err, release.KindRefused, "nobody", "does not exist", "create")
	})
	t.Run("a fraction becomes percent with two decimals", func(t *testing.T) {
		t.Parallel()
		c := twoVersions(t)
		for weight, want := range map[float64]float64{0.01: 0.01, 0.07: 0.07, 0.1: 0.1, 1.0 / 3: 0.33, 12.34: 12.34, 30: 30, 99.99: 99.99} {
			must(t, c.move(release.Split{Stable: "1", Canary: "2", Weight: weight}))
			if got := c.split().Weight; got != want {
				t.Errorf("weight %v came back as %v", weight, got)
			}
		}
	})
	t.Run("a weight of nothing is no canary", func(t *testing.T) {
		t.Parallel()
		c := twoVersions(t)
		_, err := c.lambda.UpdateAlias(foreign(t), &awslambda.UpdateAliasInput{
			FunctionName: aws.String(functionName), Name: aws.String(aliasName),
			RoutingConfig: &types.AliasRoutingConfiguration{AdditionalVersionWeights: map[string]float64{"2": 0}},
		})
		must(t, err)
		if got := c.split(); got != stable {
			t.Errorf("got %+v", got)
		}
	})
}

func TestShiftOnAWS(t *testing.T) {
	t.Parallel()
	t.Run("a foreign split is described", func(t *testing.T) {
		t.Parallel()
		c := twoVersions(t)
		_, err := c.lambda.UpdateAlias(foreign(t), &awslambda.UpdateAliasInput{
			FunctionName: aws.String(functionName), Name: aws.String(aliasName), FunctionVersion: aws.String("2"), Description: aws.String("hotfix by Kim"),
		})
		must(t, err)
		got, err := c.target().Shift(t.Context(), tenToTwo, mine(stable, tenToTwo))
		expectKind(t, err, release.KindConflict, "alias echo:live", "somebody else", "version 2 at 100%", "revision", "hotfix by Kim", "CloudTrail")
		if !got.Same(allToTwo) {
			t.Errorf("got %v", got)
		}
	})
	t.Run("a write that took effect and failed is not repeated", func(t *testing.T) {
		t.Parallel()
		c := twoVersions(t)
		c.lose("lambda:UpdateAlias", errBroken)
		if _, err := c.target().Shift(t.Context(), tenToTwo, mine(stable, tenToTwo)); !errors.Is(err, errBroken) {
			t.Fatalf("got %v", err)
		}
		got, err := c.target().Shift(t.Context(), tenToTwo, mine(stable, tenToTwo))
		if err != nil || !got.Same(tenToTwo) || c.count("lambda:UpdateAlias") != 1 {
			t.Errorf("got %v, %v after %d writes", got, err, c.count("lambda:UpdateAlias"))
		}
	})
	t.Run("a refused revision is decided anew", func(t *testing.T) {
		t.Parallel()
		c := twoVersions(t)
		// Somebody adds a permission: the revision changes, the routing does not.
		c.next("lambda:UpdateAlias", func(context.Context) error {
			_, err := c.lambda.UpdateAlias(foreign(t), &awslambda.UpdateAliasInput{FunctionName: aws.String(functionName), Name: aws.String(aliasName), Description: aws.String("hello")})
			return err
		})
		got, err := c.target().Shift(t.Context(), tenToTwo, mine(stable))
		if err != nil || !got.Same(tenToTwo) || c.count("lambda:UpdateAlias") != 2 {
			t.Errorf("got %v, %v after %d writes", got, err, c.count("lambda:UpdateAlias"))
		}
	})
	t.Run("a foreign change right after the write is reported", func(t *testing.T) {
		t.Parallel()
		c := twoVersions(t)
		reads := 0
		for range 2 {
			c.next("lambda:GetAlias", func(context.Context) error {
				if reads++; reads == 2 {
					return c.move(release.Split{Stable: "2", Canary: "1", Weight: 1})
				}
				return nil
			})
		}
		_, err := c.target().Shift(t.Context(), tenToTwo, mine(stable, tenToTwo))
		expectKind(t, err, release.KindConflict, "version 1 at 1%")
	})
	t.Run("an alias that keeps changing is left for later", func(t *testing.T) {
		t.Parallel()
		c := twoVersions(t)
		for range 100 {
			c.fail("lambda:UpdateAlias", &types.PreconditionFailedException{})
		}
		_, err := c.target().Shift(t.Context(), tenToTwo, mine(stable))
		expectKind(t, err, release.KindTransient, "changed")
		expectSplit(t, c, stable)
	})
	t.Run("a busy alias is left for later", func(t *testing.T) {
		t.Parallel()
		c := twoVersions(t)
		c.fail("lambda:UpdateAlias", &types.ResourceConflictException{})
		_, err := c.target().Shift(t.Context(), tenToTwo, mine(stable))
		expectKind(t, err, release.KindTransient, "alias echo:live")
	})
	t.Run("a denied write is not worth a retry without end", func(t *testing.T) {
		t.Parallel()
		c := twoVersions(t)
		c.fail("lambda:UpdateAlias", denied("lambda:UpdateAlias"))
		_, err := c.target().Shift(t.Context(), tenToTwo, mine(stable))
		if _, classified := release.KindOf(err); err == nil || classified {
			t.Errorf("got %v", err)
		}
	})
	t.Run("without a guard nothing is ours", func(t *testing.T) {
		t.Parallel()
		c := twoVersions(t)
		_, err := c.target().Shift(t.Context(), tenToTwo, target.Guard{})
		expectKind(t, err, release.KindConflict)
		expectSplit(t, c, stable)
	})
}

func TestShiftWithoutAlias(t *testing.T) {
	t.Parallel()
	nothing := release.Split{}
	tests := []struct {
		name    string
		want    release.Split
		guard   target.Guard
		kind    release.Kind
		then    release.Split
		creates int
	}{
		{name: "a first release creates it", want: allToTwo, guard: mine(nothing), then: allToTwo, creates: 1},
		{name: "there is nothing to roll back", want: nothing, guard: mine(nothing), then: nothing},
		{name: "there is nothing to touch", want: nothing, guard: target.Guard{Mine: mine(nothing).Mine, Touch: true}, then: nothing},
		{name: "it is not created with a weight", want: tenToTwo, guard: mine(nothing), kind: release.KindConflict, then: nothing},
		{name: "one that was deleted is not created again", want: stable, guard: mine(stable, tenToTwo), kind: release.KindConflict, then: nothing},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := twoVersions(t)
			c.deleteAlias()
			got, err := c.target().Shift(t.Context(), test.want, test.guard)
			if test.kind != "" {
				expectKind(t, err, test.kind, "alias echo:live")
			} else if err != nil || !got.Same(test.then) {
				t.Errorf("got %v, %v", got, err)
			}
			expectSplit(t, c, test.then)
			if n := c.count("lambda:CreateAlias"); n != test.creates {
				t.Errorf("%d calls of CreateAlias, want %d", n, test.creates)
			}
		})
	}
	t.Run("two create it at once", func(t *testing.T) {
		t.Parallel()
		c := twoVersions(t)
		c.deleteAlias()
		c.next("lambda:CreateAlias", func(context.Context) error {
			_, err := c.target().Shift(foreign(t), allToTwo, mine(nothing))
			return err
		})
		got, err := c.target().Shift(t.Context(), allToTwo, mine(nothing))
		if err != nil || !got.Same(allToTwo) {
			t.Errorf("got %v, %v", got, err)
		}
	})
	t.Run("a first release cannot go back to nothing", func(t *testing.T) {
		t.Parallel()
		c := twoVersions(t)
		_, err := c.target().Shift(t.Context(), nothing, mine(nothing, stable))
		expectKind(t, err, release.KindDirty, "version 1", "did not exist before")
		expectSplit(t, c, stable)
	})
}
