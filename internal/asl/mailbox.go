package asl

import "sync"

// A mailbox lets one goroutine at a time move an execution. Whoever posts while
// nobody moves it becomes the mover; any other post is left for the mover, so
// nobody waits and no call nests.
type mailbox struct {
	mu      sync.Mutex
	actions []func()
	moving  bool
}

// post runs the action, and then advance, until there is neither an action nor
// anything to advance; or leaves the action for the goroutine that is at it.
// Advance reports whether there is more to do.
func (m *mailbox) post(action func(), advance func() (more bool)) {
	m.mu.Lock()
	m.actions = append(m.actions, action)
	if m.moving {
		m.mu.Unlock()
		return
	}
	m.moving = true
	for more := false; more || len(m.actions) > 0; {
		var next func()
		if len(m.actions) > 0 {
			next = m.actions[0]
			m.actions[0] = nil
			if m.actions = m.actions[1:]; len(m.actions) == 0 {
				m.actions = nil
			}
		}
		m.mu.Unlock()
		if next != nil {
			next()
		}
		more = advance()
		m.mu.Lock()
	}
	m.moving = false
	m.mu.Unlock()
}

// waiting tells whether there are actions to be done before anything advances further.
func (m *mailbox) waiting() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.actions) > 0
}
