package cloudwatch

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
)

// A registry has every series.
type registry struct {
	clock                 clock.Clock
	resolution, retention int64 // seconds

	mu        sync.RWMutex
	series    map[string]*series
	functions map[functionKey]functionSeries
	purged    int64 // when series were last dropped, in seconds since 1970
}

func newRegistry(clock clock.Clock, resolution, retention time.Duration) *registry {
	return &registry{
		clock:      clock,
		resolution: int64(resolution / time.Second),
		retention:  int64(retention / time.Second),
		series:     map[string]*series{},
		functions:  map[functionKey]functionSeries{},
	}
}

// find returns a series, or nil. The dimensions may be in any order.
func (r *registry) find(namespace, name string, dimensions []dimension) *series {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.series[seriesKey(namespace, name, inOrder(dimensions))]
}

// open finds or makes a series.
func (r *registry) open(namespace, name string, dimensions ...dimension) *series {
	if found := r.find(namespace, name, dimensions); found != nil {
		return found
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.purge()
	return r.openLocked(namespace, name, dimensions...)
}

// openLocked is open for a caller that holds the lock.
func (r *registry) openLocked(namespace, name string, dimensions ...dimension) *series {
	dimensions = inOrder(dimensions)
	key := seriesKey(namespace, name, dimensions)
	if found := r.series[key]; found != nil {
		return found
	}
	made := &series{
		namespace:  namespace,
		name:       name,
		dimensions: dimensions,
		resolution: r.resolution,
		retention:  r.retention,
	}
	r.series[key] = made
	return made
}

// purge drops the series that have been silent for the whole retention, so
// that the versions of past releases don't add up for ever. It is called
// before a series is made, with the lock held, and looks only now and then.
func (r *registry) purge() {
	now := r.clock.Now().Unix()
	if now-r.purged < r.retention/4 {
		return
	}
	r.purged = now
	oldest := now - r.retention
	before := len(r.series)
	for key, one := range r.series {
		if newest, ok := one.newest(); ok && newest < oldest {
			delete(r.series, key)
		}
	}
	if len(r.series) != before {
		clear(r.functions)
	}
}

// all returns every series that has values, by namespace, name and dimensions.
func (r *registry) all() []*series {
	r.mu.RLock()
	defer r.mu.RUnlock()
	keys := make([]string, 0, len(r.series))
	for key, one := range r.series {
		if _, ok := one.newest(); ok {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	list := make([]*series, len(keys))
	for i, key := range keys {
		list[i] = r.series[key]
	}
	return list
}

func inOrder(dimensions []dimension) []dimension {
	return slices.SortedFunc(slices.Values(dimensions), func(a, b dimension) int { return cmp.Compare(a.name, b.name) })
}

// seriesKey identifies a series; the dimensions are in order.
func seriesKey(namespace, name string, dimensions []dimension) string {
	var key strings.Builder
	key.WriteString(namespace)
	key.WriteByte(0)
	key.WriteString(name)
	for _, d := range dimensions {
		key.WriteByte(0)
		key.WriteString(d.name)
		key.WriteByte(1)
		key.WriteString(d.value)
	}
	return key.String()
}
