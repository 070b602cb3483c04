package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

// maximumBody is how long a request's body may be, in bytes.
const maximumBody = 6 << 20

// A Server answers the same requests on an instance, over HTTP.
type Server struct {
	Service *Service
	// Counts tells CloudWatch of each request.
	Counts *Counts
}

// Serve answers until the process is told to end (SIGTERM), and then finishes what it has begun.
func (s *Server) Serve(ctx context.Context, address string) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("listen for requests: %w", err)
	}
	server := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err = <-ended:
	case <-ctx.Done():
		finish, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		defer cancel()
		err = server.Shutdown(finish)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maximumBody))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if r.URL.Path == "/health" { // the load balancer's question, which is no user's
		w.WriteHeader(http.StatusOK)
		return
	}
	request := events.LambdaFunctionURLRequest{
		RawPath: r.URL.EscapedPath(), RawQueryString: r.URL.RawQuery, Headers: map[string]string{},
		Body: base64.StdEncoding.EncodeToString(body), IsBase64Encoded: true,
	}
	for name, values := range r.Header {
		request.Headers[strings.ToLower(name)] = strings.Join(values, ",")
	}
	request.RequestContext.HTTP.Method, request.RequestContext.HTTP.Path = r.Method, r.URL.Path
	response, err := s.Service.Handle(r.Context(), request)
	if err != nil {
		response = respondError(http.StatusInternalServerError, err.Error())
	}
	w.Header().Set("X-Variant", s.Service.Variant) // says who answered, even where that failed
	for name, value := range response.Headers {
		w.Header().Set(name, value)
	}
	w.WriteHeader(response.StatusCode)
	_, _ = io.WriteString(w, response.Body) // a client that has left has nothing to be told
	s.Counts.Request(time.Since(began), response.StatusCode >= http.StatusInternalServerError)
}

// Counts tells CloudWatch, in its embedded metric format, what each request was like: a load balancer does
// not tell apart the versions that are in one target group.
type Counts struct {
	// Group is the Auto Scaling group that the instance is in, Version the version of its launch template.
	Group, Version string
	// Out is the instance's log.
	Out io.Writer

	mu sync.Mutex
}

type countLine struct {
	AWS                   metricMetadata `json:"_aws"`
	AutoScalingGroupName  string
	LaunchTemplateVersion string
	Requests, Errors      int
	// Duration is in milliseconds.
	Duration float64
}

// Request counts one request.
func (c *Counts) Request(took time.Duration, failed bool) {
	line := countLine{
		AWS: metricMetadata{
			Timestamp: time.Now().UnixMilli(),
			CloudWatchMetrics: []metricDirective{{
				Namespace:  "Goldfinch/Instances",
				Dimensions: [][]string{{"AutoScalingGroupName"}, {"LaunchTemplateVersion"}},
				Metrics:    []metricDefinition{{Name: "Requests", Unit: "Count"}, {Name: "Errors", Unit: "Count"}, {Name: "Duration", Unit: "Milliseconds"}},
			}},
		},
		AutoScalingGroupName: c.Group, LaunchTemplateVersion: c.Version, Requests: 1, Duration: float64(took) / float64(time.Millisecond),
	}
	if failed {
		line.Errors = 1
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = json.NewEncoder(c.Out).Encode(line) // a log that is gone is nobody's to tell
}
