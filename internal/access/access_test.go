package access_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/access"
	"github.com/goldfinch-dev/goldfinch/internal/measured"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleet"
	"github.com/goldfinch-dev/goldfinch/internal/target/lambda"
)

// everywhere are the actions that are allowed on every resource although IAM knows
// narrower ones, and why.
var everywhere = map[string]string{
	"cloudwatch:DescribeAlarms": "composite alarms are shown only to whom all alarms may be shown",
}

// narrower are the actions that are allowed on one resource although the reference
// knows none, and why.
var narrower = map[string]string{
	"states:SendTaskSuccess": "Step Functions checks it on the state machine",
}

// unasked are the statements about what is not the installation's that ask for no tag of a service, and what bounds them instead.
var unasked = map[string]string{
	"ChangesOfZones":        "a change can only be read, and its id is no secret's name",
	"LaunchTags":            "tags are given only while an instance is launched",
	"LaunchedFromTemplates": "an instance must be launched from a template, which must have the tag",
	"LookAtFlags":           "flags are only read",
	"DeploymentsOfFlags":    "the application and the environment of a call have the tag, which another statement asks for",
	"StrategiesOfFlags":     "the application, profile and environment of a call have the tag, which another statement asks for",
	"VersionsOfFlags":       "the application and the profile of a call have the tag, which another statement asks for",
	"Recipes":               "a recipe is only read, after its pipeline, which must have the tag",
	"ScalingRoles":          "roles that AWS makes for Auto Scaling, and that only Auto Scaling can have",
	"Stacks":                "stacks are only looked at, and one that does not exist has no tag",
}

// conditionKeys are the condition keys that policies use and whether the Service
// Authorization Reference gives them several values (ArrayOfString); cfn-lint has only
// the names of those about tags.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
var conditionKeys = map[string]struct{ several bool }{
	"dynamodb:EnclosingOperation":               {false},
	"ec2:CreateAction":                          {false},
	"ec2:LaunchTemplate":                        {false},
	"elasticloadbalancing:CreateAction":         {false},
	"events:source":                             {true},
	"iam:PassedToService":                       {false},
	"kms:ViaService":                            {false},
	"lambda:Principal":                          {false},
	"states:StateMachineQualifier":              {true},
	"aws:ResourceTag/" + lambda.TagService:      {false},
	"aws:ResourceTag/" + access.TagInstallation: {false},
	"aws:ResourceTag/" + fleet.TagRelease:       {false},
	"aws:ResourceTag/CreatedBy":                 {false},
	"aws:RequestTag/" + lambda.TagService:       {false},
	"aws:RequestTag/" + fleet.TagRelease:        {false},
	"aws:TagKeys":                               {true},
}

func TestPoliciesAreWhatIAMKnowsAndNoWider(t *testing.T) {
	t.Parallel()
	iam := readReference(t)
	actions := 0
	for _, function := range access.Functions() {
		for _, statement := range access.Policy(function) {
			for _, wrong := range faults(iam, statement) {
				t.Errorf("%s: %s: %s", function, statement.Sid, wrong)
			}
			actions += len(statement.Actions)
		}
	}
	measured.Log(t, "least privilege: %d allowed actions, none of them a wildcard, each on the resources that the Service Authorization Reference has for it", actions)
}

