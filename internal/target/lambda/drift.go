package lambda

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
)

var _ target.Inspector = (*Target)(nil)

// Inspect compares the alias with what was released, and the released version's code with its artifact. $LATEST is not looked at: it may be
// anything, because no user of the alias reaches it. It calls what [SplitAPI] has.
func (t *Target) Inspect(ctx context.Context, released target.Released) ([]target.Finding, error) {
	present, err := t.readAlias(ctx)
	if err != nil {
		return nil, err
	}
	var findings []target.Finding
	if want := release.Pure(released.Version); !present.split.Same(want) {
		got := present.split.String()
		if !present.exists() {
			got = "no such alias"
		}
		findings = append(findings, target.Finding{Kind: target.FindingRouting, Resource: t.function + ":" + t.alias, Want: want.String(), Got: got})
	}
	ofVersion, err := t.InspectVersion(ctx, released)
	return append(findings, ofVersion...), err
}

// InspectVersion is Inspect for the version alone, which another target routes to: it must be there, able to run, and of the artifact's code, as far as
// the document says what that is.
func (t *Target) InspectVersion(ctx context.Context, released target.Released) ([]target.Finding, error) {
	finding := target.Finding{Kind: target.FindingVersion, Resource: t.function + ":" + released.Version}
	found, err := t.readFunction(ctx, released.Version)
	switch {
	case isMissing(err):
		finding.Want, finding.Got = "version "+released.Version, "no such version"
		return []target.Finding{finding}, nil
	case err != nil:
		return nil, err
	}
	var findings []target.Finding
	find := func(want, got string) {
		finding.Want, finding.Got = want, got
		findings = append(findings, finding)
	}
	if !isInvocable(found.FunctionConfiguration) {
		find("a version that can be invoked", "state "+string(found.State))
	}
	if sum, err := hex.DecodeString(released.Artifact.SHA256); err == nil && len(sum) > 0 {
		if want, got := base64.StdEncoding.EncodeToString(sum), aws.ToString(found.CodeSha256); want != got {
			find("code "+want, "code "+got)
		}
	}
	if want, got := digestOf(released.Artifact.Container), digestOf(found.image); released.Artifact.Container != "" && want != got {
		find(want, got)
	}
	return findings, nil
}

// digestOf says which image a reference means by its digest: registries have the same one under several names.
func digestOf(image string) string {
	if _, digest, named := strings.Cut(image, "@"); named {
		return "image " + digest
	}
	return "no image"
}

// Mend gives the released version all traffic again, as long as that can take it. A version can't be mended: it takes a release.
func (t *Target) Mend(ctx context.Context, released target.Released, finding target.Finding, guard target.Guard) (done bool, err error) {
	if finding.Kind != target.FindingRouting {
		return false, release.Fail(release.KindRefused, "%s is %s instead of %s, which only a release mends", finding.Resource, finding.Got, finding.Want).
			WithHint("release the artifact again")
	}
	usable, err := t.Usable(ctx, released.Version)
	if err != nil {
		return false, err
	}
	if !usable {
		return false, release.Fail(release.KindRefused, "%s can't have its traffic back, because %s is gone or can't run", t.aliasName(), t.versionName(released.Version)).
			WithHint("release the artifact again")
	}
	_, err = t.Shift(ctx, release.Pure(released.Version), guard)
	return err == nil, err
}
