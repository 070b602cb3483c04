package mutations_test

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/drift"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/measured"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// The kinds of findings.
const (
	routing  = "routing"
	instance = "instance"
	version  = "version"
)

// A mutation is a change behind Goldfinch's back.
type mutation struct {
	name string
	// prepare makes what was there before, and is nobody's business; may be nil.
	prepare func(*account)
	// mutate changes the account.
	mutate func(*account)
	// kind, resource, want, got and principal are what the finding has; of all but kind, that it contains.
	kind, resource, want, got, principal string
	// also are the other findings that the same change makes: "kind resource", whose resource contains that.
	also []string
	// calls are those by which it is mended, each once, in their order.
	calls string
	// left is why only a person can mend it; empty when --fix does.
	left string
	// theirs undoes, as its owner would, what Goldfinch leaves alone because it is somebody else's; may be nil.
	theirs func(*account)
	// replaced is how many instances are others afterwards.
	replaced int
}

// A kind is a kind of target, whose service is furnished and released before each mutation.
type kind struct {
	// name begins with the kind's own.
	name      string
	furnish   func(*account)
	mutations []mutation
	// meanwhile is a change that somebody makes while a release runs.
	meanwhile func(*account)
}

var kinds = []kind{
	{"lambda", furnishLambda, ofLambda, func(a *account) { route(a, "1", nil) }},
	{"alb", furnishALB, ofALB, func(a *account) { redirect(a, a.forward("web-foreign")) }},
	{"asg", furnishASG, ofASG, registerLoner},
	{"asg: instance refresh", furnishRefresh, ofRefresh, registerLoner},
	{"route53: aliases", furnishSite, ofRoute53, func(a *account) { rewrite(a, false, nil) }},
	{"route53: names", furnishNames, ofNames, func(a *account) { rewrite(a, true, nil) }},
	{"apigateway", furnishAPI, ofAPIGateway, func(a *account) { patch(a, "/variables/version=1") }},
}

// TestMutations changes an account behind Goldfinch's back. Each change is found; a look changes nothing; and --fix puts
// back all of it, and touches nothing else: afterwards the account has everything that it had before, and no more.
func TestMutations(t *testing.T) {
	t.Parallel()
	var detected, repaired, left atomic.Int64
	t.Run("kinds", func(t *testing.T) {
		for _, kind := range kinds {
			for _, mutation := range kind.mutations {
				t.Run(kind.name+": "+mutation.name, func(t *testing.T) {
					t.Parallel()
					a := newAccount(t)
					kind.furnish(a)
					mutation.run(a)
					detected.Add(1)
					if mutation.left == "" {
						repaired.Add(1)
					} else {
						left.Add(1)
					}
				})
			}
		}
	})
	targets := map[string]bool{}
	for _, kind := range kinds {
		name, _, _ := strings.Cut(kind.name, ":")
		targets[name] = true
	}
	measured.Log(t, "%d mutations behind our back over %d kinds of targets: %d detected, %d of them repaired by --fix with nothing else touched, %d left to a person because no call would mend them",
		detected.Load(), len(targets), detected.Load(), repaired.Load(), left.Load())
}

// TestNoReleaseIsDisturbed changes what a release is just changing: nothing is looked at, and nothing mended, while it runs.
func TestNoReleaseIsDisturbed(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			a := newAccount(t)
			kind.furnish(a)
			next := a.released(a.services()[0])
			if next.Artifact.AMI != "" {
				next.Artifact.AMI = imageOf(foreign)
			} else {
				next.Artifact = a.uploaded("another")
			}
			id := a.begin(next)
			a.pass(2 * time.Minute)
			kind.meanwhile(a)
			mutated := a.snapshot()
			reports := a.look(drift.Scope{Fix: true})
			if len(reports) != 1 || !strings.Contains(reports[0].Skipped, id) || len(reports[0].Findings) > 0 {
				t.Errorf("while release %s runs, the look says %+v", id, reports)
			}
			if touched := differences(mutated, a.snapshot()); touched != "" || len(a.writes) > 0 {
				t.Errorf("it changed something, by %v:\n%s", a.writes, touched)
			}
		})
	}
}

