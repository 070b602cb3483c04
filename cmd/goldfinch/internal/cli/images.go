package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/goldfinch-dev/goldfinch/internal/operator"
)

// imagesOptions are the flags of images.
type imagesOptions struct {
	delete bool
	keep   int
}

func (s *session) imagesCommand() *cobra.Command {
	var options imagesOptions
	command := &cobra.Command{
		Use:   "images SERVICE",
		Short: "list the golden images of a service that nobody needs any more; with --delete, delete them",
		Long: `List the golden images of a service that nobody needs any more: no launch template, Auto Scaling group or
instance has them, no other account may launch them, and no release could go back to them. Without --delete nothing is changed.`,
		Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			return s.images(command.Context(), arguments[0], options)
		},
	}
	command.Flags().BoolVar(&options.delete, "delete", false, "delete them, with their snapshots")
	command.Flags().IntVar(&options.keep, "keep", 5, "how many promoted releases of each environment keep their images, 1 to 100")
	return command
}

func (s *session) images(ctx context.Context, service string, options imagesOptions) error {
	if err := within("keep", options.keep); err != nil {
		return err
	}
	reference, err := operator.ParseReference(service)
	if err != nil {
		return err
	}
	switch {
	case reference.ID != "":
		return usage(fmt.Sprintf("images takes SERVICE, and %s is no service's name", service))
	case reference.Environment != "":
		return usage("images takes SERVICE: its environments share their images")
	}
	asked, err := s.connect(ctx, s.global.environment)
	if err != nil {
		return err
	}
	images, err := asked.Images(ctx, operator.ImagesRequest{Service: service, Keep: options.keep, Delete: options.delete})
	if err != nil {
		return err
	}
	return s.print(images, imagesText(images))
}

// imagesText writes images for people.
func imagesText(images operator.Images) string {
	var text strings.Builder
	for _, id := range images.Unneeded {
		if images.Deleted {
			fmt.Fprintf(&text, "%s  deleted\n", id)
		} else {
			fmt.Fprintf(&text, "%s  nobody needs it\n", id)
		}
	}
	if len(images.Unneeded) == 0 {
		fmt.Fprintf(&text, "%s has no golden image that nobody needs\n", images.Service)
	} else if !images.Deleted {
		fmt.Fprintf(&text, "nothing was deleted; --delete deletes them\n")
	}
	return text.String()
}