// faults says what is wrong with a statement.
func faults(iam reference, statement access.Statement) []string {
	var found []string
	fault := func(format string, arguments ...any) { found = append(found, fmt.Sprintf(format, arguments...)) }
	if !regexp.MustCompile(`^[A-Z][A-Za-z]*$`).MatchString(statement.Sid) {
		fault("is no Sid")
	}
	if len(statement.Actions) == 0 || len(statement.Resources) == 0 {
		fault("allows nothing")
	}
	if slices.Contains(statement.Resources, "*") && (len(statement.Resources) > 1 || statement.Reason == "") {
		fault("allows every resource, and does not say why")
	}
	tagged := statement.Conditions["Null"]["aws:ResourceTag/"+lambda.TagService] == "false"
	asked := tagged || statement.Conditions["Null"]["aws:RequestTag/"+lambda.TagService] == "false" || unasked[statement.Sid] != ""
	for _, action := range statement.Actions {
		kinds, known := iam.resources(action)
		if !known {
			fault("IAM knows no action %s", action)
			continue
		}
		for _, resource := range statement.Resources {
			arn := strings.ReplaceAll(resource, "${KmsKey}", "arn:${Partition}:kms:${Region}:${Account}:key/id")
			matching := slices.DeleteFunc(slices.Clone(kinds), func(k resourceType) bool { return !k.matches(arn) })
			switch {
			case resource == "*" && len(kinds) > 0 && everywhere[action] == "":
				fault("%s is allowed on every resource, and IAM knows narrower ones", action)
			case resource != "*" && len(kinds) == 0 && narrower[action] == "":
				fault("%s is allowed on %s, and IAM knows no resource for it", action, resource)
			case resource != "*" && len(kinds) > 0 && len(matching) == 0:
				fault("%s is allowed on %s, which is none of its resources", action, resource)
			}
			// Of several kinds with the same form of ARN, those without tags need another statement.
			tags := func(k resourceType) bool { return slices.Contains(k.ConditionKeys, "aws:ResourceTag/${TagKey}") }
			if len(matching) > 0 && asksForTags(statement.Conditions) && !slices.ContainsFunc(matching, tags) {
				fault("%s is allowed by a tag, which IAM does not know there", action)
			}
		}
	}
	found = append(found, conditionFaults(statement.Conditions)...)
	own := regexp.MustCompile(`\$\{(Table|Bucket|StateMachine|EventBus|KmsKey|InstanceRoles|StackRoles|HostedZones)\}`)
	for _, resource := range statement.Resources {
		if resource != "*" && !own.MatchString(resource) && !asked {
			fault("allows %s, which is not the installation's, without asking for the tag %s", resource, lambda.TagService)
		}
		if strings.Contains(resource, ":lambda:") && statement.Conditions["Null"]["aws:ResourceTag/"+access.TagInstallation] != "true" {
			fault("allows Goldfinch's own functions")
		}
	}
	return found
}

// asksForTags reports whether a condition is about the tags that a resource has.
func asksForTags(conditions map[string]map[string]string) bool {
	for _, values := range conditions {
		for key := range values {
			if strings.HasPrefix(key, "aws:ResourceTag/") {
				return true
			}
		}
	}
	return false
}

// conditionFaults says what is wrong with a statement's conditions. A key of several values needs
// a set operator, and ForAllValues, which holds without any value, a Null beside it.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
func conditionFaults(conditions map[string]map[string]string) []string {
	var found []string
	for operator, values := range conditions {
		for key := range values {
			known, ok := conditionKeys[key]
			any, all := strings.HasPrefix(operator, "ForAnyValue:"), strings.HasPrefix(operator, "ForAllValues:")
			switch {
			case !ok:
				found = append(found, "asks for "+key+", whose values this test does not know")
			case known.several && operator != "Null" && !any && !all:
				found = append(found, key+" has several values, and "+operator+" takes one")
			case all && conditions["Null"][key] != "false":
				found = append(found, key+" may be absent, and ForAllValues allows that")
			}
		}
	}
	return found
}

func TestFaultsOfStatementsAreFound(t *testing.T) {
	t.Parallel()
	iam := readReference(t)
	tag := map[string]map[string]string{"Null": {"aws:ResourceTag/goldfinch:service": "false", "aws:ResourceTag/goldfinch:installation": "true"}}
	const function = "arn:${Partition}:lambda:${Region}:${Account}:function:*"
	tests := map[string]struct {
		statement access.Statement
		want      string
	}{
		"wildcard action":      {access.Statement{Sid: "S", Actions: []string{"lambda:*"}, Resources: []string{function}, Conditions: tag}, "IAM knows no action lambda:*"},
		"part of an action":    {access.Statement{Sid: "S", Actions: []string{"lambda:Get*"}, Resources: []string{function}, Conditions: tag}, "IAM knows no action lambda:Get*"},
		"operation's name":     {access.Statement{Sid: "S", Actions: []string{"lambda:Invoke"}, Resources: []string{function}, Conditions: tag}, "IAM knows no action lambda:Invoke"},
		"every resource":       {access.Statement{Sid: "S", Actions: []string{"lambda:GetAlias"}, Resources: []string{"*"}, Reason: "r"}, "IAM knows narrower ones"},
		"no reason":            {access.Statement{Sid: "S", Actions: []string{"cloudwatch:GetMetricData"}, Resources: []string{"*"}}, "does not say why"},
		"another's resource":   {access.Statement{Sid: "S", Actions: []string{"dynamodb:GetItem"}, Resources: []string{"arn:${Partition}:s3:::${Bucket}"}}, "none of its resources"},
		"no such resource":     {access.Statement{Sid: "S", Actions: []string{"cloudwatch:GetMetricData"}, Resources: []string{"arn:${Partition}:cloudwatch:${Region}:${Account}:alarm:${Table}"}}, "IAM knows no resource for it"},
		"without the tag":      {access.Statement{Sid: "S", Actions: []string{"lambda:GetAlias"}, Resources: []string{function}}, "without asking for the tag"},
		"Goldfinch's own":      {access.Statement{Sid: "S", Actions: []string{"lambda:GetAlias"}, Resources: []string{function}}, "allows Goldfinch's own functions"},
		"a tag unknown to IAM": {access.Statement{Sid: "S", Actions: []string{"dynamodb:GetRecords"}, Resources: []string{"arn:${Partition}:dynamodb:${Region}:${Account}:table/${Table}/stream/*"}, Conditions: tag}, "by a tag, which IAM does not know there"},
		"one of several":       {access.Statement{Sid: "S", Conditions: map[string]map[string]string{"StringEquals": {"events:source": "goldfinch"}}}, "events:source has several values, and StringEquals takes one"},
		"all of none":          {access.Statement{Sid: "S", Conditions: map[string]map[string]string{"ForAllValues:StringEquals": {"events:source": "goldfinch"}}}, "events:source may be absent"},
		"an unknown key":       {access.Statement{Sid: "S", Conditions: map[string]map[string]string{"StringEquals": {"events:sauce": "goldfinch"}}}, "asks for events:sauce"},
		"nothing":              {access.Statement{Sid: "S"}, "allows nothing"},
		"a Sid with a space":   {access.Statement{Sid: "S s", Actions: []string{"dynamodb:GetItem"}, Resources: []string{"arn:${Partition}:dynamodb:${Region}:${Account}:table/${Table}"}}, "is no Sid"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if found := strings.Join(faults(iam, test.statement), "; "); !strings.Contains(found, test.want) {
				t.Errorf("found %q, want %q", found, test.want)
			}
		})
	}
}

