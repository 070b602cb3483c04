package imagebuilder

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/imagebuilder"
	"github.com/goccy/go-yaml"
)

// A componentDocument is what a component does
// (https://docs.aws.amazon.com/imagebuilder/latest/userguide/toe-use-documents.html).
type componentDocument struct {
	Name          string `yaml:"name"`
	Description   string `yaml:"description"`
	SchemaVersion string `yaml:"schemaVersion"`
	Phases        []struct {
		Name  string `yaml:"name"`
		Steps []struct {
			Name   string `yaml:"name"`
			Action string `yaml:"action"`
			Inputs []struct {
				Source      string `yaml:"source"`
				Destination string `yaml:"destination"`
			} `yaml:"inputs"`
		} `yaml:"steps"`
	} `yaml:"phases"`
}

// download is the only action that has an effect here.
const download = "S3Download"

// CreateComponent is Image Builder's CreateComponent, of a document that is given as it is.
func (s *Service) CreateComponent(ctx context.Context, in *sdk.CreateComponentInput, _ ...func(*sdk.Options)) (*sdk.CreateComponentOutput, error) {
	return serve(ctx, s, "CreateComponent", func() (*sdk.CreateComponentOutput, error) {
		asked, err := requested("CreateComponent", in.ClientToken, in)
		if err != nil {
			return nil, err
		}
		if err := named(in.Name, aws.String(aws.ToString(in.SemanticVersion))); err != nil {
			return nil, err
		}
		arn := s.arn("component", *in.Name, *in.SemanticVersion, 1)
		out := &sdk.CreateComponentOutput{ClientToken: in.ClientToken, ComponentBuildVersionArn: &arn}
		if made := s.books.components[arn]; made != nil {
			if again, err := asked.repeats(made.Request); again || err != nil {
				return out, err
			}
			return nil, exists(arn)
		}
		source, err := downloaded(in)
		if err != nil {
			return nil, err
		}
		return out, s.commit(arn, &componentRecord{ARN: arn, Name: *in.Name, Version: *in.SemanticVersion, Request: asked, Source: source})
	})
}

// downloaded is the S3 object that a component downloads.
func downloaded(in *sdk.CreateComponentInput) (string, error) {
	if in.Uri != nil || in.Data == nil {
		return "", unsupported("components by URI: give data")
	}
	var document componentDocument
	if err := yaml.Unmarshal([]byte(*in.Data), &document); err != nil {
		return "", invalid("The value supplied for parameter 'data' is not valid: %v", err)
	}
	source := ""
	for _, phase := range document.Phases {
		for _, step := range phase.Steps {
			if step.Action != download || len(step.Inputs) != 1 {
				return "", unsupported("action " + step.Action + " in step " + step.Name + ": it runs only " + download + " of one object")
			}
			bucket, key, _ := strings.Cut(strings.TrimPrefix(step.Inputs[0].Source, "s3://"), "/")
			if !strings.HasPrefix(step.Inputs[0].Source, "s3://") || bucket == "" || key == "" || strings.HasSuffix(key, "*") {
				return "", invalid("The source of step %s is not s3://bucket/key: '%s'", step.Name, step.Inputs[0].Source)
			}
			if source != "" {
				return "", unsupported("second object to download: an image is one program")
			}
			source = step.Inputs[0].Source
		}
	}
	return source, nil
}
