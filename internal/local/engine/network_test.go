package engine_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	localec2 "github.com/goldfinch-dev/goldfinch/internal/local/ec2"
	"github.com/goldfinch-dev/goldfinch/internal/local/engine"
)

// oneProgram is what every instance runs: a server of this process.
type oneProgram struct{ address string }

func (o oneProgram) Start(context.Context, localec2.Instance) (string, error) { return o.address, nil }

func (oneProgram) Stop(context.Context, string, time.Duration) {}

// Instances and load balancers of the local cloud are reached by the addresses and names that AWS would give them, and
// nobody else is asked for those.
func TestNamesOfTheLocalCloudLeadToLoopback(t *testing.T) {
	t.Parallel()
	program := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "instance, asked as "+r.Host) }))
	t.Cleanup(program.Close)
	s := simulate(t, func(o *engine.Options) {
		o.Infrastructure = &engine.Infrastructure{Runner: oneProgram{strings.TrimPrefix(program.URL, "http://")}}
	})
	ctx := t.Context()
	image, err := s.engine.EC2.RegisterImage(ctx, &ec2.RegisterImageInput{Name: aws.String("one"), ImageLocation: aws.String("s3://programs/one.zip")})
	must(t, err)
	_, err = s.engine.EC2.RunInstances(ctx, &ec2.RunInstancesInput{ImageId: image.ImageId, MinCount: aws.Int32(1), MaxCount: aws.Int32(1)})
	must(t, err)
	var instance ec2types.Instance
	for instance.State == nil || instance.State.Name != ec2types.InstanceStateNameRunning {
		s.clock.RunUntil(s.clock.Now().Add(time.Second))
		found, err := s.engine.EC2.DescribeInstances(ctx, &ec2.DescribeInstancesInput{})
		must(t, err)
		instance = found.Reservations[0].Instances[0]
	}
	balancer, err := s.engine.LoadBalancing.CreateLoadBalancer(ctx, &elasticloadbalancingv2.CreateLoadBalancerInput{Name: aws.String("Web"), Subnets: []string{"subnet-1", "subnet-2"}})
	must(t, err)
	_, err = s.engine.LoadBalancing.CreateListener(ctx, &elasticloadbalancingv2.CreateListenerInput{
		LoadBalancerArn: balancer.LoadBalancers[0].LoadBalancerArn, Protocol: types.ProtocolEnumHttp, Port: aws.Int32(80),
		DefaultActions: []types.Action{{Type: types.ActionTypeEnumFixedResponse, FixedResponseConfig: &types.FixedResponseActionConfig{
			StatusCode: aws.String("200"), ContentType: aws.String("text/plain"), MessageBody: aws.String("listener"),
		}}},
	})
	must(t, err)
	name := *balancer.LoadBalancers[0].DNSName
	client := s.engine.HTTP()
	for url, want := range map[string]string{
		"http://" + *instance.PrivateIpAddress + ":80/": "instance, asked as " + *instance.PrivateIpAddress + ":80",
		"http://" + name + "/":                          "listener",
		"http://" + strings.ToUpper(name) + "/again":    "listener",
		program.URL: "instance, asked as " + strings.TrimPrefix(program.URL, "http://"),
	} {
		response, err := client.Get(url)
		if err != nil {
			t.Errorf("%s: %v", url, err)
			continue
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || string(body) != want {
			t.Errorf("%s answers %q, %v; want %q", url, body, err, want)
		}
	}
	for _, nowhere := range []string{"http://" + name + ":8080/", "http://gone-1.us-east-1.elb.amazonaws.com/"} {
		if _, err := client.Get(nowhere); err == nil || !strings.Contains(err.Error(), "no load balancer has this name and port") {
			t.Errorf("%s: %v", nowhere, err)
		}
	}
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := s.engine.Dial(stopped, "tcp", "other-1.us-east-1.elb.amazonaws.com:80"); !errors.Is(err, context.Canceled) {
		t.Errorf("a call that was given up: %v", err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
