package lambda

import (
	"context"
	"fmt"
	"io"
	"net/http"
)

// get is the download of a presigned URL. The URL carries its own authority and
// is never put into an error.
func get(ctx context.Context, url string) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, fmt.Errorf("the package's presigned address is not a URL")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("the package's presigned address did not answer: %w", withoutURL(err))
	}
	if response.StatusCode != http.StatusOK {
		response.Body.Close()
		return nil, fmt.Errorf("the package's presigned address answered %s", response.Status)
	}
	return response.Body, nil
}
