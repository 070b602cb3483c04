package flag

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/appconfig/types"

	"github.com/goldfinch-dev/goldfinch/internal/judge"
	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// What AppConfig's schema of feature flags allows of each flag. Its bound on a rule, 16,384 characters, is more than the rungs of a
// ladder can fill
// (https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-type-reference-feature-flags.html).
const (
	mostAttributes = 25
	mostVariants   = 32
)

// lookAtRoom wants room for one more variant, and for the attributes that it has.
func (i *inspection) lookAtRoom(found state, variants []variant) {
	flag := i.target.match().Flag
	if len(variants) >= mostVariants {
		i.refuse(fmt.Sprintf("flag %s has %d variants, and AppConfig allows no more than %d", flag, len(variants), mostVariants), "take one out, or use a flag of its own for releases")
	}
	defined := 0
	if at, ok := find(found.content, "flags", flag, attributesKey); ok {
		defined = len(members(found.content, at))
	}
	if defined+len(attributes()) > mostAttributes {
		i.refuse(fmt.Sprintf("flag %s has %d attributes, AppConfig allows no more than %d, and Goldfinch adds %d", flag, defined, mostAttributes, len(attributes())),
			"take attributes out, or use a flag of its own for releases")
	}
}

// lookAtMonitors wants none of the alarms that the environment monitors to be in ALARM: AppConfig would roll the flag back, or
// might. Those that are not in this account and Region can't be seen.
func (i *inspection) lookAtMonitors(ctx context.Context, at place) error {
	var names []string
	for _, monitor := range at.monitors {
		if parsed, err := arn.Parse(aws.ToString(monitor.AlarmArn)); err == nil {
			names = append(names, strings.TrimPrefix(parsed.Resource, "alarm:"))
		}
	}
	if len(names) == 0 {
		return nil
	}
	alarms, err := i.target.Alarms(ctx, names)
	if err != nil {
		return err
	}
	for _, alarm := range alarms {
		if alarm.State == judge.AlarmFiring {
			i.refuse(fmt.Sprintf("alarm %s, which environment %s monitors, is in ALARM: AppConfig would roll back what is deployed there", alarm.Name, i.target.match().Environment),
				"wait until it is OK, or take it from the environment's monitors")
		}
	}
	return nil
}

// outOfRoom is the failure of something that AppConfig has no room for; any other error is as it was.
func outOfRoom(err error, what, mend string) error {
	if !call.Is[*types.PayloadTooLargeException](err) && !call.Is[*types.ServiceQuotaExceededException](err) {
		return err
	}
	return release.Fail(release.KindUnhealthy, "AWS AppConfig has no room for %s", what).Because(err).WithHint("%s, or ask AWS for more (Service Quotas)", mend)
}
