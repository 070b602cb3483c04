// Package arrows_test holds the packages to the arrows of the design: who may
// import whom. It has no code of its own.
//
// A new package gets a row in the table below; think before you add an arrow.
package arrows_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/goldfinch-dev/goldfinch/"

// mayImport says for each package which others of this module it may import,
// tests aside. A row that ends in "/*" is for every package directly below it.
var mayImport = map[string][]string{
	// The domain: pure, and knows nothing of AWS.
	"internal/release":        {},
	"internal/judge":          {"internal/release", "internal/judge/evidence", "internal/judge/ladder"},
	"internal/judge/evidence": {},
	"internal/judge/ladder":   {"internal/release", "internal/judge/evidence"},
	"internal/judge/vectors":  {"internal/release", "internal/judge/evidence", "internal/judge/ladder"},
	"internal/asl":            {},
	"internal/clock":          {},
	"internal/measured":       {},

	// What CloudWatch takes for metrics, and which of AWS's errors pass.
	"internal/metric":    {},
	"internal/transient": {},

	// What a release is recorded in, changes, and does.
	"internal/ledger":            {"internal/release", "internal/judge"},
	"internal/target":            {"internal/release", "internal/judge"},
	"internal/target/alb":        {"internal/release", "internal/judge", "internal/target", "internal/target/call", "internal/target/fleet", "internal/target/httpcheck", "internal/target/image", "internal/target/measure"},
	"internal/target/asg":        {"internal/release", "internal/judge", "internal/target", "internal/target/call", "internal/target/fleet", "internal/target/httpcheck", "internal/target/image", "internal/target/measure"},
	"internal/target/call":       {"internal/release", "internal/transient"},
	"internal/target/fleet":      {"internal/release", "internal/target", "internal/target/call"},
	"internal/target/apigateway": {"internal/release", "internal/judge", "internal/target", "internal/target/call", "internal/target/expect", "internal/target/httpcheck", "internal/target/lambda", "internal/target/measure"},
	"internal/target/image":      {"internal/release", "internal/target/call"},
	"internal/target/flag":       {"internal/release", "internal/judge", "internal/target", "internal/target/call"},
	"internal/target/flagtest":   {"internal/clock", "internal/local/appconfig", "internal/local/store", "internal/release", "internal/target", "internal/target/flag"},
	"internal/target/fleettest":  {"internal/clock", "internal/local/autoscaling", "internal/local/cloudwatch", "internal/local/ec2", "internal/local/elasticloadbalancingv2", "internal/local/store"},
	"internal/target/lambda":     {"internal/release", "internal/judge", "internal/target", "internal/target/call", "internal/target/expect", "internal/target/measure"},
	"internal/target/measure":    {"internal/release", "internal/judge", "internal/target", "internal/target/call"},
	"internal/target/expect":     {},
	"internal/target/httpcheck":  {"internal/release", "internal/target/call", "internal/target/expect"},
	"internal/target/route53":    {"internal/release", "internal/judge", "internal/target", "internal/target/call", "internal/target/httpcheck", "internal/target/measure"},
	"internal/target/targettest": {"internal/release", "internal/judge", "internal/target"},
	"internal/workflow":          {"internal/release", "internal/judge", "internal/ledger", "internal/metric", "internal/target", "internal/transient", "internal/clock"},
	"internal/drift":             {"internal/release", "internal/ledger", "internal/target", "internal/target/call"},
	"internal/replay":            {"internal/release", "internal/judge", "internal/ledger"},
	"internal/operator":          {"internal/release", "internal/judge", "internal/ledger", "internal/planner", "internal/replay", "internal/target"},

	// What starts releases and tells of them in AWS, and what that may do there.
	"internal/access": {
		"internal/announce", "internal/drift", "internal/ledger", "internal/trigger", "internal/workflow",
		"internal/target/alb", "internal/target/apigateway", "internal/target/asg", "internal/target/flag", "internal/target/fleet", "internal/target/image", "internal/target/lambda", "internal/target/measure", "internal/target/route53",
	},
	"internal/announce": {"internal/ledger", "internal/metric", "internal/release", "internal/judge"},
	"internal/trigger":  {"internal/release"},

	// The composition root: the only package that knows every kind of target.
	"internal/wire": {"internal/announce", "internal/metric", "internal/trigger", "internal/release", "internal/ledger", "internal/operator", "internal/planner", "internal/drift", "internal/target", "internal/target/lambda", "internal/target/alb", "internal/target/apigateway", "internal/target/asg", "internal/target/flag", "internal/target/image", "internal/target/route53", "internal/workflow"},

	// The flight simulator: a world without AWS, what others would do in it, and releases in it.
	"internal/simulate/world":         {"internal/judge/evidence", "internal/judge/ladder"},
	"internal/simulate/policy":        {"internal/judge", "internal/release", "internal/judge/evidence", "internal/judge/ladder", "internal/simulate/flight", "internal/simulate/world"},
	"internal/simulate/compare":       {"internal/release", "internal/judge/evidence", "internal/judge/ladder", "internal/simulate/chance", "internal/simulate/policy", "internal/simulate/flight", "internal/simulate/world"},
	"internal/simulate/compare/table": {"internal/simulate/compare"},
	"internal/simulate/flight":        {"internal/release", "internal/judge/evidence", "internal/judge/ladder", "internal/simulate/chance", "internal/simulate/world"},
	"internal/simulate/chance":        {},
	"internal/simulate/scenario":      {"internal/release", "internal/simulate/world"},
	"internal/simulate/rehearsal": {
		"internal/clock", "internal/judge/ladder", "internal/ledger", "internal/local/bundle", "internal/local/cloudwatch", "internal/local/engine", "internal/local/lambda", "internal/local/store",
		"internal/operator", "internal/release", "internal/simulate/flight", "internal/simulate/scenario", "internal/simulate/world", "internal/target/lambda",
	},
	"internal/simulate/page":     {"internal/release", "internal/simulate/rehearsal", "internal/simulate/report"},
	"internal/simulate/report":   {"internal/release", "internal/simulate/chance", "internal/simulate/compare", "internal/simulate/rehearsal", "internal/simulate/scenario", "internal/simulate/world"},
	"internal/simulate/holdback": {"internal/judge/ladder", "internal/simulate/chance", "internal/simulate/flight", "internal/simulate/world"},
	"internal/planner":           {"internal/release", "internal/judge", "internal/judge/evidence", "internal/judge/ladder", "internal/simulate/chance", "internal/simulate/flight", "internal/simulate/world"},

	// The local cloud: AWS's services know nothing of releases.
	"internal/local/apigateway":             {"internal/clock", "internal/local/intercept", "internal/local/lambda", "internal/local/reply", "internal/local/store"},
	"internal/local/appconfig":              {"internal/clock", "internal/local/intercept", "internal/local/reply", "internal/local/store"},
	"internal/local/autoscaling":            {"internal/clock", "internal/local/ec2", "internal/local/eventbridge", "internal/local/intercept", "internal/local/reply", "internal/local/store"},
	"internal/local/bundle":                 {},
	"internal/local/store":                  {},
	"internal/local/intercept":              {},
	"internal/local/reply":                  {},
	"internal/local/cloudwatch":             {"internal/clock", "internal/local/eventbridge", "internal/local/intercept", "internal/local/store"},
	"internal/local/dynamodb":               {"internal/clock", "internal/local/dynamodb/attribute", "internal/local/dynamodb/expression", "internal/local/intercept", "internal/local/store"},
	"internal/local/dynamodb/attribute":     {},
	"internal/local/dynamodb/expression":    {"internal/local/dynamodb/attribute"},
	"internal/local/cloudformation":         {"internal/clock", "internal/local/intercept", "internal/local/reply", "internal/local/store"},
	"internal/local/elasticloadbalancingv2": {"internal/clock", "internal/local/intercept", "internal/local/reply", "internal/local/store"},
	"internal/local/ec2":                    {"internal/clock", "internal/local/eventbridge", "internal/local/intercept", "internal/local/reply", "internal/local/store"},
	"internal/local/eventbridge":            {"internal/clock", "internal/local/intercept"},
	"internal/local/frontdoor":              {"internal/local/lambda"},
	"internal/local/lambda":                 {"internal/clock", "internal/local/intercept", "internal/local/reply", "internal/local/store"},
	"internal/local/laws":                   {},
	"internal/local/route53":                {"internal/clock", "internal/local/intercept", "internal/local/reply", "internal/local/store"},
	"internal/local/runtime":                {"internal/local/lambda", "internal/local/program"},
	"internal/local/program":                {},
	"internal/local/instance":               {"internal/local/ec2", "internal/local/program"},
	"internal/local/imagebuilder":           {"internal/clock", "internal/local/eventbridge", "internal/local/intercept", "internal/local/reply", "internal/local/store"},
	"internal/local/s3":                     {"internal/clock", "internal/local/intercept"},
	"internal/local/sns":                    {"internal/clock", "internal/local/intercept"},
	"internal/local/stepfunctions":          {"internal/asl", "internal/clock", "internal/local/eventbridge", "internal/local/intercept", "internal/local/store"},

	// Goldfinch installed in the local cloud.
	"internal/local/engine": {
		"internal/asl", "internal/clock", "internal/ledger", "internal/operator", "internal/release", "internal/target/lambda", "internal/wire", "internal/workflow",
		"internal/local/apigateway", "internal/local/appconfig", "internal/local/autoscaling", "internal/local/cloudformation", "internal/local/cloudwatch", "internal/local/dynamodb",
		"internal/local/ec2", "internal/local/elasticloadbalancingv2", "internal/local/eventbridge", "internal/local/imagebuilder", "internal/local/intercept",
		"internal/local/lambda", "internal/local/route53",
		"internal/local/program", "internal/local/s3", "internal/local/sns", "internal/local/stepfunctions", "internal/local/store",
	},
	"internal/local/engine/queue": {},
	"internal/drift/mutations":    {},
	"internal/local/process": {
		"internal/clock", "internal/operator",
		"internal/local/cloudwatch", "internal/local/engine", "internal/local/frontdoor", "internal/local/instance", "internal/local/runtime", "internal/local/store", "internal/release",
	},

	// What runs.
	"cmd/goldfinch":               {"cmd/goldfinch/internal/cli", "cmd/goldfinch/internal/demo", "internal/local/process", "internal/operator", "internal/release", "internal/wire"},
	"cmd/goldfinch/internal/cli":  {"cmd/goldfinch/internal/demo", "examples", "internal/judge/vectors", "internal/ledger", "internal/operator", "internal/planner", "internal/release", "internal/replay", "internal/judge", "internal/simulate/compare", "internal/simulate/flight", "internal/simulate/page", "internal/simulate/policy", "internal/simulate/rehearsal", "internal/simulate/report", "internal/simulate/scenario", "internal/simulate/world"},
	"cmd/goldfinch/internal/demo": {"examples", "internal/ledger", "internal/local/bundle", "internal/local/engine", "internal/local/process", "internal/local/route53", "internal/operator", "internal/release"},
	"functions/*":                 {"internal/wire", "internal/workflow"},
	"examples":                    {},
	"examples/echo":               {},
	"examples/echo/pack":          {"internal/local/bundle"},

	"infra":     {"internal/access", "internal/drift", "internal/workflow"},
	"infra/sam": {},

	// Programs that others wrote, for tests.
	"internal/peer": {},

	// Tests of the interpreter and of the whole against others, of the pages, and this one.
	"internal/coexistence":          {},
	"internal/conformance":          {},
	"internal/differential":         {},
	"internal/simulate/calibration": {},
	"docs":                          {},
	"events":                        {},
	"internal/arrows":               {},
}

