package gallery

import (
	"cmp"
	"math"
	"slices"
)

// mostFilters is how many filters are drawn.
const mostFilters = 64

// filters draws those of the first layer that has any: a convolution, or a linear layer behind the flattened image.
// nil where the first one with weights over its input's places is neither.
func (n *network) filters() *Filters {
	image := n.in
	for i, p := range n.plan.Positions() {
		if p.Kind == "conv" || p.Kind == "linear" {
			values, shape := n.plan.PositionParams(i)[0].Export() // weights come before biases
			h, w, channels := image[0], image[1], image[2]
			if p.Kind == "conv" {
				channels, h, w = shape[1], shape[2], shape[3]
			}
			if channels != 1 && channels != 3 || len(values) != shape[0]*h*w*channels {
				return nil
			}
			return drawFilters(p.Name, values, shape[0], h, w, channels)
		}
		if len(p.Shape) == 3 {
			image = p.Shape
		}
	}
	return nil
}

// drawFilters draws n filters [n, channels, h, w].
func drawFilters(layer string, values []float32, n, h, w, channels int) *Filters {
	size := h * w * channels
	f := &Filters{Layer: layer, All: n, Shape: []int{h, w, channels}}
	norms := make([]float64, n)
	order := make([]int, n)
	for i := range n {
		for _, v := range values[i*size:][:size] {
			norms[i] += float64(v) * float64(v)
		}
		norms[i], order[i] = math.Sqrt(norms[i]), i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(norms[b], norms[a]) })
	order = order[:min(n, mostFilters)]
	slices.Sort(order)
	for _, i := range order {
		for _, v := range values[i*size:][:size] {
			if m := math.Abs(float64(v)); !math.IsInf(m, 0) && !math.IsNaN(m) {
				f.Limit = max(f.Limit, m)
			}
		}
	}
	for _, i := range order {
		f.Shown = append(f.Shown, Filter{i, finite(norms[i]), draw(weightPixels(values[i*size:][:size], h, w, channels, f.Limit), h, w, channels)})
	}
	return f
}

// weightPixels makes bytes [h, w, channels] of weights [channels, h, w]: 0 of −limit, 255 of limit. What is no number is
// in the middle, as 0 is.
func weightPixels(weights []float32, h, w, channels int, limit float64) []byte {
	out := make([]byte, len(weights))
	for i, v := range weights {
		share := 0.5
		if limit > 0 && v == v {
			share = min(max((float64(v)/limit+1)/2, 0), 1)
		}
		out[i%(h*w)*channels+i/(h*w)] = byte(math.Round(255 * share))
	}
	return out
}

// finite is f, or nil where it is no finite number.
func finite(f float64) *float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil
	}
	return &f
}
