package flag_test

import (
	"strings"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
)

// TestForesee: what the target behind the flag can't say is what the flag takes.
func TestForesee(t *testing.T) {
	t.Parallel()
	made := newCloud(t).target()
	foreseen, err := made.(target.Foreseeing).Foresee(t.Context())
	must(t, err)
	if foreseen.There.Takes.Std() != 45*time.Second || !strings.Contains(foreseen.Back.Why, "agents ask for it") {
		t.Errorf("foreseen %+v", foreseen)
	}
	shifts, err := target.Shifts(t.Context(), made, release.Document{})
	must(t, err)
	if got := shifts.Meets(0.07); got != 0.07 {
		t.Errorf("of 0.07%%, requests meet %v%%", got)
	}
}
