package lambda_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/lambda"
)

// keep says how many versions to keep.
func keep(n int) func(*release.Document) {
	return func(d *release.Document) { d.Target.Lambda.KeepVersions = n }
}

// manyVersions is a cloud with versions 1 to n, all but the first by releases, and all traffic on the last.
func manyVersions(t testing.TB, n int) *cloud {
	c := newCloud(t, durations{})
	for i := 2; i <= n; i++ {
		c.put(fmt.Sprintf("v%d", i))
		c.released("production")
	}
	must(t, c.move(release.Pure(fmt.Sprint(n))))
	return c
}

func TestRetire(t *testing.T) {
	t.Parallel()
	c := manyVersions(t, 12)
	for alias, weights := range map[string]map[string]float64{"beta": {"3": 0.5}, "old": {}} {
		_, err := c.lambda.CreateAlias(foreign(t), &awslambda.CreateAliasInput{
			FunctionName: aws.String(functionName), Name: aws.String(alias), FunctionVersion: aws.String("2"),
			RoutingConfig: &types.AliasRoutingConfiguration{AdditionalVersionWeights: weights},
		})
		must(t, err)
	}
	surplus, err := c.target(keep(4)).Surplus(t.Context(), "5", "")
	if err != nil || !slices.Equal(surplus, []string{"4", "6", "7", "8"}) || c.count("lambda:DeleteFunction") != 0 {
		t.Errorf("surplus is %v, %v, after %d deletions", surplus, err, c.count("lambda:DeleteFunction"))
	}
	retired, _, err := c.target(keep(4)).Retire(t.Context(), "5", "")
	if err != nil || !slices.Equal(retired, []string{"4", "6", "7", "8"}) {
		t.Errorf("retired %v, %v", retired, err)
	}
	if got := c.count("lambda:DeleteFunction"); got != 4 {
		t.Errorf("tried to delete %d versions", got)
	}
	if got := c.versions(); !slices.Equal(got, []string{"1", "2", "3", "5", "9", "10", "11", "12"}) {
		t.Errorf("left are %v", got)
	}
}

// TestRetireLeavesOthers: versions of people and of other environments are none of its business, and don't count.
func TestRetireLeavesOthers(t *testing.T) {
	t.Parallel()
	c := newCloud(t, durations{})
	for i, publish := range []func() string{
		func() string { return c.released("staging") }, func() string { return c.publishAs("goldfinch release r-0") }, c.publish,
		func() string { return c.publishAs("goldfinch release r-0 of orders-echo/production") }, func() string { return c.publishAs("build 7 of echo/production") },
		func() string { return c.released("production") }, func() string { return c.released("production") }, func() string { return c.released("production") }, c.publish,
	} {
		c.put(fmt.Sprintf("v%d", i+2))
		publish()
	}
	for _, version := range []string{"2", "7", "8"} {
		c.provision(version, 3)
	}
	must(t, c.move(release.Pure("9")))
	retired, _, err := c.target(keep(2)).Retire(t.Context(), "9", "8")
	if err != nil || !slices.Equal(retired, []string{"7"}) {
		t.Errorf("retired %v, %v; left are %v", retired, err, c.versions())
	}
	if c.requested("2") != 3 || c.requested("8") != 0 {
		t.Errorf("version 2 of staging has %d, version 8 has %d", c.requested("2"), c.requested("8"))
	}
}

func TestRetireIsBounded(t *testing.T) {
	t.Parallel()
	c := manyVersions(t, 70)
	retired, _, err := c.target(keep(2)).Retire(t.Context(), "", "")
	if err != nil || len(retired) != 50 || retired[0] != "2" {
		t.Errorf("retired %v, %v", retired, err)
	}
}

