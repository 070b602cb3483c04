package s3

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// directory is a storage that survives the process:
//
//	content/SHA256              a content, by its hexadecimal SHA-256
//	index/BUCKET/HASH.json      an object's versions; HASH is its key's SHA-256,
//	                            because a key may be longer than a file name
//
// Every file is written beside its place, synced, and renamed.
type directory struct {
	root string
}

// An index is the file of one object.
type index struct {
	Key      string    `json:"key"`
	Versions []version `json:"versions"`
}

func openDirectory(root string) (*directory, error) {
	d := &directory{root: root}
	for _, name := range []string{d.contents(), filepath.Join(root, "index")} {
		if err := os.MkdirAll(name, 0o755); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func (d *directory) contents() string { return filepath.Join(d.root, "content") }

func (d *directory) bucket(name string) string { return filepath.Join(d.root, "index", name) }

func (d *directory) index(bucket, key string) string {
	sum := sha256.Sum256([]byte(key))
	return filepath.Join(d.bucket(bucket), hex.EncodeToString(sum[:])+".json")
}

func (d *directory) write(body io.Reader) (content, error) {
	var c content
	err := replaceFile(d.contents(), func(file io.Writer) (name string, err error) {
		c, err = copyContent(file, body)
		return hex.EncodeToString(c.sha256[:]), err
	})
	return c, err
}

func (d *directory) open(sha256 string) (io.ReadCloser, error) {
	return os.Open(filepath.Join(d.contents(), sha256))
}

func (d *directory) load(bucket, key string) ([]version, bool, error) {
	data, err := os.ReadFile(d.index(bucket, key))
	if errors.Is(err, fs.ErrNotExist) {
		_, err := os.Stat(d.bucket(bucket))
		return nil, err == nil, nil
	}
	if err != nil {
		return nil, false, err
	}
	var i index
	if err := json.Unmarshal(data, &i); err != nil {
		return nil, false, fmt.Errorf("read the index of %q: %w", key, err)
	}
	return i.Versions, true, nil
}

func (d *directory) save(bucket, key string, versions []version) error {
	data, err := json.Marshal(index{Key: key, Versions: versions})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(d.bucket(bucket), 0o755); err != nil {
		return err
	}
	return replaceFile(d.bucket(bucket), func(file io.Writer) (string, error) {
		_, err := io.Copy(file, bytes.NewReader(data))
		return filepath.Base(d.index(bucket, key)), err
	})
}

// replaceFile makes a file of the folder anew, or leaves it as it was. The
// name is known only once the file is written.
func replaceFile(folder string, write func(io.Writer) (name string, err error)) error {
	file, err := os.CreateTemp(folder, ".new-*")
	if err != nil {
		return err
	}
	name, err := write(file)
	if err == nil {
		err = file.Sync()
	}
	err = errors.Join(err, file.Close())
	if err == nil {
		err = os.Rename(file.Name(), filepath.Join(folder, name))
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}
