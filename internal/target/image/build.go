package image

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// mostBuilds bounds how often the same inputs are built, the last time included.
const mostBuilds = 10

// build starts the pipeline, unless the build goes on that it has been started for, and returns the image that was built; nil while it is not.
func (b *Baker) build(ctx context.Context, inputs inputs) (*ec2types.Image, error) {
	for number := range mostBuilds {
		started, err := b.start(ctx, inputs, number)
		if err != nil {
			return nil, err
		}
		image, old, err := b.outcome(ctx, started)
		if !old {
			return image, err
		}
	}
	return nil, release.Fail(release.KindRefused, "pipeline %s was started %d times with inputs %s, and no image of it is left", b.artifact.Image.Pipeline, mostBuilds, inputs.hash()).
		WithHint("look at its builds, then change artifact.image, such as an entry of inputs, to bake another")
}

// token is the client token of the build of this number: of the inputs alone, so that every release of them gets the same build.
func token(inputs inputs, number int) string {
	const digits = 60 // of at most 64 characters
	return fmt.Sprintf("%s-%d", inputs.hash()[:digits], number)
}

// start starts the pipeline, or finds the build that the same token has started before. Its tags must not depend on the
// release: the same token with other parameters is refused.
func (b *Baker) start(ctx context.Context, inputs inputs, number int) (build string, err error) {
	pipeline := b.artifact.Image.Pipeline
	output, err := call.Do(ctx, "imagebuilder: start pipeline "+pipeline, b.options.ImageBuilder.StartImagePipelineExecution,
		&imagebuilder.StartImagePipelineExecutionInput{
			ImagePipelineArn: &pipeline, ClientToken: aws.String(token(inputs, number)),
			Tags: map[string]string{serviceTag: b.service, inputsTag: inputs.hash()},
		})
	switch {
	case call.Is[*types.IdempotentParameterMismatchException](err):
		return "", release.Fail(release.KindConflict, "somebody else has started pipeline %s with the token of inputs %s", pipeline, inputs.hash()).Because(err)
	case err != nil:
		return "", busy(err)
	default:
		return aws.ToString(output.ImageBuildVersionArn), nil
	}
}

// busy makes a KindTransient failure of what Image Builder can do later, and the SDK takes for final.
func busy(err error) error {
	if call.Is[*types.ResourceInUseException](err) || call.Is[*types.CallRateLimitExceededException](err) {
		return release.Fail(release.KindTransient, "image builder is busy").Because(err)
	}
	return err
}

// outcome looks at a build once. While it goes on there is neither an image nor an error. A build is old when it made no image, or
// its image is gone, and this release can't have started it.
func (b *Baker) outcome(ctx context.Context, build string) (image *ec2types.Image, old bool, err error) {
	output, err := call.Do(ctx, "imagebuilder: read image "+build, b.options.ImageBuilder.GetImage, &imagebuilder.GetImageInput{ImageBuildVersionArn: &build})
	if err != nil {
		return nil, false, busy(err)
	}
	state := output.Image.State
	if state == nil {
		state = &types.ImageState{}
	}
	old = b.isOld(output.Image)
	switch state.Status {
	case types.ImageStatusAvailable:
		id, err := b.pick(output.Image)
		if err != nil {
			return nil, false, err
		}
		image, err := b.made(ctx, id)
		return image, old && image == nil, err
	case types.ImageStatusFailed, types.ImageStatusCancelled, types.ImageStatusDeprecated, types.ImageStatusDeleted, types.ImageStatusDisabled:
		if old {
			return nil, true, nil
		}
		return nil, false, release.Fail(release.KindUnhealthy, "build %s is %s: %s", build, state.Status, reasonOf(state)).
			WithHint("the same inputs are built again %s after that build began; other ones at once", b.options.Document.Timeouts.Bake)
	default:
		return nil, false, nil
	}
}

func reasonOf(state *types.ImageState) string {
	if reason := strings.TrimSpace(aws.ToString(state.Reason)); reason != "" {
		return reason
	}
	return "image builder gives no reason"
}

// isOld reports whether a build began longer ago than a release may bake. A time that can't be read is none.
func (b *Baker) isOld(image *types.Image) bool {
	began, err := time.Parse(time.RFC3339, aws.ToString(image.DateCreated))
	return err == nil && b.options.Now().Sub(began) > b.believed()
}

// pick finds the AMI of this region and of the pipeline's account among all that a build has distributed.
func (b *Baker) pick(image *types.Image) (id string, err error) {
	owner, err := arn.Parse(b.artifact.Image.Pipeline)
	if err != nil {
		return "", release.Fail(release.KindRefused, "pipeline %s is no ARN", b.artifact.Image.Pipeline).Because(err)
	}
	var others []string
	if image.OutputResources != nil {
		for _, ami := range image.OutputResources.Amis {
			region, account := aws.ToString(ami.Region), aws.ToString(ami.AccountId)
			if region == b.options.Region && (account == owner.AccountID || account == "") {
				return aws.ToString(ami.Image), nil
			}
			others = append(others, strings.TrimSpace(region+" "+account))
		}
	}
	slices.Sort(others)
	if len(others) == 0 {
		others = []string{"nowhere"}
	}
	return "", release.Fail(release.KindRefused, "build %s made no AMI for %s in account %s, but: %s", aws.ToString(image.Arn), b.options.Region, owner.AccountID, strings.Join(others, ", ")).
		WithHint("add the region to the pipeline's distribution configuration")
}

// made reads the AMI that a build made. EC2 may not tell of it at once: until then it is nil.
func (b *Baker) made(ctx context.Context, id string) (*ec2types.Image, error) {
	found, err := b.images(ctx, "ec2: read image "+id, &ec2.DescribeImagesInput{ImageIds: []string{id}, IncludeDeprecated: aws.Bool(true)})
	if isNoImage(err) || err == nil && len(found) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &found[0], nil
}
