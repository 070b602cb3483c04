package ec2

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// identifier returns an id that was never returned before, such as
// i-0123456789abcdef0. It is a function of the time and of the calls before, so
// that a simulation repeats itself. The caller holds s.mu.
func (s *Service) identifier(prefix string) string {
	for {
		s.identified++
		sum := sha256.Sum256(fmt.Appendf(nil, "%s/%d/%d", prefix, s.now().UnixNano(), s.identified))
		if id := prefix + "-" + hex.EncodeToString(sum[:])[:17]; !s.known(id) {
			return id
		}
	}
}

// known reports whether anything has the id: a process that was started again may repeat the times and calls of the former one.
func (s *Service) known(id string) bool {
	return s.books.templates[id] != nil || s.books.images[id] != nil || s.books.snapshots[id] != nil || s.books.instances[id] != nil
}

// fingerprint is the hash of what was asked for, beside the client token.
func fingerprint(asked ...any) (string, error) {
	text, err := json.Marshal(asked)
	if err != nil {
		return "", internal(fmt.Errorf("write down what was asked for: %w", err))
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}
