package apigateway_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

func keep(n int) func(*release.Document) {
	return func(d *release.Document) { d.Target.APIGateway.KeepVersions = n }
}

// TestRetire keeps what any stage leads to, and the versions of the deployments that are kept.
func TestRetire(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	var made []string
	for _, content := range []string{"v2", "v3", "v4", "v5", "v6"} {
		id := c.deploy("r-"+content, content)
		made = append(made, id)
		_, err := c.target("r-"+content, content).Shift(t.Context(), release.Pure(id), anything)
		must(t, err)
	}
	// Another stage leads to the oldest of ours, and to the version of the next one.
	_, err := c.api.CreateStage(foreign(t), &sdk.CreateStageInput{RestApiId: aws.String(c.id), StageName: aws.String("beta"), DeploymentId: aws.String(made[0]), Variables: map[string]string{"version": "3"}})
	must(t, err)
	subject := c.target("r-v6", "v6", keep(2))
	surplus, err := subject.Surplus(t.Context(), made[4], made[3])
	must(t, err)
	retired, done, err := subject.Retire(t.Context(), made[4], made[3])
	if err != nil || !done || !slices.Equal(retired, []string{made[1], made[2]}) || !slices.Equal(surplus, retired) {
		t.Errorf("retired %v, announced %v, of %v, done %t, %v", retired, surplus, made, done, err)
	}
	// Version 1 is of the first deployment, which is not ours and stays; 2 of the oldest; 3 of stage beta; only 4 is of none.
	if got := c.published(); !slices.Equal(got, []string{"1", "2", "3", "5", "6"}) {
		t.Errorf("versions %v are left", got)
	}
	if slices.Contains(c.deployments(), made[1]) || !slices.Contains(c.deployments(), c.first) {
		t.Errorf("deployments %v are left", c.deployments())
	}
}

// TestRetireLeavesProvisionedConcurrency: who has the traffic keeps it, and only an idle version loses it.
func TestRetireLeavesProvisionedConcurrency(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.provision("1", 5)
	made := c.deploy("r-1", "v2")
	subject := c.target("r-1", "v2")
	_, err := subject.Shift(t.Context(), release.Pure(made), anything)
	must(t, err)
	// Neither the end of a release, nor a rollback that comes too late, takes it from users.
	_, _, err = subject.Restore(t.Context(), c.first)
	must(t, err)
	_, _, err = subject.Retire(t.Context(), made, c.first)
	must(t, err)
	if got := c.provisioned(); !maps.Equal(got, map[string]int32{"1": 5, "2": 5}) {
		t.Errorf("after promotion versions have %v", got)
	}
	next := c.deploy("r-2", "v3")
	subject = c.target("r-2", "v3")
	_, err = subject.Shift(t.Context(), release.Pure(next), anything)
	must(t, err)
	_, _, err = subject.Retire(t.Context(), next, made)
	must(t, err)
	if got := c.provisioned(); !maps.Equal(got, map[string]int32{"1": 5, "3": 5}) {
		t.Errorf("after the next promotion versions have %v; 1 is somebody else's", got)
	}
	_, err = subject.Shift(t.Context(), release.Pure(made), anything)
	must(t, err)
	_, _, err = subject.Restore(t.Context(), made)
	must(t, err)
	if got := c.provisioned(); !maps.Equal(got, map[string]int32{"1": 5}) {
		t.Errorf("after going back versions have %v", got)
	}
}

// TestRetireBesideOthers: one function stands behind the REST APIs of two environments, and people publish versions of it, too.
func TestRetireBesideOthers(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	production := c.another("1")
	theirs := func(d *release.Document) { d.Environment, d.Target.APIGateway.RestAPI = "other", production }
	// Version 2 is of a person, 3 of the other environment, 4 of this one and used by both.
	c.publishByHand("v6")
	c.deploy("o-1", "v5", theirs)
	shared := c.deploy("r-1", "v2")
	c.provision("4", 7)
	c.deploy("o-2", "v2", theirs)
	if !c.lambda.Allows(functionName, "4", "apigateway.amazonaws.com", sourceOf(production)) || !c.lambda.Allows(functionName, "4", "apigateway.amazonaws.com", sourceOf(c.id)) {
		t.Fatal("version 4 does not let both invoke it")
	}
	last := shared
	for i, content := range []string{"v3", "v4", "v5", "v6"} {
		id := fmt.Sprintf("r-%d", i+2)
		made := c.deploy(id, content)
		_, err := c.target(id, content).Shift(t.Context(), release.Pure(made), anything)
		must(t, err)
		last = made
	}
	c.next("lambda:GetPolicy", func() error { return errLost })
	subject := c.target("r-5", "v6", keep(2))
	if _, done, err := subject.Retire(t.Context(), last, ""); err == nil || done || len(c.published()) != 8 {
		t.Errorf("without the policy: done %t, %v, and %v are left", done, err, c.published())
	}
	_, done, err := subject.Retire(t.Context(), last, "")
	if got := c.published(); err != nil || !done || !slices.Equal(got, []string{"1", "2", "3", "4", "7", "8"}) {
		t.Errorf("done %t, %v; versions %v are left", done, err, got)
	}
	if got := c.provisioned(); got["4"] != 7 {
		t.Errorf("versions have %v", got)
	}
}

// TestRetireDeploymentsOfOthers: stages of one API may belong to several environments.
func TestRetireDeploymentsOfOthers(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	staging := func(d *release.Document) { d.Environment = "staging" }
	theirs := c.deploy("s-1", "v2", staging)
	var made []string
	for _, content := range []string{"v3", "v4", "v5"} {
		made = append(made, c.deploy("r-"+content, content))
	}
	retired, _, err := c.target("r-v5", "v5", keep(2)).Retire(t.Context(), made[2], made[1])
	if err != nil || !slices.Equal(retired, made[:1]) || !slices.Contains(c.deployments(), theirs) {
		t.Errorf("retired %v of %v, %v; that of staging is %s", retired, made, err, theirs)
	}
}

