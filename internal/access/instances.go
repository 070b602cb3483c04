package access

import "github.com/goldfinch-dev/goldfinch/internal/target/fleet"

// Conditions on tags: what a user has opted in, what a release has made, and what a request gives tags to.
const (
	taggedService = "aws:ResourceTag/" + fleet.TagService
	taggedRelease = "aws:ResourceTag/" + fleet.TagRelease
	givenService  = "aws:RequestTag/" + fleet.TagService
	givenRelease  = "aws:RequestTag/" + fleet.TagRelease
)

// The keys of conditions that more than one scope has.
const (
	tagKeys         = "aws:TagKeys"
	passedToService = "iam:PassedToService"
)

var (
	// optedIn asks that the user has tagged the resource.
	optedIn = map[string]map[string]string{"Null": {taggedService: "false"}}
	// made asks that a release has made it.
	made = map[string]map[string]string{"Null": {taggedService: "false", taggedRelease: "false"}}
	// making asks that it will be known as made by a release.
	making = map[string]map[string]string{"Null": {givenService: "false", givenRelease: "false"}}
	// noting asks that an opted in resource is given tags of Goldfinch's own, and not to another service.
	noting = map[string]map[string]string{
		"Null":                    {taggedService: "false", givenService: "true", tagKeys: "false"},
		"ForAllValues:StringLike": {tagKeys: "goldfinch:*"},
	}
)

// What is read of instances, and of what leads to them.
var (
	lookAtInstances = scope{
		sid:       "LookAtInstances",
		resources: []string{"*"},
		reason:    "IAM knows no resource for what describes instances, images, launch templates, groups, load balancers and their parts.",
	}
	userPools = scope{
		sid:       "UserPools",
		resources: []string{"arn:${Partition}:cognito-idp:${Region}:${Account}:userpool/*"}, conditions: optedIn,
		reason: "Which user pools may stand in the rules of services is said by their tag " + fleet.TagService + ".",
	}
)

