package elasticloadbalancingv2

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// fixedStatus are the statuses of fixed responses: 2XX, 4XX and 5XX.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_FixedResponseActionConfig.html
var fixedStatus = regexp.MustCompile(`^[245]\d\d$`)

// fixedTypes are the content types of fixed responses.
var fixedTypes = map[string]bool{
	"": true, "text/plain": true, "text/css": true, "text/html": true, "application/javascript": true, "application/json": true,
}

func checkFixedResponse(config *types.FixedResponseActionConfig) error {
	switch {
	case config == nil || !fixedStatus.MatchString(aws.ToString(config.StatusCode)):
		return invalid("A fixed response must have a status code 2XX, 4XX or 5XX")
	case !fixedTypes[aws.ToString(config.ContentType)]:
		return invalid("The content type '%s' of a fixed response is not valid", *config.ContentType)
	case len(aws.ToString(config.MessageBody)) > 1024:
		return invalid("The message body of a fixed response has at most 1024 characters")
	}
	return nil
}

func checkRedirect(config *types.RedirectActionConfig) error {
	if config == nil {
		return invalid("A redirect action must have a redirect configuration")
	}
	if config.StatusCode != types.RedirectActionStatusCodeEnumHttp301 && config.StatusCode != types.RedirectActionStatusCodeEnumHttp302 {
		return invalid("The redirect status code '%s' must be HTTP_301 or HTTP_302", config.StatusCode)
	}
	if config.Protocol == nil && config.Host == nil && config.Port == nil && config.Path == nil && config.Query == nil {
		return refuse(&types.InvalidLoadBalancerActionException{Message: aws.String("The redirect leads to where the request came from: it loops")})
	}
	return nil
}

// respondFixed answers with a fixed response.
func respondFixed(w http.ResponseWriter, config *types.FixedResponseActionConfig) int {
	status, err := strconv.Atoi(*config.StatusCode)
	if err != nil {
		status = http.StatusInternalServerError
	}
	if kind := aws.ToString(config.ContentType); kind != "" {
		w.Header().Set("Content-Type", kind)
	}
	w.WriteHeader(status)
	_, _ = w.Write([]byte(aws.ToString(config.MessageBody)))
	return status
}

// redirect answers with where the request leads to: #{protocol}, #{host}, #{port},
// #{path} and #{query} stand for the request's own.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html#redirect-actions
func redirect(w http.ResponseWriter, r *http.Request, config *types.RedirectActionConfig, protocol types.ProtocolEnum, port int32) int {
	ownPort := strconv.Itoa(int(port))
	own := strings.NewReplacer(
		"#{protocol}", string(protocol), "#{host}", hostname(r.Host), "#{port}", ownPort,
		"#{path}", strings.TrimPrefix(r.URL.EscapedPath(), "/"), "#{query}", r.URL.RawQuery,
	)
	part := func(given *string, otherwise string) string {
		if given == nil {
			return own.Replace(otherwise)
		}
		return own.Replace(*given)
	}
	scheme := strings.ToLower(part(config.Protocol, "#{protocol}"))
	host := part(config.Host, "#{host}")
	if to := part(config.Port, "#{port}"); !(scheme == "http" && to == "80" || scheme == "https" && to == "443") {
		host += ":" + to
	}
	to := url.URL{Scheme: scheme, Host: host, RawQuery: part(config.Query, "#{query}")}
	status := http.StatusMovedPermanently
	if config.StatusCode == types.RedirectActionStatusCodeEnumHttp302 {
		status = http.StatusFound
	}
	location := to.Scheme + "://" + to.Host + part(config.Path, "/#{path}")
	if to.RawQuery != "" {
		location += "?" + to.RawQuery
	}
	w.Header().Set("Location", location)
	w.WriteHeader(status)
	return status
}

// unauthenticated answers a request, which is nobody's here, as an authenticating
// action answers it on AWS; it reports false where the request may go on.
func unauthenticated(w http.ResponseWriter, action types.Action) (status int, answered bool) {
	signIn := func(behaviour, endpoint string) (int, bool) {
		switch behaviour {
		case "allow":
			return 0, false
		case "deny":
			w.WriteHeader(http.StatusUnauthorized)
			return http.StatusUnauthorized, true
		default:
			w.Header().Set("Location", endpoint)
			w.WriteHeader(http.StatusFound)
			return http.StatusFound, true
		}
	}
	switch action.Type {
	case types.ActionTypeEnumAuthenticateOidc:
		config := action.AuthenticateOidcConfig
		return signIn(string(config.OnUnauthenticatedRequest), *config.AuthorizationEndpoint)
	case types.ActionTypeEnumAuthenticateCognito:
		config := action.AuthenticateCognitoConfig
		return signIn(string(config.OnUnauthenticatedRequest), "https://"+*config.UserPoolDomain+"/oauth2/authorize")
	default: // a token that is missing isn't valid
		w.WriteHeader(http.StatusUnauthorized)
		return http.StatusUnauthorized, true
	}
}
