package data

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A mirror serves body in a chosen bad way, and counts the requests.
type mirror struct {
	body     []byte
	noRange  bool
	cut      int // bytes of each of the first cuts answers, after which the connection breaks
	cuts     int
	failures int // answers of 503 before anything else
	requests []string
}

func (m *mirror) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.requests = append(m.requests, r.Header.Get("Range"))
	if m.failures > 0 {
		m.failures--
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if m.noRange {
		r.Header.Del("Range")
	}
	if m.cuts > 0 {
		m.cuts--
		w = &cutWriter{ResponseWriter: w, left: m.cut}
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(m.body))
}

// cutWriter breaks the connection after left bytes.
type cutWriter struct {
	http.ResponseWriter
	left int
}

func (w *cutWriter) Write(p []byte) (int, error) {
	n := min(len(p), w.left)
	w.ResponseWriter.Write(p[:n])
	if w.left -= n; w.left == 0 {
		w.ResponseWriter.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	return n, nil
}

// testFetcher fetches from m into a new cache; want is what the archive has to be.
func testFetcher(t *testing.T, m http.Handler, want []byte) fetcher {
	t.Helper()
	server := httptest.NewServer(m)
	t.Cleanup(server.Close)
	f := newCIFARFetcher(FetchOptions{})
	f.pause, f.stall = time.Microsecond, 10*time.Second
	f.Cache = filepath.Join(t.TempDir(), "new", "cache")
	f.URL = server.URL + "/" + cifarArchive
	f.Client = server.Client()
	f.verify = func(_ context.Context, path string) error {
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
			return fmt.Errorf("wrong contents (%v)", err)
		}
		return nil
	}
	return f
}

func (o fetcher) target() string { return filepath.Join(o.Cache, cifarArchive) }
func (o fetcher) part() string   { return o.target() + ".part" }

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func testBody() []byte {
	b := make([]byte, 1_000_000)
	for i := range b {
		b[i] = byte(i * i >> 7)
	}
	return b
}

func TestFetch(t *testing.T) {
	body := testBody()
	for _, v := range []struct {
		what     string
		mirror   mirror
		part     []byte // what an earlier download left
		requests []string
	}{
		{what: "whole", requests: []string{""}},
		{what: "resumed", part: body[:400_000], requests: []string{"bytes=400000-"}},
		{what: "no ranges", mirror: mirror{noRange: true}, part: body[:400_000], requests: []string{"bytes=400000-"}},
		{what: "complete part", part: body, requests: []string{"bytes=1000000-"}},
		{what: "part too long", part: append(testBody(), 1, 2), requests: []string{"bytes=1000002-", ""}},
		{what: "part of another file", part: make([]byte, 1000), requests: []string{"bytes=1000-", ""}},
		{what: "cut twice", mirror: mirror{cut: 300_000, cuts: 2}, requests: []string{"", "bytes=300000-", "bytes=600000-"}},
		{what: "cut, no ranges", mirror: mirror{cut: 300_000, cuts: 1, noRange: true}, requests: []string{"", "bytes=300000-"}},
		{what: "unavailable for a while", mirror: mirror{failures: 3}, requests: []string{"", "", "", ""}},
	} {
		t.Run(v.what, func(t *testing.T) {
			m := v.mirror
			m.body = body
			f := testFetcher(t, &m, body)
			if v.part != nil {
				write(t, f.part(), v.part)
			}
			var done, total int64
			f.Progress = func(d, n int64) { done, total = d, n }
			path, err := f.fetch(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got, err := os.ReadFile(path); path != f.target() || err != nil || !bytes.Equal(got, body) {
				t.Errorf("%s holds %d bytes, want the body (%v)", path, len(got), err)
			}
			if exists(f.part()) {
				t.Error("the .part file is still there")
			}
			if got, want := fmt.Sprintf("%q", m.requests), fmt.Sprintf("%q", v.requests); got != want {
				t.Errorf("requests %s, want %s", got, want)
			}
			if v.what != "complete part" && (done != 1_000_000 || total != 1_000_000) {
				t.Errorf("progress ended at %d of %d", done, total)
			}
			// What is there is not fetched again.
			if _, err := f.fetch(t.Context()); err != nil || len(m.requests) != len(v.requests) {
				t.Errorf("a second fetch made %d requests (%v)", len(m.requests)-len(v.requests), err)
			}
		})
	}
}

func TestFetchErrors(t *testing.T) {
	body := testBody()
	for _, v := range []struct {
		what   string
		mirror http.Handler
		want   string
		part   bool // what came so far is kept for the next time
	}{
		{"wrong contents", &mirror{body: body[1:]}, "is not CIFAR-10: wrong contents", false},
		{"not found", http.NotFoundHandler(), "answered 404", false},
		{"broken for good", &mirror{body: body, cut: 300_000, cuts: 100, noRange: true}, "broke after 300000 bytes", true},
		{"unavailable for good", &mirror{body: body, failures: 100}, "503", false},
		{"too large", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(int64(maxArchive)+1))
		}), "more than CIFAR-10 can have", false},
	} {
		t.Run(v.what, func(t *testing.T) {
			f := testFetcher(t, v.mirror, body)
			_, err := f.fetch(t.Context())
			checkError(t, err, v.want)
			if exists(f.target()) {
				t.Error("an archive is there")
			}
			if exists(f.part()) != v.part {
				t.Errorf(".part there: %v, want %v", !v.part, v.part)
			}
		})
	}
}

