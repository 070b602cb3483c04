package engine

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdks3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/goldfinch-dev/goldfinch/internal/local/apigateway"
	"github.com/goldfinch-dev/goldfinch/internal/local/appconfig"
	"github.com/goldfinch-dev/goldfinch/internal/local/autoscaling"
	"github.com/goldfinch-dev/goldfinch/internal/local/cloudformation"
	"github.com/goldfinch-dev/goldfinch/internal/local/cloudwatch"
	"github.com/goldfinch-dev/goldfinch/internal/local/ec2"
	"github.com/goldfinch-dev/goldfinch/internal/local/elasticloadbalancingv2"
	"github.com/goldfinch-dev/goldfinch/internal/local/eventbridge"
	"github.com/goldfinch-dev/goldfinch/internal/local/imagebuilder"
	"github.com/goldfinch-dev/goldfinch/internal/local/route53"
	"github.com/goldfinch-dev/goldfinch/internal/wire"
)

// Infrastructure says how the local cloud's instances and what is around them behave. Only Runner is required.
type Infrastructure struct {
	// Runner runs the programs of instances.
	Runner ec2.Runner
	// Probe makes one health check of a target; nil asks by HTTP.
	Probe func(ctx context.Context, address string, check elasticloadbalancingv2.Check) error
	// BootDuration is how long an instance is pending before its program is started, BuildDuration how long an
	// image takes to be built, and Propagation how long name servers take to hear of a change.
	BootDuration, BuildDuration, Propagation time.Duration
	// Interval is how often Auto Scaling looks after what does not tell it by itself, and CloudFormation after what it makes; default 5 s and 1 s.
	Interval time.Duration
}

// openInfrastructure makes the services of instances; without a runner there are none.
func (e *Engine) openInfrastructure() (err error) {
	o := e.options
	e.APIGateway, err = apigateway.New(apigateway.Options{
		Clock: o.Clock, Store: o.Store, Intercept: o.Intercept, Functions: e.Lambda, Random: o.Random, Region: Region, AccountID: AccountID,
	})
	if err != nil {
		return err
	}
	e.AppConfig, err = appconfig.New(appconfig.Options{Clock: o.Clock, Store: o.Store, Intercept: o.Intercept, Region: Region, AccountID: AccountID})
	infrastructure := o.Infrastructure
	if err != nil || infrastructure == nil {
		return err
	}
	publish := func(event eventbridge.Event) { e.Bus.Publish(context.Background(), event) }
	e.EC2, err = ec2.New(ec2.Options{
		Clock: o.Clock, Store: o.Store, Intercept: o.Intercept, Runner: infrastructure.Runner, Region: Region, AccountID: AccountID,
		BootDuration: infrastructure.BootDuration, Events: publish, Log: o.Log,
	})
	if err != nil {
		return err
	}
	counts := balanced{e.CloudWatch}
	e.LoadBalancing, err = elasticloadbalancingv2.New(elasticloadbalancingv2.Options{
		Clock: o.Clock, Store: o.Store, Intercept: o.Intercept, Address: e.EC2.Address, Probe: infrastructure.Probe, Meter: counts, HostMeter: counts,
		Random: o.Random, Region: Region, AccountID: AccountID,
	})
	if err != nil {
		return err
	}
	e.AutoScaling, err = autoscaling.New(autoscaling.Options{
		Clock: o.Clock, Store: o.Store, Intercept: o.Intercept, Instances: e.EC2, TargetGroups: e.LoadBalancing, Alarms: e.CloudWatch,
		Region: Region, AccountID: AccountID, Interval: infrastructure.Interval, Events: publish, Log: o.Log,
	})
	if err != nil {
		return err
	}
	e.ImageBuilder, err = imagebuilder.New(imagebuilder.Options{
		Clock: o.Clock, Store: o.Store, Intercept: o.Intercept, Images: e.EC2, Region: Region, AccountID: AccountID,
		BuildDuration: infrastructure.BuildDuration, Events: publish,
	})
	if err != nil {
		return err
	}
	e.Route53, err = route53.New(route53.Options{Clock: o.Clock, Store: o.Store, Intercept: o.Intercept, Propagation: infrastructure.Propagation})
	if err != nil {
		return err
	}
	e.CloudFormation, err = cloudformation.New(cloudformation.Options{
		Clock: o.Clock, Store: o.Store, Intercept: o.Intercept, EC2: e.EC2, AutoScaling: e.AutoScaling, LoadBalancing: e.LoadBalancing,
		Template: e.template, Region: Region, AccountID: AccountID, Step: infrastructure.Interval,
	})
	return err
}

