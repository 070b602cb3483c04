package route53

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	awsroute53 "github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
	"github.com/goldfinch-dev/goldfinch/internal/target/measure"
)

// Preflight looks at everything that would stop the release half way, and writes nothing. What it may not read is a reason to refuse, too.
func (t *Target) Preflight(ctx context.Context) (target.Preflight, error) {
	i := inspection{target: t}
	checks := []func(context.Context) error{
		i.lookAtZone, i.lookAtRecords, i.lookAtStable, i.lookAtCandidate, i.lookAtLeftBehind, i.lookAtTemplate, i.lookAtImage, i.lookAtPeriods, i.lookAtAlarms,
	}
	for _, check := range checks {
		err := check(ctx)
		if call.IsDenied(err) {
			i.refuse(err.Error(), "allow that action on that resource in the policy of Goldfinch's role")
		} else if err != nil {
			return target.Preflight{}, err
		}
	}
	return i.found, i.failure()
}

// An inspection is one Preflight as far as it has come.
type inspection struct {
	target  *Target
	found   target.Preflight
	reasons []string
	present records
	// gone: the zone can't be read, and so neither can its records.
	gone bool
}

// refuse adds a reason, and how to mend it, which may be empty.
func (i *inspection) refuse(what, mend string) {
	if mend != "" {
		what += "; " + mend
	}
	i.reasons = append(i.reasons, what)
}

// note adds what a person should know.
func (i *inspection) note(format string, arguments ...any) {
	i.found.Notes = append(i.found.Notes, fmt.Sprintf(format, arguments...))
}

// failure is every reason in one KindRefused failure; nil when there is none.
func (i *inspection) failure() error {
	switch len(i.reasons) {
	case 0:
		return nil
	case 1:
		return release.Fail(release.KindRefused, "%s", i.reasons[0])
	}
	parts := make([]string, len(i.reasons))
	for n, reason := range i.reasons {
		parts[n] = fmt.Sprintf("(%d) %s", n+1, reason)
	}
	return release.Fail(release.KindRefused, "%d things stand in the way: %s", len(parts), strings.Join(parts, ". "))
}

// lookAtZone wants a public zone that has the name and lets this service write its records.
func (i *inspection) lookAtZone(ctx context.Context) error {
	t, id := i.target, aws.String(i.target.settings.HostedZone)
	i.gone = true
	found, err := call.Do(ctx, "route53: read hosted zone "+*id, t.options.Records.GetHostedZone, &awsroute53.GetHostedZoneInput{Id: id})
	if call.Is[*types.NoSuchHostedZone](err) {
		i.refuse("hosted zone "+*id+" does not exist", "name one of this account in target.route53.hostedZone")
		return nil
	}
	if err != nil {
		return err
	}
	i.gone = false
	if zone := absolute(aws.ToString(found.HostedZone.Name)); t.name != zone && !strings.HasSuffix(t.name, "."+zone) {
		i.refuse(fmt.Sprintf("%s is not in hosted zone %s, which is that of %s", t.settings.Record, *id, zone), "correct target.route53")
	}
	if config := found.HostedZone.Config; config != nil && config.PrivateZone {
		i.note("hosted zone %s is private: its resolvers are those of its networks", *id)
	}
	tags, err := call.Do(ctx, "route53: read tags of hosted zone "+*id, t.options.Records.ListTagsForResource, &awsroute53.ListTagsForResourceInput{
		ResourceType: types.TagResourceTypeHostedzone, ResourceId: id,
	})
	if err != nil {
		return err
	}
	services := ""
	for _, tag := range tags.ResourceTagSet.Tags {
		if aws.ToString(tag.Key) == TagService {
			services = aws.ToString(tag.Value)
		}
	}
	if !slices.Contains(strings.Fields(services), t.document.Service) {
		wanted := strings.Join(append(strings.Fields(services), t.document.Service), " ")
		i.refuse(fmt.Sprintf("hosted zone %s has tag %s=%q, which does not name service %s, so nobody has allowed Goldfinch to change its records for it", *id, TagService, services, t.document.Service),
			fmt.Sprintf("allow it with: aws route53 change-tags-for-resource --resource-type hostedzone --resource-id %s --add-tags 'Key=%s,Value=%s'", *id, TagService, wanted))
	}
	return nil
}

