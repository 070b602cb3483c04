package lambda_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

func TestBake(t *testing.T) {
	t.Parallel()
	c := newCloud(t, durations{update: 3 * time.Second})
	target := c.target()
	for _, want := range []bool{false, false} {
		done, err := target.Bake(t.Context())
		if err != nil || done != want {
			t.Fatalf("done %v, %v", done, err)
		}
	}
	c.pass(3 * time.Second)
	done, err := target.Bake(t.Context())
	if err != nil || !done {
		t.Fatalf("done %v, %v after the update", done, err)
	}
	if c.code("$LATEST") != base64Of("v2") {
		t.Error("$LATEST has other code")
	}
	if got := c.count("lambda:UpdateFunctionCode"); got != 1 {
		t.Errorf("%d updates, want 1", got)
	}
	if got := c.count("s3:GetObject"); got != 1 {
		t.Errorf("the package was read %d times, want once", got)
	}
	if got := len(c.versions()); got != 1 {
		t.Errorf("%d versions: bake publishes nothing", got)
	}
}

func TestBakeByObjectVersion(t *testing.T) {
	t.Parallel()
	c := newCloud(t, durations{})
	first := c.upload("v2")
	content := c.document("v2")
	content.Artifact.VersionID = first
	done, err := c.target(func(d *release.Document) { *d = content }).Bake(t.Context())
	if err != nil || !done || c.code("$LATEST") != base64Of("v2") {
		t.Errorf("done %v, %v", done, err)
	}
	content.Artifact.VersionID = "nobody-put-this"
	c.put("other")
	_, err = c.target(func(d *release.Document) { *d = content }).Bake(t.Context())
	expectKind(t, err, release.KindRefused, "nobody-put-this")
}

// TestBakePinsTheObject: what is put is what was read, whoever replaces the object meanwhile.
func TestBakePinsTheObject(t *testing.T) {
	t.Parallel()
	for _, change := range []func(*release.Document){func(*release.Document) {}, withoutHash} {
		c := newCloud(t, durations{})
		c.next("lambda:UpdateFunctionCode", func(context.Context) error {
			c.uploadAs("v2", "something else")
			return nil
		})
		done, err := c.target(change).Bake(t.Context())
		if err != nil || !done || c.code("$LATEST") != base64Of("v2") {
			t.Errorf("done %v, %v; $LATEST has %s", done, err, c.code("$LATEST"))
		}
	}
}

// withoutHash leaves the package's SHA-256 out.
func withoutHash(d *release.Document) { d.Artifact.SHA256 = "" }

// TestReleaseWithoutHash: a package whose SHA-256 nobody has written down is
// known by what it is when it is read.
func TestReleaseWithoutHash(t *testing.T) {
	t.Parallel()
	for _, unversioned := range []bool{false, true} {
		c := newCloud(t, durations{update: time.Second})
		c.unversioned = unversioned
		target := c.target(withoutHash, restoring)
		preflight, err := target.Preflight(t.Context())
		if err != nil || len(preflight.Notes) != 1 || !strings.Contains(preflight.Notes[0], hexOf("v2")) {
			t.Fatalf("%q, %v", preflight.Notes, err)
		}
		for _, want := range []bool{false, false} {
			done, err := target.Bake(t.Context())
			if err != nil || done != want {
				t.Fatalf("done %v, %v", done, err)
			}
		}
		if got := c.count("s3:GetObject"); got != 2 {
			t.Errorf("read %d times; nothing is to be read while an update is waited for", got)
		}
		c.pass(time.Second)
		if done, err := target.Bake(t.Context()); err != nil || !done || c.code("$LATEST") != base64Of("v2") {
			t.Fatalf("done %v, %v", done, err)
		}
		version, done, err := target.Deploy(t.Context(), "1")
		if err != nil || !done || version != "2" || c.code("2") != base64Of("v2") {
			t.Fatalf("deployed %q, %v, %v", version, done, err)
		}
		if _, _, err := target.Restore(t.Context(), "1"); err != nil || c.code("$LATEST") != base64Of("v1") {
			t.Errorf("$LATEST has %s, %v", c.code("$LATEST"), err)
		}
		if got := c.count("lambda:UpdateFunctionCode"); got != 2 {
			t.Errorf("%d updates", got)
		}
	}
}

