package data

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A versioned server has a file that may change between requests.
type versioned struct {
	body     []byte
	etag     string
	modified time.Time
	cut      int // bytes of the next answer, 0 for all
	requests []string
}

func (v *versioned) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.requests = append(v.requests, r.Header.Get("Range")+" "+r.Header.Get("If-Range"))
	if v.etag != "" {
		w.Header().Set("ETag", v.etag)
	}
	if v.cut > 0 {
		w = &cutWriter{ResponseWriter: w, left: v.cut}
		v.cut = 0
	}
	http.ServeContent(w, r, "", v.modified, bytes.NewReader(v.body))
}

// linkFetcher fetches address with a client.
func linkFetcher(t *testing.T, address string, o FetchOptions) (fetcher, error) {
	t.Helper()
	f, err := newLinkFetcher(t.Context(), address, o)
	f.pause, f.stall = time.Microsecond, 10*time.Second
	return f, err
}

// zipOfPictures is an archive of about so many bytes that is a data set.
func zipOfPictures(t testing.TB, mark byte, size int) []byte {
	t.Helper()
	p := grown(t, 6, 2, 10, 10)
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(i*i>>7)*31 + mark
	}
	p["README"] = b
	return p.tar(t, "")
}

// A download that was interrupted goes on where the server has the same file still, and begins anew where
// it has not, or nothing tells.
func TestFetchLinkResumes(t *testing.T) {
	old, changed := zipOfPictures(t, 1, 300_000), zipOfPictures(t, 2, 300_000)
	sum := sha256.Sum256(old)
	for _, v := range []struct {
		what     string
		first    versioned
		second   []byte // the body then
		etag     string
		checksum string
		requests string
	}{
		{"entity tag", versioned{etag: `"a"`}, old, `"a"`, "", `[" " "bytes=100000- \"a\""]`},
		{"another file", versioned{etag: `"a"`}, changed, `"b"`, "", `[" " "bytes=100000- \"a\""]`},
		{"weak tag", versioned{etag: `W/"a"`}, changed, `W/"a"`, "", `[" " " "]`},
		{"date", versioned{modified: time.Unix(1e9, 0)}, old, "", "", `[" " "bytes=100000- Sun, 09 Sep 2001 01:46:40 GMT"]`},
		{"no mark", versioned{}, changed, "", "", `[" " " "]`},
		{"checksum in place of a mark", versioned{}, old, "", hex.EncodeToString(sum[:]), `[" " "bytes=100000- "]`},
	} {
		t.Run(v.what, func(t *testing.T) {
			s := v.first
			s.body, s.cut = old, 100_000
			server := httptest.NewServer(&s)
			defer server.Close()
			address := server.URL + "/a/photos.tar?token=5"
			o := FetchOptions{Options: Options{Cache: t.TempDir()}, Client: server.Client(), Checksum: v.checksum}
			f, err := linkFetcher(t, address, o)
			if err != nil {
				t.Fatal(err)
			}
			part := partFile{filepath.Join(o.Cache, f.file) + ".part"}
			if err := os.MkdirAll(filepath.Dir(part.path), 0o755); err != nil {
				t.Fatal(err)
			}
			file, err := os.Create(part.path)
			if err != nil {
				t.Fatal(err)
			}
			if end, err := f.transfer(t.Context(), file, part, 0); err == nil || end != 100_000 {
				t.Fatalf("the first connection ended at %d, %v", end, err)
			}
			file.Close()

			s.body, s.etag = v.second, v.etag
			path, err := f.fetch(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, v.second) {
				t.Errorf("%d bytes came, not the file (%v)", len(got), err)
			}
			if got := fmt.Sprintf("%q", s.requests); got != v.requests {
				t.Errorf("requests %s, want %s", got, v.requests)
			}
			if exists(part.path) || exists(part.mark()) || filepath.Base(path) != "photos.tar" {
				t.Errorf("%s: parts are left: %v %v", path, exists(part.path), exists(part.mark()))
			}

			// It is data now, and not fetched again.
			spec, err := ParseSpec(address + "#train=4&size=8")
			if err != nil {
				t.Fatal(err)
			}
			d, err := Open(t.Context(), spec, o.Options)
			if err != nil || d.Name != "photos" || d.Train.N() != 4 || d.Train.H != 8 || spec.String() != address+"#train=4&size=8" {
				t.Errorf("%s is %+v, %v", spec, d, err)
			}
			if _, err := Fetch(t.Context(), address, o); err != nil || len(s.requests) != 2 {
				t.Errorf("%d requests, %v", len(s.requests), err)
			}
			if got := Links(o.Options); len(got) != 1 || got[0] != (Link{address, path}) {
				t.Errorf("in the cache is %v", got)
			}
		})
	}
}

