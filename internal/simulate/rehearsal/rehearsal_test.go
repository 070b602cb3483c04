package rehearsal_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/rehearsal"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/scenario"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/world"
)

func TestRunsAreTheSameWhateverTheirOrder(t *testing.T) {
	t.Parallel()
	rehearsed := rehearse(t, echo(), worldOf(t, "errors:+2%"))
	flights, err := rehearsed.Runs(t.Context(), 23, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, number := range []int{22, 3, 0} {
		again, err := rehearsed.Fly(t.Context(), number)
		if err != nil {
			t.Fatal(err)
		}
		traced, minutes, err := rehearsed.Trace(t.Context(), number)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(flights[number], again); diff != "" {
			t.Errorf("flight %d alone (-among others +alone):\n%s", number, diff)
		}
		if diff := cmp.Diff(again, traced); diff != "" {
			t.Errorf("flight %d traced (-alone +traced):\n%s", number, diff)
		}
		exposure, verdicts := 0.0, 0
		for _, minute := range minutes {
			exposure += minute.Canary.Bad[world.Errors]
			if minute.Verdict != nil {
				verdicts++
			}
		}
		if exposure != traced.Exposure || verdicts != traced.Verdicts {
			t.Errorf("flight %d: the trace has %v bad requests and %d verdicts, its flight %+v", number, exposure, verdicts, traced)
		}
	}
}

func TestProgressIsTold(t *testing.T) {
	t.Parallel()
	told := make(chan int, 12)
	if _, err := rehearse(t, echo(), worldOf(t)).Runs(t.Context(), 12, func(done int) { told <- done }); err != nil {
		t.Fatal(err)
	}
	close(told)
	var numbers []int
	for number := range told {
		numbers = append(numbers, number)
	}
	slices.Sort(numbers)
	if want := []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}; !slices.Equal(numbers, want) {
		t.Errorf("told %v", numbers)
	}
}

func TestRunsEndWithTheirContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	_, err := rehearse(t, echo(), worldOf(t)).Runs(ctx, 1000, func(done int) {
		if done == 3 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestWhatCannotBeRehearsed(t *testing.T) {
	t.Parallel()
	document := echo()
	document.Target = release.Target{}
	if _, err := rehearsal.New(rehearsal.Settings{Document: document, Scenario: scenario.Default()}); err == nil {
		t.Error("a release of nothing was rehearsed")
	}
}

// trace makes one flight that must end so.
func trace(t *testing.T, document release.Document, s scenario.Scenario, outcome release.Outcome, says string) (rehearsal.Flight, []rehearsal.Minute) {
	t.Helper()
	flight, minutes, err := rehearse(t, document, s).Trace(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if flight.Outcome != outcome || !strings.Contains(flight.Reason, says) {
		t.Errorf("outcome %s: %s; want %s with %q", flight.Outcome, flight.Reason, outcome, says)
	}
	return flight, minutes
}

func TestAlarmsAreReal(t *testing.T) {
	t.Parallel()
	document := echo()
	// Metrics are looked at too late to be of any help: nothing but the alarm can tell.
	delay := 4
	document.Analysis.Delay = &delay
	document.Analysis.Alarms = []string{"echo-errors", "echo-others"}
	flight, _ := trace(t, document, worldOf(t, "errors:+50%"), release.RolledBack, "alarm echo-errors is firing")
	if flight.RolledBackAt != 3 {
		t.Errorf("an alarm on two periods, known a period late, took traffic back after %v periods", flight.RolledBackAt)
	}
	flight, _ = trace(t, document, worldOf(t, "errors:+50%", "dead-alarm"), release.RolledBack, "errors: version 2 failed")
	if flight.RolledBackAt != 5 {
		t.Errorf("with dead alarms and metrics four periods late, traffic was back after %v periods", flight.RolledBackAt)
	}
	high := worldOf(t, "errors:+50%")
	high.Alarm.Errors = 1000
	trace(t, document, high, release.RolledBack, "errors: version 2 failed")
}

func TestWhoeverMustApproveDoes(t *testing.T) {
	t.Parallel()
	document := echo()
	document.Strategy.Steps = []release.Step{{Weight: 10, Wait: minutes(3)}, {Approve: &release.Approval{}}, {Weight: 50, Wait: minutes(3)}}
	s := worldOf(t)
	s.Metrics[0].Base, s.Metrics[1].Base = 0, 0 // so that nothing holds it
	flight, rows := trace(t, document, s, release.Promoted, "settling is over")
	var weights []float64
	for _, minute := range rows[:8] {
		weights = append(weights, minute.Weight)
	}
	if want := []float64{10, 10, 10, 10, 50, 50, 50, 100}; !cmp.Equal(weights, want) || flight.PromotedAt != 7 {
		t.Errorf("weights %v, want %v; promoted after %v periods", weights, want, flight.PromotedAt)
	}
}

func TestAWeightThatChangesWithinAPeriodCountsInParts(t *testing.T) {
	t.Parallel()
	document := echo()
	settle, held := release.Duration(90*time.Second), 20.0
	document.Strategy.Settle, document.Strategy.Holdback = &settle, &held
	_, rows := trace(t, document, worldOf(t), release.Promoted, "")
	var weights []float64
	for _, minute := range rows[4:8] {
		weights = append(weights, math.Round(minute.Weight*1e6)/1e6)
	}
	// Settling ends with the first metrics of it, half a period late; that period has what is held back for its first half.
	if want := []float64{10, 80, 80, 90}; !cmp.Equal(weights, want) {
		t.Errorf("weights %v, want %v", weights, want)
	}
}

func TestChecksGetWhatTheyExpect(t *testing.T) {
	t.Parallel()
	document := echo()
	document.Verify = []release.Check{
		{Payload: map[string]any{"path": "/health"}, Expect: map[string]any{"status": 200.0}},
		{Payload: "anything", Expect: []any{"one"}},
		{Payload: nil},
	}
	trace(t, document, worldOf(t), release.Promoted, "")
}

func TestTheServicesOwnMetricCounts(t *testing.T) {
	t.Parallel()
	document := echo()
	document.Analysis.Metrics = &release.Metrics{ServerErrors: &release.ServiceMetric{Namespace: "Echo", Name: "ServerErrors"}}
	s := worldOf(t)
	s.Metrics = []world.Metric{{Name: scenario.ServerErrors, Base: 0.001, Add: 0.5}}
	trace(t, document, s, release.RolledBack, "serverErrors: version 2")
	s.Metrics[0].Add = 0
	trace(t, document, s, release.Promoted, "settling is over")
}

func TestMetricsThatNeverComeAreNoEvidence(t *testing.T) {
	t.Parallel()
	s := worldOf(t, "errors:+100%")
	s.Delay = 10_000
	flight, rows := trace(t, echo(), s, release.RolledBack, "")
	if !flight.Inconclusive {
		t.Errorf("it was rolled back for want of data: %s", flight.Reason)
	}
	if reason := rows[20].Verdict.Reason; rows[20].Verdict.Decision != release.Hold {
		t.Errorf("without any metrics the judge says %s: %s", rows[20].Verdict.Decision, reason)
	}
}

func TestAReleaseIsWatchedToItsEnd(t *testing.T) {
	t.Parallel()
	document := echo()
	settle := minutes(60)
	document.Strategy.Settle = &settle
	flight, rows := trace(t, document, worldOf(t), release.Promoted, "")
	if len(rows) != 65 || flight.EndedAt != 65 || flight.ExposureToEnd <= flight.Exposure {
		t.Errorf("%d periods of %+v; 5 minutes of canary and 60 of settling", len(rows), flight)
	}
}

func TestADayBeginsWithTheHourThatTheWorldSays(t *testing.T) {
	t.Parallel()
	s := worldOf(t)
	s.Traffic = world.Traffic{Daily: &world.Daily{Mean: 500, Amplitude: 1, PeakHour: 14, StartHour: 2}}
	_, rows := trace(t, echo(), s, release.RolledBack, "inconclusive")
	requests := 0.0
	for _, minute := range rows[:10] {
		requests += minute.Canary.Requests + minute.Stable.Requests
	}
	if requests > 10 {
		t.Errorf("%v requests in the ten quietest minutes of the day", requests)
	}
	if at := rows[1].Verdict.At; at.Hour() != 2 {
		t.Errorf("the release began at %s", at)
	}
}

func TestShortAndLongPeriods(t *testing.T) {
	t.Parallel()
	for _, length := range []time.Duration{10 * time.Second, 5 * time.Minute} {
		document := echo()
		document.Analysis.Period = release.Duration(length)
		s := worldOf(t, "errors:+100%")
		s.PeriodSeconds = length.Seconds()
		if flight, _ := trace(t, document, s, release.RolledBack, "errors"); flight.RolledBackAt != 2 {
			t.Errorf("a total failure, with periods of %s, was back after %v of them", length, flight.RolledBackAt)
		}
	}
}
