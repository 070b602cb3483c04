// Package policy has ways to release as data: what others do with a canary, what
// Goldfinch does, and what the best possible test would do, so that they can fly in
// the same simulated world.
//
// [Named] finds a policy by its name, [All] lists them. Each is a struct of parameters
// with the page that it was read from; [Policy.Pilot] makes of it what flies one release.
//
// Time is counted in periods of a minute. A pilot decides at the end of each, from what it
// may have seen by then: CloudWatch shows a period only [Service].Delay periods after its end.
//
// # What is assumed
//
// Where a page is silent the model is kind to the policy: CodeDeploy reacts to an alarm at
// once, Flagger's Prometheus and the health check of aws-lambda-deploy see the minute that
// has just ended, and the bound knows the true rates. How far back CloudWatch looks for
// data points that are missing is not published for two evaluation periods; four minutes is an assumption.
package policy
