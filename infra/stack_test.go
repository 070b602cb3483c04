package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/access"
	"github.com/goldfinch-dev/goldfinch/internal/measured"
	"github.com/goldfinch-dev/goldfinch/internal/workflow"
)

// largestTemplate is our bound, half of CloudFormation's
// (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html).
const largestTemplate = 500_000

// TestInstallation looks at one synthesis of the stack as it is without any context.
func TestInstallation(t *testing.T) {
	s := synthesise(t, nil)
	t.Run("cdk-nag", func(t *testing.T) { checkFindings(t, s) })
	t.Run("cfn-lint", func(t *testing.T) { lint(t, s) })
	t.Run("policies", func(t *testing.T) { checkPolicies(t, s) })
	t.Run("deploy policies", func(t *testing.T) { checkDeployPolicies(t, s) })
	t.Run("size", func(t *testing.T) {
		measured.Log(t, "template: %d bytes, %d resources (at most %d bytes)", len(s.text), len(s.Resources), largestTemplate)
		if len(s.text) > largestTemplate {
			t.Errorf("the template has %d bytes, want at most %d", len(s.text), largestTemplate)
		}
	})
	t.Run("ledger", func(t *testing.T) { checkLedger(t, s) })
	t.Run("artifacts", func(t *testing.T) { checkArtifacts(t, s) })
	t.Run("outcomes", func(t *testing.T) { checkOutcomes(t, s) })
	t.Run("functions", func(t *testing.T) { checkFunctions(t, s) })
	t.Run("workflow", func(t *testing.T) { checkWorkflow(t, s) })
	t.Run("triggers", func(t *testing.T) { checkTriggers(t, s) })
	t.Run("schedules", func(t *testing.T) { checkSchedules(t, s) })
	t.Run("outputs", func(t *testing.T) { checkOutputs(t, s) })
	t.Run("queues", func(t *testing.T) { checkQueues(t, s) })
	t.Run("tags", func(t *testing.T) { checkTags(t, s) })
	t.Run("alarms", func(t *testing.T) { checkAlarms(t, s) })
	t.Run("dashboard", func(t *testing.T) { checkDashboard(t, s) })
	t.Run("command line", func(t *testing.T) { checkCommandLine(t, s) })
	t.Run("logical ids", func(t *testing.T) { checkLogicalIDs(t, s) })
}

func checkLedger(t *testing.T, s *synthesis) {
	s.has(t, "LedgerTable", "AWS::DynamoDB::Table", `{
		"TableName": "goldfinch",
		"BillingMode": "PAY_PER_REQUEST",
		"KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
		"AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "S"}],
		"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": true},
		"SSESpecification": {"SSEEnabled": true},
		"DeletionProtectionEnabled": true,
		"TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": true},
		"StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"}
	}`)
	s.stays(t, "LedgerTable")
	s.has(t, "LedgerStream", "AWS::Lambda::EventSourceMapping", `{
		"EventSourceArn": {"Fn::GetAtt": ["LedgerTable", "StreamArn"]},
		"FunctionName": {"Ref": "AnnounceFunction"},
		"StartingPosition": "TRIM_HORIZON",
		"ParallelizationFactor": 1,
		"BisectBatchOnFunctionError": true,
		"FunctionResponseTypes": ["ReportBatchItemFailures"],
		"MaximumRecordAgeInSeconds": 72000,
		"DestinationConfig": {"OnFailure": {"Destination": {"Fn::GetAtt": ["UnannouncedChangesQueue", "Arn"]}}},
		"FilterCriteria": {"Filters": [{"Pattern": "{\"eventName\":[\"INSERT\"]}"}]}
	}`)
}