// withoutAWS may not depend on AWS's libraries, not even through somebody else's package.
var withoutAWS = []string{"internal/release", "internal/judge", "internal/judge/evidence", "internal/judge/ladder", "internal/planner", "internal/asl", "internal/clock", "internal/target", "internal/local/store", "internal/local/bundle"}

// meaningless names say nothing about what a package does.
var meaningless = []string{"util", "utils", "common", "helper", "helpers", "model", "models", "type", "types", "misc", "shared"}

// A listed package is what `go list -json` says of it. Imports has no imports of tests.
type listed struct {
	ImportPath, Name string
	Imports, Deps    []string
}

func TestImportsFollowTheArrows(t *testing.T) {
	t.Parallel()
	for _, violation := range violations(list(t)) {
		t.Error(violation)
	}
}

// list reads every package of the module.
func list(t *testing.T) []listed {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Name,Imports,Deps", module+"...")
	var stderr bytes.Buffer
	command.Stderr = &stderr
	output, err := command.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", command, err, stderr.String())
	}
	var packages []listed
	for decoder := json.NewDecoder(bytes.NewReader(output)); ; {
		var one listed
		err := decoder.Decode(&one)
		if errors.Is(err, io.EOF) {
			return packages
		}
		if err != nil {
			t.Fatalf("read the answer of go list: %v", err)
		}
		packages = append(packages, one)
	}
}

