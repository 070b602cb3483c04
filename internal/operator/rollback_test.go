package operator_test

import (
	"strings"
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

var production = operator.Reference{Service: "echo", Environment: "production"}

// labelled gives what a release made a label and a package of its own.
func labelled(label string, change func(*ledger.Record)) func(*ledger.Record) {
	return func(r *ledger.Record) {
		change(r)
		r.Document.Request.Label = label
		r.Document.Artifact.SHA256 = strings.Repeat(label[1:], 64)
	}
}

func TestRollbackOfARunningReleaseAbortsIt(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		w.add(1, canarying)
		started, err := o.Rollback(t.Context(), operator.RollbackRequest{Reference: production, By: "bob", Reason: "it is slow"})
		if err != nil || !started.Aborting || started.ID != id(1) {
			t.Fatalf("started %+v: %v", started, err)
		}
		if got := w.signals[id(1)]; len(got) != 1 || got[0].Kind != ledger.SignalAbort || got[0].By != "bob" || got[0].Reason != "it is slow" {
			t.Errorf("signals %+v", got)
		}
		_, err = o.Rollback(t.Context(), operator.RollbackRequest{Reference: production, To: "1", By: "bob"})
		wantFailure(t, err, release.KindRefused, "can only go back to version 1", "goldfinch abort "+id(1))
		w.ledger.records[0].Phase = ledger.PhaseRollingBack
		_, err = o.Rollback(t.Context(), operator.RollbackRequest{Reference: production, By: "bob"})
		wantFailure(t, err, release.KindRefused, "rolling back already")
	})
}

func TestRollbackOfAReleaseThatTidiesUpWaitsForIt(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		w.add(1, promoted("", "1"))
		w.hold(w.add(2, retiring("1", "2")), noon.Add(time.Hour))
		for _, reference := range []operator.Reference{production, {ID: id(2)}} {
			started, err := o.Rollback(t.Context(), operator.RollbackRequest{Reference: reference, By: "bob"})
			if err != nil || started.Aborting {
				t.Fatalf("started %+v: %v", started, err)
			}
			got := w.executions.input(t)
			if got.Request.Version != "1" || got.Strategy.OnNewRelease != release.QueueNewRelease {
				t.Errorf("request %+v, on a new release: %s", got.Request, got.Strategy.OnNewRelease)
			}
		}
	})
}

func TestRollbackReturnsToWhatWasStableBefore(t *testing.T) {
	returned := func(before, version string) func(*ledger.Record) {
		return func(r *ledger.Record) { promoted(before, version)(r); r.Document.Request.Version = version }
	}
	for name, c := range map[string]struct {
		releases []func(*ledger.Record)
		to       string
		version  string
		label    string
		sum      string
		refusal  string
	}{
		"one before": {
			releases: []func(*ledger.Record){labelled("v1", promoted("", "1")), labelled("v2", promoted("1", "2"))},
			version:  "1", label: "v1", sum: strings.Repeat("1", 64),
		},
		"a rolled-back release in between is no station": {
			releases: []func(*ledger.Record){labelled("v1", promoted("", "1")), labelled("v2", promoted("1", "2")), func(r *ledger.Record) { canarying(r); r.Phase, r.Outcome = ledger.PhaseEnded, release.RolledBack }},
			version:  "1", label: "v1", sum: strings.Repeat("1", 64),
		},
		"older than the ledger": {
			releases: []func(*ledger.Record){labelled("v2", promoted("6", "7"))},
			version:  "6",
		},
		"back once more goes further back, not forth": {
			releases: []func(*ledger.Record){labelled("v1", promoted("", "1")), labelled("v2", promoted("1", "2")), labelled("v3", promoted("2", "3")), returned("3", "2")},
			version:  "1", label: "v1", sum: strings.Repeat("1", 64),
		},
		"nothing before": {
			releases: []func(*ledger.Record){promoted("", "1")},
			refusal:  "no version was stable before version 1",
		},
		"never promoted": {
			releases: []func(*ledger.Record){func(r *ledger.Record) { r.Outcome = release.Refused }},
			refusal:  "nothing was ever promoted",
		},
		"to a version": {
			releases: []func(*ledger.Record){labelled("v1", promoted("", "1")), labelled("v2", promoted("1", "2")), labelled("v3", promoted("2", "3"))},
			to:       "1", version: "1", label: "v1", sum: strings.Repeat("1", 64),
		},
		"to a release": {
			releases: []func(*ledger.Record){labelled("v1", promoted("", "1")), labelled("v2", promoted("1", "2")), labelled("v3", promoted("2", "3"))},
			to:       strings.ToLower(id(0)), version: "1", label: "v1", sum: strings.Repeat("1", 64),
		},
		"forth again, by name": {
			releases: []func(*ledger.Record){labelled("v1", promoted("", "1")), labelled("v2", promoted("1", "2")), returned("2", "1")},
			to:       "2", version: "2", label: "v2", sum: strings.Repeat("2", 64),
		},
		"to a version that was never stable": {
			releases: []func(*ledger.Record){promoted("4", "5"), promoted("5", "6")},
			to:       "9", refusal: "version 9 was never stable here; one can go back to 6, 5, 4",
		},
		"to a release that was not promoted": {
			releases: []func(*ledger.Record){func(r *ledger.Record) { r.Outcome = release.RolledBack }, promoted("5", "6")},
			to:       id(0), refusal: "was not promoted here",
		},
		"to the present one": {
			releases: []func(*ledger.Record){promoted("5", "6")},
			to:       "6", refusal: "is what users have now",
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *world, o operator.Operator) {
				for n, change := range c.releases {
					w.target.split = w.add(n, change).Actual
				}
				started, err := o.Rollback(t.Context(), operator.RollbackRequest{Reference: production, To: c.to, By: "bob"})
				if c.refusal != "" {
					wantFailure(t, err, release.KindRefused, c.refusal)
					return
				}
				if err != nil || started.Aborting {
					t.Fatalf("started %+v: %v", started, err)
				}
				got := w.executions.input(t)
				want := release.Request{By: "bob", Reason: "rollback to version " + c.version, Label: c.label, Version: c.version}
				if got.Request != want {
					t.Errorf("request %+v, want %+v", got.Request, want)
				}
				if *got.Strategy.Settle != 0 {
					t.Errorf("it settles for %s", *got.Strategy.Settle)
				}
				if got.Artifact.SHA256 != c.sum {
					t.Errorf("artifact %+v", got.Artifact)
				}
			})
		})
	}
}