// nobodysNeed is the operation that takes no permission (https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html).
const nobodysNeed = "sts:GetCallerIdentity"

// TestTheTableHasEachOperationAndNoMore wants a row for each operation that a
// function calls, whose actions are either the one that is named after it or have a reason.
func TestTheTableHasEachOperationAndNoMore(t *testing.T) {
	t.Parallel()
	for _, function := range access.Functions() {
		wanted := map[string]bool{}
		for _, operation := range access.Operations(function) {
			needs := access.Needs(function, operation)
			if len(needs) == 0 && operation.String() != nobodysNeed {
				t.Errorf("%s calls %s, and the table does not say what that needs", function, operation)
			}
			for _, need := range needs {
				if _, name, _ := strings.Cut(need.Actions[0], ":"); need.Reason == "" && (len(need.Actions) != 1 || name != operation.Name) {
					t.Errorf("%s needs %q for no reason", operation, need.Actions)
				}
				for _, action := range need.Actions {
					wanted[need.Sid+" "+action] = true
				}
			}
		}
		for _, need := range access.NeedsOfItself(function) {
			if need.Reason == "" {
				t.Errorf("%s itself needs %q for no reason", function, need.Actions)
			}
			for _, action := range need.Actions {
				wanted[need.Sid+" "+action] = true
			}
		}
		allowed := map[string]bool{}
		for _, statement := range access.Policy(function) {
			for _, action := range statement.Actions {
				allowed[statement.Sid+" "+action] = true
			}
		}
		if !maps.Equal(wanted, allowed) {
			t.Errorf("%s may do %v, and needs %v", function, slices.Sorted(maps.Keys(allowed)), slices.Sorted(maps.Keys(wanted)))
		}
	}
	if needs := access.Needs("retire", access.Operation{Service: "lambda", Name: "DeleteAlias"}); needs != nil {
		t.Errorf("what nobody calls needs %v", needs)
	}
}

func TestExceptionsAreNeeded(t *testing.T) {
	t.Parallel()
	iam := readReference(t)
	allowed, sids := map[string]bool{}, map[string]bool{}
	for _, function := range access.Functions() {
		for _, statement := range access.Policy(function) {
			sids[statement.Sid] = true
			for _, action := range statement.Actions {
				allowed[action] = true
			}
		}
	}
	for sid := range unasked {
		if !sids[sid] {
			t.Errorf("there is no statement %s, which need ask for no tag", sid)
		}
	}
	for action := range everywhere {
		if kinds, _ := iam.resources(action); !allowed[action] || len(kinds) == 0 {
			t.Errorf("%s needs no exception to be allowed everywhere", action)
		}
	}
	for action := range narrower {
		if kinds, _ := iam.resources(action); !allowed[action] || len(kinds) > 0 {
			t.Errorf("%s needs no exception to be allowed on one resource", action)
		}
	}
}

