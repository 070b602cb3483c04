package elasticloadbalancingv2

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// The cookies of sticky clients:
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/sticky-sessions.html
// AWS encrypts what they hold; here it is in base64: until when, and what.
const (
	groupCookie  = "AWSALBTG"
	targetCookie = "AWSALB"
	// crossOrigin is the end of the twin that browsers send to other origins, too.
	crossOrigin = "CORS"
)

// keep makes the client's cookies hold a value for the duration from now on, so
// that they last until that long after the last use.
func (s *Service) keep(header http.Header, name, value string, duration time.Duration) {
	until := s.now().Add(duration)
	content := base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(until.UnixNano(), 10) + " " + value))
	plain := http.Cookie{Name: name, Value: content, Path: "/", Expires: until}
	cross := plain
	cross.Name, cross.SameSite, cross.Secure = name+crossOrigin, http.SameSiteNoneMode, true
	header.Add("Set-Cookie", plain.String())
	header.Add("Set-Cookie", cross.String())
}

// held is what a client's cookie holds; empty when it has none, or one that is over.
func (s *Service) held(header http.Header, name string) string {
	for _, line := range header.Values("Cookie") {
		cookies, err := http.ParseCookie(line)
		if err != nil {
			continue
		}
		for _, cookie := range cookies {
			if cookie.Name != name && cookie.Name != name+crossOrigin {
				continue
			}
			content, err := base64.RawURLEncoding.DecodeString(cookie.Value)
			if err != nil {
				continue
			}
			until, value, _ := strings.Cut(string(content), " ")
			if nanoseconds, err := strconv.ParseInt(until, 10, 64); err == nil && s.now().Before(time.Unix(0, nanoseconds)) {
				return value
			}
		}
	}
	return ""
}

func (s *Service) heldGroup(header http.Header) string { return s.held(header, groupCookie) }

// keepGroup makes a client stay with its target group, if the action is sticky.
func (s *Service) keepGroup(header http.Header, forward *types.ForwardActionConfig, groupARN string) {
	if stickiness := forward.TargetGroupStickinessConfig; aws.ToBool(stickiness.Enabled) {
		s.keep(header, groupCookie, groupARN, time.Duration(*stickiness.DurationSeconds)*time.Second)
	}
}
