package browsertest

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
)

// axe is axe-core, which judges a page by the Web Content Accessibility Guidelines.
//
//go:embed testdata/axe/axe.min.js
var axe string

// A Violation is a rule of axe-core that the page breaks.
type Violation struct {
	ID, Impact, Help string
	Nodes            []struct {
		HTML           string
		FailureSummary string
	}
}

func (v Violation) String() string {
	text := fmt.Sprintf("%s (%s): %s", v.ID, v.Impact, v.Help)
	for i, n := range v.Nodes {
		if i == 3 {
			return text + fmt.Sprintf("\n\tand %d more", len(v.Nodes)-i)
		}
		text += "\n\t" + n.HTML + "\n\t\t" + strings.ReplaceAll(n.FailureSummary, "\n", "\n\t\t")
	}
	return text
}

// Violations runs axe-core over the page as it is, with its rules for WCAG 2.2, levels A and AA, and its best practices.
func (p *Page) Violations() []Violation {
	p.t.Helper()
	var loaded bool
	if p.Eval("'axe' in window", &loaded); !loaded {
		p.Eval(axe+"\n;0", nil)
	}
	var found string
	p.Eval(`axe.run(document, {resultTypes: ["violations"]}).then(r => JSON.stringify(r.violations))`, &found)
	var all []Violation
	if err := json.Unmarshal([]byte(found), &all); err != nil {
		p.t.Fatalf("failed to read what axe-core found: %v", err)
	}
	return all
}
