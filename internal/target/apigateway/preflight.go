package apigateway

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
	"github.com/goldfinch-dev/goldfinch/internal/target/lambda"
)

// Preflight looks at everything that would stop the release half way, and writes nothing. What it may not read is a reason to
// refuse, too. A stage exists with a deployment, so there is no first release.
func (t *Target) Preflight(ctx context.Context) (target.Preflight, error) {
	ctx, cancel := context.WithTimeout(ctx, preflightTimeout)
	defer cancel()
	present, err := t.look(ctx)
	if call.IsDenied(err) {
		err = release.Fail(release.KindRefused, "%s may not be read", t.stageName()).Because(err).
			WithHint("allow apigateway:GET on /restapis/%s and what is below it in the policy of Goldfinch's role", t.settings.RestAPI)
	}
	if err != nil {
		return target.Preflight{}, err
	}
	i := inspection{target: t, present: present}
	for _, check := range []func(context.Context) error{i.lookAtOwner, i.lookAtCanary, i.lookAtVariable, i.lookAtIntegrations, i.lookAtFunction} {
		err := check(ctx)
		if call.IsDenied(err) {
			i.refuse("allow that action on that resource in the policy of Goldfinch's role", "%v", err)
		} else if err != nil {
			return target.Preflight{}, err
		}
	}
	if present.cached {
		i.note("%s has a cache: a request that it answers reaches no version, and is not counted", t.stageName())
	}
	return target.Preflight{Split: present.split(), Notes: i.notes}, lambda.Refusal(i.reasons)
}

// An inspection is one Preflight as far as it has come.
type inspection struct {
	target  *Target
	present state
	notes   []string
	reasons []lambda.Reason
	// stable is the function's version that users have; empty when there is none.
	stable string
}

// refuse adds a reason, and how to mend it.
func (i *inspection) refuse(mend, format string, arguments ...any) {
	i.reasons = append(i.reasons, lambda.Reason{What: fmt.Sprintf(format, arguments...), Mend: mend})
}

// note adds what a person should know.
func (i *inspection) note(format string, arguments ...any) {
	i.notes = append(i.notes, fmt.Sprintf(format, arguments...))
}

// lookAtOwner wants a stage that opted in.
func (i *inspection) lookAtOwner(ctx context.Context) error {
	wrong, err := i.target.disowned(ctx, i.present.stage)
	if err == nil && wrong != nil {
		i.reasons = append(i.reasons, *wrong)
	}
	return err
}

// lookAtCanary wants a stage without a canary, but for one that a release left without traffic.
func (i *inspection) lookAtCanary(context.Context) error {
	settings := i.present.canary
	if settings == nil {
		return nil
	}
	made, _ := i.present.find(settings.deployment)
	if i.present.isSelf() || settings.percent == 0 && made.isOurs() {
		i.note("%s still has canary settings, by which no request goes elsewhere; this release replaces them", i.target.stageName())
		return nil
	}
	i.refuse("if nobody else is releasing, clear it with: "+i.target.removeCanary(),
		"%s has a canary, deployment %s at %s%%, which no release of Goldfinch is doing", i.target.stageName(), settings.deployment, release.Percent(settings.percent))
	return nil
}

// lookAtVariable wants the stage variable to hold a version that was published.
func (i *inspection) lookAtVariable(context.Context) error {
	t, variable := i.target, i.present.variables[i.target.settings.Variable]
	made, _ := i.present.find(i.present.deployment)
	mend := fmt.Sprintf("set it to the version that users should have: aws apigateway update-stage --rest-api-id %s --stage-name %s --patch-operations op=replace,path=/variables/%s,value=VERSION",
		t.settings.RestAPI, t.settings.Stage, t.settings.Variable)
	switch {
	case variable == "":
		i.refuse(mend, "%s has no variable %s, which is to hold the version of function %s", t.stageName(), t.settings.Variable, t.settings.Function)
	case strings.Trim(variable, "0123456789") != "":
		i.refuse(mend, "variable %s of %s is %q, which is not the number of a published version", t.settings.Variable, t.stageName(), variable)
	case made.isOurs() && made.version != variable:
		i.refuse(mend, "variable %s of %s is %s, but its deployment %s was made for version %s", t.settings.Variable, t.stageName(), variable, made.id, made.version)
	default:
		i.stable = variable
	}
	return nil
}

// lookAtIntegrations wants the API to invoke the function by the variable alone, and to be allowed to.
func (i *inspection) lookAtIntegrations(ctx context.Context) error {
	t := i.target
	found, err := t.readIntegrations(ctx)
	if err != nil {
		return err
	}
	uri := fmt.Sprintf("FUNCTION:${stageVariables.%s}", t.settings.Variable)
	if len(found.fixed) > 0 {
		i.refuse("let them invoke "+uri+" and deploy the API", "these methods of REST API %s invoke function %s by something else than the stage variable %s, and so follow no canary: %s",
			t.settings.RestAPI, t.settings.Function, t.settings.Variable, strings.Join(found.fixed, "; "))
	}
	if len(found.byVariable) == 0 {
		i.refuse("let its integrations invoke "+uri+" and deploy the API", "no method of REST API %s invokes function %s by the stage variable %s", t.settings.RestAPI, t.settings.Function, t.settings.Variable)
	}
	if i.stable == "" || !found.permitted {
		return nil
	}
	allowed, err := t.isAllowed(ctx, i.stable)
	if err != nil || allowed {
		return err
	}
	i.refuse(fmt.Sprintf("allow it with: aws lambda add-permission --function-name %s --qualifier %s --statement-id %s --action lambda:InvokeFunction --principal apigateway.amazonaws.com",
		t.settings.Function, i.stable, t.statementID()),
		"version %s of function %s does not allow API Gateway to invoke it: its users, and those of a rollback, get errors", i.stable, t.settings.Function)
	return nil
}

// lookAtFunction is the inspection of the function, and of what a return goes back to.
func (i *inspection) lookAtFunction(ctx context.Context) error {
	t, version := i.target, ""
	if asked := t.document.Request.Version; asked != "" {
		if asked == i.present.deployment {
			i.refuse("name another one", "nothing to release: deployment %s is the one that %s has", asked, t.stageName())
			return nil
		}
		if version = i.present.version(asked); version == "" {
			missing := t.versionMissing(i.present, asked)
			i.refuse(missing.Hint, "%s", missing.Reason)
			return nil
		}
	}
	if i.stable == "" {
		return nil
	}
	notes, reasons, err := t.function(version).Inspection(ctx, i.stable)
	i.notes, i.reasons = append(i.notes, notes...), append(i.reasons, reasons...)
	var failure *release.Failure
	if errors.As(err, &failure) && failure.Kind == release.KindRefused {
		i.refuse(failure.Hint, "%s", failure.Reason)
		return nil
	}
	return err
}
