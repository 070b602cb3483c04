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
	name      string
	furnish   func(*account)
	mutations []mutation
}

var kinds = []kind{
	{"lambda", furnishLambda, ofLambda},
	{"alb", furnishALB, ofALB},
	{"asg", furnishASG, ofASG},
	{"apigateway", furnishAPI, ofAPIGateway},
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
	measured.Log(t, "%d mutations behind our back over %d kinds of targets: %d detected, %d of them repaired by --fix with nothing else touched, %d left to a person because only a release mends them",
		detected.Load(), len(kinds), detected.Load(), repaired.Load(), left.Load())
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

// free wants nobody to hold the lock of a service.
func (a *account) free(service string) {
	a.Helper()
	holder, _, err := a.engine.Ledger.Holder(context.Background(), service, environment)
	if err != nil || holder != nil {
		a.Errorf("the lock of %s is held by %+v, %v", service, holder, err)
	}
}
