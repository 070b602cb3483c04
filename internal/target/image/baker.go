package image

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// The tags of an image that was baked here.
const (
	serviceTag = "goldfinch:service"
	releaseTag = "goldfinch:release"
	commitTag  = "goldfinch:commit"
	baseTag    = "goldfinch:base"
	inputsTag  = "goldfinch:inputs"
)

// Options says what a Baker is made of.
type Options struct {
	// Release is the release's id.
	Release string
	// Document is the release's document, after [release.Default], whose artifact is an AMI or an image. One that has
	// both was baked before: the AMI is what counts. One that has neither returns to a version, and has nothing to bake.
	Document release.Document

	EC2          EC2API
	ImageBuilder ImageBuilderAPI
	// AutoScaling is needed by [Baker.Collect] alone.
	AutoScaling AutoScalingAPI
	// Region is where images are launched.
	Region string
	// Now tells the time; nil is the wall clock.
	Now func() time.Time
}

// A Baker makes one document's golden image ready. It keeps no state, and its
// methods may be called from several goroutines at once.
type Baker struct {
	options  Options
	artifact release.Artifact
	service  string
}

// New makes a baker.
func New(options Options) *Baker {
	if options.Now == nil {
		options.Now = time.Now
	}
	return &Baker{options: options, artifact: options.Document.Artifact, service: options.Document.Service}
}

// isReturn reports that the release returns to a version, whose image is what it was.
func (b *Baker) isReturn() bool { return b.options.Document.Request.Version != "" }

// AMI is the id of the document's image. One that is not baked yet, or no longer there, is a KindConflict failure: AMI is called after Bake is done.
func (b *Baker) AMI(ctx context.Context) (id string, err error) {
	if b.artifact.AMI != "" {
		return b.artifact.AMI, nil
	}
	if b.artifact.Image == nil {
		return "", release.Fail(release.KindRefused, "the document of %s has neither an AMI nor an image", b.service)
	}
	inputs, err := b.inputs(ctx)
	if err != nil {
		return "", err
	}
	found, err := b.baked(ctx, inputs)
	if err != nil {
		return "", err
	}
	if found == nil || found.State != types.ImageStateAvailable {
		return "", release.Fail(release.KindConflict, "no image with inputs %s is available", inputs.hash()).
			WithHint("somebody changed pipeline %s, or deleted the image, after it was baked; release again", b.artifact.Image.Pipeline)
	}
	return aws.ToString(found.ImageId), nil
}

// Baked is the document's artifact with the id of its image, after Bake is done. From then on the release is of that AMI.
func (b *Baker) Baked(ctx context.Context) (release.Artifact, error) {
	artifact := b.artifact
	id, err := b.AMI(ctx)
	artifact.AMI = id
	return artifact, err
}

// images reads all images that the request asks for.
func (b *Baker) images(ctx context.Context, what string, input *ec2.DescribeImagesInput) ([]types.Image, error) {
	var images []types.Image
	for {
		output, err := call.Do(ctx, what, b.options.EC2.DescribeImages, input)
		if err != nil {
			return nil, err
		}
		images = append(images, output.Images...)
		if aws.ToString(output.NextToken) == "" {
			return images, nil
		}
		next := *input
		next.NextToken = output.NextToken
		input = &next
	}
}

// tagOf is the value of an image's tag; empty when it has none.
func tagOf(image types.Image, key string) string {
	i := slices.IndexFunc(image.Tags, func(tag types.Tag) bool { return aws.ToString(tag.Key) == key })
	if i < 0 {
		return ""
	}
	return aws.ToString(image.Tags[i].Value)
}

// isDeprecated reports whether an image is out of date at a time; when is as EC2 says it.
func isDeprecated(image types.Image, now time.Time) (when string, yes bool) {
	when = aws.ToString(image.DeprecationTime)
	at, err := time.Parse(time.RFC3339, when)
	return when, err == nil && !now.Before(at)
}