// lookAtRecords wants records that are this service's, all of one version, and soon forgotten.
func (i *inspection) lookAtRecords(ctx context.Context) error {
	if i.gone {
		return nil
	}
	t := i.target
	present, err := t.read(ctx)
	if err != nil {
		return err
	}
	if present.trouble != "" {
		i.refuse(present.trouble, present.mend)
		i.gone = true
		return nil
	}
	i.present = present
	i.lookAtAudience()
	i.lookAtSize()
	if !present.exist() {
		i.found.First = true
		i.note("%s does not exist yet and will be created at promotion; resolvers that are asked for it before keep for up to 15 minutes that there is none", t.about())
		return nil
	}
	split := t.split(present)
	i.found.Split = split
	if !split.IsPure() || !t.isExactly(present, split) {
		i.refuse(fmt.Sprintf("%s stands at %s, which no release of Goldfinch is doing", t.about(), split), "if nobody else is releasing, delete the records that should have no traffic")
	}
	ttl := present.ttl()
	if rollback := t.options.Propagation + ttl; rollback > t.settings.MaxRollback.Std() {
		i.refuse(fmt.Sprintf("%s has a TTL of %s, so that a rollback takes up to %s, longer than maxRollback, %s", t.about(), ttl, rollback, t.settings.MaxRollback),
			"lower the record's TTL, or write a longer maxRollback")
	}
	if set := present.groups[0].sets[0]; set.TTL != nil && ttl != t.settings.TTL.Std() {
		i.note("%s keeps its TTL of %s; the document's %s is for records that don't exist yet", t.about(), ttl, t.settings.TTL)
	}
	return nil
}

// lookAtAudience wants a branch of the tree for every rung, which no other rung shares.
func (i *inspection) lookAtAudience() {
	t := i.target
	taken := map[string]string{}
	for _, rung := range t.document.Strategy.Audience {
		for _, country := range rung.Match.Country {
			at := slices.IndexFunc(i.present.groups, func(g group) bool { return slices.Contains(g.countries, country) })
			switch {
			case at <= 0:
				i.refuse(fmt.Sprintf("audience %s is country %s, which has no branch of its own in %s", rung.Name, country, t.about()),
					"make the name's records geolocation aliases: one with CountryCode "+country+" to a name of the same zone with weighted records, and one with CountryCode * to another such name")
			case taken[i.present.groups[at].name] != "" && taken[i.present.groups[at].name] != rung.Name:
				i.refuse(fmt.Sprintf("audiences %s and %s share the branch %s", taken[i.present.groups[at].name], rung.Name, i.present.groups[at].name), "give each a name of its own")
			default:
				taken[i.present.groups[at].name] = rung.Name
			}
		}
	}
	for _, g := range i.present.groups {
		for _, place := range g.countries {
			rung := taken[g.name]
			if rung != "" && !slices.ContainsFunc(t.document.Strategy.Audience, func(a release.Audience) bool { return slices.Contains(a.Match.Country, place) }) {
				i.note("the branch %s of audience %s is also that of %s", g.name, rung, place)
			}
		}
	}
}

// mostCharacters is how many all values of a batch may have together. Of the other limit, 1,000 values, the 100 records that a name may have
// leave enough: each branch has at most four in a batch
// (https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html#limits-api-requests-changeresourcerecordsets).
const mostCharacters = 32_000

// lookAtSize wants the greatest shift to fit into a batch: of each branch it deletes two records and creates two. An alias has no value.
func (i *inspection) lookAtSize() {
	const changes = 4
	characters := 0
	for _, g := range i.present.groups {
		longest := 0
		for _, set := range g.sets {
			for _, record := range set.ResourceRecords {
				longest = max(longest, len(aws.ToString(record.Value)))
			}
		}
		characters += changes * longest
	}
	if markers := 2 * len(mark{service: i.target.document.Service, environment: i.target.document.Environment, stable: i.target.candidate()}.String()); characters+markers > mostCharacters {
		i.refuse(fmt.Sprintf("%s has %d branches, and the values of their records, %d characters in one batch, would be more than Route 53's %d", i.target.about(), len(i.present.groups), characters, mostCharacters),
			"make fewer branches, or let their records be aliases")
	}
}

// lookAtStable wants the record that is there to lead to a stack of this service.
func (i *inspection) lookAtStable(ctx context.Context) error {
	version := i.found.Split.Stable
	if version == "" {
		return nil
	}
	t := i.target
	found, exists, err := t.readStack(ctx, version)
	switch {
	case err != nil:
		return err
	case !exists:
		i.refuse(fmt.Sprintf("%s has set identifier %s, and there is no stack of that name to go back to", t.about(), version), "give it the name of the stack that it leads to")
	case !t.owns(found):
		i.refuse(fmt.Sprintf("stack %s, which %s leads to, is not tagged %s=%s", version, t.about(), TagService, t.document.Service),
			"tag it, if it is that service's: "+found.tagging(TagService, t.document.Service))
	case !found.isComplete():
		i.refuse(fmt.Sprintf("stack %s, which has the traffic, is %s", version, found.status), "mend it")
	default:
		if _, err := t.endpoint(found); err != nil {
			i.refuse(err.Error(), "")
		}
	}
	if why := t.kept(found); exists && why != "" {
		i.note("stack %s %s, and so is not deleted when it has no traffic any more", version, why)
	}
	return nil
}

