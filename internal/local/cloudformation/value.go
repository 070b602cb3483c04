package cloudformation

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A scope is what a template's functions see.
type scope struct {
	*template
	stack  *stack
	region string
	// account and partition are those of the pseudo parameters.
	account string
}

// noValue is what AWS::NoValue stands for: the member isn't there.
type noValue struct{}

// value computes the functions in a value.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
func (s scope) value(raw any) (any, error) {
	switch raw := raw.(type) {
	case []any:
		list := make([]any, 0, len(raw))
		for _, item := range raw {
			computed, err := s.value(item)
			if err != nil {
				return nil, err
			}
			if computed != (any)(noValue{}) {
				list = append(list, computed)
			}
		}
		return list, nil
	case map[string]any:
		if len(raw) == 1 {
			for name, argument := range raw {
				if name == "Ref" || strings.HasPrefix(name, "Fn::") {
					return s.call(name, argument)
				}
			}
		}
		return s.object(raw)
	default:
		return raw, nil
	}
}

func (s scope) object(raw map[string]any) (map[string]any, error) {
	made := make(map[string]any, len(raw))
	for name, member := range raw {
		computed, err := s.value(member)
		if err != nil {
			return nil, err
		}
		if _, none := computed.(noValue); !none {
			made[name] = computed
		}
	}
	return made, nil
}

// call computes one function.
func (s scope) call(name string, argument any) (any, error) {
	wrong := func() error { return invalid("Template error: every %s object has a form that this one lacks", name) }
	switch name {
	case "Ref":
		if text, ok := argument.(string); ok {
			return s.ref(text)
		}
	case "Fn::GetAtt":
		if resource, attribute, ok := attributeOf(argument); ok {
			return s.attribute(resource, attribute)
		}
	case "Fn::Sub":
		return s.sub(argument)
	case "Fn::If":
		if parts, ok := argument.([]any); ok && len(parts) == 3 {
			holds, err := s.condition(scalar(parts[0]))
			if err != nil {
				return nil, err
			}
			if holds {
				return s.value(parts[1])
			}
			return s.value(parts[2])
		}
	case "Fn::Join", "Fn::Select", "Fn::Split", "Fn::FindInMap":
		computed, err := s.value(argument)
		if err != nil {
			return nil, err
		}
		if parts, ok := computed.([]any); ok && len(parts) >= 2 {
			if made, ok := s.ofList(name, parts); ok {
				return made, nil
			}
		}
	case "Fn::Base64":
		computed, err := s.value(argument)
		if text, ok := computed.(string); ok || err != nil {
			return base64.StdEncoding.EncodeToString([]byte(text)), err
		}
	default:
		return nil, unsupported("function %s", name)
	}
	return nil, wrong()
}

// ofList computes the functions of lists.
func (s scope) ofList(name string, parts []any) (any, bool) {
	text, isText := parts[0].(string)
	list, isList := parts[1].([]any)
	switch {
	case name == "Fn::Join" && isText && isList:
		words := make([]string, len(list))
		for i, item := range list {
			words[i] = scalar(item)
		}
		return strings.Join(words, text), true
	case name == "Fn::Select" && isText && isList:
		at, err := strconv.Atoi(text)
		if err != nil || at < 0 || at >= len(list) {
			return nil, false
		}
		return list[at], true
	case name == "Fn::Split" && isText:
		return listOf(scalar(parts[1]), text), true
	case name == "Fn::FindInMap" && len(parts) == 3:
		first, _ := s.mappings[text].(map[string]any)
		second, _ := first[scalar(parts[1])].(map[string]any)
		found, ok := second[scalar(parts[2])]
		return found, ok
	}
	return nil, false
}

func listOf(text, separator string) []any {
	var list []any
	for part := range strings.SplitSeq(text, separator) {
		list = append(list, part)
	}
	return list
}

// ref is a parameter's value, a resource's physical id, or a pseudo parameter.
func (s scope) ref(name string) (any, error) {
	if p, ok := s.parameters[name]; ok {
		value := s.stack.Parameters[name]
		if !kinds[p.kind] {
			return value, nil
		}
		list := listOf(value, ",")
		for i := range list {
			list[i] = strings.TrimSpace(list[i].(string))
		}
		return list, nil
	}
	switch name {
	case "AWS::NoValue":
		return noValue{}, nil
	case "AWS::Region":
		return s.region, nil
	case "AWS::AccountId":
		return s.account, nil
	case "AWS::StackName":
		return s.stack.Name, nil
	case "AWS::StackId":
		return s.stack.ID, nil
	case "AWS::Partition":
		return "aws", nil
	case "AWS::URLSuffix":
		return "amazonaws.com", nil
	}
	if r := s.stack.resource(name); r != nil && r.PhysicalID != "" {
		return r.PhysicalID, nil
	}
	return nil, invalid("Template error: %s is not there: its condition is false, or it is no pseudo parameter", name)
}

func (s scope) attribute(resource, attribute string) (any, error) {
	if r := s.stack.resource(resource); r != nil {
		if value, ok := r.Attributes[attribute]; ok {
			return value, nil
		}
	}
	return nil, invalid("Template error: resource %s does not support attribute type %s in Fn::GetAtt", resource, attribute)
}

func (s scope) sub(argument any) (any, error) {
	text, own := substitution(argument)
	var failed error
	made := placeholder.ReplaceAllStringFunc(text, func(found string) string {
		name := found[2 : len(found)-1]
		var value any
		var err error
		if mine, ok := own[name]; ok {
			value, err = s.value(mine)
		} else if resource, attribute, dotted := strings.Cut(name, "."); dotted {
			value, err = s.attribute(resource, attribute)
		} else {
			value, err = s.ref(name)
		}
		if err != nil {
			failed = err
		}
		return scalar(value)
	})
	return strings.ReplaceAll(made, "${!", "${"), failed
}

// condition computes a condition of the template; none holds.
func (s scope) condition(name string) (bool, error) {
	if name == "" {
		return true, nil
	}
	raw, ok := s.conditions[name]
	if !ok {
		return false, invalid("Template error: unresolved condition %s", name)
	}
	return s.holds(raw)
}

func (s scope) holds(raw any) (bool, error) {
	members, _ := raw.(map[string]any)
	if name, ok := members["Condition"].(string); ok {
		return s.condition(name)
	}
	for name, argument := range members {
		parts, _ := argument.([]any)
		switch {
		case name == "Fn::Equals" && len(parts) == 2:
			both, err := s.value(argument)
			if err != nil {
				return false, err
			}
			pair, ok := both.([]any)
			return ok && len(pair) == 2 && scalar(pair[0]) == scalar(pair[1]), nil
		case name == "Fn::Not" && len(parts) == 1:
			holds, err := s.holds(parts[0])
			return !holds, err
		case name == "Fn::And" || name == "Fn::Or":
			var failed error
			decides := slices.ContainsFunc(parts, func(part any) bool {
				holds, err := s.holds(part)
				if err != nil {
					failed = err
				}
				return holds == (name == "Fn::Or")
			})
			return decides == (name == "Fn::Or"), failed
		}
	}
	return false, invalid("Template error: a condition is not made of Fn::Equals, Fn::And, Fn::Or, Fn::Not or Condition: %s", fmt.Sprint(raw))
}
