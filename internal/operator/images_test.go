package operator_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// baked makes the release one of an image.
func baked(ami string, then func(*ledger.Record)) func(*ledger.Record) {
	return func(r *ledger.Record) {
		r.Document.Artifact = release.Artifact{AMI: ami}
		if then != nil {
			then(r)
		}
	}
}

func TestImagesOfTheRollbackWindowAreKept(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		w.unneeded = []string{"ami-00000001"}
		w.add(1, baked("ami-00000001", promoted("", "1")))
		w.add(2, baked("ami-00000002", promoted("1", "2")))
		w.add(3, baked("ami-00000003", promoted("2", "3")))
		w.add(4, func(r *ledger.Record) { baked("ami-00000004", promoted("", "1"))(r); r.Environment = "staging" })
		w.add(5, baked("ami-00000005", func(r *ledger.Record) { r.Outcome = release.RolledBack }))
		w.add(6, baked("ami-00000006", nil)) // it runs
		w.add(7, func(r *ledger.Record) { baked("ami-00000007", promoted("", "1"))(r); r.Service = "other" })
		got, err := o.Images(t.Context(), operator.ImagesRequest{Service: "echo", Keep: 2})
		if err != nil {
			t.Fatal(err)
		}
		kept := []string{"ami-00000002", "ami-00000003", "ami-00000004", "ami-00000006"}
		if diff := cmp.Diff(operator.Images{Service: "echo", Unneeded: []string{"ami-00000001"}, Kept: kept}, got); diff != "" {
			t.Errorf("images (-want +got):\n%s", diff)
		}
		w.unneeded = nil
		promoted("3", "6")(&w.ledger.records[5])
		if got, err = o.Images(t.Context(), operator.ImagesRequest{Service: "echo", Delete: true}); err != nil || got.Unneeded == nil || !got.Deleted {
			t.Errorf("%+v, %v", got, err)
		}
		want := []string{
			id(6) + " ami-00000006 [ami-00000002 ami-00000003 ami-00000004 ami-00000006] true",
			id(6) + " ami-00000006 [ami-00000001 ami-00000002 ami-00000003 ami-00000004 ami-00000006] false",
		}
		if diff := cmp.Diff(want, w.collected); diff != "" {
			t.Errorf("collected (-want +got):\n%s", diff)
		}
	})
}

// A release that runs, in whatever environment, may reuse any image; it may have begun while the collection looked.
func TestNoImageIsDeletedWhileAReleaseRuns(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		w.unneeded = []string{"ami-00000001"}
		w.add(1, baked("ami-00000001", promoted("", "1")))
		w.add(2, baked("ami-00000002", promoted("1", "2")))
		running := func(r *ledger.Record) {
			r.Environment, r.Document.Artifact = "staging", release.Artifact{Image: &release.Image{Pipeline: "arn"}} // it bakes, or takes what is baked
		}
		request := operator.ImagesRequest{Service: "echo", Keep: 1, Delete: true}
		refused := func(when string) {
			t.Helper()
			_, err := o.Images(t.Context(), request)
			if operator.ExitCode(err) != release.Refused.ExitCode() || !strings.Contains(err.Error(), "while a release of it runs") || !strings.Contains(err.Error(), id(3)) {
				t.Errorf("%s: %v", when, err)
			}
			if len(w.collected) > 0 {
				t.Errorf("%s: collected %v", when, w.collected)
			}
		}
		w.collecting = func() { w.collecting = nil; w.add(3, running) }
		refused("a release begins meanwhile")
		refused("a release runs")
		request.Delete = false
		if got, err := o.Images(t.Context(), request); err != nil || len(got.Unneeded) != 1 {
			t.Errorf("they are not listed: %+v, %v", got, err)
		}
	})
}

func TestImagesOfNobody(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		w.add(1, promoted("", "1")) // a package
		got, err := o.Images(t.Context(), operator.ImagesRequest{Service: "echo"})
		if diff := cmp.Diff(operator.Images{Service: "echo", Unneeded: []string{}, Kept: []string{}}, got); err != nil || diff != "" {
			t.Errorf("images of a service that has none (-want +got):\n%s%v", diff, err)
		}
		_, err = o.Images(t.Context(), operator.ImagesRequest{Service: "nosuch"})
		wantUnknown(t, err, "nosuch has never been released")
		for _, wrong := range []operator.ImagesRequest{{}, {Service: "echo", Keep: -1}, {Service: "echo", Keep: 101}} {
			_, err := o.Images(t.Context(), wrong)
			wantInvalid(t, err)
		}
		if len(w.collected) != 0 {
			t.Errorf("collected %v", w.collected)
		}
	})
}

func TestDriftIsAskedFor(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		w.add(1, promoted("", "1"))
		request := operator.DriftRequest{Service: "echo", Environment: "production", Fix: true}
		reports, err := o.Drift(t.Context(), request)
		if err != nil || len(reports) != 1 || !reports[0].At.Equal(noon) || !cmp.Equal(w.drifts, []operator.DriftRequest{request}) {
			t.Errorf("%+v, %v; asked for %+v", reports, err, w.drifts)
		}
	})
}

// A name that nobody knows is no service without drift.
func TestDriftOfNobody(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		if _, err := o.Drift(t.Context(), operator.DriftRequest{}); err != nil {
			t.Errorf("where nothing was released: %v", err)
		}
		w.drifts = nil
		w.add(1, promoted("", "1"))
		for says, request := range map[string]operator.DriftRequest{
			"nosuch has never been released":                                        {Service: "nosuch"},
			"other has never been released":                                         {Service: "other", Environment: "production", Fix: true},
			"echo has never been released to staging; it is released to production": {Service: "echo", Environment: "staging"},
			"nothing has ever been released to staging":                             {Environment: "staging"},
		} {
			_, err := o.Drift(t.Context(), request)
			wantUnknown(t, err, says)
		}
		if len(w.drifts) > 0 {
			t.Errorf("asked for %+v", w.drifts)
		}
	})
}

func wantUnknown(t *testing.T, err error, says string) {
	t.Helper()
	var unknown *operator.NotFoundError
	if !errors.As(err, &unknown) || unknown.Message != says {
		t.Errorf("error %v is not that %s", err, says)
	}
}
