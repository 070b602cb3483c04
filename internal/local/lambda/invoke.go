package lambda

import "context"

// Service is a local AWS Lambda.
type Service struct{}

// New returns a Lambda with the functions that the store knows.
func New(options Options) (*Service, error) { return &Service{}, nil }

// An Answer is what an invocation brought.
type Answer struct {
	// Version is the number of the one that ran, or "$LATEST".
	Version string
	Result
}

// Run invokes the function synchronously, as Invoke does, but passes no
// interceptor: it is the way of user traffic. Qualifier is an alias, a version's
// number, or empty for $LATEST. Its errors are the SDK's types:
// ResourceNotFoundException for an unknown function or qualifier,
// TooManyRequestsException, RequestTooLargeException, ResourceConflictException
// while a version is pending, ServiceException when the code cannot be run.
func (s *Service) Run(ctx context.Context, function, qualifier string, payload []byte) (Answer, error) {
	return Answer{}, nil
}
