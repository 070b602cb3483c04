// Package image makes golden images ready: it bakes one with EC2 Image Builder unless one of equal inputs is there,
// or checks one that is ready made; and it deletes those that nobody needs.
//
// # How a build is found again
//
// Nothing is remembered between calls. What an image is made of has a hash: of the document's image, the
// pipeline's recipe, the recipe's base image, and the pipeline's infrastructure and distribution configurations. An image that was
// baked here has the hash as its tag goldfinch:inputs. While there is no such image, the hash is the
// client token with which the pipeline is started: the same token is the same build, so that starting it again
// is how the ARN of the build that goes on is found (https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_StartImagePipelineExecution.html).
// A build that failed, or whose image is gone, is the same token's for as long as AWS remembers it, which it does not
// say. Such a build is believed for as long as the document lets a release bake (timeouts.bake); an older one is of an earlier
// release, and the next token, which differs in its last digits, starts another.
//
// # A release that ends while it bakes
//
// A build belongs to its inputs, and not to the release that started it: another one, of another environment, may wait for it.
// So nobody cancels it when a release is aborted. What it makes is the next release's of equal inputs; until there is one, the image has no tags
// of Goldfinch's, and Collect knows it by the tags of its build, once it is older than a release may bake.
//
// # Tags
//
// goldfinch:service, goldfinch:release (that which baked it), goldfinch:commit, goldfinch:base (the recipe's base image) and
// goldfinch:inputs, on the image and its snapshots. There is no goldfinch:environment: environments share images.
package image
