package alb

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleet"
)

// A backing is what is behind a target group.
type backing struct {
	// version is the launch template version of its Auto Scaling group; of one that has no group of the service, the target group's
	// name, in words that are no version.
	version string
	// created is when that group was made; zero when there is none.
	created time.Time
	group   fleet.Group
}

// backings are what is behind target groups, by their ARNs.
type backings map[string]backing

// of is what is behind a target group.
func (b backings) of(targetGroup string) backing {
	if behind, ok := b[targetGroup]; ok {
		return behind
	}
	return backing{version: "of target group " + targetGroupName(targetGroup)}
}

// versions are what is behind several target groups, in a phrase.
func (b backings) versions(targetGroups []string) string {
	var versions []string
	for _, arn := range targetGroups {
		versions = append(versions, b.of(arn).version)
	}
	return strings.Join(versions, " and ")
}

// leading finds a target group of the pair that has a version behind it.
func (b backings) leading(pair []string, version string) (targetGroup string, ok bool) {
	at := slices.IndexFunc(pair, func(arn string) bool { return version != "" && b[arn].version == version })
	if at < 0 {
		return "", false
	}
	return pair[at], true
}

// present is where requests go now.
type present struct {
	routes   routes
	backings backings
	split    release.Split
}

// read reads where requests go.
func (t *Target) read(ctx context.Context) (present, error) {
	found, err := t.readRoutes(ctx)
	if err != nil {
		return present{}, err
	}
	behind, err := t.backings(ctx)
	if err != nil {
		return present{}, err
	}
	split, err := t.splitOf(found, behind)
	return present{routes: found, backings: behind, split: split}, err
}

// splitOf says between which versions the rules split requests. Of two, the one whose Auto Scaling group is younger is the canary: the canary's is
// made while the stable one's has the traffic. A target group without a group of the service is a canary, because it is nobody's stable version. Of three or more, which
// no release makes, all but the oldest are one canary.
func (t *Target) splitOf(found routes, behind backings) (release.Split, error) {
	main, ok := forwardOf(found.main.actions)
	if !ok {
		return release.Split{}, release.Fail(release.KindConflict, "%s forwards to no target group", t.placeName()).
			WithHint("let it forward to the target group of the pair that users should reach")
	}
	reached := map[string]bool{}
	for arn := range main.weights {
		reached[arn] = true
	}
	for _, audience := range found.audiences {
		for arn := range audience.forward().weights {
			reached[arn] = true
		}
	}
	groups := slices.SortedFunc(maps.Keys(reached), func(a, b string) int { return byAge(behind.of(a), behind.of(b), a, b) })
	switch len(groups) {
	case 0:
		return release.Split{}, nil // every target group has weight 0
	case 1:
		return release.Pure(behind.of(groups[0]).version), nil
	}
	stable, others := groups[0], groups[1:]
	split := release.Split{Stable: behind.of(stable).version, Canary: behind.versions(others), Weight: main.percentBut(stable)}
	if len(found.audiences) > 0 {
		last := found.audiences[len(found.audiences)-1]
		split.Audience = last.tags[TagAudience]
		if share := last.forward().percentBut(stable); share < 100 {
			split.Share = share
		}
	}
	return split, nil
}

// byAge orders target groups by the age of the Auto Scaling group behind them, the oldest first, those without one last. Of groups of the same age, which have
// been made in the same second, the one of the smaller version number is the older one.
func byAge(a, b backing, arnOfA, arnOfB string) int {
	numberOfA, _ := strconv.Atoi(a.version)
	numberOfB, _ := strconv.Atoi(b.version)
	return cmp.Or(
		cmp.Compare(nobody(a), nobody(b)),
		a.created.Compare(b.created),
		cmp.Compare(numberOfA, numberOfB),
		cmp.Compare(arnOfA, arnOfB),
	)
}

// nobody is 1 of a target group that has no Auto Scaling group of the service.
func nobody(b backing) int {
	if b.created.IsZero() {
		return 1
	}
	return 0
}
