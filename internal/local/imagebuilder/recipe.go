package imagebuilder

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/imagebuilder"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder/types"
)

// CreateImageRecipe is Image Builder's CreateImageRecipe. Its components must be there, and one of them download a program.
func (s *Service) CreateImageRecipe(ctx context.Context, in *sdk.CreateImageRecipeInput, _ ...func(*sdk.Options)) (*sdk.CreateImageRecipeOutput, error) {
	return serve(ctx, s, "CreateImageRecipe", func() (*sdk.CreateImageRecipeOutput, error) {
		asked, err := requested("CreateImageRecipe", in.ClientToken, in)
		if err != nil {
			return nil, err
		}
		if err := named(in.Name, aws.String(aws.ToString(in.SemanticVersion))); err != nil {
			return nil, err
		}
		arn := s.arn("image-recipe", *in.Name, *in.SemanticVersion)
		out := &sdk.CreateImageRecipeOutput{ClientToken: in.ClientToken, ImageRecipeArn: &arn}
		if made := s.books.recipes[arn]; made != nil {
			if again, err := asked.repeats(made.Request); again || err != nil {
				return out, err
			}
			return nil, exists(arn)
		}
		if aws.ToString(in.ParentImage) == "" {
			return nil, invalid("The value supplied for parameter 'parentImage' is missing")
		}
		source, err := s.program(in.Components)
		if err != nil {
			return nil, err
		}
		return out, s.commit(arn, &recipeRecord{Request: asked, Source: source, Recipe: types.ImageRecipe{
			Arn: &arn, Name: in.Name, Version: in.SemanticVersion, ParentImage: in.ParentImage, Components: in.Components, Description: in.Description,
			Owner: &s.options.AccountID, Platform: types.PlatformLinux, AmiTags: in.AmiTags, Tags: in.Tags, DateCreated: aws.String(stamp(s.now())),
		}})
	})
}

// program is the one S3 object that components download.
func (s *Service) program(components []types.ComponentConfiguration) (string, error) {
	source := ""
	for _, configuration := range components {
		component := s.books.components[aws.ToString(configuration.ComponentArn)]
		switch {
		case component == nil:
			return "", notFound("component", aws.ToString(configuration.ComponentArn))
		case len(configuration.Parameters) > 0:
			return "", unsupported("parameters of components")
		case component.Source != "" && source != "":
			return "", unsupported("second object to download: an image is one program")
		case component.Source != "":
			source = component.Source
		}
	}
	if source == "" {
		return "", unsupported("images without a program: a component must have the action " + download)
	}
	return source, nil
}

// GetImageRecipe is Image Builder's GetImageRecipe.
func (s *Service) GetImageRecipe(ctx context.Context, in *sdk.GetImageRecipeInput, _ ...func(*sdk.Options)) (*sdk.GetImageRecipeOutput, error) {
	return serve(ctx, s, "GetImageRecipe", func() (*sdk.GetImageRecipeOutput, error) {
		recipe := s.books.recipes[aws.ToString(in.ImageRecipeArn)]
		if recipe == nil {
			return nil, notFound("image recipe", aws.ToString(in.ImageRecipeArn))
		}
		return &sdk.GetImageRecipeOutput{ImageRecipe: &recipe.Recipe}, nil
	})
}
