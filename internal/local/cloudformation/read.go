package cloudformation

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// read reads a template, JSON or YAML, as maps, lists, strings and booleans;
// numbers are the strings that were written, as CloudFormation takes them. The
// short forms of functions become their full ones.
func read(body []byte) (any, error) {
	if bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) {
		decoder := json.NewDecoder(bytes.NewReader(body))
		decoder.UseNumber()
		var document any
		if err := decoder.Decode(&document); err != nil {
			return nil, invalid("Template format error: JSON not well-formed. %v", err)
		}
		return plain(document, "")
	}
	file, err := parser.ParseBytes(body, 0)
	if err != nil || len(file.Docs) != 1 || file.Docs[0].Body == nil {
		return nil, invalid("Template format error: YAML not well-formed. %v", err)
	}
	return yamlValue(file.Docs[0].Body, "")
}

// plain makes strings of the numbers of JSON.
func plain(value any, at string) (any, error) {
	var err error
	switch value := value.(type) {
	case nil:
		return nil, invalid("[%s] 'null' values are not allowed in templates", at)
	case json.Number:
		return value.String(), nil
	case []any:
		for i := range value {
			if value[i], err = plain(value[i], fmt.Sprintf("%s/%d", at, i)); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for key := range value {
			if value[key], err = plain(value[key], at+"/"+key); err != nil {
				return nil, err
			}
		}
	}
	return value, nil
}

func yamlValue(node ast.Node, at string) (any, error) {
	switch node := node.(type) {
	case *ast.MappingNode:
		return yamlMap(node.Values, at)
	case *ast.MappingValueNode:
		return yamlMap([]*ast.MappingValueNode{node}, at)
	case *ast.SequenceNode:
		list := make([]any, len(node.Values))
		for i, item := range node.Values {
			var err error
			if list[i], err = yamlValue(item, fmt.Sprintf("%s/%d", at, i)); err != nil {
				return nil, err
			}
		}
		return list, nil
	case *ast.TagNode:
		return yamlFunction(node, at)
	case *ast.BoolNode:
		return node.Value, nil
	case *ast.StringNode:
		return node.Value, nil
	case *ast.LiteralNode:
		return node.Value.Value, nil
	case *ast.IntegerNode, *ast.FloatNode:
		return node.GetToken().Value, nil
	case *ast.NullNode:
		return nil, invalid("[%s] 'null' values are not allowed in templates", at)
	default:
		return nil, invalid("Template format error: %s at %s is not allowed", node.Type(), at)
	}
}

func yamlMap(pairs []*ast.MappingValueNode, at string) (any, error) {
	read := make(map[string]any, len(pairs))
	for _, pair := range pairs {
		key := pair.Key.GetToken().Value
		value, err := yamlValue(pair.Value, at+"/"+key)
		if err != nil {
			return nil, err
		}
		read[key] = value
	}
	return read, nil
}

// yamlFunction makes !Ref x to {Ref: x}, and !Sub x to {Fn::Sub: x}.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
func yamlFunction(node *ast.TagNode, at string) (any, error) {
	name := strings.TrimPrefix(node.Start.Value, "!")
	value, err := yamlValue(node.Value, at)
	if err != nil {
		return nil, err
	}
	switch name {
	case "Ref", "Condition":
		return map[string]any{name: value}, nil
	case "GetAtt":
		if text, ok := value.(string); ok {
			resource, attribute, _ := strings.Cut(text, ".")
			value = []any{resource, attribute}
		}
	}
	return map[string]any{"Fn::" + name: value}, nil
}
