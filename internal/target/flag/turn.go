package flag

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/appconfig"
	"github.com/aws/aws-sdk-go-v2/service/appconfig/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// turnAttempts bounds how often the flag is looked at again after somebody else wrote between read and write, or right after it.
const turnAttempts = 8

// turn puts the flag where a split wants it: a version that is deployed to everybody at once. Below is the target's part, as it was before that was moved.
//
// A handler that has been overtaken fails: its guard is asked between its two calls, and what it has
// written and not deployed yet is deleted by whoever turns the flag off, so that it can't be deployed any more.
func (t *Target) turn(ctx context.Context, want, below release.Split, guard target.Guard) (standing, error) {
	to := t.ladder.position(want)
	for range turnAttempts {
		found, err := t.look(ctx)
		if err != nil {
			return found.standing, err
		}
		switch {
		case found.standing.foreign == "" && found.standing.position == to:
			if !to.isOff() {
				return found.standing, nil
			}
			return found.standing, t.withdraw(ctx, found, guard, func(number int32) bool { return number > found.version })
		case !t.mayMove(found.standing, below, want, guard):
			return found.standing, t.changed(found, want)
		case found.busy != nil:
			if err := t.clear(ctx, found, to, guard); err != nil {
				return found.standing, err
			}
			continue
		}
		if err := t.deploy(ctx, found, to, guard); err != nil {
			return found.standing, err
		}
	}
	return standing{}, release.Fail(release.KindTransient, "configuration profile %s changed %d times while its flag was turned", t.match().Profile, turnAttempts)
}

// check asks the guard.
func check(ctx context.Context, guard target.Guard) error {
	if guard.Check == nil {
		return nil
	}
	return guard.Check(ctx)
}

// clear ends the deployment that keeps the environment busy, when it is this release's and nobody wants it any more. Another one is waited for. Once
// it bakes, AppConfig stops it only as it reverts one that is complete
// (https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_StopDeployment.html).
func (t *Target) clear(ctx context.Context, found state, to position, guard target.Guard) error {
	number := found.busy.DeploymentNumber
	ours := found.current != nil && found.current.DeploymentNumber == number && !found.standing.isOff()
	if !ours || !to.isOff() || found.busy.State == types.DeploymentStateRollingBack {
		return release.Fail(release.KindTransient, "environment %s has deployment %d of configuration profile %s in progress (%s)",
			t.match().Environment, number, aws.ToString(found.busy.ConfigurationName), found.busy.State)
	}
	if err := check(ctx, guard); err != nil {
		return err
	}
	_, err := call.Do(ctx, fmt.Sprintf("appconfig: stop deployment %d to environment %s", number, t.match().Environment), t.appConfig.StopDeployment,
		&appconfig.StopDeploymentInput{
			ApplicationId: &found.application, EnvironmentId: &found.environment, DeploymentNumber: &number,
			AllowRevert: aws.Bool(found.busy.State == types.DeploymentStateBaking),
		})
	if call.Is[*types.BadRequestException](err) {
		return nil // it is over by now
	}
	return err
}

// deploy writes a version and deploys it. It returns without an error when somebody else was faster, so that the caller must look again.
func (t *Target) deploy(ctx context.Context, found state, to position, guard target.Guard) error {
	content, err := t.written(ctx, found.content, to)
	if err != nil {
		return err
	}
	strategy, err := t.strategy(ctx, guard)
	if err != nil {
		return err
	}
	number, err := t.version(ctx, found, to, content, guard)
	if number == 0 || err != nil {
		return err
	}
	if err := check(ctx, guard); err != nil {
		return err
	}
	_, err = call.Do(ctx, fmt.Sprintf("appconfig: deploy version %d of configuration profile %s to environment %s", number, t.match().Profile, t.match().Environment), t.appConfig.StartDeployment,
		&appconfig.StartDeploymentInput{
			ApplicationId: &found.application, EnvironmentId: &found.environment, ConfigurationProfileId: &found.profile,
			ConfigurationVersion: aws.String(strconv.Itoa(int(number))), DeploymentStrategyId: &strategy, Description: aws.String(t.description(to)),
		})
	switch {
	case call.Is[*types.ConflictException](err):
		return release.Fail(release.KindTransient, "environment %s has another deployment in progress", t.match().Environment).Because(err)
	case call.Is[*types.ResourceNotFoundException](err):
		return nil // a rollback has deleted the version
	default:
		return err
	}
}

