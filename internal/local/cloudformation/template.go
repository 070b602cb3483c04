package cloudformation

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// A template is what a stack is made from.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
type template struct {
	description string
	parameters  map[string]parameter
	mappings    map[string]any
	conditions  map[string]any
	resources   map[string]declared
	outputs     map[string]output
}

// A declared resource is one of a template.
type declared struct {
	kind       string
	properties map[string]any
	dependsOn  []string
	condition  string
	retained   bool
}

// An output is one of a template.
type output struct {
	description, condition string
	value                  any
}

// logicalID is what parameters, resources and outputs may be called.
var logicalID = regexp.MustCompile(`^[A-Za-z0-9]{1,255}$`)

// maxTemplate is the most bytes of a template that a call may bring:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
const maxTemplate = 51_200

// parse reads a template and checks that it holds together.
func parse(body string) (*template, error) {
	document, err := read([]byte(body))
	if err != nil {
		return nil, err
	}
	sections, ok := document.(map[string]any)
	if !ok {
		return nil, invalid("Template format error: unsupported structure.")
	}
	made := &template{parameters: map[string]parameter{}, mappings: map[string]any{}, conditions: map[string]any{}, resources: map[string]declared{}, outputs: map[string]output{}}
	for _, section := range slices.Sorted(maps.Keys(sections)) {
		switch content := sections[section]; section {
		case "AWSTemplateFormatVersion":
			if content != "2010-09-09" {
				return nil, invalid("Template format error: %v is not a supported value for AWSTemplateFormatVersion.", content)
			}
		case "Description":
			made.description, _ = content.(string)
		case "Metadata":
		case "Parameters":
			err = each(section, content, made.addParameter)
		case "Mappings":
			made.mappings, err = object(section, content)
		case "Conditions":
			made.conditions, err = object(section, content)
		case "Resources":
			err = each(section, content, made.addResource)
		case "Outputs":
			err = each(section, content, made.addOutput)
		case "Transform", "Rules", "Hooks":
			err = unsupported("section %s of templates", section)
		default:
			err = invalid("Invalid template property or properties [%s]", section)
		}
		if err != nil {
			return nil, err
		}
	}
	if len(made.resources) == 0 {
		return nil, invalid("Template format error: At least one Resources member must be defined.")
	}
	return made, made.check()
}

// object is content that must be one.
func object(at string, content any) (map[string]any, error) {
	members, ok := content.(map[string]any)
	if !ok {
		return nil, invalid("Template format error: [%s] must be an object", at)
	}
	return members, nil
}

