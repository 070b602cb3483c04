package workflow_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdklambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
)

// A distant cloud is one whose traffic is as hard to move as that of any target: the function's alias, behind name servers that hear of
// a change late and resolvers that go by the old one for a while, written without a lock, in weights that are eighths; and every
// version that takes traffic has instances, which cost something, and must answer their last request before they are deleted.
type distant struct {
	world *world
	// unheard is for how long name servers have not heard of a change, remembered for how long resolvers keep the answer before it.
	unheard, remembered time.Duration
	// unlocked is for how long a handler may live that has not written yet.
	unlocked time.Duration
	// drains is how long instances take to answer their last requests.
	drains time.Duration

	// instances are those of each version, by the release that made them, and draining since when they are.
	instances map[string]string
	draining  map[string]time.Time
	// changed is when each receipt was given.
	changed map[string]time.Time
	// met is when requests were last sent to a version by the name servers.
	met map[string]time.Time
	// dropped says which requests found nothing.
	dropped []string
	// shifts counts writes of the alias, asked how often somebody asked whether one has arrived, restored the calls of Restore.
	shifts, asked, restored int
	// fails, when it has an error for a method, is what comes instead of what that does last; of Usable for each version.
	fails map[string]error
	// baked, when set, is what baking makes known of the artifact.
	baked func(release.Artifact) release.Artifact
}

// newDistant makes the target of the world's releases a distant one.
func newDistant(w *world) *distant {
	d := &distant{
		world: w, unheard: 20 * time.Second, remembered: time.Minute, unlocked: 90 * time.Second, drains: 30 * time.Second,
		instances: map[string]string{}, draining: map[string]time.Time{}, changed: map[string]time.Time{}, met: map[string]time.Time{},
	}
	near := w.engine.Workflow.Targets
	w.engine.Workflow.Targets = func(document release.Document, releaseID string) (target.Target, error) {
		document.Strategy.Audience = nil // the distant cloud sees to audiences itself
		made, err := near(document, releaseID)
		if d.baked != nil {
			return bakedTarget{&distantTarget{Target: made, distant: d, release: releaseID}, document.Artifact}, err
		}
		return &distantTarget{Target: made, distant: d, release: releaseID}, err
	}
	return d
}

// distantTarget is the distant cloud for one release.
type distantTarget struct {
	target.Target
	*distant
	release string
}

// bakedTarget also knows what baking has made of the artifact.
type bakedTarget struct {
	*distantTarget
	artifact release.Artifact
}

func (t bakedTarget) Baked(context.Context) (release.Artifact, error) {
	return t.baked(t.artifact), nil
}

// do makes one call of the distant cloud's own API, at which faults are injected as at any other.
func (d *distant) do(ctx context.Context, operation string, effect func()) error {
	err := d.world.intercept(ctx, "distant:"+operation, func(context.Context) error {
		effect()
		return nil
	})
	if err != nil {
		return release.Fail(release.KindTransient, "distant: %s", operation).Because(err)
	}
	return nil
}

// Split reads the alias. Its description has what an alias can't say, unless somebody else has written the rest since.
func (t *distantTarget) Split(ctx context.Context) (release.Split, error) {
	found, err := t.world.engine.Lambda.GetAlias(ctx, &sdklambda.GetAliasInput{FunctionName: aws.String("echo"), Name: aws.String("live")})
	var missing *types.ResourceNotFoundException
	switch {
	case errors.As(err, &missing):
		return release.Split{}, nil
	case err != nil:
		return release.Split{}, release.Fail(release.KindTransient, "read the alias").Because(err)
	}
	plain := release.Pure(aws.ToString(found.FunctionVersion))
	if found.RoutingConfig != nil {
		for version, weight := range found.RoutingConfig.AdditionalVersionWeights {
			plain.Canary, plain.Weight = version, weight*100
		}
	}
	var said release.Split
	if json.Unmarshal([]byte(aws.ToString(found.Description)), &said) != nil || said.Stable != plain.Stable || said.Weight != plain.Weight {
		return plain, nil
	}
	return said, nil
}

