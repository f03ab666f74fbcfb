package theory

import (
	"cmp"
	"fmt"
	"math"

	"gradlab/nn"
)

// weights are what the theory knows of the parameters of a linear layer or a convolution at initialisation.
type weights struct {
	variance float64 // of a weight
	bias     float64 // of a bias
	fanIn    int
	outputs  int // rows of the weights as a matrix
	biases   int
	inside   float64 // fraction of the taps of a convolution that lie in its image
	stride   float64 // by which distances grow from output to input
}

// number is that of the weights.
func (w weights) number() int { return w.fanIn * w.outputs }

// gain is σ_w², the fan-in times the variance of a weight, of the inputs that are there.
func (w weights) gain() float64 { return float64(w.fanIn) * w.variance * w.inside }

// ErrNoTheory says in words why nothing can be predicted.
type ErrNoTheory struct{ Place, Reason string }

func (e *ErrNoTheory) Error() string { return e.Place + ": " + e.Reason }

// newWeights finds the variances. x are the moments of the layer's input.
func newWeights(name string, init nn.Init, fanIn, fanOut, outputs int, bias bool, x Moments) (weights, error) {
	w := weights{fanIn: fanIn, outputs: outputs, inside: 1, stride: 1}
	in, out := float64(fanIn), float64(fanOut)
	square := func(implied float64) float64 { g := cmp.Or(init.Gain, implied); return g * g }
	switch init.Name {
	case "pytorch": // uniform in ±g/√fan_in
		w.variance = square(1) / (3 * in)
		if bias {
			w.bias = w.variance
		}
	case "xavier-uniform", "xavier-normal":
		w.variance = square(1) * 2 / (in + out)
	case "he-uniform", "he-normal":
		w.variance = square(math.Sqrt2) / in
	case "lecun-uniform", "lecun-normal":
		w.variance = square(1) / in
	case "orthogonal": // orthonormal rows, or columns where they are fewer
		w.variance = square(1) / math.Max(float64(outputs), in)
	case "lsuv": // the output has the variance 1, whatever the input
		w.variance = 1 / (in * x.Second)
	case "normal":
		std := cmp.Or(init.Std, 0.01)
		w.variance = std * std
	case "constant", "zeros":
		return w, &ErrNoTheory{name, fmt.Sprintf("its weights are not random (init %s): every unit computes the same, and no statement about the mean over random weights applies", init.Name)}
	default:
		return w, &ErrNoTheory{name, fmt.Sprintf("there is no theory of the initialisation %q", init.Name)}
	}
	if bias {
		w.biases = outputs
	}
	return w, nil
}

// linearWeights are those of a linear layer with n inputs.
func linearWeights(name string, l nn.Linear, model nn.Init, n, outputs int, x Moments) (weights, error) {
	return newWeights(name, l.Init.In(model), n, outputs, outputs, !l.NoBias, x)
}

// convWeights are those of a convolution of an image in to the size out.
func convWeights(name string, l nn.Conv2d, model nn.Init, in, out nn.Shape, x Moments) (weights, error) {
	area := l.Kernel.H * l.Kernel.W
	inside := within(in[0], out[0], l.Kernel.H, cmp.Or(l.Stride.H, 1), l.Padding.H) *
		within(in[1], out[1], l.Kernel.W, cmp.Or(l.Stride.W, 1), l.Padding.W)
	seen := x
	seen.Second *= inside // what an output sees of its input, beside zeros
	w, err := newWeights(name, l.Init.In(model), area*in[2], area*l.Filters, l.Filters, !l.NoBias, seen)
	w.inside = inside
	w.stride = math.Sqrt(float64(cmp.Or(l.Stride.H, 1) * cmp.Or(l.Stride.W, 1)))
	return w, err
}

// within is the fraction of the taps of a kernel, over all its places along one axis, that lie in the image.
func within(in, out, kernel, stride, padding int) float64 {
	count := 0
	for o := range out {
		first := o*stride - padding
		count += max(0, min(first+kernel, in)-max(first, 0))
	}
	return float64(count) / float64(out*kernel)
}
