package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambdaeventsources"
	"github.com/aws/jsii-runtime-go"
)

// newLedger is the table in which every release is recorded. It outlives the
// stack: what is live, and why, is nowhere else.
func newLedger(i *installation) awsdynamodb.Table {
	encryption := awsdynamodb.TableEncryption_AWS_MANAGED
	if i.key != nil {
		encryption = awsdynamodb.TableEncryption_CUSTOMER_MANAGED
	}
	return awsdynamodb.NewTable(i.stack, jsii.String("LedgerTable"), &awsdynamodb.TableProps{
		TableName:    jsii.String(i.config.Name),
		PartitionKey: &awsdynamodb.Attribute{Name: jsii.String("pk"), Type: awsdynamodb.AttributeType_STRING},
		SortKey:      &awsdynamodb.Attribute{Name: jsii.String("sk"), Type: awsdynamodb.AttributeType_STRING},
		BillingMode:  awsdynamodb.BillingMode_PAY_PER_REQUEST,
		// Only the history of what has ended bears it.
		TimeToLiveAttribute:              jsii.String("expires"),
		Stream:                           awsdynamodb.StreamViewType_NEW_AND_OLD_IMAGES,
		PointInTimeRecoverySpecification: &awsdynamodb.PointInTimeRecoverySpecification{PointInTimeRecoveryEnabled: jsii.Bool(true)},
		Encryption:                       encryption,
		EncryptionKey:                    i.key,
		DeletionProtection:               jsii.Bool(true),
		RemovalPolicy:                    awscdk.RemovalPolicy_RETAIN,
	})
}

// newLedgerStream has every change of the ledger announced, in order for each
// release: its items share a partition key, hence a shard, and one invocation at
// a time reads a shard. The function passes over what makes no sense and what the
// bus will never take; so what fails is for somebody to mend, and is tried again for
// nearly as long as the stream keeps it, 24 hours
// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html), however often
// that is. The rest, of a batch that was halved until nothing else is in it, goes to a queue.
func newLedgerStream(i *installation) {
	awslambda.NewEventSourceMapping(i.stack, jsii.String("LedgerStream"), &awslambda.EventSourceMappingProps{
		Target:                  i.functions["announce"],
		EventSourceArn:          i.table.TableStreamArn(),
		StartingPosition:        awslambda.StartingPosition_TRIM_HORIZON,
		BatchSize:               jsii.Number(100),
		ParallelizationFactor:   jsii.Number(1),
		BisectBatchOnError:      jsii.Bool(true),
		ReportBatchItemFailures: jsii.Bool(true),
		MaxRecordAge:            awscdk.Duration_Hours(jsii.Number(20)),
		OnFailure:               awslambdaeventsources.NewSqsDlq(i.deadLetters.changes),
		// What is announced is written once, and never changes.
		Filters: &[]*map[string]any{awslambda.FilterCriteria_Filter(&map[string]any{
			"eventName": awslambda.FilterRule_IsEqual("INSERT"),
		})},
	})
}
