package main

import (
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/jsii-runtime-go"

	"github.com/goldfinch-dev/goldfinch/internal/access"
	"github.com/goldfinch-dev/goldfinch/internal/workflow"
)

// newStateMachine is the workflow. Releases start on the alias, which leads to
// the newest version; a running one stays with its version, and that names
// versions of the functions. Both kinds of versions stay when a newer comes, so
// that no upgrade changes what a running release does.
func newStateMachine(i *installation) (awsstepfunctions.CfnStateMachine, awsstepfunctions.CfnStateMachineAlias) {
	logs := newLogGroup(i, "StateMachineLogGroup", "/aws/vendedlogs/states/"+i.config.Name)
	role := newRole(i, "StateMachineRole", "What the workflow of "+i.config.Name+" may do.",
		awsiam.NewPrincipalWithConditions(service("states"), &map[string]any{
			"StringEquals": map[string]any{"aws:SourceAccount": i.stack.Account()},
		}), workflowPolicy(i))

	machine := awsstepfunctions.NewCfnStateMachine(i.stack, jsii.String("StateMachine"), &awsstepfunctions.CfnStateMachineProps{
		StateMachineName:        jsii.String(i.config.Name),
		StateMachineType:        jsii.String("STANDARD"),
		DefinitionString:        jsii.String(workflow.Definition()),
		DefinitionSubstitutions: substitutions(i),
		RoleArn:                 role.RoleArn(),
		LoggingConfiguration: &awsstepfunctions.CfnStateMachine_LoggingConfigurationProperty{
			// Every state, because Step Functions forgets an execution after 90 days; not
			// its data, because checks may carry what does not belong into a log, and the ledger has the rest.
			Level:                jsii.String("ALL"),
			IncludeExecutionData: jsii.Bool(false),
			Destinations:         logDestination(logs),
		},
		TracingConfiguration: &awsstepfunctions.CfnStateMachine_TracingConfigurationProperty{Enabled: jsii.Bool(true)},
	})
	version := awsstepfunctions.NewCfnStateMachineVersion(i.stack, jsii.String("StateMachineVersion"), &awsstepfunctions.CfnStateMachineVersionProps{
		StateMachineArn:        machine.AttrArn(),
		StateMachineRevisionId: machine.AttrStateMachineRevisionId(),
	})
	version.ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE, nil)
	alias := awsstepfunctions.NewCfnStateMachineAlias(i.stack, jsii.String("StateMachineAlias"), &awsstepfunctions.CfnStateMachineAliasProps{
		Name:        jsii.String(aliasName),
		Description: jsii.String("Where releases start."),
		DeploymentPreference: &awsstepfunctions.CfnStateMachineAlias_DeploymentPreferenceProperty{
			StateMachineVersionArn: version.AttrArn(),
			Type:                   jsii.String("ALL_AT_ONCE"),
		},
	})
	return machine, alias
}

// substitutions are what stands for the definition's placeholders: versions of
// functions, not the functions, whose code the next upgrade changes.
func substitutions(i *installation) *map[string]*string {
	values := map[string]*string{"EventBus": jsii.String(busName)}
	for placeholder, function := range called(i) {
		values[placeholder] = function.CurrentVersion().FunctionArn()
	}
	return &values
}

// called are the functions that the workflow invokes, by the definition's placeholders.
func called(i *installation) map[string]awslambda.Function {
	placeholders := workflow.Placeholders()
	functions := map[string]awslambda.Function{}
	for _, shape := range functionShapes {
		if slices.Contains(placeholders, shape.placeholder()) {
			functions[shape.placeholder()] = i.functions[shape.name]
		}
	}
	return functions
}

func logDestination(logs awslogs.LogGroup) *[]any {
	return &[]any{&awsstepfunctions.CfnStateMachine_LogDestinationProperty{
		CloudWatchLogsLogGroup: &awsstepfunctions.CfnStateMachine_CloudWatchLogsLogGroupProperty{LogGroupArn: logs.LogGroupArn()},
	}}
}

// workflowPolicy is all that the state machine's role may do.
func workflowPolicy(i *installation) []access.Statement {
	var versions []string
	for _, shape := range functionShapes {
		if _, ok := called(i)[shape.placeholder()]; ok {
			versions = append(versions, i.arn("lambda", "function:"+i.functionName(shape.name)+":*"))
		}
	}
	statements := []access.Statement{
		{
			Sid:       "RunStates",
			Actions:   []string{"lambda:InvokeFunction"},
			Resources: versions,
			Reason:    "A release that runs during an upgrade goes on with the versions that it began with.",
		},
		{
			Sid:       "TellTheBus",
			Actions:   []string{"events:PutEvents"},
			Resources: []string{i.arn("events", "event-bus/"+busName)},
		},
		{
			Sid:        "TellTopicsThatAskForIt",
			Actions:    []string{"sns:Publish"},
			Resources:  []string{i.arn("sns", "*")},
			Conditions: map[string]map[string]string{"Null": {"aws:ResourceTag/goldfinch:service": "false"}},
			Reason:     "Release files name topics; a topic's owner lets Goldfinch publish by the tag goldfinch:service.",
		},
		{
			Sid:       "TellOutcomes",
			Actions:   []string{"sns:Publish"},
			Resources: []string{*i.topic.TopicArn()},
		},
		{
			Sid: "Log",
			Actions: []string{
				"logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies",
				"logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:UpdateLogDelivery",
			},
			Resources: []string{"*"},
			Reason:    "CloudWatch Logs knows no resource for deliveries: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html",
		},
		{
			Sid:       "Trace",
			Actions:   []string{"xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments"},
			Resources: []string{"*"},
			Reason:    "X-Ray has no resources for traces.",
		},
	}
	if i.config.KMSKey != "" {
		statements = append(statements, access.Statement{
			Sid:        "TellEncryptedTopics",
			Actions:    []string{"kms:Decrypt", "kms:GenerateDataKey"},
			Resources:  []string{"${KmsKey}"},
			Conditions: map[string]map[string]string{"StringEquals": {"kms:ViaService": "sns.${Region}.amazonaws.com"}},
			Reason:     "What is published to a topic is encrypted with the topic's key, in the publisher's name.",
		})
	}
	return statements
}
