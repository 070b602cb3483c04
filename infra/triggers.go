package main

import (
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awseventstargets"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/jsii-runtime-go"

	"github.com/goldfinch-dev/goldfinch/internal/drift"
)

// newTriggers are the rules: what happens in the account, and who is told.
// What starts releases goes to intake, which reads the release file and may refuse.
func newTriggers(i *installation) {
	function := func(name string) awsevents.IRuleTarget {
		return awseventstargets.NewLambdaFunction(i.functions[name], &awseventstargets.LambdaFunctionProps{
			DeadLetterQueue: i.deadLetters.events,
			MaxEventAge:     awscdk.Duration_Hours(jsii.Number(2)),
			RetryAttempts:   jsii.Number(20),
		})
	}

	rule(i, "PackageUploaded", "A package with a release file beside it was uploaded to the artifact bucket.",
		[]string{"aws.s3"}, "Object Created", map[string]any{
			"bucket": map[string]any{"name": []any{i.bucketName()}},
			"object": map[string]any{"key": []any{map[string]any{"wildcard": "releases/*.zip"}}},
		}, function("intake"))
	rule(i, "ImagePushed", "A container image was pushed to a repository.",
		[]string{"aws.ecr"}, "ECR Image Action", map[string]any{"action-type": []any{"PUSH"}, "result": []any{"SUCCESS"}}, function("intake"))
	rule(i, "PipelineSucceeded", "An execution of a pipeline has succeeded.",
		[]string{"aws.codepipeline"}, "CodePipeline Pipeline Execution State Change", map[string]any{"state": []any{"SUCCEEDED"}}, function("intake"))
	rule(i, "MachineImageAvailable", "EC2 Image Builder has made an image.",
		[]string{"aws.imagebuilder"}, "EC2 Image Builder Image State Change", map[string]any{"state": map[string]any{"status": []any{"AVAILABLE"}}}, function("intake"))

	rule(i, "AlarmFired", "An alarm fired: running releases that watch it end their tick at once.",
		[]string{"aws.cloudwatch"}, "CloudWatch Alarm State Change", map[string]any{"state": map[string]any{"value": []any{"ALARM"}}}, function("signal"))
	rule(i, "ReleaseStopped", "An execution of the workflow has ended without success: what it left behind is brought home.",
		[]string{"aws.states"}, "Step Functions Execution Status Change", map[string]any{
			"status":          []any{"ABORTED", "FAILED", "TIMED_OUT"},
			"stateMachineArn": []any{i.stateMachineARN()},
		}, function("sweep"))

	if slices.ContainsFunc(i.config.Targets, func(kind string) bool { return kind == "alb" || kind == "asg" }) { // whose releases run on instances
		sources, detail := changesInPlace()
		rule(i, "InstanceChangedInPlace", "Somebody opened a shell on an instance, ran a command there, or changed it: it is tainted if it belongs to a service.",
			sources, "AWS API Call via CloudTrail", detail, function("drift"))
	}

	// By its ARN, because the CDK would add to the topic's policy, for each rule, what that allows already.
	topic := awssns.Topic_FromTopicArn(i.stack, jsii.String("OutcomesTopicByARN"), i.topic.TopicArn())
	people := func(sentence string) awsevents.IRuleTarget {
		return awseventstargets.NewSnsTopic(topic, &awseventstargets.SnsTopicProps{
			Message:         awsevents.RuleTargetInput_FromText(jsii.String(sentence)),
			DeadLetterQueue: i.deadLetters.events,
			MaxEventAge:     awscdk.Duration_Hours(jsii.Number(2)),
			RetryAttempts:   jsii.Number(20),
		})
	}
	// What the ledger announces, because every outcome is there, also one that the sweep has written.
	rule(i, "ReleaseEnded", "A release has ended: the topic is told how.",
		[]string{"goldfinch"}, "Goldfinch Release Changed", map[string]any{"kind": []any{"outcome"}},
		people(field("service")+" in "+field("environment")+": "+field("reason")+" (release "+field("release")+")"))
	// An input that could not be taken in has no record in the ledger, hence no change of one.
	rule(i, "InputNotTakenIn", "An execution's input was no release document: the topic is told why.",
		[]string{"goldfinch"}, "Goldfinch Release Ended", map[string]any{"service": []any{""}},
		people(field("outcome")+": "+field("reason")+" (release "+field("release")+")"))
}

// changesInPlace are CloudTrail's events of calls that change an instance in place: their sources, and what they say.
// A call that AWS refused changed nothing.
func changesInPlace() (sources []string, detail map[string]any) {
	var services, calls []any
	changing := drift.Mutations()
	for _, service := range slices.Sorted(maps.Keys(changing)) {
		sources = append(sources, "aws."+strings.TrimSuffix(service, ".amazonaws.com"))
		services = append(services, service)
		for _, call := range changing[service] {
			calls = append(calls, call)
		}
	}
	return sources, map[string]any{"eventSource": services, "eventName": calls, "errorCode": []any{map[string]any{"exists": false}}}
}

// rule sends events of this account's own, from any of the sources, to a target.
func rule(i *installation, id, description string, sources []string, detailType string, detail map[string]any, target awsevents.IRuleTarget) {
	pattern := &awsevents.EventPattern{
		Account:    &[]*string{i.stack.Account()},
		Source:     jsii.Strings(sources...),
		DetailType: jsii.Strings(detailType),
	}
	if detail != nil {
		pattern.Detail = &detail
	}
	awsevents.NewRule(i.stack, jsii.String(id+"Rule"), &awsevents.RuleProps{
		Description:  jsii.String(description),
		EventPattern: pattern,
		Targets:      &[]awsevents.IRuleTarget{target},
	})
}

// field stands in a sentence for a field of the event's detail.
func field(name string) string {
	return *awsevents.EventField_FromPath(jsii.String("$.detail." + name))
}
