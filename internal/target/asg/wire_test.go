package asg_test

import (
	"context"
	"flag"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/asg"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestWire compares what the SDK's own client sends with golden files: of instance refreshes, and of groups what moto knows by an older name. The
// answers are the local Auto Scaling's.
func TestWire(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		cloud  func(testing.TB) *cloud
		change func(*release.Document)
	}{
		"refresh": {newRefreshed, refreshed},
		"groups":  {newCloud, func(*release.Document) {}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := test.cloud(t)
			story := &recorder{names: strings.NewReplacer(c.TargetGroup, "TARGET-GROUP", c.Template, "TEMPLATE")}
			story.client = autoscaling.New(autoscaling.Options{
				Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("nobody", "nothing", ""), HTTPClient: story,
			})
			target := asg.New(asg.Options{
				Release: "r-1", Document: c.document(test.change), Region: "us-east-1",
				LoadBalancing: c.LoadBalancing, AutoScaling: recording{c.AutoScaling, story}, EC2: c.EC2, CloudWatch: c.CloudWatch, Now: c.Clock.Now,
			})
			c.deployed(test.change)
			for _, want := range []release.Split{at(10), at(40), at(0), at(10), at(100), at(0)} {
				story.chapter("to " + want.String())
				c.shift(target, want)
			}
			golden := filepath.Join("testdata", name+".golden")
			if *update {
				must(t, os.MkdirAll("testdata", 0o755))
				must(t, os.WriteFile(golden, []byte(story.text()), 0o644))
			}
			want, err := os.ReadFile(golden)
			must(t, err)
			if got := story.text(); got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// A recorder is an HTTP client that writes down what is sent, and answers nothing.
type recorder struct {
	client *autoscaling.Client
	names  *strings.Replacer
	lines  []string
}

func (r *recorder) chapter(title string) { r.lines = append(r.lines, "-- "+title+" --") }

func (r *recorder) text() string { return strings.Join(r.lines, "\n") + "\n" }

// Do writes the form's fields, each in a line, sorted.
func (r *recorder) Do(request *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	r.lines = append(r.lines, form.Get("Action"))
	var fields []string
	for key, values := range form {
		if key != "Action" && key != "Version" {
			fields = append(fields, "  "+key+"="+r.names.Replace(strings.Join(values, ",")))
		}
	}
	slices.Sort(fields)
	r.lines = append(r.lines, fields...)
	action := form.Get("Action")
	answer := "<" + action + "Response><" + action + "Result></" + action + "Result></" + action + "Response>"
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"text/xml"}}, Body: io.NopCloser(strings.NewReader(answer))}, nil
}

// recording is the local Auto Scaling, of which each call that changes anything is sent by the SDK's client first.
type recording struct {
	asg.AutoScalingAPI
	story *recorder
}

func (r recording) StartInstanceRefresh(ctx context.Context, input *autoscaling.StartInstanceRefreshInput, options ...func(*autoscaling.Options)) (*autoscaling.StartInstanceRefreshOutput, error) {
	if _, err := r.story.client.StartInstanceRefresh(ctx, input); err != nil {
		return nil, err
	}
	return r.AutoScalingAPI.StartInstanceRefresh(ctx, input, options...)
}

func (r recording) CancelInstanceRefresh(ctx context.Context, input *autoscaling.CancelInstanceRefreshInput, options ...func(*autoscaling.Options)) (*autoscaling.CancelInstanceRefreshOutput, error) {
	if _, err := r.story.client.CancelInstanceRefresh(ctx, input); err != nil {
		return nil, err
	}
	return r.AutoScalingAPI.CancelInstanceRefresh(ctx, input, options...)
}

func (r recording) RollbackInstanceRefresh(ctx context.Context, input *autoscaling.RollbackInstanceRefreshInput, options ...func(*autoscaling.Options)) (*autoscaling.RollbackInstanceRefreshOutput, error) {
	if _, err := r.story.client.RollbackInstanceRefresh(ctx, input); err != nil {
		return nil, err
	}
	return r.AutoScalingAPI.RollbackInstanceRefresh(ctx, input, options...)
}

func (r recording) CreateOrUpdateTags(ctx context.Context, input *autoscaling.CreateOrUpdateTagsInput, options ...func(*autoscaling.Options)) (*autoscaling.CreateOrUpdateTagsOutput, error) {
	if _, err := r.story.client.CreateOrUpdateTags(ctx, input); err != nil {
		return nil, err
	}
	return r.AutoScalingAPI.CreateOrUpdateTags(ctx, input, options...)
}

func (r recording) AttachTrafficSources(ctx context.Context, input *autoscaling.AttachTrafficSourcesInput, options ...func(*autoscaling.Options)) (*autoscaling.AttachTrafficSourcesOutput, error) {
	if _, err := r.story.client.AttachTrafficSources(ctx, input); err != nil {
		return nil, err
	}
	return r.AutoScalingAPI.AttachTrafficSources(ctx, input, options...)
}

func (r recording) DetachTrafficSources(ctx context.Context, input *autoscaling.DetachTrafficSourcesInput, options ...func(*autoscaling.Options)) (*autoscaling.DetachTrafficSourcesOutput, error) {
	if _, err := r.story.client.DetachTrafficSources(ctx, input); err != nil {
		return nil, err
	}
	return r.AutoScalingAPI.DetachTrafficSources(ctx, input, options...)
}
