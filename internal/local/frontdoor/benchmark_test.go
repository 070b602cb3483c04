package frontdoor_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	goruntime "runtime"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/goldfinch-dev/goldfinch/internal/local/bundle"
	"github.com/goldfinch-dev/goldfinch/internal/local/frontdoor"
	"github.com/goldfinch-dev/goldfinch/internal/local/lambda"
	"github.com/goldfinch-dev/goldfinch/internal/local/runtime"
	"github.com/goldfinch-dev/goldfinch/internal/local/store"
)

// BenchmarkFrontDoor compares, side by side and each at 200 requests a second, a
// real function that is invoked directly with the same one through the front door
// and HTTP. It reports the medians, and what the door adds, in milliseconds.
func BenchmarkFrontDoor(b *testing.B) {
	service := echo(b)
	server := httptest.NewServer(frontdoor.New(service))
	defer server.Close()
	client := server.Client()
	event := []byte(`{"version":"2.0","rawPath":"/version","requestContext":{"http":{"method":"GET","path":"/version"}}}`)

	directly := func() error {
		answer, err := service.Run(context.Background(), "echo", "live", event)
		if err == nil && answer.FunctionError != "" {
			err = fmt.Errorf("function error: %s", answer.Payload)
		}
		return err
	}
	throughDoor := func() error {
		response, err := client.Get(server.URL + "/echo/live/version")
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			return err
		}
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("status %d", response.StatusCode)
		}
		return nil
	}
	ways := []func() error{directly, throughDoor}
	took := make([][]time.Duration, len(ways))
	for _, way := range ways { // what only the first request pays is not compared
		if err := way(); err != nil {
			b.Fatal(err)
		}
	}
	ticks := time.NewTicker(time.Second / 200)
	defer ticks.Stop()
	order := []int{0, 1}
	for b.Loop() {
		<-ticks.C
		for _, i := range order {
			began := time.Now()
			if err := ways[i](); err != nil {
				b.Fatal(err)
			}
			took[i] = append(took[i], time.Since(began))
		}
		slices.Reverse(order) // neither is always the one that finds the caches warm
	}
	direct, door := median(took[0]), median(took[1])
	b.ReportMetric(direct, "direct-p50-ms")
	b.ReportMetric(door, "door-p50-ms")
	b.ReportMetric(door-direct, "added-p50-ms")
}

func median(durations []time.Duration) float64 {
	slices.Sort(durations)
	return float64(durations[len(durations)/2]) / float64(time.Millisecond)
}

// echo is local Lambda with the echo example as echo/live.
func echo(b *testing.B) *lambda.Service {
	b.Helper()
	ctx := context.Background()
	program, err := bundle.Compile(ctx, bundle.Program{
		Package: "github.com/goldfinch-dev/goldfinch/examples/echo", OS: goruntime.GOOS, Arch: goruntime.GOARCH,
	})
	if err != nil {
		b.Fatal(err)
	}
	packed, err := bundle.Zip(program)
	if err != nil {
		b.Fatal(err)
	}
	manager, err := runtime.New(runtime.Options{Directory: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := manager.Close(context.Background()); err != nil {
			b.Error(err)
		}
	})
	service, err := lambda.New(lambda.Options{Store: store.Memory(), Runner: manager})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := service.CreateFunction(ctx, &awslambda.CreateFunctionInput{
		FunctionName: aws.String("echo"), Role: aws.String("arn:aws:iam::000000000000:role/echo"), Publish: true,
		Runtime: types.RuntimeProvidedal2023, Handler: aws.String(bundle.Bootstrap),
		Code: &types.FunctionCode{ZipFile: packed},
	}); err != nil {
		b.Fatal(err)
	}
	if _, err := service.CreateAlias(ctx, &awslambda.CreateAliasInput{
		FunctionName: aws.String("echo"), Name: aws.String("live"), FunctionVersion: aws.String("1"),
	}); err != nil {
		b.Fatal(err)
	}
	return service
}
