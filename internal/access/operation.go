package access

import (
	"cmp"
	"fmt"
	"path"
	"reflect"
	"slices"
	"strings"
)

// An Operation is one operation of an AWS API.
type Operation struct {
	// Service is the name of the SDK's package, such as "lambda" or "sfn".
	Service string
	// Name is the SDK's name of the operation, such as "UpdateAlias".
	Name string
}

// String is SERVICE:OPERATION.
func (o Operation) String() string { return o.Service + ":" + o.Name }

// sdk is the path below which the SDK has a package for each service.
const sdk = "github.com/aws/aws-sdk-go-v2/service/"

// methodsOf lists the operations that interfaces of the SDK's methods declare,
// sorted and each once. Each interface is given as a nil pointer to it:
// (*lambda.BakeAPI)(nil). A method that is none of the SDK's is a mistake in this
// package, and panics.
func methodsOf(interfaces ...any) []Operation {
	var operations []Operation
	for _, pointer := range interfaces {
		declared := reflect.TypeOf(pointer).Elem()
		for i := range declared.NumMethod() {
			method := declared.Method(i)
			operation, ok := operationOf(method)
			if !ok {
				panic(fmt.Sprintf("access: %s.%s is no operation of the SDK", declared, method.Name))
			}
			operations = append(operations, operation)
		}
	}
	slices.SortFunc(operations, compare)
	return slices.Compact(operations)
}

// operationOf reads the operation off the type of the method's input, *SERVICE.OPERATIONInput.
func operationOf(method reflect.Method) (Operation, bool) {
	if method.Type.NumIn() < 2 || method.Type.In(1).Kind() != reflect.Pointer {
		return Operation{}, false
	}
	input := method.Type.In(1).Elem()
	_, isService := strings.CutPrefix(input.PkgPath(), sdk)
	return Operation{Service: path.Base(input.PkgPath()), Name: method.Name}, isService && input.Name() == method.Name+"Input"
}

// compare orders operations by service and name.
func compare(a, b Operation) int {
	return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.Name, b.Name))
}

// packageOf turns the name with which requests to a service are signed into that of
// the SDK's package, where they differ.
func packageOf(service string) string {
	switch service {
	case "elasticloadbalancing":
		return "elasticloadbalancingv2"
	case "events":
		return "eventbridge"
	case "monitoring":
		return "cloudwatch"
	case "states":
		return "sfn"
	default:
		return service
	}
}
