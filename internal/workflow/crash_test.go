package workflow_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdklambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/smithy-go"

	"github.com/goldfinch-dev/goldfinch/internal/asl"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/measured"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// A fault is what goes wrong at one call that a handler makes to AWS.
type fault string

const (
	errorBefore fault = "an error before the call"
	errorAfter  fault = "an error after the call took effect"
	diesBefore  fault = "the handler dies before the call"
	diesAfter   fault = "the handler dies after the call"
	twice       fault = "the handler runs twice at once"
	sleeps      fault = "the handler sleeps for five minutes and then goes on"
	foreign     fault = "somebody else moves the alias before the call"
	stopped     fault = "StopExecution, and the handler goes on"
	stoppedDies fault = "StopExecution, and the handler dies"
)

// The versions of each scenario: 1 is stable, 2 is what somebody else moves
// the alias to, 3 is an old one, and 4 is what the release makes. It keeps two
// versions, so a release that is promoted deletes 2, unless that has traffic.
const (
	stableVersion  = "1"
	foreignVersion = "2"
	canaryVersion  = "4"
)

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
	// since is the function from whose first call on each is disturbed; until then it goes as another
	// scenario, or from the beginning.
	since string
}

var scenarios = []scenario{
	{name: "good"}, {name: "broken", broken: true}, {name: "wrong", wrong: true}, {name: "first", first: true},
	{name: "held", held: true, since: "shift"}, {name: "held, broken", held: true, broken: true, since: "promote"},
}

// A site is one call of the undisturbed run.
type site struct {
	function  string
	operation string
	run       int // the how-manieth run of a handler it belongs to
}

// A schedule is one disturbed run: faults by the index of the call, or
// StopExecution as a state is entered.
type schedule struct {
	scenario scenario
	faults   map[int]fault
	stopIn   int // the how-manieth state, from 1; 0 is none
}

func (s schedule) String() string {
	var parts []string
	for index, what := range s.faults {
		parts = append(parts, fmt.Sprintf("call %d: %s", index, what))
	}
	slices.Sort(parts)
	if s.stopIn > 0 {
		parts = append(parts, fmt.Sprintf("StopExecution in state %d", s.stopIn))
	}
	return s.scenario.name + ": " + strings.Join(parts, ", ")
}

// A trial is a schedule as it went.
type trial struct {
	world  *world
	record ledger.Record
	sites  []site
	// before is how many calls had been made as each state was entered.
	before []int
	moved  string // the version to which somebody else moved the alias
}

// errBroken is AWS at its worst: the SDK's own retries have failed.
var errBroken = &smithy.GenericAPIError{Code: "InternalServerError", Message: "injected", Fault: smithy.FaultServer}

// runKey marks the context of a handler with its run.
type runKey struct{}

type handlerRun struct {
	number int
	again  func(context.Context) (any, error)
}

// prepare makes the world in which the release is disturbed.
func (s schedule) prepare(t testing.TB) *world {
	w := newWorld(t)
	w.broken[canaryVersion] = map[bool]float64{true: 0.2}[s.scenario.broken]
	if s.scenario.held {
		w.users, w.breaksAt = 100, map[string]float64{canaryVersion: 0.8}
		w.broken[canaryVersion] *= 5 // a small control group needs much to go by
	}
	w.answer = func(version string) string {
		if s.scenario.wrong && version == canaryVersion {
			return `{"statusCode":500}`
		}
		return `{"statusCode":200}`
	}
	if s.scenario.first {
		return w
	}
	if record := w.release(w.document("one")); record.Outcome != release.Promoted {
		t.Fatalf("the first release: %s: %s", record.Outcome, record.Reason)
	}
	for _, text := range []string{"somebody else's", "old"} {
		w.publish(text)
	}
	return w
}

// publish makes a version without Goldfinch.
func (w *world) publish(text string) {
	bucket, key, _ := w.document(text).Artifact.S3()
	ctx := context.Background()
	if _, err := w.engine.Lambda.UpdateFunctionCode(ctx, &sdklambda.UpdateFunctionCodeInput{FunctionName: aws.String("echo"), S3Bucket: &bucket, S3Key: &key}); err != nil {
		w.t.Fatal(err)
	}
	w.pass(10 * time.Second)
	if _, err := w.engine.Lambda.PublishVersion(ctx, &sdklambda.PublishVersionInput{FunctionName: aws.String("echo")}); err != nil {
		w.t.Fatal(err)
	}
	w.pass(10 * time.Second)
}

