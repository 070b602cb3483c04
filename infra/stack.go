package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/jsii-runtime-go"

	"github.com/goldfinch-dev/goldfinch/internal/access"
)

// StackID is the stack's id in the CDK app, and begins the name of its template.
const stackID = "Goldfinch"

// An installation is Goldfinch in one account and region: one stack.
type installation struct {
	stack  awscdk.Stack
	config config
	assets assets

	// Key encrypts what is stored; nil where AWS's own keys do.
	key awskms.IKey
	// Table is the ledger.
	table awsdynamodb.Table
	// Bucket has the packages and the release files of the triggers.
	bucket awss3.IBucket
	// Topic is told of outcomes and alarms.
	topic awssns.Topic
	// DeadLetters are where what could not be delivered waits for a person.
	deadLetters deadLetters
	// Functions are Goldfinch's by their names: "intake", "bake", …
	functions map[string]awslambda.Function
	// Machine is the workflow. Releases start on its alias.
	machine awsstepfunctions.CfnStateMachine
	alias   awsstepfunctions.CfnStateMachineAlias
}

// DeadLetters are the queues for what got lost, by where.
type deadLetters struct {
	// Invocations has asynchronous invocations of functions that failed to the end.
	invocations awssqs.Queue
	// Events has events that a rule could not deliver.
	events awssqs.Queue
	// Schedules has schedules' invocations that could not be delivered.
	schedules awssqs.Queue
	// Changes names changes of the ledger that could not be announced.
	changes awssqs.Queue
}

// newInstallation is the whole system in the order in which its parts need each other.
func newInstallation(app awscdk.App, config config, assets assets) *installation {
	i := &installation{stack: newStack(app, config), config: config, assets: assets}

	i.key = newKey(i)
	i.deadLetters = newDeadLetters(i)
	i.table = newLedger(i)
	i.bucket = newArtifactBucket(i)
	i.topic = newOutcomesTopic(i)
	i.functions = newFunctions(i)
	i.machine, i.alias = newStateMachine(i)

	newLedgerStream(i)
	newTriggers(i)
	newSchedules(i)
	newDashboard(i, newAlarms(i))
	newPipeline(i)
	newOutputs(i)

	boundRoles(i)
	shortenLogicalIDs(i)
	return i
}

func newStack(app awscdk.App, config config) awscdk.Stack {
	stack := awscdk.NewStack(app, jsii.String(stackID), &awscdk.StackProps{
		StackName:   jsii.String(config.Name),
		Description: jsii.String("Goldfinch: releases a service to a small share of its traffic first, and takes it back by itself."),
		// For CloudFormation, which takes a million bytes; template.yaml is for people.
		SuppressTemplateIndentation: jsii.Bool(true),
		Env:                         &awscdk.Environment{Account: given(config.Account), Region: given(config.Region)},
	})
	// What bears this tag no function of Goldfinch may change. None has "goldfinch:service",
	// by which a function lets itself be released.
	awscdk.Tags_Of(stack).Add(jsii.String(access.TagInstallation), jsii.String(config.Name), &awscdk.TagProps{
		// Not everywhere can a dashboard have tags: CloudFormation's own schema lacks them.
		ExcludeResourceTypes: jsii.Strings("AWS::CloudWatch::Dashboard"),
	})
	return stack
}

// given is nil for an empty text, as the CDK has what is left out.
func given(text string) *string {
	if text == "" {
		return nil
	}
	return jsii.String(text)
}