func checkArtifacts(t *testing.T, s *synthesis) {
	s.has(t, "ArtifactBucket", "AWS::S3::Bucket", `{
		"BucketName": {"Fn::Join": ["", ["goldfinch-", {"Ref": "AWS::AccountId"}, "-", {"Ref": "AWS::Region"}]]},
		"VersioningConfiguration": {"Status": "Enabled"},
		"PublicAccessBlockConfiguration": {"BlockPublicAcls": true, "BlockPublicPolicy": true, "IgnorePublicAcls": true, "RestrictPublicBuckets": true},
		"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
		"BucketEncryption": {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]},
		"LifecycleConfiguration": {"Rules": [{"Status": "Enabled", "NoncurrentVersionExpiration": {"NoncurrentDays": 90}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}]},
		"NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": true}}
	}`)
	s.stays(t, "ArtifactBucket")
	s.has(t, "ArtifactBucketPolicy", "AWS::S3::BucketPolicy", `{"PolicyDocument": {"Statement": [
		{"Effect": "Deny", "Principal": {"AWS": "*"}, "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
		{"Effect": "Deny", "Principal": {"AWS": "*"}, "Condition": {"NumericLessThan": {"s3:TlsVersion": 1.2}}}
	]}}`)
}

func checkOutcomes(t *testing.T, s *synthesis) {
	s.has(t, "OutcomesTopic", "AWS::SNS::Topic", `{"TopicName": "goldfinch-outcomes"}`)
	s.has(t, "OutcomesTopicPolicy", "AWS::SNS::TopicPolicy", `{"PolicyDocument": {"Statement": [
		{"Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
		{"Effect": "Allow", "Action": "sns:Publish", "Principal": {"Service": "cloudwatch.amazonaws.com"}, "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}},
		{"Effect": "Allow", "Action": "sns:Publish", "Principal": {"Service": "events.amazonaws.com"}, "Resource": {"Ref": "OutcomesTopic"}}
	]}}`)
	for n, one := range at(t, s.Resources["OutcomesTopicPolicy"].Properties, "PolicyDocument", "Statement").([]any) {
		statement := one.(map[string]any)
		if _, bound := statement["Condition"]; bound && strings.Contains(textOfJSON(t, statement["Principal"]), "events.amazonaws.com") {
			t.Errorf("statement %d has a condition, with which EventBridge publishes nothing: %v", n, statement)
		}
	}
	if subscriptions := s.of("AWS::SNS::Subscription"); len(subscriptions) > 0 {
		t.Errorf("somebody is told who was not named: %s", subscriptions)
	}
}

func checkFunctions(t *testing.T, s *synthesis) {
	for _, name := range []string{"announce", "bake", "deploy", "drift", "evaluate", "intake", "observe", "promote", "retire", "rollback", "shift", "signal", "sweep", "verify"} {
		id := capitalised(name)
		s.has(t, id+"Function", "AWS::Lambda::Function", fmt.Sprintf(`{
			"FunctionName": "goldfinch-%[1]s",
			"Runtime": "provided.al2023",
			"Handler": "bootstrap",
			"Architectures": ["arm64"],
			"Role": {"Fn::GetAtt": ["%[2]sRole", "Arn"]},
			"TracingConfig": {"Mode": "Active"},
			"LoggingConfig": {"LogFormat": "JSON", "LogGroup": {"Ref": "%[2]sLogGroup"}},
			"Environment": {"Variables": {
				"GOLDFINCH_TABLE": "goldfinch",
				"GOLDFINCH_BUCKET": {"Fn::Join": ["", ["goldfinch-", {"Ref": "AWS::AccountId"}, "-", {"Ref": "AWS::Region"}]]},
				"GOLDFINCH_STATE_MACHINE": {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":states:", {"Ref": "AWS::Region"}, ":", {"Ref": "AWS::AccountId"}, ":stateMachine:goldfinch:live"]]},
				"GOLDFINCH_EVENT_BUS": "default"
			}}
		}`, name, id))
		s.has(t, id+"LogGroup", "AWS::Logs::LogGroup", fmt.Sprintf(`{"LogGroupName": "/aws/lambda/goldfinch-%s", "RetentionInDays": 90}`, name))
		s.has(t, id+"FunctionEventInvokeConfig", "AWS::Lambda::EventInvokeConfig", fmt.Sprintf(`{
			"FunctionName": {"Ref": "%sFunction"}, "Qualifier": "$LATEST", "MaximumRetryAttempts": 2,
			"DestinationConfig": {"OnFailure": {"Destination": {"Fn::GetAtt": ["FailedInvocationsQueue", "Arn"]}}}
		}`, id))
		if variables := at(t, s.Resources[id+"Function"].Properties, "Environment", "Variables").(map[string]any); len(variables) != 4 {
			t.Errorf("%s has the variables %v, want four", name, variables)
		}
		if _, ok := s.Resources[id+"Function"].Properties["VpcConfig"]; ok {
			t.Errorf("%s is in a VPC that nobody asked for", name)
		}
	}
	if functions := s.of("AWS::Lambda::Function"); len(functions) != 14 {
		t.Errorf("there are the functions %s, want 14: the CDK adds some of its own for what CloudFormation can't do", functions)
	}
	moving := 0
	for _, function := range access.Functions() {
		if !slices.Contains(access.Operations(function), access.Operation{Service: "lambda", Name: "UpdateAlias"}) {
			continue
		}
		moving++
		if seconds := s.Resources[capitalised(function)+"Function"].Properties["Timeout"].(float64); seconds > 90 {
			t.Errorf("%s moves traffic and lives for %v s: targets without a lock wait for 90 s", function, seconds)
		}
	}
	if moving < 5 {
		t.Errorf("%d functions move traffic, want at least 5", moving)
	}
	for name, want := range map[string]any{"rollback": 5.0, "signal": 5.0, "sweep": 1.0, "intake": nil, "observe": nil} {
		if got := s.Resources[capitalised(name)+"Function"].Properties["ReservedConcurrentExecutions"]; got != want {
			t.Errorf("%s reserves %v, want %v", name, got, want)
		}
	}
}

