package route53_test

import (
	"strings"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

func TestForesee(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	foreseen, err := c.target().Foresee(t.Context())
	must(t, err)
	if takes := foreseen.Back.Takes.Std(); takes <= time.Minute || takes > 10*time.Minute || foreseen.There != foreseen.Back || !strings.Contains(foreseen.There.Why, "the TTL") {
		t.Errorf("foreseen %+v", foreseen)
	}
	elsewhere, err := c.target(func(d *release.Document) {
		d.Target.Route53.HostedZone, d.Target.Route53.TTL = "ZNOTHING", release.Duration(90*time.Second)
	}).Foresee(t.Context())
	must(t, err)
	if elsewhere.There.Takes.Std() != 150*time.Second {
		t.Errorf("without records, the document's TTL counts: %+v", elsewhere.There)
	}
}

// TestTheLeastWeightIsWhatDocumentsAreToldOf holds what validation warns of against what the router gives.
func TestTheLeastWeightIsWhatDocumentsAreToldOf(t *testing.T) {
	t.Parallel()
	document := release.Target{Route53: &release.Route53Target{}}
	if got, want := newCloud(t).target().Nearest(0.01), document.LeastWeight(); got != want {
		t.Errorf("the least weight is %v, and documents are told of %v", got, want)
	}
}
