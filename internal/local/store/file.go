package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
)

// openTimeout is how long Open waits for another process to let go of the file.
const openTimeout = time.Second

// Open opens the store in the file at path, which it creates, with its folder,
// when there is none. Save has synchronised the file with the disk before it
// returns. One process at a time may have the file open: after a second, Open
// gives up with an error that names it.
func Open(path string) (Store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("open state file %s: %w", path, err)
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: openTimeout, FreelistType: bbolt.FreelistMapType})
	if errors.Is(err, bbolterrors.ErrTimeout) {
		return nil, fmt.Errorf("open state file %s: another process has it open: %w", path, err)
	}
	if err != nil {
		return nil, fmt.Errorf("open state file %s: %w", path, err)
	}
	return &file{db: db}, nil
}

type file struct{ db *bbolt.DB }

func (f *file) Load(bucket string, each func(key string, value []byte) error) error {
	return f.db.View(func(tx *bbolt.Tx) error {
		content := tx.Bucket([]byte(bucket))
		if content == nil {
			return nil
		}
		return content.ForEach(func(key, value []byte) error {
			return each(string(key), bytes.Clone(value)) // the file's memory is ours only within View
		})
	})
}

func (f *file) Save(changes ...Change) error {
	if err := check(changes); err != nil {
		return err
	}
	err := f.db.Update(func(tx *bbolt.Tx) error {
		for _, change := range changes {
			if err := apply(tx, change); err != nil {
				return fmt.Errorf("key %q of bucket %q: %w", change.Key, change.Bucket, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("save to state file %s: %w", f.db.Path(), err)
	}
	return nil
}

func apply(tx *bbolt.Tx, change Change) error {
	value, err := change.value()
	if err != nil {
		return err
	}
	if value == nil {
		content := tx.Bucket([]byte(change.Bucket))
		if content == nil {
			return nil
		}
		return content.Delete([]byte(change.Key))
	}
	content, err := tx.CreateBucketIfNotExists([]byte(change.Bucket))
	if err != nil {
		return err
	}
	return content.Put([]byte(change.Key), value)
}

func (f *file) Close() error { return f.db.Close() }
