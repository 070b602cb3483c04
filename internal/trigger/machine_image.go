package trigger

import (
	"context"
	"encoding/json"
)

// A machineImageDetail is what an "EC2 Image Builder Image State Change" event
// says, as far as it matters here.
// https://docs.aws.amazon.com/imagebuilder/latest/userguide/integ-eventbridge.html
type machineImageDetail struct {
	State struct {
		Status string `json:"status"`
	} `json:"state"`
}

// machineImage starts no release, and says how an image is released instead. The event names neither the AMI nor its pipeline, and each
// image that a release itself bakes has one, too: so it is nothing wrong.
func (r *reception) machineImage(_ context.Context, payload json.RawMessage) (Result, error) {
	detail, err := detailOf[machineImageDetail](r.home, payload)
	if err != nil {
		return Result{}, err
	}
	if detail.State.Status != "AVAILABLE" {
		return Result{}, ignore("only an image that is available could be released, not one that is %s", quote(detail.State.Status))
	}
	return Result{}, ignore("an image that EC2 Image Builder has made starts no release, because the event does not say which AMI it is; " +
		"name the pipeline in artifact.image of a release file, or the AMI in artifact.ami, and release that: a release bakes its image itself")
}