// Without a network nothing is left behind, and the advice says what works without one.
func TestFetchOffline(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close() // nobody listens there any more
	f := newCIFARFetcher(FetchOptions{})
	f.pause, f.stall = time.Microsecond, 10*time.Second
	f.URL, f.Cache = server.URL, t.TempDir()
	_, err := f.fetch(t.Context())
	checkError(t, err, "nothing came from "+server.URL)
	var h interface{ Hint() string }
	if !errors.As(err, &h) || !strings.Contains(h.Hint(), "--url") || !strings.Contains(h.Hint(), "--data") {
		t.Errorf("the hint of %v names neither --url nor --data", err)
	}
	if exists(f.part()) {
		t.Error("an empty .part file stayed")
	}
}

// A server that falls silent is given up and asked again.
func TestFetchStall(t *testing.T) {
	body := testBody()
	first := true
	f := testFetcher(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if first {
			first = false
			w.Header().Set("Content-Length", fmt.Sprint(len(body)))
			w.Write(body[:1000])
			w.(http.Flusher).Flush()
			<-r.Context().Done()
			return
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
	}), body)
	f.stall = 100 * time.Millisecond
	if _, err := f.fetch(t.Context()); err != nil {
		t.Fatal(err)
	}
	if first || !exists(f.target()) {
		t.Error("nothing was fetched")
	}
}

// A server that stays silent is an error of its own, which nobody takes for an interruption.
func TestFetchSilence(t *testing.T) {
	for what, before := range map[string]func(w http.ResponseWriter){
		"before the answer": func(http.ResponseWriter) {},
		"in the body":       func(w http.ResponseWriter) { w.(http.Flusher).Flush() },
	} {
		t.Run(what, func(t *testing.T) {
			f := testFetcher(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				before(w)
				<-r.Context().Done()
			}), nil)
			f.stall = 20 * time.Millisecond
			_, err := f.fetch(t.Context())
			checkError(t, err, "nothing came for 20ms")
			if errors.Is(err, context.Canceled) {
				t.Errorf("%v is taken for an interruption", err)
			}
		})
	}
}

// A download that is interrupted leaves its part, and nothing under the archive's name.
func TestFetchCancelled(t *testing.T) {
	body := testBody()
	ctx, cancel := context.WithCancel(t.Context())
	f := testFetcher(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		w.Write(body[:1000])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}), body)
	f.Progress = func(done, _ int64) {
		if done >= 1000 {
			cancel()
		}
	}
	if _, err := f.fetch(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("fetch gave %v, want context.Canceled", err)
	}
	if part, err := os.ReadFile(f.part()); exists(f.target()) || err != nil || !bytes.Equal(part, body[:1000]) {
		t.Errorf("target there: %v; part of %d bytes (%v)", exists(f.target()), len(part), err)
	}
}

func TestFetchNames(t *testing.T) {
	cache := write(t, filepath.Join(t.TempDir(), "file"), nil)
	for _, v := range []struct {
		name string
		o    FetchOptions
		want string
	}{
		{"shapes", FetchOptions{}, "failed to fetch shapes: it is built in"},
		{"mnist", FetchOptions{}, "no data set of that name"},
		{"cifar10", FetchOptions{URL: "ftp://x/y"}, "no address of a mirror"},
		{"cifar10", FetchOptions{URL: "mirror"}, "no address of a mirror"},
		{"cifar10", FetchOptions{Options: Options{Cache: cache}}, "not a directory"},
	} {
		_, err := Fetch(t.Context(), v.name, v.o)
		checkError(t, err, v.want)
	}
}

// What is fetched is verified by the hashes of its six files.
func TestFetchVerifies(t *testing.T) {
	m := &mirror{body: zipped(t, pack(t, batches("b/")))}
	f := testFetcher(t, m, nil)
	_, err := Fetch(t.Context(), "cifar10", f.FetchOptions)
	checkError(t, err, "data_batch_1.bin: 3 images, expected 10000")
	if exists(f.target()) || exists(f.part()) {
		t.Error("the wrong archive stayed")
	}
	if !strings.HasPrefix(cifarHome, "https://") {
		t.Errorf("the home page is %s", cifarHome)
	}
}
