package appconfig

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/appconfig"
	"github.com/aws/aws-sdk-go-v2/service/appconfig/types"
)

// What a profile is here: of feature flags, in the hosted store.
const (
	featureFlags = "AWS.AppConfig.FeatureFlags"
	hosted       = "hosted"
)

// CreateApplication is AppConfig's CreateApplication.
func (s *Service) CreateApplication(ctx context.Context, in *sdk.CreateApplicationInput, _ ...func(*sdk.Options)) (*sdk.CreateApplicationOutput, error) {
	return serve(ctx, s, "CreateApplication", func() (*sdk.CreateApplicationOutput, error) {
		if err := named(in.Name); err != nil {
			return nil, err
		}
		id, counted := s.newID()
		made := application{ID: id, Name: *in.Name, Description: aws.ToString(in.Description)}
		err := s.commit(counted, entry{"application/" + id, made}, entry{"tags/" + s.arn("application/"+id), tags(in.Tags)})
		return &sdk.CreateApplicationOutput{Id: &made.ID, Name: &made.Name, Description: optional(made.Description)}, err
	})
}

// ListApplications is AppConfig's ListApplications.
func (s *Service) ListApplications(ctx context.Context, in *sdk.ListApplicationsInput, _ ...func(*sdk.Options)) (*sdk.ListApplicationsOutput, error) {
	return serve(ctx, s, "ListApplications", func() (*sdk.ListApplicationsOutput, error) {
		out := &sdk.ListApplicationsOutput{}
		found, next, err := page(below(s.books.applications, ""), in.MaxResults, in.NextToken)
		for _, one := range found {
			out.Items = append(out.Items, types.Application{Id: &one.ID, Name: &one.Name, Description: optional(one.Description)})
		}
		out.NextToken = next
		return out, err
	})
}

// CreateEnvironment is AppConfig's CreateEnvironment.
func (s *Service) CreateEnvironment(ctx context.Context, in *sdk.CreateEnvironmentInput, _ ...func(*sdk.Options)) (*sdk.CreateEnvironmentOutput, error) {
	return serve(ctx, s, "CreateEnvironment", func() (*sdk.CreateEnvironmentOutput, error) {
		app, err := s.application(in.ApplicationId)
		if err != nil {
			return nil, err
		}
		if err := named(in.Name); err != nil {
			return nil, err
		}
		const mostMonitors = 5
		if len(in.Monitors) > mostMonitors {
			return nil, badRequest("An environment has at most %d monitors.", mostMonitors)
		}
		id, counted := s.newID()
		made := environment{Application: app.ID, ID: id, Name: *in.Name, Description: aws.ToString(in.Description), Monitors: in.Monitors}
		err = s.commit(counted, entry{"environment/" + app.ID + "/" + id, made}, entry{"tags/" + s.arn("application/"+app.ID+"/environment/"+id), tags(in.Tags)})
		return &sdk.CreateEnvironmentOutput{
			ApplicationId: &made.Application, Id: &made.ID, Name: &made.Name, Description: optional(made.Description), Monitors: made.Monitors,
			State: types.EnvironmentStateReadyForDeployment,
		}, err
	})
}

// GetEnvironment is AppConfig's GetEnvironment.
func (s *Service) GetEnvironment(ctx context.Context, in *sdk.GetEnvironmentInput, _ ...func(*sdk.Options)) (*sdk.GetEnvironmentOutput, error) {
	return serve(ctx, s, "GetEnvironment", func() (*sdk.GetEnvironmentOutput, error) {
		found, err := s.environment(in.ApplicationId, in.EnvironmentId)
		if err != nil {
			return nil, err
		}
		return &sdk.GetEnvironmentOutput{
			ApplicationId: &found.Application, Id: &found.ID, Name: &found.Name, Description: optional(found.Description), Monitors: found.Monitors,
			State: s.stateOf(found),
		}, nil
	})
}

// ListEnvironments is AppConfig's ListEnvironments.
func (s *Service) ListEnvironments(ctx context.Context, in *sdk.ListEnvironmentsInput, _ ...func(*sdk.Options)) (*sdk.ListEnvironmentsOutput, error) {
	return serve(ctx, s, "ListEnvironments", func() (*sdk.ListEnvironmentsOutput, error) {
		app, err := s.application(in.ApplicationId)
		if err != nil {
			return nil, err
		}
		out := &sdk.ListEnvironmentsOutput{}
		found, next, err := page(below(s.books.environments, app.ID+"/"), in.MaxResults, in.NextToken)
		for _, one := range found {
			out.Items = append(out.Items, types.Environment{
				ApplicationId: &one.Application, Id: &one.ID, Name: &one.Name, Description: optional(one.Description), Monitors: one.Monitors, State: s.stateOf(one),
			})
		}
		out.NextToken = next
		return out, err
	})
}

