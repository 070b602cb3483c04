package lambda

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// get reads a package from its presigned URL. The URL carries its own
// authority, so it is never put into an error.
func get(ctx context.Context, location string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, location, nil)
	if err != nil {
		return nil, errors.New("its location is not a URL")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("its location did not answer: %w", withoutURL(err))
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("its location answered %s", response.Status)
	}
	content, err := io.ReadAll(io.LimitReader(response.Body, restoreLimit+1))
	if err != nil {
		return nil, fmt.Errorf("its location broke off: %w", err)
	}
	if len(content) > restoreLimit {
		return nil, fmt.Errorf("it is larger than %d bytes, and no more can be put back", restoreLimit)
	}
	return content, nil
}

// withoutURL is the cause of an HTTP client's error, whose text would show the URL.
func withoutURL(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}
