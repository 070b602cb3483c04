package eventbridge_test

import (
	"context"

	sdk "github.com/aws/aws-sdk-go-v2/service/eventbridge"

	"github.com/goldfinch-dev/goldfinch/internal/local/eventbridge"
)

// api are the methods of the SDK's client that the local one has, too.
type api interface {
	PutEvents(context.Context, *sdk.PutEventsInput, ...func(*sdk.Options)) (*sdk.PutEventsOutput, error)
}

var (
	_ api = (*sdk.Client)(nil)
	_ api = (*eventbridge.Bus)(nil)
)
