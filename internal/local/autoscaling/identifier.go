package autoscaling

import (
	"crypto/sha256"
	"fmt"
)

// identifier returns a UUID that was never returned before. It is a function of
// the time and of the calls before, so that a simulation repeats itself. The caller holds s.mu.
func (s *Service) identifier() string {
	s.identified++
	sum := sha256.Sum256(fmt.Appendf(nil, "autoscaling/%d/%d", s.now().UnixNano(), s.identified))
	sum[6] = sum[6]&0x0f | 0x80 // version 8: made our own way (RFC 9562)
	sum[8] = sum[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[0:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

func (s *Service) arn(kind, rest string) string {
	return "arn:aws:autoscaling:" + s.options.Region + ":" + s.options.AccountID + ":" + kind + ":" + rest
}
