package ec2_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/local/ec2"
)

// images are the names of what DescribeImages tells.
func (c *cloud) images(in *sdk.DescribeImagesInput) []string {
	c.t.Helper()
	var names []string
	for _, image := range must(c.DescribeImages(c.t.Context(), in))(c.t).Images {
		names = append(names, *image.Name)
	}
	return names
}

func TestANewImageIsUnknownAndThenPending(t *testing.T) {
	t.Parallel()
	c := start(t, func(o *ec2.Options) { o.VisibleAfter, o.AvailableAfter = 2*time.Second, 5*time.Second })
	id := c.image("echo-1")
	_, err := c.DescribeImages(t.Context(), &sdk.DescribeImagesInput{ImageIds: []string{id}})
	refused(t, err, "InvalidAMIID.NotFound", id)
	if got := c.images(&sdk.DescribeImagesInput{Owners: []string{"self"}}); got != nil {
		t.Errorf("seen %v", got)
	}
	c.pass(2 * time.Second)
	for _, want := range []types.ImageState{types.ImageStatePending, types.ImageStateAvailable} {
		if got := must(c.DescribeImages(t.Context(), &sdk.DescribeImagesInput{ImageIds: []string{id}}))(t).Images[0].State; got != want {
			t.Errorf("state %s, want %s", got, want)
		}
		if want == types.ImageStatePending {
			_, err := c.RunInstances(t.Context(), &sdk.RunInstancesInput{ImageId: &id, MinCount: aws.Int32(1), MaxCount: aws.Int32(1)})
			refused(t, err, "InvalidAMIID.Unavailable", "pending")
		}
		c.pass(3 * time.Second)
	}
}

func TestAnImagesNameIsTakenOnce(t *testing.T) {
	t.Parallel()
	c := start(t, nil)
	id := c.image("echo-1", tag("goldfinch:release", "r1"))
	_, err := c.RegisterImage(t.Context(), &sdk.RegisterImageInput{Name: aws.String("echo-1"), ImageLocation: aws.String("s3://images/other")})
	refused(t, err, "InvalidAMIName.Duplicate", id)
	for code, in := range map[string]*sdk.RegisterImageInput{
		"InvalidAMIName.Malformed": {Name: aws.String("e"), ImageLocation: aws.String("s3://images/e")},
		"MissingParameter":         {Name: aws.String("echo")},
		"UnsupportedOperation":     {Name: aws.String("echo"), ImageLocation: aws.String("s3://a/b"), BlockDeviceMappings: []types.BlockDeviceMapping{{}}},
		"InvalidParameterValue": {Name: aws.String("echo"), ImageLocation: aws.String("s3://a/b"),
			TagSpecifications: []types.TagSpecification{{ResourceType: types.ResourceTypeImage, Tags: []types.Tag{tag("aws:mine", "")}}}},
	} {
		_, err := c.RegisterImage(t.Context(), in)
		refused(t, err, code, "")
	}
}

