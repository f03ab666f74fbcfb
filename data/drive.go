package data

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// driveStart is the address under which Google Drive hands out a shared file, or asks first.
const driveStart = "https://drive.google.com/uc?export=download&id="

const driveAdvice = "share the file with everybody who has the link (Share, General access), or download it in the browser and name the file"

func isDrive(u *url.URL) bool {
	switch u.Hostname() {
	case "drive.google.com", "docs.google.com", "drive.usercontent.google.com":
		return true
	}
	return false
}

var (
	drivePath = regexp.MustCompile(`^/(?:a/[^/]+/)?(?:file/)?(?:u/\d+/)?d/([A-Za-z0-9_-]{8,128})(?:/|$)`)
	driveName = regexp.MustCompile(`^[A-Za-z0-9_-]{8,128}$`)
)

// driveID is the name of the file that a share link of Google Drive means, "" for another address:
//
//	https://drive.google.com/file/d/ID/view?usp=sharing
//	https://drive.google.com/open?id=ID, /uc?id=ID, https://drive.usercontent.google.com/download?id=ID
func driveID(address string) string {
	u, err := url.Parse(address)
	if err != nil || !isDrive(u) {
		return ""
	}
	if m := drivePath.FindStringSubmatch(u.Path); m != nil {
		return m[1]
	}
	switch id := u.Query().Get("id"); u.Path {
	case "/open", "/uc", "/download":
		if driveName.MatchString(id) {
			return id
		}
	}
	return ""
}

// resolveDrive gives the address from which a shared file is downloaded. Small files come at once; for those
// that are too large to be searched for viruses, a page asks whether they are wanted all the same.
func resolveDrive(ctx context.Context, client *http.Client, address string) (string, error) {
	start := driveStart + driveID(address)
	if u, err := url.Parse(address); err == nil && u.Query().Get("resourcekey") != "" { // of links from before 2021
		start += "&resourcekey=" + url.QueryEscape(u.Query().Get("resourcekey"))
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, start, nil)
	if err != nil {
		return "", err
	}
	response, err := client.Do(request)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err
		}
		return "", hint(fmt.Errorf("nothing came from Google Drive: %w", err), "see whether the network is there")
	}
	defer response.Body.Close()
	here := response.Request.URL
	switch status := response.StatusCode; {
	case status == http.StatusNotFound:
		return "", hint(errors.New("Google Drive has no such file"), "see whether the link is whole")
	case status == http.StatusUnauthorized, status == http.StatusForbidden, here.Hostname() == "accounts.google.com":
		return "", hint(errors.New("Google Drive does not give the file to everybody"), driveAdvice)
	case status >= 400:
		return "", hint(fmt.Errorf("Google Drive answered %s", response.Status), "try again later, or download it in the browser and name the file")
	}
	if !strings.HasPrefix(response.Header.Get("Content-Type"), "text/html") || response.Header.Get("Content-Disposition") != "" {
		return here.String(), nil // it is the file
	}
	page, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return "", hint(fmt.Errorf("Google Drive's page ends too early: %w", err), "try again")
	}
	return confirmed(here, page)
}

var (
	tagForm  = regexp.MustCompile(`(?is)<form\b[^>]*>`)
	endForm  = regexp.MustCompile(`(?i)</form`)
	tagInput = regexp.MustCompile(`(?is)<input\b[^>]*>`)
	tagValue = regexp.MustCompile(`(?is)\b(id|action|type|name|value)\s*=\s*"([^"]*)"`)
	oldLink  = regexp.MustCompile(`(?i)href\s*=\s*"(/uc\?[^"]*confirm=[^"]*)"`)
)

// attributes are those of a tag that matter here.
func attributes(tag []byte) map[string]string {
	found := map[string]string{}
	for _, m := range tagValue.FindAllSubmatch(tag, -1) {
		found[strings.ToLower(string(m[1]))] = html.UnescapeString(string(m[2]))
	}
	return found
}

// confirmed is the address that Drive's page at here leads to when it is answered with yes: that of its form
// with what is filled in, or in older pages a link.
func confirmed(here *url.URL, page []byte) (string, error) {
	for _, at := range tagForm.FindAllIndex(page, -1) {
		form := attributes(page[at[0]:at[1]])
		rest := page[at[1]:]
		if end := endForm.FindIndex(rest); end != nil {
			rest = rest[:end[0]]
		}
		values := url.Values{}
		for _, tag := range tagInput.FindAll(rest, -1) {
			if input := attributes(tag); input["name"] != "" {
				values.Set(input["name"], input["value"])
			}
		}
		if values.Get("id") == "" || form["action"] == "" {
			continue // of searching or signing in
		}
		return leads(here, form["action"], values)
	}
	if m := oldLink.FindSubmatch(page); m != nil {
		return leads(here, html.UnescapeString(string(m[1])), nil)
	}
	text := strings.ToLower(string(page))
	switch {
	case strings.Contains(text, "quota exceeded"), strings.Contains(text, "too many users have viewed or downloaded"):
		return "", hint(errors.New("Google Drive gives the file to nobody for now: it was downloaded too often"), "try again tomorrow, or copy it to a drive of yours")
	case strings.Contains(text, "sign in"), strings.Contains(text, "request access"):
		return "", hint(errors.New("Google Drive does not give the file to everybody"), driveAdvice)
	}
	return "", hint(errors.New("Google Drive answered with a page that is not understood"), driveAdvice)
}

// leads is the address that a page at here refers to. Where the page came safely, it is not left for what is not
// safe, and Drive sends nobody elsewhere.
func leads(here *url.URL, to string, values url.Values) (string, error) {
	u, err := here.Parse(to)
	if err == nil && (u.Scheme != here.Scheme || u.Host != here.Host && !isDrive(u)) {
		err = fmt.Errorf("it leads to %s", u.Host)
	}
	if err != nil {
		return "", hint(fmt.Errorf("Google Drive answered with a page that is not understood: %w", err), driveAdvice)
	}
	q := u.Query()
	for name := range values {
		q.Set(name, values.Get(name))
	}
	u.RawQuery = q.Encode()
	return u.String(), nil
}
