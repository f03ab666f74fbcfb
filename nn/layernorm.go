package nn

import "gradlab/internal/kernel"

// layerNorm is y = γ·(x − μ)/√(σ² + ε) + β with μ and σ² the mean and the biased variance of a sample, and γ
// and β of its shape.
type layerNorm[T kernel.Float] struct {
	size         int
	epsilon      T
	weight, bias *Param[T] // nil of one that is not affine
	mean, inv    []T       // by sample, of the newest forward: μ and 1/√(σ² + ε)
}

func newLayerNorm[T kernel.Float](l LayerNorm, name string, in, image Shape) (built[T], error) {
	epsilon, err := normEpsilon(l.Epsilon)
	if err != nil {
		return built[T]{}, err
	}
	f := &layerNorm[T]{size: in.Size(), epsilon: T(epsilon)}
	b := built[T]{op: f, out: in, image: image}
	if !l.NoAffine {
		torch := featureLayout(in.Size(), image)
		if in.isImage() {
			torch = featureLayout(in.Size(), in)
			torch.shape = Shape{in[2], in[0], in[1]}
		}
		f.weight, f.bias = newScales[T](name, in, torch)
		b.params = []*Param[T]{f.weight, f.bias}
	}
	return b, nil
}

func (f *layerNorm[T]) allocate(batch int) { f.mean, f.inv = make([]T, batch), make([]T, batch) }

func (f *layerNorm[T]) forward(e *kernel.Engine, y, x []T, at, n int) {
	kernel.LayerNorm(e, y, f.mean[at:at+n], f.inv[at:at+n], x, f.weight.data(), f.bias.data(), f.epsilon, n, f.size)
}

func (f *layerNorm[T]) backward(e *kernel.Engine, dx, dy, x, _ []T, at, n int) {
	kernel.LayerNormGrad(e, dx, dy, x, f.mean[at:at+n], f.inv[at:at+n], f.weight.data(), n, f.size)
}

func (f *layerNorm[T]) trains() (weight, bias *Param[T]) { return f.weight, f.bias }

// sum adds the gradients of n samples, the first of which is number at of a batch, to dw and db.
func (f *layerNorm[T]) sum(e *kernel.Engine, dw, db, dy, x []T, at, n, _ int) {
	if f.weight == nil {
		return
	}
	if at == 0 {
		clear(dw)
		clear(db)
	}
	kernel.LayerNormParamGrad(e, dw, db, dy, x, f.mean[at:at+n], f.inv[at:at+n], n, f.size)
}
