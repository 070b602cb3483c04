package flag

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/appconfig"
	"github.com/aws/aws-sdk-go-v2/service/appconfig/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// A place is where the flag is: AppConfig's calls want ids, and people write names.
type place struct {
	application, environment, profile string
	profileName                       string
	// kind and store are the profile's type and location.
	kind, store string
	// state and monitors are the environment's.
	state    types.EnvironmentState
	monitors []types.Monitor
}

// pages reads a list to its end, or until found says that it is enough.
func pages[Item any](read func(token *string) (items []Item, next *string, err error), found func(Item) bool) error {
	var token *string
	for {
		items, next, err := read(token)
		if err != nil {
			return err
		}
		for _, item := range items {
			if found(item) {
				return nil
			}
		}
		if token = next; aws.ToString(token) == "" {
			return nil
		}
	}
}

// named reports whether something of an id and a name is what a document means.
func named(document string, id, name *string) bool {
	return aws.ToString(id) == document || aws.ToString(name) == document
}

// find finds the place; what does not exist is a KindRefused failure.
func (t *Target) find(ctx context.Context) (place, error) {
	match := t.match()
	var found place
	err := pages(func(token *string) ([]types.Application, *string, error) {
		out, err := call.Do(ctx, "appconfig: look for application "+match.Application, t.appConfig.ListApplications, &appconfig.ListApplicationsInput{NextToken: token})
		if err != nil {
			return nil, nil, err
		}
		return out.Items, out.NextToken, nil
	}, func(one types.Application) bool {
		if !named(match.Application, one.Id, one.Name) {
			return false
		}
		found.application = aws.ToString(one.Id)
		return true
	})
	if err != nil {
		return place{}, err
	}
	if found.application == "" {
		return place{}, missing("application " + match.Application)
	}
	if err := t.findEnvironment(ctx, match, &found); err != nil {
		return place{}, err
	}
	return found, t.findProfile(ctx, match, &found)
}

func (t *Target) findEnvironment(ctx context.Context, match release.FlagMatch, found *place) error {
	err := pages(func(token *string) ([]types.Environment, *string, error) {
		out, err := call.Do(ctx, "appconfig: look for environment "+match.Environment, t.appConfig.ListEnvironments, &appconfig.ListEnvironmentsInput{ApplicationId: &found.application, NextToken: token})
		if err != nil {
			return nil, nil, err
		}
		return out.Items, out.NextToken, nil
	}, func(one types.Environment) bool {
		if !named(match.Environment, one.Id, one.Name) {
			return false
		}
		found.environment, found.state, found.monitors = aws.ToString(one.Id), one.State, one.Monitors
		return true
	})
	if err == nil && found.environment == "" {
		return missing(fmt.Sprintf("environment %s of application %s", match.Environment, match.Application))
	}
	return err
}

func (t *Target) findProfile(ctx context.Context, match release.FlagMatch, found *place) error {
	err := pages(func(token *string) ([]types.ConfigurationProfileSummary, *string, error) {
		out, err := call.Do(ctx, "appconfig: look for configuration profile "+match.Profile, t.appConfig.ListConfigurationProfiles, &appconfig.ListConfigurationProfilesInput{ApplicationId: &found.application, NextToken: token})
		if err != nil {
			return nil, nil, err
		}
		return out.Items, out.NextToken, nil
	}, func(one types.ConfigurationProfileSummary) bool {
		if !named(match.Profile, one.Id, one.Name) {
			return false
		}
		found.profile, found.profileName = aws.ToString(one.Id), aws.ToString(one.Name)
		found.kind, found.store = aws.ToString(one.Type), aws.ToString(one.LocationUri)
		return true
	})
	if err == nil && found.profile == "" {
		return missing(fmt.Sprintf("configuration profile %s of application %s", match.Profile, match.Application))
	}
	return err
}

func missing(what string) error {
	return release.Fail(release.KindRefused, "AWS AppConfig has no %s here", what).
		WithHint("create it in this account and Region, or mend strategy.audience")
}