// closeInfrastructure ends what openInfrastructure began, instances included.
func (e *Engine) closeInfrastructure(ctx context.Context) {
	if e.options.Infrastructure == nil {
		return
	}
	e.CloudFormation.Close()
	e.ImageBuilder.Close()
	_ = e.AutoScaling.Close(ctx) // what still runs by then is cut off, as by a crash
	e.LoadBalancing.Close()
	_ = e.EC2.Close(ctx)
}

// clients are what handlers and operators call of the local cloud.
func (e *Engine) clients() wire.Clients {
	clients := wire.Clients{
		DynamoDB: e.DynamoDB, Lambda: e.Lambda, CloudWatch: e.CloudWatch, S3: e.S3, StepFunctions: e.StepFunctions, Download: e.Lambda.Download,
		ShortPeriods: true, EventBridge: e.Bus, APIGateway: e.APIGateway, AppConfig: e.AppConfig, Identity: identity{}, HTTP: e.HTTP(), ShiftLimit: e.options.ShiftLimit, Region: Region,
		Custom: e.options.Custom,
	}
	if infrastructure := e.options.Infrastructure; infrastructure != nil {
		clients.Propagation = infrastructure.Propagation
		clients.EC2, clients.AutoScaling, clients.LoadBalancing = e.EC2, e.AutoScaling, e.LoadBalancing
		clients.ImageBuilder, clients.Route53, clients.CloudFormation = e.ImageBuilder, e.Route53, e.CloudFormation
	}
	return clients
}

// identity tells in which account the local cloud is.
type identity struct{}

func (identity) GetCallerIdentity(context.Context, *sts.GetCallerIdentityInput, ...func(*sts.Options)) (*sts.GetCallerIdentityOutput, error) {
	return &sts.GetCallerIdentityOutput{Account: aws.String(AccountID), Arn: aws.String("arn:aws:iam::" + AccountID + ":root")}, nil
}

// balanced books load balancers' requests and targets as CloudWatch's metrics.
type balanced struct{ cloudWatch *cloudwatch.Service }

func (b balanced) Record(request elasticloadbalancingv2.Request) { b.book(request.Metrics()) }

func (b balanced) RecordHosts(hosts elasticloadbalancingv2.Hosts) { b.book(hosts.Metrics()) }

func (b balanced) book(metrics []elasticloadbalancingv2.Metric) {
	for _, metric := range metrics {
		b.cloudWatch.RecordMetric(elasticloadbalancingv2.Namespace, metric.Dimensions, metric.Name, metric.Value, metric.At)
	}
}

// template reads a template at the URL of an object in S3: of any of the forms that
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-bucket-intro.html lists.
func (e *Engine) template(ctx context.Context, at string) ([]byte, error) {
	bucket, key, err := objectAt(at)
	if err != nil {
		return nil, err
	}
	object, err := e.S3.GetObject(ctx, &sdks3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return nil, fmt.Errorf("read the template at %s: %w", at, err)
	}
	defer object.Body.Close()
	return io.ReadAll(object.Body)
}

func objectAt(text string) (bucket, key string, err error) {
	at, err := url.Parse(text)
	if err != nil {
		return "", "", fmt.Errorf("read the template at %s: %w", text, err)
	}
	path := strings.TrimPrefix(at.Path, "/")
	if name, _, virtual := strings.Cut(at.Host, ".s3"); virtual { // https://BUCKET.s3.REGION.amazonaws.com/KEY
		return name, path, nil
	}
	bucket, key, ok := strings.Cut(path, "/") // https://s3.REGION.amazonaws.com/BUCKET/KEY
	if !ok {
		return "", "", fmt.Errorf("read the template at %s: that is no object in S3", text)
	}
	return bucket, key, nil
}
