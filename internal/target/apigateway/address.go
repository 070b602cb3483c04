package apigateway

import "context"

// Address is what invokes the version of the function that a deployment leads to, whatever the stage's canary gets: FUNCTION:VERSION. The
// requests are counted with those that come through the API.
func (t *Target) Address(ctx context.Context, version string) (string, error) {
	present, err := t.look(ctx)
	if err != nil {
		return "", err
	}
	number := present.version(version)
	if number == "" {
		return "", t.versionMissing(present, version)
	}
	return t.settings.Function + ":" + number, nil
}