// checkWorkflow holds the state machine to the definition, and the functions' timeouts to its states.
func checkWorkflow(t *testing.T, s *synthesis) {
	s.has(t, "StateMachine", "AWS::StepFunctions::StateMachine", `{
		"StateMachineName": "goldfinch",
		"StateMachineType": "STANDARD",
		"RoleArn": {"Fn::GetAtt": ["StateMachineRole", "Arn"]},
		"LoggingConfiguration": {"Level": "ALL", "IncludeExecutionData": false, "Destinations": [{"CloudWatchLogsLogGroup": {"LogGroupArn": {"Fn::GetAtt": ["StateMachineLogGroup", "Arn"]}}}]},
		"TracingConfiguration": {"Enabled": true}
	}`)
	s.has(t, "StateMachineLogGroup", "AWS::Logs::LogGroup", `{"LogGroupName": "/aws/vendedlogs/states/goldfinch", "RetentionInDays": 90}`)
	s.has(t, "StateMachineVersion", "AWS::StepFunctions::StateMachineVersion", `{
		"StateMachineArn": {"Fn::GetAtt": ["StateMachine", "Arn"]},
		"StateMachineRevisionId": {"Fn::GetAtt": ["StateMachine", "StateMachineRevisionId"]}
	}`)
	s.staysOnceMade(t, "StateMachineVersion")
	s.has(t, "StateMachineAlias", "AWS::StepFunctions::StateMachineAlias", `{
		"Name": "live",
		"DeploymentPreference": {"Type": "ALL_AT_ONCE", "StateMachineVersionArn": {"Fn::GetAtt": ["StateMachineVersion", "Arn"]}}
	}`)

	machine := s.Resources["StateMachine"].Properties
	if machine["DefinitionString"] != workflow.Definition() {
		t.Error("the state machine is not the workflow's definition")
	}
	values := at(t, machine, "DefinitionSubstitutions").(map[string]any)
	var names []string
	versions := map[string]string{} // by placeholder
	for placeholder, value := range values {
		names = append(names, placeholder)
		if placeholder == "EventBus" {
			continue
		}
		version := at(t, value, "Ref").(string)
		versions[placeholder] = version
		if s.Resources[version].Type != "AWS::Lambda::Version" {
			t.Errorf("${%s} is %s, want a version of the function", placeholder, version)
		}
		s.staysOnceMade(t, version)
		if function := at(t, s.Resources[version].Properties, "FunctionName", "Ref"); function != placeholder {
			t.Errorf("${%s} is a version of %s", placeholder, function)
		}
	}
	slices.Sort(names)
	if diff := cmp.Diff(workflow.Placeholders(), names); diff != "" {
		t.Errorf("placeholders (-want +got):\n%s", diff)
	}
	if values["EventBus"] != "default" {
		t.Errorf("the bus is %v, want default", values["EventBus"])
	}

	var definition struct {
		States map[string]struct {
			Type           string
			Parameters     map[string]any
			TimeoutSeconds float64
		}
	}
	parse(t, []byte(workflow.Definition()), &definition)
	checked := 0
	for name, state := range definition.States {
		function, ok := state.Parameters["FunctionName"].(string)
		if !ok || state.TimeoutSeconds == 0 {
			continue
		}
		checked++
		id := strings.Trim(function, "${}")
		if timeout := at(t, s.Resources[id].Properties, "Timeout").(float64); timeout >= state.TimeoutSeconds {
			t.Errorf("state %s gives up after %v s, and %s may write for %v s", name, state.TimeoutSeconds, id, timeout)
		}
	}
	if checked < 10 {
		t.Errorf("%d states have a function and a time, want at least 10", checked)
	}
}