// lookAtCandidate wants a version that is another than the stable one, and whose name nobody has taken.
func (i *inspection) lookAtCandidate(ctx context.Context) error {
	t, name := i.target, i.target.candidate()
	if name == i.found.Split.Stable {
		i.refuse(fmt.Sprintf("nothing to release: stack %s is the one that users of %s have", name, t.settings.Record), "name another version")
		return nil
	}
	if !stackPattern.MatchString(name) {
		i.refuse(fmt.Sprintf("%s is no name of a stack", name), "")
		return nil
	}
	found, exists, err := t.readStack(ctx, name)
	switch {
	case err != nil:
		return err
	case exists && (!t.owns(found) || !t.isReturn() && found.tags[TagRelease] != t.options.Release):
		i.refuse(fmt.Sprintf("there is a stack %s already, which this release did not make", name), "delete it, if it is nobody's")
	case exists && t.isOfAnotherRecord(found):
		i.refuse(t.elsewhere(found))
	case !exists && t.isReturn() && t.document.Artifact.AMI == "" && t.document.Artifact.Image == nil:
		i.refuse(fmt.Sprintf("stack %s is gone, and the document does not say which image to make it of again", name), "release the artifact instead, by artifact.ami")
	case !exists && t.isReturn():
		i.note("stack %s is gone, and is made again of %s", name, t.document.Artifact)
	}
	return nil
}

// lookAtLeftBehind notes the stacks of releases that no release of this record deletes: most likely the document named another before.
func (i *inspection) lookAtLeftBehind(ctx context.Context) error {
	if i.gone {
		return nil
	}
	t := i.target
	stacks, err := t.allStacks(ctx)
	if err != nil {
		return err
	}
	for _, s := range stacks {
		if why := t.kept(s); t.made(s) && why != "" && !i.present.has(s.name) && s.name != t.candidate() {
			i.note("stack %s %s, and so is left alone; if nothing leads users to it any more, delete it: aws cloudformation delete-stack --stack-name %s", s.name, why, s.name)
		}
	}
	return nil
}

// lookAtTemplate wants a template that CloudFormation can read, with the parameters that it gets, and no others without a default.
func (i *inspection) lookAtTemplate(ctx context.Context) error {
	t := i.target
	if !strings.HasPrefix(t.settings.Template, "s3://") {
		i.refuse("the template "+t.settings.Template+" is not in S3", "goldfinch deploy copies it there")
		return nil
	}
	read, err := call.Do(ctx, "cloudformation: read template "+t.settings.Template, t.options.Stacks.ValidateTemplate, &cloudformation.ValidateTemplateInput{TemplateURL: aws.String(t.templateURL())})
	if call.Code(err) == "ValidationError" {
		i.refuse(fmt.Sprintf("the template %s is no good: %v", t.settings.Template, err), "")
		return nil
	}
	if err != nil {
		return err
	}
	given := map[string]bool{t.settings.ImageParameter: true, t.settings.ReleaseParameter: true}
	for name := range t.settings.Parameters {
		given[name] = true
	}
	for _, parameter := range read.Parameters {
		name := aws.ToString(parameter.ParameterKey)
		if !given[name] && parameter.DefaultValue == nil {
			i.refuse(fmt.Sprintf("the template's parameter %s has no value and no default", name), "give it in target.route53.parameters")
		}
		delete(given, name)
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		i.refuse(fmt.Sprintf("the template %s has no parameter %s, which it is given", t.settings.Template, name), "declare it there, or correct target.route53")
	}
	for _, capability := range read.Capabilities {
		named := string(capability)
		ok := slices.Contains(t.settings.Capabilities, named) || named == "CAPABILITY_IAM" && slices.Contains(t.settings.Capabilities, "CAPABILITY_NAMED_IAM")
		if !ok {
			i.refuse("the template needs "+named, "name it in target.route53.capabilities")
		}
	}
	return nil
}

// lookAtImage wants an image that can be had.
func (i *inspection) lookAtImage(ctx context.Context) error {
	t := i.target
	if t.document.Artifact.AMI == "" && t.document.Artifact.Image == nil {
		return nil // a return, which lookAtCandidate has looked at
	}
	notes, problems, err := t.options.Image.Preflight(ctx)
	i.found.Notes = append(i.found.Notes, notes...)
	for _, problem := range problems {
		i.refuse(problem, "")
	}
	return err
}

// lookAtPeriods wants periods that CloudWatch has metrics of.
func (i *inspection) lookAtPeriods(context.Context) error {
	t := i.target
	if period := t.document.Analysis.Period.Std(); !t.options.ShortPeriods && t.document.Analysis.Metrics != nil && period%time.Minute != 0 {
		i.refuse(fmt.Sprintf("analysis.period is %s, and the metrics of load balancers have periods of a minute", t.document.Analysis.Period), "write a whole number of minutes")
	}
	return nil
}

// lookAtAlarms wants every named alarm to exist.
func (i *inspection) lookAtAlarms(ctx context.Context) error {
	alarms, err := i.target.Alarms(ctx, i.target.document.Analysis.Alarms)
	if err != nil {
		return err
	}
	if missing := measure.Missing(alarms); missing != "" {
		i.refuse(missing, "create them, or take them out of analysis.alarms")
	}
	return nil
}
