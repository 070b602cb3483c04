package ledger_test

import (
	"testing"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// BenchmarkWrite is a handler's step: intent recorded and the lease renewed, under its fence, in one transaction.
func BenchmarkWrite(b *testing.B) {
	w := newWorld(b)
	r, lease := begin(b, w, "r1")
	split := release.Split{Stable: "1", Canary: "2", Weight: 10}
	b.ReportAllocs()
	for b.Loop() {
		r = must[ledger.Record](b)(w.Write(b.Context(), lease, start.Add(time.Hour), ledger.Change{
			Record:  r,
			Entries: []ledger.Entry{{At: start, Kind: ledger.EntrySplitIntended, Actor: "Shift", Text: "10%", Split: &split}},
		}))
	}
}

// BenchmarkLease takes a free lease and gives it back.
func BenchmarkLease(b *testing.B) {
	w := newWorld(b)
	must[ledger.Record](b)(w.Create(b.Context(), record("r1")))
	b.ReportAllocs()
	for b.Loop() {
		lease := must[ledger.Lease](b)(w.Acquire(b.Context(), claim("r1")))
		if err := w.Free(b.Context(), lease); err != nil {
			b.Fatal(err)
		}
	}
}
