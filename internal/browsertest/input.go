package browsertest

import (
	"fmt"
	"strings"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Click clicks at the middle of the first element of a selector, as a person would.
func (p *Page) Click(selector string) {
	p.t.Helper()
	p.Run(chromedp.ScrollIntoView(selector, chromedp.ByQuery), chromedp.Click(selector, chromedp.ByQuery, chromedp.NodeVisible))
}

// Press presses keys one after the other: "Tab", "Shift+Tab", "Enter", "Space", "Escape", arrows by "Left", "Right", "Up",
// "Down", "Home" and "End".
func (p *Page) Press(keys ...string) {
	p.t.Helper()
	for _, key := range keys {
		name, shift := strings.CutPrefix(key, "Shift+")
		code, known := codes[name]
		if !known {
			code = name
		}
		var options []chromedp.KeyOption
		if shift {
			options = append(options, chromedp.KeyModifiers(8)) // Shift
		}
		p.Run(chromedp.KeyEvent(code, options...))
	}
}

var codes = map[string]string{
	"Tab": kb.Tab, "Enter": kb.Enter, "Space": " ", "Escape": kb.Escape, "Home": kb.Home, "End": kb.End,
	"Left": kb.ArrowLeft, "Right": kb.ArrowRight, "Up": kb.ArrowUp, "Down": kb.ArrowDown,
}

// Type writes a text, as Press does character by character.
func (p *Page) Type(text string) {
	p.t.Helper()
	p.Run(chromedp.KeyEvent(text))
}

// TabTo presses Tab until the element that has the focus fits the selector, and fails after limit times.
func (p *Page) TabTo(selector string, limit int) {
	p.t.Helper()
	for range limit {
		p.Press("Tab")
		var there bool
		if p.Eval(fmt.Sprintf("document.activeElement?.matches(%q) ?? false", selector), &there); there {
			return
		}
	}
	p.t.Fatalf("%d times Tab do not lead to %s%s", limit, selector, p.circumstances())
}
