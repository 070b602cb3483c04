package store

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"sync"
)

// Memory returns an empty store that is gone with its process. It encodes
// nothing before somebody loads it.
func Memory() Store { return &memory{buckets: map[string]map[string]Change{}} }

type memory struct {
	mu sync.RWMutex
	// buckets have the last change of each key that is set.
	buckets map[string]map[string]Change
}

func (m *memory) Load(bucket string, each func(key string, value []byte) error) error {
	m.mu.RLock()
	content := maps.Clone(m.buckets[bucket])
	m.mu.RUnlock()
	for _, key := range slices.Sorted(maps.Keys(content)) {
		value, err := content[key].value()
		if err != nil {
			return fmt.Errorf("load key %q of bucket %q: %w", key, bucket, err)
		}
		if err := each(key, bytes.Clone(value)); err != nil {
			return err
		}
	}
	return nil
}

func (m *memory) Save(changes ...Change) error {
	if err := check(changes); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, change := range changes {
		if change.Value == nil && change.Encode == nil {
			delete(m.buckets[change.Bucket], change.Key)
			continue
		}
		content := m.buckets[change.Bucket]
		if content == nil {
			content = map[string]Change{}
			m.buckets[change.Bucket] = content
		}
		change.Value = bytes.Clone(change.Value)
		content[change.Key] = change
	}
	return nil
}

func (*memory) Close() error { return nil }