// run runs the release and disturbs it.
func (s schedule) run(t *testing.T) trial {
	w := s.prepare(t)
	tried := trial{world: w}
	runs, done := 0, false
	var execution string
	w.handler = func(ctx context.Context, function string, run func(context.Context) (any, error)) (any, error) {
		if function == "announce" { // tells of what others do, which takes time and changes nothing of it
			return nil, nil
		}
		runs++
		return run(context.WithValue(ctx, runKey{}, handlerRun{number: runs, again: run}))
	}
	w.entered = func(execution *asl.Execution) {
		tried.before = append(tried.before, len(tried.sites))
		if len(tried.before) == s.stopIn {
			execution.Stop("", "")
		}
	}
	w.call = func(ctx context.Context, operation string, call func(context.Context) error) error {
		if done {
			return call(ctx)
		}
		this, _ := ctx.Value(runKey{}).(handlerRun)
		index := len(tried.sites)
		tried.sites = append(tried.sites, site{function: ctx.Value(handlerKey{}).(string), operation: operation, run: this.number})
		switch s.faults[index] {
		case errorBefore:
			return errBroken
		case errorAfter:
			_ = call(ctx)
			return errBroken
		case diesBefore:
			panic("died before " + operation)
		case diesAfter:
			_ = call(ctx)
			panic("died after " + operation)
		case twice:
			_, _ = this.again(ctx)
		case sleeps:
			w.pause(5 * time.Minute)
		case foreign:
			tried.moved = w.foreign()
		case stopped, stoppedDies:
			_, _ = w.engine.StepFunctions.StopExecution(context.Background(), &sfn.StopExecutionInput{ExecutionArn: &execution})
			if s.faults[index] == stoppedDies {
				panic("died at " + operation)
			}
		}
		return call(ctx)
	}
	id := w.start(w.document("new", func(d *release.Document) {
		settle := release.Duration(2 * time.Minute)
		d.Strategy = release.Strategy{Steps: []release.Step{{Weight: 10, Wait: release.Duration(2 * time.Minute)}, {Weight: 50, Wait: release.Duration(time.Minute)}}, Settle: &settle}
		if s.scenario.held {
			holdback := 10.0
			d.Strategy = release.Strategy{Adaptive: &release.AdaptiveStrategy{Profile: release.ProfileFast}, Settle: &settle, Holdback: &holdback}
		}
		d.Target.Lambda.KeepVersions = 2
		d.Verify = []release.Check{{Payload: map[string]any{}, Expect: map[string]any{"statusCode": 200}}}
	}))
	execution = w.arn(id)
	limit := w.clock.Now().Add(3 * time.Hour)
	w.clock.Run(func() bool { return w.clock.Now().After(limit) || w.quiet(id) })
	w.pass(10 * time.Minute) // whoever still sleeps wakes up, and must do no harm
	done = true
	record, err := w.engine.Ledger.Release(context.Background(), id)
	if err != nil {
		record = ledger.Record{ID: id} // stopped before it was taken in
	}
	tried.record = record
	return tried
}

