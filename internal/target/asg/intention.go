package asg

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// The tags in which a target stands: of the target group, or with instance refresh, of the group.
const (
	// TagSplit is the split that is wanted, with the versions between which traffic moves:
	// "stable=7 canary=8 weight=10 at=1772625600", the time in seconds since 1970.
	TagSplit = "goldfinch:split"
	// TagArrived is the value that TagSplit had when requests met it; empty while the larger share goes from one version to the other.
	TagArrived = "goldfinch:arrived"
)

// An intention is what somebody wanted: a share of traffic, 0–100, for canary, and the rest for stable. At 0 and 100, the other version is the one
// that had traffic before. The zero intention is none.
type intention struct {
	stable, canary string
	weight         float64
	at             time.Time
}

// intend is the intention of a split, coming from another.
func intend(want, before release.Split, at time.Time) intention {
	at = at.UTC().Truncate(time.Second)
	switch {
	case !want.IsPure():
		return intention{want.Stable, want.Canary, want.Weight, at}
	case want.Stable == before.Stable:
		return intention{want.Stable, before.Canary, 0, at}
	default:
		return intention{before.Stable, want.Stable, 100, at}
	}
}

// split is where traffic is to go.
func (i intention) split() release.Split {
	switch {
	case i.weight <= 0 || i.canary == "":
		return release.Pure(i.stable)
	case i.weight >= 100:
		return release.Pure(i.canary)
	default:
		return release.Split{Stable: i.stable, Canary: i.canary, Weight: i.weight}
	}
}

// before is the intention's pair as a split, so that the other version is known when one has all traffic.
func (i intention) pair() release.Split { return release.Split{Stable: i.stable, Canary: i.canary} }

// major is the version with the larger share, and minor the other one, with share percent of the traffic, at most 50; minor may be empty.
func (i intention) major() (major, minor string, share float64) {
	if i.weight > 50 {
		return i.canary, i.stable, 100 - i.weight
	}
	return i.stable, i.canary, i.weight
}

// involves reports whether a version is one of the two.
func (i intention) involves(version string) bool {
	return version != "" && (version == i.stable || version == i.canary)
}

// String is the value of a tag. Elastic Load Balancing and Auto Scaling take letters, digits, spaces and + - = . _ : / @.
func (i intention) String() string {
	if i.stable == "" {
		return ""
	}
	return fmt.Sprintf("stable=%s canary=%s weight=%s at=%d", i.stable, i.canary, strconv.FormatFloat(i.weight, 'f', -1, 64), i.at.Unix())
}

// parse reads the value of a tag; one that somebody else wrote is no intention.
func parse(value string) (i intention, ok bool) {
	for _, field := range strings.Fields(value) {
		key, text, _ := strings.Cut(field, "=")
		var err error
		switch key {
		case "stable":
			i.stable = text
		case "canary":
			i.canary = text
		case "weight":
			i.weight, err = strconv.ParseFloat(text, 64)
		case "at":
			var seconds int64
			seconds, err = strconv.ParseInt(text, 10, 64)
			i.at = time.Unix(seconds, 0).UTC()
		}
		if err != nil {
			return intention{}, false
		}
	}
	if i.stable == "" || i.weight < 0 || i.weight > 100 || i.weight > 0 && i.canary == "" {
		return intention{}, false
	}
	return i, true
}
