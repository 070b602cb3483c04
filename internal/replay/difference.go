package replay

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// A Difference is where two verdicts part.
type Difference struct {
	// Path is the key, such as "findings[0].logEvidence".
	Path string `json:"path"`
	// Recorded and Replayed are the JSON that stands there; empty where there is nothing.
	Recorded string `json:"recorded,omitempty"`
	Replayed string `json:"replayed,omitempty"`
}

// difference is the first one between two unequal JSON documents, in their order.
func difference(recorded, replayed []byte) *Difference {
	before, now := leaves(recorded), leaves(replayed)
	for i := range max(len(before), len(now)) {
		switch {
		case i >= len(now):
			return &Difference{Path: before[i].path, Recorded: before[i].value}
		case i >= len(before):
			return &Difference{Path: now[i].path, Replayed: now[i].value}
		case before[i].path != now[i].path && has(now, before[i].path):
			return &Difference{Path: now[i].path, Replayed: now[i].value}
		case before[i].path != now[i].path:
			return &Difference{Path: before[i].path, Recorded: before[i].value}
		case before[i].value != now[i].value:
			return &Difference{Path: now[i].path, Recorded: before[i].value, Replayed: now[i].value}
		}
	}
	return &Difference{Recorded: string(recorded), Replayed: string(replayed)}
}

// A leaf is a value of a JSON document that has no parts, with its path.
type leaf struct{ path, value string }

func has(list []leaf, path string) bool {
	for _, l := range list {
		if l.path == path {
			return true
		}
	}
	return false
}

// leaves lists a document's values in its order. The document is one that was just encoded.
func leaves(document []byte) []leaf {
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber()
	var list []leaf
	walk(decoder, "", &list)
	return list
}

// walk reads the next value, which stands at path.
func walk(decoder *json.Decoder, path string, list *[]leaf) {
	token, err := decoder.Token()
	if err != nil {
		return
	}
	switch token {
	case json.Delim('{'):
		for decoder.More() {
			key, err := decoder.Token()
			if err != nil {
				return
			}
			walk(decoder, within(path, fmt.Sprint(key)), list)
		}
		_, _ = decoder.Token() // the closing brace, which More has seen
	case json.Delim('['):
		for i := 0; decoder.More(); i++ {
			walk(decoder, fmt.Sprintf("%s[%d]", path, i), list)
		}
		_, _ = decoder.Token() // the closing bracket, which More has seen
	default:
		value, err := json.Marshal(token)
		if err != nil {
			return
		}
		*list = append(*list, leaf{path, string(value)})
	}
}

// within is the path of a key of the object at path.
func within(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
