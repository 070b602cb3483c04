package ec2

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// Tags that EC2 and Auto Scaling give to the instances that they launch.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html
const (
	templateTag        = "aws:ec2launchtemplate:id"
	templateVersionTag = "aws:ec2launchtemplate:version"
	groupTag           = "aws:autoscaling:groupName"
)

// RunInstances is EC2's RunInstances: all MaxCount instances, or none. What the request says goes before what its launch template says.
func (s *Service) RunInstances(ctx context.Context, in *sdk.RunInstancesInput, _ ...func(*sdk.Options)) (*sdk.RunInstancesOutput, error) {
	return serve(ctx, s, "RunInstances", in.DryRun, func() (*sdk.RunInstancesOutput, error) { return s.launch(in, false) })
}

// Launch is RunInstances for services of AWS, which may give instances tags that begin with "aws:". Nothing intercepts it.
func (s *Service) Launch(_ context.Context, in *sdk.RunInstancesInput) (*sdk.RunInstancesOutput, error) {
	out, err := s.launch(in, true)
	if err != nil {
		return nil, wrap("RunInstances", err)
	}
	return out, nil
}

func (s *Service) launch(in *sdk.RunInstancesInput, trusted bool) (*sdk.RunInstancesOutput, error) {
	out, fresh, err := s.admit(in, trusted)
	if err != nil || !fresh {
		return out, err
	}
	for _, instance := range out.Instances {
		id := *instance.InstanceId
		s.tell(StateChange{id, types.InstanceStateNamePending})
		s.afterwards(s.options.BootDuration, func(ctx context.Context) { s.boot(ctx, id) })
	}
	return out, nil
}

// admit writes new instances down; fresh is false when the same request was made before.
func (s *Service) admit(in *sdk.RunInstancesInput, trusted bool) (out *sdk.RunInstancesOutput, fresh bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked, err := fingerprint(in)
	if err != nil {
		return nil, false, err
	}
	made := request{aws.ToString(in.ClientToken), asked}
	if out, err := s.instancesMadeBy(made); out != nil || err != nil {
		return out, false, err
	}
	minimum, maximum := aws.ToInt32(in.MinCount), aws.ToInt32(in.MaxCount)
	if minimum < 1 || maximum < minimum {
		return nil, false, invalid("The parameters MinCount (%d) and MaxCount (%d) must be at least 1, and MaxCount not less than MinCount", minimum, maximum)
	}
	plan, err := s.planned(in, trusted)
	if err != nil {
		return nil, false, err
	}
	plan.Request, plan.Reservation = made, s.identifier("r")
	out = &sdk.RunInstancesOutput{OwnerId: &s.options.AccountID, ReservationId: &plan.Reservation}
	entries := s.forgotten()
	for index := range maximum {
		next := *plan
		next.Instance.InstanceId = aws.String(s.identifier("i"))
		next.Instance.AmiLaunchIndex = aws.Int32(index)
		next.Instance.PrivateIpAddress = aws.String(s.freeAddress(out.Instances))
		next.Instance.PrivateDnsName = aws.String("ip-" + strings.ReplaceAll(*next.Instance.PrivateIpAddress, ".", "-") + ".ec2.internal")
		out.Instances = append(out.Instances, next.Instance)
		entries = append(entries, entry{instanceKey(*next.Instance.InstanceId), &next})
	}
	return out, true, s.commit(entries...)
}

// instancesMadeBy is the answer to a request that was made before, or nil.
func (s *Service) instancesMadeBy(made request) (*sdk.RunInstancesOutput, error) {
	var out *sdk.RunInstancesOutput
	for _, instance := range sorted(s.books.instances) {
		again, err := repeats(instance.Request, made)
		if err != nil {
			return nil, err
		}
		if again {
			if out == nil {
				out = &sdk.RunInstancesOutput{OwnerId: &s.options.AccountID, ReservationId: &instance.Reservation}
			}
			out.Instances = append(out.Instances, instance.Instance)
		}
	}
	return out, nil
}

