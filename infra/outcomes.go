package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssnssubscriptions"
	"github.com/aws/jsii-runtime-go"
)

// newOutcomesTopic is the topic that is told how each release ended, and of alarms.
func newOutcomesTopic(i *installation) awssns.Topic {
	topic := awssns.NewTopic(i.stack, jsii.String("OutcomesTopic"), &awssns.TopicProps{
		TopicName:   jsii.String(i.name("outcomes")),
		DisplayName: jsii.String("Goldfinch"),
		EnforceSSL:  jsii.Bool(true),
		// Without a key it is not encrypted at rest: AWS's own key for SNS lets neither EventBridge nor CloudWatch publish.
		MasterKey: i.key,
	})
	topic.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid:        jsii.String("TellOfAlarms"),
		Principals: &[]awsiam.IPrincipal{service("cloudwatch")},
		Actions:    jsii.Strings("sns:Publish"),
		Resources:  &[]*string{topic.TopicArn()},
		Conditions: &map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": i.stack.Account()}},
	}))
	// Without a condition: EventBridge can't publish to a topic whose policy asks for one
	// (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions).
	topic.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid:        jsii.String("TellOfOutcomes"),
		Principals: &[]awsiam.IPrincipal{service("events")},
		Actions:    jsii.Strings("sns:Publish"),
		Resources:  &[]*string{topic.TopicArn()},
	}))
	if i.config.NotificationEmail != "" {
		topic.AddSubscription(awssnssubscriptions.NewEmailSubscription(jsii.String(i.config.NotificationEmail), nil))
	}
	return topic
}

// service is a service of AWS as a principal.
func service(name string) awsiam.IPrincipal {
	return awsiam.NewServicePrincipal(jsii.String(name+".amazonaws.com"), nil)
}
