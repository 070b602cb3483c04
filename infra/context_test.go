package main

import (
	"strings"
	"testing"
)

// The values of another installation; what an existing bucket changes is seen alone, because there is no bucket of its own then.
var (
	otherContext = map[string]any{
		"name":                  "goldfinch-test",
		"account":               "123456789012",
		"region":                "eu-central-1",
		"architecture":          "x86_64",
		"logRetentionDays":      "30",
		"artifactRetentionDays": 7.0,
		"permissionsBoundary":   "arn:aws:iam::123456789012:policy/boundary",
		"vpcSubnets":            []any{"subnet-0a1b2c3d", "subnet-1a1b2c3d"},
		"vpcSecurityGroups":     "sg-0a1b2c3d",
		"kmsKey":                "arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d-0000-0000-0000-000000000000",
		"reservedConcurrency":   false,
		"notificationEmail":     "oncall@example.com",
		"sweepMinutes":          "1",
		"drift":                 60.0,
		"evaluateLive":          "daily",
		"targets":               "lambda,route53",
		"hostedZones":           "Z0123456789ABCDEFGHIJ,Z2FDTNDATAQYW2",
		"instanceRoles":         "echo-*",
		"stackRoles":            "stacks/echo",
		"pipelineConnection":    "arn:aws:codeconnections:eu-central-1:123456789012:connection/0a1b2c3d-0000-0000-0000-000000000000",
		"pipelineRepository":    "acme/echo",
		"pipelineBranch":        "trunk",
	}
	bucketContext = map[string]any{
		"artifactBucket": "acme-artifacts", "evaluateLive": "never", "drift": "never", "targets": "asg,lambda", "instanceRoles": "echo,service/orders-*", "name": "a-rather-long-name", "architecture": "x86_64",
		"kmsKey":             "arn:aws:kms:eu-central-1:123456789012:key/0a1b",
		"pipelineRepository": "acme/echo", "pipelineConnection": "arn:aws:codestar-connections:eu-central-1:123456789012:connection/0a1b",
	}
)

