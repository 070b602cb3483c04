package lambda

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

const (
	// updateLimit is for how long an update of $LATEST may be in progress before it
	// is taken for stuck.
	updateLimit = 30 * time.Minute
	// modifiedLayout is how Lambda writes LastModified.
	modifiedLayout = "2006-01-02T15:04:05.000-0700"
)

// Preflight looks at everything that would stop the release half way, and
// writes nothing. What it may not read is a reason to refuse, too.
func (t *Target) Preflight(ctx context.Context) (target.Preflight, error) {
	ctx, cancel := context.WithTimeout(ctx, preflightTimeout)
	defer cancel()
	i := inspection{target: t}
	if err := i.look(ctx, i.lookAtFunction, i.lookAtAlias, i.lookAtCandidate, i.lookAtConcurrency, i.lookAtCallers, i.lookAtPeriods, i.lookAtAlarms); err != nil {
		return target.Preflight{}, err
	}
	return i.found, i.failure()
}

// Inspection is Preflight for a function whose users are led to its version stable by something else than an alias: all but what
// is about that. It writes nothing, and returns each reason to refuse.
func (t *Target) Inspection(ctx context.Context, stable string) (notes []string, reasons []Reason, err error) {
	i := inspection{target: t}
	i.found.Split = release.Pure(stable)
	lookAtStable := func(ctx context.Context) error {
		if i.present == nil {
			return nil
		}
		version, err := t.readFunction(ctx, stable)
		if isMissing(err) {
			i.refuse(t.versionName(stable)+" does not exist, and users are led to it", "lead them to a version that does")
			return nil
		}
		if err != nil {
			return err
		}
		i.stable = &version
		i.noteSleep(version)
		return nil
	}
	err = i.look(ctx, i.lookAtFunction, lookAtStable, i.lookAtCandidate, i.lookAtVersionsConcurrency, i.lookAtCallers, i.lookAtPeriods, i.lookAtAlarms)
	return i.found.Notes, i.reasons, err
}

// look makes checks one after the other. What may not be read is a reason to refuse.
func (i *inspection) look(ctx context.Context, checks ...func(context.Context) error) error {
	for _, check := range checks {
		err := check(ctx)
		if call.IsDenied(err) {
			i.refuse(err.Error(), "allow that action on that resource in the policy of Goldfinch's role")
		} else if err != nil {
			return err
		}
	}
	return nil
}

// An inspection is one Preflight as far as it has come.
type inspection struct {
	target  *Target
	found   target.Preflight
	reasons []Reason
	// present is $LATEST, nil when there is no function that can be read.
	present *function
	// stable is the version that the alias points to, nil when there is none that
	// can be read.
	stable *function
}

// A Reason is why a release is refused, and how to mend that.
type Reason struct{ What, Mend string }

// refuse adds a reason.
func (i *inspection) refuse(what, mend string) {
	i.reasons = append(i.reasons, Reason{what, mend})
}

// refuseFor adds the reason of a KindRefused failure, and returns any other error.
func (i *inspection) refuseFor(err error) error {
	var failure *release.Failure
	if errors.As(err, &failure) && failure.Kind == release.KindRefused {
		i.refuse(failure.Reason, failure.Hint)
		return nil
	}
	return err
}

// note adds what a person should know.
func (i *inspection) note(format string, arguments ...any) {
	i.found.Notes = append(i.found.Notes, fmt.Sprintf(format, arguments...))
}

// failure is every reason in one KindRefused failure; nil when there is none.
func (i *inspection) failure() error { return Refusal(i.reasons) }

// Refusal is every reason in one KindRefused failure; nil when there is none.
func Refusal(reasons []Reason) error {
	switch len(reasons) {
	case 0:
		return nil
	case 1:
		return release.Fail(release.KindRefused, "%s", reasons[0].What).WithHint("%s", reasons[0].Mend)
	}
	parts := make([]string, len(reasons))
	for n, reason := range reasons {
		parts[n] = fmt.Sprintf("(%d) %s; %s", n+1, reason.What, reason.Mend)
	}
	return release.Fail(release.KindRefused, "%d things stand in the way: %s", len(parts), strings.Join(parts, ". "))
}

// lookAtFunction wants a function that opted in and can be updated.
func (i *inspection) lookAtFunction(ctx context.Context) error {
	t := i.target
	present, err := t.readFunction(ctx, latest)
	if isMissing(err) {
		return i.refuseFor(t.functionMissing())
	}
	if call.IsDenied(err) {
		return t.unreadable(err)
	}
	if err != nil {
		return err
	}
	i.present = &present
	if wrong, ok := t.disowned(present); ok {
		i.refuse(wrong.What, wrong.Mend)
	}
	if t.isReturn() {
		return nil // $LATEST does not matter
	}
	if present.State == types.StateFailed {
		i.refuse(fmt.Sprintf("function %s has failed: %s (%s)", t.function, aws.ToString(present.StateReason), present.StateReasonCode),
			"delete it and create it again")
	}
	if hasSnapStart(present.FunctionConfiguration) {
		i.note("function %s has SnapStart: a new version takes some minutes to become active", t.function)
	}
	return nil
}

