// Package store keeps the local cloud's state: in memory, or in one file that
// survives kill -9.
package store

// A Store is a set of buckets of keys and values. Its methods may be called
// from several goroutines at once.
type Store interface {
	// Load calls each for every key of bucket, in the order of the keys, until it
	// returns an error. A bucket that was never saved to is empty. The value belongs
	// to each, which must not call the store.
	Load(bucket string, each func(key string, value []byte) error) error
	// Save writes all changes, in their order, or none. They are durable when it returns.
	Save(changes ...Change) error
	// Close lets go of the file. Nothing may be called after it.
	Close() error
}

// A Change sets one key, or deletes it when it has neither Value nor Encode.
// Neither Bucket nor Key may be empty.
type Change struct {
	Bucket string
	Key    string
	Value  []byte
	// Encode makes the value where Value is nil. A store may call it much later, or
	// never, so what it encodes must not change. A failure is Save's or Load's.
	Encode func() ([]byte, error)
}

// value is what the key is set to; nil deletes it.
func (c Change) value() ([]byte, error) {
	if c.Value != nil || c.Encode == nil {
		return c.Value, nil
	}
	value, err := c.Encode()
	if err == nil && value == nil {
		value = []byte{}
	}
	return value, err
}
