package release

import (
	"encoding/base64"
	"encoding/hex"
	"net/netip"
	"regexp"
	"strings"
)

var (
	hexPattern = regexp.MustCompile(`^[0-9a-fA-F]{64}$`)
	// digestPattern is an image reference by digest: registry and repository, then the digest.
	digestPattern = regexp.MustCompile(`^[a-z0-9][a-zA-Z0-9.:/_-]*@sha256:[0-9a-f]{64}$`)
	// amiPattern is an image id in its short, old form or its long one.
	amiPattern = regexp.MustCompile(`^ami-([0-9a-f]{8}|[0-9a-f]{17})$`)
	// bucketPattern holds the naming rules of
	// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
	// that are about single characters.
	bucketPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	urlPattern    = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9+.-]*://`)
)

// longestKey is S3's limit on a key and on a version id, in bytes.
const longestKey = 1024

func (v *validation) artifact() {
	artifact := v.given.Artifact
	kinds := len(artifact.kinds())
	// A release that returns to a version, or takes another release's artifact
	// onward, need not say again what the artifact is.
	elsewhere := v.given.Request.Version != "" || v.given.Request.From != ""
	if elsewhere && artifact.Image != nil && artifact.AMI != "" {
		kinds-- // the image is what the AMI was baked of
	}
	switch {
	case kinds > 1:
		v.reject("artifact", nil, "give one of package, container, ami and image", "has %d kinds of artifact", kinds)
	case kinds == 0 && !elsewhere:
		hint := "give a package: a path, or s3://bucket/key"
		if target := v.given.Target.Kind(); target != "" && artifactKinds[target][0] == "ami" {
			hint = "give ami: ami-…, or an image and its pipeline"
		}
		v.missing("artifact", nil, hint)
	}
	if artifact.Package != "" {
		v.packageName(artifact)
	}
	if artifact.Container != "" && !digestPattern.MatchString(artifact.Container) {
		v.reject("artifact.container", artifact.Container, "write repository@sha256:… with the digest's 64 digits",
			"must name an image by its digest, because a tag can be moved")
	}
	if artifact.AMI != "" && !amiPattern.MatchString(artifact.AMI) {
		v.reject("artifact.ami", artifact.AMI, "write ami- and 8 or 17 hexadecimal digits", "is not an image id")
	}
	if artifact.Image != nil {
		v.image(*artifact.Image)
	}
	v.suits(artifact)
	v.hash(artifact)
	_, _, remote := artifact.S3()
	switch {
	case artifact.VersionID == "":
	case !remote:
		v.reject("artifact.versionId", artifact.VersionID, "leave it out, or write s3://bucket/key as the package",
			"only a package in S3 has versions")
	case len(artifact.VersionID) > longestKey:
		v.reject("artifact.versionId", artifact.VersionID, "", "is longer than %d bytes", longestKey)
	}
}

// packageName checks a local path or the name of an object in S3.
func (v *validation) packageName(artifact Artifact) {
	const path = "artifact.package"
	bucket, key, remote := artifact.S3()
	switch {
	case strings.ContainsAny(artifact.Package, "\x00\r\n"):
		v.reject(path, artifact.Package, "", "must be one line of text")
	case !remote && urlPattern.MatchString(artifact.Package):
		v.reject(path, artifact.Package, "copy it to S3, or give a path", "a package is a local path or begins with s3://")
	case !remote:
	case !isBucket(bucket):
		v.reject(path, artifact.Package, "bucket names have 3 to 63 lower-case letters, digits, dots and hyphens",
			"%s is not the name of a bucket", quote(bucket))
	case key == "" || strings.HasSuffix(key, "/"):
		v.reject(path, artifact.Package, "write s3://bucket/key", "names no object in the bucket")
	case len(key) > longestKey:
		v.reject(path, artifact.Package, "", "the key is longer than %d bytes", longestKey)
	}
}

// isBucket holds S3's rules for names of general purpose buckets.
func isBucket(name string) bool {
	_, err := netip.ParseAddr(name)
	return err != nil && bucketPattern.MatchString(name) && !strings.Contains(name, "..") && !strings.HasPrefix(name, "xn--")
}

// hash checks the SHA-256. Lambda itself shows it in base64, so that form gets its translation.
func (v *validation) hash(artifact Artifact) {
	const path = "artifact.sha256"
	hash := artifact.SHA256
	switch raw, err := base64.StdEncoding.DecodeString(hash); {
	case hash == "":
	case artifact.Package == "" && len(artifact.kinds()) > 0:
		v.reject(path, hash, "leave it out: the container's digest, the AMI's id or the image's inputs say it", "belongs to a package")
	case hexPattern.MatchString(hash):
	case err == nil && len(raw) == 32:
		v.reject(path, hash, "write it in hexadecimal: "+hex.EncodeToString(raw), "is a SHA-256 in base64")
	default:
		v.reject(path, hash, "write what sha256sum prints for the package", "is not a SHA-256, which has 64 hexadecimal digits")
	}
}
