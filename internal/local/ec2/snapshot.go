package ec2

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// DescribeSnapshots is EC2's DescribeSnapshots.
func (s *Service) DescribeSnapshots(ctx context.Context, in *sdk.DescribeSnapshotsInput, _ ...func(*sdk.Options)) (*sdk.DescribeSnapshotsOutput, error) {
	return look(ctx, s, "DescribeSnapshots", in.DryRun, func() (*sdk.DescribeSnapshotsOutput, error) {
		for _, id := range in.SnapshotIds {
			if _, err := s.snapshot(id); err != nil {
				return nil, err
			}
		}
		var wanted []types.Snapshot
		for _, snapshot := range sorted(s.books.snapshots) {
			own := len(in.OwnerIds) == 0 || slices.Contains(in.OwnerIds, "self") || slices.Contains(in.OwnerIds, s.options.AccountID)
			if own && (len(in.SnapshotIds) == 0 || slices.Contains(in.SnapshotIds, *snapshot.SnapshotId)) {
				wanted = append(wanted, *snapshot)
			}
		}
		passed, err := filtered(wanted, in.Filters, func(snapshot types.Snapshot) attributes {
			return attributes{tags: snapshot.Tags, values: map[string][]string{
				"snapshot-id": one(snapshot.SnapshotId), "description": one(snapshot.Description), "status": one(&snapshot.State), "owner-id": one(snapshot.OwnerId),
			}}
		})
		if err != nil {
			return nil, err
		}
		snapshots, next, err := page(passed, in.NextToken, in.MaxResults)
		return &sdk.DescribeSnapshotsOutput{Snapshots: snapshots, NextToken: next}, err
	})
}

// DeleteSnapshot is EC2's DeleteSnapshot: not while a registered image is made of it.
func (s *Service) DeleteSnapshot(ctx context.Context, in *sdk.DeleteSnapshotInput, _ ...func(*sdk.Options)) (*sdk.DeleteSnapshotOutput, error) {
	return change(ctx, s, "DeleteSnapshot", in.DryRun, func() (*sdk.DeleteSnapshotOutput, error) {
		id := aws.ToString(in.SnapshotId)
		if _, err := s.snapshot(id); err != nil {
			return nil, err
		}
		for _, image := range sorted(s.books.images) {
			for _, device := range image.Image.BlockDeviceMappings {
				if device.Ebs != nil && aws.ToString(device.Ebs.SnapshotId) == id {
					return nil, refuse("InvalidSnapshot.InUse", "The snapshot %s is currently in use by %s", id, *image.Image.ImageId)
				}
			}
		}
		return &sdk.DeleteSnapshotOutput{}, s.commit(entry{key: snapshotKey(id)})
	})
}

// snapshot finds a snapshot.
func (s *Service) snapshot(id string) (*types.Snapshot, error) {
	if snapshot := s.books.snapshots[id]; snapshot != nil {
		return snapshot, nil
	}
	return nil, refuse("InvalidSnapshot.NotFound", "The snapshot '%s' does not exist.", id)
}
