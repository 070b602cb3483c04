package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// clockTime writes a time for people, in UTC, as logs and AWS's console do.
func clockTime(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// longTime writes a time relative to now, and absolutely.
func longTime(now, t time.Time) string { return relative(now, t) + " (" + clockTime(t) + ")" }

// relative writes a time as "3m ago", "in 2m" or "now".
func relative(now, t time.Time) string {
	switch d := t.Sub(now); {
	case d >= time.Second:
		return "in " + length(d)
	case d <= -time.Second:
		return length(-d) + " ago"
	default:
		return "now"
	}
}

// length writes a duration with its two largest units: "1h30m", "2m5s", "3d4h", "0.4s".
func length(d time.Duration) string {
	switch {
	case d < time.Second && d > 0:
		return fmt.Sprintf("%.1fs", d.Seconds())
	case d < time.Hour:
		return release.Duration(d.Round(time.Second)).String()
	case d < 48*time.Hour:
		return release.Duration(d.Round(time.Minute)).String()
	default:
		d = d.Round(time.Hour)
		days := d / (24 * time.Hour)
		return strings.TrimSuffix(fmt.Sprintf("%dd%dh", days, (d-days*24*time.Hour)/time.Hour), "0h")
	}
}

// share writes a share of 0–1 as percent: "18.2%".
func share(v float64) string {
	return strings.TrimSuffix(fmt.Sprintf("%.1f", v*100), ".0") + "%"
}

// shortSum is enough of a SHA-256 to tell packages apart.
func shortSum(sum string) string { return sum[:min(len(sum), 12)] }

// artifactName writes an artifact for people. A package that is stored under
// its sum has a name too long to read, and a pipeline's ARN ends with its name.
func artifactName(artifact release.Artifact) string {
	name := firstNonEmpty(artifact.Container, artifact.AMI, artifact.Package)
	if image := artifact.Image; image != nil {
		baked := "image of pipeline " + image.Pipeline[strings.LastIndex(image.Pipeline, "/")+1:]
		if image.Commit != "" {
			baked += " at commit " + shortSum(image.Commit)
		}
		if name == "" {
			return baked
		}
		return name + " (" + baked + ")"
	}
	switch sum := artifact.SHA256; {
	case sum == "":
		return name
	case strings.Contains(name, sum):
		return strings.Replace(name, sum, shortSum(sum)+"…", 1)
	default:
		return name + " (sha256 " + shortSum(sum) + "…)"
	}
}
