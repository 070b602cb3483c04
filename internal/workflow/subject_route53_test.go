package workflow_test

import (
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// weighted is the subject of weighted records, each of which leads to a whole stack.
//
// Stack 1 is stable, and of a release before; stack 2 is a foreigner's, and somebody else moves the records there; and the release makes
// stack 4. One that is promoted deletes stack 1.
type weighted struct{}

func (weighted) name() string { return "route53" }

func (weighted) scenarios() []scenario {
	scenarios := []scenario{
		{name: "good"}, {name: "broken", broken: true, since: "shift"}, {name: "wrong", wrong: true, since: "verify"},
		{name: "first", first: true, since: "promote"}, {name: "first, wrong", first: true, wrong: true, since: "verify"},
		{name: "held", held: true, since: "promote"}, {name: "held, broken", held: true, broken: true, since: "promote"},
	}
	for i := range scenarios {
		scenarios[i].unrecorded = true
	}
	return scenarios
}

func (weighted) schedules() int { return 1500 }

// sleep is longer than a state waits for its handler, so that another run overtakes the one that sleeps.
func (weighted) sleep() time.Duration { return 5 * time.Minute }

func (weighted) versions(s scenario) (stable, canary string) {
	if s.first {
		return "", canaryVersion
	}
	return stableVersion, canaryVersion
}

func (weighted) creates(call site) bool { return call.operation == "route53:ChangeResourceRecordSets" }

func (weighted) overwrites([]site) bool { return false }

// reads leaves out the rollback: what it reads last, it only reads to delete.
func (weighted) reads(call site) bool {
	switch call.function {
	case "bake", "shift", "evaluate", "promote", "retire":
		return call.operation == "route53:ListResourceRecordSets"
	default:
		return false
	}
}

func (weighted) prepare(t testing.TB, s scenario) *world { return newZone(t, s) }

// document releases an image that has to be baked, or one that is ready.
func (weighted) document(w *world, s scenario) release.Document {
	z, settle := w.zone, release.Duration(2*time.Minute)
	document := release.Document{
		APIVersion: release.APIVersion, Service: "echo", Environment: "production", Artifact: release.Artifact{AMI: z.image},
		Target:   release.Target{Route53: &release.Route53Target{HostedZone: z.id, Record: zoneRecord, Template: z.template}},
		Strategy: release.Strategy{Steps: []release.Step{{Weight: 10, Wait: release.Duration(2 * time.Minute)}, {Weight: 50, Wait: release.Duration(time.Minute)}}, Settle: &settle},
	}
	if s.name == "good" {
		document.Artifact = release.Artifact{Image: &release.Image{Pipeline: z.pipeline}}
	}
	if s.held {
		holdback := 10.0
		document.Strategy = release.Strategy{Adaptive: &release.AdaptiveStrategy{Profile: release.ProfileFast}, Settle: &settle, Holdback: &holdback}
	}
	return release.Default(document)
}

func (weighted) foreign(w *world) (version string) {
	w.zone.lead(w.zone.stackOf(foreignVersion))
	return foreignVersion
}

func (weighted) shares(w *world) map[string]float64 { return w.zone.shares() }

func (weighted) exists(w *world, version string) bool { return w.zone.isUp(w.zone.stackOf(version)) }

func (weighted) left(w *world, version string) []string {
	return append(w.zone.orphans(version), w.zone.dropped...)
}
