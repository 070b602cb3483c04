package image_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	asgtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	awsec2 "github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	awsimagebuilder "github.com/aws/aws-sdk-go-v2/service/imagebuilder"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder/types"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/ec2"
	"github.com/goldfinch-dev/goldfinch/internal/local/imagebuilder"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/image"
)

const (
	account       = "123456789012"
	other         = "210987654321"
	region        = "eu-west-1"
	buildDuration = 30 * time.Minute
)

var start = time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC)

// A cloud is a local EC2 and a local Image Builder, on a virtual clock, with a pipeline of service echo.
type cloud struct {
	t        *testing.T
	clock    *clock.Virtual
	ec2      *ec2.Service
	builder  *imagebuilder.Service
	pipeline string
	recipe   string
	groups   groups
	// before is asked before each call; an error prevents it. after is asked then; its error is what the caller sees.
	before, after func(operation string) error
	// register replaces EC2's registration of built images when it is not nil.
	register func() error
	calls    []string
}

type noRunner struct{ ec2.Runner }

func (noRunner) Start(context.Context, ec2.Instance) (string, error) { return "", nil }
func (noRunner) Stop(context.Context, string, time.Duration)         {}

// registry registers built images at EC2, unless the cloud says otherwise.
type registry struct {
	*ec2.Service
	cloud *cloud
}

func (r registry) RegisterImage(ctx context.Context, in *awsec2.RegisterImageInput, options ...func(*awsec2.Options)) (*awsec2.RegisterImageOutput, error) {
	if r.cloud.register != nil {
		if err := r.cloud.register(); err != nil {
			return nil, err
		}
	}
	return r.Service.RegisterImage(ctx, in, options...)
}

func newCloud(t *testing.T, options ...func(*ec2.Options)) *cloud {
	t.Helper()
	c := &cloud{t: t, clock: clock.NewVirtual(start)}
	intercept := func(ctx context.Context, operation string, call func(context.Context) error) error {
		c.calls = append(c.calls, operation)
		if c.before != nil {
			if err := c.before(operation); err != nil {
				return err
			}
		}
		err := call(ctx)
		if err == nil && c.after != nil {
			err = c.after(operation)
		}
		return err
	}
	books := store.Memory()
	made := ec2.Options{Clock: c.clock, Store: books, Runner: noRunner{}, Region: region, AccountID: account, Intercept: intercept}
	for _, option := range options {
		option(&made)
	}
	var err error
	c.ec2, err = ec2.New(made)
	must(t, err)
	c.builder, err = imagebuilder.New(imagebuilder.Options{
		Clock: c.clock, Store: books, Images: registry{c.ec2, c}, Region: region, AccountID: account, BuildDuration: buildDuration, Intercept: intercept,
	})
	must(t, err)
	c.pipeline = c.newPipeline("echo", "1.0.0", map[string]string{"goldfinch:service": "echo"})
	c.calls = nil
	return c
}

// newPipeline makes a pipeline with a recipe of its own.
func (c *cloud) newPipeline(name, version string, tags map[string]string) (arn string) {
	c.t.Helper()
	ctx := c.t.Context()
	token := aws.String(name)
	component, err := c.builder.CreateComponent(ctx, &awsimagebuilder.CreateComponentInput{
		Name: &name, SemanticVersion: aws.String(version), Platform: types.PlatformLinux, ClientToken: token,
		Data: aws.String("name: x\nschemaVersion: 1.0\nphases: [{name: build, steps: [{name: a, action: S3Download, inputs: [{source: s3://releases/echo, destination: /opt}]}]}]\n"),
	})
	must(c.t, err)
	recipe, err := c.builder.CreateImageRecipe(ctx, &awsimagebuilder.CreateImageRecipeInput{
		Name: &name, SemanticVersion: aws.String(version), ParentImage: aws.String("ami-00000000000000001"), ClientToken: token,
		Components: []types.ComponentConfiguration{{ComponentArn: component.ComponentBuildVersionArn}},
	})
	must(c.t, err)
	c.recipe = *recipe.ImageRecipeArn
	infrastructure, err := c.builder.CreateInfrastructureConfiguration(ctx, &awsimagebuilder.CreateInfrastructureConfigurationInput{
		Name: &name, InstanceProfileName: aws.String("builder"), ClientToken: token,
	})
	must(c.t, err)
	pipeline, err := c.builder.CreateImagePipeline(ctx, &awsimagebuilder.CreateImagePipelineInput{
		Name: &name, ImageRecipeArn: recipe.ImageRecipeArn, InfrastructureConfigurationArn: infrastructure.InfrastructureConfigurationArn, Tags: tags, ClientToken: token,
	})
	must(c.t, err)
	return *pipeline.ImagePipelineArn
}

