package flag

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/appconfig"
	"github.com/aws/aws-sdk-go-v2/service/appconfig/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// A state is what AppConfig has.
type state struct {
	place
	// current is the deployment of the profile that is in force, or on its way; nil when there is none.
	current *appconfig.GetDeploymentOutput
	// ended is the youngest deployment of the profile when that was rolled back or reverted; nil when it was not.
	ended *types.DeploymentSummary
	// busy is the deployment in progress, of whatever profile; nil when there is none.
	busy *types.DeploymentSummary
	// version is the number of what is deployed, and content what it is.
	version int32
	content []byte
	// latest is the number of the youngest hosted version, and own are those that this release has made.
	latest   int32
	own      []int32
	standing standing
}

// mark begins the description of everything that a release makes in AppConfig.
func (t *Target) mark() string { return "goldfinch-" + t.release + "-" }

// description is that of a version and of its deployment.
func (t *Target) description(at position) string {
	if at.isOff() {
		return t.mark() + "off"
	}
	return t.mark() + t.ladder.rungs[at.rung].Name
}

// look reads what AppConfig has.
func (t *Target) look(ctx context.Context) (state, error) {
	at, err := t.find(ctx)
	if err != nil {
		return state{}, err
	}
	found := state{place: at}
	if err := t.lookAtDeployments(ctx, &found); err != nil {
		return state{}, err
	}
	if found.current == nil {
		return state{}, release.Fail(release.KindRefused, "no version of configuration profile %s is deployed to environment %s", t.match().Profile, t.match().Environment).
			WithHint("deploy the flag as it is before the release")
	}
	if err := t.lookAtVersions(ctx, &found); err != nil {
		return state{}, err
	}
	if found.content, err = t.contentOf(ctx, found, found.version); err != nil {
		return state{}, err
	}
	found.standing, err = t.standing(found.content)
	return found, err
}

// inProgress reports whether a deployment keeps its environment from another one.
func inProgress(state types.DeploymentState) bool {
	switch state {
	case types.DeploymentStateValidating, types.DeploymentStateDeploying, types.DeploymentStateBaking, types.DeploymentStateRollingBack:
		return true
	default:
		return false
	}
}

// isUndone reports whether what was deployed is no longer in force.
func isUndone(state types.DeploymentState) bool {
	return state == types.DeploymentStateRollingBack || state == types.DeploymentStateRolledBack || state == types.DeploymentStateReverted
}

// lookAtDeployments finds the youngest deployment of the profile that was not undone. The list has the youngest first.
func (t *Target) lookAtDeployments(ctx context.Context, found *state) error {
	var failed error
	err := pages(func(token *string) ([]types.DeploymentSummary, *string, error) {
		out, err := call.Do(ctx, "appconfig: list deployments to environment "+t.match().Environment, t.appConfig.ListDeployments,
			&appconfig.ListDeploymentsInput{ApplicationId: &found.application, EnvironmentId: &found.environment, NextToken: token})
		if err != nil {
			return nil, nil, err
		}
		return out.Items, out.NextToken, nil
	}, func(one types.DeploymentSummary) bool {
		if found.busy == nil && inProgress(one.State) {
			found.busy = &one
		}
		switch {
		case aws.ToString(one.ConfigurationName) != found.profileName:
			return false
		case isUndone(one.State):
			if found.ended == nil {
				found.ended = &one
			}
			return false
		}
		whole, err := t.deployment(ctx, *found, one.DeploymentNumber)
		if err != nil || aws.ToString(whole.ConfigurationProfileId) != found.profile {
			failed = err
			return err != nil
		}
		found.current = whole
		return true
	})
	if err == nil {
		err = failed
	}
	return err
}

func (t *Target) deployment(ctx context.Context, at state, number int32) (*appconfig.GetDeploymentOutput, error) {
	return call.Do(ctx, fmt.Sprintf("appconfig: read deployment %d to environment %s", number, t.match().Environment), t.appConfig.GetDeployment,
		&appconfig.GetDeploymentInput{ApplicationId: &at.application, EnvironmentId: &at.environment, DeploymentNumber: &number})
}

// lookAtVersions lists the hosted versions, and finds which of them is deployed.
func (t *Target) lookAtVersions(ctx context.Context, found *state) error {
	deployed := aws.ToString(found.current.ConfigurationVersion)
	if number, err := strconv.ParseInt(deployed, 10, 32); err == nil {
		found.version = int32(number)
	}
	return pages(func(token *string) ([]types.HostedConfigurationVersionSummary, *string, error) {
		out, err := call.Do(ctx, "appconfig: list versions of configuration profile "+t.match().Profile, t.appConfig.ListHostedConfigurationVersions,
			&appconfig.ListHostedConfigurationVersionsInput{ApplicationId: &found.application, ConfigurationProfileId: &found.profile, NextToken: token})
		if err != nil {
			return nil, nil, err
		}
		return out.Items, out.NextToken, nil
	}, func(one types.HostedConfigurationVersionSummary) bool {
		found.latest = max(found.latest, one.VersionNumber)
		if found.version == 0 && aws.ToString(one.VersionLabel) == deployed {
			found.version = one.VersionNumber
		}
		if strings.HasPrefix(aws.ToString(one.Description), t.mark()) {
			found.own = append(found.own, one.VersionNumber)
		}
		return false
	})
}

// contentOf is a hosted version.
func (t *Target) contentOf(ctx context.Context, at state, number int32) ([]byte, error) {
	out, err := call.Do(ctx, fmt.Sprintf("appconfig: read version %d of configuration profile %s", number, t.match().Profile), t.appConfig.GetHostedConfigurationVersion,
		&appconfig.GetHostedConfigurationVersionInput{ApplicationId: &at.application, ConfigurationProfileId: &at.profile, VersionNumber: &number})
	if call.Is[*types.ResourceNotFoundException](err) {
		return nil, release.Fail(release.KindRefused, "version %d of configuration profile %s is deployed and was deleted, so nobody can tell what is in force", number, t.match().Profile).
			WithHint("deploy a version that exists").Because(err)
	}
	if err != nil {
		return nil, err
	}
	return out.Content, nil
}
