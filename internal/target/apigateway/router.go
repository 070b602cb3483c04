package apigateway

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

const (
	// shiftAttempts bounds how often Shift looks again after somebody else wrote, or after a write that leaves another one to be made.
	shiftAttempts = 8
	// longestLife is for how long a handler may live, and so be about to write what it decided before.
	longestLife = 90 * time.Second
)

// UnlockedFor is how long a handler may live: API Gateway's stages have no revision that a write could be based on.
func (t *Target) UnlockedFor() time.Duration { return t.shiftLimit }

// Split reads the stage. A canary of 0 % is none.
func (t *Target) Split(ctx context.Context) (release.Split, error) {
	present, err := t.readStage(ctx)
	return present.split(), err
}

// Shift makes the stage want, and reads it back. A split is one UpdateStage, and so is going back to the deployment that the
// stage leads to. Promoting is two: one that makes the canary's deployment and version the stage's, and one that takes the canary
// away, which has no traffic by then. A process that dies between the two leaves a stage that reads as promoted, and that the next Shift or Restore
// finishes.
func (t *Target) Shift(ctx context.Context, want release.Split, guard target.Guard) (release.Split, error) {
	if want.Audience != "" {
		return release.Split{}, release.Fail(release.KindRefused, "%s can't tell audience %s from others", t.stageName(), want.Audience)
	}
	if want.Stable == "" {
		return release.Split{}, release.Fail(release.KindDirty, "there is no deployment for %s to go back to", t.stageName())
	}
	ctx, cancel := context.WithTimeout(ctx, t.shiftLimit)
	defer cancel()
	checked := false
	for range shiftAttempts {
		present, err := t.look(ctx)
		if err != nil {
			return release.Split{}, err
		}
		there := present.split().Same(want)
		if !there && (guard.Mine == nil || !guard.Mine(present.split())) && !t.isBeside(present, want) {
			return present.split(), t.moved(present, want)
		}
		if stranger := t.stranger(present, want); stranger != nil && len(t.homeward(present, want)) == 0 {
			return present.split(), stranger
		}
		patches, err := t.patches(present, want)
		if err != nil {
			return present.split(), err
		}
		if len(patches) == 0 && (checked || !guard.Touch) {
			return present.split(), nil
		}
		if guard.Check != nil {
			if err := guard.Check(ctx); err != nil {
				return present.split(), err
			}
		}
		checked = true
		if err := t.write(ctx, present.stage, patches, want); err != nil {
			return present.split(), err
		}
	}
	return release.Split{}, release.Fail(release.KindTransient, "%s changed %d times while it was moved to %s", t.stageName(), shiftAttempts, want)
}

// write makes one UpdateStage if the stage is still as it was when the patches were decided on; the caller looks again in
// any case. Without patches it writes nothing: API Gateway has nothing that a write could make out of date.
func (t *Target) write(ctx context.Context, decidedOn stage, patches []types.PatchOperation, want release.Split) error {
	if len(patches) == 0 {
		return nil
	}
	present, err := t.readStage(ctx)
	if err != nil || !present.same(decidedOn) {
		return err
	}
	_, err = call.Do(ctx, fmt.Sprintf("apigateway: move %s to %s", t.stageName(), want), t.api.UpdateStage, &sdk.UpdateStageInput{
		RestApiId: aws.String(t.settings.RestAPI), StageName: aws.String(t.settings.Stage), PatchOperations: patches,
	})
	if isRaced(err) {
		return nil
	}
	return err
}

// patches are the operations of the next UpdateStage on the way to want; none when the stage is there. They are in an order in
// which each alone does no harm: AWS doesn't say that all or none are done.
func (t *Target) patches(present state, want release.Split) ([]types.PatchOperation, error) {
	if patches := t.homeward(present, want); len(patches) > 0 {
		return patches, nil
	}
	var patches []types.PatchOperation
	version := func(id string) (string, error) {
		if found := present.version(id); found != "" {
			return found, nil
		}
		return "", t.versionMissing(present, id)
	}
	stable, err := version(want.Stable)
	if err != nil {
		return nil, err
	}
	if want.IsPure() {
		if present.canary != nil && present.canary.percent > 0 {
			patches = append(patches, replace("/canarySettings/percentTraffic", "0.0"))
		}
		return append(patches, t.stagePatches(present, want.Stable, stable)...), nil
	}
	canaryVersion, err := version(want.Canary)
	if err != nil {
		return nil, err
	}
	settings := canary{}
	if present.canary != nil {
		settings = *present.canary
	}
	if present.canary == nil || settings.deployment != want.Canary {
		patches = append(patches, replace("/canarySettings/deploymentId", want.Canary))
	}
	if settings.overrides[t.settings.Variable] != canaryVersion {
		patches = append(patches, replace("/canarySettings/stageVariableOverrides/"+t.settings.Variable, canaryVersion))
	}
	patches = append(patches, t.stagePatches(present, want.Stable, stable)...)
	if percent := percentOf(want.Weight); present.canary == nil || percentOf(settings.percent) != percent {
		patches = append(patches, replace("/canarySettings/percentTraffic", percent))
	}
	return patches, nil
}

