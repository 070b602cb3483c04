package image_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsec2 "github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	awsimagebuilder "github.com/aws/aws-sdk-go-v2/service/imagebuilder"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder/types"
	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/local/ec2"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/image"
)

// TestEqualInputsAreBakedOnce: an image is baked, tagged and shared; another release of equal inputs gets the very same one.
func TestEqualInputsAreBakedOnce(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	shared := func(document *release.Document) { document.Artifact.Image.Accounts = []string{other} }
	first := c.baker("r-1", shared)
	notes, problems, err := first.Preflight(t.Context())
	must(t, err)
	if len(problems) > 0 || len(notes) != 1 || !strings.HasPrefix(notes[0], "bakes an image with "+c.pipeline) {
		t.Errorf("notes %q, problems %q", notes, problems)
	}
	if done, err := first.Bake(t.Context()); done || err != nil {
		t.Errorf("a build is done at once: %t, %v", done, err)
	}
	c.bake(first)
	id, err := first.AMI(t.Context())
	must(t, err)
	tags := c.tags(id)
	inputs := tags["goldfinch:inputs"]
	want := map[string]string{
		"goldfinch:service": "echo", "goldfinch:release": "r-1", "goldfinch:commit": "4f9f86d", "goldfinch:base": "ami-00000000000000001", "goldfinch:inputs": inputs,
		"CreatedBy": "EC2 Image Builder", "Ec2ImageBuilderArn": "arn:aws:imagebuilder:eu-west-1:123456789012:image/echo/1.0.0/1",
	}
	if difference := cmp.Diff(want, tags); difference != "" || len(inputs) != 64 {
		t.Error(difference)
	}
	permissions, err := c.ec2.DescribeImageAttribute(t.Context(), &awsec2.DescribeImageAttributeInput{ImageId: &id, Attribute: ec2types.ImageAttributeNameLaunchPermission})
	must(t, err)
	if len(permissions.LaunchPermissions) != 1 || *permissions.LaunchPermissions[0].UserId != other {
		t.Errorf("it may be launched by %+v", permissions.LaunchPermissions)
	}

	snapshots, err := c.ec2.DescribeSnapshots(t.Context(), &awsec2.DescribeSnapshotsInput{Filters: []ec2types.Filter{{Name: aws.String("tag:goldfinch:inputs"), Values: []string{inputs}}}})
	must(t, err)
	if len(snapshots.Snapshots) != 1 {
		t.Errorf("%d snapshots say what they are made of", len(snapshots.Snapshots))
	}

	second := c.baker("r-2", func(document *release.Document) { document.Environment = "production" })
	notes, problems, err = second.Preflight(t.Context())
	must(t, err)
	if len(problems) > 0 || len(notes) != 1 || notes[0] != "reuses "+id+" because inputs equal (hash "+inputs+")" {
		t.Errorf("notes %q, problems %q", notes, problems)
	}
	c.calls = nil
	if done, err := second.Bake(t.Context()); !done || err != nil {
		t.Errorf("the image is not reused: %t, %v", done, err)
	}
	artifact, err := second.Baked(t.Context())
	must(t, err)
	if artifact.AMI != id || artifact.Image.Commit != "4f9f86d" || c.tags(id)["goldfinch:release"] != "r-1" || len(c.images()) != 1 {
		t.Errorf("the second release has %v, of %d images", artifact, len(c.images()))
	}
	for _, operation := range c.calls {
		if operation == "imagebuilder:StartImagePipelineExecution" || operation == "ec2:CreateTags" {
			t.Errorf("a reused image needs %s", operation)
		}
	}
}

// encryptedEC2 is an EC2 whose images are encrypted.
type encryptedEC2 struct{ *ec2.Service }

