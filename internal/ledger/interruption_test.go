package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/local/intercept"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

var errNetwork = errors.New("the connection broke")

// interruptible are calls of every method. Each begins in a world that prepare has made.
func interruptible() map[string]struct {
	prepare func(t failer, w *world)
	call    func(ctx context.Context, w *world) (any, error)
} {
	type testCase = struct {
		prepare func(t failer, w *world)
		call    func(ctx context.Context, w *world) (any, error)
	}
	created := func(t failer, w *world) { must[ledger.Record](t)(w.Create(t.Context(), record("r1"))) }
	begun := func(t failer, w *world) { begin(t, w, "r1") }
	lived := func(t failer, w *world) {
		r, lease := begin(t, w, "r1")
		must[ledger.Record](t)(w.Write(t.Context(), lease, lease.Until, fullChange(r)))
		for _, id := range []string{"s1", "s2"} {
			if err := w.AddSignal(t.Context(), "r1", ledger.Signal{ID: id, Kind: ledger.SignalPause, At: start}); err != nil {
				t.Fatal(err)
			}
		}
		must[ledger.Record](t)(w.Create(t.Context(), record("r2")))
	}
	locked := func(t failer, w *world) {
		if err := w.LockByPerson(t.Context(), "echo", "production", ledger.PersonLock{By: "ann"}); err != nil {
			t.Fatal(err)
		}
	}
	unlocked := func(t failer, w *world) {
		locked(t, w)
		if err := w.UnlockByPerson(t.Context(), "echo", "production"); err != nil {
			t.Fatal(err)
		}
	}
	firstLease := func() ledger.Lease {
		lease := claim("r1")
		lease.Fence = 1
		return lease
	}
	firstRecord := func() ledger.Record {
		r := record("r1")
		r.Revision = 1
		return r
	}
	nothing := func(failer, *world) {}
	return map[string]testCase{
		"Create": {nothing, func(ctx context.Context, w *world) (any, error) { return w.Create(ctx, record("r1")) }},
		"Create with a taken id": {created, func(ctx context.Context, w *world) (any, error) {
			foreign := record("r1")
			foreign.Execution = "another"
			return w.Create(ctx, foreign)
		}},
		"Release":  {lived, func(ctx context.Context, w *world) (any, error) { return w.Release(ctx, "r1") }},
		"Releases": {lived, func(ctx context.Context, w *world) (any, error) { return w.Releases(ctx, "echo", "production", 0) }},
		"Services": {lived, func(ctx context.Context, w *world) (any, error) { return w.Services(ctx) }},
		"Timeline": {lived, func(ctx context.Context, w *world) (any, error) { return w.Timeline(ctx, "r1") }},
		"Periods":  {lived, func(ctx context.Context, w *world) (any, error) { return w.Periods(ctx, "r1") }},
		"Stable": {lived, func(ctx context.Context, w *world) (any, error) {
			stable, ok, err := w.Stable(ctx, "echo", "production")
			return []any{stable, ok}, err
		}},
		"Rejected": {lived, func(ctx context.Context, w *world) (any, error) {
			id, reason, rejected, err := w.Rejected(ctx, "echo", "production", "bb")
			return []any{id, reason, rejected}, err
		}},
		"Holder": {lived, func(ctx context.Context, w *world) (any, error) {
			lease, person, err := w.Holder(ctx, "echo", "production")
			return []any{lease, person}, err
		}},
		"Holders":               {lived, func(ctx context.Context, w *world) (any, error) { return w.Holders(ctx) }},
		"Acquire":               {nothing, func(ctx context.Context, w *world) (any, error) { return w.Acquire(ctx, claim("r1")) }},
		"Acquire what was used": {unlocked, func(ctx context.Context, w *world) (any, error) { return w.Acquire(ctx, claim("r1")) }},
		"Acquire again": {begun, func(ctx context.Context, w *world) (any, error) {
			again := claim("r1")
			again.Until = start.Add(time.Hour)
			return w.Acquire(ctx, again)
		}},
		"Acquire what is held": {begun, func(ctx context.Context, w *world) (any, error) { return w.Acquire(ctx, claim("r2")) }},
		"TakeOver": {begun, func(ctx context.Context, w *world) (any, error) {
			sweep := claim("r1")
			sweep.Owner = "sweep"
			return w.TakeOver(ctx, firstLease(), sweep)
		}},
		"TakeOver too late": {begun, func(ctx context.Context, w *world) (any, error) {
			dead := firstLease()
			dead.Owner = "another"
			return w.TakeOver(ctx, dead, claim("r2"))
		}},
		"Check": {begun, func(ctx context.Context, w *world) (any, error) { return nil, w.Check(ctx, firstLease()) }},
		"Check what is lost": {begun, func(ctx context.Context, w *world) (any, error) {
			lost := firstLease()
			lost.Fence = 7
			return nil, w.Check(ctx, lost)
		}},
		"Free": {begun, func(ctx context.Context, w *world) (any, error) { return nil, w.Free(ctx, firstLease()) }},
		"Free what is lost": {begun, func(ctx context.Context, w *world) (any, error) {
			lost := firstLease()
			lost.Fence = 7
			return nil, w.Free(ctx, lost)
		}},
		"Write": {begun, func(ctx context.Context, w *world) (any, error) {
			return w.Write(ctx, firstLease(), start.Add(time.Hour), fullChange(firstRecord()))
		}},
		"Write and free": {begun, func(ctx context.Context, w *world) (any, error) {
			change := fullChange(firstRecord())
			change.Free = true
			return w.Write(ctx, firstLease(), start.Add(time.Hour), change)
		}},
		"Write an old revision": {lived, func(ctx context.Context, w *world) (any, error) {
			return w.Write(ctx, firstLease(), start.Add(time.Hour), ledger.Change{Record: firstRecord()})
		}},
		"Write without the lease": {begun, func(ctx context.Context, w *world) (any, error) {
			lost := firstLease()
			lost.Fence = 7
			return w.Write(ctx, lost, start.Add(time.Hour), ledger.Change{Record: firstRecord()})
		}},
		"WriteUnlocked": {created, func(ctx context.Context, w *world) (any, error) {
			return w.WriteUnlocked(ctx, fullChange(firstRecord()))
		}},
		"AddSignal": {created, func(ctx context.Context, w *world) (any, error) {
			return nil, w.AddSignal(ctx, "r1", ledger.Signal{ID: "s", Kind: ledger.SignalAbort, At: start})
		}},
		"Signals": {lived, func(ctx context.Context, w *world) (any, error) { return w.Signals(ctx, "r1") }},
		"Token":   {lived, func(ctx context.Context, w *world) (any, error) { return w.Token(ctx, "r1") }},
		"LockByPerson": {begun, func(ctx context.Context, w *world) (any, error) {
			return nil, w.LockByPerson(ctx, "echo", "production", ledger.PersonLock{By: "ann", Reason: "freeze"})
		}},
		"LockByPerson what is locked": {locked, func(ctx context.Context, w *world) (any, error) {
			return nil, w.LockByPerson(ctx, "echo", "production", ledger.PersonLock{By: "bob"})
		}},
		"UnlockByPerson": {locked, func(ctx context.Context, w *world) (any, error) {
			return nil, w.UnlockByPerson(ctx, "echo", "production")
		}},
		"AcquireUnder": {locked, func(ctx context.Context, w *world) (any, error) { return w.AcquireUnder(ctx, claim("r1"), "ann") }},
		"UnlockOwn": {locked, func(ctx context.Context, w *world) (any, error) {
			return nil, w.UnlockOwn(ctx, "echo", "production", "ann")
		}},
		"Dequeue": {lived, func(ctx context.Context, w *world) (any, error) {
			return nil, w.Dequeue(ctx, "echo", "production", "r1")
		}},
		"Queue": {lived, func(ctx context.Context, w *world) (any, error) { return w.Queue(ctx, "echo", "production") }},
	}
}

