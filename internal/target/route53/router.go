package route53

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsroute53 "github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

const (
	// shiftAttempts bounds how often Shift looks again after somebody else wrote between its read and its write. Route 53 answers
	// five calls a second in an account, and each attempt takes two.
	shiftAttempts = 5
	// longestComment is that of a batch: 256, whether AWS counts characters or bytes, of which the sign that something is left out has three.
	longestComment = 254
)

// Split reads the records. A name that has none is the zero Split; records that are not this service's are a KindRefused failure.
func (t *Target) Split(ctx context.Context) (release.Split, error) {
	present, err := t.read(ctx)
	if err != nil {
		return release.Split{}, err
	}
	if err := present.refused(); err != nil {
		return release.Split{}, err
	}
	return t.split(present), nil
}

// Shift makes the records want, in one batch that fails if they are not as they were read, and reads them back. It creates
// them when there are none and all traffic goes to one version.
func (t *Target) Shift(ctx context.Context, want release.Split, guard target.Guard) (release.Split, error) {
	return t.shift(ctx, want, guard, false)
}

// shift is Shift; anew makes the records from what the stacks say now, instead of keeping their values.
func (t *Target) shift(ctx context.Context, want release.Split, guard target.Guard, anew bool) (release.Split, error) {
	if err := t.checkAudience(want); err != nil {
		return release.Split{}, err
	}
	wrote := false
	var before records
	var rejected error
	for range shiftAttempts {
		present, err := t.read(ctx)
		if err != nil {
			return release.Split{}, err
		}
		if present.trouble != "" {
			return release.Split{}, release.Fail(release.KindConflict, "%s, so its traffic can't be moved to %s", present.trouble, want).WithHint("%s", present.mend)
		}
		split := t.split(present)
		there := split.Same(want) && t.isExactly(present, want)
		switch {
		case there && (wrote || !guard.Touch && !anew || !present.exist()):
			return split, nil
		case !split.Same(want) && (guard.Mine == nil || !guard.Mine(split)):
			return split, t.moved(split, want)
		case want.Stable == "":
			return split, release.Fail(release.KindDirty, "%s stands at %s, and there is no version to go back to: it did not exist before this release", t.about(), split).
				WithHint("release a good version, or delete the records by hand")
		case !present.exist() && !want.IsPure():
			return split, release.Fail(release.KindConflict, "%s does not exist, so its traffic can't be moved to %s", t.about(), want)
		case rejected != nil && reflect.DeepEqual(before, present):
			return split, rejected // not for what somebody else wrote
		}
		batch, err := t.batch(ctx, present, want, anew)
		if err != nil {
			return split, err
		}
		if guard.Check != nil {
			if err := guard.Check(ctx); err != nil {
				return split, err
			}
		}
		if rejected, err = t.write(ctx, batch, want, guard); err != nil {
			return split, err
		}
		before, wrote = present, wrote || rejected == nil
	}
	return release.Split{}, release.Fail(release.KindTransient, "%s changed %d times while it was moved to %s", t.about(), shiftAttempts, want)
}

// checkAudience wants an audience, if there is one, that is countries: DNS tells nobody apart by anything else.
func (t *Target) checkAudience(want release.Split) error {
	if want.Audience == "" {
		return nil
	}
	for _, rung := range t.document.Strategy.Audience {
		if rung.Name == want.Audience && len(rung.Match.Country) > 0 && (want.Share == 0 || want.Share == whole) {
			return nil
		}
	}
	return release.Fail(release.KindRefused, "%s can't be moved to %s: DNS tells users apart by their country alone, and gives a country all or nothing", t.about(), want)
}

// isExactly reports whether every group's records are just those of a split.
func (t *Target) isExactly(present records, want release.Split) bool {
	for _, g := range present.groups {
		if wanted := t.wanted(g, want); present.exist() && !g.isAs(wanted) {
			return false
		}
	}
	return !present.exist() || want.IsPure() || present.mark.stable == want.Stable
}

