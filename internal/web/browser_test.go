package web

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gradlab/internal/browsertest"
)

// TestInABrowser is what a person does with the dashboard, in a Chromium.
func TestInABrowser(t *testing.T) {
	b := browsertest.Start(t)
	for _, c := range []struct {
		name string
		look func(*testing.T, *browsertest.Browser)
	}{
		{"a live run", followLive}, {"a lost connection", comeAgain}, {"many tabs", manyTabs}, {"late answers", answerLate}, {"stopping", stopTrials},
		{"a thousand trials", thousandTrials}, {"names", showNames},
	} {
		t.Run(c.name, func(t *testing.T) { c.look(t, b) })
	}
	r := begin(t)
	r.finish()
	if err := os.CopyFS(filepath.Join(filepath.Dir(r.path), "other-run"), os.DirFS(r.path)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		look func(*testing.T, *browsertest.Browser, *training)
	}{
		{"filtering", filterTrials}, {"keyboard", useKeyboard}, {"a position", choosePosition}, {"pictures and diagnoses", pictured}, {"views", lookAtViews},
	} {
		t.Run(c.name, func(t *testing.T) { c.look(t, b, r) })
	}
}

// wide is how most subtests look.
var wide = browsertest.Views[0]

// inOrder fails where a page has met anything wrong, or has asked another host than its server's.
func inOrder(t *testing.T, p *browsertest.Page, host string) {
	t.Helper()
	for _, problem := range p.Problems() {
		t.Errorf("the page has a problem: %s", problem)
	}
	if hosts := p.Hosts(); !slices.Equal(hosts, []string{host}) {
		t.Errorf("the page has asked %v, its server is %s", hosts, host)
	}
}

// shows is an expression for whether the page reads text somewhere in the elements of a selector.
func shows(selector, text string) string {
	return fmt.Sprintf("[...document.querySelectorAll(%q)].some(e => e.innerText.includes(%q))", selector, text)
}

// counts is an expression for whether a selector finds n elements.
func counts(selector string, n int) string {
	return fmt.Sprintf("document.querySelectorAll(%q).length === %d", selector, n)
}

// accessible fails where axe-core finds anything.
func accessible(t *testing.T, p *browsertest.Page, where string) {
	t.Helper()
	for _, v := range p.Violations() {
		t.Errorf("%s: %v", where, v)
	}
}

// seen fails where the element that has the focus looks as without it.
func seen(t *testing.T, p *browsertest.Page) {
	t.Helper()
	var outline string
	p.Eval("(s => s.outlineStyle + ' ' + s.outlineWidth + ' ' + s.boxShadow)(getComputedStyle(document.activeElement))", &outline)
	if strings.HasPrefix(outline, "none") && strings.HasSuffix(outline, " none") || strings.Contains(outline, " 0px none") {
		t.Errorf("the focus cannot be seen: %s", outline)
	}
}
