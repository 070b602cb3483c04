package cli

import (
	"io"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
)

// A palette is how output looks. Without colors it changes nothing.
type palette struct {
	good, bad, waiting, quiet, strong lipgloss.Style
}

// newPalette returns the palette for a stream.
func newPalette(out io.Writer, colorful bool) palette {
	renderer := lipgloss.NewRenderer(out)
	profile := termenv.Ascii
	if colorful {
		profile = termenv.ANSI
	}
	renderer.SetColorProfile(profile)
	style := func(color string) lipgloss.Style { return renderer.NewStyle().Foreground(lipgloss.Color(color)) }
	return palette{
		good:    style("2"),
		bad:     style("1"),
		waiting: style("3"),
		quiet:   style("8"),
		strong:  renderer.NewStyle().Bold(colorful),
	}
}
