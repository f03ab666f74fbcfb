package web

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// request makes a request of a page at http://127.0.0.1:7447, changed by what a test wants.
func request(method, path, body string, change func(*http.Request)) *http.Request {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host, r.RemoteAddr = "127.0.0.1:7447", "127.0.0.1:50000"
	if method == http.MethodPost {
		r.Header.Set("Origin", "http://127.0.0.1:7447")
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Gradlab", "stop")
	}
	if change != nil {
		change(r)
	}
	return r
}

// TestWhoMayAsk: names of other machines, pages of other origins, forms and other machines change nothing.
func TestWhoMayAsk(t *testing.T) {
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	for name, c := range map[string]struct {
		method, path string
		change       func(*http.Request)
		want         int
	}{
		"the page":                     {"GET", "/", nil, 200},
		"its data":                     {"GET", "/api/runs", nil, 200},
		"localhost":                    {"GET", "/api/runs", func(r *http.Request) { r.Host = "localhost:7447" }, 200},
		"IPv6":                         {"GET", "/api/runs", func(r *http.Request) { r.Host = "[::1]:7447" }, 200},
		"a name that leads here":       {"GET", "/api/runs", func(r *http.Request) { r.Host = "evil.example:7447" }, 421},
		"a name that looks like ours":  {"GET", "/", func(r *http.Request) { r.Host = "127.0.0.1.evil.example" }, 421},
		"no name":                      {"GET", "/api/runs", func(r *http.Request) { r.Host = "" }, 421},
		"another origin":               {"GET", "/api/runs", header("Origin", "http://evil.example"), 403},
		"another port":                 {"GET", "/api/runs", header("Origin", "http://127.0.0.1:80"), 403},
		"a page without origin":        {"GET", "/api/runs", header("Origin", "null"), 403},
		"to stop a run that is not":    {"POST", "/api/runs/none/stop", nil, 404},
		"to stop by GET":               {"GET", "/api/runs/none/stop", nil, 404},
		"to stop from another origin":  {"POST", "/api/runs/none/stop", header("Origin", "http://evil.example"), 403},
		"to stop without origin":       {"POST", "/api/runs/none/stop", func(r *http.Request) { r.Header.Del("Origin") }, 403},
		"to stop by a form":            {"POST", "/api/runs/none/stop", header("Content-Type", "text/plain"), 403},
		"to stop without our header":   {"POST", "/api/runs/none/stop", func(r *http.Request) { r.Header.Del("X-Gradlab") }, 403},
		"to stop from another machine": {"POST", "/api/runs/none/stop", func(r *http.Request) { r.RemoteAddr = "192.0.2.1:50000" }, 403},
		"to remove":                    {"DELETE", "/api/runs/none", nil, 403},
		"a file beside the page":       {"GET", "/../server.go", nil, 404},
	} {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			New().ServeHTTP(w, request(c.method, c.path, "{}", c.change))
			got := w.Result().StatusCode
			if got != c.want && !(c.want == 404 && got/100 == 3) {
				t.Errorf("the answer is %d, want %d", got, c.want)
			}
			policy := w.Result().Header.Get("Content-Security-Policy")
			if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
				t.Errorf("the policy is %q", policy)
			}
		})
	}
}

// TestErrorsAreJSON: what is not there and what is no number is said in one line.
func TestErrorsAreJSON(t *testing.T) {
	for path, want := range map[string]int{
		"/api/runs/none":               http.StatusNotFound,
		"/api/runs/none/flow":          http.StatusNotFound,
		"/api/runs/none/trials/0":      http.StatusNotFound,
		"/api/compare?a=none&b=none":   http.StatusNotFound,
		"/api/runs/none/curves?part=x": http.StatusNotFound,
	} {
		w := httptest.NewRecorder()
		New(t.TempDir()).ServeHTTP(w, request("GET", path, "", nil))
		body, _ := io.ReadAll(w.Result().Body)
		var said struct{ Error string }
		if err := json.Unmarshal(body, &said); w.Code != want || err != nil || said.Error == "" || strings.Contains(said.Error, "\n") {
			t.Errorf("%s: %d %s", path, w.Code, body)
		}
	}
}

// get asks for JSON that there is.
func get(t testing.TB, s *Server, path string, v any) {
	t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, request("GET", path, "", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), v); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// BenchmarkThousandTrials is how long the page waits for a run of 1000 trials with a million figures: read from the disk
// (cold), and once it is in memory (warm).
func BenchmarkThousandTrials(b *testing.B) {
	path := written(b, synthetic(25, 40, 20, 8))
	for _, c := range []struct {
		name string
		warm bool
	}{{"cold", false}, {"warm", true}} {
		b.Run(c.name, func(b *testing.B) {
			s := New(path)
			var v any
			get(b, s, "/api/runs/run", &v)
			for b.Loop() {
				if !c.warm {
					s = New(path)
				}
				w := httptest.NewRecorder()
				s.ServeHTTP(w, request("GET", "/api/runs/run", "", nil))
				b.SetBytes(int64(w.Body.Len()))
			}
		})
	}
}
