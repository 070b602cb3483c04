package ec2_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var ignored = cmpopts.IgnoreUnexported(
	types.ResponseLaunchTemplateData{}, types.LaunchTemplateBlockDeviceMapping{}, types.LaunchTemplateEbsBlockDevice{},
	types.LaunchTemplateTagSpecification{}, types.Tag{}, types.LaunchTemplateIamInstanceProfileSpecification{}, types.LaunchPermission{},
)

func TestAVersionInheritsWhatItsSourceSays(t *testing.T) {
	t.Parallel()
	c := start(t, nil)
	id := *must(c.CreateLaunchTemplate(t.Context(), &sdk.CreateLaunchTemplateInput{
		LaunchTemplateName: aws.String("web"), VersionDescription: aws.String("first"),
		LaunchTemplateData: &types.RequestLaunchTemplateData{
			ImageId: aws.String("ami-00000001"), InstanceType: "t3.micro", SecurityGroupIds: []string{"sg-1", "sg-2"},
			BlockDeviceMappings: []types.LaunchTemplateBlockDeviceMappingRequest{{DeviceName: aws.String("/dev/xvda"), Ebs: &types.LaunchTemplateEbsBlockDeviceRequest{VolumeSize: aws.Int32(20)}}},
			IamInstanceProfile:  &types.LaunchTemplateIamInstanceProfileSpecificationRequest{Name: aws.String("web")},
			TagSpecifications:   []types.LaunchTemplateTagSpecificationRequest{{ResourceType: types.ResourceTypeInstance, Tags: []types.Tag{tag("team", "a")}}},
		},
	}))(t).LaunchTemplate.LaunchTemplateId
	created := must(c.CreateLaunchTemplateVersion(t.Context(), &sdk.CreateLaunchTemplateVersionInput{
		LaunchTemplateId: &id, SourceVersion: aws.String("1"), VersionDescription: aws.String("second"),
		LaunchTemplateData: &types.RequestLaunchTemplateData{ImageId: aws.String("ami-00000002"), SecurityGroupIds: []string{"sg-3"}},
	}))(t).LaunchTemplateVersion
	want := &types.ResponseLaunchTemplateData{
		ImageId: aws.String("ami-00000002"), InstanceType: "t3.micro", SecurityGroupIds: []string{"sg-3"},
		BlockDeviceMappings: []types.LaunchTemplateBlockDeviceMapping{{DeviceName: aws.String("/dev/xvda"), Ebs: &types.LaunchTemplateEbsBlockDevice{VolumeSize: aws.Int32(20)}}},
		IamInstanceProfile:  &types.LaunchTemplateIamInstanceProfileSpecification{Name: aws.String("web")},
		TagSpecifications:   []types.LaunchTemplateTagSpecification{{ResourceType: types.ResourceTypeInstance, Tags: []types.Tag{tag("team", "a")}}},
	}
	if diff := cmp.Diff(want, created.LaunchTemplateData, ignored); diff != "" {
		t.Errorf("data (-want +got):\n%s", diff)
	}
	if *created.VersionNumber != 2 || *created.DefaultVersion || *created.VersionDescription != "second" {
		t.Errorf("version %+v", created)
	}
	bare := must(c.CreateLaunchTemplateVersion(t.Context(), &sdk.CreateLaunchTemplateVersionInput{
		LaunchTemplateId: &id, LaunchTemplateData: &types.RequestLaunchTemplateData{ImageId: aws.String("ami-00000003")},
	}))(t).LaunchTemplateVersion
	if diff := cmp.Diff(&types.ResponseLaunchTemplateData{ImageId: aws.String("ami-00000003")}, bare.LaunchTemplateData, ignored); diff != "" {
		t.Errorf("without a source (-want +got):\n%s", diff)
	}
}