// fullChange uses every part of a change but Free.
func fullChange(r ledger.Record) ledger.Change {
	r.Phase = ledger.PhaseSettling
	r.Reason = "because"
	return ledger.Change{
		Record:   r,
		Entries:  []ledger.Entry{{At: start, Kind: ledger.EntryPhase, Text: "one"}, {At: start, Kind: ledger.EntryPeriods, Text: "two"}},
		Consumed: []string{"s1"},
		Token:    "token",
		Stable:   &ledger.Stable{Version: "2", Release: r.ID, SHA256: "aa", Since: start},
		Rejected: "bb",
	}
}

// An interruption stands around one call, the index-th.
type interruption struct {
	name  string
	fault func(ctx context.Context, call func(context.Context) error) error
}

func interruptions() []interruption {
	return []interruption{
		{"error before it", func(context.Context, func(context.Context) error) error { return errNetwork }},
		{"error after it took effect", func(ctx context.Context, call func(context.Context) error) error {
			if err := call(ctx); err != nil {
				return err
			}
			return errNetwork
		}},
	}
}

// TestCallingAgainConverges breaks every call of every method, before it and
// after it took effect, and calls the method again: the result and the whole table must
// then be those of a method that was not disturbed.
func TestCallingAgainConverges(t *testing.T) {
	t.Parallel()
	for name, test := range interruptible() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			calm := newWorld(t)
			test.prepare(t, calm)
			calls := 0
			calm.fault = func(ctx context.Context, _ string, call func(context.Context) error) error {
				calls++
				return call(ctx)
			}
			wantResult, wantErr := test.call(t.Context(), calm)
			calm.fault = nil
			want := calm.content(t)
			for at := range calls {
				for _, broken := range interruptions() {
					t.Run(fmt.Sprintf("call %d %s", at+1, broken.name), func(t *testing.T) {
						w := newWorld(t)
						test.prepare(t, w)
						w.fault = once(at, broken.fault)
						_, err := test.call(t.Context(), w)
						w.fault = nil
						if wantErr == nil && !errors.Is(err, errNetwork) {
							t.Errorf("the broken call gave %v", err)
						}
						result, err := test.call(t.Context(), w)
						if fmt.Sprint(err) != fmt.Sprint(wantErr) {
							t.Errorf("called again it gave %v, want %v", err, wantErr)
						}
						if diff := cmp.Diff(wantResult, result); diff != "" {
							t.Errorf("result (-calm +interrupted):\n%s", diff)
						}
						if diff := cmp.Diff(want, w.content(t), comparable...); diff != "" {
							t.Errorf("table (-calm +interrupted):\n%s", diff)
						}
					})
				}
			}
			if calls == 0 {
				t.Error("the method made no call")
			}
		})
	}
}

