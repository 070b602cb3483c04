package lambda

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/measure"
)

// shortestPeriod is that of the points that CloudWatch has of Lambda's metrics, see
// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics.html .
const shortestPeriod = time.Minute

// lookAtPeriods wants periods for which there are metrics, when any are compared,
// and notes what they come too late for. A return compares none.
func (i *inspection) lookAtPeriods(context.Context) error {
	t := i.target
	analysis := t.document.Analysis
	if i.present == nil || t.isReturn() || len(measure.Compared(t.document)) == 0 {
		return nil
	}
	if analysis.Period.Std() < shortestPeriod {
		if !t.shortPeriods {
			i.refuse(fmt.Sprintf("analysis.period is %s, and CloudWatch has the metrics of AWS/Lambda by the minute", analysis.Period), "say analysis.period: 1m, or more")
		}
		return nil
	}
	longest := release.Duration(aws.ToInt32(i.present.Timeout)) * release.Duration(time.Second)
	delay := release.Duration(*analysis.Delay)
	if waited := delay * analysis.Period; longest > waited {
		enough := (longest + analysis.Period - 1) / analysis.Period
		i.note("function %s may run for %s, and a period is judged %s after its end (analysis.period × analysis.delay): CloudWatch counts an error in the period in which its request began, so those of slower requests come too late to be seen; analysis.delay: %d would wait for them",
			t.function, longest, waited, int64(enough))
	}
	return nil
}

// lookAtAlarms wants every named alarm to exist. A return has the document of the
// release that made the version, and an alarm may have been deleted since.
func (i *inspection) lookAtAlarms(ctx context.Context) error {
	names := i.target.document.Analysis.Alarms
	alarms, err := i.target.Alarms(ctx, names)
	if err != nil && i.target.isReturn() {
		i.note("%v; a return to a version does without alarms", err)
		return nil
	}
	if err != nil {
		return err
	}
	what := measure.Missing(alarms)
	if what == "" {
		return nil
	}
	if i.target.isReturn() {
		i.note("%s; a return to a version does without them", what)
		return nil
	}
	i.refuse(what, "create them, or correct analysis.alarms")
	return nil
}
