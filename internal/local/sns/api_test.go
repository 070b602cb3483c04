package sns_test

import (
	"context"

	sdk "github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/goldfinch-dev/goldfinch/internal/local/sns"
)

// api are the methods of the SDK's client that the local one has, too.
type api interface {
	Publish(context.Context, *sdk.PublishInput, ...func(*sdk.Options)) (*sdk.PublishOutput, error)
}

var (
	_ api = (*sdk.Client)(nil)
	_ api = (*sns.Service)(nil)
)
