package cloudwatch

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// maxFile is the size of an alarm file in bytes, above any real one; the
// parser's time grows with the square of depth and of keys.
const maxFile = 64 << 10

// A fileReader reads an alarm file into the SDK's own structs, and collects
// every mistake on the way.
type fileReader struct {
	problems []FileProblem
}

// at reports a mistake where a token stands.
func (r *fileReader) at(t *token.Token, path, format string, arguments ...any) {
	p := FileProblem{Path: path, Message: fmt.Sprintf(format, arguments...)}
	if t != nil && t.Position != nil {
		p.Line, p.Column = t.Position.Line, t.Position.Column
	}
	r.problems = append(r.problems, p)
}

// field reports a mistake in a field of an alarm: where it stands, or where
// the alarm begins when it is not there.
func (r *fileReader) field(d *definition, name, message string) {
	where := firstToken(d.node)
	for _, entry := range entries(d.node) {
		if entry.Key.GetToken().Value == name {
			where = firstToken(entry.Value)
		}
	}
	r.at(where, d.path+"."+name, "%s", message)
}

// definitions reads the alarms of a file, as far as they can be read.
func (r *fileReader) definitions(data []byte) []*definition {
	root := r.parse(data)
	if root == nil {
		return nil
	}
	var list ast.Node
	if _, ok := root.(ast.MapNode); !ok {
		r.at(firstToken(root), "", "the file must be a mapping with the key \"alarms\"")
		return nil
	}
	for _, entry := range entries(root) {
		if key := entry.Key.GetToken(); key.Value == "alarms" {
			list = entry.Value
		} else {
			r.at(key, key.Value, "the only key of the file is \"alarms\"")
		}
	}
	if list == nil {
		r.at(firstToken(root), "alarms", "it is required")
		return nil
	}
	if list.Type() == ast.NullType {
		return nil
	}
	sequence, ok := list.(*ast.SequenceNode)
	if !ok {
		r.at(firstToken(list), "alarms", "it must be a list of alarms")
		return nil
	}
	var found []*definition
	for i, node := range sequence.Values {
		if d := r.definition(node, fmt.Sprintf("alarms[%d]", i)); d != nil {
			found = append(found, d)
		}
	}
	return found
}

// definition reads one alarm: a composite one if it has an AlarmRule.
func (r *fileReader) definition(node ast.Node, path string) *definition {
	if _, ok := node.(ast.MapNode); !ok {
		r.at(firstToken(node), path, "it must be a mapping in PutMetricAlarm's field names")
		return nil
	}
	d := &definition{node: node, path: path}
	var into reflect.Value
	if slices.ContainsFunc(entries(node), func(e *ast.MappingValueNode) bool { return e.Key.GetToken().Value == "AlarmRule" }) {
		d.composite = &sdk.PutCompositeAlarmInput{}
		into = reflect.ValueOf(d.composite).Elem()
	} else {
		d.metric = &sdk.PutMetricAlarmInput{}
		into = reflect.ValueOf(d.metric).Elem()
	}
	d.broken = r.fields(node, into, path)
	return d
}

// parse turns a file into the root of its only document; nil after a mistake.
func (r *fileReader) parse(data []byte) (root ast.Node) {
	if len(data) > maxFile || !utf8.Valid(data) {
		r.at(nil, "", "it must be UTF-8 text of at most %d bytes", maxFile)
		return nil
	}
	// The parser is not ours, and a panic of it is a mistake of the file.
	defer func() {
		if reason := recover(); reason != nil {
			root = nil
			r.at(nil, "", "it cannot be parsed as YAML: %v", reason)
		}
	}()
	file, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		var syntax yaml.Error
		if errors.As(err, &syntax) {
			r.at(syntax.GetToken(), "", "%s", syntax.GetMessage())
		} else {
			r.at(nil, "", "it cannot be parsed as YAML: %v", err)
		}
		return nil
	}
	for _, document := range file.Docs {
		switch document.Body.(type) {
		case nil, *ast.CommentNode, *ast.CommentGroupNode:
			continue
		}
		if root != nil {
			r.at(firstToken(document.Body), "", "the file must have one document")
			return nil
		}
		root = document.Body
	}
	if root == nil {
		r.at(nil, "", "it is empty; it needs the key \"alarms\"")
	}
	return root
}

// fields reads a mapping into a struct, and returns the names of the keys that could not be read.
func (r *fileReader) fields(node ast.Node, into reflect.Value, path string) (broken []string) {
	var seen []string
	for _, entry := range entries(node) {
		key := entry.Key.GetToken()
		before := len(r.problems)
		field, ok := into.Type().FieldByName(key.Value)
		switch {
		case !ok || !field.IsExported():
			hint := ""
			if likely := nearest(key.Value, into.Type()); likely != "" {
				hint = "; did you mean " + likely + "?"
				// Its absence is the same mistake.
				broken = append(broken, likely)
			}
			r.at(key, path+"."+key.Value, "there is no such field%s", hint)
		case slices.Contains(seen, key.Value):
			r.at(key, path+"."+key.Value, "the field is there twice")
		default:
			r.value(entry.Value, into.FieldByIndex(field.Index), path+"."+key.Value)
		}
		seen = append(seen, key.Value)
		if len(r.problems) > before {
			broken = append(broken, key.Value)
		}
	}
	return broken
}