// version is the number of a version that has the content: one that was made before this process died, or a new one. It is 0
// when somebody else has made one meanwhile, and when there was no room for it until those of earlier rungs were deleted.
func (t *Target) version(ctx context.Context, found state, to position, content []byte, guard target.Guard) (int32, error) {
	if found.latest > found.version && slices.Contains(found.own, found.latest) {
		made, err := t.contentOf(ctx, found, found.latest)
		if err != nil || bytes.Equal(made, content) {
			return found.latest, err
		}
	}
	if err := check(ctx, guard); err != nil {
		return 0, err
	}
	out, err := call.Do(ctx, "appconfig: make a version of configuration profile "+t.match().Profile, t.appConfig.CreateHostedConfigurationVersion,
		&appconfig.CreateHostedConfigurationVersionInput{
			ApplicationId: &found.application, ConfigurationProfileId: &found.profile, Content: content, ContentType: aws.String("application/json"),
			LatestVersionNumber: &found.latest, Description: aws.String(t.description(to)),
		})
	switch {
	case call.Is[*types.ConflictException](err):
		return 0, nil
	case call.Is[*types.BadRequestException](err):
		return 0, release.Fail(release.KindUnhealthy, "AWS AppConfig does not accept the flag with the rule of audience %s", t.description(to)).Because(err).
			WithHint("mend match.flag.rule")
	case call.Is[*types.ServiceQuotaExceededException](err) && slices.ContainsFunc(found.own, found.isIdle):
		return 0, t.withdraw(ctx, found, guard, found.isIdle)
	case err != nil:
		return 0, outOfRoom(err, "another version of configuration profile "+t.match().Profile, "delete versions that nobody needs, or flags that nobody asks for")
	}
	return out.VersionNumber, nil
}

// strategyName is the name of the strategy with which flags are deployed: to everybody at once, and over when that is done, because
// bake time keeps an environment from the next deployment, which may be a rollback. AppConfig's own, AllAtOnce, has 10 minutes of it.
const strategyName = "Goldfinch.AtOnce"

// strategy is the id of that strategy, which is made when there is none yet. Should there be several, it is the first: all are the same.
func (t *Target) strategy(ctx context.Context, guard target.Guard) (string, error) {
	var id string
	err := pages(func(token *string) ([]types.DeploymentStrategy, *string, error) {
		out, err := call.Do(ctx, "appconfig: look for deployment strategy "+strategyName, t.appConfig.ListDeploymentStrategies, &appconfig.ListDeploymentStrategiesInput{NextToken: token})
		if err != nil {
			return nil, nil, err
		}
		return out.Items, out.NextToken, nil
	}, func(one types.DeploymentStrategy) bool {
		if aws.ToString(one.Name) != strategyName || one.DeploymentDurationInMinutes != 0 || one.FinalBakeTimeInMinutes != 0 {
			return false
		}
		id = aws.ToString(one.Id)
		return true
	})
	if err != nil || id != "" {
		return id, err
	}
	if err := check(ctx, guard); err != nil {
		return "", err
	}
	out, err := call.Do(ctx, "appconfig: create deployment strategy "+strategyName, t.appConfig.CreateDeploymentStrategy, &appconfig.CreateDeploymentStrategyInput{
		Name: aws.String(strategyName), Description: aws.String("goldfinch deploys feature flags with it: its own judge watches them"),
		DeploymentDurationInMinutes: aws.Int32(0), FinalBakeTimeInMinutes: 0, GrowthFactor: aws.Float32(100), GrowthType: types.GrowthTypeLinear, ReplicateTo: types.ReplicateToNone,
	})
	if err != nil {
		return "", outOfRoom(err, "deployment strategy "+strategyName, "delete a strategy that nobody uses")
	}
	return aws.ToString(out.Id), nil
}

// isIdle reports whether a version is not deployed.
func (s state) isIdle(number int32) bool { return number != s.version }

// withdraw deletes versions that this release has made, and that are not deployed.
func (t *Target) withdraw(ctx context.Context, found state, guard target.Guard, which func(number int32) bool) error {
	for _, number := range found.own {
		if !found.isIdle(number) || !which(number) {
			continue
		}
		if err := check(ctx, guard); err != nil {
			return err
		}
		_, err := call.Do(ctx, fmt.Sprintf("appconfig: delete version %d of configuration profile %s", number, t.match().Profile), t.appConfig.DeleteHostedConfigurationVersion,
			&appconfig.DeleteHostedConfigurationVersionInput{ApplicationId: &found.application, ConfigurationProfileId: &found.profile, VersionNumber: &number})
		if err != nil && !call.Is[*types.ResourceNotFoundException](err) {
			return err
		}
	}
	return nil
}