// homeward are the operations that take this release's canary away from a stage that leads to want itself, or to where somebody else moved
// it; none when there is nothing to take away. Nobody's change of the stage is touched by that, so it is done before any is complained of.
func (t *Target) homeward(present state, want release.Split) []types.PatchOperation {
	isHome := want.IsPure() && present.deployment == want.Stable && t.isRemovable(present, want)
	if !isHome && !t.isBeside(present, want) {
		return nil
	}
	return []types.PatchOperation{{Op: types.OpRemove, Path: aws.String("/canarySettings")}}
}

// isBeside reports whether the canary that this release made, and is to go, has traffic beside a deployment to which somebody else
// moved the stage: right before the canary was written, or since.
func (t *Target) isBeside(present state, want release.Split) bool {
	if !want.IsPure() || present.canary == nil || present.canary.percent == 0 {
		return false
	}
	made, _ := present.find(present.canary.deployment)
	return made.release == t.release && made.id != want.Stable && made.id != present.deployment && present.deployment != want.Stable
}

// stagePatches make the stage itself lead to a deployment and a version.
func (t *Target) stagePatches(present state, deployment, version string) []types.PatchOperation {
	var patches []types.PatchOperation
	if present.variables[t.settings.Variable] != version {
		patches = append(patches, replace("/variables/"+t.settings.Variable, version))
	}
	if present.deployment != deployment {
		patches = append(patches, replace("/deploymentId", deployment))
	}
	return patches
}

// isRemovable reports whether the stage has canary settings that this release may take away: those with traffic, which were looked at
// before, and those that were left of a promotion, or by a release that ended before its canary had traffic.
func (t *Target) isRemovable(present state, want release.Split) bool {
	if present.canary == nil {
		return false
	}
	made, _ := present.find(present.canary.deployment)
	return present.canary.percent > 0 || present.canary.deployment == want.Stable || made.isOurs()
}

// percentOf writes a percentage as API Gateway does: with at least one decimal.
func percentOf(weight float64) string {
	text := strconv.FormatFloat(weight, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

func replace(path, value string) types.PatchOperation {
	return types.PatchOperation{Op: types.OpReplace, Path: aws.String(path), Value: aws.String(value)}
}

// moved says that the stage is where this release never put it.
func (t *Target) moved(present state, want release.Split) error {
	description := ""
	if present.description != "" {
		description = fmt.Sprintf(", described as %q", present.description)
	}
	if found, exists := present.find(present.deployment); exists && !found.isOurs() {
		description += fmt.Sprintf("; deployment %s was made at %s", found.id, found.created.UTC().Format(time.RFC3339))
		if found.description != "" {
			description += fmt.Sprintf(" and is described as %q", found.description)
		}
	}
	return release.Fail(release.KindConflict, "%s was moved by somebody else: it stands at %s%s, which this release never intended, and is left there instead of %s",
		t.stageName(), present.split(), description, want).
		WithHint("CloudTrail's events UpdateStage and CreateDeployment say who; bring the stage to the deployment that users should have, then release again")
}

// stranger is the KindConflict failure of a stage whose deployments are as they should be, but that leads elsewhere all the same; nil
// when it does not: its variable is of neither version, or somebody else's canary waits at 0 %.
func (t *Target) stranger(present state, want release.Split) error {
	variable := present.variables[t.settings.Variable]
	made, _ := present.find(present.deployment)
	if made.isOurs() && variable != made.version && variable != present.version(want.Stable) && variable != present.version(want.Canary) {
		return release.Fail(release.KindConflict, "somebody else changed variable %s of %s to %q: deployment %s was made for version %s of function %s",
			t.settings.Variable, t.stageName(), variable, made.id, made.version, t.settings.Function).
			WithHint("CloudTrail's event UpdateStage says who; set the variable back, then release again")
	}
	if present.canary != nil && !want.IsPure() && present.split().IsPure() {
		if found, _ := present.find(present.canary.deployment); !found.isOurs() && found.id != present.deployment {
			return release.Fail(release.KindConflict, "%s has somebody else's canary, deployment %s at 0%%", t.stageName(), found.id).
				WithHint("take it away with: %s", t.removeCanary())
		}
	}
	return nil
}

// removeCanary is the command that takes canary settings away.
func (t *Target) removeCanary() string {
	return fmt.Sprintf("aws apigateway update-stage --rest-api-id %s --stage-name %s --patch-operations op=remove,path=/canarySettings", t.settings.RestAPI, t.settings.Stage)
}
