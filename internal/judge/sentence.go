package judge

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// sentence joins the parts that say something.
func sentence(parts ...string) string {
	said := make([]string, 0, len(parts))
	for _, part := range parts {
		if part != "" {
			said = append(said, part)
		}
	}
	return strings.Join(said, "; ")
}

func watching(q Question) string {
	until := clockTime(q.ends(), q.Now)
	if q.Stage == StageSettle {
		return "settling until " + until
	}
	return fmt.Sprintf("step %d of %d, watching %s until %s", q.Step+1, q.Steps, q.watched(), until)
}

// watched is who gets the canary: a weight, an audience, or both.
func (q Question) watched() string {
	weight := release.Percent(q.Weight) + "%"
	if q.Step >= len(q.Strategy.Steps) || q.Strategy.Steps[q.Step].Audience == "" {
		return weight
	}
	step := q.Strategy.Steps[q.Step]
	audience := "audience " + step.Audience
	if step.Share > 0 {
		audience = release.Percent(step.Share) + "% of " + audience
	}
	if q.Weight == 0 {
		return audience
	}
	return weight + " and " + audience
}

func pause(q Question) string {
	if q.Paused {
		return "paused by a person"
	}
	return ""
}

// named is a version's name in a sentence, or its role when there is none.
func named(version, role string) string {
	if version == "" {
		return role
	}
	return "version " + version
}

// clockTime writes t in UTC, with its date when that is not now's.
func clockTime(t, now time.Time) string {
	t, now = t.UTC(), now.UTC()
	if t.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return t.Format("15:04:05 UTC")
	}
	return t.Format("2006-01-02 15:04:05 UTC")
}

// between writes a while in UTC, with dates where they are not now's, and with seconds where there are any.
func between(from, to, now time.Time) string {
	layout := "15:04"
	if from.Second() != 0 || to.Second() != 0 {
		layout = time.TimeOnly
	}
	write := func(t time.Time) string {
		t = t.UTC()
		if t.Format(time.DateOnly) == now.UTC().Format(time.DateOnly) {
			return t.Format(layout)
		}
		return t.Format(time.DateOnly + " " + layout)
	}
	return write(from) + " to " + write(to) + " UTC"
}

// percentage writes a share with one decimal, or with two significant digits when it is small.
func percentage(share float64) string {
	percent := share * 100
	if percent > 0 && percent < 1 {
		return strconv.FormatFloat(percent, 'g', 2, 64) + "%"
	}
	return strconv.FormatFloat(percent, 'f', 1, 64) + "%"
}

// samples writes a number of requests, which trimmed counts make fractional.
func samples(requests float64) string { return strconv.FormatFloat(requests, 'f', 0, 64) }

// strength writes evidence, given its natural logarithm, for people: three significant digits, one
// below 1, and words where the number is beyond all doubt. It rounds down, so
// that what is not enough never looks as if it were.
func strength(log float64) string {
	for _, huge := range []struct {
		from float64
		said string
	}{{1e12, "over a trillion"}, {1e9, "over a billion"}, {1e6, "over a million"}} {
		if log >= math.Log(huge.from) {
			return huge.said
		}
	}
	evidence := math.Exp(log)
	if evidence < 0.01 {
		return "below 0.01"
	}
	evidence *= 1 + 1e-9 // what the logarithm lost
	digits := 2
	if evidence < 1 {
		digits = 0
	}
	unit := math.Pow10(int(math.Floor(math.Log10(evidence))) - digits)
	return strconv.FormatFloat(math.Floor(evidence/unit+1e-9)*unit, 'g', 3+6, 64)
}
