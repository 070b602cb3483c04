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
	sleeps      fault = "the handler sleeps and then goes on"
	foreign     fault = "somebody else moves traffic before the call"
	stopped     fault = "StopExecution, and the handler goes on"
	stoppedLate fault = "StopExecution, and the handler sleeps and then goes on"
	stoppedDies fault = "StopExecution, and the handler dies"
)

// handlerLife is for how long a handler may still do something after its execution was stopped: its function's timeout.
const handlerLife = 80 * time.Second

// A site is one call of the undisturbed run.
type site struct {
	function  string
	operation string
	run       int // the how-manieth run of a handler it belongs to
}

// A schedule is one disturbed run: faults by the index of the call, or
// StopExecution as a state is entered.
type schedule struct {
	subject  subject
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
	return s.subject.name() + ", " + s.scenario.name + ": " + strings.Join(parts, ", ")
}

// A trial is a schedule as it went.
type trial struct {
	world  *world
	record ledger.Record
	sites  []site
	// before is how many calls had been made as each state was entered.
	before []int
	moved  string // the version to which somebody else moved traffic
}

// errBroken is AWS at its worst: the SDK's own retries have failed.
var errBroken = &smithy.GenericAPIError{Code: "InternalServerError", Message: "injected", Fault: smithy.FaultServer}

// runKey marks the context of a handler with its run.
type runKey struct{}

type handlerRun struct {
	number int
	again  func(context.Context) (any, error)
}

// run runs the release and disturbs it.
func (s schedule) run(t *testing.T) trial {
	w := s.subject.prepare(t, s.scenario)
	tried := trial{world: w}
	runs, late, done := 0, -1, false
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
			w.pause(s.subject.sleep())
		case foreign:
			tried.moved = s.subject.foreign(w)
		case stopped, stoppedDies, stoppedLate:
			_, _ = w.engine.StepFunctions.StopExecution(context.Background(), &sfn.StopExecutionInput{ExecutionArn: &execution})
			switch s.faults[index] {
			case stoppedDies:
				panic("died at " + operation)
			case stoppedLate:
				w.pause(handlerLife)
				late = this.number
			}
		}
		if on, ok := s.subject.(exposed); ok && this.number == late {
			on.late(w, operation)
		}
		return call(ctx)
	}
	id := w.start(s.subject.document(w, s.scenario))
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
	version string // the one that has all traffic; empty: there is no place that routes it
	// outcomes are those that tell the truth of it.
	outcomes []release.Outcome
	// foreign: traffic is where somebody else put it; reported: and the release has looked since.
	foreign, reported bool
	// beside: what the release was about to add stands beside what somebody else put there.
	beside bool
}

func (s schedule) expect(undisturbedRun trial) expectation {
	clean := undisturbedRun.sites
	before, canary := s.subject.versions(s.scenario)
	end := map[bool]string{true: canary, false: before}[s.scenario.promotes()]
	// decides is the call from which on a stopped release stays where it is.
	decides := last(clean, func(c site) bool { return c.function == "evaluate" && c.operation == "dynamodb:TransactWriteItems" })
	switch {
	case s.scenario.first:
		decides = last(clean, s.subject.creates)
	case s.scenario.held && !s.scenario.broken: // what was held back comes before that
		decides = last(clean, func(c site) bool { return c.function == "promote" && c.operation == "dynamodb:TransactWriteItems" })
	}
	looked := slices.IndexFunc(clean, func(c site) bool { return c.function == "bake" && s.subject.reads(c) })
	undisturbed := []release.Outcome{release.Promoted}
	if !s.scenario.promotes() {
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
		case stoppedLate: // by then it is too late for all but to make a place that nobody has made yet
			if reaches = index - 1; s.scenario.first && s.stillCreates(clean[index:]) {
				reaches = decides
			}
		case foreign:
			if index <= looked { // it stood there before the release began, so it is what the release goes back to
				if s.scenario.refused {
					return expectation{version: foreignVersion, outcomes: []release.Outcome{release.Refused}}
				}
				if end == before {
					return expectation{version: foreignVersion, outcomes: undisturbed}
				}
				return expectation{version: end, outcomes: undisturbed}
			}
			if s.subject.overwrites(clean[index:]) {
				return expectation{version: end, outcomes: undisturbed}
			}
			lastLook := last(clean, func(c site) bool { return s.subject.reads(c) && c.function != "sweep" })
			adds, ok := s.subject.(adding)
			return expectation{foreign: true, reported: index <= lastLook, beside: ok && adds.adds(clean[index:])}
		default:
			continue
		}
		return s.cutOff(clean, reaches, decides, before, end)
	}
	return expectation{version: end, outcomes: undisturbed}
}

