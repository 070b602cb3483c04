package route53

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cfntypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
	"github.com/goldfinch-dev/goldfinch/internal/target/measure"
)

// Deploy makes the stack of this release, and waits until it is complete. A stack of its name that this release has made before
// is adopted, and so is the one that a release returns to; a return makes it anew when it is gone.
//
// A stack that fails is a KindRefused failure which says what failed first. CloudFormation rolls it back, so that nothing but the
// stack itself is left to be looked at, and Restore deletes that.
func (t *Target) Deploy(ctx context.Context, stable string) (version string, done bool, err error) {
	name := t.candidate()
	if name == stable {
		return "", false, release.Fail(release.KindRefused, "nothing to release: stack %s is the one that users of %s have", name, t.settings.Record)
	}
	found, exists, err := t.readStack(ctx, name)
	switch {
	case err != nil:
		return "", false, err
	case !exists:
		return name, false, t.create(ctx, name)
	case !t.owns(found) || !t.isReturn() && found.tags[TagRelease] != t.options.Release:
		return "", false, release.Fail(release.KindRefused, "there is a stack %s already, which this release did not make", name).
			WithHint("delete it, or give it another name, if it is nobody's")
	case t.isOfAnotherRecord(found):
		what, mend := t.elsewhere(found)
		return "", false, release.Fail(release.KindRefused, "%s", what).WithHint("%s", mend)
	case found.status == cfntypes.StackStatusCreateInProgress || found.status == cfntypes.StackStatusReviewInProgress:
		return name, false, nil
	case found.isBeingDeleted() && t.isReturn():
		return name, false, nil // it is made anew when it is gone
	case !found.isComplete():
		reason, err := t.failure(ctx, found)
		if err != nil {
			return name, false, err
		}
		return name, false, release.Fail(release.KindRefused, "%s", reason)
	}
	return name, true, t.lookAtStack(ctx, found)
}

// elsewhere says why a stack that was made for another record is not returned to, and how to mend it: releases of that record would take it for
// theirs, and delete it.
func (t *Target) elsewhere(s stack) (what, mend string) {
	return fmt.Sprintf("stack %s was made for another record, %s, than %s", s.name, s.tags[TagRecord], t.about()),
		"name that record in the document; or, when it leads nobody to the stack any more, give the stack to this one: " + s.tagging(TagRecord, t.recordTag())
}

// lookAtStack wants a complete stack that traffic can be led to, and whose requests are counted.
func (t *Target) lookAtStack(ctx context.Context, found stack) error {
	at, err := t.endpoint(found)
	if err != nil {
		return err
	}
	if len(measure.Compared(t.document)) > 0 && found.outputs[t.settings.Outputs.LoadBalancer] == "" {
		return release.Fail(release.KindRefused, "stack %s has no output %s, so its requests can't be counted", found.name, t.settings.Outputs.LoadBalancer).
			WithHint("give the template that output, with the LoadBalancerFullName of its load balancer, or compare no metrics")
	}
	present, err := t.read(ctx)
	if err != nil {
		return err
	}
	for _, g := range present.groups {
		for _, set := range g.sets {
			isAlias := set.AliasTarget != nil
			if isAlias != at.isAlias() && ttlOf(set) != t.newTTL(at) {
				return release.Fail(release.KindRefused, "one of the records of %s would be an alias, whose TTL is %s, and the other not, with another TTL: resolvers would keep one answer for longer, and the weights would mean nothing", g.name, resourceTTL).
					WithHint("set the TTL of the record that is no alias to 60 s")
			}
		}
	}
	return nil
}

// create makes one CreateStack.
func (t *Target) create(ctx context.Context, name string) error {
	ami, err := t.ami(ctx)
	if err != nil {
		return err
	}
	parameters := map[string]string{t.settings.ReleaseParameter: t.options.Release, t.settings.ImageParameter: ami}
	maps.Copy(parameters, t.settings.Parameters)
	input := &cloudformation.CreateStackInput{
		StackName: aws.String(name), TemplateURL: aws.String(t.templateURL()), ClientRequestToken: aws.String(t.token(name)),
		OnFailure: cfntypes.OnFailureRollback,
		Tags: []cfntypes.Tag{
			{Key: aws.String(TagService), Value: aws.String(t.document.Service)},
			{Key: aws.String(TagEnvironment), Value: aws.String(t.document.Environment)},
			{Key: aws.String(TagRelease), Value: aws.String(t.options.Release)},
			{Key: aws.String(TagRecord), Value: aws.String(t.recordTag())},
			{Key: aws.String(TagStack), Value: aws.String(name)},
		},
	}
	for _, key := range slices.Sorted(maps.Keys(parameters)) {
		input.Parameters = append(input.Parameters, cfntypes.Parameter{ParameterKey: aws.String(key), ParameterValue: aws.String(parameters[key])})
	}
	for _, capability := range t.settings.Capabilities {
		input.Capabilities = append(input.Capabilities, cfntypes.Capability(capability))
	}
	if t.settings.Role != "" {
		input.RoleARN = aws.String(t.settings.Role)
	}
	_, err = call.Do(ctx, "cloudformation: create stack "+name, t.options.Stacks.CreateStack, input)
	switch {
	case call.Is[*cfntypes.AlreadyExistsException](err):
		return nil // another run of this state was faster; the next one looks whose it is
	case call.Is[*cfntypes.InsufficientCapabilitiesException](err):
		return release.Fail(release.KindRefused, "the template needs capabilities that the document does not give").Because(err).
			WithHint("name them in target.route53.capabilities")
	case call.Code(err) == "ValidationError", call.Is[*cfntypes.TokenAlreadyExistsException](err), call.Is[*cfntypes.LimitExceededException](err), call.IsDenied(err):
		return release.Fail(release.KindRefused, "CloudFormation does not make stack %s", name).Because(err)
	}
	return err
}

// ami is the id of the image that the stack is made with.
func (t *Target) ami(ctx context.Context) (string, error) {
	if t.document.Artifact.AMI == "" && t.document.Artifact.Image == nil {
		return "", release.Fail(release.KindRefused, "stack %s is gone, and the document does not say which image to make it of again", t.candidate()).
			WithHint("release the artifact instead, by artifact.ami")
	}
	return t.options.Image.AMI(ctx)
}

// templateURL is where CloudFormation reads the template: by its bucket's own name, unless that has dots, which the certificate does not cover.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
func (t *Target) templateURL() string {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(t.settings.Template, "s3://"), "/")
	domain := "amazonaws.com"
	if strings.HasPrefix(t.options.Region, "cn-") {
		domain += ".cn"
	}
	if strings.Contains(bucket, ".") {
		return fmt.Sprintf("https://s3.%s.%s/%s/%s", t.options.Region, domain, bucket, key)
	}
	return fmt.Sprintf("https://%s.s3.%s.%s/%s", bucket, t.options.Region, domain, key)
}
