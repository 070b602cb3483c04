package compare

import (
	"context"
	"fmt"

	"github.com/goldfinch-dev/goldfinch/internal/simulate/policy"
)

// codeDeployTable shows every predefined configuration of CodeDeploy with SAM's standard alarms beside ours.
func (s *Survey) codeDeployTable(ctx context.Context) (grid, error) {
	table := grid{head: []string{"policy"}}
	var cells []cell
	for _, requests := range []float64{50, 500, 5000} {
		for _, add := range []float64{0, 0.02, 1} {
			table.head = append(table.head, fmt.Sprintf("%v/min, %s", requests, added(add)))
			cells = append(cells, steady(requests, 0.001, add))
		}
	}
	names := []string{"default", "adaptive"}
	for _, one := range policy.All() {
		if one.Deployment != nil && len(one.Deployment.Alarms) > 1 {
			names = append(names, one.Name)
		}
	}
	for _, name := range names {
		line := []string{name}
		for _, c := range cells {
			result, err := s.fly(ctx, c, name)
			if err != nil {
				return grid{}, err
			}
			if c.good() {
				line = append(line, percent(result.RolledBack.Value)+" false")
			} else {
				line = append(line, outcome(result))
			}
		}
		table.add(line...)
	}
	return table, nil
}