func checkTriggers(t *testing.T, s *synthesis) {
	tests := map[string]struct {
		function, source, detailType, detail string
	}{
		"PackageUploaded":       {"Intake", "aws.s3", "Object Created", `{"bucket": {"name": [{"Fn::Join": ["", ["goldfinch-", {"Ref": "AWS::AccountId"}, "-", {"Ref": "AWS::Region"}]]}]}, "object": {"key": [{"wildcard": "releases/*.zip"}]}}`},
		"ImagePushed":           {"Intake", "aws.ecr", "ECR Image Action", `{"action-type": ["PUSH"], "result": ["SUCCESS"]}`},
		"PipelineSucceeded":     {"Intake", "aws.codepipeline", "CodePipeline Pipeline Execution State Change", `{"state": ["SUCCEEDED"]}`},
		"MachineImageAvailable": {"Intake", "aws.imagebuilder", "EC2 Image Builder Image State Change", `{"state": {"status": ["AVAILABLE"]}}`},
		"AlarmFired":            {"Signal", "aws.cloudwatch", "CloudWatch Alarm State Change", `{"state": {"value": ["ALARM"]}}`},
		"InstanceChangedInPlace": {"Drift", `aws.ec2-instance-connect", "aws.ec2", "aws.ssm`, "AWS API Call via CloudTrail", `{
			"eventSource": ["ec2-instance-connect.amazonaws.com", "ec2.amazonaws.com", "ssm.amazonaws.com"],
			"eventName": ["SendSSHPublicKey", "SendSerialConsoleSSHPublicKey", "OpenTunnel", "ModifyInstanceAttribute", "AttachVolume", "DetachVolume", "CreateReplaceRootVolumeTask",
				"StartSession", "ResumeSession", "SendCommand", "StartAutomationExecution"],
			"errorCode": [{"exists": false}]
		}`},
		"ReleaseStopped":  {"Sweep", "aws.states", "Step Functions Execution Status Change", `{"status": ["ABORTED", "FAILED", "TIMED_OUT"], "stateMachineArn": [{"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":states:", {"Ref": "AWS::Region"}, ":", {"Ref": "AWS::AccountId"}, ":stateMachine:goldfinch"]]}]}`},
		"ReleaseEnded":    {"", "goldfinch", "Goldfinch Release Changed", `{"kind": ["outcome"]}`},
		"InputNotTakenIn": {"", "goldfinch", "Goldfinch Release Ended", `{"service": [""]}`},
	}
	for name, test := range tests {
		target := `{"Ref": "OutcomesTopic"}`
		if test.function != "" {
			target = `{"Fn::GetAtt": ["` + test.function + `Function", "Arn"]}`
			s.has(t, name+"RulePermission", "AWS::Lambda::Permission", fmt.Sprintf(`{
				"Principal": "events.amazonaws.com", "FunctionName": {"Fn::GetAtt": ["%sFunction", "Arn"]}, "SourceArn": {"Fn::GetAtt": ["%sRule", "Arn"]}
			}`, test.function, name))
		}
		s.has(t, name+"Rule", "AWS::Events::Rule", fmt.Sprintf(`{
			"State": "ENABLED",
			"EventPattern": {"account": [{"Ref": "AWS::AccountId"}], "source": ["%s"], "detail-type": ["%s"]},
			"Targets": [{"Arn": %s, "DeadLetterConfig": {"Arn": {"Fn::GetAtt": ["UndeliveredEventsQueue", "Arn"]}}, "RetryPolicy": {"MaximumEventAgeInSeconds": 7200, "MaximumRetryAttempts": 20}}]
		}`, test.source, test.detailType, target))
		var want any
		parse(t, []byte(test.detail), &want)
		got := at(t, s.Resources[name+"Rule"].Properties, "EventPattern").(map[string]any)["detail"]
		if got == nil {
			got = map[string]any{}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("detail of %s (-want +got):\n%s", name, diff)
		}
	}
	// The queue lets each rule write, and no other.
	policy := textOfJSON(t, s.Resources["UndeliveredEventsQueuePolicy"].Properties)
	for name := range tests {
		if !strings.Contains(policy, `{"aws:SourceArn":{"Fn::GetAtt":["`+name+`Rule","Arn"]}}`) {
			t.Errorf("rule %s may not write to the dead-letter queue: %s", name, policy)
		}
	}
	for name, sentence := range map[string]string{
		// The reason of a change to an outcome begins with the outcome.
		"ReleaseEnded":    `"<detail-service> in <detail-environment>: <detail-reason> (release <detail-release>)"`,
		"InputNotTakenIn": `"<detail-outcome>: <detail-reason> (release <detail-release>)"`,
	} {
		transformer := at(t, s.Resources[name+"Rule"].Properties, "Targets", 0, "InputTransformer").(map[string]any)
		if transformer["InputTemplate"] != sentence {
			t.Errorf("people are told %v by %s, want %s", transformer["InputTemplate"], name, sentence)
		}
	}
}

