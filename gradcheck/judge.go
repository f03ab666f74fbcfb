package gradcheck

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// judge gives a look its verdict, the reason, and the layer that is to be suspected.
func (c *checker) judge(l *Look) {
	var failed []target
	var wrong, open []string
	for _, t := range l.Tensors {
		switch t.Verdict {
		case Fail:
			wrong = append(wrong, t.Name)
			for _, on := range c.rigs[0].targets {
				if on.name == strings.TrimPrefix(t.Name, "update of ") {
					failed = append(failed, on)
				}
			}
		case Inconclusive:
			open = append(open, t.Name)
		}
	}
	for _, d := range l.Directions {
		switch d.Verdict {
		case Fail:
			if !slices.Contains(wrong, d.Tensor) {
				wrong = append(wrong, d.Tensor)
				for _, on := range c.rigs[0].targets {
					if on.name == d.Tensor {
						failed = append(failed, on)
					}
				}
			}
		}
	}
	for _, s := range l.Single {
		switch s.Verdict {
		case Fail:
			wrong = append(wrong, "float32 "+s.ISA)
		case Inconclusive:
			open = append(open, "float32 "+s.ISA)
		}
	}
	if len(failed) > 0 && l.Suspect == "" {
		l.Suspect = c.rigs[0].locate(failed, c.options)
	}
	switch {
	case l.Verdict == Fail: // the values are wrong already
	case len(wrong) > 0:
		l.Verdict, l.Reason = Fail, "wrong: "+listed(wrong)
	case len(open) > 0:
		l.Verdict, l.Reason = Inconclusive, "not decided: "+listed(open)
	default:
		l.Verdict, l.Reason = Pass, "every tensor agrees"
	}
}

// conclude gives the report its verdict.
func (r *Report) conclude() {
	var wrong, open []string
	for _, l := range r.Looks {
		switch l.Verdict {
		case Fail:
			wrong = append(wrong, l.When+", "+l.Reason)
			if r.Suspect == "" {
				r.Suspect = l.Suspect
			}
		case Inconclusive:
			open = append(open, l.When+", "+l.Reason)
		}
		r.Verdict = Worse(r.Verdict, l.Verdict)
	}
	if len(r.Looks) > 0 {
		for _, t := range r.Looks[0].Tensors {
			if !strings.HasPrefix(t.Name, "penalty on ") && !strings.HasPrefix(t.Name, "update of ") {
				r.Values += t.Values
				r.Checked += t.Checked
			}
		}
	}
	switch r.Verdict {
	case Fail:
		r.Reason = strings.Join(wrong, "; ")
		if r.Suspect != "" {
			r.Reason += fmt.Sprintf(". The first layer that disagrees, from the loss back, is %s", r.Suspect)
		}
	case Inconclusive:
		r.Reason = strings.Join(open, "; ")
	default:
		r.Reason = "every gradient agrees with the values"
		if r.Mode == Plain && len(r.Looks) > 0 && r.Looks[0].Decided.Undecided+r.Looks[0].Decided.Bend > 0 {
			r.Reason = "every gradient that this step can tell agrees with the values"
		}
	}
}

// astray is the first layer whose output is not what the model says; "loss" where all are.
func (r *rig) astray() string {
	r.net.Forward(r.x, r.n)
	positions := r.net.Positions()
	for i := 1; i < len(positions); i++ {
		y, size := r.net.Activation(i, r.n), 0.0
		for _, v := range y {
			size = max(size, math.Abs(v))
		}
		for j, v := range r.analytic.outputs[i-1] {
			if !(math.Abs(real(v)-y[j]) <= 1e-9*size) {
				return named(positions, i)
			}
		}
	}
	return "loss"
}

// listed names a few of many.
func listed(names []string) string {
	const most = 6
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
