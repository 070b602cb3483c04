// Package autoscaling is the local cloud's Amazon EC2 Auto Scaling: groups that keep
// as many instances as they are told, register them with target groups, replace
// those that are unhealthy, and are renewed by instance refreshes.
//
// It works as AWS's does, in looks: after each call, each change of an instance's
// state, and each moment that something was to wait for, it looks at a group and
// does what is to be done. It calls other services as any program would, without
// holding a lock.
//
// There are no launch configurations, classic load balancers, warm pools, scheduled
// actions and instance weights; scaling policies are kept, and act only when they are executed.
package autoscaling
