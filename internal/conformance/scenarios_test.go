package conformance_test

import (
	"slices"
	"testing"
	"time"

	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/measured"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

const (
	// quick is the shortest step on AWS, where Lambda's metrics come by the minute, and hardly any settling.
	quick = `{steps: [{weight: 10, wait: 1m}], settle: 20s}`
	// patient watches for so long that only somebody or something else can end it within the test.
	patient = `{steps: [{weight: 10, wait: 30m}]}`
	// byErrors compares errors alone: moto's CloudWatch can't count slow requests.
	byErrors = `{delay: 0, metrics: {errors: {}}, noData: {policy: pass}}`
)

// newEcho makes a service of that name, which may be released under it.
func (c *cloud) newEcho(t *testing.T, name string) *service {
	t.Helper()
	return c.account.newService(t, name, name, c.functions.echo["v1"])
}

// promotedService is the one whose release is promoted.
const promotedService = "echo-promoted"

func promoted(t *testing.T, c *cloud) {
	s := c.newEcho(t, promotedService)
	s.receive(t, 10)
	began := time.Now()
	started := c.deploy(t, c.command, s.name, quick, byErrors)
	c.awaitCanary(t, c.command, started.ID)
	if split := s.split(t); split != "90% 1, 10% 2" {
		t.Errorf("with the canary the alias stands at %s", split)
	}
	history := c.ends(t, c.command, started.ID, s, ending{outcome: release.Promoted, split: "2"})
	c.executionEnds(t, started.Execution, release.Promoted, "")
	measured.Log(t, "moto, real binaries: promoted after %s; a step of a minute and settling for 20 s are in it", time.Since(began).Round(time.Second))

	i := slices.IndexFunc(history.Entries, func(entry ledger.Entry) bool {
		return entry.Verdict != nil && entry.Verdict.Decision == release.Promote
	})
	if i < 0 {
		t.Fatal("nobody judged that the canary be promoted")
	}
	if finding := history.Entries[i].Verdict.Findings[0]; finding.CanarySamples < 100 || finding.StableSamples < 900 || finding.State != release.Healthy {
		t.Errorf("it was promoted on %+v, want healthy on the metrics of a minute at least", finding)
	}
}

func rolledBackByAlarm(t *testing.T, c *cloud) {
	s := c.newEcho(t, "echo-rolled-back")
	alarm := s.newAlarm(t)
	started := c.deploy(t, c.command, s.name, patient, `{alarms: [`+alarm+`], metrics: {errors: {}}}`)
	c.awaitCanary(t, c.command, started.ID)

	fired := time.Now()
	s.setAlarm(t, alarm, cloudwatchtypes.StateValueAlarm, "17 errors in a minute")
	c.functions.deliver(t, "signal", s.alarmEvent(t, alarm))
	eventually(t, "the alias is home", func() bool { return s.split(t) == "1" })
	measured.Log(t, "moto, real binaries: from an alarm to the alias on the stable version again: %s", time.Since(fired).Round(10*time.Millisecond))

	history := c.ends(t, c.command, started.ID, s, ending{outcome: release.RolledBack, code: 3, reason: "alarm " + alarm + " is firing", split: "1"})
	c.executionEnds(t, started.Execution, release.RolledBack, history.Status.Reason)
}

func refusedByLock(t *testing.T, c *cloud) {
	s := c.newEcho(t, "echo-locked")
	first := c.deploy(t, c.command, s.name, patient, byErrors)
	c.awaitCanary(t, c.command, first.ID)

	second := c.deploy(t, c.command, s.name, patient, byErrors)
	history := c.ends(t, c.command, second.ID, s, ending{outcome: release.Refused, code: 5, reason: first.ID, split: "90% 1, 10% 2", heldBy: first.ID})
	c.executionEnds(t, second.Execution, release.Refused, history.Status.Reason)

	if _, code := c.command.run(t, t.TempDir(), "abort", first.ID, "--reason", "the test is over"); code != 0 {
		t.Errorf("goldfinch abort: exit code %d", code)
	}
	c.ends(t, c.command, first.ID, s, ending{outcome: release.Aborted, code: 4, reason: "the test is over", split: "1"})
}

func abortedByPerson(t *testing.T, c *cloud) {
	s := c.newEcho(t, "echo-aborted")
	started := c.deploy(t, c.command, s.name, patient, byErrors)
	c.awaitCanary(t, c.command, started.ID)
	said := time.Now()
	if _, code := c.command.run(t, t.TempDir(), "abort", s.name, "--reason", "customers call"); code != 0 {
		t.Errorf("goldfinch abort: exit code %d", code)
	}
	eventually(t, "the alias is home", func() bool { return s.split(t) == "1" })
	measured.Log(t, "moto, real binaries: from goldfinch abort to the alias on the stable version again: %s", time.Since(said).Round(10*time.Millisecond))
	history := c.ends(t, c.command, started.ID, s, ending{outcome: release.Aborted, code: 4, reason: "customers call", split: "1"})
	c.executionEnds(t, started.Execution, release.Aborted, history.Status.Reason)
}

// neighboursFunction is one that another service's owner lets Goldfinch release:
// IAM sees that it has the tag, and only the code compares what the tag says.
func neighboursFunction(t *testing.T, c *cloud) {
	s := c.account.newService(t, "echo-neighbour", "somebody-else", c.functions.echo["v1"])
	before := s.revision(t)
	started := c.deploy(t, c.command, s.name, quick, byErrors)
	history := c.ends(t, c.command, started.ID, s, ending{outcome: release.Refused, code: 5, reason: "goldfinch:service=somebody-else", split: "1"})
	c.executionEnds(t, started.Execution, release.Refused, history.Status.Reason)
	if after := s.revision(t); after != before {
		t.Errorf("the alias was written: revision %s, before %s", after, before)
	}
	for _, made := range c.calls.list() {
		if made.by != owner && made.about(s.name) && !made.reads() {
			t.Errorf("%s made %s on the neighbour's function", made.by, made.operation)
		}
	}
}

// stoppedService is the one whose release is stopped.
const stoppedService = "echo-stopped"

// stopped is a release whose execution somebody stops. Ours interprets it.
func stopped(t *testing.T, c *cloud) {
	s := c.newEcho(t, stoppedService)
	command := c.command.on(ourMachineARN + ":live")
	started := c.deploy(t, command, s.name, patient, byErrors)
	c.awaitCanary(t, command, started.ID)
	if _, err := c.executions.StopExecution(t.Context(), &sfn.StopExecutionInput{ExecutionArn: &started.Execution}); err != nil {
		t.Fatal(err)
	}
	event := delivered(c.ours.changed(t, "ABORTED"))
	// A sweep leaves alone whoever renews the lease meanwhile, as the handler may that still runs: the schedule's sweeps come after it.
	eventually(t, "a sweep has brought the release home", func() bool {
		c.functions.deliver(t, "sweep", event)
		return s.split(t) == "1"
	})
	c.ends(t, command, started.ID, s, ending{outcome: release.Aborted, code: 4, reason: "the execution was stopped", split: "1"})
	status := ask[operator.Status](t, command, "status", started.ID)
	if status.Split.Actual != release.Pure("1") {
		t.Errorf("the ledger has the split %s", status.Split.Actual)
	}
}