// lookAtAlias wants an alias that sends everything to one published version, or
// none at all.
func (i *inspection) lookAtAlias(ctx context.Context) error {
	if i.present == nil {
		return nil
	}
	t := i.target
	present, err := t.readAlias(ctx)
	if err != nil {
		return err
	}
	if !present.exists() {
		i.found.First = true
		i.note("%s does not exist yet and will be created on %s at promotion", t.aliasName(), t.candidate())
		return nil
	}
	i.found.Split = present.split
	if !present.split.IsPure() {
		i.refuse(fmt.Sprintf("%s sends %s%% to version %s, which no release of Goldfinch is doing", t.aliasName(), release.Percent(present.split.Weight), present.split.Canary),
			fmt.Sprintf("if nobody else is releasing, clear it with: aws lambda update-alias --function-name %s --name %s --routing-config AdditionalVersionWeights={}", t.function, t.alias))
	}
	if !isPublished(present.split.Stable) {
		i.refuse(fmt.Sprintf("%s points to %s, which changes whenever the function does", t.aliasName(), present.split.Stable),
			fmt.Sprintf("publish a version with `aws lambda publish-version --function-name %s`, and point the alias to it", t.function))
		return nil
	}
	stable, err := t.readFunction(ctx, present.split.Stable)
	if err != nil {
		return err
	}
	i.stable = &stable
	i.noteSleep(stable)
	return nil
}

// noteSleep notes that a version is one that its first invocation has to wake.
func (i *inspection) noteSleep(version function) {
	if version.State != types.StateInactive {
		return
	}
	number := aws.ToString(version.Version)
	i.note("%s is Inactive, as Lambda makes what was idle for long: its first invocations fail until it is awake; to wake it before: aws lambda invoke --function-name %s --qualifier %s out.json",
		i.target.versionName(number), i.target.function, number)
}

// lookAtCandidate wants something new that can share the alias with the stable
// version.
func (i *inspection) lookAtCandidate(ctx context.Context) error {
	if i.target.isReturn() {
		return i.lookAtVersion(ctx)
	}
	return i.lookAtArtifact(ctx)
}

// lookAtVersion is lookAtCandidate for a release that returns to a published version.
func (i *inspection) lookAtVersion(ctx context.Context) error {
	if i.present == nil {
		return nil
	}
	t, version := i.target, i.target.document.Request.Version
	if !isPublished(version) {
		i.refuse(fmt.Sprintf("%q is not the number of a published version", version), "name one, such as 7")
		return nil
	}
	if i.stable != nil && version == i.found.Split.Stable {
		i.refuse(fmt.Sprintf("nothing to release: version %s is the one that users of %s have", version, t.aliasName()), "name another version")
		return nil
	}
	candidate, err := t.readFunction(ctx, version)
	if isMissing(err) {
		return i.refuseFor(t.versionMissing(version))
	}
	if err != nil {
		return err
	}
	if candidate.State != types.StatePending && !isInvocable(candidate.FunctionConfiguration) {
		i.refuse(fmt.Sprintf("%s is %s: %s (%s)", t.versionName(version), candidate.State, aws.ToString(candidate.StateReason), candidate.StateReasonCode), "name another version")
	}
	i.noteSleep(candidate)
	i.compareWithStable(candidate, "version "+version)
	return nil
}

// lookAtArtifact is lookAtCandidate for a release of an artifact, which is
// published with the configuration that $LATEST has.
func (i *inspection) lookAtArtifact(ctx context.Context) error {
	t := i.target
	wanted, err := t.artifact()
	if err != nil {
		i.refuse(err.Error(), "correct the document's artifact")
		return nil
	}
	wanted, unread := i.lookAtPackage(ctx, wanted)
	if i.present != nil {
		i.lookAtUpdate(wanted)
		if present, needed := i.present.PackageType, wanted.packageType(); present != "" && present != needed {
			i.refuse(fmt.Sprintf("function %s takes artifacts of type %s, and %s is one of type %s", t.function, present, wanted, needed),
				"release the other kind of artifact; AWS cannot change the type of a function")
		}
		differ := i.compareWithStable(*i.present, latest)
		if i.stable != nil && !differ && wanted.isIn(*i.stable) {
			nothing := t.nothingToRelease(i.found.Split.Stable)
			i.refuse(nothing.Reason, nothing.Hint)
		}
	}
	return unread
}

// lookAtPackage wants the package to exist, and finds out what it is when the
// document does not say so. One that cannot be read is returned as it came.
func (i *inspection) lookAtPackage(ctx context.Context, wanted artifact) (artifact, error) {
	t := i.target
	if wanted.isKnown() {
		return wanted, i.refuseFor(t.findPackage(ctx, wanted))
	}
	read, err := t.readPackage(ctx, wanted)
	if err != nil {
		return wanted, i.refuseFor(err)
	}
	i.note("the document does not say what %s is: it has SHA-256 %s now, and what it has when it is baked is released", wanted, hex.EncodeToString(read.sum))
	return read, nil
}

