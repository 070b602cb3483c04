// Package cloudformation is a local AWS CloudFormation: it makes stacks from
// people's own templates, with the order, the events, the rollbacks and the errors
// of the real one, called in-process through the method signatures of the SDK's client.
//
// It knows launch templates, Auto Scaling groups, load balancers, target groups,
// listeners, their rules, functions, their aliases, deployments and stages of REST
// APIs, hosted zones, and wait condition handles, and makes them through the
// SDK's methods of other services ([EC2], [AutoScaling], [LoadBalancing], [Lambda],
// [APIGateway], [Route53]). It deletes neither zones nor stages. A resource of another type fails its stack. It makes resources one after the other,
// where AWS makes independent ones at once; it updates no resource, and it knows no
// nested stacks, change sets, macros, exports, signals or hooks: a template that
// asks for them is refused with a ValidationError.
package cloudformation
