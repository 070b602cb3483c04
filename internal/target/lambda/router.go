package lambda

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// shiftAttempts bounds how often Shift looks again after somebody else wrote
// between its read and its write, or right after it.
const shiftAttempts = 8

// Split reads the alias. An alias that does not exist is the zero Split; a
// function that does not exist is a KindRefused failure.
func (t *Target) Split(ctx context.Context) (release.Split, error) {
	present, err := t.readAlias(ctx)
	if err != nil || present.exists() {
		return present.split, err
	}
	// AWS gives a missing function and a missing alias the same error.
	if _, err := t.readFunction(ctx, latest); err != nil {
		if isMissing(err) {
			return release.Split{}, t.functionMissing().Because(err)
		}
		return release.Split{}, err
	}
	return release.Split{}, nil
}

// Shift makes the alias's routing want, in one UpdateAlias under the alias's
// RevisionId, and reads it back. It creates an alias that does not exist when
// all traffic goes to one version; it never deletes one.
func (t *Target) Shift(ctx context.Context, want release.Split, guard target.Guard) (release.Split, error) {
	wrote := false
	for range shiftAttempts {
		present, err := t.readAlias(ctx)
		if err != nil {
			return release.Split{}, err
		}
		there := present.split.Same(want)
		if there && (wrote || !guard.Touch || !present.exists()) {
			return present.split, nil
		}
		if !there && (guard.Mine == nil || !guard.Mine(present.split)) {
			return present.split, t.moved(present, want)
		}
		if want.Stable == "" {
			return present.split, release.Fail(release.KindDirty, "%s stands at %s, and there is no version to go back to: it did not exist before this release", t.aliasName(), present.split).
				WithHint("release a good version, or delete the alias by hand")
		}
		if guard.Check != nil {
			if err := guard.Check(ctx); err != nil {
				return present.split, err
			}
		}
		done, err := t.writeAlias(ctx, present, want)
		if err != nil {
			return present.split, err
		}
		wrote = wrote || done
	}
	return release.Split{}, release.Fail(release.KindTransient, "%s changed %d times while it was moved to %s", t.aliasName(), shiftAttempts, want)
}

// writeAlias makes one write; done is false when somebody else was faster, so
// that the caller must look again. A write is never repeated blindly.
func (t *Target) writeAlias(ctx context.Context, present alias, want release.Split) (done bool, err error) {
	if !present.exists() {
		return t.createAlias(ctx, want)
	}
	_, err = call.Do(ctx, fmt.Sprintf("lambda: move %s to %s", t.aliasName(), want), t.lambda.UpdateAlias, &awslambda.UpdateAliasInput{
		FunctionName:    aws.String(t.function),
		Name:            aws.String(t.alias),
		FunctionVersion: aws.String(want.Stable),
		RoutingConfig:   routingOf(want),
		RevisionId:      aws.String(present.revision),
	})
	switch {
	case isOutdated(err):
		return false, nil
	case isBusy(err):
		return false, release.Fail(release.KindTransient, "%s cannot be changed now", t.aliasName()).Because(err)
	default:
		return err == nil, err
	}
}

// createAlias makes the alias of a first release.
func (t *Target) createAlias(ctx context.Context, want release.Split) (done bool, err error) {
	if !want.IsPure() {
		return false, release.Fail(release.KindConflict, "%s does not exist, so its traffic cannot be moved to %s", t.aliasName(), want).
			WithHint("somebody deleted it during this release; create it again on the version that users should have")
	}
	_, err = call.Do(ctx, fmt.Sprintf("lambda: create %s on %s", t.aliasName(), want), t.lambda.CreateAlias, &awslambda.CreateAliasInput{
		FunctionName:    aws.String(t.function),
		Name:            aws.String(t.alias),
		FunctionVersion: aws.String(want.Stable),
		RoutingConfig:   routingOf(want),
		Description:     aws.String("traffic is moved by goldfinch"),
	})
	if isBusy(err) {
		return false, nil // it exists by now
	}
	return err == nil, err
}

// moved says that the alias is where this release never put it.
func (t *Target) moved(present alias, want release.Split) error {
	if !present.exists() {
		return release.Fail(release.KindConflict, "%s was deleted by somebody else", t.aliasName()).
			WithHint("CloudTrail's event DeleteAlias says who; create it again on the version that users should have")
	}
	description := ""
	if present.description != "" {
		description = fmt.Sprintf(", described as %q", present.description)
	}
	return release.Fail(release.KindConflict, "%s was moved by somebody else: it stands at %s (revision %s%s), which this release never intended, and is left there instead of %s",
		t.aliasName(), present.split, present.revision, description, want).
		WithHint("CloudTrail's event UpdateAlias says who; move the alias to the version that users should have, then release again")
}