// write makes one batch. Rejected is that Route 53 did not take it: somebody else was faster, so that the caller must look again.
//
// A record that names a health check which was deleted can't be created again. All traffic goes where it should without it: a
// rollback must not fail for what nobody needs to go back. A split is not begun so.
func (t *Target) write(ctx context.Context, batch []types.Change, want release.Split, guard target.Guard) (rejected, err error) {
	comment := release.Shorten(fmt.Sprintf("goldfinch release %s: %s", t.options.Release, want), longestComment)
	output, err := call.Do(ctx, fmt.Sprintf("route53: move %s to %s", t.about(), want), t.options.Records.ChangeResourceRecordSets, &awsroute53.ChangeResourceRecordSetsInput{
		HostedZoneId: aws.String(t.settings.HostedZone), ChangeBatch: &types.ChangeBatch{Changes: batch, Comment: &comment},
	})
	switch {
	case call.Is[*types.InvalidChangeBatch](err):
		return err, nil
	case !call.Is[*types.NoSuchHealthCheck](err):
	case !want.IsPure():
		return nil, release.Fail(release.KindUnhealthy, "%s can't be moved to %s: a health check that its records should have does not exist", t.about(), want).Because(err).
			WithHint("make the health check again, or take it out of the stacks' outputs")
	default:
		if plain := unchecked(batch); !reflect.DeepEqual(plain, batch) {
			return t.write(ctx, plain, want, guard)
		}
	}
	if err == nil && guard.Receipt != nil {
		guard.Receipt(aws.ToString(output.ChangeInfo.Id))
	}
	return nil, err
}

// batch are the changes that make the records want: each record that changes is deleted as it was read and created
// anew, and so is the marker. A record that is not in want is deleted, instead of getting weight 0: with health checks, Route 53
// would still answer by it when all others are unhealthy.
func (t *Target) batch(ctx context.Context, present records, want release.Split, anew bool) ([]types.Change, error) {
	var removed, created []types.Change
	ends := endpoints{target: t, known: map[string]endpoint{}}
	for _, g := range present.groups {
		wanted := t.wanted(g, want)
		sets := map[string]types.ResourceRecordSet{}
		for version, weight := range weightsOf(wanted) {
			set, err := ends.record(ctx, g, version, weight, anew)
			if err != nil {
				return nil, err
			}
			sets[version] = set
		}
		for _, set := range g.sets {
			version := aws.ToString(set.SetIdentifier)
			if wanted, keep := sets[version]; keep && reflect.DeepEqual(wanted, set) {
				delete(sets, version)
				continue
			}
			removed = append(removed, types.Change{Action: types.ChangeActionDelete, ResourceRecordSet: &set})
		}
		for _, version := range []string{wanted.Stable, wanted.Canary} {
			if set, ok := sets[version]; ok {
				created = append(created, types.Change{Action: types.ChangeActionCreate, ResourceRecordSet: &set})
			}
		}
	}
	if present.marker != nil {
		removed = append(removed, types.Change{Action: types.ChangeActionDelete, ResourceRecordSet: present.marker})
	}
	marker := mark{
		service: t.document.Service, environment: t.document.Environment, stable: want.Stable,
		serial: present.mark.serial + 1, since: t.options.Now().Truncate(time.Second),
	}.record(t.marker)
	created = append(created, types.Change{Action: types.ChangeActionCreate, ResourceRecordSet: &marker})
	return append(removed, created...), nil
}

// unchecked is a batch that creates no record with a health check.
func unchecked(batch []types.Change) []types.Change {
	plain := slices.Clone(batch)
	for i, change := range plain {
		if change.Action == types.ChangeActionCreate {
			set := *change.ResourceRecordSet
			set.HealthCheckId = nil
			plain[i].ResourceRecordSet = &set
		}
	}
	return plain
}

// weightsOf are the weights of a split's records.
func weightsOf(want release.Split) map[string]int64 {
	if want.IsPure() {
		return map[string]int64{want.Stable: whole}
	}
	stable, canary := weightsFor(want.Weight)
	return map[string]int64{want.Stable: stable, want.Canary: canary}
}

// moved says that traffic is where this release did not put it.
func (t *Target) moved(split, want release.Split) error {
	return release.Fail(release.KindConflict, "somebody else moved %s: it stands at %s, where this release did not put it, and is left alone instead of being moved to %s", t.about(), split, want).
		WithHint("CloudTrail's event ChangeResourceRecordSets says who did; let only one thing change these records, then release again")
}
