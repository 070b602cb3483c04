package lambda

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// The largest payloads: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const (
	synchronousPayload  = 6 << 20
	asynchronousPayload = 1 << 20
)

// An Answer is what an invocation brought.
type Answer struct {
	// Version is the number of the one that ran, or "$LATEST".
	Version string
	Result
}

// A request is one invocation as its caller wanted it.
type request struct {
	function, qualifier string
	clientContext       string
	payload             []byte
}

// Run invokes the function synchronously, as Invoke does, but passes no
// interceptor: it is the way of user traffic. Qualifier is an alias, a version's
// number, or empty for $LATEST. The payload must be JSON. Its errors are the SDK's types:
// ResourceNotFoundException for an unknown function or qualifier,
// TooManyRequestsException, RequestTooLargeException, ResourceConflictException
// while a version is pending, ServiceException when the code cannot be run.
//
// An invocation that began goes on when ctx is done, as on AWS.
func (s *Service) Run(ctx context.Context, function, qualifier string, payload []byte) (Answer, error) {
	if err := ctx.Err(); err != nil {
		return Answer{}, err
	}
	return s.run(ctx, request{function: function, qualifier: qualifier, payload: payload})
}

// Invoke invokes a function: and waits for it, or later (Event), or not at all (DryRun).
func (s *Service) Invoke(ctx context.Context, input *lambda.InvokeInput, _ ...func(*lambda.Options)) (*lambda.InvokeOutput, error) {
	return serve(ctx, s, "Invoke", func(ctx context.Context) (*lambda.InvokeOutput, error) {
		wanted, err := s.wanted(input)
		if err != nil {
			return nil, err
		}
		switch input.InvocationType {
		case types.InvocationTypeDryRun:
			return &lambda.InvokeOutput{StatusCode: http.StatusNoContent}, nil
		case types.InvocationTypeEvent:
			s.later(ctx, wanted)
			return &lambda.InvokeOutput{StatusCode: http.StatusAccepted}, nil
		case types.InvocationTypeRequestResponse, "":
		default:
			return nil, invalid("Unknown invocation type %q", input.InvocationType)
		}
		answer, err := s.run(ctx, wanted)
		if err != nil {
			return nil, err
		}
		out := &lambda.InvokeOutput{StatusCode: http.StatusOK, ExecutedVersion: aws.String(answer.Version), Payload: answer.Payload}
		if answer.FunctionError != "" {
			out.FunctionError = aws.String(answer.FunctionError)
		}
		if input.LogType == types.LogTypeTail {
			out.LogResult = aws.String(base64.StdEncoding.EncodeToString(answer.Log))
		}
		return out, nil
	})
}

// wanted checks an input and finds that what it names exists.
func (s *Service) wanted(input *lambda.InvokeInput) (request, error) {
	found, err := s.resolve(input.FunctionName, input.Qualifier)
	if err != nil {
		return request{}, err
	}
	payload := input.Payload
	if len(payload) == 0 {
		payload = []byte("{}")
	}
	if input.InvocationType == types.InvocationTypeEvent && len(payload) > asynchronousPayload {
		return request{}, tooLarge(len(payload), asynchronousPayload)
	}
	if len(payload) <= synchronousPayload && !json.Valid(payload) {
		return request{}, notJSON()
	}
	return request{
		function: found.name, qualifier: found.qualifier,
		clientContext: aws.ToString(input.ClientContext), payload: payload,
	}, nil
}

func (s *Service) run(ctx context.Context, wanted request) (Answer, error) {
	if len(wanted.payload) > synchronousPayload {
		return Answer{}, tooLarge(len(wanted.payload), synchronousPayload)
	}
	version, alias, err := s.pick(wanted)
	if err != nil {
		return Answer{}, err
	}
	invocation := Invocation{
		RequestID:     s.identifier(),
		ARN:           s.arn(wanted.function, wanted.qualifier),
		Payload:       wanted.payload,
		ClientContext: wanted.clientContext,
	}
	ctx = context.WithoutCancel(ctx)
	counted := Measurement{Function: wanted.function, Alias: alias, Version: version.Number, Start: s.now()}
	result, err := s.options.Runner.Invoke(ctx, version, invocation)
	switch {
	case errors.Is(err, ErrThrottled):
		counted.Throttled = true
		s.record(ctx, counted)
		return Answer{}, throttled()
	case err != nil:
		return Answer{}, internal(err)
	}
	counted.Duration, counted.Error = result.Duration, result.FunctionError != ""
	s.record(ctx, counted)
	return Answer{Version: version.Number, Result: result}, nil
}

func (s *Service) record(ctx context.Context, counted Measurement) {
	if s.options.Meter != nil {
		s.options.Meter.Record(ctx, counted)
	}
}

// pick finds the version to run, and the alias through which it is reached. With
// a weight this is a draw for each invocation:
// https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
func (s *Service) pick(wanted request) (version Version, alias string, err error) {
	found, err := s.resolve(&wanted.function, &wanted.qualifier)
	if err != nil {
		return Version{}, "", err
	}
	if found.alias != nil {
		alias = found.alias.Name
		for second, weight := range found.alias.Weights {
			if s.options.Random() >= weight {
				continue
			}
			if found.number, err = found.function.number(second); err != nil {
				return Version{}, "", functionNotFound(s.arn(found.name, second))
			}
		}
	}
	running, now := found.snapshot(), s.now()
	if found.number == 0 && found.function.Previous != nil && !running.Stamp.done(now) {
		running = *found.function.Previous
	}
	if !running.Stamp.done(now) {
		return Version{}, "", pending()
	}
	return s.version(found.name, running), alias, nil
}

// version is what a Runner is told of a snapshot.
func (s *Service) version(name string, of snapshot) Version {
	config := of.Config
	version := Version{
		ID:         name + "-" + of.ID,
		Function:   name,
		Number:     aws.ToString(config.Version),
		CodeSHA256: aws.ToString(config.CodeSha256),
		Package:    func() ([]byte, error) { return s.read(aws.ToString(config.CodeSha256)) },
		Handler:    aws.ToString(config.Handler),
		MemoryMB:   int(aws.ToInt32(config.MemorySize)),
		Timeout:    time.Duration(aws.ToInt32(config.Timeout)) * time.Second,
	}
	if config.Environment != nil {
		version.Environment = config.Environment.Variables
	}
	return version
}
