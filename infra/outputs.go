package main

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
)

// newOutputs are what people need of the stack after it was deployed.
func newOutputs(i *installation) {
	output := func(id, description, value string) {
		awscdk.NewCfnOutput(i.stack, jsii.String(id), &awscdk.CfnOutputProps{Description: jsii.String(description), Value: jsii.String(value)})
	}
	output("TableName", "The ledger's table.", *i.table.TableName())
	output("BucketName", "The artifact bucket.", *i.bucket.BucketName())
	output("StateMachineARN", "Where releases start: the alias of the state machine.", *i.alias.Ref())
	output("TopicARN", "The topic that is told of outcomes and alarms.", *i.topic.TopicArn())
	output("DashboardURL", "What a person on call looks at first.",
		"https://console.aws.amazon.com/cloudwatch/home?region="+*i.stack.Region()+"#dashboards/dashboard/"+i.config.Name)
	output("Environment", "What the command line needs in its environment.", strings.Join([]string{
		"export GOLDFINCH_TABLE=" + *i.table.TableName(),
		"export GOLDFINCH_BUCKET=" + *i.bucket.BucketName(),
		"export GOLDFINCH_STATE_MACHINE=" + *i.alias.Ref(),
	}, "\n"))
}
