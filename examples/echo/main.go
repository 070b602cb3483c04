// Command echo is a small HTTP service, to be released by Goldfinch: a Lambda function with a function
// URL or behind a REST API, or a program on an instance, where PORT says at which port it answers.
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
	"cmp"
	"context"
	"fmt"
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
	port := os.Getenv("PORT")
	if port == "" || os.Getenv("AWS_LAMBDA_RUNTIME_API") != "" {
		lambda.Start(service.HandleEvent)
		return
	}
	server := &Server{Service: service, Counts: &Counts{
		Group: os.Getenv("AUTO_SCALING_GROUP_NAME"), Version: os.Getenv("LAUNCH_TEMPLATE_VERSION"), Out: os.Stdout,
	}}
	if err := server.Serve(context.Background(), cmp.Or(os.Getenv("HOST"), "0.0.0.0")+":"+port); err != nil {
		fmt.Fprintln(os.Stderr, "echo:", err)
		os.Exit(1)
	}
}
