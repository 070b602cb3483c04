package imagebuilder_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/imagebuilder"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/imagebuilder"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// TestPartsAreMadeOnce: the same token makes them again, another one is told that they exist; they never change.
func TestPartsAreMadeOnce(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	pipeline := w.pipeline()
	if again := w.pipeline(); again != pipeline {
		t.Errorf("the pipeline is %s, and was %s", again, pipeline)
	}
	w.open()
	got, err := w.GetImagePipeline(t.Context(), &sdk.GetImagePipelineInput{ImagePipelineArn: &pipeline})
	must(t, err)
	recipe, err := w.GetImageRecipe(t.Context(), &sdk.GetImageRecipeInput{ImageRecipeArn: got.ImagePipeline.ImageRecipeArn})
	must(t, err)
	if got.ImagePipeline.Tags["goldfinch:service"] != "echo" || aws.ToString(recipe.ImageRecipe.ParentImage) != "ami-00000000000000001" {
		t.Errorf("after opening: %+v, %+v", got.ImagePipeline, recipe.ImageRecipe)
	}
	_, err = w.CreateComponent(t.Context(), &sdk.CreateComponentInput{Name: aws.String("install-echo"), SemanticVersion: aws.String("1.0.0"), Data: aws.String(component), ClientToken: aws.String("x")})
	expect[*types.ResourceAlreadyExistsException](t, "component", err)
	_, err = w.CreateImageRecipe(t.Context(), &sdk.CreateImageRecipeInput{Name: aws.String("echo"), SemanticVersion: aws.String("1.0.0"), ClientToken: aws.String("x")})
	expect[*types.ResourceAlreadyExistsException](t, "recipe", err)
	_, err = w.CreateInfrastructureConfiguration(t.Context(), &sdk.CreateInfrastructureConfigurationInput{Name: aws.String("echo"), InstanceProfileName: aws.String("x"), ClientToken: aws.String("x")})
	expect[*types.ResourceAlreadyExistsException](t, "infrastructure configuration", err)
	_, err = w.CreateImagePipeline(t.Context(), &sdk.CreateImagePipelineInput{Name: aws.String("echo"), ClientToken: aws.String("p")})
	expect[*types.IdempotentParameterMismatchException](t, "pipeline", err)
}

func TestWhatDoesNotExist(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	_, err := w.GetImagePipeline(t.Context(), &sdk.GetImagePipelineInput{ImagePipelineArn: aws.String("arn")})
	expect[*types.ResourceNotFoundException](t, "pipeline", err)
	_, err = w.GetImageRecipe(t.Context(), &sdk.GetImageRecipeInput{ImageRecipeArn: aws.String("arn")})
	expect[*types.ResourceNotFoundException](t, "recipe", err)
	_, err = w.GetImage(t.Context(), &sdk.GetImageInput{ImageBuildVersionArn: aws.String("arn")})
	expect[*types.ResourceNotFoundException](t, "image", err)
	_, err = w.StartImagePipelineExecution(t.Context(), &sdk.StartImagePipelineExecutionInput{ImagePipelineArn: aws.String("arn"), ClientToken: aws.String("x")})
	expect[*types.ResourceNotFoundException](t, "pipeline to start", err)
	_, err = w.CreateImageRecipe(t.Context(), &sdk.CreateImageRecipeInput{
		Name: aws.String("echo"), SemanticVersion: aws.String("1.0.0"), ParentImage: aws.String("ami"), ClientToken: aws.String("x"),
		Components: []types.ComponentConfiguration{{ComponentArn: aws.String("arn")}},
	})
	expect[*types.ResourceNotFoundException](t, "component", err)
	_, err = w.CreateImagePipeline(t.Context(), &sdk.CreateImagePipelineInput{Name: aws.String("echo"), ClientToken: aws.String("x")})
	expect[*types.ResourceNotFoundException](t, "recipe of a pipeline", err)
	pipeline := w.pipeline()
	got, err := w.GetImagePipeline(t.Context(), &sdk.GetImagePipelineInput{ImagePipelineArn: &pipeline})
	must(t, err)
	_, err = w.CreateImagePipeline(t.Context(), &sdk.CreateImagePipelineInput{Name: aws.String("other"), ImageRecipeArn: got.ImagePipeline.ImageRecipeArn, ClientToken: aws.String("x")})
	expect[*types.ResourceNotFoundException](t, "infrastructure of a pipeline", err)
}

