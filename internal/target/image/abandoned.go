package image

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder/types"

	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// builtTag is what Image Builder gives each AMI that it makes: the ARN of the build, see
// https://docs.aws.amazon.com/imagebuilder/latest/userguide/tag-resources.html .
const builtTag = "Ec2ImageBuilderArn"

// unknown are the images that Image Builder has made and that no release has tagged.
func (b *Baker) unknown(ctx context.Context) ([]ec2types.Image, error) {
	built, err := b.images(ctx, "ec2: list images that image builder has made", &ec2.DescribeImagesInput{
		Owners: []string{"self"}, IncludeDeprecated: aws.Bool(true), IncludeDisabled: aws.Bool(true),
		Filters: []ec2types.Filter{{Name: aws.String("tag-key"), Values: []string{builtTag}}},
	})
	var unknown []ec2types.Image
	for _, image := range built {
		if tagOf(image, inputsTag) == "" {
			unknown = append(unknown, image)
		}
	}
	return unknown, err
}

// abandoned are those of unknown images whose build a release of the service has started, so long ago that none still waits for it. Those
// that are needed are not asked about. What can't be found out of one is an error, and keeps no other from being found.
func (b *Baker) abandoned(ctx context.Context, unknown []ec2types.Image, needed map[string]bool) (abandoned []ec2types.Image, failed []error) {
	for _, image := range unknown {
		if needed[aws.ToString(image.ImageId)] {
			continue
		}
		build := tagOf(image, builtTag)
		output, err := call.Do(ctx, "imagebuilder: read image "+build, b.options.ImageBuilder.GetImage, &imagebuilder.GetImageInput{ImageBuildVersionArn: &build})
		switch {
		case call.Is[*types.ResourceNotFoundException](err): // somebody has deleted the build, so nobody knows whose it was
		case err != nil:
			failed = append(failed, busy(err))
		case output.Image.Tags[serviceTag] == b.service && output.Image.Tags[inputsTag] != "" && b.isOld(output.Image):
			abandoned = append(abandoned, image)
		}
	}
	return abandoned, failed
}
