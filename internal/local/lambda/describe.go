package lambda

import (
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// A named is what a name and a qualifier stand for at one moment.
type named struct {
	function *function
	name     string
	// qualifier is as the caller wrote it; empty is $LATEST.
	qualifier string
	// alias is set when the qualifier is one.
	alias *aliasRecord
	// number is the version, 0 is $LATEST. Of an alias, the one with the larger share by name.
	number int
}

// resolve finds what name and qualifier stand for.
func (s *Service) resolve(name, qualifier *string) (named, error) {
	function, part, err := s.parse(name, qualifier)
	if err != nil {
		return named{}, err
	}
	found := named{function: s.books.function(function), name: function, qualifier: part}
	if found.function == nil {
		return named{}, functionNotFound(s.arn(function, part))
	}
	version := part
	if alias, ok := found.function.aliases[part]; ok {
		found.alias, version = &alias, alias.Version
	}
	if found.number, err = found.function.number(version); err != nil {
		if found.alias == nil && !digits.MatchString(part) {
			return named{}, aliasNotFound(s.arn(function, part))
		}
		return named{}, functionNotFound(s.arn(function, version))
	}
	return found, nil
}

// number is that of an existing version, 0 for $LATEST.
func (f *function) number(version string) (int, error) {
	if version == "" || version == latest {
		return 0, nil
	}
	number, err := strconv.Atoi(version)
	if err != nil {
		return 0, err
	}
	if _, ok := f.versions[number]; !ok {
		return 0, strconv.ErrRange
	}
	return number, nil
}

// versionName writes a version's number as AWS does.
func versionName(number int) string {
	if number == 0 {
		return latest
	}
	return strconv.Itoa(number)
}

// describe is the configuration that AWS would show now, of a published version or of $LATEST.
func (s *Service) describe(name string, f *function, number int) types.FunctionConfiguration {
	now := s.now()
	if number == 0 {
		return describeLatest(f.functionRecord, s.arn(name, ""), now)
	}
	version := f.versions[number]
	config := version.Config
	config.RevisionId = aws.String(version.Stamp.revision(now))
	config.FunctionArn = aws.String(s.arn(name, versionName(number)))
	setState(&config, version.Stamp.done(now))
	return config
}

func describeLatest(f functionRecord, arn string, now time.Time) types.FunctionConfiguration {
	config := f.Latest.Config
	config.RevisionId = aws.String(f.Latest.Stamp.revision(now))
	config.FunctionArn = aws.String(arn)
	done := f.Latest.Stamp.done(now)
	setState(&config, done || !f.Creating)
	if !done && !f.Creating {
		config.LastUpdateStatus = types.LastUpdateStatusInProgress
		config.LastUpdateStatusReason = aws.String("The function is being created.")
		config.LastUpdateStatusReasonCode = types.LastUpdateStatusReasonCode("Creating")
	}
	return config
}

func setState(config *types.FunctionConfiguration, active bool) {
	if active {
		config.State, config.LastUpdateStatus = types.StateActive, types.LastUpdateStatusSuccessful
		return
	}
	config.State = types.StatePending
	config.StateReason = aws.String("The function is being created.")
	config.StateReasonCode = types.StateReasonCodeCreating
}

// busy is the conflict that AWS answers to a change of code or configuration, or
// a publication, while another is in progress; nil when none is.
// https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
func (s *Service) busy(name string, f *function) error {
	switch {
	case f.Latest.Stamp.done(s.now()):
		return nil
	case f.Creating:
		return pending()
	default:
		return conflict("The operation cannot be performed at this time. An update is in progress for resource: %s", s.arn(name, ""))
	}
}

func pending() error {
	return conflict("The operation cannot be performed at this time. The function is currently in the following state: Pending")
}

// stamped is a stamp for something that is in progress for d from now.
func (s *Service) stamped(d time.Duration) stamp {
	return stamp{Until: s.now().Add(d), During: s.identifier(), After: s.identifier()}
}

// timestamp writes the time in the way of LastModified.
func (s *Service) timestamp() *string {
	return aws.String(s.now().Format("2006-01-02T15:04:05.000-0700"))
}
