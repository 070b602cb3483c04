package flag

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/appconfig"
	"github.com/aws/aws-sdk-go-v2/service/appconfig/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// What a configuration profile must be for a flag.
const (
	featureFlags = "AWS.AppConfig.FeatureFlags"
	hosted       = "hosted"
)

// Preflight is that of the target behind the flag, and looks whether the flag is there, is the service's, and free.
func (t *Target) Preflight(ctx context.Context) (target.Preflight, error) {
	found, err := t.Target.Preflight(ctx)
	i := inspection{target: t}
	if err := i.keep(err); err != nil {
		return found, err
	}
	if err := i.keep(i.look(ctx)); err != nil {
		return found, err
	}
	found.Notes = append(found.Notes, i.notes...)
	return found, i.failure()
}

// An inspection is one Preflight as far as it has come.
type inspection struct {
	target  *Target
	notes   []string
	reasons []string
}

func (i *inspection) refuse(what, mend string) { i.reasons = append(i.reasons, what+"; "+mend) }

func (i *inspection) note(format string, arguments ...any) {
	i.notes = append(i.notes, fmt.Sprintf(format, arguments...))
}

// keep takes down a reason to refuse, and returns every other error.
func (i *inspection) keep(err error) error {
	kind, _ := release.KindOf(err)
	switch {
	case err == nil:
		return nil
	case kind == release.KindRefused:
		i.reasons = append(i.reasons, err.Error())
		return nil
	case call.IsDenied(err):
		i.refuse(err.Error(), "allow that action on that resource in the policy of Goldfinch's role")
		return nil
	default:
		return err
	}
}

// failure is every reason in one KindRefused failure; nil when there is none.
func (i *inspection) failure() error {
	if len(i.reasons) == 0 {
		return nil
	}
	return release.Fail(release.KindRefused, "%s", strings.Join(i.reasons, ". And: "))
}

// look looks at everything that the flag needs.
func (i *inspection) look(ctx context.Context) error {
	t := i.target
	if _, ok := t.Target.(Addressed); !ok && !t.ladder.byHeader {
		return t.unaddressed()
	}
	match := t.match()
	for n, rung := range t.ladder.rungs {
		if byFlag(rung) && !sameFlag(*rung.Match.Flag, match) {
			i.refuse(fmt.Sprintf("strategy.audience[%d]: audience %s is told by another flag or variant than those before it", n, rung.Name), "let the rungs of one ladder differ in rule, key and share alone")
		}
	}
	at, err := t.find(ctx)
	if err != nil {
		return err
	}
	if at.kind != featureFlags || at.store != hosted {
		i.refuse(fmt.Sprintf("configuration profile %s is of type %q in store %q", match.Profile, at.kind, at.store), "name a profile of type "+featureFlags+" in AppConfig's hosted store")
		return nil
	}
	if err := i.keep(i.lookAtOwner(ctx, at)); err != nil {
		return err
	}
	if at.state == types.EnvironmentStateDeploying || at.state == types.EnvironmentStateRollingBack {
		i.refuse(fmt.Sprintf("environment %s is %s: AppConfig deploys one configuration at a time", match.Environment, at.state), "wait for that deployment, its bake time included")
	}
	if len(at.monitors) > 0 {
		i.note("environment %s monitors %d alarms: they roll back a deployment of the flag that is still in progress, by AppConfig's own decision", match.Environment, len(at.monitors))
	}
	if err := i.keep(i.lookAtMonitors(ctx, at)); err != nil {
		return err
	}
	found, err := t.look(ctx)
	if err != nil {
		return err
	}
	return i.lookAtFlag(found)
}

// sameFlag reports whether two matches are of one variant of one flag.
func sameFlag(a, b release.FlagMatch) bool {
	a.Rule, a.Key = b.Rule, b.Key
	return a == b
}

