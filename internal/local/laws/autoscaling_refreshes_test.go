package laws_test

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
)

const refreshPage = autoscalingPage + "API_StartInstanceRefresh.html"

// refresh starts an instance refresh to the template's version 2.
func (w autoscalingWorld) refresh(ctx context.Context, template string, preferences *types.RefreshPreferences) (*sdk.StartInstanceRefreshOutput, error) {
	return w.StartInstanceRefresh(ctx, &sdk.StartInstanceRefreshInput{
		AutoScalingGroupName: &w.name, Preferences: preferences, DesiredConfiguration: &types.DesiredConfiguration{LaunchTemplate: versionOf(template, "2")},
	})
}

// The laws of instance refreshes, as far as they need no time. Those that do are tests of the local service.
var refreshLaws = []law[autoscalingWorld]{
	{
		name:   "a group has one instance refresh at a time",
		source: refreshPage + ": InstanceRefreshInProgress, HTTP 400",
		hold: func(ctx context.Context, w autoscalingWorld) {
			template := w.group(ctx, 1)
			must(w.refresh(ctx, template, nil))
			_, err := w.StartInstanceRefresh(ctx, &sdk.StartInstanceRefreshInput{AutoScalingGroupName: &w.name})
			refusedAs(err, "InstanceRefreshInProgress", 400)
		},
	},
	{
		name:   "a refresh to a configuration keeps others from changing it",
		source: "https://docs.aws.amazon.com/autoscaling/ec2/userguide/understand-instance-refresh-default-values.html",
		hold: func(ctx context.Context, w autoscalingWorld) {
			template := w.group(ctx, 1)
			must(w.refresh(ctx, template, nil))
			_, err := w.UpdateAutoScalingGroup(ctx, &sdk.UpdateAutoScalingGroupInput{
				AutoScalingGroupName: &w.name, LaunchTemplate: &types.LaunchTemplateSpecification{LaunchTemplateName: &w.name, Version: aws.String("2")},
			})
			refusedAs(err, "ValidationError", 400)
		},
	},
	{
		name:   "who rolls back by himself says where to",
		source: autoscalingPage + "API_RefreshPreferences.html: AutoRollback",
		hold: func(ctx context.Context, w autoscalingWorld) {
			w.group(ctx, 1)
			_, err := w.StartInstanceRefresh(ctx, &sdk.StartInstanceRefreshInput{AutoScalingGroupName: &w.name, Preferences: &types.RefreshPreferences{AutoRollback: aws.Bool(true)}})
			refusedAs(err, "ValidationError", 400)
		},
	},
	{
		name:   "a refresh has AWS's defaults",
		source: autoscalingPage + "API_RefreshPreferences.html",
		hold: func(ctx context.Context, w autoscalingWorld) {
			template := w.group(ctx, 1)
			id := *must(w.refresh(ctx, template, &types.RefreshPreferences{CheckpointPercentages: []int32{50, 100}})).InstanceRefreshId
			found := must(w.DescribeInstanceRefreshes(ctx, &sdk.DescribeInstanceRefreshesInput{AutoScalingGroupName: &w.name})).InstanceRefreshes
			equal("id", *found[0].InstanceRefreshId, id)
			p := found[0].Preferences
			equal("numbers", []int32{*p.MinHealthyPercentage, *p.CheckpointDelay}, []int32{90, 3600})
			equal("switches", []bool{*p.SkipMatching, *p.AutoRollback}, []bool{false, false})
		},
	},
	{
		name:   "what is not under way is not cancelled",
		source: autoscalingPage + "API_CancelInstanceRefresh.html: ActiveInstanceRefreshNotFound, HTTP 400",
		hold: func(ctx context.Context, w autoscalingWorld) {
			w.group(ctx, 1)
			_, err := w.CancelInstanceRefresh(ctx, &sdk.CancelInstanceRefreshInput{AutoScalingGroupName: &w.name})
			refusedAs(err, "ActiveInstanceRefreshNotFound", 400)
		},
	},
	{
		name:   "what is not under way is not rolled back",
		source: autoscalingPage + "API_RollbackInstanceRefresh.html: ActiveInstanceRefreshNotFound, HTTP 400",
		hold: func(ctx context.Context, w autoscalingWorld) {
			w.group(ctx, 1)
			_, err := w.RollbackInstanceRefresh(ctx, &sdk.RollbackInstanceRefreshInput{AutoScalingGroupName: &w.name})
			refusedAs(err, "ActiveInstanceRefreshNotFound", 400)
		},
	},
	{
		name:   "there is no way back to a version without a number",
		source: "https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-rollback.html; " + autoscalingPage + "API_RollbackInstanceRefresh.html: IrreversibleInstanceRefresh, HTTP 400",
		hold: func(ctx context.Context, w autoscalingWorld) {
			template := w.template(ctx)
			in := w.creation(template, 1)
			in.LaunchTemplate.Version = aws.String("$Latest")
			must(w.CreateAutoScalingGroup(ctx, in))
			w.settle()
			must(w.refresh(ctx, template, nil))
			_, err := w.RollbackInstanceRefresh(ctx, &sdk.RollbackInstanceRefreshInput{AutoScalingGroupName: &w.name})
			refusedAs(err, "IrreversibleInstanceRefresh", 400)
		},
	},
}
