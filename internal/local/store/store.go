// Package store keeps the local cloud's state: in memory, or in one file that
// survives kill -9.
package store

// A Store is a set of buckets of keys and values. Its methods may be called
// from several goroutines at once.
type Store interface {
	// Load calls each for every key of bucket, in the order of the keys.
	Load(bucket string, each func(key string, value []byte) error) error
	// Save writes all changes or none. They are durable when it returns.
	Save(changes ...Change) error
	// Close lets go of the file. Nothing may be called after it.
	Close() error
}

// A Change sets one key, or deletes it when Value is nil.
type Change struct {
	Bucket string
	Key    string
	Value  []byte
}
