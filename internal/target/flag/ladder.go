package flag

import (
	"fmt"
	"slices"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// wholeShare is the percent of a rung that is all of it.
const wholeShare = 100

// A ladder is the audience of a document.
type ladder struct {
	rungs []release.Audience
	// byHeader: the target behind the flag has a rung for the flag's people, too.
	byHeader bool
	// seed draws who is in a share: another release draws anew.
	seed string
}

// index is where a rung is; -1 when there is none of the name.
func (l ladder) index(name string) int {
	return slices.IndexFunc(l.rungs, func(rung release.Audience) bool { return rung.Name == name })
}

// lastUpTo is the last rung up to an index that is by flag, or that is not; -1 when there is none.
func (l ladder) lastUpTo(index int, flagged bool) int {
	for ; index >= 0 && byFlag(l.rungs[index]) != flagged; index-- {
	}
	return index
}

// A position is what the flag says, or should say.
type position struct {
	// rung is the index of the last rung whose people are told of the version; -1: nobody is told.
	rung int
	// share is the percent of that rung's people; 0 is all of them.
	share float64
	// version is what they are told of.
	version string
}

// off is the position of a flag that tells nobody.
var off = position{rung: -1}

// isOff reports whether nobody is told.
func (p position) isOff() bool { return p.rung < 0 }

// position is what the flag should say in a split.
func (l ladder) position(split release.Split) position {
	index := l.index(split.Audience)
	rung := l.lastUpTo(index, true)
	if split.IsPure() || rung < 0 {
		return off
	}
	at := position{rung: rung, version: split.Canary}
	if rung == index {
		at.share = split.Share
	}
	return l.written(at)
}

// written is a position as the flag's rule can tell it: a rung without a rule is its share of everybody, on the rung and behind it.
func (l ladder) written(at position) position {
	if at.share == wholeShare || !at.isOff() && l.rungs[at.rung].Match.Flag.Rule == "" {
		at.share = 0
	}
	return at
}

// positions are all in which the flag may be that tells of a version.
func (l ladder) positions(version string) []position {
	all := []position{off}
	for i, rung := range l.rungs {
		if byFlag(rung) {
			all = append(all, l.written(position{rung: i, version: version}), l.written(position{rung: i, version: version, share: rung.Share}))
		}
	}
	return all
}

// rule is AppConfig's rule for a position that is not off: the people of every rung up to it. Who is in a share stays in a greater one, because
// all are drawn with one seed.
func (l ladder) rule(at position) string {
	rule := ""
	for i := at.rung; i >= 0; i-- {
		if !byFlag(l.rungs[i]) {
			continue
		}
		share := float64(0)
		if i == at.rung {
			share = at.share
		}
		one := l.ruleOf(l.rungs[i], share)
		if rule != "" {
			one = fmt.Sprintf("(or %s %s)", one, rule)
		}
		rule = one
	}
	return rule
}

// ruleOf is the rule of one rung; a share of 0 is all of its people.
func (l ladder) ruleOf(rung release.Audience, share float64) string {
	match := rung.Match.Flag
	if match.Rule == "" {
		share = rung.Share
	}
	if share == 0 {
		return match.Rule
	}
	part := fmt.Sprintf("(split by::%s pct::%s seed::%q)", match.Key, release.Percent(share), l.seed)
	if match.Rule == "" {
		return part
	}
	return fmt.Sprintf("(and %s %s)", match.Rule, part)
}

// beneath is the part of a split that the target behind the flag makes true.
func (l ladder) beneath(split release.Split) release.Split {
	index := l.index(split.Audience)
	below := index
	if !l.byHeader {
		below = l.lastUpTo(index, false)
	}
	if below < 0 {
		split.Audience, split.Share = "", 0
	} else {
		split.Audience = l.rungs[below].Name
		if below != index || byFlag(l.rungs[below]) {
			split.Share = 0
		}
	}
	if split.IsPure() {
		return release.Pure(split.Stable)
	}
	return split
}

// together is the split that the two parts make. The people of a rung by flag have the canary once they are told of it.
func (l ladder) together(below release.Split, at position) release.Split {
	index := l.index(below.Audience)
	for ; index > at.rung && byFlag(l.rungs[index]); index-- { // they can reach it, and nobody has told them yet
	}
	split := below
	switch {
	case index < 0 && at.isOff():
		split.Audience, split.Share = "", 0
		return split
	case below.Canary == "" && below.Stable == at.version:
		return below // they are told of the version that everybody has
	case below.Canary == "":
		split.Canary = at.version
	case !at.isOff() && below.Canary != at.version:
		split.Canary += " and " + at.version
	}
	if at.rung >= index {
		split.Audience, split.Share = l.rungs[at.rung].Name, at.share
		if rung := l.rungs[at.rung]; rung.Match.Flag.Rule == "" && split.Weight == 0 && rung.Share != wholeShare {
			split.Share = rung.Share // the steps behind a rung have weights
		}
		return split
	}
	split.Audience = l.rungs[index].Name
	if index != l.index(below.Audience) {
		split.Share = 0
	}
	return split
}
