package ledger

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
)

// A statement is texts one behind the other, each with its length, so that no
// others make the same. Only their digest is kept.
type statement struct {
	hash hash.Hash
	// pending is what the hash has not seen yet.
	pending []byte
}

// pendingBytes is how much a hash sees at a time.
const pendingBytes = 512

func newStatement() *statement {
	return &statement{hash: sha256.New(), pending: make([]byte, 0, pendingBytes)}
}

func (s *statement) say(texts ...string) {
	for _, text := range texts {
		s.room(binary.MaxVarintLen64)
		s.pending = binary.AppendUvarint(s.pending, uint64(len(text)))
		for text != "" {
			s.room(1)
			part := min(len(text), cap(s.pending)-len(s.pending))
			s.pending = append(s.pending, text[:part]...)
			text = text[part:]
		}
	}
}

// room makes room for so many bytes.
func (s *statement) room(bytes int) {
	if cap(s.pending)-len(s.pending) < bytes {
		s.hash.Write(s.pending) // never fails
		s.pending = s.pending[:0]
	}
}

// digest is the SHA-256 of all that was said.
func (s *statement) digest() []byte {
	s.hash.Write(s.pending)
	s.pending = s.pending[:0]
	return s.hash.Sum(nil)
}
