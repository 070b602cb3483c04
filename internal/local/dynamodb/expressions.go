package dynamodb

import (
	"sync"

	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb/attribute"
	"github.com/goldfinch-dev/goldfinch/internal/local/dynamodb/expression"
)

// maximumParsed is how many parsed expressions are kept. Programs have few; it
// bounds those who write values into theirs.
const maximumParsed = 1000

// expressions keeps parsed expressions, by kind and text.
type expressions struct {
	mu   sync.RWMutex
	kept map[[2]string]expression.Expression
}

// parse returns the kept expression of that kind and text, or parses it.
func parse[E expression.Expression](x *expressions, kind, text string, parser func(string) (E, error)) (E, error) {
	id := [2]string{kind, text}
	x.mu.RLock()
	kept, ok := x.kept[id]
	x.mu.RUnlock()
	if ok {
		return kept.(E), nil
	}
	parsed, err := parser(text)
	if err != nil {
		return parsed, err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.kept == nil || len(x.kept) >= maximumParsed {
		x.kept = map[[2]string]expression.Expression{}
	}
	x.kept[id] = parsed
	return parsed, nil
}

// A request gathers the expressions of one request, with their placeholders.
type request struct {
	parsed *expressions
	scope  expression.Scope
	all    []expression.Expression
	err    error
}

// request begins with the placeholders that all expressions share.
func (s *Service) request(names map[string]string, values map[string]attribute.Value) *request {
	r := &request{parsed: &s.parsed, scope: expression.Scope{Names: names}}
	if arePlain(values) { // and are copied before anything keeps them
		r.scope.Values = values
		return r
	}
	r.scope.Values = make(map[string]attribute.Value, len(values))
	for name, v := range values {
		normal, err := attribute.Normalize(v)
		if err != nil {
			r.err = attribute.Invalid("ExpressionAttributeValues contains invalid value: %s for key %s", messageOf(err), name)
			return r
		}
		r.scope.Values[name] = normal
	}
	return r
}

// arePlain reports whether no value needs to be normalised.
func arePlain(values map[string]attribute.Value) bool {
	for _, v := range values {
		if !attribute.IsPlain(v) {
			return false
		}
	}
	return true
}

// messageOf is the message of a ValidationException.
func messageOf(err error) string {
	if refusal, ok := refused(err); ok {
		return refusal.ErrorMessage()
	}
	return err.Error()
}

// condition parses an optional condition; nil when there is none.
func (r *request) condition(kind string, text *string) *expression.Condition {
	return add(r, kind, text, func(text string) (*expression.Condition, error) {
		return expression.ParseCondition(kind, text)
	})
}

// update parses an optional update; nil when there is none.
func (r *request) update(text *string) *expression.Update {
	return add(r, "UpdateExpression", text, expression.ParseUpdate)
}

// projection parses an optional projection; nil when there is none.
func (r *request) projection(text *string) *expression.Projection {
	return add(r, "ProjectionExpression", text, expression.ParseProjection)
}

func add[E expression.Expression](r *request, kind string, text *string, parser func(string) (E, error)) (none E) {
	if r.err != nil || text == nil {
		return none
	}
	parsed, err := parse(r.parsed, kind, *text, parser)
	if err != nil {
		r.err = err
		return none
	}
	r.all = append(r.all, parsed)
	return parsed
}

// check returns the first thing that is wrong with the expressions or their placeholders.
func (r *request) check() error {
	if r.err != nil {
		return r.err
	}
	return r.scope.Check(r.all...)
}