// document releases an image of the pipeline.
func (c *cloud) document() release.Document {
	return release.Default(release.Document{
		APIVersion: release.APIVersion, Service: "echo", Environment: "staging",
		Artifact: release.Artifact{Image: &release.Image{Pipeline: c.pipeline, Commit: "4f9f86d"}},
		Target:   release.Target{ASG: &release.ASGTarget{Group: "echo", TargetGroup: "arn"}},
	})
}

// baker makes one for a release, of the document after the changes.
func (c *cloud) baker(id string, changes ...func(*release.Document)) *image.Baker {
	document := c.document()
	for _, change := range changes {
		change(&document)
	}
	return image.New(image.Options{
		Release: id, Document: document, EC2: c.ec2, ImageBuilder: c.builder, AutoScaling: &c.groups, Region: region, Now: c.clock.Now,
	})
}

// ofAMI makes the document's artifact a ready AMI.
func ofAMI(id string) func(*release.Document) {
	return func(document *release.Document) { document.Artifact = release.Artifact{AMI: id} }
}

// bake bakes until it is done, looking every five minutes.
func (c *cloud) bake(baker *image.Baker) {
	c.t.Helper()
	for range 20 {
		done, err := baker.Bake(c.t.Context())
		must(c.t, err)
		if done {
			return
		}
		c.pass(5 * time.Minute)
	}
	c.t.Fatal("the image is not baked")
}

// pass lets time go by.
func (c *cloud) pass(d time.Duration) { c.clock.RunUntil(c.clock.Now().Add(d)) }

// images are all of EC2's, the disabled ones too.
func (c *cloud) images() []ec2types.Image {
	c.t.Helper()
	got, err := c.ec2.DescribeImages(context.Background(), &awsec2.DescribeImagesInput{Owners: []string{"self"}, IncludeDisabled: aws.Bool(true)})
	must(c.t, err)
	return got.Images
}

func (c *cloud) tags(id string) map[string]string {
	c.t.Helper()
	for _, found := range c.images() {
		if *found.ImageId == id {
			tags := map[string]string{}
			for _, tag := range found.Tags {
				tags[*tag.Key] = *tag.Value
			}
			return tags
		}
	}
	c.t.Fatalf("there is no image %s", id)
	return nil
}

// register makes an image as if by hand.
func (c *cloud) image(name string, tags ...string) (id string) {
	c.t.Helper()
	specification := ec2types.TagSpecification{ResourceType: ec2types.ResourceTypeImage}
	for pair := range slices.Chunk(tags, 2) {
		specification.Tags = append(specification.Tags, ec2types.Tag{Key: &pair[0], Value: &pair[1]})
	}
	in := &awsec2.RegisterImageInput{Name: &name, ImageLocation: aws.String("s3://releases/" + name)}
	if len(tags) > 0 {
		in.TagSpecifications = []ec2types.TagSpecification{specification}
	}
	made, err := c.ec2.RegisterImage(c.t.Context(), in)
	must(c.t, err)
	return *made.ImageId
}

// groups are Auto Scaling groups and launch configurations.
type groups struct {
	groups         []asgtypes.AutoScalingGroup
	configurations []asgtypes.LaunchConfiguration
	err            error
}

// DescribeAutoScalingGroups returns one group a page.
func (g *groups) DescribeAutoScalingGroups(_ context.Context, in *autoscaling.DescribeAutoScalingGroupsInput, _ ...func(*autoscaling.Options)) (*autoscaling.DescribeAutoScalingGroupsOutput, error) {
	at := len(aws.ToString(in.NextToken))
	if g.err != nil || at >= len(g.groups) {
		return &autoscaling.DescribeAutoScalingGroupsOutput{}, g.err
	}
	out := &autoscaling.DescribeAutoScalingGroupsOutput{AutoScalingGroups: g.groups[at : at+1]}
	if at+1 < len(g.groups) {
		out.NextToken = aws.String(aws.ToString(in.NextToken) + "x")
	}
	return out, nil
}

func (g *groups) DescribeLaunchConfigurations(_ context.Context, in *autoscaling.DescribeLaunchConfigurationsInput, _ ...func(*autoscaling.Options)) (*autoscaling.DescribeLaunchConfigurationsOutput, error) {
	out := &autoscaling.DescribeLaunchConfigurationsOutput{}
	for _, configuration := range g.configurations {
		if slices.Contains(in.LaunchConfigurationNames, *configuration.LaunchConfigurationName) {
			out.LaunchConfigurations = append(out.LaunchConfigurations, configuration)
		}
	}
	return out, nil
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// expectKind wants a failure of a kind.
func expectKind(t *testing.T, what string, err error, want release.Kind) {
	t.Helper()
	if kind, ok := release.KindOf(err); !ok || kind != want {
		t.Errorf("%s: error %v of kind %q, want %s", what, err, kind, want)
	}
}

var errLost = errors.New("the answer was lost")
