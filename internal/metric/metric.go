// Package metric writes Goldfinch's own metrics as lines of a log in CloudWatch's
// embedded metric format, from which CloudWatch Logs makes metrics without a call
// of its API.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
package metric

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"time"
)

// Namespace is where CloudWatch keeps the metrics.
const Namespace = "Goldfinch"

// A Unit is one of CloudWatch's.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
type Unit string

// The units in use.
const (
	Count   Unit = "Count"
	Percent Unit = "Percent"
	Seconds Unit = "Seconds"
)

// A Line has values of one moment that have the same dimensions.
type Line struct {
	// At is when the values were so; CloudWatch takes no time of more than two weeks ago.
	At     time.Time
	Values []Value
	// Dimensions are all that Sets name.
	Dimensions map[string]string
	// Sets are the sets of dimensions under which each value is kept, at least one; an empty set is the value without dimensions.
	Sets [][]string
	// About are members of the line by which a person finds it in the log. They become no part of a metric.
	About map[string]any
}

// A Value is one metric's.
type Value struct {
	Name   string
	Unit   Unit
	Amount float64
}

// WriteTo writes the line as one line of JSON.
func (l Line) WriteTo(log io.Writer) (int64, error) {
	text, err := json.Marshal(l.members())
	if err != nil {
		return 0, fmt.Errorf("write a metric: %w", err)
	}
	written, err := log.Write(append(text, '\n'))
	if err != nil {
		return int64(written), fmt.Errorf("write a metric: %w", err)
	}
	return int64(written), nil
}

// Attributes are the line for a message of a log that is written in JSON: the message is
// then also a line in the embedded metric format. They are in the order of their keys.
func (l Line) Attributes() []slog.Attr {
	members := l.members()
	attributes := make([]slog.Attr, 0, len(members))
	for _, key := range slices.Sorted(maps.Keys(members)) {
		attributes = append(attributes, slog.Any(key, members[key]))
	}
	return attributes
}

// members are those of the line's JSON object.
func (l Line) members() map[string]any {
	type definition struct {
		Name string
		Unit Unit
	}
	type directive struct {
		Namespace  string
		Dimensions [][]string
		Metrics    []definition
	}
	type metadata struct {
		Timestamp         int64
		CloudWatchMetrics []directive
	}
	members := map[string]any{}
	maps.Copy(members, l.About)
	described := directive{Namespace: Namespace, Dimensions: l.Sets}
	for _, value := range l.Values {
		described.Metrics = append(described.Metrics, definition{value.Name, value.Unit})
		members[value.Name] = value.Amount
	}
	for name, of := range l.Dimensions {
		members[name] = of
	}
	members["_aws"] = metadata{Timestamp: l.At.UnixMilli(), CloudWatchMetrics: []directive{described}}
	return members
}
