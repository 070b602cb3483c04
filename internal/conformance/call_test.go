package conformance_test

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// motoKey is the access key with which moto's state machines call.
const motoKey = "ak"

// A call is one request to AWS, as it is known by what was sent.
type call struct {
	// by is the access key that signed it: here, each caller has its own name for that.
	by string
	// service is the one that it was signed for, such as "lambda" or "monitoring".
	service string
	// operation is such as "UpdateAlias"; for one that is not known, method and path.
	operation string
	// path tells for services with paths what it was about.
	path string
}

// about reports whether the call names a function of Lambda's.
func (c call) about(function string) bool {
	return c.service == "lambda" && slices.Contains(strings.Split(c.path, "/"), function)
}

// reads reports whether the call changes nothing.
func (c call) reads() bool {
	return strings.HasPrefix(c.operation, "Get") || strings.HasPrefix(c.operation, "List")
}

// callOf reads who makes a request, and for what.
func callOf(r *http.Request, body []byte) call {
	made := call{path: r.URL.EscapedPath()}
	// Authorization: AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, …
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
	_, credential, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	credential, _, _ = strings.Cut(credential, ",")
	if scope := strings.Split(credential, "/"); len(scope) == 5 {
		made.by, made.service = scope[0], scope[3]
	}
	if made.by == motoKey {
		made.by = machine
	}
	made.operation = operationOf(made.service, r, body)
	return made
}

// operationOf reads the operation, wherever the service's protocol has it.
func operationOf(service string, r *http.Request, body []byte) string {
	if _, operation, ok := strings.Cut(r.Header.Get("X-Amz-Target"), "."); ok {
		return operation
	}
	if _, operation, ok := strings.Cut(r.URL.Path, "/operation/"); ok {
		return operation
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		if form, err := url.ParseQuery(string(body)); err == nil {
			return form.Get("Action")
		}
	}
	if known, ok := paths[service]; ok {
		handler, _ := known.Handler(r)
		if found, ok := handler.(operation); ok {
			return found.with(r.URL.Query())
		}
	}
	return r.Method + " " + r.URL.Path
}

// An operation is the name of one that has a method and a path.
type operation string

// ServeHTTP makes an operation something that a ServeMux finds; it serves nothing.
func (operation) ServeHTTP(http.ResponseWriter, *http.Request) {}

// with is the operation that the same method and path mean with a query.
func (o operation) with(query url.Values) string {
	if o == "GetProvisionedConcurrencyConfig" && query.Has("List") {
		return "ListProvisionedConcurrencyConfigs"
	}
	return string(o)
}

// paths are the operations of services that have a path for each.
// https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations.html
var paths = map[string]*http.ServeMux{
	"lambda": muxOf(map[string]operation{
		"POST /2015-03-31/functions":                                      "CreateFunction",
		"GET /2015-03-31/functions/{function}":                            "GetFunction",
		"DELETE /2015-03-31/functions/{function}":                         "DeleteFunction",
		"PUT /2015-03-31/functions/{function}/code":                       "UpdateFunctionCode",
		"GET /2015-03-31/functions/{function}/versions":                   "ListVersionsByFunction",
		"POST /2015-03-31/functions/{function}/versions":                  "PublishVersion",
		"POST /2015-03-31/functions/{function}/invocations":               "Invoke",
		"GET /2015-03-31/functions/{function}/aliases":                    "ListAliases",
		"POST /2015-03-31/functions/{function}/aliases":                   "CreateAlias",
		"GET /2015-03-31/functions/{function}/aliases/{alias}":            "GetAlias",
		"PUT /2015-03-31/functions/{function}/aliases/{alias}":            "UpdateAlias",
		"GET /2015-03-31/functions/{function}/policy":                     "GetPolicy",
		"GET /2015-03-31/event-source-mappings":                           "ListEventSourceMappings",
		"GET /2015-03-31/event-source-mappings/{$}":                       "ListEventSourceMappings",
		"GET /2019-09-30/functions/{function}/provisioned-concurrency":    "GetProvisionedConcurrencyConfig",
		"PUT /2019-09-30/functions/{function}/provisioned-concurrency":    "PutProvisionedConcurrencyConfig",
		"DELETE /2019-09-30/functions/{function}/provisioned-concurrency": "DeleteProvisionedConcurrencyConfig",
	}),
	"s3": muxOf(map[string]operation{
		"HEAD /{bucket}/{key...}": "HeadObject",
		"GET /{bucket}/{key...}":  "GetObject",
		"PUT /{bucket}/{key...}":  "PutObject",
	}),
}

func muxOf(operations map[string]operation) *http.ServeMux {
	mux := http.NewServeMux()
	for pattern, operation := range operations {
		mux.Handle(pattern, operation)
	}
	return mux
}

// calls are those that were made so far.
type calls struct {
	mu   sync.Mutex
	made map[call]bool
}

func (c *calls) add(made call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.made == nil {
		c.made = map[call]bool{}
	}
	c.made[made] = true
}

// list returns each kind of call once, in order.
func (c *calls) list() []call {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.SortedFunc(maps.Keys(c.made), func(a, b call) int {
		return cmp.Or(cmp.Compare(a.by, b.by), cmp.Compare(a.service, b.service), cmp.Compare(a.operation, b.operation), cmp.Compare(a.path, b.path))
	})
}
