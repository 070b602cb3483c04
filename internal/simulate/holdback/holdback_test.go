package main

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/measured"
)

// The findings of the page, from few releases: what must not change is their direction.
func TestFindings(t *testing.T) {
	t.Parallel()
	e := experiment{releases: 20, seed: 1}
	found, err := e.run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	past, without, small, large := found[0], found[1], found[3], found[shown]

	if _, worst := rolledBack(outage, past); worst.Estimate() < 0.9 {
		t.Errorf("an outage of both versions rolls back %v of releases that settle against the past, want nearly all", worst)
	}
	if all, _ := rolledBack(outage, large); all.Lower(0.999) > 0.01 {
		t.Errorf("an outage of both versions rolls back %v of releases with a holdback, want 1 %% at most", all)
	}
	all := math.Inf(1)
	smallExposure, largeExposure := relate(fromTheStart, 0, all, small, past), relate(fromTheStart, 0, all, large, past)
	measured.Log(t, "exposure relative to settling against the past, over 48 worlds: %.2f with 5%% held back, %.2f with 20%%", smallExposure.mean, largeExposure.mean)
	if largeExposure.mean > 1.1 || largeExposure.mean >= smallExposure.mean {
		t.Errorf("exposure is %.3f with 20 %% held back, want about that of settling against the past, and less than %.3f with 5 %%", largeExposure.mean, smallExposure.mean)
	}
	if got := relate(fullLoad, highTraffic, all, without, past); got.detected.Estimate() > 0.1 || got.mean < 3 {
		t.Errorf("without settling %v of what shows at full load is found, with %.1f times the exposure", got.detected, got.mean)
	}
	if got := relate(fullLoad, highTraffic, all, large, past); got.detected.Estimate() < 0.9 {
		t.Errorf("with 20 %% held back %v of what shows at full load is found, want nearly all", got.detected)
	}

	text := page(e, found)
	for _, heading := range []string{"# Settling with and without a control group", "| 20 % held back |", "| 5000 requests/min, 1 % errors |"} {
		if !strings.Contains(text, heading) {
			t.Errorf("the page has no %q:\n%s", heading, text)
		}
	}
	if strings.Contains(text, "NaN") || strings.Contains(text, "%!") {
		t.Errorf("the page has figures of nothing:\n%s", text)
	}
}

func TestGroups(t *testing.T) {
	t.Parallel()
	sizes := map[group]int{}
	for _, at := range places() {
		sizes[at.group]++
		if err := at.model.Check(); err != nil {
			t.Errorf("%s: %v", at.name, err)
		}
		if good := at.model.Metrics[0].Add == 0; good == at.group.broken() {
			t.Errorf("%s: in the wrong group", at.name)
		}
	}
	want := map[group]int{fromTheStart: 48, late: 12, fullLoad: 12, fullLoadOutage: 12, steady: 12, drifting: 32, outage: 8}
	for g, size := range want {
		if sizes[g] != size {
			t.Errorf("group %d has %d worlds, want %d", g, sizes[g], size)
		}
	}
}

func TestWriteTellsWhatFailed(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	path := filepath.Join(t.TempDir(), "page.md")
	if err := write(ctx, path, experiment{releases: 10}); err == nil {
		t.Error("a cancelled experiment wrote its page")
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a cancelled experiment left a page")
	}
}
