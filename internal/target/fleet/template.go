package fleet

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// markPrefix begins the description of every launch template version that Goldfinch makes.
const markPrefix = "goldfinch release "

// templateVersions reads the named versions of a launch template, or all of them, oldest first as AWS has them or not; none when there are none.
func (f *Fleet) templateVersions(ctx context.Context, template string, named ...string) ([]types.LaunchTemplateVersion, error) {
	input := &ec2.DescribeLaunchTemplateVersionsInput{LaunchTemplateId: aws.String(template), Versions: named}
	var versions []types.LaunchTemplateVersion
	for {
		page, err := call.Do(ctx, "ec2: read the versions of launch template "+template, f.ec2.DescribeLaunchTemplateVersions, input)
		switch code := call.Code(err); {
		case code == "InvalidLaunchTemplateId.NotFound", code == "InvalidLaunchTemplateId.VersionNotFound":
			return nil, nil
		case err != nil:
			return nil, err
		}
		versions = append(versions, page.LaunchTemplateVersions...)
		if aws.ToString(page.NextToken) == "" {
			return versions, nil
		}
		input.NextToken = page.NextToken
	}
}

// Image is the image that a version of a launch template launches; empty when there is no such version.
func (f *Fleet) Image(ctx context.Context, template, version string) (string, error) {
	versions, err := f.templateVersions(ctx, template, version)
	if err != nil || len(versions) == 0 {
		return "", err
	}
	return imageOf(versions[0]), nil
}

// Exists reports whether a launch template has a version.
func (f *Fleet) Exists(ctx context.Context, template, version string) (bool, error) {
	if !isNumber(version) {
		return false, nil
	}
	versions, err := f.templateVersions(ctx, template, version)
	return len(versions) > 0, err
}

func imageOf(version types.LaunchTemplateVersion) string {
	if version.LaunchTemplateData == nil {
		return ""
	}
	return aws.ToString(version.LaunchTemplateData.ImageId)
}

// numberOf is a version's number as groups name it.
func numberOf(version types.LaunchTemplateVersion) string {
	return strconv.FormatInt(aws.ToInt64(version.VersionNumber), 10)
}

// isOurs reports whether Goldfinch has made the version.
func isOurs(version types.LaunchTemplateVersion) bool {
	return strings.HasPrefix(aws.ToString(version.VersionDescription), markPrefix)
}

// mark is the description by which a release knows its version again.
func (f *Fleet) mark() string { return fmt.Sprintf("%s%s", markPrefix, f.release) }
