package fleet

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// DeleteVersion deletes a version of a launch template that Goldfinch has made, unless it is the default one, or a group of whomever uses it.
func (f *Fleet) DeleteVersion(ctx context.Context, template, version string) (deleted bool, err error) {
	if !isNumber(version) {
		return false, nil
	}
	found, err := f.templateVersions(ctx, template, version)
	if err != nil || len(found) == 0 || !isOurs(found[0]) || aws.ToBool(found[0].DefaultVersion) {
		return false, err
	}
	used, err := f.used(ctx, template)
	if err != nil || used[version] {
		return false, err
	}
	output, err := call.Do(ctx, fmt.Sprintf("ec2: delete version %s of launch template %s", version, template), f.ec2.DeleteLaunchTemplateVersions, &ec2.DeleteLaunchTemplateVersionsInput{
		LaunchTemplateId: aws.String(template), Versions: []string{version},
	})
	if err != nil {
		return false, err
	}
	for _, problem := range output.UnsuccessfullyDeletedLaunchTemplateVersions {
		if response := problem.ResponseError; response != nil && response.Code != types.LaunchTemplateErrorCodeLaunchTemplateVersionDoesNotExist {
			return false, release.Fail(release.KindTransient, "version %s of launch template %s could not be deleted: %s (%s)", version, template, aws.ToString(response.Message), response.Code)
		}
	}
	return true, nil
}

// Released is the version that this release made of a launch template; empty when it made none.
func (f *Fleet) Released(ctx context.Context, template string) (string, error) {
	versions, err := f.templateVersions(ctx, template)
	if err != nil {
		return "", err
	}
	for _, version := range versions {
		if aws.ToString(version.VersionDescription) == f.mark() {
			return numberOf(version), nil
		}
	}
	return "", nil
}

// SurplusVersions lists the versions of a launch template that Goldfinch has made and no group uses, the oldest first, beyond
// the newest keep of them. A version costs nothing, and is what a release can return to; but whoever cleans up images keeps those of versions.
func (f *Fleet) SurplusVersions(ctx context.Context, template string, keep int) ([]string, error) {
	versions, err := f.templateVersions(ctx, template)
	if err != nil {
		return nil, err
	}
	versions = slices.DeleteFunc(versions, func(version types.LaunchTemplateVersion) bool { return !isOurs(version) })
	if len(versions) <= keep {
		return nil, nil
	}
	slices.SortFunc(versions, func(a, b types.LaunchTemplateVersion) int {
		return cmp.Compare(aws.ToInt64(a.VersionNumber), aws.ToInt64(b.VersionNumber))
	})
	used, err := f.used(ctx, template)
	if err != nil {
		return nil, err
	}
	var surplus []string
	for _, version := range versions[:len(versions)-keep] {
		if number := numberOf(version); !used[number] && !aws.ToBool(version.DefaultVersion) {
			surplus = append(surplus, number)
		}
	}
	return surplus, nil
}

// used are the versions of a launch template that groups launch from, whosever they are.
func (f *Fleet) used(ctx context.Context, template string) (map[string]bool, error) {
	groups, err := f.describe(ctx, "autoscaling: list the groups that use launch template "+template, &autoscaling.DescribeAutoScalingGroupsInput{MaxRecords: aws.Int32(groupsPerPage)})
	if err != nil {
		return nil, err
	}
	used := map[string]bool{}
	for _, group := range groups {
		if group.TemplateID == template && !(group.Deleting && len(group.Instances) == 0) {
			used[group.Version] = true
		}
		for _, instance := range group.Instances {
			used[instance.Version] = true
		}
	}
	return used, nil
}