func TestWhatTrafficDecidedIsNotReleasedOnceMore(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		adaptive := func(before, version string) func(*ledger.Record) {
			return func(r *ledger.Record) {
				promoted(before, version)(r)
				r.Document.Strategy.Steps, r.Document.Strategy.Holdback = nil, nil
				r.Document.Strategy.Adaptive = &release.AdaptiveStrategy{Profile: release.ProfileFast}
				asked := r.Document.Strategy
				r.Asked = &asked
				r.Document.Strategy.Steps = []release.Step{{Weight: 2, Wait: 2 * minute}, {Weight: 10, Wait: 2 * minute}}
				r.Document.Strategy.Holdback = new(20.0)
			}
		}
		w.add(0, adaptive("", "1"))
		w.target.split = w.add(1, adaptive("1", "2")).Actual

		if _, err := o.Rollback(t.Context(), operator.RollbackRequest{Reference: production, By: "bob"}); err != nil {
			t.Fatal(err)
		}
		back := w.executions.input(t).Strategy
		if back.Adaptive == nil || len(back.Steps) > 0 || *back.Settle != 0 || back.Holdback != nil {
			t.Errorf("the way back has the strategy %+v", back)
		}

		if _, err := o.Deploy(t.Context(), release.Document{Environment: "staging", Request: release.Request{By: "bob", From: id(1)}}); err != nil {
			t.Fatal(err)
		}
		onward := w.executions.input(t).Strategy
		if onward.Adaptive == nil || len(onward.Steps) > 0 || onward.Holdback != nil {
			t.Errorf("the way onward has the strategy %+v", onward)
		}
	})
}

func TestRollbackOfAReleaseThatIsNotThePresentOne(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		w.add(1, promoted("", "1"))
		w.add(2, promoted("1", "2"))
		_, err := o.Rollback(t.Context(), operator.RollbackRequest{Reference: operator.Reference{ID: id(1)}, By: "bob"})
		wantFailure(t, err, release.KindRefused, "release "+id(2)+" did", "--to "+id(1))
		if _, err := o.Rollback(t.Context(), operator.RollbackRequest{Reference: operator.Reference{ID: id(2)}, By: "bob", Reason: "it is slow"}); err != nil {
			t.Fatal(err)
		}
		if got := w.executions.input(t).Request; got.Version != "1" || got.Reason != "it is slow" {
			t.Errorf("request %+v", got)
		}
	})
}

func TestRollbackToTheStableVersionAfterSomebodyMovedTraffic(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		w.add(1, promoted("", "1"))
		w.add(2, promoted("1", "2"))
		for _, to := range []string{"2", id(2)} {
			w.target.split = release.Pure("2")
			_, err := o.Rollback(t.Context(), operator.RollbackRequest{Reference: production, To: to, By: "bob"})
			wantFailure(t, err, release.KindRefused, "version 2 is what users have now")
			w.target.split = release.Pure("1")
			if _, err := o.Rollback(t.Context(), operator.RollbackRequest{Reference: production, To: to, By: "bob"}); err != nil {
				t.Fatal(err)
			}
			if got := w.executions.input(t).Request; got.Version != "2" {
				t.Errorf("request %+v", got)
			}
		}
		w.target.err = errBroken
		if _, err := o.Rollback(t.Context(), operator.RollbackRequest{Reference: production, To: "2", By: "bob"}); err == nil {
			t.Error("a target that cannot be read is what users have")
		}
	})
}

func TestARejectedArtifactCanBeReturnedToByVersion(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		w.add(1, promoted("", "1"))
		w.add(2, promoted("1", "2"))
		w.ledger.rejected[strings.Repeat("a", 64)] = id(9)
		if _, err := o.Rollback(t.Context(), operator.RollbackRequest{Reference: production, By: "bob"}); err != nil {
			t.Error(err)
		}
	})
}