func checkSchedules(t *testing.T, s *synthesis) {
	const target = `{
		"Name": "%s", "GroupName": {"Ref": "ScheduleGroup"}, "ScheduleExpression": "%s", "FlexibleTimeWindow": {"Mode": "OFF"},
		"Target": {
			"Arn": {"Fn::GetAtt": ["%s", "Arn"]}, "RoleArn": {"Fn::GetAtt": ["SchedulerRole", "Arn"]}, "Input": %q,
			"RetryPolicy": {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 10},
			"DeadLetterConfig": {"Arn": {"Fn::GetAtt": ["UndeliveredSchedulesQueue", "Arn"]}}
		}
	}`
	s.has(t, "SweepSchedule", "AWS::Scheduler::Schedule", fmt.Sprintf(target, "sweep", "rate(2 minutes)", "SweepFunction", `{}`))
	s.has(t, "EvaluateLiveSchedule", "AWS::Scheduler::Schedule", fmt.Sprintf(target, "evaluate-live", "cron(5 * * * ? *)", "EvaluateFunction",
		`{"state":"EvaluateLive","scheduledTime":"<aws.scheduler.scheduled-time>"}`))
	s.has(t, "DriftSchedule", "AWS::Scheduler::Schedule", fmt.Sprintf(target, "drift", "rate(15 minutes)", "DriftFunction", `{"scheduledTime":"<aws.scheduler.scheduled-time>"}`))
	for _, function := range []string{"Sweep", "Evaluate", "Drift"} {
		if role := textOfJSON(t, s.Resources["SchedulerRole"].Properties["Policies"]); !strings.Contains(role, `{"Fn::GetAtt":["`+function+`Function","Arn"]}`) {
			t.Errorf("the schedules may not run %s: %s", function, role)
		}
	}
	s.has(t, "SchedulerRole", "AWS::IAM::Role", `{"AssumeRolePolicyDocument": {"Statement": [{
		"Principal": {"Service": "scheduler.amazonaws.com"},
		"Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}, "aws:SourceArn": {"Fn::GetAtt": ["ScheduleGroup", "Arn"]}}}
	}]}}`)
}

