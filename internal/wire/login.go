package wire

import (
	"cmp"
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// sessionName is what CloudTrail calls those who act as an environment's role.
const sessionName = "goldfinch"

// A Login says where a person works with Goldfinch, and as whom.
type Login struct {
	// Region and Profile are AWS's. An empty region is the place's, or else the
	// SDK's default; an empty profile is the SDK's default.
	Region, Profile string
	// Place is what goldfinch.yaml says of the environment; zero when it says nothing.
	Place release.Place
}

// LogIn makes the clients for a person, and says which installation they are for.
//
// At a place it takes on the place's role, makes sure that it then is in the
// place's account, and derives the names of what Goldfinch's stack made there. What
// getenv (os.Getenv) has of [SettingsFromEnvironment] goes before that. Without a
// place nothing is called, and the environment alone says which installation is meant.
//
// Credentials of another account are a refusal.
func LogIn(ctx context.Context, login Login, getenv func(string) string) (Clients, Settings, error) {
	settings := SettingsFromEnvironment(getenv)
	loaded, err := configuration(ctx, cmp.Or(login.Region, login.Place.Region), login.Profile)
	if err != nil {
		return Clients{}, Settings{}, err
	}
	if login.Place.Account != "" {
		partition, err := enter(ctx, &loaded, login.Place)
		if err != nil {
			return Clients{}, Settings{}, err
		}
		settings = settings.or(installation(partition, loaded.Region, login.Place))
	}
	return clientsOf(loaded), settings, nil
}

// enter makes the configuration act as the place's role, and returns the AWS partition that it is in.
func enter(ctx context.Context, loaded *aws.Config, place release.Place) (partition string, err error) {
	tokens := func() *sts.Client {
		return sts.NewFromConfig(*loaded, func(o *sts.Options) { o.HTTPClient = awshttp.NewBuildableClient().WithTimeout(attemptTimeout) })
	}
	if place.Role != "" {
		loaded.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(tokens(), place.Role,
			func(o *stscreds.AssumeRoleOptions) { o.RoleSessionName = sessionName }))
		if _, err := loaded.Credentials.Retrieve(ctx); err != nil {
			return "", fmt.Errorf("act as %s, as %s says: %w; its trust policy must let you in, and you need sts:AssumeRole on it", place.Role, release.EnvironmentsFile, err)
		}
	}
	identity, err := tokens().GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", fmt.Errorf("ask AWS whose credentials these are: %w", err)
	}
	if account := aws.ToString(identity.Account); account != place.Account {
		return "", release.Fail(release.KindRefused, "the credentials are of account %s, and %s says that the environment is in %s", account, release.EnvironmentsFile, place.Account).
			WithHint("name a profile of that account with --profile, or a role in it in %s", release.EnvironmentsFile)
	}
	who, err := arn.Parse(aws.ToString(identity.Arn))
	if err != nil {
		return "", fmt.Errorf("read the ARN of the caller: %w", err)
	}
	return who.Partition, nil
}

// installation names what the stack makes at a place: see the names in the infra folder.
func installation(partition, region string, place release.Place) Settings {
	name := cmp.Or(place.Installation, release.DefaultInstallation)
	return Settings{
		Table:        name,
		Bucket:       cmp.Or(place.Bucket, name+"-"+place.Account+"-"+region),
		StateMachine: fmt.Sprintf("arn:%s:states:%s:%s:stateMachine:%s:live", partition, region, place.Account, name),
	}
}

// or fills in from other what s leaves out.
func (s Settings) or(other Settings) Settings {
	s.Table = cmp.Or(s.Table, other.Table)
	s.Bucket = cmp.Or(s.Bucket, other.Bucket)
	s.StateMachine = cmp.Or(s.StateMachine, other.StateMachine)
	return s
}