func TestBakeOfAnImage(t *testing.T) {
	t.Parallel()
	const image = "000000000000.dkr.ecr.us-east-1.amazonaws.com/echo@sha256:6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b"
	c := newCloud(t, durations{})
	_, err := c.lambda.CreateFunction(foreign(t), &awslambda.CreateFunctionInput{
		FunctionName: aws.String("imaged"), Role: aws.String(role), PackageType: types.PackageTypeImage,
		Code: &types.FunctionCode{ImageUri: aws.String(image[:len(image)-1] + "c")}, Tags: map[string]string{"goldfinch:service": "echo"},
	})
	must(t, err)
	target := c.target(func(d *release.Document) {
		d.Target.Lambda.Function = "imaged"
		d.Artifact = release.Artifact{Container: image}
	})
	if _, err := target.Preflight(t.Context()); err != nil {
		t.Error(err)
	}
	done, err := target.Bake(t.Context())
	if err != nil || !done {
		t.Fatalf("done %v, %v", done, err)
	}
	version, done, err := target.Deploy(t.Context(), "")
	if err != nil || !done || version != "1" {
		t.Errorf("deployed %q, %v, %v", version, done, err)
	}
	if c.count("s3:GetObject")+c.count("s3:HeadObject") != 0 {
		t.Error("an image is not in S3")
	}
}

func TestBakeRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		prepare func(*cloud)
		change  func(*release.Document)
		kind    release.Kind
		parts   []string
	}{
		{
			name:   "another package than the document's",
			change: func(d *release.Document) { d.Artifact.SHA256 = hexOf("v2 as tested") },
			kind:   release.KindRefused, parts: []string{hexOf("v2"), hexOf("v2 as tested"), "s3://packages/v2.zip"},
		},
		{
			name:   "no package",
			change: func(d *release.Document) { d.Artifact.Package = "s3://packages/v9.zip" },
			kind:   release.KindRefused, parts: []string{"s3://packages/v9.zip", "does not exist"},
		},
		{
			name:   "a package that is not in S3",
			change: func(d *release.Document) { d.Artifact.Package = "build/v2.zip" },
			kind:   release.KindRefused, parts: []string{`"build/v2.zip"`, "s3://bucket/key"},
		},
		{
			name:   "a hash that is none",
			change: func(d *release.Document) { d.Artifact.SHA256 = "abc" },
			kind:   release.KindRefused, parts: []string{`"abc"`, "not a SHA-256"},
		},
		{
			name: "no package, and no hash",
			change: func(d *release.Document) {
				d.Artifact = release.Artifact{Package: "s3://packages/v9.zip"}
			},
			kind: release.KindRefused, parts: []string{"s3://packages/v9.zip", "does not exist"},
		},
		{
			name:    "a package without its hash that breaks off",
			change:  withoutHash,
			prepare: func(c *cloud) { c.fail("s3:GetObject", errBroken) },
			kind:    "", parts: []string{"s3: read s3://packages/v2.zip"},
		},
		{
			name:   "an image that is not named by digest",
			change: func(d *release.Document) { d.Artifact = release.Artifact{Container: "echo:latest"} },
			kind:   release.KindRefused, parts: []string{"echo:latest", "digest"},
		},
		{
			name:   "no function",
			change: func(d *release.Document) { d.Target.Lambda.Function = "nobody" },
			kind:   release.KindRefused, parts: []string{"nobody"},
		},
		{
			name:    "a role that may not",
			prepare: func(c *cloud) { c.fail("lambda:UpdateFunctionCode", denied("lambda:UpdateFunctionCode")) },
			kind:    release.KindRefused, parts: []string{"not allowed", "lambda:UpdateFunctionCode"},
		},
		{
			name:    "a bucket that it may not read",
			prepare: func(c *cloud) { c.fail("s3:GetObject", answered(http.StatusForbidden)) },
			kind:    release.KindRefused, parts: []string{"not allowed", "s3://packages/v2.zip"},
		},
		{
			name: "code that is too large",
			prepare: func(c *cloud) {
				c.fail("lambda:UpdateFunctionCode", &types.InvalidParameterValueException{Message: aws.String("Unzipped size must be smaller than 262144000 bytes")})
			},
			kind: release.KindRefused, parts: []string{"262144000"},
		},
		{
			name:    "a full account",
			prepare: func(c *cloud) { c.fail("lambda:UpdateFunctionCode", &types.CodeStorageExceededException{}) },
			kind:    release.KindRefused,
		},
		{
			name:    "a throttled call",
			prepare: func(c *cloud) { c.fail("lambda:GetFunction", &types.TooManyRequestsException{}) },
			kind:    release.KindTransient, parts: []string{"echo"},
		},
		{
			name: "a package that is replaced after it was checked",
			prepare: func(c *cloud) {
				c.unversioned = true
				c.next("lambda:UpdateFunctionCode", func(context.Context) error {
					c.uploadAs("v2", "something else")
					return nil
				})
			},
			kind: release.KindConflict, parts: []string{"was replaced", "object version"},
		},
		{
			name: "a package whose update failed",
			prepare: func(c *cloud) {
				c.put("v2")
				c.edit = func(_ string, answer *awslambda.GetFunctionOutput) {
					answer.Configuration.LastUpdateStatus = types.LastUpdateStatusFailed
					answer.Configuration.LastUpdateStatusReason = aws.String("the image is not a valid one")
					answer.Configuration.LastUpdateStatusReasonCode = types.LastUpdateStatusReasonCodeInvalidImage
				}
			},
			kind: release.KindUnhealthy, parts: []string{"the image is not a valid one", "InvalidImage"},
		},
		{
			name: "a function that failed",
			prepare: func(c *cloud) {
				c.put("v2")
				c.edit = func(_ string, answer *awslambda.GetFunctionOutput) {
					answer.Configuration.State = types.StateFailed
					answer.Configuration.StateReason = aws.String("no addresses left")
				}
			},
			kind: release.KindUnhealthy, parts: []string{"no addresses left"},
		},
		{
			name: "somebody else who deploys at the same time",
			prepare: func(c *cloud) {
				c.next("lambda:UpdateFunctionCode", func(context.Context) error { c.put("theirs"); return nil })
			},
			kind: release.KindConflict, parts: []string{"somebody else", "2026-03-04T12:00:00.000+0000", base64Of("theirs")},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t, durations{})
			if test.prepare != nil {
				test.prepare(c)
			}
			change := test.change
			if change == nil {
				change = func(*release.Document) {}
			}
			done, err := c.target(change).Bake(t.Context())
			if done && test.kind != release.KindUnhealthy {
				t.Error("it is done")
			}
			expectKind(t, err, test.kind, test.parts...)
		})
	}
}

