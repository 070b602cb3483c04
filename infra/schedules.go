package main

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsscheduler"
	"github.com/aws/jsii-runtime-go"

	"github.com/goldfinch-dev/goldfinch/internal/access"
)

// liveSchedules are when what is live is evaluated, five minutes after CloudWatch has had its hour.
var liveSchedules = map[string]string{"hourly": "cron(5 * * * ? *)", "daily": "cron(5 6 * * ? *)"}

// newSchedules are what happens by the clock (UTC): the sweep, because the event
// about an execution that has died is sent with best effort only, the
// evaluation of what is live, and the look for drift.
func newSchedules(i *installation) {
	group := awsscheduler.NewCfnScheduleGroup(i.stack, jsii.String("ScheduleGroup"), &awsscheduler.CfnScheduleGroupProps{Name: jsii.String(i.config.Name)})
	role := newRole(i, "SchedulerRole", "What the schedules of "+i.config.Name+" may do.",
		awsiam.NewPrincipalWithConditions(service("scheduler"), &map[string]any{
			"StringEquals": map[string]any{"aws:SourceAccount": i.stack.Account(), "aws:SourceArn": group.AttrArn()},
		}), []access.Statement{
			{
				Sid:       "RunByTheClock",
				Actions:   []string{"lambda:InvokeFunction"},
				Resources: []string{*i.functions["sweep"].FunctionArn(), *i.functions["evaluate"].FunctionArn(), *i.functions["drift"].FunctionArn()},
			},
			{
				Sid:       "KeepWhatFailed",
				Actions:   []string{"sqs:SendMessage"},
				Resources: []string{*i.deadLetters.schedules.QueueArn()},
			},
		})
	schedule := func(id, name, description, expression, input string, function awslambda.Function) {
		awsscheduler.NewCfnSchedule(i.stack, jsii.String(id), &awsscheduler.CfnScheduleProps{
			Name:               jsii.String(name),
			GroupName:          group.Ref(),
			Description:        jsii.String(description),
			ScheduleExpression: jsii.String(expression),
			FlexibleTimeWindow: &awsscheduler.CfnSchedule_FlexibleTimeWindowProperty{Mode: jsii.String("OFF")},
			Target: &awsscheduler.CfnSchedule_TargetProperty{
				Arn:              function.FunctionArn(),
				RoleArn:          role.RoleArn(),
				Input:            jsii.String(input),
				RetryPolicy:      &awsscheduler.CfnSchedule_RetryPolicyProperty{MaximumEventAgeInSeconds: jsii.Number(3600), MaximumRetryAttempts: jsii.Number(10)},
				DeadLetterConfig: &awsscheduler.CfnSchedule_DeadLetterConfigProperty{Arn: i.deadLetters.schedules.QueueArn()},
			},
		})
	}

	schedule("SweepSchedule", "sweep", "Brings home releases whose execution has died unheard.",
		every(i.config.SweepMinutes), `{}`, i.functions["sweep"])
	if expression, ok := liveSchedules[i.config.EvaluateLive]; ok {
		schedule("EvaluateLiveSchedule", "evaluate-live", "Judges what is live against its own yesterday.",
			expression, `{"state":"EvaluateLive","scheduledTime":"<aws.scheduler.scheduled-time>"}`, i.functions["evaluate"])
	}
	if i.config.DriftMinutes > 0 {
		schedule("DriftSchedule", "drift", "Looks for what runs and was not released.",
			every(i.config.DriftMinutes), `{"scheduledTime":"<aws.scheduler.scheduled-time>"}`, i.functions["drift"])
	}
}

// every is the rate of something that happens every so many minutes.
func every(minutes int) string {
	if minutes == 1 {
		return "rate(1 minute)"
	}
	return fmt.Sprintf("rate(%d minutes)", minutes)
}
