package main

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
)

// A parameter is a context value of the CDK app (docs/context.md) that the template leaves open.
type parameter struct {
	name string
	// context is the context value's key, marker what it is set to for the time of the synthesis.
	context, marker string
	// definition is the parameter as the template has it.
	definition yaml.MapSlice
	// condition, when not empty, holds unless the parameter is empty; what the
	// parameter stands for is left out where it does not hold.
	condition string
	// within says that the marker may be a part of texts. Such a parameter is never left out: none is the name of nothing.
	within bool
}

// parameters are all there are, in the order in which `sam deploy --guided` asks
// for them. A marker is of the form that the CDK app accepts, and comes up nowhere else.
var parameters = []parameter{
	{
		name: "Name", context: "name", marker: "name-of-the-installation",
		definition: yaml.MapSlice{
			{Key: "Type", Value: "String"}, {Key: "Default", Value: "goldfinch"},
			{Key: "AllowedPattern", Value: "[a-z]|[a-z][a-z0-9-]{0,30}[a-z0-9]"},
			{Key: "Description", Value: "Begins the name of everything that is made"},
		},
		within: true,
	},
	{
		name: "Architecture", context: "architecture", marker: "arm64",
		definition: yaml.MapSlice{
			{Key: "Type", Value: "String"}, {Key: "Default", Value: "arm64"},
			{Key: "AllowedValues", Value: []string{"arm64", "x86_64"}},
			{Key: "Description", Value: "Of the functions; for x86_64, build with ARCH=amd64 sam build"},
		},
	},
	{
		name: "LogRetentionDays", context: "logRetentionDays", marker: "3653",
		definition: yaml.MapSlice{
			{Key: "Type", Value: "Number"}, {Key: "Default", Value: 90},
			{Key: "AllowedValues", Value: []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}},
			{Key: "Description", Value: "How long logs are kept"},
		},
	},
	{
		name: "PermissionsBoundary", context: "permissionsBoundary", marker: "arn:aws:iam::000000000000:policy/permissions-boundary-of-the-installation",
		definition: yaml.MapSlice{
			{Key: "Type", Value: "String"}, {Key: "Default", Value: ""},
			{Key: "AllowedPattern", Value: `|arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/.+`},
			{Key: "Description", Value: "ARN of the managed policy that bounds every role; empty is none"},
		},
		condition: "HasPermissionsBoundary",
	},
	{
		name: "NotificationEmail", context: "notificationEmail", marker: "notification@email.of-the-installation",
		definition: yaml.MapSlice{
			{Key: "Type", Value: "String"}, {Key: "Default", Value: ""},
			{Key: "AllowedPattern", Value: `|[^@\s]+@[^@\s]+\.[^@\s]+`},
			{Key: "Description", Value: "Is told of outcomes and alarms; empty is nobody"},
		},
		condition: "HasNotificationEmail",
	},
	{
		name: "HostedZone", context: "hostedZones", marker: "ZHOSTEDZONEOFTHEINSTALLATION",
		definition: yaml.MapSlice{
			{Key: "Type", Value: "String"}, {Key: "Default", Value: "none"},
			{Key: "AllowedPattern", Value: "none|Z[A-Z0-9]{1,31}"},
			{Key: "Description", Value: "Id of the hosted zone whose records releases may change, or none"},
		},
		within: true,
	},
	{
		name: "InstanceRole", context: "instanceRoles", marker: "instance-role-of-the-installation",
		definition: yaml.MapSlice{
			{Key: "Type", Value: "String"}, {Key: "Default", Value: "none"},
			{Key: "AllowedPattern", Value: `[\w+=.@/-]+\*?`},
			{Key: "Description", Value: "Name of the role that instances have, or how the names of such roles begin and an asterisk; none is no role"},
		},
		within: true,
	},
	{
		name: "StackRole", context: "stackRoles", marker: "stack-role-of-the-installation",
		definition: yaml.MapSlice{
			{Key: "Type", Value: "String"}, {Key: "Default", Value: "none"},
			{Key: "AllowedPattern", Value: `[\w+=.@/-]+\*?`},
			{Key: "Description", Value: "Name of the role with which CloudFormation makes stacks, or how the names of such roles begin and an asterisk; none is no role"},
		},
		within: true,
	},
	{
		name: "ReservedConcurrency", context: "reservedConcurrency", marker: "true",
		definition: yaml.MapSlice{
			{Key: "Type", Value: "String"}, {Key: "Default", Value: "true"},
			{Key: "AllowedValues", Value: []string{"true", "false"}},
			{Key: "Description", Value: "Keeps room for what brings a release home; false where the account has too little"},
		},
	},
}

// reservesConcurrency is the condition under which functions have concurrency of their own.
const reservesConcurrency = "ReservesConcurrency"

