package asl

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// state compiles one state. References to others are resolved when the level is complete.
func (l *levelLoader) state(name string, n *node) *state {
	if other, taken := l.names[name]; taken && other != n.at {
		l.refuse(n, "a state of this name is at %s already; names are unique in the whole machine", other)
	}
	l.names[name] = n.at
	if length := utf8.RuneCountInString(name); length == 0 || length > maxName {
		l.refuse(n, "the name has %d characters, 1 to %d are allowed", length, maxName)
	}
	f := l.fields(n)
	s := &state{name: name, kind: kind(f.text("Type"))}
	s.entered, s.exited, s.aborted = string(s.kind)+"StateEntered", string(s.kind)+"StateExited", string(s.kind)+"StateAborted"
	info := StateInfo{Name: name, Path: n.at, Type: string(s.kind), Comment: f.text("Comment"), Start: l.start == name}
	// The state's place in the list comes before those of the states in it, which compiling adds.
	place := len(l.info)
	l.info = append(l.info, info)
	f.queryLanguage()
	switch s.kind {
	case taskKind:
		l.task(s, f, &info)
	case choiceKind:
		l.choice(s, f, &info)
	case waitKind:
		l.wait(s, f, &info)
	case passKind:
		l.pass(s, f, &info)
	case parallelKind:
		l.parallel(s, f, &info)
	case mapKind:
		l.iteration(s, f, &info)
	case succeedKind:
		l.inputAndOutput(s, f)
		info.End = true
	case failKind:
		l.failure(s, f, &info)
	default:
		typeNode := f.required("Type")
		if _, isText := scalarText(typeNode); isText {
			l.refuse(typeNode, "unknown type %q; there are Task, Choice, Wait, Pass, Parallel, Map, Succeed, Fail", s.kind)
		}
		return s // which fields it may have is unknown
	}
	f.finish()
	s.keepsInput = s.isTransparent()
	l.info[place] = info
	return s
}

// isTransparent tells whether the state's output is its input for certain, so that its size need not be measured again.
func (s *state) isTransparent() bool {
	isWhole := func(p *path) bool { return p != nil && p.isRoot() && !p.context }
	if !isWhole(s.outputPath) {
		return false
	}
	switch s.kind {
	case choiceKind, waitKind, succeedKind:
		return isWhole(s.inputPath)
	case passKind:
		if isWhole(s.resultPath) {
			return isWhole(s.inputPath) && s.parameters == nil && s.result == nil
		}
	}
	return s.resultPath == nil
}

// following compiles Next or End.
func (l *levelLoader) following(s *state, f *fields, info *StateInfo) {
	f.only(true, "Next", "End")
	if next := f.take("Next"); next != nil {
		l.refer(&s.next, next)
		addName(&info.Next, next)
	}
	if end := f.take("End"); end != nil {
		info.End = f.flag("End")
		if end.scalar == false {
			l.refuse(end, "must be true where it is given")
		}
	}
}

// scalarText is the node's text if there is a node and it is one.
func scalarText(n *node) (string, bool) {
	if n == nil {
		return "", false
	}
	text, ok := n.scalar.(string)
	return text, ok
}

func addName(names *[]string, n *node) {
	if name, ok := scalarText(n); ok && !slices.Contains(*names, name) {
		*names = append(*names, name)
	}
}

func (l *levelLoader) inputAndOutput(s *state, f *fields) {
	s.inputPath = f.dataPath("InputPath", parsePath)
	s.outputPath = f.dataPath("OutputPath", parsePath)
}

// working compiles what Task, Parallel and Map have in common.
func (l *levelLoader) working(s *state, f *fields, info *StateInfo) {
	l.inputAndOutput(s, f)
	s.resultPath = f.dataPath("ResultPath", parseReferencePath)
	s.selector = f.template("ResultSelector")
	l.following(s, f, info)
	l.retry(s, f, info)
	l.catch(s, f, info)
}

func (l *levelLoader) pass(s *state, f *fields, info *StateInfo) {
	l.inputAndOutput(s, f)
	s.resultPath = f.dataPath("ResultPath", parseReferencePath)
	s.parameters = f.template("Parameters")
	if result := f.take("Result"); result != nil {
		s.result = &constant{result.value()}
	}
	l.following(s, f, info)
}

func (l *levelLoader) task(s *state, f *fields, info *StateInfo) {
	l.working(s, f, info)
	s.parameters = f.template("Parameters")
	t := &taskFields{resource: f.text("Resource")}
	s.task, info.Resource = t, t.resource
	if resource := f.required("Resource"); resource != nil && t.resource != "" {
		l.resource(t, resource)
	}
	f.only(false, "TimeoutSeconds", "TimeoutSecondsPath")
	f.only(false, "HeartbeatSeconds", "HeartbeatSecondsPath")
	t.timeoutSeconds = f.whole("TimeoutSeconds", 1, maxSeconds)
	t.heartbeatSeconds = f.whole("HeartbeatSeconds", 1, maxSeconds)
	t.timeoutPath = f.path("TimeoutSecondsPath")
	t.heartbeatPath = f.path("HeartbeatSecondsPath")
	info.TimeoutSeconds, info.HeartbeatSeconds = t.timeoutSeconds, t.heartbeatSeconds
	info.TimeoutPath, info.HeartbeatPath = textOf(t.timeoutPath), textOf(t.heartbeatPath)
	if heartbeat := f.take("HeartbeatSeconds"); heartbeat != nil && t.timeoutSeconds > 0 && t.timeoutSeconds <= t.heartbeatSeconds {
		l.refuse(heartbeat, "must be less than TimeoutSeconds, %d", t.timeoutSeconds)
	}
	for _, name := range []string{"HeartbeatSeconds", "HeartbeatSecondsPath"} {
		if heartbeat := f.take(name); heartbeat != nil && !t.token {
			l.refuse(heartbeat, "nothing can send the heartbeat of a task without %s", tokenSuffix)
		}
	}
}

