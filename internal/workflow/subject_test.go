package workflow_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdklambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// A subject is a kind of target whose releases are disturbed: what stands around one, what it makes, and what must be
// so in the end. How it is disturbed is the same for all: see [schedule].
type subject interface {
	// name is what the subject is called in the test's report.
	name() string
	// scenarios are the releases that are disturbed.
	scenarios() []scenario
	// schedules is how many single faults are tried at most, by a seeded choice where there are more.
	schedules() int
	// sleep is for how long a handler may stop in its middle and then go on.
	sleep() time.Duration
	// prepare makes the world in which a release of the scenario is disturbed, up to its beginning.
	prepare(t testing.TB, s scenario) *world
	// document is what is released in it.
	document(w *world, s scenario) release.Document
	// versions are the one that is stable before the release, empty on a first one, and the one that the release makes.
	versions(s scenario) (stable, canary string)
	// reads reports whether the call reads where traffic goes, creates whether it makes the place of a first release.
	reads(site) bool
	creates(site) bool
	// overwrites reports whether the first of the next calls moves all traffic without a lock: what somebody else wrote right before it is lost.
	overwrites(next []site) bool
	// foreign is somebody else's move of all traffic, and returns the version that has it then.
	foreign(w *world) (version string)
	// shares is where traffic really goes, by version; empty when there is no such place.
	shares(w *world) map[string]float64
	// exists reports whether a version could take traffic.
	exists(w *world, version string) bool
	// left names what is wrong in the world when the version has all traffic and the release is over: what was made and
	// nobody needs, and what was done to requests on the way.
	left(w *world, version string) []string
}

// An adding subject has calls that add a version to where traffic goes, and leave what is there.
type adding interface {
	// adds reports whether the next calls have one that does so before they look again: then what somebody else wrote right before
	// stands beside that.
	adds(next []site) bool
}

// An exposed subject's API has no condition on taking away what has traffic: a handler that stood still since its last look, until
// all traffic was there again, takes it away nevertheless. The workflow looks again and puts it back; requests meanwhile are lost.
type exposed interface {
	// late is told of each call with which such a handler goes on, before it.
	late(w *world, operation string)
}

// A scenario is a release that goes one way when nothing goes wrong around it.
type scenario struct {
	name string
	// first: nothing was released before.
	first bool
	// broken: the new version fails a fifth of its requests.
	broken bool
	// wrong: the new version fails its check.
	wrong bool
	// held: the release climbs on evidence, and holds back a tenth while it settles; a new version
	// that is broken fails only then.
	held bool
	// unrecorded: the ledger knows of no release before, whatever has the traffic.
	unrecorded bool
	// refused: a release is refused when somebody else's version has the traffic before it.
	refused bool
	// since is the function from whose first call on each is disturbed; until then it goes as another
	// scenario, or from the beginning.
	since string
}

// promotes reports whether the release is promoted when nothing disturbs it.
func (s scenario) promotes() bool { return !s.broken && !s.wrong }

// aliased is the subject of a function's alias.
//
// Version 1 is stable, 2 is what somebody else moves the alias to, 3 is an old one, and 4 is what the release makes. It keeps two
// versions, so a release that is promoted deletes 2, unless that has traffic.
type aliased struct{}

const (
	stableVersion  = "1"
	foreignVersion = "2"
	canaryVersion  = "4"
)

func (aliased) name() string { return "lambda" }

func (aliased) scenarios() []scenario {
	return []scenario{
		{name: "good"}, {name: "broken", broken: true}, {name: "wrong", wrong: true}, {name: "first", first: true},
		{name: "held", held: true, since: "shift"}, {name: "held, broken", held: true, broken: true, since: "promote"},
	}
}

func (aliased) schedules() int { return 2000 }

// sleep is longer than a state waits for its handler, so that another run overtakes the one that sleeps.
func (aliased) sleep() time.Duration { return 5 * time.Minute }

func (aliased) versions(s scenario) (stable, canary string) {
	if s.first {
		return "", stableVersion
	}
	return stableVersion, canaryVersion
}

func (a aliased) prepare(t testing.TB, s scenario) *world {
	w := newWorld(t)
	w.fill(s)
	return w
}

