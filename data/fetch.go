package data

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
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
	URL      string                  // of a mirror; "" is the set's home page
	Progress func(done, total int64) // is told now and then; total is −1 while unknown
	Client   *http.Client            // nil is http.DefaultClient
}

// Fetch downloads the data set of that name into the cache and gives the path of its archive. What
// has been downloaded stays beside it as a .part file when the connection breaks, and the next
// Fetch goes on from there. The archive gets its name only after its contents were verified. A set
// that is in the cache already is not downloaded again.
func Fetch(ctx context.Context, name string, o FetchOptions) (string, error) {
	path, err := fetch(ctx, name, o)
	if err != nil {
		return "", fmt.Errorf("failed to fetch %s: %w", name, err)
	}
	return path, nil
}

// A fetcher downloads one archive.
type fetcher struct {
	FetchOptions
	verify func(ctx context.Context, path string) error // of an archive that is complete
	pause  time.Duration                                // before a second attempt; doubles
	stall  time.Duration                                // without a byte: the connection is given up
}

func fetch(ctx context.Context, name string, o FetchOptions) (string, error) {
	switch name {
	case "cifar10":
		f := fetcher{o, verifyCIFAR10, time.Second, time.Minute}
		return f.fetch(ctx)
	case "shapes":
		return "", hint(errors.New("it is built in"), "nothing has to be fetched")
	}
	return "", hint(errors.New("there is no data set of that name to fetch"), "the data sets are "+strings.Join(sourceNames(), ", "))
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
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", hint(err, "name another directory by GRADLAB_CACHE")
	}
	target := filepath.Join(dir, cifarArchive)
	if _, err := os.Stat(target); err == nil {
		if o.verify(ctx, target) == nil {
			return target, nil
		}
	}

	part := target + ".part"
	resumed, err := o.download(ctx, part)
	if err != nil {
		return "", err
	}
	err = o.verify(ctx, part)
	if err != nil && resumed && ctx.Err() == nil {
		// The start may have come from another file than the rest: once more from nothing.
		if err := os.Remove(part); err != nil {
			return "", err
		}
		if _, err := o.download(ctx, part); err != nil {
			return "", err
		}
		err = o.verify(ctx, part)
	}
	if err != nil {
		if ctx.Err() == nil {
			os.Remove(part)
		}
		return "", fmt.Errorf("what came from %s is not CIFAR-10: %w", o.URL, hint(err, "try again, or another mirror: --url ADDRESS"))
	}
	if err := os.Rename(part, target); err != nil {
		return "", err
	}
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

// download brings the whole of o.URL into the file part, from where part ends, over as many
// connections as it takes. resumed says that part was not empty before.
func (o fetcher) download(ctx context.Context, part string) (resumed bool, err error) {
	f, err := os.OpenFile(part, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return false, hint(err, "name another directory by GRADLAB_CACHE")
	}
	at, err := f.Seek(0, io.SeekEnd)
	defer func() {
		f.Close() // Windows removes no open file
		if err != nil && at == 0 {
			os.Remove(part) // nothing came: nothing to go on from
		}
	}()
	if err != nil {
		return false, err
	}
	resumed = at > 0
	for attempt := 1; ; attempt++ {
		before := at
		at, err = o.transfer(ctx, f, at)
		if err == nil {
			return resumed, f.Sync()
		}
		var final *HintError
		if ctx.Err() != nil {
			return resumed, ctx.Err()
		}
		if errors.As(err, &final) {
			return resumed, err
		}
		if at > before {
			attempt = 0
		}
		if attempt >= fetchAttempts {
			return resumed, o.brokenOff(at, err)
		}
		if err := o.wait(ctx, attempt); err != nil {
			return resumed, err
		}
	}
}

// brokenOff is the error of a download that is given up after the given number of bytes.
func (o fetcher) brokenOff(at int64, err error) error {
	var request *url.Error
	if errors.As(err, &request) {
		err = request.Err // without the address, which stands before it
	}
	if at == 0 {
		return hint(fmt.Errorf("nothing came from %s: %w", o.URL, err),
			"see whether the network is there, name a mirror with --url ADDRESS, or run a study on an archive of yours with --data PATH")
	}
	return hint(fmt.Errorf("the connection to %s broke after %d bytes: %w", o.URL, at, err),
		"run the command again, it goes on from there; or name a mirror with --url ADDRESS")
}

