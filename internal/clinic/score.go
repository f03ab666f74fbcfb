package clinic

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"gradlab/diagnose"
	"gradlab/internal/published"
	"gradlab/internal/stats"
)

// Call is what a detector says of a network: sick where it finds trouble in most seeds, known from the median step
// of these on.
type Call struct {
	Sick bool
	Step int
	Of   int    // steps of the whole training
	Why  string // what it found
}

// Detector judges a network by all that was recorded of it.
type Detector struct {
	Name string
	Call func(Case) Call
}

// Detectors lists gradlab's own and the published ones.
func Detectors() []Detector {
	all := []Detector{{"gradlab", func(c Case) Call {
		var records []diagnose.Record
		for _, o := range c.Outcomes {
			records = append(records, o.Record)
		}
		d := diagnose.Diagnose(records)
		call := Call{Sick: !d.Healthy, Step: d.Step, Of: c.Outcomes[0].Steps}
		var why []string
		for _, v := range d.Verdicts {
			if v.Problem {
				why = append(why, fmt.Sprintf("%s %d", v.Kind, v.Seeds))
			}
		}
		call.Why = strings.Join(why, ", ")
		return call
	}}}
	for _, p := range published.Detectors() {
		all = append(all, Detector{p.Name, func(c Case) Call { return majority(p, c) }})
	}
	return all
}

// majority asks a published detector, which judges single runs.
func majority(p published.Detector, c Case) Call {
	call := Call{Of: c.Outcomes[0].Steps}
	var steps []int
	why := map[string]int{}
	for _, o := range c.Outcomes {
		found := p.Detect(o.Watched)
		if len(found) == 0 {
			continue
		}
		first := found[0].Step
		for _, f := range found {
			first = min(first, f.Step)
			why[f.Rule]++
		}
		steps = append(steps, first)
	}
	if call.Sick = 2*len(steps) > len(c.Outcomes); call.Sick {
		slices.Sort(steps)
		call.Step = steps[(len(steps)-1)/2]
	}
	call.Why = fmt.Sprint(why)
	return call
}

// Score is how often a detector was right.
type Score struct {
	Name              string
	True, False       int // sick networks that it called sick, and healthy ones
	Missed, Cleared   int // sick networks that it called healthy, and healthy ones
	Precision, Recall Rate
	F1                float64
	F1Low, F1High     float64
	Step              int     // median of first detection, of the sick networks that it called sick
	Share             float64 // the same as a share of training
}

// Rate is a proportion with its 95 % interval.
type Rate struct{ Value, Low, High float64 }

// Count scores a detector over some cases.
func Count(d Detector, cases []Case) (Score, []Call) {
	s := Score{Name: d.Name}
	var calls []Call
	var steps []int
	var shares []float64
	for _, c := range cases {
		call := d.Call(c)
		calls = append(calls, call)
		switch {
		case call.Sick && c.Sick:
			s.True++
			steps, shares = append(steps, call.Step), append(shares, float64(call.Step)/float64(call.Of))
		case call.Sick:
			s.False++
		case c.Sick:
			s.Missed++
		default:
			s.Cleared++
		}
	}
	s.Precision, s.Recall = rate(s.True, s.True+s.False), rate(s.True, s.True+s.Missed)
	s.F1 = f1(s.True, s.False, s.Missed)
	s.F1Low, s.F1High = bootstrap(cases, calls)
	if len(steps) > 0 {
		slices.Sort(steps)
		slices.Sort(shares)
		s.Step, s.Share = steps[(len(steps)-1)/2], shares[(len(shares)-1)/2]
	}
	return s, calls
}

// rate is the share k of n.
func rate(k, n int) Rate { return Rate(stats.Wilson(k, n, 0.95)) }

func f1(true, false, missed int) float64 {
	if true == 0 {
		return 0
	}
	return 2 * float64(true) / float64(2*true+false+missed)
}

// Table writes scores as Markdown.
func Table(w io.Writer, scores []Score) {
	fmt.Fprintln(w, "| detector | sick found | healthy called sick | precision | recall | F1 | first detection |")
	fmt.Fprintln(w, "| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
	for _, s := range scores {
		when := "–"
		if s.True > 0 {
			when = fmt.Sprintf("step %d (%.0f %% of training)", s.Step, 100*s.Share)
		}
		fmt.Fprintf(w, "| %s | %d of %d | %d of %d | %s | %s | %.3f [%.3f, %.3f] | %s |\n", s.Name, s.True, s.True+s.Missed, s.False, s.False+s.Cleared,
			s.Precision, s.Recall, s.F1, s.F1Low, s.F1High, when)
	}
}

func (r Rate) String() string {
	if math.IsNaN(r.Value) {
		return "–"
	}
	return fmt.Sprintf("%.3f [%.3f, %.3f]", r.Value, r.Low, r.High)
}
