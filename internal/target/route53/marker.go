package route53

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
)

// markerTTL is the marker's, in seconds. Nobody looks it up.
const markerTTL = 60

// A mark is what the marker says.
type mark struct {
	service, environment string
	// stable is the version that takes what the canary does not.
	stable string
	// serial counts the batches.
	serial int
	// since is when the last one was made.
	since time.Time
}

// markerName is the marker's name, as Route 53 writes it.
func markerName(name, kind string) string { return "_goldfinch-" + strings.ToLower(kind) + "." + name }

// record is the marker.
func (m mark) record(name string) types.ResourceRecordSet {
	return types.ResourceRecordSet{
		Name: aws.String(name), Type: types.RRTypeTxt, TTL: aws.Int64(markerTTL), ResourceRecords: []types.ResourceRecord{{Value: aws.String(m.String())}},
	}
}

// String is the value of the TXT record, which is several texts of at most 255 characters each.
func (m mark) String() string {
	return fmt.Sprintf(`"goldfinch" "service=%s" "environment=%s" "stable=%s" "serial=%d" "since=%s"`,
		m.service, m.environment, m.stable, m.serial, m.since.UTC().Format(time.RFC3339))
}

// readMark reads a marker; ok is false when it is none.
func readMark(record types.ResourceRecordSet) (m mark, ok bool) {
	if len(record.ResourceRecords) != 1 {
		return mark{}, false
	}
	texts := strings.Fields(strings.ReplaceAll(aws.ToString(record.ResourceRecords[0].Value), `"`, " "))
	if len(texts) == 0 || texts[0] != "goldfinch" {
		return mark{}, false
	}
	for _, text := range texts[1:] {
		key, value, _ := strings.Cut(text, "=")
		var err error
		switch key {
		case "service":
			m.service = value
		case "environment":
			m.environment = value
		case "stable":
			m.stable = value
		case "serial":
			m.serial, err = strconv.Atoi(value)
		case "since":
			m.since, err = time.Parse(time.RFC3339, value)
		}
		if err != nil {
			return mark{}, false
		}
	}
	return m, m.service != "" && m.environment != ""
}
