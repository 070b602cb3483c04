package sns

import (
	"context"
	"crypto/rand"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	sdk "github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/intercept"
)

const (
	// maxMessageBytes and maxSubject are SNS's limits.
	// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
	maxMessageBytes = 262_144
	maxSubject      = 100
	// kept is how many messages are remembered.
	kept = 1000
)

// Options make a [Service].
type Options struct {
	// Clock stamps messages. Required.
	Clock clock.Clock
	// Intercept stands around Publish; may be nil.
	Intercept intercept.Func
	// NewID makes the ids of messages; nil makes random ones.
	NewID func() string
	// Log gets a line for every message; may be nil.
	Log *slog.Logger
}

// A Service takes messages and keeps them. Its methods may be called from
// several goroutines at once.
type Service struct {
	options Options

	mu       sync.Mutex
	messages []Message
}

// A Message is one that was published.
type Message struct {
	ID string
	// Topic is the topic's ARN.
	Topic   string
	Subject string
	Body    string
	// Attributes are the message's attributes of type String.
	Attributes map[string]string
	At         time.Time
}

// New makes a service without messages.
func New(options Options) *Service {
	if options.NewID == nil {
		options.NewID = rand.Text
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{options: options}
}

// Publish is SNS's Publish to a topic.
func (s *Service) Publish(ctx context.Context, in *sdk.PublishInput, _ ...func(*sdk.Options)) (*sdk.PublishOutput, error) {
	return intercept.Call(ctx, s.options.Intercept, "sns:Publish", func(ctx context.Context) (*sdk.PublishOutput, error) {
		topic, err := topicOf(in)
		if err != nil {
			return nil, err
		}
		if err := check(in); err != nil {
			return nil, err
		}
		message := Message{
			ID:         s.options.NewID(),
			Topic:      topic,
			Subject:    aws.ToString(in.Subject),
			Body:       aws.ToString(in.Message),
			Attributes: attributes(in.MessageAttributes),
			At:         s.options.Clock.Now(),
		}
		s.keep(message)
		s.options.Log.InfoContext(ctx, "a message was published", "topic", topic, "subject", message.Subject, "message", message.Body)
		return &sdk.PublishOutput{MessageId: aws.String(message.ID)}, nil
	})
}

// Messages are the last messages, oldest first.
func (s *Service) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.messages)
}

func (s *Service) keep(message Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.messages) == kept {
		s.messages = slices.Delete(s.messages, 0, 1)
	}
	s.messages = append(s.messages, message)
}

// topicOf is the ARN of the topic that the call names.
func topicOf(in *sdk.PublishInput) (string, error) {
	topic := aws.ToString(in.TopicArn)
	if topic == "" {
		topic = aws.ToString(in.TargetArn)
	}
	parsed, err := arn.Parse(topic)
	if err != nil || parsed.Service != "sns" || parsed.Resource == "" || strings.ContainsAny(parsed.Resource, ":/") {
		return "", invalid("Invalid parameter: TopicArn Reason: " + topic + " is not the ARN of a topic")
	}
	return topic, nil
}

func check(in *sdk.PublishInput) error {
	switch body, subject := aws.ToString(in.Message), aws.ToString(in.Subject); {
	case body == "":
		return invalid("Invalid parameter: Empty message")
	case len(body) > maxMessageBytes:
		return invalid("Invalid parameter: Message too long")
	case len(subject) > maxSubject || strings.ContainsAny(subject, "\r\n"):
		return invalid("Invalid parameter: Subject")
	}
	return nil
}

func attributes(in map[string]types.MessageAttributeValue) map[string]string {
	out := make(map[string]string, len(in))
	for name, value := range in {
		if value.StringValue != nil {
			out[name] = *value.StringValue
		}
	}
	return out
}

func invalid(message string) error {
	return &types.InvalidParameterException{Message: aws.String(message)}
}
