// Package examples holds release documents, and the CloudFormation template of the echo service.
package examples

import _ "embed" // embeds the template

//go:embed echo/stack.yaml
var echoStack string

// EchoStack is the template of a stack that runs the echo service: examples/echo/stack.yaml.
func EchoStack() string { return echoStack }
