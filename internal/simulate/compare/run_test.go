package compare_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/simulate/compare"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/flight"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/policy"
	"github.com/goldfinch-dev/goldfinch/internal/simulate/world"
)

func TestRunComparesPoliciesInOneWorld(t *testing.T) {
	t.Parallel()
	model := world.Steady(500, 0.001, 0.1)
	table, err := compare.Run(t.Context(), model, nil, 100, 3)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, row := range table.Rows {
		names = append(names, row.Policy)
		if row.Releases != 100 || row.About == "" {
			t.Errorf("%s: %d releases, about %q", row.Policy, row.Releases, row.About)
		}
		if row.RolledBack.Low > row.RolledBack.Value || row.RolledBack.High < row.RolledBack.Value {
			t.Errorf("%s: rolled back %v outside its interval %v", row.Policy, row.RolledBack.Value, row.RolledBack.Interval)
		}
		for what, figure := range map[string]compare.Figure{"mean": row.Exposure.Mean, "median": row.Exposure.Median, "95th percentile": row.Exposure.P95} {
			if figure.Low > figure.Value || figure.High < figure.Value {
				t.Errorf("%s: %s of bad requests %+v outside its interval", row.Policy, what, figure)
			}
		}
	}
	if !reflect.DeepEqual(names, compare.Usual()) {
		t.Errorf("rows %q, want %q", names, compare.Usual())
	}
	again, err := compare.Run(t.Context(), model, nil, 100, 3)
	if err != nil || !reflect.DeepEqual(again, table) {
		t.Errorf("the same seed found something else (%v)", err)
	}
	other, err := compare.Run(t.Context(), model, nil, 100, 4)
	if err != nil || reflect.DeepEqual(other.Rows, table.Rows) {
		t.Errorf("another seed found the same (%v)", err)
	}
}

func TestTableIsWrittenAsJSON(t *testing.T) {
	t.Parallel()
	table, err := compare.Run(t.Context(), world.Steady(500, 0, 0), []string{"Canary10Percent5Minutes-any"}, 1, 3)
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(table)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	row := got["rows"].([]any)[0].(map[string]any)
	if promoted := row["promoted"].(map[string]any); promoted["count"] != 1.0 || promoted["of"] != 1.0 || promoted["value"] != 1.0 || promoted["high"] != 1.0 {
		t.Errorf("promoted is %v", promoted)
	}
	if _, ok := row["minutesToRollback"]; ok {
		t.Errorf("%s tells the minutes of rollbacks that there were not", data)
	}
	if minutes := row["minutesToPromotion"].(map[string]any)["median"].(map[string]any); minutes["value"] != 5.0 || minutes["low"] != 5.0 {
		t.Errorf("minutes to the promotion are %v, want 5", minutes)
	}
	if mean := row["exposure"].(map[string]any)["mean"].(map[string]any); mean["value"] != 0.0 || mean["low"] != 0.0 {
		t.Errorf("mean of one release's bad requests is %v, want 0", mean)
	}
}

func TestTimesAreMinutesWhateverThePeriod(t *testing.T) {
	t.Parallel()
	model := world.Steady(500, 0, 0)
	model.PeriodSeconds = 30
	table, err := compare.Run(t.Context(), model, []string{"Canary10Percent5Minutes-any"}, 20, 3)
	if err != nil || table.Rows[0].MinutesToPromotion.Median.Value != 2.5 {
		t.Errorf("five periods of half a minute: %+v (%v), want 2.5 minutes", table.Rows[0].MinutesToPromotion, err)
	}
}

func TestSomebodysOwnPlanFliesToo(t *testing.T) {
	t.Parallel()
	own := policy.Document("release.yaml", "my own file", flight.WithoutSettling(flight.Document()))
	table, err := compare.Fly(t.Context(), world.Steady(500, 0, 0), []policy.Policy{own}, 20, 3)
	if err != nil || table.Rows[0].Policy != "release.yaml" || table.Rows[0].Promoted.Value != 1 || table.Rows[0].MinutesToCompletion.P95.Value != 5 {
		t.Errorf("flew %+v (%v), want every release completed after 5 minutes", table.Rows, err)
	}
}

func TestEverythingWrongIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	model := world.Steady(500, 0, 0)
	_, err := compare.Run(t.Context(), model, []string{"nobody", "flagger", "nothing"}, 10, 1)
	if err == nil || !strings.Contains(err.Error(), `"nobody"`) || !strings.Contains(err.Error(), `"nothing"`) {
		t.Errorf("unknown names: %v, want both", err)
	}
	model.Metrics = model.Metrics[1:]
	model.Delay = -1
	_, err = compare.Run(t.Context(), model, []string{"flagger"}, 0, 1)
	for _, want := range []string{"delay", "flagger", "releases"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("a wrong model, policy and number: %v, want %q in it", err, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := compare.Run(ctx, world.Steady(500, 0, 0), nil, 10, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
