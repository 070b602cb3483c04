package operator_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// healthy has version 2 stable, in the ledger and in the cloud.
func healthy(w *world) {
	w.add(1, promoted("", "1"))
	w.add(2, promoted("1", "2"))
	w.ledger.stable["echo/production"] = ledger.Stable{Version: "2", Release: id(2), Since: noon.Add(-time.Hour)}
	w.target.split = release.Pure("2")
}

func examine(t *testing.T, o operator.Operator, fix bool) []operator.Finding {
	t.Helper()
	findings, err := o.Doctor(t.Context(), fix)
	if err != nil {
		t.Fatal(err)
	}
	return findings
}

func TestDoctorFindsNothingWrong(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		if got := examine(t, o, true); got == nil || len(got) != 0 {
			t.Errorf("nothing was ever released: %+v", got)
		}
		healthy(w)
		if got := examine(t, o, true); len(got) != 0 {
			t.Errorf("findings %+v", got)
		}
		if diff := cmp.Diff([]string{"2", "1"}, w.target.kept); diff != "" {
			t.Errorf("versions to keep (-want +got):\n%s", diff)
		}
		// A release at work may have its weight where it wants it; one in the queue has none.
		w.hold(w.add(3, canarying), noon.Add(time.Hour))
		w.add(4, func(r *ledger.Record) { r.Phase = ledger.PhaseQueued })
		w.target.split = release.Split{Stable: "2", Canary: "3", Weight: 10}
		if got := examine(t, o, false); len(got) != 0 {
			t.Errorf("findings %+v", got)
		}
		// It takes the lock in a moment.
		delete(w.ledger.leases, "echo/production")
		if got := examine(t, o, false); len(got) != 0 {
			t.Errorf("findings %+v", got)
		}
	})
}

func TestDoctorFindsADeadLease(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		healthy(w)
		dead := w.add(3, canarying)
		w.hold(dead, noon.Add(time.Hour))
		w.kill(dead)
		want := []operator.Finding{{
			What: "release " + id(3) + " holds the lock, and its execution is dead", Where: "echo/production", Since: dead.CreatedAt,
			Mend: "a sweep brings traffic back and frees the lock: goldfinch doctor --fix --local",
		}}
		if diff := cmp.Diff(want, examine(t, o, false)); diff != "" {
			t.Errorf("findings (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(want, examine(t, o, true)); diff != "" {
			t.Errorf("a sweep that mends nothing fixes nothing (-want +got):\n%s", diff)
		}
		w.sweep = func() []string {
			delete(w.ledger.leases, "echo/production")
			w.ledger.records[2].Outcome = release.RolledBack
			return []string{id(3)}
		}
		want[0].Fixed = true
		if diff := cmp.Diff(want, examine(t, o, true)); diff != "" {
			t.Errorf("findings (-want +got):\n%s", diff)
		}
	})
}

func TestDoctorFindsAReleaseWithoutAnEnd(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		healthy(w)
		w.kill(w.add(3, canarying))
		got := examine(t, o, false)
		if len(got) != 1 || got[0].Where != id(3) {
			t.Fatalf("findings %+v", got)
		}
		wantWords(t, got[0].What, "no outcome", "dead")
	})
}

func TestDoctorMendsAWeightThatAReleaseLeft(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		healthy(w)
		left := release.Split{Stable: "2", Canary: "3", Weight: 10}
		w.add(3, func(r *ledger.Record) {
			r.Phase, r.Outcome, r.Splits = ledger.PhaseEnded, release.FailedDirty, []release.Split{left}
		})
		w.target.split = left
		got := examine(t, o, false)
		if len(got) != 1 {
			t.Fatalf("findings %+v", got)
		}
		wantWords(t, got[0].What+got[0].Mend, "version 3 at 10%", "the ledger says version 2 at 100%", "goldfinch doctor --fix")
		if w.target.split != left {
			t.Error("looking moved traffic")
		}
		if got := examine(t, o, true); len(got) != 1 || !got[0].Fixed || w.target.split != release.Pure("2") {
			t.Errorf("findings %+v, traffic %s", got, w.target.split)
		}
	})
}

// ended ends a release that moved traffic to splits.
func ended(outcome release.Outcome, splits ...release.Split) func(*ledger.Record) {
	return func(r *ledger.Record) { r.Phase, r.Outcome, r.Splits = ledger.PhaseEnded, outcome, splits }
}

