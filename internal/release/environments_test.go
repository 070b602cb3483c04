package release_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

const twoEnvironments = `apiVersion: goldfinch/v1
environments:
  production:
    account: "123456789012"
    region: eu-west-1
    role: arn:aws:iam::123456789012:role/goldfinch-operator
  staging: {account: '012345678901', region: us-gov-west-1, installation: finch, bucket: artifacts}
`

func TestEnvironmentsAreRead(t *testing.T) {
	t.Parallel()
	want := release.Environments{APIVersion: "goldfinch/v1", Environments: map[string]release.Place{
		"production": {Account: "123456789012", Region: "eu-west-1", Role: "arn:aws:iam::123456789012:role/goldfinch-operator"},
		"staging":    {Account: "012345678901", Region: "us-gov-west-1", Installation: "finch", Bucket: "artifacts"},
	}}
	got, err := release.ReadEnvironments([]byte(twoEnvironments))
	if err != nil {
		t.Fatal(err)
	}
	if difference := cmp.Diff(want, got); difference != "" {
		t.Error(difference)
	}
	if names := strings.Join(got.Names(), " "); names != "production staging" {
		t.Errorf("the names are %s", names)
	}
	asJSON, err := yaml.YAMLToJSON([]byte(twoEnvironments))
	if err != nil {
		t.Fatal(err)
	}
	if got, err = release.ReadEnvironments(asJSON); err != nil || !cmp.Equal(want, got) {
		t.Errorf("as JSON: %v %s", err, cmp.Diff(want, got))
	}
}

// TestMistakesInEnvironments has one file for each group of mistakes, with what is said of it beside it.
func TestMistakesInEnvironments(t *testing.T) {
	t.Parallel()
	for _, file := range glob(t, "testdata/environments/*.yaml") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			_, err := release.ReadEnvironments(readFile(t, file))
			if err == nil {
				t.Fatal("the file is taken for right")
			}
			compareGolden(t, strings.TrimSuffix(file, ".yaml")+".txt", err.Error()+"\n")
		})
	}
}

func TestSchemaOfEnvironmentsTellsRightFromWrong(t *testing.T) {
	t.Parallel()
	if err := validateAgainstSchema(t, release.EnvironmentsSchema(), []byte(twoEnvironments)); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"none", "places", "list"} {
		if err := validateAgainstSchema(t, release.EnvironmentsSchema(), readFile(t, "testdata/environments/"+name+".yaml")); err == nil {
			t.Errorf("the schema accepts %s.yaml", name)
		}
	}
}