func TestTheSameTokenIsTheSameVersion(t *testing.T) {
	t.Parallel()
	c := start(t, nil)
	id := c.template("web", "ami-00000001")
	ask := func(token, image string) (*sdk.CreateLaunchTemplateVersionOutput, error) {
		return c.CreateLaunchTemplateVersion(t.Context(), &sdk.CreateLaunchTemplateVersionInput{
			LaunchTemplateId: &id, SourceVersion: aws.String("1"), ClientToken: optional(token), LaunchTemplateData: &types.RequestLaunchTemplateData{ImageId: &image},
		})
	}
	for i, want := range []int64{2, 2} {
		if got := *must(ask("release-1", "ami-00000002"))(t).LaunchTemplateVersion.VersionNumber; got != want {
			t.Errorf("call %d made version %d, want %d", i, got, want)
		}
	}
	_, err := ask("release-1", "ami-00000003")
	refused(t, err, "IdempotentParameterMismatch", "inconsistent")
	for _, want := range []int64{3, 4} {
		if got := *must(ask("", "ami-00000002"))(t).LaunchTemplateVersion.VersionNumber; got != want {
			t.Errorf("without a token version %d, want %d", got, want)
		}
	}
	if got := *must(ask("release-2", "ami-00000002"))(t).LaunchTemplateVersion.VersionNumber; got != 5 {
		t.Errorf("another token made version %d", got)
	}
	creation := func(name string) (*sdk.CreateLaunchTemplateOutput, error) {
		return c.CreateLaunchTemplate(t.Context(), &sdk.CreateLaunchTemplateInput{
			LaunchTemplateName: &name, ClientToken: aws.String("t"), LaunchTemplateData: &types.RequestLaunchTemplateData{ImageId: aws.String("ami-00000001")},
		})
	}
	first, again := must(creation("other"))(t), must(creation("other"))(t)
	if *first.LaunchTemplate.LaunchTemplateId != *again.LaunchTemplate.LaunchTemplateId {
		t.Error("the same token made two templates")
	}
	_, err = creation("third")
	refused(t, err, "IdempotentParameterMismatch", "")
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func TestVersionsAreFoundByNumberLatestAndDefault(t *testing.T) {
	t.Parallel()
	c := start(t, nil)
	id := c.template("web", "ami-00000001")
	for _, image := range []string{"ami-00000002", "ami-00000003"} {
		must(c.CreateLaunchTemplateVersion(t.Context(), &sdk.CreateLaunchTemplateVersionInput{LaunchTemplateName: aws.String("web"), LaunchTemplateData: &types.RequestLaunchTemplateData{ImageId: &image}}))(t)
	}
	modify := &sdk.ModifyLaunchTemplateInput{LaunchTemplateId: &id, DefaultVersion: aws.String("2"), ClientToken: aws.String("m")}
	for range 2 {
		if got := must(c.ModifyLaunchTemplate(t.Context(), modify))(t).LaunchTemplate; *got.DefaultVersionNumber != 2 || *got.LatestVersionNumber != 3 {
			t.Errorf("template %+v", got)
		}
	}
	_, err := c.ModifyLaunchTemplate(t.Context(), &sdk.ModifyLaunchTemplateInput{LaunchTemplateId: &id, DefaultVersion: aws.String("1"), ClientToken: aws.String("m")})
	refused(t, err, "IdempotentParameterMismatch", "")
	numbers := func(in *sdk.DescribeLaunchTemplateVersionsInput) []int64 {
		var all []int64
		for _, version := range must(c.DescribeLaunchTemplateVersions(t.Context(), in))(t).LaunchTemplateVersions {
			all = append(all, *version.VersionNumber)
		}
		return all
	}
	for name, test := range map[string]struct {
		in   sdk.DescribeLaunchTemplateVersionsInput
		want []int64
	}{
		"all":      {sdk.DescribeLaunchTemplateVersionsInput{LaunchTemplateId: &id}, []int64{3, 2, 1}},
		"named":    {sdk.DescribeLaunchTemplateVersionsInput{LaunchTemplateId: &id, Versions: []string{"$Latest", "$Default", "1"}}, []int64{3, 2, 1}},
		"bounds":   {sdk.DescribeLaunchTemplateVersionsInput{LaunchTemplateId: &id, MinVersion: aws.String("2"), MaxVersion: aws.String("2")}, []int64{2}},
		"of all":   {sdk.DescribeLaunchTemplateVersionsInput{Versions: []string{"$Latest"}}, []int64{3}},
		"default":  {sdk.DescribeLaunchTemplateVersionsInput{LaunchTemplateId: &id, Filters: []types.Filter{{Name: aws.String("is-default-version"), Values: []string{"true"}}}}, []int64{2}},
		"by image": {sdk.DescribeLaunchTemplateVersionsInput{LaunchTemplateId: &id, Filters: []types.Filter{{Name: aws.String("image-id"), Values: []string{"ami-*1"}}}}, []int64{1}},
	} {
		if diff := cmp.Diff(test.want, numbers(&test.in)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	first := must(c.DescribeLaunchTemplateVersions(t.Context(), &sdk.DescribeLaunchTemplateVersionsInput{LaunchTemplateId: &id, MaxResults: aws.Int32(2)}))(t)
	if got := numbers(&sdk.DescribeLaunchTemplateVersionsInput{LaunchTemplateId: &id, NextToken: first.NextToken}); len(first.LaunchTemplateVersions) != 2 || len(got) != 1 {
		t.Errorf("pages of %d and %d", len(first.LaunchTemplateVersions), len(got))
	}
	for code, in := range map[string]*sdk.DescribeLaunchTemplateVersionsInput{
		"InvalidLaunchTemplateId.VersionNotFound":     {LaunchTemplateId: &id, Versions: []string{"9"}},
		"InvalidLaunchTemplateId.NotFound":            {LaunchTemplateId: aws.String("lt-00000000000000000")},
		"InvalidLaunchTemplateName.NotFoundException": {LaunchTemplateName: aws.String("none")},
		"InvalidLaunchTemplateId.Malformed":           {LaunchTemplateId: aws.String("web")},
		"InvalidParameterCombination":                 {LaunchTemplateId: &id, LaunchTemplateName: aws.String("web")},
		"MissingParameter":                            {Versions: []string{"1"}},
		"InvalidParameterValue":                       {LaunchTemplateId: &id, NextToken: aws.String("mine")},
	} {
		_, err := c.DescribeLaunchTemplateVersions(t.Context(), in)
		refused(t, err, code, "")
	}
}

func TestTheDefaultVersionStays(t *testing.T) {
	t.Parallel()
	c := start(t, nil)
	id := c.template("web", "ami-00000001")
	for range 2 {
		must(c.CreateLaunchTemplateVersion(t.Context(), &sdk.CreateLaunchTemplateVersionInput{LaunchTemplateId: &id, LaunchTemplateData: &types.RequestLaunchTemplateData{}}))(t)
	}
	out := must(c.DeleteLaunchTemplateVersions(t.Context(), &sdk.DeleteLaunchTemplateVersionsInput{LaunchTemplateId: &id, Versions: []string{"1", "3", "7"}}))(t)
	if len(out.SuccessfullyDeletedLaunchTemplateVersions) != 1 || *out.SuccessfullyDeletedLaunchTemplateVersions[0].VersionNumber != 3 {
		t.Errorf("deleted %+v", out.SuccessfullyDeletedLaunchTemplateVersions)
	}
	var problems []types.LaunchTemplateErrorCode
	for _, failed := range out.UnsuccessfullyDeletedLaunchTemplateVersions {
		problems = append(problems, failed.ResponseError.Code)
	}
	if diff := cmp.Diff([]types.LaunchTemplateErrorCode{types.LaunchTemplateErrorCodeUnexpectedError, types.LaunchTemplateErrorCodeLaunchTemplateVersionDoesNotExist}, problems); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	// $Latest is what is left; the number 3 is never given out again.
	if got := must(c.DescribeLaunchTemplates(t.Context(), &sdk.DescribeLaunchTemplatesInput{}))(t).LaunchTemplates[0]; *got.LatestVersionNumber != 2 {
		t.Errorf("latest %d", *got.LatestVersionNumber)
	}
	next := must(c.CreateLaunchTemplateVersion(t.Context(), &sdk.CreateLaunchTemplateVersionInput{LaunchTemplateId: &id, LaunchTemplateData: &types.RequestLaunchTemplateData{}}))(t)
	if *next.LaunchTemplateVersion.VersionNumber != 4 {
		t.Errorf("next version %d", *next.LaunchTemplateVersion.VersionNumber)
	}
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	c := start(t, nil)
	id := c.template("web", "ami-00000001")
	c.template("api", "ami-00000001")
	must(c.CreateTags(t.Context(), &sdk.CreateTagsInput{Resources: []string{id}, Tags: []types.Tag{tag("goldfinch:service", "web")}}))(t)
	for name, in := range map[string]*sdk.DescribeLaunchTemplatesInput{
		"by name":   {LaunchTemplateNames: []string{"web"}},
		"by id":     {LaunchTemplateIds: []string{id}},
		"by tag":    {Filters: []types.Filter{{Name: aws.String("tag:goldfinch:service"), Values: []string{"web"}}}},
		"by filter": {Filters: []types.Filter{{Name: aws.String("launch-template-name"), Values: []string{"w?b"}}}},
		"by key":    {Filters: []types.Filter{{Name: aws.String("tag-key"), Values: []string{"goldfinch:*"}}}},
	} {
		out := must(c.DescribeLaunchTemplates(t.Context(), in))(t)
		if len(out.LaunchTemplates) != 1 || *out.LaunchTemplates[0].LaunchTemplateId != id {
			t.Errorf("%s: %+v", name, out.LaunchTemplates)
		}
	}
	for code, in := range map[string]*sdk.CreateLaunchTemplateInput{
		"InvalidLaunchTemplateName.AlreadyExistsException": {LaunchTemplateName: aws.String("web"), LaunchTemplateData: &types.RequestLaunchTemplateData{}},
		"InvalidLaunchTemplateName.MalformedException":     {LaunchTemplateName: aws.String("a b"), LaunchTemplateData: &types.RequestLaunchTemplateData{}},
		"MissingParameter": {LaunchTemplateName: aws.String("none")},
		"InvalidParameterValue": {LaunchTemplateName: aws.String("tagged"), LaunchTemplateData: &types.RequestLaunchTemplateData{},
			TagSpecifications: []types.TagSpecification{{ResourceType: types.ResourceTypeImage}}},
	} {
		_, err := c.CreateLaunchTemplate(t.Context(), in)
		refused(t, err, code, "")
	}
	for code, in := range map[string]*sdk.DescribeLaunchTemplatesInput{
		"InvalidParameterValue":                       {Filters: []types.Filter{{Name: aws.String("colour"), Values: []string{"red"}}}},
		"InvalidLaunchTemplateId.NotFound":            {LaunchTemplateIds: []string{"lt-0"}},
		"InvalidLaunchTemplateName.NotFoundException": {LaunchTemplateNames: []string{"none"}},
	} {
		_, err := c.DescribeLaunchTemplates(t.Context(), in)
		refused(t, err, code, "")
	}
	_, err := c.DeleteLaunchTemplate(t.Context(), &sdk.DeleteLaunchTemplateInput{LaunchTemplateId: &id, DryRun: aws.Bool(true)})
	refused(t, err, "DryRunOperation", "would have succeeded")
	must(c.DeleteLaunchTemplate(t.Context(), &sdk.DeleteLaunchTemplateInput{LaunchTemplateId: &id}))(t)
	_, err = c.DeleteLaunchTemplate(t.Context(), &sdk.DeleteLaunchTemplateInput{LaunchTemplateId: &id})
	refused(t, err, "InvalidLaunchTemplateId.NotFound", id)
}
