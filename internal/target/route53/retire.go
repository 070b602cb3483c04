package route53

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cfntypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// Retire deletes every stack that Goldfinch has made for this service, environment and record, but current and those that a record
// leads to. It waits until resolvers have forgotten the records that were changed last, so that no user is sent
// to what is being deleted. A stack that a person has made, and has not the tag of a release, is left alone. So are one that was made for
// another record, which may still lead to it, and one that is part of another stack.
func (t *Target) Retire(ctx context.Context, current, _ string) (retired []string, done bool, err error) {
	present, err := t.read(ctx)
	if err != nil {
		return nil, false, err
	}
	if err := present.refused(); err != nil {
		return nil, false, err
	}
	if !t.isForgotten(present) {
		return nil, false, nil
	}
	stacks, err := t.allStacks(ctx)
	if err != nil {
		return nil, false, err
	}
	done = true
	var failed []error
	for _, s := range stacks {
		if s.name == current || present.has(s.name) || t.kept(s) != "" {
			continue
		}
		done = false
		began, err := t.delete(ctx, s)
		if began {
			retired = append(retired, s.name)
		}
		failed = append(failed, err)
	}
	return retired, done, errors.Join(failed...)
}

// Restore deletes the stack of this release, once no resolver leads to it any more. A stack that was there before a release
// which returned to it stays.
func (t *Target) Restore(ctx context.Context, _ string) (note string, done bool, err error) {
	found, exists, err := t.readStack(ctx, t.candidate())
	if err != nil {
		return "", false, err
	}
	if !exists || !t.made(found) || found.tags[TagRelease] != t.options.Release {
		return "", true, nil
	}
	present, err := t.read(ctx)
	if err != nil {
		return "", false, err
	}
	if present.has(found.name) {
		return fmt.Sprintf("stack %s is kept, because a record of %s leads to it", found.name, t.settings.Record), true, nil
	}
	if !t.isForgotten(present) {
		return "", false, nil
	}
	_, err = t.delete(ctx, found)
	return "", false, err
}

// isForgotten reports whether every resolver asks by the records as they are now. The records of a name have one TTL, so those that are gone
// had it too; where none is left, they may have been aliases.
func (t *Target) isForgotten(present records) bool {
	kept := cmp.Or(present.ttl(), max(t.settings.TTL.Std(), resourceTTL))
	return !t.options.Now().Before(present.mark.since.Add(t.options.Propagation + kept))
}

// allStacks reads every stack that is not deleted: CloudFormation finds none by its tags.
func (t *Target) allStacks(ctx context.Context) ([]stack, error) {
	var all []stack
	input := &cloudformation.DescribeStacksInput{}
	for {
		page, err := call.Do(ctx, "cloudformation: read all stacks", t.options.Stacks.DescribeStacks, input)
		if err != nil {
			return nil, err
		}
		for _, described := range page.Stacks {
			if s := stackOf(described); s.status != cfntypes.StackStatusDeleteComplete {
				all = append(all, s)
			}
		}
		if page.NextToken == nil {
			return all, nil
		}
		input.NextToken = page.NextToken
	}
}

// delete begins to delete a stack; began is false when it has begun before. One that could not be deleted is
// tried once more, and why it could not is the error.
func (t *Target) delete(ctx context.Context, s stack) (began bool, err error) {
	if s.isBeingDeleted() {
		return false, nil
	}
	var why error
	if s.status == cfntypes.StackStatusDeleteFailed {
		reason, err := t.failure(ctx, s)
		if err != nil {
			return false, err
		}
		why = release.Fail(release.KindTransient, "%s", reason).WithHint("free what holds it, or delete it by hand: aws cloudformation delete-stack --stack-name %s", s.name)
	}
	_, err = call.Do(ctx, "cloudformation: delete stack "+s.name, t.options.Stacks.DeleteStack, &cloudformation.DeleteStackInput{
		StackName: aws.String(s.id),
	})
	return err == nil && why == nil, errors.Join(why, err)
}