// Groups of instances, and what they launch.
var (
	optedInGroups = scope{
		sid:       "OptedInGroups",
		resources: []string{groups}, conditions: optedIn,
		reason: "Which groups belong to services is said by their tag " + fleet.TagService + ", and whose they are by its value, which the code compares.",
	}
	groupNotes = scope{
		sid:       "GroupNotes",
		resources: []string{groups}, conditions: noting,
		reason: "What a group is for, and what its size was, stands in tags that begin with goldfinch:. Nobody is given to another service.",
	}
	newGroups = scope{
		sid:       "NewGroups",
		resources: []string{groups}, conditions: making,
		reason: "A new group is named after its release, and says by its tags whose it is.",
	}
	ownGroups = scope{
		sid:       "OwnGroups",
		resources: []string{groups}, conditions: made,
		reason: "Only groups that releases have made are deleted, which their tag " + fleet.TagRelease + " says.",
	}
	optedInTemplates = scope{
		sid:       "OptedInTemplates",
		resources: []string{"arn:${Partition}:ec2:${Region}:${Account}:launch-template/*"}, conditions: optedIn,
		reason: "Which launch templates belong to services is said by their tag " + fleet.TagService + ".",
	}
	launched = scope{
		sid: "LaunchedFromTemplates",
		resources: []string{
			"arn:${Partition}:ec2:${Region}::image/*",
			"arn:${Partition}:ec2:${Region}::snapshot/*",
			"arn:${Partition}:ec2:${Region}:${Account}:capacity-reservation/*",
			"arn:${Partition}:ec2:${Region}:${Account}:instance/*",
			"arn:${Partition}:ec2:${Region}:${Account}:key-pair/*",
			"arn:${Partition}:ec2:${Region}:${Account}:network-interface/*",
			"arn:${Partition}:ec2:${Region}:${Account}:placement-group/*",
			"arn:${Partition}:ec2:${Region}:${Account}:security-group/*",
			"arn:${Partition}:ec2:${Region}:${Account}:subnet/*",
			"arn:${Partition}:ec2:${Region}:${Account}:volume/*",
		},
		conditions: map[string]map[string]string{"ArnLike": {"ec2:LaunchTemplate": "arn:${Partition}:ec2:${Region}:${Account}:launch-template/*"}},
		reason:     "What an instance is made of is whatever its launch template says; it must come from one, and statement OptedInTemplates says which.",
	}
	launchTags = scope{
		sid: "LaunchTags",
		resources: []string{
			"arn:${Partition}:ec2:${Region}:${Account}:instance/*",
			"arn:${Partition}:ec2:${Region}:${Account}:network-interface/*",
			"arn:${Partition}:ec2:${Region}:${Account}:volume/*",
		},
		conditions: map[string]map[string]string{"StringEquals": {"ec2:CreateAction": "RunInstances"}},
		reason:     "Only what is being launched gets these tags.",
	}
	instanceRoles = scope{
		sid:        "InstanceRoles",
		resources:  []string{"arn:${Partition}:iam::${Account}:role/${InstanceRoles}"},
		conditions: map[string]map[string]string{"StringLike": {passedToService: "ec2.amazonaws.com*"}},
		reason:     "Roles are named when Goldfinch is installed: AWS says not to allow passing them by their tags (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html).",
	}
	hookRoles = scope{
		sid:        "HookRoles",
		resources:  []string{"arn:${Partition}:iam::${Account}:role/${InstanceRoles}"},
		conditions: map[string]map[string]string{"StringEquals": {passedToService: "autoscaling.amazonaws.com"}},
		reason:     "Roles are named when Goldfinch is installed.",
	}
	scalingRoles = scope{
		sid:        "ScalingRoles",
		resources:  []string{"arn:${Partition}:iam::${Account}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling*"},
		conditions: map[string]map[string]string{"StringEquals": {passedToService: "autoscaling.amazonaws.com"}},
		reason:     "These are the roles that AWS makes for Auto Scaling, and can be used by nothing else.",
	}
	taintedInstances = scope{
		sid:       "TaintedInstances",
		resources: []string{"arn:${Partition}:ec2:${Region}:${Account}:instance/*"},
		conditions: map[string]map[string]string{
			"Null":                      {taggedService: "false", tagKeys: "false"},
			"ForAllValues:StringEquals": {tagKeys: fleet.TagTainted},
		},
		reason: "Instances get the tag of their group, " + fleet.TagService + ", when they are launched.",
	}
)

// groups are all groups of instances.
const groups = "arn:${Partition}:autoscaling:${Region}:${Account}:autoScalingGroup:*:autoScalingGroupName/*"

// Load balancers.
var (
	optedInListeners = scope{
		sid:       "OptedInListeners",
		resources: []string{"arn:${Partition}:elasticloadbalancing:${Region}:${Account}:listener/app/*"}, conditions: optedIn,
		reason: "Which listeners have rules of services is said by their tag " + fleet.TagService + ".",
	}
	optedInRules = scope{
		sid:       "OptedInRules",
		resources: []string{rules}, conditions: optedIn,
		reason: "Which rules belong to services is said by their tag " + fleet.TagService + ".",
	}
	ownRules = scope{
		sid:       "OwnRules",
		resources: []string{rules}, conditions: made,
		reason: "Only rules that releases have made are deleted, which their tag " + fleet.TagRelease + " says.",
	}
	newRules = scope{
		sid:       "NewRules",
		resources: []string{rules},
		conditions: map[string]map[string]string{
			"Null":         {givenService: "false", givenRelease: "false"},
			"StringEquals": {"elasticloadbalancing:CreateAction": "CreateRule"},
		},
		reason: "Only a rule that is being made gets these tags.",
	}
	optedInTargetGroups = scope{
		sid:       "OptedInTargetGroups",
		resources: []string{targetGroups}, conditions: optedIn,
		reason: "Which target groups belong to services is said by their tag " + fleet.TagService + ".",
	}
	targetGroupNotes = scope{
		sid:       "TargetGroupNotes",
		resources: []string{targetGroups}, conditions: noting,
		reason: "How whole instances are to be split stands in tags that begin with goldfinch:. Nobody is given to another service.",
	}
)

