package trigger_test

import (
	"strings"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/trigger"
)

// The events of events/hostile have more of these, and more around the handler.
func TestWhatStartsNoRelease(t *testing.T) {
	t.Parallel()
	foreign := func(event, own, other string) string { return strings.Replace(event, own, other, 1) }
	for name, test := range map[string]struct {
		event   string
		trigger string
		want    trigger.Outcome
		says    string
	}{
		"another account":           {foreign(imagePushed("echo", "v2"), account, "210987654321"), trigger.TriggerImage, trigger.Refused, `of account "210987654321"`},
		"another region":            {foreign(pipelineChanged("echo", "1", "SUCCEEDED"), region, "us-east-1"), trigger.TriggerPipeline, trigger.Refused, `of region "us-east-1"`},
		"another bucket":            {foreign(objectCreated("releases/echo/echo.zip", "v"), bucket, "another"), trigger.TriggerObject, trigger.Refused, `in bucket "another"`},
		"another kind of event":     {event("aws.s3", "Object Deleted", nil), trigger.TriggerUnknown, trigger.Refused, `detail-type "Object Deleted"`},
		"no event":                  {`"text"`, trigger.TriggerUnknown, trigger.Refused, "it is a JSON string"},
		"half an event":             {`{"source":`, trigger.TriggerUnknown, trigger.Refused, "unexpected end of JSON"},
		"no key":                    {objectCreated("", "v"), trigger.TriggerObject, trigger.Refused, "no characters"},
		"key with tricks":           {objectCreated("releases/./echo.zip", "v"), trigger.TriggerObject, trigger.Refused, "has a part"},
		"huge key":                  {objectCreated(strings.Repeat("é", 100_000), "v"), trigger.TriggerObject, trigger.Refused, "longer than the 1024 bytes"},
		"other object":              {objectCreated("packages/echo.zip", "v"), trigger.TriggerObject, trigger.Ignored, "not below releases/"},
		"release file":              {objectCreated("releases/echo/release.yaml", "v"), trigger.TriggerObject, trigger.Ignored, "a release file starts no release"},
		"no package":                {objectCreated("releases/echo/echo.txt", "v"), trigger.TriggerObject, trigger.Ignored, "is not a package"},
		"no folder":                 {objectCreated("releases/echo.zip", "v"), trigger.TriggerObject, trigger.Refused, "in no folder of its own"},
		"no version":                {objectCreated("releases/echo/echo.zip", "null"), trigger.TriggerObject, trigger.Refused, "turn on the versioning"},
		"no object":                 {objectCreated("releases/echo/echo.zip", "v"), trigger.TriggerObject, trigger.Ignored, "not there any more"},
		"no digest":                 {foreign(imagePushed("echo", "v2"), digest, "sha256:7F"), trigger.TriggerImage, trigger.Refused, "not the digest"},
		"no repository":             {imagePushed("../echo", "v2"), trigger.TriggerImage, trigger.Refused, "not the name of a repository"},
		"no tag":                    {imagePushed("echo", "v 2"), trigger.TriggerImage, trigger.Refused, "not the tag"},
		"failed push":               {foreign(imagePushed("echo", "v2"), "SUCCESS", "FAILURE"), trigger.TriggerImage, trigger.Ignored, "only a push that succeeds"},
		"image without a file":      {imagePushed("echo", "v2"), trigger.TriggerImage, trigger.Ignored, "images of repository echo start no releases"},
		"failed pipeline":           {pipelineChanged("echo", "1", "FAILED"), trigger.TriggerPipeline, trigger.Ignored, `"FAILED"`},
		"no pipeline":               {pipelineChanged("..", "1", "SUCCEEDED"), trigger.TriggerPipeline, trigger.Refused, "not the name of a pipeline"},
		"no execution":              {pipelineChanged("echo", nil, "SUCCEEDED"), trigger.TriggerPipeline, trigger.Refused, "not the id of a pipeline's execution"},
		"execution of a wrong type": {pipelineChanged("echo", []int{1}, "SUCCEEDED"), trigger.TriggerPipeline, trigger.Refused, "detail.execution-id is a JSON array"},
		"pipeline without a file":   {pipelineChanged("echo", "1", "SUCCEEDED"), trigger.TriggerPipeline, trigger.Ignored, "pipeline echo starts no releases"},
		"machine image":             {event("aws.imagebuilder", "EC2 Image Builder Image State Change", map[string]any{"state": map[string]any{"status": "AVAILABLE"}}), trigger.TriggerMachineImage, trigger.Ignored, "name the pipeline in artifact.image of a release file"},
		"machine image on the way":  {event("aws.imagebuilder", "EC2 Image Builder Image State Change", map[string]any{"state": map[string]any{"status": "TESTING"}}), trigger.TriggerMachineImage, trigger.Ignored, `"TESTING"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			got := w.handle(test.event)
			want(t, got, test.want, test.says)
			if got.Trigger != test.trigger || len(w.executions.started) != 0 || len(got.Reason) > 1000 {
				t.Errorf("result %+v with %d executions", got, len(w.executions.started))
			}
		})
	}
}

func TestAPackageWithoutAUsableReleaseFileIsRefused(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ file, says string }{
		"none":    {"", "store it before the package"},
		"a wrong": {withoutArtifact + "strategy: {steps: []}\nservice: twice\n", "release.yaml:7:1: service: the key is given twice"},
		"a huge":  {withoutArtifact + strings.Repeat("#", 2<<20), "the file is too large"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if test.file != "" {
				w.put("releases/echo/release.yaml", test.file)
			}
			want(t, w.handle(objectCreated("releases/echo/echo.zip", w.put("releases/echo/echo.zip", "v2"))), trigger.Refused, test.says)
		})
	}
}
