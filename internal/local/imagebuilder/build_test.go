package imagebuilder_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsec2 "github.com/aws/aws-sdk-go-v2/service/ec2"
	sdk "github.com/aws/aws-sdk-go-v2/service/imagebuilder"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/imagebuilder"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// TestABuildTakesItsTime: it goes through its states, and has the id of an image only at its end.
func TestABuildTakesItsTime(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	build := w.start(w.pipeline(), "token")
	if build != "arn:aws:imagebuilder:eu-west-1:123456789012:image/echo/1.0.0/1" {
		t.Errorf("the build is %s", build)
	}
	for _, step := range []struct {
		at   time.Duration
		want types.ImageStatus
	}{
		{0, types.ImageStatusBuilding}, {9 * time.Minute, types.ImageStatusBuilding}, {10 * time.Minute, types.ImageStatusTesting},
		{20 * time.Minute, types.ImageStatusDistributing}, {29 * time.Minute, types.ImageStatusDistributing}, {30 * time.Minute, types.ImageStatusAvailable},
	} {
		w.clock.RunUntil(start.Add(step.at))
		image := w.image(build)
		if image.State.Status != step.want || (image.OutputResources != nil) != (step.want == types.ImageStatusAvailable) {
			t.Errorf("after %s it is %s, with %v; want %s", step.at, image.State.Status, image.OutputResources, step.want)
		}
	}
	made := w.image(build).OutputResources.Amis
	amis := w.amis()
	if len(made) != 1 || len(amis) != 1 || *made[0].Image != *amis[0].ImageId || *made[0].Region != "eu-west-1" || *made[0].AccountId != account {
		t.Fatalf("the build tells of %+v, EC2 of %+v", made, amis)
	}
	if *amis[0].ImageLocation != "s3://releases/echo" || *amis[0].Name != "echo-1.0.0-1" {
		t.Errorf("the image is %s at %s", *amis[0].Name, *amis[0].ImageLocation)
	}
	tags := map[string]string{}
	for _, tag := range amis[0].Tags {
		tags[*tag.Key] = *tag.Value
	}
	if difference := cmp.Diff(map[string]string{"Name": "echo", "CreatedBy": "EC2 Image Builder", "Ec2ImageBuilderArn": build}, tags); difference != "" {
		t.Error(difference)
	}
}

// TestEventsTellOfEachState, and of no image (https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-imagebuilder.html).
func TestEventsTellOfEachState(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	build := w.start(w.pipeline(), "token")
	w.clock.RunUntil(start.Add(time.Hour))
	var got []string
	for _, event := range w.events {
		if event.Source != "aws.imagebuilder" || event.DetailType != "EC2 Image Builder Image State Change" || len(event.Resources) != 1 || event.Resources[0] != build {
			t.Errorf("event %+v", event)
		}
		got = append(got, string(event.Detail))
	}
	want := []string{
		`{"previous-state":{"status":"PENDING"},"state":{"status":"BUILDING"}}`, `{"previous-state":{"status":"BUILDING"},"state":{"status":"TESTING"}}`,
		`{"previous-state":{"status":"TESTING"},"state":{"status":"DISTRIBUTING"}}`, `{"previous-state":{"status":"DISTRIBUTING"},"state":{"status":"AVAILABLE"}}`,
	}
	if difference := cmp.Diff(want, got); difference != "" {
		t.Error(difference)
	}
}

// TestTheSameTokenIsTheSameBuild, whenever it comes; with other parameters it is refused.
func TestTheSameTokenIsTheSameBuild(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	pipeline := w.pipeline()
	first := w.start(pipeline, "token")
	w.clock.RunUntil(start.Add(time.Hour))
	w.open()
	if again := w.start(pipeline, "token"); again != first {
		t.Errorf("the same token is build %s, and was %s", again, first)
	}
	if other := w.start(pipeline, "other"); !strings.HasSuffix(other, "/2") {
		t.Errorf("another token is build %s", other)
	}
	_, err := w.StartImagePipelineExecution(t.Context(), &sdk.StartImagePipelineExecutionInput{
		ImagePipelineArn: &pipeline, ClientToken: aws.String("token"), Tags: map[string]string{"release": "r-2"},
	})
	expect[*types.IdempotentParameterMismatchException](t, "another parameter", err)
	for name, token := range map[string]*string{"none": nil, "empty": aws.String(""), "long": aws.String(strings.Repeat("x", 65))} {
		_, err := w.StartImagePipelineExecution(t.Context(), &sdk.StartImagePipelineExecutionInput{ImagePipelineArn: &pipeline, ClientToken: token})
		expect[*types.InvalidParameterException](t, name, err)
	}
	if longest := w.start(pipeline, strings.Repeat("x", 64)); longest == first {
		t.Error("a token of 64 characters is the first one")
	}
}