// comparable lets cmp compare the SDK's values.
var comparable = []cmp.Option{cmpopts.IgnoreUnexported(
	types.AttributeValueMemberS{}, types.AttributeValueMemberN{}, types.AttributeValueMemberBOOL{}, types.AttributeValueMemberM{},
)}

// once makes fault stand around the call after so many others.
func once(after int, fault func(context.Context, func(context.Context) error) error) intercept.Func {
	return func(ctx context.Context, _ string, call func(context.Context) error) error {
		if after--; after == -1 {
			return fault(ctx, call)
		}
		return call(ctx)
	}
}

// cancelled is a transaction that failed for these reasons.
func cancelled(codes ...string) error {
	out := &types.TransactionCanceledException{}
	for _, code := range codes {
		out.CancellationReasons = append(out.CancellationReasons, types.CancellationReason{Code: aws.String(code)})
	}
	return out
}

func TestFaultsOfDynamoDBAreClassifiedOnlyWhenWeKnow(t *testing.T) {
	t.Parallel()
	throttled := &types.ProvisionedThroughputExceededException{Message: aws.String("slow down")}
	tests := []struct {
		name  string
		fault error
		want  release.Kind
	}{
		{"two transactions at once", cancelled("None", "TransactionConflict", "None"), release.KindTransient},
		{"throttled within a transaction", cancelled("ThrottlingError", "None", "None"), ""},
		{"throttled", throttled, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.fault = func(context.Context, string, func(context.Context) error) error { return test.fault }
			_, err := w.Create(t.Context(), record("r1"))
			if kind, _ := release.KindOf(err); !errors.Is(err, test.fault) || kind != test.want {
				t.Errorf("got %v of kind %q, want kind %q", err, kind, test.want)
			}
		})
	}
}

