package laws_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// An exchange is one request and its answer, as text: for a request the method,
// the path and the operation, then the body; for an answer the status and the
// type of the error, the one header that laws read, then the body. JSON is
// written in one canonical line; a form, and XML, in one line too.
type exchange struct{ request, answer string }

// executedVersion is the header in which Lambda says what it ran.
const executedVersion = "X-Amz-Executed-Version"

// Marks of the lines of an exchange in a file.
const (
	requestMark = "> "
	answerMark  = "< "
)

// write writes exchanges in the way that readExchanges reads.
func writeExchanges(exchanges []exchange) string {
	var text strings.Builder
	for _, e := range exchanges {
		for _, part := range []struct{ mark, text string }{{requestMark, e.request}, {answerMark, e.answer}} {
			for line := range strings.Lines(part.text) {
				text.WriteString(part.mark + strings.TrimSuffix(line, "\n") + "\n")
			}
		}
	}
	return text.String()
}

// readExchanges reads exchanges; the request of the first may be missing.
func readExchanges(text string) ([]exchange, error) {
	var exchanges []exchange
	answering := true
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		content, isRequest := strings.CutPrefix(line, requestMark)
		if isRequest && answering || len(exchanges) == 0 {
			exchanges = append(exchanges, exchange{})
		}
		last := &exchanges[len(exchanges)-1]
		answering = !isRequest
		if isRequest {
			last.request = joined(last.request, content)
			continue
		}
		content, isAnswer := strings.CutPrefix(line, answerMark)
		if !isAnswer {
			return nil, fmt.Errorf("line %q begins with neither %q nor %q", line, requestMark, answerMark)
		}
		last.answer = joined(last.answer, content)
	}
	return exchanges, nil
}

func joined(text, line string) string {
	if text == "" {
		return line
	}
	return text + "\n" + line
}

// A recorder is the way to a peer that keeps what was said.
type recorder struct {
	mu        sync.Mutex
	exchanges []exchange
}

func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	asked, err := requestText(request)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	response.Body.Close()
	if err != nil {
		return nil, err
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.exchanges = append(r.exchanges, exchange{asked, answerText(response, body)})
	return response, nil
}

// A replay answers with what was recorded, and only to what was asked then.
type replay struct {
	mu        sync.Mutex
	exchanges []exchange
}

func (r *replay) RoundTrip(request *http.Request) (*http.Response, error) {
	asked, err := requestText(request)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.exchanges) == 0 {
		return nil, fmt.Errorf("nothing is recorded any more, and the SDK asked\n%s", asked)
	}
	next := r.exchanges[0]
	if asked != next.request {
		return nil, fmt.Errorf("the SDK asked\n%s\nand recorded is\n%s", asked, next.request)
	}
	r.exchanges = r.exchanges[1:]
	return response(request, next.answer)
}

// requestText writes a request, whose body can be read again afterwards.
func requestText(request *http.Request) (string, error) {
	first := request.Method + " " + request.URL.RequestURI()
	if target := request.Header.Get("X-Amz-Target"); target != "" {
		first += " " + target
	}
	if request.Body == nil {
		return first, nil
	}
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return "", err
	}
	request.Body = io.NopCloser(bytes.NewReader(body))
	if content := canonical(body); content != "" {
		first += "\n" + content
	}
	return first, nil
}

// answerText writes an answer.
func answerText(response *http.Response, body []byte) string {
	text := strconv.Itoa(response.StatusCode)
	if kind := response.Header.Get("X-Amzn-ErrorType"); kind != "" {
		text += " " + kind
	}
	if version := response.Header.Get(executedVersion); version != "" {
		text += "\n" + executedVersion + ": " + version
	}
	if content := canonical(body); content != "" {
		text += "\n" + content
	}
	return text
}

// canonical writes a body in one line, the keys of JSON in order. The page of a
// server that failed is only named.
func canonical(body []byte) string {
	if len(body) == 0 {
		return ""
	}
	text, err := canonicalJSON(body)
	switch {
	case err == nil:
		return text
	case bytes.HasPrefix(body, []byte("<!doctype html>")):
		return "(a page of HTML)"
	case bytes.HasPrefix(body, []byte("Action=")):
		return string(body)
	case bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")):
		return strings.TrimSpace(betweenElements.ReplaceAllString(string(body), "><"))
	default:
		return fmt.Sprintf("(%q)", body)
	}
}

// betweenElements is what stands between two elements of XML: nothing that counts.
var betweenElements = regexp.MustCompile(`>\s+<`)

func canonicalJSON(document []byte) (string, error) {
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return "", err
	}
	text, err := json.Marshal(value)
	return string(text), err
}

// response makes the answer that a text writes.
func response(to *http.Request, text string) (*http.Response, error) {
	first, body, _ := strings.Cut(text, "\n")
	code, kind, _ := strings.Cut(first, " ")
	status, err := strconv.Atoi(code)
	if err != nil {
		return nil, fmt.Errorf("status of the recorded answer: %w", err)
	}
	header := http.Header{"Content-Type": {"application/json"}}
	if strings.HasPrefix(body, "<") {
		header.Set("Content-Type", "text/xml")
	}
	if kind != "" {
		header.Set("X-Amzn-ErrorType", kind)
	}
	if version, ok := strings.CutPrefix(body, executedVersion+": "); ok {
		version, body, _ = strings.Cut(version, "\n")
		header.Set(executedVersion, version)
	}
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: to,
	}, nil
}
