// Package alb releases instances behind an Application Load Balancer, by the weights of two target groups.
//
//   - bake makes a golden image, or takes one that is ready (package image);
//   - deploy makes a version of the launch template, and an Auto Scaling group of it, which is a copy of the stable one's,
//     attached to the target group of the pair that is idle (package fleet);
//   - verify sends requests to that target group, over a rule that no user's request meets;
//   - shift, promote and roll back are one ModifyRule, or one ModifyListener, each, with the whole list of actions kept;
//   - an audience is rules of its own, in a band of priorities in front of the rule;
//   - measure reads AWS/ApplicationELB's metrics by target group;
//   - retire deletes the group that has no traffic any more, once its last requests are answered.
//
// A version is the number of a launch template's version. Which target group it is behind is read from its Auto Scaling group,
// and which of two versions is the canary from the groups' ages: the canary's is the younger one. Nothing is remembered
// elsewhere.
//
// While a release runs, both target groups of the pair are in a rule of the listener that no request can meet (see ownrules.go): a
// load balancer checks the health only of those that are in a rule, and the users' rule has but the target groups that get
// requests. So deploy never writes the users' rule; and who holds a cookie of the load balancer's own (AWSALBTG) for a target group
// without weight does not reach it.
//
// How load balancers choose a target group is described in
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html .
// Their API has no lock: the last writer wins. What was read is read again right before it is written, and once
// more afterwards.
package alb
