package ec2

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// creationLayout is how EC2 writes when an image was made or is deprecated.
const creationLayout = "2006-01-02T15:04:05.000Z"

// RegisterImage is EC2's RegisterImage. ImageLocation is "s3://bucket/key" of the program. The image gets a snapshot,
// as one that was made from a disk has.
func (s *Service) RegisterImage(ctx context.Context, in *sdk.RegisterImageInput, _ ...func(*sdk.Options)) (*sdk.RegisterImageOutput, error) {
	return change(ctx, s, "RegisterImage", in.DryRun, func() (*sdk.RegisterImageOutput, error) {
		name := aws.ToString(in.Name)
		if len(name) < 3 || len(name) > 128 {
			return nil, refuse("InvalidAMIName.Malformed", "AMI names must be between 3 and 128 characters long, and this one is '%s'", name)
		}
		if aws.ToString(in.ImageLocation) == "" {
			return nil, missing("ImageLocation")
		}
		if len(in.BlockDeviceMappings) > 0 {
			return nil, unsupported("images of block devices: give an ImageLocation")
		}
		for _, image := range s.books.images {
			if aws.ToString(image.Image.Name) == name && aws.ToString(image.Image.OwnerId) == s.options.AccountID {
				return nil, refuse("InvalidAMIName.Duplicate", "AMI name %s is already in use by AMI %s", name, *image.Image.ImageId)
			}
		}
		tags, err := specified(in.TagSpecifications, false, types.ResourceTypeImage)
		if err != nil {
			return nil, err
		}
		image, snapshot := s.newImage(in, tags)
		if err := s.commit(entry{imageKey(*image.Image.ImageId), image}, entry{snapshotKey(*snapshot.SnapshotId), snapshot}); err != nil {
			return nil, err
		}
		return &sdk.RegisterImageOutput{ImageId: image.Image.ImageId}, nil
	})
}

func (s *Service) newImage(in *sdk.RegisterImageInput, tags []types.Tag) (*imageRecord, *types.Snapshot) {
	now := s.now()
	id := s.identifier("ami")
	snapshot := &types.Snapshot{
		SnapshotId: aws.String(s.identifier("snap")), OwnerId: &s.options.AccountID, State: types.SnapshotStateCompleted,
		Description: aws.String("Created for " + id), Progress: aws.String("100%"), StartTime: aws.Time(now), VolumeSize: aws.Int32(8),
	}
	architecture := in.Architecture
	if architecture == "" {
		architecture = types.ArchitectureValuesX8664
	}
	root := "/dev/xvda"
	return &imageRecord{
		Created: now, VisibleAt: now.Add(s.options.VisibleAfter), AvailableAt: now.Add(s.options.AvailableAfter),
		Image: types.Image{
			ImageId: &id, Name: in.Name, Description: in.Description, ImageLocation: in.ImageLocation, OwnerId: &s.options.AccountID,
			Architecture: architecture, CreationDate: aws.String(now.Format(creationLayout)), ImageType: types.ImageTypeValuesMachine,
			RootDeviceName: &root, RootDeviceType: types.DeviceTypeEbs, VirtualizationType: types.VirtualizationTypeHvm,
			EnaSupport: in.EnaSupport, Public: aws.Bool(false), Tags: tags,
			BlockDeviceMappings: []types.BlockDeviceMapping{{DeviceName: &root, Ebs: &types.EbsBlockDevice{SnapshotId: snapshot.SnapshotId, VolumeSize: snapshot.VolumeSize}}},
		},
	}, snapshot
}

// AddImage puts an image here as it is: one that another account has shared with this one, by its OwnerId. It is no call of EC2's.
func (s *Service) AddImage(image types.Image) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	return s.commit(entry{imageKey(*image.ImageId), &imageRecord{Image: image, Created: now, VisibleAt: now, AvailableAt: now}})
}

// image finds an image.
func (s *Service) image(id string) (*imageRecord, error) {
	image := s.books.images[id]
	if image == nil || s.now().Before(image.VisibleAt) {
		return nil, refuse("InvalidAMIID.NotFound", "The image id '[%s]' does not exist", id)
	}
	return image, nil
}

// ownImage finds an image that is to be changed.
func (s *Service) ownImage(id *string) (*imageRecord, error) {
	if aws.ToString(id) == "" {
		return nil, missing("ImageId")
	}
	image, err := s.image(*id)
	if err != nil {
		return nil, err
	}
	if *image.Image.OwnerId != s.options.AccountID {
		return nil, refuse("AuthFailure", "Not authorized for image:%s", *id)
	}
	return image, nil
}

// state is what an image is at a time.
func (r *imageRecord) state(now time.Time) types.ImageState {
	switch {
	case !r.DisabledAt.IsZero():
		return types.ImageStateDisabled
	case now.Before(r.AvailableAt):
		return types.ImageStatePending
	default:
		return types.ImageStateAvailable
	}
}

// deprecated reports whether an image is out of date at a time.
func (r *imageRecord) deprecated(now time.Time) bool {
	return !r.DeprecateAt.IsZero() && !now.Before(r.DeprecateAt)
}

// told is the image as it is described.
func (r *imageRecord) told(now time.Time) types.Image {
	image := r.Image
	image.State = r.state(now)
	if !r.DeprecateAt.IsZero() {
		image.DeprecationTime = aws.String(r.DeprecateAt.Format(creationLayout))
	}
	for _, permission := range r.Permissions {
		if permission.Group == types.PermissionGroupAll {
			image.Public = aws.Bool(true)
		}
	}
	return image
}

// DeregisterImage is EC2's DeregisterImage. It asks nobody: launch templates that name the image fail from then on, and instances run on.
// Its snapshots stay, unless they are to go with it.
func (s *Service) DeregisterImage(ctx context.Context, in *sdk.DeregisterImageInput, _ ...func(*sdk.Options)) (*sdk.DeregisterImageOutput, error) {
	return change(ctx, s, "DeregisterImage", in.DryRun, func() (*sdk.DeregisterImageOutput, error) {
		image, err := s.ownImage(in.ImageId)
		if err != nil {
			return nil, err
		}
		out := &sdk.DeregisterImageOutput{Return: aws.Bool(true)}
		entries := []entry{{key: imageKey(*in.ImageId)}}
		if aws.ToBool(in.DeleteAssociatedSnapshots) {
			for _, device := range image.Image.BlockDeviceMappings {
				entries = append(entries, entry{key: snapshotKey(*device.Ebs.SnapshotId)})
				out.DeleteSnapshotResults = append(out.DeleteSnapshotResults, types.DeleteSnapshotReturnCode{SnapshotId: device.Ebs.SnapshotId, ReturnCode: types.SnapshotReturnCodesSuccess})
			}
		}
		return out, s.commit(entries...)
	})
}
