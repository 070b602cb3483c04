package route53

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// split is where a group's records send traffic. Of more than two, or of two of which neither is the stable one, the canary is all that
// are not, joined by +: no release has intended that.
func (g group) split(stable string) release.Split {
	versions := g.versions()
	if len(versions) == 0 {
		return release.Split{}
	}
	if len(versions) == 1 {
		return release.Pure(versions[0])
	}
	sum, others := int64(0), int64(0)
	var canaries []string
	for _, set := range g.sets {
		weight := aws.ToInt64(set.Weight)
		sum += weight
		if version := aws.ToString(set.SetIdentifier); version != stable {
			others += weight
			canaries = append(canaries, version)
		}
	}
	if sum == 0 { // all have the same chance
		sum, others = int64(len(versions)), int64(len(canaries))
	}
	if len(canaries) == len(versions) {
		stable = ""
	}
	return release.Split{Stable: stable, Canary: names(canaries), Weight: percentOf(sum-others, others)}
}

// split is where all groups together send traffic: what the first says, and for which audience the others give the canary
// all. Branches that say anything else make a split that no release has intended.
func (t *Target) split(present records) release.Split {
	base := present.groups[0].split(present.mark.stable)
	branches := present.groups[1:]
	canary := ""
	for _, g := range branches {
		if s := g.split(present.mark.stable); !s.Same(base) {
			canary = s.Canary
			if s.IsPure() {
				canary = s.Stable
			}
		}
	}
	if canary == "" {
		return base
	}
	if base.Canary == "" || base.Canary == canary {
		for _, rung := range t.document.Strategy.Audience {
			want := release.Split{Stable: base.Stable, Canary: canary, Weight: base.Weight, Audience: rung.Name}
			if !slices.ContainsFunc(branches, func(g group) bool { return !g.split(present.mark.stable).Same(t.wanted(g, want)) }) {
				return want
			}
		}
	}
	var all []string
	for _, g := range present.groups {
		for _, version := range g.versions() {
			if version != base.Stable && !slices.Contains(all, version) {
				all = append(all, version)
			}
		}
	}
	return release.Split{Stable: base.Stable, Canary: names(all), Weight: base.Weight, Audience: "of some branches"}
}

// wanted is a split as one group has it: all to the canary where the group is of the audience.
func (t *Target) wanted(g group, want release.Split) release.Split {
	for _, rung := range t.document.Strategy.Audience {
		if want.Audience == "" {
			break
		}
		if slices.ContainsFunc(rung.Match.Country, func(country string) bool { return slices.Contains(g.countries, country) }) {
			return release.Pure(want.Canary)
		}
		if rung.Name == want.Audience {
			break
		}
	}
	if want.Weight == 0 {
		return release.Pure(want.Stable)
	}
	return release.Split{Stable: want.Stable, Canary: want.Canary, Weight: want.Weight}
}

// isAs reports whether a group's records are just those of a split: no record of weight 0 beside them.
func (g group) isAs(want release.Split) bool {
	records := 2
	if want.IsPure() {
		records = 1
	}
	return len(g.sets) == records && g.split(want.Stable).Same(want)
}
