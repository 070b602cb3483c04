package image

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// inputs are what an image is made of.
type inputs struct {
	document       string
	recipe         string
	base           string
	infrastructure string
	distribution   string
	// components are the recipe's; they are part of its ARN's meaning, and no part of the hash.
	components []types.ComponentConfiguration
}

// hash is the hexadecimal SHA-256 of the JSON list [document's image, recipe, base image, infrastructure, distribution].
func (i inputs) hash() string {
	list, err := json.Marshal([]string{i.document, i.recipe, i.base, i.infrastructure, i.distribution})
	if err != nil {
		panic(fmt.Sprintf("text can't be written as JSON: %v", err))
	}
	sum := sha256.Sum256(list)
	return hex.EncodeToString(sum[:])
}

// inputs reads what the document's image is made of. A pipeline that can't make it is a KindRefused failure.
func (b *Baker) inputs(ctx context.Context) (inputs, error) {
	image := *b.artifact.Image
	output, err := call.Do(ctx, "imagebuilder: read pipeline "+image.Pipeline, b.options.ImageBuilder.GetImagePipeline,
		&imagebuilder.GetImagePipelineInput{ImagePipelineArn: &image.Pipeline})
	if err != nil {
		return inputs{}, b.missing("pipeline "+image.Pipeline, busy(err))
	}
	pipeline := output.ImagePipeline
	if err := b.usable(pipeline); err != nil {
		return inputs{}, err
	}
	found := inputs{
		document: image.Hash(), recipe: aws.ToString(pipeline.ImageRecipeArn), infrastructure: aws.ToString(pipeline.InfrastructureConfigurationArn),
		distribution: aws.ToString(pipeline.DistributionConfigurationArn),
	}
	recipe, err := call.Do(ctx, "imagebuilder: read recipe "+found.recipe, b.options.ImageBuilder.GetImageRecipe,
		&imagebuilder.GetImageRecipeInput{ImageRecipeArn: pipeline.ImageRecipeArn})
	if err != nil {
		return inputs{}, b.missing("recipe "+found.recipe, busy(err))
	}
	found.base, found.components = aws.ToString(recipe.ImageRecipe.ParentImage), recipe.ImageRecipe.Components
	return found, nil
}

// missing makes a refusal of what is not there, or may not be read.
func (b *Baker) missing(what string, err error) error {
	switch {
	case call.Is[*types.ResourceNotFoundException](err):
		return release.Fail(release.KindRefused, "%s does not exist in %s", what, b.options.Region).Because(err)
	case call.IsDenied(err):
		return release.Fail(release.KindRefused, "%s may not be read", what).Because(err)
	default:
		return err
	}
}

// usable refuses a pipeline that this document may not start, or that makes no AMI here.
func (b *Baker) usable(pipeline *types.ImagePipeline) error {
	arn := aws.ToString(pipeline.Arn)
	if owner := pipeline.Tags[serviceTag]; owner != b.service {
		return release.Fail(release.KindRefused, "pipeline %s is tagged %s=%q, and this is %s", arn, serviceTag, owner, b.service).
			WithHint("tag it %s=%s if it is this service's", serviceTag, b.service)
	}
	if pipeline.ImageRecipeArn == nil {
		return release.Fail(release.KindRefused, "pipeline %s makes containers, not AMIs", arn).WithHint("give it an image recipe")
	}
	return nil
}

// versionless finds a version of Image Builder's that means the newest, such as 1.x.x or x.x.x.
var versionless = regexp.MustCompile(`/(x|[0-9]+)\.(x|[0-9]+)\.x(/|$)`)

// floating lists what the image is made of whose version is not fixed.
func (i inputs) floating() []string {
	names := []string{i.base}
	for _, component := range i.components {
		names = append(names, aws.ToString(component.ComponentArn))
	}
	return slices.DeleteFunc(names, func(name string) bool { return !versionless.MatchString(name) && !strings.HasPrefix(name, "ssm:") })
}
