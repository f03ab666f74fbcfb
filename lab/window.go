package lab

import (
	"gradlab/nn"
	"gradlab/train"
)

// Histogram counts a position's activations of some samples of one batch, in bins of equal width from Low to High.
type Histogram struct {
	Low    *float64 `json:"low"` // null where an activation is no number
	High   *float64 `json:"high"`
	Counts []int    `json:"counts"`
}

// Layer is one layer of an arm's network, in forward order: a position has the same number.
type Layer struct {
	Name       string `json:"name"` // "conv1", "tanh1"
	Kind       string `json:"kind"`
	Shape      []int  `json:"shape"`          // of its output, of one sample
	Parameters int    `json:"parameters"`     // number of trained values
	From       *int   `json:"from,omitempty"` // of the sum of a residual block, the layer whose output is added; of a projection, the one that it reads; from 1, 0 is the input
}

// Window is what was seen during one window of training, as the trial's log of events has it once the window has ended.
// Where no step was probed in it, the figures of Flow are null and count none.
type Window struct {
	Flow
	Loss       *LossWindow `json:"loss,omitempty"`
	Histograms []Histogram `json:"histograms,omitempty"` // by position, of the window's last probed step
}

func windowRecord(w train.Window) Window {
	loss := lossRecord(w.Loss)
	out := Window{Loss: &loss}
	if w.Flow != nil {
		out.Flow = flowRecord(*w.Flow)
	}
	for _, h := range w.Histograms {
		out.Histograms = append(out.Histograms, Histogram{finite(h.Low), finite(h.High), h.Counts[:]})
	}
	return out
}

// network is a graph of layers as data.
func network(nodes []nn.Node) []Layer {
	layers := make([]Layer, len(nodes))
	for i, n := range nodes {
		layers[i] = Layer{Name: n.Name, Kind: n.Kind, Shape: n.Shape, Parameters: n.Parameters}
		if from := n.Reads[len(n.Reads)-1]; from != i || len(n.Reads) > 1 { // else it is the layer before
			layers[i].From = &from
		}
	}
	return layers
}
