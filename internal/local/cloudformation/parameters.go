package cloudformation

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// A parameter is one of a template.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
type parameter struct {
	kind, description, explained string
	standard                     *string
	allowed                      []string
	pattern                      *regexp.Regexp
	hidden                       bool
	// bounds are MinLength, MaxLength, MinValue and MaxValue, as far as they are given.
	bounds map[string]float64
}

// imageKind is the type of parameters that name an AMI which exists.
const imageKind = "AWS::EC2::Image::Id"

// kinds are the types that a parameter may have, and whether it is a list.
var kinds = map[string]bool{
	"String": false, "Number": false, "List<Number>": true, "List<String>": true, "CommaDelimitedList": true, imageKind: false,
	"AWS::EC2::Instance::Id": false, "AWS::EC2::KeyPair::KeyName": false, "AWS::EC2::AvailabilityZone::Name": false,
	"AWS::EC2::SecurityGroup::Id": false, "List<AWS::EC2::SecurityGroup::Id>": true, "AWS::EC2::Subnet::Id": false,
	"List<AWS::EC2::Subnet::Id>": true, "AWS::EC2::VPC::Id": false, "List<AWS::EC2::AvailabilityZone::Name>": true,
}

func (t *template) addParameter(name string, members map[string]any) error {
	made := parameter{bounds: map[string]float64{}}
	for _, key := range slices.Sorted(maps.Keys(members)) {
		text, _ := members[key].(string)
		switch key {
		case "Type":
			made.kind = text
		case "Description":
			made.description = text
		case "ConstraintDescription":
			made.explained = text
		case "Default":
			made.standard = aws.String(scalar(members[key]))
		case "AllowedValues":
			made.allowed = texts(members[key])
		case "AllowedPattern":
			pattern, err := regexp.Compile("^(?:" + text + ")$")
			if err != nil {
				return invalid("Template error: AllowedPattern of parameter %s is not valid: %v", name, err)
			}
			made.pattern = pattern
		case "NoEcho":
			made.hidden = scalar(members[key]) == "true"
		case "MinLength", "MaxLength", "MinValue", "MaxValue":
			bound, err := strconv.ParseFloat(text, 64)
			if err != nil {
				return invalid("Template error: %s of parameter %s is not a number", key, name)
			}
			made.bounds[key] = bound
		default:
			return invalid("Invalid template parameter property '%s'", key)
		}
	}
	if _, known := kinds[made.kind]; !known {
		return unsupported("parameters of type '%s': parameter %s", made.kind, name)
	}
	t.parameters[name] = made
	return nil
}

// scalar writes a string or a boolean.
func scalar(value any) string { return fmt.Sprint(value) }

// resolve are the values of all parameters: those that are given, and defaults.
func (t *template) resolve(given []types.Parameter) (map[string]string, error) {
	values := map[string]string{}
	var unknown []string
	for _, one := range given {
		name := aws.ToString(one.ParameterKey)
		if aws.ToBool(one.UsePreviousValue) {
			return nil, invalid("Invalid input for parameter key %s. Cannot specify usePreviousValue as true for a parameter key not in the previous template", name)
		}
		if _, declared := t.parameters[name]; !declared {
			unknown = append(unknown, name)
			continue
		}
		values[name] = aws.ToString(one.ParameterValue)
	}
	if len(unknown) > 0 {
		return nil, invalid("Parameters: [%s] do not exist in the template", strings.Join(unknown, ", "))
	}
	var missing []string
	for _, name := range slices.Sorted(maps.Keys(t.parameters)) {
		if _, given := values[name]; given {
			continue
		}
		if standard := t.parameters[name].standard; standard != nil {
			values[name] = *standard
			continue
		}
		missing = append(missing, name)
	}
	if len(missing) > 0 {
		return nil, invalid("Parameters: [%s] must have values", strings.Join(missing, ", "))
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if err := t.parameters[name].check(name, values[name]); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// check checks a value against the parameter's constraints.
func (p parameter) check(name, value string) error {
	broken := ""
	number, notNumber := strconv.ParseFloat(value, 64)
	within := func(least, most string, size float64) {
		low, hasLow := p.bounds[least]
		high, hasHigh := p.bounds[most]
		if hasLow && size < low || hasHigh && size > high {
			broken = fmt.Sprintf("must be within %s and %s", least, most)
		}
	}
	switch {
	case p.kind == "Number" && notNumber != nil:
		broken = "must be a number"
	case len(p.allowed) > 0 && !slices.Contains(p.allowed, value):
		broken = "must be one of AllowedValues"
	case p.pattern != nil && !p.pattern.MatchString(value):
		broken = "must match pattern " + p.pattern.String()
	case p.kind == "Number":
		within("MinValue", "MaxValue", number)
	case p.kind == "String":
		within("MinLength", "MaxLength", float64(len(value)))
	}
	switch {
	case broken == "":
		return nil
	case p.explained != "":
		return invalid("Parameter %s failed to satisfy constraint: %s", name, p.explained)
	default:
		return invalid("Parameter '%s' %s", name, broken)
	}
}

// shown are the values of a stack's parameters, as it is described.
func (t *template) shown(values map[string]string) []types.Parameter {
	var list []types.Parameter
	for _, name := range slices.Sorted(maps.Keys(values)) {
		value := values[name]
		if t.parameters[name].hidden {
			value = "****"
		}
		list = append(list, types.Parameter{ParameterKey: aws.String(name), ParameterValue: aws.String(value)})
	}
	return list
}
