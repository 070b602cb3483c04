// Package examples holds release documents, and the CloudFormation template of the echo service.
package examples

import (
	"embed"
	"fmt"
)

//go:embed echo/stack.yaml
var echoStack string

//go:embed alb.yaml apigateway.yaml asg.yaml route53.yaml
var targets embed.FS

// EchoStack is the template of a stack that runs the echo service: examples/echo/stack.yaml.
func EchoStack() string { return echoStack }

// What in a document of [Document] is the echo service's own, beside its name.
const (
	// Service is the name of the service, by which everything of it is named.
	Service = "echo"
	// Environment is where it is released to.
	Environment = "production"
	// Package is its function package, of documents that release one.
	Package = "build/examples/echo-v2.zip"
	// Template is its CloudFormation template, of documents that release a stack.
	Template = "examples/echo/stack.yaml"
)

// Document is the release document of the echo service for a kind of target: alb, apigateway, asg or route53.
func Document(kind string) (string, error) {
	text, err := targets.ReadFile(kind + ".yaml")
	if err != nil {
		return "", fmt.Errorf("there is no example of target %q: %w", kind, err)
	}
	return string(text), nil
}
