package lambda_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// baked is a cloud whose $LATEST has the package v2.
func baked(t testing.TB, d durations) *cloud {
	c := newCloud(t, d)
	c.put("v2")
	c.pass(d.update)
	return c
}

func TestDeploy(t *testing.T) {
	t.Parallel()
	c := baked(t, durations{activate: time.Minute})
	target := c.target()
	for range 2 {
		version, done, err := target.Deploy(t.Context(), "1")
		if err != nil || done || version != "2" {
			t.Fatalf("deployed %q, %v, %v", version, done, err)
		}
	}
	c.pass(time.Minute)
	version, done, err := target.Deploy(t.Context(), "1")
	if err != nil || !done || version != "2" || c.code("2") != base64Of("v2") {
		t.Errorf("deployed %q, %v, %v", version, done, err)
	}
	if got := c.count("lambda:PublishVersion"); got != 1 {
		t.Errorf("published %d times", got)
	}
}

// TestDeployFindsItsVersion: a handler that died after PublishVersion publishes
// nothing more, even when the function has changed since.
func TestDeployFindsItsVersion(t *testing.T) {
	t.Parallel()
	c := baked(t, durations{})
	c.lose("lambda:PublishVersion", errBroken)
	if _, _, err := c.target().Deploy(t.Context(), "1"); err == nil {
		t.Fatal("the call did not fail")
	}
	c.put("v3")
	c.publish()
	version, done, err := c.target().Deploy(t.Context(), "1")
	if err != nil || !done || version != "2" {
		t.Errorf("deployed %q, %v, %v", version, done, err)
	}
	if got := c.versions(); !slices.Equal(got, []string{"1", "2", "3"}) {
		t.Errorf("versions %v", got)
	}
}

// TestDeployFindsItsVersionAmongMany: the list of versions has several pages.
func TestDeployFindsItsVersionAmongMany(t *testing.T) {
	t.Parallel()
	c := baked(t, durations{})
	version, _, err := c.target().Deploy(t.Context(), "1")
	must(t, err)
	for i := range 60 {
		c.put(fmt.Sprintf("later %d", i))
		c.publish()
	}
	again, done, err := c.target().Deploy(t.Context(), "1")
	if err != nil || !done || again != version {
		t.Errorf("deployed %q, and then %q, %v, %v", version, again, done, err)
	}
}

func TestDeployRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		prepare func(*cloud)
		change  func(*release.Document)
		version string
		kind    release.Kind
		parts   []string
	}{
		{
			name: "the stable version once more", prepare: func(c *cloud) { c.put("v1"); c.upload("v1") },
			change: func(d *release.Document) {
				d.Artifact.Package, d.Artifact.SHA256 = "s3://packages/v1.zip", hexOf("v1")
			},
			kind: release.KindRefused, parts: []string{"nothing to release", "version 1"},
		},
		{
			name: "code that changed after bake", prepare: func(c *cloud) { c.put("theirs") },
			kind: release.KindConflict, parts: []string{"somebody else", base64Of("theirs"), "s3://packages/v2.zip"},
		},
		{
			name: "code that changes between read and write", prepare: func(c *cloud) {
				c.next("lambda:PublishVersion", func(context.Context) error { c.put("theirs"); return nil })
			},
			kind: release.KindConflict, parts: []string{"somebody else", base64Of("theirs")},
		},
		{
			name: "a hash that AWS finds different without end", prepare: func(c *cloud) {
				for range 10 {
					c.fail("lambda:PublishVersion", &types.InvalidParameterValueException{Message: aws.String("CodeSHA256 is different")})
				}
			},
			kind: "", parts: []string{"CodeSHA256 is different"},
		},
		{
			name: "a version that failed", version: "2", prepare: func(c *cloud) {
				c.edit = func(version string, answer *awslambda.GetFunctionOutput) {
					if version == "2" {
						answer.Configuration.State = types.StateFailed
						answer.Configuration.StateReason = aws.String("the subnet is gone")
						answer.Configuration.StateReasonCode = types.StateReasonCodeInvalidSubnet
					}
				}
			},
			kind: release.KindUnhealthy, parts: []string{"echo:2", "the subnet is gone", "InvalidSubnet"},
		},
		{
			name: "a version whose optimisation failed", version: "2", prepare: func(c *cloud) {
				c.edit = func(version string, answer *awslambda.GetFunctionOutput) {
					if version == "2" {
						answer.Configuration.LastUpdateStatus = types.LastUpdateStatusFailed
						answer.Configuration.LastUpdateStatusReason = aws.String("init crashed")
					}
				}
			},
			kind: release.KindUnhealthy, parts: []string{"echo:2", "init crashed"},
		},
		{
			name: "a new version that sleeps", version: "2", prepare: func(c *cloud) { c.setState("2", types.StateInactive) },
			kind: release.KindUnhealthy, parts: []string{"echo:2 is Inactive"},
		},
		{
			name: "a version to return to that is gone", change: returnTo("7"),
			kind: release.KindRefused, parts: []string{"version 7", "does not exist"},
		},
		{
			name: "a version to return to that is stable", change: returnTo("1"),
			kind: release.KindRefused, parts: []string{"nothing to release"},
		},
		{
			name: "an artifact with a hash that is none", change: func(d *release.Document) { d.Artifact.SHA256 = "abc" },
			kind: release.KindRefused, parts: []string{"SHA-256"},
		},
		{
			name: "a package without its hash that was replaced after bake", change: withoutHash, prepare: func(c *cloud) { c.uploadAs("v2", "something else") },
			kind: release.KindConflict, parts: []string{base64Of("v2"), "artifact.sha256"},
		},
		{
			name: "a package without its hash that is gone", change: func(d *release.Document) { d.Artifact = release.Artifact{Package: "s3://packages/v9.zip"} },
			kind: release.KindRefused, parts: []string{"s3://packages/v9.zip does not exist"},
		},
		{
			name: "a full account", prepare: func(c *cloud) { c.fail("lambda:PublishVersion", &types.CodeStorageExceededException{}) },
			kind: "", parts: []string{"publish a version of function echo"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := baked(t, durations{})
			if test.prepare != nil {
				test.prepare(c)
			}
			var changes []func(*release.Document)
			if test.change != nil {
				changes = append(changes, test.change)
			}
			version, done, err := c.target(changes...).Deploy(t.Context(), "1")
			if done || version != test.version {
				t.Errorf("deployed %q, %v", version, done)
			}
			expectKind(t, err, test.kind, test.parts...)
		})
	}
}

