package judge

import (
	"fmt"
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
	until := clockTime(q.deadline(), q.Now)
	if q.Stage == StageSettle {
		return "settling until " + until
	}
	return fmt.Sprintf("step %d of %d, watching %s%% until %s", q.Step+1, q.Steps, release.Percent(q.Weight), until)
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

// percentage writes a share with one decimal, or with two significant digits when it is small.
func percentage(share float64) string {
	percent := share * 100
	if percent > 0 && percent < 0.1 {
		return strconv.FormatFloat(percent, 'g', 2, 64) + "%"
	}
	return strconv.FormatFloat(percent, 'f', 1, 64) + "%"
}

// samples writes a number of requests, which trimmed counts make fractional.
func samples(requests float64) string { return strconv.FormatFloat(requests, 'f', 0, 64) }
