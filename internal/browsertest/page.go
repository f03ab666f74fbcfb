package browsertest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Screenshots names the environment variable of the directory in which pictures of pages are kept; without it none are.
const Screenshots = "GRADLAB_SCREENSHOTS"

// A View is how a page is looked at.
type View struct {
	Name          string
	Width, Height int64 // of the window, in CSS pixels
	Dark          bool
	Phone         bool // touched, and with the screen's own width
}

// Views are those in which everything must be right.
var Views = []View{
	{"wide-light", 1280, 900, false, false},
	{"wide-dark", 1280, 900, true, false},
	{"phone-light", 375, 760, false, true},
	{"phone-dark", 375, 760, true, true},
}

// Page is a page in a tab of its own. Its methods fail the test where something does not come to be.
type Page struct {
	t   testing.TB
	ctx context.Context

	mu       sync.Mutex
	problems []string        // what went wrong in it
	hosts    map[string]bool // that were asked for something
}

// Open opens address in a page that closes with the test.
func (b *Browser) Open(t testing.TB, v View, address string) *Page {
	t.Helper()
	ctx, end := chromedp.NewContext(b.ctx)
	t.Cleanup(end)
	p := &Page{t: t, ctx: ctx, hosts: map[string]bool{}}
	chromedp.ListenTarget(ctx, p.hear)
	p.Run(network.Enable(), log.Enable(), runtime.Enable())
	p.ToFront()
	p.SetView(v)
	p.Go(address)
	return p
}

// Go goes to another address.
func (p *Page) Go(address string) {
	p.t.Helper()
	p.Run(chromedp.Navigate(address))
}

// Begin runs a script at the beginning of every document that the page loads from now on, before the document's own.
func (p *Page) Begin(script string) {
	p.t.Helper()
	p.Run(chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := page.AddScriptToEvaluateOnNewDocument(script).Do(ctx)
		return err
	}))
}

// ToFront shows the page: others are hidden then, and not painted.
func (p *Page) ToFront() {
	p.t.Helper()
	p.Run(page.BringToFront())
}

// SetView looks at the page in another way.
func (p *Page) SetView(v View) {
	p.t.Helper()
	theme := "light"
	if v.Dark {
		theme = "dark"
	}
	p.Run(
		emulation.SetDeviceMetricsOverride(v.Width, v.Height, 1, v.Phone),
		emulation.SetTouchEmulationEnabled(v.Phone),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: theme}, {Name: "prefers-reduced-motion", Value: "reduce"},
		}))
}

// hear keeps what the page tells.
func (p *Page) hear(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if x := e.ExceptionDetails.Exception; x != nil {
			text += " " + x.Description
		}
		p.problems = append(p.problems, fmt.Sprintf("%s:%d: %s", e.ExceptionDetails.URL, e.ExceptionDetails.LineNumber+1, text))
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.APITypeError || e.Type == runtime.APITypeWarning || e.Type == runtime.APITypeAssert {
			p.problems = append(p.problems, "console: "+textOf(e.Args))
		}
	case *log.EventEntryAdded: // scripts that were refused, files that are not there
		if e.Entry.Level == log.LevelError || e.Entry.Level == log.LevelWarning {
			p.problems = append(p.problems, "browser: "+e.Entry.Text+" "+e.Entry.URL)
		}
	case *network.EventRequestWillBeSent:
		if u, err := url.Parse(e.Request.URL); err == nil && u.Host != "" {
			p.hosts[u.Host] = true
		}
	}
}

func textOf(args []*runtime.RemoteObject) string {
	var words []string
	for _, a := range args {
		if a.Description != "" {
			words = append(words, a.Description)
		} else {
			words = append(words, string(a.Value))
		}
	}
	return strings.Join(words, " ")
}

// Problems are exceptions, errors and warnings of the page so far, what the browser refused it included.
func (p *Page) Problems() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.problems)
}

// Hosts are all that the page has asked for anything so far, with their ports.
func (p *Page) Hosts() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []string
	for h := range p.hosts {
		all = append(all, h)
	}
	slices.Sort(all)
	return all
}

// Run runs actions of chromedp.
func (p *Page) Run(actions ...chromedp.Action) {
	p.t.Helper()
	if err := p.try(actions...); err != nil {
		p.t.Fatalf("the browser: %v%s", err, p.circumstances())
	}
}

func (p *Page) try(actions ...chromedp.Action) error {
	if chromedp.FromContext(p.ctx).Target == nil { // the first Run makes the page, which ends with the context it gets
		return chromedp.Run(p.ctx, actions...)
	}
	ctx, end := context.WithTimeout(p.ctx, patience)
	defer end()
	return chromedp.Run(ctx, actions...)
}

// Reload loads the page again, from its address.
func (p *Page) Reload() {
	p.t.Helper()
	p.Run(chromedp.Reload())
}

// Eval gives the value of an expression, or of the promise that it is, as JSON in out; nil is nobody.
func (p *Page) Eval(expression string, out any) {
	p.t.Helper()
	if err := p.eval(expression, out); err != nil {
		p.t.Fatalf("%s: %v%s", expression, err, p.circumstances())
	}
}

func (p *Page) eval(expression string, out any) error {
	await := func(e *runtime.EvaluateParams) *runtime.EvaluateParams { return e.WithAwaitPromise(true) }
	return p.try(chromedp.Evaluate(expression, out, await))
}

// Wait waits until an expression is true.
func (p *Page) Wait(expression string) {
	p.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(25 * time.Millisecond) {
		ok := false
		err := p.eval("Boolean("+expression+")", &ok)
		if ok {
			return
		}
		if time.Now().After(end) {
			p.t.Fatalf("in vain waited for %s (%v)%s", expression, err, p.circumstances())
		}
	}
}

// Text is what a person reads in the first element of a selector, "" where there is none.
func (p *Page) Text(selector string) string {
	p.t.Helper()
	var text string
	p.Eval(fmt.Sprintf("document.querySelector(%q)?.innerText ?? ''", selector), &text)
	return text
}

// Screenshot keeps a picture of the whole page under a name, where pictures are kept.
func (p *Page) Screenshot(name string) {
	p.t.Helper()
	dir := os.Getenv(Screenshots)
	if dir == "" {
		return
	}
	var png []byte
	p.Run(chromedp.FullScreenshot(&png, 100))
	err := os.MkdirAll(dir, 0o755)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644)
	}
	if err != nil {
		p.t.Errorf("failed to keep a picture of the page: %v", err)
	}
}

// circumstances is what else may explain a failure: what the page shows, and its problems.
func (p *Page) circumstances() string {
	text := ""
	var body string
	if p.eval("location.href + '\\n' + document.body.innerText", &body) == nil {
		text += "\n\t" + strings.ReplaceAll(body[:min(len(body), 1500)], "\n", "\n\t")
	}
	for _, problem := range p.Problems() {
		text += "\n\t" + problem
	}
	return text
}
