package nn

import (
	"fmt"

	"gradlab/internal/canon"
	"gradlab/internal/kernel"
)

// batchNorm is y = γ·(x − μ)/√(σ² + ε) + β for each feature of a vector or channel of an image. μ and σ² are
// the batch's mean and biased variance, and after it the running ones, which take in those of each batch that
// trains, the variance unbiased.
type batchNorm[T kernel.Float] struct {
	features          int
	momentum, epsilon T
	weight, bias      *Param[T] // nil of one that is not affine
	mean, variance    *Param[T] // running
	evaluates         bool      // by the running ones
	untracked         bool      // leaves them alone while it trains

	center, spread, inv []T // of the newest forward: μ, σ² and 1/√(σ² + ε)
	dw, db              []T // of the newest backward
}

func newBatchNorm[T kernel.Float](l BatchNorm, name string, in, image Shape) (built[T], error) {
	if !(l.Momentum >= 0 && l.Momentum <= 1) {
		return built[T]{}, fmt.Errorf("its momentum is %v, but must lie between 0 and 1", l.Momentum)
	}
	epsilon, err := normEpsilon(l.Epsilon)
	if err != nil {
		return built[T]{}, err
	}
	if l.Momentum == 0 {
		l.Momentum = 0.1
	}
	f := &batchNorm[T]{features: in[len(in)-1], momentum: T(l.Momentum), epsilon: T(epsilon)}
	shape, torch := Shape{f.features}, layout{shape: Shape{f.features}}
	if !in.isImage() {
		torch = featureLayout(f.features, image)
	}
	f.mean = &Param[T]{Name: name + ".running_mean", Shape: shape, torch: torch, begins: new(float64)}
	f.variance = &Param[T]{Name: name + ".running_var", Shape: shape, torch: torch, begins: one()}
	b := built[T]{op: f, out: in, image: image, buffers: []*Param[T]{f.mean, f.variance}}
	if !l.NoAffine {
		f.weight, f.bias = newScales[T](name, shape, torch)
		b.params = []*Param[T]{f.weight, f.bias}
	}
	return b, nil
}

// leastEpsilon is a number that float32 holds, and whose root still divides.
const leastEpsilon = 1e-30

// normEpsilon is what a normalisation adds to the variance: PyTorch's 1e-5 for 0.
func normEpsilon(epsilon float64) (float64, error) {
	if epsilon == 0 {
		return 1e-5, nil
	}
	if !(epsilon >= leastEpsilon && epsilon <= 1) {
		return 0, fmt.Errorf("its epsilon is %v, but must lie between %g and 1", epsilon, leastEpsilon)
	}
	return epsilon, nil
}

func one() *float64 {
	v := 1.0
	return &v
}

// newScales makes the weights, which start at 1, and the biases, which start at 0, of a normalisation.
func newScales[T kernel.Float](name string, shape Shape, torch layout) (weight, bias *Param[T]) {
	return &Param[T]{Name: name + ".weight", Shape: shape, torch: torch, begins: one()},
		&Param[T]{Name: name + ".bias", Shape: shape, torch: torch, bias: true, begins: new(float64)}
}

func (f *batchNorm[T]) allocate(int) {
	arena := make([]T, 5*f.features)
	for _, s := range []*[]T{&f.center, &f.spread, &f.inv, &f.dw, &f.db} {
		*s, arena = arena[:f.features:f.features], arena[f.features:]
	}
}

func (f *batchNorm[T]) forward(e *kernel.Engine, y, x []T, _, _ int) {
	rows := len(x) / f.features
	center, spread := f.center, f.spread
	if f.evaluates {
		center, spread = f.mean.Data, f.variance.Data
	} else {
		kernel.ColMoments(e, center, spread, x, rows, f.features)
		if !f.untracked {
			f.track(rows)
		}
	}
	kernel.InvStd(e, f.inv, spread, f.epsilon)
	kernel.Normalize(e, y, x, center, f.inv, f.weight.data(), f.bias.data(), rows, f.features)
}

// track moves the running statistics towards those of a batch: r = fma(momentum, s − r, r), flushed, with the
// variance times rows/(rows − 1).
func (f *batchNorm[T]) track(rows int) {
	unbiased := T(1)
	if rows > 1 {
		unbiased = T(rows) / T(rows-1)
	}
	for c := range f.features {
		mean, variance := f.mean.Data[c], f.variance.Data[c]
		f.mean.Data[c] = canon.Flush(canon.FMA(f.momentum, f.center[c]-mean, mean))
		f.variance.Data[c] = canon.Flush(canon.FMA(f.momentum, T(f.spread[c]*unbiased)-variance, variance))
	}
}

func (f *batchNorm[T]) backward(e *kernel.Engine, dx, dy, x, _ []T, _, _ int) {
	rows := len(dy) / f.features
	center := f.center
	if f.evaluates {
		center = f.mean.Data
	}
	kernel.NormalizeGrad(e, dx, f.dw, f.db, dy, x, center, f.inv, f.weight.data(), rows, f.features)
	if f.evaluates && dx != nil { // μ and σ² are constants then
		clear(f.center)
		kernel.Normalize(e, dx, dy, f.center, f.inv, f.weight.data(), nil, rows, f.features)
	}
}

func (f *batchNorm[T]) trains() (weight, bias *Param[T]) { return f.weight, f.bias }

func (f *batchNorm[T]) gradients() (dw, db []T) { return f.dw, f.db }

func (f *batchNorm[T]) scratch(*kernel.Engine, int) kernel.Scratch {
	return kernel.NormScratch(f.features)
}