const (
	rules        = "arn:${Partition}:elasticloadbalancing:${Region}:${Account}:listener-rule/app/*"
	targetGroups = "arn:${Partition}:elasticloadbalancing:${Region}:${Account}:targetgroup/*"
)

// What instances are made of.
var (
	optedInPipelines = scope{
		sid:       "OptedInPipelines",
		resources: []string{"arn:${Partition}:imagebuilder:${Region}:${Account}:image-pipeline/*"}, conditions: optedIn,
		reason: "Which pipelines bake for services is said by their tag " + fleet.TagService + ".",
	}
	recipes = scope{
		sid:       "Recipes",
		resources: []string{"arn:${Partition}:imagebuilder:${Region}:${Account}:image-recipe/*"},
		reason:    "A recipe is only read, and several services may have one; which it is says the pipeline, whose tag is asked for.",
	}
	builds = scope{
		sid:       "Builds",
		resources: []string{build}, conditions: optedIn,
		reason: "A build is tagged " + fleet.TagService + " when it is started.",
	}
	newBuilds = scope{
		sid:       "NewBuilds",
		resources: []string{build}, conditions: map[string]map[string]string{"Null": {givenService: "false"}},
		reason: "A build says by its tags whose it is.",
	}
	bakedImages = scope{
		sid:       "BakedImages",
		resources: []string{"arn:${Partition}:ec2:${Region}::image/*"},
		conditions: map[string]map[string]string{
			"Null":                    {givenService: "false", tagKeys: "false"},
			"ForAllValues:StringLike": {tagKeys: "goldfinch:*"},
			"StringEquals":            {"aws:ResourceTag/CreatedBy": "EC2 Image Builder"},
		},
		reason: "Image Builder tags what it makes (https://docs.aws.amazon.com/imagebuilder/latest/userguide/tag-resources.html).",
	}
	bakedSnapshots = scope{
		sid:       "BakedSnapshots",
		resources: []string{"arn:${Partition}:ec2:${Region}::snapshot/*"},
		conditions: map[string]map[string]string{
			"Null":                    {givenService: "false", taggedService: "true", tagKeys: "false"},
			"ForAllValues:StringLike": {tagKeys: "goldfinch:*"},
		},
		reason: "AWS does not say how Image Builder tags snapshots; only those that belong to no service get Goldfinch's tags, and no statement allows anything by them.",
	}
	optedInImages = scope{
		sid:       "OptedInImages",
		resources: []string{"arn:${Partition}:ec2:${Region}::image/*"}, conditions: optedIn,
		reason: "Only images that were baked for services are shared, which their tag " + fleet.TagService + " says.",
	}
)

const build = "arn:${Partition}:imagebuilder:${Region}:${Account}:image/*"

// What more than one operation depends on.
var (
	launches = []grant{
		because("Whoever makes a group with a launch template, or gives one to instances that refresh, must be allowed to launch instances from it (https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-launch-template-permissions.html).",
			optedInTemplates, "ec2:RunInstances"),
		because("Launching takes ec2:RunInstances on everything that the instance is made of, too.", launched, "ec2:RunInstances"),
		because("A launch template may give instances and their volumes tags, and whoever launches from it gives them.", launchTags, "ec2:CreateTags"),
		because("Instances have the role of their launch template's instance profile, and whoever launches them passes it on.", instanceRoles, "iam:PassRole"),
	}
	authenticated = because("A rule that lets Amazon Cognito ask who somebody is is written whole (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-authenticate-users.html).",
		userPools, "cognito-idp:DescribeUserPoolClient")
)