func checkOutputs(t *testing.T, s *synthesis) {
	for id, want := range map[string]string{
		"TableName":       `{"Ref":"LedgerTable"}`,
		"BucketName":      `{"Ref":"ArtifactBucket"}`,
		"StateMachineARN": `{"Ref":"StateMachineAlias"}`,
		"TopicARN":        `{"Ref":"OutcomesTopic"}`,
		"DashboardURL":    `{"Fn::Join":["",["https://console.aws.amazon.com/cloudwatch/home?region=",{"Ref":"AWS::Region"},"#dashboards/dashboard/goldfinch"]]}`,
		"Environment":     `{"Fn::Join":["",["export GOLDFINCH_TABLE=",{"Ref":"LedgerTable"},"\nexport GOLDFINCH_BUCKET=",{"Ref":"ArtifactBucket"},"\nexport GOLDFINCH_STATE_MACHINE=",{"Ref":"StateMachineAlias"}]]}`,
	} {
		if got := textOfJSON(t, s.Outputs[id].Value); got != want {
			t.Errorf("output %s is %s, want %s", id, got, want)
		}
	}
}

func checkQueues(t *testing.T, s *synthesis) {
	want := map[string]string{
		"FailedInvocationsQueue": "failed-invocations", "UndeliveredEventsQueue": "undelivered-events",
		"UndeliveredSchedulesQueue": "undelivered-schedules", "UnannouncedChangesQueue": "unannounced-changes",
	}
	for id, name := range want {
		s.has(t, id, "AWS::SQS::Queue", fmt.Sprintf(`{"QueueName": "goldfinch-%s", "MessageRetentionPeriod": 1209600, "SqsManagedSseEnabled": true}`, name))
		if policy := textOfJSON(t, s.Resources[id+"Policy"].Properties); !strings.Contains(policy, `"aws:SecureTransport":"false"`) {
			t.Errorf("%s answers without TLS: %s", id, policy)
		}
	}
	if queues := s.of("AWS::SQS::Queue"); len(queues) != len(want) {
		t.Errorf("there are the queues %s, want %d", queues, len(want))
	}
}

// checkTags sees that everything which can have a tag says whose it is, and
// that nothing asks to be released.
func checkTags(t *testing.T, s *synthesis) {
	if strings.Contains(string(s.text), `"Key": "goldfinch:service"`) {
		t.Error("something of Goldfinch's own has the tag goldfinch:service")
	}
	for _, kind := range []string{"AWS::Lambda::Function", "AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SQS::Queue", "AWS::SNS::Topic", "AWS::IAM::Role", "AWS::Logs::LogGroup", "AWS::StepFunctions::StateMachine", "AWS::Events::Rule"} {
		for _, id := range s.of(kind) {
			if tags := textOfJSON(t, s.Resources[id].Properties["Tags"]); !strings.Contains(tags, `{"Key":"goldfinch:installation","Value":"goldfinch"}`) {
				t.Errorf("%s has the tags %s", id, tags)
			}
		}
	}
}

// checkLogicalIDs sees that no id but that of a version has a hash of the CDK's.
func checkLogicalIDs(t *testing.T, s *synthesis) {
	for id, resource := range s.Resources {
		if resource.Type == "AWS::Lambda::Version" {
			continue
		}
		if end := id[max(0, len(id)-8):]; len(end) == 8 && strings.Trim(end, "0123456789ABCDEF") == "" {
			t.Errorf("%s is no id that a person would choose", id)
		}
	}
}

// stays asserts that CloudFormation never deletes a resource.
func (s *synthesis) stays(t *testing.T, id string) {
	t.Helper()
	s.goes(t, id, "Retain")
}

// staysOnceMade asserts that CloudFormation deletes a resource only when the
// deployment fails that made it: so that the next one can make it again.
func (s *synthesis) staysOnceMade(t *testing.T, id string) {
	t.Helper()
	s.goes(t, id, "RetainExceptOnCreate")
}

func (s *synthesis) goes(t *testing.T, id, deletion string) {
	t.Helper()
	if found := s.Resources[id]; found.DeletionPolicy != deletion || found.UpdateReplacePolicy != "Retain" {
		t.Errorf("%s: deletion policy %q, replace policy %q; want %s and Retain", id, found.DeletionPolicy, found.UpdateReplacePolicy, deletion)
	}
}
