package access

import "github.com/goldfinch-dev/goldfinch/internal/target/route53"

// Names, and the stacks behind them.
var (
	hostedZones = scope{
		sid:       "HostedZones",
		resources: []string{"arn:${Partition}:route53:::hostedzone/${HostedZones}"},
		reason:    "IAM knows no tags of hosted zones: which may be changed is said when Goldfinch is installed, and which of their names by the tag " + route53.TagService + ", which the code reads.",
	}
	changes = scope{
		sid:       "ChangesOfZones",
		resources: []string{"arn:${Partition}:route53:::change/*"},
		reason:    "The id of a change is known only after it was made, and says nothing about its zone.",
	}
	stacks = scope{
		sid:       "Stacks",
		resources: []string{anyStack},
		reason:    "Whether a stack exists must be known before it is made, and what does not exist has no tag; stacks that were left behind are found in the list of all.",
	}
	optedInStacks = scope{
		sid:       "OptedInStacks",
		resources: []string{anyStack}, conditions: optedIn,
		reason: "Which stacks belong to services is said by their tag " + route53.TagService + ".",
	}
	newStacks = scope{
		sid:       "NewStacks",
		resources: []string{anyStack}, conditions: making,
		reason: "A new stack is named after its service, environment and release, and says by its tags whose it is.",
	}
	ownStacks = scope{
		sid:       "OwnStacks",
		resources: []string{anyStack}, conditions: made,
		reason: "Only stacks that releases have made are deleted, which their tag " + route53.TagRelease + " says.",
	}
	templates = scope{
		sid:       "Templates",
		resources: []string{"*"},
		reason:    "IAM knows no resource for cloudformation:ValidateTemplate.",
	}
	stackRoles = scope{
		sid:        "StackRoles",
		resources:  []string{"arn:${Partition}:iam::${Account}:role/${StackRoles}"},
		conditions: map[string]map[string]string{"StringEquals": {passedToService: "cloudformation.amazonaws.com"}},
		reason:     "Roles are named when Goldfinch is installed: AWS says not to allow passing them by their tags (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html).",
	}
)

const anyStack = "arn:${Partition}:cloudformation:${Region}:${Account}:stack/*/*"

// storedTemplate is what reading a template takes.
var storedTemplate = because("CloudFormation reads the template from S3 on behalf of the caller (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/control-access-with-iam.html).",
	artifacts, "s3:GetObject")

// nameActions is what IAM wants for operations about names, and the stacks behind them.
var nameActions = map[Operation][]grant{
	{"cloudformation", "CreateStack"}: {
		allow(newStacks, "cloudformation:CreateStack"),
		storedTemplate, decryptedArtifact,
		because("CloudFormation makes what is in a stack with the role that the document names, so that Goldfinch itself may make none of it.", stackRoles, "iam:PassRole"),
	},
	{"cloudformation", "DeleteStack"}:         {allow(ownStacks, "cloudformation:DeleteStack")},
	{"cloudformation", "DescribeStackEvents"}: {allow(optedInStacks, "cloudformation:DescribeStackEvents")},
	{"cloudformation", "DescribeStacks"}:      {allow(stacks, "cloudformation:DescribeStacks")},
	{"cloudformation", "ValidateTemplate"}:    {allow(templates, "cloudformation:ValidateTemplate"), storedTemplate, decryptedArtifact},

	{"route53", "ChangeResourceRecordSets"}: {allow(hostedZones, "route53:ChangeResourceRecordSets")},
	{"route53", "GetChange"}:                {allow(changes, "route53:GetChange")},
	{"route53", "GetHostedZone"}:            {allow(hostedZones, "route53:GetHostedZone")},
	{"route53", "ListResourceRecordSets"}:   {allow(hostedZones, "route53:ListResourceRecordSets")},
	{"route53", "ListTagsForResource"}:      {allow(hostedZones, "route53:ListTagsForResource")},
}
