package apigateway

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
)

// longestTimeout is for how long an integration may take by default
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html).
const longestTimeout = 29 * time.Second

// CreateResource adds a part to the path of another resource.
func (s *Service) CreateResource(ctx context.Context, in *sdk.CreateResourceInput, _ ...func(*sdk.Options)) (*sdk.CreateResourceOutput, error) {
	return change(ctx, s, "CreateResource", func() (*sdk.CreateResourceOutput, error) {
		api, err := s.api(in.RestApiId)
		if err != nil {
			return nil, err
		}
		parent, err := api.resource(in.ParentId)
		if err != nil {
			return nil, err
		}
		part := aws.ToString(in.PathPart)
		if part == "" || strings.Contains(part, "/") {
			return nil, invalid("Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end.")
		}
		made := resourceRecord{ID: s.identifier(resourceIDLength), Parent: parent.ID, PathPart: part, Path: strings.TrimSuffix(parent.Path, "/") + "/" + part}
		for _, present := range api.Resources {
			if present.Path == made.Path {
				return nil, conflict("Another resource with the same parent already has this name: %s", part)
			}
		}
		if err := s.commit(map[string]any{apiKey(api.ID): api.with(made)}); err != nil {
			return nil, err
		}
		return &sdk.CreateResourceOutput{Id: aws.String(made.ID), ParentId: in.ParentId, PathPart: in.PathPart, Path: aws.String(made.Path)}, nil
	})
}

// GetResources lists an API's resources, with their methods and integrations when they are asked for.
func (s *Service) GetResources(ctx context.Context, in *sdk.GetResourcesInput, _ ...func(*sdk.Options)) (*sdk.GetResourcesOutput, error) {
	return read(ctx, s, "GetResources", func() (*sdk.GetResourcesOutput, error) {
		api, err := s.api(in.RestApiId)
		if err != nil {
			return nil, err
		}
		resources, next, err := page(sorted(api.Resources), in.Limit, in.Position)
		if err != nil {
			return nil, err
		}
		out := &sdk.GetResourcesOutput{Position: next}
		for _, resource := range resources {
			out.Items = append(out.Items, resource.describe(slices.Contains(in.Embed, "methods")))
		}
		return out, nil
	})
}

// PutMethod lets a resource be used by a method, or by ANY, without authorisation.
func (s *Service) PutMethod(ctx context.Context, in *sdk.PutMethodInput, _ ...func(*sdk.Options)) (*sdk.PutMethodOutput, error) {
	return change(ctx, s, "PutMethod", func() (*sdk.PutMethodOutput, error) {
		api, resource, err := s.resource(in.RestApiId, in.ResourceId)
		if err != nil {
			return nil, err
		}
		if authorization := aws.ToString(in.AuthorizationType); authorization != "NONE" || in.ApiKeyRequired {
			return nil, unsupported("authorisation")
		}
		method := aws.ToString(in.HttpMethod)
		if _, present := resource.Methods[method]; present {
			return nil, conflict("Method already exists for this resource")
		}
		if err := s.commit(map[string]any{apiKey(api.ID): api.with(resource.with(method, methodRecord{Authorization: "NONE"}))}); err != nil {
			return nil, err
		}
		return &sdk.PutMethodOutput{HttpMethod: in.HttpMethod, AuthorizationType: in.AuthorizationType, ApiKeyRequired: aws.Bool(false)}, nil
	})
}

// PutIntegration says which function answers a method: a Lambda proxy integration.
func (s *Service) PutIntegration(ctx context.Context, in *sdk.PutIntegrationInput, _ ...func(*sdk.Options)) (*sdk.PutIntegrationOutput, error) {
	return change(ctx, s, "PutIntegration", func() (*sdk.PutIntegrationOutput, error) {
		api, resource, err := s.resource(in.RestApiId, in.ResourceId)
		if err != nil {
			return nil, err
		}
		name := aws.ToString(in.HttpMethod)
		method, ok := resource.Methods[name]
		if !ok {
			return nil, notFound("Invalid Method identifier specified")
		}
		if in.Type != types.IntegrationTypeAwsProxy || aws.ToString(in.IntegrationHttpMethod) != "POST" {
			return nil, unsupported("integrations but AWS_PROXY of a Lambda function by POST")
		}
		if _, _, ok := functionOf(aws.ToString(in.Uri)); !ok {
			return nil, invalid("Invalid ARN specified in the request")
		}
		timeout := longestTimeout
		if in.TimeoutInMillis != nil {
			if timeout = time.Duration(*in.TimeoutInMillis) * time.Millisecond; timeout < 50*time.Millisecond || timeout > longestTimeout {
				return nil, invalid("Timeout should be between 50 ms and 29000 ms")
			}
		}
		method.Integration = &integrationRecord{URI: *in.Uri, Credentials: aws.ToString(in.Credentials), Timeout: timeout}
		if err := s.commit(map[string]any{apiKey(api.ID): api.with(resource.with(name, method))}); err != nil {
			return nil, err
		}
		return &sdk.PutIntegrationOutput{Type: in.Type, HttpMethod: in.IntegrationHttpMethod, Uri: in.Uri, Credentials: in.Credentials}, nil
	})
}

// resource finds a resource, and the API that it is of.
func (s *Service) resource(restAPI, id *string) (apiRecord, resourceRecord, error) {
	api, err := s.api(restAPI)
	if err != nil {
		return apiRecord{}, resourceRecord{}, err
	}
	resource, err := api.resource(id)
	return api, resource, err
}

func (a apiRecord) resource(id *string) (resourceRecord, error) {
	resource, ok := a.Resources[aws.ToString(id)]
	if !ok {
		return resourceRecord{}, notFound("Invalid Resource identifier specified")
	}
	return resource, nil
}

// with is the API with a resource added or replaced.
func (a apiRecord) with(resource resourceRecord) apiRecord {
	a.Resources = maps.Clone(a.Resources)
	a.Resources[resource.ID] = resource
	return a
}

// with is the resource with a method added or replaced.
func (r resourceRecord) with(name string, method methodRecord) resourceRecord {
	methods := map[string]methodRecord{name: method}
	for other, present := range r.Methods {
		if other != name {
			methods[other] = present
		}
	}
	r.Methods = methods
	return r
}

func (r resourceRecord) describe(methods bool) types.Resource {
	resource := types.Resource{Id: aws.String(r.ID), Path: aws.String(r.Path), ParentId: optional(r.Parent), PathPart: optional(r.PathPart)}
	for name, method := range r.Methods {
		if resource.ResourceMethods == nil {
			resource.ResourceMethods = map[string]types.Method{}
		}
		described := types.Method{}
		if methods {
			described.HttpMethod, described.AuthorizationType = aws.String(name), aws.String(method.Authorization)
			if integration := method.Integration; integration != nil {
				described.MethodIntegration = &types.Integration{
					Type: types.IntegrationTypeAwsProxy, HttpMethod: aws.String("POST"), Uri: aws.String(integration.URI), Credentials: optional(integration.Credentials),
					TimeoutInMillis: int32(integration.Timeout / time.Millisecond),
				}
			}
		}
		resource.ResourceMethods[name] = described
	}
	return resource
}
