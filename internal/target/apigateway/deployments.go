package apigateway

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// mostAtOnce is how many deployments GetDeployments lists at once
// (https://docs.aws.amazon.com/apigateway/latest/api/API_GetDeployments.html).
const mostAtOnce = 500

// A deployment is one of the API, and what its description says.
type deployment struct {
	id          string
	created     time.Time
	description string
	// release, function and version are of the release that made it, and of where it leads; empty when it was not Goldfinch.
	release, function, version string
	// service and environment are whose release that was; empty when nothing says so.
	service, environment string
	// before is what the stage led to when it was made, and beforeVersion the function's version then.
	before, beforeVersion string
}

// marked is the description of a deployment. People see it when a pipeline's deployment is refused because a canary is on.
func (t *Target) marked(version string, before deployment) string {
	return fmt.Sprintf("goldfinch release %s: %s version %s (before: deployment %s with version %s); see: goldfinch status %s/%s",
		t.release, t.settings.Function, version, before.id, before.version, t.document.Service, t.document.Environment)
}

var markPattern = regexp.MustCompile(`^goldfinch release (\S+): (\S+) version (\d+) \(before: deployment (\S+) with version (\d+)\)(?:; see: goldfinch status (\S+)/(\S+))?`)

// A state is the stage, and the deployments that there are, oldest first.
type state struct {
	stage
	deployments []deployment
	variable    string
}

// look reads the stage and the deployments.
func (t *Target) look(ctx context.Context) (state, error) {
	read, err := t.readStage(ctx)
	if err != nil {
		return state{}, err
	}
	deployments, err := t.readDeployments(ctx)
	return state{stage: read, deployments: deployments, variable: t.settings.Variable}, err
}

// readDeployments lists the deployments, oldest first.
func (t *Target) readDeployments(ctx context.Context) ([]deployment, error) {
	var all []deployment
	input := &sdk.GetDeploymentsInput{RestApiId: aws.String(t.settings.RestAPI), Limit: aws.Int32(mostAtOnce)}
	for {
		page, err := call.Do(ctx, "apigateway: list deployments of REST API "+t.settings.RestAPI, t.api.GetDeployments, input)
		if err != nil {
			return nil, err
		}
		for _, item := range page.Items {
			one := deployment{id: aws.ToString(item.Id), created: aws.ToTime(item.CreatedDate), description: aws.ToString(item.Description)}
			if found := markPattern.FindStringSubmatch(one.description); found != nil && found[2] == t.settings.Function {
				one.release, one.function, one.version, one.before, one.beforeVersion = found[1], found[2], found[3], found[4], found[5]
				one.service, one.environment = found[6], found[7]
			}
			all = append(all, one)
		}
		if aws.ToString(page.Position) == "" {
			break
		}
		input.Position = page.Position
	}
	slices.SortStableFunc(all, func(a, b deployment) int {
		return cmp.Or(a.created.Compare(b.created), cmp.Compare(len(a.version), len(b.version)), cmp.Compare(a.version, b.version), cmp.Compare(a.id, b.id))
	})
	return all, nil
}

// find is a deployment by its id.
func (s state) find(id string) (deployment, bool) {
	i := slices.IndexFunc(s.deployments, func(one deployment) bool { return one.id == id })
	if i < 0 {
		return deployment{}, false
	}
	return s.deployments[i], true
}

// isOurs reports whether a release of Goldfinch made the deployment.
func (d deployment) isOurs() bool { return d.release != "" }

// made reports whether a release of this service and environment made the deployment: the stages of one API may belong to several.
func (t *Target) made(d deployment) bool {
	return d.isOurs() && d.service == t.document.Service && d.environment == t.document.Environment
}

// of is the deployment that a release has made: its first one, should it have made several at once.
func (s state) of(id string) (deployment, bool) {
	for _, one := range s.deployments {
		if one.release == id {
			return one, true
		}
	}
	return deployment{}, false
}

// version is the function's version that a deployment leads to; empty when nobody can tell, or there is no such deployment. A deployment that
// somebody else made leads to what the stage variable says while the stage leads to it, and after that to what the
// release noted that took its place.
func (s state) version(id string) string {
	found, exists := s.find(id)
	switch {
	case !exists:
		return ""
	case found.version != "":
		return found.version
	case s.deployment == id:
		return s.variables[s.variable]
	}
	for _, later := range slices.Backward(s.deployments) {
		if later.before == id {
			return later.beforeVersion
		}
	}
	return ""
}

// versionMissing says that there is no such deployment, or that nobody can tell where it leads.
func (t *Target) versionMissing(present state, id string) *release.Failure {
	if _, exists := present.find(id); exists {
		return release.Fail(release.KindRefused, "nothing says which version of function %s deployment %s leads to", t.settings.Function, id).
			WithHint("name a deployment that Goldfinch made, or that stood before one")
	}
	return release.Fail(release.KindRefused, "there is no deployment %s of REST API %s", id, t.settings.RestAPI).
		WithHint("`aws apigateway get-deployments --rest-api-id %s` lists those that there are", t.settings.RestAPI)
}
