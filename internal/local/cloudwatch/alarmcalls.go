package cloudwatch

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/intercept"
)

// Limits of the calls on alarms.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteAlarms.html
const (
	maxNames       = 100
	maxRecords     = 100
	defaultRecords = 50
)

// initialReason is the reason of an alarm's state before its first evaluation.
const initialReason = "Unchecked: Initial alarm creation"

// PutMetricAlarm is CloudWatch's PutMetricAlarm with a fixed threshold, over
// one metric or metric math. A new alarm begins in INSUFFICIENT_DATA; an
// updated one keeps its state until its next evaluation.
func (s *Service) PutMetricAlarm(ctx context.Context, in *sdk.PutMetricAlarmInput, _ ...func(*sdk.Options)) (*sdk.PutMetricAlarmOutput, error) {
	return intercept.Call(ctx, s.options.Intercept, "cloudwatch:PutMetricAlarm", func(context.Context) (*sdk.PutMetricAlarmOutput, error) {
		if problems := checkMetricAlarm(in, s.options.Resolution); len(problems) > 0 {
			return nil, refused(in.AlarmName, problems)
		}
		if err := s.put([]stored{s.storedMetric(in)}, nil); err != nil {
			return nil, err
		}
		return &sdk.PutMetricAlarmOutput{}, nil
	})
}

// PutCompositeAlarm is CloudWatch's PutCompositeAlarm. Every alarm that the
// rule names must exist. Suppressors are not evaluated, as there are no actions.
func (s *Service) PutCompositeAlarm(ctx context.Context, in *sdk.PutCompositeAlarmInput, _ ...func(*sdk.Options)) (*sdk.PutCompositeAlarmOutput, error) {
	return intercept.Call(ctx, s.options.Intercept, "cloudwatch:PutCompositeAlarm", func(context.Context) (*sdk.PutCompositeAlarmOutput, error) {
		if problems := checkCompositeAlarm(in, s.exists); len(problems) > 0 {
			return nil, refused(in.AlarmName, problems)
		}
		if err := s.put([]stored{s.storedComposite(in)}, nil); err != nil {
			return nil, err
		}
		return &sdk.PutCompositeAlarmOutput{}, nil
	})
}

