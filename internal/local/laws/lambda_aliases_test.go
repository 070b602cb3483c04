package laws_test

import (
	"context"
	"net/http"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// The laws of aliases without weights.
var aliasLaws = []law[lambdaWorld]{
	{
		name:   "a new alias is what was asked for",
		source: "https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			out := must(w.CreateAlias(ctx, &sdk.CreateAliasInput{
				FunctionName: &w.name, Name: aws.String("next"), FunctionVersion: aws.String("2"), Description: aws.String("the next one"),
			}))
			have := must(w.GetAlias(ctx, &sdk.GetAliasInput{FunctionName: &w.name, Name: aws.String("next")}))
			want := []string{w.arn("next"), "next", "2", "the next one"}
			equal("answer", []string{*out.AliasArn, *out.Name, *out.FunctionVersion, *out.Description}, want)
			equal("alias", []string{*have.AliasArn, *have.Name, *have.FunctionVersion, *have.Description}, want)
			equal("revision", *have.RevisionId, *out.RevisionId)
			equal("weights", weightsOf(have.RoutingConfig), map[string]float64{})
		},
	},
	{
		name:   "an alias's name is taken once",
		source: "model 2015-03-31: CreateAlias → ResourceConflictException, HTTP 409",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			_, err := w.CreateAlias(ctx, &sdk.CreateAliasInput{FunctionName: &w.name, Name: aws.String("live"), FunctionVersion: aws.String("2")})
			typed[*types.ResourceConflictException](err)
			answered(err, http.StatusConflict)
		},
	},
	{
		name:   "an unknown alias is not found",
		source: "model 2015-03-31: GetAlias, UpdateAlias → ResourceNotFoundException, HTTP 404",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.create(ctx, "one")
			_, err := w.GetAlias(ctx, &sdk.GetAliasInput{FunctionName: &w.name, Name: aws.String("live")})
			typed[*types.ResourceNotFoundException](err)
			answered(err, http.StatusNotFound)
			_, err = w.route(ctx, "$LATEST", map[string]float64{})
			typed[*types.ResourceNotFoundException](err)
			answered(err, http.StatusNotFound)
		},
	},
	{
		name:   "an alias needs a version that exists",
		source: "model 2015-03-31: CreateAlias, UpdateAlias → ResourceNotFoundException, HTTP 404",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			_, err := w.CreateAlias(ctx, &sdk.CreateAliasInput{FunctionName: &w.name, Name: aws.String("next"), FunctionVersion: aws.String("9")})
			refusedAs(err, "ResourceNotFoundException", http.StatusNotFound)
			_, err = w.route(ctx, "9", map[string]float64{})
			refusedAs(err, "ResourceNotFoundException", http.StatusNotFound)
			equal("alias", *w.live(ctx).FunctionVersion, "1")
		},
	},
	{
		name:   "an alias may stand for $LATEST",
		source: "https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.create(ctx, "one")
			w.alias(ctx, "$LATEST")
			equal("alias", *w.live(ctx).FunctionVersion, "$LATEST")
		},
	},
	{
		name:   "what an update of an alias leaves out stays",
		source: "https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			must(w.route(ctx, "1", map[string]float64{"2": 0.25}))
			must(w.UpdateAlias(ctx, &sdk.UpdateAliasInput{FunctionName: &w.name, Name: aws.String("live"), Description: aws.String("busy")}))
			have := w.live(ctx)
			equal("version and description", []string{*have.FunctionVersion, *have.Description}, []string{"1", "busy"})
			equal("weights", weightsOf(have.RoutingConfig), map[string]float64{"2": 0.25})
		},
	},
	{
		name:   "a deleted alias is gone, and its version stays",
		source: "https://docs.aws.amazon.com/lambda/latest/api/API_DeleteAlias.html",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			must(w.DeleteAlias(ctx, &sdk.DeleteAliasInput{FunctionName: &w.name, Name: aws.String("live")}))
			_, err := w.GetAlias(ctx, &sdk.GetAliasInput{FunctionName: &w.name, Name: aws.String("live")})
			refusedAs(err, "ResourceNotFoundException", http.StatusNotFound)
			equal("versions", w.versions(ctx), []string{"$LATEST", "1", "2"})
		},
	},
	{
		name:   "an alias that is not there is deleted already",
		source: "model 2015-03-31: DeleteAlias has no ResourceNotFoundException; HTTP 204",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.create(ctx, "one")
			must(w.DeleteAlias(ctx, &sdk.DeleteAliasInput{FunctionName: &w.name, Name: aws.String("live")}))
		},
	},
	{
		name:   "a list of aliases has all",
		source: "https://docs.aws.amazon.com/lambda/latest/api/API_ListAliases.html",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			must(w.CreateAlias(ctx, &sdk.CreateAliasInput{FunctionName: &w.name, Name: aws.String("next"), FunctionVersion: aws.String("2")}))
			equal("aliases", w.aliases(ctx, nil), []string{"live", "next"})
		},
	},
	{
		name:   "the aliases of a version are those that invoke it",
		source: "https://docs.aws.amazon.com/lambda/latest/api/API_ListAliases.html: FunctionVersion, only the aliases that invoke the specified version",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			must(w.CreateAlias(ctx, &sdk.CreateAliasInput{FunctionName: &w.name, Name: aws.String("next"), FunctionVersion: aws.String("2")}))
			equal("aliases of 2", w.aliases(ctx, aws.String("2")), []string{"next"})
		},
	},
}

// aliases are the names of those of a version, or of all, in order.
func (w lambdaWorld) aliases(ctx context.Context, version *string) []string {
	var names []string
	for _, alias := range must(w.ListAliases(ctx, &sdk.ListAliasesInput{FunctionName: &w.name, FunctionVersion: version})).Aliases {
		names = append(names, *alias.Name)
	}
	slices.Sort(names)
	return names
}