func TestFetchLinkErrors(t *testing.T) {
	body := zipOfPictures(t, 0, 1000)
	sum := md5.Sum(body)
	for _, v := range []struct {
		what, path, checksum, want string
	}{
		{"md5", "/x.tar", "md5:" + hex.EncodeToString(sum[:]), ""},
		{"not found", "/none", "", "answered 404"},
		{"a web page", "/page", "", "it is a web page and no archive"},
		{"text", "/text", "", "it is neither a directory nor an archive that is read"},
		{"wrong checksum", "/x.tar", strings.Repeat("0", 32), "its md5 is " + hex.EncodeToString(sum[:]) + ", expected 000"},
		{"no checksum", "/x.tar", "sha256:12", `"sha256:12" is no checksum`},
		{"unknown checksum", "/x.tar", "crc:12345678", "is no checksum"},
	} {
		t.Run(v.what, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch r.URL.Path {
				case "/x.tar":
					w.Write(body)
				case "/page":
					fmt.Fprint(w, "\n<!DOCTYPE html><html>hello</html>")
				case "/text":
					fmt.Fprint(w, "hello")
				default:
					http.NotFound(w, r)
				}
			}))
			defer server.Close()
			cache := t.TempDir()
			_, err := Fetch(t.Context(), server.URL+v.path, FetchOptions{Options: Options{Cache: cache}, Client: server.Client(), Checksum: v.checksum})
			if v.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			checkError(t, err, v.want)
			if left, err := filepath.Glob(filepath.Join(cache, "links", "*", "*")); len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
	_, err := Open(t.Context(), Spec{Source: "https://example.org/x.zip"}, Options{Cache: t.TempDir()})
	checkError(t, err, "it is not in the cache")
	_, err = Fetch(t.Context(), "https://example.org/x.zip", FetchOptions{URL: "http://y/z"})
	checkError(t, err, "a mirror is for a data set that has a name")
	_, err = Fetch(t.Context(), "cifar10", FetchOptions{Checksum: "md5:00"})
	checkError(t, err, "it has no checksum to be given")
	_, err = Fetch(t.Context(), "https://", FetchOptions{})
	checkError(t, err, "is no address")
}

func TestLinkFile(t *testing.T) {
	for address, want := range map[string]string{
		"https://a.b/c/photos.zip?x=y":                  "photos.zip",
		"https://a.b/c/%2e%2e%2f%2e%2e%2fetc%2fpasswd":  "passwd",
		"https://a.b/c/..%5C..%5Cx y.zip":               "x-y.zip",
		"https://a.b":                                   "data",
		"https://a.b/" + strings.Repeat("x", 300):       strings.Repeat("x", 100),
		"https://drive.google.com/open?id=0123456789ab": "drive-01234567",
	} {
		if got := filepath.Base(linkFile(address)); got != want {
			t.Errorf("%s is kept as %s, want %s", address, got, want)
		}
		if dir := filepath.Dir(linkFile(address)); !strings.HasPrefix(dir, "links"+string(filepath.Separator)) || len(dir) != len("links/")+16 {
			t.Errorf("%s is kept in %s", address, dir)
		}
	}
	if linkFile("https://a/x") == linkFile("https://b/x") {
		t.Error("two addresses share a place")
	}
}

