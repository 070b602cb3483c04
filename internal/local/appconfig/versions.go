package appconfig

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/appconfig"
	"github.com/aws/aws-sdk-go-v2/service/appconfig/types"
)

// CreateHostedConfigurationVersion is AppConfig's CreateHostedConfigurationVersion. LatestVersionNumber is an optimistic lock.
func (s *Service) CreateHostedConfigurationVersion(ctx context.Context, in *sdk.CreateHostedConfigurationVersionInput, _ ...func(*sdk.Options)) (*sdk.CreateHostedConfigurationVersionOutput, error) {
	return serve(ctx, s, "CreateHostedConfigurationVersion", func() (*sdk.CreateHostedConfigurationVersionOutput, error) {
		owner, err := s.profile(in.ApplicationId, in.ConfigurationProfileId)
		if err != nil {
			return nil, err
		}
		label := aws.ToString(in.VersionLabel)
		if _, numeric := strconv.Atoi(label); label != "" && numeric == nil {
			return nil, badRequest("A version label has a character that is no digit.")
		}
		if latest := s.latest(owner); in.LatestVersionNumber != nil && *in.LatestVersionNumber != latest {
			return nil, conflict("The latest version is %d, not %d.", latest, *in.LatestVersionNumber)
		}
		for _, one := range s.versionsOf(owner) {
			if label != "" && one.Label == label {
				return nil, conflict("Version %d has the label %s.", one.Number, label)
			}
		}
		if contentType := aws.ToString(in.ContentType); contentType != "application/json" {
			return nil, badRequest("Feature flags have content type application/json, not %q.", contentType)
		}
		if len(in.Content) > s.options.LargestContent {
			return nil, tooLarge(s.options.LargestContent, len(in.Content))
		}
		if len(s.versionsOf(owner)) >= s.options.MostVersions {
			return nil, exceeded(s.options.MostVersions, "versions of a configuration profile")
		}
		if wrong := validate(in.Content); len(wrong) > 0 {
			return nil, invalidConfiguration(wrong)
		}
		owner.LastVersion++
		made := version{
			Application: owner.Application, Profile: owner.ID, Number: owner.LastVersion, Content: slices.Clone(in.Content),
			ContentType: *in.ContentType, Description: aws.ToString(in.Description), Label: label,
		}
		err = s.commit(entry{"profile/" + owner.Application + "/" + owner.ID, owner}, entry{"version/" + numbered(owner.Application, owner.ID, made.Number), made})
		return &sdk.CreateHostedConfigurationVersionOutput{
			ApplicationId: &made.Application, ConfigurationProfileId: &made.Profile, VersionNumber: made.Number, Content: made.Content,
			ContentType: &made.ContentType, Description: optional(made.Description), VersionLabel: optional(made.Label),
		}, err
	})
}

// GetHostedConfigurationVersion is AppConfig's GetHostedConfigurationVersion.
func (s *Service) GetHostedConfigurationVersion(ctx context.Context, in *sdk.GetHostedConfigurationVersionInput, _ ...func(*sdk.Options)) (*sdk.GetHostedConfigurationVersionOutput, error) {
	return serve(ctx, s, "GetHostedConfigurationVersion", func() (*sdk.GetHostedConfigurationVersionOutput, error) {
		found, err := s.version(in.ApplicationId, in.ConfigurationProfileId, in.VersionNumber)
		if err != nil {
			return nil, err
		}
		return &sdk.GetHostedConfigurationVersionOutput{
			ApplicationId: &found.Application, ConfigurationProfileId: &found.Profile, VersionNumber: found.Number, Content: found.Content,
			ContentType: &found.ContentType, Description: optional(found.Description), VersionLabel: optional(found.Label),
		}, nil
	})
}

// ListHostedConfigurationVersions is AppConfig's ListHostedConfigurationVersions, the youngest first.
func (s *Service) ListHostedConfigurationVersions(ctx context.Context, in *sdk.ListHostedConfigurationVersionsInput, _ ...func(*sdk.Options)) (*sdk.ListHostedConfigurationVersionsOutput, error) {
	return serve(ctx, s, "ListHostedConfigurationVersions", func() (*sdk.ListHostedConfigurationVersionsOutput, error) {
		owner, err := s.profile(in.ApplicationId, in.ConfigurationProfileId)
		if err != nil {
			return nil, err
		}
		all := s.versionsOf(owner)
		if in.VersionLabel != nil {
			prefix, some := strings.CutSuffix(*in.VersionLabel, "*")
			all = slices.DeleteFunc(all, func(one version) bool {
				return some && !strings.HasPrefix(one.Label, prefix) || !some && one.Label != *in.VersionLabel
			})
		}
		slices.Reverse(all)
		out := &sdk.ListHostedConfigurationVersionsOutput{}
		found, next, err := page(all, in.MaxResults, in.NextToken)
		for _, one := range found {
			out.Items = append(out.Items, types.HostedConfigurationVersionSummary{
				ApplicationId: &one.Application, ConfigurationProfileId: &one.Profile, VersionNumber: one.Number,
				ContentType: &one.ContentType, Description: optional(one.Description), VersionLabel: optional(one.Label),
			})
		}
		out.NextToken = next
		return out, err
	})
}

// DeleteHostedConfigurationVersion is AppConfig's DeleteHostedConfigurationVersion. What was deployed of it stays deployed, and its number is not given again.
func (s *Service) DeleteHostedConfigurationVersion(ctx context.Context, in *sdk.DeleteHostedConfigurationVersionInput, _ ...func(*sdk.Options)) (*sdk.DeleteHostedConfigurationVersionOutput, error) {
	return serve(ctx, s, "DeleteHostedConfigurationVersion", func() (*sdk.DeleteHostedConfigurationVersionOutput, error) {
		found, err := s.version(in.ApplicationId, in.ConfigurationProfileId, in.VersionNumber)
		if err != nil {
			return nil, err
		}
		return &sdk.DeleteHostedConfigurationVersionOutput{}, s.commit(entry{"version/" + numbered(found.Application, found.Profile, found.Number), nil})
	})
}

// versionsOf are a profile's versions, the oldest first.
func (s *Service) versionsOf(owner profile) []version {
	return below(s.books.versions, owner.Application+"/"+owner.ID+"/")
}

// latest is the number of the youngest version that there is; 0 when there is none.
func (s *Service) latest(owner profile) int32 {
	all := s.versionsOf(owner)
	if len(all) == 0 {
		return 0
	}
	return all[len(all)-1].Number
}

func (s *Service) version(app, owner *string, number *int32) (version, error) {
	of, err := s.profile(app, owner)
	if err != nil {
		return version{}, err
	}
	found, ok := s.books.versions[numbered(of.Application, of.ID, aws.ToInt32(number))]
	if !ok {
		return version{}, notFound("Could not find version %d of configuration profile %s", aws.ToInt32(number), of.ID)
	}
	return found, nil
}

// versionNamed is the version of a number, or of a label.
func (s *Service) versionNamed(of profile, name string) (version, error) {
	for _, one := range s.versionsOf(of) {
		if strconv.Itoa(int(one.Number)) == name || one.Label != "" && one.Label == name {
			return one, nil
		}
	}
	return version{}, notFound("Could not find version %s of configuration profile %s", name, of.ID)
}
