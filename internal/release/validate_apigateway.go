package release

import (
	"regexp"
	"strings"
)

// Names as API Gateway has them (https://docs.aws.amazon.com/apigateway/latest/api/API_CreateStage.html,
// https://docs.aws.amazon.com/apigateway/latest/developerguide/stage-variables.html).
var (
	restAPIPattern  = regexp.MustCompile(`^[a-z0-9]{1,64}$`)
	stagePattern    = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,128}$`)
	variablePattern = regexp.MustCompile(`^[a-zA-Z0-9_]{1,64}$`)
	// invokePattern and restARNPattern find the id in what people have at hand instead: the address of a stage, and the API's ARN.
	invokePattern  = regexp.MustCompile(`^(?:https://)?([a-z0-9]{10})\.execute-api\.`)
	restARNPattern = regexp.MustCompile(`^arn:aws[a-z-]*:(?:apigateway:[a-z0-9-]*::/restapis/|execute-api:[a-z0-9-]*:[0-9]*:)([a-z0-9]{10})`)
)

func (v *validation) apiGateway(target APIGatewayTarget) {
	const path = "target.apigateway"
	v.restAPI(path+".restApi", target.RestAPI)
	if target.Stage == "$default" {
		v.reject(path+".stage", target.Stage, "use target.lambda for the function behind it",
			"is the stage of an HTTP API, and HTTP APIs have no canary")
	} else {
		v.pattern(path+".stage", target.Stage, stagePattern, "is not the name of a stage", "use 1 to 128 letters, digits, hyphens and underscores")
	}
	v.function(path+".function", target.Function)
	if variable := path + ".variable"; target.Variable != "" || v.source.Has(variable) {
		v.pattern(variable, target.Variable, variablePattern, "is not the name of a stage variable", "use 1 to 64 letters, digits and underscores")
	}
	v.checkURL(path+".url", target.URL)
	v.keepVersions(path, target.KeepVersions)
}

func (v *validation) restAPI(path, id string) {
	hint := "write the id of the REST API, such as a1b2c3d4e5; an HTTP API has no canary, use target.lambda for the function behind it"
	for _, known := range []*regexp.Regexp{invokePattern, restARNPattern} {
		if found := known.FindStringSubmatch(id); found != nil {
			hint = "write " + found[1]
		}
	}
	switch {
	case strings.Contains(id, "/apis/"):
		v.reject(path, id, "use target.lambda for the function behind it", "is an HTTP or WebSocket API, which has no canary")
	default:
		v.pattern(path, id, restAPIPattern, "is not the id of a REST API", hint)
	}
}
