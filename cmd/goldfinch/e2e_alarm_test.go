package main_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/measured"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// alarmFile has one alarm on the errors of a whole function. It fires when one
// of the last five seconds had an error; seconds without requests say nothing.
const alarmFile = `alarms:
  - AlarmName: finch-errors
    Namespace: AWS/Lambda
    MetricName: Errors
    Dimensions: [{Name: FunctionName, Value: finch}]
    Statistic: Sum
    Period: 1
    EvaluationPeriods: 5
    DatapointsToAlarm: 1
    Threshold: 0
    ComparisonOperator: GreaterThanThreshold
    TreatMissingData: ignore
`

// An alarm turns into a rollback at once, long before the tick is over.
func TestAlarmEndsATickAtOnce(t *testing.T) {
	t.Parallel()
	const tick = time.Minute
	p := newPlace(t)
	p.write(".goldfinch/alarms.yaml", alarmFile)
	p.write("release.yaml", fiveLines("finch"))
	p.write("watched.yaml", fiveLines("finch")+`strategy: {steps: [{weight: 20, wait: 2m}], settle: 1m}
analysis: {period: 1m, alarms: [finch-errors]}
`)
	p.faulty("bootstrap.zip", behaviour{Name: "good"})
	p.deploy(0, "release.yaml")
	users := startLoad(t, p.url("finch"), 60)
	p.faulty("bootstrap.zip", behaviour{Name: "bad", Failures: 1, While: p.path("broken")})

	id := p.start("watched.yaml").ID
	p.follow(id, func(history operator.History) bool { return history.Status.Split.Actual.Weight == 20 })
	p.write("broken", "")
	broke := time.Now()
	p.must(3, "wait", id, "--local")
	answers := users.stop()

	history := p.history(id)
	fired := p.fired("finch-errors")
	back := seenBack(t, history)
	if reason := history.Status.Reason; !strings.Contains(reason, "alarm finch-errors is firing") {
		t.Errorf("the reason does not name the alarm: %s", reason)
	}
	if fired.Before(broke.Truncate(time.Second)) || back.Before(fired) {
		t.Errorf("version 2 broke at %s, the alarm fired at %s, traffic was back at %s", broke, fired, back)
	}
	var last time.Time
	for _, a := range answers {
		if a.version == "2" {
			last = a.at
		}
	}
	measured.Log(t, "from the first error to the alarm %s, from the alarm to traffic off %s; the last request to version 2 was made %s after the alarm",
		fired.Sub(broke).Round(time.Millisecond), back.Sub(fired).Round(time.Millisecond), last.Sub(fired).Round(time.Millisecond))
	const limit = 5 * time.Second // the aim is 2 s, on a machine that does nothing else
	if took := back.Sub(fired); took > limit || took > tick/2 {
		t.Errorf("traffic was off %s after the alarm, and should be within %s", took, limit)
	}
}

// A changedAlarm is what the local process's log says of an alarm's change.
type changedAlarm struct {
	Message string    `json:"msg"`
	Alarm   string    `json:"alarm"`
	State   string    `json:"state"`
	At      time.Time `json:"at"`
}

// changes are an alarm's changes so far.
func (p *place) changes(alarm string) []changedAlarm {
	p.t.Helper()
	log, err := os.ReadFile(p.path(".goldfinch", "local.log"))
	if err != nil {
		p.t.Fatal(err)
	}
	var found []changedAlarm
	for line := range strings.Lines(string(log)) {
		var change changedAlarm
		if json.Unmarshal([]byte(line), &change) == nil && change.Message == "alarm changed" && change.Alarm == alarm {
			found = append(found, change)
		}
	}
	return found
}

// fired is when an alarm went off first.
func (p *place) fired(alarm string) time.Time {
	p.t.Helper()
	for _, change := range p.changes(alarm) {
		if change.State == "ALARM" {
			return change.At
		}
	}
	p.t.Fatalf("alarm %s never fired", alarm)
	return time.Time{}
}

// seenBack is when all traffic was seen on the stable version, after it had been split.
func seenBack(t *testing.T, history operator.History) time.Time {
	t.Helper()
	split := false
	for _, entry := range history.Entries {
		if entry.Kind != ledger.EntrySplitSeen {
			continue
		}
		if split && entry.Split.IsPure() {
			return entry.At
		}
		split = !entry.Split.IsPure()
	}
	t.Fatalf("traffic never came back: %+v", history.Entries)
	return time.Time{}
}

// Stable fails a fifth of its requests, and its alarm says so. That keeps out
// what makes it worse, and lets in what mends it.
func TestAlarmAlreadyFiring(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.write(".goldfinch/alarms.yaml", alarmFile)
	p.write("release.yaml", fiveLines("finch"))
	p.write("watched.yaml", fiveLines("finch")+`strategy: {steps: [{weight: 50, wait: 15s}], settle: 2s}
analysis: {period: 1s, alarms: [finch-errors], metrics: {errors: {}}}
`)
	p.faulty("bootstrap.zip", behaviour{Name: "sick", Failures: 0.2})
	p.deploy(0, "release.yaml")
	startLoad(t, p.url("finch"), 150)
	eventually(t, "the alarm fires", func() bool { return len(p.changes("finch-errors")) > 0 })

	const note = "alarm finch-errors was already firing since"
	p.faulty("bootstrap.zip", behaviour{Name: "worse", Failures: 0.3})
	worse := p.deploy(3, "watched.yaml")
	if !strings.Contains(strings.Join(worse.Notes, "\n"), note) {
		t.Errorf("not said aloud: %q", worse.Notes)
	}
	if !worse.Split.Actual.Same(release.Pure("1")) || !strings.Contains(worse.Reason, "errors: version 2 failed") {
		t.Errorf("the worse release is %+v", worse)
	}

	p.write("watched.yaml", strings.Replace(fiveLines("finch")+`strategy: {steps: [{weight: 50, wait: 4s}], settle: 2s}
analysis: {period: 1s, alarms: [finch-errors], metrics: {errors: {}}}
`, "./bootstrap.zip", "./cure.zip", 1))
	p.faulty("cure.zip", behaviour{Name: "cure"})
	cure := p.deploy(0, "watched.yaml")
	if !strings.Contains(strings.Join(cure.Notes, "\n"), note) {
		t.Errorf("not said aloud: %q", cure.Notes)
	}
	if cure.Outcome != release.Promoted {
		t.Errorf("the cure is %+v", cure)
	}
	t.Logf("worse: %s\ncure: %s", worse.Reason, cure.Reason)
	if kept, err := os.ReadFile(p.path(".goldfinch", "alarms.yaml")); err != nil || string(kept) != alarmFile {
		t.Errorf("the alarm was touched: %v\n%s", err, kept)
	}
	// By itself, because nothing fails any more, and not because somebody silenced it.
	eventually(t, "the alarm is over", func() bool {
		changes := p.changes("finch-errors")
		return len(changes) > 0 && changes[len(changes)-1].State == "OK"
	})
}
