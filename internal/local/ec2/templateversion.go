package ec2

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// What names a version without a number.
const (
	latestVersion  = "$Latest"
	defaultVersion = "$Default"
)

// CreateLaunchTemplateVersion is EC2's CreateLaunchTemplateVersion. With a SourceVersion
// it has that version's parameters, except for those that the request names;
// without one, only those that the request names.
func (s *Service) CreateLaunchTemplateVersion(ctx context.Context, in *sdk.CreateLaunchTemplateVersionInput, _ ...func(*sdk.Options)) (*sdk.CreateLaunchTemplateVersionOutput, error) {
	return change(ctx, s, "CreateLaunchTemplateVersion", in.DryRun, func() (*sdk.CreateLaunchTemplateVersionOutput, error) {
		if in.LaunchTemplateData == nil {
			return nil, missing("LaunchTemplateData")
		}
		template, err := s.template(in.LaunchTemplateId, in.LaunchTemplateName)
		if err != nil {
			return nil, err
		}
		asked, err := fingerprint(template.Template.LaunchTemplateId, in.LaunchTemplateData, in.SourceVersion, in.VersionDescription)
		if err != nil {
			return nil, err
		}
		made := request{aws.ToString(in.ClientToken), asked}
		if before, err := s.versionMadeBy(made); before != nil || err != nil {
			return before, err
		}
		var source *types.ResponseLaunchTemplateData
		if in.SourceVersion != nil {
			from, err := s.findVersion(template, *in.SourceVersion)
			if err != nil {
				return nil, err
			}
			source = from.Version.LaunchTemplateData
		}
		data, err := merged(source, in.LaunchTemplateData)
		if err != nil {
			return nil, err
		}
		next := *template
		next.Highest++
		next.Template.LatestVersionNumber = aws.Int64(next.Highest)
		version := s.version(&next, next.Highest, in.VersionDescription, data)
		version.Request = made
		id := *next.Template.LaunchTemplateId
		if err := s.commit(entry{templateKey(id), &next}, entry{versionKey(id, next.Highest), version}); err != nil {
			return nil, err
		}
		return &sdk.CreateLaunchTemplateVersionOutput{LaunchTemplateVersion: described(&next, version)}, nil
	})
}

// versionMadeBy is the answer to a request that was made before, or nil.
func (s *Service) versionMadeBy(made request) (*sdk.CreateLaunchTemplateVersionOutput, error) {
	for id, versions := range s.books.versions {
		for _, version := range versions {
			again, err := repeats(version.Request, made)
			if err != nil {
				return nil, err
			}
			if again {
				return &sdk.CreateLaunchTemplateVersionOutput{LaunchTemplateVersion: described(s.books.templates[id], version)}, nil
			}
		}
	}
	return nil, nil
}

// version is a new version of a template.
func (s *Service) version(template *templateRecord, number int64, description *string, data *types.ResponseLaunchTemplateData) *versionRecord {
	return &versionRecord{Version: types.LaunchTemplateVersion{
		LaunchTemplateId: template.Template.LaunchTemplateId, LaunchTemplateName: template.Template.LaunchTemplateName,
		VersionNumber: aws.Int64(number), VersionDescription: description, LaunchTemplateData: data,
		CreateTime: aws.Time(s.now()), CreatedBy: s.principal(),
	}}
}

// described is a version as it is told.
func described(template *templateRecord, version *versionRecord) *types.LaunchTemplateVersion {
	told := version.Version
	told.DefaultVersion = aws.Bool(*told.VersionNumber == *template.Template.DefaultVersionNumber)
	return &told
}

// DescribeLaunchTemplateVersions is EC2's DescribeLaunchTemplateVersions of one template, the newest first; without a
// template, the versions $Latest or $Default of all.
func (s *Service) DescribeLaunchTemplateVersions(ctx context.Context, in *sdk.DescribeLaunchTemplateVersionsInput, _ ...func(*sdk.Options)) (*sdk.DescribeLaunchTemplateVersionsOutput, error) {
	return look(ctx, s, "DescribeLaunchTemplateVersions", in.DryRun, func() (*sdk.DescribeLaunchTemplateVersionsOutput, error) {
		if len(in.Versions) > 0 && (in.MinVersion != nil || in.MaxVersion != nil) {
			return nil, refuse("InvalidParameterCombination", "The parameters versions and minVersion or maxVersion cannot be used together")
		}
		named, err := s.namedVersions(in)
		if err != nil {
			return nil, err
		}
		passed, err := filtered(named, in.Filters, func(v types.LaunchTemplateVersion) attributes {
			values := map[string][]string{"is-default-version": nil, "image-id": nil, "instance-type": nil}
			if v.LaunchTemplateData != nil {
				values["is-default-version"] = []string{strconv.FormatBool(*v.DefaultVersion)}
				values["image-id"] = one(v.LaunchTemplateData.ImageId)
				values["instance-type"] = one(&v.LaunchTemplateData.InstanceType)
			}
			return attributes{values: values}
		})
		if err != nil {
			return nil, err
		}
		versions, next, err := page(passed, in.NextToken, in.MaxResults)
		return &sdk.DescribeLaunchTemplateVersionsOutput{LaunchTemplateVersions: versions, NextToken: next}, err
	})
}

