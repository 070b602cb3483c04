package asl

import "sync"

// maxToken is the longest text that can be a token.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
const maxToken = 2048

// tokens knows which attempt each token belongs to. A token works once: whoever
// closes it first, an answer or the end of the attempt, decides.
type tokens struct {
	mu     sync.Mutex
	byText map[string]*attempt // nil once closed
}

func (t *tokens) add(token string, a *attempt) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.byText[token] = a
}

// open finds the attempt of a token that is not closed.
func (t *tokens) open(token string) (*attempt, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.find(token)
}

// claim is open, and closes the token.
func (t *tokens) claim(token string) (*attempt, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	a, err := t.find(token)
	if err == nil {
		t.byText[token] = nil
	}
	return a, err
}

// find needs the lock.
func (t *tokens) find(token string) (*attempt, error) {
	if token == "" || len(token) > maxToken {
		return nil, ErrInvalidToken
	}
	a, known := t.byText[token]
	switch {
	case !known:
		return nil, ErrTaskDoesNotExist
	case a == nil:
		return nil, ErrTaskTimedOut
	}
	return a, nil
}
