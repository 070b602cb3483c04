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
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(d.String()) }

// UnmarshalJSON reads the string that MarshalJSON writes.
func (d *Duration) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return fmt.Errorf("a duration is a string such as \"5m\": %w", err)
	}
	v, err := time.ParseDuration(text)
	if err != nil {
		return fmt.Errorf("a duration is a string such as \"5m\": %w", err)
	}
	*d = Duration(v)
	return nil
}
