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

// A Change sets one key, or deletes it when Value is nil. Neither Bucket nor Key may be empty.
type Change struct {
	Bucket string
	Key    string
	Value  []byte
}
