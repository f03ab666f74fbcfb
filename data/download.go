package data

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// download brings the whole of o.URL into the file part, from where part ends, over as many
// connections as it takes. resumed says that part was not empty before.
func (o fetcher) download(ctx context.Context, part partFile) (resumed bool, err error) {
	f, err := os.OpenFile(part.path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return false, hint(err, "name another directory by GRADLAB_CACHE")
	}
	at, err := f.Seek(0, io.SeekEnd)
	defer func() {
		f.Close() // Windows removes no open file
		if err != nil && at == 0 {
			part.remove() // nothing came: nothing to go on from
		}
	}()
	if err != nil {
		return false, err
	}
	if at > 0 && !o.known && part.version() == "" {
		// Nothing would tell whether the server's file is still the one of which this is the start.
		at, err = restart(f, nil)
		if err != nil {
			return false, err
		}
	}
	resumed = at > 0
	for attempt := 1; ; attempt++ {
		before := at
		at, err = o.transfer(ctx, f, part, at)
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
			o.advice("see whether the network is there, run a study on an archive of yours with --data PATH"))
	}
	return hint(fmt.Errorf("the connection to %s broke after %d bytes: %w", o.URL, at, err),
		o.advice("run the command again, it goes on from there"))
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
func (o fetcher) transfer(ctx context.Context, f *os.File, part partFile, at int64) (end int64, err error) {
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
	request.Header.Set("Accept-Encoding", "identity") // parts are of the file as it is
	if at > 0 {
		request.Header.Set("Range", "bytes="+strconv.FormatInt(at, 10)+"-")
		if version := part.version(); version != "" {
			request.Header.Set("If-Range", version) // all of it comes where it is another one
		}
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
		if err := part.note(versionOf(response.Header)); err != nil {
			return at, hint(err, "see whether the disk is full")
		}
	case status == http.StatusRequestedRangeNotSatisfiable && at > 0:
		if _, all, _ := contentRange(response.Header.Get("Content-Range")); all == at {
			return at, nil // it was complete
		}
		return restart(f, errors.New("the server's file is shorter than what is here"))
	case status >= 500 || status == http.StatusTooManyRequests:
		return at, fmt.Errorf("the server answered %s", response.Status)
	default:
		return at, hint(fmt.Errorf("%s answered %s", o.URL, response.Status), o.advice("see whether the address is right"))
	}
	if total > o.limit {
		return at, hint(fmt.Errorf("%s has %d bytes, more than %s can have", o.URL, total, o.what), o.advice("see whether the address is right"))
	}
	return o.appendBody(f, response.Body, at, total, func() { watch.Reset(o.stall) })
}

// appendBody writes body to f from at on; arrived is called after every read.
func (o fetcher) appendBody(f *os.File, body io.Reader, at, total int64, arrived func()) (int64, error) {
	buffer := make([]byte, 1<<18)
	for {
		n, err := body.Read(buffer)
		arrived()
		if at+int64(n) > o.limit {
			return at, hint(fmt.Errorf("more than %d bytes came", o.limit), o.advice("see whether the address is right"))
		}
		if _, err := f.WriteAt(buffer[:n], at); err != nil {
			return at, hint(err, "see whether the disk is full")
		}
		at += int64(n)
		if o.Progress != nil {
			o.Progress(at, total)
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

// A partFile is what has come of a download, with the server's mark of its version beside it.
type partFile struct{ path string }

func (p partFile) mark() string { return p.path + ".version" }

// version is the mark, "" for none.
func (p partFile) version() string {
	b, _ := os.ReadFile(p.mark())
	return strings.TrimSpace(string(b))
}

// note keeps the mark of what is downloaded from now on.
func (p partFile) note(version string) error {
	if version == "" {
		if err := os.Remove(p.mark()); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		return nil
	}
	return os.WriteFile(p.mark(), []byte(version+"\n"), 0o644)
}

// remove removes both, if they are there.
func (p partFile) remove() error {
	err := os.Remove(p.path)
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, p.note(""))
}

// versionOf is the mark of a file's version that may be asked for (RFC 9110, 13.1.5): a strong entity tag, or
// the time of its last change.
func versionOf(h http.Header) string {
	if tag := h.Get("ETag"); strings.HasPrefix(tag, `"`) {
		return tag
	}
	return h.Get("Last-Modified")
}
