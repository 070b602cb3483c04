package ec2

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// templateName is what a launch template may be called.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateLaunchTemplate.html
var templateName = regexp.MustCompile(`^[a-zA-Z0-9()./_-]{3,128}$`)

// CreateLaunchTemplate is EC2's CreateLaunchTemplate: a template with its first version.
func (s *Service) CreateLaunchTemplate(ctx context.Context, in *sdk.CreateLaunchTemplateInput, _ ...func(*sdk.Options)) (*sdk.CreateLaunchTemplateOutput, error) {
	return change(ctx, s, "CreateLaunchTemplate", in.DryRun, func() (*sdk.CreateLaunchTemplateOutput, error) {
		switch name := aws.ToString(in.LaunchTemplateName); {
		case in.LaunchTemplateData == nil:
			return nil, missing("LaunchTemplateData")
		case !templateName.MatchString(name):
			return nil, refuse("InvalidLaunchTemplateName.MalformedException", "Launch template name '%s' is malformed", name)
		}
		asked, err := fingerprint(in.LaunchTemplateName, in.LaunchTemplateData, in.VersionDescription, in.TagSpecifications)
		if err != nil {
			return nil, err
		}
		made := request{aws.ToString(in.ClientToken), asked}
		for _, template := range s.books.templates {
			again, err := repeats(template.Request, made)
			if err != nil {
				return nil, err
			}
			if again {
				return &sdk.CreateLaunchTemplateOutput{LaunchTemplate: new(template.Template)}, nil
			}
		}
		if s.templateNamed(*in.LaunchTemplateName) != nil {
			return nil, refuse("InvalidLaunchTemplateName.AlreadyExistsException", "Launch template name already in use.")
		}
		tags, err := specified(in.TagSpecifications, false, types.ResourceTypeLaunchTemplate)
		if err != nil {
			return nil, err
		}
		data, err := merged(nil, in.LaunchTemplateData)
		if err != nil {
			return nil, err
		}
		template := &templateRecord{Request: made, Highest: 1, Template: types.LaunchTemplate{
			LaunchTemplateId: aws.String(s.identifier("lt")), LaunchTemplateName: in.LaunchTemplateName,
			CreateTime: aws.Time(s.now()), CreatedBy: s.principal(),
			DefaultVersionNumber: aws.Int64(1), LatestVersionNumber: aws.Int64(1), Tags: tags,
		}}
		version := s.version(template, 1, in.VersionDescription, data)
		id := *template.Template.LaunchTemplateId
		if err := s.commit(entry{templateKey(id), template}, entry{versionKey(id, 1), version}); err != nil {
			return nil, err
		}
		return &sdk.CreateLaunchTemplateOutput{LaunchTemplate: new(template.Template)}, nil
	})
}

// DescribeLaunchTemplates is EC2's DescribeLaunchTemplates. Its filters are launch-template-name, create-time and those of tags.
func (s *Service) DescribeLaunchTemplates(ctx context.Context, in *sdk.DescribeLaunchTemplatesInput, _ ...func(*sdk.Options)) (*sdk.DescribeLaunchTemplatesOutput, error) {
	return look(ctx, s, "DescribeLaunchTemplates", in.DryRun, func() (*sdk.DescribeLaunchTemplatesOutput, error) {
		for _, id := range in.LaunchTemplateIds {
			if _, err := s.template(&id, nil); err != nil {
				return nil, err
			}
		}
		for _, name := range in.LaunchTemplateNames {
			if _, err := s.template(nil, &name); err != nil {
				return nil, err
			}
		}
		var named []types.LaunchTemplate
		for _, template := range sorted(s.books.templates) {
			t := template.Template
			if len(in.LaunchTemplateIds)+len(in.LaunchTemplateNames) == 0 ||
				slices.Contains(in.LaunchTemplateIds, *t.LaunchTemplateId) || slices.Contains(in.LaunchTemplateNames, *t.LaunchTemplateName) {
				named = append(named, t)
			}
		}
		passed, err := filtered(named, in.Filters, func(t types.LaunchTemplate) attributes {
			return attributes{tags: t.Tags, values: map[string][]string{"launch-template-name": one(t.LaunchTemplateName)}}
		})
		if err != nil {
			return nil, err
		}
		templates, next, err := page(passed, in.NextToken, in.MaxResults)
		return &sdk.DescribeLaunchTemplatesOutput{LaunchTemplates: templates, NextToken: next}, err
	})
}

