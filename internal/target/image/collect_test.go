package image_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	asgtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	awsec2 "github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	awsimagebuilder "github.com/aws/aws-sdk-go-v2/service/imagebuilder"
	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/image"
)

// TestCollect deletes what nobody needs, and nothing else; a dry run says the same and deletes nothing.
func TestCollect(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	baked := func(name string) string {
		return c.image(name, "goldfinch:service", "echo", "goldfinch:inputs", name, "goldfinch:release", "r-0")
	}
	unneeded, disabled := baked("unneeded"), baked("disabled")
	_, err := c.ec2.DisableImage(t.Context(), &awsec2.DisableImageInput{ImageId: &disabled})
	must(t, err)
	needed := map[string]string{
		"template": baked("template"), "old version": baked("old version"), "running": baked("running"), "stopped group": baked("stopped group"),
		"override": baked("override"), "kept": baked("kept"), "this release's": baked("this release's"), "shared": baked("shared"),
		"by hand":           c.image("by hand", "goldfinch:service", "echo"),
		"another service's": c.image("other", "goldfinch:service", "other", "goldfinch:inputs", "x"),
		"of this release":   c.image("mine", "goldfinch:service", "echo", "goldfinch:inputs", "x", "goldfinch:release", "r-9"),
	}
	template, err := c.ec2.CreateLaunchTemplate(t.Context(), &awsec2.CreateLaunchTemplateInput{
		LaunchTemplateName: aws.String("echo"), LaunchTemplateData: &ec2types.RequestLaunchTemplateData{ImageId: aws.String(needed["old version"])},
	})
	must(t, err)
	_, err = c.ec2.CreateLaunchTemplateVersion(t.Context(), &awsec2.CreateLaunchTemplateVersionInput{
		LaunchTemplateId: template.LaunchTemplate.LaunchTemplateId, LaunchTemplateData: &ec2types.RequestLaunchTemplateData{ImageId: aws.String(needed["template"])},
	})
	must(t, err)
	_, err = c.ec2.RunInstances(t.Context(), &awsec2.RunInstancesInput{ImageId: aws.String(needed["running"]), MinCount: aws.Int32(1), MaxCount: aws.Int32(1)})
	must(t, err)
	c.groups = groups{
		groups: []asgtypes.AutoScalingGroup{{LaunchConfigurationName: aws.String("old")}, {MixedInstancesPolicy: &asgtypes.MixedInstancesPolicy{
			LaunchTemplate: &asgtypes.LaunchTemplate{Overrides: []asgtypes.LaunchTemplateOverrides{{ImageId: aws.String(needed["override"])}}},
		}}},
		configurations: []asgtypes.LaunchConfiguration{{LaunchConfigurationName: aws.String("old"), ImageId: aws.String(needed["stopped group"])}},
	}
	_, err = c.ec2.ModifyImageAttribute(t.Context(), &awsec2.ModifyImageAttributeInput{
		ImageId: aws.String(needed["shared"]), LaunchPermission: &ec2types.LaunchPermissionModifications{Add: []ec2types.LaunchPermission{{UserId: aws.String(other)}}},
	})
	must(t, err)
	baker := c.baker("r-9", ofAMI(needed["this release's"]))
	want := []string{unneeded, disabled}
	if want[0] > want[1] {
		want[0], want[1] = want[1], want[0]
	}
	keep := keeping(needed["kept"])

	dry, err := baker.Collect(t.Context(), keep, true)
	must(t, err)
	if difference := cmp.Diff(want, dry); difference != "" || len(c.images()) != len(needed)+2 {
		t.Errorf("the dry run left %d images:\n%s", len(c.images()), difference)
	}
	wet, err := baker.Collect(t.Context(), keep, false)
	must(t, err)
	if difference := cmp.Diff(want, wet); difference != "" || len(c.images()) != len(needed) {
		t.Errorf("%d images are left:\n%s", len(c.images()), difference)
	}
	for why, id := range needed {
		if c.tags(id) == nil {
			t.Errorf("%s is gone", why)
		}
	}
	snapshots, err := c.ec2.DescribeSnapshots(t.Context(), &awsec2.DescribeSnapshotsInput{})
	must(t, err)
	if len(snapshots.Snapshots) != len(needed) {
		t.Errorf("%d snapshots are left of %d images", len(snapshots.Snapshots), len(needed))
	}
	if again, err := baker.Collect(t.Context(), keep, false); err != nil || len(again) > 0 {
		t.Errorf("again it deletes %q (%v)", again, err)
	}
}

