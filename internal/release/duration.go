package release

import (
	"encoding/json"
	"fmt"
	"time"
)

// A Duration is a time.Duration that documents write as Go does: "90s", "5m", "1h30m".
type Duration time.Duration

// Std returns d as the standard library's type.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// epoch is where the periods of the grid begin that CloudWatch counts in.
var epoch = time.Unix(0, 0)

// Floor is when the period of length d began that a time is in, in UTC. Periods begin at whole multiples
// of their length since 1970, as CloudWatch's do. [time.Time.Truncate] counts from the year 1, which is
// another grid for lengths that do not divide a day, and some that do not divide a week.
func (d Duration) Floor(at time.Time) time.Time {
	begins := epoch.Sub(epoch.Truncate(d.Std()))
	return at.Add(-begins).Truncate(d.Std()).Add(begins).UTC()
}

// String writes d without the zero units that time.Duration keeps: "5m", not "5m0s".
func (d Duration) String() string {
	v := time.Duration(d)
	if v == 0 {
		return "0s"
	}
	text := v.String()
	if v%time.Minute == 0 {
		text = text[:len(text)-len("0s")]
		if v%time.Hour == 0 {
			text = text[:len(text)-len("0m")]
		}
	}
	return text
}

// MarshalJSON writes d as a string.
func (d Duration) MarshalJSON() ([]byte, error) { return []byte(`"` + d.String() + `"`), nil }

// UnmarshalJSON reads the string that MarshalJSON writes.
func (d *Duration) UnmarshalJSON(data []byte) error {
	text, plain := plainText(data)
	if !plain {
		if err := json.Unmarshal(data, &text); err != nil {
			return fmt.Errorf("a duration is a string such as \"5m\": %w", err)
		}
	}
	v, err := time.ParseDuration(text)
	if err != nil {
		return fmt.Errorf("a duration is a string such as \"5m\": %w", err)
	}
	*d = Duration(v)
	return nil
}

// plainText is what stands between the quotation marks of a JSON string of letters, digits and points,
// as nearly every duration is; a record of a release has a dozen, and is read often.
func plainText(data []byte) (text string, ok bool) {
	if len(data) < 2 || data[0] != '"' || data[len(data)-1] != '"' {
		return "", false
	}
	inner := data[1 : len(data)-1]
	for _, c := range inner {
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && c != '.' {
			return "", false
		}
	}
	return string(inner), true
}