func TestRetireAroundOthers(t *testing.T) {
	t.Parallel()
	t.Run("an alias that comes to point to a version", func(t *testing.T) {
		t.Parallel()
		c := manyVersions(t, 5)
		c.next("lambda:DeleteFunction", func(context.Context) error { return c.move(release.Pure("2")) })
		retired, _, err := c.target(keep(2)).Retire(t.Context(), "", "")
		if err != nil || !slices.Equal(retired, []string{"3"}) {
			t.Errorf("retired %v, %v", retired, err)
		}
		expectSplit(t, c, release.Pure("2"))
	})
	t.Run("a version that is deleted meanwhile", func(t *testing.T) {
		t.Parallel()
		c := manyVersions(t, 5)
		c.fail("lambda:DeleteFunction", &types.ResourceNotFoundException{})
		retired, _, err := c.target(keep(2)).Retire(t.Context(), "", "")
		if err != nil || !slices.Equal(retired, []string{"3"}) {
			t.Errorf("retired %v, %v", retired, err)
		}
	})
	t.Run("an error says what was retired before it", func(t *testing.T) {
		t.Parallel()
		c := manyVersions(t, 6)
		c.next("lambda:DeleteFunction", func(context.Context) error { return nil })
		c.fail("lambda:DeleteFunction", errBroken)
		retired, _, err := c.target(keep(2)).Retire(t.Context(), "", "")
		if !slices.Equal(retired, []string{"2"}) {
			t.Errorf("retired %v", retired)
		}
		expectKind(t, err, "", "delete function echo:3")
	})
	for _, operation := range []string{"lambda:ListVersionsByFunction", "lambda:ListAliases", "lambda:ListProvisionedConcurrencyConfigs"} {
		t.Run("without "+operation+" nothing is deleted", func(t *testing.T) {
			t.Parallel()
			c := manyVersions(t, 5)
			c.fail(operation, errBroken)
			if retired, _, err := c.target(keep(2)).Retire(t.Context(), "", ""); err == nil || len(retired) != 0 {
				t.Errorf("retired %v, %v", retired, err)
			}
			if got := len(c.versions()); got != 5 {
				t.Errorf("%d versions are left", got)
			}
		})
	}
}

// TestRetireFreesProvisionedConcurrency: nobody pays for a version that takes
// no traffic, unless somebody else than Goldfinch has published it.
func TestRetireFreesProvisionedConcurrency(t *testing.T) {
	t.Parallel()
	c := baked(t, durations{})
	c.provision("1", 5)
	expectWaiting(t, c, "2")
	if _, done, err := c.target().Deploy(t.Context(), "1"); err != nil || !done {
		t.Fatal(done, err)
	}
	// Version 2 takes traffic: both keep theirs.
	must(t, c.move(allToTwo))
	_, _, err := c.target().Retire(t.Context(), "1", "")
	must(t, err)
	if c.requested("1") != 5 || c.requested("2") != 5 {
		t.Errorf("version 1 has %d, version 2 has %d", c.requested("1"), c.requested("2"))
	}
	// Version 1 takes all traffic again.
	must(t, c.move(stable))
	c.fail("lambda:DeleteProvisionedConcurrencyConfig", errBroken)
	_, _, err = c.target().Retire(t.Context(), "1", "2")
	expectKind(t, err, "", "free provisioned concurrency of function echo:2")
	_, _, err = c.target().Retire(t.Context(), "1", "2")
	must(t, err)
	if c.requested("1") != 5 || c.requested("2") != 0 {
		t.Errorf("version 1 has %d, version 2 has %d", c.requested("1"), c.requested("2"))
	}
}

// TestRestoreFreesProvisionedConcurrency: what a new version was given for its
// traffic is not paid for after the traffic went back.
func TestRestoreFreesProvisionedConcurrency(t *testing.T) {
	t.Parallel()
	t.Run("of the version that this release published", func(t *testing.T) {
		t.Parallel()
		c := provisioned(t)
		c.put("theirs")
		c.publish()
		c.provision("3", 7)
		for range 2 {
			_, _, err := c.target().Restore(t.Context(), "1")
			must(t, err)
			if c.requested("1") != 5 || c.requested("2") != 0 || c.requested("3") != 7 {
				t.Errorf("version 1 has %d, version 2 has %d, version 3 has %d", c.requested("1"), c.requested("2"), c.requested("3"))
			}
		}
		if got := c.count("lambda:DeleteProvisionedConcurrencyConfig"); got != 1 {
			t.Errorf("freed %d times", got)
		}
	})
	t.Run("of no version that any alias points to", func(t *testing.T) {
		t.Parallel()
		c := provisioned(t)
		must(t, c.move(tenToTwo))
		_, _, err := c.target().Restore(t.Context(), "1")
		must(t, err)
		if c.requested("2") != 5 {
			t.Errorf("version 2 takes traffic and has %d", c.requested("2"))
		}
	})
	t.Run("of the version that another release of Goldfinch published and this one returned to", func(t *testing.T) {
		t.Parallel()
		c := provisioned(t)
		_, _, err := c.target(returnTo("2")).Restore(t.Context(), "1")
		must(t, err)
		if c.requested("1") != 5 || c.requested("2") != 0 {
			t.Errorf("version 1 has %d, version 2 has %d", c.requested("1"), c.requested("2"))
		}
	})
	t.Run("of no version that somebody else published and this one returned to", func(t *testing.T) {
		t.Parallel()
		c := provisioned(t)
		must(t, c.move(allToTwo))
		_, _, err := c.target(returnTo("1")).Restore(t.Context(), "2")
		must(t, err)
		if c.requested("1") != 5 || c.requested("2") != 5 {
			t.Errorf("version 1 has %d, version 2 has %d", c.requested("1"), c.requested("2"))
		}
	})
	t.Run("and says when it could not", func(t *testing.T) {
		t.Parallel()
		c := provisioned(t)
		c.fail("lambda:DeleteProvisionedConcurrencyConfig", errBroken)
		_, _, err := c.target(restoring).Restore(t.Context(), "1")
		expectKind(t, err, "", "free provisioned concurrency of function echo:2")
		if c.code("$LATEST") != base64Of("v1") {
			t.Error("$LATEST was not restored for that")
		}
		c.fail("lambda:DeleteProvisionedConcurrencyConfig", &types.ResourceConflictException{})
		_, _, err = c.target().Restore(t.Context(), "1")
		expectKind(t, err, release.KindTransient, "free provisioned concurrency of function echo:2")
	})
	for _, operation := range []string{"lambda:ListVersionsByFunction", "lambda:ListAliases", "lambda:ListProvisionedConcurrencyConfigs"} {
		t.Run("never without "+operation, func(t *testing.T) {
			t.Parallel()
			c := provisioned(t)
			c.fail(operation, errBroken)
			_, _, err := c.target().Restore(t.Context(), "1")
			if err == nil || c.requested("2") != 5 {
				t.Errorf("%v, and version 2 has %d", err, c.requested("2"))
			}
		})
	}
}

