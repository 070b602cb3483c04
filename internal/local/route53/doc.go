// Package route53 is a local Amazon Route 53: hosted zones, record sets, health
// checks and tags, with the rules and the errors of the real one, called
// in-process through the method signatures of the SDK's client; and the two
// things between a record and its users, propagation and resolvers.
//
// A batch of changes is PENDING until [Options].Propagation has passed, and only
// then do the name servers answer by it. A [Resolver] asks them on behalf of
// one network, and keeps each answer for its TTL. So what a user meets lags
// behind the records as it does on AWS, on the wall clock and on a virtual one.
//
// Records may be simple, weighted or by geolocation, aliases or not. Failover,
// latency, multivalue, IP-based and geoproximity routing, traffic policies, DNSSEC
// and private zones are refused. Nothing is listened to on port 53.
package route53
