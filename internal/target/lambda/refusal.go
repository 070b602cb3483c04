package lambda

import (
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/goldfinch-dev/goldfinch/internal/release"
	"github.com/goldfinch-dev/goldfinch/internal/target/call"
)

// refusal turns an error that another try cannot mend into a KindRefused
// failure, and returns every other as it is. It is for calls before anything
// takes traffic.
func (t *Target) refusal(err error) error {
	switch {
	case err == nil:
		return nil
	case isMissing(err):
		return t.functionMissing().Because(err)
	case call.IsDenied(err):
		return release.Fail(release.KindRefused, "Goldfinch is not allowed to do what this release needs").Because(err).
			WithHint("allow that action on that resource in its role's policy")
	case isUnacceptable(err):
		return release.Fail(release.KindRefused, "AWS does not accept the artifact").Because(err)
	default:
		return err
	}
}

// isUnacceptable reports that AWS Lambda will never take this code on this function.
func isUnacceptable(err error) bool {
	return call.Is[*types.InvalidParameterValueException](err) ||
		call.Is[*types.CodeVerificationFailedException](err) ||
		call.Is[*types.InvalidCodeSignatureException](err) ||
		call.Is[*types.CodeSigningConfigNotFoundException](err) ||
		call.Is[*types.CodeStorageExceededException](err) ||
		call.Is[*types.RequestTooLargeException](err)
}
