package cloudwatch

import "time"

// lambdaNamespace is where Lambda's own metrics are.
// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
const lambdaNamespace = "AWS/Lambda"

// latestVersion is the unpublished version.
const latestVersion = "$LATEST"

// An Invocation is what Lambda counts about one invocation.
type Invocation struct {
	// Function is its name; Alias is empty for a call of a version or of $LATEST.
	Function, Alias string
	// Version is the one that ran.
	Version string
	// Start is when it began: its metrics are stamped with that.
	Start time.Time
	// Duration is how long the function ran.
	Duration time.Duration
	// Error: it ended in a function error.
	Error bool
	// Throttled: it was refused and never ran, so it is no invocation, error or duration.
	Throttled bool
}

// Counts are many invocations of one version at one time, for simulations.
type Counts struct {
	// Function, Alias and Version are as in [Invocation].
	Function, Alias, Version string
	// At is when all of them began.
	At time.Time
	// Invocations, Errors (of the invocations) and Throttles (not of them) are how many.
	Invocations, Errors, Throttles int
	// Durations are how long the invocations took; their counts should add up to Invocations.
	Durations []DurationCount
}

// A DurationCount is how many invocations took so long.
type DurationCount struct {
	Duration time.Duration
	Count    int
}

// RecordInvocation counts one invocation in AWS/Lambda: Invocations, Errors,
// Throttles and Duration (in ms), for all functions together, for the
// function, for the alias or version that was called (dimension Resource), and, for an
// alias, for the version that it led to (dimension ExecutedVersion).
func (s *Service) RecordInvocation(i Invocation) {
	function := s.metrics.function(functionKey{i.Function, i.Alias, i.Version})
	if i.Throttled {
		function.throttles.add(i.Start, 1, 1)
		return
	}
	errors := 0.0
	if i.Error {
		errors = 1
	}
	function.invocations.add(i.Start, 1, 1)
	function.errors.add(i.Start, errors, 1)
	function.throttles.add(i.Start, 0, 1)
	function.duration.add(i.Start, milliseconds(i.Duration), 1)
}

// RecordCounts counts many invocations at once, as as many calls of RecordInvocation
// would. Counts of one version that stand together, such as its minutes of a day,
// cost least in one call.
func (s *Service) RecordCounts(counts ...Counts) { s.recordAll(batches(counts, s.metrics.resolution)) }

func (c Counts) key() functionKey { return functionKey{c.Function, c.Alias, c.Version} }

// The values that Lambda gives its metrics: each appends them to values, none of them
// with a count of 0.

func invocationValues(values []weighted, c *Counts) []weighted {
	return appendCounted(values, 1, c.Invocations)
}

func errorValues(values []weighted, c *Counts) []weighted {
	return appendCounted(appendCounted(values, 1, c.Errors), 0, c.Invocations-c.Errors)
}

func throttleValues(values []weighted, c *Counts) []weighted {
	return appendCounted(appendCounted(values, 1, c.Throttles), 0, c.Invocations)
}

func durationValues(values []weighted, c *Counts) []weighted {
	for _, d := range c.Durations {
		values = appendCounted(values, milliseconds(d.Duration), d.Count)
	}
	return values
}

func appendCounted(values []weighted, value float64, count int) []weighted {
	if count == 0 {
		return values
	}
	return append(values, weighted{value, float64(count)})
}

// RecordMetric adds one value to a metric, as a line in embedded metric format
// does. As CloudWatch does, it drops what is not a number.
func (s *Service) RecordMetric(namespace string, dimensions map[string]string, name string, value float64, at time.Time) {
	if !isNumber(value) {
		return
	}
	list := make([]dimension, 0, len(dimensions))
	for name, value := range dimensions {
		list = append(list, dimension{name, value})
	}
	s.metrics.open(namespace, name, list...).add(at, value, 1)
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// A functionKey is who ran on whose behalf.
type functionKey struct{ function, alias, version string }

// functionSeries are the series that one invocation counts in, looked up once.
type functionSeries struct {
	invocations, errors, throttles, duration seriesSet
}

// A seriesSet is one metric under several sets of dimensions.
type seriesSet []*series

// add counts a value under each set of dimensions.
func (s seriesSet) add(at time.Time, value, count float64) {
	for _, one := range s {
		one.add(at, value, count)
	}
}

// addSlots counts what is in some slots under each set of dimensions.
func (s seriesSet) addSlots(slots []slot) {
	if len(slots) == 0 {
		return
	}
	for _, one := range s {
		one.addSlots(slots)
	}
}

// function finds or makes the series of a function.
func (r *registry) function(key functionKey) functionSeries {
	r.mu.RLock()
	found, ok := r.functions[key]
	r.mu.RUnlock()
	if ok {
		return found
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.purge()
	sets := key.dimensionSets()
	made := functionSeries{
		invocations: r.seriesSet("Invocations", sets),
		errors:      r.seriesSet("Errors", sets),
		throttles:   r.seriesSet("Throttles", sets),
		duration:    r.seriesSet("Duration", sets),
	}
	r.functions[key] = made
	return made
}

func (r *registry) seriesSet(name string, sets [][]dimension) seriesSet {
	made := make(seriesSet, len(sets))
	for i, dimensions := range sets {
		made[i] = r.openLocked(lambdaNamespace, name, dimensions...)
	}
	return made
}

// dimensionSets are the sets of dimensions that Lambda counts an invocation under.
func (k functionKey) dimensionSets() [][]dimension {
	function := dimension{"FunctionName", k.function}
	sets := [][]dimension{{}, {function}}
	switch {
	case k.alias != "":
		resource := dimension{"Resource", k.function + ":" + k.alias}
		sets = append(sets, []dimension{function, resource})
		sets = append(sets, []dimension{function, resource, {"ExecutedVersion", k.version}})
	case k.version == "" || k.version == latestVersion:
		sets = append(sets, []dimension{function, {"Resource", k.function}})
	default:
		sets = append(sets, []dimension{function, {"Resource", k.function + ":" + k.version}})
	}
	return sets
}
