package image_test

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
	awsimagebuilder "github.com/aws/aws-sdk-go-v2/service/imagebuilder"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/image"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestWire compares the requests that the SDK's own client sends with a golden file, because moto has no Image
// Builder: what the local one cannot show is what the SDK leaves out.
func TestWire(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	server := &recordingServer{account: account}
	baker := server.baker(t, c)
	server.answer = built("BUILDING", "", c, "")
	server.chapter("preflight")
	if _, problems, err := baker.Preflight(t.Context()); err != nil || len(problems) > 0 {
		t.Error(problems, err)
	}
	server.chapter("the first look")
	if done, err := baker.Bake(t.Context()); err != nil || done {
		t.Error(done, err)
	}
	server.chapter("the image is there")
	ami := c.image("echo 1")
	server.answer = built("AVAILABLE", "", c, distributed("us-east-1", account, "ami-0000000000000000d")+","+distributed(region, other, "ami-0000000000000000e")+","+distributed(region, account, ami))
	if done, err := baker.Bake(t.Context()); err != nil || !done {
		t.Error(done, err)
	}
	server.chapter("its id")
	if id, err := baker.AMI(t.Context()); err != nil || id != ami {
		t.Error(id, err)
	}
	expectGolden(t, filepath.Join("testdata", "wire.golden"), server.story())
}

// TestBuildsOverTheWire: what a build may say, and what comes of it.
func TestBuildsOverTheWire(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status, reason, amis string
		kind                 release.Kind
		want                 string
	}{
		"goes on":              {status: "INTEGRATING"},
		"failed":               {status: "FAILED", reason: "tests failed", kind: release.KindUnhealthy, want: "is FAILED: tests failed"},
		"failed without words": {status: "FAILED", kind: release.KindUnhealthy, want: "image builder gives no reason"},
		"cancelled":            {status: "CANCELLED", reason: "by a person", kind: release.KindUnhealthy, want: "is CANCELLED: by a person"},
		"deleted":              {status: "DELETED", kind: release.KindUnhealthy, want: "is DELETED"},
		"elsewhere": {status: "AVAILABLE", amis: distributed("us-east-1", account, "ami-0000000000000000d") + "," + distributed(region, other, "ami-0000000000000000e"),
			kind: release.KindRefused, want: "made no AMI for eu-west-1 in account 123456789012, but: eu-west-1 210987654321, us-east-1 123456789012"},
		"nowhere": {status: "AVAILABLE", kind: release.KindRefused, want: "but: nowhere"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			server := &recordingServer{account: account, answer: built(test.status, test.reason, c, test.amis)}
			done, err := server.baker(t, c).Bake(t.Context())
			if test.kind == "" {
				if done || err != nil {
					t.Errorf("%t, %v", done, err)
				}
				return
			}
			expectKind(t, name, err, test.kind)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("it says %v, want %s", err, test.want)
			}
		})
	}
}

// TestErrorsOverTheWire: Image Builder's codes, as they come.
func TestErrorsOverTheWire(t *testing.T) {
	t.Parallel()
	for code, test := range map[string]struct {
		status int
		kind   release.Kind
	}{
		"ResourceInUseException":               {http.StatusBadRequest, release.KindTransient},
		"CallRateLimitExceededException":       {http.StatusTooManyRequests, release.KindTransient},
		"ServiceUnavailableException":          {http.StatusServiceUnavailable, release.KindTransient},
		"IdempotentParameterMismatchException": {http.StatusBadRequest, release.KindConflict},
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			server := &recordingServer{account: account, fail: code, status: test.status}
			_, err := server.baker(t, c).Bake(t.Context())
			expectKind(t, code, err, test.kind)
		})
	}
}

