package fleet

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// TagSurge is the size, DESIRED/MAXIMUM, that a group had before it got an instance more for the time of a replacement.
const TagSurge = "goldfinch:surge"

// Mend replaces one instance of a group: it terminates it, and Auto Scaling starts another of the group's version. It keeps to the document's Drift:
//
//   - of the wanted instances, at least HealthyPercent stay in service, and healthy in targetGroup unless that is empty;
//   - no more than AtOnce are being replaced;
//   - where the floor allows none, as in a group of one, the group gets one instance more first, beyond its maximum if need be,
//     and loses the old one together with that, once; the tag [TagSurge] keeps what its size was. A size that somebody else gives it meanwhile stays;
//   - after Repeats replacements within a day, as the group's activities tell, it is left to a person: a KindRefused failure.
//
// Check is called before each write; nil is no check. Mend goes as far as it can without waiting; while it is not done, it is called again.
func (f *Fleet) Mend(ctx context.Context, group Group, instance, targetGroup string, check func(context.Context) error) (done bool, err error) {
	present, err := f.Named(ctx, group.Name)
	if err != nil {
		return false, err
	}
	if !present.Exists() || present.Deleting || !f.owns(present) {
		return false, f.missing(group.Version)
	}
	if check == nil {
		check = func(context.Context) error { return nil }
	}
	repair := repair{fleet: f, group: present, instance: instance, check: check}
	if repair.healthy, err = f.serving(ctx, present, targetGroup); err != nil {
		return false, err
	}
	return repair.run(ctx)
}

// serving are the instances of a group that answer requests.
func (f *Fleet) serving(ctx context.Context, group Group, targetGroup string) (map[string]bool, error) {
	var states map[string]Health
	if targetGroup != "" {
		var err error
		if states, err = f.Health(ctx, targetGroup); err != nil {
			return nil, err
		}
	}
	healthy := map[string]bool{}
	for _, instance := range group.Instances {
		if instance.Serving() && (targetGroup == "" || states[instance.ID].Healthy()) {
			healthy[instance.ID] = true
		}
	}
	return healthy, nil
}

// A repair is one Mend as far as it has come.
type repair struct {
	fleet    *Fleet
	group    Group
	instance string
	healthy  map[string]bool
	check    func(context.Context) error
}

func (r repair) run(ctx context.Context) (done bool, err error) {
	at := slices.IndexFunc(r.group.Instances, func(one Instance) bool { return one.ID == r.instance })
	before, tagged := r.surge()
	surging := tagged && r.isSurging(before)
	if tagged && !surging {
		return at < 0 && r.whole(), r.calm(ctx, before)
	}
	if at < 0 || strings.HasPrefix(r.group.Instances[at].State, "Terminat") {
		if surging && at < 0 && r.whole() {
			return false, r.shrink(ctx, before)
		}
		return at < 0 && r.whole(), nil
	}
	if err := r.fleet.weary(ctx, r.group); err != nil {
		return false, err
	}
	wanted, drift := r.group.Desired, r.fleet.document.Drift
	if surging {
		wanted-- // one of them is there for the time only
	}
	floor := int(math.Ceil(float64(wanted) * aws.ToFloat64(drift.HealthyPercent) / 100))
	left := len(r.healthy)
	if r.healthy[r.instance] {
		left--
	}
	switch replacing := max(r.group.Desired-len(r.healthy), 0); {
	case left >= floor && (!r.healthy[r.instance] || replacing < max(drift.AtOnce, 1)):
		return false, r.terminate(ctx, before, surging)
	case left < floor && !surging && wanted-1 < floor:
		return false, r.grow(ctx)
	default:
		return false, nil // others are being replaced, or start
	}
}

// whole reports whether the group has all its instances, and each of them answers requests.
func (r repair) whole() bool {
	return len(r.healthy) >= r.group.Desired && len(r.healthy) == len(r.group.Instances)
}

// terminate ends the instance, together with the one that the group has too many.
func (r repair) terminate(ctx context.Context, before size, surging bool) error {
	if err := r.check(ctx); err != nil {
		return err
	}
	if err := r.fleet.terminate(ctx, r.group, r.instance, surging); err != nil || !surging {
		return err
	}
	r.group.Desired--
	return r.calm(ctx, before)
}

// A size is a group's.
type size struct{ desired, maximum int }

