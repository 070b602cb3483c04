// Command echo is a small HTTP service as a Lambda function with a function
// URL, to be released by Goldfinch.
//
//	GET  /            describes the request
//	POST /echo        describes the request, body included
//	PUT  /items/{id}  creates an item; POST does the same
//	GET  /items/{id}  gets it
//	GET  /version     says which variant answers
//
// Items are in the DynamoDB table that ECHO_TABLE names (default echo-items),
// whose partition key is the string "id".
//
// One source, four variants: v1 and v2 are good, v3 fails a fifth of its
// requests, v4 is correct but 300 ms slower. The linker chooses:
//
//	go build -tags lambda.norpc -ldflags "-X main.variant=v2" -o bootstrap ./examples/echo
package main

import (
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

// variant is set by the linker.
var variant = "v1"

func main() {
	table := os.Getenv("ECHO_TABLE")
	if table == "" {
		table = "echo-items"
	}
	service := &Service{
		Variant: variant,
		Items:   &Table{Name: table, Connect: connect},
		Fault:   faultOf(variant),
		Metrics: &Metrics{Version: lambdacontext.FunctionVersion, Out: os.Stdout},
	}
	lambda.Start(service.Handle)
}
