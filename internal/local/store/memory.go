package store

import (
	"bytes"
	"maps"
	"slices"
	"sync"
)

// Memory returns an empty store that is gone with its process.
func Memory() Store { return &memory{buckets: map[string]map[string][]byte{}} }

type memory struct {
	mu      sync.RWMutex
	buckets map[string]map[string][]byte
}

func (m *memory) Load(bucket string, each func(key string, value []byte) error) error {
	m.mu.RLock()
	content := maps.Clone(m.buckets[bucket])
	m.mu.RUnlock()
	for _, key := range slices.Sorted(maps.Keys(content)) {
		if err := each(key, bytes.Clone(content[key])); err != nil {
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
		if change.Value == nil {
			delete(m.buckets[change.Bucket], change.Key)
			continue
		}
		content := m.buckets[change.Bucket]
		if content == nil {
			content = map[string][]byte{}
			m.buckets[change.Bucket] = content
		}
		content[change.Key] = bytes.Clone(change.Value)
	}
	return nil
}

func (*memory) Close() error { return nil }
