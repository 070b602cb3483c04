package lambda

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// retireAtMost bounds how many versions one Retire deletes: AWS allows 15 such
// calls a second, and what is left over goes with the next release.
const retireAtMost = 50

// Led tells whether something else than an alias leads users to a version.
type Led func(ctx context.Context, version string) (bool, error)

// byAliases is the [Led] of users who have nothing but aliases.
func byAliases(context.Context, string) (bool, error) { return false, nil }

// Retire deletes the oldest versions that releases of this service and
// environment published, so that the document's KeepVersions of them are left, and
// frees the provisioned concurrency of those that nothing points to. Whoever
// published any other version may need it, so it is left alone. A version that an
// alias of the function points to, with whatever weight, is never deleted; AWS
// would refuse that too. Idle versions cost nothing, so previous is kept.
func (t *Target) Retire(ctx context.Context, current, previous string) (retired []string, done bool, err error) {
	retired, err = t.RetireExcept(ctx, []string{current, previous}, byAliases)
	return retired, err == nil, err
}

// RetireExcept is Retire, and deletes none of the versions to keep. Those that
// users are led to keep their provisioned concurrency, too.
func (t *Target) RetireExcept(ctx context.Context, keep []string, led Led) (retired []string, err error) {
	present, err := t.readFunction(ctx, latest)
	if err != nil {
		return nil, err
	}
	if err := t.checkOwner(present); err != nil {
		return nil, err
	}
	versions, err := t.versions(ctx)
	if err != nil {
		return nil, err
	}
	referenced, err := t.referenced(ctx)
	if err != nil {
		return nil, err
	}
	// What is still being changed is freed behind the next release.
	if _, err := t.freeConcurrency(ctx, t.isOurs, led); err != nil {
		return nil, err
	}
	for _, number := range t.surplus(versions, referenced, keep) {
		if needed, err := led(ctx, number); err != nil {
			return retired, err
		} else if needed {
			continue
		}
		deleted, err := t.deleteVersion(ctx, number)
		if err != nil {
			return retired, err
		}
		if deleted {
			retired = append(retired, number)
		}
		if len(retired) == retireAtMost {
			break
		}
	}
	return retired, nil
}

// Surplus lists the versions that Retire would delete, the oldest first, without deleting them.
func (t *Target) Surplus(ctx context.Context, current, previous string) ([]string, error) {
	versions, err := t.versions(ctx)
	if err != nil {
		return nil, err
	}
	referenced, err := t.referenced(ctx)
	if err != nil {
		return nil, err
	}
	return t.surplus(versions, referenced, []string{current, previous}), nil
}

// surplus chooses from versions, which are sorted by age, those of ours beyond the document's
// KeepVersions that nothing points to and that are not to be kept.
func (t *Target) surplus(versions []types.FunctionConfiguration, referenced map[string]bool, keep []string) []string {
	versions = slices.DeleteFunc(versions, func(version types.FunctionConfiguration) bool { return !t.isOurs(version) })
	var surplus []string
	for _, version := range versions[:max(len(versions)-t.document.Target.Lambda.KeepVersions, 0)] {
		number := aws.ToString(version.Version)
		if !referenced[number] && !slices.Contains(keep, number) {
			surplus = append(surplus, number)
		}
	}
	return surplus
}

// deleteVersion deletes one version; deleted is false when AWS keeps it because
// an alias has come to point to it, or when it is gone already.
func (t *Target) deleteVersion(ctx context.Context, version string) (deleted bool, err error) {
	_, err = call.Do(ctx, "lambda: delete "+t.versionName(version), t.lambda.DeleteFunction, &awslambda.DeleteFunctionInput{
		FunctionName: aws.String(t.function),
		Qualifier:    aws.String(version),
	})
	if isBusy(err) || isMissing(err) {
		return false, nil
	}
	return err == nil, err
}