// TestDeployWaits: what AWS cannot do yet is done at the next run.
func TestDeployWaits(t *testing.T) {
	t.Parallel()
	t.Run("for an update", func(t *testing.T) {
		t.Parallel()
		c := baked(t, durations{update: time.Second})
		c.configure(awslambda.UpdateFunctionConfigurationInput{Timeout: aws.Int32(9)})
		expectWaiting(t, c, "")
		c.pass(time.Second)
		version, done, err := c.target().Deploy(t.Context(), "1")
		if err != nil || !done || version != "2" {
			t.Errorf("deployed %q, %v, %v", version, done, err)
		}
	})
	t.Run("after a 409", func(t *testing.T) {
		t.Parallel()
		c := baked(t, durations{})
		c.fail("lambda:PublishVersion", &types.ResourceConflictException{})
		expectWaiting(t, c, "")
	})
	t.Run("after 412 without end", func(t *testing.T) {
		t.Parallel()
		c := baked(t, durations{})
		for range 10 {
			c.fail("lambda:PublishVersion", &types.PreconditionFailedException{})
		}
		expectWaiting(t, c, "")
	})
	t.Run("for SnapStart", func(t *testing.T) {
		t.Parallel()
		c := baked(t, durations{})
		c.edit = func(version string, answer *awslambda.GetFunctionOutput) {
			if version == "2" {
				answer.Configuration.LastUpdateStatus = types.LastUpdateStatusInProgress
			}
		}
		expectWaiting(t, c, "2")
	})
}

// expectWaiting wants a Deploy that is not done.
func expectWaiting(t *testing.T, c *cloud, want string) {
	t.Helper()
	version, done, err := c.target().Deploy(t.Context(), "1")
	if err != nil || done || version != want {
		t.Errorf("deployed %q, %v, %v; want to wait with %q", version, done, err, want)
	}
}

// TestDeployAfterAChangedRevision: a change that is not of the code is decided anew.
func TestDeployAfterAChangedRevision(t *testing.T) {
	t.Parallel()
	c := baked(t, durations{})
	c.next("lambda:PublishVersion", func(context.Context) error {
		c.configure(awslambda.UpdateFunctionConfigurationInput{Timeout: aws.Int32(9)})
		return nil
	})
	version, done, err := c.target().Deploy(t.Context(), "1")
	if err != nil || !done || version != "2" || c.count("lambda:PublishVersion") != 2 {
		t.Errorf("deployed %q, %v, %v", version, done, err)
	}
}