// TestABuildSurvivesItsProcess: it goes on, and makes no second image when the first was not noted.
func TestABuildSurvivesItsProcess(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	build := w.start(w.pipeline(), "token")
	w.clock.RunUntil(start.Add(15 * time.Minute))
	w.Close()
	w.clock.RunUntil(start.Add(20 * time.Minute))
	w.open()
	w.Close()
	_, err := w.ec2.RegisterImage(t.Context(), &awsec2.RegisterImageInput{Name: aws.String("echo-1.0.0-1"), ImageLocation: aws.String("s3://releases/echo")})
	must(t, err)
	w.open()
	w.clock.RunUntil(start.Add(30 * time.Minute))
	if image := w.image(build); image.State.Status != types.ImageStatusAvailable || len(w.amis()) != 1 {
		t.Errorf("the build is %s, and there are %d images", image.State.Status, len(w.amis()))
	}
}

// failing registers no image.
type failing struct {
	imagebuilder.Images
	err error
}

func (f failing) RegisterImage(context.Context, *awsec2.RegisterImageInput, ...func(*awsec2.Options)) (*awsec2.RegisterImageOutput, error) {
	return nil, f.err
}

func TestABuildFails(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.images = failing{w.ec2, errors.New("no such object")}
	w.open()
	build := w.start(w.pipeline(), "token")
	w.clock.RunUntil(start.Add(time.Hour))
	image := w.image(build)
	if image.State.Status != types.ImageStatusFailed || !strings.HasSuffix(aws.ToString(image.State.Reason), "no such object") || image.OutputResources != nil {
		t.Errorf("the build is %s because %s, with %v", image.State.Status, aws.ToString(image.State.Reason), image.OutputResources)
	}
}

// TestABuildWaitsForAnImageThatIsNotToldYet: EC2 is eventually consistent.
func TestABuildWaitsForAnImageThatIsNotToldYet(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.images = failing{w.ec2, &smithy.GenericAPIError{Code: "InvalidAMIName.Duplicate"}}
	w.open()
	build := w.start(w.pipeline(), "token")
	w.clock.RunUntil(start.Add(time.Hour))
	_, err := w.ec2.RegisterImage(t.Context(), &awsec2.RegisterImageInput{Name: aws.String("echo-1.0.0-1"), ImageLocation: aws.String("s3://releases/echo")})
	must(t, err)
	w.clock.RunUntil(start.Add(time.Hour + 2*time.Second))
	if image := w.image(build); image.State.Status != types.ImageStatusAvailable {
		t.Errorf("the build is %s", image.State.Status)
	}
}

// TestOnlyABuildThatGoesOnIsCancelled.
func TestOnlyABuildThatGoesOnIsCancelled(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	build := w.start(w.pipeline(), "token")
	cancel := func(arn string) error {
		_, err := w.CancelImageCreation(t.Context(), &sdk.CancelImageCreationInput{ImageBuildVersionArn: &arn, ClientToken: aws.String("cancel")})
		return err
	}
	must(t, cancel(build))
	w.clock.RunUntil(start.Add(time.Hour))
	if image := w.image(build); image.State.Status != types.ImageStatusCancelled || len(w.amis()) != 0 {
		t.Errorf("the build is %s, and there are %d images", image.State.Status, len(w.amis()))
	}
	expect[*types.InvalidRequestException](t, "again", cancel(build))
	expect[*types.ResourceNotFoundException](t, "no build", cancel(build+"0"))
	_, err := w.CancelImageCreation(t.Context(), &sdk.CancelImageCreationInput{ImageBuildVersionArn: &build})
	expect[*types.InvalidParameterException](t, "no token", err)
}

// TestOnTheWallClock a build of no time is there in a moment.
func TestOnTheWallClock(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	service, err := imagebuilder.New(imagebuilder.Options{Clock: clock.Wall{}, Store: store.Memory(), Images: w.ec2})
	must(t, err)
	t.Cleanup(service.Close)
	w.Service = service
	build := w.start(w.pipeline(), "token")
	for w.image(build).State.Status != types.ImageStatusAvailable {
		time.Sleep(time.Millisecond)
	}
	if _, err := imagebuilder.New(imagebuilder.Options{}); err == nil {
		t.Error("an Image Builder without a store and images is made")
	}
}

func expect[E error](t *testing.T, what string, err error) {
	t.Helper()
	var want E
	if !errors.As(err, &want) {
		t.Errorf("%s: error %v, want a %T", what, err, want)
	}
}
