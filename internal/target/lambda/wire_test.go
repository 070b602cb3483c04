package lambda_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/lambda"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestWire compares the requests that the SDK's own client sends with a golden
// file: what the local Lambda cannot show is what the SDK leaves out.
func TestWire(t *testing.T) {
	t.Parallel()
	server := &recordingServer{}
	server.alias.FunctionVersion, server.alias.RevisionId = "1", "r-alias"
	address := httptest.NewServer(server)
	t.Cleanup(address.Close)
	client := awslambda.New(awslambda.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(address.URL), HTTPClient: address.Client(),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "nobody", SecretAccessKey: "nothing"}, nil
		}),
	})
	c := newCloud(t, durations{})
	target := lambda.New(lambda.Options{Release: "r-1", Document: c.document("v2"), Lambda: client, CloudWatch: c.cloudWatch, S3: c.s3, Now: c.clock.Now})

	server.chapter("bake")
	if done, err := target.Bake(t.Context()); err != nil || !done {
		t.Error(done, err)
	}
	server.chapter("deploy")
	if version, done, err := target.Deploy(t.Context(), "1"); err != nil || !done || version != "2" {
		t.Error(version, done, err)
	}
	server.chapter("verify")
	if err := target.Verify(t.Context(), "2"); err != nil {
		t.Error(err)
	}
	sevenToTwo := release.Split{Stable: "1", Canary: "2", Weight: 0.07} // as a fraction, it is not exact
	for _, want := range []release.Split{sevenToTwo, tenToTwo, allToTwo, stable} {
		server.chapter("shift to " + want.String())
		if got, err := target.Shift(t.Context(), want, mine(stable, sevenToTwo, tenToTwo, allToTwo)); err != nil || !got.Same(want) {
			t.Error(got, err)
		}
	}
	expectGolden(t, filepath.Join("testdata", "wire.golden"), server.story())
}

// recordingServer is an AWS Lambda that believes everything and writes it down.
type recordingServer struct {
	mu     sync.Mutex
	lines  []string
	sha256 string
	alias  struct {
		Name, FunctionVersion, RevisionId string
		RoutingConfig                     struct{ AdditionalVersionWeights map[string]float64 }
	}
}

// chapter begins a new part of the story.
func (s *recordingServer) chapter(title string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, "-- "+title+" --")
}

func (s *recordingServer) story() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.lines, "\n") + "\n"
}

func (s *recordingServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	line := r.Method + " " + r.URL.RequestURI()
	if kind := r.Header.Get("X-Amz-Invocation-Type"); kind != "" {
		line += " as " + kind
	}
	s.lines = append(s.lines, strings.TrimSpace(line+" "+string(body)))

	const alias = "/2015-03-31/functions/echo/aliases/live"
	function := fmt.Sprintf(`{"FunctionName":"echo","Version":"%%s","CodeSha256":%q,"RevisionId":"r-code","State":"Active","LastUpdateStatus":"Successful"}`, s.sha256)
	switch path := r.URL.Path; {
	case path == alias:
		if r.Method == http.MethodPut {
			s.alias.RoutingConfig.AdditionalVersionWeights = nil
			if err := json.Unmarshal(body, &s.alias); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
		}
		answer, _ := json.Marshal(s.alias)
		w.Write(answer)
	case strings.HasSuffix(path, "/code"):
		s.sha256 = base64Of("v2")
		fmt.Fprintf(w, `{"CodeSha256":%q,"LastUpdateStatus":"Successful"}`, s.sha256)
	case strings.HasSuffix(path, "/versions") && r.Method == http.MethodPost:
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, function, "2")
	case strings.HasSuffix(path, "/versions"):
		fmt.Fprint(w, `{"Versions":[]}`)
	case strings.HasSuffix(path, "/invocations"):
		w.WriteHeader(http.StatusNoContent)
	case strings.HasSuffix(path, "/provisioned-concurrency"):
		w.Header().Set("X-Amzn-Errortype", "ProvisionedConcurrencyConfigNotFoundException")
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{}`)
	default:
		version := r.URL.Query().Get("Qualifier")
		if version == "" {
			version = "$LATEST"
		}
		fmt.Fprintf(w, `{"Tags":{"goldfinch:service":"echo"},"Configuration":`+function+`}`, version)
	}
}

// expectGolden compares with a file, or writes it.
func expectGolden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		must(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
