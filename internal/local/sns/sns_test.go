package sns_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/sns"
)

var start = time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC)

const topic = "arn:aws:sns:eu-west-1:123456789012:releases"

func TestPublish(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s := sns.New(sns.Options{
		Clock: clock.NewVirtual(start), NewID: func() string { return "m-1" }, Log: slog.New(slog.NewTextHandler(&log, nil)),
	})
	out, err := s.Publish(t.Context(), &sdk.PublishInput{
		TopicArn: aws.String(topic), Subject: aws.String("rolled back"), Message: aws.String("echo"),
		MessageAttributes: map[string]types.MessageAttributeValue{
			"outcome": {DataType: aws.String("String"), StringValue: aws.String("rolled-back")},
			"binary":  {DataType: aws.String("Binary"), BinaryValue: []byte{1}},
		},
	})
	if err != nil || aws.ToString(out.MessageId) != "m-1" {
		t.Fatalf("id %v, error %v", out, err)
	}
	if _, err := s.Publish(t.Context(), &sdk.PublishInput{TargetArn: aws.String(topic), Message: aws.String("again")}); err != nil {
		t.Fatal(err)
	}
	want := []sns.Message{
		{ID: "m-1", Topic: topic, Subject: "rolled back", Body: "echo", Attributes: map[string]string{"outcome": "rolled-back"}, At: start},
		{ID: "m-1", Topic: topic, Body: "again", Attributes: map[string]string{}, At: start},
	}
	if diff := cmp.Diff(want, s.Messages()); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
	if !strings.Contains(log.String(), "message=echo") {
		t.Errorf("log %q", log.String())
	}
}

func TestPublishRefuses(t *testing.T) {
	t.Parallel()
	s := sns.New(sns.Options{Clock: clock.NewVirtual(start)})
	for name, in := range map[string]*sdk.PublishInput{
		"no topic":       {Message: aws.String("m")},
		"no ARN":         {TopicArn: aws.String("releases"), Message: aws.String("m")},
		"another's ARN":  {TopicArn: aws.String("arn:aws:sqs:eu-west-1:123456789012:releases"), Message: aws.String("m")},
		"a subscription": {TopicArn: aws.String(topic + ":6b0e71bd"), Message: aws.String("m")},
		"no message":     {TopicArn: aws.String(topic)},
		"a long message": {TopicArn: aws.String(topic), Message: aws.String(strings.Repeat("x", 262_145))},
		"a long subject": {TopicArn: aws.String(topic), Message: aws.String("m"), Subject: aws.String(strings.Repeat("x", 101))},
		"two lines":      {TopicArn: aws.String(topic), Message: aws.String("m"), Subject: aws.String("a\nb")},
	} {
		var invalid *types.InvalidParameterException
		if _, err := s.Publish(t.Context(), in); !errors.As(err, &invalid) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if got := s.Messages(); len(got) != 0 {
		t.Errorf("refused messages were kept: %v", got)
	}
}

func TestOldMessagesAreForgotten(t *testing.T) {
	t.Parallel()
	s := sns.New(sns.Options{Clock: clock.NewVirtual(start)})
	ids := map[string]bool{}
	for i := range 1005 {
		out, err := s.Publish(t.Context(), &sdk.PublishInput{TopicArn: aws.String(topic), Message: aws.String(fmt.Sprint(i))})
		if err != nil {
			t.Fatal(err)
		}
		ids[*out.MessageId] = true
	}
	got := s.Messages()
	if len(got) != 1000 || got[0].Body != "5" || got[999].Body != "1004" || len(ids) != 1005 {
		t.Errorf("%d messages from %s, %d ids", len(got), got[0].Body, len(ids))
	}
}

func TestPublishIsIntercepted(t *testing.T) {
	t.Parallel()
	refusal := errors.New("refused by the test")
	s := sns.New(sns.Options{Clock: clock.NewVirtual(start), Intercept: func(_ context.Context, operation string, _ func(context.Context) error) error {
		return fmt.Errorf("%s: %w", operation, refusal)
	}})
	if _, err := s.Publish(t.Context(), &sdk.PublishInput{}); !errors.Is(err, refusal) || !strings.HasPrefix(err.Error(), "sns:Publish") {
		t.Errorf("error %v", err)
	}
}
