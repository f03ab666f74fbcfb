package nn

import (
	"fmt"
	"slices"

	"gradlab/internal/kernel"
)

// Tensor is a copy of values under the name that they have in the model, with the shape and in the layout that
// PyTorch's state dict gives them: [out, in] of linear, [filters, channels, height, width] of conv weights.
type Tensor[T kernel.Float] struct {
	Name   string
	Shape  Shape
	Values []T
}

// State is what a plan carries from one step to the next. A plan of the same model that takes it over goes on with the
// same bits.
type State[T kernel.Float] struct {
	Weights    []Tensor[T] // parameters and running statistics, in declared order
	Velocities []Tensor[T] // of momentum, under the names of their parameters; none of those that never moved with it
	Exponents  []int       // of each of Weights, of the powers of two by which a probe's squares are scaled
}

// StateDict copies the parameters and the running statistics, in declared order.
func (p *Plan[T]) StateDict() []Tensor[T] {
	var all []Tensor[T]
	for _, q := range p.tensors() {
		all = append(all, q.exported(q.Data))
	}
	return all
}

// State copies what the next steps go by.
func (p *Plan[T]) State() State[T] {
	s := State[T]{Weights: p.StateDict()}
	for _, q := range p.tensors() {
		if q.velocity != nil {
			s.Velocities = append(s.Velocities, q.exported(q.velocity))
		}
		s.Exponents = append(s.Exponents, q.exponent)
	}
	return s
}

// SetState takes a state over. Plans that share parameters with it have them too. It fails for that of another model,
// and changes nothing then.
func (p *Plan[T]) SetState(s State[T]) error {
	tensors := p.tensors()
	weights, err := p.imported(tensors, s.Weights)
	if err != nil {
		return fmt.Errorf("failed to take over weights: %w", err)
	}
	var moving []*Param[T]
	for _, q := range tensors {
		if slices.ContainsFunc(s.Velocities, func(t Tensor[T]) bool { return t.Name == q.Name }) {
			moving = append(moving, q)
		}
	}
	velocities, err := p.imported(moving, s.Velocities)
	if err != nil {
		return fmt.Errorf("failed to take over velocities: %w", err)
	}
	if len(s.Exponents) != len(tensors) {
		return fmt.Errorf("failed to take over a state: %d exponents for %d tensors", len(s.Exponents), len(tensors))
	}
	for i, q := range tensors {
		copy(q.Data, weights[i])
		q.velocity, q.exponent = nil, s.Exponents[i]
	}
	for i, q := range moving {
		q.velocity = velocities[i]
	}
	return nil
}

// Tensors gives what a snapshot of p holds in the form of a state dict; nil for an empty one.
func (p *Plan[T]) Tensors(s *Snapshot[T]) []Tensor[T] {
	var all []Tensor[T]
	for i, values := range s.values {
		all = append(all, p.tensors()[i].exported(values))
	}
	return all
}

// SetTensors makes s a snapshot of p with these values; of none it is empty.
func (p *Plan[T]) SetTensors(s *Snapshot[T], tensors []Tensor[T]) error {
	if len(tensors) == 0 {
		s.values = nil
		return nil
	}
	values, err := p.imported(p.tensors(), tensors)
	if err != nil {
		return fmt.Errorf("failed to take over a snapshot: %w", err)
	}
	s.values = values
	return nil
}

// exported is a copy of values of q in PyTorch's layout.
func (q *Param[T]) exported(values []T) Tensor[T] {
	out := make([]T, len(values))
	for i := range out {
		out[i] = values[q.torchIndex(i)]
	}
	return Tensor[T]{q.Name, q.torch.shape, out}
}

// imported gives the values of tensors, which must be those of params, in the plan's own layout.
func (p *Plan[T]) imported(params []*Param[T], tensors []Tensor[T]) ([][]T, error) {
	if len(tensors) != len(params) {
		return nil, fmt.Errorf("there are %d tensors, expected %d", len(tensors), len(params))
	}
	all := make([][]T, len(params))
	for i, q := range params {
		at := slices.IndexFunc(tensors, func(t Tensor[T]) bool { return t.Name == q.Name })
		if at < 0 {
			return nil, fmt.Errorf("there is no %s", q.Name)
		}
		t := tensors[at]
		if !slices.Equal(t.Shape, q.torch.shape) || len(t.Values) != len(q.Data) {
			return nil, fmt.Errorf("%s has the shape %v, expected %v", t.Name, t.Shape, q.torch.shape)
		}
		all[i] = make([]T, len(q.Data))
		for j, v := range t.Values {
			all[i][q.torchIndex(j)] = v
		}
	}
	return all, nil
}