// TestRetireInSeveralGoes: there may be more than one call can delete, and a stage may come to lead to one meanwhile.
func TestRetireInSeveralGoes(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	mark := func(release, version string) string {
		made, err := c.api.CreateDeployment(foreign(t), &sdk.CreateDeploymentInput{
			RestApiId: aws.String(c.id), Description: aws.String("goldfinch release " + release + ": echo version " + version + " (before: deployment " + c.first + " with version 1); see: goldfinch status echo/production"),
		})
		must(t, err)
		return *made.Id
	}
	for range 14 {
		mark("r-0", "1") // one release, whose deploy ran at once in many processes
	}
	subject := c.target("r-1", "v2")
	taken := ""
	c.next("apigateway:DeleteDeployment", func() error {
		_, err := c.api.DeleteDeployment(foreign(t), &sdk.DeleteDeploymentInput{RestApiId: aws.String(c.id), DeploymentId: aws.String(firstSurplus(t, c))})
		return err
	})
	c.next("apigateway:DeleteDeployment", func() error {
		taken = firstSurplus(t, c)
		_, err := c.api.CreateStage(foreign(t), &sdk.CreateStageInput{RestApiId: aws.String(c.id), StageName: aws.String("beta"), DeploymentId: aws.String(taken)})
		return err
	})
	retired, done, err := subject.Retire(t.Context(), c.first, "")
	if err != nil || done || len(retired) != 8 {
		t.Errorf("retired %d, done %t, %v", len(retired), done, err)
	}
	retired, done, err = subject.Retire(t.Context(), c.first, "")
	if err != nil || !done || len(retired) != 3 || !slices.Contains(c.deployments(), taken) || len(c.deployments()) != 3 {
		t.Errorf("retired %d, done %t, %v; %v are left", len(retired), done, err, c.deployments())
	}
}

// firstSurplus is what Retire would delete next.
func firstSurplus(t *testing.T, c *cloud) string {
	t.Helper()
	surplus, err := c.target("r-1", "v2").Surplus(foreign(t), c.first, "")
	must(t, err)
	return surplus[0]
}

func TestRestore(t *testing.T) {
	t.Parallel()
	const source = "arn:aws:execute-api:us-east-1:000000000000:API/prod/GET/version"
	c := newCloud(t)
	made := c.deploy("r-1", "v2")
	subject := c.target("r-1", "v2")
	for _, want := range []release.Split{{Stable: c.first, Canary: made, Weight: 10}, release.Pure(c.first)} {
		_, err := subject.Shift(t.Context(), want, anything)
		must(t, err)
	}
	for range 2 { // twice is once
		note, done, err := subject.Restore(t.Context(), c.first)
		if err != nil || !done || !strings.Contains(note, "$LATEST of function echo keeps the code") {
			t.Error(note, done, err)
		}
	}
	allowed := func(version string) bool {
		return c.lambda.Allows(functionName, version, "apigateway.amazonaws.com", strings.Replace(source, "API", c.id, 1))
	}
	if allowed("2") || !allowed("1") {
		t.Errorf("API Gateway may invoke version 1 %t, and 2 %t", allowed("1"), allowed("2"))
	}
	if !slices.Contains(c.deployments(), made) {
		t.Error("the idle deployment is gone")
	}
}

// TestRestoreBeforeDeployment: the process died between the permission and the deployment.
func TestRestoreBeforeDeployment(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	subject := c.target("r-1", "v2")
	_, err := subject.Bake(t.Context())
	must(t, err)
	c.fail("apigateway:CreateDeployment", errLost)
	if _, _, err := subject.Deploy(t.Context(), c.first); err == nil {
		t.Fatal("nothing was lost")
	}
	_, done, err := subject.Restore(t.Context(), c.first)
	if err != nil || !done || c.lambda.Allows(functionName, "2", "apigateway.amazonaws.com", "arn:aws:execute-api:us-east-1:000000000000:"+c.id+"/prod/GET/version") {
		t.Errorf("done %t, %v; API Gateway may still invoke it", done, err)
	}
	// And before there was anything.
	if _, done, err := newCloud(t).target("r-1", "v2").Restore(t.Context(), ""); err != nil || !done {
		t.Error(done, err)
	}
}

// TestRestoreLeavesWhatIsUsed: a stage may still lead to the version.
func TestRestoreLeavesWhatIsUsed(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	made := c.deploy("r-1", "v2")
	_, err := c.target("r-1", "v2").Shift(t.Context(), release.Split{Stable: c.first, Canary: made, Weight: 10}, anything)
	must(t, err)
	_, _, err = c.target("r-1", "v2").Restore(t.Context(), c.first)
	must(t, err)
	promoted := newCloud(t)
	to := promoted.deploy("r-1", "v2")
	_, err = promoted.target("r-1", "v2").Shift(t.Context(), release.Pure(to), anything)
	must(t, err)
	_, _, err = promoted.target("r-1", "v2").Restore(t.Context(), promoted.first)
	must(t, err)
	if !promoted.lambda.Allows(functionName, "2", "apigateway.amazonaws.com", "arn:aws:execute-api:us-east-1:000000000000:"+promoted.id+"/prod/GET/version") {
		t.Error("users of the promoted version lost it")
	}
	if at := c.stage(); at.canary == nil || !c.lambda.Allows(functionName, "2", "apigateway.amazonaws.com", "arn:aws:execute-api:us-east-1:000000000000:"+c.id+"/prod/GET/version") {
		t.Errorf("users lost what they have: %+v", at)
	}
}