// markers are the context with which the CDK app is synthesised.
func markers() map[string]string {
	out := map[string]string{}
	for _, p := range parameters {
		out[p.context] = p.marker
	}
	return out
}

// templateParameters is the template's section of that name.
func templateParameters() yaml.MapSlice {
	var out yaml.MapSlice
	for _, p := range parameters {
		out = append(out, yaml.MapItem{Key: p.name, Value: p.definition})
	}
	return out
}

// conditions is the template's section of that name.
func conditions() yaml.MapSlice {
	var out yaml.MapSlice
	for _, p := range parameters {
		if p.condition != "" {
			out = append(out, yaml.MapItem{Key: p.condition, Value: call("Fn::Not", []any{call("Fn::Equals", []any{call("Ref", p.name), ""})})})
		}
	}
	return append(out, yaml.MapItem{Key: reservesConcurrency, Value: call("Fn::Equals", []any{call("Ref", "ReservedConcurrency"), "true"})})
}

// call is one of CloudFormation's intrinsic functions.
func call(function string, argument any) yaml.MapSlice {
	return yaml.MapSlice{{Key: function, Value: argument}}
}

// unless leaves a value out where a condition does not hold.
func unless(condition string, value any) yaml.MapSlice {
	return call("Fn::If", []any{condition, value, call("Ref", "AWS::NoValue")})
}

// parametrised puts parameters where their markers are, and writes what the CDK
// joins from parts as one text with the parts in it.
func parametrised(value any) any {
	switch value := value.(type) {
	case yaml.MapSlice:
		if text, ok := joined(value); ok {
			return substitution(text)
		}
		out := make(yaml.MapSlice, 0, len(value))
		for _, item := range value {
			out = append(out, yaml.MapItem{Key: item.Key, Value: parametrised(item.Value)})
		}
		return out
	case []any:
		out := make([]any, 0, len(value))
		for _, one := range value {
			out = append(out, parametrised(one))
		}
		return out
	case string:
		for _, p := range parameters {
			if value == p.marker && p.condition != "" {
				return unless(p.condition, call("Ref", p.name))
			}
		}
		if text := named(value); text != escaped(value) {
			return substitution(text)
		}
		return value
	default:
		return value
	}
}

// substitution is Fn::Sub of a text, or less where that says the same.
func substitution(text string) any {
	if inner, ok := strings.CutPrefix(text, "${"); ok && strings.IndexByte(inner, '}') == len(inner)-1 && !strings.ContainsAny(inner, "!.") {
		return call("Ref", strings.TrimSuffix(inner, "}"))
	}
	return call("Fn::Sub", text)
}

// joined is the text, in the form of Fn::Sub, of an Fn::Join with no delimiter whose
// parts are texts, references and attributes.
func joined(value yaml.MapSlice) (string, bool) {
	if len(value) != 1 || value[0].Key != "Fn::Join" {
		return "", false
	}
	arguments, ok := value[0].Value.([]any)
	if !ok || len(arguments) != 2 || arguments[0] != "" {
		return "", false
	}
	parts, ok := arguments[1].([]any)
	if !ok {
		return "", false
	}
	var text strings.Builder
	for _, part := range parts {
		switch part := part.(type) {
		case string:
			text.WriteString(named(part))
		case yaml.MapSlice:
			name, ok := referred(part)
			if !ok {
				return "", false
			}
			text.WriteString("${" + name + "}")
		default:
			return "", false
		}
	}
	return text.String(), true
}

// referred is what Fn::Sub calls a Ref or an Fn::GetAtt.
func referred(value yaml.MapSlice) (string, bool) {
	if len(value) != 1 {
		return "", false
	}
	switch value[0].Key {
	case "Ref":
		name, ok := value[0].Value.(string)
		return name, ok
	case "Fn::GetAtt":
		of, ok := value[0].Value.([]any)
		if !ok || len(of) != 2 {
			return "", false
		}
		return fmt.Sprintf("%v.%v", of[0], of[1]), true
	default:
		return "", false
	}
}

// named is a text, in the form of Fn::Sub, with parameters where markers are that may be a part of one.
func named(text string) string {
	text = escaped(text)
	for _, p := range parameters {
		if p.within {
			text = strings.ReplaceAll(text, p.marker, "${"+p.name+"}")
		}
	}
	return text
}

// escaped keeps Fn::Sub from taking a text's own "${" for a reference.
func escaped(text string) string { return strings.ReplaceAll(text, "${", "${!") }

// leftover is a marker that is still in the text; the markers which are
// ordinary words can't be told from these.
func leftover(text string) string {
	for _, p := range parameters {
		if len(p.marker) > 10 && strings.Contains(text, p.marker) {
			return p.marker
		}
	}
	return ""
}
