package trigger

import (
	"path"
	"slices"
	"strings"
)

// releaseFile is the name of the file that says how an artifact is released.
const releaseFile = "release.yaml"

// The folders of the artifact bucket in which release files are looked for.
const (
	objectFolder   = "releases"
	imageFolder    = "images"
	pipelineFolder = "pipelines"
)

// mostKeyBytes is S3's limit on a key, and on a version id.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
const mostKeyBytes = 1024

// checkKey refuses keys that S3 cannot have, and those that another program
// could take for something else: S3 itself knows no folders, so "." and ".." mean nothing to it.
func checkKey(key string) error {
	parts := strings.Split(key, "/")
	unclear := func(part string) bool { return part == "" || part == "." || part == ".." }
	switch {
	case len(key) > mostKeyBytes:
		return refuse("the key %s is longer than the %d bytes that S3 allows", quote(key), mostKeyBytes)
	case !printable.MatchString(key):
		return refuse("the key %s has no characters, or some that cannot be shown", quote(key))
	case slices.ContainsFunc(parts, unclear):
		return refuse("the key %s has a part that is empty, \".\" or \"..\"", quote(key))
	}
	return nil
}

// beside is the key of the release file in the same folder.
func beside(key string) string { return path.Join(path.Dir(key), releaseFile) }
