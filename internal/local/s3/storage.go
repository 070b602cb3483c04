package s3

import (
	"crypto/md5"
	"crypto/sha256"
	"hash"
	"io"
)

// A storage keeps contents by their SHA-256, and the versions of each object.
type storage interface {
	// write keeps what it reads.
	write(io.Reader) (content, error)
	// open reads a content by its hexadecimal SHA-256.
	open(sha256 string) (io.ReadCloser, error)
	// load returns an object's versions, oldest first, and whether the bucket has ever had an object.
	load(bucket, key string) (versions []version, exists bool, err error)
	// save replaces an object's versions, durably and at once.
	save(bucket, key string, versions []version) error
}

// A content is what was found out about a body while it was read.
type content struct {
	size   int64
	sha256 [sha256.Size]byte
	md5    [md5.Size]byte
}

// copyContent copies a body and digests it on the way.
func copyContent(to io.Writer, from io.Reader) (content, error) {
	var c content
	digests := []hash.Hash{sha256.New(), md5.New()}
	size, err := io.Copy(io.MultiWriter(to, digests[0], digests[1]), from)
	if err != nil {
		return content{}, err
	}
	c.size = size
	digests[0].Sum(c.sha256[:0])
	digests[1].Sum(c.md5[:0])
	return c, nil
}
