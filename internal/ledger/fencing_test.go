package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// TestFencing lets several owners acquire, take over, write, free and forget in
// any order, on a network that breaks. Every owner goes on with
// whatever lease it believes it has. A model says who really holds the lock.
func TestFencing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := &machine{world: newWorld(t), believes: map[string]ledger.Lease{}}
		must[ledger.Record](t)(m.Create(t.Context(), record("r1")))
		t.Repeat(map[string]func(*rapid.T){
			"":         m.invariant,
			"acquire":  m.acquire,
			"takeOver": m.takeOver,
			"write":    m.write,
			"check":    m.check,
			"free":     m.free,
			"pass":     m.pass,
		})
	})
}

// A machine drives a world, and knows what must be true in it.
type machine struct {
	*world
	// believes is the lease that each owner last got.
	believes map[string]ledger.Lease
	// held, owner and fence are the truth about the lock; fence is the greatest ever given.
	held  bool
	owner string
	fence int64
	until time.Time
	// writes are the fences of the writes that took effect.
	writes []int64
}

var owners = rapid.SampledFrom([]string{"a", "b", "c"})

// breaking makes the network break around any one call of do, or around none; calls that only broke
// are made again, as a workflow does, until do gives another answer.
func (m *machine) breaking(t *rapid.T, do func() error) error {
	at := rapid.IntRange(0, 8).Draw(t, "break call")
	broken := rapid.SampledFrom(interruptions()).Draw(t, "how")
	m.fault = once(at, broken.fault)
	defer func() { m.fault = nil }()
	err := do()
	if errors.Is(err, errNetwork) {
		m.fault = nil
		err = do()
	}
	return err
}

func (m *machine) holds(lease ledger.Lease) bool {
	return m.held && m.owner == lease.Owner && m.fence == lease.Fence
}

func (m *machine) claim(t *rapid.T) ledger.Lease {
	lease := claim("r1")
	lease.Owner = owners.Draw(t, "owner")
	lease.Until = m.clock.Now().Add(time.Duration(rapid.IntRange(1, 60).Draw(t, "seconds")) * time.Second)
	return lease
}

