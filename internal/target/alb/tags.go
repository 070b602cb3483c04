package alb

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/goldfinch-dev/goldfinch/internal/target/fleet"
)

// The tags of rules that Goldfinch made, beside those that package fleet names.
const (
	// TagAudience is the name of the rung that a rule is for.
	TagAudience = "goldfinch:audience"
	// TagPurpose tells the other rules of Goldfinch apart.
	TagPurpose = "goldfinch:purpose"
)

// What [TagPurpose] says.
const (
	// purposeHealth: the rule that no request meets, which keeps both target groups' health checked.
	purposeHealth = "health"
	// purposeTest: the rule by which checks reach the new version.
	purposeTest = "test"
)

// tagsOf makes a map of tags.
func tagsOf(tags []types.Tag) map[string]string {
	values := make(map[string]string, len(tags))
	for _, tag := range tags {
		values[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return values
}

// ownTags are the tags of a rule that this release makes; key and value say what it is for.
func (t *Target) ownTags(key, value string) []types.Tag {
	return []types.Tag{
		{Key: aws.String(fleet.TagService), Value: aws.String(t.document.Service)},
		{Key: aws.String(fleet.TagEnvironment), Value: aws.String(t.document.Environment)},
		{Key: aws.String(fleet.TagRelease), Value: aws.String(t.release)},
		{Key: aws.String(key), Value: aws.String(value)},
	}
}

// isOurs reports whether something is of the document's service and environment. What a person tagged need not say the environment.
func (t *Target) isOurs(tags map[string]string) bool {
	environment, tagged := tags[fleet.TagEnvironment]
	return tags[fleet.TagService] == t.document.Service && (!tagged || environment == t.document.Environment)
}
