package dynamodb

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
)

const (
	// targetPrefix is before the operation's name in the header X-Amz-Target.
	targetPrefix = "DynamoDB_20120810."
	// maximumRequest is the most bytes of a request.
	maximumRequest = 16 << 20
)

// Handler speaks DynamoDB's wire protocol, AWS JSON 1.0. Credentials are not looked at.
// https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
func (s *Service) Handler() http.Handler {
	operations := map[string]func(context.Context, []byte) (any, error){
		"BatchGetItem":       serve(s.BatchGetItem),
		"BatchWriteItem":     serve(s.BatchWriteItem),
		"CreateTable":        serve(s.CreateTable),
		"DeleteItem":         serve(s.DeleteItem),
		"DeleteTable":        serve(s.DeleteTable),
		"DescribeTable":      serve(s.DescribeTable),
		"GetItem":            serve(s.GetItem),
		"ListTables":         serve(s.ListTables),
		"PutItem":            serve(s.PutItem),
		"Query":              serve(s.Query),
		"Scan":               serve(s.Scan),
		"TransactGetItems":   serve(s.TransactGetItems),
		"TransactWriteItems": serve(s.TransactWriteItems),
		"UpdateItem":         serve(s.UpdateItem),
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out, err := dispatch(r, operations)
		if err != nil {
			respondError(w, err)
			return
		}
		respond(w, http.StatusOK, out)
	})
}

func dispatch(r *http.Request, operations map[string]func(context.Context, []byte) (any, error)) (any, error) {
	target := r.Header.Get("X-Amz-Target")
	operation := operations[strings.TrimPrefix(target, targetPrefix)]
	if r.Method != http.MethodPost || !strings.HasPrefix(target, targetPrefix) || operation == nil {
		return nil, &smithy.GenericAPIError{Code: "UnknownOperationException", Message: fmt.Sprintf("the local DynamoDB has no operation %q", target)}
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maximumRequest))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, &smithy.GenericAPIError{Code: "RequestEntityTooLarge", Message: fmt.Sprintf("the request has more than %d bytes", maximumRequest)}
	}
	if err != nil {
		return nil, &smithy.GenericAPIError{Code: "SerializationException", Message: err.Error()}
	}
	return operation(r.Context(), body)
}

// serve makes an operation of one of the service's methods.
func serve[In, Out any](method func(context.Context, *In, ...func(*dynamodb.Options)) (*Out, error)) func(context.Context, []byte) (any, error) {
	return func(ctx context.Context, body []byte) (any, error) {
		in := new(In)
		if err := decodeRequest(body, in); err != nil {
			return nil, err
		}
		return method(ctx, in)
	}
}

// respondError writes DynamoDB's refusals with status 400, and everything else as a fault of the service, which a client tries again.
func respondError(w http.ResponseWriter, err error) {
	document := errorDocument{Type: "com.amazonaws.dynamodb.v20120810#InternalServerError", Message: err.Error()}
	status := http.StatusInternalServerError
	if refusal, ok := refused(err); ok && refusal.ErrorFault() != smithy.FaultServer {
		status = http.StatusBadRequest
		document.Type = errorNamespace(refusal.ErrorCode()) + "#" + refusal.ErrorCode()
		document.Message = refusal.ErrorMessage()
	}
	var condition *types.ConditionalCheckFailedException
	if errors.As(err, &condition) {
		document.Item = condition.Item
	}
	var cancelled *types.TransactionCanceledException
	if errors.As(err, &cancelled) {
		document.CancellationReasons = cancelled.CancellationReasons
	}
	respond(w, status, document)
}

// errorNamespace is where an error's shape is defined.
func errorNamespace(code string) string {
	switch code {
	case "ValidationException":
		return "com.amazon.coral.validate"
	case "SerializationException", "UnknownOperationException", "RequestEntityTooLarge":
		return "com.amazon.coral.service"
	default:
		return "com.amazonaws.dynamodb.v20120810"
	}
}

func respond(w http.ResponseWriter, status int, document any) {
	body, err := encodeResponse(document)
	if err != nil {
		status = http.StatusInternalServerError
		body = []byte(`{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":` + strconv.Quote(err.Error()) + `}`)
	}
	header := w.Header()
	header.Set("Content-Type", "application/x-amz-json-1.0")
	header.Set("X-Amz-Crc32", strconv.FormatUint(uint64(crc32.ChecksumIEEE(body)), 10))
	header.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	w.Write(body) // a client that has gone away needs no answer
}
