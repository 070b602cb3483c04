package image

import (
	"context"

	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// Preflight finds out whether the image is there, or can be baked; it changes nothing. Notes are for people, problems are reasons to refuse
// the release, and an error means that neither is known.
func (b *Baker) Preflight(ctx context.Context) (notes, problems []string, err error) {
	switch {
	case b.isReturn():
		return nil, nil, nil
	case b.artifact.AMI != "":
		return b.preflightReady(ctx)
	case b.artifact.Image != nil:
		notes, err = b.preflightImage(ctx)
	default:
		err = release.Fail(release.KindRefused, "the document of %s has neither an AMI nor an image", b.service)
	}
	if kind, _ := release.KindOf(err); kind == release.KindRefused {
		return notes, []string{err.Error()}, nil
	}
	return notes, nil, err
}

// preflightReady looks at an AMI that is ready made.
func (b *Baker) preflightReady(ctx context.Context) (notes, problems []string, err error) {
	image, problems, err := b.ready(ctx)
	if err != nil || image == nil {
		return nil, problems, err
	}
	note := fmt.Sprintf("%s (%s) is for %s", b.artifact.AMI, aws.ToString(image.Name), image.Architecture)
	if base := tagOf(*image, baseTag); base != "" {
		note += ", of base image " + base
	}
	return []string{note}, problems, nil
}

// ready reads the document's AMI and lists what speaks against it. It must be of this account, or be shared with it by name: EC2
// shows an image only to those who may launch it, so one that is here and not public is one of these. A tag names the service
// of an image of this account; EC2 hides the tags of others.
func (b *Baker) ready(ctx context.Context) (*types.Image, []string, error) {
	id := b.artifact.AMI
	found, err := b.images(ctx, "ec2: read image "+id, &ec2.DescribeImagesInput{
		ImageIds: []string{id}, IncludeDeprecated: aws.Bool(true), IncludeDisabled: aws.Bool(true),
	})
	if isNoImage(err) || err == nil && len(found) == 0 {
		return nil, []string{fmt.Sprintf("image %s does not exist in %s, or is not shared with this account", id, b.options.Region)}, nil
	}
	if err != nil {
		return nil, nil, err
	}
	image := found[0]
	var problems []string
	if aws.ToBool(image.Public) {
		problems = append(problems, fmt.Sprintf("image %s is public; release one of your own, such as a copy", id))
	}
	if owner := tagOf(image, serviceTag); owner != "" && owner != b.service {
		problems = append(problems, fmt.Sprintf("image %s is tagged %s=%s, and this is %s", id, serviceTag, owner, b.service))
	}
	if image.State != types.ImageStateAvailable {
		problems = append(problems, fmt.Sprintf("image %s is %s, and must be available%s", id, image.State, stateReason(image)))
	}
	if when, yes := isDeprecated(image, b.options.Now()); yes {
		problems = append(problems, fmt.Sprintf("image %s is deprecated since %s", id, when))
	}
	return &image, problems, nil
}

// stateReason is why an image is in its state, where EC2 says it.
func stateReason(image types.Image) string {
	if image.StateReason == nil {
		return ""
	}
	return ": " + aws.ToString(image.StateReason.Message)
}

// isNoImage reports that EC2 knows no image of an id, or not for this account.
func isNoImage(err error) bool {
	return strings.HasPrefix(call.Code(err), "InvalidAMIID.")
}

// preflightImage looks whether an image must be baked.
func (b *Baker) preflightImage(ctx context.Context) (notes []string, err error) {
	pipeline := b.artifact.Image.Pipeline
	if parsed, err := arn.Parse(pipeline); err != nil || parsed.Region != b.options.Region {
		return nil, release.Fail(release.KindRefused, "pipeline %s is not in %s", pipeline, b.options.Region).
			WithHint("bake where the image is launched, or release the id of an AMI that was copied")
	}
	inputs, err := b.inputs(ctx)
	if err != nil {
		return nil, err
	}
	if floating := inputs.floating(); len(floating) > 0 {
		notes = append(notes, fmt.Sprintf("%s has no fixed version: a newer one is no reason to bake again", strings.Join(floating, " and ")))
	}
	found, err := b.baked(ctx, inputs)
	switch {
	case err != nil:
		return notes, err
	case found == nil:
		notes = append(notes, fmt.Sprintf("bakes an image with %s (inputs %s)", pipeline, inputs.hash()))
	default:
		notes = append(notes, fmt.Sprintf("reuses %s because inputs equal (hash %s)", aws.ToString(found.ImageId), inputs.hash()))
		notes = append(notes, b.encrypted(*found)...)
	}
	return notes, nil
}

// encrypted warns of an image that other accounts may launch, but whose disks they can't read
// (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/sharingamis-explicit.html).
func (b *Baker) encrypted(image types.Image) []string {
	for _, device := range image.BlockDeviceMappings {
		if len(b.artifact.Image.Accounts) > 0 && device.Ebs != nil && aws.ToBool(device.Ebs.Encrypted) {
			return []string{fmt.Sprintf("%s is encrypted: the accounts %s need its KMS key too", aws.ToString(image.ImageId), strings.Join(b.artifact.Image.Accounts, ", "))}
		}
	}
	return nil
}

// problemsOf makes one failure of problems; nil when there are none.
func problemsOf(problems []string) error {
	if len(problems) == 0 {
		return nil
	}
	return release.Fail(release.KindRefused, "%s", strings.Join(problems, "; "))
}