func TestCovers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		function, service, operation string
		want                         bool
	}{
		{"shift", "lambda", "UpdateAlias", true},
		{"shift", "lambda", "UpdateFunctionCode", false},
		{"bake", "lambda", "UpdateFunctionCode", true},
		{"bake", "s3", "HeadObject", true},
		{"signal", "states", "SendTaskSuccess", true},
		{"signal", "sfn", "SendTaskSuccess", true},
		{"sweep", "states", "SendTaskSuccess", false},
		{"evaluate", "monitoring", "GetMetricData", true},
		{"announce", "events", "PutEvents", true},
		{"announce", "dynamodb", "GetItem", false},
		{"drift", "ec2", "CreateTags", true},
		{"shift", "elasticloadbalancing", "ModifyRule", true},
		{"evaluate", "elasticloadbalancing", "ModifyRule", false},
		{"nobody", "dynamodb", "GetItem", false},
		{"shift", "nothing", "UpdateAlias", false},
	}
	for _, test := range tests {
		if got := access.Covers(test.function, test.service, test.operation); got != test.want {
			t.Errorf("%s may call %s:%s: %t, want %t", test.function, test.service, test.operation, got, test.want)
		}
	}
	for _, function := range access.Functions() {
		for _, operation := range access.Operations(function) {
			if !access.Covers(function, operation.Service, operation.Name) {
				t.Errorf("%s calls %s, and its policy lacks something for it", function, operation)
			}
		}
	}
}

func TestAPolicyIsTheCallersOwn(t *testing.T) {
	t.Parallel()
	first := access.Policy("shift")
	for i := range first {
		first[i].Actions[0], first[i].Resources[0] = "lambda:DeleteFunction", "*"
		for _, values := range first[i].Conditions {
			clear(values)
		}
	}
	for _, statement := range access.Policy("shift") {
		if slices.Contains(statement.Actions, "lambda:DeleteFunction") || statement.Sid == "OptedInFunctions" && len(statement.Conditions["Null"]) != 2 {
			t.Errorf("somebody else's change shows in %+v", statement)
		}
	}
	if nobody := access.Policy("nobody"); nobody != nil {
		t.Errorf("an unknown function may do %v", nobody)
	}
}

func TestEachFunctionHasEachStatementOnce(t *testing.T) {
	t.Parallel()
	for _, function := range access.Functions() {
		seen := map[string]bool{}
		for _, statement := range access.Policy(function) {
			if seen[statement.Sid] {
				t.Errorf("%s has two statements %s", function, statement.Sid)
			}
			seen[statement.Sid] = true
			if !slices.IsSorted(statement.Actions) || len(slices.Compact(slices.Clone(statement.Actions))) != len(statement.Actions) {
				t.Errorf("%s: the actions of %s are not sorted, each once: %q", function, statement.Sid, statement.Actions)
			}
		}
		if len(seen) == 0 {
			t.Errorf("%s may do nothing", function)
		}
	}
}

// TestATargetThatIsNotUsedNeedsNothing leaves kinds of targets out: what is left is what the others need, and nothing of
// the services that only the left out ones use.
func TestATargetThatIsNotUsedNeedsNothing(t *testing.T) {
	t.Parallel()
	services := map[string][]string{
		"flag":       {"autoscaling", "ec2", "elasticloadbalancing", "imagebuilder", "iam", "cognito-idp", "route53", "cloudformation", "apigateway", "lambda"},
		"lambda":     {"appconfig", "autoscaling", "ec2", "elasticloadbalancing", "imagebuilder", "iam", "cognito-idp", "route53", "cloudformation", "apigateway"},
		"apigateway": {"appconfig", "autoscaling", "ec2", "elasticloadbalancing", "imagebuilder", "iam", "cognito-idp", "route53", "cloudformation"},
		"alb":        {"appconfig", "lambda", "route53", "cloudformation", "apigateway"},
		"asg":        {"appconfig", "lambda", "route53", "cloudformation", "apigateway", "cognito-idp"},
		"route53":    {"appconfig", "lambda", "autoscaling", "elasticloadbalancing", "apigateway", "cognito-idp"},
	}
	for _, function := range access.Functions() {
		whole := map[string]bool{}
		for _, kind := range access.Kinds() {
			for _, statement := range access.Policy(function, kind) {
				for _, action := range statement.Actions {
					whole[statement.Sid+" "+action] = true
					if service, _, _ := strings.Cut(action, ":"); slices.Contains(services[kind], service) {
						t.Errorf("%s may do %s for targets of kind %s", function, action, kind)
					}
				}
			}
		}
		all := map[string]bool{}
		for _, statement := range access.Policy(function) {
			for _, action := range statement.Actions {
				all[statement.Sid+" "+action] = true
			}
		}
		if !maps.Equal(whole, all) {
			t.Errorf("%s may do %v for all kinds at once, and %v for each", function, slices.Sorted(maps.Keys(all)), slices.Sorted(maps.Keys(whole)))
		}
	}
}
