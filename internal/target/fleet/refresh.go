package fleet

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// LastRefresh is the newest instance refresh of a group; nil when there was none within six weeks, see
// https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeInstanceRefreshes.html .
func (f *Fleet) LastRefresh(ctx context.Context, group string) (*types.InstanceRefresh, error) {
	output, err := call.Do(ctx, "autoscaling: read the instance refreshes of group "+group, f.autoScaling.DescribeInstanceRefreshes,
		&autoscaling.DescribeInstanceRefreshesInput{AutoScalingGroupName: aws.String(group), MaxRecords: aws.Int32(1)})
	if err != nil || len(output.InstanceRefreshes) == 0 {
		return nil, err
	}
	return &output.InstanceRefreshes[0], nil
}

// IsActive reports whether a refresh still does something; false of none.
func IsActive(refresh *types.InstanceRefresh) bool {
	return refresh != nil && slices.Contains([]types.InstanceRefreshStatus{
		types.InstanceRefreshStatusPending, types.InstanceRefreshStatusInProgress, types.InstanceRefreshStatusBaking,
		types.InstanceRefreshStatusCancelling, types.InstanceRefreshStatusRollbackInProgress,
	}, refresh.Status)
}