func TestDoctorMovesOnlyWhatAReleaseLeft(t *testing.T) {
	weight := release.Split{Stable: "2", Canary: "3", Weight: 10}
	for name, c := range map[string]struct {
		releases []func(*ledger.Record)
		split    release.Split
		// mended: it goes back to version 2; else the finding has these words.
		mended bool
		words  []string
	}{
		"a weight of the last release": {
			[]func(*ledger.Record){ended(release.RolledBack, weight)}, weight, true, nil,
		},
		"a weight of an earlier release": {
			[]func(*ledger.Record){ended(release.RolledBack, weight), ended(release.Aborted, release.Pure("2"))}, weight, true, nil,
		},
		"a weight that no release made": {
			nil, release.Split{Stable: "2", Canary: "9", Weight: 5}, false, []string{"no release put it there", "give version 2 all traffic"},
		},
		"all traffic, by a release that ended dirty": {
			[]func(*ledger.Record){ended(release.FailedDirty, weight, release.Pure("3"))}, release.Pure("3"), true, nil,
		},
		"all traffic, by a release that ended dirty before others that were refused": {
			[]func(*ledger.Record){ended(release.FailedDirty, release.Pure("3")), refused}, release.Pure("3"), true, nil,
		},
		"all traffic on a version of a release that ended dirty, but went on": {
			[]func(*ledger.Record){ended(release.FailedDirty, release.Pure("3")), ended(release.RolledBack, weight, release.Pure("2"))}, release.Pure("3"), false, []string{"somebody else"},
		},
		"all traffic on a version that was rolled back": {
			[]func(*ledger.Record){ended(release.RolledBack, weight, release.Pure("3"))}, release.Pure("3"), false, []string{"somebody else"},
		},
		"all traffic on the version before": {
			nil, release.Pure("1"), false, []string{"moved by somebody else; if it was a mistake: goldfinch rollback echo/production --to 2 --local"},
		},
		"all traffic on an unknown version": {
			nil, release.Pure("9"), false, []string{"moved by somebody else; if it was a mistake: goldfinch rollback echo/production --to 2 --local"},
		},
		"nothing routes": {
			nil, release.Split{}, false, []string{"no release put it there"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *world, o operator.Operator) {
				healthy(w)
				for n, change := range c.releases {
					w.add(3+n, change)
				}
				w.target.split = c.split
				want := c.split
				if c.mended {
					want = release.Pure("2")
				}
				got := examine(t, o, true)
				if len(got) != 1 || got[0].Fixed != c.mended || w.target.split != want {
					t.Fatalf("findings %+v, traffic %s", got, w.target.split)
				}
				wantWords(t, got[0].Mend, c.words...)
			})
		})
	}
}

func TestDoctorAsksTheTargetOfTheReleaseThatMadeStable(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		healthy(w)
		w.add(3, func(r *ledger.Record) {
			refused(r)
			r.Document.Target.Lambda = &release.LambdaTarget{Function: "mistyped", Alias: "live"}
		})
		if got := examine(t, o, false); len(got) != 0 {
			t.Errorf("findings %+v", got)
		}
		if len(w.targets) != 1 || w.targets[0].Target.Lambda.Function != "echo" {
			t.Errorf("asked the targets of %+v", w.targets)
		}
	})
}

func TestDoctorStopsWhenAReleaseBeginsMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld()
	healthy(w)
	left := release.Split{Stable: "2", Canary: "3", Weight: 10}
	w.add(3, func(r *ledger.Record) {
		r.Phase, r.Outcome, r.Splits = ledger.PhaseEnded, release.FailedDirty, []release.Split{left}
	})
	w.target.split = left
	w.sweep = func() []string {
		// Doctor has listed the locks before its second look is over.
		w.target.guarded = func() { w.hold(ledger.Record{ID: id(4), Execution: executionPrefix + id(4)}, noon.Add(time.Hour)) }
		return nil
	}
	_, err := w.service.Doctor(t.Context(), true)
	wantFailure(t, err, release.KindConflict, "has just taken the lock")
	if w.target.split != left {
		t.Error("traffic was moved under a running release")
	}
}

func TestDoctorRetiresOldVersions(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		healthy(w)
		w.target.versions = []string{"3", "4"}
		got := examine(t, o, false)
		if len(got) != 1 || len(w.target.versions) != 2 {
			t.Fatalf("findings %+v", got)
		}
		wantWords(t, got[0].What, "2 versions", "3, 4")
		if got := examine(t, o, true); len(got) != 1 || !got[0].Fixed || len(w.target.versions) != 0 {
			t.Errorf("findings %+v", got)
		}
	})
}

func TestDoctorSaysWhatItCouldNotRead(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		healthy(w)
		w.target.err = errBroken
		_, err := o.Doctor(t.Context(), false)
		if err == nil {
			t.Fatal("a target that cannot be read is healthy")
		}
		wantWords(t, err.Error(), "echo/production", errBroken.Error())
	})
}

// TestABrokenLedgerIsAnErrorEverywhere asks for everything while the ledger cannot be read.
func TestABrokenLedgerIsAnErrorEverywhere(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		w.add(1, canarying)
		w.ledger.broken = true
		_, status := o.Status(t.Context(), production)
		_, byID := o.Status(t.Context(), operator.Reference{ID: id(1)})
		_, byService := o.Status(t.Context(), operator.Reference{Service: "echo"})
		_, list := o.List(t.Context(), operator.Filter{Service: "echo", Environment: "production"})
		_, history := o.History(t.Context(), operator.Reference{ID: id(1)})
		_, deploy := o.Deploy(t.Context(), document())
		_, plan := o.Plan(t.Context(), document())
		_, signal := o.Signal(t.Context(), production, ledger.Signal{Kind: ledger.SignalPause})
		_, rollback := o.Rollback(t.Context(), operator.RollbackRequest{Reference: production})
		_, doctor := o.Doctor(t.Context(), false)
		for name, err := range map[string]error{
			"status": status, "by id": byID, "by service": byService, "list": list, "history": history, "deploy": deploy, "plan": plan,
			"signal": signal, "rollback": rollback, "doctor": doctor,
			"lock":   o.Lock(t.Context(), "echo", "production", ledger.PersonLock{By: "carol", Reason: "audit"}),
			"unlock": o.Unlock(t.Context(), "echo", "production", "carol", ""),
		} {
			if err == nil || operator.ExitCode(err) != release.ExitError {
				t.Errorf("%s: error %v", name, err)
				continue
			}
			wantWords(t, err.Error(), errBroken.Error())
		}
	})
}
