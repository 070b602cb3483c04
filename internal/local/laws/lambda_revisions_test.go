package laws_test

import (
	"context"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// staleRevision is a revision that nothing ever had.
const staleRevision = "00000000-0000-0000-0000-000000000000"

// preconditionFailed ends a law unless the call was refused for its revision.
func preconditionFailed(err error) {
	typed[*types.PreconditionFailedException](err)
	answered(err, http.StatusPreconditionFailed)
}

// The laws of RevisionId, the optimistic lock of functions and aliases.
var revisionLaws = []law[lambdaWorld]{
	{
		name:   "a stale revision publishes nothing",
		source: "model 2015-03-31: PublishVersion → PreconditionFailedException, HTTP 412",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.create(ctx, "one")
			_, err := w.PublishVersion(ctx, &sdk.PublishVersionInput{FunctionName: &w.name, RevisionId: aws.String(staleRevision)})
			preconditionFailed(err)
		},
	},
	{
		name:   "a stale revision changes no code",
		source: "model 2015-03-31: UpdateFunctionCode → PreconditionFailedException, HTTP 412",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.create(ctx, "one")
			_, err := w.UpdateFunctionCode(ctx, &sdk.UpdateFunctionCodeInput{FunctionName: &w.name, ZipFile: packed("two"), RevisionId: aws.String(staleRevision)})
			preconditionFailed(err)
		},
	},
	{
		name:   "a stale revision changes no configuration",
		source: "model 2015-03-31: UpdateFunctionConfiguration → PreconditionFailedException, HTTP 412",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.create(ctx, "one")
			_, err := w.UpdateFunctionConfiguration(ctx, &sdk.UpdateFunctionConfigurationInput{FunctionName: &w.name, Timeout: aws.Int32(9), RevisionId: aws.String(staleRevision)})
			preconditionFailed(err)
		},
	},
	{
		name:   "a stale revision moves no alias",
		source: "model 2015-03-31: UpdateAlias → PreconditionFailedException, HTTP 412",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			_, err := w.UpdateAlias(ctx, &sdk.UpdateAliasInput{
				FunctionName: &w.name, Name: aws.String("live"), FunctionVersion: aws.String("2"), RevisionId: aws.String(staleRevision),
			})
			preconditionFailed(err)
		},
	},
	{
		name:   "of two who read the same revision of an alias only one moves it",
		source: "https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html#lambda-UpdateAlias-request-RevisionId",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			read := w.live(ctx).RevisionId
			move := func(version string) error {
				_, err := w.UpdateAlias(ctx, &sdk.UpdateAliasInput{FunctionName: &w.name, Name: aws.String("live"), FunctionVersion: &version, RevisionId: read})
				return err
			}
			if err := move("2"); err != nil {
				broke("the first was refused: %v", err)
			}
			preconditionFailed(move("1"))
		},
	},
	{
		name:   "the current revision moves an alias",
		source: "https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html#lambda-UpdateAlias-request-RevisionId",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			out := must(w.UpdateAlias(ctx, &sdk.UpdateAliasInput{
				FunctionName: &w.name, Name: aws.String("live"), FunctionVersion: aws.String("2"), RevisionId: w.live(ctx).RevisionId,
			}))
			equal("answer", *out.FunctionVersion, "2")
			equal("alias", *w.live(ctx).FunctionVersion, "2")
		},
	},
	{
		name:   "each change gives an alias a new revision",
		source: "https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html: RevisionId, a unique identifier that changes when you update the alias",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.released(ctx)
			before := *w.live(ctx).RevisionId
			after := *must(w.route(ctx, "2", map[string]float64{})).RevisionId
			if before == after {
				broke("the revision stayed %s", before)
			}
		},
	},
	{
		name:   "a current revision changes code",
		source: "https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html#lambda-UpdateFunctionCode-request-RevisionId",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.create(ctx, "one")
			must(w.UpdateFunctionCode(ctx, &sdk.UpdateFunctionCodeInput{
				FunctionName: &w.name, ZipFile: packed("two"), RevisionId: w.configuration(ctx, "").RevisionId,
			}))
			w.settle()
			equal("$LATEST", *w.configuration(ctx, "").CodeSha256, sumOf("two"))
		},
	},
	{
		name:   "new code gives $LATEST a new revision",
		source: "https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html: RevisionId, the latest updated revision of the function",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.create(ctx, "one")
			before := *w.configuration(ctx, "").RevisionId
			w.update(ctx, "two")
			if after := *w.configuration(ctx, "").RevisionId; before == after {
				broke("the revision stayed %s", before)
			}
		},
	},
	{
		name:   "a stale revision adds no permission",
		source: "model 2015-03-31: AddPermission → PreconditionFailedException, HTTP 412",
		hold: func(ctx context.Context, w lambdaWorld) {
			w.create(ctx, "one")
			input := w.permission("first")
			input.RevisionId = aws.String(staleRevision)
			_, err := w.AddPermission(ctx, input)
			preconditionFailed(err)
		},
	},
}
