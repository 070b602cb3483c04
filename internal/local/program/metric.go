package program

import (
	"bytes"
	"encoding/json"
	"time"
)

// EmbeddedMetrics reports each value of a line in CloudWatch's embedded metric
// format, once per dimension set. Any other line is none, and a metric that the
// line defines without a number for it is left out, as CloudWatch does:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
func EmbeddedMetrics(line []byte, now time.Time, report func(namespace string, dimensions map[string]string, name string, value float64, at time.Time)) {
	if !bytes.HasPrefix(line, []byte("{")) || !bytes.Contains(line, []byte(`"_aws"`)) {
		return
	}
	var root map[string]json.RawMessage
	var metadata struct {
		Timestamp         int64
		CloudWatchMetrics []struct {
			Namespace  string
			Dimensions [][]string
			Metrics    []struct{ Name string }
		}
	}
	if json.Unmarshal(line, &root) != nil || json.Unmarshal(root["_aws"], &metadata) != nil {
		return
	}
	at := now
	if metadata.Timestamp > 0 {
		at = time.UnixMilli(metadata.Timestamp).UTC()
	}
	for _, directive := range metadata.CloudWatchMetrics {
		sets := directive.Dimensions
		if len(sets) == 0 {
			sets = [][]string{nil}
		}
		for _, set := range sets {
			dimensions, ok := dimensionValues(root, set)
			if !ok {
				continue
			}
			for _, metric := range directive.Metrics {
				for _, value := range values(root[metric.Name]) {
					report(directive.Namespace, dimensions, metric.Name, value, at)
				}
			}
		}
	}
}

// dimensionValues are the members of root that a set names; each must be a string.
func dimensionValues(root map[string]json.RawMessage, set []string) (map[string]string, bool) {
	dimensions := make(map[string]string, len(set))
	for _, name := range set {
		var value *string
		if json.Unmarshal(root[name], &value) != nil || value == nil {
			return nil, false
		}
		dimensions[name] = *value
	}
	return dimensions, true
}

// values are the numbers of a member: one, or a list of them.
func values(member json.RawMessage) []float64 {
	var one *float64
	if json.Unmarshal(member, &one) == nil && one != nil {
		return []float64{*one}
	}
	var many []float64
	if json.Unmarshal(member, &many) != nil {
		return nil
	}
	return many
}
