package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambdadestinations"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/interfaces/interfacesawskms"
	"github.com/aws/jsii-runtime-go"

	"github.com/goldfinch-dev/goldfinch/internal/access"
)

// A functionShape is what one function is given.
type functionShape struct {
	name, does string
	// memory in MB brings processors in proportion
	// (https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html).
	memory float64
	// timeout in seconds is less than the TimeoutSeconds of the states that call
	// the function: the state must not give up while the function still writes.
	timeout float64
	// reserved is how many may run at once, and always can, however busy the
	// account is; 0 reserves nothing.
	reserved float64
}

// functionShapes are all functions. Those with 512 MB may have to put a whole
// package, 50 MB, back into $LATEST. Reserved are those which must run when all
// goes wrong, perhaps because a service uses up the account's concurrency:
// what gives users the stable version back, and what hears of alarms. One sweep
// at a time is enough. No function that moves traffic lives longer than 90 s: so long targets
// whose API has no lock wait for what may still be under way (target.Unlocked).
var functionShapes = []functionShape{
	{"announce", "Announces each change of the ledger: events on the bus, metrics.", 256, 60, 0},
	{"bake", "Checks that a release can work, and makes its artifact ready.", 512, 80, 0},
	{"deploy", "Publishes the new version where no user can reach it.", 256, 80, 0},
	{"drift", "Looks for what runs and was not released, and taints what is changed in place.", 256, 90, 0},
	{"evaluate", "Counts what both versions did, and judges; also what is live, on a schedule.", 256, 80, 0},
	{"intake", "Takes releases in from every trigger; locks, and writes the outcome.", 256, 80, 0},
	{"observe", "Waits for the end of a tick, an alarm, or a person.", 256, 60, 0},
	{"promote", "Gives the new version all traffic.", 256, 80, 0},
	{"retire", "Deletes versions that are no longer needed.", 256, 80, 0},
	{"rollback", "Gives the stable version all traffic again.", 512, 80, 5},
	{"shift", "Gives the new version its share of the traffic.", 256, 80, 0},
	{"signal", "Passes alarms and people's words on to running releases.", 256, 60, 5},
	{"sweep", "Brings home releases whose execution has died.", 512, 90, 1},
	{"verify", "Invokes the new version where no user can reach it.", 256, 900, 0},
}

// placeholder is what stands for the function in the workflow's definition.
func (s functionShape) placeholder() string { return capitalised(s.name) + "Function" }

// newFunctions are Goldfinch's Lambda functions.
func newFunctions(i *installation) map[string]awslambda.Function {
	functions := map[string]awslambda.Function{}
	for _, shape := range functionShapes {
		functions[shape.name] = newFunction(i, shape)
	}
	return functions
}

func newFunction(i *installation, shape functionShape) awslambda.Function {
	id := capitalised(shape.name)
	logs := newLogGroup(i, id+"LogGroup", "/aws/lambda/"+i.functionName(shape.name))
	role := newRole(i, id+"Role", "What "+i.functionName(shape.name)+" may do.", service("lambda"), functionPolicy(i, shape.name))
	var reserved *float64
	if i.config.ReservedConcurrency && shape.reserved > 0 {
		reserved = jsii.Number(shape.reserved)
	}
	function := awslambda.NewFunction(i.stack, jsii.String(id+"Function"), &awslambda.FunctionProps{
		FunctionName: jsii.String(i.functionName(shape.name)),
		Description:  jsii.String(shape.does),
		Runtime:      awslambda.Runtime_PROVIDED_AL2023(),
		Handler:      jsii.String("bootstrap"),
		Code:         awslambda.Code_FromAsset(jsii.String(i.assets.of(shape.name)), nil),
		Architecture: i.config.Architecture.ofLambda(),
		MemorySize:   jsii.Number(shape.memory),
		Timeout:      awscdk.Duration_Seconds(jsii.Number(shape.timeout)),
		Environment: &map[string]*string{
			"GOLDFINCH_TABLE":         jsii.String(i.config.Name),
			"GOLDFINCH_BUCKET":        jsii.String(i.bucketName()),
			"GOLDFINCH_STATE_MACHINE": jsii.String(i.liveARN()),
			"GOLDFINCH_EVENT_BUS":     jsii.String(busName),
		},
		// All that the role may do stands in functionPolicy: the CDK adds nothing.
		Role:                         role.WithoutPolicyUpdates(nil),
		LogGroup:                     logs,
		LoggingFormat:                awslambda.LoggingFormat_JSON,
		Tracing:                      awslambda.Tracing_ACTIVE,
		ReservedConcurrentExecutions: reserved,
		OnFailure:                    awslambdadestinations.NewSqsDestination(i.deadLetters.invocations),
		RetryAttempts:                jsii.Number(2),
		// A running release goes on with the versions that it began with. Only a version whose own
		// deployment fails goes: Lambda would refuse to publish the same code and settings a second time
		// (https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html).
		CurrentVersionOptions: &awslambda.VersionOptions{RemovalPolicy: awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE},
	})
	resource := function.Node().DefaultChild().(awslambda.CfnFunction)
	// The reference to the role says as much.
	resource.AddDeletionOverride(jsii.String("DependsOn"))
	if len(i.config.Subnets) > 0 {
		resource.SetVpcConfig(&awslambda.CfnFunction_VpcConfigProperty{
			SubnetIds:        jsii.Strings(i.config.Subnets...),
			SecurityGroupIds: jsii.Strings(i.config.SecurityGroups...),
		})
	}
	return function
}