// Shift looks right before it writes, and writes over whatever stands there by then.
func (t *distantTarget) Shift(ctx context.Context, want release.Split, guard target.Guard) (release.Split, error) {
	present, err := t.ours(ctx, want, guard)
	if err != nil || present.Same(want) && !guard.Touch {
		return present, err
	}
	if err := guard.Check(ctx); err != nil {
		return present, err
	}
	if present, err = t.ours(ctx, want, guard); err != nil {
		return present, err
	}
	if err := t.write(ctx, present, want); err != nil {
		return present, err
	}
	t.shifts++
	receipt := fmt.Sprintf("change-%d", t.shifts)
	t.changed[receipt] = t.world.clock.Now()
	guard.Receipt(receipt)
	return t.ours(ctx, want, guard)
}

// ours reads where traffic goes, and fails when somebody else has put it there.
func (t *distantTarget) ours(ctx context.Context, want release.Split, guard target.Guard) (release.Split, error) {
	present, err := t.Split(ctx)
	if err == nil && !present.Same(want) && !guard.Mine(present) {
		err = release.Fail(release.KindConflict, "somebody else moved the alias to %s", present)
	}
	return present, err
}

func (t *distantTarget) write(ctx context.Context, present, want release.Split) error {
	description, err := json.Marshal(want)
	if err != nil {
		return err
	}
	weights := &types.AliasRoutingConfiguration{AdditionalVersionWeights: map[string]float64{}}
	if want.Weight > 0 {
		weights.AdditionalVersionWeights[want.Canary] = want.Weight / 100
	}
	leaves := func() {
		for version := range t.world.alias() {
			t.met[version] = t.world.clock.Now()
		}
	}
	if present.Stable == "" {
		_, err = t.world.engine.Lambda.CreateAlias(ctx, &sdklambda.CreateAliasInput{
			FunctionName: aws.String("echo"), Name: aws.String("live"), FunctionVersion: &want.Stable, RoutingConfig: weights, Description: aws.String(string(description)),
		})
	} else {
		leaves()
		_, err = t.world.engine.Lambda.UpdateAlias(ctx, &sdklambda.UpdateAliasInput{
			FunctionName: aws.String("echo"), Name: aws.String("live"), FunctionVersion: &want.Stable, RoutingConfig: weights, Description: aws.String(string(description)),
		})
	}
	if err != nil {
		return release.Fail(release.KindTransient, "write the alias").Because(err)
	}
	return nil
}

// Arrives knows a change by its receipt; without one it counts from when the change was found.
func (t *distantTarget) Arrives(ctx context.Context, shifted target.Shifted) (time.Time, release.Split, error) {
	began := shifted.At
	if shifted.Receipt != "" {
		began = t.changed[shifted.Receipt]
	}
	t.asked++
	present, err := t.Split(ctx)
	if heard := began.Add(t.unheard); err == nil && !t.world.clock.Now().Before(heard) {
		return t.world.clock.Now().Add(t.remembered), present, nil // as one that does not know since when they have heard
	}
	return time.Time{}, present, err
}

// Nearest is in eighths.
func (*distantTarget) Nearest(weight float64) float64 {
	return math.Min(math.Max(math.Round(weight/12.5), 1), 7) * 12.5
}

func (t *distantTarget) UnlockedFor() time.Duration { return t.unlocked }

// Usable fails for a version that has nothing to answer with.
func (t *distantTarget) Usable(ctx context.Context, version string) (bool, error) {
	if err := t.fails["Usable "+version]; err != nil {
		return false, err
	}
	return t.Target.Usable(ctx, version)
}

// Deploy also starts the version's instances.
func (t *distantTarget) Deploy(ctx context.Context, stable string) (string, bool, error) {
	version, done, err := t.Target.Deploy(ctx, stable)
	if err != nil || version == "" || t.instances[version] != "" {
		return version, done, err
	}
	if err := t.do(ctx, "StartInstances", func() { t.instances[version] = t.release }); err != nil {
		return version, false, err
	}
	return version, done, t.fails["Deploy"]
}

