package image

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// Bake makes the image ready, as far as it can without waiting: one that has equal inputs is used again; otherwise its pipeline is
// started once, and what it makes is tagged and shared. A build that failed is a KindUnhealthy failure with Image Builder's reason.
// AWS takes tens of minutes for a build.
func (b *Baker) Bake(ctx context.Context) (done bool, err error) {
	switch {
	case b.isReturn():
		return true, nil
	case b.artifact.AMI != "":
		return b.bakeReady(ctx)
	case b.artifact.Image == nil:
		return false, release.Fail(release.KindRefused, "the document of %s has neither an AMI nor an image", b.service)
	}
	inputs, err := b.inputs(ctx)
	if err != nil {
		return false, err
	}
	image, err := b.baked(ctx, inputs)
	if err == nil && image == nil {
		image, err = b.build(ctx, inputs)
	}
	switch {
	case err != nil || image == nil || image.State == types.ImageStatePending:
		return false, err
	case image.State != types.ImageStateAvailable:
		return false, release.Fail(release.KindUnhealthy, "image %s of pipeline %s is %s%s", aws.ToString(image.ImageId), b.artifact.Image.Pipeline, image.State, stateReason(*image))
	}
	if tagOf(*image, inputsTag) == "" {
		if err := b.tag(ctx, *image, inputs); err != nil {
			return false, err
		}
	}
	if err := b.share(ctx, *image); err != nil {
		return false, err
	}
	return true, nil
}

// bakeReady waits for an AMI that is ready made.
func (b *Baker) bakeReady(ctx context.Context) (done bool, err error) {
	image, problems, err := b.ready(ctx)
	switch {
	case err != nil:
		return false, err
	case image != nil && image.State == types.ImageStatePending:
		return false, nil
	default:
		return len(problems) == 0, problemsOf(problems)
	}
}

// baked finds the image that was baked of the inputs; nil when there is none. Of several, which two releases at once may have
// made when AWS forgot the token of the first, it is the oldest. One that somebody has deprecated is a KindRefused failure.
func (b *Baker) baked(ctx context.Context, inputs inputs) (*types.Image, error) {
	found, err := b.images(ctx, "ec2: look for an image with inputs "+inputs.hash(), &ec2.DescribeImagesInput{
		Owners: []string{"self"}, Filters: []types.Filter{tagged(serviceTag, b.service), tagged(inputsTag, inputs.hash())},
	})
	if err != nil {
		return nil, err
	}
	usable := slices.DeleteFunc(found, func(image types.Image) bool {
		return image.State != types.ImageStateAvailable && image.State != types.ImageStatePending
	})
	if len(usable) == 0 {
		return nil, nil
	}
	image := slices.MinFunc(usable, func(a, b types.Image) int {
		return cmp.Or(strings.Compare(aws.ToString(a.CreationDate), aws.ToString(b.CreationDate)), strings.Compare(aws.ToString(a.ImageId), aws.ToString(b.ImageId)))
	})
	if when, yes := isDeprecated(image, b.options.Now()); yes {
		return nil, release.Fail(release.KindRefused, "the image of equal inputs, %s, is deprecated since %s", aws.ToString(image.ImageId), when).
			WithHint("change artifact.image, such as an entry of inputs, to bake another")
	}
	return &image, nil
}

func tagged(key, value string) types.Filter {
	return types.Filter{Name: aws.String("tag:" + key), Values: []string{value}}
}

// tag marks an image and its snapshots as baked here. From then on it is found by its inputs.
func (b *Baker) tag(ctx context.Context, image types.Image, inputs inputs) error {
	resources := []string{aws.ToString(image.ImageId)}
	resources = append(resources, snapshotsOf(image)...)
	tags := []types.Tag{
		{Key: aws.String(serviceTag), Value: &b.service}, {Key: aws.String(releaseTag), Value: &b.options.Release},
		{Key: aws.String(baseTag), Value: aws.String(release.Shorten(inputs.base, longestTag))}, {Key: aws.String(inputsTag), Value: aws.String(inputs.hash())},
	}
	if commit := b.artifact.Image.Commit; commit != "" {
		tags = append(tags, types.Tag{Key: aws.String(commitTag), Value: &commit})
	}
	_, err := call.Do(ctx, "ec2: tag image "+resources[0], b.options.EC2.CreateTags, &ec2.CreateTagsInput{Resources: resources, Tags: tags})
	return err
}

// longestTag is how many characters a tag's value has at most (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html).
const longestTag = 256

// snapshotsOf are the snapshots that an image's disks are made of.
func snapshotsOf(image types.Image) []string {
	var snapshots []string
	for _, device := range image.BlockDeviceMappings {
		if device.Ebs != nil && device.Ebs.SnapshotId != nil {
			snapshots = append(snapshots, *device.Ebs.SnapshotId)
		}
	}
	return snapshots
}

// share lets the accounts of other environments launch the image. Those that may already stay as they are.
func (b *Baker) share(ctx context.Context, image types.Image) error {
	accounts := b.artifact.Image.Accounts
	if len(accounts) == 0 {
		return nil
	}
	permission := &types.LaunchPermissionModifications{}
	for _, account := range accounts {
		permission.Add = append(permission.Add, types.LaunchPermission{UserId: aws.String(account)})
	}
	_, err := call.Do(ctx, fmt.Sprintf("ec2: share image %s with %s", aws.ToString(image.ImageId), strings.Join(accounts, ", ")),
		b.options.EC2.ModifyImageAttribute, &ec2.ModifyImageAttributeInput{ImageId: image.ImageId, LaunchPermission: permission})
	return err
}

// believed is for how long a build that made no image is taken for this release's.
func (b *Baker) believed() time.Duration { return b.options.Document.Timeouts.Bake.Std() }
