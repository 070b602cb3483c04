package rehearsal_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/rehearsal"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/scenario"
)

// TestEveryTargetCanBeSimulated releases each of the examples that have no audience, good and bad.
func TestEveryTargetCanBeSimulated(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("../../../examples/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	simulated := map[string]bool{}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		written, _, err := release.Read(data)
		if err != nil {
			t.Fatal(err)
		}
		kind := written.Target.Kind()
		document, stands, err := rehearsal.StandIn(written)
		if (err != nil) != (len(written.Strategy.Audience) > 0) {
			t.Errorf("%s: %v", path, err)
		}
		if err != nil {
			continue
		}
		if stands != (kind != "lambda") || document.Target.Lambda == nil || !cmp.Equal(written.Strategy, document.Strategy) || !cmp.Equal(written.Analysis, document.Analysis) {
			t.Errorf("%s: a function stands in (%t): %+v", path, stands, document)
		}
		for fault, want := range map[string]release.Outcome{"": release.Promoted, "errors:+50%": release.RolledBack} {
			world := scenario.Default()
			if fault != "" {
				world = worldOf(t, fault)
			}
			flight, err := rehearse(t, document, world).Fly(t.Context(), 0)
			if err != nil || flight.Outcome != want {
				t.Errorf("%s, %q: %s: %s (%v)", path, fault, flight.Outcome, flight.Reason, err)
			}
		}
		simulated[kind] = true
	}
	for _, kind := range release.TargetKinds() {
		if !simulated[kind] {
			t.Errorf("target %s was not simulated", kind)
		}
	}
}
