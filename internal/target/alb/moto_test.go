package alb_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/smithy-go/middleware"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	localcloudwatch "github.com/goldfinch-dev/goldfinch/internal/local/cloudwatch"
	"github.com/goldfinch-dev/goldfinch/internal/peer"
	"github.com/goldfinch-dev/goldfinch/internal/target/fleettest"
	"github.com/goldfinch-dev/goldfinch/internal/target/targettest"
)

// TestContractOnMoto holds the target to the laws of every target over the wire, on load balancing, Auto Scaling and EC2 that others wrote. What moto lacks,
// [fleettest.MotoScaling] and [fleettest.MotoMachines] say in other words.
func TestContractOnMoto(t *testing.T) {
	t.Parallel()
	moto := peer.StartMoto(t, peer.MotoOptions{})
	var services atomic.Int32
	targettest.Run(t, func(t *testing.T) targettest.World {
		return newMotoAccount(t, moto, fmt.Sprintf("echo-%d", services.Add(1))).world()
	})
}

// newMotoAccount is an account of moto's. All tests share it, so each has a service of its own.
func newMotoAccount(t testing.TB, moto *peer.Moto, service string) *account {
	t.Helper()
	a := &account{t: t, service: service, pass: func(time.Duration) {}, now: func() time.Time { return time.Now() }}
	var err error
	a.metrics, err = localcloudwatch.New(localcloudwatch.Options{Clock: clock.Wall{}, Retention: 48 * time.Hour})
	must(t, err)
	keys := credentials.NewStaticCredentialsProvider("test", "test", "")
	observe := func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("observe", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (out middleware.InitializeOutput, metadata middleware.Metadata, err error) {
			operation := strings.ToLower(strings.ReplaceAll(awsmiddleware.GetServiceID(ctx), " ", "")) + ":" + middleware.GetOperationName(ctx)
			err = a.intercept(ctx, operation, func(ctx context.Context) error {
				out, metadata, err = next.HandleInitialize(ctx, in)
				return err
			})
			return out, metadata, err
		}), middleware.Before)
	}
	options := []func(*middleware.Stack) error{observe}
	a.elb = elbv2.New(elbv2.Options{Region: "us-east-1", BaseEndpoint: aws.String(moto.URL), Credentials: keys, APIOptions: options})
	a.scaling = fleettest.MotoScaling{Client: autoscaling.New(autoscaling.Options{Region: "us-east-1", BaseEndpoint: aws.String(moto.URL), Credentials: keys, APIOptions: options})}
	machines := ec2.New(ec2.Options{Region: "us-east-1", BaseEndpoint: aws.String(moto.URL), Credentials: keys, APIOptions: options})
	a.ec2 = fleettest.MotoMachines{Client: machines}
	subnets, err := machines.DescribeSubnets(foreign(t), &ec2.DescribeSubnetsInput{})
	must(t, err)
	a.vpc = *subnets.Subnets[0].VpcId
	for _, subnet := range subnets.Subnets[:2] {
		a.subnets = append(a.subnets, *subnet.SubnetId)
	}
	a.image = func(name string) string {
		output, err := machines.RegisterImage(foreign(t), &ec2.RegisterImageInput{
			Name: aws.String(service + "-" + name), RootDeviceName: aws.String("/dev/xvda"), Architecture: ec2types.ArchitectureValuesX8664,
		})
		must(t, err)
		return *output.ImageId
	}
	return a
}
