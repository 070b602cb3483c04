package main

import (
	"encoding/json"
	"io"
	"time"
)

// Metrics counts what Lambda does not: answers with a status of 5xx, per
// version. It prints CloudWatch's embedded metric format
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html),
// of which CloudWatch makes the metric ServerErrors in namespace Echo.
type Metrics struct {
	// Version is the Lambda version that runs.
	Version string
	// Out is the function's log.
	Out io.Writer
}

type metricLine struct {
	AWS             metricMetadata `json:"_aws"`
	ExecutedVersion string
	ServerErrors    int
}

type metricMetadata struct {
	// Timestamp is in milliseconds since 1970.
	Timestamp         int64
	CloudWatchMetrics []metricDirective
}

type metricDirective struct {
	Namespace  string
	Dimensions [][]string
	Metrics    []metricDefinition
}

type metricDefinition struct {
	Name string
	Unit string
}

// ServerError counts one. It is printed in one write, so that lines of two
// requests never mix. A log that cannot be written is no reason to fail a request.
func (m *Metrics) ServerError() {
	line, _ := json.Marshal(metricLine{ // numbers and strings can always be marshalled
		AWS: metricMetadata{
			Timestamp: time.Now().UnixMilli(),
			CloudWatchMetrics: []metricDirective{{
				Namespace:  "Echo",
				Dimensions: [][]string{{"ExecutedVersion"}},
				Metrics:    []metricDefinition{{Name: "ServerErrors", Unit: "Count"}},
			}},
		},
		ExecutedVersion: m.Version,
		ServerErrors:    1,
	})
	_, _ = m.Out.Write(append(line, '\n'))
}
