package engine_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/measured"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/workflow"
)

var update = flag.Bool("update", false, "rewrite docs/cost.md")

const costPage = "../../../docs/cost.md"

// A costed release is one whose cost is on the page.
type costed struct {
	name string
	// is what it is, in a line.
	is     string
	change func(*release.Document)

	bill  bill
	items []item
	lasts time.Duration
	// steps is how many steps moved traffic.
	steps int
}

func costedReleases() []*costed {
	return []*costed{
		{name: "default", is: "10% for 5 minutes, then all, then 5 minutes of settling: the five keys and nothing else", change: func(*release.Document) {}},
		{name: "10 steps", is: "10% more every 5 minutes, then 5 minutes of settling", change: func(d *release.Document) {
			for weight := 9.0; weight <= 90; weight += 9 {
				d.Strategy.Steps = append(d.Strategy.Steps, release.Step{Weight: weight, Wait: release.Duration(5 * time.Minute)})
			}
		}},
		{name: "24 hours", is: "10% for 24 hours, then 5 minutes of settling", change: func(d *release.Document) {
			d.Strategy.Steps = []release.Step{{Weight: 10, Wait: release.Duration(24 * time.Hour)}}
			d.Timeouts.Release = release.Duration(27 * time.Hour)
		}},
	}
}

// never is when the sweep comes that a release does not pay for.
const never = 10000 * time.Hour

// run releases it in a world in which nothing else happens.
func (c *costed) run(t *testing.T) {
	t.Helper()
	s, b := metered(t, never)
	s.release(s.document("one"))
	document := s.document("two", c.change)
	b.reset(s)
	record := s.release(document)
	if record.Outcome != release.Promoted {
		t.Fatalf("%s: %s: %s", c.name, record.Outcome, record.Reason)
	}
	b.metricLines = s.metrics.String()
	c.bill, c.items, c.lasts, c.steps = *b, b.items(t), record.EndedAt.Sub(record.CreatedAt), len(record.Document.Strategy.Steps)
}

