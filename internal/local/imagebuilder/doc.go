// Package imagebuilder is the local cloud's EC2 Image Builder: components, image
// recipes, infrastructure configurations and pipelines, and images that take
// time to build. Its errors have AWS's types.
//
// Nothing is installed anywhere. What a build makes is an image of the local EC2
// ([Images]) whose ImageLocation is the S3 object that a component of the recipe
// downloads: the action S3Download of the component's YAML document, whose source is
// "s3://bucket/key". Every other action is refused when the component is created,
// because its effect would be missing. So are container recipes, distribution
// configurations, schedules and workflows.
//
// As in AWS, a client token makes a start idempotent, a recipe never changes, a build ends in
// AVAILABLE, FAILED or CANCELLED, only then has ids of images, and can't be cancelled any more. Tokens are
// remembered for ever; AWS does not say for how long it does.
package imagebuilder
