package fleet_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleet"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleettest"
)

func TestGroupsAreThoseOfServiceAndEnvironment(t *testing.T) {
	t.Parallel()
	c := newCloud(t, 2, nil)
	c.Group("echo-production-2", "2", 0, fleettest.Made("r-0"), nil)
	c.Group("echo-staging-2", "2", 0, map[string]string{fleet.TagEnvironment: "staging", fleet.TagRelease: "r-9"}, nil)
	c.Group("nobodys-environment", "2", 0, nil, nil)
	c.Group("attached-without-environment", "2", 0, nil, nil)
	c.Attach("attached-without-environment")
	c.Group("another-service", "2", 0, map[string]string{fleet.TagEnvironment: "production"}, func(input *autoscaling.CreateAutoScalingGroupInput) {
		input.Tags[0].Value = aws.String("other")
	})
	groups, err := c.fleet().Groups(t.Context())
	must(t, err)
	var names []string
	for _, group := range groups {
		names = append(names, group.Name)
		if !c.fleet().Owns(group) {
			t.Errorf("%s is listed, and not owned", group.Name)
		}
	}
	if want := []string{"attached-without-environment", "echo-production-2", "web"}; !slices.Equal(names, want) {
		t.Errorf("the groups are %v, want %v", names, want)
	}
	if group, ok := c.fleet().Of(groups, "2"); !ok || group.Name != "echo-production-2" {
		t.Errorf("version 2 is in %s; Goldfinch made echo-production-2 for it", group.Name)
	}
	if _, ok := c.fleet().Of(groups, "9"); ok {
		t.Error("version 9 is in a group")
	}
	web := c.named("web")
	if web.InService != 2 || len(web.Instances) != 2 || !slices.Equal(web.TargetGroups, []string{c.TargetGroup}) || web.Made() {
		t.Errorf("web is %+v", web)
	}
	if none := c.named("nothing"); none.Exists() {
		t.Errorf("there is %+v", none)
	}
}

func TestNameFitsIntoAWSLimit(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 40)
	f := fleet.New(fleet.Options{Document: release.Document{Service: long, Environment: long}})
	if name := f.Name("10000"); len(name) > 255 || name != f.Name("10000") {
		t.Errorf("%s has %d characters", name, len(name))
	}
}

