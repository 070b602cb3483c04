package imagebuilder_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsec2 "github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	sdk "github.com/aws/aws-sdk-go-v2/service/imagebuilder"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder/types"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/ec2"
	"github.com/goldfinch-dev/goldfinch/internal/local/eventbridge"
	"github.com/goldfinch-dev/goldfinch/internal/local/imagebuilder"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

const (
	account       = "123456789012"
	buildDuration = 30 * time.Minute
	component     = `
name: install-echo
schemaVersion: 1.0
phases:
  - name: build
    steps:
      - name: program
        action: S3Download
        inputs:
          - source: s3://releases/echo
            destination: /opt/echo
`
)

var start = time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC)

// A workshop is an Image Builder with an EC2 for its images, on a virtual clock.
type workshop struct {
	*imagebuilder.Service
	t      *testing.T
	clock  *clock.Virtual
	store  store.Store
	ec2    *ec2.Service
	images imagebuilder.Images
	events []eventbridge.Event
}

// noRunner runs nothing: there are no instances here.
type noRunner struct{ ec2.Runner }

func newWorkshop(t *testing.T) *workshop {
	t.Helper()
	w := &workshop{t: t, clock: clock.NewVirtual(start), store: store.Memory()}
	var err error
	w.ec2, err = ec2.New(ec2.Options{Clock: w.clock, Store: w.store, Runner: noRunner{}, Region: "eu-west-1", AccountID: account})
	if err != nil {
		t.Fatal(err)
	}
	w.images = w.ec2
	w.open()
	return w
}

// open begins anew with what is stored, as after a kill -9.
func (w *workshop) open() {
	w.t.Helper()
	service, err := imagebuilder.New(imagebuilder.Options{
		Clock: w.clock, Store: w.store, Images: w.images, Region: "eu-west-1", AccountID: account, BuildDuration: buildDuration,
		Events: func(event eventbridge.Event) { w.events = append(w.events, event) },
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.Service = service
}

// pipeline makes a pipeline with all that it takes.
func (w *workshop) pipeline() (arn string) {
	w.t.Helper()
	ctx := w.t.Context()
	made, err := w.CreateComponent(ctx, &sdk.CreateComponentInput{
		Name: aws.String("Install Echo"), SemanticVersion: aws.String("1.0.0"), Platform: types.PlatformLinux, Data: aws.String(component), ClientToken: aws.String("c"),
	})
	must(w.t, err)
	recipe, err := w.CreateImageRecipe(ctx, &sdk.CreateImageRecipeInput{
		Name: aws.String("echo"), SemanticVersion: aws.String("1.0.0"), ParentImage: aws.String("ami-00000000000000001"), ClientToken: aws.String("r"),
		Components: []types.ComponentConfiguration{{ComponentArn: made.ComponentBuildVersionArn}}, AmiTags: map[string]string{"Name": "echo"},
	})
	must(w.t, err)
	infrastructure, err := w.CreateInfrastructureConfiguration(ctx, &sdk.CreateInfrastructureConfigurationInput{
		Name: aws.String("echo"), InstanceProfileName: aws.String("builder"), ClientToken: aws.String("i"),
	})
	must(w.t, err)
	pipeline, err := w.CreateImagePipeline(ctx, &sdk.CreateImagePipelineInput{
		Name: aws.String("echo"), ImageRecipeArn: recipe.ImageRecipeArn, InfrastructureConfigurationArn: infrastructure.InfrastructureConfigurationArn,
		Tags: map[string]string{"goldfinch:service": "echo"}, ClientToken: aws.String("p"),
	})
	must(w.t, err)
	return *pipeline.ImagePipelineArn
}

// start starts the pipeline with a token.
func (w *workshop) start(pipeline, token string) (build string) {
	w.t.Helper()
	started, err := w.StartImagePipelineExecution(w.t.Context(), &sdk.StartImagePipelineExecutionInput{ImagePipelineArn: &pipeline, ClientToken: &token})
	must(w.t, err)
	return *started.ImageBuildVersionArn
}

func (w *workshop) image(build string) *types.Image {
	w.t.Helper()
	got, err := w.GetImage(w.t.Context(), &sdk.GetImageInput{ImageBuildVersionArn: &build})
	must(w.t, err)
	return got.Image
}

// amis are all images of the EC2.
func (w *workshop) amis() []ec2types.Image {
	w.t.Helper()
	got, err := w.ec2.DescribeImages(context.Background(), &awsec2.DescribeImagesInput{})
	must(w.t, err)
	return got.Images
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
