package cloudwatch

import (
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// A window is the periods that begin within [from, to), in seconds since 1970.
// from is a multiple of period.
type window struct{ from, to, period int64 }

// A plan is a checked set of metric data queries.
type plan struct {
	queries map[string]*query
	// ids are in the order in which the queries were given.
	ids []string
}

// A query is a metric's statistic, or an expression over other queries.
type query struct {
	id, label  string
	returnData bool
	period     int64 // seconds

	// Of a statistic:
	namespace, name string
	dimensions      []dimension
	statistic       statistic
	// Of an expression:
	expression *expression
}

// A result is what a query yields.
type result struct {
	operand
	// samples are how many values are behind all points of a statistic.
	samples float64
}

// Limits of metric data queries.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html
const (
	maxQueries    = 500
	maxExpression = 2048
)

// newPlan checks queries. Their periods must be multiples of the resolution.
func newPlan(queries []types.MetricDataQuery, resolution time.Duration) (*plan, error) {
	if len(queries) == 0 || len(queries) > maxQueries {
		return nil, fmt.Errorf("1 to %d metric data queries are possible, not %d", maxQueries, len(queries))
	}
	p := &plan{queries: map[string]*query{}}
	for _, one := range queries {
		q, err := newQuery(one, resolution)
		if err != nil {
			return nil, fmt.Errorf("query %q: %w", aws.ToString(one.Id), err)
		}
		if p.queries[q.id] != nil {
			return nil, fmt.Errorf("query %q: the id is there twice", q.id)
		}
		p.queries[q.id] = q
		p.ids = append(p.ids, q.id)
	}
	for _, id := range p.ids {
		if err := p.settlePeriod(p.queries[id], nil); err != nil {
			return nil, fmt.Errorf("query %q: %w", id, err)
		}
	}
	return p, nil
}

func newQuery(in types.MetricDataQuery, resolution time.Duration) (*query, error) {
	q := &query{id: aws.ToString(in.Id), label: aws.ToString(in.Label), returnData: in.ReturnData == nil || *in.ReturnData}
	if !identifier.MatchString(q.id) {
		return nil, fmt.Errorf("an id begins with a lower-case letter and has letters, digits and _ only")
	}
	if (in.MetricStat == nil) == (in.Expression == nil) {
		return nil, fmt.Errorf("either MetricStat or Expression is needed")
	}
	if in.Expression != nil {
		return q, q.express(*in.Expression)
	}
	return q, q.measure(*in.MetricStat, resolution)
}

// express makes q an expression.
func (q *query) express(text string) error {
	if len(text) > maxExpression {
		return fmt.Errorf("an expression has at most %d characters", maxExpression)
	}
	parsed, err := parseExpression(text)
	if err != nil {
		return err
	}
	if len(parsed.names) == 0 {
		return fmt.Errorf("expression %q refers to no metric, so it is no time series", text)
	}
	q.expression = &parsed
	if q.label == "" {
		q.label = q.id
	}
	return nil
}

// measure makes q a metric's statistic.
func (q *query) measure(in types.MetricStat, resolution time.Duration) error {
	if in.Metric == nil || aws.ToString(in.Metric.Namespace) == "" || aws.ToString(in.Metric.MetricName) == "" {
		return fmt.Errorf("MetricStat.Metric needs Namespace and MetricName")
	}
	parsed, err := parseStatistic(aws.ToString(in.Stat))
	if err != nil {
		return err
	}
	step := int64(resolution / time.Second)
	if q.period = int64(aws.ToInt32(in.Period)); q.period <= 0 || q.period%step != 0 {
		return fmt.Errorf("MetricStat.Period is a multiple of %d s above 0, not %d", step, q.period)
	}
	q.namespace, q.name = *in.Metric.Namespace, *in.Metric.MetricName
	q.dimensions = dimensionsOf(in.Metric.Dimensions)
	q.statistic = parsed
	if q.label == "" {
		q.label = q.name
	}
	return nil
}

// settlePeriod gives an expression the period of the metrics behind it, and
// refuses one that refers to unknown queries, to itself, or to different periods.
func (p *plan) settlePeriod(q *query, path []string) error {
	if q.expression == nil || q.period != 0 {
		return nil
	}
	if slices.Contains(path, q.id) {
		return fmt.Errorf("the expression refers to itself")
	}
	for _, name := range q.expression.names {
		other := p.queries[name]
		if other == nil {
			return fmt.Errorf("the expression refers to %q, which is no query's id", name)
		}
		if err := p.settlePeriod(other, append(path, q.id)); err != nil {
			return err
		}
	}
	period := p.queries[q.expression.names[0]].period
	for _, name := range q.expression.names {
		if p.queries[name].period != period {
			return fmt.Errorf("all metrics of an expression must have the same period")
		}
	}
	q.period = period
	return nil
}

// window is the query's periods that begin within [from, to).
func (q *query) window(from, to time.Time) window {
	end := to.Unix()
	if to.Nanosecond() > 0 {
		end++
	}
	return window{from: floor(from.Unix(), q.period), to: end, period: q.period}
}

// An evaluation computes the queries of a plan, each once, from the values
// that are there now.
type evaluation struct {
	plan     *plan
	metrics  *registry
	from, to time.Time
	done     map[string]result
}

func (p *plan) evaluation(metrics *registry, from, to time.Time) *evaluation {
	return &evaluation{plan: p, metrics: metrics, from: from, to: to, done: map[string]result{}}
}

// result computes one query.
func (e *evaluation) result(id string) (result, error) {
	if r, ok := e.done[id]; ok {
		return r, nil
	}
	q := e.plan.queries[id]
	w := q.window(e.from, e.to)
	var r result
	if q.expression == nil {
		r = q.read(e.metrics, w)
	} else {
		var err error
		if r, err = e.express(q.expression, w); err != nil {
			return result{}, fmt.Errorf("query %q: %w", id, err)
		}
	}
	e.done[id] = r
	return r, nil
}

// express computes an expression.
func (e *evaluation) express(x *expression, w window) (result, error) {
	var r result
	o, err := x.evaluate(func(name string) (operand, error) {
		part, err := e.result(name)
		r.samples += part.samples
		return part.operand, err
	}, w)
	switch {
	case err != nil:
		return result{}, err
	case o.kind == operandList:
		return result{}, fmt.Errorf("the expression is a list, not a time series")
	case o.kind == scalar:
		// CloudWatch draws a number that was made of series as a constant line.
		o, err = fill(seriesOperand(nil), &o, w)
	}
	r.operand = o
	return r, err
}

// read computes a statistic.
func (q *query) read(metrics *registry, w window) result {
	r := result{operand: seriesOperand(nil)}
	found := metrics.find(q.namespace, q.name, q.dimensions)
	if found == nil {
		return r
	}
	r.points = make([]sample, 0, min(found.within(w.from, w.to), int((w.to-w.from)/w.period)+1))
	found.each(w.from, w.to, w.period, func(start int64, d *distribution) {
		if value, ok := q.statistic.compute(d); ok {
			r.points = append(r.points, sample{start, value})
			r.samples += d.count
		}
	})
	return r
}