// ModifyLaunchTemplate is EC2's ModifyLaunchTemplate: it sets the default version.
func (s *Service) ModifyLaunchTemplate(ctx context.Context, in *sdk.ModifyLaunchTemplateInput, _ ...func(*sdk.Options)) (*sdk.ModifyLaunchTemplateOutput, error) {
	return change(ctx, s, "ModifyLaunchTemplate", in.DryRun, func() (*sdk.ModifyLaunchTemplateOutput, error) {
		template, err := s.template(in.LaunchTemplateId, in.LaunchTemplateName)
		if err != nil {
			return nil, err
		}
		asked, err := fingerprint(in.LaunchTemplateId, in.LaunchTemplateName, in.DefaultVersion)
		if err != nil {
			return nil, err
		}
		made := request{aws.ToString(in.ClientToken), asked}
		again, err := repeats(template.Modified, made)
		if err != nil {
			return nil, err
		}
		if again || in.DefaultVersion == nil {
			return &sdk.ModifyLaunchTemplateOutput{LaunchTemplate: new(template.Template)}, nil
		}
		version, err := s.findVersion(template, *in.DefaultVersion)
		if err != nil {
			return nil, err
		}
		next := *template
		next.Modified = made
		next.Template.DefaultVersionNumber = version.Version.VersionNumber
		if err := s.commit(entry{templateKey(*next.Template.LaunchTemplateId), &next}); err != nil {
			return nil, err
		}
		return &sdk.ModifyLaunchTemplateOutput{LaunchTemplate: new(next.Template)}, nil
	})
}

// DeleteLaunchTemplate is EC2's DeleteLaunchTemplate: with all versions, and whoever uses them.
func (s *Service) DeleteLaunchTemplate(ctx context.Context, in *sdk.DeleteLaunchTemplateInput, _ ...func(*sdk.Options)) (*sdk.DeleteLaunchTemplateOutput, error) {
	return change(ctx, s, "DeleteLaunchTemplate", in.DryRun, func() (*sdk.DeleteLaunchTemplateOutput, error) {
		template, err := s.template(in.LaunchTemplateId, in.LaunchTemplateName)
		if err != nil {
			return nil, err
		}
		id := *template.Template.LaunchTemplateId
		entries := []entry{{key: templateKey(id)}}
		for number := range s.books.versions[id] {
			entries = append(entries, entry{key: versionKey(id, number)})
		}
		if err := s.commit(entries...); err != nil {
			return nil, err
		}
		delete(s.books.versions, id)
		return &sdk.DeleteLaunchTemplateOutput{LaunchTemplate: new(template.Template)}, nil
	})
}

// template finds a launch template by one of id and name.
func (s *Service) template(id, name *string) (*templateRecord, error) {
	switch {
	case id != nil && name != nil:
		return nil, refuse("InvalidParameterCombination", "The parameters launchTemplateId and launchTemplateName cannot be used together")
	case id == nil && name == nil:
		return nil, missing("LaunchTemplateId or LaunchTemplateName")
	case name != nil:
		if template := s.templateNamed(*name); template != nil {
			return template, nil
		}
		return nil, refuse("InvalidLaunchTemplateName.NotFoundException", "The specified launch template, with template name %s, does not exist.", *name)
	case !strings.HasPrefix(*id, "lt-"):
		return nil, refuse("InvalidLaunchTemplateId.Malformed", "Invalid launch template ID: %s", *id)
	}
	if template := s.books.templates[*id]; template != nil {
		return template, nil
	}
	return nil, refuse("InvalidLaunchTemplateId.NotFound", "The specified launch template, with template ID %s, does not exist.", *id)
}

func (s *Service) templateNamed(name string) *templateRecord {
	for _, template := range s.books.templates {
		if *template.Template.LaunchTemplateName == name {
			return template
		}
	}
	return nil
}

// repeats reports whether a request is one that was made before. The same token with another request is an error.
func repeats(before, now request) (bool, error) {
	switch {
	case now.Token == "" || before.Token != now.Token:
		return false, nil
	case before.Asked != now.Asked:
		return false, mismatch()
	default:
		return true, nil
	}
}

// principal is who makes everything here.
func (s *Service) principal() *string {
	return aws.String("arn:aws:iam::" + s.options.AccountID + ":root")
}