// lookAtUpdate wants no update of $LATEST that would keep this one out.
func (i *inspection) lookAtUpdate(wanted artifact) {
	t, present := i.target, i.present
	switch modified := aws.ToString(present.LastModified); present.LastUpdateStatus {
	case types.LastUpdateStatusInProgress:
		since, err := time.Parse(modifiedLayout, modified)
		if err == nil && t.now().Sub(since) > updateLimit {
			i.refuse(fmt.Sprintf("an update of function %s has been in progress since %s", t.function, modified),
				"it seems to be stuck: ask AWS support, or create the function again")
			return
		}
		i.note("an update of function %s has been in progress since %s; bake waits for its end", t.function, modified)
	case types.LastUpdateStatusFailed:
		what := fmt.Sprintf("the last update of function %s failed: %s (%s)", t.function, aws.ToString(present.LastUpdateStatusReason), present.LastUpdateStatusReasonCode)
		if wanted.isIn(*present) {
			i.refuse(what+", and it put the artifact of this release there", "mend what that says, then update the function once more")
			return
		}
		i.note("%s; this release updates it again", what)
	}
}

// compareWithStable wants what AWS wants of two versions that share an alias,
// which a return's never do, nor those that no alias leads to. It reports whether the configurations differ in
// any way, and notes where they do.
func (i *inspection) compareWithStable(candidate function, name string) (differ bool) {
	if i.stable == nil {
		return false
	}
	stable := i.stable.FunctionConfiguration
	shared := differences(sharedSettings, stable, candidate.FunctionConfiguration)
	own := differences(ownSettings, stable, candidate.FunctionConfiguration)
	if i.target.isReturn() || i.target.alias == "" {
		shared, own = nil, append(shared, own...)
	}
	for _, setting := range shared {
		i.refuse(fmt.Sprintf("%s and version %s of function %s differ in their %s, and AWS splits traffic only between versions that share it", name, i.found.Split.Stable, i.target.function, setting),
			fmt.Sprintf("set it back with `aws lambda update-function-configuration --function-name %s`, or move the alias to a version with the new one by hand", i.target.function))
	}
	if len(own) > 0 {
		i.note("the configuration of %s differs from that of version %s in: %s; it goes out with this release",
			name, i.found.Split.Stable, describeDifferences(own, stable, candidate.FunctionConfiguration))
	}
	return len(shared)+len(own) > 0
}

// lookAtConcurrency wants no provisioned concurrency on the alias: AWS does not
// let such an alias have weights, which a return does not need. On a version it does
// no harm, and is copied.
func (i *inspection) lookAtConcurrency(ctx context.Context) error {
	if i.stable == nil {
		return nil
	}
	t, stable := i.target, i.found.Split.Stable
	onAlias, err := t.concurrency(ctx, t.alias)
	if err != nil {
		return err
	}
	if onAlias != nil {
		wanted := aws.ToInt32(onAlias.RequestedProvisionedConcurrentExecutions)
		if t.isReturn() {
			i.note("%s has provisioned concurrency of %d, which AWS allocates anew for %s once the alias has moved: until then, more of its requests start cold", t.aliasName(), wanted, t.candidate())
			return nil
		}
		i.refuse(fmt.Sprintf("%s has provisioned concurrency of %d, and AWS gives no weights to an alias that has it", t.aliasName(), wanted),
			fmt.Sprintf("move it to the version, in the order that AWS accepts: first aws lambda delete-provisioned-concurrency-config --function-name %s --qualifier %s, then aws lambda put-provisioned-concurrency-config --function-name %s --qualifier %s --provisioned-concurrent-executions %d; Goldfinch gives every new version the same",
				t.function, t.alias, t.function, stable, wanted))
		return nil
	}
	return i.lookAtVersionsConcurrency(ctx)
}

// lookAtVersionsConcurrency notes what provisioned concurrency on the stable version means.
func (i *inspection) lookAtVersionsConcurrency(ctx context.Context) error {
	if i.stable == nil {
		return nil
	}
	t, stable := i.target, i.found.Split.Stable
	onVersion, err := t.concurrency(ctx, stable)
	if err != nil {
		return err
	}
	if onVersion != nil {
		i.note("version %s has provisioned concurrency of %d: %s gets the same before any traffic, so both are paid for until the old one is retired",
			stable, aws.ToInt32(onVersion.RequestedProvisionedConcurrentExecutions), t.candidate())
	}
	return nil
}

// lookAtCallers wants nobody to call $LATEST, when this release changes that.
func (i *inspection) lookAtCallers(ctx context.Context) error {
	t := i.target
	if i.present == nil || t.isReturn() {
		return nil
	}
	callers, err := t.unqualifiedCallers(ctx)
	if err != nil || len(callers) == 0 {
		return err
	}
	what := fmt.Sprintf("function %s is called without an alias, and such callers get new code at once and untested: %s", t.function, strings.Join(callers, "; "))
	if t.document.Target.Lambda.UnqualifiedCallers == release.WarnUnqualifiedCallers {
		i.note("%s", what)
		return nil
	}
	i.refuse(what, fmt.Sprintf("let them call %s:%s, or say target.lambda.unqualifiedCallers: %s", t.function, t.alias, release.WarnUnqualifiedCallers))
	return nil
}
