package flag

import (
	"context"
	"fmt"
	"slices"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
)

// Split reads the target's split, and whom the flag tells of the canary in what is deployed, or on its way. A variant that this release has not
// written is an audience of no rung's name.
func (t *Target) Split(ctx context.Context) (release.Split, error) {
	below, err := t.Target.Split(ctx)
	if err != nil {
		return release.Split{}, err
	}
	found, err := t.look(ctx)
	if err != nil {
		return release.Split{}, err
	}
	return t.together(below, found.standing), nil
}

// together is the split that is there.
func (t *Target) together(below release.Split, at standing) release.Split {
	split := t.ladder.together(below, at.position)
	if at.foreign != "" {
		if split.Canary == "" {
			split.Canary = "of another's choice"
		}
		split.Audience, split.Share = at.foreign, 0
	}
	return split
}

// Shift moves the target's part first and the flag then. A flag that somebody else has changed is left alone, and a
// KindConflict failure; traffic that goes home goes home all the same, as far as the target's part of it.
func (t *Target) Shift(ctx context.Context, want release.Split, guard target.Guard) (release.Split, error) {
	found, err := t.look(ctx)
	if err != nil {
		return release.Split{}, err
	}
	below, err := t.Target.Split(ctx)
	if err != nil {
		return release.Split{}, err
	}
	is := t.together(below, found.standing)
	if !want.IsPure() && !is.Same(want) && !t.mayMove(found.standing, below, want, guard) {
		return is, t.changed(found, want)
	}
	beneath := guard
	beneath.Mine = func(below release.Split) bool { return t.isMine(below, found.standing, guard) }
	got, err := t.Target.Shift(ctx, t.ladder.beneath(want), beneath)
	if err != nil {
		return t.together(got, found.standing), err
	}
	at, err := t.turn(ctx, want, below, guard)
	return t.together(got, at), err
}

// isMine reports whether the target's part of a split belongs to one that this release intended: that is moved
// before the flag, so what is found may be the new one with the old flag.
func (t *Target) isMine(below release.Split, at standing, guard target.Guard) bool {
	if guard.Mine == nil {
		return false
	}
	if at.foreign == "" && guard.Mine(t.ladder.together(below, at.position)) {
		return true
	}
	return slices.ContainsFunc(t.ladder.positions(at.version), func(other position) bool {
		return guard.Mine(t.ladder.together(below, other))
	}) || slices.ContainsFunc(t.ladder.positions(below.Canary), func(other position) bool {
		return guard.Mine(t.ladder.together(below, other))
	})
}

// mayMove reports whether the flag's part of a split belongs to one that this release intended, whatever the target's part is.
func (t *Target) mayMove(at standing, below, want release.Split, guard target.Guard) bool {
	if at.foreign != "" || guard.Mine == nil {
		return false
	}
	parts := []release.Split{below, t.ladder.beneath(want)}
	for _, stable := range []string{below.Stable, want.Stable} {
		parts = append(parts, release.Pure(stable))
		for _, canary := range []string{at.version, want.Canary} {
			for _, step := range t.document.Strategy.Steps {
				weight := step.Weight
				if weight > 0 {
					weight = t.Nearest(weight)
				}
				parts = append(parts, t.ladder.beneath(release.Split{Stable: stable, Canary: canary, Weight: weight, Audience: step.Audience, Share: step.Share}))
			}
		}
	}
	return slices.ContainsFunc(parts, func(part release.Split) bool { return guard.Mine(t.ladder.together(part, at.position)) })
}

// changed says that the flag is where this release never put it.
func (t *Target) changed(found state, want release.Split) error {
	match := t.match()
	there := found.standing.foreign
	switch {
	case there != "":
	case found.standing.isOff():
		there = fmt.Sprintf("flag %s without variant %s", match.Flag, match.Variant)
	default:
		there = fmt.Sprintf("variant %s of flag %s for audience %s", match.Variant, match.Flag, t.ladder.rungs[found.standing.rung].Name)
	}
	return release.Fail(release.KindConflict, "the feature flag was changed by somebody else: version %d of configuration profile %s has %s, which this release never intended, and is left there instead of %s",
		found.version, match.Profile, there, want).
		WithHint("CloudTrail's events CreateHostedConfigurationVersion and StartDeployment say who; take variant %s out, then release again", match.Variant)
}
