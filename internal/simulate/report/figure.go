package report

import (
	"fmt"
	"math"
	"strconv"

	"github.com/goldfinch-dev/goldfinch/internal/simulate/compare"
)

// oddsText writes evidence, which is given as its natural logarithm.
func oddsText(log float64) string {
	switch value := math.Exp(log); {
	case value >= 1e6:
		return "over a million"
	case value < 0.01:
		return "below 0.01"
	default:
		return plain(value)
	}
}

// intervalText writes a share with its interval.
func intervalText(share compare.Share) string {
	return fmt.Sprintf("%s (%s–%s)", shareText(share.Value), shareText(share.Low), shareText(share.High))
}

// shareText writes a share of 0–1.
func shareText(value float64) string { return strconv.FormatFloat(100*value, 'g', 3, 64) + "%" }

// figureText writes a figure with its interval.
func figureText(figure compare.Figure) string {
	return fmt.Sprintf("%s (%s–%s)", plain(figure.Value), plain(figure.Low), plain(figure.High))
}

// plain writes a number with up to three digits, or all before its point.
func plain(value float64) string {
	if math.Abs(value) >= 100 {
		return strconv.FormatFloat(value, 'f', 0, 64)
	}
	return strconv.FormatFloat(value, 'g', 3, 64)
}
