// Package apigateway releases a Lambda function behind a stage of a REST API, by the stage's canary.
//
//   - bake and deploy publish a version of the function as package lambda does;
//   - deploy also lets API Gateway invoke that version, and makes a deployment of the API, which no stage leads to;
//   - verify invokes the function's version by its number, with the events that API Gateway would make;
//   - shift patches the stage's canary: which deployment, which version by the stage variable, and what percentage;
//   - promote patches the stage itself, and then takes the canary away; roll back takes it away;
//   - measure reads AWS/Lambda's metrics of the two versions, which the stage invokes by their numbers;
//   - retire deletes deployments and versions that nothing leads to any more.
//
// A version is a deployment of the API. Which version of the function it leads to, and which deployment and version stood before
// it, is in its description, so that the target can go back to a deployment that somebody else made.
//
// AWS describes CreateDeployment with canarySettings, which would make the deployment and the canary at once. It has no
// token that makes it safe to repeat, and from then on the stage refuses other deployments; a process that is late would put a
// canary on a stage whose release is long over. So the deployment is made without a stage, where it harms nobody,
// is found again by its description, and becomes the canary's by a patch, like every other shift: UpdateStage replaces what is
// below /canarySettings on a stage that has none, too, as Terraform does. The patches of a shift say what is wanted
// instead of copying what is there, as AWS's page about promoting does: they can't promote what somebody put there since
// it was looked at, and whether a copy of overrides to /variables keeps the other variables is not documented.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/canary-release.html
// https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html#UpdateStage-Patch
//
// API Gateway has no lock: the stage is read again right before each write, and compared. What is written between the two is
// lost, which is why the target is [target.Unlocked].
//
// Why not API Gateway's own metrics: AWS promises separate ones for a canary, and does not say by which dimension
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html).
package apigateway
