package vectors_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/judge/vectors"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// FuzzRecompute: any input is refused with problems, or gives a document that has all the
// input's values but for what is recomputed, and that stays as it is when it is recomputed again.
func FuzzRecompute(f *testing.F) {
	for _, name := range []string{"vectors.json", "drawn.json", "forms.json"} {
		document := parse(f, read(f, name))
		for _, vector := range document["vectors"].([]any) {
			one, err := json.Marshal(map[string]any{"vectors": []any{vector}})
			if err != nil {
				f.Fatal(err)
			}
			f.Add(one)
		}
	}
	f.Add([]byte(`{"defaults": {"R": [2, 3], "w": [0.5, 0.5]}, "engine_defaults": {"history": null}, "vectors": []}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		once, err := vectors.Recompute(document)
		if err != nil {
			var problems *release.Problems
			if !errors.As(err, &problems) || len(problems.List) == 0 {
				t.Fatalf("refused without a problem: %v", err)
			}
			return
		}
		twice, err := vectors.Recompute(once)
		if err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("recomputed once:\n%s\ntwice (%v):\n%s", once, err, twice)
		}
		if diff := cmp.Diff(kept(t, document), kept(t, once)); diff != "" {
			t.Fatalf("more than the expectations changed: %s", diff)
		}
	})
}

// kept is a document without what is recomputed; numbers are as they are written.
func kept(t *testing.T, data []byte) map[string]any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var document map[string]any
	if err := decoder.Decode(&document); err != nil {
		t.Fatal(err)
	}
	for _, vector := range list(document) {
		delete(vector, "expect")
		if vector["kind"] == "evidence" {
			delete(vector, "first_rollback_minute_single_metric")
		}
	}
	return document
}
