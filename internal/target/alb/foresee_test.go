package alb_test

import (
	"strings"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

func TestForesee(t *testing.T) {
	t.Parallel()
	made := newCloud(t).target()
	foreseen, err := made.Foresee(t.Context())
	if err != nil || !strings.Contains(foreseen.Beside, "instances") || foreseen.There.Why != "" || foreseen.Back.Takes != 0 {
		t.Errorf("foreseen %+v: %v", foreseen, err)
	}
}

// TestTheLeastWeightIsWhatDocumentsAreToldOf holds what validation warns of against what the router gives.
func TestTheLeastWeightIsWhatDocumentsAreToldOf(t *testing.T) {
	t.Parallel()
	document := release.Target{ALB: &release.ALBTarget{}}
	if got, want := newCloud(t).target().Nearest(0.01), document.LeastWeight(); got != want {
		t.Errorf("the least weight is %v, and documents are told of %v", got, want)
	}
}