// CreateConfigurationProfile is AppConfig's CreateConfigurationProfile.
func (s *Service) CreateConfigurationProfile(ctx context.Context, in *sdk.CreateConfigurationProfileInput, _ ...func(*sdk.Options)) (*sdk.CreateConfigurationProfileOutput, error) {
	return serve(ctx, s, "CreateConfigurationProfile", func() (*sdk.CreateConfigurationProfileOutput, error) {
		app, err := s.application(in.ApplicationId)
		if err != nil {
			return nil, err
		}
		if err := named(in.Name); err != nil {
			return nil, err
		}
		switch {
		case aws.ToString(in.Type) != featureFlags:
			return nil, unsupported("profiles of another type than " + featureFlags)
		case aws.ToString(in.LocationUri) != hosted:
			return nil, badRequest("Feature flags are in the hosted configuration store: LocationUri must be hosted.")
		case len(in.Validators) > 0, in.KmsKeyIdentifier != nil, in.RetrievalRoleArn != nil:
			return nil, unsupported("validators, keys and retrieval roles")
		}
		id, counted := s.newID()
		made := profile{Application: app.ID, ID: id, Name: *in.Name, Description: aws.ToString(in.Description)}
		err = s.commit(counted, entry{"profile/" + app.ID + "/" + id, made}, entry{"tags/" + s.profileARN(made), tags(in.Tags)})
		return &sdk.CreateConfigurationProfileOutput{
			ApplicationId: &made.Application, Id: &made.ID, Name: &made.Name, Description: optional(made.Description), Type: in.Type, LocationUri: in.LocationUri,
		}, err
	})
}

// ListConfigurationProfiles is AppConfig's ListConfigurationProfiles.
func (s *Service) ListConfigurationProfiles(ctx context.Context, in *sdk.ListConfigurationProfilesInput, _ ...func(*sdk.Options)) (*sdk.ListConfigurationProfilesOutput, error) {
	return serve(ctx, s, "ListConfigurationProfiles", func() (*sdk.ListConfigurationProfilesOutput, error) {
		app, err := s.application(in.ApplicationId)
		if err != nil {
			return nil, err
		}
		if in.Type != nil && *in.Type != featureFlags {
			return &sdk.ListConfigurationProfilesOutput{}, nil
		}
		out := &sdk.ListConfigurationProfilesOutput{}
		found, next, err := page(below(s.books.profiles, app.ID+"/"), in.MaxResults, in.NextToken)
		for _, one := range found {
			out.Items = append(out.Items, types.ConfigurationProfileSummary{
				ApplicationId: &one.Application, Id: &one.ID, Name: &one.Name, Type: aws.String(featureFlags), LocationUri: aws.String(hosted),
			})
		}
		out.NextToken = next
		return out, err
	})
}

// named wants a name of 1 to 64 characters.
func named(name *string) error {
	const longestName = 64
	if length := len(aws.ToString(name)); length < 1 || length > longestName {
		return badRequest("A name has 1 to %d characters.", longestName)
	}
	return nil
}

func (s *Service) application(id *string) (application, error) {
	found, ok := s.books.applications[aws.ToString(id)]
	if !ok {
		return application{}, notFound("Could not find application %s", aws.ToString(id))
	}
	return found, nil
}

func (s *Service) environment(app, id *string) (environment, error) {
	if _, err := s.application(app); err != nil {
		return environment{}, err
	}
	found, ok := s.books.environments[aws.ToString(app)+"/"+aws.ToString(id)]
	if !ok {
		return environment{}, notFound("Could not find environment %s", aws.ToString(id))
	}
	return found, nil
}

func (s *Service) profile(app, id *string) (profile, error) {
	if _, err := s.application(app); err != nil {
		return profile{}, err
	}
	found, ok := s.books.profiles[aws.ToString(app)+"/"+aws.ToString(id)]
	if !ok {
		return profile{}, notFound("Could not find configuration profile %s", aws.ToString(id))
	}
	return found, nil
}

// arn is the ARN of a resource.
func (s *Service) arn(resource string) string {
	return fmt.Sprintf("arn:aws:appconfig:%s:%s:%s", s.options.Region, s.options.AccountID, resource)
}

func (s *Service) profileARN(p profile) string {
	return s.arn("application/" + p.Application + "/configurationprofile/" + p.ID)
}
