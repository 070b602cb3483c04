package apigateway

import (
	"net/url"
	"strings"

	"github.com/goldfinch-dev/goldfinch/internal/local/lambda"
)

// lambdaAnswer is what an invocation brought.
type lambdaAnswer = lambda.Answer

// A way is what one request to a stage meets: the stage's own deployment and variables, or its canary's.
type way struct {
	stage     stageRecord
	resources map[string]resourceRecord
	variables map[string]string
}

// draw finds the stage, and draws whether its canary answers.
func (s *Service) draw(api, name string) (way, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	stage, ok := s.books.stages[stageKey(api, name)]
	if !ok {
		return way{}, false
	}
	deployment, variables := stage.Deployment, stage.Variables
	if canary := stage.Canary; canary != nil && canary.Percent > 0 && s.options.Random()*100 < canary.Percent {
		deployment, variables = canary.Deployment, merged(variables, canary.Overrides)
	}
	return way{stage: stage, resources: s.books.deployments[deploymentKey(api, deployment)].Resources, variables: variables}, true
}

// A matched is the resource and the method that a request is for.
type matched struct {
	resource   resourceRecord
	name       string
	method     methodRecord
	parameters map[string]string
	request    string
}

// id is the request's.
func (m *matched) id() string {
	if m.request == "" {
		m.request = newRequestID()
	}
	return m.request
}

// match finds what a request is for. A path that is written out goes before one with a variable, and that before a greedy one.
func match(resources map[string]resourceRecord, method, path string) (matched, bool) {
	best, bestRank := matched{}, -1
	for _, resource := range resources {
		parameters, rank, ok := matches(resource.Path, path)
		if !ok || rank <= bestRank {
			continue
		}
		for _, name := range []string{method, "ANY"} {
			if found, ok := resource.Methods[name]; ok && found.Integration != nil {
				best, bestRank = matched{resource: resource, name: name, method: found, parameters: parameters}, rank
				break
			}
		}
	}
	return best, bestRank >= 0
}

// matches reports whether a path is one of a resource, what its variables are, and how closely it is: higher is closer.
func matches(resource, path string) (parameters map[string]string, rank int, ok bool) {
	wanted, got := segments(resource), segments(path)
	for i, part := range wanted {
		name, isVariable := strings.CutPrefix(part, "{")
		name = strings.TrimSuffix(name, "}")
		if greedy, isGreedy := strings.CutSuffix(name, "+"); isVariable && isGreedy && i < len(got) {
			return with(parameters, greedy, strings.Join(got[i:], "/")), rank, true
		}
		switch {
		case i >= len(got):
			return nil, 0, false
		case isVariable:
			parameters, rank = with(parameters, name, got[i]), rank+1
		case part != got[i]:
			return nil, 0, false
		default:
			rank += 3
		}
	}
	return parameters, rank + 1, len(wanted) == len(got)
}

// segments are the parts of a path; of / there are none.
func segments(path string) []string {
	path = strings.Trim(path, "/")
	if path == "" {
		return nil
	}
	return strings.Split(path, "/")
}

// with adds a parameter, as it was before it was escaped.
func with(parameters map[string]string, name, value string) map[string]string {
	if unescaped, err := url.PathUnescape(value); err == nil {
		value = unescaped
	}
	if parameters == nil {
		parameters = map[string]string{}
	}
	parameters[name] = value
	return parameters
}