// keeping keeps images.
func keeping(images ...string) func(context.Context) ([]string, error) {
	return func(context.Context) ([]string, error) { return slices.Clone(images), nil }
}

// TestCollectLooksAgainBeforeItDeletes: reading what needs images takes minutes, and meanwhile a release may take one, or a person launch it.
func TestCollectLooksAgainBeforeItDeletes(t *testing.T) {
	t.Parallel()
	for _, what := range []string{"launched", "kept", "not to be known"} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			ids := []string{c.image("one", "goldfinch:service", "echo", "goldfinch:inputs", "one"), c.image("two", "goldfinch:service", "echo", "goldfinch:inputs", "two")}
			slices.Sort(ids) // as they are listed
			var taken string
			began := false
			c.before = func(operation string) error {
				if operation == "ec2:DescribeImageAttribute" {
					began = true
				}
				if operation != "ec2:DeregisterImage" || what != "launched" || taken != "" {
					return nil
				}
				taken = ids[1] // while the first is being deleted
				if c.tags(ids[0]) == nil {
					t.Error("the first is gone already")
				}
				_, err := c.ec2.RunInstances(t.Context(), &awsec2.RunInstancesInput{ImageId: &taken, MinCount: aws.Int32(1), MaxCount: aws.Int32(1)})
				return err
			}
			keep := func(context.Context) ([]string, error) {
				switch {
				case began && what == "kept":
					return ids, nil
				case began && what == "not to be known":
					return nil, errLost
				}
				return nil, nil
			}
			deleted, err := c.baker("r-9").Collect(t.Context(), keep, false)
			left := len(c.images())
			switch what {
			case "launched":
				if err != nil || left != 1 || !slices.Equal(deleted, ids[:1]) {
					t.Errorf("it deleted %q of %q, and %d are left (%v)", deleted, ids, left, err)
				}
			case "kept":
				if err != nil || left != 2 || len(deleted) > 0 {
					t.Errorf("it deleted %q (%v)", deleted, err)
				}
			default:
				if !errors.Is(err, errLost) || left != 2 || len(deleted) > 0 {
					t.Errorf("it deleted %q (%v)", deleted, err)
				}
			}
		})
	}
}

