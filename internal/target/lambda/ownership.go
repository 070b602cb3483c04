package lambda

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// A function opts in by its tag [TagService]. IAM lets Goldfinch's roles use only
// functions that have the tag, but it cannot know which service a release is of:
// that the tag's value is the document's service is compared here.
//
// Preflight compares it before a release writes anything, and nothing is written
// without a Preflight that passed: it is what records where traffic stood, and
// without that there is neither a split to shift to nor a version to restore.
// Bake, Deploy, Retire and Restore compare it again each time before they change code or
// delete versions, because somebody may give the function to another service
// meanwhile. Shift does not: it only replaces a split that this release made or
// found, and it must be able to bring traffic home.

// checkOwner is the KindRefused failure of a function, as $LATEST was read, that
// does not belong to the document's service; nil when it does.
func (t *Target) checkOwner(present function) error {
	if wrong, ok := t.disowned(present); ok {
		return release.Fail(release.KindRefused, "%s", wrong.What).WithHint("%s", wrong.Mend)
	}
	return nil
}

// disowned says why a function does not belong to the document's service; ok is
// false when it does.
func (t *Target) disowned(present function) (wrong Reason, ok bool) {
	switch owner, tagged := present.tags[TagService]; {
	case present.tagsError != "":
		return Reason{fmt.Sprintf("the tags of function %s cannot be read: %s", t.function, present.tagsError), "allow lambda:ListTags on it in the policy of Goldfinch's role"}, true
	case !tagged:
		return Reason{
			fmt.Sprintf("function %s has no tag %s, so nobody has allowed Goldfinch to change it", t.function, TagService),
			fmt.Sprintf(`allow it with: aws lambda tag-resource --resource %s --tags '{"%s":"%s"}'`, aws.ToString(present.FunctionArn), TagService, t.document.Service),
		}, true
	case owner != t.document.Service:
		return Reason{
			fmt.Sprintf("function %s is tagged %s=%s, so it does not belong to service %s", t.function, TagService, owner, t.document.Service),
			"name that service in the document, or another function",
		}, true
	default:
		return Reason{}, false
	}
}

// unreadable is the KindRefused failure of a function that IAM does not show: it
// shows only those that have the tag, and does not tell a missing one from another.
func (t *Target) unreadable(err error) error {
	return release.Fail(release.KindRefused, "function %s may not be read: it does not exist, or has no tag %s, or Goldfinch's role lacks the action (%s)", t.function, TagService, err).
		WithHint("create it, or tag it %s=%s, in this account and Region", TagService, t.document.Service)
}
