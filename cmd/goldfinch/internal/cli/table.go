package cli

import (
	"strings"

	"github.com/charmbracelet/lipgloss"
)

// columnGap stands between two columns.
const columnGap = "  "

// tabulate aligns rows under headers, without lines around them. Cells may have colors.
func tabulate(headers []string, rows [][]string) string {
	all := append([][]string{headers}, rows...)
	widths := make([]int, len(headers))
	for _, row := range all {
		for i, cell := range row {
			widths[i] = max(widths[i], lipgloss.Width(cell))
		}
	}
	var text strings.Builder
	for _, row := range all {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString(cell)
			line.WriteString(strings.Repeat(" ", widths[i]-lipgloss.Width(cell)))
			line.WriteString(columnGap)
		}
		text.WriteString(strings.TrimRight(line.String(), " "))
		text.WriteByte('\n')
	}
	return text.String()
}
