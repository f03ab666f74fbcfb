package nn

import "slices"

// Snapshot is the values of a plan's parameters and running statistics at one time.
type Snapshot[T any] struct{ values [][]T }

// Save copies the values into s, in the memory of what was saved there before.
func (p *Plan[T]) Save(s *Snapshot[T]) {
	tensors := p.tensors()
	s.values = slices.Grow(s.values, len(tensors))[:len(tensors)]
	for i, q := range tensors {
		s.values[i] = append(s.values[i][:0], q.Data...)
	}
}

// Restore gives the plan the values that were saved of it; it leaves velocities alone. Plans that share parameters
// with it have them too. An empty s changes nothing.
func (p *Plan[T]) Restore(s *Snapshot[T]) {
	if len(s.values) == 0 {
		return
	}
	for i, q := range p.tensors() {
		copy(q.Data, s.values[i])
	}
}
