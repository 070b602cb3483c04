package access_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/peer"
)

// A reference is the Service Authorization Reference as cfn-lint has it: which
// actions IAM knows, which resources each has, and which of those know tags.
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
type reference map[string]struct {
	Actions map[string]struct {
		Resources []string
	}
	Resources map[string]resourceType
}

// A resourceType is a kind of resource.
type resourceType struct {
	// ARNFormats have ".*" for what differs, and IAM's variables.
	ARNFormats    []string
	ConditionKeys []string
}

// readReference reads it from the cfn-lint on this machine.
func readReference(t *testing.T) reference {
	t.Helper()
	tool, err := peer.Tool("cfn-lint")
	if err != nil {
		t.Fatal(err)
	}
	if real, err := filepath.EvalSymlinks(tool); err == nil {
		tool = real
	}
	python := filepath.Join(filepath.Dir(tool), "python3")
	if _, err := os.Stat(python); err != nil {
		python = "python3"
	}
	folder, err := exec.CommandContext(t.Context(), python, "-c", "import cfnlint, os; print(os.path.dirname(cfnlint.__file__))").Output()
	if err != nil {
		t.Fatalf("find where cfn-lint is: %v", err)
	}
	data, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(folder)), "data", "AdditionalSpecs", "Policies.json"))
	if err != nil {
		t.Fatal(err)
	}
	var read reference
	if err := json.Unmarshal(data, &read); err != nil {
		t.Fatal(err)
	}
	return read
}

// resources are the kinds of resource that IAM knows for an action; ok is false when there is no such action.
func (r reference) resources(action string) (kinds []resourceType, ok bool) {
	service, name, _ := strings.Cut(action, ":")
	known, ok := r[service].Actions[strings.ToLower(name)]
	for _, kind := range known.Resources {
		kinds = append(kinds, r[service].Resources[strings.ToLower(kind)])
	}
	return kinds, ok
}

// matches reports whether an ARN with placeholders is of this kind.
func (k resourceType) matches(arn string) bool {
	for _, format := range k.ARNFormats {
		pattern := strings.ReplaceAll(regexp.QuoteMeta(format), `\.\*`, ".*")
		if regexp.MustCompile("^" + pattern + "$").MatchString(arn) {
			return true
		}
	}
	return false
}
