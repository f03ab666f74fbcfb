package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"gradlab/diagnose"
	"gradlab/lab"
)

// Diagnosis writes what is wrong with the training of each arm, with its evidence, likely cause and what to try.
func Diagnosis(w io.Writer, r *lab.Results, o Options) error {
	if o.Width <= 0 {
		o.Width = 100
	}
	t := &terminal{Writer: bufio.NewWriter(w), width: max(min(o.Width, 120), 40), color: o.Color}
	v := newTextView(r)
	for i := range v.Parts {
		p := &v.Parts[i]
		if i > 0 {
			t.line("", "")
		}
		t.line(fmt.Sprintf("%s: %s, %s", clean(p.Study), clean(p.Data.Name), plural(len(p.Arms), "arm")), bold1)
		for k := range p.Arms {
			t.line("", "")
			t.diagnosis(&p.Arms[k])
		}
	}
	return t.Flush()
}

// diagnosis is that of an arm in full.
func (t *terminal) diagnosis(a *arm) {
	head, code := clean(a.Name)+": "+condition(a.Diagnosis), green
	if d := a.Diagnosis; d == nil {
		code = yellow
	} else if !d.Healthy {
		code = red
	}
	t.paragraph("", head, code)
	if a.Diagnosis == nil {
		return
	}
	for _, v := range a.Diagnosis.Verdicts {
		t.paragraph("  • ", fmt.Sprintf("%s (%s). %s", verdictName(v), verdictSeeds(v, a.Diagnosis), v.Text), "")
		t.paragraph("    ", "Likely cause: "+v.Cause+".", "")
		t.paragraph("    ", "Try: "+strings.Join(v.Try, "; ")+".", "")
	}
}

// condition is a diagnosis in a line.
func condition(d *lab.Diagnosis) string {
	switch {
	case d == nil:
		return "no trial has finished"
	case d.Early:
		return fmt.Sprintf("healthy so far in %s, but %s are too few to tell whether it learns", seedsOf(d.Seeds, d.Seeds), plural(d.Seen, "step"))
	case d.Sick == 0:
		return fmt.Sprintf("healthy in %s, by what was seen in %s", seedsOf(d.Seeds, d.Seeds), plural(d.Seen, "step"))
	case d.Healthy:
		return fmt.Sprintf("healthy in most seeds, but not in %s", seedsOf(d.Sick, d.Seeds))
	}
	s := fmt.Sprintf("sick in %s, known from step %s on", seedsOf(d.Sick, d.Seeds), thousands(d.Step))
	if d.Unbeaten {
		s += ", although no other arm is shown to do better"
	}
	return s
}

func seedsOf(n, of int) string {
	switch {
	case of == 1:
		return "its one seed"
	case n == of && of == 2:
		return "both seeds"
	case n == of:
		return fmt.Sprintf("all %d seeds", of)
	}
	return fmt.Sprintf("%d of %d seeds", n, of)
}

// verdictName is a verdict's kind, marked where it is no more than a remark.
func verdictName(v diagnose.Verdict) string {
	name := clean(strings.ToUpper(v.Kind[:min(1, len(v.Kind))]) + v.Kind[min(1, len(v.Kind)):])
	if !v.Problem {
		name += ", a remark"
	}
	return name
}

func verdictSeeds(v diagnose.Verdict, d *lab.Diagnosis) string {
	s := seedsOf(v.Seeds, d.Seeds)
	if v.Step > 0 {
		s += fmt.Sprintf(", from step %s on", thousands(v.Step))
	}
	return s
}

// diagnoses writes the diagnoses of a part's arms in short: the foremost finding of each that is sick, arms with
// the same cause together, and who is healthy.
func (t *terminal) diagnoses(p *part) {
	healthy, sick := byHealth(p)
	if len(healthy)+len(sick) == 0 {
		return
	}
	t.line("", "")
	t.line("Diagnosis", bold1)
	for _, arms := range byCause(sick) {
		first := arms[0].Diagnosis.Verdicts[0]
		t.paragraph("• ", fmt.Sprintf("%s. Likely cause: %s. Try: %s.", verdictName(first), first.Cause, strings.Join(first.Try, "; ")), "")
		for _, a := range arms {
			t.paragraph("    ", shortDiagnosis(a), "")
		}
	}
	if len(healthy) > 0 {
		t.paragraph("• ", "Healthy: "+strings.Join(healthy, ", ")+".", "")
	}
	if len(sick) > 0 && t.dir != "" {
		t.line("  $ gradlab diagnose "+clean(t.dir), dim)
	}
}

// byHealth gives the names of healthy arms, those of which too little has been seen marked, and the arms that are not.
func byHealth(p *part) (healthy []string, sick []*arm) {
	for i := range p.Arms {
		a := &p.Arms[i]
		switch {
		case a.Diagnosis == nil:
		case a.Diagnosis.Early:
			healthy = append(healthy, clean(a.Name)+" (so far)")
		case a.Diagnosis.Healthy:
			healthy = append(healthy, clean(a.Name))
		default:
			sick = append(sick, a)
		}
	}
	return healthy, sick
}

// byCause groups arms by the kind and the cause of their foremost finding, in the order in which they come first.
func byCause(sick []*arm) [][]*arm {
	var groups [][]*arm
	for _, a := range sick {
		v := a.Diagnosis.Verdicts[0]
		i := slices.IndexFunc(groups, func(g []*arm) bool {
			w := g[0].Diagnosis.Verdicts[0]
			return w.Kind == v.Kind && w.Problem == v.Problem && w.Cause == v.Cause && slices.Equal(w.Try, v.Try)
		})
		if i < 0 {
			groups = append(groups, nil)
			i = len(groups) - 1
		}
		groups[i] = append(groups[i], a)
	}
	return groups
}

// shortDiagnosis is the foremost finding of a sick arm, and the names of the others.
func shortDiagnosis(a *arm) string {
	first := a.Diagnosis.Verdicts[0]
	s := fmt.Sprintf("%s (%s): %s", clean(a.Name), verdictSeeds(first, a.Diagnosis), first.Text)
	var others []string
	for _, v := range a.Diagnosis.Verdicts[1:] {
		if v.Problem {
			others = append(others, v.Kind)
		}
	}
	if len(others) > 0 {
		s += " Also: " + strings.Join(others, ", ") + "."
	}
	if a.Diagnosis.Unbeaten {
		s += " And yet no other arm is shown to do better."
	}
	return s
}

// mdDiagnosis is the diagnoses of a part's arms in Markdown.
func mdDiagnosis(b *strings.Builder, p *part) {
	if !diagnosed(p.Arms) {
		return
	}
	b.WriteString("### Diagnosis\n\n")
	for i := range p.Arms {
		a := &p.Arms[i]
		if a.Diagnosis == nil {
			continue
		}
		fmt.Fprintf(b, "- **%s**: %s.\n", mdText(a.Name), mdText(condition(a.Diagnosis)))
		for _, v := range a.Diagnosis.Verdicts {
			fmt.Fprintf(b, "  - %s (%s). %s\n    <br>Likely cause: %s. Try: %s.\n", mdText(verdictName(v)), mdText(verdictSeeds(v, a.Diagnosis)),
				mdText(prose(v.Text)), mdText(v.Cause), mdText(strings.Join(v.Try, "; ")))
		}
	}
	b.WriteString("\n")
}

// diagnosed says whether any arm has a diagnosis.
func diagnosed(arms []arm) bool {
	return slices.ContainsFunc(arms, func(a arm) bool { return a.Diagnosis != nil })
}
