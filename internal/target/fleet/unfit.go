package fleet

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// A Reason is why a group can't be released, and how to mend that.
type Reason struct{ What, Mend string }

// needed are the processes without which a group doesn't become what it is told to be; see
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-suspend-resume-processes.html
var needed = []string{"Launch", "Terminate", "HealthCheck", "ReplaceUnhealthy", "AddToLoadBalancer"}

// Unfit lists every reason why a group can't be cloned, or its version can't be made from: empty when it is fit. It changes nothing.
func (f *Fleet) Unfit(ctx context.Context, group Group) ([]Reason, error) {
	var reasons []Reason
	refuse := func(mend, format string, arguments ...any) {
		reasons = append(reasons, Reason{fmt.Sprintf("group %s ", group.Name) + fmt.Sprintf(format, arguments...), mend})
	}
	described := group.described
	switch {
	case group.Service == "":
		refuse(fmt.Sprintf("allow it with: aws autoscaling create-or-update-tags --tags ResourceId=%s,ResourceType=auto-scaling-group,Key=%s,Value=%s,PropagateAtLaunch=true",
			group.Name, TagService, f.document.Service), "has no tag %s, so nobody has allowed Goldfinch to change it", TagService)
	case !f.owns(group):
		refuse("name that service and environment in the document, or another group", "is tagged %s=%s and %s=%s, so it does not belong to service %s in %s",
			TagService, group.Service, TagEnvironment, group.Environment, f.document.Service, f.document.Environment)
	}
	if group.Deleting {
		refuse("name another one", "is being deleted")
	}
	if aws.ToString(described.LaunchConfigurationName) != "" {
		refuse("give it a launch template with a version's number", "is made of launch configuration %s, which has no versions", aws.ToString(described.LaunchConfigurationName))
	} else if template := templateOf(described); template == nil {
		refuse("give it a launch template with a version's number", "has no launch template")
	} else if !isNumber(group.Version) {
		refuse("name a number: aws autoscaling update-auto-scaling-group --auto-scaling-group-name "+group.Name+" --launch-template LaunchTemplateId="+group.TemplateID+",Version=NUMBER",
			"follows version %q of its launch template, which changes behind everybody's back, and which rollback could not go back to", group.Version)
	} else if err := f.unfitTemplate(ctx, group, refuse); err != nil {
		return nil, err
	}
	if group.Desired == 0 {
		refuse("give it the size that users need", "has a desired capacity of 0, which a new version would get too")
	}
	if len(described.LoadBalancerNames) > 0 {
		refuse("move it to a target group", "is attached to Classic Load Balancers (%s), which have no weights and no drain that can be seen", strings.Join(described.LoadBalancerNames, ", "))
	}
	for _, source := range described.TrafficSources {
		if kind := aws.ToString(source.Type); kind != trafficSourceType && kind != "elb" {
			refuse("detach it", "has a traffic source of type %s (%s), which Goldfinch can't move", kind, aws.ToString(source.Identifier))
		}
	}
	if described.WarmPoolConfiguration != nil {
		refuse("delete its warm pool; a new version is started before it gets traffic anyway", "has a warm pool, which is not cloned")
	}
	for _, process := range described.SuspendedProcesses {
		if name := aws.ToString(process.ProcessName); slices.Contains(needed, name) {
			refuse(fmt.Sprintf("aws autoscaling resume-processes --auto-scaling-group-name %s --scaling-processes %s", group.Name, name), "has its process %s suspended, so it would not keep a version running", name)
		}
	}
	unfitMixed(group, refuse)
	last, err := f.LastRefresh(ctx, group.Name)
	if err == nil && IsActive(last) {
		refuse("wait for its end, or cancel it with: aws autoscaling cancel-instance-refresh --auto-scaling-group-name "+group.Name,
			"is being changed by instance refresh %s, which is %s: it has instances of two versions, and can't be detached", aws.ToString(last.InstanceRefreshId), last.Status)
	}
	return reasons, err
}

// unfitTemplate looks at the version of the launch template itself.
func (f *Fleet) unfitTemplate(ctx context.Context, group Group, refuse func(mend, format string, arguments ...any)) error {
	versions, err := f.templateVersions(ctx, group.TemplateID, group.Version)
	if err != nil {
		return err
	}
	if len(versions) == 0 {
		refuse("point it to one that exists", "names version %s of launch template %s, which does not exist", group.Version, group.TemplateID)
		return nil
	}
	if image := imageOf(versions[0]); strings.HasPrefix(image, "resolve:ssm:") {
		refuse("write the AMI's id into a new version of the template", "launches %s, an SSM parameter that changes behind everybody's back, and which rollback could not go back to", image)
	}
	return f.unfitOwner(ctx, group, refuse)
}

// unfitOwner looks for the tag that lets Goldfinch make versions of the launch template, and launch them. Services may share a template.
func (f *Fleet) unfitOwner(ctx context.Context, group Group, refuse func(mend, format string, arguments ...any)) error {
	output, err := call.Do(ctx, "ec2: read launch template "+group.TemplateID, f.ec2.DescribeLaunchTemplates, &ec2.DescribeLaunchTemplatesInput{LaunchTemplateIds: []string{group.TemplateID}})
	if err != nil {
		return err
	}
	for _, template := range output.LaunchTemplates {
		if slices.ContainsFunc(template.Tags, func(tag ec2types.Tag) bool { return aws.ToString(tag.Key) == TagService }) {
			return nil
		}
	}
	refuse(fmt.Sprintf("allow it with: aws ec2 create-tags --resources %s --tags Key=%s,Value=%s", group.TemplateID, TagService, f.document.Service),
		"is made of launch template %s, which has no tag %s, so nobody has allowed Goldfinch to make versions of it", group.TemplateID, TagService)
	return nil
}

// unfitMixed looks at what a mixed instances policy overrides.
func unfitMixed(group Group, refuse func(mend, format string, arguments ...any)) {
	mixed := group.described.MixedInstancesPolicy
	if mixed == nil || mixed.LaunchTemplate == nil {
		return
	}
	for _, override := range mixed.LaunchTemplate.Overrides {
		name := nameOf(override)
		if own := override.LaunchTemplateSpecification; own != nil && !sameTemplate(own, mixed.LaunchTemplate.LaunchTemplateSpecification) {
			refuse("release those instances as a service of their own", "has another launch template (%s) for %s: one release has one image", aws.ToString(own.LaunchTemplateId)+aws.ToString(own.LaunchTemplateName), name)
		}
		if override.ImageId != nil {
			refuse("leave it out: the launch template version says the image", "has an image of its own (%s) for %s", aws.ToString(override.ImageId), name)
		}
	}
}

// nameOf names an override for people.
func nameOf(override types.LaunchTemplateOverrides) string {
	if override.InstanceType != nil {
		return "instance type " + *override.InstanceType
	}
	return "its instance requirements"
}

func sameTemplate(a, b *types.LaunchTemplateSpecification) bool {
	if b == nil {
		return false
	}
	if a.LaunchTemplateId != nil && b.LaunchTemplateId != nil {
		return *a.LaunchTemplateId == *b.LaunchTemplateId
	}
	return a.LaunchTemplateName != nil && aws.ToString(a.LaunchTemplateName) == aws.ToString(b.LaunchTemplateName)
}

func isNumber(version string) bool {
	number, err := strconv.ParseUint(version, 10, 63)
	return err == nil && number > 0
}