func TestDriveID(t *testing.T) {
	const id = "1A2b3C4d5E6f_-7890"
	for address, want := range map[string]string{
		"https://drive.google.com/file/d/" + id + "/view?usp=sharing":                 id,
		"https://drive.google.com/file/d/" + id:                                       id,
		"https://drive.google.com/a/uni.edu/file/d/" + id + "/edit":                   id,
		"https://drive.google.com/file/u/1/d/" + id + "/view":                         id,
		"https://drive.google.com/open?id=" + id:                                      id,
		"https://drive.google.com/uc?export=download&id=" + id:                        id,
		"https://drive.usercontent.google.com/download?id=" + id + "&export=download": id,
		"https://drive.google.com/drive/folders/" + id:                                "",
		"https://example.org/file/d/" + id + "/view":                                  "",
		"https://drive.google.com/open?id=../../x":                                    "",
		"https://drive.google.com.evil.org/open?id=" + id:                             "",
	} {
		if got := driveID(address); got != want {
			t.Errorf("%s means %q, want %q", address, got, want)
		}
	}
}

// A drive answers as Google Drive does, whatever host is asked.
type drive struct {
	t        *testing.T
	body     []byte
	page     func(id string) string // what asks before a download; "" for none
	first    bool                   // the page comes from the first host
	cut      int
	requests []string
}

const driveFile = "1A2b3C4d5E6f_-7890"

// warning is the page before files that are too large to be searched for viruses, shortened.
func warning(id string) string {
	return `<!DOCTYPE html><html><head><title>Google Drive - Virus scan warning</title></head><body>
<form action="/search"><input type="text" name="q" value=""></form>
<p class="uc-warning-subcaption"><span class="uc-name-size"><a href="/open?id=` + id + `">photos.tar</a> (1.2G)</span> is too large for Google to scan for viruses.</p>
<form id="download-form" action="https://drive.usercontent.google.com/download" method="get"><input type="submit" id="uc-download-link" class="goog-inline-block" value="Download anyway"/>
<input type="hidden" name="id" value="` + id + `"><input type="hidden" name="export" value="download"><input type="hidden" name="confirm" value="t">
<input type="hidden" name="uuid" value="5b0e&amp;1"></form></body></html>`
}

func (d *drive) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.requests = append(d.requests, strings.TrimSpace(r.Host+r.URL.Path+" "+r.Header.Get("Range")))
	q := r.URL.Query()
	switch {
	case r.Host == "drive.google.com" && r.URL.Path == "/uc":
		if q.Get("id") != driveFile {
			http.NotFound(w, r)
			return
		}
		if q.Get("confirm") != "" {
			d.file(w, r)
			return
		}
		if d.first {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, d.page(q.Get("id")))
			return
		}
		http.Redirect(w, r, "https://drive.usercontent.google.com/download?"+r.URL.RawQuery, http.StatusSeeOther)
	case r.Host == "drive.usercontent.google.com" && r.URL.Path == "/download":
		if d.page != nil && q.Get("confirm") != "t" {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, d.page(q.Get("id")))
			return
		}
		if d.page != nil && q.Get("uuid") != "5b0e&1" {
			d.t.Errorf("the form came back as %v", q)
		}
		d.file(w, r)
	default:
		d.t.Errorf("asked for %s%s", r.Host, r.URL)
		http.NotFound(w, r)
	}
}

func (d *drive) file(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", `attachment; filename="photos.tar"`)
	w.Header().Set("ETag", `"7"`)
	if d.cut > 0 && strings.HasPrefix(r.Header.Get("Accept-Encoding"), "identity") {
		w = &cutWriter{ResponseWriter: w, left: d.cut}
		d.cut = 0
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(d.body))
}

// A diverter sends every request to one server.
type diverter struct{ to *url.URL }

func (d diverter) RoundTrip(r *http.Request) (*http.Response, error) {
	sent := r.Clone(r.Context())
	sent.Host = r.URL.Host
	sent.URL.Scheme, sent.URL.Host = d.to.Scheme, d.to.Host
	response, err := http.DefaultTransport.RoundTrip(sent)
	if err == nil {
		response.Request = r
	}
	return response, err
}

func driveClient(t *testing.T, d http.Handler) *http.Client {
	t.Helper()
	server := httptest.NewServer(d)
	t.Cleanup(server.Close)
	to, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Transport: diverter{to}}
}

