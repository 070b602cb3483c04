package page_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/goldfinch-dev/goldfinch/internal/peer"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/compare"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/page"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/rehearsal"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/report"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/scenario"
)

// mostBytes is how large the page may be, so that it can be sent to somebody.
const mostBytes = 1_200_000

// simulated is a real report that has everything.
func simulated(t *testing.T) report.Report {
	t.Helper()
	document := release.Document{
		APIVersion: release.APIVersion, Service: "echo", Environment: "production", Artifact: release.Artifact{Package: "build/echo.zip"},
		Target:   release.Target{Lambda: &release.LambdaTarget{Function: "echo", Alias: "live"}},
		Strategy: release.Strategy{Adaptive: &release.AdaptiveStrategy{}},
	}
	s := scenario.Default()
	if err := s.Fault("errors:+2%"); err != nil {
		t.Fatal(err)
	}
	rehearsed, err := rehearsal.New(rehearsal.Settings{Document: document, Scenario: s, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	flights, err := rehearsed.Runs(t.Context(), 20, nil)
	if err != nil {
		t.Fatal(err)
	}
	flown, minutes, err := rehearsed.Trace(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	table, err := compare.Run(t.Context(), s.Model, []string{"adaptive", "Canary10Percent5Minutes"}, 20, 1)
	if err != nil {
		t.Fatal(err)
	}
	return report.Report{
		Service: "echo", Environment: "production", Scenario: s, Period: release.Duration(time.Minute), Watched: 30, Releases: 20, Seed: 1, Level: report.Level,
		Assumed:    report.AssumedOf(rehearsed.Document(), s),
		Strategies: []report.Strategy{{Name: "this file", What: report.StrategyWords(rehearsed.Document()), Result: report.ResultOf(flights, 1)}},
		Trace:      &report.Trace{Flight: flown, Minutes: minutes}, Comparison: &table,
	}
}

func write(t *testing.T, r report.Report) []byte {
	t.Helper()
	var body bytes.Buffer
	if err := page.Write(&body, r); err != nil {
		t.Fatal(err)
	}
	return body.Bytes()
}

// TestTheChartsAreDrawnInABrowser opens the page in Chromium, by day and by night: every chart
// is there with its title, nothing goes wrong in the console, and nothing is asked of the network.
func TestTheChartsAreDrawnInABrowser(t *testing.T) {
	t.Parallel()
	body := write(t, simulated(t))
	if len(body) > mostBytes {
		t.Errorf("the page has %d bytes, %d are enough", len(body), mostBytes)
	}
	path := filepath.Join(t.TempDir(), "simulation.html")
	if err := os.WriteFile(path, body, 0o644); err != nil {
		t.Fatal(err)
	}
	titles := map[string]string{
		"split":      "Traffic of the new version (%)",
		"rates0":     "Share of bad requests: errors (% of each version's)",
		"rates1":     "Share of bad requests: slow requests (% of each version's)",
		"evidence":   "Evidence (odds, logarithmic; drawn from 0.01 to a million)",
		"outcomes":   "Outcomes (% of releases)",
		"exposure":   "Bad requests served by the new version within 30m (number of releases)",
		"comparison": "Bad requests served by the new version (median and 95th percentile)",
	}
	for scheme, ground := range map[string]string{"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 28)"} {
		b := open(t, scheme)
		if err := chromedp.Do(b.ctx, chromedp.Navigate("file://"+path)); err != nil {
			t.Fatalf("%s: %v", scheme, err)
		}
		background := evaluate[string](t, b, `getComputedStyle(document.body).backgroundColor`)
		// A chart without a single line or bar is none, whatever its title says.
		drawn := evaluate[map[string]string](t, b, `Object.fromEntries([...document.querySelectorAll(".chart")].map(e =>
			[e.id, e.querySelectorAll("svg path").length > 5 ? [...e.querySelectorAll("svg text")].map(t => t.textContent).join("|") : ""]))`)
		if background != ground {
			t.Errorf("%s: the ground is %s, want %s", scheme, background, ground)
		}
		for id, title := range titles {
			if !strings.Contains(drawn[id], title) {
				t.Errorf("%s: chart %s shows %q, want its title %q", scheme, id, drawn[id], title)
			}
		}
		if len(drawn) != len(titles) {
			t.Errorf("%s: %d charts, want %d", scheme, len(drawn), len(titles))
		}
		if !strings.Contains(drawn["evidence"], "rollback") {
			t.Errorf("%s: no verdict is marked: %s", scheme, drawn["evidence"])
		}
		for _, trouble := range b.heard() {
			t.Errorf("%s: %s", scheme, trouble)
		}
	}
}

// A browser is Chromium with one empty page, and what went wrong in it.
type browser struct {
	ctx     context.Context
	mu      sync.Mutex
	trouble []string
}

func (b *browser) heard() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.trouble
}

// evaluate is what an expression is worth on the page.
func evaluate[T any](t *testing.T, b *browser, expression string) T {
	t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// open starts Chromium for somebody who likes light or dark; it ends with the test.
func open(t *testing.T, scheme string) *browser {
	t.Helper()
	program, err := peer.Browser()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := chromedp.NewContext(t.Context(), chromedp.WithAllocatorOptions(
		chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.WindowSize(1100, 900), chromedp.WSURLReadTimeout(2*time.Minute)))
	t.Cleanup(cancel)
	b := &browser{ctx: ctx}
	if err := chromedp.Listen(ctx, b.listen); err != nil {
		t.Fatalf("start %s: %v", program, err)
	}
	_, enabled := chromedp.Call(ctx, network.Enable, network.EnableParams{})
	_, logged := chromedp.Call(ctx, log.Enable, cdp.Empty{})
	_, emulated := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	if err := errors.Join(enabled, logged, emulated); err != nil {
		t.Fatalf("prepare %s: %v", program, err)
	}
	return b
}

// listen keeps what should not happen.
func (b *browser) listen(event any) {
	said := ""
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		said = "an exception: " + e.ExceptionDetails.Text
	case *runtime.EventConsoleAPICalled:
		said = fmt.Sprintf("on the console: %s %v", e.Type, e.Args)
	case *log.EventEntryAdded:
		said = "in the log: " + e.Entry.Text
	case *network.EventRequestWillBeSent:
		if url := e.Request.URL; !strings.HasPrefix(url, "file:") && !strings.HasPrefix(url, "data:") {
			said = "it asks the network for " + url
		}
	}
	if said != "" {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.trouble = append(b.trouble, said)
	}
}

// Text from files does not become part of the page.
func TestTextIsNoMarkup(t *testing.T) {
	t.Parallel()
	r := report.Report{Service: "<b>echo</b>", Assumed: []report.Assumption{{What: "</script>", Says: "<img src=x>"}}}
	text := string(write(t, r))
	for _, bad := range []string{"<b>echo", "<img src=x"} {
		if strings.Contains(text, bad) {
			t.Errorf("the page has %s", bad)
		}
	}
}

func TestAPartThatIsNotThereHasNoSection(t *testing.T) {
	t.Parallel()
	all := simulated(t)
	all.Trace = nil
	text := string(write(t, all))
	if strings.Contains(text, "period by period") || !strings.Contains(text, "20 releases") || !strings.Contains(text, "Beside other policies") {
		t.Error("the page is not of many releases alone")
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, os.ErrClosed }

func TestAPageThatCannotBeWrittenIsAnError(t *testing.T) {
	t.Parallel()
	if err := page.Write(full{}, report.Report{}); err == nil {
		t.Error("it was written to nowhere")
	}
}