// planned is what each instance of a request will be.
func (s *Service) planned(in *sdk.RunInstancesInput, trusted bool) (*instanceRecord, error) {
	data := &types.ResponseLaunchTemplateData{}
	var templateTags []types.Tag
	if in.LaunchTemplate != nil {
		template, err := s.template(in.LaunchTemplate.LaunchTemplateId, in.LaunchTemplate.LaunchTemplateName)
		if err != nil {
			return nil, err
		}
		version, err := s.findVersion(template, aws.ToString(in.LaunchTemplate.Version))
		if err != nil {
			return nil, err
		}
		data = version.Version.LaunchTemplateData
		for _, specification := range data.TagSpecifications {
			if specification.ResourceType == types.ResourceTypeInstance {
				templateTags = withTags(templateTags, specification.Tags)
			}
		}
		templateTags = withTags(templateTags, []types.Tag{
			{Key: aws.String(templateTag), Value: template.Template.LaunchTemplateId},
			{Key: aws.String(templateVersionTag), Value: aws.String(fmt.Sprint(*version.Version.VersionNumber))},
		})
	}
	image, err := s.launchable(first(in.ImageId, data.ImageId))
	if err != nil {
		return nil, err
	}
	tags, err := specified(in.TagSpecifications, trusted, types.ResourceTypeInstance, types.ResourceTypeVolume, types.ResourceTypeNetworkInterface)
	if err != nil {
		return nil, err
	}
	encoded := aws.ToString(first(in.UserData, data.UserData))
	if _, err := base64.StdEncoding.DecodeString(encoded); err != nil {
		return nil, refuse("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.")
	}
	now := s.now()
	kind := in.InstanceType
	if kind == "" {
		kind = data.InstanceType
	}
	if kind == "" {
		kind = types.InstanceTypeM1Small // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html: the default
	}
	return &instanceRecord{Location: *image.Image.ImageLocation, UserData: encoded, Instance: types.Instance{
		ImageId: image.Image.ImageId, InstanceType: kind, Architecture: image.Image.Architecture, KeyName: first(in.KeyName, data.KeyName),
		ClientToken: in.ClientToken, LaunchTime: aws.Time(now), SubnetId: in.SubnetId, Tags: withTags(templateTags, tags),
		Placement: &types.Placement{AvailabilityZone: aws.String(s.zone(in.Placement))},
		State:     stateOf(types.InstanceStateNamePending), RootDeviceName: image.Image.RootDeviceName, RootDeviceType: image.Image.RootDeviceType,
		IamInstanceProfile: profile(data.IamInstanceProfile),
	}}, nil
}

func profile(given *types.LaunchTemplateIamInstanceProfileSpecification) *types.IamInstanceProfile {
	if given == nil {
		return nil
	}
	return &types.IamInstanceProfile{Arn: first(given.Arn, given.Name)}
}

// first is the first that is there.
func first(values ...*string) *string {
	for _, value := range values {
		if value != nil && *value != "" {
			return value
		}
	}
	return nil
}

// launchable finds the image that instances are to be launched from.
func (s *Service) launchable(id *string) (*imageRecord, error) {
	if id == nil {
		return nil, missing("ImageId")
	}
	if strings.HasPrefix(*id, "resolve:") {
		return nil, unsupported("parameters of Systems Manager: name an AMI by its id")
	}
	image, err := s.image(*id)
	if err != nil {
		return nil, err
	}
	if state := image.state(s.now()); state != types.ImageStateAvailable {
		return nil, refuse("InvalidAMIID.Unavailable", "The image ID '%s' is not available: it is %s", *id, state)
	}
	return image, nil
}

func (s *Service) zone(placement *types.Placement) string {
	if placement != nil && aws.ToString(placement.AvailabilityZone) != "" {
		return *placement.AvailabilityZone
	}
	return s.options.Region + "a"
}

// freeAddress is the first address of 10.0.0.0/16 that no living instance has, nor one of those that are made at the same time.
func (s *Service) freeAddress(others []types.Instance) string {
	taken := map[string]bool{}
	for _, other := range others {
		taken[*other.PrivateIpAddress] = true
	}
	for _, instance := range s.books.instances {
		taken[aws.ToString(instance.Instance.PrivateIpAddress)] = true
	}
	// The first four addresses of a subnet are AWS's: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
	for number := 4; ; number++ {
		if address := fmt.Sprintf("10.0.%d.%d", number>>8, number&0xff); !taken[address] {
			return address
		}
	}
}

// instance finds an instance.
func (s *Service) instance(id string) (*instanceRecord, error) {
	if instance := s.books.instances[id]; instance != nil && !s.isForgotten(instance) {
		return instance, nil
	}
	return nil, refuse("InvalidInstanceID.NotFound", "The instance ID '%s' does not exist", id)
}
