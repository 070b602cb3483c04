package s3

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"sync"
)

// memory is a storage that ends with the process.
type memory struct {
	mu       sync.Mutex
	contents map[string][]byte
	buckets  map[string]map[string][]version
}

func newMemory() *memory {
	return &memory{contents: map[string][]byte{}, buckets: map[string]map[string][]version{}}
}

func (m *memory) write(body io.Reader) (content, error) {
	var data bytes.Buffer
	c, err := copyContent(&data, body)
	if err != nil {
		return content{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.contents[hex.EncodeToString(c.sha256[:])] = data.Bytes()
	return c, nil
}

func (m *memory) open(sha256 string) (io.ReadCloser, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	data, ok := m.contents[sha256]
	if !ok {
		return nil, fmt.Errorf("no content with SHA-256 %s", sha256)
	}
	return io.NopCloser(bytes.NewReader(data)), nil
}

func (m *memory) load(bucket, key string) ([]version, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	keys, exists := m.buckets[bucket]
	return slices.Clone(keys[key]), exists, nil
}

func (m *memory) save(bucket, key string, versions []version) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.buckets[bucket] == nil {
		m.buckets[bucket] = map[string][]version{}
	}
	m.buckets[bucket][key] = slices.Clone(versions)
	return nil
}