func TestUnfitGroups(t *testing.T) {
	t.Parallel()
	c := newCloud(t, 2, nil)
	parameter, err := c.EC2.CreateLaunchTemplateVersion(fleettest.Foreign(), &ec2.CreateLaunchTemplateVersionInput{
		LaunchTemplateId: aws.String(c.Template), LaunchTemplateData: &ec2types.RequestLaunchTemplateData{ImageId: aws.String("resolve:ssm:/images/echo")},
	})
	if err != nil {
		t.Fatal(err)
	}
	mixed := func(overrides ...types.LaunchTemplateOverrides) func(*types.AutoScalingGroup) {
		return func(group *types.AutoScalingGroup) {
			group.MixedInstancesPolicy = &types.MixedInstancesPolicy{LaunchTemplate: &types.LaunchTemplate{LaunchTemplateSpecification: group.LaunchTemplate, Overrides: overrides}}
			group.LaunchTemplate = nil
		}
	}
	version := func(number string) func(*types.AutoScalingGroup) {
		return func(group *types.AutoScalingGroup) {
			group.LaunchTemplate = &types.LaunchTemplateSpecification{LaunchTemplateId: aws.String(c.Template), Version: aws.String(number)}
		}
	}
	tests := map[string]struct {
		edit func(*types.AutoScalingGroup)
		want []string
	}{
		"fit":                  {func(*types.AutoScalingGroup) {}, nil},
		"fit, mixed instances": {mixed(types.LaunchTemplateOverrides{InstanceType: aws.String("t3.small")}), nil},
		"$Latest":              {version("$Latest"), []string{`follows version "$Latest"`, "update-auto-scaling-group"}},
		"$Default":             {version("$Default"), []string{`follows version "$Default"`}},
		"version that is gone": {version("77"), []string{"version 77", "does not exist"}},
		"SSM parameter":        {version(fmt.Sprint(*parameter.LaunchTemplateVersion.VersionNumber)), []string{"resolve:ssm:/images/echo", "SSM parameter"}},
		"launch configuration": {func(group *types.AutoScalingGroup) {
			group.LaunchTemplate, group.LaunchConfigurationName = nil, aws.String("old")
		}, []string{"launch configuration old"}},
		"no template": {func(group *types.AutoScalingGroup) { group.LaunchTemplate = nil }, []string{"has no launch template"}},
		"no tag":      {func(group *types.AutoScalingGroup) { group.Tags = nil }, []string{"has no tag goldfinch:service", "create-or-update-tags"}},
		"another service": {func(group *types.AutoScalingGroup) {
			group.Tags = []types.TagDescription{{Key: aws.String(fleet.TagService), Value: aws.String("other")}}
		}, []string{"does not belong to service echo"}},
		"being deleted":         {func(group *types.AutoScalingGroup) { group.Status = aws.String("Delete in progress") }, []string{"is being deleted"}},
		"empty":                 {func(group *types.AutoScalingGroup) { group.DesiredCapacity = aws.Int32(0) }, []string{"desired capacity of 0"}},
		"Classic Load Balancer": {func(group *types.AutoScalingGroup) { group.LoadBalancerNames = []string{"old"} }, []string{"Classic Load Balancers (old)"}},
		"VPC Lattice": {func(group *types.AutoScalingGroup) {
			group.TrafficSources = append(group.TrafficSources, types.TrafficSourceIdentifier{Identifier: aws.String("arn:lattice"), Type: aws.String("vpc-lattice")})
		}, []string{"vpc-lattice"}},
		"warm pool": {func(group *types.AutoScalingGroup) { group.WarmPoolConfiguration = &types.WarmPoolConfiguration{} }, []string{"warm pool"}},
		"suspended launches": {func(group *types.AutoScalingGroup) {
			group.SuspendedProcesses = []types.SuspendedProcess{{ProcessName: aws.String("Launch")}}
		}, []string{"process Launch suspended", "resume-processes"}},
		"another template":         {mixed(types.LaunchTemplateOverrides{InstanceType: aws.String("t4g.small"), LaunchTemplateSpecification: &types.LaunchTemplateSpecification{LaunchTemplateId: aws.String("lt-arm"), Version: aws.String("1")}}), []string{"lt-arm", "instance type t4g.small"}},
		"template by another name": {mixed(types.LaunchTemplateOverrides{LaunchTemplateSpecification: &types.LaunchTemplateSpecification{LaunchTemplateName: aws.String("arm")}}), []string{"arm", "instance requirements"}},
		"an image of its own":      {mixed(types.LaunchTemplateOverrides{InstanceType: aws.String("t4g.small"), ImageId: aws.String("ami-1")}), []string{"image of its own (ami-1)"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := fleetSeeing(c, test.edit)
			group, err := f.Named(t.Context(), "web")
			must(t, err)
			reasons, err := f.Unfit(t.Context(), group)
			must(t, err)
			text := fmt.Sprint(reasons)
			if len(test.want) == 0 && len(reasons) > 0 {
				t.Errorf("it is unfit: %v", reasons)
			}
			for _, part := range test.want {
				if !strings.Contains(text, part) {
					t.Errorf("%q is not in %v", part, reasons)
				}
			}
			for _, reason := range reasons {
				if reason.Mend == "" {
					t.Errorf("nobody knows how to mend that %s", reason.What)
				}
			}
		})
	}
}

// TestUnfitTemplateOfNobody: without its tag no version of it could be made, which would only be found after an image was baked.
func TestUnfitTemplateOfNobody(t *testing.T) {
	t.Parallel()
	c := newCloud(t, 2, nil)
	_, err := c.EC2.DeleteTags(fleettest.Foreign(), &ec2.DeleteTagsInput{Resources: []string{c.Template}, Tags: []ec2types.Tag{{Key: aws.String(fleet.TagService)}}})
	must(t, err)
	f := fleetSeeing(c, func(*types.AutoScalingGroup) {})
	group, err := f.Named(t.Context(), "web")
	must(t, err)
	reasons, err := f.Unfit(t.Context(), group)
	must(t, err)
	if len(reasons) != 1 || !strings.Contains(reasons[0].What, "has no tag goldfinch:service") || !strings.Contains(reasons[0].Mend, "create-tags --resources "+c.Template) {
		t.Errorf("reasons %v", reasons)
	}
}
