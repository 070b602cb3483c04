package fleet

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// A Machine is an instance as EC2 has it.
type Machine struct {
	// Image is what it was started from.
	Image string
	// Address is its private IPv4 address; empty while it has none.
	Address string
	// Taint says how it was changed in place; empty when nobody has seen that.
	Taint string
}

// machinesPerCall bounds one request; EC2 takes up to 1,000 ids.
const machinesPerCall = 200

// Machines reads instances by their ids. One that is gone is left out.
func (f *Fleet) Machines(ctx context.Context, instances []Instance) (map[string]Machine, error) {
	machines := make(map[string]Machine, len(instances))
	for chunk := range slices.Chunk(instances, machinesPerCall) {
		var ids []string
		for _, instance := range chunk {
			ids = append(ids, instance.ID)
		}
		input := &ec2.DescribeInstancesInput{Filters: []types.Filter{{Name: aws.String("instance-id"), Values: ids}}} // unlike InstanceIds, it does not fail for one that is gone
		for {
			page, err := call.Do(ctx, "ec2: read instances", f.ec2.DescribeInstances, input)
			if err != nil {
				return nil, err
			}
			for _, reservation := range page.Reservations {
				for _, instance := range reservation.Instances {
					machines[aws.ToString(instance.InstanceId)] = machineOf(instance)
				}
			}
			if aws.ToString(page.NextToken) == "" {
				break
			}
			input.NextToken = page.NextToken
		}
	}
	return machines, nil
}

func machineOf(instance types.Instance) Machine {
	machine := Machine{Image: aws.ToString(instance.ImageId), Address: aws.ToString(instance.PrivateIpAddress)}
	for _, tag := range instance.Tags {
		if aws.ToString(tag.Key) == TagTainted {
			machine.Taint = aws.ToString(tag.Value)
			if machine.Taint == "" {
				machine.Taint = "tagged " + TagTainted
			}
		}
	}
	return machine
}
