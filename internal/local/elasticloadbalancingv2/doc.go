// Package elasticloadbalancingv2 is a local Application Load Balancer: load
// balancers, listeners, rules and target groups, with the rules, the errors and
// the delays of the real one, called in-process through the method signatures of
// the SDK's client, and real HTTP behind them.
//
// A listener is an [http.Handler] ([Service.Handler], [Service.Serve]): it matches
// rules, shares requests among weighted target groups, keeps sticky clients, and
// passes each request on to a healthy target. Targets are checked by real HTTP
// ([Options.Probe] replaces that); on a virtual clock a simulation asks
// [Service.Route] and [Service.Next] where a request would go.
//
// It offers application load balancers alone, whose targets are instances and IPv4
// addresses. It starts no instance ([Options.Address] finds them), publishes no
// metric (a [Meter] gets what there is to count), resolves no name, ends no TLS,
// and signs nobody in. What it lacks it refuses with a ValidationError that says so.
package elasticloadbalancingv2
