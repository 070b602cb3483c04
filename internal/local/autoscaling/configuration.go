package autoscaling

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// A configuration is what instances are launched from: a launch template, or a mixed instances policy.
type configuration struct {
	Template *types.LaunchTemplateSpecification
	Mixed    *types.MixedInstancesPolicy
	// Version is the number of the launch template's version that was meant when the configuration was looked up.
	Version string
	// Movable: a version without a number was asked for, or its image is a parameter of Systems Manager.
	// There is no way back to such a configuration.
	Movable bool
}

// first is what an instance is launched from: of overrides, always the first is taken, as if there were capacity for it.
func (c configuration) first() (specification *types.LaunchTemplateSpecification, kind string, image *string) {
	specification = c.base()
	if c.Mixed == nil || len(c.Mixed.LaunchTemplate.Overrides) == 0 {
		return specification, "", nil
	}
	override := c.Mixed.LaunchTemplate.Overrides[0]
	return either(override.LaunchTemplateSpecification, specification), aws.ToString(override.InstanceType), override.ImageId
}

func (c configuration) base() *types.LaunchTemplateSpecification {
	if c.Mixed != nil {
		return c.Mixed.LaunchTemplate.LaunchTemplateSpecification
	}
	return c.Template
}

// requirements reports whether instance types are chosen by attributes.
func (c configuration) requirements() bool {
	if c.Mixed == nil {
		return false
	}
	for _, override := range c.Mixed.LaunchTemplate.Overrides {
		if override.InstanceRequirements != nil {
			return true
		}
	}
	return false
}

// made reports whether an instance was launched from the configuration, as far as that is known without asking.
func (c configuration) made(m *member) bool {
	specification, kind, _ := c.first()
	version := aws.ToString(specification.Version)
	if strings.HasPrefix(version, "$") {
		version = c.Version
	}
	return aws.ToString(specification.LaunchTemplateId) == aws.ToString(m.Template.LaunchTemplateId) &&
		version == aws.ToString(m.Template.Version) && (kind == "" || kind == m.Type)
}

// configuration is the group's own.
func (g *group) configuration() configuration {
	return configuration{Template: g.Config.LaunchTemplate, Mixed: g.Config.MixedInstancesPolicy}
}

// configure makes a configuration the group's own.
func (g *group) configure(c configuration) {
	g.Config.LaunchTemplate, g.Config.MixedInstancesPolicy = c.Template, c.Mixed
}

// resolved checks what was asked for, and fills in what AWS does: a launch template's id and name, and the version.
func (s *Service) resolved(ctx context.Context, template *types.LaunchTemplateSpecification, mixed *types.MixedInstancesPolicy) (configuration, error) {
	switch {
	case (template == nil) == (mixed == nil):
		return configuration{}, validation("Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter.")
	case template != nil:
		full, found, err := s.template(ctx, template)
		if err != nil {
			return configuration{}, err
		}
		return configuration{Template: full, Version: fmt.Sprint(*found.VersionNumber), Movable: movable(*full.Version, found.LaunchTemplateData.ImageId)}, nil
	case mixed.LaunchTemplate == nil || mixed.LaunchTemplate.LaunchTemplateSpecification == nil:
		return configuration{}, required("mixedInstancesPolicy.launchTemplate.launchTemplateSpecification")
	}
	full, found, err := s.template(ctx, mixed.LaunchTemplate.LaunchTemplateSpecification)
	if err != nil {
		return configuration{}, err
	}
	c := configuration{Version: fmt.Sprint(*found.VersionNumber), Movable: movable(*full.Version, found.LaunchTemplateData.ImageId)}
	var overrides []types.LaunchTemplateOverrides
	for _, override := range mixed.LaunchTemplate.Overrides {
		if override.WeightedCapacity != nil {
			return configuration{}, unsupported("instance weights")
		}
		if override.LaunchTemplateSpecification != nil {
			own, of, err := s.template(ctx, override.LaunchTemplateSpecification)
			if err != nil {
				return configuration{}, err
			}
			override.LaunchTemplateSpecification = own
			c.Movable = c.Movable || movable(*own.Version, of.LaunchTemplateData.ImageId)
		}
		overrides = append(overrides, override)
	}
	c.Mixed = &types.MixedInstancesPolicy{
		InstancesDistribution: mixed.InstancesDistribution,
		LaunchTemplate:        &types.LaunchTemplate{LaunchTemplateSpecification: full, Overrides: overrides},
	}
	return c, nil
}

// asked is the configuration as a request may name it: a launch template by its id alone.
func (c configuration) asked() (*types.LaunchTemplateSpecification, *types.MixedInstancesPolicy) {
	byID := func(full *types.LaunchTemplateSpecification) *types.LaunchTemplateSpecification {
		if full == nil {
			return nil
		}
		return &types.LaunchTemplateSpecification{LaunchTemplateId: full.LaunchTemplateId, Version: full.Version}
	}
	if c.Mixed == nil {
		return byID(c.Template), nil
	}
	template := types.LaunchTemplate{LaunchTemplateSpecification: byID(c.Mixed.LaunchTemplate.LaunchTemplateSpecification)}
	for _, override := range c.Mixed.LaunchTemplate.Overrides {
		override.LaunchTemplateSpecification = byID(override.LaunchTemplateSpecification)
		template.Overrides = append(template.Overrides, override)
	}
	return nil, &types.MixedInstancesPolicy{InstancesDistribution: c.Mixed.InstancesDistribution, LaunchTemplate: &template}
}

// movable reports whether a version, or its image, may be another one tomorrow.
func movable(version string, image *string) bool {
	return strings.HasPrefix(version, "$") || strings.HasPrefix(aws.ToString(image), "resolve:")
}

// template finds a launch template's version. A request names the template by its id or by its name, never by both, although
// AWS tells both: who clones a group leaves one out.
func (s *Service) template(ctx context.Context, asked *types.LaunchTemplateSpecification) (*types.LaunchTemplateSpecification, ec2types.LaunchTemplateVersion, error) {
	version := aws.ToString(asked.Version)
	if version == "" {
		version = "$Default" // https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_LaunchTemplateSpecification.html
	}
	if (asked.LaunchTemplateId == nil) == (asked.LaunchTemplateName == nil) {
		return nil, ec2types.LaunchTemplateVersion{}, validation("Valid requests must contain either launchTemplateId or LaunchTemplateName")
	}
	out, err := s.options.Instances.DescribeLaunchTemplateVersions(context.WithValue(ctx, internal{}, true), &ec2.DescribeLaunchTemplateVersionsInput{
		LaunchTemplateId: asked.LaunchTemplateId, LaunchTemplateName: asked.LaunchTemplateName, Versions: []string{version},
	})
	if err != nil {
		return nil, ec2types.LaunchTemplateVersion{}, validation("You must use a valid fully-formed launch template. %v", err)
	}
	found := out.LaunchTemplateVersions[0]
	return &types.LaunchTemplateSpecification{LaunchTemplateId: found.LaunchTemplateId, LaunchTemplateName: found.LaunchTemplateName, Version: &version}, found, nil
}