func TestImagesAreFound(t *testing.T) {
	t.Parallel()
	c := start(t, nil)
	first := c.image("echo-1", tag("goldfinch:service", "echo"), tag("inputs", "a"))
	c.image("echo-2", tag("goldfinch:service", "echo"), tag("inputs", "b"))
	if err := c.AddImage(types.Image{ImageId: aws.String("ami-0foreign"), Name: aws.String("theirs"), OwnerId: aws.String("210987654321"), ImageLocation: aws.String("s3://their/image")}); err != nil {
		t.Fatal(err)
	}
	filter := func(name string, values ...string) []types.Filter {
		return []types.Filter{{Name: &name, Values: values}}
	}
	for name, test := range map[string]struct {
		in   sdk.DescribeImagesInput
		want []string
	}{
		"own":         {sdk.DescribeImagesInput{Owners: []string{"self"}, Filters: filter("name", "echo-*")}, []string{"echo-1", "echo-2"}},
		"by account":  {sdk.DescribeImagesInput{Owners: []string{"210987654321"}}, []string{"theirs"}},
		"by id":       {sdk.DescribeImagesInput{ImageIds: []string{first}}, []string{"echo-1"}},
		"by tag":      {sdk.DescribeImagesInput{Filters: filter("tag:inputs", "b")}, []string{"echo-2"}},
		"by tag key":  {sdk.DescribeImagesInput{Filters: filter("tag-key", "goldfinch:service")}, []string{"echo-1", "echo-2"}},
		"by state":    {sdk.DescribeImagesInput{Owners: []string{"self"}, Filters: filter("state", "pending")}, nil},
		"other owner": {sdk.DescribeImagesInput{ImageIds: []string{first}, Owners: []string{"amazon"}}, nil},
	} {
		got := c.images(&test.in)
		less := func(a, b string) bool { return a < b }
		if diff := cmp.Diff(test.want, got, sortStrings(less)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	_, err := c.DeregisterImage(t.Context(), &sdk.DeregisterImageInput{ImageId: aws.String("ami-0foreign")})
	refused(t, err, "AuthFailure", "ami-0foreign")
	_, err = c.DescribeImages(t.Context(), &sdk.DescribeImagesInput{ImageIds: []string{"ami-0none"}})
	refused(t, err, "InvalidAMIID.NotFound", "ami-0none")
}

func TestImagesAreShared(t *testing.T) {
	t.Parallel()
	c := start(t, nil)
	id := c.image("echo-1")
	share := func(in sdk.ModifyImageAttributeInput) {
		in.ImageId = &id
		must(c.ModifyImageAttribute(t.Context(), &in))(t)
	}
	permissions := func() []types.LaunchPermission {
		return must(c.DescribeImageAttribute(t.Context(), &sdk.DescribeImageAttributeInput{ImageId: &id, Attribute: types.ImageAttributeNameLaunchPermission}))(t).LaunchPermissions
	}
	two := &types.LaunchPermissionModifications{Add: []types.LaunchPermission{{UserId: aws.String("111122223333")}, {OrganizationArn: aws.String("arn:o")}}}
	share(sdk.ModifyImageAttributeInput{LaunchPermission: two})
	share(sdk.ModifyImageAttributeInput{LaunchPermission: two}) // twice is once
	share(sdk.ModifyImageAttributeInput{Attribute: aws.String("launchPermission"), OperationType: types.OperationTypeAdd, UserIds: []string{"444455556666"}, UserGroups: []string{"all"}, OrganizationalUnitArns: []string{"arn:ou"}})
	share(sdk.ModifyImageAttributeInput{Attribute: aws.String("launchPermission"), OperationType: types.OperationTypeRemove, OrganizationArns: []string{"arn:o"}, OrganizationalUnitArns: []string{"arn:ou"}})
	want := []types.LaunchPermission{{UserId: aws.String("111122223333")}, {UserId: aws.String("444455556666")}, {Group: types.PermissionGroupAll}}
	if diff := cmp.Diff(want, permissions(), ignored); diff != "" {
		t.Errorf("permissions (-want +got):\n%s", diff)
	}
	if image := must(c.DescribeImages(t.Context(), &sdk.DescribeImagesInput{ExecutableUsers: []string{"all"}}))(t).Images; len(image) != 1 || !*image[0].Public {
		t.Errorf("public %+v", image)
	}
	if got := c.images(&sdk.DescribeImagesInput{ExecutableUsers: []string{"self"}}); got != nil {
		t.Errorf("self may launch %v", got)
	}
	share(sdk.ModifyImageAttributeInput{Description: &types.AttributeValue{Value: aws.String("d")}})
	if got := must(c.DescribeImageAttribute(t.Context(), &sdk.DescribeImageAttributeInput{ImageId: &id, Attribute: types.ImageAttributeNameDescription}))(t); *got.Description.Value != "d" {
		t.Errorf("description %v", got.Description)
	}
	must(c.DisableImage(t.Context(), &sdk.DisableImageInput{ImageId: &id}))(t)
	if got := permissions(); got != nil {
		t.Errorf("a disabled image may be launched by %v", got)
	}
	_, err := c.ModifyImageAttribute(t.Context(), &sdk.ModifyImageAttributeInput{ImageId: &id, LaunchPermission: two})
	refused(t, err, "InvalidAMIID.Unavailable", "disabled")
	_, err = c.DescribeImageAttribute(t.Context(), &sdk.DescribeImageAttributeInput{ImageId: &id, Attribute: types.ImageAttributeNameKernel})
	refused(t, err, "UnsupportedOperation", "kernel")
	_, err = c.ModifyImageAttribute(t.Context(), &sdk.ModifyImageAttributeInput{ImageId: &id, Attribute: aws.String("bootMode")})
	refused(t, err, "UnsupportedOperation", "bootMode")
	must(c.EnableImage(t.Context(), &sdk.EnableImageInput{ImageId: &id}))(t)
	_, err = c.ModifyImageAttribute(t.Context(), &sdk.ModifyImageAttributeInput{ImageId: &id})
	refused(t, err, "MissingParameter", "launchPermission")
}

func TestDeprecationHidesFromOthersOnly(t *testing.T) {
	t.Parallel()
	c := start(t, nil)
	id := c.image("echo-1")
	at := began.Add(time.Hour + 31*time.Second)
	must(c.EnableImageDeprecation(t.Context(), &sdk.EnableImageDeprecationInput{ImageId: &id, DeprecateAt: &at}))(t)
	c.pass(2 * time.Hour)
	described := must(c.DescribeImages(t.Context(), &sdk.DescribeImagesInput{ImageIds: []string{id}}))(t).Images
	if len(described) != 1 || *described[0].DeprecationTime != "2030-01-02T04:05:00.000Z" || described[0].State != types.ImageStateAvailable {
		t.Errorf("described %+v", described)
	}
	c.run(c.template("web", id), "1") // launches go on
	for code, in := range map[string]*sdk.EnableImageDeprecationInput{
		"InvalidParameterValue": {ImageId: &id, DeprecateAt: aws.Time(began)},
		"MissingParameter":      {ImageId: &id},
	} {
		_, err := c.EnableImageDeprecation(t.Context(), in)
		refused(t, err, code, "")
	}
	_, err := c.EnableImageDeprecation(t.Context(), &sdk.EnableImageDeprecationInput{ImageId: &id, DeprecateAt: aws.Time(began.AddDate(11, 0, 0))})
	refused(t, err, "InvalidParameterValue", "10 years")
	must(c.DisableImageDeprecation(t.Context(), &sdk.DisableImageDeprecationInput{ImageId: &id}))(t)
	if got := must(c.DescribeImages(t.Context(), &sdk.DescribeImagesInput{ImageIds: []string{id}}))(t).Images[0].DeprecationTime; got != nil {
		t.Errorf("still deprecated at %s", *got)
	}
}

// An image that is disabled or deregistered takes every launch template with it that names it; instances run on.
func TestNothingStandsInTheWayOfDeletingAnImageInUse(t *testing.T) {
	t.Parallel()
	c := start(t, nil)
	id := c.image("echo-1")
	template := c.template("web", id)
	running := c.run(template, "1")
	c.pass(time.Minute)
	launch := func() error {
		_, err := c.RunInstances(t.Context(), &sdk.RunInstancesInput{MinCount: aws.Int32(1), MaxCount: aws.Int32(1), LaunchTemplate: &types.LaunchTemplateSpecification{LaunchTemplateId: &template}})
		return err
	}
	must(c.DisableImage(t.Context(), &sdk.DisableImageInput{ImageId: &id}))(t)
	refused(t, launch(), "InvalidAMIID.Unavailable", "disabled")
	if got := c.images(&sdk.DescribeImagesInput{ImageIds: []string{id}}); got != nil {
		t.Errorf("a disabled image is told: %v", got)
	}
	if got := c.images(&sdk.DescribeImagesInput{ImageIds: []string{id}, IncludeDisabled: aws.Bool(true)}); len(got) != 1 {
		t.Errorf("a disabled image is not told on request: %v", got)
	}
	must(c.EnableImage(t.Context(), &sdk.EnableImageInput{ImageId: &id}))(t)
	must(c.DeregisterImage(t.Context(), &sdk.DeregisterImageInput{ImageId: &id}))(t)
	refused(t, launch(), "InvalidAMIID.NotFound", id)
	if got := c.instance(running).State.Name; got != types.InstanceStateNameRunning {
		t.Errorf("the running instance is %s", got)
	}
}

func TestSnapshotsOutliveTheirImage(t *testing.T) {
	t.Parallel()
	c := start(t, nil)
	id := c.image("echo-1")
	snapshot := must(c.DescribeImages(t.Context(), &sdk.DescribeImagesInput{ImageIds: []string{id}}))(t).Images[0].BlockDeviceMappings[0].Ebs.SnapshotId
	_, err := c.DeleteSnapshot(t.Context(), &sdk.DeleteSnapshotInput{SnapshotId: snapshot})
	refused(t, err, "InvalidSnapshot.InUse", id)
	must(c.DeregisterImage(t.Context(), &sdk.DeregisterImageInput{ImageId: &id}))(t)
	find := &sdk.DescribeSnapshotsInput{OwnerIds: []string{"self"}, Filters: []types.Filter{{Name: aws.String("description"), Values: []string{"*" + id + "*"}}}}
	if found := must(c.DescribeSnapshots(t.Context(), find))(t).Snapshots; len(found) != 1 || *found[0].SnapshotId != *snapshot {
		t.Errorf("found %+v", found)
	}
	must(c.DeleteSnapshot(t.Context(), &sdk.DeleteSnapshotInput{SnapshotId: snapshot}))(t)
	_, err = c.DescribeSnapshots(t.Context(), &sdk.DescribeSnapshotsInput{SnapshotIds: []string{*snapshot}})
	refused(t, err, "InvalidSnapshot.NotFound", *snapshot)

	second := c.image("echo-2")
	out := must(c.DeregisterImage(t.Context(), &sdk.DeregisterImageInput{ImageId: &second, DeleteAssociatedSnapshots: aws.Bool(true)}))(t)
	if left := must(c.DescribeSnapshots(t.Context(), &sdk.DescribeSnapshotsInput{}))(t).Snapshots; len(left) != 0 || len(out.DeleteSnapshotResults) != 1 {
		t.Errorf("left %+v, results %+v", left, out.DeleteSnapshotResults)
	}
	_, err = c.DeregisterImage(t.Context(), &sdk.DeregisterImageInput{})
	refused(t, err, "MissingParameter", "ImageId")
}