// TestWhatPipelinesMayBe: which pipelines can't be used, and what is said about versions that float.
func TestWhatPipelinesMayBe(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	containers := &recordingServer{account: account, containers: true}
	if _, problems, err := containers.baker(t, c).Preflight(t.Context()); err != nil || len(problems) != 1 || !strings.Contains(problems[0], "makes containers, not AMIs") {
		t.Errorf("containers: %q (%v)", problems, err)
	}
	floating := &recordingServer{account: account, base: "arn:aws:imagebuilder:eu-west-1:aws:image/amazon-linux-2023-arm64/x.x.x"}
	notes, problems, err := floating.baker(t, c).Preflight(t.Context())
	if err != nil || len(problems) > 0 || len(notes) != 2 || !strings.HasPrefix(notes[0], floating.base+" has no fixed version") {
		t.Errorf("floating: notes %q, problems %q (%v)", notes, problems, err)
	}
	denied := &recordingServer{account: account, fail: "AccessDeniedException", status: http.StatusForbidden, failReads: true}
	if _, problems, err := denied.baker(t, c).Preflight(t.Context()); err != nil || len(problems) != 1 || !strings.Contains(problems[0], "may not be read") {
		t.Errorf("denied: %q (%v)", problems, err)
	}
}

// built is a build in a state, as GetImage tells of it.
func built(status, reason string, c *cloud, amis string) string {
	began, _ := json.Marshal(c.clock.Now())
	return fmt.Sprintf(`{"image":{"arn":"arn:aws:imagebuilder:eu-west-1:123456789012:image/echo/1.0.0/1","dateCreated":%s,"state":{"status":%q,"reason":%q},"outputResources":{"amis":[%s]}}}`,
		began, status, reason, amis)
}

// distributed is one AMI of a build.
func distributed(region, account, id string) string {
	return fmt.Sprintf(`{"region":%q,"accountId":%q,"image":%q,"name":"echo"}`, region, account, id)
}

// recordingServer is an EC2 Image Builder that believes everything and writes it down.
type recordingServer struct {
	account string
	// answer is what GetImage says.
	answer string
	// fail is the code with which starting, or also reading, is answered.
	fail       string
	status     int
	failReads  bool
	containers bool
	base       string

	mu    sync.Mutex
	lines []string
}

// baker makes one whose Image Builder is the server, and whose EC2 is the cloud's.
func (s *recordingServer) baker(t *testing.T, c *cloud) *image.Baker {
	t.Helper()
	address := httptest.NewServer(s)
	t.Cleanup(address.Close)
	client := awsimagebuilder.New(awsimagebuilder.Options{
		Region: region, BaseEndpoint: aws.String(address.URL), HTTPClient: address.Client(), RetryMaxAttempts: 1,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "nobody", SecretAccessKey: "nothing"}, nil
		}),
	})
	return image.New(image.Options{Release: "r-1", Document: c.document(), EC2: c.ec2, ImageBuilder: client, Region: region, Now: c.clock.Now})
}

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
	var said any
	if json.Unmarshal(body, &said) == nil {
		body, _ = json.Marshal(said) // the SDK writes maps in any order
	}
	s.lines = append(s.lines, strings.TrimSpace(r.Method+" "+r.URL.RequestURI()+" "+string(body)))
	starts := r.URL.Path == "/StartImagePipelineExecution"
	if s.fail != "" && (starts || s.failReads) {
		w.Header().Set("X-Amzn-Errortype", s.fail)
		w.WriteHeader(s.status)
		fmt.Fprint(w, `{"message":"no"}`)
		return
	}
	recipe := `"imageRecipeArn":"arn:aws:imagebuilder:eu-west-1:123456789012:image-recipe/echo/1.0.0"`
	if s.containers {
		recipe = `"containerRecipeArn":"arn:aws:imagebuilder:eu-west-1:123456789012:container-recipe/echo/1.0.0"`
	}
	if s.base == "" {
		s.base = "ami-00000000000000001"
	}
	switch {
	case starts:
		fmt.Fprint(w, `{"imageBuildVersionArn":"arn:aws:imagebuilder:eu-west-1:123456789012:image/echo/1.0.0/1"}`)
	case r.URL.Path == "/GetImagePipeline":
		fmt.Fprintf(w, `{"imagePipeline":{"arn":"arn:aws:imagebuilder:eu-west-1:123456789012:image-pipeline/echo",%s,"tags":{"goldfinch:service":"echo"},`+
			`"infrastructureConfigurationArn":"arn:aws:imagebuilder:eu-west-1:123456789012:infrastructure-configuration/echo"}}`, recipe)
	case r.URL.Path == "/GetImageRecipe":
		fmt.Fprintf(w, `{"imageRecipe":{"parentImage":%q}}`, s.base)
	default:
		fmt.Fprint(w, s.answer)
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