// lookAtFlag wants the flag to have variants, and the one of the audience to be Goldfinch's to make.
func (i *inspection) lookAtFlag(found state) error {
	match := i.target.match()
	variants, err := variantsOf(found.content, match.Flag)
	if err != nil {
		return err
	}
	_, exists := find(found.content, "values", match.Flag)
	_, defined := find(found.content, "flags", match.Flag)
	switch {
	case !exists || !defined:
		i.refuse(fmt.Sprintf("version %d of configuration profile %s, which is deployed, has no flag %s", found.version, match.Profile, match.Flag), "add and deploy it, or name another in match.flag.flag")
	case len(variants) == 0:
		i.refuse(fmt.Sprintf("flag %s is a basic one", match.Flag), "make it a multi-variant flag with a default variant, and deploy that")
	case slices.ContainsFunc(variants, func(one variant) bool { return one.Name == match.Variant }):
		i.refuse(fmt.Sprintf("flag %s has %s already", match.Flag, i.whose(found, variants)), "name a variant in match.flag.variant that only Goldfinch makes, or take that one out")
	default:
		i.lookAtRoom(found, variants)
	}
	if found.latest > found.version {
		i.note("version %d of configuration profile %s is not deployed: the release is made from version %d, which is; whoever deploys what was edited before the release ends takes its variant out", found.latest, match.Profile, found.version)
	}
	i.note("whom flag %s tells of the canary changes within %s of a deployment, as often as the AppConfig Agent asks; a shorter POLL_INTERVAL makes rollbacks shorter", match.Flag, agentPoll)
	return nil
}

// whose says what the variant is that is there.
func (i *inspection) whose(found state, variants []variant) string {
	if found.standing.foreign != "" {
		return found.standing.foreign
	}
	match := i.target.match()
	at := slices.IndexFunc(variants, func(one variant) bool { return one.Name == match.Variant })
	return fmt.Sprintf("variant %s with rule %s, of this release", match.Variant, variants[at].Rule)
}

// lookAtOwner wants the tag [TagService] on the profile with the document's service, and on its application and environment with any: whoever may write
// the flag must have all three (docs/permissions.md), and services may share the latter two.
func (i *inspection) lookAtOwner(ctx context.Context, at place) error {
	t := i.target
	who, err := call.Do(ctx, "sts: ask in which account this is", t.identity.GetCallerIdentity, &sts.GetCallerIdentityInput{})
	if err != nil {
		return err
	}
	caller, err := arn.Parse(aws.ToString(who.Arn))
	if err != nil {
		return fmt.Errorf("sts: read the caller's ARN: %w", err)
	}
	match, application := t.match(), "application/"+at.application
	for _, one := range []struct {
		name, resource string
		shared         bool
	}{
		{"application " + match.Application, application, true},
		{"environment " + match.Environment, application + "/environment/" + at.environment, true},
		{"configuration profile " + match.Profile, application + "/configurationprofile/" + at.profile, false},
	} {
		resource := arn.ARN{Partition: caller.Partition, Service: "appconfig", Region: t.region, AccountID: aws.ToString(who.Account), Resource: one.resource}.String()
		out, err := call.Do(ctx, "appconfig: read the tags of "+resource, t.appConfig.ListTagsForResource, &appconfig.ListTagsForResourceInput{ResourceArn: &resource})
		if err != nil {
			return err
		}
		switch owner := out.Tags[TagService]; {
		case owner == "":
			i.refuse(fmt.Sprintf("%s has no tag %s, so nobody has allowed Goldfinch to change the flag", one.name, TagService),
				fmt.Sprintf("allow it with: aws appconfig tag-resource --resource-arn %s --tags %s=%s", resource, TagService, t.document.Service))
		case owner != t.document.Service && !one.shared:
			i.refuse(fmt.Sprintf("%s is tagged %s=%s, so it does not belong to service %s", one.name, TagService, owner, t.document.Service),
				"name that service in the document, or another flag")
		}
	}
	return nil
}