func TestFetchDrive(t *testing.T) {
	body := zipOfPictures(t, 3, 300_000)
	const content = "drive.usercontent.google.com/download"
	for _, v := range []struct {
		what     string
		page     func(string) string
		cut      int
		requests []string
	}{
		{"small", nil, 0, []string{"drive.google.com/uc", content, content}},
		{"large", warning, 0, []string{"drive.google.com/uc", content, content}},
		{"large and cut", warning, 100_000, []string{"drive.google.com/uc", content, content, content + " bytes=100000-"}},
		{"an older page", func(id string) string {
			return `<html><a id="uc-download-link" href="/uc?export=download&amp;confirm=AbC&amp;id=` + id + `">Download anyway</a></html>`
		}, 0, []string{"drive.google.com/uc", "drive.google.com/uc"}},
	} {
		t.Run(v.what, func(t *testing.T) {
			d := &drive{t: t, body: body, page: v.page, cut: v.cut}
			d.first = v.what == "an older page"
			o := FetchOptions{Options: Options{Cache: t.TempDir()}, Client: driveClient(t, d)}
			address := "https://drive.google.com/file/d/" + driveFile + "/view?usp=sharing"
			f, err := linkFetcher(t, address, o)
			if err != nil {
				t.Fatal(err)
			}
			path, err := f.fetch(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, body) {
				t.Errorf("%d bytes came, not the file (%v)", len(got), err)
			}
			if got, want := strings.Join(d.requests, "\n"), strings.Join(v.requests, "\n"); got != want {
				t.Errorf("requests\n%s, want\n%s", got, want)
			}
			// What is in the cache needs no network.
			n := len(d.requests)
			if _, err := Fetch(t.Context(), address, o); err != nil || len(d.requests) != n {
				t.Errorf("%d requests more, %v", len(d.requests)-n, err)
			}
			if set, err := Open(t.Context(), Spec{Source: address, Train: 3}, o.Options); err != nil || set.Train.N() != 3 {
				t.Errorf("%+v, %v", set, err)
			}
		})
	}
}

func TestFetchDriveErrors(t *testing.T) {
	page := func(text string) func(string) string {
		return func(string) string { return "<html>" + text + "</html>" }
	}
	for _, v := range []struct {
		what, id string
		page     func(string) string
		want     string
	}{
		{"no such file", "00000000", nil, "Google Drive has no such file"},
		{"too often", driveFile, page("<title>Google Drive - Quota exceeded</title>"), "downloaded too often"},
		{"not shared", driveFile, page("You need access. Request access, or switch to an account"), "does not give the file to everybody"},
		{"another page", driveFile, page("hello"), "a page that is not understood"},
		{"a page that leads away", driveFile, func(id string) string {
			return strings.ReplaceAll(warning(id), "https://drive.usercontent.google.com/", "https://evil.example/")
		}, "it leads to evil.example"},
		{"a page that leads into the open", driveFile, func(id string) string {
			return strings.ReplaceAll(warning(id), "https://drive.usercontent", "http://drive.usercontent")
		}, "a page that is not understood"},
	} {
		t.Run(v.what, func(t *testing.T) {
			client := driveClient(t, &drive{t: t, page: v.page})
			_, err := Fetch(t.Context(), "https://drive.google.com/open?id="+v.id, FetchOptions{Options: Options{Cache: t.TempDir()}, Client: client})
			checkError(t, err, v.want)
		})
	}
	client := driveClient(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	_, err := Fetch(t.Context(), "https://drive.google.com/open?id="+driveFile, FetchOptions{Options: Options{Cache: t.TempDir()}, Client: client})
	checkError(t, err, "does not give the file to everybody")
	_, err = Fetch(t.Context(), "https://drive.google.com/drive/folders/"+driveFile, FetchOptions{Options: Options{Cache: t.TempDir()}})
	checkError(t, err, "no link to one file on Google Drive")
}

// FuzzConfirmed: whatever the page says, it leads to Drive.
func FuzzConfirmed(f *testing.F) {
	f.Add(warning(driveFile))
	f.Add(`<a href="/uc?confirm=x">`)
	f.Add(`<form action="//evil/x"><input name=id value="1">`)
	here, err := url.Parse("https://drive.usercontent.google.com/download")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, page string) {
		to, err := confirmed(here, []byte(page))
		if err != nil {
			return
		}
		if u, err := url.Parse(to); err != nil || !isDrive(u) || u.Scheme != "https" {
			t.Errorf("it leads to %s (%v)", to, err)
		}
	})
}
