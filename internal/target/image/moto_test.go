package image_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	awsec2 "github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/local/imagebuilder"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
	"github.com/goldfinch-dev/goldfinch/internal/peer"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/image"
)

// TestOnMoto bakes, finds, shares and deletes images at an EC2 and an Auto Scaling that others wrote. It has no Image Builder; the
// local one registers its images there.
func TestOnMoto(t *testing.T) {
	t.Parallel()
	address := peer.StartMoto(t, peer.MotoOptions{}).URL
	keys := credentials.NewStaticCredentialsProvider("test", "test", "")
	client := awsec2.New(awsec2.Options{Region: region, BaseEndpoint: &address, Credentials: keys})
	scaling := autoscaling.New(autoscaling.Options{Region: region, BaseEndpoint: &address, Credentials: keys})
	c := newCloud(t)
	builder, err := imagebuilder.New(imagebuilder.Options{Clock: c.clock, Store: store.Memory(), Images: client, Region: region, AccountID: account, BuildDuration: buildDuration})
	must(t, err)
	c.builder = builder
	c.pipeline = c.newPipeline("echo", "1.0.0", map[string]string{"goldfinch:service": "echo"})
	baker := func(id string, changes ...func(*release.Document)) *image.Baker {
		document := c.document()
		document.Artifact.Image.Accounts = []string{other}
		for _, change := range changes {
			change(&document)
		}
		return image.New(image.Options{Release: id, Document: document, EC2: client, ImageBuilder: builder, AutoScaling: scaling, Region: region, Now: c.clock.Now})
	}

	c.bake(baker("r-1"))
	id, err := baker("r-2").AMI(t.Context())
	must(t, err)
	if done, err := baker("r-2").Bake(t.Context()); !done || err != nil {
		t.Errorf("the image is not reused: %t, %v", done, err)
	}
	described, err := client.DescribeImages(t.Context(), &awsec2.DescribeImagesInput{ImageIds: []string{id}})
	must(t, err)
	tags := map[string]string{}
	for _, tag := range described.Images[0].Tags {
		tags[*tag.Key] = *tag.Value
	}
	if tags["goldfinch:service"] != "echo" || tags["goldfinch:release"] != "r-1" || len(tags["goldfinch:inputs"]) != 64 {
		t.Errorf("its tags are %v", tags)
	}
	permissions, err := client.DescribeImageAttribute(t.Context(), &awsec2.DescribeImageAttributeInput{ImageId: &id, Attribute: ec2types.ImageAttributeNameLaunchPermission})
	must(t, err)
	if len(permissions.LaunchPermissions) != 1 || aws.ToString(permissions.LaunchPermissions[0].UserId) != other {
		t.Errorf("it may be launched by %+v", permissions.LaunchPermissions)
	}
	if notes, problems, err := baker("r-3", ofAMI(id)).Preflight(t.Context()); err != nil || len(problems) > 0 || len(notes) != 1 {
		t.Errorf("ready: notes %q, problems %q (%v)", notes, problems, err)
	}
	if _, problems, err := baker("r-3", ofAMI("ami-0000000000000000f")).Preflight(t.Context()); err != nil || len(problems) != 1 {
		t.Errorf("missing: problems %q (%v)", problems, err)
	}

	next := func(document *release.Document) {
		document.Artifact.Image.Accounts, document.Artifact.Image.Commit = nil, "next"
	}
	last := func(document *release.Document) {
		document.Artifact.Image.Accounts, document.Artifact.Image.Commit = nil, "last"
	}
	c.bake(baker("r-4", next))
	unneeded, err := baker("r-4", next).AMI(t.Context())
	must(t, err)
	c.bake(baker("r-5", last))
	needed, err := baker("r-5", last).AMI(t.Context())
	must(t, err)
	_, err = client.CreateLaunchTemplate(t.Context(), &awsec2.CreateLaunchTemplateInput{
		LaunchTemplateName: aws.String("echo"), LaunchTemplateData: &ec2types.RequestLaunchTemplateData{ImageId: &needed},
	})
	must(t, err)
	for _, dry := range []bool{true, false} {
		deleted, err := baker("r-6").Collect(t.Context(), keeping(), dry)
		must(t, err)
		if difference := cmp.Diff([]string{unneeded}, deleted); difference != "" {
			t.Errorf("dry %t:\n%s", dry, difference)
		}
	}
	left, err := client.DescribeImages(t.Context(), &awsec2.DescribeImagesInput{
		Owners: []string{"self"}, Filters: []ec2types.Filter{{Name: aws.String("tag:goldfinch:service"), Values: []string{"echo"}}},
	})
	must(t, err)
	if len(left.Images) != 2 {
		t.Errorf("%d images are left, want the shared one and that of the launch template", len(left.Images))
	}
}
