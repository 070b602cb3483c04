package conformance_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/measured"
	"github.com/goldfinch-dev/goldfinch/internal/operator"
)

// batch is how many records Lambda gives a function at a time.
const batch = 100

// announced gives the announce function what changed in the ledger, and wants
// of each release the events that tell what its history does, word for word.
func announced(t *testing.T, c *cloud) {
	records := c.account.records(t)
	for len(records) > 0 {
		size := min(batch, len(records))
		c.functions.deliver(t, "announce", map[string]any{"Records": records[:size]})
		records = records[size:]
	}
	told := map[string][]string{}
	for _, event := range c.events.all("Goldfinch Release Changed") {
		var detail struct{ Release, Reason string }
		if err := json.Unmarshal([]byte(event.Detail), &detail); err != nil {
			t.Fatal(err)
		}
		if event.by != "announce" || event.Source != "goldfinch" {
			t.Errorf("%s put an event of source %q", event.by, event.Source)
		}
		told[detail.Release] = append(told[detail.Release], detail.Reason)
	}
	ended := map[string]string{}
	for _, event := range c.events.all("Goldfinch Release Ended") {
		var detail struct{ Release, Outcome string }
		if err := json.Unmarshal([]byte(event.Detail), &detail); err != nil {
			t.Fatal(err)
		}
		ended[detail.Release] = detail.Outcome
	}
	list := ask[[]operator.Status](t, c.command, "list", "--limit", "100")
	total := 0
	for _, one := range list {
		var want []string
		for _, entry := range ask[operator.History](t, c.command, "history", one.ID).Entries {
			want = append(want, entry.Text)
		}
		if diff := cmp.Diff(want, told[one.ID]); diff != "" {
			t.Errorf("release %s of %s (-history +events):\n%s", one.ID, one.Service, diff)
		}
		// The state machine tells of the end itself, unless it was stopped.
		if outcome := ended[one.ID]; outcome != string(one.Outcome) && one.Service != stoppedService {
			t.Errorf("the state machine told that release %s of %s has ended as %q, want %s", one.ID, one.Service, outcome, one.Outcome)
		}
		total += len(want)
	}
	measured.Log(t, "moto, real binaries: %d changes of %d releases went through the stream and the announce function onto the bus", total, len(list))
}
