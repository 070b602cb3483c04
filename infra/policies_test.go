package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/access"
)

// creation is an action without which CloudFormation can't make a resource of a type.
var creation = map[string]string{
	"AWS::CloudWatch::Alarm":                  "cloudwatch:PutMetricAlarm",
	"AWS::CloudWatch::Dashboard":              "cloudwatch:PutDashboard",
	"AWS::CodeBuild::Project":                 "codebuild:CreateProject",
	"AWS::CodePipeline::Pipeline":             "codepipeline:CreatePipeline",
	"AWS::DynamoDB::Table":                    "dynamodb:CreateTable",
	"AWS::Events::Rule":                       "events:PutRule",
	"AWS::IAM::ManagedPolicy":                 "iam:CreatePolicy",
	"AWS::IAM::Role":                          "iam:CreateRole",
	"AWS::Lambda::EventInvokeConfig":          "lambda:PutFunctionEventInvokeConfig",
	"AWS::Lambda::EventSourceMapping":         "lambda:CreateEventSourceMapping",
	"AWS::Lambda::Function":                   "lambda:CreateFunction",
	"AWS::Lambda::Permission":                 "lambda:AddPermission",
	"AWS::Lambda::Version":                    "lambda:PublishVersion",
	"AWS::Logs::LogGroup":                     "logs:CreateLogGroup",
	"AWS::Logs::MetricFilter":                 "logs:PutMetricFilter",
	"AWS::S3::Bucket":                         "s3:CreateBucket",
	"AWS::S3::BucketPolicy":                   "s3:PutBucketPolicy",
	"AWS::SNS::Subscription":                  "sns:Subscribe",
	"AWS::SNS::Topic":                         "sns:CreateTopic",
	"AWS::SNS::TopicPolicy":                   "sns:SetTopicAttributes",
	"AWS::SQS::Queue":                         "sqs:CreateQueue",
	"AWS::SQS::QueuePolicy":                   "sqs:SetQueueAttributes",
	"AWS::Scheduler::Schedule":                "scheduler:CreateSchedule",
	"AWS::Scheduler::ScheduleGroup":           "scheduler:CreateScheduleGroup",
	"AWS::StepFunctions::StateMachine":        "states:CreateStateMachine",
	"AWS::StepFunctions::StateMachineAlias":   "states:CreateStateMachineAlias",
	"AWS::StepFunctions::StateMachineVersion": "states:PublishStateMachineVersion",
}

// elsewhere are the actions that CloudFormation, or the service in its name, needs beyond the resource's own where a property has a value.
var elsewhere = map[string][]string{
	"ManagedPolicyArns": {"iam:AttachRolePolicy", "iam:DetachRolePolicy"},
	// https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
	"VpcConfig": {"ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs"},
	// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
	"SSESpecification.KMSMasterKeyId": {"kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo"},
	// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
	"KmsKeyId": {"kms:DescribeKey", "logs:AssociateKmsKey", "logs:DisassociateKmsKey"},
}

// A policy is a policy document of IAM.
type policy struct {
	Version   string
	Statement []struct {
		Sid, Effect string
		Action      texts
		Resource    texts
		Condition   map[string]map[string]any
	}
}

// Texts are one text or several.
type texts []string

func (t *texts) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*t = texts{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(t))
}

var (
	iamAction = regexp.MustCompile(`^[a-z0-9-]+:[A-Za-z]+$`)
	iamSpace  = regexp.MustCompile(`\s`)
)

// readPolicy reads a policy under docs, and refuses what no policy here may have.
func readPolicy(t *testing.T, name string) policy {
	t.Helper()
	text := read(t, "../docs/"+name)
	var found policy
	parse(t, text, &found)
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
	if size := len(iamSpace.ReplaceAll(text, nil)); size > 6144 {
		t.Errorf("%s has %d characters, and a managed policy at most 6144", name, size)
	}
	for _, statement := range found.Statement {
		if statement.Effect != "Allow" || len(statement.Action) == 0 || len(statement.Resource) == 0 {
			t.Errorf("%s: %s allows nothing", name, statement.Sid)
		}
		for _, action := range statement.Action {
			if !iamAction.MatchString(action) {
				t.Errorf("%s: %s has the action %q, want a single one", name, statement.Sid, action)
			}
		}
		if slices.Contains(statement.Resource, "*") && !slices.Contains(withoutNames, statement.Sid) {
			t.Errorf("%s: %s is for every resource", name, statement.Sid)
		}
	}
	return found
}

// withoutNames are statements about what has no name that is known before, or none at all.
var withoutNames = []string{"LedgerStream", "LookAtInstances", "LookWhereThereAreNoNames", "NetworkIfThereIsOne", "Unsubscribe"}

