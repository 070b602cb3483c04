package flight

import (
	"sync"

	"github.com/goldfinch-dev/goldfinch/internal/judge/evidence"
)

// Pasts remember what histories say, because drawing one costs as much as five releases. They are
// for flights of several pilots with the same model and seed, which have the same histories.
// The zero value remembers nothing yet.
type Pasts struct{ rows sync.Map }

// A past is what a history says of each metric.
type past struct {
	bursts []float64
	pasts  []evidence.Past
}

// of is what the history of a row says: remembered, or found now. Without a memory it is found each time.
func (p *Pasts) of(row int, find func() past) past {
	if p == nil {
		return find()
	}
	if known, ok := p.rows.Load(row); ok {
		return known.(past)
	}
	found := find()
	p.rows.Store(row, found)
	return found
}
