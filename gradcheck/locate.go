package gradcheck

import "gradlab/internal/rng"

// locate names the layer whose backward pass is wrong. From the loss back, it compares two products at every
// position, with a random direction u of the values there: the derivative of the loss along u, by the layers behind
// the position run forward, and uᵀg with the gradient g that stands at the position. Where they first disagree, the
// layer behind the position has turned a right gradient into a wrong one. Where they agree at every position, the
// fault lies in the gradient of a parameter by itself, and its layer is named. It gives "" where nothing is found.
func (r *rig) locate(failed []target, o Options) string {
	r.net.Forward(r.x, r.n)
	r.net.Loss(r.labels, r.n)
	r.net.Backward(r.n)
	positions := r.net.Positions()
	gradients := make([][]float64, len(positions))
	for i := range positions {
		gradients[i] = append([]float64(nil), r.net.Gradient(i, r.n)...)
	}
	for i := len(positions) - 1; i >= 0; i-- {
		if i+1 < len(positions) && positions[i+1].Kind == "flatten" { // the same values
			continue
		}
		t := target{name: positions[i].Name, shape: positions[i].Shape, position: i + 1, data: r.net.Activation(i, r.n), grad: gradients[i], param: between}
		for k := range r.targets { // of this layer, or the next one that has parameters
			if r.targets[k].position >= i {
				t.floor = r.targets[k].floor
				break
			}
		}
		wrong := r.along(t, rng.New(o.Seed, "gradcheck locate", t.name, 0), o).Verdict == Fail
		for _, j := range o.draw(t, locateEntries) { // small errors of many signs cancel along a direction
			if wrong {
				break
			}
			_, d, _ := r.decide(t.entry(j), norm(t.grad), o)
			wrong = d.Failed > 0
		}
		r.net.Forward(r.x, r.n)
		if !wrong {
			continue
		}
		if i == len(positions)-1 {
			return "loss"
		}
		return named(positions, i+1)
	}
	for _, t := range failed {
		return named(positions, t.position)
	}
	return ""
}

// locateEntries is how many values of a position are looked at by themselves, where a direction tells nothing.
const locateEntries = 16

// tensors whose number is none of a parameter.
const (
	input   = -1
	between = -2 // the output of the position before target.position
)
