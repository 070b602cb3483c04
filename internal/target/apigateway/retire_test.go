package apigateway_test

import (
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
