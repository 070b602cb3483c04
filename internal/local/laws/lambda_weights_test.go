package laws_test

import (
	"context"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

const routingPage = "https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html"

// invalid ends a law unless the call was refused for what it asks.
func invalid(err error) {
	typed[*types.InvalidParameterValueException](err)
	answered(err, http.StatusBadRequest)
}

// The laws of an alias that splits its traffic.
var weightLaws = []law[lambdaWorld]{
	{
		name:   "a weight is the share of the second version",
		source: routingPage,
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			out := must(w.route(ctx, "1", map[string]float64{"2": 0.05}))
			have := w.live(ctx)
			equal("answer", weightsOf(out.RoutingConfig), map[string]float64{"2": 0.05})
			equal("alias", weightsOf(have.RoutingConfig), map[string]float64{"2": 0.05})
			equal("version", *have.FunctionVersion, "1")
		},
	},
	{
		name:   "a new weight replaces the one before",
		source: "https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html#lambda-UpdateAlias-request-RoutingConfig",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			must(w.route(ctx, "1", map[string]float64{"2": 0.05}))
			must(w.route(ctx, "1", map[string]float64{"2": 0.5}))
			equal("weights", weightsOf(w.live(ctx).RoutingConfig), map[string]float64{"2": 0.5})
		},
	},
	{
		name:   "an empty map takes the weight away",
		source: routingPage + ", and aws lambda update-alias --routing-config AdditionalVersionWeights={}",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			must(w.route(ctx, "1", map[string]float64{"2": 0.05}))
			must(w.route(ctx, "1", map[string]float64{}))
			equal("weights", weightsOf(w.live(ctx).RoutingConfig), map[string]float64{})
		},
	},
	{
		name:   "one call moves the alias and takes the weight away",
		source: "https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			must(w.route(ctx, "1", map[string]float64{"2": 0.5}))
			must(w.route(ctx, "2", map[string]float64{}))
			have := w.live(ctx)
			equal("version", *have.FunctionVersion, "2")
			equal("weights", weightsOf(have.RoutingConfig), map[string]float64{})
		},
	},
	{
		name:   "a new alias may have a weight at once",
		source: "https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html#lambda-CreateAlias-request-RoutingConfig",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			out := must(w.CreateAlias(ctx, &sdk.CreateAliasInput{
				FunctionName: &w.name, Name: aws.String("split"), FunctionVersion: aws.String("1"),
				RoutingConfig: &types.AliasRoutingConfiguration{AdditionalVersionWeights: map[string]float64{"2": 1}},
			}))
			equal("weights", weightsOf(out.RoutingConfig), map[string]float64{"2": 1})
		},
	},
	{
		name:   "a weight of 1 sends all to the second version",
		source: routingPage,
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			must(w.route(ctx, "1", map[string]float64{"2": 1}))
			out := must(w.Invoke(ctx, &sdk.InvokeInput{FunctionName: &w.name, Qualifier: aws.String("live"), Payload: []byte(`{}`)}))
			equal("executed version", aws.ToString(out.ExecutedVersion), "2")
		},
	},
	{
		name:   "an alias has at most two versions",
		source: routingPage + ": you can point an alias to a maximum of two versions",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			w.update(ctx, "three")
			w.publish(ctx)
			_, err := w.route(ctx, "1", map[string]float64{"2": 0.1, "3": 0.1})
			invalid(err)
		},
	},
	{
		name:   "a weight is at most 1",
		source: "model 2015-03-31: Weight has min 0.0, max 1.0",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			_, err := w.route(ctx, "1", map[string]float64{"2": 1.5})
			answered(err, http.StatusBadRequest)
		},
	},
	{
		name:   "a weight is at least 0",
		source: "model 2015-03-31: Weight has min 0.0, max 1.0",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			_, err := w.route(ctx, "1", map[string]float64{"2": -0.1})
			answered(err, http.StatusBadRequest)
		},
	},
	{
		name:   "$LATEST gets no weight",
		source: routingPage + ": both versions must be published; the alias can't point to $LATEST",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			_, err := w.route(ctx, "1", map[string]float64{"$LATEST": 0.1})
			answered(err, http.StatusBadRequest)
		},
	},
	{
		name:   "an alias of $LATEST has no weights",
		source: routingPage + ": both versions must be published; the alias can't point to $LATEST",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			_, err := w.route(ctx, "$LATEST", map[string]float64{"2": 0.1})
			invalid(err)
		},
	},
	{
		name:   "a version that does not exist gets no weight",
		source: "model 2015-03-31: UpdateAlias → ResourceNotFoundException, HTTP 404",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			_, err := w.route(ctx, "1", map[string]float64{"9": 0.1})
			refusedAs(err, "ResourceNotFoundException", http.StatusNotFound)
		},
	},
	{
		name:   "an alias's own version gets no weight",
		source: routingPage,
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			_, err := w.route(ctx, "1", map[string]float64{"1": 0.1})
			invalid(err)
		},
	},
	{
		name:   "both versions of an alias have the same role",
		source: routingPage + ": both versions must have the same execution role",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			must(w.UpdateFunctionConfiguration(ctx, &sdk.UpdateFunctionConfigurationInput{FunctionName: &w.name, Role: aws.String(otherRole)}))
			w.settle()
			_, err := w.route(ctx, "1", map[string]float64{w.publish(ctx): 0.1})
			invalid(err)
		},
	},
}
