package rehearsal

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/goldfinch-dev/goldfinch/internal/clock"
	"github.com/goldfinch-dev/goldfinch/internal/judge/ladder"
	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/local/engine"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/world"
)

// A theatre is where one flight takes place.
type theatre struct {
	*Rehearsal
	number int
	past   *day
	clock  *clock.Virtual
	engine *engine.Engine
	world  *world.World
	share  share
	// canary is the version that the release made, once it has traffic.
	canary string
	// shifted is when it first had, back when it had none any more; zero: never.
	shifted, back time.Time
	// periods are those that have passed, and shares the canary's in each.
	periods []ladder.Period
	shares  []float64
	// release is its id.
	release string
	// trouble is why the flight can't go on.
	trouble error
}

// play lets a flight take place. The past is that of the number's row.
func (r *Rehearsal) play(ctx context.Context, number int, past *day) (*theatre, error) {
	t := &theatre{Rehearsal: r, number: number, past: past, world: r.flight.Through(number), share: share{opened: r.began, since: r.began}}
	if err := t.open(ctx); err != nil {
		return nil, err
	}
	// The engine is not closed: nothing in it runs but by the clock, which nobody turns any more.
	t.clock.AfterFunc(t.period-moment, t.endPeriod)
	started, err := t.engine.Operator.Deploy(ctx, t.document)
	if err != nil {
		return nil, err
	}
	t.release = started.ID
	t.clock.Run(func() bool { return t.trouble != nil || ctx.Err() != nil || t.over(started.Execution) })
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if t.trouble != nil {
		return nil, t.trouble
	}
	for len(t.periods) < t.settings.Periods {
		t.closePeriod()
	}
	return t, nil
}

// over reports whether the execution has ended.
func (t *theatre) over(execution string) bool {
	return t.engine.StepFunctions.Running(execution) == nil
}

// intercept follows the alias.
func (t *theatre) intercept(ctx context.Context, operation string, call func(context.Context) error) error {
	err := call(ctx)
	if err == nil && operation == "lambda:UpdateAlias" {
		t.follow(ctx)
	}
	return err
}

// follow looks where the alias stands.
func (t *theatre) follow(ctx context.Context) {
	function := t.document.Target.Lambda
	found, err := t.engine.Lambda.GetAlias(ctx, &lambda.GetAliasInput{FunctionName: &function.Function, Name: &function.Alias})
	if err != nil {
		t.trouble = fmt.Errorf("look where traffic goes: %w", err)
		return
	}
	to := 0.0
	if version := aws.ToString(found.FunctionVersion); version != stableVersion {
		t.canary, to = version, 1
	}
	if found.RoutingConfig != nil {
		for version, weight := range found.RoutingConfig.AdditionalVersionWeights {
			if version == stableVersion {
				to = 1 - weight
				continue
			}
			t.canary, to = version, weight
		}
	}
	now := t.clock.Now()
	if to > 0 && t.shifted.IsZero() {
		t.shifted = now
	}
	if to == 0 && !t.shifted.IsZero() {
		t.back = now
	}
	t.share.move(now, to)
}

// endPeriod counts the requests of a period just before its end.
func (t *theatre) endPeriod() {
	start := t.began.Add(time.Duration(len(t.periods)) * t.period)
	t.record(start, t.closePeriod())
	t.clock.AfterFunc(t.period, t.endPeriod)
	if t.approvals() {
		t.clock.AfterFunc(moment, t.approve)
	}
}

// closePeriod draws the requests of the period that ends.
func (t *theatre) closePeriod() ladder.Period {
	end := t.began.Add(time.Duration(len(t.periods)+1) * t.period)
	share := t.share.close(end)
	drawn := t.world.Next(share)
	t.periods, t.shares = append(t.periods, drawn), append(t.shares, share)
	return drawn
}

// approve does what the person does for whom the release waits.
func (t *theatre) approve() {
	ctx := context.Background()
	record, err := t.engine.Ledger.Release(ctx, t.release)
	if err != nil || record.Phase != ledger.PhaseCanary || record.Approved {
		return // not begun, or nobody is waited for
	}
	steps := record.Document.Strategy.Steps
	if record.Step >= len(steps) || steps[record.Step].Approve == nil {
		return
	}
	signal := ledger.Signal{Kind: ledger.SignalApprove, By: "simulate", Reason: "as simulated"}
	if _, err := t.engine.Operator.Signal(ctx, operator.Reference{ID: t.release}, signal); err != nil {
		t.trouble = fmt.Errorf("approve a step: %w", err)
	}
}