// value reads a node into whatever the SDK's struct has there.
func (r *fileReader) value(node ast.Node, into reflect.Value, path string) {
	wrong := func(want string) { r.at(firstToken(node), path, "it must be %s, not %s", want, kindOf(node)) }
	switch into.Kind() {
	case reflect.Pointer:
		fresh := reflect.New(into.Type().Elem())
		r.value(node, fresh.Elem(), path)
		into.Set(fresh)
	case reflect.String:
		text, ok := textOf(node)
		if !ok {
			wrong("a text")
			return
		}
		if known := enumeration(into); len(known) > 0 && !slices.Contains(known, text) {
			wrong("one of " + strings.Join(known, ", "))
			return
		}
		into.SetString(text)
	case reflect.Int32:
		number, ok := numberOf(node)
		if !ok || number != math.Trunc(number) || math.Abs(number) > math.MaxInt32 {
			wrong("a whole number")
			return
		}
		into.SetInt(int64(number))
	case reflect.Float64:
		number, ok := numberOf(node)
		if !ok {
			wrong("a number")
			return
		}
		into.SetFloat(number)
	case reflect.Bool:
		boolean, ok := node.(*ast.BoolNode)
		if !ok {
			wrong("true or false")
			return
		}
		into.SetBool(boolean.Value)
	case reflect.Slice:
		sequence, ok := node.(*ast.SequenceNode)
		if !ok {
			wrong("a list")
			return
		}
		into.Set(reflect.MakeSlice(into.Type(), len(sequence.Values), len(sequence.Values)))
		for i, member := range sequence.Values {
			r.value(member, into.Index(i), fmt.Sprintf("%s[%d]", path, i))
		}
	case reflect.Struct:
		if _, ok := node.(ast.MapNode); !ok {
			wrong("a mapping")
			return
		}
		r.fields(node, into, path)
	default:
		r.at(firstToken(node), path, "the local CloudWatch does not have this field")
	}
}

// enumeration lists the values of one of the SDK's enumerations; it is empty for a free text.
func enumeration(value reflect.Value) []string {
	method := value.MethodByName("Values")
	if !method.IsValid() {
		return nil
	}
	list := method.Call(nil)[0]
	known := make([]string, list.Len())
	for i := range known {
		known[i] = list.Index(i).String()
	}
	return known
}

// textOf is a scalar's text. A number or a boolean is taken as it is written,
// because a dimension's value may well be the version 12.
func textOf(node ast.Node) (text string, ok bool) {
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return node.GetToken().Value, true
	default:
		return "", false
	}
}

func numberOf(node ast.Node) (number float64, ok bool) {
	switch n := node.(type) {
	case *ast.FloatNode:
		return n.Value, isNumber(n.Value)
	case *ast.IntegerNode:
		switch value := n.Value.(type) {
		case int64:
			return float64(value), true
		case uint64:
			return float64(value), true
		}
	}
	return 0, false
}

// kindOf says what stands there, for a message.
func kindOf(node ast.Node) string {
	switch node.(type) {
	case ast.MapNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.NullNode:
		return "nothing"
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		return "an anchor, alias or tag"
	default:
		return node.GetToken().Value
	}
}

// entries are the keys and values of a mapping; none of any other node.
func entries(node ast.Node) []*ast.MappingValueNode {
	switch n := node.(type) {
	case *ast.MappingNode:
		return n.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}
	default:
		return nil
	}
}

// firstToken is where a node begins. A block mapping's own token is its first colon.
func firstToken(node ast.Node) *token.Token {
	if mapping, ok := node.(*ast.MappingNode); ok && mapping.IsFlowStyle {
		return mapping.GetToken()
	}
	if list := entries(node); len(list) > 0 {
		return list[0].Key.GetToken()
	}
	return node.GetToken()
}

// longestTypo bounds the words that are compared; comparing costs the product of their lengths.
const longestTypo = 64

// nearest is the field that a wrong key was probably meant to be, or empty: at
// most a third of the letters may be wrong.
func nearest(word string, of reflect.Type) string {
	if len(word) > longestTypo {
		return ""
	}
	best, distance := "", max(len(word)/3, 1)+1
	for i := range of.NumField() {
		field := of.Field(i)
		if d := levenshtein.ComputeDistance(strings.ToLower(word), strings.ToLower(field.Name)); field.IsExported() && d < distance {
			best, distance = field.Name, d
		}
	}
	return best
}
