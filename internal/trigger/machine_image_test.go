package trigger_test

import (
	"os"
	"strings"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/trigger"
)

// TestAnEventReleasesTheImageThatItsFileAsksFor: what an event has as its artifact stands for one only where the file names none.
func TestAnEventReleasesTheImageThatItsFileAsksFor(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("../../examples/alb.yaml")
	if err != nil {
		t.Fatal(err)
	}
	written, _, err := release.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, event := range map[string]string{
		"the end of a pipeline": pipelineChanged("echo", "12345678-1234-5678-abcd-12345678abcd", "SUCCEEDED"),
		"a job":                 jobEvent(jobID),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.put("pipelines/echo/release.yaml", string(file))
			w.jobs.known[jobID] = job(`{"release":"pipelines/echo/release.yaml"}`)
			want(t, w.handle(event), trigger.Started)
			artifact := w.executions.input(t).Artifact
			if artifact.Image == nil || artifact.Image.Pipeline != written.Artifact.Image.Pipeline || !strings.HasSuffix(artifact.Image.Pipeline, "/echo") || artifact.Package != "" {
				t.Errorf("the artifact is %+v", artifact)
			}
		})
	}
}