// stillCreates reports whether a handler that goes on with these calls makes the place of a first release before it asks the
// ledger whether it still may.
func (s schedule) stillCreates(calls []site) bool {
	for _, call := range calls {
		switch {
		case s.subject.creates(call):
			return true
		case strings.HasPrefix(call.operation, "dynamodb:"):
			return false
		}
	}
	return false
}

// cutOff is what is expected of a release whose last call was reaches.
func (s schedule) cutOff(clean []site, reaches, decides int, before, end string) expectation {
	locked := slices.IndexFunc(clean, func(c site) bool {
		return c.function == "intake" && c.operation == "dynamodb:TransactWriteItems" && c.run > 1
	})
	switch {
	case reaches < locked:
		// It died in the queue, before it had touched anything.
		return expectation{version: before, outcomes: []release.Outcome{release.Refused, release.Aborted}}
	case s.scenario.promotes() && reaches >= decides:
		return expectation{version: end, outcomes: []release.Outcome{release.Promoted}}
	case s.scenario.broken && reaches >= decides:
		// It had been judged: the evidence is the reason, not the stop.
		return expectation{version: before, outcomes: []release.Outcome{release.RolledBack}}
	case s.scenario.wrong:
		// A check that failed is only written down by the states after it.
		return expectation{version: before, outcomes: []release.Outcome{release.Aborted, release.RolledBack}}
	default:
		return expectation{version: before, outcomes: []release.Outcome{release.Aborted}}
	}
}

// violations compares how a trial went with what its schedule implies.
func (tried trial) violations(on subject, want expectation) []string {
	var wrong []string
	say := func(format string, arguments ...any) { wrong = append(wrong, fmt.Sprintf(format, arguments...)) }
	w, record := tried.world, tried.record
	if want.foreign {
		want.version = tried.moved
	}
	shares := on.shares(w)
	switch {
	case want.version == "":
		if len(shares) != 0 {
			say("traffic is on %v, and no version should have any", shares)
		}
	case want.beside && shares[want.version] > 0:
	case shares[want.version] != 1 || len(shares) != 1:
		say("traffic is on %v, want all on version %s", shares, want.version)
	}
	for version := range shares {
		if !on.exists(w, version) {
			say("version %s takes traffic and was deleted", version)
		}
	}
	if tried.moved == "" { // what somebody else did may have made it leave things where they were
		wrong = append(wrong, on.left(w, want.version)...)
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
		if record.Outcome != release.FailedDirty && record.Outcome != release.Refused && !strings.Contains(record.Reason, "somebody else") {
			say("somebody else's write is not reported: %s: %s", record.Outcome, record.Reason)
		}
	case want.foreign: // it came when the release no longer looked
	case !slices.Contains(want.outcomes, record.Outcome):
		say("outcome %q, want one of %q: %s", record.Outcome, want.outcomes, record.Reason)
	}
	return wrong
}

// unstable compares the version that the ledger has for stable with how the trial ended.
func (tried trial) unstable(on subject, s scenario) []string {
	want, canary := on.versions(s)
	if s.unrecorded {
		want = ""
	}
	if tried.record.Outcome == release.Promoted {
		want = canary
	}
	if got := tried.world.stable(); got != want {
		return []string{fmt.Sprintf("the ledger has version %q for stable after %s, want %q", got, tried.record.Outcome, want)}
	}
	return nil
}

// TestCrashSafety disturbs releases at the calls that their handlers make to AWS: once in each way at each operation of each
// function, then at a seeded choice of all calls, as many as the subject says, and then in seeded combinations.
func TestCrashSafety(t *testing.T) {
	for _, on := range []subject{aliased{}, farAway{}, balancedALB{}, sharedTargetGroup{}, rolled{}, weighted{}, staged{}} {
		t.Run(on.name(), func(t *testing.T) { disturb(t, on) })
	}
}

// combinations is how many schedules have several faults.
const combinations = 500

