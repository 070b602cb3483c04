package image

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// Collect deregisters the images that were baked here for the document's service and that nobody needs, with their snapshots, and returns their
// ids, in order; with dry it only lists them. Keep returns the images that releases may still go back to, whatever else says; its error ends
// the collection. What a build has made after the release ended that started it is one of them, see [Baker.abandoned].
//
// An image is needed while a version of any launch template names it (and so everything that has one, Auto Scaling
// groups first), a launch configuration of a group, or an instance that is not terminated. All of this is read anew just before
// each image is deleted, and keep is asked last: reading takes minutes in a large account, and meanwhile a release may have begun to use an
// image that nobody needed. Two kinds of images are never deleted: those that other accounts may launch, because
// what runs there can't be seen from here, and that of this release, which may be about to launch it.
// None is disabled or deprecated on the way: an image is either needed or gone.
func (b *Baker) Collect(ctx context.Context, keep func(context.Context) ([]string, error), dry bool) (would []string, err error) {
	images, err := b.images(ctx, "ec2: list images of service "+b.service, &ec2.DescribeImagesInput{
		Owners: []string{"self"}, IncludeDeprecated: aws.Bool(true), IncludeDisabled: aws.Bool(true),
		Filters: []types.Filter{tagged(serviceTag, b.service), {Name: aws.String("tag-key"), Values: []string{inputsTag}}},
	})
	if err != nil {
		return nil, err
	}
	unknown, err := b.unknown(ctx)
	if err != nil || len(images)+len(unknown) == 0 {
		return nil, err
	}
	needed, err := b.inUse(ctx, keep)
	if err != nil {
		return nil, err
	}
	abandoned, failed := b.abandoned(ctx, unknown, needed)
	for _, image := range slices.Concat(images, abandoned) {
		id := aws.ToString(image.ImageId)
		if needed[id] || image.State == types.ImageStatePending || b.isMine(image) {
			continue
		}
		shared, err := b.isShared(ctx, id)
		if err != nil {
			failed = append(failed, err)
		}
		if err != nil || shared {
			continue
		}
		if !dry {
			if needed, err = b.inUse(ctx, keep); err != nil { // what can't be read of one can't be of the next
				failed = append(failed, err)
				break
			}
			if needed[id] {
				continue
			}
			if err := b.deregister(ctx, image); err != nil {
				failed = append(failed, err)
				continue
			}
		}
		would = append(would, id)
	}
	slices.Sort(would)
	return would, errors.Join(failed...)
}

// inUse are the images that something names, that keep returns, and that this release is of.
func (b *Baker) inUse(ctx context.Context, keep func(context.Context) ([]string, error)) (map[string]bool, error) {
	needed, err := b.needed(ctx)
	if err != nil {
		return nil, err
	}
	kept, err := keep(ctx)
	if err != nil {
		return nil, err
	}
	for _, id := range append(kept, b.artifact.AMI) {
		needed[id] = true
	}
	return needed, nil
}

// isMine reports whether the image was baked by this release.
func (b *Baker) isMine(image types.Image) bool {
	return b.options.Release != "" && tagOf(image, releaseTag) == b.options.Release
}

// isShared reports whether anybody but the owner may launch an image.
func (b *Baker) isShared(ctx context.Context, id string) (bool, error) {
	output, err := call.Do(ctx, "ec2: read who may launch image "+id, b.options.EC2.DescribeImageAttribute,
		&ec2.DescribeImageAttributeInput{ImageId: &id, Attribute: types.ImageAttributeNameLaunchPermission})
	if err != nil {
		return false, err
	}
	return len(output.LaunchPermissions) > 0, nil
}

// deregister deletes an image with its snapshots, except those that another image is made of too. What is gone already is gone.
func (b *Baker) deregister(ctx context.Context, image types.Image) error {
	id := aws.ToString(image.ImageId)
	output, err := call.Do(ctx, "ec2: deregister image "+id, b.options.EC2.DeregisterImage,
		&ec2.DeregisterImageInput{ImageId: &id, DeleteAssociatedSnapshots: aws.Bool(true)})
	if isNoImage(err) {
		return nil
	}
	if err != nil {
		return err
	}
	var failed []error
	for _, result := range output.DeleteSnapshotResults {
		switch result.ReturnCode {
		case types.SnapshotReturnCodesSuccess, types.SnapshotReturnCodesWarnSkipped:
		default:
			failed = append(failed, fmt.Errorf("ec2: delete snapshot %s of image %s, which is deregistered: %s", aws.ToString(result.SnapshotId), id, result.ReturnCode))
		}
	}
	return errors.Join(failed...)
}
