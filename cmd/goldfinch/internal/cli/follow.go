package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// followOptions are the flags of verbs that start something and follow it.
type followOptions struct {
	noWait  bool
	timeout time.Duration
}

func (o *followOptions) bind(flags *pflag.FlagSet) {
	flags.BoolVar(&o.noWait, "no-wait", false, "do not follow the release")
	flags.DurationVar(&o.timeout, "timeout", 0, "stop waiting after this time, with exit code 7; default: never")
}

// A reporter shows a release while it is followed.
type reporter interface {
	// Show is called with every status.
	Show(status operator.Status)
	// Trouble is called when a status could not be had; another attempt follows.
	Trouble(err error)
	// Close is called once, at the end.
	Close()
}

// silent is the reporter that shows nothing.
type silent struct{}

func (silent) Show(operator.Status) {}
func (silent) Trouble(error)        {}
func (silent) Close()               {}

// maxTroubles is how many attempts in a row may fail before following ends: a
// throttled call or a restarted process is no reason to look away.
const maxTroubles = 10

// How following ends before the release does.
var (
	errDetached = errors.New("detached")
	errTimedOut = errors.New("the time to wait is over")
)

// follow asks after a release until it has ended, and returns its last status.
// It returns errTimedOut when ctx's deadline is over, and errDetached when ctx ends otherwise.
func follow(ctx context.Context, p pursuit, interval time.Duration, show reporter) (last operator.Status, err error) {
	reference := p.reference
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	troubles := 0
	for {
		status, err := p.asked.Status(ctx, reference)
		switch {
		case ctx.Err() != nil:
		case err == nil:
			troubles = 0
			last = status
			// A service's name may mean another release meanwhile.
			reference = operator.Reference{ID: status.ID}
			show.Show(status)
			if status.Ended() {
				return status, nil
			}
		default:
			troubles++
			wrong := last.ID == "" && !p.started && operator.ExitCode(err) == release.ExitUsage
			if wrong || troubles == maxTroubles {
				return last, err
			}
			show.Trouble(err)
		}
		select {
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return last, errTimedOut
			}
			return last, errDetached
		case <-ticker.C:
		}
	}
}

// A pursuit is how a command follows a release.
type pursuit struct {
	asked     operator.Operator
	reference operator.Reference
	// started: this command started it. That nobody knows it yet is then no answer: Step Functions' is eventually consistent.
	// https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html
	started bool
	// timeout is how long; 0: to the end.
	timeout time.Duration
	// report makes the reporter; detach ends following.
	report func(detach context.CancelFunc) reporter
	// end prints the last status of a release that has ended, and chooses the exit code.
	end func(last operator.Status) error
	// shown: the reporter prints every status, so that the last one is not printed again.
	shown bool
	// detached is the exit code of somebody who looks away.
	detached int
}

// followStarted follows a release that this command started, unless it was
// told not to, and ends with its outcome.
func (s *session) followStarted(ctx context.Context, asked operator.Operator, started operator.Started, options followOptions) error {
	for _, note := range started.Notes {
		s.note(note)
	}
	if options.noWait {
		return s.print(started, startedText(started)+"\nfollow it: "+s.command("watch", started.ID)+"\n")
	}
	if !s.environment.IsTerminal {
		s.say("%s", startedText(started))
	}
	return s.pursue(ctx, pursuit{
		asked:     asked,
		reference: operator.Reference{ID: started.ID},
		started:   true,
		timeout:   options.timeout,
		report:    s.liveReporter,
		end:       s.endWithOutcome(started.Aborting),
		detached:  release.ExitTimedOut,
	})
}

func startedText(started operator.Started) string {
	verb := "started"
	if started.Aborting {
		verb = "is told to go back"
	}
	return fmt.Sprintf("release %s of %s/%s %s", started.ID, started.Service, started.Environment, verb)
}

// endWithOutcome prints the last status and exits with its outcome's code.
// What went back at the wish of this command has done what it should.
func (s *session) endWithOutcome(goingBack bool) func(operator.Status) error {
	return func(last operator.Status) error {
		if err := s.print(last, finalLine(last)); err != nil {
			return err
		}
		if goingBack && (last.Outcome == release.Aborted || last.Outcome == release.RolledBack) {
			return nil
		}
		return exitWith(last.Outcome.ExitCode())
	}
}

// pursue follows a release as p says.
func (s *session) pursue(ctx context.Context, p pursuit) error {
	ctx, detach := context.WithCancel(ctx)
	defer detach()
	if p.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, p.timeout)
		defer cancel()
	}
	show := p.report(detach)
	last, err := follow(ctx, p, s.environment.Interval(s.connection()), show)
	show.Close()
	name := firstNonEmpty(last.ID, p.reference.String())
	again := "the release goes on. Attach again: " + s.command("watch", name)
	switch {
	case errors.Is(err, errDetached):
		return s.leave(last, p, p.detached, "detached; "+again)
	case errors.Is(err, errTimedOut):
		return s.leave(last, p, release.ExitTimedOut, fmt.Sprintf("stopped waiting after %s; %s", length(p.timeout), again))
	case err != nil:
		return fmt.Errorf("follow release %s: %w", name, err)
	default:
		return p.end(last)
	}
}

// leave ends a command that does not know how the release ends: message says
// so, and how to attach again.
func (s *session) leave(last operator.Status, p pursuit, code int, message string) error {
	if s.json() && !p.shown && last.ID != "" {
		if err := s.printJSON(last); err != nil {
			return err
		}
	}
	return &exitError{code: code, message: message}
}

// finalLine says how a release ended.
func finalLine(status operator.Status) string {
	text := fmt.Sprintf("%s: release %s of %s/%s", status.Outcome, status.ID, status.Service, status.Environment)
	if took := status.EndedAt.Sub(status.CreatedAt); took > 0 {
		text += " after " + length(took)
	}
	if status.Reason != "" {
		text += ": " + status.Reason
	}
	return text + "\n"
}

// command is what a person types to do verb with argument in the same place.
func (s *session) command(verb, argument string) string {
	text := "goldfinch " + verb + " " + argument
	if s.global.local {
		text += " --local"
	}
	if s.global.region != "" {
		text += " --region " + s.global.region
	}
	if s.global.profile != "" {
		text += " --profile " + s.global.profile
	}
	if s.located != "" && !strings.Contains(argument, "/") {
		text += " --environment " + s.located
	}
	return text
}

func firstNonEmpty(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
