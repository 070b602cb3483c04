// Package access says what each of Goldfinch's Lambda functions may do in AWS:
// the operations that its code calls, the IAM actions that these need, and the
// resources on which it may use them. The infrastructure makes the functions'
// roles of it.
//
// [Operations] are the methods of the interfaces that a function declares
// (declared.go); a table has the IAM actions of each operation (actions.go) and the
// resources of each action (resources.go); [Policy] is all of that together. The
// tests hold the declarations to the code: an operation that a function's code
// can reach and does not declare fails them, and so does one that it declares and
// cannot reach.
package access

import (
	"maps"
	"slices"
	"strings"
)

// A Statement allows some actions on some resources.
type Statement struct {
	// Sid says in CamelCase what the statement is for.
	Sid string
	// Actions are such as "lambda:UpdateAlias", sorted; never a wildcard.
	Actions []string
	// Resources are ARNs in which ${Partition}, ${Region} and ${Account} stand for
	// where the installation is, and ${Table}, ${Bucket}, ${StateMachine} and ${EventBus}
	// for the names (not the ARNs) of what is its own; ${KmsKey} stands for the ARN of the
	// installation's own KMS key. "*" only where IAM knows no narrower resource.
	//
	// ${InstanceRoles}, ${StackRoles} and ${HostedZones} stand for what the installation is told by name, one or several: the names of
	// roles, with their paths, and ids of hosted zones. A resource with one of these is there once for each.
	//
	// A statement about what the installation does not have, be it a key, a role or a zone, is left out.
	Resources []string
	// Conditions are IAM's: operator, key, value. Values have placeholders, too.
	Conditions map[string]map[string]string
	// Reason says why the resource is no narrower, and why an action is needed that
	// no operation of the code is named after; empty where neither is so.
	Reason string
}

// Policy is what the function of that name may do with targets of these kinds, beyond writing its own log
// and its traces, in the order of the Sids; without any kind, with all of [Kinds]. An unknown function may do nothing.
func Policy(function string, kinds ...string) []Statement {
	granted := map[string]*Statement{}
	reasons := map[string][]string{}
	for _, g := range grantsOf(function, kinds) {
		statement, ok := granted[g.on.sid]
		if !ok {
			statement = &Statement{Sid: g.on.sid, Resources: slices.Clone(g.on.resources), Conditions: cloned(g.on.conditions)}
			granted[g.on.sid] = statement
			if g.on.reason != "" {
				reasons[g.on.sid] = append(reasons[g.on.sid], g.on.reason)
			}
		}
		statement.Actions = append(statement.Actions, g.actions...)
		if g.reason != "" && !slices.Contains(reasons[g.on.sid], g.reason) {
			reasons[g.on.sid] = append(reasons[g.on.sid], g.reason)
		}
	}
	var policy []Statement
	for _, sid := range slices.Sorted(maps.Keys(granted)) {
		statement := granted[sid]
		slices.Sort(statement.Actions)
		statement.Actions = slices.Compact(statement.Actions)
		statement.Reason = strings.Join(reasons[sid], " ")
		policy = append(policy, *statement)
	}
	return policy
}

// A Need is some of what IAM wants for an operation.
type Need struct {
	// Actions are allowed by the statement with that Sid.
	Actions []string
	Sid     string
	// Reason says why an operation needs actions that are not named after it; empty where they are.
	Reason string
}

// Needs is what IAM wants for an operation of a function; nil when no function calls it.
func Needs(function string, operation Operation) []Need {
	return needsOf(grantsFor(function, operation))
}

// NeedsOfItself is what the role of a function needs although no code of the
// function calls it: AWS uses the role on the function's behalf.
func NeedsOfItself(function string) []Need { return needsOf(withoutCode[function]) }

func needsOf(grants []grant) []Need {
	var needs []Need
	for _, g := range grants {
		needs = append(needs, Need{Actions: slices.Clone(g.actions), Sid: g.on.sid, Reason: g.reason})
	}
	return needs
}

// Covers reports whether the policy of a function allows an operation, with
// everything that it depends on. The service is the name of the SDK's package, such as
// "sfn", or the one with which requests are signed, such as "states".
func Covers(function, service, operation string) bool {
	called := Operation{Service: packageOf(service), Name: operation}
	if !slices.Contains(Operations(function), called) {
		return false
	}
	allowed := Policy(function)
	for _, g := range grantsFor(function, called) {
		for _, action := range g.actions {
			if !slices.ContainsFunc(allowed, func(s Statement) bool { return s.Sid == g.on.sid && slices.Contains(s.Actions, action) }) {
				return false
			}
		}
	}
	return true
}

// grantsOf is everything that a function may do, in the order of its operations.
func grantsOf(function string, kinds []string) []grant {
	var all []grant
	for _, operation := range Operations(function, kinds...) {
		all = append(all, grantsFor(function, operation)...)
	}
	return append(all, withoutCode[function]...)
}

// cloned is a copy, so that nobody changes the table.
func cloned(conditions map[string]map[string]string) map[string]map[string]string {
	if conditions == nil {
		return nil
	}
	copied := make(map[string]map[string]string, len(conditions))
	for operator, values := range conditions {
		copied[operator] = maps.Clone(values)
	}
	return copied
}