// TestWhatHasNoEffectHereIsRefused, rather than ignored.
func TestWhatHasNoEffectHereIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	steps := func(steps string) *string {
		return aws.String("name: x\nschemaVersion: 1.0\nphases: [{name: build, steps: [" + steps + "]}]\n")
	}
	const download = "{name: a, action: S3Download, inputs: [{source: s3://releases/echo, destination: /opt}]}"
	for name, in := range map[string]*sdk.CreateComponentInput{
		"another action":    {Data: steps("{name: a, action: ExecuteBash, inputs: {commands: [ls]}}")},
		"no object":         {Data: steps("{name: a, action: S3Download, inputs: [{source: s3://releases}]}")},
		"not in S3":         {Data: steps("{name: a, action: S3Download, inputs: [{source: https://example.com/echo}]}")},
		"many objects":      {Data: steps("{name: a, action: S3Download, inputs: [{source: s3://releases/*}]}")},
		"two programs":      {Data: steps(download + ", " + download)},
		"two inputs":        {Data: steps("{name: a, action: S3Download, inputs: [{source: s3://a/b}, {source: s3://a/c}]}")},
		"not YAML":          {Data: aws.String("phases: [")},
		"a document in S3":  {Uri: aws.String("s3://components/echo.yaml")},
		"no document":       {},
		"no version":        {Data: steps(download), SemanticVersion: aws.String("1")},
		"no name":           {Data: steps(download), Name: aws.String("-")},
		"no token":          {Data: steps(download), ClientToken: aws.String("")},
		"not even a letter": {Data: steps(download), Name: aws.String("")},
	} {
		if in.Name == nil {
			in.Name = aws.String("echo")
		}
		if in.SemanticVersion == nil {
			in.SemanticVersion = aws.String("1.0.0")
		}
		if in.ClientToken == nil {
			in.ClientToken = aws.String("x")
		}
		_, err := w.CreateComponent(t.Context(), in)
		expect[*types.InvalidParameterException](t, name, err)
	}
	pipeline := w.pipeline()
	nothing, err := w.CreateComponent(t.Context(), &sdk.CreateComponentInput{Name: aws.String("nothing"), SemanticVersion: aws.String("1.0.0"), Data: aws.String("name: x"), ClientToken: aws.String("n")})
	must(t, err)
	got, err := w.GetImagePipeline(t.Context(), &sdk.GetImagePipelineInput{ImagePipelineArn: &pipeline})
	must(t, err)
	recipe, err := w.GetImageRecipe(t.Context(), &sdk.GetImageRecipeInput{ImageRecipeArn: got.ImagePipeline.ImageRecipeArn})
	must(t, err)
	program := recipe.ImageRecipe.Components[0]
	for name, components := range map[string][]types.ComponentConfiguration{
		"no components": nil, "no program": {{ComponentArn: nothing.ComponentBuildVersionArn}}, "two programs": {program, program},
		"parameters": {{ComponentArn: program.ComponentArn, Parameters: []types.ComponentParameter{{Name: aws.String("a")}}}},
	} {
		_, err := w.CreateImageRecipe(t.Context(), &sdk.CreateImageRecipeInput{
			Name: aws.String("other"), SemanticVersion: aws.String("1.0.0"), ParentImage: aws.String("ami"), Components: components, ClientToken: aws.String("x"),
		})
		expect[*types.InvalidParameterException](t, name, err)
	}
	for name, change := range map[string]func(*sdk.CreateImageRecipeInput){
		"no base":    func(in *sdk.CreateImageRecipeInput) { in.ParentImage = nil },
		"no version": func(in *sdk.CreateImageRecipeInput) { in.SemanticVersion = nil },
		"no token":   func(in *sdk.CreateImageRecipeInput) { in.ClientToken = nil },
	} {
		in := &sdk.CreateImageRecipeInput{
			Name: aws.String("other"), SemanticVersion: aws.String("1.0.0"), ParentImage: aws.String("ami"), ClientToken: aws.String("x"),
			Components: []types.ComponentConfiguration{program},
		}
		change(in)
		_, err := w.CreateImageRecipe(t.Context(), in)
		expect[*types.InvalidParameterException](t, "recipe: "+name, err)
	}
	for name, in := range map[string]*sdk.CreateInfrastructureConfigurationInput{
		"no profile": {Name: aws.String("other"), ClientToken: aws.String("x")}, "no name": {ClientToken: aws.String("x")}, "no token": {},
	} {
		_, err := w.CreateInfrastructureConfiguration(t.Context(), in)
		expect[*types.InvalidParameterException](t, "infrastructure: "+name, err)
	}
	for name, change := range map[string]func(*sdk.CreateImagePipelineInput){
		"containers":   func(in *sdk.CreateImagePipelineInput) { in.ContainerRecipeArn = aws.String("arn") },
		"distribution": func(in *sdk.CreateImagePipelineInput) { in.DistributionConfigurationArn = aws.String("arn") },
		"schedule":     func(in *sdk.CreateImagePipelineInput) { in.Schedule = &types.Schedule{} },
		"disabled":     func(in *sdk.CreateImagePipelineInput) { in.Status = types.PipelineStatusDisabled },
		"no name":      func(in *sdk.CreateImagePipelineInput) { in.Name = nil },
		"no token":     func(in *sdk.CreateImagePipelineInput) { in.ClientToken = nil },
	} {
		in := &sdk.CreateImagePipelineInput{
			Name: aws.String("other"), ImageRecipeArn: got.ImagePipeline.ImageRecipeArn, ClientToken: aws.String("x"),
			InfrastructureConfigurationArn: got.ImagePipeline.InfrastructureConfigurationArn,
		}
		change(in)
		_, err := w.CreateImagePipeline(t.Context(), in)
		expect[*types.InvalidParameterException](t, "pipeline: "+name, err)
	}
}

