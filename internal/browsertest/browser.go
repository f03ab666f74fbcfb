// Package browsertest drives a Chromium without a window over pages of this machine, for tests alone.
//
// A Browser serves the tests of a package; each test opens pages in it, as wide as a screen or a phone, light or dark.
// A Page keeps what no page of gradlab may have: messages of errors, failed requests, and addresses of other machines.
// Where no Chromium is installed, tests are skipped. The package imports nothing of gradlab.
//
// Read browser.go, page.go, input.go (keys and clicks), then axe.go (accessibility).
package browsertest

import (
	"context"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// programs are the names under which a Chromium may be installed, the first one found being taken.
var programs = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"}

// patience bounds everything that is waited for.
const patience = 15 * time.Second

// Browser is a running Chromium. Its pages are for one test at a time: the one that was opened last is in front.
type Browser struct{ ctx context.Context }

// Start starts a Chromium that ends with the test, or skips the test where there is none.
func Start(t testing.TB) *Browser {
	t.Helper()
	path := ""
	for _, name := range programs {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("no Chromium is installed: the pages are not looked at in a browser")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.NoSandbox, // containers have no user namespaces, and no page comes from elsewhere
		chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("hide-scrollbars", false),
		chromedp.WSURLReadTimeout(time.Minute),
	)
	allocator, free := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, end := chromedp.NewContext(allocator, chromedp.WithErrorf(func(string, ...any) {})) // it tells of what it does not know
	t.Cleanup(func() { end(); free() })
	if err := chromedp.Run(ctx); err != nil {
		t.Fatalf("failed to start %s: %v", path, err)
	}
	return &Browser{ctx}
}