// TestBakeWaitsForOthers: an update in progress, and one that begins between
// read and write, are waited for.
func TestBakeWaitsForOthers(t *testing.T) {
	t.Parallel()
	t.Run("in progress", func(t *testing.T) {
		t.Parallel()
		c := newCloud(t, durations{update: time.Second})
		c.configure(awslambda.UpdateFunctionConfigurationInput{MemorySize: aws.Int32(256)})
		done, err := c.target().Bake(t.Context())
		if err != nil || done || c.writes() != 0 {
			t.Errorf("done %v, %v, %d writes", done, err, c.writes())
		}
	})
	t.Run("409", func(t *testing.T) {
		t.Parallel()
		c := newCloud(t, durations{})
		c.fail("lambda:UpdateFunctionCode", &types.ResourceConflictException{})
		done, err := c.target().Bake(t.Context())
		if err != nil || done {
			t.Errorf("done %v, %v", done, err)
		}
		done, err = c.target().Bake(t.Context())
		if err != nil || !done {
			t.Errorf("done %v, %v at the second try", done, err)
		}
	})
	t.Run("412 by a change of configuration", func(t *testing.T) {
		t.Parallel()
		c := newCloud(t, durations{})
		c.next("lambda:UpdateFunctionCode", func(context.Context) error {
			c.configure(awslambda.UpdateFunctionConfigurationInput{MemorySize: aws.Int32(256)})
			return nil
		})
		done, err := c.target().Bake(t.Context())
		if err != nil || !done || c.code("$LATEST") != base64Of("v2") {
			t.Errorf("done %v, %v", done, err)
		}
	})
	t.Run("412 without end", func(t *testing.T) {
		t.Parallel()
		c := newCloud(t, durations{})
		for range 10 {
			c.fail("lambda:UpdateFunctionCode", &types.PreconditionFailedException{})
		}
		done, err := c.target().Bake(t.Context())
		if err != nil || done {
			t.Errorf("done %v, %v", done, err)
		}
	})
}

func TestBakeOfAPublishedVersion(t *testing.T) {
	t.Parallel()
	c := newCloud(t, durations{})
	done, err := c.target(returnTo("1")).Bake(t.Context())
	if err != nil || !done || len(c.calls) != 0 {
		t.Errorf("done %v, %v after %v", done, err, c.calls)
	}
}

// returnTo asks for a published version.
func returnTo(version string) func(*release.Document) {
	return func(d *release.Document) {
		d.Request.Version = version
		d.Artifact = release.Artifact{}
	}
}
