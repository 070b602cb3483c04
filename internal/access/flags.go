package access

import "github.com/goldfinch-dev/goldfinch/internal/target/flag"

// Feature flags in AWS AppConfig.
var (
	lookAtFlags = scope{
		sid:       "LookAtFlags",
		resources: []string{configurations},
		reason:    "Flags are only read, and found by the names in the release file; whose one is says its tag " + flag.TagService + ", which the code reads.",
	}
	namesOfFlags = scope{
		sid:       "NamesOfFlags",
		resources: []string{"*"},
		reason:    "IAM knows no resource for lists of applications and of deployment strategies, nor for a strategy that is made.",
	}
	optedInFlags = scope{
		sid:       "OptedInFlags",
		resources: []string{configurations}, conditions: optedIn,
		reason: "Which flags belong to services is said by the tag " + flag.TagService + " of their application, environment and configuration profile.",
	}
	versionsOfFlags = scope{
		sid:       "VersionsOfFlags",
		resources: []string{configurations + "/configurationprofile/*/hostedconfigurationversion/*"},
		reason:    "A version has no tag: its application and profile must have one, which statement OptedInFlags asks for.",
	}
	deploymentsOfFlags = scope{
		sid:       "DeploymentsOfFlags",
		resources: []string{configurations + "/environment/*/deployment/*"},
		reason:    "A deployment has no tag: its application and environment must have one, which statement OptedInFlags asks for.",
	}
	strategiesOfFlags = scope{
		sid:       "StrategiesOfFlags",
		resources: []string{"arn:${Partition}:appconfig:${Region}:${Account}:deploymentstrategy/*"},
		reason:    "A strategy says only how fast: the application, profile and environment must have the tag, which statement OptedInFlags asks for.",
	}
)

const configurations = "arn:${Partition}:appconfig:${Region}:${Account}:application/*"

// flagActions is what IAM wants for operations about feature flags.
var flagActions = map[Operation][]grant{
	{"appconfig", "CreateDeploymentStrategy"}:         {allow(namesOfFlags, "appconfig:CreateDeploymentStrategy")},
	{"appconfig", "CreateHostedConfigurationVersion"}: {allow(optedInFlags, "appconfig:CreateHostedConfigurationVersion")},
	{"appconfig", "DeleteHostedConfigurationVersion"}: {allow(optedInFlags, "appconfig:DeleteHostedConfigurationVersion"), allow(versionsOfFlags, "appconfig:DeleteHostedConfigurationVersion")},
	{"appconfig", "GetDeployment"}:                    {allow(lookAtFlags, "appconfig:GetDeployment")},
	{"appconfig", "GetHostedConfigurationVersion"}:    {allow(lookAtFlags, "appconfig:GetHostedConfigurationVersion")},
	{"appconfig", "ListApplications"}:                 {allow(namesOfFlags, "appconfig:ListApplications")},
	{"appconfig", "ListConfigurationProfiles"}:        {allow(lookAtFlags, "appconfig:ListConfigurationProfiles")},
	{"appconfig", "ListDeploymentStrategies"}:         {allow(namesOfFlags, "appconfig:ListDeploymentStrategies")},
	{"appconfig", "ListDeployments"}:                  {allow(lookAtFlags, "appconfig:ListDeployments")},
	{"appconfig", "ListEnvironments"}:                 {allow(lookAtFlags, "appconfig:ListEnvironments")},
	{"appconfig", "ListHostedConfigurationVersions"}:  {allow(lookAtFlags, "appconfig:ListHostedConfigurationVersions")},
	{"appconfig", "ListTagsForResource"}:              {allow(lookAtFlags, "appconfig:ListTagsForResource")},
	{"appconfig", "StartDeployment"}:                  {allow(optedInFlags, "appconfig:StartDeployment"), allow(strategiesOfFlags, "appconfig:StartDeployment")},
	{"appconfig", "StopDeployment"}:                   {allow(optedInFlags, "appconfig:StopDeployment"), allow(deploymentsOfFlags, "appconfig:StopDeployment")},

	// Whoever has credentials may ask whose they are
	// (https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html).
	{"sts", "GetCallerIdentity"}: {},
}
