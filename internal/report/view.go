package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gradlab/lab"
)

// view is the results arranged as the reports show them: by part, then by arm.
type view struct {
	*lab.Results
	Parts []part
}

type part struct {
	lab.Part
	ID          string // for anchors and file names: letters, digits and hyphens, unique
	Arms        []arm
	Leader      *arm // the arm that alone leads the ranking; nil when several do or none is shown to
	Comparisons []lab.Comparison
	Trends      []lab.Trend
	Answers     []lab.Conclusion // to what the study asks
	Details     []lab.Conclusion
	Ticks       []string // names of the positions, by position, over all arms
	Common      []string // the same, of the layers that all networks have, where these differ; nil where they do not
	Figures     []figure
}

type arm struct {
	lab.Arm
	Trials []lab.Trial // that ended well, by seed
	All    []lab.Trial
	Style  series
}

// newView arranges results and plans the pictures.
func newView(r *lab.Results) *view {
	v := newTextView(r)
	for i := range v.Parts {
		v.Parts[i].Figures = figures(&v.Parts[i])
	}
	return v
}

// newTextView is newView without pictures. What belongs to no known part (a file edited by hand) is
// left to the JSON and CSV files.
func newTextView(r *lab.Results) *view {
	v := &view{Results: r}
	ids := map[string]bool{checked.ID: true, reading.ID: true, record.ID: true}
	for _, lp := range r.Parts {
		p := part{Part: lp, ID: uniqueID(lp.Study, ids)}
		styles := styleArms(lp.Varied, lp.Arms)
		for i, la := range lp.Arms {
			p.Arms = append(p.Arms, newArm(lp.Study, la, r.Trials, styles[i]))
		}
		if len(lp.Leaders) == 1 {
			p.Leader = p.arm(lp.Leaders[0])
		}
		p.Comparisons = filter(r.Comparisons, func(c lab.Comparison) bool { return c.Study == lp.Study })
		p.Trends = filter(r.Trends, func(t lab.Trend) bool { return t.Study == lp.Study })
		p.Answers = filter(r.Conclusions, func(c lab.Conclusion) bool { return c.Study == lp.Study && c.Answer })
		p.Details = filter(r.Conclusions, func(c lab.Conclusion) bool { return c.Study == lp.Study && !c.Answer })
		p.Ticks = ticks(p.Arms)
		var all []lab.Trial
		for _, a := range p.Arms {
			all = append(all, a.Trials...)
		}
		if differ(all) {
			p.Common = common(all)
			p.Ticks = p.Common
		}
		v.Parts = append(v.Parts, p)
	}
	return v
}

func newArm(study string, la lab.Arm, trials []lab.Trial, style series) arm {
	a := arm{Arm: la, Style: style}
	a.All = filter(trials, func(t lab.Trial) bool { return t.Study == study && t.Arm == la.Name })
	slices.SortStableFunc(a.All, func(x, y lab.Trial) int {
		switch {
		case x.Seed < y.Seed:
			return -1
		case x.Seed > y.Seed:
			return 1
		}
		return 0
	})
	a.Trials = filter(a.All, func(t lab.Trial) bool { return t.Status == lab.Done })
	return a
}

// arm finds an arm by its name; nil if there is none.
func (p *part) arm(name string) *arm {
	for i := range p.Arms {
		if p.Arms[i].Name == name {
			return &p.Arms[i]
		}
	}
	return nil
}

// ticks names every position across arms whose networks may differ. Arms share what comes before
// the first difference, so that an index mostly has one name; where only the activation differs
// ("tanh1", "sigmoid1") it is "act1".
func ticks(arms []arm) []string {
	var names []string
	for i := 0; ; i++ {
		var here []lab.Position
		for _, a := range arms {
			for _, t := range a.All {
				if i < len(t.Positions) {
					here = append(here, t.Positions[i])
					break // the trials of an arm share their model
				}
			}
		}
		if len(here) == 0 {
			return names
		}
		names = append(names, tick(here))
	}
}

func tick(here []lab.Position) string {
	var names []string
	activations, number := true, ""
	for k, p := range here {
		name := clean(p.Name)
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
		digits := name[len(strings.TrimRight(name, "0123456789")):]
		if k == 0 {
			number = digits
		} else if digits != number {
			number = ""
		}
		switch p.Kind {
		case "conv", "linear", "maxpool", "avgpool", "flatten":
			activations = false
		}
	}
	switch {
	case len(names) == 1:
		return names[0]
	case activations:
		return "act" + number
	default:
		return shorten(strings.Join(names, " / "), 18)
	}
}

// log10 of a gradient; NaN where there is none, or where it is exactly zero.
func log10(f *float64) float64 {
	if f == nil || !(*f > 0) || math.IsInf(*f, 0) {
		return math.NaN()
	}
	return math.Log10(*f)
}

// gradientRows are the log10 gradients by position, or at the named ones, a row per seed.
func (a *arm) gradientRows(names []string) [][]float64 {
	var rows [][]float64
	for _, t := range a.Trials {
		var row []float64
		for _, i := range indexes(t, names) {
			if i < 0 {
				row = append(row, math.NaN())
			} else {
				row = append(row, log10(t.Positions[i].GradRMS))
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// uniqueID makes an anchor and file name of a study's name.
func uniqueID(name string, taken map[string]bool) string {
	id := strings.Trim(strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, shorten(name, 60)), "-")
	if id == "" {
		id = "study"
	}
	for base, i := id, 2; taken[id]; i++ {
		id = fmt.Sprintf("%s-%d", base, i)
	}
	taken[id] = true
	return id
}

func filter[T any](list []T, keep func(T) bool) []T {
	var out []T
	for _, x := range list {
		if keep(x) {
			out = append(out, x)
		}
	}
	return out
}