// fill makes the scenario's users and its versions.
func (w *world) fill(s scenario) {
	_, canary := aliased{}.versions(s)
	w.broken[canary] = map[bool]float64{true: 0.2}[s.broken]
	if s.held {
		w.users, w.breaksAt = 100, map[string]float64{canary: 0.8}
		w.broken[canary] *= 5 // a small control group needs much to go by
	}
	w.answer = func(version string) string {
		if s.wrong && version == canary {
			return `{"statusCode":500}`
		}
		return `{"statusCode":200}`
	}
	if s.first {
		return
	}
	if record := w.release(w.document("one")); record.Outcome != release.Promoted {
		w.t.Fatalf("the first release: %s: %s", record.Outcome, record.Reason)
	}
	for _, text := range []string{"somebody else's", "old"} {
		w.publish(text)
	}
}

// publish makes a version, as a release of long ago has.
func (w *world) publish(text string) {
	bucket, key, _ := w.document(text).Artifact.S3()
	ctx := context.Background()
	if _, err := w.engine.Lambda.UpdateFunctionCode(ctx, &sdklambda.UpdateFunctionCodeInput{FunctionName: aws.String("echo"), S3Bucket: &bucket, S3Key: &key}); err != nil {
		w.t.Fatal(err)
	}
	w.pass(10 * time.Second)
	if _, err := w.engine.Lambda.PublishVersion(ctx, &sdklambda.PublishVersionInput{FunctionName: aws.String("echo"), Description: aws.String("goldfinch release r-0 of echo/production")}); err != nil {
		w.t.Fatal(err)
	}
	w.pass(10 * time.Second)
}

func (aliased) document(w *world, s scenario) release.Document {
	return w.document("new", func(d *release.Document) {
		settle := release.Duration(2 * time.Minute)
		d.Strategy = release.Strategy{Steps: []release.Step{{Weight: 10, Wait: release.Duration(2 * time.Minute)}, {Weight: 50, Wait: release.Duration(time.Minute)}}, Settle: &settle}
		if s.held {
			holdback := 10.0
			d.Strategy = release.Strategy{Adaptive: &release.AdaptiveStrategy{Profile: release.ProfileFast}, Settle: &settle, Holdback: &holdback}
		}
		d.Target.Lambda.KeepVersions = 2
		d.Verify = []release.Check{{Payload: map[string]any{}, Expect: map[string]any{"statusCode": 200}}}
	})
}

func (aliased) reads(call site) bool   { return call.operation == "lambda:GetAlias" }
func (aliased) creates(call site) bool { return call.operation == "lambda:CreateAlias" }

func (aliased) overwrites([]site) bool { return false }

// foreign names the version that a promoted release deletes, or, where that is gone, the stable one.
func (aliased) foreign(w *world) (version string) {
	for _, version = range []string{foreignVersion, stableVersion} {
		_, err := w.engine.Lambda.UpdateAlias(context.Background(), &sdklambda.UpdateAliasInput{
			FunctionName: aws.String("echo"), Name: aws.String("live"), FunctionVersion: &version,
			RoutingConfig: &types.AliasRoutingConfiguration{AdditionalVersionWeights: map[string]float64{}},
		})
		if err == nil {
			return version
		}
	}
	w.t.Error("somebody else could not move the alias")
	return ""
}

func (aliased) shares(w *world) map[string]float64 { return w.alias() }

func (aliased) exists(w *world, version string) bool {
	_, err := w.engine.Lambda.GetFunctionConfiguration(context.Background(), &sdklambda.GetFunctionConfigurationInput{FunctionName: aws.String("echo"), Qualifier: &version})
	return err == nil
}

// left is nothing: idle versions cost nothing, and are retired behind a later release.
func (aliased) left(*world, string) []string { return nil }

// farAway is the subject of a [distant] cloud.
type farAway struct{ aliased }

func (farAway) name() string { return "distant" }

func (farAway) scenarios() []scenario {
	return []scenario{
		{name: "good", since: "promote"}, {name: "broken", broken: true, since: "shift"}, {name: "wrong", wrong: true, since: "verify"},
		{name: "first", first: true, since: "promote"}, {name: "first, wrong", first: true, wrong: true, since: "verify"},
		{name: "held", held: true, since: "retire"},
	}
}

func (farAway) schedules() int { return 600 }

// sleep is shorter than a handler lives: without a lock, nothing but its death keeps one from writing.
func (farAway) sleep() time.Duration { return handlerLife }

func (farAway) prepare(t testing.TB, s scenario) *world {
	w := newWorld(t)
	w.distant = newDistant(w)
	w.fill(s)
	return w
}

func (farAway) overwrites(next []site) bool { return next[0].operation == "lambda:UpdateAlias" }

func (farAway) left(w *world, version string) []string {
	return append(w.distant.orphans(version), w.distant.dropped...)
}
