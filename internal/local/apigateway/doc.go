// Package apigateway is the local cloud's API Gateway, as far as REST APIs with Lambda proxy integrations go: APIs, resources,
// methods, deployments, and stages with a canary.
//
// A deployment is a snapshot of the API's resources. A stage leads to one deployment, and its canary to another one, with stage
// variables of its own, for a share of the requests that is drawn anew for each
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/canary-release.html).
// What AWS refuses, this package refuses in AWS's words: a plain deployment to a stage that has a canary, a canary on a stage
// that is being made, patches of paths that do not exist, deleting a deployment that a stage leads to, and, when
// [Options] say so, deployments in too short a time and changes of a stage at once.
//
// [Service.Door] lets HTTP in. A Lambda function is invoked by the qualifier that its integration's URI has once the stage
// variables are filled in, and only if the policy of exactly that qualifier allows API Gateway to.
//
// Left out, and refused where it is asked for: integrations of other kinds, authorisers, API keys, models, caches, logs, AWS/ApiGateway's
// metrics, and the patches of API Gateway that move no traffic.
package apigateway
