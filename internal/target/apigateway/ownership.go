package apigateway

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
	"github.com/goldfinch-dev/goldfinch/internal/target/lambda"
)

// An API opts in by its tag [TagService], which its deployments and stages inherit; a stage's own goes first, so that stages of one API may
// belong to several services. Preflight, Deploy and Retire compare its value with the document's service. Shift does not: it only replaces a
// split that this release made or found, and it must be able to bring traffic home.

// checkOwner is the KindRefused failure of a stage that does not belong to the document's service; nil when it does.
func (t *Target) checkOwner(ctx context.Context, present stage) error {
	wrong, err := t.disowned(ctx, present)
	if err != nil || wrong == nil {
		return err
	}
	return release.Fail(release.KindRefused, "%s", wrong.What).WithHint("%s", wrong.Mend)
}

// disowned says why a stage does not belong to the document's service; nil when it does.
func (t *Target) disowned(ctx context.Context, present stage) (*lambda.Reason, error) {
	api, err := call.Do(ctx, "apigateway: read REST API "+t.settings.RestAPI, t.api.GetRestApi, &sdk.GetRestApiInput{RestApiId: aws.String(t.settings.RestAPI)})
	if err != nil {
		return nil, err
	}
	owner, tagged := api.Tags[TagService]
	if own, ok := present.tags[TagService]; ok {
		owner = own
	}
	switch {
	case !tagged: // deployments have no tags but the API's, so the stage's own would not let anybody make one
		return &lambda.Reason{
			What: fmt.Sprintf("REST API %s has no tag %s, so nobody has allowed Goldfinch to change it", t.settings.RestAPI, TagService),
			Mend: fmt.Sprintf("allow it with: aws apigateway tag-resource --resource-arn arn:aws:apigateway:REGION::/restapis/%s --tags %s=%s", t.settings.RestAPI, TagService, t.document.Service),
		}, nil
	case owner != t.document.Service:
		return &lambda.Reason{
			What: fmt.Sprintf("%s is tagged %s=%s, so it does not belong to service %s", t.stageName(), TagService, owner, t.document.Service),
			Mend: "name that service in the document, or another stage",
		}, nil
	default:
		return nil, nil
	}
}