func TestCallsAreIntercepted(t *testing.T) {
	t.Parallel()
	refusal := errors.New("refused by the test")
	w := newWorkshop(t)
	service, err := imagebuilder.New(imagebuilder.Options{Store: store.Memory(), Images: w.ec2, Intercept: func(_ context.Context, operation string, _ func(context.Context) error) error {
		if operation != "imagebuilder:GetImage" {
			t.Errorf("the operation is %s", operation)
		}
		return refusal
	}})
	must(t, err)
	if _, err := service.GetImage(t.Context(), &sdk.GetImageInput{}); !errors.Is(err, refusal) {
		t.Errorf("error %v", err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.GetImage(cancelled, &sdk.GetImageInput{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// brokenStore can't save.
type brokenStore struct{ store.Store }

func (brokenStore) Save(...store.Change) error { return errors.New("disk full") }

func TestWhatCannotBeStoredIsNotDone(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.store = brokenStore{w.store}
	w.open()
	_, err := w.CreateInfrastructureConfiguration(t.Context(), &sdk.CreateInfrastructureConfigurationInput{Name: aws.String("echo"), InstanceProfileName: aws.String("x"), ClientToken: aws.String("x")})
	expect[*types.ServiceException](t, "a full disk", err)
	for key, value := range map[string]string{"oven/1": "{}", "build/1": "["} {
		damaged := store.Memory()
		must(t, damaged.Save(store.Change{Bucket: "imagebuilder", Key: key, Value: []byte(value)}))
		if _, err := imagebuilder.New(imagebuilder.Options{Store: damaged, Images: w.ec2}); err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("%s: error %v", key, err)
		}
	}
}
