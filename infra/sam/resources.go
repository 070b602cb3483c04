package main

import (
	"fmt"
	"maps"
	"strings"

	"github.com/goccy/go-yaml"
)

// publishedAlias is the alias that SAM makes of each function whose versions
// the workflow names: with it, SAM publishes a version whenever code or configuration change.
const publishedAlias = "live"

// resources makes the SAM template's of the CDK's: functions are built from their
// folders, versions are SAM's, and the workflow is read from its file.
func resources(from yaml.MapSlice) (yaml.MapSlice, error) {
	versions := versionsOf(from)
	out := make(yaml.MapSlice, 0, len(from))
	for _, item := range from {
		resource, ok := item.Value.(yaml.MapSlice)
		if !ok {
			return nil, fmt.Errorf("resource %v is no mapping", item.Key)
		}
		kind, _ := get(resource, "Type").(string)
		switch kind {
		case "AWS::Lambda::Version":
			continue
		case "AWS::Lambda::Function":
			resource = function(resource, published(versions, item.Key))
		case "AWS::StepFunctions::StateMachine":
			resource = stateMachine(resource)
		case "AWS::Logs::LogGroup":
			resource = with(resource, "RetentionInDays", func(any) any { return call("Ref", "LogRetentionDays") })
		case "AWS::SNS::Subscription":
			resource = subscription(resource)
		}
		rendered := parametrised(referring(versions, without(resource, "Metadata")))
		if kind == "AWS::Lambda::Function" {
			rendered = append(rendered.(yaml.MapSlice), yaml.MapItem{Key: "Metadata", Value: yaml.MapSlice{{Key: "BuildMethod", Value: "makefile"}}})
		}
		out = append(out, yaml.MapItem{Key: item.Key, Value: rendered})
	}
	return out, nil
}

// versionsOf maps the logical id of each published version to its function's.
func versionsOf(from yaml.MapSlice) map[string]string {
	versions := map[string]string{}
	for _, item := range from {
		resource, _ := item.Value.(yaml.MapSlice)
		if get(resource, "Type") != "AWS::Lambda::Version" {
			continue
		}
		if name, ok := referred(section(section(resource, "Properties"), "FunctionName")); ok {
			versions[fmt.Sprint(item.Key)] = strings.TrimSuffix(name, ".Arn")
		}
	}
	return versions
}

// published reports whether a function has a version that somebody names.
func published(versions map[string]string, id any) bool {
	for function := range maps.Values(versions) {
		if function == id {
			return true
		}
	}
	return false
}

// function is a function as SAM has it: its code is built from the repository by `make build-ID`.
func function(resource yaml.MapSlice, published bool) yaml.MapSlice {
	properties := yaml.MapSlice{{Key: "CodeUri", Value: "."}}
	if published {
		properties = append(properties,
			yaml.MapItem{Key: "AutoPublishAlias", Value: publishedAlias},
			yaml.MapItem{Key: "AutoPublishAliasAllProperties", Value: true})
	}
	for _, item := range section(resource, "Properties") {
		switch item.Key {
		case "Code":
			continue
		case "Architectures":
			item.Value = []any{call("Ref", "Architecture")}
		case "ReservedConcurrentExecutions":
			item.Value = unless(reservesConcurrency, item.Value)
		case "TracingConfig":
			mode, _ := item.Value.(yaml.MapSlice)
			item = yaml.MapItem{Key: "Tracing", Value: get(mode, "Mode")}
		case "Tags":
			item.Value = tagsByKey(item.Value)
		}
		properties = append(properties, item)
	}
	return retyped(resource, "AWS::Serverless::Function", properties)
}

// stateMachine is the workflow as SAM has it: its definition stays in its file.
func stateMachine(resource yaml.MapSlice) yaml.MapSlice {
	properties := yaml.MapSlice{{Key: "DefinitionUri", Value: "internal/workflow/release.asl.json"}}
	names := map[any]any{
		"RoleArn": "Role", "StateMachineName": "Name", "StateMachineType": "Type",
		"LoggingConfiguration": "Logging", "TracingConfiguration": "Tracing",
	}
	for _, item := range section(resource, "Properties") {
		if item.Key == "DefinitionString" {
			continue
		}
		if item.Key == "Tags" {
			item.Value = tagsByKey(item.Value)
		}
		if name, ok := names[item.Key]; ok {
			item.Key = name
		}
		properties = append(properties, item)
	}
	return retyped(resource, "AWS::Serverless::StateMachine", properties)
}

// tagsByKey are tags as SAM has them: not a list of keys and values, but each value by its key.
func tagsByKey(tags any) yaml.MapSlice {
	list, _ := tags.([]any)
	byKey := make(yaml.MapSlice, 0, len(list))
	for _, one := range list {
		tag, _ := one.(yaml.MapSlice)
		byKey = append(byKey, yaml.MapItem{Key: get(tag, "Key"), Value: get(tag, "Value")})
	}
	return byKey
}

// subscription is of whoever wants e-mail, if anybody does.
func subscription(resource yaml.MapSlice) yaml.MapSlice {
	for _, p := range parameters {
		if p.condition != "" && get(section(resource, "Properties"), "Endpoint") == p.marker {
			resource = with(resource, "Endpoint", func(any) any { return call("Ref", p.name) })
			return append(yaml.MapSlice{resource[0], {Key: "Condition", Value: p.condition}}, resource[1:]...)
		}
	}
	return resource
}

// retyped is a resource of another type, with these properties.
func retyped(resource yaml.MapSlice, kind string, properties yaml.MapSlice) yaml.MapSlice {
	out := make(yaml.MapSlice, 0, len(resource))
	for _, item := range resource {
		switch item.Key {
		case "Type":
			item.Value = kind
		case "Properties":
			item.Value = properties
		}
		out = append(out, item)
	}
	return out
}

// with is a resource one of whose properties, if it has it, is changed.
func with(resource yaml.MapSlice, property string, change func(any) any) yaml.MapSlice {
	var properties yaml.MapSlice
	for _, item := range section(resource, "Properties") {
		if item.Key == property {
			item.Value = change(item.Value)
		}
		properties = append(properties, item)
	}
	kind, _ := get(resource, "Type").(string)
	return retyped(resource, kind, properties)
}

// without leaves a key out.
func without(from yaml.MapSlice, key string) yaml.MapSlice {
	out := make(yaml.MapSlice, 0, len(from))
	for _, item := range from {
		if item.Key != key {
			out = append(out, item)
		}
	}
	return out
}

// referring names SAM's version of a function wherever the CDK's is named.
func referring(versions map[string]string, value any) any {
	switch value := value.(type) {
	case yaml.MapSlice:
		if name, ok := referred(value); ok && versions[name] != "" {
			return call("Ref", versions[name]+".Version")
		}
		out := make(yaml.MapSlice, 0, len(value))
		for _, item := range value {
			out = append(out, yaml.MapItem{Key: item.Key, Value: referring(versions, item.Value)})
		}
		return out
	case []any:
		out := make([]any, 0, len(value))
		for _, one := range value {
			out = append(out, referring(versions, one))
		}
		return out
	default:
		return value
	}
}
