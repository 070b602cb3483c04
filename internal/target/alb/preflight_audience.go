package alb

import (
	"context"
	"fmt"

	"github.com/goldfinch-dev/goldfinch/internal/release"
)

// lookAtAudience wants every rung to be one that a rule can match, and the band of priorities to be free and in its place.
func (i *inspection) lookAtAudience(context.Context) error {
	t := i.target
	rungs := t.document.Strategy.Audience
	if t.isReturn() {
		rungs = nil
	}
	byHeader := t.alb.Test != nil && t.alb.Test.Header != ""
	needed := byHeader
	for _, rung := range rungs {
		condition, err := conditionOf(rung.Match)
		if rung.Match.Flag != nil {
			continue
		}
		if err != nil {
			i.refuse(fmt.Sprintf("audience %s can't be told by a load balancer: %v", rung.Name, err), "match it by something else")
			continue
		}
		needed = true
		for _, reason := range unfit(append(plain(i.routes.main.conditions), condition)) {
			i.refuse("audience "+rung.Name+": "+reason.what, reason.mend)
		}
		i.noteMatch(rung)
	}
	if byHeader {
		for _, reason := range unfit(append(plain(i.routes.main.conditions), headerCondition(t.alb.Test.Header, []string{t.alb.Test.Value}))) {
			i.refuse("target.alb.test.header: "+reason.what, reason.mend)
		}
		if i.routes.main.asksWho() {
			i.note("%s asks who somebody is before it forwards, and so does the rule for checks, which have no answer to that: a listener for tests would let them through", t.placeName())
		}
	}
	if !needed {
		return nil
	}
	if i.routes.main.hasSecret() {
		i.refuse(fmt.Sprintf("%s has an authenticate-oidc action, whose client secret AWS tells nobody, so that no rule can be made for an audience or a header that does the same", t.placeName()),
			"leave the audience out and test over target.alb.test.listener, or sign in with Amazon Cognito")
	}
	i.lookAtBand()
	return nil
}

// noteMatch notes what a match can be wrong about.
func (i *inspection) noteMatch(rung release.Audience) {
	switch {
	case len(rung.Match.Country) > 0:
		i.note("audience %s is told by the header %s: CloudFront writes it where its origin request policy says so, and whoever reaches the load balancer without CloudFront writes it himself", rung.Name, countryHeader)
	case len(rung.Match.Source) > 0:
		i.note("audience %s is told by the address that the connection comes from: behind CloudFront or another proxy that is the proxy's, and a header (X-Forwarded-For) tells the client's", rung.Name)
	}
}

// lookAtBand wants the priorities that Goldfinch gives to be free, before the main rule, and behind every other rule that is before it: a rule for an audience
// has the conditions of the main rule, so it must not be asked before another one that takes some of those requests.
func (i *inspection) lookAtBand() {
	t, main := i.target, i.routes.main
	first, last := t.alb.AudiencePriority, t.alb.AudiencePriority+bandLength-1
	behind := 0
	for _, r := range i.routes.foreign {
		if r.priority < main.priority {
			behind = max(behind, r.priority)
		}
	}
	mend := fmt.Sprintf("say target.alb.audiencePriority: %d", behind+1)
	if behind+bandLength >= main.priority || behind+bandLength > lastPriority {
		mend = fmt.Sprintf("move rules, so that %d priorities are free before that of %s, and say the first of them in target.alb.audiencePriority", bandLength, t.placeName())
	}
	switch {
	case last >= main.priority:
		i.refuse(fmt.Sprintf("the rules for audiences and headers get priorities %d to %d, and %s has %d, so that they are not asked before it", first, last, t.placeName(), main.priority), mend)
	case behind >= first:
		i.refuse(fmt.Sprintf("the rules for audiences and headers get priorities %d to %d, and another rule has %d: they would take requests from it, or its priority", first, last, behind), mend)
	}
}
