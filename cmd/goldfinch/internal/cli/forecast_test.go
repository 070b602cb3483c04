package cli

import (
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/planner"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

func TestNumbersOfAForecast(t *testing.T) {
	t.Parallel()
	rate := 0.0999
	for want, got := range map[string]string{
		"0.018%": rateText(0.00018), "100%": rateText(1), "0%": rateText(0), "1.9%": rateText(0.0186),
		"0": countText(0), "0.464": countText(0.464), "24.5": countText(24.54), "999": countText(999), "1,000": countText(999.6), "24,234": countText(24234.4), "1,234,567": countText(1234567),
		"a minute": every(release.Duration(time.Minute)), "a second": every(release.Duration(time.Second)), "every 30s": every(release.Duration(30 * time.Second)),
		"10, 20, …, 90": shorten([]string{"10", "20", "30", "40", "80", "90"}), "1, 10": shorten([]string{"1", "10"}),
		"never": noticeText(planner.Notice{}), "10%": noticeText(planner.Notice{To: &rate}),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
