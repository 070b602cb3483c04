package release

import "strings"

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
	if name == "" {
		name = "no artifact"
	}
	if len(a.SHA256) >= 12 {
		name += " (sha256 " + a.SHA256[:12] + ")"
	}
	return name
}