// foreign is somebody else's write to the alias. It names the version that a
// promoted release deletes, or, where that is gone, the stable one.
func (w *world) foreign() (version string) {
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

// last is the index of the last site that matches, or -1.
func last(sites []site, match func(site) bool) int {
	for i := len(sites) - 1; i >= 0; i-- {
		if match(sites[i]) {
			return i
		}
	}
	return -1
}

// An expectation follows from a schedule and the undisturbed run alone; the
// ledger has no say in it.
type expectation struct {
	alias string // the version that has all traffic; empty: there is no alias
	// outcomes are those that tell the truth of it.
	outcomes []release.Outcome
	// foreign: the alias is where somebody else put it; reported: and the release has looked since.
	foreign, reported bool
}

func (s schedule) expect(undisturbedRun trial) expectation {
	clean := undisturbedRun.sites
	end := map[bool]string{true: canaryVersion, false: stableVersion}[!s.scenario.broken && !s.scenario.wrong]
	if s.scenario.first {
		end = stableVersion // its own first version has that number
	}
	// decides is the call from which on a stopped release stays where it is.
	decides := last(clean, func(c site) bool { return c.function == "evaluate" && c.operation == "dynamodb:TransactWriteItems" })
	if s.scenario.held && !s.scenario.broken { // what was held back comes before that
		decides = last(clean, func(c site) bool { return c.function == "promote" && c.operation == "dynamodb:TransactWriteItems" })
	}
	before := stableVersion
	if s.scenario.first {
		decides = last(clean, func(c site) bool { return c.operation == "lambda:CreateAlias" })
		before = ""
	}
	looked := slices.IndexFunc(clean, func(c site) bool { return c.function == "bake" && c.operation == "lambda:GetAlias" })
	undisturbed := []release.Outcome{release.Promoted}
	if end == before {
		undisturbed = []release.Outcome{release.RolledBack}
	}
	if s.stopIn > 0 {
		// A handler that the state has begun goes on to its end, which is where the next state was entered.
		next := len(clean)
		if s.stopIn < len(undisturbedRun.before) {
			next = undisturbedRun.before[s.stopIn]
		}
		return s.cutOff(clean, next-1, decides, before, end)
	}
	for index, what := range s.faults {
		reaches := index // the last call that a stopped release makes
		switch what {
		case stopped: // the handler goes on to its end
			reaches = last(clean, func(c site) bool { return c.run == clean[index].run })
		case stoppedDies:
			reaches = index - 1
		case foreign:
			if index <= looked { // it stood there before the release began, so it is what the release goes back to
				if end == stableVersion {
					return expectation{alias: foreignVersion, outcomes: undisturbed}
				}
				return expectation{alias: end, outcomes: undisturbed}
			}
			lastLook := last(clean, func(c site) bool { return c.operation == "lambda:GetAlias" && c.function != "sweep" })
			return expectation{foreign: true, reported: index <= lastLook}
		default:
			continue
		}
		return s.cutOff(clean, reaches, decides, before, end)
	}
	return expectation{alias: end, outcomes: undisturbed}
}

// cutOff is what is expected of a release whose last call was reaches.
func (s schedule) cutOff(clean []site, reaches, decides int, before, end string) expectation {
	locked := slices.IndexFunc(clean, func(c site) bool {
		return c.function == "intake" && c.operation == "dynamodb:TransactWriteItems" && c.run > 1
	})
	switch {
	case reaches < locked:
		// It died in the queue, before it had touched anything.
		return expectation{alias: before, outcomes: []release.Outcome{release.Refused, release.Aborted}}
	case end != before && reaches >= decides:
		return expectation{alias: end, outcomes: []release.Outcome{release.Promoted}}
	case s.scenario.broken && reaches >= decides:
		// It had been judged: the evidence is the reason, not the stop.
		return expectation{alias: before, outcomes: []release.Outcome{release.RolledBack}}
	case s.scenario.wrong:
		// A check that failed is only written down by the states after it.
		return expectation{alias: before, outcomes: []release.Outcome{release.Aborted, release.RolledBack}}
	default:
		return expectation{alias: before, outcomes: []release.Outcome{release.Aborted}}
	}
}

// violations compares how a trial went with what its schedule implies.
func (tried trial) violations(want expectation) []string {
	var wrong []string
	say := func(format string, arguments ...any) { wrong = append(wrong, fmt.Sprintf(format, arguments...)) }
	w, record := tried.world, tried.record
	if want.foreign {
		want.alias = tried.moved
	}
	shares := w.alias()
	switch {
	case want.alias == "":
		if len(shares) != 0 {
			say("an alias exists: %v", shares)
		}
	case shares[want.alias] != 1 || len(shares) != 1:
		say("traffic is on %v, want all on version %s", shares, want.alias)
	}
	for version := range shares {
		if _, err := w.engine.Lambda.GetFunctionConfiguration(context.Background(), &sdklambda.GetFunctionConfigurationInput{FunctionName: aws.String("echo"), Qualifier: &version}); err != nil {
			say("version %s takes traffic and was deleted", version)
		}
	}
	if holder, _, err := w.engine.Ledger.Holder(context.Background(), "echo", "production"); err != nil || holder != nil {
		say("the lock is held: %+v (%v)", holder, err)
	}
	if queue, err := w.engine.Ledger.Queue(context.Background(), "echo", "production"); err != nil || len(queue) > 0 {
		say("the queue is not empty: %v (%v)", queue, err)
	}
	if record.Execution == "" {
		return wrong // nothing was recorded, and nothing has happened
	}
	if w.engine.StepFunctions.Running(record.Execution) != nil {
		say("the execution is still running")
	}
	switch {
	case want.foreign && want.reported:
		if record.Outcome != release.FailedDirty && !strings.Contains(record.Reason, "somebody else") {
			say("somebody else's write is not reported: %s: %s", record.Outcome, record.Reason)
		}
	case want.foreign: // it came when the release no longer looked
	case !slices.Contains(want.outcomes, record.Outcome):
		say("outcome %q, want one of %q: %s", record.Outcome, want.outcomes, record.Reason)
	}
	return wrong
}

// unstable compares the version that the ledger has for stable with how the trial ended.
func (tried trial) unstable(s scenario) []string {
	want := map[bool]string{true: "", false: stableVersion}[s.first]
	if tried.record.Outcome == release.Promoted {
		want = map[bool]string{true: stableVersion, false: canaryVersion}[s.first]
	}
	if got := tried.world.stable(); got != want {
		return []string{fmt.Sprintf("the ledger has version %q for stable after %s, want %q", got, tried.record.Outcome, want)}
	}
	return nil
}

// TestCrashSafety disturbs a release at every call that its handlers make to
// AWS, in every way, and then in seeded combinations.
func TestCrashSafety(t *testing.T) {
	var all []schedule
	clean := map[string]trial{}
	for _, s := range scenarios {
		undisturbed := schedule{scenario: s}
		tried := undisturbed.run(t)
		clean[s.name] = tried
		if wrong := tried.violations(undisturbed.expect(tried)); len(wrong) > 0 {
			t.Fatalf("undisturbed %s: %v\n%s", s.name, wrong, tried.world.timeline(tried.record.ID))
		}
		begins := slices.IndexFunc(tried.sites, func(c site) bool { return s.since == "" || c.function == s.since })
		for index := begins; index < len(tried.sites); index++ {
			for _, what := range []fault{errorBefore, errorAfter, diesBefore, diesAfter, twice, sleeps, foreign, stopped, stoppedDies} {
				if what != foreign || !s.first { // there is no alias that somebody could move
					all = append(all, schedule{scenario: s, faults: map[int]fault{index: what}})
				}
			}
		}
	}
	for _, s := range scenarios {
		for state := range clean[s.name].before {
			all = append(all, schedule{scenario: s, stopIn: state + 1})
		}
	}
	systematic := len(all)
	random := rand.New(rand.NewPCG(7, 11))
	for range 500 {
		s := scenarios[random.IntN(len(scenarios))]
		faults := map[int]fault{}
		for range 1 + random.IntN(4) {
			kinds := []fault{errorBefore, errorAfter, diesBefore, diesAfter, twice}
			faults[random.IntN(len(clean[s.name].sites))] = kinds[random.IntN(len(kinds))]
		}
		// One sleeper only: two in a row outlast the lease, and a holder that is silent for so long is dead.
		faults[random.IntN(len(clean[s.name].sites))] = sleeps
		all = append(all, schedule{scenario: s, faults: faults})
	}

	var mu sync.Mutex
	violations := 0
	work := make(chan schedule)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for s := range work {
				tried := s.run(t)
				wrong := append(tried.violations(s.expect(clean[s.scenario.name])), tried.unstable(s.scenario)...)
				if len(wrong) > 0 {
					mu.Lock()
					if violations++; violations <= 10 {
						t.Errorf("%s (%v): %s\noutcome %s: %s\n%s", s, sitesOf(s, tried.sites), strings.Join(wrong, "; "), tried.record.Outcome, tried.record.Reason, tried.world.timeline(tried.record.ID))
					}
					mu.Unlock()
				}
			}
		}()
	}
	began := time.Now()
	for _, s := range all {
		work <- s
	}
	close(work)
	workers.Wait()
	for _, s := range scenarios {
		t.Logf("scenario %-12s makes %d calls", s.name, len(clean[s.name].sites))
	}
	if last(clean["good"].sites, func(c site) bool { return c.operation == "lambda:DeleteFunction" }) < 0 {
		t.Error("no version is ever deleted, so this test shows nothing of deletions")
	}
	measured.Log(t, "%d schedules (%d systematic, %d seeded combinations), %d violations, in %s", len(all), systematic, len(all)-systematic, violations, time.Since(began).Round(time.Second))
}

// sitesOf names the calls at which a schedule's faults were.
func sitesOf(s schedule, sites []site) []string {
	var names []string
	for index := range s.faults {
		if index < len(sites) {
			names = append(names, fmt.Sprintf("%d %s %s", index, sites[index].function, sites[index].operation))
		}
	}
	slices.Sort(names)
	return names
}
