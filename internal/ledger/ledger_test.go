package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

func TestCreateIsOncePerID(t *testing.T) {
	everyWay(t, func(t *testing.T, w *world) {
		first := must[ledger.Record](t)(w.Create(t.Context(), record("r1")))
		want := record("r1")
		want.Revision = 1
		if diff := cmp.Diff(want, first); diff != "" {
			t.Errorf("created (-want +got):\n%s", diff)
		}
		changed := first
		changed.Phase = ledger.PhaseQueued
		changed = must[ledger.Record](t)(w.WriteUnlocked(t.Context(), ledger.Change{Record: changed}))
		again := record("r1")
		again.CreatedAt = start.Add(time.Hour)
		if diff := cmp.Diff(changed, must[ledger.Record](t)(w.Create(t.Context(), again))); diff != "" {
			t.Errorf("created again (-want +got):\n%s", diff)
		}
		foreign := record("r1")
		foreign.Execution = "another"
		_, err := w.Create(t.Context(), foreign)
		wantKind(t, err, release.KindRefused)
		if got := must[[]ledger.Record](t)(w.Releases(t.Context(), "echo", "production", 0)); len(got) != 1 {
			t.Errorf("%d releases are listed", len(got))
		}
	})
}

func TestCreateNeedsWhatKeysAreMadeOf(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, spoil := range []func(*ledger.Record){
		func(r *ledger.Record) { r.ID = "" },
		func(r *ledger.Record) { r.Service = "" },
		func(r *ledger.Record) { r.Environment = "" },
	} {
		bad := record("r1")
		spoil(&bad)
		if _, err := w.Create(t.Context(), bad); err == nil {
			t.Errorf("%+v was created", bad)
		}
	}
}

func TestAReleaseThatDoesNotExist(t *testing.T) {
	everyWay(t, func(t *testing.T, w *world) {
		_, err := w.Release(t.Context(), "none")
		var missing *ledger.NotFoundError
		if !errors.As(err, &missing) || missing.ID != "none" || !strings.Contains(err.Error(), "no release none") {
			t.Errorf("got %v", err)
		}
		if _, err = w.WriteUnlocked(t.Context(), ledger.Change{Record: record("none")}); !errors.As(err, &missing) {
			t.Errorf("got %v", err)
		}
		if entries := must[[]ledger.Entry](t)(w.Timeline(t.Context(), "none")); len(entries) != 0 {
			t.Errorf("it has entries: %v", entries)
		}
		if token := must[string](t)(w.Token(t.Context(), "none")); token != "" {
			t.Errorf("it has the token %q", token)
		}
	})
}

func TestReleasesAreListedNewestFirst(t *testing.T) {
	everyWay(t, func(t *testing.T, w *world) {
		// The last has no fraction of a second, and must sort all the same.
		for i, after := range []time.Duration{time.Second, 2 * time.Second, 3*time.Second - time.Duration(start.Nanosecond())} {
			r := record(fmt.Sprintf("r%d", i+1))
			r.CreatedAt = start.Add(after)
			must[ledger.Record](t)(w.Create(t.Context(), r))
		}
		other := record("other")
		other.Environment = "beta"
		must[ledger.Record](t)(w.Create(t.Context(), other))

		for limit, want := range map[int][]string{0: {"r3", "r2", "r1"}, 2: {"r3", "r2"}, 5: {"r3", "r2", "r1"}} {
			var got []string
			for _, r := range must[[]ledger.Record](t)(w.Releases(t.Context(), "echo", "production", limit)) {
				got = append(got, r.ID)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("limit %d (-want +got):\n%s", limit, diff)
			}
		}
		want := []ledger.ServiceEnvironment{{Service: "echo", Environment: "beta"}, {Service: "echo", Environment: "production"}}
		if diff := cmp.Diff(want, must[[]ledger.ServiceEnvironment](t)(w.Services(t.Context()))); diff != "" {
			t.Errorf("services (-want +got):\n%s", diff)
		}
	})
}

// begin creates a release that holds the lease.
func begin(t failer, w *world, id string) (ledger.Record, ledger.Lease) {
	t.Helper()
	r := must[ledger.Record](t)(w.Create(t.Context(), record(id)))
	return r, must[ledger.Lease](t)(w.Acquire(t.Context(), claim(id)))
}

