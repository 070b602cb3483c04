// Package lambda releases a Lambda function by moving the weights of the alias
// that its callers use.
//
//   - bake puts the package on $LATEST, where no caller of the alias reaches it;
//   - deploy publishes $LATEST as a version, which is immutable from then on;
//   - verify invokes that version by its number;
//   - shift, promote and roll back are one UpdateAlias each, under the alias's RevisionId;
//   - measure reads AWS/Lambda's metrics by ExecutedVersion;
//   - retire deletes versions that nothing points to any more.
//
// What AWS allows an alias to do is described in
// https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html .
// Preflight ends within 20 seconds, and Bake, Deploy and Restore within 35 each:
// what is not done by then is a KindTransient failure. A package has to be read
// within that. Lambda unpacks no more than 250 MB
// (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html), which
// takes 12.5 MB/s to read in 20 seconds; from a bucket in the function's own Region
// it comes several times as fast.
//
// The package does not create functions, and does not change their
// configuration: what is configured on $LATEST goes out with the next version.
package lambda
