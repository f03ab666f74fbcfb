package preflight

import (
	"encoding/json"
	"math"

	"gradlab/internal/stats"
	"gradlab/theory"
)

// Number is a float64 whose NaN and infinities are null in JSON, which has neither.
type Number float64

const nanBits = 0x7FF8000000000001

var nan = Number(math.Float64frombits(nanBits))

// MarshalJSON writes what is not finite as null.
func (n Number) MarshalJSON() ([]byte, error) {
	if !n.Finite() {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

// Finite says whether n is a number.
func (n Number) Finite() bool { return !math.IsNaN(float64(n)) && !math.IsInf(float64(n), 0) }

// Estimate is a mean over seeds with its 95 % interval.
type Estimate struct {
	Mean Number `json:"mean"`
	Low  Number `json:"low"`
	High Number `json:"high"`
	N    int    `json:"n"`
}

func newEstimate(values []float64) Estimate {
	e := stats.Mean(values, 0.95)
	return Estimate{Number(e.Mean), Number(e.Low), Number(e.High), e.N}
}

// power is ten to the e: of a mean of logarithms the geometric mean.
func (e Estimate) power() Estimate {
	ten := func(n Number) Number { return Number(math.Pow(10, float64(n))) }
	return Estimate{ten(e.Mean), ten(e.Low), ten(e.High), e.N}
}

// Pair is what theory says and what was measured.
type Pair struct {
	Predicted Number   `json:"predicted"`
	Measured  Estimate `json:"measured"`
}

// Report is what was seen of a network before it trains. A figure that does not apply is NaN, null in JSON.
type Report struct {
	Batch  int    `json:"batch"`
	Steps  int    `json:"steps"` // of the whole training
	Rate   Number `json:"rate"`
	Seeds  int    `json:"seeds"`  // networks that were looked at
	Images int    `json:"images"` // that each one saw

	Input     Input      `json:"input"`
	Chance    Number     `json:"chance"` // loss of a uniform guess, ln C
	Loss      Pair       `json:"loss"`   // of the first step
	Positions []Position `json:"positions"`
	Fall      *Fall      `json:"fall"` // nil with fewer than two layers of weights
	Depth     *Depth     `json:"depth"`
	NoDepth   string     `json:"no_depth,omitempty"` // why there are no depth scales
	Clipping  *Clipping  `json:"clipping,omitempty"`
	Overfit   Overfit    `json:"overfit"`
	NoTheory  string     `json:"no_theory,omitempty"` // why nothing is predicted

	Findings []Finding `json:"findings"` // none of a healthy network
}

// Healthy says that nothing was found.
func (r *Report) Healthy() bool { return len(r.Findings) == 0 }

// Input is the scale of what the network gets.
type Input struct {
	Scaling     string `json:"scaling"`
	Mean        Number `json:"mean"`
	Deviation   Number `json:"deviation"`   // of all values
	Second      Number `json:"mean_square"` //
	Correlation Number `json:"correlation"` // of one value in two samples
}

func newInput(scaling string, m theory.Moments) Input {
	if scaling == "" {
		scaling = "unit"
	}
	return Input{scaling, Number(m.Mean), Number(math.Sqrt(m.Variance())), Number(m.Second), Number(m.Correlation())}
}

// Position is what is predicted and measured at the output of one layer.
type Position struct {
	Index       int    `json:"index"` // from 1
	Name        string `json:"name"`
	Kind        string `json:"kind"`
	Shape       []int  `json:"shape"`
	Gradient    Pair   `json:"gradient"`     // root mean square of dL/d(activation) per element
	Factor      Pair   `json:"factor"`       // of it over that of the next position
	Deviation   Pair   `json:"deviation"`    // of the activation
	Saturated   Pair   `json:"saturated"`    // fraction of elements
	UpdateRatio Pair   `json:"update_ratio"` // of the weights in the first step, root mean square of update over weights
	Rough       bool   `json:"rough"`        // the prediction is an approximation even for a wide network
}

// Depth is how the hidden layer that the model has most of treats signals and gradients, repeated for ever;
// see theory.Scales.
type Depth struct {
	Block       string `json:"block"`
	Layers      int    `json:"layers"` // such layers in the model
	Gain        Number `json:"sigma_w2"`
	Bias        Number `json:"sigma_b2"`
	Fixed       Number `json:"q"`
	Correlation Number `json:"c"`
	Chi         Number `json:"chi1"`
	ScaleQ      Number `json:"xi_q"`
	ScaleC      Number `json:"xi_c"`
	Scale1      Number `json:"xi_1"`
	Trainable   Number `json:"trainable"` // layers, about
}

// Clipping says whether clipping will cut the first step's gradient.
type Clipping struct {
	By    string `json:"by"`
	Limit Number `json:"limit"`
	Norm  Pair   `json:"norm"` // of the gradient over all parameters
	Cut   Number `json:"cut"`  // fraction of the batches in which something is above the limit
}

// Overfit is what training on one batch alone comes to.
type Overfit struct {
	Images  int    `json:"images"`
	Steps   int    `json:"steps"`
	Before  Number `json:"before"`  // loss
	After   Number `json:"after"`   //
	Guess   Number `json:"guess"`   // loss of knowing how often each label occurs, and nothing of the images
	Correct int    `json:"correct"` // images classified correctly in the end
}

// Done says that the batch can be overfitted: every image is classified correctly, at half the loss or less of
// who knows the labels' frequencies only.
func (o Overfit) Done() bool {
	return o.Correct == o.Images && o.After.Finite() && o.After <= o.Guess/2
}

// Finding is trouble ahead.
type Finding struct {
	Trouble string   `json:"trouble"` // in two words or three
	Cause   string   `json:"cause"`   // one of those below
	Text    string   `json:"text"`    // what was seen, and why that is trouble
	Try     []string `json:"try"`     // the most promising first
}

// Troubles that others ask for by name.
const (
	Vanishing = "vanishing gradients"
	Exploding = "exploding gradients"
)

// Causes of a Finding.
const (
	Initialisation = "initialisation"
	Activation     = "activation"
	TooDeep        = "depth"
	Normalisation  = "normalisation"
	LearningRate   = "learning rate"
	InputScale     = "input scale"
)
