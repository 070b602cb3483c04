package cli_test

import (
	"os"
	"path/filepath"
	"testing"
)

// TestTheSchemaOfVectorsIsTheDocumentedOne: it is written by hand, because the output keeps
// what the input has. The test's vectors, which others made, are valid by it; what misspells a key is not.
func TestTheSchemaOfVectorsIsTheDocumentedOne(t *testing.T) {
	t.Parallel()
	var texts []string
	for _, folder := range []string{docsFolder, ownFolder} {
		text, err := os.ReadFile(filepath.Join(moduleRoot, folder, "judge.schema.json"))
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	if texts[0] != texts[1] {
		t.Errorf("judge.schema.json differs between %s and %s: copy the one that is right", docsFolder, ownFolder)
	}
	for _, name := range []string{"vectors.json", "forms.json"} {
		reference, err := os.ReadFile(filepath.Join(moduleRoot, "internal/judge/vectors/testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := validate("judge", reference); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, document := range []string{
		`{}`, `{"vectors": [{"kind": "dispersion", "input": []}]}`, `{"vectors": [], "defaults": {"rhoo": 1}}`,
		`{"vectors": [{"kind": "evidence", "input": [], "expect": 1}]}`,
	} {
		if err := validate("judge", []byte(document)); err == nil {
			t.Errorf("the schema allows %s", document)
		}
	}
}