// TestAcquireLooksAgain lets another owner in between Acquire's reading and its writing.
func TestAcquireLooksAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	calls := 0
	w.fault = func(ctx context.Context, operation string, call func(context.Context) error) error {
		if calls++; calls == 2 {
			w.fault = nil
			must[ledger.Lease](t)(w.Acquire(t.Context(), claim("r2")))
		}
		return call(ctx)
	}
	_, err := w.Acquire(t.Context(), claim("r1"))
	wantHeld(t, err, "release r2")

	w.fault = func(ctx context.Context, operation string, call func(context.Context) error) error {
		if operation == "dynamodb:TransactWriteItems" {
			return cancelled("ConditionalCheckFailed", "None")
		}
		return call(ctx)
	}
	other := claim("r1")
	other.Environment = "beta"
	_, err = w.Acquire(t.Context(), other)
	wantKind(t, err, release.KindTransient)
}

// TestWriteLosesTheRace changes the world between Write's reading and its writing.
func TestWriteLosesTheRace(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		meanwhile func(t failer, w *world, r ledger.Record, lease ledger.Lease)
		want      release.Kind
	}{
		{"another copy writes", func(t failer, w *world, r ledger.Record, lease ledger.Lease) {
			r.Notes = []string{"another copy"}
			must[ledger.Record](t)(w.Write(t.Context(), lease, lease.Until, ledger.Change{Record: r}))
		}, release.KindTransient},
		{"the same write", func(t failer, w *world, r ledger.Record, lease ledger.Lease) {
			must[ledger.Record](t)(w.Write(t.Context(), lease, lease.Until.Add(time.Second), fullChange(r)))
		}, ""},
		{"the lease is taken over", func(t failer, w *world, r ledger.Record, lease ledger.Lease) {
			must[ledger.Lease](t)(w.TakeOver(t.Context(), lease, claim("sweep")))
		}, release.KindConflict},
		{"the lease is taken over, and the record written", func(t failer, w *world, r ledger.Record, lease ledger.Lease) {
			taken := must[ledger.Lease](t)(w.TakeOver(t.Context(), lease, claim("sweep")))
			must[ledger.Record](t)(w.Write(t.Context(), taken, taken.Until, ledger.Change{Record: r}))
		}, release.KindConflict},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			r, lease := begin(t, w, "r1")
			w.fault = func(ctx context.Context, operation string, call func(context.Context) error) error {
				if operation == "dynamodb:TransactWriteItems" {
					w.fault = nil
					test.meanwhile(t, w, r, lease)
				}
				return call(ctx)
			}
			written, err := w.Write(t.Context(), lease, lease.Until, fullChange(r))
			if test.want != "" {
				wantKind(t, err, test.want)
				return
			}
			if err != nil || written.Revision != r.Revision+1 {
				t.Errorf("got revision %d, %v", written.Revision, err)
			}
			if entries := must[[]ledger.Entry](t)(w.Timeline(t.Context(), "r1")); len(entries) != 2 {
				t.Errorf("%d entries", len(entries))
			}
		})
	}
}
