package trigger

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"regexp"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// An imageDetail is what an "ECR Image Action" event says, as far as it matters here.
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html
type imageDetail struct {
	Result     string `json:"result"`
	Action     string `json:"action-type"`
	Repository string `json:"repository-name"`
	Digest     string `json:"image-digest"`
	Tag        string `json:"image-tag"`
}

var (
	// repositoryPattern is what ECR allows, of 2 to 256 characters.
	// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
	repositoryPattern = regexp.MustCompile(`^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$`)
	digestPattern     = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
	tagPattern        = regexp.MustCompile(`^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$`)
)

// mostRepositoryBytes is the longest name of a repository.
const mostRepositoryBytes = 256

// image releases an image that was pushed to the account's own registry, by its
// digest: the same image under a second tag is the same release.
func (r *reception) image(ctx context.Context, payload json.RawMessage) (Result, error) {
	detail, err := detailOf[imageDetail](r.home, payload)
	if err != nil {
		return Result{}, err
	}
	switch {
	case detail.Action != "PUSH" || detail.Result != "SUCCESS":
		return Result{}, ignore("only a push that succeeds starts a release, not action %s with result %s", quote(detail.Action), quote(detail.Result))
	case len(detail.Repository) > mostRepositoryBytes || !repositoryPattern.MatchString(detail.Repository):
		return Result{}, refuse("%s is not the name of a repository", quote(detail.Repository))
	case !digestPattern.MatchString(detail.Digest):
		return Result{}, refuse("%s is not the digest of an image", quote(detail.Digest))
	case detail.Tag != "" && !tagPattern.MatchString(detail.Tag):
		return Result{}, refuse("%s is not the tag of an image", quote(detail.Tag))
	}
	key := path.Join(imageFolder, detail.Repository, releaseFile)
	file, err := r.readFile(ctx, key)
	if isMissing(err) {
		return Result{}, ignore("there is no s3://%s/%s, so images of repository %s start no releases", r.options.Bucket, key, detail.Repository)
	}
	if err != nil {
		return Result{}, err
	}
	document, err := file.document(
		release.Artifact{Container: fmt.Sprintf("%s/%s@%s", r.home.registry(), detail.Repository, detail.Digest)},
		release.Request{By: "Amazon ECR", Reason: fmt.Sprintf("an image was pushed to repository %s", detail.Repository), Label: detail.Tag},
	)
	if err != nil {
		return Result{}, err
	}
	return r.start(ctx, idOf(TriggerImage, path.Base(detail.Repository), detail.Repository, detail.Digest), document)
}