func (s *Service) namedVersions(in *sdk.DescribeLaunchTemplateVersionsInput) ([]types.LaunchTemplateVersion, error) {
	if in.LaunchTemplateId == nil && in.LaunchTemplateName == nil {
		return s.versionsOfAll(in.Versions)
	}
	template, err := s.template(in.LaunchTemplateId, in.LaunchTemplateName)
	if err != nil {
		return nil, err
	}
	var named []types.LaunchTemplateVersion
	for _, name := range in.Versions {
		version, err := s.findVersion(template, name)
		if err != nil {
			return nil, err
		}
		named = append(named, *described(template, version))
	}
	if len(in.Versions) > 0 {
		return named, nil
	}
	least, most, err := s.bounds(template, in.MinVersion, in.MaxVersion)
	if err != nil {
		return nil, err
	}
	versions := s.books.versions[*template.Template.LaunchTemplateId]
	for _, number := range slices.Backward(slices.Sorted(maps.Keys(versions))) {
		if least <= number && number <= most {
			named = append(named, *described(template, versions[number]))
		}
	}
	return named, nil
}

func (s *Service) bounds(template *templateRecord, from, to *string) (least, most int64, err error) {
	most = template.Highest
	if from != nil {
		if least, err = strconv.ParseInt(*from, 10, 64); err != nil {
			return 0, 0, invalid("Invalid minimum version '%s'", *from)
		}
	}
	if to != nil {
		if most, err = strconv.ParseInt(*to, 10, 64); err != nil {
			return 0, 0, invalid("Invalid maximum version '%s'", *to)
		}
	}
	return least, most, nil
}

func (s *Service) versionsOfAll(names []string) ([]types.LaunchTemplateVersion, error) {
	if len(names) == 0 {
		return nil, missing("LaunchTemplateId or LaunchTemplateName")
	}
	var all []types.LaunchTemplateVersion
	for _, template := range sorted(s.books.templates) {
		for _, name := range names {
			if name != latestVersion && name != defaultVersion {
				return nil, missing("LaunchTemplateId or LaunchTemplateName")
			}
			version, err := s.findVersion(template, name)
			if err != nil {
				return nil, err
			}
			all = append(all, *described(template, version))
		}
	}
	return all, nil
}

// findVersion finds a version by its number, $Latest, $Default, or "", which is $Default.
func (s *Service) findVersion(template *templateRecord, name string) (*versionRecord, error) {
	id := *template.Template.LaunchTemplateId
	var number int64
	switch name {
	case latestVersion:
		number = *template.Template.LatestVersionNumber
	case defaultVersion, "":
		number = *template.Template.DefaultVersionNumber
	default:
		var err error
		if number, err = strconv.ParseInt(name, 10, 64); err != nil {
			return nil, refuse("InvalidLaunchTemplateId.VersionNotFound", "Invalid launch template version: either '$Default', '$Latest', or a numeric version are allowed.")
		}
	}
	if version := s.books.versions[id][number]; version != nil {
		return version, nil
	}
	return nil, refuse("InvalidLaunchTemplateId.VersionNotFound", "Could not find the specified version %d for the launch template with ID %s.", number, id)
}

// DeleteLaunchTemplateVersions is EC2's DeleteLaunchTemplateVersions: each version by itself, never the default one.
func (s *Service) DeleteLaunchTemplateVersions(ctx context.Context, in *sdk.DeleteLaunchTemplateVersionsInput, _ ...func(*sdk.Options)) (*sdk.DeleteLaunchTemplateVersionsOutput, error) {
	return change(ctx, s, "DeleteLaunchTemplateVersions", in.DryRun, func() (*sdk.DeleteLaunchTemplateVersionsOutput, error) {
		template, err := s.template(in.LaunchTemplateId, in.LaunchTemplateName)
		if err != nil {
			return nil, err
		}
		id, name := template.Template.LaunchTemplateId, template.Template.LaunchTemplateName
		out := &sdk.DeleteLaunchTemplateVersionsOutput{}
		var entries []entry
		for _, text := range in.Versions {
			number, problem := s.deletable(template, text)
			if problem != nil {
				out.UnsuccessfullyDeletedLaunchTemplateVersions = append(out.UnsuccessfullyDeletedLaunchTemplateVersions,
					types.DeleteLaunchTemplateVersionsResponseErrorItem{LaunchTemplateId: id, LaunchTemplateName: name, VersionNumber: aws.Int64(number), ResponseError: problem})
				continue
			}
			entries = append(entries, entry{key: versionKey(*id, number)})
			out.SuccessfullyDeletedLaunchTemplateVersions = append(out.SuccessfullyDeletedLaunchTemplateVersions,
				types.DeleteLaunchTemplateVersionsResponseSuccessItem{LaunchTemplateId: id, LaunchTemplateName: name, VersionNumber: aws.Int64(number)})
		}
		if err := s.commit(entries...); err != nil {
			return nil, err
		}
		return out, s.renewLatest(*id)
	})
}

// deletable says why a version can't be deleted, or nothing.
func (s *Service) deletable(template *templateRecord, text string) (int64, *types.ResponseError) {
	number, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil || s.books.versions[*template.Template.LaunchTemplateId][number] == nil:
		return number, &types.ResponseError{
			Code:    types.LaunchTemplateErrorCodeLaunchTemplateVersionDoesNotExist,
			Message: aws.String("Launch template version " + text + " does not exist."),
		}
	case number == *template.Template.DefaultVersionNumber:
		return number, &types.ResponseError{
			Code:    types.LaunchTemplateErrorCodeUnexpectedError,
			Message: aws.String("Cannot delete the default version of a launch template: assign another default version, or delete the launch template."),
		}
	default:
		return number, nil
	}
}

// renewLatest makes $Latest the highest version that is left. Numbers are never given out twice.
func (s *Service) renewLatest(id string) error {
	latest := slices.Max(slices.Collect(maps.Keys(s.books.versions[id]))) // the default version is always there
	template := s.books.templates[id]
	if *template.Template.LatestVersionNumber == latest {
		return nil
	}
	next := *template
	next.Template.LatestVersionNumber = aws.Int64(latest)
	return s.commit(entry{templateKey(id), &next})
}