// surge is the size of a group before it got an instance more; tagged is false when it has got none.
func (r repair) surge() (before size, tagged bool) {
	value, tagged := r.group.Tag(TagSurge)
	if _, err := fmt.Sscanf(value, "%d/%d", &before.desired, &before.maximum); tagged && err != nil {
		return size{r.group.Desired, r.group.Maximum}, true // somebody else wrote it
	}
	return before, tagged
}

// isSurging reports whether the group still has the one instance more. With any other size it has not: a scaling policy or a person has said meanwhile
// how many there shall be, and that one is among them.
func (r repair) isSurging(before size) bool {
	return r.group.Desired == before.desired+1 && r.group.Minimum <= before.desired
}

// grow gives the group one instance more. The tag is written first, so that whoever comes after a crash knows what the size was.
func (r repair) grow(ctx context.Context) error {
	if err := r.check(ctx); err != nil {
		return err
	}
	wanted := r.group.Desired + 1
	if err := r.fleet.tag(ctx, r.group.Name, map[string]string{TagSurge: fmt.Sprintf("%d/%d", r.group.Desired, r.group.Maximum)}); err != nil {
		return err
	}
	_, err := call.Do(ctx, fmt.Sprintf("autoscaling: give group %s one instance more", r.group.Name), r.fleet.autoScaling.UpdateAutoScalingGroup, &autoscaling.UpdateAutoScalingGroupInput{
		AutoScalingGroupName: aws.String(r.group.Name), DesiredCapacity: aws.Int32(int32(wanted)), MaxSize: aws.Int32(int32(max(wanted, r.group.Maximum))),
	})
	return err
}

// shrink takes the one instance away again, when the one that was to be replaced has gone by itself.
func (r repair) shrink(ctx context.Context, before size) error {
	if err := r.check(ctx); err != nil {
		return err
	}
	_, err := call.Do(ctx, "autoscaling: give group "+r.group.Name+" its size back", r.fleet.autoScaling.UpdateAutoScalingGroup, &autoscaling.UpdateAutoScalingGroupInput{
		AutoScalingGroupName: aws.String(r.group.Name), DesiredCapacity: aws.Int32(int32(before.desired)),
	})
	if err != nil {
		return err
	}
	r.group.Desired = before.desired
	return r.calm(ctx, before)
}

// calm gives the group the maximum back that a replacement has raised, and removes the tag, so that nothing is undone twice. The size is not touched:
// either it is what it was, or somebody has changed it since.
func (r repair) calm(ctx context.Context, before size) error {
	if err := r.check(ctx); err != nil {
		return err
	}
	raised := before.maximum == before.desired && r.group.Maximum == before.maximum+1
	if raised && r.group.Desired <= before.maximum {
		_, err := call.Do(ctx, "autoscaling: give group "+r.group.Name+" its maximum back", r.fleet.autoScaling.UpdateAutoScalingGroup, &autoscaling.UpdateAutoScalingGroupInput{
			AutoScalingGroupName: aws.String(r.group.Name), MaxSize: aws.Int32(int32(before.maximum)),
		})
		if err != nil {
			return err
		}
	}
	return r.fleet.untag(ctx, r.group.Name, TagSurge)
}

// day is the time within which replacements are counted.
const day = 24 * time.Hour

// weary is a KindRefused failure when too many instances of a group were replaced within a day, by Goldfinch or by whomever.
func (f *Fleet) weary(ctx context.Context, group Group) error {
	limit := max(f.document.Drift.Repeats, 1)
	activities, err := f.activities(ctx, group.Name, f.now().Add(-day))
	if err != nil {
		return err
	}
	replaced := 0
	for _, activity := range activities {
		if isAsked(activity) {
			replaced++
		}
	}
	if replaced < limit {
		return nil
	}
	return release.Fail(release.KindRefused, "%d instances of group %s were replaced within a day, which is left to a person from %d on", replaced, group.Name, limit).
		WithHint("find out who changes them, or raise drift.repeats")
}

// isAsked reports whether an activity ended an instance because somebody asked for it, rather than because the group was to be smaller or the
// instance was not healthy.
func isAsked(activity types.Activity) bool {
	return strings.HasPrefix(aws.ToString(activity.Description), "Terminating EC2 instance") && strings.Contains(aws.ToString(activity.Cause), "user request")
}