// each adds the members of a section in the order of their names.
func each(section string, content any, add func(name string, members map[string]any) error) error {
	all, err := object(section, content)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if !logicalID.MatchString(name) {
			return invalid("Template format error: %s name %s is non alphanumeric.", strings.TrimSuffix(section, "s"), name)
		}
		members, err := object("/"+section+"/"+name, all[name])
		if err == nil {
			err = add(name, members)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *template) addResource(name string, members map[string]any) error {
	made := declared{properties: map[string]any{}}
	var err error
	for _, key := range slices.Sorted(maps.Keys(members)) {
		switch content := members[key]; key {
		case "Type":
			made.kind, _ = content.(string)
		case "Properties":
			made.properties, err = object("/Resources/"+name+"/Properties", content)
		case "DependsOn":
			if one, ok := content.(string); ok {
				content = []any{one}
			}
			made.dependsOn = texts(content)
		case "Condition":
			made.condition, _ = content.(string)
		case "DeletionPolicy":
			if content != "Delete" && content != "Retain" {
				err = unsupported("DeletionPolicy %v", content)
			}
			made.retained = content == "Retain"
		case "Metadata", "UpdatePolicy", "UpdateReplacePolicy": // nothing here is updated
		case "CreationPolicy":
			err = unsupported("CreationPolicy, as nothing here receives signals: /Resources/%s", name)
		default:
			err = invalid("Invalid template resource property '%s'", key)
		}
		if err != nil {
			return err
		}
	}
	if made.kind == "" {
		return invalid("Template format error: [/Resources/%s] Every Resources object must contain a Type member.", name)
	}
	t.resources[name] = made
	return nil
}

func (t *template) addOutput(name string, members map[string]any) error {
	if members["Export"] != nil {
		return unsupported("exports of outputs")
	}
	if members["Value"] == nil {
		return invalid("Template format error: Every Outputs member must contain a Value object")
	}
	made := output{value: members["Value"]}
	made.description, _ = members["Description"].(string)
	made.condition, _ = members["Condition"].(string)
	t.outputs[name] = made
	return nil
}

// texts are the strings of a list.
func texts(content any) []string {
	list, _ := content.([]any)
	var all []string
	for _, item := range list {
		if text, ok := item.(string); ok {
			all = append(all, text)
		}
	}
	return all
}

// check finds references to what is not there, and circles.
func (t *template) check() error {
	missing := map[string]bool{}
	known := func(name string) bool {
		_, isResource := t.resources[name]
		_, isParameter := t.parameters[name]
		return isResource || isParameter || strings.HasPrefix(name, "AWS::")
	}
	for _, name := range slices.Sorted(maps.Keys(t.resources)) {
		r := t.resources[name]
		for _, reference := range append(references(r.properties), r.dependsOn...) {
			missing[reference] = missing[reference] || !known(reference)
		}
		if _, declared := t.conditions[r.condition]; r.condition != "" && !declared {
			return invalid("Template format error: Unresolved condition dependency %s in the Resources block of the template", r.condition)
		}
	}
	maps.DeleteFunc(missing, func(_ string, is bool) bool { return !is })
	if len(missing) > 0 {
		return invalid("Template format error: Unresolved resource dependencies [%s] in the Resources block of the template", strings.Join(slices.Sorted(maps.Keys(missing)), ", "))
	}
	for _, o := range t.outputs {
		for _, reference := range references(o.value) {
			if !known(reference) {
				return invalid("Template format error: Unresolved resource dependencies [%s] in the Outputs block of the template", reference)
			}
		}
	}
	_, err := t.order()
	return err
}

// order are the resources in an order in which each comes after those that it
// refers to, and otherwise by name.
func (t *template) order() ([]string, error) {
	var ordered []string
	placed := map[string]bool{}
	for len(ordered) < len(t.resources) {
		before := len(ordered)
		for _, name := range slices.Sorted(maps.Keys(t.resources)) {
			r := t.resources[name]
			waits := slices.ContainsFunc(append(references(r.properties), r.dependsOn...), func(other string) bool {
				_, isResource := t.resources[other]
				return isResource && !placed[other]
			})
			if !placed[name] && !waits {
				placed[name] = true
				ordered = append(ordered, name)
			}
		}
		if len(ordered) == before {
			circle := slices.DeleteFunc(slices.Sorted(maps.Keys(t.resources)), func(name string) bool { return placed[name] })
			return nil, invalid("Circular dependency between resources: [%s]", strings.Join(circle, ", "))
		}
	}
	return ordered, nil
}

// placeholder is a variable in the text of Fn::Sub; ${!x} is none.
var placeholder = regexp.MustCompile(`\$\{([^!}][^}]*)\}`)

// references are the parameters and resources that a value refers to.
func references(value any) []string {
	var names []string
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			names = append(names, references(item)...)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			content := value[key]
			switch key {
			case "Ref":
				if name, ok := content.(string); ok {
					names = append(names, name)
				}
				continue
			case "Fn::GetAtt":
				if name, _, ok := attributeOf(content); ok {
					names = append(names, name)
				}
				continue
			case "Fn::Sub":
				text, own := substitution(content)
				for _, found := range placeholder.FindAllStringSubmatch(text, -1) {
					if name, _, _ := strings.Cut(found[1], "."); own[found[1]] == nil {
						names = append(names, name)
					}
				}
			}
			names = append(names, references(content)...)
		}
	}
	return names
}

// attributeOf reads what Fn::GetAtt names: [resource, attribute], or "resource.attribute".
func attributeOf(content any) (resource, attribute string, ok bool) {
	if text, isText := content.(string); isText {
		return strings.Cut(text, ".")
	}
	parts := texts(content)
	if len(parts) != 2 {
		return "", "", false
	}
	return parts[0], parts[1], true
}

// substitution reads what Fn::Sub has: a text, or [text, variables].
func substitution(content any) (text string, own map[string]any) {
	switch content := content.(type) {
	case string:
		return content, nil
	case []any:
		if len(content) == 2 {
			text, _ = content[0].(string)
			own, _ = content[1].(map[string]any)
		}
	}
	return text, own
}
