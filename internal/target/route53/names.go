package route53

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// idPattern is a release's id that can be part of a stack's name.
var idPattern = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

// stackPattern is the name of a stack, which is also a set identifier: both have at most 128 characters.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
var stackPattern = regexp.MustCompile(`^[A-Za-z][-A-Za-z0-9]{0,127}$`)

// StackName is the name of the stack that a release makes: SERVICE-ENVIRONMENT-RELEASE, in lower case. A service that
// begins with a digit, as a stack's name can't, has an s before it.
func StackName(document release.Document, releaseID string) string {
	id := strings.ToLower(releaseID)
	if !idPattern.MatchString(id) {
		id = digest(releaseID)
	}
	name := fmt.Sprintf("%s-%s-%s", document.Service, document.Environment, id)
	if name[0] >= '0' && name[0] <= '9' {
		name = "s" + name
	}
	return name
}

// candidate is the version that this release gives traffic.
func (t *Target) candidate() string {
	if t.isReturn() {
		return t.document.Request.Version
	}
	return StackName(t.document, t.options.Release)
}

// token makes CloudFormation create a stack once, however often this release asks for it.
func (t *Target) token(stack string) string {
	return "goldfinch-" + digest(t.options.Release+"/"+stack)
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}

// absolute is a domain name as Route 53 writes it: in lower case, with a dot at its end.
func absolute(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) + "." }

// reversed is a name with its labels in reverse, by which Route 53 sorts records.
func reversed(name string) string {
	labels := strings.Split(strings.TrimSuffix(name, "."), ".")
	slices.Reverse(labels)
	return strings.Join(labels, ".") + "."
}

// about names the records in a sentence.
func (t *Target) about() string {
	return fmt.Sprintf("record %s %s of hosted zone %s", t.settings.Record, t.settings.Type, t.settings.HostedZone)
}
