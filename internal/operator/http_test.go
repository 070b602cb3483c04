package operator_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/goldfinch-dev/goldfinch/internal/operator"
	"github.com/goldfinch-dev/goldfinch/internal/release"
)

func TestHandlerAnswersOnlyItsOwn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		host, token, path, method string
		body                      string
		want                      int
	}{
		"right":                 {"127.0.0.1:9400", "secret", "list", http.MethodPost, "{}", http.StatusOK},
		"localhost":             {"localhost:9400", "secret", "list", http.MethodPost, "{}", http.StatusOK},
		"IPv6":                  {"[::1]:9400", "secret", "list", http.MethodPost, "{}", http.StatusOK},
		"a name from elsewhere": {"evil.example:9400", "secret", "list", http.MethodPost, "{}", http.StatusMisdirectedRequest},
		"another address":       {"10.0.0.1", "secret", "list", http.MethodPost, "{}", http.StatusMisdirectedRequest},
		"wrong token":           {"127.0.0.1:9400", "guess", "list", http.MethodPost, "{}", http.StatusUnauthorized},
		"wrong method":          {"127.0.0.1:9400", "secret", "list", http.MethodGet, "", http.StatusMethodNotAllowed},
		"unknown call":          {"127.0.0.1:9400", "secret", "destroy", http.MethodPost, "{}", http.StatusNotFound},
		"broken JSON":           {"127.0.0.1:9400", "secret", "list", http.MethodPost, "{", http.StatusBadRequest},
		"too long":              {"127.0.0.1:9400", "secret", "list", http.MethodPost, `{"service":"` + strings.Repeat("x", 2<<20) + `"}`, http.StatusBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			request := httptest.NewRequest(c.method, "http://"+c.host+"/-/goldfinch/v1/"+c.path, strings.NewReader(c.body))
			request.Header.Set("Authorization", "Bearer "+c.token)
			recorder := httptest.NewRecorder()
			operator.Handler(newWorld().service, "secret").ServeHTTP(recorder, request)
			if recorder.Code != c.want {
				t.Errorf("status %d, want %d: %s", recorder.Code, c.want, recorder.Body)
			}
		})
	}
}

func TestClientWithoutTheToken(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(operator.Handler(newWorld().service, "secret"))
	defer server.Close()
	_, err := operator.NewClient(server.URL+"/", "guess", server.Client()).List(t.Context(), operator.Filter{})
	if err == nil || operator.ExitCode(err) != release.ExitError {
		t.Fatalf("error %v", err)
	}
	wantWords(t, err.Error(), "401", "token")
}

func TestClientOfNobody(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	client := operator.NewClient(server.URL, "secret", &http.Client{})
	if _, err := client.List(t.Context(), operator.Filter{}); err == nil || !strings.Contains(err.Error(), "ask the local process") {
		t.Errorf("error %v", err)
	}
	if _, err := operator.NewClient("http://[bad", "secret", &http.Client{}).List(t.Context(), operator.Filter{}); err == nil {
		t.Error("an address that is none is reached")
	}
	if _, err := client.Upload(t.Context(), "echo.zip", brokenSeeker{}); !errors.Is(err, errBroken) {
		t.Errorf("error %v", err)
	}
	if _, err := client.UploadTemplate(t.Context(), "stack.yaml", brokenSeeker{}); !errors.Is(err, errBroken) {
		t.Errorf("error %v", err)
	}
}

func TestClientOfSomethingElse(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>") }))
	defer server.Close()
	if _, err := operator.NewClient(server.URL, "secret", server.Client()).List(t.Context(), operator.Filter{}); err == nil || !strings.Contains(err.Error(), "read the local process's answer") {
		t.Errorf("error %v", err)
	}
}

// brokenSeeker is a file that cannot be read.
type brokenSeeker struct{}

func (brokenSeeker) Read([]byte) (int, error)       { return 0, errBroken }
func (brokenSeeker) Seek(int64, int) (int64, error) { return 0, errBroken }

func TestUploadOfAFileThatCannotBeRead(t *testing.T) {
	t.Parallel()
	if _, err := newWorld().service.Upload(t.Context(), "echo.zip", brokenSeeker{}); !errors.Is(err, errBroken) {
		t.Errorf("error %v", err)
	}
}

// TestEveryKindOfFailureCrossesTheWire keeps each kind, its text and its exit code.
func TestEveryKindOfFailureCrossesTheWire(t *testing.T) {
	for _, kind := range release.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			each(t, func(t *testing.T, w *world, o operator.Operator) {
				failure := release.Fail(kind, "it is %s", kind).WithHint("mend it").Because(errBroken)
				w.inspect = failure
				_, err := o.Upload(t.Context(), "echo.zip", read("zip"))
				wantFailure(t, err, kind, failure.Error())
				if got, want := operator.ExitCode(err), operator.ExitCode(failure); got != want {
					t.Errorf("exit code %d, want %d", got, want)
				}
			})
		})
	}
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	for want, errs := range map[int][]error{
		0: {nil},
		1: {errBroken, release.Fail(release.KindTransient, "slow"), release.Fail(release.KindUnhealthy, "bad")},
		2: {&operator.InvalidError{Message: "wrong"}, &operator.NotFoundError{Message: "nothing"}},
		5: {release.Fail(release.KindRefused, "no"), release.Fail(release.KindConflict, "held")},
		6: {release.Fail(release.KindDirty, "look")},
	} {
		for _, err := range errs {
			if got := operator.ExitCode(err); got != want {
				t.Errorf("%v exits with %d, not %d", err, got, want)
			}
		}
	}
}

// TestNumbersOfPayloadsCrossTheWireAsWritten keeps a number that a float64 cannot hold.
func TestNumbersOfPayloadsCrossTheWireAsWritten(t *testing.T) {
	each(t, func(t *testing.T, w *world, o operator.Operator) {
		asked := document()
		asked.Verify = []release.Check{{Payload: map[string]any{"id": json.Number("9007199254740993")}}}
		if _, err := o.Deploy(t.Context(), asked); err != nil {
			t.Fatal(err)
		}
		if input := *w.executions.started[0].Input; !strings.Contains(input, "9007199254740993") {
			t.Errorf("input %s", input)
		}
	})
}
