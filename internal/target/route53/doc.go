// Package route53 releases a whole CloudFormation stack, by the weights of DNS records.
//
//   - bake makes a golden image, or takes one that is ready (package image);
//   - deploy makes a stack of the user's own template, with the AMI and the release as parameters;
//   - verify sends requests to the stack's own endpoint, which no record leads to yet;
//   - shift, promote and roll back are one ChangeResourceRecordSets each, which is all or nothing;
//   - measure reads AWS/ApplicationELB's metrics of each stack's own load balancer;
//   - retire deletes the stack that no record leads to any more, once resolvers have forgotten it.
//
// A version is the name of a stack, and the set identifier of the record that leads to its endpoint.
//
// # The marker
//
// Beside the records of a name stands a TXT record, _goldfinch-TYPE.NAME, which is written in the same batch as they are:
//
//	"goldfinch" "service=echo" "environment=production" "stable=echo-production-01k" "serial=7" "since=2026-11-23T01:30:00Z"
//
// It says whose the records are, which of two is the stable one, how often they were changed, and when they last were.
// Route 53 has no version of a record that a write could be made conditional on. But deleting one must repeat all its values, and
// every batch deletes the marker as it was read, and each record that it changes: a batch that is based on anything else
// than what is there fails whole. Because the serial never comes back, not even a record that was changed and changed
// back lets an outdated batch through.
//
// # Audiences
//
// By country, where the user has set the name up as a tree: geolocation aliases, each to a name of its own in the same
// zone, whose records are weighted. A rung moves the records of the names that its countries lead to, in the same batch as
// all others. A name that is such a tree is released through all its branches.
//
// # What DNS can't do
//
// A change is known to all name servers within about a minute, and resolvers keep what they were told for the records' TTL: see [Target.Arrives].
// Resolvers are split, not users: all users of one resolver get one answer for a TTL.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-weighted.html
package route53
