package access_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/access"
)

// TestTheReachFindsEveryCallAndNoOther holds the other tests' means to a program
// whose calls are known.
func TestTheReachFindsEveryCallAndNoOther(t *testing.T) {
	t.Parallel()
	code := load(t, "./testdata/calls")
	main := code.packages["internal/access/testdata/calls"]
	got := reachable(code, main.Func("init"), main.Func("main"))
	want := []access.Operation{
		{Service: "dynamodb", Name: "Scan"}, {Service: "dynamodb", Name: "TransactWriteItems"},
		{Service: "lambda", Name: "CreateAlias"}, {Service: "lambda", Name: "GetAccountSettings"}, {Service: "lambda", Name: "GetAlias"},
		{Service: "lambda", Name: "GetFunction"}, {Service: "lambda", Name: "ListAliases"}, {Service: "lambda", Name: "PublishVersion"},
		{Service: "lambda", Name: "UpdateAlias"}, {Service: "lambda", Name: "UpdateFunctionConfiguration"},
	}
	for _, wrong := range disagreements("the program", want, sorted(got.operations)) {
		t.Error(wrong)
	}
	if parts := slices.Collect(maps.Keys(got.parts)); !slices.Equal(parts, []string{"ConditionCheck"}) {
		t.Errorf("the transactions have the parts %q, want a ConditionCheck", parts)
	}
}

// TestOneOperationMoreOrLessIsFound takes each declared operation of each function
// away once, and adds one that no function calls.
func TestOneOperationMoreOrLessIsFound(t *testing.T) {
	t.Parallel()
	for _, function := range access.Functions() {
		declared := access.Operations(function)
		for i, missing := range declared {
			less := slices.Delete(slices.Clone(declared), i, i+1)
			if found := disagreements(function, less, declared); len(found) != 1 || !strings.Contains(found[0], "calls "+missing.String()+" and does not declare it") {
				t.Errorf("without the declaration of %s: %q", missing, found)
			}
		}
		more := append(slices.Clone(declared), access.Operation{Service: "lambda", Name: "DeleteAlias"})
		if found := disagreements(function, more, declared); len(found) != 1 || !strings.Contains(found[0], "declares lambda:DeleteAlias and does not call it") {
			t.Errorf("with one declaration too many: %q", found)
		}
	}
}
