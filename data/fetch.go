package data

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gradlab/internal/wholefile"
)

const (
	cifarArchive = "cifar-10-binary.tar.gz"
	cifarHome    = "https://www.cs.toronto.edu/~kriz/" + cifarArchive

	fetchAttempts = 4 // connections in a row that bring nothing
)

// FetchOptions say where from and where to a data set is downloaded.
type FetchOptions struct {
	Options
	URL      string                  // of a mirror of a set that has a name; "" is the set's home page
	Checksum string                  // that an address must have: sha256:… or md5:…, or the digits alone; "" for none
	Progress func(done, total int64) // is told now and then; total is −1 while unknown
	Client   *http.Client            // nil is one with cookies of its own
}

// Fetch downloads the data set of that name, or what lies at an address, into the cache and gives its path.
// The share link of a file on Google Drive is an address too. What has been downloaded stays beside it as a
// .part file when the connection breaks, and the next Fetch goes on from there if the server still has the
// same file. It gets its name only after its contents were verified. What is in the cache already is not
// downloaded again.
func Fetch(ctx context.Context, name string, o FetchOptions) (string, error) {
	path, err := fetch(ctx, name, o)
	if err != nil {
		return "", fmt.Errorf("failed to fetch %s: %w", name, err)
	}
	return path, nil
}

// A fetcher downloads one file.
type fetcher struct {
	FetchOptions
	what   string                                       // "CIFAR-10"
	file   string                                       // its place below the cache
	limit  int64                                        // bytes that it may have
	known  bool                                         // verify tells it from every other file, so that parts of two would be found out
	verify func(ctx context.Context, path string) error // of a file that is complete
	mirror string                                       // advice of another address, "" where there is none
	pause  time.Duration                                // before a second attempt; doubles
	stall  time.Duration                                // without a byte: the connection is given up
}

func fetch(ctx context.Context, name string, o FetchOptions) (string, error) {
	switch {
	case isAddress(name):
		f, err := newLinkFetcher(ctx, name, o)
		if err != nil {
			return "", err
		}
		path, err := f.fetch(ctx)
		if err != nil {
			return "", err
		}
		return path, wholefile.Write(filepath.Join(filepath.Dir(path), addressFile), []byte(name+"\n"))
	case o.Checksum != "":
		return "", hint(errors.New("it has no checksum to be given"), "its contents are known; a checksum is for an address")
	case name == "cifar10":
		return newCIFARFetcher(o).fetch(ctx)
	case name == "shapes":
		return "", hint(errors.New("it is built in"), "nothing has to be fetched")
	}
	return "", hint(errors.New("there is no data set of that name to fetch"),
		"the data sets are "+strings.Join(sourceNames(), ", ")+"; others have an address: https://…")
}

func newCIFARFetcher(o FetchOptions) fetcher {
	return fetcher{
		FetchOptions: o, what: "CIFAR-10", file: cifarArchive, limit: maxArchive, known: true, verify: verifyCIFAR10,
		mirror: "a mirror: --url ADDRESS", pause: time.Second, stall: time.Minute,
	}
}

// advice is what to do, and to name a mirror where there may be one.
func (o fetcher) advice(text string) string {
	if o.mirror == "" {
		return text
	}
	return text + ", or name " + o.mirror
}

func (o fetcher) fetch(ctx context.Context) (string, error) {
	if o.URL == "" {
		o.URL = cifarHome
	}
	if u, err := url.Parse(o.URL); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", hint(fmt.Errorf("%q is no address of a mirror", o.URL), "give the whole address, like "+cifarHome)
	}
	dir, err := CacheDir(o.Cache)
	if err != nil {
		return "", err
	}
	target := filepath.Join(dir, o.file)
	dir = filepath.Dir(target)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", hint(err, "name another directory by GRADLAB_CACHE")
	}
	if _, err := os.Stat(target); err == nil {
		if o.verify(ctx, target) == nil {
			return target, nil
		}
	}

	part := partFile{target + ".part"}
	resumed, err := o.download(ctx, part)
	if err != nil {
		return "", err
	}
	err = o.verify(ctx, part.path)
	if err != nil && resumed && ctx.Err() == nil {
		// The start may have come from another file than the rest: once more from nothing.
		if err := part.remove(); err != nil {
			return "", err
		}
		if _, err := o.download(ctx, part); err != nil {
			return "", err
		}
		err = o.verify(ctx, part.path)
	}
	if err != nil {
		if ctx.Err() == nil {
			part.remove()
		}
		return "", fmt.Errorf("what came from %s is not %s: %w", o.URL, o.what, hint(err, o.advice("try again")))
	}
	if err := os.Rename(part.path, target); err != nil {
		return "", err
	}
	part.remove()
	return target, wholefile.SyncDir(dir)
}

// verifyCIFAR10 says whether the archive holds CIFAR-10, by the hashes of its six files.
func verifyCIFAR10(ctx context.Context, path string) error {
	c := newCIFARReader()
	if err := readPath(ctx, path, c); err != nil {
		return err
	}
	_, err := c.dataset()
	return err
}
