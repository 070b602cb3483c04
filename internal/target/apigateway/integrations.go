package apigateway

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"

	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// integrations are those methods of the API that invoke the function, such as "GET /orders".
type integrations struct {
	// byVariable invoke the version that the stage variable holds, and fixed any other, with the URI.
	byVariable, fixed []string
	// permitted: at least one of byVariable has no role of its own, and so needs the function's policy to allow it.
	permitted bool
}

// readIntegrations reads what the API would be deployed with now.
func (t *Target) readIntegrations(ctx context.Context) (integrations, error) {
	var found integrations
	input := &sdk.GetResourcesInput{RestApiId: aws.String(t.settings.RestAPI), Embed: []string{"methods"}, Limit: aws.Int32(mostAtOnce)}
	for {
		page, err := call.Do(ctx, "apigateway: list resources of REST API "+t.settings.RestAPI, t.api.GetResources, input)
		if err != nil {
			return found, err
		}
		for _, resource := range page.Items {
			for _, name := range slices.Sorted(maps.Keys(resource.ResourceMethods)) {
				integration := resource.ResourceMethods[name].MethodIntegration
				if integration == nil {
					continue
				}
				uri, method := aws.ToString(integration.Uri), name+" "+aws.ToString(resource.Path)
				switch {
				case t.isByVariable(uri):
					found.byVariable = append(found.byVariable, method)
					found.permitted = found.permitted || aws.ToString(integration.Credentials) == ""
				case strings.Contains(uri, ":function:"+t.settings.Function+"/") || strings.Contains(uri, ":function:"+t.settings.Function+":"):
					found.fixed = append(found.fixed, fmt.Sprintf("%s (%s)", method, uri))
				}
			}
		}
		if aws.ToString(page.Position) == "" {
			return found, nil
		}
		input.Position = page.Position
	}
}

// isByVariable reports whether an integration's URI names the function, or has its name from a stage variable too, with the version that
// the document's variable holds (https://docs.aws.amazon.com/apigateway/latest/developerguide/aws-api-gateway-stage-variables-reference.html).
func (t *Target) isByVariable(uri string) bool {
	_, rest, ok := strings.Cut(uri, ":function:")
	function, ok2 := strings.CutSuffix(rest, ":${stageVariables."+t.settings.Variable+"}/invocations")
	return ok && ok2 && (function == t.settings.Function || strings.HasPrefix(function, "${stageVariables."))
}