// Bake may find out late that the artifact is no good.
func (t *distantTarget) Bake(ctx context.Context) (bool, error) {
	done, err := t.Target.Bake(ctx)
	if err == nil && done {
		err = t.fails["Bake"]
	}
	return done, err
}

// Restore deletes the instances that this release has started.
func (t *distantTarget) Restore(ctx context.Context, stable string) (string, bool, error) {
	t.restored++
	note, done, err := t.Target.Restore(ctx, stable)
	if err == nil {
		err = t.fails["Restore"]
	}
	if err != nil || !done {
		return note, done, err
	}
	_, done, err = t.stop(ctx, func(_, made string) bool { return made == t.release })
	return note, done, err
}

// Retire deletes all instances but the current version's.
func (t *distantTarget) Retire(ctx context.Context, current, previous string) ([]string, bool, error) {
	retired, done, err := t.Target.Retire(ctx, current, previous)
	if err == nil {
		err = t.fails["Retire"]
	}
	if err != nil || !done {
		return retired, done, err
	}
	present, err := t.Split(ctx)
	if err != nil {
		return retired, false, err
	}
	stopped, done, err := t.stop(ctx, func(version, _ string) bool {
		return version != current && version != present.Stable && version != present.Canary
	})
	return append(retired, stopped...), done, err
}

// stop lets instances answer their last requests, and then deletes them.
func (t *distantTarget) stop(ctx context.Context, which func(version, madeBy string) bool) (stopped []string, done bool, err error) {
	done = true
	for _, version := range slices.Sorted(maps.Keys(t.instances)) {
		if !which(version, t.instances[version]) {
			continue
		}
		since, draining := t.draining[version]
		switch {
		case !draining:
			if err := t.do(ctx, "DrainInstances", func() { t.draining[version] = t.world.clock.Now() }); err != nil {
				return stopped, false, err
			}
			done = false
		case t.world.clock.Now().Before(since.Add(t.drains)):
			done = false
		default:
			if err := t.do(ctx, "DeleteInstances", func() { t.delete(version) }); err != nil {
				return stopped, false, err
			}
			stopped = append(stopped, "the instances of "+version)
		}
	}
	return stopped, done, nil
}

// delete deletes a version's instances, whoever still goes there.
func (d *distant) delete(version string) {
	now := d.world.clock.Now()
	if share := d.world.alias()[version]; share > 0 {
		d.dropped = append(d.dropped, fmt.Sprintf("version %s takes %v of the traffic, and its instances were deleted", version, share))
	}
	if met, ever := d.met[version]; ever && now.Before(met.Add(d.remembered)) {
		d.dropped = append(d.dropped, fmt.Sprintf("the instances of version %s were deleted %s after it last had traffic, and resolvers remember it for %s", version, now.Sub(met), d.remembered))
	}
	delete(d.instances, version)
	delete(d.draining, version)
}

// orphans are the instances that nobody needs when all traffic is on that version.
func (d *distant) orphans(version string) []string {
	var left []string
	for other := range d.instances {
		if other != version {
			left = append(left, "the instances of version "+other)
		}
	}
	if d.instances[version] == "" && version != "" {
		left = append(left, "no instances of version "+version)
	}
	slices.Sort(left)
	return left
}

var _ = []any{target.Lagging(&distantTarget{}), target.Coarse(&distantTarget{}), target.Unlocked(&distantTarget{}), target.Baking(bakedTarget{})}

// distantWorld has released version 1 of the function, and its instances.
func distantWorld(t *testing.T) (*world, *distant) {
	t.Helper()
	w := newWorld(t)
	d := newDistant(w)
	if record := w.release(w.document("one")); record.Outcome != release.Promoted {
		t.Fatalf("the first release: %s: %s\n%s", record.Outcome, record.Reason, w.timeline(record.ID))
	}
	return w, d
}