// TestCost keeps docs/cost.md: what a release makes AWS do, and what that costs.
// Counts come from whole releases on the engine; -update rewrites the page.
func TestCost(t *testing.T) {
	t.Parallel()
	releases := costedReleases()
	for _, one := range releases {
		one.run(t)
		measured.Log(t, "%s: %d state transitions, %d Lambda invocations, $%.4f", one.name, one.bill.transitions, one.bill.invocationsOfAll(), total(one.items))
	}
	page := costIntroduction + releasesTable(releases) + priceTable(releases) + invocationsTable(releases) + arithmetic(releases[0]) + standing(t) + costOfInstances + costAssumptions()
	if *update {
		if err := os.WriteFile(costPage, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(costPage)
	if err != nil {
		t.Fatalf("%v; make it with -update", err)
	}
	if diff := cmp.Diff(string(want), page); diff != "" {
		t.Errorf("docs/cost.md (-want +got; -update rewrites it):\n%s", diff)
	}
}

const costIntroduction = `# What a release costs

This page is made by a test (` + "`go test ./internal/local/engine -run TestCost -update`" + `): it runs three releases on the embedded engine, with the same handlers as on AWS, counts what they ask of AWS, and multiplies.
Prices are those of ` + region + `, of ` + pricesAsOf + `; free tiers are not counted. The service itself, its traffic and its alarms are not part of it.

`

func releasesTable(releases []*costed) string {
	var b strings.Builder
	b.WriteString("| release | lasts | state transitions | Lambda invocations | USD |\n|---|---|---:|---:|---:|\n")
	for _, one := range releases {
		fmt.Fprintf(&b, "| **%s**: %s | %s | %d | %d | **%s** |\n", one.name, one.is, release.Duration(one.lasts.Round(time.Second)), one.bill.transitions, one.bill.invocationsOfAll(), dollars(total(one.items)))
	}
	return b.String()
}

// priceTable has a row for each price, with what each release takes of it.
func priceTable(releases []*costed) string {
	var b strings.Builder
	b.WriteString("\n## Line by line\n\nUnits, and USD.\n\n| what | price | " + names(releases) + " |\n|---|---|" + strings.Repeat("---:|", len(releases)) + "\n")
	for i, row := range releases[0].items {
		fmt.Fprintf(&b, "| [%s](%s) | $%s per %s |", row.what, row.page, strconv.FormatFloat(row.published, 'f', -1, 64), row.unit)
		for _, one := range releases {
			fmt.Fprintf(&b, " %s: %s |", amount(one.items[i].units), dollars(one.items[i].cost()))
		}
		b.WriteString("\n")
	}
	b.WriteString("| **together** | |")
	for _, one := range releases {
		fmt.Fprintf(&b, " **%s** |", dollars(total(one.items)))
	}
	return b.String() + "\n"
}

func names(releases []*costed) string {
	var all []string
	for _, one := range releases {
		all = append(all, one.name)
	}
	return strings.Join(all, " | ")
}

func invocationsTable(releases []*costed) string {
	functions := map[string]bool{}
	for _, one := range releases {
		for function := range one.bill.invocations {
			functions[function] = true
		}
	}
	var b strings.Builder
	b.WriteString("\n## Invocations by function\n\n| function | memory | " + names(releases) + " |\n|---|---:|" + strings.Repeat("---:|", len(releases)) + "\n")
	for _, function := range slices.Sorted(maps.Keys(functions)) {
		fmt.Fprintf(&b, "| `%s` | %.0f MB |", function, memory(function))
		for _, one := range releases {
			fmt.Fprintf(&b, " %d |", one.bill.invocations[function])
		}
		b.WriteString("\n")
	}
	return b.String()
}

// arithmetic writes out how one release's cost comes about.
func arithmetic(one *costed) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n## The arithmetic of the %s release\n\n```\n", one.name)
	for _, i := range one.items {
		fmt.Fprintf(&b, "%12s × $%-12s / %-13s = $%.6f   %s\n", amount(i.units), strconv.FormatFloat(i.published, 'f', -1, 64), amount(i.per), i.cost(), i.what)
	}
	fmt.Fprintf(&b, "%47s   $%.6f\n```\n", "", total(one.items))
	return b.String()
}

// standing is what an installation costs while nothing is released.
func standing(t *testing.T) string {
	t.Helper()
	s, b := metered(t, 2*time.Minute)
	s.release(s.document("one"))
	b.reset(s)
	s.pass(time.Hour)
	b.metricLines = s.metrics.String()
	sweeps := total(b.items(t)) * hoursAMonth
	b.reset(s)
	s.pass(48 * time.Hour)
	b.reset(s)
	due := s.clock.Now().Format(time.RFC3339)
	handler := workflow.Boundary(discard(), "evaluate", s.engine.Workflow.Evaluate)
	b.invoked("evaluate")
	if _, err := handler(context.WithValue(t.Context(), functionKey{}, "evaluate"), json.RawMessage(`{"state":"EvaluateLive","scheduledTime":"`+due+`"}`)); err != nil {
		t.Fatal(err)
	}
	s.pass(10 * time.Second)
	b.metricLines = s.metrics.String()
	evaluation := total(b.items(t))
	return fmt.Sprintf(`
## While nothing is released

| what | USD a month |
|---|---:|
| the sweep, every 2 minutes, one service | %s |
| the evaluation of what is live, once a day, for each service | %s |
| the same, once an hour | %s |

Alarms ($0.10 each), the dashboard ($3.00), a key of one's own ($1.00) and what the ledger and the artifact bucket keep come on top; the stack's outputs and its template list them.
`, dollars(sweeps), dollars(evaluation*hoursAMonth/24), dollars(evaluation*hoursAMonth))
}

func costAssumptions() string {
	return fmt.Sprintf(`
## Counted, and assumed

Counted on the engine: transitions, invocations, calls to AWS, DynamoDB's request units (from the sizes of the items, transactions twice), events on the bus, the metrics that CloudWatch bills by the hour in which they
have a value, and the bytes of their lines. The service is healthy, has no alarms and no checks, and gets 1,000 requests a minute.

Assumed, because no engine can know it:

- A handler takes %s of its own, %s for each call to AWS, and %s more when its function has not run for %s. A started function is billed for its start, too.
- %d bytes of log for each invocation, and %d for each event of an execution's history, which is logged without data.
- A query of CloudWatch reads %d metrics: requests, errors and slow requests of both versions.
- X-Ray keeps every execution, and every invocation outside one, as one trace.

The largest lines of a long release are metrics: those that Goldfinch reads, once a tick, and its own, which CloudWatch bills by the hour. A longer `+"`analysis.period`"+` makes for fewer ticks.
`, release.Duration(ownWork), release.Duration(callTime), release.Duration(coldStart), release.Duration(idle), bytesAnInvocation, bytesAnEvent, metricsAQuery)
}

// amount writes a number of units.
func amount(units float64) string {
	if units == float64(int64(units)) {
		return grouped(int64(units))
	}
	return strconv.FormatFloat(units, 'f', 2, 64)
}

// grouped writes a whole number with commas.
func grouped(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

func dollars(usd float64) string { return "$" + strconv.FormatFloat(usd, 'f', 5, 64) }
