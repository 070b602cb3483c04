package coexistence_test

import (
	"context"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
)

// A service is one that is being released.
type service struct {
	name           string
	target         target.Target
	stable, canary string
	// pass lets time pass; nil: nothing takes any.
	pass func()
}

// rounds is how often a part of a release is called that is not done.
const rounds = 60

// anyone's split is the release's own: nobody else is there.
var guard = target.Guard{Mine: func(release.Split) bool { return true }, Check: func(context.Context) error { return nil }}

// deploy makes the new version.
func (s *service) deploy(t *testing.T) {
	t.Helper()
	if _, err := s.target.Preflight(t.Context()); err != nil {
		t.Fatalf("%s: %v", s.name, err)
	}
	s.until(t, "bake", s.target.Bake)
	s.until(t, "deploy", func(ctx context.Context) (done bool, err error) {
		s.canary, done, err = s.target.Deploy(ctx, s.stable)
		return done, err
	})
}

// shift gives the canary a share of the traffic, in percent.
func (s *service) shift(t *testing.T, weight float64) {
	t.Helper()
	if _, err := s.target.Shift(t.Context(), s.split(weight), guard); err != nil {
		t.Fatalf("shift %s to %v: %v", s.name, s.split(weight), err)
	}
	if s.pass != nil {
		s.pass()
	}
	s.has(t, weight)
}

// has wants the canary to have a share of the traffic.
func (s *service) has(t *testing.T, weight float64) {
	t.Helper()
	got, err := s.target.Split(t.Context())
	if err != nil || !got.Same(s.split(weight)) {
		t.Errorf("%s is at %v, %v, want %v", s.name, got, err, s.split(weight))
	}
}

func (s *service) split(weight float64) release.Split {
	if weight == 100 {
		return release.Pure(s.canary)
	}
	return release.Split{Stable: s.stable, Canary: s.canary, Weight: weight}
}

// retire cleans up behind the promotion.
func (s *service) retire(t *testing.T) {
	t.Helper()
	s.until(t, "retire", func(ctx context.Context) (done bool, err error) {
		_, done, err = s.target.Retire(ctx, s.canary, s.stable)
		return done, err
	})
}

// until calls a part of a release until it is done.
func (s *service) until(t *testing.T, part string, call func(context.Context) (bool, error)) {
	t.Helper()
	for range rounds {
		done, err := call(t.Context())
		if err != nil {
			t.Fatalf("%s %s: %v", part, s.name, err)
		}
		if done {
			return
		}
		if s.pass != nil {
			s.pass()
		}
	}
	t.Fatalf("%s %s is never done", part, s.name)
}
