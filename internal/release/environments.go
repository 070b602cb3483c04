package release

import (
	"maps"
	"regexp"
	"slices"
)

// EnvironmentsFile is the name of the file at a repository's root that says
// where its environments are.
const EnvironmentsFile = "goldfinch.yaml"

// DefaultInstallation is what Goldfinch's table, state machine and functions are called unless its stack was told otherwise.
const DefaultInstallation = "goldfinch"

// Environments is what goldfinch.yaml says: where in AWS each environment is.
type Environments struct {
	// APIVersion is always "goldfinch/v1".
	APIVersion string `json:"apiVersion" jsonschema:"enum=goldfinch/v1"`
	// Environments are the places by the names that release documents use.
	Environments map[string]Place `json:"environments"`
}

// A Place is where in AWS an environment is.
type Place struct {
	// Account is the id of the AWS account, 12 digits in quotes. Whoever acts in
	// another account is refused before anything is asked of it.
	Account string `json:"account" jsonschema:"pattern=^[0-9]{12}$,example=123456789012"`
	// Region is the AWS region.
	Region string `json:"region" jsonschema:"pattern=^[a-z]{2\\,}(-[a-z]+)+-[0-9]+$,example=eu-west-1"`
	// Role is the ARN of a role in that account to act as; without it, the caller's own credentials are used.
	Role string `json:"role,omitempty" jsonschema:"pattern=^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$,example=arn:aws:iam::123456789012:role/goldfinch-operator"`
	// Installation is the name that Goldfinch's stack was given there; default goldfinch.
	Installation string `json:"installation,omitempty" jsonschema:"pattern=^[a-z]([a-z0-9-]{0\\,30}[a-z0-9])?$,default=goldfinch"`
	// Bucket is the artifact bucket, where the stack uses one that was there; default INSTALLATION-ACCOUNT-REGION.
	Bucket string `json:"bucket,omitempty" jsonschema:"pattern=^[a-z0-9][a-z0-9.-]{1\\,61}[a-z0-9]$,example=artifacts"`
}

// ReadEnvironments reads goldfinch.yaml. Its error is a *[Problems] that says
// every mistake at once, as [Read]'s.
func ReadEnvironments(data []byte) (Environments, error) {
	var environments Environments
	source, malformed := decodeInto(data, &environments, "it needs apiVersion and environments")
	v := validation{source: source}
	v.environments(environments)
	return environments, Join(malformed, v.problems.err())
}

// Names lists the environments in order.
func (e Environments) Names() []string { return slices.Sorted(maps.Keys(e.Environments)) }

var (
	accountPattern = regexp.MustCompile(`^[0-9]{12}$`)
	regionPattern  = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-[0-9]+$`)
	// rolePattern is the ARN of a role, with its account
	// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html).
	rolePattern         = regexp.MustCompile(`^arn:aws[a-z-]*:iam::([0-9]{12}):role/[A-Za-z0-9+=,.@_/-]+$`)
	installationPattern = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$`)
)

func (v *validation) environments(given Environments) {
	v.version(given.APIVersion)
	if len(given.Environments) == 0 {
		v.missing("environments", nil, "name at least one, with its account and region")
	}
	for _, name := range given.Names() {
		path := child("environments", name)
		if !namePattern.MatchString(name) {
			v.reject(path, name, nameHint, "is not a usable name")
		}
		v.place(path, given.Environments[name])
	}
}

func (v *validation) place(path string, place Place) {
	const account = "write the 12 digits of the account's id in quotes"
	v.pattern(child(path, "account"), place.Account, accountPattern, "is not the id of an AWS account", account)
	v.pattern(child(path, "region"), place.Region, regionPattern, "is not the name of a region", "write it as eu-west-1")
	role := child(path, "role")
	if place.Role != "" || v.source.Has(role) {
		v.pattern(role, place.Role, rolePattern, "is not the ARN of a role", "write arn:aws:iam::ACCOUNT:role/NAME")
	}
	if match := rolePattern.FindStringSubmatch(place.Role); match != nil && accountPattern.MatchString(place.Account) && match[1] != place.Account {
		v.reject(role, place.Role, "name a role of account "+place.Account+", or mend the account", "is a role of another account")
	}
	installation, bucket := child(path, "installation"), child(path, "bucket")
	if place.Installation != "" || v.source.Has(installation) {
		v.pattern(installation, place.Installation, installationPattern, "is not a usable name", "use 1 to 32 lower-case letters, digits and hyphens, beginning with a letter and not ending with a hyphen")
	}
	if place.Bucket != "" || v.source.Has(bucket) {
		v.pattern(bucket, place.Bucket, bucketPattern, "is not the name of a bucket", "write its name alone, without s3://")
	}
}
