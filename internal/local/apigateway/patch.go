package apigateway

import (
	"maps"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
)

// Where the parts of a stage are that a patch may change
// (https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html#UpdateStage-Patch).
const (
	pathDescription      = "/description"
	pathDeployment       = "/deploymentId"
	pathVariables        = "/variables"
	pathCanary           = "/canarySettings"
	pathCanaryDeployment = pathCanary + "/deploymentId"
	pathCanaryPercent    = pathCanary + "/percentTraffic"
	pathCanaryCache      = pathCanary + "/useStageCache"
	pathCanaryOverrides  = pathCanary + "/stageVariableOverrides"
)

// patch is the stage after one operation.
func (s *Service) patch(stage stageRecord, operation types.PatchOperation) (stageRecord, error) {
	path, value := aws.ToString(operation.Path), aws.ToString(operation.Value)
	if path != pathCanary && strings.HasPrefix(path, pathCanary+"/") && stage.Canary == nil && operation.Op == types.OpReplace {
		stage.Canary = &canaryRecord{Deployment: stage.Deployment}
	}
	switch operation.Op {
	case types.OpReplace, types.OpAdd:
		return s.replace(stage, path, value)
	case types.OpRemove:
		return remove(stage, path)
	case types.OpCopy:
		return copyCanary(stage, aws.ToString(operation.From), path)
	default:
		return stage, invalid("Invalid patch operation specified. Must be one of: [add, remove, replace, copy]")
	}
}

func (s *Service) replace(stage stageRecord, path, value string) (stageRecord, error) {
	canary := canaryRecord{}
	if stage.Canary != nil {
		canary = *stage.Canary
	}
	variable, isVariable := nameIn(path, pathVariables)
	override, isOverride := nameIn(path, pathCanaryOverrides)
	switch {
	case path == pathDescription:
		stage.Description = value
		return stage, nil
	case path == pathDeployment:
		if _, err := s.deployment(&stage.API, &value); err != nil {
			return stage, err
		}
		stage.Deployment = value
		return stage, nil
	case isVariable:
		stage.Variables = merged(stage.Variables, map[string]string{variable: value})
		return stage, nil
	case path == pathCanaryDeployment:
		if _, err := s.deployment(&stage.API, &value); err != nil {
			return stage, err
		}
		canary.Deployment = value
	case path == pathCanaryPercent:
		percent, err := strconv.ParseFloat(value, 64)
		if err != nil || percent < 0 || percent > 100 {
			return stage, invalid("Percent traffic must be between 0.0 and 100.0")
		}
		canary.Percent = percent
	case path == pathCanaryCache:
		canary.UseStageCache = value == "true"
	case isOverride:
		canary.Overrides = merged(canary.Overrides, map[string]string{override: value})
	default:
		return stage, invalidPath(path)
	}
	if stage.Canary == nil {
		return stage, invalidPath(path)
	}
	stage.Canary = &canary
	return stage, nil
}

func remove(stage stageRecord, path string) (stageRecord, error) {
	if name, ok := nameIn(path, pathVariables); ok {
		stage.Variables = without(stage.Variables, name)
		return stage, nil
	}
	if stage.Canary == nil {
		return stage, invalidPath(path)
	}
	if path == pathCanary {
		stage.Canary = nil
		return stage, nil
	}
	name, ok := nameIn(path, pathCanaryOverrides)
	if !ok {
		return stage, invalidPath(path)
	}
	canary := *stage.Canary
	canary.Overrides = without(canary.Overrides, name)
	stage.Canary = &canary
	return stage, nil
}

// copyCanary does the two copies that promote a canary.
func copyCanary(stage stageRecord, from, path string) (stageRecord, error) {
	switch {
	case stage.Canary != nil && from == pathCanaryDeployment && path == pathDeployment:
		stage.Deployment = stage.Canary.Deployment
	case stage.Canary != nil && from == pathCanaryOverrides && path == pathVariables && len(stage.Canary.Overrides) > 0:
		stage.Variables = merged(stage.Variables, stage.Canary.Overrides)
	default:
		return stage, invalidPath(path)
	}
	return stage, nil
}

// nameIn is what follows a path and a slash, as it was before it was escaped.
func nameIn(path, parent string) (name string, ok bool) {
	name, ok = strings.CutPrefix(path, parent+"/")
	return strings.NewReplacer("~1", "/", "~0", "~").Replace(name), ok && name != "" && !strings.Contains(name, "/")
}

func without(values map[string]string, name string) map[string]string {
	left := maps.Clone(values)
	delete(left, name)
	return left
}

func invalidPath(path string) error { return invalid("Invalid patch path %s", path) }