func (e encryptedEC2) DescribeImages(ctx context.Context, input *awsec2.DescribeImagesInput, options ...func(*awsec2.Options)) (*awsec2.DescribeImagesOutput, error) {
	output, err := e.Service.DescribeImages(ctx, input, options...)
	if err != nil {
		return nil, err
	}
	for i := range output.Images {
		output.Images[i].BlockDeviceMappings = []ec2types.BlockDeviceMapping{{Ebs: &ec2types.EbsBlockDevice{Encrypted: aws.Bool(true)}}}
	}
	return output, nil
}

// TestAnEncryptedImageIsSharedWithItsKey: permission to launch it is not enough, which a person is told who shares it.
func TestAnEncryptedImageIsSharedWithItsKey(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.bake(c.baker("r-1"))
	for _, accounts := range [][]string{nil, {other}} {
		document := c.document()
		document.Artifact.Image.Accounts = accounts
		notes, problems, err := image.New(image.Options{
			Release: "r-2", Document: document, EC2: encryptedEC2{c.ec2}, ImageBuilder: c.builder, Region: region, Now: c.clock.Now,
		}).Preflight(t.Context())
		must(t, err)
		if told := strings.Contains(strings.Join(notes, "\n"), "is encrypted: the accounts "+other+" need its KMS key too"); told != (accounts != nil) || len(problems) > 0 {
			t.Errorf("shared with %v, it notes %q and %q", accounts, notes, problems)
		}
	}
}

// TestOtherInputsAreAnotherImage: each input counts, and the accounts are none.
func TestOtherInputsAreAnotherImage(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.bake(c.baker("r-1"))
	c.bake(c.baker("r-2", func(document *release.Document) { document.Artifact.Image.Accounts = []string{other} }))
	if len(c.images()) != 1 {
		t.Errorf("sharing an image made %d", len(c.images()))
	}
	c.bake(c.baker("r-3", func(document *release.Document) { document.Artifact.Image.Commit = "another" }))
	c.bake(c.baker("r-4", func(document *release.Document) { document.Artifact.Image.Inputs = map[string]string{"a": "b"} }))
	next := c.newPipeline("next", "1.0.0", map[string]string{"goldfinch:service": "echo"})
	c.bake(c.baker("r-5", func(document *release.Document) { document.Artifact.Image.Pipeline = next }))
	if len(c.images()) != 4 {
		t.Errorf("four different inputs made %d images", len(c.images()))
	}
}

// TestTwoReleasesAtOnceBakeOnce: the second finds the build that the first one has started.
func TestTwoReleasesAtOnceBakeOnce(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	first, second := c.baker("r-1"), c.baker("r-2")
	for range 8 {
		for _, baker := range []*image.Baker{first, second} {
			_, err := baker.Bake(t.Context())
			must(t, err)
		}
		c.pass(5 * time.Minute)
	}
	one, err := first.AMI(t.Context())
	must(t, err)
	two, err := second.AMI(t.Context())
	must(t, err)
	if one != two || len(c.images()) != 1 {
		t.Errorf("they have %s and %s, of %d images", one, two, len(c.images()))
	}
}

// TestALostAnswerBakesNothingTwice: whatever call's answer is lost, the build is found again.
func TestALostAnswerBakesNothingTwice(t *testing.T) {
	t.Parallel()
	for _, lost := range []string{
		"imagebuilder:StartImagePipelineExecution", "imagebuilder:GetImage", "imagebuilder:GetImagePipeline", "imagebuilder:GetImageRecipe",
		"ec2:CreateTags", "ec2:ModifyImageAttribute",
	} {
		c := newCloud(t)
		left := 1
		c.after = func(operation string) error {
			if operation == lost && left > 0 {
				left--
				return errLost
			}
			return nil
		}
		baker := c.baker("r-1", func(document *release.Document) { document.Artifact.Image.Accounts = []string{other} })
		done := false
		for tries := 0; !done && tries < 20; tries++ {
			var err error
			if done, err = baker.Bake(t.Context()); err != nil && !errors.Is(err, errLost) {
				t.Fatal(err)
			}
			c.pass(5 * time.Minute)
		}
		if !done || left > 0 || len(c.images()) != 1 {
			t.Errorf("%s: done %t, %d answers not lost, %d images", lost, done, left, len(c.images()))
		}
	}
}

