package release

import (
	"fmt"
	"maps"
	"reflect"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// A reader copies a parsed file into a struct by the "json" names of its
// fields, and notes where everything stands.
type reader struct {
	source   *Source
	problems *problemList
	// anchors are those defined so far; open are those whose value is being read.
	anchors map[string]ast.Node
	open    map[string]bool
	// aliases is how many aliases lead to the value being read, left how many
	// more values may be read through aliases.
	aliases, left int
}

var (
	durationType = reflect.TypeFor[Duration]()
	artifactType = reflect.TypeFor[Artifact]()
)

// reject notes a problem that stands at node and makes the value at path unreadable.
func (r *reader) reject(node ast.Node, path, message, value, hint string) {
	problem := at(first(node), message, hint)
	problem.Path, problem.Value = path, value
	r.problems.add(*problem)
	r.source.spoil(path)
}

// resolve follows anchors and aliases to the value they stand for, and calls use with it.
func (r *reader) resolve(node ast.Node, path string, depth int, use func(ast.Node)) {
	if depth > mostDepth {
		problem := tooDeep(first(node))
		problem.Path = shorten(path)
		r.problems.add(*problem)
		r.source.spoil(path)
		return
	}
	if r.aliases > 0 {
		r.left--
		if r.left < 0 {
			if r.left == -1 {
				r.reject(node, path, "aliases make the file grow too much", "",
					fmt.Sprintf("they may add at most %d values; write the values out", mostExpanded))
			}
			return
		}
	}
	switch v := node.(type) {
	case *ast.AnchorNode:
		name := v.Name.GetToken().Value
		r.anchors[name] = v.Value
		r.open[name] = true
		r.resolve(v.Value, path, depth+1, use)
		delete(r.open, name)
	case *ast.AliasNode:
		name := v.Value.GetToken().Value
		switch value, defined := r.anchors[name]; {
		case r.open[name]:
			r.reject(node, path, "the alias stands for something that it is part of", "*"+shorten(name), "write the value out")
		case !defined:
			r.reject(node, path, "no anchor of this name stands before it", "*"+shorten(name), "quote the text if it is not an alias")
		default:
			r.aliases++
			r.resolve(value, path, depth+1, use)
			r.aliases--
		}
	case *ast.TagNode:
		r.reject(node, path, "tags have no meaning here", shorten(v.GetToken().Value), "leave the tag out")
	default:
		use(node)
	}
}

// read copies node into the value at path.
func (r *reader) read(node ast.Node, into reflect.Value, path string, depth int) {
	r.resolve(node, path, depth, func(node ast.Node) {
		position := first(node).Position
		r.source.places[path] = place{position.Line, position.Column}
		r.readValue(node, into, path, depth)
	})
}

func (r *reader) readValue(node ast.Node, into reflect.Value, path string, depth int) {
	if into.Kind() == reflect.Interface {
		if value := r.free(node, path, depth); value != nil {
			into.Set(reflect.ValueOf(value))
		}
		return
	}
	if _, empty := node.(*ast.NullNode); empty {
		r.reject(node, path, "has no value", "", "give it one, or leave the key out")
		return
	}
	switch {
	case into.Type() == durationType:
		r.duration(node, into, path)
		return
	case into.Type() == artifactType:
		if _, short := text(node); short {
			r.read(node, into.FieldByName("Package"), child(path, "package"), depth+1)
			return
		}
	}
	switch into.Kind() {
	case reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		r.readValue(node, into.Elem(), path, depth)
	case reflect.Struct:
		r.mapping(node, into, path, depth)
	case reflect.Slice:
		r.list(node, into, path, depth)
	case reflect.Map:
		r.named(node, into, path, depth)
	default:
		r.scalar(node, into, path)
	}
}

// mapping reads the keys of a struct.
func (r *reader) mapping(node ast.Node, into reflect.Value, path string, depth int) {
	pairs, ok := pairsOf(node)
	if !ok {
		r.reject(node, path, "must be a mapping of keys to values", described(node), "write it as \"key: value\" lines")
		return
	}
	fields, names := fieldsOf(into)
	seen := map[string]*token.Token{}
	for _, pair := range pairs {
		key, ok := r.key(pair, path, seen)
		if !ok {
			continue
		}
		where := child(path, shorten(key))
		field, known := fields[key]
		if !known {
			r.unknown(pair, path, key, names)
			continue
		}
		r.read(pair.Value, field, where, depth+1)
	}
}

// named reads a mapping whose keys are names of the file's own choice.
func (r *reader) named(node ast.Node, into reflect.Value, path string, depth int) {
	pairs, ok := pairsOf(node)
	if !ok {
		r.reject(node, path, "must be a mapping of names to values", described(node), "write it as \"name: value\" lines")
		return
	}
	into.Set(reflect.MakeMapWithSize(into.Type(), len(pairs)))
	seen := map[string]*token.Token{}
	for _, pair := range pairs {
		key, ok := r.key(pair, path, seen)
		if !ok {
			continue
		}
		value := reflect.New(into.Type().Elem()).Elem()
		r.read(pair.Value, value, child(path, shorten(key)), depth+1)
		into.SetMapIndex(reflect.ValueOf(key), value)
	}
}

// key returns the key of a pair, when it is usable and new.
func (r *reader) key(pair *ast.MappingValueNode, path string, seen map[string]*token.Token) (string, bool) {
	t := pair.Key.GetToken()
	switch pair.Key.(type) {
	case *ast.MergeKeyNode:
		r.reject(pair, path, "merge keys are not supported", "<<", "write the keys out")
		return "", false
	case *ast.MappingKeyNode:
		r.reject(pair, path, "keys marked by a question mark are not supported", "?", "write it as \"key: value\"")
		return "", false
	}
	key := t.Value
	if before, twice := seen[key]; twice {
		r.reject(pair, child(path, shorten(key)), "the key is given twice", "",
			fmt.Sprintf("line %d has it already", before.Position.Line))
		return "", false
	}
	seen[key] = t
	return key, true
}

// unknown reports a key that the mapping at path does not have.
func (r *reader) unknown(pair *ast.MappingValueNode, path, key string, names []string) {
	full := child(path, shorten(key))
	hint := "the keys here are " + oneOf(names)
	if meant := nearest(key, names); meant != "" {
		hint = fmt.Sprintf("did you mean %s?", meant)
		if path == "target" { // a kind may be meant that Goldfinch does not have at all
			hint += " allowed: " + oneOf(names)
		}
		r.source.spoil(child(path, meant))
	}
	r.reject(pair, full, "there is no such key", "", hint)
}

// list reads the entries of a slice.
func (r *reader) list(node ast.Node, into reflect.Value, path string, depth int) {
	sequence, ok := node.(*ast.SequenceNode)
	if !ok {
		r.reject(node, path, "must be a list", described(node), "begin each entry with \"- \"")
		return
	}
	entries := reflect.MakeSlice(into.Type(), len(sequence.Values), len(sequence.Values))
	for i, entry := range sequence.Values {
		r.read(entry, entries.Index(i), fmt.Sprintf("%s[%d]", path, i), depth+1)
	}
	into.Set(entries)
}

// scalar reads text, a number, or true or false.
func (r *reader) scalar(node ast.Node, into reflect.Value, path string) {
	switch into.Kind() {
	case reflect.String:
		value, ok := text(node)
		if !ok {
			hint := "put it in quotes"
			if _, single := node.(ast.ScalarNode); !single {
				hint = "write one piece of text"
			}
			r.reject(node, path, "must be text", described(node), hint)
			return
		}
		into.SetString(value)
	case reflect.Bool:
		value, ok := node.(*ast.BoolNode)
		if !ok {
			r.reject(node, path, "must be true or false", described(node), "write true or false, without quotes")
			return
		}
		into.SetBool(value.Value)
	case reflect.Float64:
		value, problem := number(node)
		if problem != "" {
			r.reject(node, path, problem, described(node), "write a plain decimal number, such as 10 or 0.5")
			return
		}
		into.SetFloat(value)
	case reflect.Int:
		value, problem := number(node)
		whole := int(value)
		if problem == "" && (float64(whole) != value || value >= 1<<53 || value <= -1<<53) {
			problem = "must be a whole number"
		}
		if problem != "" {
			r.reject(node, path, problem, described(node), "write a whole decimal number, such as 10")
			return
		}
		into.SetInt(int64(whole))
	default:
		panic("release: a document's field has a type that no file can give: " + into.Type().String())
	}
}

// duration reads a Duration.
func (r *reader) duration(node ast.Node, into reflect.Value, path string) {
	const message, hint = "must be a duration", "write it as 90s, 5m or 1h30m"
	value, ok := text(node)
	if !ok {
		if _, problem := number(node); problem == "" {
			unit := shorten(node.GetToken().Value)
			r.reject(node, path, message+" with its unit", unit, fmt.Sprintf("write %ss, %sm or %sh", unit, unit, unit))
			return
		}
		r.reject(node, path, message, described(node), hint)
		return
	}
	length, err := time.ParseDuration(value)
	if err != nil {
		if strings.HasSuffix(value, "d") {
			r.reject(node, path, message, described(node), "there is no unit for days: write 24h for one")
			return
		}
		r.reject(node, path, message, described(node), hint)
		return
	}
	into.SetInt(int64(length))
}

// fieldsOf returns the fields of a struct by the names that a file uses, and the names in order.
// The fields of an embedded struct stand among those around it, as in JSON.
func fieldsOf(into reflect.Value) (fields map[string]reflect.Value, names []string) {
	fields = make(map[string]reflect.Value, into.NumField())
	for i := range into.NumField() {
		if into.Type().Field(i).Anonymous {
			embedded, inner := fieldsOf(into.Field(i))
			maps.Copy(fields, embedded)
			names = append(names, inner...)
			continue
		}
		name, _, _ := strings.Cut(into.Type().Field(i).Tag.Get("json"), ",")
		fields[name] = into.Field(i)
		names = append(names, name)
	}
	return fields, names
}

// pairsOf returns the pairs of a mapping, which the parser may have left as a single one.
func pairsOf(node ast.Node) ([]*ast.MappingValueNode, bool) {
	switch v := node.(type) {
	case *ast.MappingNode:
		return v.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{v}, true
	default:
		return nil, false
	}
}

// text returns what a piece of text says. The parser takes a number that is
// too large for text; a file that means text would quote it.
func text(node ast.Node) (string, bool) {
	switch v := node.(type) {
	case *ast.StringNode:
		return v.Value, v.Token.Type != token.StringType || !isNumber(v.Value)
	case *ast.LiteralNode:
		return v.Value.Value, true
	default:
		return "", false
	}
}

// described shows what stands at node instead of what should.
func described(node ast.Node) string {
	switch v := node.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.NullNode:
		return "nothing"
	case *ast.StringNode:
		if _, ok := text(node); !ok {
			return shorten(v.Value)
		}
		return quote(v.Value)
	case *ast.LiteralNode:
		return quote(v.Value.Value)
	default:
		return shorten(node.GetToken().Value)
	}
}
