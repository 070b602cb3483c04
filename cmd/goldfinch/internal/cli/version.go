package cli

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"
)

// A Version is what version prints as JSON.
type Version struct {
	// Version is Goldfinch's.
	Version string `json:"version"`
	// Go is the release of Go that it was built with.
	Go string `json:"go"`
	// Platform is what it was built for, as "linux/amd64".
	Platform string `json:"platform"`
}

func (s *session) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "print the version of this program",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			version := Version{Version: s.environment.Version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
			return s.print(version, fmt.Sprintf("goldfinch %s (%s, %s)\n", version.Version, version.Go, version.Platform))
		},
	}
}
