package gradcheck

import (
	"fmt"
	"math"
	"slices"
)

// tally collects the entries of a tensor that have been checked.
type tally struct {
	errors  []float64
	worst   *Entry
	failed  bool // whether the worst entry is one that failed
	index   int  // of the worst entry
	decided Decided
}

// add counts an entry. Where rounding decides, its relative error says nothing.
func (t *tally) add(i int, e Entry, d Decided) {
	t.decided = t.decided.Plus(d)
	if d.Norm > 0 {
		return
	}
	t.errors = append(t.errors, e.Error)
	t.consider(&e, i, d.Failed > 0)
}

// consider takes an entry as the worst one, if it is: one that failed is worse than one that did not, whatever their
// errors, and of equal ones the first is taken, in whatever order they come.
func (t *tally) consider(e *Entry, i int, failed bool) {
	switch {
	case t.worst == nil:
	case failed != t.failed:
		if t.failed {
			return
		}
	case e.Error < t.worst.Error || e.Error == t.worst.Error && i > t.index:
		return
	}
	t.worst, t.failed, t.index = e, failed, i
}

// merge takes over what another one has collected.
func (t *tally) merge(o *tally) {
	t.errors = append(t.errors, o.errors...)
	t.decided = t.decided.Plus(o.decided)
	if o.worst != nil {
		t.consider(o.worst, o.index, o.failed)
	}
}

// tensor is what the tally comes to.
func (t *tally) tensor(of target) Tensor {
	out := Tensor{
		Name: of.name, Shape: of.shape, Values: len(of.data), Checked: t.decided.Total(), Norm: norm(of.grad), Decided: t.decided, Worst: t.worst,
	}
	if t.worst != nil {
		t.worst.Index = indexOf(of.shape, t.index)
	}
	if len(t.errors) > 0 {
		slices.Sort(t.errors)
		out.Largest, out.Median = t.errors[len(t.errors)-1], t.errors[len(t.errors)/2]
	}
	return out
}

// plain checks entries of a target by the central difference alone. It is the check of the textbook; only what it
// calls wrong is looked at more closely: is the difference more than rounding, and did anything bend?
func (r *rig) plain(t target, entries []int, o Options) *tally {
	found := &tally{}
	judge := func(i int, plus, minus float64) {
		s := slope{plus: plus, minus: minus}
		n, a := s.central(o.Step), t.grad[i]
		e := Entry{Analytic: a, Numeric: n, Error: relative(n, a), By: "central"}
		switch {
		case e.Error <= o.Tolerance:
			found.add(i, e, Decided{Central: 1})
		case math.Abs(n-a) <= r.noise(o.Step)+t.floor:
			found.add(i, e, Decided{Undecided: 1})
		case r.both(t.entry(i), o.Step).crossed:
			found.add(i, e, Decided{Bend: 1})
		default:
			found.add(i, e, Decided{Failed: 1})
		}
	}
	if plus, minus := r.together(t, entries, o); plus != nil {
		for k, i := range entries {
			judge(i, plus[k], minus[k])
		}
	} else {
		for _, i := range entries {
			s := r.both(t.entry(i), o.Step)
			judge(i, s.plus, s.minus)
		}
	}
	r.restore(t.position)
	return found
}

// together computes the losses of entries of one layer with weights by copies of its output; nil where samples
// depend on one another behind it, or where that does not give the losses of one entry at a time, to the bit.
func (r *rig) together(t target, entries []int, o Options) (plus, minus []float64) {
	if r.narrow || !t.weight || len(entries) < 4 || couples(r.net.Positions(), t.position) {
		return nil, nil
	}
	if r.broad == nil {
		b, err := newBroad(r, o.smoothing)
		if err != nil || b == nil {
			r.narrow = true
			return nil, nil
		}
		r.broad = b
	}
	plus, minus = make([]float64, len(entries)), make([]float64, len(entries))
	for _, group := range r.groups(t, entries) {
		picked, up, down := make([]int, len(group)), make([]float64, len(group)), make([]float64, len(group))
		for k, j := range group {
			picked[k] = entries[j]
		}
		r.broad.losses(r, t, picked, o.Step, up)
		r.broad.losses(r, t, picked, -o.Step, down)
		for k, j := range group {
			plus[j], minus[j] = up[k], down[k]
		}
	}
	for _, k := range []int{0, len(entries) / 2, len(entries) - 1} {
		if s := r.both(t.entry(entries[k]), o.Step); s.plus != plus[k] || s.minus != minus[k] {
			r.narrow = true
			r.restore(t.position)
			return nil, nil
		}
	}
	return plus, minus
}

// groups divides entries, by their places, into groups with no two entries of one row.
func (r *rig) groups(t target, entries []int) [][]int {
	rows := t.shape[0]
	columns := len(t.data) / rows
	byRow := make([][]int, rows)
	for k, i := range entries {
		byRow[i/columns] = append(byRow[i/columns], k)
	}
	var all [][]int
	for round := 0; ; round++ {
		var group []int
		for _, row := range byRow {
			if round < len(row) {
				group = append(group, row[round])
			}
		}
		if group == nil {
			return all
		}
		for part := range slices.Chunk(group, r.broad.copies) {
			all = append(all, part)
		}
	}
}

// plainVerdict judges a tensor in the plain mode.
func (t *Tensor) plainVerdict(o Options) {
	d := t.Decided
	switch {
	case t.judged(o):
	case d.Central == 0 && t.Norm > 0:
		t.Verdict, t.Reason = Inconclusive, "every entry is too small for the arithmetic at this step, or at a bend: the full mode decides it"
	case d.Undecided+d.Bend > 0:
		t.Verdict, t.Reason = Pass, fmt.Sprintf("%s within the threshold; the full mode decides the rest", share(d.Central, t.Checked))
		if d.Undecided > 0 {
			t.Reason += fmt.Sprintf(": %d too small for this step", d.Undecided)
		}
		if d.Bend > 0 {
			t.Reason += fmt.Sprintf(": %d over a bend", d.Bend)
		}
	default:
		t.Verdict, t.Reason = Pass, "every entry checked is within the threshold"
	}
}

// share is "88.1 %", and never rounds to all.
func share(part, all int) string {
	if part == all {
		return "100 %"
	}
	return fmt.Sprintf("%.1f %%", math.Min(99.9, 100*float64(part)/float64(all)))
}