// instanceActions is what IAM wants for operations about instances, what leads to them, and what they are made of.
var instanceActions = map[Operation][]grant{
	{"autoscaling", "AttachTrafficSources"}:  {allow(optedInGroups, "autoscaling:AttachTrafficSources")},
	{"autoscaling", "CancelInstanceRefresh"}: {allow(optedInGroups, "autoscaling:CancelInstanceRefresh")},
	{"autoscaling", "CreateAutoScalingGroup"}: append([]grant{
		allow(newGroups, "autoscaling:CreateAutoScalingGroup"),
		because("A group's lifecycle hooks have a role to tell a queue or topic with.", hookRoles, "iam:PassRole"),
		because("A group may name the role with which Auto Scaling works.", scalingRoles, "iam:PassRole"),
	}, launches...),
	{"autoscaling", "CreateOrUpdateTags"}:                  {allow(groupNotes, "autoscaling:CreateOrUpdateTags")},
	{"autoscaling", "DeleteAutoScalingGroup"}:              {allow(ownGroups, "autoscaling:DeleteAutoScalingGroup")},
	{"autoscaling", "DeleteTags"}:                          {allow(groupNotes, "autoscaling:DeleteTags")},
	{"autoscaling", "DescribeAutoScalingGroups"}:           {allow(lookAtInstances, "autoscaling:DescribeAutoScalingGroups")},
	{"autoscaling", "DescribeInstanceRefreshes"}:           {allow(lookAtInstances, "autoscaling:DescribeInstanceRefreshes")},
	{"autoscaling", "DescribeLifecycleHooks"}:              {allow(lookAtInstances, "autoscaling:DescribeLifecycleHooks")},
	{"autoscaling", "DescribeNotificationConfigurations"}:  {allow(lookAtInstances, "autoscaling:DescribeNotificationConfigurations")},
	{"autoscaling", "DescribePolicies"}:                    {allow(lookAtInstances, "autoscaling:DescribePolicies")},
	{"autoscaling", "DescribeScalingActivities"}:           {allow(lookAtInstances, "autoscaling:DescribeScalingActivities")},
	{"autoscaling", "DescribeScheduledActions"}:            {allow(lookAtInstances, "autoscaling:DescribeScheduledActions")},
	{"autoscaling", "DescribeTrafficSources"}:              {allow(lookAtInstances, "autoscaling:DescribeTrafficSources")},
	{"autoscaling", "DetachTrafficSources"}:                {allow(optedInGroups, "autoscaling:DetachTrafficSources")},
	{"autoscaling", "EnableMetricsCollection"}:             {allow(optedInGroups, "autoscaling:EnableMetricsCollection")},
	{"autoscaling", "PutNotificationConfiguration"}:        {allow(optedInGroups, "autoscaling:PutNotificationConfiguration")},
	{"autoscaling", "PutScalingPolicy"}:                    {allow(optedInGroups, "autoscaling:PutScalingPolicy")},
	{"autoscaling", "PutScheduledUpdateGroupAction"}:       {allow(optedInGroups, "autoscaling:PutScheduledUpdateGroupAction")},
	{"autoscaling", "RollbackInstanceRefresh"}:             {allow(optedInGroups, "autoscaling:RollbackInstanceRefresh")},
	{"autoscaling", "SetInstanceProtection"}:               {allow(optedInGroups, "autoscaling:SetInstanceProtection")},
	{"autoscaling", "StartInstanceRefresh"}:                append([]grant{allow(optedInGroups, "autoscaling:StartInstanceRefresh")}, launches...),
	{"autoscaling", "SuspendProcesses"}:                    {allow(optedInGroups, "autoscaling:SuspendProcesses")},
	{"autoscaling", "TerminateInstanceInAutoScalingGroup"}: {allow(optedInGroups, "autoscaling:TerminateInstanceInAutoScalingGroup")},
	{"autoscaling", "UpdateAutoScalingGroup"}:              {allow(optedInGroups, "autoscaling:UpdateAutoScalingGroup")},

	{"ec2", "CreateLaunchTemplateVersion"}:    {allow(optedInTemplates, "ec2:CreateLaunchTemplateVersion")},
	{"ec2", "CreateTags"}:                     {allow(bakedImages, "ec2:CreateTags"), allow(bakedSnapshots, "ec2:CreateTags")},
	{"ec2", "DeleteLaunchTemplateVersions"}:   {allow(optedInTemplates, "ec2:DeleteLaunchTemplateVersions")},
	{"ec2", "DescribeImages"}:                 {allow(lookAtInstances, "ec2:DescribeImages")},
	{"ec2", "DescribeInstances"}:              {allow(lookAtInstances, "ec2:DescribeInstances")},
	{"ec2", "DescribeLaunchTemplates"}:        {allow(lookAtInstances, "ec2:DescribeLaunchTemplates")},
	{"ec2", "DescribeLaunchTemplateVersions"}: {allow(lookAtInstances, "ec2:DescribeLaunchTemplateVersions")},
	{"ec2", "ModifyImageAttribute"}:           {allow(optedInImages, "ec2:ModifyImageAttribute")},

	{"elasticloadbalancingv2", "AddTags"}: {allow(targetGroupNotes, "elasticloadbalancing:AddTags")},
	{"elasticloadbalancingv2", "CreateRule"}: {
		allow(optedInListeners, "elasticloadbalancing:CreateRule"),
		because("A rule is made with tags, and whoever makes it gives them.", newRules, "elasticloadbalancing:AddTags"),
		authenticated,
	},
	{"elasticloadbalancingv2", "DeleteRule"}:                    {allow(ownRules, "elasticloadbalancing:DeleteRule")},
	{"elasticloadbalancingv2", "DeregisterTargets"}:             {allow(optedInTargetGroups, "elasticloadbalancing:DeregisterTargets")},
	{"elasticloadbalancingv2", "DescribeListeners"}:             {allow(lookAtInstances, "elasticloadbalancing:DescribeListeners")},
	{"elasticloadbalancingv2", "DescribeLoadBalancers"}:         {allow(lookAtInstances, "elasticloadbalancing:DescribeLoadBalancers")},
	{"elasticloadbalancingv2", "DescribeRules"}:                 {allow(lookAtInstances, "elasticloadbalancing:DescribeRules")},
	{"elasticloadbalancingv2", "DescribeTags"}:                  {allow(lookAtInstances, "elasticloadbalancing:DescribeTags")},
	{"elasticloadbalancingv2", "DescribeTargetGroupAttributes"}: {allow(lookAtInstances, "elasticloadbalancing:DescribeTargetGroupAttributes")},
	{"elasticloadbalancingv2", "DescribeTargetGroups"}:          {allow(lookAtInstances, "elasticloadbalancing:DescribeTargetGroups")},
	{"elasticloadbalancingv2", "DescribeTargetHealth"}:          {allow(lookAtInstances, "elasticloadbalancing:DescribeTargetHealth")},
	{"elasticloadbalancingv2", "ModifyListener"}:                {allow(optedInListeners, "elasticloadbalancing:ModifyListener"), authenticated},
	{"elasticloadbalancingv2", "ModifyRule"}:                    {allow(optedInRules, "elasticloadbalancing:ModifyRule"), authenticated},
	{"elasticloadbalancingv2", "RegisterTargets"}:               {allow(optedInTargetGroups, "elasticloadbalancing:RegisterTargets")},

	{"imagebuilder", "GetImage"}:         {allow(builds, "imagebuilder:GetImage")},
	{"imagebuilder", "GetImagePipeline"}: {allow(optedInPipelines, "imagebuilder:GetImagePipeline")},
	{"imagebuilder", "GetImageRecipe"}:   {allow(recipes, "imagebuilder:GetImageRecipe")},
	{"imagebuilder", "StartImagePipelineExecution"}: {
		allow(optedInPipelines, "imagebuilder:StartImagePipelineExecution"),
		because("A build is started with tags, and whoever starts it gives them.", newBuilds, "imagebuilder:TagResource"),
	},
}

// instanceExceptions is what operations need where a function does something else with them than others do.
var instanceExceptions = map[string]map[Operation][]grant{
	"drift": {
		{"autoscaling", "UpdateAutoScalingGroup"}: append([]grant{allow(optedInGroups, "autoscaling:UpdateAutoScalingGroup")}, launches...), // it gives a group its launch template back
		{"ec2", "CreateTags"}:                     {allow(taintedInstances, "ec2:CreateTags")},
	},
}