// checkDeployPolicies holds the policies to what the stack makes, and of what.
func checkDeployPolicies(t *testing.T, s *synthesis) {
	t.Helper()
	var allowed []string
	parameters := map[string]bool{} // of Systems Manager, that may be read
	for _, name := range []string{"deploy-policy-compute.json", "deploy-policy-data.json"} {
		for _, statement := range readPolicy(t, name).Statement {
			allowed = append(allowed, statement.Action...)
			for _, resource := range statement.Resource {
				if _, parameter, found := strings.Cut(resource, ":parameter"); found && slices.Contains(statement.Action, "ssm:GetParameters") {
					parameters[parameter] = true
				}
			}
		}
	}
	for id, parameter := range s.Parameters {
		if strings.HasPrefix(parameter.Type, "AWS::SSM::") && !parameters[parameter.Default] {
			t.Errorf("%s: reading the parameter %s needs ssm:GetParameters, which the policies under docs do not allow", id, parameter.Default)
		}
	}
	for id, resource := range s.Resources {
		action, known := creation[resource.Type]
		if !known {
			t.Errorf("%s is a %s: say in this test what making one needs", id, resource.Type)
			continue
		}
		if !slices.Contains(allowed, action) {
			t.Errorf("%s: making a %s needs %s, which the policies under docs do not allow", id, resource.Type, action)
		}
		for property, actions := range elsewhere {
			if !resource.sets(property) {
				continue
			}
			for _, action := range actions {
				if !slices.Contains(allowed, action) {
					t.Errorf("%s: making a %s with a %s needs %s, which the policies under docs do not allow", id, resource.Type, property, action)
				}
			}
		}
	}
	// What a destroy keeps, nobody needs to be able to delete.
	for _, action := range []string{"dynamodb:DeleteTable", "s3:DeleteBucket", "s3:DeleteObject"} {
		if slices.Contains(allowed, action) {
			t.Errorf("the policies allow %s", action)
		}
	}
}

// sets reports whether a resource has a property, or one within one: "A.B".
func (r resource) sets(property string) bool {
	var value any = r.Properties
	for step := range strings.SplitSeq(property, ".") {
		object, ok := value.(map[string]any)
		if !ok || object[step] == nil {
			return false
		}
		value = object[step]
	}
	return true
}

// checkDeployNames holds what the stack makes to the names that the policies know.
func checkDeployNames(t *testing.T, s *synthesis) {
	t.Helper()
	for id, resource := range s.Resources {
		for _, property := range []string{"FunctionName", "QueueName", "TopicName", "AlarmName", "StateMachineName", "TableName", "DashboardName"} {
			name, given := resource.Properties[property].(string)
			if given && name != "goldfinch" && !strings.HasPrefix(name, "goldfinch-") {
				t.Errorf("%s is called %q, which the policies under docs do not know", id, name)
			}
		}
		if name, given := resource.Properties["RoleName"]; given && !strings.HasPrefix(fmt.Sprint(name), "goldfinch-") {
			t.Errorf("%s is called %v", id, name)
		}
	}
}

func TestTheOperatorsPolicyIsOne(t *testing.T) {
	t.Parallel()
	var actions []string
	for _, statement := range readPolicy(t, "operator-policy.json").Statement {
		actions = append(actions, statement.Action...)
		if slices.Contains(statement.Action, "states:StartExecution") {
			// The key may have several values, and IAM compares such by set operators only.
			want := map[string]map[string]any{"ForAnyValue:StringEquals": {"states:StateMachineQualifier": "live"}}
			if diff := cmp.Diff(want, statement.Condition); diff != "" {
				t.Errorf("%s starts releases under another condition (-want +got):\n%s", statement.Sid, diff)
			}
		}
	}
	for _, action := range []string{
		"dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem", "s3:PutObject", "states:StartExecution", "states:DescribeExecution", "states:SendTaskSuccess",
		"cloudwatch:GetMetricData", "ec2:DeregisterImage", "ec2:DeleteSnapshot",
	} {
		if !slices.Contains(actions, action) {
			t.Errorf("the command line calls what %s is for, and the operator's policy does not allow it", action)
		}
	}
}

// TestTheOperatorsPolicyOfOtherTargetsLooksAtWhatFunctionsLookAt holds the policy to what preflight and the look for drift read,
// which people do from their own machines, and to nothing that writes.
func TestTheOperatorsPolicyOfOtherTargetsLooksAtWhatFunctionsLookAt(t *testing.T) {
	t.Parallel()
	looks := regexp.MustCompile(`:(GET|(Describe|Get|List|Validate)[A-Za-z]*)$`)
	var allowed []string
	for _, statement := range readPolicy(t, "operator-policy-targets.json").Statement {
		allowed = append(allowed, statement.Action...)
	}
	for _, action := range allowed {
		if !looks.MatchString(action) {
			t.Errorf("the policy allows %s", action)
		}
	}
	for _, action := range []string{"autoscaling:DescribeLaunchConfigurations", "ec2:DescribeImageAttribute", "ec2:DescribeLaunchTemplates"} {
		if !slices.Contains(allowed, action) {
			t.Errorf("goldfinch images looks with %s, and people may not", action)
		}
	}
	elsewhere := readPolicy(t, "operator-policy.json")
	for _, function := range []string{"bake", "drift"} {
		for _, operation := range access.Operations(function, "alb", "apigateway", "asg", "flag", "route53") {
			needs := access.Needs(function, operation)
			if len(needs) == 0 || !looks.MatchString(":"+operation.Name) {
				continue
			}
			for _, action := range needs[0].Actions { // what it depends on besides is for who changes something
				there := slices.Contains(allowed, action)
				for _, one := range elsewhere.Statement {
					there = there || slices.Contains(one.Action, action)
				}
				if !there {
					t.Errorf("function %s looks with %s, and people may not", function, action)
				}
			}
		}
	}
}
