package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// A content is what a change says, as the table keeps it: JSON texts, made once.
type content struct {
	// record is the change's, with its next revision; stable is empty when the change has none.
	record, stable string
	entries        []string
	// digest names the change by all that it says and by whose it is. The lease's end
	// does not count: a second attempt may ask for a later one.
	digest string
}

// encode makes the content of a change; its entries come after the record's last one.
func (c Change) encode(held *hold) (content, error) {
	var out content
	if c.Stable != nil && c.Rejected != "" && c.Rejected == c.Stable.SHA256 {
		return out, errors.New("the artifact cannot be stable and rejected at once")
	}
	var err error
	if out.record, err = encode(c.written()); err != nil {
		return out, fmt.Errorf("encode the record: %w", err)
	}
	out.entries = make([]string, len(c.Entries))
	for i, entry := range c.Entries {
		entry.Sequence = c.Record.LastEntry + int64(i) + 1
		if out.entries[i], err = encode(entry); err != nil {
			return out, fmt.Errorf("encode entry %d: %w", entry.Sequence, err)
		}
	}
	if c.Stable != nil {
		if out.stable, err = encode(c.Stable); err != nil {
			return out, fmt.Errorf("encode the stable version: %w", err)
		}
	}
	out.digest = hex.EncodeToString(c.digest(held, out))
	return out, nil
}

// digest is the SHA-256 of a change's content.
func (c Change) digest(held *hold, of content) []byte {
	said := newStatement()
	if held != nil {
		said.say(held.lease.Owner, strconv.FormatInt(held.lease.Fence, 10))
	}
	said.say(of.record, strconv.FormatInt(c.Record.LastEntry, 10), of.stable, c.Token, c.Rejected, strconv.FormatBool(c.Free), strconv.Itoa(len(c.Consumed)))
	said.say(c.Consumed...)
	said.say(of.entries...)
	return said.digest()
}

// requestToken makes DynamoDB's token of the transaction that writes the content:
// its 36 characters are a digest of all that makes its actions, so equal attempts
// are one transaction. now is when the attempt is made, which decides when its items expire.
func (c content) requestToken(held *hold, now time.Time) string {
	said := append(make([]byte, 0, 128), c.digest...)
	said = strconv.AppendInt(append(said, ' '), now.Unix(), 10)
	if held != nil {
		said = held.until.UTC().AppendFormat(append(said, ' '), time.RFC3339Nano)
	}
	digest := sha256.Sum256(said)
	id := hex.EncodeToString(digest[:16])
	return id[:8] + "-" + id[8:12] + "-" + id[12:16] + "-" + id[16:20] + "-" + id[20:]
}