func TestDeployOfAPublishedVersion(t *testing.T) {
	t.Parallel()
	c := baked(t, durations{})
	c.publish()
	must(t, c.move(allToTwo))
	version, done, err := c.target(returnTo("1")).Deploy(t.Context(), "2")
	if err != nil || !done || version != "1" || c.writes() != 0 {
		t.Errorf("deployed %q, %v, %v with %d writes", version, done, err, c.writes())
	}
}

// TestDeployOfAVersionThatWasIdle: one that sleeps is left to wake at its first
// invocation; one that wakes is waited for.
func TestDeployOfAVersionThatWasIdle(t *testing.T) {
	t.Parallel()
	for state, want := range map[types.State]bool{types.StateInactive: true, types.StatePending: false, types.StateActive: true} {
		c := baked(t, durations{})
		c.publish()
		must(t, c.move(allToTwo))
		c.setState("1", state)
		version, done, err := c.target(returnTo("1")).Deploy(t.Context(), "2")
		if err != nil || done != want || version != "1" || c.count("lambda:InvokeFunction") != 0 {
			t.Errorf("%s: deployed %q, %v, %v", state, version, done, err)
		}
	}
}

func TestDeployCopiesProvisionedConcurrency(t *testing.T) {
	t.Parallel()
	t.Run("and waits for it", func(t *testing.T) {
		t.Parallel()
		c := baked(t, durations{activate: time.Minute})
		c.provision("1", 5)
		c.pass(time.Minute)
		target := c.target()
		waits := 0
		for ; waits < 10; waits++ {
			version, done, err := target.Deploy(t.Context(), "1")
			if err != nil || version != "2" {
				t.Fatalf("deployed %q, %v", version, err)
			}
			if done {
				break
			}
			c.pass(30 * time.Second)
		}
		if waits < 4 { // a minute to become active, and one to allocate
			t.Errorf("done after %d waits", waits)
		}
		if got := c.requested("2"); got != 5 || c.count("lambda:PutProvisionedConcurrencyConfig") != 1 {
			t.Errorf("version 2 has %d, by %d calls", got, c.count("lambda:PutProvisionedConcurrencyConfig"))
		}
	})
	t.Run("and reports that it failed", func(t *testing.T) {
		t.Parallel()
		c := baked(t, durations{})
		c.provision("1", 5)
		c.concurrency = func(qualifier string, answer *awslambda.GetProvisionedConcurrencyConfigOutput) {
			if qualifier == "2" {
				answer.Status = types.ProvisionedConcurrencyStatusEnumFailed
				answer.StatusReason = aws.String("the account has none left")
			}
		}
		expectWaiting(t, c, "2")
		_, _, err := c.target().Deploy(t.Context(), "1")
		expectKind(t, err, release.KindUnhealthy, "the account has none left")
	})
	t.Run("and tries again after a 409", func(t *testing.T) {
		t.Parallel()
		c := baked(t, durations{})
		c.provision("1", 5)
		c.fail("lambda:PutProvisionedConcurrencyConfig", &types.ResourceConflictException{})
		expectWaiting(t, c, "2")
		expectWaiting(t, c, "2")
		if got := c.requested("2"); got != 5 {
			t.Errorf("version 2 has %d", got)
		}
	})
	t.Run("except on a first release", func(t *testing.T) {
		t.Parallel()
		c := baked(t, durations{})
		if _, done, err := c.target().Deploy(t.Context(), ""); err != nil || !done {
			t.Errorf("%v, %v", done, err)
		}
		if got := c.count("lambda:GetProvisionedConcurrencyConfig"); got != 0 {
			t.Errorf("read %d configurations", got)
		}
	})
	t.Run("and says what it could not read", func(t *testing.T) {
		t.Parallel()
		c := baked(t, durations{})
		c.provision("1", 5)
		c.next("lambda:GetProvisionedConcurrencyConfig", func(context.Context) error { return nil })
		c.fail("lambda:GetProvisionedConcurrencyConfig", errBroken)
		_, done, err := c.target().Deploy(t.Context(), "1")
		if done {
			t.Error("it is done")
		}
		expectKind(t, err, "", "provisioned concurrency", "echo:2")
	})
}

// requested is the provisioned concurrency of a qualifier, 0 when it has none.
func (c *cloud) requested(qualifier string) int32 {
	c.t.Helper()
	output, err := c.lambda.ListProvisionedConcurrencyConfigs(foreign(c.t), &awslambda.ListProvisionedConcurrencyConfigsInput{FunctionName: aws.String(functionName)})
	must(c.t, err)
	for _, config := range output.ProvisionedConcurrencyConfigs {
		if aws.ToString(config.FunctionArn) == functionARN+":"+qualifier {
			return aws.ToInt32(config.RequestedProvisionedConcurrentExecutions)
		}
	}
	return 0
}
