package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/aws/aws-lambda-go/events"
)

func TestAnInstanceAnswersAndCounts(t *testing.T) {
	t.Parallel()
	service, _ := newService("v3", &fakeDatabase{})
	var log bytes.Buffer
	server := httptest.NewServer(&Server{Service: service, Counts: &Counts{Group: "echo-7", Version: "7", Out: &log}})
	defer server.Close()
	statuses := map[int]int{}
	for range 10 {
		response, err := http.Post(server.URL+"/echo?a=b", "text/plain", strings.NewReader("hello"))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		statuses[response.StatusCode]++
		if variant := response.Header.Get("X-Variant"); variant != "v3" {
			t.Errorf("variant %q answered", variant)
		}
		if response.StatusCode == http.StatusOK && (!strings.Contains(string(body), `"body":"hello"`) || !strings.Contains(string(body), `"query":"a=b"`)) {
			t.Fatalf("answered %s", body)
		}
	}
	if health, err := http.Get(server.URL + "/health"); err != nil || health.StatusCode != http.StatusOK {
		t.Errorf("health: %v, %v", health, err)
	}
	if statuses[http.StatusOK] != 8 || statuses[http.StatusInternalServerError] != 2 {
		t.Errorf("answered %v, want a fifth to fail", statuses)
	}
	requests, failed := 0, 0
	for line := range strings.Lines(log.String()) {
		var count countLine
		if err := json.Unmarshal([]byte(line), &count); err != nil {
			t.Fatal(err)
		}
		if count.AutoScalingGroupName != "echo-7" || count.LaunchTemplateVersion != "7" || count.AWS.CloudWatchMetrics[0].Namespace != "Goldfinch/Instances" {
			t.Fatalf("counted %s", line)
		}
		requests, failed = requests+count.Requests, failed+count.Errors
	}
	if requests != 10 || failed != 2 {
		t.Errorf("counted %d requests and %d failures, want 10 and 2", requests, failed)
	}
}

func TestRESTAPIsAreAnsweredLikeFunctionURLs(t *testing.T) {
	t.Parallel()
	service, _ := newService("v1", &fakeDatabase{})
	for name, event := range map[string]any{
		"function URL": map[string]any{"version": "2.0", "rawPath": "/echo", "rawQueryString": "a=1", "body": "hi", "requestContext": map[string]any{"http": map[string]any{"method": "POST"}}},
		"REST API":     events.APIGatewayProxyRequest{HTTPMethod: "POST", Path: "/echo", QueryStringParameters: map[string]string{"a": "1"}, Body: "hi"},
	} {
		payload, err := json.Marshal(event)
		if err != nil {
			t.Fatal(err)
		}
		response, err := service.HandleEvent(t.Context(), payload)
		want := `{"variant":"v1","method":"POST","path":"/echo","query":"a=1","body":"hi"}`
		if err != nil || response.StatusCode != http.StatusOK || response.Body != want {
			t.Errorf("%s: %d %s, %v; want %s", name, response.StatusCode, response.Body, err, want)
		}
	}
	if _, err := service.HandleEvent(t.Context(), json.RawMessage("no JSON")); err == nil {
		t.Error("what is no JSON was answered")
	}
}

// TestAnInstanceFinishesWhatItHasBegun runs this test's binary as the service, and ends it amid a request.
func TestAnInstanceFinishesWhatItHasBegun(t *testing.T) {
	t.Parallel()
	if address := os.Getenv("ECHO_TEST_ADDRESS"); address != "" {
		service, _ := newService("v4", &fakeDatabase{})
		slow := service.Fault
		service.Fault = func(ctx context.Context) (*events.LambdaFunctionURLResponse, error) {
			fmt.Println("begun")
			return slow(ctx)
		}
		if err := (&Server{Service: service, Counts: &Counts{Out: io.Discard}}).Serve(t.Context(), address); err != nil {
			t.Fatal(err)
		}
		return
	}
	port := httptest.NewServer(nil)
	address := port.Listener.Addr().String()
	port.Close()
	instance := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestAnInstanceFinishesWhatItHasBegun$", "-test.timeout=1m")
	instance.Env = append(os.Environ(), "ECHO_TEST_ADDRESS="+address)
	said, err := instance.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := instance.Start(); err != nil {
		t.Fatal(err)
	}
	for {
		if response, err := http.Get("http://" + address + "/health"); err == nil {
			response.Body.Close()
			break
		}
		if t.Context().Err() != nil {
			t.Fatal("the instance never answered")
		}
	}
	answered := make(chan error, 1)
	go func() {
		response, err := http.Get("http://" + address + "/version") // takes 300 ms
		if err == nil {
			_, err = io.ReadAll(response.Body)
			response.Body.Close()
		}
		answered <- err
	}()
	for lines := bufio.NewScanner(said); lines.Scan() && lines.Text() != "begun"; {
	}
	if err := instance.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := <-answered; err != nil {
		t.Errorf("a request that had begun: %v", err)
	}
	if _, err := io.Copy(io.Discard, said); err != nil {
		t.Fatal(err)
	}
	if err := instance.Wait(); err != nil {
		t.Errorf("the instance ended with %v", err)
	}
}
