package trigger

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// An objectDetail is what an "Object Created" event says, as far as it matters here.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
type objectDetail struct {
	Bucket struct {
		Name string `json:"name"`
	} `json:"bucket"`
	Object struct {
		Key     string `json:"key"`
		Version string `json:"version-id"`
	} `json:"object"`
}

// object releases a package that was stored in the artifact bucket, in a folder
// below releases/ beside its release file.
func (r *reception) object(ctx context.Context, payload json.RawMessage) (Result, error) {
	detail, err := detailOf[objectDetail](r.home, payload)
	if err != nil {
		return Result{}, err
	}
	key, version := detail.Object.Key, detail.Object.Version
	if detail.Bucket.Name != r.options.Bucket {
		return Result{}, refuse("the object is in bucket %s, and releases start from bucket %s", quote(detail.Bucket.Name), r.options.Bucket)
	}
	if err := checkKey(key); err != nil {
		return Result{}, err
	}
	if err := checkPackage(key); err != nil {
		return Result{}, err
	}
	if version == unversioned || len(version) > mostKeyBytes || !printable.MatchString(version) {
		return Result{}, refuse("the event names no version of %s (version-id is %s); turn on the versioning of bucket %s", quote(key), quote(version), r.options.Bucket)
	}
	if err := r.isNewest(ctx, key, version); err != nil {
		return Result{}, err
	}
	file, err := r.readFile(ctx, beside(key))
	if isMissing(err) {
		return Result{}, refuse("there is no %s beside %s; store it before the package", releaseFile, quote(key))
	}
	if err != nil {
		return Result{}, err
	}
	where := fmt.Sprintf("s3://%s/%s", r.options.Bucket, key)
	label := strings.TrimSuffix(path.Base(key), packageSuffix)
	document, err := file.document(release.Artifact{Package: where, VersionID: version}, release.Request{
		By: "Amazon S3", Reason: fmt.Sprintf("%s was stored as version %s", where, version), Label: label,
	})
	if err != nil {
		return Result{}, err
	}
	return r.start(ctx, idOf(TriggerObject, label, r.options.Bucket, key, version), document)
}

// packageSuffix is how the names of packages end.
const packageSuffix = ".zip"

// unversioned is the version of an object in a bucket that keeps none.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/VersioningWorkflows.html
const unversioned = "null"

// checkPackage ignores what is in the bucket for other reasons.
func checkPackage(key string) error {
	switch {
	case !strings.HasPrefix(key, objectFolder+"/"):
		return ignore("%s is not below %s/, so it starts no release", quote(key), objectFolder)
	case path.Base(key) == releaseFile:
		return ignore("a release file starts no release; the next package beside it does")
	case !strings.HasSuffix(key, packageSuffix):
		return ignore("%s is not a package, whose name ends in %s", quote(key), packageSuffix)
	case path.Dir(key) == objectFolder:
		return refuse("%s is in no folder of its own; store it and its release file in %s/FOLDER/", quote(key), objectFolder)
	}
	return nil
}

// isNewest ignores a version that is not the key's newest: each has an event of
// its own, and one that comes late must not undo what came after it.
func (r *reception) isNewest(ctx context.Context, key, version string) error {
	found, err := r.options.Artifacts.HeadObject(ctx, &s3.HeadObjectInput{Bucket: aws.String(r.options.Bucket), Key: aws.String(key)})
	switch newest := ""; {
	case isMissing(err):
		return ignore("%s is not there any more", quote(key))
	case err != nil:
		return fmt.Errorf("look for the newest version of s3://%s/%s: %w", r.options.Bucket, key, err)
	default:
		if newest = aws.ToString(found.VersionId); newest == version {
			return nil
		}
		return ignore("version %s of %s was superseded by version %s", quote(version), quote(key), quote(newest))
	}
}
