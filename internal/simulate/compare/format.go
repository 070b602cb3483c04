package compare

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// percent writes a share, 0–1, with at most three digits.
func percent(share float64) string { return digits(share*100) + " %" }

// points writes what a canary adds, in percentage points.
func points(add float64) string { return "+" + digits(add*100) + " points" }

// added is what the canary adds, or that it is good.
func added(add float64) string {
	if add == 0 {
		return "good"
	}
	return points(add)
}

// digits writes a number with two digits, or all before its point.
func digits(value float64) string {
	switch size := math.Abs(value); {
	case math.IsNaN(value):
		return "–"
	case size >= 9.95:
		return strconv.FormatFloat(value, 'f', 0, 64)
	case size >= 0.95:
		return strings.TrimSuffix(strconv.FormatFloat(value, 'f', 1, 64), ".0")
	default:
		return strconv.FormatFloat(value, 'g', 2, 64)
	}
}

// limited writes a share of bad outcomes with its one-sided upper limit.
func limited(share Share) string {
	return fmt.Sprintf("%s (≤ %s)", percent(share.Value), percent(share.Upper(limitLevel)))
}

// quantiles writes median and 95th percentile.
func quantiles(spread *Spread) string {
	if spread == nil {
		return "never"
	}
	return digits(spread.Median.Value) + " / " + digits(spread.P95.Value)
}

// A grid is a table of a page.
type grid struct {
	head []string
	rows [][]string
}

func (g *grid) add(cells ...string) { g.rows = append(g.rows, cells) }

// markdown writes the table.
func (g grid) markdown() string {
	var b strings.Builder
	line := func(cells []string) { fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | ")) }
	line(g.head)
	fmt.Fprintf(&b, "|%s\n", strings.Repeat("---|", len(g.head)))
	for _, row := range g.rows {
		line(row)
	}
	return b.String()
}
