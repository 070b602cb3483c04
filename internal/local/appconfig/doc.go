// Package appconfig is a local AWS AppConfig: applications, environments,
// profiles of feature flags, hosted configuration versions and deployments, with the
// rules and the errors of the real one, called in-process through the method
// signatures of the SDK's client; and [Service.Evaluate], which tells one user's
// variant of a flag as the AWS AppConfig Agent does beside a service.
//
// A deployment is DEPLOYING, BAKING and COMPLETE as its strategy says and the
// clock goes on; an environment has one of them at a time. What is deployed is
// what [Service.Evaluate] reads, as long ago as agents poll ([Options].Poll).
//
// Profiles are of type AWS.AppConfig.FeatureFlags and hosted. Freeform profiles,
// other stores, validators, extensions and KMS keys are refused.
package appconfig