func TestWriteDoesAllThatAChangeSays(t *testing.T) {
	everyWay(t, func(t *testing.T, w *world) {
		r, lease := begin(t, w, "r1")
		for _, id := range []string{"s1", "s2"} {
			if err := w.AddSignal(t.Context(), "r1", ledger.Signal{ID: id, Kind: ledger.SignalPause, At: start, By: "ann"}); err != nil {
				t.Fatal(err)
			}
		}
		r.Phase = ledger.PhaseCanary
		split := release.Split{Stable: "1", Canary: "2", Weight: 10}
		periods := []judge.Period{{Start: start, Metrics: map[string]judge.Pair{"errors": {Canary: judge.Count{Requests: 10, Bad: 1}}}}}
		until := start.Add(time.Hour)
		written := must[ledger.Record](t)(w.Write(t.Context(), lease, until, ledger.Change{
			Record: r,
			Entries: []ledger.Entry{
				{At: start, Kind: ledger.EntrySplitIntended, Actor: "Shift", Text: "10%", Split: &split},
				{At: start, Kind: ledger.EntryPeriods, Actor: "Evaluate", Text: "one period", Periods: periods},
			},
			Consumed: []string{"s1", "s1"},
			Token:    "token 1",
		}))
		want := r
		want.Revision++
		want.LastEntry = 2
		if diff := cmp.Diff(want, written); diff != "" {
			t.Errorf("returned record (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(want, must[ledger.Record](t)(w.Release(t.Context(), "r1"))); diff != "" {
			t.Errorf("stored record (-want +got):\n%s", diff)
		}
		must[ledger.Record](t)(w.Write(t.Context(), lease, until, ledger.Change{Record: written, Entries: []ledger.Entry{{At: start, Kind: ledger.EntryNote, Text: "third"}}}))

		entries := must[[]ledger.Entry](t)(w.Timeline(t.Context(), "r1"))
		wantEntries := []ledger.Entry{
			{Sequence: 1, At: start, Kind: ledger.EntrySplitIntended, Actor: "Shift", Text: "10%", Split: &split},
			{Sequence: 2, At: start, Kind: ledger.EntryPeriods, Actor: "Evaluate", Text: "one period", Periods: periods},
			{Sequence: 3, At: start, Kind: ledger.EntryNote, Text: "third"},
		}
		if diff := cmp.Diff(wantEntries, entries); diff != "" {
			t.Errorf("timeline (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(periods, must[[]judge.Period](t)(w.Periods(t.Context(), "r1"))); diff != "" {
			t.Errorf("periods (-want +got):\n%s", diff)
		}
		if signals := must[[]ledger.Signal](t)(w.Signals(t.Context(), "r1")); len(signals) != 1 || signals[0].ID != "s2" {
			t.Errorf("pending signals: %v", signals)
		}
		if token := must[string](t)(w.Token(t.Context(), "r1")); token != "token 1" {
			t.Errorf("token %q", token)
		}
		if holder, _, err := w.Holder(t.Context(), "echo", "production"); err != nil || holder == nil || !holder.Until.Equal(until) {
			t.Errorf("holder %+v, %v", holder, err)
		}
	})
}

func TestStableAndRejectedArtifacts(t *testing.T) {
	everyWay(t, func(t *testing.T, w *world) {
		r, lease := begin(t, w, "r1")
		if _, ok, err := w.Stable(t.Context(), "echo", "production"); ok || err != nil {
			t.Errorf("a stable version before any promotion: %v, %v", ok, err)
		}
		r.Verdict = &release.Verdict{Reason: "errors 20%"}
		r = must[ledger.Record](t)(w.Write(t.Context(), lease, lease.Until, ledger.Change{Record: r, Rejected: "aa"}))
		if id, reason, rejected, err := w.Rejected(t.Context(), "echo", "production", "aa"); id != "r1" || reason != "errors 20%" || !rejected || err != nil {
			t.Errorf("got %q, %q, %v, %v", id, reason, rejected, err)
		}
		if _, _, rejected, err := w.Rejected(t.Context(), "echo", "beta", "aa"); rejected || err != nil {
			t.Errorf("rejected in another environment: %v, %v", rejected, err)
		}
		r.Reason = "aborted by ann"
		r = must[ledger.Record](t)(w.Write(t.Context(), lease, lease.Until, ledger.Change{Record: r, Rejected: "bb"}))
		if _, reason, _, err := w.Rejected(t.Context(), "echo", "production", "bb"); reason != "aborted by ann" || err != nil {
			t.Errorf("got %q, %v", reason, err)
		}
		stable := ledger.Stable{Version: "2", Release: "r1", SHA256: "aa", Since: start}
		if _, err := w.Write(t.Context(), lease, lease.Until, ledger.Change{Record: r, Stable: &stable, Rejected: "aa"}); err == nil {
			t.Error("an artifact became stable and rejected")
		}
		r = must[ledger.Record](t)(w.Write(t.Context(), lease, lease.Until, ledger.Change{Record: r, Stable: &stable}))
		if got, ok, err := w.Stable(t.Context(), "echo", "production"); !ok || err != nil || got != stable {
			t.Errorf("got %+v, %v, %v", got, ok, err)
		}
		if _, _, rejected, err := w.Rejected(t.Context(), "echo", "production", "aa"); rejected || err != nil {
			t.Errorf("a promoted artifact is still rejected: %v, %v", rejected, err)
		}
		stable = ledger.Stable{Version: "3", Release: "r1", Since: start}
		must[ledger.Record](t)(w.Write(t.Context(), lease, lease.Until, ledger.Change{Record: r, Stable: &stable}))
		if got, _, err := w.Stable(t.Context(), "echo", "production"); err != nil || got != stable {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

func TestWriteIsOneCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r, lease := begin(t, w, "r1")
	var calls []string
	w.fault = func(ctx context.Context, operation string, call func(context.Context) error) error {
		calls = append(calls, operation)
		return call(ctx)
	}
	note := []ledger.Entry{{At: start, Kind: ledger.EntryNote, Text: "a note"}}
	r = must[ledger.Record](t)(w.Write(t.Context(), lease, lease.Until, ledger.Change{Record: r, Entries: note}))
	must[ledger.Record](t)(w.Write(t.Context(), lease, lease.Until, ledger.Change{Record: r, Entries: note}))
	if diff := cmp.Diff([]string{"dynamodb:TransactWriteItems", "dynamodb:TransactWriteItems"}, calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

// A record that has been through JSON does not know its last entry.
func TestARecordFromElsewhereCanBeWritten(t *testing.T) {
	everyWay(t, func(t *testing.T, w *world) {
		r, lease := begin(t, w, "r1")
		for i := range 3 {
			r.LastEntry = 0
			change := ledger.Change{Record: r}
			if i != 1 { // neither with entries nor without may it lose count
				change.Entries = []ledger.Entry{{At: start, Kind: ledger.EntryNote, Text: "a note"}}
			}
			written := must[ledger.Record](t)(w.Write(t.Context(), lease, lease.Until, change))
			if again := must[ledger.Record](t)(w.Write(t.Context(), lease, lease.Until.Add(time.Minute), change)); again.Revision != written.Revision {
				t.Errorf("the same change again made revision %d of %d", again.Revision, written.Revision)
			}
			r = must[ledger.Record](t)(w.Release(t.Context(), "r1"))
		}
		entries := must[[]ledger.Entry](t)(w.Timeline(t.Context(), "r1"))
		if len(entries) != 2 || entries[1].Sequence != 2 || r.LastEntry != 2 {
			t.Errorf("after entry %d there are %+v", r.LastEntry, entries)
		}
	})
}

func TestWriteNamesTheRevisionItRead(t *testing.T) {
	everyWay(t, func(t *testing.T, w *world) {
		r, lease := begin(t, w, "r1")
		first, second := r, r
		first.Notes = []string{"first"}
		second.Notes = []string{"second"}
		must[ledger.Record](t)(w.Write(t.Context(), lease, lease.Until, ledger.Change{Record: first}))
		_, err := w.Write(t.Context(), lease, lease.Until, ledger.Change{Record: second})
		wantKind(t, err, release.KindTransient)
		_, err = w.WriteUnlocked(t.Context(), ledger.Change{Record: second})
		wantKind(t, err, release.KindTransient)
		again := must[ledger.Record](t)(w.Write(t.Context(), lease, lease.Until.Add(time.Hour), ledger.Change{Record: first}))
		if again.Revision != r.Revision+1 {
			t.Errorf("the same write again made revision %d", again.Revision)
		}
	})
}

func TestWriteRefusesWhatOneTransactionCannotHold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r, lease := begin(t, w, "r1")
	entries := make([]ledger.Entry, 99)
	_, err := w.Write(t.Context(), lease, lease.Until, ledger.Change{Record: r, Entries: entries})
	if err == nil || !strings.Contains(err.Error(), "101 actions") {
		t.Errorf("got %v", err)
	}
	must[ledger.Record](t)(w.Write(t.Context(), lease, lease.Until, ledger.Change{Record: r, Entries: entries[:98]}))
}

func TestWriteRefusesAnothersLease(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r, lease := begin(t, w, "r1")
	lease.Environment = "beta"
	if _, err := w.Write(t.Context(), lease, lease.Until, ledger.Change{Record: r}); err == nil {
		t.Error("a release was written under the lease of another environment")
	}
	if _, err := w.WriteUnlocked(t.Context(), ledger.Change{Record: r, Free: true}); err == nil {
		t.Error("a lease was freed without one")
	}
}

func TestSignalsAreOrderedAndSentOnce(t *testing.T) {
	everyWay(t, func(t *testing.T, w *world) {
		r := must[ledger.Record](t)(w.Create(t.Context(), record("r1")))
		signals := []ledger.Signal{
			{ID: "b", Kind: ledger.SignalPause, At: start, By: "ann"},
			{ID: "z", Kind: ledger.SignalAlarm, At: start.Add(-time.Second), By: "alarm"},
			{ID: "a", Kind: ledger.SignalAbort, At: start, By: "ann", Reason: "no"},
			{ID: "b", Kind: ledger.SignalResume, At: start, By: "bob"},
		}
		for _, s := range signals {
			if err := w.AddSignal(t.Context(), "r1", s); err != nil {
				t.Fatal(err)
			}
		}
		want := []ledger.Signal{signals[1], signals[2], signals[0]}
		if diff := cmp.Diff(want, must[[]ledger.Signal](t)(w.Signals(t.Context(), "r1"))); diff != "" {
			t.Errorf("signals (-want +got):\n%s", diff)
		}
		must[ledger.Record](t)(w.WriteUnlocked(t.Context(), ledger.Change{Record: r, Consumed: []string{"z", "a", "b"}}))
		if err := w.AddSignal(t.Context(), "r1", signals[0]); err != nil {
			t.Fatal(err)
		}
		if pending := must[[]ledger.Signal](t)(w.Signals(t.Context(), "r1")); len(pending) != 0 {
			t.Errorf("a consumed signal came back: %v", pending)
		}
		if err := w.AddSignal(t.Context(), "r1", ledger.Signal{Kind: ledger.SignalPause}); err == nil {
			t.Error("a signal without an id was sent")
		}
	})
}

func TestTheQueueIsFirstInFirstOut(t *testing.T) {
	everyWay(t, func(t *testing.T, w *world) {
		wantQueue := func(want ...string) {
			t.Helper()
			if diff := cmp.Diff(append([]string{}, want...), must[[]string](t)(w.Queue(t.Context(), "echo", "production"))); diff != "" {
				t.Errorf("queue (-want +got):\n%s", diff)
			}
		}
		wantQueue()
		for i, id := range []string{"c", "a", "b", "c"} {
			created := record(id)
			created.CreatedAt = start.Add(time.Duration(i) * time.Second)
			must[ledger.Record](t)(w.Create(t.Context(), created))
		}
		wantQueue("c", "a", "b")
		for range 2 {
			if err := w.Dequeue(t.Context(), "echo", "production", "a"); err != nil {
				t.Fatal(err)
			}
			wantQueue("c", "b")
		}
	})
}

func TestLongTimelinesAreReadToTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r, lease := begin(t, w, "r1")
	long := strings.Repeat("x", 30_000)
	var want int64
	for range 3 {
		entries := make([]ledger.Entry, 20)
		for i := range entries {
			want++
			entries[i] = ledger.Entry{At: start, Kind: ledger.EntryNote, Text: fmt.Sprint(want, long)}
		}
		r = must[ledger.Record](t)(w.Write(t.Context(), lease, lease.Until, ledger.Change{Record: r, Entries: entries}))
	}
	entries := must[[]ledger.Entry](t)(w.Timeline(t.Context(), "r1"))
	if int64(len(entries)) != want {
		t.Fatalf("%d entries, want %d", len(entries), want)
	}
	for i, entry := range entries {
		if entry.Sequence != int64(i+1) || entry.Text != fmt.Sprint(i+1, long) {
			t.Fatalf("entry %d has sequence %d", i+1, entry.Sequence)
		}
	}
}
