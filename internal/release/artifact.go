package release

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
)

// s3Scheme begins the name of a package in S3.
const s3Scheme = "s3://"

// S3 splits the package's "s3://bucket/key"; ok is false when it is not in S3.
func (a Artifact) S3() (bucket, key string, ok bool) {
	rest, ok := strings.CutPrefix(a.Package, s3Scheme)
	if !ok {
		return "", "", false
	}
	bucket, key, _ = strings.Cut(rest, "/")
	return bucket, key, true
}

// String names the artifact in one phrase: where it is, and the first digits of its hash when they are known.
func (a Artifact) String() string {
	name := a.Package + a.Container + a.AMI
	if a.Image != nil && a.AMI == "" {
		name = "an image of " + a.Image.Pipeline
		if a.Image.Commit != "" {
			name += " at commit " + a.Image.Commit
		}
	}
	if name == "" {
		name = "no artifact"
	}
	if len(a.SHA256) >= 12 {
		name += " (sha256 " + a.SHA256[:12] + ")"
	}
	return name
}

// Identity is what tells the artifact from all others: the hash of a package, the digest of a container, the id of an
// AMI, or for an image the hash of what it is baked of. Empty when nothing is known of it yet.
func (a Artifact) Identity() string {
	switch {
	case a.SHA256 != "":
		return a.SHA256
	case a.Container != "":
		_, digest, _ := strings.Cut(a.Container, "@sha256:")
		return digest
	case a.AMI != "":
		return a.AMI
	case a.Image != nil:
		return a.Image.Hash()
	default:
		return ""
	}
}

// Hash is the hexadecimal SHA-256 of what the document says the image is baked of; what the pipeline's recipe says is no part of it.
func (i Image) Hash() string {
	inputs, err := json.Marshal([]any{i.Pipeline, i.Commit, i.Inputs}) // Go sorts a map's keys
	if err != nil {
		panic(fmt.Sprintf("text can't be written as JSON: %v", err))
	}
	sum := sha256.Sum256(inputs)
	return hex.EncodeToString(sum[:])
}