// disturb runs the schedules of a subject.
func disturb(t *testing.T, on subject) {
	clean := map[string]trial{}
	for _, s := range on.scenarios() {
		undisturbed := schedule{subject: on, scenario: s}
		tried := undisturbed.run(t)
		clean[s.name] = tried
		if wrong := tried.violations(on, undisturbed.expect(tried)); len(wrong) > 0 {
			t.Fatalf("undisturbed %s: %v\n%s", s.name, wrong, tried.world.timeline(tried.record.ID))
		}
		t.Logf("scenario %-12s makes %d calls", s.name, len(tried.sites))
	}
	systematic := everyFault(on, clean)
	single := len(systematic)
	if most := on.schedules(); single > most {
		rand.New(rand.NewPCG(5, 13)).Shuffle(single, func(i, j int) { systematic[i], systematic[j] = systematic[j], systematic[i] })
		systematic = eachKindFirst(on, systematic, clean)[:most]
	}
	all := append(systematic, combined(on, clean)...)

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
				wrong := append(tried.violations(on, s.expect(clean[s.scenario.name])), tried.unstable(on, s.scenario)...)
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
	deletes := func(c site) bool { return strings.Contains(c.operation, ":Delete") }
	if !slices.ContainsFunc(on.scenarios(), func(s scenario) bool { return slices.ContainsFunc(clean[s.name].sites, deletes) }) {
		t.Error("nothing is ever deleted, so this test shows nothing of deletions")
	}
	measured.Log(t, "crash safety, %s: %d schedules (%d of %d single faults, %d seeded combinations), %d violations, in %s",
		on.name(), len(all), len(systematic), single, combinations, violations, time.Since(began).Round(time.Second))
}

// everyFault is each fault at each call, and StopExecution in each state.
func everyFault(on subject, clean map[string]trial) []schedule {
	var all []schedule
	for _, s := range on.scenarios() {
		sites := clean[s.name].sites
		begins := slices.IndexFunc(sites, func(c site) bool { return s.since == "" || c.function == s.since })
		for index := begins; index < len(sites); index++ {
			for _, what := range []fault{errorBefore, errorAfter, diesBefore, diesAfter, twice, sleeps, foreign, stopped, stoppedDies, stoppedLate} {
				if what != foreign || !s.first { // there is no place yet that somebody could move
					all = append(all, schedule{subject: on, scenario: s, faults: map[int]fault{index: what}})
				}
			}
		}
		for state := range clean[s.name].before {
			all = append(all, schedule{subject: on, scenario: s, stopIn: state + 1})
		}
	}
	return all
}

// A memory is a kind of schedule that has found a bug once.
type memory struct {
	scenario, function, operation string
	what                          fault
}

// A remembering subject has schedules that are always tried: all of each of its memories.
type remembering interface {
	memories() []memory
}

// eachKindFirst puts to the front what the subject remembers, one schedule of each fault at each operation of each function, and one of StopExecution in
// each state of each scenario, so that a choice of the first ones has them all.
func eachKindFirst(on subject, all []schedule, clean map[string]trial) []schedule {
	type kind struct {
		function, operation string
		what                fault
		scenario            string
		stopIn              int
	}
	var memories []memory
	if knows, ok := on.(remembering); ok {
		memories = knows.memories()
	}
	met := map[kind]bool{}
	var remembered, first, others []schedule
	for _, s := range all {
		one, known := kind{scenario: s.scenario.name, stopIn: s.stopIn}, false
		for index, what := range s.faults {
			at := clean[s.scenario.name].sites[index]
			one = kind{function: at.function, operation: at.operation, what: what}
			known = slices.Contains(memories, memory{s.scenario.name, at.function, at.operation, what})
		}
		switch {
		case known:
			remembered = append(remembered, s)
		case met[one]:
			others = append(others, s)
		default:
			first = append(first, s)
		}
		met[one] = true
	}
	return slices.Concat(remembered, first, others)
}

// combined are the schedules with several faults each.
func combined(on subject, clean map[string]trial) []schedule {
	var all []schedule
	random := rand.New(rand.NewPCG(7, 11))
	for range combinations {
		s := on.scenarios()[random.IntN(len(on.scenarios()))]
		calls := len(clean[s.name].sites)
		faults := map[int]fault{}
		for range 1 + random.IntN(4) {
			kinds := []fault{errorBefore, errorAfter, diesBefore, diesAfter, twice}
			faults[random.IntN(calls)] = kinds[random.IntN(len(kinds))]
		}
		// One sleeper only: two in a row outlast the lease, and a holder that is silent for so long is dead.
		faults[random.IntN(calls)] = sleeps
		all = append(all, schedule{subject: on, scenario: s, faults: faults})
	}
	return all
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
