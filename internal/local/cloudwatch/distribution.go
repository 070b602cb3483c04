package cloudwatch

import (
	"cmp"
	"math"
	"slices"
)

const (
	// exactValues is how many different values a distribution holds before it
	// begins to round them.
	exactValues = 256
	// roundedBits is how many low bits of a value's 52 are rounded away: 11 are
	// left, so a rounded value is off by at most 2^-12, or 0.025 %.
	roundedBits = 41
)

// A weighted is a value and how often it came.
type weighted struct {
	value, count float64
}

// A distribution is a set of values: its count, sum and extremes are exact,
// and so are the values themselves until there are too many of them.
type distribution struct {
	count, sum, min, max float64
	values               []weighted
	// limit is the length of values at which they are compacted; 0 before the first time.
	limit int
	// opaque: some values were only given as a summary, so nothing is known of their order.
	opaque bool
}

// add counts a value.
func (d *distribution) add(value, count float64) {
	d.summarise(count, value*count, value, value)
	// Invocations are all ones and errors all ones and zeros: look there first.
	for i := range min(len(d.values), 2) {
		if d.values[i].value == value {
			d.values[i].count += count
			return
		}
	}
	if d.limit == 0 {
		d.limit = exactValues
	}
	if len(d.values) >= d.limit {
		d.compact()
	}
	d.values = append(d.values, weighted{value, count})
}

// addAll counts all values, and keeps the slice when they are the first ones.
func (d *distribution) addAll(values []weighted) {
	if d.count > 0 || len(values) > exactValues {
		for _, v := range values {
			d.add(v.value, v.count)
		}
		return
	}
	for _, v := range values {
		d.summarise(v.count, v.value*v.count, v.value, v.value)
	}
	d.values = values
}

// addSummary counts values of which only a summary is known.
func (d *distribution) addSummary(count, sum, minimum, maximum float64) {
	if count == 0 {
		return
	}
	if minimum == maximum {
		d.add(minimum, count)
		return
	}
	d.summarise(count, sum, minimum, maximum)
	d.opaque = true
}

// merge counts all values of other.
func (d *distribution) merge(other *distribution) {
	d.summarise(other.count, other.sum, other.min, other.max)
	d.values = append(d.values, other.values...)
	d.opaque = d.opaque || other.opaque
}

func (d *distribution) summarise(count, sum, minimum, maximum float64) {
	if d.count == 0 {
		d.min, d.max = minimum, maximum
	} else {
		d.min, d.max = min(d.min, minimum), max(d.max, maximum)
	}
	d.count += count
	d.sum += sum
}

// compact brings equal values together; when that is not enough, rounds them first.
func (d *distribution) compact() {
	d.sort()
	if len(d.values) > d.limit/2 {
		for i := range d.values {
			d.values[i].value = rounded(d.values[i].value)
		}
		d.sort()
	}
	if len(d.values) > d.limit/2 {
		d.limit *= 2
	}
}

// sort orders the values and brings equal ones together.
func (d *distribution) sort() {
	slices.SortFunc(d.values, byValue)
	kept := d.values[:0]
	for _, v := range d.values {
		if last := len(kept) - 1; last >= 0 && kept[last].value == v.value {
			kept[last].count += v.count
		} else {
			kept = append(kept, v)
		}
	}
	d.values = kept
}

// inValueOrder is values from the smallest, with equal ones still apart.
func inValueOrder(values []weighted) []weighted {
	ordered := slices.Clone(values)
	slices.SortFunc(ordered, byValue)
	return ordered
}

func byValue(a, b weighted) int { return cmp.Compare(a.value, b.value) }

// rounded is the nearest value with fewer significant bits.
func rounded(value float64) float64 {
	const half = 1 << (roundedBits - 1)
	return math.Float64frombits((math.Float64bits(value) + half) &^ (1<<roundedBits - 1))
}