// provisioned is a cloud whose release has published version 2 with the
// provisioned concurrency of version 1, 5, which has the traffic.
func provisioned(t *testing.T) *cloud {
	t.Helper()
	c := baked(t, durations{})
	c.provision("1", 5)
	expectWaiting(t, c, "2")
	if c.requested("2") != 5 {
		t.Fatal("version 2 has no provisioned concurrency")
	}
	return c
}

// restoring asks for Restore.
func restoring(d *release.Document) { d.Target.Lambda.RestoreLatest = true }

func TestRestore(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		prepare func(*cloud)
		changes []func(*release.Document)
		stable  string
		want    string
	}{
		{name: "puts stable's package back", changes: []func(*release.Document){restoring}, stable: "1", want: "v1"},
		{name: "only when asked", stable: "1", want: "v2"},
		{name: "leaves what others put there", prepare: func(c *cloud) { c.put("theirs") }, changes: []func(*release.Document){restoring}, stable: "1", want: "theirs"},
		{name: "has nothing to put on a first release", changes: []func(*release.Document){restoring}, want: "v2"},
		{name: "has nothing to do after a return", changes: []func(*release.Document){restoring, returnTo("2")}, stable: "1", want: "v2"},
		{name: "has nothing to do when it is there", prepare: func(c *cloud) { c.publish() }, changes: []func(*release.Document){restoring}, stable: "2", want: "v2"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := baked(t, durations{})
			if test.prepare != nil {
				test.prepare(c)
			}
			target := c.target(test.changes...)
			for range 2 {
				_, _, err := target.Restore(t.Context(), test.stable)
				must(t, err)
			}
			if got := c.code("$LATEST"); got != base64Of(test.want) {
				t.Errorf("$LATEST has %s, want %s", got, base64Of(test.want))
			}
			if got := c.count("lambda:UpdateFunctionCode"); got > 1 {
				t.Errorf("%d updates", got)
			}
		})
	}
}

func TestRestoreSaysWhatLatestHas(t *testing.T) {
	t.Parallel()
	note, _, err := baked(t, durations{}).target().Restore(t.Context(), "1")
	must(t, err)
	if !strings.Contains(note, "$LATEST of function echo keeps the code that was rolled back") || !strings.Contains(note, "restoreLatest") {
		t.Errorf("without restoreLatest: %q", note)
	}
	if note, _, err = baked(t, durations{}).target(restoring).Restore(t.Context(), "1"); err != nil || !strings.Contains(note, "the code of version 1 is back") {
		t.Errorf("with restoreLatest: %q, %v", note, err)
	}
}

func TestRestoreOfAnImage(t *testing.T) {
	t.Parallel()
	c := baked(t, durations{})
	c.edit = func(version string, answer *awslambda.GetFunctionOutput) {
		if version == "1" {
			answer.Code = &types.FunctionCodeLocation{ResolvedImageUri: aws.String("echo@sha256:old")}
		}
	}
	// The local Lambda keeps to the function's package type, and so shows that an
	// image was sent.
	_, _, err := c.target(restoring).Restore(t.Context(), "1")
	expectKind(t, err, "", "package type")
}

func TestRestoreErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		prepare func(*cloud)
		change  func(*release.Document)
		kind    release.Kind
		part    string
	}{
		{name: "an update in progress", prepare: func(c *cloud) {
			c.configure(awslambda.UpdateFunctionConfigurationInput{Timeout: aws.Int32(9)})
		}, kind: release.KindTransient, part: "being updated"},
		{name: "409", prepare: func(c *cloud) {
			c.pass(updating)
			c.fail("lambda:UpdateFunctionCode", &types.ResourceConflictException{})
		}, kind: release.KindTransient, part: "changed"},
		{name: "412", prepare: func(c *cloud) { c.fail("lambda:UpdateFunctionCode", &types.PreconditionFailedException{}) }, kind: release.KindTransient, part: "changed"},
		{name: "somebody else who deploys at the same time", prepare: func(c *cloud) {
			c.next("lambda:UpdateFunctionCode", func(context.Context) error {
				c.put("theirs")
				c.pass(updating)
				return nil
			})
		}, kind: release.KindTransient, part: "changed"},
		{name: "unreadable", prepare: func(c *cloud) { c.fail("lambda:GetFunction", errBroken) }, part: "$LATEST"},
		{name: "no stable version", prepare: func(c *cloud) {
			c.next("lambda:GetFunction", func(context.Context) error { return nil })
			c.fail("lambda:GetFunction", &types.ResourceNotFoundException{})
		}, part: "echo:1"},
		{name: "too large", prepare: func(c *cloud) {
			c.edit = func(_ string, answer *awslambda.GetFunctionOutput) { answer.Configuration.CodeSize = 60 << 20 }
		}, part: "62914560 bytes"},
		{name: "a hash that is none", change: func(d *release.Document) { d.Artifact.SHA256 = "abc" }, kind: release.KindRefused, part: "SHA-256"},
		{name: "no hash, and no package", change: func(d *release.Document) { d.Artifact = release.Artifact{Package: "s3://packages/v9.zip"} }, kind: release.KindRefused, part: "does not exist"},
		{name: "a location that does not answer", prepare: func(c *cloud) {
			c.edit = func(_ string, answer *awslambda.GetFunctionOutput) { answer.Code.Location = aws.String("nowhere") }
		}, part: "read the package of function echo:1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := baked(t, durations{update: updating})
			if test.prepare != nil {
				test.prepare(c)
			}
			changes := []func(*release.Document){restoring}
			if test.change != nil {
				changes = append(changes, test.change)
			}
			_, _, err := c.target(changes...).Restore(t.Context(), "1")
			expectKind(t, err, test.kind, test.part)
		})
	}
}

// updating is how long an update takes where that matters.
const updating = 3 * time.Second

// TestRestoreDownloads reads the package over HTTP, as from AWS's presigned URLs.
func TestRestoreDownloads(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		path string
		part string
	}{
		{"a package", "/v1.zip", ""},
		{"an expired URL", "/expired", "403"},
		{"a package that breaks off", "/broken", "broke off"},
		{"a package that is larger than it said", "/large", "larger than"},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/v1.zip":
			fmt.Fprint(w, "v1")
		case "/expired":
			w.WriteHeader(http.StatusForbidden)
		case "/broken":
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, "v")
		case "/large":
			block := make([]byte, 1<<20)
			for range 51 {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		}
	}))
	t.Cleanup(server.Close)
	locations := map[string]string{"no host": "http://127.0.0.1:1/v1.zip?X-Amz-Signature=secret", "no URL": "http://%zz?secret"}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			expectRestore(t, server.URL+test.path+"?X-Amz-Signature=secret", test.part)
		})
	}
	for name, location := range locations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			expectRestore(t, location, "its location")
		})
	}
}

// expectRestore restores from a location: with v1, or with an error that has
// part and no secret.
func expectRestore(t *testing.T, location, part string) {
	t.Helper()
	c := baked(t, durations{})
	c.edit = func(_ string, answer *awslambda.GetFunctionOutput) { answer.Code.Location = aws.String(location) }
	document := c.document("v2")
	restoring(&document)
	target := lambda.New(lambda.Options{Release: "r-1", Document: document, Lambda: editedLambda{c.lambda, c}, CloudWatch: c.cloudWatch, S3: c.s3})
	_, _, err := target.Restore(t.Context(), "1")
	if part == "" {
		must(t, err)
		if c.code("$LATEST") != base64Of("v1") {
			t.Error("$LATEST has other code")
		}
		return
	}
	if err == nil || !strings.Contains(err.Error(), part) || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
}
