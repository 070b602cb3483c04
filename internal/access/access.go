// Package access says what each of Goldfinch's Lambda functions may do in AWS:
// the operations that its code calls, the IAM actions that these need, and the
// resources on which it may use them. The infrastructure makes the functions'
// roles of it.
package access

// A Statement allows some actions on some resources.
type Statement struct {
	// Sid says in CamelCase what the statement is for.
	Sid string
	// Actions are such as "lambda:UpdateAlias"; never a wildcard.
	Actions []string
	// Resources are ARNs in which ${Partition}, ${Region}, ${Account}, ${Table},
	// ${Bucket}, ${StateMachine} and ${EventBus} stand for the installation's own;
	// "*" only where IAM knows no narrower resource.
	Resources []string
	// Conditions are IAM's: operator, key, value.
	Conditions map[string]map[string]string
	// Reason says why the resource is no narrower, or why an action is needed that
	// no operation of the code is named after; empty where neither is so.
	Reason string
}

// Policy is what the function of that name may do, beyond writing its own log
// and its traces. An unknown function may do nothing.
func Policy(function string) []Statement {
	return policies[function]
}

var policies = map[string][]Statement{}