func textOf(p *path) string {
	if p == nil {
		return ""
	}
	return p.text
}

const tokenSuffix = ".waitForTaskToken"

// resource checks a task's ARN and splits it for the history's events.
func (l *levelLoader) resource(t *taskFields, n *node) {
	parts := strings.SplitN(t.resource, ":", 6)
	switch {
	case len(parts) < 6 || parts[0] != "arn":
		l.refuse(n, "%q is not an ARN", t.resource)
		return
	case parts[2] == "states" && strings.HasPrefix(parts[5], "activity:"):
		l.refuse(n, "activities are not implemented")
		return
	case strings.HasSuffix(t.resource, ".sync") || strings.Contains(t.resource, ".sync:"):
		l.refuse(n, "waiting for a job (.sync) is not implemented")
		return
	case len(l.resources) > 0 && !slices.Contains(l.resources, t.resource):
		l.refuse(n, "unknown resource %q; there are %s", t.resource, strings.Join(l.resources, ", "))
	}
	if parts[2] == "lambda" {
		t.direct = true
		return
	}
	last := strings.LastIndexByte(parts[5], ':')
	t.service, t.operation = parts[5][:max(last, 0)], parts[5][last+1:]
	t.token = strings.HasSuffix(t.operation, tokenSuffix)
}

func (l *levelLoader) wait(s *state, f *fields, info *StateInfo) {
	l.inputAndOutput(s, f)
	l.following(s, f, info)
	f.only(true, "Seconds", "SecondsPath", "Timestamp", "TimestampPath")
	w := &waitFields{seconds: f.whole("Seconds", 0, maxSeconds), secondsPath: f.path("SecondsPath"), timestampPath: f.path("TimestampPath")}
	s.wait, info.Seconds = w, w.seconds
	if timestamp := f.take("Timestamp"); timestamp != nil {
		w.until = l.timestamp(timestamp)
	}
}

func (l *levelLoader) timestamp(n *node) time.Time {
	until, ok := asTimestamp(n.scalar)
	if !ok {
		l.refuse(n, "must be an RFC 3339 timestamp such as 2024-08-18T17:33:00Z")
	}
	return until
}

func (l *levelLoader) failure(s *state, f *fields, info *StateInfo) {
	f.only(false, "Error", "ErrorPath")
	f.only(false, "Cause", "CausePath")
	s.failure = &failureFields{f.text("Error"), f.text("Cause"), f.expression("ErrorPath"), f.expression("CausePath")}
	info.End, info.ErrorName = true, s.failure.name
}

func (l *levelLoader) parallel(s *state, f *fields, info *StateInfo) {
	l.working(s, f, info)
	s.parameters = f.template("Parameters")
	if branches := f.required("Branches"); branches != nil && branches.kind == listNode && len(branches.items) == 0 {
		l.refuse(branches, "must be a list with at least one branch")
	}
	for _, branch := range f.list("Branches") {
		s.branches = append(s.branches, l.inner(branch))
	}
}

// inner compiles a level within a state.
func (l *levelLoader) inner(n *node) *level {
	f := l.fields(n)
	f.text("Comment")
	f.queryLanguage()
	return l.level(f)
}

func (l *levelLoader) iteration(s *state, f *fields, info *StateInfo) {
	l.working(s, f, info)
	f.only(true, "ItemProcessor", "Iterator")
	f.only(false, "ItemSelector", "Parameters")
	f.only(false, "MaxConcurrency", "MaxConcurrencyPath")
	i := &iterationFields{
		itemsPath:       f.path("ItemsPath"),
		concurrency:     f.whole("MaxConcurrency", 0, maxSeconds),
		concurrencyPath: f.path("MaxConcurrencyPath"),
	}
	s.iteration = i
	for _, name := range []string{"ItemSelector", "Parameters"} {
		if f.take(name) != nil {
			i.selector = f.template(name)
		}
	}
	if processor := f.take("ItemProcessor"); processor != nil {
		i.processor = l.processor(processor)
	} else if iterator := f.take("Iterator"); iterator != nil {
		i.processor = l.inner(iterator)
	}
}

// processor compiles an ItemProcessor, whose ProcessorConfig may only say INLINE.
func (l *levelLoader) processor(n *node) *level {
	f := l.fields(n)
	if config := f.take("ProcessorConfig"); config != nil {
		c := l.fields(config)
		if mode := c.take("Mode"); mode != nil && mode.scalar != "INLINE" {
			l.refuse(mode, "distributed Map is not implemented, only the mode INLINE")
		}
		c.take("ExecutionType")
		c.finish()
	}
	f.text("Comment")
	f.queryLanguage()
	return l.level(f)
}
