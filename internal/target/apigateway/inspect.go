package apigateway

import (
	"context"
	"fmt"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
)

// Inspect compares the stage's deployment, variable and canary with what was released, and the function's version with the package.
func (t *Target) Inspect(ctx context.Context, released target.Released) ([]target.Finding, error) {
	present, err := t.look(ctx)
	if err != nil {
		return nil, err
	}
	resource := "/restapis/" + t.settings.RestAPI
	if _, exists := present.find(released.Version); !exists {
		return []target.Finding{{
			Kind: target.FindingVersion, Resource: resource + "/deployments/" + released.Version,
			Want: "deployment " + released.Version, Got: "no such deployment; the stage stands at " + t.describe(present),
		}}, nil
	}
	var findings []target.Finding
	version := present.version(released.Version)
	want := fmt.Sprintf("deployment %s with version %s", released.Version, version)
	if got := t.describe(present); got != want {
		findings = append(findings, target.Finding{Kind: target.FindingRouting, Resource: resource + "/stages/" + t.settings.Stage, Want: want, Got: got})
	}
	ofVersion, err := t.function("").InspectVersion(ctx, target.Released{Version: version, Artifact: released.Artifact})
	return append(findings, ofVersion...), err
}

// describe says where the stage leads, as Inspect compares it.
func (t *Target) describe(present state) string {
	text := fmt.Sprintf("deployment %s with version %s", present.deployment, present.variables[t.settings.Variable])
	if split := present.split(); !split.IsPure() {
		text += fmt.Sprintf(", and deployment %s with version %s at %s%%", split.Canary, present.canary.overrides[t.settings.Variable], release.Percent(split.Weight))
	}
	return text
}

// Mend brings a stage back to what was released. Nothing else can be mended but by a release.
func (t *Target) Mend(ctx context.Context, released target.Released, finding target.Finding, guard target.Guard) (done bool, err error) {
	if finding.Kind != target.FindingRouting {
		return false, release.Fail(release.KindRefused, "%s can only be mended by a release: it is %s instead of %s", finding.Resource, finding.Got, finding.Want)
	}
	present, err := t.look(ctx)
	if err != nil {
		return false, err
	}
	want := release.Pure(released.Version)
	patches, err := t.patches(present, want)
	if err != nil || len(patches) == 0 {
		return err == nil, err
	}
	if guard.Mine != nil && !guard.Mine(present.split()) {
		return false, t.moved(present, want)
	}
	if guard.Check != nil {
		if err := guard.Check(ctx); err != nil {
			return false, err
		}
	}
	// What was written is looked at by the next call, which also takes a canary away that has no traffic any more.
	return false, t.write(ctx, present.stage, patches, want)
}
