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

// machineImage refuses images of machines: no target takes one yet.
func (r *reception) machineImage(_ context.Context, payload json.RawMessage) (Result, error) {
	detail, err := detailOf[machineImageDetail](r.home, payload)
	if err != nil {
		return Result{}, err
	}
	if detail.State.Status != "AVAILABLE" {
		return Result{}, ignore("only an image that is available could be released, not one that is %s", quote(detail.State.Status))
	}
	return Result{}, refuse("no target of this version of Goldfinch takes a machine image (artifact ami); the only target is lambda")
}
