package trigger_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/trigger"
)

// FuzzHandle holds the handler to its promise for whatever comes: no panic, and
// either a whole result or an error. Nothing here can fail that a retry would mend, so it is a result.
func FuzzHandle(f *testing.F) {
	for _, pattern := range []string{"../../events/*.json", "../../events/hostile/*.json"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			f.Fatalf("no events are named %s (%v)", pattern, err)
		}
		for _, name := range names {
			content, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(content)
		}
	}
	f.Add([]byte(imagePushed("echo", "v2")))
	f.Add([]byte(pipelineChanged("echo", "1", "SUCCEEDED")))
	f.Add([]byte(jobEvent(jobID)))
	f.Fuzz(func(t *testing.T, payload []byte) {
		w := newWorld(t)
		w.put("releases/echo/release.yaml", withoutArtifact)
		w.put("images/echo/release.yaml", withoutArtifact)
		w.put("pipelines/echo/release.yaml", withoutArtifact+"artifact: s3://builds/echo.zip\n")
		w.jobs.known[jobID] = job(`{"release":"releases/echo/release.yaml"}`)
		result := w.handle(string(payload))
		if result.Trigger == "" || result.Reason == "" {
			t.Errorf("result %+v", result)
		}
		switch result.Result {
		case trigger.Started, trigger.Joined:
			if !id.MatchString(result.Release) || len(result.Release) > 80 || len(w.executions.started) != 1 {
				t.Errorf("result %+v with %d executions", result, len(w.executions.started))
			}
		case trigger.Ignored, trigger.Refused:
			if result.Release != "" || len(w.executions.started) != 0 {
				t.Errorf("result %+v with %d executions", result, len(w.executions.started))
			}
		default:
			t.Errorf("result %+v", result)
		}
	})
}
