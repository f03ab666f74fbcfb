package gradcheck

// Verdict is what a check comes to.
type Verdict string

// The verdicts, from the best to the worst.
const (
	Pass         Verdict = "pass"
	Inconclusive Verdict = "inconclusive" // a bend, or numbers too small for the arithmetic
	Fail         Verdict = "fail"
)

// Worse is the worse of two verdicts; "" is none yet.
func Worse(a, b Verdict) Verdict {
	rank := map[Verdict]int{"": 0, Pass: 1, Inconclusive: 2, Fail: 3}
	if rank[b] > rank[a] {
		return b
	}
	return a
}

// Report is what a check of a network found.
type Report struct {
	Mode      string   `json:"mode"` // "plain" or "full"
	Samples   int      `json:"samples"`
	Seed      uint64   `json:"seed"`
	Step      float64  `json:"step"`      // of the central difference
	Tolerance float64  `json:"tolerance"` // of the relative error: the plain mode's threshold
	Layers    []string `json:"layers"`    // the network, a line per layer
	Values    int      `json:"values"`    // numbers whose gradient could be checked, the input's included
	Checked   int      `json:"checked"`   // that were, by themselves; all of them, the first time the network is looked at
	Seconds   float64  `json:"seconds"`
	Looks     []Look   `json:"looks"`
	Verdict   Verdict  `json:"verdict"`
	Reason    string   `json:"reason"`  // in words
	Suspect   string   `json:"suspect"` // the layer whose backward pass is wrong; "" for none
}

// Look is the network at one time: as it is initialised, after some steps, or with scaled weights.
type Look struct {
	When       string      `json:"when"` // "at initialisation", "after 20 steps", "in saturation (weights × 3)"
	Loss       float64     `json:"loss"`
	Reference  *float64    `json:"reference"` // the loss by the interpreter; null where it was not asked
	Tensors    []Tensor    `json:"tensors"`
	Directions []Direction `json:"directions,omitempty"`
	Single     []Single    `json:"single,omitempty"` // float32, a row for each instruction set
	Decided    Decided     `json:"decided"`
	Verdict    Verdict     `json:"verdict"`
	Reason     string      `json:"reason"`
	Suspect    string      `json:"suspect,omitempty"`
}

// Tensor is what was found of one tensor.
type Tensor struct {
	Name    string  `json:"name"`  // "conv1.weight"; "input"; "penalty on conv1.weight"
	Shape   []int   `json:"shape"` // of an input with its samples first
	Values  int     `json:"values"`
	Checked int     `json:"checked"` // of them; the others were left out for want of time, or by the sample
	Norm    float64 `json:"norm"`    // Euclidean, of the gradient
	Largest float64 `json:"largest"` // relative error |n − a|/(|n| + |a|), of the entries checked
	Median  float64 `json:"median"`
	Worst   *Entry  `json:"worst"` // the entry with the largest error, of one that failed where one did; null where none was checked
	Decided Decided `json:"decided"`
	Order   float64 `json:"order,omitempty"` // observed, of the error in the step; 0 where it was not seen above the rounding
	Curve   []Point `json:"curve,omitempty"` // the V of the worst entry, or of one with a large gradient
	Verdict Verdict `json:"verdict"`
	Reason  string  `json:"reason"`
}

// Entry is one number with its two derivatives.
type Entry struct {
	Index    []int   `json:"index"`
	Analytic float64 `json:"analytic"` // by backpropagation
	Numeric  float64 `json:"numeric"`
	Error    float64 `json:"error"` // |n − a|/(|n| + |a|)
	By       string  `json:"by"`    // what gave the numeric one: "central", "richardson", "complex", "bend"
}

// Decided counts entries by what decided them.
type Decided struct {
	Central    int `json:"central"`    // central difference
	Richardson int `json:"richardson"` // its extrapolation
	Complex    int `json:"complex"`    // complex step
	Norm       int `json:"norm"`       // so small beside the tensor that rounding decides the rest
	Bend       int `json:"bend"`       // at a bend, between the slopes on both sides
	Failed     int `json:"failed"`
	Undecided  int `json:"undecided"`
}

// Total is the number of entries.
func (d Decided) Total() int {
	return d.Central + d.Richardson + d.Complex + d.Norm + d.Bend + d.Failed + d.Undecided
}

// Plus counts the entries of both.
func (d Decided) Plus(e Decided) Decided {
	return Decided{
		d.Central + e.Central, d.Richardson + e.Richardson, d.Complex + e.Complex, d.Norm + e.Norm, d.Bend + e.Bend,
		d.Failed + e.Failed, d.Undecided + e.Undecided,
	}
}

// Point is a central difference at one step size, and its relative distance to the gradient.
type Point struct {
	Step  float64 `json:"step"`
	Error float64 `json:"error"`
}

// Direction is the derivative of the loss as a whole tensor moves along a random direction u: uᵀg beside the
// derivative of the values.
type Direction struct {
	Tensor   string  `json:"tensor"`
	Analytic float64 `json:"analytic"`
	Numeric  float64 `json:"numeric"`
	Error    float64 `json:"error"` // |n − a| over the norm of the gradient
	By       string  `json:"by"`
	Found    []int   `json:"found,omitempty"` // index of a wrong entry that halving the direction led to
	Verdict  Verdict `json:"verdict"`
}

// Single is the float32 path of one instruction set against float64.
type Single struct {
	ISA       string  `json:"isa"`
	Worst     string  `json:"worst"`     // tensor with the smallest margin
	Error     float64 `json:"error"`     // its ‖g₃₂ − g₆₄‖/‖g₆₄‖
	Tolerance float64 `json:"tolerance"` // derived for it
	Margin    float64 `json:"margin"`    // tolerance over error, the smallest of all tensors
	Sums      int     `json:"sums"`      // the longest sum of products
	Verdict   Verdict `json:"verdict"`
	Reason    string  `json:"reason"`
}
