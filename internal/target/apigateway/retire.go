package apigateway

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"

	"github.com/goldfinch-dev/goldfinch/internal/target/call"
	"github.com/goldfinch-dev/goldfinch/internal/target/lambda"
)

// retireAtMost bounds how many deployments one Retire deletes; it is called again for the others.
const retireAtMost = 10

// Retire takes away canary settings without traffic that two promotions at once have left, deletes the oldest of the deployments
// that releases of this service and environment made, so that the document's KeepVersions are left, and such as a release made twice; and then the oldest versions of the function, as package lambda does. A deployment that a stage of the API leads
// to, or its canary, is never deleted; nor is a version that a deployment leads to, or a stage by its variable, or that anybody but this stage may
// invoke. Idle ones cost nothing, so previous is kept.
func (t *Target) Retire(ctx context.Context, current, previous string) (retired []string, done bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, workTimeout)
	defer cancel()
	present, err := t.look(ctx)
	if err != nil {
		return nil, false, err
	}
	if err := t.checkOwner(ctx, present.stage); err != nil {
		return nil, false, err
	}
	if err := t.clear(ctx, present, current); err != nil {
		return nil, false, err
	}
	used, err := t.readUsed(ctx)
	if err != nil {
		return nil, false, err
	}
	surplus := t.surplus(present, used, current, previous)
	gone := map[string]bool{}
	for _, id := range surplus[:min(len(surplus), retireAtMost)] {
		deleted, err := t.deleteDeployment(ctx, id)
		if err != nil {
			return retired, false, err
		}
		if gone[id] = deleted; deleted {
			retired = append(retired, id)
		}
	}
	if len(surplus) > retireAtMost {
		return retired, false, nil
	}
	inUse := append(used.versions, present.version(current))
	keep := slices.Clone(inUse)
	for _, one := range present.deployments {
		if !gone[one.id] {
			keep = append(keep, present.version(one.id))
		}
	}
	_, err = t.function("").RetireExcept(ctx, keep, t.led(inUse))
	return retired, err == nil, err
}

// Surplus lists the deployments that Retire would delete, the oldest first, without deleting them.
func (t *Target) Surplus(ctx context.Context, current, previous string) ([]string, error) {
	present, err := t.look(ctx)
	if err != nil {
		return nil, err
	}
	used, err := t.readUsed(ctx)
	return t.surplus(present, used, current, previous), err
}

// used is what the stages of the API lead to.
type used struct {
	deployments map[string]bool
	versions    []string
}

// led tells whether users are led to a version of the function: by this API's stages, which lead to those in use, or perhaps by others that share the
// function. Their stages are not looked for. They need to be let in by the version's policy, and that tells.
func (t *Target) led(inUse []string) lambda.Led {
	return func(ctx context.Context, version string) (bool, error) {
		if slices.Contains(inUse, version) {
			return true, nil
		}
		return t.isOthers(ctx, version)
	}
}

// readUsed reads all stages: another one may lead to the same deployments and versions.
func (t *Target) readUsed(ctx context.Context) (used, error) {
	output, err := call.Do(ctx, "apigateway: list stages of REST API "+t.settings.RestAPI, t.api.GetStages, &sdk.GetStagesInput{RestApiId: aws.String(t.settings.RestAPI)})
	if err != nil {
		return used{}, err
	}
	found := used{deployments: map[string]bool{}}
	for _, stage := range output.Item {
		found.deployments[aws.ToString(stage.DeploymentId)] = true
		found.versions = append(found.versions, stage.Variables[t.settings.Variable])
		if stage.CanarySettings != nil {
			found.deployments[aws.ToString(stage.CanarySettings.DeploymentId)] = true
			found.versions = append(found.versions, stage.CanarySettings.StageVariableOverrides[t.settings.Variable])
		}
	}
	return found, nil
}

// surplus chooses the deployments to delete, the oldest first. Of those that one release made, all but the first are.
func (t *Target) surplus(present state, used used, current, previous string) []string {
	releases := map[string]bool{}
	for _, one := range present.deployments {
		if t.made(one) {
			releases[one.release] = true
		}
	}
	beyond := len(releases) - t.settings.KeepVersions
	var surplus []string
	for _, one := range present.deployments {
		if !t.made(one) {
			continue
		}
		again := !releases[one.release]
		if !again {
			releases[one.release] = false
			beyond--
		}
		if (again || beyond >= 0) && !used.deployments[one.id] && one.id != current && one.id != previous {
			surplus = append(surplus, one.id)
		}
	}
	return surplus
}

// deleteDeployment deletes one deployment; deleted is false when AWS keeps it because a stage has come to lead to it, or when it
// is gone already.
func (t *Target) deleteDeployment(ctx context.Context, id string) (deleted bool, err error) {
	_, err = call.Do(ctx, "apigateway: delete deployment "+id+" of REST API "+t.settings.RestAPI, t.api.DeleteDeployment, &sdk.DeleteDeploymentInput{
		RestApiId: aws.String(t.settings.RestAPI), DeploymentId: aws.String(id),
	})
	if isUsed(err) || isMissing(err) {
		return false, nil
	}
	return err == nil, err
}
