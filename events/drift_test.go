package events_test

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	sdklambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/drift"
	localec2 "github.com/goldfinch-dev/goldfinch/internal/local/ec2"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// The instances of the samples: one is of service echo, the other of nobody whom Goldfinch knows.
const (
	sampleInstance  = "i-0123456789abcdef0"
	strangeInstance = "i-0fedcba9876543210"
)

// nobody runs the instances of a world: only what is noted of them matters here.
type nobody struct{}

func (nobody) Start(context.Context, localec2.Instance) (address string, err error) { return "", nil }
func (nobody) Stop(context.Context, string, time.Duration)                          {}

// instance launches one with these tags.
func (w *world) instance(tags map[string]string) (id string) {
	w.t.Helper()
	image, err := w.instances.RegisterImage(context.Background(), &ec2.RegisterImageInput{Name: aws.String("echo " + rand.Text()), ImageLocation: aws.String("echo")})
	if err != nil {
		w.t.Fatal(err)
	}
	input := &ec2.RunInstancesInput{ImageId: image.ImageId, InstanceType: ec2types.InstanceTypeT3Micro, MinCount: aws.Int32(1), MaxCount: aws.Int32(1)}
	for key, value := range tags {
		input.TagSpecifications = []ec2types.TagSpecification{{ResourceType: ec2types.ResourceTypeInstance, Tags: []ec2types.Tag{{Key: &key, Value: &value}}}}
	}
	launched, err := w.instances.Launch(context.Background(), input)
	if err != nil {
		w.t.Fatal(err)
	}
	return aws.ToString(launched.Instances[0].InstanceId)
}

// tainted says which instances are, and by what, in the words of the samples.
func (w *world) tainted() map[string]string {
	w.t.Helper()
	found, err := w.instances.DescribeInstances(context.Background(), &ec2.DescribeInstancesInput{})
	if err != nil {
		w.t.Fatal(err)
	}
	tainted := map[string]string{}
	for _, reservation := range found.Reservations {
		for _, instance := range reservation.Instances {
			for _, tag := range instance.Tags {
				if aws.ToString(tag.Key) == drift.TagTainted {
					tainted[w.sample.Replace(aws.ToString(instance.InstanceId))] = w.sample.Replace(aws.ToString(tag.Value))
				}
			}
		}
	}
	return tainted
}

// A call that changes an instance in place taints it, if it belongs to a service; and once is enough.
func TestACallOnAnInstanceTaintsIt(t *testing.T) {
	t.Parallel()
	for sample, evidence := range map[string]string{
		"ssm-start-session.json":             "StartSession by arn:aws:sts::123456789012:assumed-role/Admin/jane at 2026-03-02T08:20:38Z",
		"ssm-send-command.json":              "SendCommand by arn:aws:sts::123456789012:assumed-role/Patching/nightly at 2026-03-02T02:00:05Z",
		"ec2-modify-instance-attribute.json": "ModifyInstanceAttribute by arn:aws:iam::123456789012:user/jane at 2026-03-02T08:31:07Z",
	} {
		t.Run(sample, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.released()
			for range 2 {
				var answer drift.Answer
				if err := w.invoke("drift", read(t, sample), &answer); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(drift.Answer{Tainted: []string{sampleInstance}}, answer); diff != "" {
					t.Errorf("answer (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(map[string]string{sampleInstance: evidence}, w.tainted()); diff != "" {
					t.Errorf("tainted (-want +got):\n%s", diff)
				}
			}
		})
	}
}

// The schedule looks at every service, tells of what is not as it was released, and by default leaves it so.
func TestTheScheduledLookForDrift(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.released()
	look := func() (answer drift.Answer) {
		t.Helper()
		if err := w.invoke("drift", read(t, "drift-schedule.json"), &answer); err != nil {
			t.Fatal(err)
		}
		return answer
	}
	if diff := cmp.Diff(drift.Answer{Looked: 1}, look()); diff != "" {
		t.Errorf("before anything happened (-want +got):\n%s", diff)
	}
	ctx := context.Background()
	_, err := w.engine.Lambda.UpdateFunctionConfiguration(ctx, &sdklambda.UpdateFunctionConfigurationInput{FunctionName: aws.String("echo"), Description: aws.String("changed by hand")})
	if err != nil {
		t.Fatal(err)
	}
	w.clock.RunUntil(w.clock.Now().Add(time.Minute))
	published, err := w.engine.Lambda.PublishVersion(ctx, &sdklambda.PublishVersionInput{FunctionName: aws.String("echo")})
	if err != nil {
		t.Fatal(err)
	}
	w.clock.RunUntil(w.clock.Now().Add(time.Minute))
	if _, err := w.engine.Lambda.UpdateAlias(ctx, &sdklambda.UpdateAliasInput{FunctionName: aws.String("echo"), Name: aws.String("live"), FunctionVersion: published.Version}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(drift.Answer{Looked: 1, Findings: 1}, look()); diff != "" {
		t.Errorf("after somebody moved the alias (-want +got):\n%s", diff)
	}
	reports, err := w.engine.Ledger.Drifts(ctx, "echo", "production", 0)
	if err != nil || len(reports) != 1 || reports[0].Findings[0].Kind != "routing" || reports[0].Findings[0].Done != "reported" {
		t.Errorf("the ledger has %+v, %v", reports, err)
	}
	alias, err := w.engine.Lambda.GetAlias(ctx, &sdklambda.GetAliasInput{FunctionName: aws.String("echo"), Name: aws.String("live")})
	if err != nil || aws.ToString(alias.FunctionVersion) != aws.ToString(published.Version) {
		t.Errorf("the alias was moved back: %+v, %v", alias, err)
	}
}

// While a release runs, its service is left to it.
func TestNobodyLooksAtAServiceThatIsReleased(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.released()
	id := w.running()
	var answer drift.Answer
	if err := w.invoke("drift", read(t, "drift-schedule.json"), &answer); err != nil || answer.Findings != 0 {
		t.Errorf("%+v, %v", answer, err)
	}
	if record := w.finish(id); record.Outcome != release.Promoted {
		t.Errorf("the release ended as %s: %s", record.Outcome, record.Reason)
	}
}
