package conformance_test

import (
	"strings"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/access"
	"github.com/goldfinch-dev/goldfinch/internal/measured"
)

// permitted holds what each function called in all these releases to its policy.
func permitted(t *testing.T, c *cloud) {
	kinds, seen := map[string]bool{}, map[string]bool{}
	for _, made := range c.calls.list() {
		if _, own := c.functions.own[made.by]; !own {
			continue // the interpreter, and people
		}
		kind := made.by + " " + made.service + ":" + made.operation
		if kinds[kind] {
			continue
		}
		kinds[kind], seen[made.by] = true, true
		if !access.Covers(made.by, made.service, made.operation) {
			t.Errorf("function %s called %s:%s (%s), which its policy does not allow", made.by, made.service, made.operation, made.path)
		}
	}
	for _, made := range c.calls.list() {
		// A release that runs must go on with the functions that it began with.
		version := strings.Contains(made.path, "%3Afunction%3A"+prefix) && strings.HasSuffix(made.path, "%3A1/invocations")
		if made.by == machine && !(made.operation == "Invoke" && version) && made.operation != "PutEvents" {
			t.Errorf("the state machine called %s:%s (%s); it may invoke versions of functions, and put events", made.service, made.operation, made.path)
		}
	}
	for function := range c.functions.own {
		if !seen[function] {
			t.Errorf("function %s called nothing, so nothing is known of its policy", function)
		}
	}
	measured.Log(t, "moto, real binaries: %d functions made %d kinds of calls, each of which their policies allow", len(seen), len(kinds))
}
