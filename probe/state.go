package probe

import "fmt"

// State is what has been added up so far, as numbers in a fixed order: docs/reliability.md says in which. What takes
// it over goes on with the same figures.
type State struct {
	Counts []int64   // steps, samples and the bins of histograms
	Sums   []float64 // everything that is a sum, a mean, or a number of values
	Alive  []byte    // 1 for a unit that was not saturated once in a window
}

// visit goes over all that a probe keeps of steps, in the order of State.
func (p *Probe[T]) visit(count func(*int), sum func(*float64), alive func([]bool)) {
	for _, w := range p.windows {
		w.steps.visit(count)
		count(&w.samples)
		for i := range w.totals {
			w.totals[i].visit(sum)
			alive(w.alive[i])
			w.shapes[i].visit(count, sum)
		}
	}
	for _, s := range p.positions {
		s.steps.visit(count)
		s.all.visit(sum)
		for _, m := range s.params {
			for _, f := range []*float64{&m.weights, &m.grads, &m.updates, &m.count} {
				sum(f)
			}
		}
	}
}

func (s *Steps) visit(count func(*int)) {
	for _, n := range []*int{&s.First, &s.Last, &s.Count} {
		count(n)
	}
}

func (t *totals) visit(sum func(*float64)) {
	t.activations.visit(sum)
	for _, f := range []*float64{&t.saturated, &t.gradients, &t.weights, &t.gradSquares, &t.weightSquares, &t.updateSquares} {
		sum(f)
	}
	t.logs.visit(sum)
}

func (h *Histogram) visit(count func(*int), sum func(*float64)) {
	sum(&h.Low)
	sum(&h.High)
	for i := range h.Counts {
		count(&h.Counts[i])
	}
}

func (m *moments) visit(sum func(*float64)) {
	for _, f := range []*float64{&m.count, &m.mean, &m.squares} {
		sum(f)
	}
}

// visit goes over all windows, in the order of State.
func (l *Losses) visit(count func(*int), sum func(*float64), _ func([]bool)) {
	for i := range l.windows {
		w := &l.windows[i]
		count(&w.first)
		count(&w.last)
		w.moments.visit(sum)
	}
}

// State copies what the probe has added up.
func (p *Probe[T]) State() State { return save(p.visit) }

// SetState takes a state over that a probe of the same run had.
func (p *Probe[T]) SetState(s State) error { return restore(s, p.visit) }

// State copies what has been added up.
func (l *Losses) State() State { return save(l.visit) }

// SetState takes a state over that the losses of the same run had.
func (l *Losses) SetState(s State) error { return restore(s, l.visit) }

type visitor func(count func(*int), sum func(*float64), alive func([]bool))

// sizes counts what a visitor visits.
func sizes(visit visitor) (counts, sums, alive int) {
	visit(func(*int) { counts++ }, func(*float64) { sums++ }, func(units []bool) { alive += len(units) })
	return counts, sums, alive
}

func save(visit visitor) State {
	counts, sums, alive := sizes(visit)
	s := State{make([]int64, 0, counts), make([]float64, 0, sums), make([]byte, 0, alive)}
	visit(
		func(n *int) { s.Counts = append(s.Counts, int64(*n)) },
		func(f *float64) { s.Sums = append(s.Sums, *f) },
		func(units []bool) {
			for _, a := range units {
				b := byte(0)
				if a {
					b = 1
				}
				s.Alive = append(s.Alive, b)
			}
		})
	return s
}

// restore fails for a state of another size, and changes nothing then.
func restore(s State, visit visitor) error {
	counts, sums, alive := sizes(visit)
	if counts != len(s.Counts) || sums != len(s.Sums) || alive != len(s.Alive) {
		return fmt.Errorf("failed to take over what was probed: %d counts, %d sums and %d units, expected %d, %d and %d",
			len(s.Counts), len(s.Sums), len(s.Alive), counts, sums, alive)
	}
	visit(
		func(n *int) { *n, s.Counts = int(s.Counts[0]), s.Counts[1:] },
		func(f *float64) { *f, s.Sums = s.Sums[0], s.Sums[1:] },
		func(units []bool) {
			for i := range units {
				units[i] = s.Alive[i] != 0
			}
			s.Alive = s.Alive[len(units):]
		})
	return nil
}