// contextEffects say what each value of otherContext changes.
var contextEffects = map[string]func(t *testing.T, s *synthesis){
	"name": func(t *testing.T, s *synthesis) {
		s.has(t, "LedgerTable", "AWS::DynamoDB::Table", `{"TableName": "goldfinch-test"}`)
		s.has(t, "IntakeFunction", "AWS::Lambda::Function", `{"FunctionName": "goldfinch-test-intake", "Environment": {"Variables": {"GOLDFINCH_TABLE": "goldfinch-test"}}}`)
		s.has(t, "StateMachine", "AWS::StepFunctions::StateMachine", `{"StateMachineName": "goldfinch-test"}`)
		s.has(t, "OutcomesTopic", "AWS::SNS::Topic", `{"TopicName": "goldfinch-test-outcomes", "Tags": [{"Key": "goldfinch:installation", "Value": "goldfinch-test"}]}`)
	},
	"account": func(t *testing.T, s *synthesis) {
		s.has(t, "PackageUploadedRule", "AWS::Events::Rule", `{"EventPattern": {"account": ["123456789012"]}}`)
	},
	"region": func(t *testing.T, s *synthesis) {
		s.has(t, "ArtifactBucket", "AWS::S3::Bucket", `{"BucketName": "goldfinch-test-123456789012-eu-central-1"}`)
	},
	"architecture": func(t *testing.T, s *synthesis) {
		for _, id := range s.of("AWS::Lambda::Function") {
			s.has(t, id, "AWS::Lambda::Function", `{"Architectures": ["x86_64"]}`)
		}
	},
	"logRetentionDays": func(t *testing.T, s *synthesis) {
		for _, id := range s.of("AWS::Logs::LogGroup") {
			s.has(t, id, "AWS::Logs::LogGroup", `{"RetentionInDays": 30}`)
		}
	},
	"artifactRetentionDays": func(t *testing.T, s *synthesis) {
		if days := at(t, s.Resources["ArtifactBucket"].Properties, "LifecycleConfiguration", "Rules", 0, "NoncurrentVersionExpiration", "NoncurrentDays"); days != 7.0 {
			t.Errorf("what was replaced is kept for %v days", days)
		}
	},
	"permissionsBoundary": func(t *testing.T, s *synthesis) {
		for _, id := range s.of("AWS::IAM::Role") {
			s.has(t, id, "AWS::IAM::Role", `{"PermissionsBoundary": "arn:aws:iam::123456789012:policy/boundary"}`)
		}
	},
	"vpcSubnets": func(t *testing.T, s *synthesis) {
		for _, id := range s.of("AWS::Lambda::Function") {
			s.has(t, id, "AWS::Lambda::Function", `{"VpcConfig": {"SubnetIds": ["subnet-0a1b2c3d", "subnet-1a1b2c3d"]}}`)
		}
		if policy := textOfJSON(t, s.Resources["BakeRole"].Properties); !strings.Contains(policy, `"ec2:CreateNetworkInterface"`) {
			t.Errorf("bake can't be attached to its subnets: %s", policy)
		}
	},
	"vpcSecurityGroups": func(t *testing.T, s *synthesis) {
		for _, id := range s.of("AWS::Lambda::Function") {
			s.has(t, id, "AWS::Lambda::Function", `{"VpcConfig": {"SecurityGroupIds": ["sg-0a1b2c3d"]}}`)
		}
	},
	"kmsKey": func(t *testing.T, s *synthesis) {
		key := otherContext["kmsKey"].(string)
		s.has(t, "LedgerTable", "AWS::DynamoDB::Table", `{"SSESpecification": {"SSEEnabled": true, "SSEType": "KMS", "KMSMasterKeyId": "`+key+`"}}`)
		s.has(t, "ArtifactBucket", "AWS::S3::Bucket", `{"BucketEncryption": {"ServerSideEncryptionConfiguration": [{"BucketKeyEnabled": true, "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "`+key+`"}}]}}`)
		s.has(t, "OutcomesTopic", "AWS::SNS::Topic", `{"KmsMasterKeyId": "`+key+`"}`)
		for _, id := range s.of("AWS::Logs::LogGroup") {
			s.has(t, id, "AWS::Logs::LogGroup", `{"KmsKeyId": "`+key+`"}`)
		}
		for id, service := range map[string]string{"ShiftRole": "dynamodb", "BakeRole": "s3", "StateMachineRole": "sns"} {
			want := `"Condition":{"StringEquals":{"kms:ViaService":"` + service + `.eu-central-1.amazonaws.com"}},"Effect":"Allow","Resource":"` + key + `"`
			if policy := textOfJSON(t, s.Resources[id].Properties); !strings.Contains(policy, want) {
				t.Errorf("%s may not use the key: want %s in %s", id, want, policy)
			}
		}
	},
	"reservedConcurrency": func(t *testing.T, s *synthesis) {
		for _, id := range s.of("AWS::Lambda::Function") {
			if reserved, ok := s.Resources[id].Properties["ReservedConcurrentExecutions"]; ok {
				t.Errorf("%s reserves %v", id, reserved)
			}
		}
	},
	"notificationEmail": func(t *testing.T, s *synthesis) {
		subscriptions := s.of("AWS::SNS::Subscription")
		if len(subscriptions) != 1 {
			t.Fatalf("there are the subscriptions %s, want one", subscriptions)
		}
		s.has(t, subscriptions[0], "AWS::SNS::Subscription", `{"Protocol": "email", "Endpoint": "oncall@example.com", "TopicArn": {"Ref": "OutcomesTopic"}}`)
	},
	"sweepMinutes": func(t *testing.T, s *synthesis) {
		s.has(t, "SweepSchedule", "AWS::Scheduler::Schedule", `{"ScheduleExpression": "rate(1 minute)"}`)
		s.has(t, "SweepFailuresAlarm", "AWS::CloudWatch::Alarm", `{"Period": 60}`)
	},
	"evaluateLive": func(t *testing.T, s *synthesis) {
		s.has(t, "EvaluateLiveSchedule", "AWS::Scheduler::Schedule", `{"ScheduleExpression": "cron(5 6 * * ? *)"}`)
	},
	"drift": func(t *testing.T, s *synthesis) {
		s.has(t, "DriftSchedule", "AWS::Scheduler::Schedule", `{"ScheduleExpression": "rate(60 minutes)"}`)
	},
	"targets": func(t *testing.T, s *synthesis) {
		if text := string(s.text); strings.Contains(text, `"elasticloadbalancing:`) || strings.Contains(text, `"apigateway:`) {
			t.Error("roles may do something with targets that there are none of")
		}
		if _, ok := s.Resources["InstanceChangedInPlaceRule"]; ok {
			t.Error("instances are watched, and no release runs on any")
		}
	},
	"hostedZones": func(t *testing.T, s *synthesis) {
		want := `"Resource":["arn:AWS::Partition:route53:::hostedzone/Z0123456789ABCDEFGHIJ","arn:AWS::Partition:route53:::hostedzone/Z2FDTNDATAQYW2"],"Sid":"HostedZones"`
		if policy := s.policyText(t, "ShiftRole"); !strings.Contains(policy, want) {
			t.Errorf("shift may not change records: want %s in %s", want, policy)
		}
	},
	"instanceRoles": func(t *testing.T, s *synthesis) {
		// No target of this context launches instances; see TestExistingBucket.
		if strings.Contains(string(s.text), "role/echo-*") {
			t.Error("a role is passed on that nothing is launched with")
		}
	},
	"stackRoles": func(t *testing.T, s *synthesis) {
		if policy := s.policyText(t, "DeployRole"); !strings.Contains(policy, `arn:AWS::Partition:iam::123456789012:role/stacks/echo"`) || !strings.Contains(policy, `"iam:PassedToService":"cloudformation.amazonaws.com"`) {
			t.Errorf("deploy may not pass the role on: %s", policy)
		}
	},
	"pipelineConnection": pipelineHas(otherContext["pipelineConnection"].(string)),
	"pipelineRepository": pipelineHas("acme/echo"),
	"pipelineBranch":     pipelineHas("trunk"),
}

