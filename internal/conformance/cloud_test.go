package conformance_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"github.com/goldfinch-dev/goldfinch/internal/peer"
)

// Where everything is.
const (
	region    = "us-east-1"
	accountID = "123456789012" // moto's own
)

// A cloud is one address that answers as AWS does. An account of moto answers
// most calls; those that moto can't answer well go elsewhere:
//
//   - Invoke: moto runs functions in Docker. Here they are processes that talk to the Runtime API.
//   - provisioned concurrency, which moto does not know: no function here has any.
//   - CloudWatch: moto's, whose protocol is an older one than the SDK's; see [cloud.serveCBOR].
//   - Step Functions: an interpreter of moto, or ours; see [interpreter] and [ours].
type cloud struct {
	account     *account
	functions   *functions
	interpreter *interpreter
	ours        *ours
	command     command
	calls       calls
	events      events
	// executions asks the cloud as its users do.
	executions *sfn.Client

	forward *httputil.ReverseProxy
	// tables admits one call of DynamoDB at a time: moto undoes a transaction that fails
	// by putting all tables back to where they were, other callers' writes included.
	tables sync.Mutex
}

// newCloud starts everything, and ends it with the test.
func newCloud(t *testing.T) *cloud {
	t.Helper()
	c := &cloud{}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	stack := synthesise(t)
	c.functions = newFunctions(t, c, server.URL, stack.functions)
	c.command = newCommand(t, server.URL)
	c.account = newAccount(t, peer.StartMoto(t, peer.MotoOptions{}).URL, server.URL)
	c.forward = httputil.NewSingleHostReverseProxy(c.account.address)
	c.account.prepare(t)
	callback := server.Listener.Addr().(*net.TCPAddr).Port
	c.interpreter = newInterpreter(peer.StartMoto(t, peer.MotoOptions{Callback: callback}).URL, stack.definition)
	c.ours = newOurs(t, c, stack.definition)
	c.executions = sfn.New(sfn.Options{Region: region, BaseEndpoint: &server.URL, Credentials: credentials.NewStaticCredentialsProvider(owner, "secret", "")})
	return c
}

// ServeHTTP answers one call.
func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	made := callOf(r, body)
	c.calls.add(made)
	if made.operation == "PutEvents" {
		c.events.add(made.by, body)
	}
	switch {
	case made.service == "lambda" && made.operation == "Invoke":
		c.functions.serveInvoke(w, r, body)
	case made.service == "states" && bytes.Contains(body, []byte(":"+ourMachine+":")):
		c.ours.serve(w, r, made.operation, body)
	case made.service == "states":
		c.interpreter.serve(w, r, made.operation, body)
	case made.service == "monitoring":
		c.serveCBOR(w, r, made.operation, body)
	case strings.HasSuffix(r.URL.Path, "/provisioned-concurrency"):
		serveProvisionedConcurrency(w, made.operation)
	case made.service == "dynamodb":
		c.tables.Lock()
		defer c.tables.Unlock()
		c.forward.ServeHTTP(w, r)
	default:
		c.forward.ServeHTTP(w, r)
	}
}

// serveProvisionedConcurrency answers what is asked of a function that has none.
func serveProvisionedConcurrency(w http.ResponseWriter, operation string) {
	w.Header().Set("Content-Type", "application/json")
	switch operation {
	case "ListProvisionedConcurrencyConfigs":
		io.WriteString(w, `{"ProvisionedConcurrencyConfigs":[]}`)
	case "GetProvisionedConcurrencyConfig":
		w.Header().Set("X-Amzn-Errortype", "ProvisionedConcurrencyConfigNotFoundException")
		w.WriteHeader(http.StatusNotFound)
		io.WriteString(w, `{"Type":"User","Message":"No Provisioned Concurrency Config found for this function"}`)
	default:
		refuse(w, http.StatusNotImplemented, "ServiceException", errors.New(operation+" is not served here"))
	}
}

// refuse answers as services do whose protocol is JSON.
func refuse(w http.ResponseWriter, status int, kind string, err error) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"__type":%q,"message":%q}`, kind, err.Error())
}
