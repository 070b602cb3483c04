package access_test

import (
	"go/types"
	"maps"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/ssa"

	"github.com/goldfinch-dev/goldfinch/internal/access"
	"github.com/goldfinch-dev/goldfinch/internal/measured"
)

func TestEveryFunctionDeclaresExactlyWhatItsCodeCalls(t *testing.T) {
	t.Parallel()
	code := load(t, module+"functions/...")
	var folders []string
	operations := 0
	for _, name := range slices.Sorted(maps.Keys(code.packages)) {
		if folder, ok := strings.CutPrefix(name, "functions/"); ok {
			folders = append(folders, folder)
		}
	}
	if !slices.Equal(folders, access.Functions()) {
		t.Fatalf("the functions are %q, and policies are declared for %q", folders, access.Functions())
	}
	for _, function := range folders {
		t.Run(function, func(t *testing.T) {
			main := code.packages["functions/"+function]
			got := reachable(code, main.Func("init"), main.Func("main"))
			for _, wrong := range disagreements(function, access.Operations(function), sorted(got.operations)) {
				t.Error(wrong)
			}
			if want := partsOf(access.Policy(function)); !maps.Equal(got.parts, want) {
				t.Errorf("transactions have the parts %v, and the policy allows %v", got.parts, want)
			}
			operations += len(got.operations)
			checkKinds(t, code, function, got)
		})
	}
	measured.Log(t, "least privilege: %d functions call %d operations in all, each declared and reachable, for each of %d kinds of targets", len(folders), operations, len(access.Kinds()))

	t.Run("parts of the target", func(t *testing.T) { checkParts(t, code) })
}

// constructors are the functions that make the targets of each kind, and their packages.
var constructors = map[string]struct{ in, name string }{
	"alb": {"wire", "newALB"}, "apigateway": {"wire", "newAPIGateway"}, "asg": {"wire", "newASG"}, "lambda": {"wire", "newLambda"}, "route53": {"wire", "newRoute53"},
	"flag": {"target/flag", "New"},
}

// instances are the kinds whose versions run on instances that Goldfinch watches: what changes those in place taints them.
var instances = []string{"alb", "asg"}

// checkKinds holds what a function declares for targets of one kind to what it does with them, which is to call
// the methods of package target's interfaces that its code reaches.
func checkKinds(t *testing.T, code program, function string, got *reach) {
	t.Helper()
	if kinds := slices.Sorted(maps.Keys(constructors)); !slices.Equal(kinds, access.Kinds()) {
		t.Fatalf("the kinds are %q, and this test knows %q", access.Kinds(), kinds)
	}
	own := access.Operations(function, "no kind")
	foreign := func(operations []access.Operation) []access.Operation {
		return slices.DeleteFunc(operations, func(o access.Operation) bool { return slices.Contains(own, o) })
	}
	for kind, constructor := range constructors {
		roots := []*ssa.Function{code.packages["internal/"+constructor.in].Func(constructor.name)}
		in := "internal/target/" + kind
		for called := range got.invoked {
			if from := called.method.Pkg(); from != nil && from.Path() == module+"internal/target" && types.Implements(code.pointer(in, "Target"), called.of) {
				roots = append(roots, code.method(t, in, "Target", called.method.Name()))
			}
		}
		if function == "drift" && slices.Contains(instances, kind) {
			roots = append(roots, code.method(t, "internal/drift", "Detector", "taint"))
		}
		if len(roots) == 1 {
			continue // it has nothing to do with targets
		}
		for _, wrong := range disagreements(function+" with targets of kind "+kind, foreign(access.Operations(function, kind)), foreign(sorted(reachable(code, roots...).operations))) {
			t.Error(wrong)
		}
	}
}

// partsOf are the parts of transactions that a policy allows.
func partsOf(policy []access.Statement) map[string]bool {
	parts := map[string]bool{}
	for _, statement := range policy {
		if statement.Sid == "LedgerTransactions" {
			for _, action := range statement.Actions {
				parts[strings.TrimSuffix(strings.TrimPrefix(action, "dynamodb:"), "Item")] = true
			}
		}
	}
	return parts
}

// checkParts holds the interfaces of the Lambda target to its methods.
func checkParts(t *testing.T, code program) {
	const target = "internal/target/lambda"
	parts := map[string][]string{
		"Alarms":    {"AlarmsAPI"},
		"Bake":      {"BakeAPI", "PackageReader"},
		"Deploy":    {"DeployAPI", "PackageReader"},
		"History":   {"MeasureAPI"},
		"Measure":   {"MeasureAPI"},
		"Preflight": {"PreflightAPI", "AlarmsAPI", "PackageFinder", "PackageReader"},
		"Restore":   {"RestoreAPI", "PackageReader"},
		"Retire":    {"RetireAPI"},
		"Shift":     {"ShiftAPI"},
		"Split":     {"SplitAPI"},
		"Usable":    {"UsableAPI"},
		"Verify":    {"VerifyAPI"},
	}
	for method, interfaces := range parts {
		got := reachable(code, code.method(t, target, "Target", method))
		declared := map[access.Operation]bool{}
		for _, name := range interfaces {
			for _, operation := range declaredBy(t, code.packages[target], name) {
				declared[operation] = true
			}
		}
		for _, wrong := range disagreements("Target."+method, sorted(declared), sorted(got.operations)) {
			t.Error(wrong)
		}
	}
}

// declaredBy lists the operations that an interface has.
func declaredBy(t *testing.T, in *ssa.Package, name string) []access.Operation {
	t.Helper()
	found := in.Type(name)
	if found == nil {
		t.Fatalf("%s has no interface %s", in.Pkg.Path(), name)
	}
	var operations []access.Operation
	for method := range found.Type().Underlying().(*types.Interface).Methods() {
		if operation, ok := operationOf(method.Signature()); ok {
			operations = append(operations, operation)
		}
	}
	return operations
}
