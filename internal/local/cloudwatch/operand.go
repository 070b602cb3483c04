package cloudwatch

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// An operand is what metric math computes with: a number, a time series, or a
// list of them.
type operand struct {
	kind   operandKind
	number float64
	points []sample // oldest first
	list   []operand
}

type operandKind int

const (
	scalar operandKind = iota
	timeSeries
	operandList
)

// A sample is one number of a time series; start is its period's, in seconds.
type sample struct {
	start int64
	value float64
}

func numberOperand(value float64) operand { return operand{kind: scalar, number: value} }

func seriesOperand(points []sample) operand { return operand{kind: timeSeries, points: points} }

// A binary function yields no number when its operands have none, as a division by zero has.
type binary func(a, b float64) (value float64, ok bool)

// always is a binary function that always yields a number.
func always(f func(a, b float64) float64) binary {
	return func(a, b float64) (float64, bool) { return f(a, b), true }
}

// combine applies f point by point. Where one of two series has no point, neither has the result.
func combine(a, b operand, f binary) (operand, error) {
	if a.kind == operandList || b.kind == operandList {
		return operand{}, fmt.Errorf("an operator takes numbers and time series, not lists")
	}
	if a.kind == scalar && b.kind == scalar {
		value, ok := f(a.number, b.number)
		if !ok {
			return operand{}, fmt.Errorf("a division of numbers by zero")
		}
		return numberOperand(value), nil
	}
	grid := a
	if a.kind == scalar {
		grid = b
	}
	var points []sample
	left, right := reader(a), reader(b)
	for _, p := range grid.points {
		x, okLeft := left(p.start)
		y, okRight := right(p.start)
		if !okLeft || !okRight {
			continue
		}
		if value, ok := f(x, y); ok && isNumber(value) {
			points = append(points, sample{p.start, value})
		}
	}
	return seriesOperand(points), nil
}

// reader returns a function that reads an operand at ever later times.
func reader(o operand) func(start int64) (value float64, ok bool) {
	if o.kind == scalar {
		return func(int64) (float64, bool) { return o.number, true }
	}
	position := 0
	return func(start int64) (float64, bool) {
		for position < len(o.points) && o.points[position].start < start {
			position++
		}
		if position == len(o.points) || o.points[position].start != start {
			return 0, false
		}
		return o.points[position].value, true
	}
}

// apply changes every number of a scalar or series.
func apply(o operand, f func(float64) float64) (operand, error) {
	return combine(o, numberOperand(0), always(func(a, _ float64) float64 { return f(a) }))
}

// aggregate brings a list of series together point by point, over those that
// have a point; and a single series to one number.
func aggregate(o operand, f func([]float64) float64) (operand, error) {
	if o.kind == scalar {
		return o, nil
	}
	if o.kind == timeSeries {
		if len(o.points) == 0 {
			return seriesOperand(nil), nil
		}
		values := make([]float64, len(o.points))
		for i, p := range o.points {
			values[i] = p.value
		}
		return numberOperand(f(values)), nil
	}
	at := map[int64][]float64{}
	for _, member := range o.list {
		if member.kind == timeSeries {
			for _, p := range member.points {
				at[p.start] = append(at[p.start], p.value)
			}
		}
	}
	for _, member := range o.list {
		switch member.kind {
		case scalar:
			for start := range at {
				at[start] = append(at[start], member.number)
			}
		case operandList:
			return operand{}, fmt.Errorf("a list within a list")
		}
	}
	points := make([]sample, 0, len(at))
	for _, start := range slices.Sorted(maps.Keys(at)) {
		points = append(points, sample{start, f(at[start])})
	}
	return seriesOperand(points), nil
}

// choose is IF: where the condition is not 0 the one, else the other.
func choose(condition, then, otherwise operand) (operand, error) {
	if slices.ContainsFunc([]operand{condition, then, otherwise}, func(o operand) bool { return o.kind == operandList }) {
		return operand{}, fmt.Errorf("IF takes numbers and time series, not lists")
	}
	if condition.kind == scalar {
		if condition.number != 0 {
			return then, nil
		}
		return otherwise, nil
	}
	var points []sample
	one, other := reader(then), reader(otherwise)
	for _, p := range condition.points {
		read := one
		if p.value == 0 {
			read = other
		}
		if value, ok := read(p.start); ok {
			points = append(points, sample{p.start, value})
		}
	}
	return seriesOperand(points), nil
}

// fill gives every period in the window a point: the given number, the point
// of the given series, or, when with is nil, the one before it.
func fill(o operand, with *operand, w window) (operand, error) {
	if o.kind != timeSeries || with != nil && with.kind == operandList {
		return operand{}, fmt.Errorf("FILL takes a time series, and a number, a time series or REPEAT")
	}
	have := make(map[int64]float64, len(o.points))
	for _, p := range o.points {
		have[p.start] = p.value
	}
	instead := func(int64) (float64, bool) { return 0, false }
	if with != nil {
		instead = reader(*with)
	}
	var points []sample
	for start := w.from; start < w.to; start += w.period {
		value, ok := have[start]
		if !ok {
			value, ok = instead(start)
		}
		if !ok && with == nil && len(points) > 0 {
			value, ok = points[len(points)-1].value, true
		}
		if ok {
			points = append(points, sample{start, value})
		}
	}
	return seriesOperand(points), nil
}

func highest(values []float64) float64 { return slices.MaxFunc(values, cmp.Compare) }

func lowest(values []float64) float64 { return slices.MinFunc(values, cmp.Compare) }

func total(values []float64) float64 {
	sum := 0.0
	for _, value := range values {
		sum += value
	}
	return sum
}

func mean(values []float64) float64 { return total(values) / float64(len(values)) }
