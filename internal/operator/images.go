package operator

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/goldfinch-dev/goldfinch/internal/ledger"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// defaultKeptImages is how many promoted releases of each environment keep their images by default.
const defaultKeptImages = 5

// An ImagesRequest asks which golden images of a service nobody needs any more.
type ImagesRequest struct {
	Service string `json:"service"`
	// Keep is the rollback window: how many promoted releases of each environment keep their images, 1–100; 0 is 5.
	Keep int `json:"keep,omitempty"`
	// Delete deletes them; otherwise nothing is changed.
	Delete bool `json:"delete,omitempty"`
}

// Images are the golden images of a service that nobody needs any more.
type Images struct {
	Service string `json:"service"`
	// Unneeded are their ids: no launch template, group or instance has them, no other account may launch them,
	// and they are in no rollback window.
	Unneeded []string `json:"unneeded"`
	// Kept are the ids of images in a rollback window, or of a release that runs.
	Kept []string `json:"kept"`
	// Deleted: they were deleted, with their snapshots.
	Deleted bool `json:"deleted"`
}

// Images finds the golden images of a service that nobody needs any more, and deletes them when that is asked for.
// A service that was never released is a [*NotFoundError]. While a release of it runs in any environment, nothing is deleted, which is a
// KindRefused failure: it may take any image that was ever baked for the service. What was deleted before the release began stays so.
func (s *Service) Images(ctx context.Context, request ImagesRequest) (Images, error) {
	if request.Service == "" {
		return Images{}, &InvalidError{Message: "say whose images: SERVICE"}
	}
	if request.Keep == 0 {
		request.Keep = defaultKeptImages
	}
	if request.Keep < 1 || request.Keep > maxListLimit {
		return Images{}, &InvalidError{Message: fmt.Sprintf("the releases that keep their images are 1 to %d, not %d", maxListLimit, request.Keep)}
	}
	if err := s.known(ctx, request.Service, ""); err != nil {
		return Images{}, err
	}
	latest, kept, err := s.keptImages(ctx, request)
	if err != nil {
		return Images{}, err
	}
	if latest == nil { // it is released of packages alone
		return Images{Service: request.Service, Unneeded: []string{}, Kept: []string{}, Deleted: request.Delete}, nil
	}
	keep := func(ctx context.Context) ([]string, error) {
		_, kept, err := s.keptImages(ctx, request)
		return kept, err
	}
	unneeded, err := s.use.CollectImages(ctx, latest.Document, latest.ID, keep, !request.Delete)
	if unneeded == nil {
		unneeded = []string{}
	}
	return Images{Service: request.Service, Unneeded: unneeded, Kept: kept, Deleted: request.Delete}, err
}

// keptImages are the images in the rollback windows of all environments of a service, and of releases that run, and the
// newest release of an image; nil when there is none. Where images are to be deleted, a release that runs is a KindRefused failure.
func (s *Service) keptImages(ctx context.Context, request ImagesRequest) (latest *ledger.Record, kept []string, err error) {
	places, err := s.use.Ledger.Services(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("list the environments of %s: %w", request.Service, err)
	}
	kept = []string{}
	var running []string
	for _, place := range places {
		if place.Service != request.Service {
			continue
		}
		records, err := s.use.Ledger.Releases(ctx, place.Service, place.Environment, maxListLimit)
		if err != nil {
			return nil, nil, fmt.Errorf("read the releases of %s: %w", place, err)
		}
		promoted := 0
		for i, record := range records { // the newest first
			if request.Delete && !record.Ended() {
				running = append(running, record.ID)
			}
			artifact := record.Document.Artifact
			if artifact.AMI == "" && artifact.Image == nil {
				continue
			}
			if latest == nil || record.CreatedAt.After(latest.CreatedAt) {
				latest = &records[i]
			}
			wanted := !record.Ended()
			if record.Outcome == release.Promoted && promoted < request.Keep {
				promoted++
				wanted = true
			}
			if wanted && artifact.AMI != "" {
				kept = append(kept, artifact.AMI)
			}
		}
	}
	if latest != nil && len(running) > 0 {
		return nil, nil, release.Fail(release.KindRefused, "no image of %s is deleted while a release of it runs, which may take any of them: %s", request.Service, strings.Join(running, ", ")).
			WithHint("ask again when it has ended; without --delete, nothing is changed, and what is unneeded now is listed")
	}
	slices.Sort(kept)
	return latest, slices.Compact(kept), nil
}