// settling is how long the cloud has to follow a change.
const settling = 5 * time.Minute

func (m mutation) run(a *account) {
	if m.prepare != nil {
		m.prepare(a)
	}
	a.pass(settling)
	if found := a.look(drift.Scope{Report: true}); len(found) > 0 {
		a.Fatalf("nothing was changed yet, and there is %+v", found)
	}
	before, ran := a.snapshot(), a.running()
	m.mutate(a)
	a.pass(settling)
	mutated := a.snapshot()
	if differences(before, mutated) == "" {
		a.Fatal("the mutation changes nothing")
	}
	m.detected(a, a.look(drift.Scope{Report: true}), "reported")
	m.detected(a, a.look(drift.Scope{}), "reported") // by the documents' own policies, which only report
	if touched := differences(mutated, a.snapshot()); touched != "" || len(a.writes) > 0 {
		a.Fatalf("a look changed something, by %v:\n%s", a.writes, touched)
	}
	found := a.fix()
	a.pass(settling)
	if calls := strings.Join(slices.Compact(slices.Clone(a.writes)), ", "); calls != m.calls {
		a.Errorf("it was mended by %q, want %q", calls, m.calls)
	}
	if m.left != "" {
		m.detected(a, found, "left to a person")
		if touched := differences(mutated, a.snapshot()); touched != "" {
			a.Errorf("what can't be mended was changed:\n%s", touched)
		}
		return
	}
	m.detected(a, found, "mended")
	if m.theirs != nil {
		m.theirs(a)
		a.pass(settling)
	}
	if touched := differences(before.alike(), a.snapshot().alike()); touched != "" {
		a.Errorf("after --fix:\n%s", touched)
	}
	runs := a.running()
	kept := slices.DeleteFunc(slices.Clone(ran), func(id string) bool { return !slices.Contains(runs, id) })
	if len(runs) != len(ran) || len(ran)-len(kept) != m.replaced {
		a.Errorf("%d of %d instances were replaced, want %d; now there are %d", len(ran)-len(kept), len(ran), m.replaced, len(runs))
	}
	if again := a.look(drift.Scope{Report: true}); len(again) > 0 {
		a.Errorf("a second look finds %+v", again)
	}
}

// detected wants the finding, with what became of it, and no others but those that the same change makes.
func (m mutation) detected(a *account, reports []ledger.DriftReport, done string) {
	a.Helper()
	if len(reports) != 1 {
		a.Fatalf("%d services have drifted: %+v", len(reports), reports)
	}
	findings := reports[0].Findings
	at := slices.IndexFunc(findings, func(f ledger.Drifted) bool {
		return f.Kind == m.kind && strings.Contains(f.Resource, m.resource) && strings.Contains(f.Want, m.want) && strings.Contains(f.Got, m.got) && strings.Contains(f.Principal, m.principal)
	})
	if at < 0 {
		a.Fatalf("it is not among %+v", findings)
	}
	if found := findings[at]; found.Done != done && (done != "mended" || found.Done != "mending") || done == "left to a person" && !strings.Contains(found.Reason, m.left) {
		a.Errorf("it is %s: %s", found.Done, found.Reason)
	}
	for i, found := range findings {
		if i != at && !slices.ContainsFunc(m.also, func(also string) bool {
			kind, resource, _ := strings.Cut(also, " ")
			return found.Kind == kind && strings.Contains(found.Resource, resource)
		}) {
			a.Errorf("beside it, %+v was found", found)
		}
	}
	if len(findings) > 1+len(m.also) && len(m.also) > 0 {
		a.Errorf("%d things were found: %+v", len(findings), findings)
	}
}

// services are those that were ever released.
func (a *account) services() []ledger.ServiceEnvironment {
	a.Helper()
	services, err := a.engine.Ledger.Services(context.Background())
	a.must(err)
	return services
}

// released is the document of what is stable.
func (a *account) released(place ledger.ServiceEnvironment) release.Document {
	a.Helper()
	stable, _, err := a.engine.Ledger.Stable(context.Background(), place.Service, place.Environment)
	a.must(err)
	record, err := a.engine.Ledger.Release(context.Background(), stable.Release)
	a.must(err)
	return record.Document
}
