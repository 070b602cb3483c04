// Package flag gives the canary to those for whom a feature flag in AWS
// AppConfig says so. It stands around the target of a release whose ladder has rungs that
// match by a flag, and is one itself.
//
// A flag decides by whom a request is made for, which no router knows. So the
// flag tells, and whoever calls the service goes where it tells: the
// variant that Goldfinch puts first among the flag's variants has the canary's version, and
// its address, as attributes. The callers that lead requests to the service ask the AppConfig Agent with
// their user's context, and call that address while there is one:
//
//   - lambda, apigateway: the function's version, FUNCTION:NUMBER, to invoke;
//   - alb: the value of the header [HeaderRelease], for which the load balancer has a rule then;
//   - route53: the name of the canary's endpoint.
//
// Everybody else goes where the target's weights say, which stay what they are: 0
// on a rung. Requests are counted by the version that answered them, so
// that the judge sees those of the flag's people like all others.
//
// A shift moves the target's own split first and the flag then: on the way up the canary can be
// reached before somebody is told to, and on the way home those who are still told to reach, behind a load balancer, the stable version. One shift
// of the flag is a new hosted configuration version, under the optimistic lock of the youngest one, and a deployment of it to everybody at
// once. Between the two calls nothing has changed for anybody, and the guard is asked again.
//
// It is written into what is deployed, and everything else there stays as it is, byte for byte. AWS's pages:
// https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-creating-multi-variant-feature-flags.html .
package flag
