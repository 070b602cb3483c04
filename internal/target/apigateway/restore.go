package apigateway

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// Restore takes away what the release gave its version: canary settings without traffic that are left of it, the permission
// that lets the stage invoke it, unless that still leads there, its provisioned concurrency, and the deployments that it made more than once. The
// first of those and the version stay, as idle ones cost nothing, until Retire deletes them. One failing does not keep the others from being done.
func (t *Target) Restore(ctx context.Context, stable string) (note string, done bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, workTimeout)
	defer cancel()
	present, err := t.look(ctx)
	if err != nil {
		return "", false, err
	}
	if t.isReturn() {
		err := t.clear(ctx, present, t.document.Request.Version)
		return "", err == nil, err
	}
	made, _ := present.of(t.release)
	cleared := t.clear(ctx, present, made.id)
	forbidden := t.withdraw(ctx, present, made.version)
	single := t.deleteAgain(ctx, present, made)
	kept, done, err := t.function("").RestoreUnless(ctx, present.version(stable), t.isLed)
	if kept != "" {
		note = fmt.Sprintf("$LATEST of function %s keeps the code that was rolled back; no stage leads to it", t.settings.Function)
	}
	err = errors.Join(cleared, forbidden, single, err)
	return note, done && err == nil, err
}

// isLed is [Target.led] by what the stages lead to now.
func (t *Target) isLed(ctx context.Context, version string) (bool, error) {
	used, err := t.readUsed(ctx)
	if err != nil {
		return false, err
	}
	return t.led(used.versions)(ctx, version)
}

// clear takes away canary settings that lead to a deployment with no traffic, or to where the stage does anyway.
func (t *Target) clear(ctx context.Context, present state, id string) error {
	if present.canary == nil || !present.isSelf() && (present.canary.percent > 0 || present.canary.deployment != id) {
		return nil
	}
	return t.write(ctx, present.stage, []types.PatchOperation{{Op: types.OpRemove, Path: aws.String("/canarySettings")}}, release.Pure(present.deployment))
}

// deleteAgain deletes the deployments that this release made after its first one: API Gateway has no token that would make one of two
// calls. One that a stage leads to stays.
func (t *Target) deleteAgain(ctx context.Context, present state, first deployment) error {
	var failed []error
	for _, one := range present.deployments {
		if one.release == t.release && one.id != first.id {
			_, err := t.deleteDeployment(ctx, one.id)
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// withdraw takes the permission from the version that this release published, unless the stage leads there.
func (t *Target) withdraw(ctx context.Context, present state, version string) error {
	if version == "" {
		published, err := t.function("").Published(ctx)
		if err != nil || published == "" {
			return err
		}
		version = published
	}
	if present.variables[t.settings.Variable] == version || present.canary != nil && present.canary.overrides[t.settings.Variable] == version {
		return nil
	}
	return t.forbid(ctx, version)
}