func (m *machine) acquire(t *rapid.T) {
	asked := m.claim(t)
	var got ledger.Lease
	err := m.breaking(t, func() (err error) { got, err = m.Acquire(t.Context(), asked); return err })
	if m.held && m.owner != asked.Owner {
		held := wantHeld(t, err)
		if held.Expired != !m.clock.Now().Before(m.until) {
			t.Fatalf("expired %v at %v, the lease lasts until %v", held.Expired, m.clock.Now(), m.until)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	renewed := m.held
	if !renewed {
		m.fence++
	}
	m.take(t, asked, got, renewed)
}

func (m *machine) takeOver(t *rapid.T) {
	dead := m.believes[owners.Draw(t, "dead")]
	if dead.Owner == "" {
		return
	}
	if m.holds(dead) && rapid.Bool().Draw(t, "read again") {
		dead.Until = m.until // else what was read may be older than the owner's last renewal
	}
	asked := m.claim(t)
	var got ledger.Lease
	err := m.breaking(t, func() (err error) { got, err = m.TakeOver(t.Context(), dead, asked); return err })
	switch {
	case m.holds(dead) && m.until.Equal(dead.Until):
		if err != nil {
			t.Fatal(err)
		}
		m.fence++
		m.take(t, asked, got, false)
	case m.holds(ledger.Lease{Owner: asked.Owner, Fence: dead.Fence + 1}):
		// It looks as if an earlier attempt had succeeded: the same again.
		if err != nil {
			t.Fatal(err)
		}
		m.take(t, asked, got, true)
	default:
		wantKind(t, err, release.KindConflict)
	}
}

// take is what follows when asked was granted as got, anew or as a renewal.
func (m *machine) take(t *rapid.T, asked, got ledger.Lease, renewed bool) {
	if renewed && m.until.After(asked.Until) {
		asked.Until = m.until // a lease that is held is never shortened
	}
	m.held, m.owner, m.until = true, asked.Owner, asked.Until
	if got.Owner != asked.Owner || got.Fence != m.fence || !got.Until.Equal(asked.Until) {
		t.Fatalf("got %+v, want owner %s, fence %d, until %v", got, asked.Owner, m.fence, asked.Until)
	}
	m.believes[asked.Owner] = got
}

func (m *machine) write(t *rapid.T) {
	lease := m.believes[owners.Draw(t, "owner")]
	if lease.Owner == "" {
		return
	}
	r := must[ledger.Record](t)(m.Release(t.Context(), "r1"))
	stale := rapid.IntRange(0, 3).Draw(t, "stale") == 0
	if stale {
		r.Revision--
	}
	r.Notes = []string{fmt.Sprintf("write %d by fence %d", len(m.writes), lease.Fence)}
	change := ledger.Change{
		Record:  r,
		Entries: []ledger.Entry{{At: m.clock.Now(), Kind: ledger.EntryNote, Actor: strconv.FormatInt(lease.Fence, 10)}},
		Free:    rapid.IntRange(0, 4).Draw(t, "free") == 0,
	}
	until := m.clock.Now().Add(time.Minute)
	err := m.breaking(t, func() error { _, err := m.Write(t.Context(), lease, until, change); return err })
	switch {
	case !m.holds(lease):
		wantKind(t, err, release.KindConflict)
	case stale:
		wantKind(t, err, release.KindTransient)
	default:
		if err != nil {
			t.Fatal(err)
		}
		m.writes = append(m.writes, lease.Fence)
		m.held = !change.Free
		m.until = until
	}
}

func (m *machine) check(t *rapid.T) {
	lease := m.believes[owners.Draw(t, "owner")]
	err := m.breaking(t, func() error { return m.Check(t.Context(), claimed(lease)) })
	if !m.holds(lease) {
		wantKind(t, err, release.KindConflict)
	} else if err != nil {
		t.Fatal(err)
	}
}

// claimed is the lease, or that of nobody in the same place.
func claimed(lease ledger.Lease) ledger.Lease {
	lease.Service, lease.Environment = "echo", "production"
	return lease
}

func (m *machine) free(t *rapid.T) {
	lease := m.believes[owners.Draw(t, "owner")]
	if lease.Owner == "" {
		return
	}
	err := m.breaking(t, func() error { return m.Free(t.Context(), lease) })
	if m.owner == lease.Owner && m.fence == lease.Fence {
		if err != nil {
			t.Fatal(err)
		}
		m.held = false
		return
	}
	wantKind(t, err, release.KindConflict)
}

func (m *machine) pass(t *rapid.T) {
	m.clock.RunUntil(m.clock.Now().Add(time.Duration(rapid.IntRange(1, 90).Draw(t, "seconds")) * time.Second))
}

// invariant holds after every action: the ledger agrees with the model, no write
// was lost or doubled, and none followed one with a newer fence.
func (m *machine) invariant(t *rapid.T) {
	holder, _, err := m.Holder(t.Context(), "echo", "production")
	if err != nil {
		t.Fatal(err)
	}
	if (holder != nil) != m.held || holder != nil && !m.holds(*holder) {
		t.Fatalf("held by %+v, want %v by %s with fence %d", holder, m.held, m.owner, m.fence)
	}
	if leases := must[[]ledger.Lease](t)(m.Holders(t.Context())); (len(leases) == 1) != m.held {
		t.Fatalf("%d leases are active, held is %v", len(leases), m.held)
	}
	entries := must[[]ledger.Entry](t)(m.Timeline(context.Background(), "r1"))
	if len(entries) != len(m.writes) {
		t.Fatalf("%d entries after %d writes", len(entries), len(m.writes))
	}
	newest := int64(0)
	for i, entry := range entries {
		fence, _ := strconv.ParseInt(entry.Actor, 10, 64)
		if entry.Sequence != int64(i+1) || fence != m.writes[i] {
			t.Fatalf("entry %d has sequence %d and fence %d, want fence %d", i+1, entry.Sequence, fence, m.writes[i])
		}
		if fence < newest {
			t.Fatalf("fence %d wrote after fence %d", fence, newest)
		}
		newest = fence
	}
	if r := must[ledger.Record](t)(m.Release(t.Context(), "r1")); r.Revision != int64(len(m.writes))+1 {
		t.Fatalf("revision %d after %d writes", r.Revision, len(m.writes))
	}
}
