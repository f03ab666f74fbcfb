package data

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"gradlab/internal/tree"
)

// maxLink bounds what is downloaded from an address.
const maxLink = 256 << 30

// linkFile is the place of an address's file below the cache: a directory of its own, so that the file keeps
// its name.
func linkFile(address string) string {
	sum := sha256.Sum256([]byte(address))
	name := "data"
	if id := driveID(address); id != "" {
		name = "drive-" + id[:min(len(id), 8)]
	} else if u, err := url.Parse(address); err == nil {
		name = fileName(path.Base(u.Path))
	}
	return filepath.Join("links", hex.EncodeToString(sum[:8]), name)
}

var unfit = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// fileName is a name that every file system takes.
func fileName(name string) string {
	name = strings.TrimLeft(unfit.ReplaceAllString(name, "-"), ".-")
	if name == "" {
		return "data"
	}
	return name[max(0, len(name)-100):]
}

// findLink gives the path of what was fetched from an address.
func findLink(address string, o Options) (string, error) {
	dir, err := CacheDir(o.Cache)
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, linkFile(address))
	if _, err := os.Stat(name); err != nil {
		return "", hint(fmt.Errorf("it is not in the cache %s", dir), fmt.Sprintf("get it with: gradlab data fetch '%s'", address))
	}
	return name, nil
}

// addressFile stands beside what was fetched from an address, and says which.
const addressFile = "address.txt"

// A Link is what was fetched from an address.
type Link struct{ Address, Path string }

// Links lists what was fetched from addresses, by address.
func Links(o Options) []Link {
	dir, err := CacheDir(o.Cache)
	if err != nil {
		return nil
	}
	notes, _ := filepath.Glob(filepath.Join(dir, "links", "*", addressFile))
	var all []Link
	for _, note := range notes {
		b, err := os.ReadFile(note)
		address := strings.TrimSpace(string(b))
		if err != nil || !isAddress(address) {
			continue
		}
		if name, err := findLink(address, o); err == nil {
			all = append(all, Link{address, name})
		}
	}
	slices.SortFunc(all, func(a, b Link) int { return strings.Compare(a.Address, b.Address) })
	return all
}

// newLinkFetcher prepares the download of what lies at an address.
func newLinkFetcher(ctx context.Context, address string, o FetchOptions) (fetcher, error) {
	if o.URL != "" {
		return fetcher{}, hint(errors.New("a mirror is for a data set that has a name"), "leave --url out")
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return fetcher{}, hint(fmt.Errorf("%q is no address", address), "give the whole address: https://…")
	}
	algorithm, want, err := parseChecksum(o.Checksum)
	if err != nil {
		return fetcher{}, err
	}
	if o.Client == nil {
		jar, err := cookiejar.New(nil)
		if err != nil {
			return fetcher{}, err
		}
		o.Client = &http.Client{Jar: jar}
	}
	f := fetcher{
		FetchOptions: o, what: "the data", file: linkFile(address), limit: maxLink, known: want != "",
		pause: time.Second, stall: time.Minute,
		verify: func(ctx context.Context, name string) error {
			if err := checkSum(ctx, name, algorithm, want); err != nil {
				return err
			}
			return checkKind(name)
		},
	}
	f.URL = address
	if driveID(address) != "" {
		f.what = "the shared file"
		dir, err := CacheDir(o.Cache)
		if err != nil {
			return fetcher{}, err
		}
		if name := filepath.Join(dir, f.file); f.there(ctx, name) {
			return f, nil
		}
		if f.URL, err = resolveDrive(ctx, o.Client, address); err != nil {
			return fetcher{}, err
		}
	} else if isDrive(u) {
		return fetcher{}, hint(errors.New("this is no link to one file on Google Drive"),
			"share a single file, a zip or a tar, with everybody who has the link, and give that link; a folder is downloaded as a zip in the browser")
	}
	return f, nil
}

// there says whether the file is complete already.
func (o fetcher) there(ctx context.Context, name string) bool {
	_, err := os.Stat(name)
	return err == nil && o.verify(ctx, name) == nil
}

const sumAdvice = "a checksum is sha256: and 64 digits, or md5: and 32"

// parseChecksum reads sha256:…, md5:…, or the digits alone.
func parseChecksum(text string) (algorithm, sum string, err error) {
	if text == "" {
		return "", "", nil
	}
	algorithm, sum, found := strings.Cut(strings.ToLower(strings.TrimSpace(text)), ":")
	if !found {
		sum = algorithm
		algorithm = map[int]string{32: "md5", 64: "sha256"}[len(sum)]
	}
	b, err := hex.DecodeString(sum)
	if err != nil || algorithm == "sha256" && len(b) != sha256.Size || algorithm == "md5" && len(b) != md5.Size || algorithm != "sha256" && algorithm != "md5" {
		return "", "", hint(fmt.Errorf("%q is no checksum", text), sumAdvice)
	}
	return algorithm, sum, nil
}

// checkSum says whether a file has the checksum; want is "" for none.
func checkSum(ctx context.Context, name, algorithm, want string) error {
	if want == "" {
		return nil
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	var h hash.Hash = sha256.New()
	if algorithm == "md5" {
		h = md5.New()
	}
	if _, err := io.Copy(h, reader{ctx, f}); err != nil {
		return err
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		return hint(fmt.Errorf("its %s is %s, expected %s", algorithm, got, want), "see whether address and checksum are of the same file")
	}
	return nil
}

// checkKind says whether a file is of a kind that holds data, and not the page that a server shows in its place.
func checkKind(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	start, err := io.ReadAll(io.LimitReader(f, 1024))
	f.Close()
	if err != nil {
		return err
	}
	if text := bytes.ToLower(bytes.TrimSpace(start)); bytes.HasPrefix(text, []byte("<!doctype html")) || bytes.HasPrefix(text, []byte("<html")) {
		return hint(errors.New("it is a web page and no archive"), "give the address of the file itself, which a browser saves at once")
	}
	t, err := tree.Open(name, pictureLimits)
	if err != nil {
		return withAdvice(err)
	}
	return t.Close()
}
