package release

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

func (v *validation) verify() {
	seen := map[string]bool{}
	overHTTP := slices.Contains([]string{kindALB, kindASG, kindRoute53, kindAPIGateway}, v.given.Target.Kind())
	for i, check := range v.complete.Verify {
		path := fmt.Sprintf("verify[%d]", i)
		if v.source.Has(path) && !v.source.Has(path+".payload") {
			v.missing(path+".payload", nil, "give the JSON document that the version is invoked with; {} will often do")
		}
		if seen[check.Name] {
			v.reject(path+".name", check.Name, "give it a name of its own", "two checks have this name")
		}
		seen[check.Name] = true
		if overHTTP {
			v.httpRequest(path+".payload", check.Payload)
			v.httpResponse(path+".expect", check.Expect)
		}
	}
}

// httpRequest checks the request of a check: method, path, headers and body, of which each may be left out.
func (v *validation) httpRequest(path string, payload any) {
	request, ok := v.httpKeys(path, payload, "method", "path", "headers", "body")
	if !ok {
		return
	}
	if method, given := request["method"]; given {
		text, _ := method.(string)
		methods := []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
		if !slices.Contains(methods, text) {
			v.reject(path+".method", method, "write "+oneOf(methods), "is not a method that a check can use")
		}
	}
	if address, given := request["path"]; given {
		text, _ := address.(string)
		if !strings.HasPrefix(text, "/") || !isPrintable(text) || strings.ContainsAny(text, " #") {
			v.reject(path+".path", address, "write it as /health or /search?q=bird", "is not the path of a request")
		}
	}
	v.httpHeaders(path+".headers", request)
}

// httpResponse checks what a check expects: status, headers and body, of which each may be left out.
func (v *validation) httpResponse(path string, expect any) {
	if expect == nil {
		return
	}
	response, ok := v.httpKeys(path, expect, "status", "headers", "body")
	if !ok {
		return
	}
	if status, given := response["status"]; given {
		code, isNumber := status.(float64)
		if !isNumber || code < 100 || code > 599 || code != float64(int(code)) {
			v.reject(path+".status", status, "write a number, such as 200", "is not the status of a response")
		}
	}
	v.httpHeaders(path+".headers", response)
}

// httpKeys wants a mapping that has no other keys.
func (v *validation) httpKeys(path string, value any, keys ...string) (map[string]any, bool) {
	mapping, ok := value.(map[string]any)
	if !ok {
		if v.source.Has(path) || value != nil {
			v.reject(path, value, "write it as {"+keys[0]+": …}; the keys are "+oneOf(keys), "must be a mapping: the checks of %s are HTTP requests", aTarget(v.given.Target.Kind()))
		}
		return nil, false
	}
	for _, key := range slices.Sorted(maps.Keys(mapping)) {
		if slices.Contains(keys, key) {
			continue
		}
		hint := "the keys here are " + oneOf(keys)
		if meant := nearest(key, keys); meant != "" {
			hint = fmt.Sprintf("did you mean %s?", meant)
		}
		v.reject(child(path, shorten(key)), nil, hint, "there is no such key in a check of %s", aTarget(v.given.Target.Kind()))
	}
	return mapping, true
}

// httpHeaders checks headers by name, of which each has one text.
func (v *validation) httpHeaders(path string, message map[string]any) {
	given, has := message["headers"]
	if !has {
		return
	}
	headers, ok := given.(map[string]any)
	if !ok {
		v.reject(path, given, `write it as {Accept: "text/html"}`, "must be a mapping of names to text")
		return
	}
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		where := child(path, shorten(name))
		text, isText := headers[name].(string)
		switch {
		case !headerPattern.MatchString(name):
			v.reject(where, nil, "use letters, digits and hyphens", "is not the name of a header")
		case !isText || !isPrintable(text):
			v.reject(where, headers[name], "put it in quotes", "must be text on one line")
		}
	}
}
