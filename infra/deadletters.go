package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"
)

// newDeadLetters are the queues for what got lost. They keep it for two weeks,
// the longest that SQS knows; an alarm tells when one is not empty.
func newDeadLetters(i *installation) deadLetters {
	queue := func(id, name string) awssqs.Queue {
		queue := awssqs.NewQueue(i.stack, jsii.String(id), &awssqs.QueueProps{
			QueueName:       jsii.String(i.name(name)),
			RetentionPeriod: awscdk.Duration_Days(jsii.Number(14)),
			// Not the installation's key: its policy would have to let EventBridge, Scheduler and Lambda write.
			Encryption: awssqs.QueueEncryption_SQS_MANAGED,
			EnforceSSL: jsii.Bool(true),
		})
		accept(queue, "It is a dead-letter queue itself, of rules, schedules and functions, at which the rule does not look.", "AwsSolutions-SQS3")
		return queue
	}
	return deadLetters{
		invocations: queue("FailedInvocationsQueue", "failed-invocations"),
		events:      queue("UndeliveredEventsQueue", "undelivered-events"),
		schedules:   queue("UndeliveredSchedulesQueue", "undelivered-schedules"),
		changes:     queue("UnannouncedChangesQueue", "unannounced-changes"),
	}
}