// DescribeAlarms is CloudWatch's DescribeAlarms. As there, it returns metric
// alarms alone unless AlarmTypes asks for composite ones, and a name that does
// not exist is silently absent.
func (s *Service) DescribeAlarms(ctx context.Context, in *sdk.DescribeAlarmsInput, _ ...func(*sdk.Options)) (*sdk.DescribeAlarmsOutput, error) {
	return intercept.Call(ctx, s.options.Intercept, "cloudwatch:DescribeAlarms", func(context.Context) (*sdk.DescribeAlarmsOutput, error) {
		if err := checkDescribe(in); err != nil {
			return nil, err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		var found []*alarm
		for _, name := range slices.Sorted(maps.Keys(s.alarms)) {
			if a := s.alarms[name]; described(a, in) {
				found = append(found, a)
			}
		}
		size := defaultRecords
		if in.MaxRecords != nil {
			size = int(*in.MaxRecords)
		} else if len(in.AlarmNames) > 0 {
			size = maxNames
		}
		from, to, next, err := page(in.NextToken, len(found), size)
		if err != nil {
			return nil, err
		}
		out := &sdk.DescribeAlarmsOutput{NextToken: next}
		for _, a := range found[from:to] {
			if a.Metric != nil {
				out.MetricAlarms = append(out.MetricAlarms, a.describeMetric())
			} else {
				out.CompositeAlarms = append(out.CompositeAlarms, a.describeComposite())
			}
		}
		return out, nil
	})
}

// checkDescribe finds what makes CloudWatch refuse the call, and what the local one does not do.
func checkDescribe(in *sdk.DescribeAlarmsInput) error {
	switch {
	case len(in.AlarmNames) > maxNames:
		return validationError("1 validation error detected: Value at 'alarmNames' failed to satisfy constraint: Member must have length less than or equal to %d", maxNames)
	case len(in.AlarmNames) > 0 && in.AlarmNamePrefix != nil:
		return validationError("Only one of AlarmNames and AlarmNamePrefix may be specified.")
	case in.MaxRecords != nil && (*in.MaxRecords < 1 || *in.MaxRecords > maxRecords):
		return validationError("1 validation error detected: Value at 'maxRecords' failed to satisfy constraint: Member must be between 1 and %d", maxRecords)
	case in.ActionPrefix != nil || in.ChildrenOfAlarmName != nil || in.ParentsOfAlarmName != nil:
		return validationError("The local CloudWatch does not have ActionPrefix, ChildrenOfAlarmName and ParentsOfAlarmName.")
	default:
		return nil
	}
}

// described reports whether an alarm passes the call's filters.
func described(a *alarm, in *sdk.DescribeAlarmsInput) bool {
	kind := types.AlarmTypeMetricAlarm
	if a.Composite != nil {
		kind = types.AlarmTypeCompositeAlarm
	}
	wanted := in.AlarmTypes
	if len(wanted) == 0 {
		wanted = []types.AlarmType{types.AlarmTypeMetricAlarm}
	}
	return slices.Contains(wanted, kind) &&
		(len(in.AlarmNames) == 0 || slices.Contains(in.AlarmNames, a.name())) &&
		strings.HasPrefix(a.name(), aws.ToString(in.AlarmNamePrefix)) &&
		(in.StateValue == "" || in.StateValue == a.State.Value)
}

// DeleteAlarms is CloudWatch's DeleteAlarms. As there, a wrong name does not save
// the others: they are deleted, and the answer is a ResourceNotFound.
func (s *Service) DeleteAlarms(ctx context.Context, in *sdk.DeleteAlarmsInput, _ ...func(*sdk.Options)) (*sdk.DeleteAlarmsOutput, error) {
	return intercept.Call(ctx, s.options.Intercept, "cloudwatch:DeleteAlarms", func(context.Context) (*sdk.DeleteAlarmsOutput, error) {
		if len(in.AlarmNames) > maxNames {
			return nil, validationError("At most %d alarms can be deleted in one call.", maxNames)
		}
		known, unknown, composites := s.sorted(in.AlarmNames)
		if composites > 1 {
			return nil, validationError("At most one composite alarm can be deleted in one call.")
		}
		if err := s.put(nil, known); err != nil {
			return nil, err
		}
		if len(unknown) > 0 {
			return nil, &types.ResourceNotFound{Message: aws.String("Unknown alarms: " + strings.Join(unknown, ", "))}
		}
		return &sdk.DeleteAlarmsOutput{}, nil
	})
}

// sorted tells the names that alarms have from those that none has, and counts
// the composite alarms among them.
func (s *Service) sorted(names []string) (known, unknown []string, composites int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range names {
		a := s.alarms[name]
		if a == nil {
			unknown = append(unknown, name)
			continue
		}
		known = append(known, name)
		if a.Composite != nil {
			composites++
		}
	}
	return known, unknown, composites
}

// SetAlarmState is CloudWatch's SetAlarmState, for tests: the state lasts until
// the alarm's next evaluation, and a composite alarm's until a child changes.
func (s *Service) SetAlarmState(ctx context.Context, in *sdk.SetAlarmStateInput, _ ...func(*sdk.Options)) (*sdk.SetAlarmStateOutput, error) {
	return intercept.Call(ctx, s.options.Intercept, "cloudwatch:SetAlarmState", func(context.Context) (*sdk.SetAlarmStateOutput, error) {
		if !slices.Contains(in.StateValue.Values(), in.StateValue) || in.StateReason == nil {
			return nil, validationError("StateReason and a StateValue of OK, ALARM or INSUFFICIENT_DATA are required.")
		}
		if data := in.StateReasonData; data != nil && !json.Valid([]byte(*data)) {
			return nil, &types.InvalidFormatFault{Message: aws.String("StateReasonData was not valid JSON")}
		}
		s.mu.Lock()
		a := s.alarms[aws.ToString(in.AlarmName)]
		if a == nil {
			s.mu.Unlock()
			return nil, &types.ResourceNotFound{Message: aws.String("Unknown alarm " + aws.ToString(in.AlarmName))}
		}
		r := s.newRound()
		r.transition(a, decision{value: in.StateValue, reason: *in.StateReason, data: aws.ToString(in.StateReasonData)})
		r.settle()
		err := s.save(r.changed)
		s.mu.Unlock()
		if err != nil {
			return nil, err
		}
		r.publish()
		return &sdk.SetAlarmStateOutput{}, nil
	})
}

// checkCompositeAlarm finds every mistake in a composite alarm's definition.
func checkCompositeAlarm(in *sdk.PutCompositeAlarmInput, exists func(name string) bool) []fieldProblem {
	var problems []fieldProblem
	report := func(field, format string, arguments ...any) {
		problems = append(problems, fieldProblem{field, fmt.Sprintf(format, arguments...)})
	}
	checkAlarmName(in.AlarmName, report)
	parsed, err := parseRule(aws.ToString(in.AlarmRule))
	if err != nil {
		report("AlarmRule", "%v", err)
		return problems
	}
	for _, child := range parsed.children {
		if !exists(child) {
			report("AlarmRule", "there is no alarm %q", child)
		}
	}
	return problems
}

// refused is CloudWatch's answer to a definition with mistakes.
func refused(name *string, problems []fieldProblem) error {
	texts := make([]string, len(problems))
	for i, p := range problems {
		texts[i] = p.field + ": " + p.message
	}
	return validationError("alarm %q: %s", aws.ToString(name), strings.Join(texts, "; "))
}

func (s *Service) exists(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.alarms[name] != nil
}

// storedMetric is a checked definition as it is kept.
func (s *Service) storedMetric(in *sdk.PutMetricAlarmInput) stored {
	now := s.options.Clock.Now()
	return stored{Metric: describedMetricAlarm(in, s.alarmARN(*in.AlarmName), now), State: initialState(now)}
}

// storedComposite is a checked definition as it is kept.
func (s *Service) storedComposite(in *sdk.PutCompositeAlarmInput) stored {
	now := s.options.Clock.Now()
	return stored{State: initialState(now), Composite: &types.CompositeAlarm{
		AlarmName:                          in.AlarmName,
		AlarmArn:                           aws.String(s.alarmARN(*in.AlarmName)),
		AlarmConfigurationUpdatedTimestamp: aws.Time(now),
		AlarmDescription:                   in.AlarmDescription,
		AlarmRule:                          in.AlarmRule,
		ActionsEnabled:                     aws.Bool(in.ActionsEnabled == nil || *in.ActionsEnabled),
		AlarmActions:                       in.AlarmActions,
		OKActions:                          in.OKActions,
		InsufficientDataActions:            in.InsufficientDataActions,
	}}
}

func initialState(now time.Time) alarmState {
	return alarmState{Value: types.StateValueInsufficientData, Reason: initialReason, Updated: now, Transitioned: now}
}

// put replaces definitions and deletes alarms, all or nothing. An alarm that
// was there before keeps its state; one that asks about a deleted alarm is looked at again.
func (s *Service) put(definitions []stored, gone []string) error {
	r, err := s.replace(definitions, gone)
	if err != nil {
		return err
	}
	r.publish()
	s.schedule()
	return nil
}

// replace is put as far as it needs the lock.
func (s *Service) replace(definitions []stored, gone []string) (*round, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.newRound()
	prepared := make([]*alarm, len(definitions))
	for i, definition := range definitions {
		a, err := newAlarm(definition, s.options.Resolution)
		if err != nil {
			return nil, validationError("%v", err)
		}
		if before := s.alarms[a.name()]; before != nil {
			if (before.Metric == nil) != (a.Metric == nil) {
				return nil, validationError("alarm %q: there is one of the other kind with this name", a.name())
			}
			a.State = before.State
		}
		a.due = s.after(r.now, time.Second)
		prepared[i] = a
	}
	if err := s.save(prepared, gone...); err != nil {
		return nil, err
	}
	for _, a := range prepared {
		s.alarms[a.name()] = a
	}
	for _, name := range gone {
		delete(s.alarms, name)
		r.wake(name, nil)
	}
	for _, name := range gone {
		delete(r.pending, name)
	}
	r.settle()
	if err := s.save(r.changed); err != nil {
		s.options.Log.Error("the states of alarms were not stored", "error", err)
	}
	return r, nil
}
