package lambda

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// A setting is one part of a function's configuration that is published with a
// version.
type setting struct {
	name string
	// of reads it as a value that reflect.DeepEqual can compare; AWS's default
	// and a setting that is left out are equal.
	of func(types.FunctionConfiguration) any
}

// sharedSettings must be the same in both versions of a weighted alias, see
// https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html .
var sharedSettings = []setting{
	{"role", func(c types.FunctionConfiguration) any { return aws.ToString(c.Role) }},
	{"dead-letter queue", func(c types.FunctionConfiguration) any {
		if c.DeadLetterConfig == nil {
			return ""
		}
		return aws.ToString(c.DeadLetterConfig.TargetArn)
	}},
}

// ownSettings may differ between versions, and then go out with a release.
var ownSettings = []setting{
	{"handler", func(c types.FunctionConfiguration) any { return aws.ToString(c.Handler) }},
	{"runtime", func(c types.FunctionConfiguration) any { return c.Runtime }},
	{"architecture", func(c types.FunctionConfiguration) any {
		if len(c.Architectures) == 0 {
			return []types.Architecture{types.ArchitectureX8664}
		}
		return c.Architectures
	}},
	{"memory", func(c types.FunctionConfiguration) any { return aws.ToInt32(c.MemorySize) }},
	{"timeout", func(c types.FunctionConfiguration) any { return aws.ToInt32(c.Timeout) }},
	{"environment", func(c types.FunctionConfiguration) any { return variablesOf(c) }},
	{"layers", func(c types.FunctionConfiguration) any {
		arns := []string{}
		for _, layer := range c.Layers {
			arns = append(arns, aws.ToString(layer.Arn))
		}
		return arns
	}},
	{"VPC", func(c types.FunctionConfiguration) any {
		if c.VpcConfig == nil {
			return ""
		}
		ids := slices.Sorted(slices.Values(slices.Concat(c.VpcConfig.SubnetIds, c.VpcConfig.SecurityGroupIds)))
		return strings.Join(ids, " ")
	}},
	{"temporary storage", func(c types.FunctionConfiguration) any {
		if c.EphemeralStorage == nil {
			return int32(512)
		}
		return aws.ToInt32(c.EphemeralStorage.Size)
	}},
	{"file systems", func(c types.FunctionConfiguration) any {
		mounts := []string{}
		for _, system := range c.FileSystemConfigs {
			mounts = append(mounts, aws.ToString(system.Arn)+" at "+aws.ToString(system.LocalMountPath))
		}
		return mounts
	}},
	{"encryption key", func(c types.FunctionConfiguration) any { return aws.ToString(c.KMSKeyArn) }},
	{"image settings", func(c types.FunctionConfiguration) any {
		if c.ImageConfigResponse == nil || c.ImageConfigResponse.ImageConfig == nil {
			return ""
		}
		image := c.ImageConfigResponse.ImageConfig
		return fmt.Sprintf("%q %q %q", image.EntryPoint, image.Command, aws.ToString(image.WorkingDirectory))
	}},
	{"tracing", func(c types.FunctionConfiguration) any {
		if c.TracingConfig == nil || c.TracingConfig.Mode == "" {
			return types.TracingModePassThrough
		}
		return c.TracingConfig.Mode
	}},
	{"SnapStart", func(c types.FunctionConfiguration) any { return hasSnapStart(c) }},
	{"logging", func(c types.FunctionConfiguration) any {
		if c.LoggingConfig == nil {
			return types.LoggingConfig{LogFormat: types.LogFormatText}
		}
		return *c.LoggingConfig
	}},
}

// differences names the settings in which two configurations differ.
func differences(settings []setting, a, b types.FunctionConfiguration) []string {
	var names []string
	for _, s := range settings {
		if !reflect.DeepEqual(s.of(a), s.of(b)) {
			names = append(names, s.name)
		}
	}
	return names
}

// describeDifferences is differences for people, with the names of the
// environment variables, whose values may be secret.
func describeDifferences(names []string, a, b types.FunctionConfiguration) string {
	described := slices.Clone(names)
	if i := slices.Index(described, "environment"); i >= 0 {
		described[i] = "environment (" + strings.Join(changedVariables(variablesOf(a), variablesOf(b)), ", ") + ")"
	}
	return strings.Join(described, ", ")
}

// variablesOf are the environment variables; never nil.
func variablesOf(c types.FunctionConfiguration) map[string]string {
	if c.Environment == nil || c.Environment.Variables == nil {
		return map[string]string{}
	}
	return c.Environment.Variables
}

// changedVariables names the variables that are not in both with the same value.
func changedVariables(a, b map[string]string) []string {
	changed := map[string]bool{}
	for name, value := range a {
		if other, ok := b[name]; !ok || other != value {
			changed[name] = true
		}
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			changed[name] = true
		}
	}
	return slices.Sorted(maps.Keys(changed))
}

// hasSnapStart reports whether AWS takes a snapshot of each version that is published.
func hasSnapStart(c types.FunctionConfiguration) bool {
	return c.SnapStart != nil && c.SnapStart.ApplyOn == types.SnapStartApplyOnPublishedVersions
}
