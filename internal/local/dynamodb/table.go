package dynamodb

import (
	"slices"
	"strings"
	"time"

	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb/attribute"
)

// A definition is what CreateTable said, as the store keeps it.
type definition struct {
	Name    string    `json:"name"`
	Key     schema    `json:"key"`
	Billing string    `json:"billing"`
	Read    int64     `json:"read,omitempty"`
	Write   int64     `json:"write,omitempty"`
	Created time.Time `json:"created"`
	// Protected: DeleteTable is refused.
	Protected bool `json:"protected,omitempty"`
}

// A table is a definition and its items, in partitions.
type table struct {
	definition
	// bucket is the store's, for the items.
	bucket     string
	partitions map[string]*partition
	// order has the keys of partitions, sorted: the order of Scan.
	order []string
}

// A partition is the items of one partition key, sorted by their sort keys. Items are never changed, only replaced.
type partition struct{ entries []entry }

type entry struct {
	key  key
	item attribute.Item
	// size is the item's, in bytes.
	size int
}

func newTable(d definition) *table {
	return &table{definition: d, bucket: "dynamodb/items/" + d.Name, partitions: map[string]*partition{}}
}

// find returns the place of a sort key among the partition's, and whether it is there.
func (p *partition) find(sort string) (int, bool) {
	return slices.BinarySearchFunc(p.entries, sort, func(e entry, sort string) int { return strings.Compare(e.key.sort, sort) })
}

// get returns the entry of that key, the zero one when there is none.
func (t *table) get(k key) entry {
	p := t.partitions[k.partition]
	if p == nil {
		return entry{}
	}
	if i, ok := p.find(k.sort); ok {
		return p.entries[i]
	}
	return entry{}
}

// set replaces the item of that key; nil deletes it.
func (t *table) set(k key, item attribute.Item) {
	p := t.partitions[k.partition]
	if p == nil {
		if item == nil {
			return
		}
		p = &partition{}
		t.partitions[k.partition] = p
		at, _ := slices.BinarySearch(t.order, k.partition)
		t.order = slices.Insert(t.order, at, k.partition)
	}
	i, found := p.find(k.sort)
	switch {
	case found && item != nil:
		p.entries[i].item, p.entries[i].size = item, attribute.ItemSize(item)
	case found:
		p.entries = slices.Delete(p.entries, i, i+1)
		if len(p.entries) == 0 {
			delete(t.partitions, k.partition)
			at, _ := slices.BinarySearch(t.order, k.partition)
			t.order = slices.Delete(t.order, at, at+1)
		}
	case item != nil:
		p.entries = slices.Insert(p.entries, i, entry{key: k, item: item, size: attribute.ItemSize(item)})
	}
}

// each calls visit for every item, in the order of Scan, until it returns false.
func (t *table) each(visit func(entry) bool) {
	for _, k := range t.order {
		for _, e := range t.partitions[k].entries {
			if !visit(e) {
				return
			}
		}
	}
}
