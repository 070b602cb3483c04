package operator

import (
	"context"
	"errors"
	"fmt"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target"
)

// foreseen is what a target says of a release before it begins.
type foreseen struct {
	target.Foresight
	// shifts are what the release itself will know of them when it derives its steps.
	shifts release.Shifts
}

// travelling are the shifts with what they take as far as it is known today.
func (f foreseen) travelling() release.Shifts {
	shifts := f.shifts
	shifts.There, shifts.Back = f.There.Takes.Std(), f.Back.Takes.Std()
	return shifts
}

// foresee asks the target what shifts take, and which weights it can give. Where it can't say, because there is
// nothing yet or it may not be read, the document alone tells, and a note says so unless the release is refused anyway.
func (s *Service) foresee(ctx context.Context, document release.Document, preview *Preview) (foreseen, error) {
	thing, err := s.use.Target(document, noRelease)
	if err != nil {
		return foreseen{}, err
	}
	var found foreseen
	var problem error
	found.shifts, problem = target.Shifts(ctx, thing, document)
	found.There.Takes, found.Back.Takes = release.Duration(found.shifts.There), release.Duration(found.shifts.Back)
	if foreseeing, ok := thing.(target.Foreseeing); ok {
		told, err := foreseeing.Foresee(ctx)
		if err == nil {
			found.Foresight = told
		}
		problem = errors.Join(problem, err)
	}
	if ctx.Err() != nil {
		return foreseen{}, ctx.Err()
	}
	if problem != nil && len(preview.Refusals) == 0 {
		preview.Notes = append(preview.Notes, fmt.Sprintf("what shifts of traffic take, and which weights requests meet, can't be foreseen: %v", problem))
	}
	return found, nil
}

// charges say what AWS charges beside what the workflow itself costs. Lambda's versions cost nothing while nobody calls them.
func charges(document release.Document, ahead foreseen, preview Preview) []string {
	var list []string
	if ahead.Beside != "" {
		lasts := preview.ShortestToPromotion
		if preview.Forecast != nil {
			lasts = preview.Forecast.Time.Likely
		}
		if document.Strategy.Settle != nil {
			lasts += *document.Strategy.Settle
		}
		list = append(list, fmt.Sprintf("%s, for about %s and what starting and ending takes", ahead.Beside, lasts))
	}
	if document.Artifact.Image != nil && document.Artifact.AMI == "" {
		list = append(list, "an instance of EC2 Image Builder while the image is baked, unless it has been baked before, and the image's snapshots for as long as it is kept")
	}
	return list
}
