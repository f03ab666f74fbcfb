package gradcheck

import "gradlab/nn"

// broad computes the losses of many perturbed parameters at once. A weight moves one output of its linear layer, or
// one channel of its convolution, and each output has a sum of its own. So one forward pass of that layer serves one
// entry of each row, all moved together; then every entry gets a copy of the layer's output in which only its own
// output is moved, and the layers behind run once on all copies, as samples of one batch. Every number has the bits
// that it has when the entry is moved alone.
type broad struct {
	plan   *nn.Plan[float64]
	copies int
	labels []int32
}

// broadBytes bounds the memory of a plan for copies.
const broadBytes = 64 << 20

// mostCopies is where more of them save nothing any longer.
const mostCopies = 128

// newBroad makes the plan for copies; nil where not even two fit.
func newBroad(r *rig, smoothing float64) (*broad, error) {
	size := 0
	for _, p := range r.net.Positions() {
		size += 2 * 8 * p.Shape.Size() * r.n
	}
	copies := min(mostCopies, broadBytes/size)
	if copies < 2 {
		return nil, nil
	}
	plan, err := r.net.WithBatch(copies * r.n)
	if err != nil {
		return nil, err
	}
	plan.SetSmoothing(smoothing)
	b := &broad{plan: plan, copies: copies}
	for range copies {
		b.labels = append(b.labels, r.labels...)
	}
	return b, nil
}

// losses computes the loss for each of some entries of t moved by h, no two of one row, into out.
func (b *broad) losses(r *rig, t target, entries []int, h float64, out []float64) {
	rows := t.shape[0]
	columns := len(t.data) / rows
	y := r.net.Activation(t.position, r.n)
	base := append([]float64(nil), y...)
	old := make([]float64, len(entries))
	for k, i := range entries {
		old[k] = t.data[i]
		t.data[i] += h
	}
	r.net.ForwardRange(t.position, t.position+1, r.n)
	copies := b.plan.Activation(t.position, len(entries)*r.n)
	for k, i := range entries {
		c := copies[k*len(base):][:len(base)]
		copy(c, base)
		for j := i / columns; j < len(base); j += rows {
			c[j] = y[j]
		}
	}
	for k, i := range entries {
		t.data[i] = old[k]
	}
	copy(y, base)
	n := len(entries) * r.n
	b.plan.ForwardRange(t.position+1, r.last, n)
	b.plan.Loss(b.labels[:n], n)
	losses := b.plan.Losses(n)
	for k := range entries {
		sum := 0.0
		for _, l := range losses[k*r.n:][:r.n] {
			sum += l
		}
		out[k] = sum / float64(r.n)
	}
}
