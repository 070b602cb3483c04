package fleet

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// Version finds or makes the launch template version of this release: that of from with another image. It is known by its description, and made
// under a client token that is a hash of the release's id, so that two at once make one. A release that returns to a version gets that one.
// What can't be is a KindRefused failure: an image that users have already, a version to return to that is gone, data that EC2 does not accept.
func (f *Fleet) Version(ctx context.Context, from Group, ami string) (string, error) {
	if f.isReturn() {
		return f.returned(ctx, from)
	}
	versions, err := f.templateVersions(ctx, from.TemplateID)
	if err != nil {
		return "", err
	}
	for _, version := range versions {
		switch {
		case aws.ToString(version.VersionDescription) == f.mark():
			if image := imageOf(version); image != ami {
				return "", release.Fail(release.KindConflict, "version %s of launch template %s is described as %q and launches %s, where this release is of %s", numberOf(version), from.TemplateID, f.mark(), image, ami).
					WithHint("somebody else wrote that description; delete the version and release again")
			}
			return numberOf(version), nil
		case numberOf(version) == from.Version && imageOf(version) == ami:
			return "", release.Fail(release.KindRefused, "nothing to release: version %s, which users have, launches %s already", from.Version, ami).WithHint("bake something new")
		}
	}
	output, err := call.Do(ctx, fmt.Sprintf("ec2: make a version of launch template %s for %s", from.TemplateID, ami), f.ec2.CreateLaunchTemplateVersion, &ec2.CreateLaunchTemplateVersionInput{
		LaunchTemplateId:   aws.String(from.TemplateID),
		SourceVersion:      aws.String(from.Version),
		LaunchTemplateData: &types.RequestLaunchTemplateData{ImageId: aws.String(ami)},
		VersionDescription: aws.String(f.mark()),
		ClientToken:        aws.String(f.token()),
	})
	if err != nil {
		return "", err
	}
	if warning := output.Warning; warning != nil && len(warning.Errors) > 0 {
		var parts []string
		for _, problem := range warning.Errors {
			parts = append(parts, fmt.Sprintf("%s (%s)", aws.ToString(problem.Message), aws.ToString(problem.Code)))
		}
		return "", release.Fail(release.KindRefused, "a version of launch template %s with %s could not be launched: %s", from.TemplateID, ami, strings.Join(parts, "; ")).
			WithHint("mend version %s of the template, from which it is made", from.Version)
	}
	return numberOf(*output.LaunchTemplateVersion), nil
}

// returned is the version that the release goes back to.
func (f *Fleet) returned(ctx context.Context, from Group) (string, error) {
	version := f.document.Request.Version
	if version == from.Version {
		return "", release.Fail(release.KindRefused, "nothing to release: version %s is the one that users have", version).WithHint("name another version")
	}
	exists, err := f.Exists(ctx, from.TemplateID, version)
	if err != nil {
		return "", err
	}
	if !exists {
		return "", release.Fail(release.KindRefused, "version %s of launch template %s does not exist", version, from.TemplateID).
			WithHint("`aws ec2 describe-launch-template-versions --launch-template-id %s` lists those that do", from.TemplateID)
	}
	return version, nil
}

// token is a client token of 64 characters, of the 128 that AWS allows.
func (f *Fleet) token() string {
	sum := sha256.Sum256([]byte(f.mark()))
	return hex.EncodeToString(sum[:])
}