// TestBusyIsTransient: Image Builder's codes are not in the SDK's list of what is worth another try.
func TestBusyIsTransient(t *testing.T) {
	t.Parallel()
	for name, busy := range map[string]error{
		"in use": &types.ResourceInUseException{Message: aws.String("in use")}, "too often": &types.CallRateLimitExceededException{Message: aws.String("slower")},
	} {
		for _, operation := range []string{"StartImagePipelineExecution", "GetImage", "GetImagePipeline", "GetImageRecipe"} {
			c := newCloud(t)
			c.before = func(called string) error {
				if called == "imagebuilder:"+operation {
					return busy
				}
				return nil
			}
			_, err := c.baker("r-1").Bake(t.Context())
			expectKind(t, operation+" "+name, err, release.KindTransient)
		}
	}
}

// TestABuildThatFailsSaysWhy, for as long as it may be this release's; a later release of the same inputs builds again.
func TestABuildThatFailsSaysWhy(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.register = func() error { return errors.New("the tests did not pass") }
	baker := c.baker("r-1")
	if _, err := baker.Bake(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.pass(40 * time.Minute)
	_, err := baker.Bake(t.Context())
	expectKind(t, "a failed build", err, release.KindUnhealthy)
	if err == nil || !strings.Contains(err.Error(), "is FAILED: register the image") || !strings.Contains(err.Error(), "the tests did not pass") {
		t.Errorf("it says %v", err)
	}
	c.register = nil
	_, err = c.baker("r-2").Bake(t.Context())
	expectKind(t, "the same inputs at once", err, release.KindUnhealthy)
	c.pass(time.Hour)
	c.bake(c.baker("r-3"))
	if len(c.images()) != 1 {
		t.Errorf("there are %d images", len(c.images()))
	}
}

// TestWhatAnAbortedReleaseBakesIsTheNextOnes: nobody asks for a build any more, which ends all the same; the next release of equal inputs bakes nothing, even much later.
func TestWhatAnAbortedReleaseBakesIsTheNextOnes(t *testing.T) {
	t.Parallel()
	for name, wait := range map[string]time.Duration{"while it is built": 5 * time.Minute, "afterwards": 2 * buildDuration, "a day later": 24 * time.Hour} {
		c := newCloud(t)
		if done, err := c.baker("r-1").Bake(t.Context()); done || err != nil {
			t.Fatal(done, err)
		}
		c.pass(wait)
		next := c.baker("r-2")
		c.bake(next)
		id, err := next.AMI(t.Context())
		must(t, err)
		if tags := c.tags(id); len(c.images()) != 1 || tags["goldfinch:release"] != "r-2" || tags["goldfinch:inputs"] == "" {
			t.Errorf("%s: there are %d images, and this one has the tags %v", name, len(c.images()), tags)
		}
	}
}

func TestABuildThatWasCancelled(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	baker := c.baker("r-1")
	if _, err := baker.Bake(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err := c.builder.CancelImageCreation(t.Context(), &awsimagebuilder.CancelImageCreationInput{
		ImageBuildVersionArn: aws.String("arn:aws:imagebuilder:eu-west-1:123456789012:image/echo/1.0.0/1"), ClientToken: aws.String("x"),
	})
	must(t, err)
	_, err = baker.Bake(t.Context())
	expectKind(t, "a cancelled build", err, release.KindUnhealthy)
}

// TestAnImageThatIsGoneIsBakedAgain, though its token still leads to the build that made it.
func TestAnImageThatIsGoneIsBakedAgain(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	baker := c.baker("r-1")
	c.bake(baker)
	first, err := baker.AMI(t.Context())
	must(t, err)
	c.pass(time.Hour)
	_, err = c.ec2.DeregisterImage(t.Context(), &awsec2.DeregisterImageInput{ImageId: &first})
	must(t, err)
	_, err = baker.AMI(t.Context())
	expectKind(t, "the id of an image that is gone", err, release.KindConflict)
	again := c.baker("r-2")
	c.bake(again)
	if second, err := again.AMI(t.Context()); err != nil || second == first {
		t.Errorf("it is %s, and was %s (%v)", second, first, err)
	}
}

// TestBuildsWithoutEndAreRefused: the same inputs are not built for ever.
func TestBuildsWithoutEndAreRefused(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.register = func() error { return errors.New("no") }
	var err error
	for range 30 {
		_, err = c.baker("r-1").Bake(t.Context())
		c.pass(2 * time.Hour)
	}
	expectKind(t, "the eleventh build", err, release.KindRefused)
}

// TestAnImageIsKnownLater: EC2 is eventually consistent, and images are pending at first.
func TestAnImageIsKnownLater(t *testing.T) {
	t.Parallel()
	c := newCloud(t, func(options *ec2.Options) {
		options.VisibleAfter, options.AvailableAfter = 10*time.Minute, 20*time.Minute
	})
	baker := c.baker("r-1")
	c.bake(baker)
	if c.clock.Now().Before(start.Add(buildDuration + 20*time.Minute)) {
		t.Errorf("it is done at %s, before the image is available", c.clock.Now())
	}
	if _, err := baker.AMI(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestADeprecatedImageIsNotReused: somebody has said so.
func TestADeprecatedImageIsNotReused(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	baker := c.baker("r-1")
	c.bake(baker)
	id, err := baker.AMI(t.Context())
	must(t, err)
	_, err = c.ec2.EnableImageDeprecation(t.Context(), &awsec2.EnableImageDeprecationInput{ImageId: &id, DeprecateAt: aws.Time(c.clock.Now().Add(time.Minute))})
	must(t, err)
	c.pass(2 * time.Minute)
	_, err = c.baker("r-2").Bake(t.Context())
	expectKind(t, "a deprecated image", err, release.KindRefused)
	_, problems, err := c.baker("r-2").Preflight(t.Context())
	if err != nil || len(problems) != 1 || !strings.Contains(problems[0], id+", is deprecated since") {
		t.Errorf("problems %q (%v)", problems, err)
	}
}

func TestPreflightOfPipelines(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	foreign := c.newPipeline("foreign", "1.0.0", map[string]string{"goldfinch:service": "other"})
	for name, test := range map[string]struct{ pipeline, want string }{
		"another service's": {foreign, `is tagged goldfinch:service="other", and this is echo`},
		"missing":           {c.pipeline + "-2", "does not exist in eu-west-1"},
		"elsewhere":         {strings.Replace(c.pipeline, region, "us-east-1", 1), "is not in eu-west-1"},
	} {
		baker := c.baker("r-1", func(document *release.Document) { document.Artifact.Image.Pipeline = test.pipeline })
		_, problems, err := baker.Preflight(t.Context())
		if err != nil || len(problems) != 1 || !strings.Contains(problems[0], test.want) {
			t.Errorf("%s: problems %q (%v)", name, problems, err)
		}
	}
	if len(c.images()) != 0 {
		t.Error("preflight made an image")
	}
	_, _, err := c.baker("r-1", func(document *release.Document) { document.Artifact = release.Artifact{} }).Preflight(t.Context())
	if err != nil {
		t.Errorf("a document without an image: %v", err)
	}
	c.before = func(string) error { return errLost }
	if _, _, err := c.baker("r-1").Preflight(t.Context()); !errors.Is(err, errLost) {
		t.Errorf("error %v", err)
	}
}

// TestReadyImages: what is ready made must be ours, and fit to be launched.
func TestReadyImages(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	good := c.image("good", "goldfinch:base", "ami-base")
	shared := ec2types.Image{ImageId: aws.String("ami-0000000000000000a"), OwnerId: aws.String(other), Name: aws.String("shared"), Architecture: ec2types.ArchitectureValuesArm64}
	must(t, c.ec2.AddImage(shared))
	public := ec2types.Image{ImageId: aws.String("ami-0000000000000000b"), OwnerId: aws.String(other), Public: aws.Bool(true)}
	must(t, c.ec2.AddImage(public))
	foreign := c.image("foreign", "goldfinch:service", "other")
	disabled := c.image("disabled")
	_, err := c.ec2.DisableImage(t.Context(), &awsec2.DisableImageInput{ImageId: &disabled})
	must(t, err)
	deprecated := c.image("deprecated")
	_, err = c.ec2.EnableImageDeprecation(t.Context(), &awsec2.EnableImageDeprecationInput{ImageId: &deprecated, DeprecateAt: aws.Time(c.clock.Now().Add(time.Minute))})
	must(t, err)
	c.pass(time.Hour)
	for name, test := range map[string]struct {
		id, note string
		problems string
	}{
		"own":                  {good, good + " (good) is for x86_64, of base image ami-base", ""},
		"shared with us":       {*shared.ImageId, *shared.ImageId + " (shared) is for arm64", ""},
		"public":               {*public.ImageId, "", "is public"},
		"another service's":    {foreign, "", "is tagged goldfinch:service=other"},
		"disabled":             {disabled, "", "is disabled, and must be available"},
		"deprecated":           {deprecated, "", "is deprecated since"},
		"missing, or not ours": {"ami-0000000000000000c", "", "does not exist in eu-west-1, or is not shared with this account"},
	} {
		baker := c.baker("r-1", ofAMI(test.id))
		notes, problems, err := baker.Preflight(t.Context())
		must(t, err)
		if test.note != "" && (len(notes) != 1 || notes[0] != test.note || len(problems) > 0) {
			t.Errorf("%s: notes %q, problems %q", name, notes, problems)
		}
		if test.problems != "" && (len(problems) != 1 || !strings.Contains(problems[0], test.problems)) {
			t.Errorf("%s: problems %q", name, problems)
		}
		done, err := baker.Bake(t.Context())
		if done != (test.problems == "") || (err == nil) != done {
			t.Errorf("%s: baked %t, %v", name, done, err)
		}
		if id, err := baker.AMI(t.Context()); id != test.id || err != nil {
			t.Errorf("%s: it is %s (%v)", name, id, err)
		}
	}
}

func TestAReadyImageThatIsPendingIsWaitedFor(t *testing.T) {
	t.Parallel()
	c := newCloud(t, func(options *ec2.Options) { options.AvailableAfter = time.Minute })
	baker := c.baker("r-1", ofAMI(c.image("good")))
	if done, err := baker.Bake(t.Context()); done || err != nil {
		t.Errorf("pending: %t, %v", done, err)
	}
	c.pass(time.Minute)
	if done, err := baker.Bake(t.Context()); !done || err != nil {
		t.Errorf("available: %t, %v", done, err)
	}
	c.before = func(string) error { return errLost }
	if _, err := baker.Bake(t.Context()); !errors.Is(err, errLost) {
		t.Errorf("error %v", err)
	}
	if _, _, err := baker.Preflight(t.Context()); !errors.Is(err, errLost) {
		t.Errorf("error %v", err)
	}
}

// TestAReturnHasNothingToBake.
func TestAReturnHasNothingToBake(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	baker := c.baker("r-1", func(document *release.Document) {
		document.Request.Version, document.Artifact = "7", release.Artifact{}
	})
	notes, problems, err := baker.Preflight(t.Context())
	done, bakeErr := baker.Bake(t.Context())
	if len(notes)+len(problems) > 0 || err != nil || !done || bakeErr != nil || len(c.calls) > 0 {
		t.Errorf("notes %q, problems %q, %v; done %t, %v; calls %q", notes, problems, err, done, bakeErr, c.calls)
	}
	_, err = baker.AMI(t.Context())
	expectKind(t, "no image", err, release.KindRefused)
	empty := c.baker("r-1", func(document *release.Document) { document.Artifact = release.Artifact{} })
	_, err = empty.Bake(t.Context())
	expectKind(t, "no artifact", err, release.KindRefused)
}
