package gradcheck

import (
	"fmt"
	"slices"

	"gradlab/internal/kernel"
	"gradlab/internal/rng"
	"gradlab/nn"
	"gradlab/optim"
)

// Subject is a network and what it is checked on.
type Subject struct {
	Model     nn.Model
	In        nn.Shape
	Classes   int
	X         []float64 // samples [n, In]; nil draws them, normally distributed
	Labels    []int32   // of the samples; nil draws them
	Rule      optim.SGD // its penalties and its coupled weight decay are checked; it also trains the network for a later look
	Smoothing float64   // of the labels
}

// UsualSamples is how many samples the network is checked on where nobody says how many: two, so that what samples
// share adds up, or four where a batch is normalised. It fails for a model that does not fit its input.
func (s *Subject) UsualSamples() (int, error) {
	positions, err := nn.Positions(s.Model, s.In, s.Classes)
	if slices.ContainsFunc(positions, func(p nn.Position) bool { return p.Kind == "batchnorm" }) {
		return 4, err
	}
	return 2, err
}

// network is what is checked: an nn.Plan, or one with a planted fault, when the checker itself is tested.
type network[T kernel.Float] interface {
	Positions() []nn.Position
	Params() []*nn.Param[T]
	PositionParams(i int) []*nn.Param[T]
	Forward(x []T, n int) []T
	ForwardRange(from, to, n int)
	Loss(labels []int32, n int) float64
	Losses(n int) []T
	Backward(n int)
	BackwardRange(from, to, n int)
	BackwardUpdate(n int, rule optim.SGD, watch bool)
	Penalties(optim.Penalty) nn.Penalties
	Activation(i, n int) []T
	Gradient(i, n int) []T
	Winners(i, n int) []uint16
	WithBatch(batch int) (*nn.Plan[T], error)
}

// observed is the model with an identity before it that runs as a layer, so that the gradient of the input is
// that of a position. Every parameter and every mask stays as it is.
func observed(m nn.Model) nn.Model {
	identity := nn.Activation{Name: "leaky-relu", Slope: 1}
	m.Layers = append([]nn.Layer{identity}, m.Layers...)
	return m
}

// compile makes the plan that is checked: it trains, and leaves running statistics alone.
func compile[T kernel.Float](s *Subject, n int, seed uint64, e *nn.Engine) (*nn.Plan[T], error) {
	p, err := nn.Compile[T](observed(s.Model), s.In, s.Classes, nn.Options{Batch: n, Seed: seed, Engine: e})
	if err != nil {
		return nil, err
	}
	p.SetTracking(false)
	p.SetSmoothing(s.Smoothing)
	return p, nil
}

// fill draws what the subject does not bring, and says what of it makes no sense.
func (s *Subject) fill(samples int, seed uint64) error {
	size := s.In.Size()
	if s.X == nil {
		s.X = make([]float64, samples*size)
		r := rng.New(seed, "gradcheck", "input", 0)
		for i := range s.X {
			s.X[i] = float64(float32(r.Normal()))
		}
	}
	if size < 1 || len(s.X) == 0 || len(s.X)%size != 0 {
		return fmt.Errorf("%d numbers are no samples of the shape %v", len(s.X), s.In)
	}
	n := len(s.X) / size
	if s.Labels == nil {
		s.Labels = make([]int32, n)
		r := rng.New(seed, "gradcheck", "labels", 0)
		for i := range s.Labels {
			s.Labels[i] = int32(r.Intn(s.Classes))
		}
	}
	if len(s.Labels) != n {
		return fmt.Errorf("there are %d labels for %d samples", len(s.Labels), n)
	}
	for i, l := range s.Labels {
		if l < 0 || int(l) >= s.Classes {
			return fmt.Errorf("the label of sample %d is %d, but there are %d classes", i, l, s.Classes)
		}
	}
	if !(s.Smoothing >= 0 && s.Smoothing <= 1) {
		return fmt.Errorf("labels are smoothed by %v, but it must lie between 0 and 1", s.Smoothing)
	}
	return s.Rule.Check()
}

// target is a tensor whose gradient is checked.
type target struct {
	name     string
	shape    []int
	position int // what is computed once more when the tensor changes begins here
	data     []float64
	grad     []float64
	weight   bool    // entries of one row move one output of a linear layer, or one channel of a convolution
	param    int     // its number among the parameters; or input, or between
	floor    float64 // how far rounding may carry an entry of grad, whatever the entry's size
}

// targets lists the tensors of a network with copies of the gradients that Backward has computed, in forward order.
func targets(net network[float64], x []float64, shape nn.Shape, n int) []target {
	all := []target{{name: "input", shape: append([]int{n}, shape...), data: x, grad: slices.Clone(net.Gradient(0, n)), param: input}}
	k := 0
	for i, position := range net.Positions() {
		for _, q := range net.PositionParams(i) {
			row := position.Kind == "linear" || position.Kind == "conv"
			all = append(all, target{q.Name, q.Shape, i, q.Data, slices.Clone(q.Grad), row, k, 0})
			k++
		}
	}
	return all
}

// indexOf is the place of the entry at i in a tensor of a shape.
func indexOf(shape []int, i int) []int {
	index := make([]int, len(shape))
	for d := len(shape) - 1; d >= 0; d-- {
		index[d] = i % shape[d]
		i /= shape[d]
	}
	return index
}
