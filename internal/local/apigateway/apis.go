package apigateway

import (
	"context"
	"maps"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
)

// How long ids are.
const (
	apiIDLength        = 10
	resourceIDLength   = 10
	deploymentIDLength = 6
)

// CreateRestApi makes an API that has the resource / and no methods.
func (s *Service) CreateRestApi(ctx context.Context, in *sdk.CreateRestApiInput, _ ...func(*sdk.Options)) (*sdk.CreateRestApiOutput, error) {
	return change(ctx, s, "CreateRestApi", func() (*sdk.CreateRestApiOutput, error) {
		if aws.ToString(in.Name) == "" {
			return nil, invalid("API name cannot be empty")
		}
		if in.CloneFrom != nil || in.Policy != nil || len(in.BinaryMediaTypes) > 0 {
			return nil, unsupported("APIs that are cloned, or have a policy or binary media types")
		}
		root := resourceRecord{ID: s.identifier(resourceIDLength), Path: "/"}
		api := apiRecord{
			ID: s.identifier(apiIDLength), Name: *in.Name, Description: aws.ToString(in.Description), Tags: in.Tags, Created: s.now(),
			Resources: map[string]resourceRecord{root.ID: root},
		}
		if err := s.commit(map[string]any{apiKey(api.ID): api}); err != nil {
			return nil, err
		}
		return &sdk.CreateRestApiOutput{
			Id: aws.String(api.ID), Name: in.Name, Description: in.Description, Tags: in.Tags, CreatedDate: aws.Time(api.Created), RootResourceId: aws.String(root.ID),
		}, nil
	})
}

// GetRestApi describes an API.
func (s *Service) GetRestApi(ctx context.Context, in *sdk.GetRestApiInput, _ ...func(*sdk.Options)) (*sdk.GetRestApiOutput, error) {
	return read(ctx, s, "GetRestApi", func() (*sdk.GetRestApiOutput, error) {
		api, err := s.api(in.RestApiId)
		if err != nil {
			return nil, err
		}
		return &sdk.GetRestApiOutput{
			Id: aws.String(api.ID), Name: aws.String(api.Name), Description: optional(api.Description), Tags: api.Tags, CreatedDate: aws.Time(api.Created),
			RootResourceId: aws.String(api.root()),
		}, nil
	})
}

// GetRestApis lists the APIs, all at once.
func (s *Service) GetRestApis(ctx context.Context, _ *sdk.GetRestApisInput, _ ...func(*sdk.Options)) (*sdk.GetRestApisOutput, error) {
	return read(ctx, s, "GetRestApis", func() (*sdk.GetRestApisOutput, error) {
		out := &sdk.GetRestApisOutput{}
		for _, api := range sorted(s.books.apis) {
			out.Items = append(out.Items, types.RestApi{Id: aws.String(api.ID), Name: aws.String(api.Name), Tags: api.Tags, CreatedDate: aws.Time(api.Created), RootResourceId: aws.String(api.root())})
		}
		return out, nil
	})
}

// TagResource adds tags to an API or a stage, which is named by its ARN.
func (s *Service) TagResource(ctx context.Context, in *sdk.TagResourceInput, _ ...func(*sdk.Options)) (*sdk.TagResourceOutput, error) {
	return change(ctx, s, "TagResource", func() (*sdk.TagResourceOutput, error) {
		path, ok := strings.CutPrefix(aws.ToString(in.ResourceArn), "arn:aws:apigateway:"+s.options.Region+"::/restapis/")
		if !ok {
			return nil, invalid("Invalid ARN specified in the request")
		}
		id, name, ofStage := strings.Cut(path, "/stages/")
		if ofStage {
			stage, err := s.stage(&id, &name)
			if err != nil {
				return nil, err
			}
			stage.Tags = merged(stage.Tags, in.Tags)
			return &sdk.TagResourceOutput{}, s.commit(map[string]any{stageKey(id, name): stage})
		}
		api, err := s.api(&id)
		if err != nil {
			return nil, err
		}
		api.Tags = merged(api.Tags, in.Tags)
		return &sdk.TagResourceOutput{}, s.commit(map[string]any{apiKey(id): api})
	})
}

// api finds an API.
func (s *Service) api(id *string) (apiRecord, error) {
	api, ok := s.books.apis[apiKey(aws.ToString(id))]
	if !ok {
		return apiRecord{}, notFound("Invalid API identifier specified %s:%s", s.options.AccountID, aws.ToString(id))
	}
	return api, nil
}

// root is the id of the resource /.
func (a apiRecord) root() string {
	for id, resource := range a.Resources {
		if resource.Path == "/" {
			return id
		}
	}
	return ""
}

// optional is text as the SDK has it where there may be none.
func optional(text string) *string {
	if text == "" {
		return nil
	}
	return aws.String(text)
}

// merged is a new map of both, where added wins.
func merged(present, added map[string]string) map[string]string {
	all := make(map[string]string, len(present)+len(added))
	maps.Copy(all, present)
	maps.Copy(all, added)
	return all
}