// TestCollectFindsWhatAbortedReleasesHaveBaked: no release has tagged it, but its build says whose it is. It may be wanted for as long as a release bakes.
func TestCollectFindsWhatAbortedReleasesHaveBaked(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	if _, err := c.baker("r-1").Bake(t.Context()); err != nil {
		t.Fatal(err)
	}
	others := c.newPipeline("shop", "1.0.0", map[string]string{"goldfinch:service": "shop"})
	toShop := func(document *release.Document) { document.Service, document.Artifact.Image.Pipeline = "shop", others }
	if _, err := c.baker("r-2", toShop).Bake(t.Context()); err != nil {
		t.Fatal(err)
	}
	byHand, err := c.builder.StartImagePipelineExecution(t.Context(), &awsimagebuilder.StartImagePipelineExecutionInput{
		ImagePipelineArn: &c.pipeline, ClientToken: aws.String("hand"), Tags: map[string]string{"goldfinch:service": "echo"},
	})
	must(t, err)
	deleted := c.image("its build is deleted", "Ec2ImageBuilderArn", *byHand.ImageBuildVersionArn+"7")
	collect := func(dry bool) []string {
		t.Helper()
		found, err := c.baker("r-9", ofAMI("ami-0000000000000000f")).Collect(t.Context(), keeping(), dry)
		must(t, err)
		return found
	}
	c.pass(buildDuration + time.Minute)
	if found := collect(false); len(found) > 0 || len(c.images()) != 4 {
		t.Errorf("a release may still wait for %q; %d images are left", found, len(c.images()))
	}
	c.pass(time.Hour)
	launches, err := c.ec2.RunInstances(t.Context(), &awsec2.RunInstancesInput{ImageId: aws.String(c.builtBy(1)), MinCount: aws.Int32(1), MaxCount: aws.Int32(1)})
	must(t, err)
	if found := collect(false); len(found) > 0 {
		t.Errorf("%q is collected, and an instance was launched from it", found)
	}
	_, err = c.ec2.TerminateInstances(t.Context(), &awsec2.TerminateInstancesInput{InstanceIds: []string{*launches.Instances[0].InstanceId}})
	must(t, err)
	c.pass(time.Hour)
	want := []string{c.builtBy(1)}
	for _, dry := range []bool{true, false} {
		if difference := cmp.Diff(want, collect(dry)); difference != "" {
			t.Errorf("dry %t: %s", dry, difference)
		}
	}
	if len(c.images()) != 3 || c.tags(deleted) == nil {
		t.Errorf("%d images are left", len(c.images()))
	}
	c.before = func(operation string) error {
		if operation == "imagebuilder:GetImage" {
			return errLost
		}
		return nil
	}
	if found, err := c.baker("r-9", ofAMI("ami-0000000000000000f")).Collect(t.Context(), keeping(), false); len(found) > 0 || !errors.Is(err, errLost) {
		t.Errorf("it can't know whose they are, and collects %q (%v)", found, err)
	}
}

// builtBy is the image that the build of a number of recipe echo has made.
func (c *cloud) builtBy(number int) string {
	c.t.Helper()
	for _, found := range c.images() {
		if c.tags(*found.ImageId)["Ec2ImageBuilderArn"] == fmt.Sprintf("arn:aws:imagebuilder:eu-west-1:123456789012:image/echo/1.0.0/%d", number) {
			return *found.ImageId
		}
	}
	c.t.Fatalf("build %d has made no image", number)
	return ""
}

// TestCollectDeletesNothingWhenItCannotLook: what can't be seen may be needed.
func TestCollectDeletesNothingWhenItCannotLook(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{
		"ec2:DescribeImages", "ec2:DescribeLaunchTemplates", "ec2:DescribeLaunchTemplateVersions", "ec2:DescribeInstances", "ec2:DescribeImageAttribute", "ec2:DeregisterImage",
		"autoscaling:DescribeAutoScalingGroups",
	} {
		c := newCloud(t)
		id := c.image("unneeded", "goldfinch:service", "echo", "goldfinch:inputs", "x")
		_, err := c.ec2.CreateLaunchTemplate(t.Context(), &awsec2.CreateLaunchTemplateInput{
			LaunchTemplateName: aws.String("echo"), LaunchTemplateData: &ec2types.RequestLaunchTemplateData{},
		})
		must(t, err)
		baker := c.baker("r-1")
		c.before = func(called string) error {
			if called == operation {
				return errLost
			}
			return nil
		}
		if operation == "autoscaling:DescribeAutoScalingGroups" {
			c.groups.err = errLost
		}
		deleted, err := baker.Collect(t.Context(), keeping(), false)
		if len(deleted) > 0 || !errors.Is(err, errLost) {
			t.Errorf("%s: it deleted %q (%v)", operation, deleted, err)
		}
		c.before = nil
		if c.tags(id) == nil {
			t.Errorf("%s: the image is gone", operation)
		}
	}
	c := newCloud(t)
	c.image("unneeded", "goldfinch:service", "echo", "goldfinch:inputs", "x")
	_, err := image.New(image.Options{Document: c.document(), EC2: c.ec2, ImageBuilder: c.builder, Region: region}).Collect(t.Context(), keeping(), false)
	expectKind(t, "without Auto Scaling", err, release.KindRefused)
}
