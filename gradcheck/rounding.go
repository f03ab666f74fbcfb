package gradcheck

import "math"

// scale sets how far rounding may carry the entries of each gradient. An entry is a sum of products of the gradient
// at its layer's output with the layer's input; where they cancel, what is left of rounding does not shrink with it.
// A sum of k products is off by at most about k units of the sum of their magnitudes (Higham 2002, section 3.1), and
// that by the errors of the gradients further on, each of which has been through sums of its own. To it comes what
// earlier errors make of themselves on their way (expected.go).
func (r *rig) scale() {
	positions := r.net.Positions()
	length, magnitude := 0.0, 0.0 // of the sums so far, from the loss back
	floors := make([]float64, len(positions)+1)
	for i := len(positions) - 1; i >= 0; i-- {
		length += float64(r.sumLength(i))
		sum, largest := 0.0, 1.0
		for _, v := range r.net.Gradient(i, r.n) {
			sum += math.Abs(v)
		}
		before := r.x
		if i > 0 {
			before = r.inputOf(i)
		}
		for _, v := range before {
			largest = max(largest, math.Abs(v))
		}
		magnitude = max(magnitude, sum*largest)
		floors[i] = epsilon * length * magnitude
	}
	gradients, loss := r.expected(0, unit64)
	r.floors, r.shaky = gradients, tolerated*loss
	for k, e := range gradients {
		r.floors[k] = floors[r.targets[k].position] + tolerated*e
		r.targets[k].floor = r.floors[k]
	}
}

// sumLength is the number of products or terms in the sums that give the output of position i.
func (r *rig) sumLength(i int) int {
	length := 1
	for _, q := range r.net.PositionParams(i) {
		if len(q.Shape) > 1 {
			length = max(length, len(q.Data)/q.Shape[0])
		}
	}
	switch p := r.net.Positions()[i]; p.Kind {
	case "batchnorm":
		length = r.n * p.Shape.Size() / p.Shape[len(p.Shape)-1]
	case "layernorm":
		length = p.Shape.Size()
	case "avgpool", "maxpool":
		length = max(1, r.net.Positions()[i-1].Shape.Size()/p.Shape.Size())
	}
	return length
}
