package access

import "github.com/goldfinch-dev/goldfinch/internal/target/lambda"

// REST APIs. A deployment and a stage have the tags of their API, too
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-tagging-supported-resources.html).
var (
	optedInAPIs = scope{
		sid:       "OptedInAPIs",
		resources: []string{"arn:${Partition}:apigateway:${Region}::/restapis/*"}, conditions: optedIn,
		reason: "Which APIs belong to services is said by their tag " + lambda.TagService + ", which their stages and deployments inherit; whose they are says its value, which the code compares.",
	}
	newDeployments = scope{
		sid:       "NewDeployments",
		resources: []string{"arn:${Partition}:apigateway:${Region}::/restapis/*/deployments"}, conditions: optedIn,
		reason: "A deployment is made of an API with the tag " + lambda.TagService + ".",
	}
	oldDeployments = scope{
		sid:       "OldDeployments",
		resources: []string{"arn:${Partition}:apigateway:${Region}::/restapis/*/deployments/*"}, conditions: optedIn,
		reason: "A deployment has the tag " + lambda.TagService + " of its API; which one nobody needs the code knows.",
	}
	optedInStages = scope{
		sid:       "OptedInStages",
		resources: []string{"arn:${Partition}:apigateway:${Region}::/restapis/*/stages/*"}, conditions: optedIn,
		reason: "Which stages belong to services is said by their tag " + lambda.TagService + ", or that of their API.",
	}
	invokedByAPIs = scope{
		sid:       "FunctionsOfAPIs",
		resources: optedInFunctions.resources,
		conditions: map[string]map[string]string{
			"Null":         optedInFunctions.conditions["Null"],
			"StringEquals": {"lambda:Principal": "apigateway.amazonaws.com"},
		},
		reason: "Nobody but API Gateway is let in, to functions that belong to services.",
	}
)

// method is the grant of an action of API Gateway, which has one for each method of HTTP.
func method(on scope, action string) []grant {
	return []grant{because("The actions of API Gateway are named after the methods of HTTP (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagement.html).", on, action)}
}

// apiActions is what IAM wants for operations about REST APIs.
var apiActions = map[Operation][]grant{
	{"apigateway", "CreateDeployment"}: method(newDeployments, "apigateway:POST"),
	{"apigateway", "DeleteDeployment"}: method(oldDeployments, "apigateway:DELETE"),
	{"apigateway", "GetDeployments"}:   method(optedInAPIs, "apigateway:GET"),
	{"apigateway", "GetResources"}:     method(optedInAPIs, "apigateway:GET"),
	{"apigateway", "GetRestApi"}:       method(optedInAPIs, "apigateway:GET"),
	{"apigateway", "GetStage"}:         method(optedInAPIs, "apigateway:GET"),
	{"apigateway", "GetStages"}:        method(optedInAPIs, "apigateway:GET"),
	{"apigateway", "UpdateStage"}:      method(optedInStages, "apigateway:PATCH"),

	{"lambda", "AddPermission"}:    {allow(invokedByAPIs, "lambda:AddPermission")},
	{"lambda", "RemovePermission"}: {allow(optedInFunctions, "lambda:RemovePermission")},
}