func pipelineHas(text string) func(t *testing.T, s *synthesis) {
	return func(t *testing.T, s *synthesis) {
		pipelines := s.of("AWS::CodePipeline::Pipeline")
		if len(pipelines) != 1 {
			t.Fatalf("there are the pipelines %s, want one", pipelines)
		}
		if pipeline := textOfJSON(t, s.Resources[pipelines[0]].Properties); !strings.Contains(pipeline, `"`+text+`"`) {
			t.Errorf("the pipeline has no %s: %s", text, pipeline)
		}
	}
}

// TestContextChangesWhatItSays sees what each value changes, and that the
// template is as sound with all of them as with none.
func TestContextChangesWhatItSays(t *testing.T) {
	s := synthesise(t, otherContext)
	for _, value := range contextValues {
		if value.key == "artifactBucket" {
			continue
		}
		t.Run(value.key, func(t *testing.T) {
			effect, ok := contextEffects[value.key]
			if !ok {
				t.Fatal("nothing says what this value changes")
			}
			effect(t, s)
		})
	}
	t.Run("cdk-nag", func(t *testing.T) { checkFindings(t, s) })
	t.Run("cfn-lint", func(t *testing.T) { lint(t, s) })
	t.Run("deploy policies", func(t *testing.T) { checkDeployPolicies(t, s) })
	t.Run("sizes of policies", func(t *testing.T) { checkPolicySizes(t, s) })
}

func TestExistingBucket(t *testing.T) {
	s := synthesise(t, bucketContext)
	if buckets := append(s.of("AWS::S3::Bucket"), s.of("AWS::S3::BucketPolicy")...); len(buckets) > 0 {
		t.Errorf("the stack touches buckets: %s", buckets)
	}
	s.has(t, "BakeFunction", "AWS::Lambda::Function", `{"Environment": {"Variables": {"GOLDFINCH_BUCKET": "acme-artifacts"}}}`)
	s.has(t, "PackageUploadedRule", "AWS::Events::Rule", `{"EventPattern": {"detail": {"bucket": {"name": ["acme-artifacts"]}}}}`)
	if policy := textOfJSON(t, s.Resources["BakeRole"].Properties); !strings.Contains(policy, `:s3:::acme-artifacts/packages/*`) {
		t.Errorf("bake may not read packages: %s", policy)
	}
	for _, id := range []string{"EvaluateLiveSchedule", "DriftSchedule"} {
		if _, ok := s.Resources[id]; ok {
			t.Errorf("there is a %s, although never was said", id)
		}
	}
	for _, role := range []string{"role/echo\"", "role/service/orders-*\""} {
		if policy := s.policyText(t, "DeployRole"); !strings.Contains(policy, role) {
			t.Errorf("deploy may not pass on %s: %s", role, policy)
		}
	}
	checkPipelineOfOthers(t, s)
	checkPolicySizes(t, s)
	checkFindings(t, s)
}
