package sns

import (
	"context"
	"log/slog"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/local/intercept"
)

// Options make a [Service].
type Options struct {
	// Clock stamps messages. Required.
	Clock clock.Clock
	// Intercept stands around Publish; may be nil.
	Intercept intercept.Func
	// Log gets a line for every message; may be nil.
	Log *slog.Logger
}

// A Service takes messages and keeps them.
type Service struct{ options Options }

// A Message is one that was published.
type Message struct {
	ID      string
	Topic   string
	Subject string
	Body    string
	At      time.Time
}

// New makes a service without messages.
func New(options Options) *Service { return &Service{options: options} }

// Publish is SNS's Publish to a topic.
func (s *Service) Publish(ctx context.Context, in *sdk.PublishInput, _ ...func(*sdk.Options)) (*sdk.PublishOutput, error) {
	return &sdk.PublishOutput{}, nil
}

// Messages are the last messages, oldest first.
func (s *Service) Messages() []Message { return nil }