// wait pauses before another attempt: longer after each one that brought nothing.
func (o fetcher) wait(ctx context.Context, attempt int) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(o.pause << attempt):
		return nil
	}
}

// transfer asks for the bytes from at on and appends them to f, over one connection. It gives the
// new end of f. An error with a Hint is final; after others it is worth trying again.
func (o fetcher) transfer(ctx context.Context, f *os.File, at int64) (end int64, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(o.stall, func() { cancel(fmt.Errorf("nothing came for %v", o.stall)) })
	defer watch.Stop()
	defer func() {
		if errors.Is(err, context.Canceled) { // by the caller, or by the watch
			err = context.Cause(ctx)
		}
	}()

	request, err := http.NewRequestWithContext(ctx, http.MethodGet, o.URL, nil)
	if err != nil {
		return at, err
	}
	if at > 0 {
		request.Header.Set("Range", "bytes="+strconv.FormatInt(at, 10)+"-")
	}
	client := o.Client
	if client == nil {
		client = http.DefaultClient
	}
	response, err := client.Do(request)
	if err != nil {
		return at, err
	}
	defer response.Body.Close()

	total := int64(-1)
	switch status := response.StatusCode; {
	case status == http.StatusPartialContent && at > 0:
		from, all, ok := contentRange(response.Header.Get("Content-Range"))
		if !ok || from != at {
			return restart(f, fmt.Errorf("the server sent bytes from %d, expected from %d", from, at))
		}
		total = all
	case status == http.StatusOK: // all of it, whether or not a part was asked for
		if _, err := restart(f, nil); err != nil {
			return at, err
		}
		at, total = 0, response.ContentLength
	case status == http.StatusRequestedRangeNotSatisfiable && at > 0:
		if _, all, _ := contentRange(response.Header.Get("Content-Range")); all == at {
			return at, nil // it was complete
		}
		return restart(f, errors.New("the server's file is shorter than what is here"))
	case status >= 500 || status == http.StatusTooManyRequests:
		return at, fmt.Errorf("the server answered %s", response.Status)
	default:
		return at, hint(fmt.Errorf("%s answered %s", o.URL, response.Status), "name a mirror: --url ADDRESS")
	}
	if total > maxArchive {
		return at, hint(fmt.Errorf("%s has %d bytes, more than an archive of CIFAR-10 can have", o.URL, total), "name another mirror: --url ADDRESS")
	}
	return appendBody(f, response.Body, at, total, o.Progress, func() { watch.Reset(o.stall) })
}

// appendBody writes body to f from at on; arrived is called after every read.
func appendBody(f *os.File, body io.Reader, at, total int64, progress func(done, total int64), arrived func()) (int64, error) {
	buffer := make([]byte, 1<<18)
	for {
		n, err := body.Read(buffer)
		arrived()
		if at+int64(n) > maxArchive {
			return at, hint(fmt.Errorf("more than %d bytes came", maxArchive), "name another mirror: --url ADDRESS")
		}
		if _, err := f.WriteAt(buffer[:n], at); err != nil {
			return at, hint(err, "see whether the disk is full")
		}
		at += int64(n)
		if progress != nil {
			progress(at, total)
		}
		switch {
		case err == io.EOF && total >= 0 && at != total:
			return at, fmt.Errorf("%d bytes came, %d were announced: %w", at, total, io.ErrUnexpectedEOF)
		case err == io.EOF:
			return at, nil
		case err != nil:
			return at, err
		}
	}
}

// restart empties f, so that the next connection begins at the start, and gives its end and err.
func restart(f *os.File, err error) (int64, error) {
	if err := f.Truncate(0); err != nil {
		return 0, hint(err, "remove "+f.Name())
	}
	return 0, err
}

// contentRange reads "bytes 5-9/10" and "bytes */10"; a length that is not known is −1.
func contentRange(header string) (from, total int64, ok bool) {
	value, ok := strings.CutPrefix(header, "bytes ")
	span, size, ok2 := strings.Cut(value, "/")
	if !ok || !ok2 {
		return 0, -1, false
	}
	if total, ok = parse(size); !ok {
		total = -1
	}
	start, _, _ := strings.Cut(span, "-")
	from, ok = parse(start)
	return from, total, ok
}

func parse(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n >= 0
}
