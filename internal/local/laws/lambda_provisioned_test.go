package laws_test

import (
	"context"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

const provisionedPage = "https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html"

func (w lambdaWorld) provision(ctx context.Context, qualifier string) (*sdk.PutProvisionedConcurrencyConfigOutput, error) {
	return w.PutProvisionedConcurrencyConfig(ctx, &sdk.PutProvisionedConcurrencyConfigInput{
		FunctionName: &w.name, Qualifier: &qualifier, ProvisionedConcurrentExecutions: aws.Int32(2),
	})
}

// The laws of provisioned concurrency against routing.
var provisionedLaws = []law[lambdaWorld]{
	{
		name:   "what has no provisioned concurrency says so",
		source: "model 2015-03-31: GetProvisionedConcurrencyConfig → ProvisionedConcurrencyConfigNotFoundException, HTTP 404",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			_, err := w.GetProvisionedConcurrencyConfig(ctx, &sdk.GetProvisionedConcurrencyConfigInput{FunctionName: &w.name, Qualifier: aws.String("live")})
			typed[*types.ProvisionedConcurrencyConfigNotFoundException](err)
			answered(err, http.StatusNotFound)
		},
	},
	{
		name:   "provisioned concurrency is allocated after a while",
		source: "https://docs.aws.amazon.com/lambda/latest/api/API_PutProvisionedConcurrencyConfig.html: Status IN_PROGRESS, RequestedProvisionedConcurrentExecutions",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			out := must(w.provision(ctx, "live"))
			equal("status", out.Status, types.ProvisionedConcurrencyStatusEnumInProgress)
			equal("requested", aws.ToInt32(out.RequestedProvisionedConcurrentExecutions), int32(2))
		},
	},
	{
		name:   "an alias with weights gets no provisioned concurrency",
		source: routingPage + ", " + provisionedPage + ": an alias with a routing configuration can't have provisioned concurrency",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			must(w.route(ctx, "1", map[string]float64{"2": 0.1}))
			_, err := w.provision(ctx, "live")
			invalid(err)
		},
	},
	{
		name:   "$LATEST gets no provisioned concurrency",
		source: provisionedPage + ": you can't use provisioned concurrency on $LATEST",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			_, err := w.provision(ctx, "$LATEST")
			invalid(err)
		},
	},
}
