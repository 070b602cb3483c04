package metric_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/metric"
)

func line() metric.Line {
	return metric.Line{
		At:         time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC),
		Values:     []metric.Value{{Name: "Share", Unit: metric.Percent, Amount: 12.5}, {Name: "Events", Unit: metric.Count, Amount: 1}},
		Dimensions: map[string]string{"Service": "echo", "Result": "started"},
		Sets:       [][]string{{"Service", "Result"}, {}},
		About:      map[string]any{"release": "r1"},
	}
}

const object = `{"Events":1,"Result":"started","Service":"echo","Share":12.5,` +
	`"_aws":{"Timestamp":1772438400000,"CloudWatchMetrics":[{"Namespace":"Goldfinch","Dimensions":[["Service","Result"],[]],` +
	`"Metrics":[{"Name":"Share","Unit":"Percent"},{"Name":"Events","Unit":"Count"}]}]},"release":"r1"}`

func TestALineIsOneObject(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	written, err := line().WriteTo(&log)
	if err != nil || int(written) != log.Len() {
		t.Errorf("%d of %d bytes were written (%v)", written, log.Len(), err)
	}
	if diff := cmp.Diff(object+"\n", log.String()); diff != "" {
		t.Errorf("line (-want +got):\n%s", diff)
	}
}

func TestAMessageOfTheLogIsALineToo(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).LogAttrs(t.Context(), slog.LevelInfo, "answered", line().Attributes()...)
	var want, got map[string]any
	if err := json.Unmarshal([]byte(object), &want); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(log.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want["msg"], want["level"], want["time"] = "answered", "INFO", got["time"]
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}
}

func TestALineThatCanNotBeWrittenIsAnError(t *testing.T) {
	t.Parallel()
	if _, err := line().WriteTo(closed{}); !errors.Is(err, errClosed) {
		t.Errorf("got %v", err)
	}
	odd := line()
	odd.About = map[string]any{"release": func() {}}
	var log bytes.Buffer
	if _, err := odd.WriteTo(&log); err == nil || !strings.HasPrefix(err.Error(), "write a metric: ") || log.Len() > 0 {
		t.Errorf("wrote %q (%v)", log.String(), err)
	}
}

type closed struct{}

var errClosed = errors.New("standard output is closed")

func (closed) Write([]byte) (int, error) { return 0, errClosed }