// ofLambda is the CDK's name of an architecture.
func (a architecture) ofLambda() awslambda.Architecture {
	if a == "x86_64" {
		return awslambda.Architecture_X86_64()
	}
	return awslambda.Architecture_ARM_64()
}

// newLogGroup is a log group that is there before who writes to it, goes with
// the stack, and keeps its lines as long as the context says.
func newLogGroup(i *installation, id, name string) awslogs.LogGroup {
	var key interfacesawskms.IKeyRef
	if i.key != nil {
		key = i.key
	}
	group := awslogs.NewLogGroup(i.stack, jsii.String(id), &awslogs.LogGroupProps{
		LogGroupName:  jsii.String(name),
		EncryptionKey: key,
		RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
	})
	// In days, for which the construct has names instead.
	group.Node().DefaultChild().(awslogs.CfnLogGroup).SetRetentionInDays(jsii.Number(float64(i.config.LogRetentionDays)))
	return group
}

// functionPolicy is all that a function's role may do: what its code calls, and
// what Lambda itself does in its name.
func functionPolicy(i *installation, function string) []access.Statement {
	statements := append([]access.Statement{}, access.Policy(function, i.config.Targets...)...)
	statements = append(statements,
		access.Statement{
			Sid:       "WriteOwnLog",
			Actions:   []string{"logs:CreateLogStream", "logs:PutLogEvents"},
			Resources: []string{i.arn("logs", "log-group:/aws/lambda/"+i.functionName(function)+":log-stream:*")},
			Reason:    "Lambda names the streams of the function's own log group.",
		},
		access.Statement{
			Sid:       "Trace",
			Actions:   []string{"xray:PutTelemetryRecords", "xray:PutTraceSegments"},
			Resources: []string{"*"},
			Reason:    "X-Ray has no resources for traces.",
		},
		access.Statement{
			Sid:       "KeepFailedInvocations",
			Actions:   []string{"sqs:SendMessage"},
			Resources: []string{*i.deadLetters.invocations.QueueArn()},
			Reason:    "Lambda sends what failed in the function's name.",
		},
	)
	if function == "announce" {
		statements = append(statements, access.Statement{
			Sid:       "KeepUnannouncedChanges",
			Actions:   []string{"sqs:SendMessage"},
			Resources: []string{*i.deadLetters.changes.QueueArn()},
			Reason:    "Lambda sends what could not be announced in the function's name.",
		})
	}
	if len(i.config.Subnets) > 0 {
		statements = append(statements, useNetwork())
	}
	return statements
}

// useNetwork lets Lambda attach the functions to the subnets
// (https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions).
func useNetwork() access.Statement {
	return access.Statement{
		Sid:       "UseNetwork",
		Actions:   []string{"ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:UnassignPrivateIpAddresses"},
		Resources: []string{"*"},
		Reason:    "Lambda makes network interfaces in the function's name, and refuses a role that may do so for some subnets only.",
	}
}