// violations says, in order, what breaks the arrows.
func violations(packages []listed) []string {
	var found []string
	seen := map[string]bool{}
	for _, one := range packages {
		name := strings.TrimPrefix(one.ImportPath, module)
		row, allowed, ok := rowOf(name)
		if !ok {
			found = append(found, name+": has no row in the table of internal/arrows: say what it may import")
			continue
		}
		seen[row] = true
		for _, imported := range one.Imports {
			other, ours := strings.CutPrefix(imported, module)
			if ours && !slices.Contains(allowed, other) {
				found = append(found, fmt.Sprintf("%s: imports %s, which the table of internal/arrows does not allow", name, other))
			}
		}
		for _, dependency := range one.Deps {
			if slices.Contains(withoutAWS, name) && strings.HasPrefix(dependency, "github.com/aws/") {
				found = append(found, fmt.Sprintf("%s: depends on %s, and must know nothing of AWS", name, dependency))
				break
			}
		}
		for _, word := range append(strings.Split(name, "/"), one.Name) {
			if slices.Contains(meaningless, word) {
				found = append(found, fmt.Sprintf("%s: %q does not say what a package is for", name, word))
				break
			}
		}
	}
	for row := range maps.Keys(mayImport) {
		if !seen[row] {
			found = append(found, row+": is in the table of internal/arrows, and there is no such package")
		}
	}
	slices.Sort(found)
	return found
}

// rowOf finds what a package may import; ok is false when the table does not know it.
func rowOf(name string) (row string, allowed []string, ok bool) {
	for _, row := range []string{name, path.Dir(name) + "/*"} {
		if allowed, ok := mayImport[row]; ok {
			return row, allowed, true
		}
	}
	return "", nil, false
}

// TestBrokenArrowsAreFound breaks each rule once, on top of what is really there.
func TestBrokenArrowsAreFound(t *testing.T) {
	t.Parallel()
	good := list(t)
	tests := map[string]struct {
		bad  listed
		want string
	}{
		"arrow that is not allowed": {
			listed{ImportPath: module + "internal/judge", Name: "judge", Imports: []string{"math", module + "internal/ledger"}},
			"internal/judge: imports internal/ledger",
		},
		"function that imports more than wire": {
			listed{ImportPath: module + "functions/new", Name: "main", Imports: []string{module + "internal/wire", module + "internal/ledger"}},
			"functions/new: imports internal/ledger",
		},
		"package without a row": {
			listed{ImportPath: module + "internal/unheard", Name: "unheard"},
			"internal/unheard: has no row",
		},
		"AWS in the domain, at one remove": {
			listed{ImportPath: module + "internal/release", Name: "release", Imports: []string{"example.com/wrapper"}, Deps: []string{"example.com/wrapper", "github.com/aws/aws-sdk-go-v2/aws"}},
			"internal/release: depends on github.com/aws/aws-sdk-go-v2/aws",
		},
		"package that says nothing": {
			listed{ImportPath: module + "functions/utils", Name: "main"},
			`functions/utils: "utils" does not say`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := violations(append(slices.Clone(good), test.bad))
			if !slices.ContainsFunc(found, func(violation string) bool { return strings.HasPrefix(violation, test.want) }) {
				t.Errorf("found %q, want something that begins with %q", found, test.want)
			}
		})
	}
	t.Run("row without a package", func(t *testing.T) {
		t.Parallel()
		if found := violations(nil); len(found) != len(mayImport) {
			t.Errorf("found %d violations without any package, want one for each of %d rows", len(found), len(mayImport))
		}
	})
}
